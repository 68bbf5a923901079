"""What the students of zero_shot_distillation.py learn from: splits, labels, controls."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import recorded_rationales
from arithmetic_choices import as_choices
from recorded_rationales import Recorded
from tutelage.lessons import Rationale

CONSTANT = "The answer follows from the text."
TRAIN = {"esnli": "valid", "anli": "train_unlabelled", "cqa": "train", "svamp": "train"}
VALIDATION = {"esnli": "valid", "anli": "valid", "cqa": "train", "svamp": "train"}
N_VALIDATION = 400
TEST = {"esnli": "valid", "anli": "test", "cqa": "test", "svamp": "test"}
TITLES = {
    "esnli": "e-SNLI",
    "anli": "ANLI R1",
    "cqa": "CommonsenseQA",
    "svamp": "SVAMP, sums to choose from",
}


@dataclass(frozen=True)
class Arm:
    """One way to teach: whose labels, and what stands where reasons stand.

    Attributes
    ----------
    name
    labels
        ``"teacher"`` or ``"gold"``.
    share
        Share of the texts with a reason.
    control
        ``""``, ``"shuffled"``: each reason's words in random order; ``"other"``: the reason of
        another text; ``"constant"``: one sentence for all; ``"human"``: what people wrote.
    mode
        Of the student.
    """

    name: str
    labels: str = "teacher"
    share: float = 1.0
    control: str = ""
    mode: str = "multi_task"


LABEL_ONLY = "labels only"
ARMS = {
    arm.name: arm
    for arm in (
        Arm(LABEL_ONLY, share=0.0),
        Arm("reasons"),
        Arm("shuffled reasons", control="shuffled"),
        Arm("another text's reasons", control="other"),
        Arm("a constant reason", control="constant"),
        Arm("reasons for 15 %", share=0.15),
        Arm("reasons for 33 %", share=0.33),
        Arm("reasons for 67 %", share=0.67),
        Arm("label, then reason", mode="single_sequence"),
        Arm("gold labels only", labels="gold", share=0.0),
        Arm("gold labels, reasons", labels="gold"),
        Arm("gold labels, people's reasons", labels="gold", control="human"),
    )
}


@dataclass(frozen=True)
class Split:
    """Training inputs and what was said of them; test inputs and their known labels."""

    inputs: tuple[object, ...]
    golds: tuple[str | None, ...]
    teacher: tuple[Rationale, ...]
    people: tuple[Rationale, ...] | None
    test_inputs: tuple[object, ...]
    test_golds: tuple[str, ...]


def split_of(
    dataset: str, n_texts: int, n_test: int, seed: int, *, on_validation: bool = False
) -> Split:
    """Draw training texts by ``seed``; the texts judged on are the same for all seeds.

    e-SNLI has one recorded file: its first part is tested on. There and for CommonsenseQA no
    premise or question of a test or validation text is trained on (ANLI's published splits share
    premises). Settings are chosen on the validation texts, which are not tested on.
    """
    train = read(dataset, TRAIN[dataset])
    test = read(dataset, TEST[dataset])
    held = [row for row, gold in enumerate(test.golds) if gold is not None][:n_test]
    rows = list(range(len(train.inputs)))
    if TRAIN[dataset] == TEST[dataset]:
        rows = apart(train.inputs, held)
    if VALIDATION[dataset] != TRAIN[dataset]:
        judged = read(dataset, VALIDATION[dataset])
        own = list(range(len(judged.inputs)))[:N_VALIDATION]
    else:
        judged = train
        own = random.Random(0).sample(rows, min(N_VALIDATION, len(rows) // 5))
        rows = set(apart(train.inputs, own)) & set(rows)
    chosen = random.Random(seed).sample(sorted(rows), min(n_texts, len(rows)))
    people = train.lessons.get("human")
    if not on_validation:
        judged, own = test, held
    return Split(
        tuple(train.inputs[row] for row in chosen),
        tuple(train.golds[row] for row in chosen),
        tuple(train.lessons["palm"][row] for row in chosen),
        None if people is None else tuple(people[row] for row in chosen),
        tuple(judged.inputs[row] for row in own),
        tuple(str(judged.golds[row]) for row in own),
    )


def read(dataset: str, split: str) -> Recorded:
    """Return a recorded split; word problems with sums to choose from."""
    found = recorded_rationales.load(dataset, split)
    return as_choices(found) if dataset == "svamp" else found


def apart(inputs: Sequence[object], held: Sequence[int]) -> list[int]:
    """Return the rows whose first field (premise, question) is none of the held rows'."""
    seen = {first_field(inputs[row]) for row in held}
    return [row for row, one in enumerate(inputs) if first_field(one) not in seen]


def first_field(one: dict[str, str]) -> str:
    """Return the premise, or the question."""
    return next(iter(one.values()))


def possible(arm: Arm, split: Split) -> bool:
    """Tell whether the recorded answers hold what an arm needs."""
    has_golds = any(gold is not None for gold in split.golds)
    return (arm.labels == "teacher" or has_golds) and (
        arm.control != "human" or split.people is not None
    )


def lessons_of(arm: Arm, split: Split, seed: int) -> list[Rationale]:
    """Return the lessons of an arm: only what it says differs, texts and labels are the same.

    With gold labels a reason stays where the teacher's label is the known one.
    """
    source = split.people if arm.control == "human" else split.teacher
    lessons = list(source)
    if arm.labels == "gold":
        lessons = [
            replace(
                lesson,
                label=gold,
                rationales=lesson.rationales if lesson.label == gold else (),
            )
            for lesson, gold in zip(lessons, split.golds, strict=True)
        ]
    draw = random.Random(seed)
    with_reason = {row for row, lesson in enumerate(lessons) if lesson.rationales}
    kept = set(draw.sample(sorted(with_reason), round(arm.share * len(with_reason))))
    told = [
        lesson if row in kept else lesson.without_rationale() for row, lesson in enumerate(lessons)
    ]
    return controlled(told, arm.control, draw)


def controlled(lessons: list[Rationale], control: str, draw: random.Random) -> list[Rationale]:
    """Return lessons whose reasons are spoiled as the control says; which have one stays."""
    rows = [row for row, lesson in enumerate(lessons) if lesson.rationales]
    reasons = [lessons[row].rationales[0] for row in rows]
    if control == "shuffled":
        reasons = [shuffled(reason, draw) for reason in reasons]
    elif control == "constant":
        reasons = [CONSTANT] * len(reasons)
    elif control == "other" and len(reasons) > 1:
        order = list(range(len(reasons)))
        draw.shuffle(order)
        # One step along a random circle: nobody keeps his own.
        nexts = {one: order[(place + 1) % len(order)] for place, one in enumerate(order)}
        reasons = [reasons[nexts[place]] for place in range(len(reasons))]
    found = list(lessons)
    for row, reason in zip(rows, reasons, strict=True):
        found[row] = replace(found[row], rationales=(reason,))
    return found


def shuffled(text: str, draw: random.Random) -> str:
    """Return the words of a text in random order."""
    words = text.split()
    draw.shuffle(words)
    return " ".join(words)
