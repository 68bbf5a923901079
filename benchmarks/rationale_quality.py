"""What kind of reasons models and people gave, source by source.

    python benchmarks/rationale_quality.py

Writes ``benchmarks/results/rationale_quality.md`` from the recorded answers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from read_verdict import NLI
from recorded_rationales import TITLES, Recorded, load, replayed
from tutelage.evaluation.rationale_consistency import label_consistency
from tutelage.evaluation.rationale_quality import ReasonFilter, filter_rationales, rationale_quality
from tutelage.evaluation.rationale_simulation import simulatability
from tutelage.lessons import Rationale, rationale_coverage

HERE = Path(__file__).parent
OUT = HERE / "results" / "rationale_quality.md"
SETS = (
    ("anli", "test"),
    ("anli", "valid"),
    ("esnli", "valid"),
    ("cqa", "test"),
    ("cqa", "train"),
    ("svamp", "train"),
)
REPLAYED = (("anli", "valid"), ("anli", "test"), ("cqa", "test"), ("svamp", "test"))
MOST = 4000  # rows of a set that are read, the first ones


def table(found: Recorded) -> list[str]:
    """Return one line per source."""
    classes = found.classes or ()
    synonyms = NLI if classes else {}
    lines = [
        f"## {found.name}: {len(found.inputs[:MOST])} rows",
        "",
        "| source | reasons | words (sd) | sentences | Flesch | copied | holds its label | names "
        "another only | repeated | same first two words |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for source, lessons in found.lessons.items():
        one = rationale_quality(lessons[:MOST], classes, synonyms)
        lines.append(
            f"| {TITLES[source]} | {one.n_reasons / one.n_lessons:.1%} | {one.words:.0f} "
            f"({one.words_sd:.0f}) | {one.sentences:.1f} | {one.flesch:.0f} | {one.copy_rate:.0%} "
            f"| {one.leak_rate:.0%} | {one.other_rate:.0%} | {one.duplicate_rate:.1%} | "
            f'{one.opening_rate:.0%} "{one.opening}" |'
        )
    return [*lines, ""]


def coverage_table(dataset: str, split: str, golds: Sequence[str | None]) -> list[str]:
    """Return coverage and accuracy per class of GPT-3.5's raw answers, put to the reader anew."""
    found = rationale_coverage(replayed(dataset, split), golds)
    shown = () if dataset == "svamp" else found.classes
    return [
        f"| {dataset} {split}: {row.label} | {row.n} | {row.coverage:.1%} | {row.accuracy:.1%} |"
        for row in (*shown, found.total)
    ]


def consistency_line(title: str, lessons: tuple[Rationale, ...]) -> str:
    """Return how well the label can be told from the reasons of one source."""
    one = label_consistency(lessons[:MOST], NLI)
    reader = simulatability(lessons[:MOST], NLI)
    return (
        f"| {title} | {one.n} | {one.accuracy:.1%} | {one.accuracy_with_label:.1%} | "
        f"{reader.with_input:.1%} | {reader.with_reason:.1%} | {reader.inputs_swapped:.1%} | "
        f"{one.chance:.1%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    sets = {key: load(*key) for key in SETS}
    lines = [
        "# Reasons, source by source",
        "",
        f"By `python benchmarks/rationale_quality.py`; the first {MOST} rows of each set. Copied: "
        "words in runs of three or more that stand in the input. Names another only: another "
        "class or choice stands in the reason and its own label does not. What a property is "
        "worth to a student: `rationale_and_student.md`.",
        "",
    ]
    for found in sets.values():
        lines += table(found)
    lines += [
        "## Missing reasons are not missing at random",
        "",
        "GPT-3.5, zero-shot, one prompt per set: the recorded raw answers, put through "
        '`Teacher.rationales(form="text", fallback=False)`. Published accuracies, read by the '
        "authors' rules: ANLI valid 59.9, test 63.6, CQA test 74.4, SVAMP test 72.0 (75.5 with the "
        "last number of an answer).",
        "",
        "| verdict | n | with a reason | right |",
        "|---|---|---|---|",
        *(line for key in REPLAYED for line in coverage_table(*key, load(*key).golds)),
        "",
        "## Can the label be told from the reason alone?",
        "",
        "Balanced accuracy of a TF-IDF logistic regression in 5-fold cross-validation, with the "
        "names of the classes and their synonyms taken out of the reasons, and left in; the same "
        "of one that sees the input, the input and the reason (names out), and, trained like that, "
        "the reason beside another text's input.",
        "",
        "| source | reasons | names out | names in | input | input and reason | input swapped "
        "| chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for key in (("anli", "test"), ("esnli", "valid")):
        for source, lessons in sets[key].lessons.items():
            lines.append(consistency_line(f"{sets[key].name}: {TITLES[source]}", lessons))
    left, refused = filter_rationales(
        sets["cqa", "train"].lessons["qwen"][:MOST], ReasonFilter(max_words=60)
    )
    kept = sum(bool(lesson.rationales) for lesson in left)
    lines += [
        "",
        "## Filters",
        "",
        f"`filter_rationales` with its defaults (5 to 60 words) keeps {kept} of {len(left)} "
        f"reasons of {TITLES['qwen']} on CQA train; refused: {dict(refused)}.",
        "",
    ]
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
