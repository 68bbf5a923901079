"""Write the figures of docs/explanation from the pages in benchmarks/results.

    python benchmarks/explanation_figures.py

Between <!-- from FILE: HEADING --> and <!-- end --> stands the table below that heading; no number
there is typed by hand.
"""

from __future__ import annotations

import re
from itertools import dropwhile, takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs" / "explanation").glob("*.md"))
RESULTS = Path(__file__).resolve().parent / "results"
PLACE = re.compile(r"<!-- from ([\w.]+): (.+?) -->\n.*?<!-- end -->", re.DOTALL)


def with_figures(text: str, results: Path = RESULTS) -> str:
    """Return ``text`` with every table as it stands in the results.

    Raises
    ------
    LookupError
        When a page of results, or a heading of it, is not there.
    """

    def filled(found: re.Match[str]) -> str:
        table = table_below(results / found[1], found[2])
        return f"<!-- from {found[1]}: {found[2]} -->\n{table}\n<!-- end -->"

    return PLACE.sub(filled, text)


def table_below(path: Path, heading: str) -> str:
    """Return the lines of the first table below ``heading``, of the second or third level."""
    if not path.exists():
        raise LookupError(f"{path} is absent; run the benchmark that writes it.")
    text = path.read_text(encoding="utf-8")
    found = re.search(
        rf"^###? {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE
    )
    lines = found[1].splitlines() if found else []
    table = list(takewhile(_in_table, dropwhile(lambda line: not _in_table(line), lines)))
    if not table:
        raise LookupError(f"{path} has no table below the heading {heading!r}.")
    return "\n".join(table)


def _in_table(line: str) -> bool:
    return line.startswith("|")


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_figures(page.read_text(encoding="utf-8")), encoding="utf-8")
