"""Charts: true to the numbers, described in words, drawn without global state."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from tutelage.evaluation.scores import ReliabilityBin
from tutelage.report import charts
from tutelage.report.facts import ExplanationFacts, PriorEntry, UnitFacts
from tutelage.report.shown import duration, money, number, one_line, prose, without_surrogates

sizes = pytest.mark.parametrize("width", [charts.WIDE, charts.NARROW])


def entries(n=30):
    return [PriorEntry("ill", f"col{i}", None, (i - 10) / 20, 0.1, (0.1, 0.2)) for i in range(n)]


def explained(n=15):
    units = tuple(UnitFacts(f"col{i}", str(i), (i - 7) / 10) for i in range(n))
    return ExplanationFacts("ill", 0.3, 0.6, 0.1, units)


TABLE = [ReliabilityBin(0.6, 0.667, 12, 0.64, 0.5), ReliabilityBin(0.933, 1, 90, 0.97, 0.99)]


def drawings(record, width):
    return {
        "curve": charts.curve_chart(
            record.curve, "roc_auc", width, "c", main=("with prior", "no prior")
        ),
        "prior": charts.prior_chart(entries(), width, "p"),
        "reliability": charts.reliability_chart(TABLE, 2, width, "r"),
        "row": charts.explanation_chart(explained(), width, "e"),
    }


@sizes
def test_every_chart_is_an_image_with_a_name_and_a_description(record, width):
    for drawing in drawings(record, width).values():
        assert re.match(
            r'<svg [^>]*role="img" aria-labelledby="(\w)-title \1-desc">'
            r'<title id="\1-title">[^<]+</title><desc id="\1-desc">[^<]+</desc>',
            drawing.svg,
        )
        assert drawing.svg.endswith("</svg>")
        assert drawing.svg.count("<svg") == 1


@sizes
def test_text_stays_text_and_colors_are_variables(record, width):
    for drawing in drawings(record, width).values():
        assert "<text" in drawing.svg
        assert "var(--" in drawing.svg
        assert not re.search(r"#[0-9a-f]{6}\b", drawing.svg)
        assert "font-family" not in drawing.svg
        assert "<style" not in drawing.svg


def test_a_chart_is_drawn_the_same_each_time(record):
    assert drawings(record, charts.WIDE) == drawings(record, charts.WIDE)


def test_charts_of_different_names_share_no_id(record):
    first, second = (charts.prior_chart(entries(), 680, name).svg for name in ("a", "b"))
    ids = [set(re.findall(r'id="([^"]+)"', drawing)) for drawing in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_the_prior_chart_shows_the_twenty_strongest():
    words = re.findall(r">(col\d+)<", charts.prior_chart(entries(), 680, "p").svg)
    strongest = sorted(entries(), key=lambda e: -abs(e.mean))[:20]
    assert words == [entry.column for entry in strongest]


def test_a_score_that_was_not_given_is_not_drawn():
    missing = PriorEntry("ill", "job", "clerk", float("nan"), float("nan"), ())
    assert "job = clerk" not in charts.prior_chart([*entries(3), missing], 680, "p").svg


def test_a_prior_without_any_score_draws_an_empty_chart():
    missing = PriorEntry("ill", "job", "clerk", float("nan"), float("nan"), ())
    assert "<svg" in charts.prior_chart([missing], 340, "p").svg


def test_the_bars_of_an_explanation_add_up_to_the_score():
    whole = replace(explained(), score=sum(u.contribution for u in explained().units) + 0.1)
    told = re.search(r"<desc[^>]*>(.*?)</desc>", charts.explanation_chart(whole, 680, "e").svg)
    numbers = [float(n.replace("−", "-")) for n in re.findall(r": ([+−]?[\d.]+)", told.group(1))]
    assert len(numbers) == 10 + 2
    assert sum(numbers) == pytest.approx(whole.score, abs=0.05)
    assert "5 other columns" in told.group(1)


def test_an_explanation_without_any_effect_can_be_drawn():
    flat = ExplanationFacts("ill", 0.0, 0.5, 0.0, (UnitFacts("age", "40", 0.0),))
    assert "<svg" in charts.explanation_chart(flat, 340, "e").svg


def test_a_model_far_off_is_cut_and_named(record):
    cells = [
        replace(p, scores=p.scores | {"roc_auc": 0.1 if p.model == "teacher alone" else 0.95})
        for p in record.curve.points
    ]
    curve = replace(record.curve, points=tuple(cells))
    main = ("with prior", "no prior")
    assert charts.curve_chart(curve, "roc_auc", 680, "c", main=main).note == (
        "Too far off to be drawn in full: teacher alone."
    )
    assert charts.curve_chart(curve, "roc_auc", 680, "c").note == ""


def test_a_model_without_a_number_has_no_line(record):
    words = charts.curve_chart(record.curve, "roc_auc", 680, "c").svg
    assert ">with prior<" in words
    assert ">age<" not in words  # every fit of it failed


@pytest.mark.parametrize(("share", "n"), [(0.0, 5), (1.0, 5), (0.5, 1000)])
def test_the_wilson_interval_holds_the_share_and_stays_in_bounds(share, n):
    low, high = charts.wilson_interval(share, n)
    assert 0 <= low <= share <= high <= 1
    assert high > low


def test_drawing_leaves_matplotlib_as_it_was_and_loads_no_pyplot():
    code = (
        "import sys, tutelage.report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import matplotlib\n"
        "matplotlib.rcParams['font.size'] = 31\n"
        "from tutelage.report import charts\n"
        "from tutelage.report.facts import PriorEntry\n"
        "entry = PriorEntry('ill', 'age', None, 0.5, 0.1, (0.5,))\n"
        "assert 'font-size: 31' not in charts.prior_chart([entry], 680, 'p').svg\n"
        "assert matplotlib.rcParams['font.size'] == 31\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb", "a b"),
        ("a\r\nb", "a↵↵b"),
        ("\u2066isolate", "\N{REPLACEMENT CHARACTER}isolate"),
        ("family 👨‍👩‍👧", "family 👨‍👩‍👧"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_hidden_characters_become_visible(text, shown):
    assert one_line(text) == shown


def test_raw_text_keeps_its_lines_and_nothing_that_a_file_cannot_hold():
    assert without_surrogates("a\r\nb\ud800\x00") == "a\nb" + 2 * "\N{REPLACEMENT CHARACTER}"


def test_numbers_are_shown_as_people_write_them():
    assert number(-0.0001) == "0.000"
    assert number(-0.0001, signed=True) == "0.000"
    assert number(12.345, 1, signed=True) == "+12.3"
    assert money(3) == "$3.00"
    assert duration(119.96) == "120.0 s"
    assert prose("from -0.5 to 2-3, at -1, v1.-2") == "from −0.5 to 2-3, at −1, v1.-2"
