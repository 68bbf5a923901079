"""Make a tape from answers that were collected elsewhere: by hand, by another program."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutelage.errors import BadAnswer, TeacherSetupError
from tutelage.teacher.exchange import Answer
from tutelage.teacher.feature_question import Slot, feature_questions
from tutelage.teacher.reading import read_scores
from tutelage.teacher.scripted_client import as_answer
from tutelage.teacher.tape import write_tape
from tutelage.teacher.task_card import TaskCard


def record_feature_tape(
    path: str | os.PathLike[str],
    card: TaskCard,
    answers: Mapping[str, Sequence[Mapping[str, Any] | str]],
    *,
    model: str,
    prompt: str | None = None,
    recorded: str = "",
    note: str = "",
) -> Path:
    """Write the tape that answers a card's questions with given answers.

    Parameters
    ----------
    path
        The tape to write.
    card
        Task, classes and columns, exactly as the replay will give them.
    answers
        Class -> one answer per repeat, each a mapping or a text in the form that the prompt asks
        for. Every class that would be asked about must be there: the last of two, all of more.
    model
        Who answered.
    prompt
        Version of the prompt; default: the card's.
    recorded
        When, ISO 8601.
    note
        What a person should know about these answers; shown in the provenance of a replay.

    Raises
    ------
    BadAnswer
        When an answer would not be usable in a replay.
    TeacherSetupError
        When the classes are not those that would be asked about.

    Examples
    --------
    >>> import tempfile
    >>> from tutelage.teacher.teacher import Teacher
    >>> card = TaskCard("Predict who is ill.", ["no", "yes"], ["age"], "feature_scores/v1")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tape = record_feature_tape(
    ...         f"{folder}/tape.jsonl", card, {"yes": [{"age": 7}, {"age": 5}]}, model="expert")
    ...     Teacher(f"tape:{tape}").feature_prior(card, repeats=2).score("yes", "age").answers
    (0.7, 0.5)
    """
    repeats = max((len(given) for given in answers.values()), default=0)
    both = len(card.classes) == 2 and set(answers) == set(card.classes)
    questions = feature_questions(
        card, model=model, repeats=max(1, repeats), prompt=prompt, both=both
    )
    labels = list(dict.fromkeys(asked.label for asked in questions))
    if set(answers) != set(labels):
        raise TeacherSetupError(
            f"answers must be given for {labels!r}, the classes asked about; got {list(answers)!r}."
        )
    n_slots = len({slot for asked in questions for slot in asked.slots})
    exchanges = []
    for asked in questions:
        if asked.sample >= len(answers[asked.label]):
            continue
        given = _part(answers[asked.label][asked.sample], asked.slots, n_slots)
        reply = as_answer(given, asked.question)
        reading = read_scores(reply.text, asked.slots)
        if reading.problems:
            raise BadAnswer(asked.question, reply.text, reading.problems)
        answer = Answer(reply.text, reply.usage, model, "stop", recorded=recorded, note=note)
        exchanges.append((asked.question, answer))
    return write_tape(path, exchanges, note=note)


def _part(
    answer: Mapping[str, Any] | str, slots: Sequence[Slot], n_slots: int
) -> Mapping[str, Any] | str:
    """Return what an answer about a whole table says about one block of it."""
    if isinstance(answer, str) or len(slots) == n_slots:
        return answer
    known = {name for slot in slots for name in (slot.path[0], slot.column)}
    return {name: value for name, value in answer.items() if name in known}
