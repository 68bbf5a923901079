"""Which hyper-prior over trust: right, flipped and shuffled teachers on seven tables.

    python benchmarks/trust.py [--splits 5]

Every setting of the grid is fitted once per split; the variants differ only in the masses the
settings have before a label is seen. Takes about a minute; writes benchmarks/results/trust.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from splits import split_rows
from table_data import TABLES, MissingData, load_table, prior_scores

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

from tutelage import FeaturePrior
from tutelage.learning.coherence import coherence, probability_right, some_rows
from tutelage.learning.map_estimate import MILD, Kinship, _Problem, directions, sharpen
from tutelage.learning.settings import RIGHT, SCALE_GRID, SHARPNESS_GRID, Setting, _trust_grid
from tutelage.students.columns import learn_layout, read_table
from tutelage.students.prior_columns import scores_of

SHOTS = (1, 5, 10, 25, 50, 100)
LABELS = ["no", "yes"]
RESULT = Path(__file__).parent / "results" / "trust.md"
TEACHERS = {
    "as recorded": lambda prior, split: prior,
    "shuffled": lambda prior, split: prior.shuffled(split),
    "flipped": lambda prior, split: prior.flipped(),
}
TRUSTS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97)


def variants(right: float) -> dict[str, Mapping[float, float]]:
    """Return the masses over trust of every variant; ``right`` is what coherence says."""
    return {
        "chosen": dict(_trust_grid(right)),
        "chosen, coherence not looked at": dict(_trust_grid(RIGHT)),
        "leans on the teacher": dict(zip(TRUSTS, (0.02, 0.03, 0.05, 0.1, 0.5, 0.3), strict=True)),
        "uniform": dict.fromkeys(TRUSTS, 1 / 6),
        "fixed at .9": {0.9: 1.0},
        "no teacher": {0.0: 1.0},
    }


def scores_of_variants(frame, labels, rows, prior):
    """Return ROC AUC of every variant, and the coherence, on one split."""
    labelled, pool, test = rows
    table = read_table(frame.iloc[labelled])
    layout = learn_layout(table, read_table(frame.iloc[pool]))
    encoded = layout.encode(table)
    spread = np.concatenate([encoded, layout.encode(read_table(frame.iloc[pool]))])
    weights = np.ones(len(spread))
    scores, known = scores_of(prior, layout, LABELS)
    few, few_weights = some_rows(spread, weights)
    found = coherence(sharpen(scores[:, known], MILD), few[:, known], few_weights)
    settings = [
        Setting(trust, scale, sharpness, scale_mass * sharp_mass)
        for trust in TRUSTS
        for scale, scale_mass in SCALE_GRID
        for sharpness, sharp_mass in (SHARPNESS_GRID if trust else ((5.0, 1.0),))
    ]
    problem = _Problem(
        encoded,
        (labels[labelled] == "yes").astype(np.intp),
        2,
        np.ones(len(labelled)),
        scores,
        known,
        {t: directions(scores, (spread, weights), t) for t, _ in SHARPNESS_GRID},
        Kinship(layout.parents, layout.shares),
    )
    fitted, intercepts, _, evidence = problem.fit(settings)
    logits = layout.encode(read_table(frame.iloc[test])) @ fitted[:, 0].T + intercepts[:, 0]
    truth = labels[test] == "yes"
    out = {}
    for name, masses in variants(probability_right(found)).items():
        prior_mass = np.array([masses.get(s.trust, 0.0) * s.prior_mass for s in settings])
        with np.errstate(divide="ignore"):
            log_mass = evidence + np.log(prior_mass)
        mass = np.exp(log_mass - log_mass.max())
        out[name] = roc_auc_score(truth, logits @ (mass / mass.sum()))
    return out, found


def measure(n_splits: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per table, split, shots, teacher and variant; and the coherences."""
    lines, ranks = [], []
    for name in TABLES:
        table = load_table(name)
        labels = np.asarray(table.labels).astype(str)
        recorded = FeaturePrior.from_scores(prior_scores(name), scale=10, classes=LABELS)
        for index in range(n_splits):
            split = split_rows(name, labels, index)
            for shots in SHOTS:
                rows = (split.labelled(shots), split.unlabelled(shots), split.test)
                for teacher, change in TEACHERS.items():
                    prior = change(recorded, index)
                    found, fits = scores_of_variants(table.features, labels, rows, prior)
                    key = {"table": name, "split": index, "shots": shots, "teacher": teacher}
                    lines += [{**key, "variant": v, "roc_auc": a} for v, a in found.items()]
                    ranks.append({**key, "rank": fits.rank, "weight": fits.weight})
    return pd.DataFrame(lines), pd.DataFrame(ranks)


def page(lines: pd.DataFrame, ranks: pd.DataFrame, n_splits: int) -> str:
    """Return the result as Markdown."""
    cells = lines.groupby(["teacher", "variant", "shots", "table"])["roc_auc"].mean()
    parts = [
        "# Masses over trust\n\nMade by `python benchmarks/trust.py`; do not edit. "
        f"Seven tables, {n_splits} splits as in `tables.md`, columns scaled on the pool. Mean ROC "
        "AUC over the tables; in brackets, how far the worst table is below no teacher "
        "at all. The masses of *chosen* were picked by looking at these tables."
    ]
    for teacher in TEACHERS:
        here = cells[teacher].unstack("variant").groupby("shots")
        rows = [f"| {teacher} | " + " | ".join(str(k) for k in SHOTS) + " |"]
        rows.append("|---|" + "---:|" * len(SHOTS))
        for variant in variants(RIGHT):
            shown = [
                f"{group[variant].mean():.4f} ({(group['no teacher'] - group[variant]).max():+.3f})"
                for _, group in here
            ]
            rows.append(f"| {variant} | " + " | ".join(shown) + " |")
        parts.append("\n".join(rows))
    means = ranks.groupby(["table", "teacher"])[["rank", "weight"]].mean().unstack("teacher")
    rows = ["| coherence: rank (weight) | " + " | ".join(TEACHERS) + " |", "|---|---:|---:|---:|"]
    for table in TABLES:
        shown = [
            f"{means.loc[table, ('rank', t)]:.2f} ({means.loc[table, ('weight', t)]:.2f})"
            for t in TEACHERS
        ]
        rows.append(f"| {table} | " + " | ".join(shown) + " |")
    return "\n\n".join([*parts, "\n".join(rows)]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=5)
    given = parser.parse_args()
    try:
        lines, ranks = measure(given.splits)
    except MissingData as error:
        print(error, file=sys.stderr)
        return 2
    RESULT.write_text(page(lines, ranks, given.splits), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
