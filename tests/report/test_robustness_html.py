"""The page of attacks: whole, escaped, legible at both widths, without anything that could run."""

import numpy as np
import pytest

from tutelage.errors import OutputError
from tutelage.evaluation.attacks import standard_attacks
from tutelage.evaluation.robustness_pairs import PerturbedTexts
from tutelage.evaluation.robustness_suite import robustness_suite, suite_of_pairs
from tutelage.report.charts import NARROW, WIDE
from tutelage.report.robustness_charts import MOST_MODELS, fan_chart
from tutelage.report.robustness_html import render_robustness, write_robustness

HOSTILE = "<script>alert(1)</script>\u202e\n"
TEXTS = [f"{verb} {end}" for verb in ("wake me", "play it") for end in ("at six", "soon", "now")]
LABELS = ["alarm"] * 3 + ["music"] * 3


class Keyword:
    classes_ = np.array(["alarm", "music"])

    def predict_proba(self, texts):
        yes = np.array([0.9 if "wake" in text else 0.2 for text in texts])
        return np.column_stack([yes, 1 - yes])


def found(*names):
    return robustness_suite({name: Keyword() for name in names}, TEXTS, LABELS, standard_attacks())


def test_the_page_shows_every_attack_of_every_model_and_the_label_notes():
    suite = found("plain", "taught")
    page = render_robustness([("test.csv", suite)])
    for text in ("2 models under attack", "6 texts of test.csv", "Letters swapped", "taught",
                 "Against <bdi title=\"plain\">plain", "kept: a reader sees the same words",
                 "has no word_attributions: scores only"):  # fmt: skip
        assert text in page
    value = suite["plain"].result["case"]["accuracy_change"].value
    assert f"{value:.3f}".replace("-", "−") in page


def test_names_are_data_and_nothing_can_run():
    page = render_robustness([(HOSTILE, found("plain", HOSTILE))])
    assert "<script" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert "http://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "https://" not in page


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_fan_has_a_panel_per_attack_and_says_its_numbers(width):
    suite = found("plain", "taught")
    drawn = fan_chart(suite.models, width, "f")
    for line in suite.models[0].fan:
        assert line.title[:12] in drawn.svg
    assert "plain, Case: 1.000 at 0" in drawn.svg
    assert f'width="{width}"' in drawn.svg


def test_of_too_many_models_the_page_says_that_some_are_in_the_tables_only():
    suite = found(*[f"model {n}" for n in range(MOST_MODELS + 2)])
    page = render_robustness([("test.csv", suite)])
    assert "2 more models are in the tables only." in page
    assert f"model {MOST_MODELS + 1}" in page


def test_texts_of_ones_own_have_a_page_without_a_fan():
    pairs = PerturbedTexts(("wake me",), ("wke me",), ("alarm",), ("typo",))
    page = render_robustness([("x.csv", suite_of_pairs({"plain": Keyword()}, pairs))])
    assert "<figure>" not in page
    assert "as the author of these texts says" in page
    assert "a model that always answers with this class looks perfect" in page


def test_the_page_is_written_whole_or_not_at_all(tmp_path):
    parts = [("x.csv", found("plain"))]
    written = write_robustness(parts, tmp_path / "page.html")
    assert written.read_text() == render_robustness(parts)
    with pytest.raises(OutputError, match="cannot be written"):
        write_robustness(parts, tmp_path / "no" / "page.html")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out_in_a_browser_and_no_word_of_the_fan_is_cut(browser, tmp_path, width):
    from tests.report.test_browser import OUTSIDE

    page = write_robustness([("test.csv", found("plain", HOSTILE, "x" * 200))], tmp_path / "p.html")
    for dark in (False, True):
        browser.open(page, width, dark)
        root = "document.documentElement"
        assert browser.ask(f"{root}.scrollWidth - {root}.clientWidth") == 0
        assert browser.ask(OUTSIDE) == []
    assert browser.ask("document.scripts.length") == 0
    scrolled = "[...document.querySelectorAll('.scroll')].every(s => s.tabIndex === 0)"
    assert browser.ask(scrolled)
