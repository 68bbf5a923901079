"""Training a text student from lessons that are there already, without a teacher."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tutelage.cli.console import note, progress, warn
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.text_asking import get_lessons, subject_of
from tutelage.cli.text_data import check_teachable, read_labelled_texts
from tutelage.cli.text_evidence import check_encoder, common_steps, new_student
from tutelage.cli.text_options import TextChoice
from tutelage.cli.text_teachings import PLAIN, Teaching, teachings
from tutelage.cli.unlabelled_options import RATIONALES_FILE

SEED = 0


def train_texts(data: Path, target: str, column: str, choice: TextChoice, out: Path) -> None:
    """Train on labelled texts and on all lessons of a folder; without one, on labels alone.

    Raises
    ------
    InputError
        When the folder holds no lesson about texts.
    DataError
        When the texts cannot be learned from.
    """
    train = check_teachable(read_labelled_texts(data, target, column))
    for sentence in train.warnings:
        warn(sentence)
    check_encoder(choice)
    teaching = Teaching(PLAIN, "labels only")
    if choice.lessons is not None:
        if (choice.lessons / RATIONALES_FILE).exists():
            note(
                f"The labels of {target!r} are learned; those that {RATIONALES_FILE} holds are not "
                "used. Leave out --target to learn from them."
            )
        lessons = get_lessons(TeacherOptions(), choice, subject_of(train, None, None))
        *_, teaching = teachings(
            train,
            lessons,
            quick=True,
            seed=SEED,
            alignment=choice.alignment,
            dropped=choice.dropped,
        )
    with progress("training") as bar:
        steps = common_steps(choice, len(train.texts) + len(teaching.rewrites))
        student = new_student(choice, steps, SEED, lambda done, total, _: bar(done, total))
        student.fit(
            train.texts,
            np.array(train.labels),
            word_priors=teaching.priors,
            rewrites=teaching.rewrites or None,
        )
    student.progress = None
    folder = student.save(out)
    note(f"Trained on {teaching.meaning}. The model is in {folder}.")
