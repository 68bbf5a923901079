"""The page of a sweep: every setting, the chosen one, nothing that could run."""

import pytest

from tutelage.errors import OutputError
from tutelage.evaluation.sweep_result import Confirmation, SweepResult, SweepTrial
from tutelage.report.charts import NARROW, WIDE
from tutelage.report.sweep_charts import sensitivity_chart
from tutelage.report.sweep_html import render_sweep, write_sweep

HOSTILE = "<script>alert(1)</script>\u202e\n"
SAID = {"command": "tutelage fit x.csv --trust 0.5", "python": "T(a=1)", "without_option": ["a"]}


def found(word="cosine", n_numbers=3):
    trials = tuple(
        SweepTrial(n, {"weight": float(n), "how": (word, "mse")[n % 2]}, (0.5 + n / 20, 0.6), 1.5)
        for n in range(n_numbers)
    )
    confirmation = Confirmation(0.7, 0.6, 0.1, 0.02, 4)
    best = trials[-1].settings
    return SweepResult("accuracy", "Accuracy", "higher", trials, trials[0].settings, best, best,
                       confirmation, {"weight": 0.9, "how": 0.1}, 0)  # fmt: skip


def test_the_page_shows_every_setting_and_what_to_use():
    page = render_sweep(found(), data="train.csv", settings=SAID)
    for text in ("3 settings on folds of train.csv", "chosen", "default", "0.6000",
                 "tutelage fit x.csv --trust 0.5", "T(a=1)", "weight, explains 90%",
                 "gains +0.1000 Accuracy over the default"):  # fmt: skip
        assert text in page


def test_names_are_data_and_nothing_can_run():
    said = {**SAID, "command": HOSTILE, "python": HOSTILE, "without_option": [HOSTILE]}
    page = render_sweep(found(HOSTILE), data=HOSTILE, settings=said)
    assert "<script" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("n_numbers", [1, 3, 12])
def test_the_drawing_says_the_mean_of_every_value(width, n_numbers):
    drawn = sensitivity_chart(found(n_numbers=n_numbers), width, "s")
    assert "weight: 0 0.550" in drawn.svg
    assert f'width="{width}"' in drawn.svg


def test_the_page_is_written_whole_or_not_at_all(tmp_path):
    written = write_sweep(found(), tmp_path / "page.html", data="x", settings=SAID)
    assert written.read_text() == render_sweep(found(), data="x", settings=SAID)
    with pytest.raises(OutputError, match="cannot be written"):
        write_sweep(found(), tmp_path / "no" / "page.html", settings=SAID)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_in_a_browser_and_no_word_of_the_drawing_is_cut(
    browser, tmp_path, width
):
    from tests.report.test_browser import OUTSIDE

    said = {**SAID, "command": "tutelage fit " + "x" * 300}
    page = write_sweep(found("x" * 90, 12), tmp_path / "p.html", data="d", settings=said)
    browser.open(page, width)
    root = "document.documentElement"
    assert browser.ask(f"{root}.scrollWidth - {root}.clientWidth") == 0
    assert browser.ask(OUTSIDE) == []
