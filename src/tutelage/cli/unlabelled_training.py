"""Training a student from a teacher's labels and reasons that are there already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tutelage.cli.console import note, warn
from tutelage.cli.teacher_options import TeacherOptions
from tutelage.cli.unlabelled_asking import label_texts
from tutelage.cli.unlabelled_data import read_job
from tutelage.cli.unlabelled_lessons import classes_in
from tutelage.cli.unlabelled_options import RATIONALES_FILE, OptionsGiven
from tutelage.cli.unlabelled_students import check_student, train_students
from tutelage.cli.unlabelled_told import noting, refused

SEED = 0  # that of fit: the same lessons make the same model


def train_unlabelled(path: Path, given: OptionsGiven, out: Path) -> None:
    """Train on the texts of a file and what a folder of lessons says of them; nobody is asked.

    The encoder learns the labels, as shares where a text was asked about several times, and the
    phrases of class cards; the student of reasons the labels and reasons. Without ``--classes``
    the classes are those that the lessons name.

    Raises
    ------
    InputError
        Listing everything that is wrong with options, texts and lessons.
    """
    problems: list[str] = []
    folder = given.learning.lessons
    known: dict[str, str] = {}
    if folder is None:
        problems.append(
            f"--lessons must name a folder that holds {RATIONALES_FILE}: without --target the "
            "labels are those of a teacher, as teach and fit write them"
        )
    elif folder.is_dir():
        with noting(problems):
            known = classes_in(folder)
    given = replace(given, known=known)
    choice, data = read_job(path, given, problems)
    if choice is not None:
        with noting(problems):
            check_student(choice)
    if problems or choice is None or data is None:
        raise refused(problems)
    for sentence in (*choice.remarks, *data.warnings):
        warn(sentence)
    found = label_texts(TeacherOptions(), choice, data, SEED)
    [kept], complaints = train_students(found, choice, SEED, judged=False)
    for sentence in complaints:
        warn(sentence)
    saved = kept.model.save(out)
    note(f"Trained {kept.meaning}. The model is in {saved}.")
