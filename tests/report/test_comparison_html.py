"""The page of a comparison: whole, escaped, without anything that could run."""

import math

import pytest

from tutelage.errors import OutputError
from tutelage.evaluation.model_comparison_result import ModelComparison, ModelRow, PairRow
from tutelage.evaluation.model_comparison_scores import ModelCost
from tutelage.evaluation.run import Estimate
from tutelage.report.comparison_html import render_comparison, write_comparison

HOSTILE = "<script>alert(1)</script>\u202e\n"


def found(name="plain"):
    score = (Estimate("accuracy", "Accuracy", "higher", 0.75, 0.7, 0.8, 200),)
    models = (
        ModelRow(name, score, ModelCost(2.5, 0.125, 1.5, math.nan)),
        ModelRow("taught", score, ModelCost(), has_collapsed=True),
    )
    pair = PairRow(name, "taught", -0.05, -0.1, 0.01, 0.06, 0.12, -0.2, 3, 13, "worse")
    return ModelComparison("accuracy", "Accuracy", "higher", models, (pair,), ("a", "b"), 200,
                           2000, 0, ("taught gives every row the same class.",))  # fmt: skip


def test_the_page_shows_every_figure():
    page = render_comparison(found(), data="test.csv")
    for text in ("2 models on 200 rows of test.csv", "0.750", "0.700 to 0.800", "2.50", "0.125",
                 "<td class=\"n\">1.5</td>", "−0.050", "−0.100 to +0.010", "0.1200", "worse", "13",
                 "taught gives every row the same class", "2000 times, seed 0"):  # fmt: skip
        assert text in page


def test_names_are_data():
    page = render_comparison(found(HOSTILE), data=HOSTILE)
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_nothing_is_loaded_and_nothing_can_run():
    page = render_comparison(found())
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("<table>") == page.count("</table>") == 2


def test_the_page_is_written_whole_or_not_at_all(tmp_path):
    written = write_comparison(found(), tmp_path / "page.html", data="x.csv")
    assert written.read_text() == render_comparison(found(), data="x.csv")
    with pytest.raises(OutputError, match="cannot be written"):
        write_comparison(found(), tmp_path / "no" / "page.html")
