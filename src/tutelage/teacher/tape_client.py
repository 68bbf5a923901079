"""Replay: a tape answers the questions that were asked when it was recorded, and no other."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from pathlib import Path

from tutelage.errors import TapeMiss, TeacherSetupError
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.tape import read_tape


class TapeClient:
    """A teacher that gives the recorded answer to a recorded question. Costs nothing.

    Parameters
    ----------
    path
        The tape.
    model
        Whose answers to replay, where the tape holds several teachers'.

    Attributes
    ----------
    name
        The recorded teacher: keys are those of the recording.
    sampling
        Canonical JSON of the recorded sampling settings, which a replay takes over.
    note
        What the recorded answers say about their origin.
    """

    prices = None
    has_likelihoods = True
    replay = True

    def __init__(self, path: str | os.PathLike[str], *, model: str | None = None):
        self.path = Path(path)
        exchanges = read_tape(self.path)
        models = Counter(question.model for question, _ in exchanges)
        if not models:
            raise TeacherSetupError(f"the tape {str(self.path)!r} holds no answer.")
        if model is None and len(models) > 1:
            raise TeacherSetupError(
                f"the tape {str(self.path)!r} holds the answers of {', '.join(sorted(models))}; "
                f"name one:  tape:{self.path}#{sorted(models)[0]}"
            )
        self.name = model or next(iter(models))
        if self.name not in models:
            raise TeacherSetupError(
                f"the tape {str(self.path)!r} holds the answers of {', '.join(sorted(models))}, "
                f"not of {self.name!r}."
            )
        chosen = [(q, a) for q, a in exchanges if q.model == self.name]
        self._answers = {question.key: answer for question, answer in chosen}
        self._questions = {question.key: question for question, _ in chosen}
        samplings = Counter(question.sampling for question, _ in chosen)
        self.sampling = samplings.most_common(1)[0][0]
        self.note = "; ".join(dict.fromkeys(answer.note for _, answer in chosen if answer.note))

    def reply(self, question: Question) -> Answer:
        """Return the recorded answer.

        Raises
        ------
        TapeMiss
            Saying which question, what comes nearest, and how to record it.
        """
        answer = self._answers.get(question.key)
        if answer is None:
            raise TapeMiss(self._miss(question))
        return answer

    def _miss(self, question: Question) -> str:
        return (
            f"the tape {str(self.path)!r} has no answer to {describe_question(question)} "
            f"(key {question.key[:15]}). {self._nearest(question)} Record it: ask the same with a "
            "real teacher, then  tutelage answers export FILE"
        )

    def _nearest(self, wanted: Question) -> str:
        candidates = [
            q
            for q in self._questions.values()
            if (q.prompt, q.about) == (wanted.prompt, wanted.about)
        ]
        same_words = [q for q in candidates if q.messages == wanted.messages]
        if same_words and all(q.sampling == wanted.sampling for q in same_words):
            highest = max(q.sample for q in same_words) + 1
            return f"It was recorded {highest} times; ask for repeats={highest} at most."
        if same_words:
            return f"It was recorded with other sampling settings: {same_words[0].sampling}."
        if candidates:
            return f"The recorded words differ: {_first_difference(candidates[0], wanted)}."
        known = Counter(describe_question(q, sample=False) for q in self._questions.values())
        listed = ", ".join(f"{name} ({count} times)" for name, count in known.most_common(4))
        return f"It holds {listed}."


def describe_question(question: Question, *, sample: bool = True) -> str:
    """Return the name of a question for people: prompt, class, repeat."""
    about = f" about {question.about!r}" if question.about else ""
    repeat = f", repeat {question.sample + 1}" if sample else ""
    return f"{question.prompt}{about}{repeat}"


def _first_difference(recorded: Question, wanted: Question) -> str:
    before = "\n".join(message.content for message in recorded.messages).split("\n")
    after = "\n".join(message.content for message in wanted.messages).split("\n")
    lines = [
        line
        for line in difflib.unified_diff(before[:2000], after[:2000], n=0, lineterm="")
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    old = next((line[1:] for line in lines if line.startswith("-")), "")
    new = next((line[1:] for line in lines if line.startswith("+")), "")
    if not lines:
        return "in the template or the answer format"
    return f"recorded {old[:100]!r}, asked {new[:100]!r}"
