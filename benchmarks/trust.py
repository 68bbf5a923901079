"""Which hyper-prior over trust: right, flipped and shuffled teachers on seven tables.

    python benchmarks/trust.py [--splits 5]

Every setting of the grid is fitted once per split; the variants differ only in the masses the
settings have before a label is seen. Takes about a minute; writes benchmarks/results/trust.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from setting_scores import COLUMNS, SHOTS, TEACHERS, Fits, fits_of, prior_mass
from table_data import TABLES, MissingData
from tutelage.learning.coherence import probability_right
from tutelage.learning.settings import (
    FEWEST_TO_TURN,
    RIGHT,
    SCALE_GRID,
    SHARPNESS_GRID,
    TRUST_IF_RIGHT,
    TRUST_IF_WRONG,
    TURNED,
)

RESULT = Path(__file__).parent / "results" / "trust.md"
SHIPPED_COLUMNS = COLUMNS[-1]
LEANING = {0.0: 0.02, 0.3: 0.03, 0.6: 0.05, 0.8: 0.1, 0.9: 0.5, 0.97: 0.3}


@dataclass(frozen=True)
class Variant:
    """Masses over trust if the scores stand on the right columns, and what else is believed."""

    if_right: Mapping[float, float] = field(default_factory=lambda: TRUST_IF_RIGHT)
    looks: bool = True  # at coherence
    before: float = RIGHT
    turned: float = TURNED

    def roc_auc(self, fits: Fits, shots: int) -> float:
        """ROC AUC on one split."""
        right = probability_right(fits.found, self.before) if self.looks else self.before
        trust = {believed: (1 - right) * mass for believed, mass in TRUST_IF_WRONG.items()}
        for believed, mass in self.if_right.items():
            trust[believed] = trust.get(believed, 0.0) + right * mass
        turned = self.turned if shots >= FEWEST_TO_TURN else 0.0
        mass = prior_mass(trust, turned, dict(SCALE_GRID), dict(SHARPNESS_GRID))
        return fits.roc_auc(mass)


NO_TEACHER = "no teacher"
VARIANTS = {
    "chosen": Variant(),
    "chosen, coherence not looked at": Variant(looks=False),
    "chosen, no teacher turned": Variant(turned=0.0),
    "leans on the teacher": Variant(LEANING, looks=False, before=1.0, turned=0.0),
    "uniform": Variant(dict.fromkeys(LEANING, 1 / 6), looks=False, before=1.0, turned=0.0),
    "fixed at .9": Variant({0.9: 1.0}, looks=False, before=1.0, turned=0.0),
    NO_TEACHER: Variant({0.0: 1.0}, looks=False, before=1.0, turned=0.0),
}


def measure(n_splits: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per table, split, shots, teacher and variant; and the coherences."""
    lines, ranks = [], []
    for name in TABLES:
        for index in range(n_splits):
            for (_, teacher, shots), fits in fits_of(name, index, [SHIPPED_COLUMNS]):
                key = {"table": name, "split": index, "shots": shots, "teacher": teacher}
                lines += [
                    {**key, "variant": label, "roc_auc": variant.roc_auc(fits, shots)}
                    for label, variant in VARIANTS.items()
                ]
                ranks.append({**key, "rank": fits.found.rank, "weight": fits.found.weight})
    return pd.DataFrame(lines), pd.DataFrame(ranks)


def page(lines: pd.DataFrame, ranks: pd.DataFrame, n_splits: int) -> str:
    """Return the result as Markdown."""
    cells = lines.groupby(["teacher", "variant", "shots", "table"])["roc_auc"].mean()
    parts = [
        "# Masses over trust\n\nMade by `python benchmarks/trust.py`; do not edit. "
        f"Seven tables, {n_splits} splits as in `tables.md`, columns scaled on the pool. Mean ROC "
        "AUC over the tables; in brackets, how far the worst table is below no teacher "
        "at all. How *chosen* fares on a table that was left out: `leave_one_table_out.md`."
    ]
    for teacher in TEACHERS:
        here = cells[teacher].unstack("variant").groupby("shots")
        rows = [f"| {teacher} | " + " | ".join(str(k) for k in SHOTS) + " |"]
        rows.append("|---|" + "---:|" * len(SHOTS))
        for variant in VARIANTS:
            shown = [
                f"{group[variant].mean():.4f} ({(group[NO_TEACHER] - group[variant]).max():+.3f})"
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
