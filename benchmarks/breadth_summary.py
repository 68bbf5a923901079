"""The page of `benchmarks/breadth.py`, from its raw results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from breadth_cards import ALONE, CARDS, FILES, IN_EIGHT, STEPS, WRONG
from breadth_data import SOURCES
from raw_results import Cell, Line

Lines = Mapping[Cell, Line]
PLAIN = ("TF-IDF", "static", "MiniLM")
LANGUAGES = "xsid"

HEAD = """# Other data than intents

Made by `python benchmarks/breadth.py`; do not edit. The same class, calls and default parameters
on every set: `TaughtTextClassifier("minilm")` (trained in bfloat16) and `("static")` on labels
only, and TF-IDF with logistic regression as the control. Accuracy on at most 400 test rows (xSID:
100 of each language), mean over seeds of which training texts are drawn; in brackets the number
of seeds and the smallest and largest. With 400 rows an accuracy of .6 has a standard error of
.024. Largest class: what a model gets that always says the same. An empty cell was not run: the
machine had no time for it; the same command goes on where it stopped.

Lessons: class cards, and masked CAP, which needs no language model. No ratings of words and no
rewrites are recorded for these sets."""


def page(lines: Lines) -> str:
    """Return the whole page."""
    codes = ", ".join(sorted({line["code"] for line in lines.values()}))
    minutes = sum(line["cpu"] for line in lines.values()) / 60
    made = f"Code of the encoder student: {codes}. Processor time of all lines: {minutes:.1f} min."
    tables = [plain_table(lines), SNLI, CARDS_HEAD, cards_table(lines), language_table(lines)]
    tables += [CAP_HEAD, cap_table(lines)]
    return "\n\n".join([HEAD, *tables, made])


def plain_table(lines: Lines) -> str:
    """Return accuracy by set, shots and method."""
    rows = [
        "| data | texts a class | largest class | " + " | ".join(PLAIN) + " |",
        "|---|---:|---:|" + "---:|" * len(PLAIN),
    ]
    for name in SOURCES:
        for shots in (16, 50):
            known = [line for cell, line in lines.items() if cell[:2] == (name, shots)]
            if known:
                cells = " | ".join(shown(of(lines, name, shots, method)) for method in PLAIN)
                largest = known[0]["largest_class"]
                about = f"{name}: {SOURCES[name].about}"
                rows.append(f"| {about} | {shots} | {largest:.3f} | {cells} |")
    return "\n".join(rows)


SNLI = """SNLI's two texts are joined by `[SEP]` and read as one; that is all a student is told of
there being two. Where a student is within .05 of the largest class, it has learned next to
nothing: so it is on SNLI with every student that reads words one by one. Long reviews are cut at
256 tokens, and TF-IDF, which reads all of them, is ahead of the static student there."""


CARDS_HEAD = """## Class cards

Of every class some phrases, each a short text to train on (`card_texts`): 2 classes, 48 phrases for
sentiment; 4 and 80 for topics; 18 and 86 for intents. They lie in `benchmarks/recorded/`, written
for this project by a language model, one of its authors, from the names of the classes and what a
set is about; it knows these public sets, and had seen one row of some of them. 16 texts a class.
More steps: labels only, for as many steps as with the phrases; with so few texts the default is the
same number mostly, and then so is the student (the static one's head is solved for, not trained).
Of other classes: every class gets the phrases of the next, a check that it is
not the number of texts that helps. Alone: no labelled text at all. Cards say nothing of inference,
which is no matter of single texts."""


def cards_table(lines: Lines) -> str:
    """Return accuracy without, with and by cards alone."""
    rows = [
        "| data | student | labels only | more steps | with cards | gain, by seed | "
        "cards of other classes | cards alone |",
        "|---|---|---:|---:|---:|---|---:|---:|",
    ]
    for name in FILES:
        for body in ("static", "MiniLM"):
            told = {
                cell.split: line
                for cell, line in lines.items()
                if (cell.table, cell.shots, cell.method) == (name, 16, f"{body}, {CARDS}")
            }
            if not told:
                continue
            ways = ("", f", {STEPS}", f", {CARDS}", f", {WRONG}", f", {ALONE}")
            plain, steps, cards, wrong, alone = (
                shown(of(lines, name, 16, body + way)) for way in ways
            )
            gains = [
                line["accuracy"] - lines[Cell(name, 16, seed, body)]["accuracy"]
                for seed, line in sorted(told.items())
                if Cell(name, 16, seed, body) in lines
            ]
            gain = ", ".join(f"{each:+.3f}" for each in gains)
            rows.append(
                f"| {name} | {body} | {plain} | {steps} | {cards} | {gain} | {wrong} | {alone} |"
            )
    return "\n".join(rows)


IN_LANGUAGES = tuple(
    body + way
    for body in ("TF-IDF", "static", "MiniLM")
    for way in ("", f", {CARDS}", f", {IN_EIGHT}")
)


def language_table(lines: Lines) -> str:
    """Return accuracy by language."""
    found = {method: of(lines, LANGUAGES, 16, method) for method in IN_LANGUAGES}
    languages = sorted(
        {lang for each in found.values() for line in each for lang in line["groups"]}
    )
    languages.sort(key=lambda lang: lang != "en")
    rows = [
        "## xSID: trained in English, tested in eight languages",
        "",
        "16 English texts a class, seven languages beside English. MiniLM and the static vectors "
        "were made for English. Labels only: what words and names that languages share are worth. "
        "Cards: English phrases. Cards in eight languages: four or five phrases a class in each, "
        "and still no labelled text but the English ones.",
        "",
        "| | mean | " + " | ".join(languages) + " |",
        "|---|---:|" + "---:|" * len(languages),
    ]
    for method, each in found.items():
        if not each:
            continue
        means = [np.mean([line["groups"][lang] for line in each]) for lang in languages]
        numbers = [np.mean(means), *means]
        rows.append(f"| {method} | " + " | ".join(f"{one:.3f}" for one in numbers) + " |")
    return "\n".join(rows)


CAP_HEAD = """## Lessons without a language model: masked CAP by MiniLM itself

Word priors by `Teacher.masked_word_priors` with `EncoderScores("minilm")`: how much less the
label's own words fit a text when a word is hidden. The static student is taught them as copies
without weak words, and by alignment; shuffled: the same scores on other words of their texts, mean
of 5 draws. 16 texts a class; difference to labels only on the same training texts."""


def cap_table(lines: Lines) -> str:
    """Return what masked CAP brings to the static student."""
    rows = ["| data | taught | accuracy | minus labels only | seeds |", "|---|---|---:|---:|---:|"]
    for name in ("sst2", "ag_news"):
        for method in dict.fromkeys(cell.method for cell in lines if "CAP" in cell.method):
            seeds = [s for s in range(3) if Cell(name, 16, s, method) in lines]
            if not seeds:
                continue
            own = [lines[Cell(name, 16, s, method)]["accuracy"] for s in seeds]
            plain = [lines[Cell(name, 16, s, "static")]["accuracy"] for s in seeds]
            gain = np.mean(own) - np.mean(plain)
            rows.append(f"| {name} | {method} | {np.mean(own):.3f} | {gain:+.3f} | {len(seeds)} |")
    return "\n".join(rows) if len(rows) > 2 else "Not run yet."


def of(lines: Lines, name: str, shots: int, method: str) -> list[Line]:
    """Return the lines of one setting over seeds."""
    return [line for cell, line in lines.items() if cell[:2] == (name, shots) and cell[3] == method]


def shown(found: Sequence[Line]) -> str:
    """Return a mean with the number of seeds and the range."""
    values = [line["accuracy"] for line in found]
    if not values:
        return ""
    return f"{np.mean(values):.3f} ({len(values)}: {min(values):.3f} to {max(values):.3f})"
