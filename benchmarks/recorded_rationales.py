"""Labels and reasons that other models and people gave, read as lessons; the grid of prompts.

The recorded answers lie beside the repository (``../shared``) and are not shipped. A label or a
reason that was not there or could not be parsed stays missing.
"""

from __future__ import annotations

import gzip
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from read_verdict import NLI, read_choice
from tutelage.errors import TutelageWarning
from tutelage.lessons import Provenance, Rationale
from tutelage.lessons.rationale import fields_of
from tutelage.teacher.arithmetic import last_number
from tutelage.teacher.exchange import Question
from tutelage.teacher.prompt_search import Outcome
from tutelage.teacher.rationale_rows import number_name
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher
from tutelage.teacher.verdict import read_verdict

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
FOLDER = SHARED / "data" / "rationales" / "recorded_llm_answers"
INFERENCE = ("entailment", "neutral", "contradiction")
FILES = {
    ("anli", "valid"): ("anli1_valid",),
    ("anli", "test"): ("anli1_test",),
    ("anli", "train_unlabelled"): ("anli1_train_recovered.part0", "anli1_train_recovered.part1"),
    ("cqa", "train"): ("cqa_train.part0", "cqa_train.part1"),
    ("cqa", "test"): ("cqa_test",),
    ("esnli", "valid"): ("esnli_valid",),
    ("svamp", "train"): ("svamp_train",),
    ("svamp", "test"): ("svamp_test",),
}
TITLES = {
    "palm": "PaLM-540B, few-shot",
    "gpt35": "GPT-3.5, zero-shot",
    "gpt35_told": "GPT-3.5, label told",
    "human": "people",
    "qwen": "Qwen3-30B, few-shot, label told",
}


@dataclass(frozen=True)
class Recorded:
    """One split: the inputs, the known labels, and the lessons of every source, row by row."""

    name: str
    inputs: tuple[object, ...]
    golds: tuple[str | None, ...]
    lessons: dict[str, tuple[Rationale, ...]]

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes of inference; ``None`` where each input has its own answers."""
        return INFERENCE if self.name.startswith(("anli", "esnli")) else None


def is_there() -> bool:
    """Tell whether the recorded answers are on this machine."""
    return FOLDER.is_dir()


def rows_of(*names: str) -> Iterator[dict]:
    """Yield the rows of one or more files."""
    for name in names:
        with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            yield from map(json.loads, stream)


def load(dataset: str, split: str) -> Recorded:
    """Read one split of "anli", "cqa", "esnli" or "svamp"."""
    rows = list(rows_of(*FILES[dataset, split]))
    inputs = tuple(input_of(row) for row in rows)
    golds = tuple(_gold(row) for row in rows)
    found = {
        name: tuple(_lesson(row, name, read) for row in rows)
        for name, read in SOURCES.items()
        if any(f"{PREFIX[name]}" in key for key in rows[0]) and (name != "human" or golds[0])
    }
    if (dataset, split) == ("cqa", "train"):
        found["qwen"] = _qwen(rows)
    return Recorded(f"{dataset} {split}", inputs, golds, found)


def input_of(row: dict) -> object:
    """Return the input of a row in the form that :class:`Rationale` takes."""
    if "premise" in row:
        return {"premise": row["premise"], "hypothesis": row["hypothesis"]}
    if "choices" in row:
        return {"question": row["question"], "choices": row["choices"]}
    return row["input"]


def _gold(row: dict) -> str | None:
    gold = row["gold"]
    return number_name(gold) if isinstance(gold, int | float) else gold


def _palm(row: dict) -> tuple[str | None, str | None]:
    if "palm_answer" in row:
        answer = row["palm_answer"]
        return (None if answer is None else number_name(answer)), row["palm_rationale"]
    return row["palm_label"], row["palm_rationale"]


def _gpt35(row: dict) -> tuple[str | None, str | None]:
    response = row["gpt35_zs_response"]
    if "choices" in row:
        return read_choice({"response": response}, row["choices"])
    if "premise" in row:
        return read_verdict(response, list(NLI), NLI)
    value = last_number(response)
    return (None if value is None else number_name(value)), row["gpt35_zs_rationale"]


def _told(row: dict) -> tuple[str | None, str | None]:
    return row["gold"], row["gpt35_labelgiven_rationale"]


def _human(row: dict) -> tuple[str | None, str | None]:
    return row["gold"], row.get("human_reason") or row.get("human_explanation")


Read = Callable[[dict], tuple[str | None, str | None]]
SOURCES: dict[str, Read] = {"palm": _palm, "gpt35": _gpt35, "gpt35_told": _told, "human": _human}
PREFIX = {
    "palm": "palm_",
    "gpt35": "gpt35_zs_response",
    "gpt35_told": "gpt35_labelgiven",
    "human": "human_",
}


def _lesson(row: dict, source: str, read: Read) -> Rationale:
    label, reason = read(row)
    fields, choices = fields_of(input_of(row))
    known = label is not None and reason is not None and reason.strip()
    given = source in ("gpt35_told", "human")
    return Rationale(
        fields,
        label,
        (reason.strip(),) if known else (),
        choices,
        () if given else (label,),
        label_given=label if given else None,
        told=source == "gpt35_told",
        provenance=Provenance(teacher=TITLES[source], notes="recorded by others"),
    )


def _qwen(rows: list[dict]) -> tuple[Rationale, ...]:
    said = {row["id"]: row for row in rows_of("cqa_train.qwen_hendriks")}
    return tuple(
        Rationale(
            fields_of(input_of(row))[0],
            row["gold"],
            (said[row["id"]]["few_shot_positive_rationale"],),
            tuple(row["choices"]),
            label_given=row["gold"],
            told=True,
            provenance=Provenance(teacher=TITLES["qwen"], notes="recorded by others"),
        )
        for row in rows
    )


def replayed(dataset: str, split: str, *, first: int | None = None) -> tuple[Rationale, ...]:
    """Return what :meth:`Teacher.rationales` makes of GPT-3.5's recorded raw answers.

    The whole path: question, store, ledger, reader, lesson. Each input is asked about once; the
    words of the prompt were others when the answers were recorded.
    """
    rows = list(rows_of(*FILES[dataset, split]))[:first]
    inputs = [input_of(row) for row in rows]
    said = {
        json.dumps([text for _, text in fields_of(one)[0]]): row["gpt35_zs_response"]
        for one, row in zip(inputs, rows, strict=True)
    }
    kind = "number" if dataset == "svamp" else "auto"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TutelageWarning)  # what is missing is what is looked at
        return Teacher(
            ScriptedClient(lambda question: said[json.dumps(_texts(question))]),
            answers=False,
            attempts=1,
        ).rationales(
            inputs,
            INFERENCE if dataset in ("anli", "esnli") else None,
            kind=kind,
            form="text",
            fallback=False,
        )


def _texts(question: Question) -> list[str]:
    """Return the texts between the marks of a question."""
    return re.findall(
        r"<<<+ text >>>+\n(.*?)\n<<<+ end of text >>>+", question.messages[1].content, re.DOTALL
    )


# --- the grid of prompts --------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """What every prompt gave for every instance: ``outcomes[prompt, instance]``."""

    name: str
    templates: tuple[dict, ...]
    golds: tuple[str, ...]
    outcomes: dict[tuple[int, int], Outcome]


def grid(name: str, *, ours: bool = False) -> Grid:
    """Read the grid of "anli" or "cqa": instances that every prompt was tried on.

    Labels and reasons are those that the authors parsed; with ``ours`` those that
    :func:`read_verdict` reads. The tokens of an answer are its prompt's mean.
    """
    stem = {"anli": "anli1", "cqa": "cqa"}[name]
    parts = sorted(path.name for path in FOLDER.glob(f"{stem}_responses*"))
    rows = list(rows_of(*(part.removesuffix(".jsonl.gz") for part in parts)))
    templates = {row["template"]: row for row in rows_of(f"{stem}_templates")}
    used = sorted({row["template"] for row in rows})
    times = Counter(row["idx"] for row in {(r["template"], r["idx"]): r for r in rows}.values())
    golds = {row["idx"]: row["gold"] for row in rows if row["gold"]}
    full = [idx for idx, count in times.items() if count == len(used) and idx in golds]
    items = {row["idx"]: row for row in rows_of(f"{stem}_instances")}
    place = {template: n for n, template in enumerate(used)}
    column = {idx: n for n, idx in enumerate(full)}
    outcomes: dict[tuple[int, int], Outcome] = {}
    for row in rows:
        pair = place[row["template"]], column.get(row["idx"], -1)
        if pair[1] < 0 or pair in outcomes:
            continue
        label, reason = row["label"], row["rationale"]
        if ours:
            label, reason = _read(row, items[row["idx"]])
        told = templates[row["template"]]
        tokens = round(told["avg_tokens_sent"] + told["avg_tokens_received"])
        outcomes[pair] = Outcome(label, label == golds[row["idx"]], reason is not None, tokens)
    return Grid(name, tuple(templates[t] for t in used), tuple(golds[i] for i in full), outcomes)


def _read(row: dict, item: dict) -> tuple[str | None, str | None]:
    if "premise" in item:
        return read_verdict(row["response"], list(NLI), NLI)
    return read_choice(row, [item[f"choice_{letter}"] for letter in "abcde"])
