"""The page of an audit of identity terms: whole, escaped, without anything that could run."""

import json
import math

import pytest

from tutelage.errors import OutputError
from tutelage.evaluation.counterfactual_values import (
    Interval,
    SwapChange,
    SwapComparison,
    SwapReport,
    SwapRow,
)
from tutelage.evaluation.identity_groups import MentionScore
from tutelage.evaluation.identity_scores import GroupStrength, IdentityScores
from tutelage.lessons import Finding
from tutelage.report.identity_audit import IdentityAudit
from tutelage.report.identity_html import render_identity, write_identity

HOSTILE = "<script>alert(1)</script>\u202e\n"
NONE = Interval(math.nan, math.nan, math.nan)


def audit(name="taught", two=False):
    rows = (
        SwapRow("gender", "(any)", "(any)", 40, Interval(0.25, 0.1, 0.4), NONE, "", NONE),
        SwapRow("gender", name, "men", 12, Interval(0.5, 0.2, 0.8), Interval(0.3, 0.1, 0.5),
                "bad", Interval(-0.3, -0.4, -0.2)),
    )  # fmt: skip
    swaps = SwapReport(rows, 60, 45, 100, 2000, 0)
    change = SwapChange("gender", "flips", 0.25, 0.5, -0.25, -0.4, -0.1)
    both = SwapComparison((name, "plain"), swaps, swaps, (change,))
    strength = GroupStrength("bad", "gender", "women", ("she",), 7, 0.9, 0.5, 0.3, 0.7)
    return IdentityAudit(
        (name, "plain") if two else (name,),
        "test.csv",
        120,
        both if two else swaps,
        (MentionScore("gender", name, 12, 0.75, 0.5, 1.0, True),),
        IdentityScores((strength,), 20, 2000, 0),
        (Finding("identity", "warning", f"Word priors rate {name} highly."),),
    )


def test_the_page_shows_every_figure():
    page = render_identity(audit(two=True))
    for text in ("120 terms", "45 of 60 texts", "0.250", "0.100 to 0.400", "bad −0.300", "less",
                 "gender = taught *", "0.750", "+0.50", "Word priors rate taught highly",
                 "2000 times, seed 0", "--positive"):  # fmt: skip
        assert text in page, text


def test_names_are_data():
    page = render_identity(audit(HOSTILE))
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_nothing_is_loaded_and_nothing_can_run():
    page = render_identity(audit())
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<table>") == page.count("</table>") == 3


def test_an_audit_without_swaps_says_what_to_do():
    nothing = IdentityAudit(("m",), "x.csv", 9, SwapReport((), 4, 0, 0, 10, 0))
    assert nothing.tables() == []
    assert "0 of 4 texts mention one of the 9 terms" in render_identity(nothing)


def test_the_values_are_json():
    assert json.loads(json.dumps(audit(two=True).to_dict(), allow_nan=False))["n_terms"] == 120


def test_the_page_is_written_whole_or_not_at_all(tmp_path):
    written = write_identity(audit(), tmp_path / "page.html")
    assert written.read_text() == render_identity(audit())
    with pytest.raises(OutputError, match="cannot be written"):
        write_identity(audit(), tmp_path / "no" / "page.html")
