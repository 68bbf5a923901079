"""The page of `benchmarks/cap.py`: what each teaching brings, with paired intervals."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from cap_attacks import ATTACKS as INDEPENDENT
from cap_knowledge import WRITTEN, knowledge, tokens_of
from cap_settings import PLAIN, SETTINGS
from raw_results import Cell, Line

SETS = {"hwu64": "HWU64", "banking77": "Banking77", "clinc150": "CLINC150"}
SHUFFLED = {
    "ratings": "ratings, shuffled",
    "ratings as texts": "ratings as texts, shuffled",
    "rewrites + ratings": "rewrites + shuffled",
    "ratings + as texts": "ratings + as texts, shuffled",
    "everything": "everything, shuffled",
    "ratings, gradient x input": "ratings, shuffled, gradient x input",
}
HEADER = """\
# Text: word priors, their controls, and rewrites

Made by `python benchmarks/cap.py`; do not edit. Raw results, one line per data set, file, seed and
setting: `cap_raw.jsonl` (code {code}).

**Protocol.** all-MiniLM-L6-v2 (22 M parameters) with a mean-pooled linear head, trained on the
five texts a class that `train_5` holds, with the student's defaults; a seed draws the batches and
is the same for every setting, so that differences are paired. Accuracy on the whole test file, and
("more rows") on 3,000 rows of the full training file that nothing was trained on or chosen by:
a test file of 1,000 rows alone leaves a standard error of .9 points on a difference. The
development attacks are 150 validation rows each, rewritten by a language model: a distractor, a
paraphrase, a noisy version; accuracy on the attacked rows. The independent attacks are our own
(`cap_attacks.py`): keywords by log-odds on the training texts, other classes by the confusions of
the plain student of seed 0, names of other classes, words missing, neighbouring keys.
Faithfulness on 200 test texts, by integrated gradients (10 points; aligned students were trained on
the same with one point), words deleted in steps of 20 %, for the predicted class: comprehensiveness
is better high, sufficiency better low; neither compares well between models, so they are evidence
about one model, not a ranking.

**Read with care.** The teacher knew these public sets, and its class cards were written from the
label list alone. Defaults (steps, rates, strength of the alignment) were chosen on the validation
rows of HWU64; that copies without weak words count like other texts when steps are given out (so
that they train longer), and which attributions are aligned, on 2,000 other rows of its full
training file; nothing was chosen on test rows. Seeds vary the batches only: the five texts a class
are the same in every run, so the intervals say nothing about other draws.

{machine}
"""


def write_summary(
    lines: Mapping[Cell, Line], path: Path, compared: tuple[int, float] = (0, 0.0)
) -> None:
    """Write the page, from whatever there is.

    ``compared``: cells run by both states of the code, and their largest gap in accuracy.
    """
    frame = pd.DataFrame(list(lines.values()))
    if frame.empty:
        print("nothing to summarise yet")
        return
    codes = ", ".join(sorted(set(frame["code"])))
    told = codes
    if compared[0]:
        told += f"; the {compared[0]} cells run with both differ by {compared[1]:.0e} at most"
    parts = [HEADER.format(code=told, machine=_machine())]
    for dataset, title in SETS.items():
        for shots, file in ((5, "5-shot"), (0, "full data")):
            part = frame[(frame["table"] == dataset) & (frame["shots"] == shots)]
            if not part.empty:
                name = f"{title}, {file}"
                told = [*_section(part, name), *knowledge(part, tokens_of(dataset), name)]
                parts.append("\n".join([f"## {name}\n", *told]))
    path.write_text("\n".join(parts) + "\n")
    print(f"wrote {path}")


def _section(frame: pd.DataFrame, name: str) -> Iterator[str]:
    yield from _table(frame)
    yield ""
    yield from _differences(frame)
    yield from _independent(frame, name)
    yield from _won_back(frame, name)


def _table(frame: pd.DataFrame) -> Iterator[str]:
    has_attacks = "distractor" in frame and frame["distractor"].notna().any()
    has_more = "more_rows" in frame and frame["more_rows"].notna().any()
    names = ["setting", "seeds", "accuracy", *(["more rows"] if has_more else []), "log loss"]
    names += list(WRITTEN) if has_attacks else []
    names += ["compreh.", "suffic.", "train s", "prior s", "about"]
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for setting in SETTINGS:
        rows = frame[frame["method"] == setting]
        if rows.empty:
            continue
        cells = [
            setting,
            str(len(rows)),
            _mean_sd(rows["accuracy"]),
            *([_mean_sd(rows["more_rows"].dropna())] if has_more else []),
            f"{rows['log_loss'].mean():.3f}",
        ]
        cells += [f"{rows[kind].mean():.3f}" for kind in WRITTEN] if has_attacks else []
        cells += [f"{rows[name].mean():.3f}" for name in ("comprehensiveness", "sufficiency")]
        cells += [f"{rows[name].median():.0f}" for name in ("train_s", "prior_s")]
        yield "| " + " | ".join([*cells, SETTINGS[setting].about]) + " |"


def _differences(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the paired differences in points, over the seeds that both settings have."""
    pairs = [(name, PLAIN) for name in SETTINGS if name != PLAIN]
    pairs += SHUFFLED.items()
    pairs += [("rewrites + ratings", "rewrites")]
    longer = ("ratings as texts", "card texts", "rewrites", "everything")
    pairs += [(name, "plain, more steps") for name in longer]
    found = [(a, b, _paired(frame, a, b)) for a, b in pairs]
    kept = [(a, b, gaps) for a, b, gaps in found if gaps is not None and len(gaps) > 1]
    if not kept:
        return
    yield "Paired differences of accuracy in points, mean over seeds [95 % interval, t]; after the"
    yield "semicolon the same on the 3,000 more rows:\n"
    for a, b, gaps in kept:
        more = _paired(frame, a, b, "more_rows")
        also = "" if more is None or len(more) < 2 else f"; {_told(more)}"
        yield f"- {a} − {b}: {_told(gaps)} ({len(gaps)} seeds){also}"
    yield ""


def _told(gaps: np.ndarray) -> str:
    low, high = interval(gaps)
    return f"{gaps.mean():+.2f} [{low:+.2f}, {high:+.2f}]"


def _independent(frame: pd.DataFrame, name: str) -> Iterator[str]:
    """Yield accuracy on the attacked test rows, attack by attack."""
    if "keyword_addition" not in frame or not frame["keyword_addition"].notna().any():
        return
    yield f"### {name}: independent attacks\n"
    yield "Accuracy on attacked test rows (how many: those of 400 that the attack changes); the"
    yield "first line gives the plain student on the same rows before the attack.\n"
    yield "| setting | seeds | " + " | ".join(name.replace("_", " ") for name in INDEPENDENT) + " |"
    yield "|" + "---|" * (2 + len(INDEPENDENT))
    rows = frame[frame["keyword_addition"].notna()]
    for setting in SETTINGS:
        own = rows[rows["method"] == setting]
        if own.empty:
            continue
        if setting == PLAIN:
            before = [f"{own[f'clean_{name}'].mean():.3f}" for name in INDEPENDENT]
            yield "| (plain, before) | " + " | ".join([str(len(own)), *before]) + " |"
        cells = [f"{own[name].mean():.3f}" for name in INDEPENDENT]
        yield f"| {setting} | " + " | ".join([str(len(own)), *cells]) + " |"
    yield ""


def _won_back(frame: pd.DataFrame, name: str) -> Iterator[str]:
    """Yield how much of the plain student's loss under attack each setting wins back."""
    if "distractor" not in frame or not frame["distractor"].notna().any():
        return
    yield f"### {name}: what is won back\n"
    yield "Share of the plain student's loss under attack that is won back, paired by seed:\n"
    plain = frame[frame["method"] == PLAIN].set_index("split")
    kinds = [kind for kind in (*WRITTEN, *INDEPENDENT[:3]) if kind in frame]
    for setting in SETTINGS:
        rows = frame[frame["method"] == setting].set_index("split")
        seeds = rows.index.intersection(plain.index)
        if setting == PLAIN or seeds.empty:
            continue
        lost = {
            kind: (plain.loc[seeds, f"clean_{kind}"] - plain.loc[seeds, kind]).sum()
            for kind in kinds
        }
        won = {kind: (rows.loc[seeds, kind] - plain.loc[seeds, kind]).sum() for kind in kinds}
        written = sum(won[kind] for kind in WRITTEN) / sum(lost[kind] for kind in WRITTEN)
        shares = [
            f"{kind.replace('_', ' ')} {won[kind] / lost[kind]:.0%}"
            for kind in kinds
            if lost[kind] > 0
        ]
        yield f"- {setting}: written attacks together {written:.0%} ({', '.join(shares)})"
    yield ""


def _paired(
    frame: pd.DataFrame, first: str, second: str, what: str = "accuracy"
) -> np.ndarray | None:
    if what not in frame:
        return None
    wide = frame.pivot_table(index="split", columns="method", values=what)
    if first not in wide or second not in wide:
        return None
    return 100 * (wide[first] - wide[second]).dropna().to_numpy()


def interval(gaps: np.ndarray) -> tuple[float, float]:
    """Return the 95 % t interval of a mean.

    >>> [round(x, 2) for x in interval(np.array([1.0, 2.0, 3.0]))]
    [-0.48, 4.48]
    """
    half = student_t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
    return float(gaps.mean() - half), float(gaps.mean() + half)


def _mean_sd(values: pd.Series) -> str:
    if values.empty:
        return "–"
    return f"{values.mean():.4f}" + (f" ± {values.std():.4f}" if len(values) > 1 else "")


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "numpy"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}."
