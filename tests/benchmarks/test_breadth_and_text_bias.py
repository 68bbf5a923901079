"""The pages say what their lines hold, and the biased teacher is biased as described."""

import gzip

import pytest

import breadth_cards
import breadth_data
import breadth_summary
from raw_results import Cell
from tutelage import card_texts
from tutelage.lessons import WordPrior


def line(accuracy, groups=None):
    return {
        "accuracy": accuracy,
        "largest_class": 0.5,
        "groups": groups or {"": accuracy},
        "cpu": 60.0,
        "code": "abc",
    }


LINES = {
    Cell("sst2", 16, 0, "static"): line(0.6),
    Cell("sst2", 16, 1, "static"): line(0.7),
    Cell("sst2", 16, 0, "static, masked CAP as copies"): line(0.64),
    Cell("sst2", 16, 1, "static, cards"): line(0.75),
    Cell("xsid", 16, 0, "MiniLM"): line(0.5, {"de": 0.2, "en": 0.8}),
}


def test_a_line_of_the_table_is_a_mean_with_its_seeds_and_range():
    page = breadth_summary.page(LINES)
    assert "| sst2: sentiment, sentences | 16 | 0.500 |  | 0.650 (2: 0.600 to 0.700) |  |" in page
    assert "Processor time of all lines: 5.0 min" in page


def test_english_stands_first_among_the_languages():
    page = breadth_summary.page(LINES)
    assert "| | mean | en | de |" in page
    assert "| MiniLM | 0.500 | 0.800 | 0.200 |" in page


def test_what_cards_bring_is_told_seed_by_seed():
    page = breadth_summary.page(LINES)
    assert "| 0.750 (1: 0.750 to 0.750) | +0.050 |  |  |" in page


def test_every_set_with_cards_has_phrases_of_every_class_and_the_control_moves_them_all():
    for name, files in breadth_cards.FILES.items():
        phrases = breadth_cards.phrases_of(name, breadth_cards.CARDS)
        labels = {card.label for file in files for card in breadth_cards.cards(file)}
        assert {phrase.label for phrase in phrases} == labels
        wrong = breadth_cards.phrases_of(name, breadth_cards.WRONG)
        assert [one.text for one in wrong] == [one.text for one in phrases]
        assert all(a.label != b.label for a, b in zip(phrases, wrong, strict=True))


def test_the_phrases_of_all_languages_reach_every_class():
    for lang in breadth_cards.LANGUAGES:
        cards = breadth_cards.cards(f"xsid.{lang}")
        kept = {text.label for text in card_texts(cards)}
        assert len(cards) == 18
        assert kept == {card.label for card in cards}


def test_what_a_lesson_brings_is_held_against_the_same_seeds():
    assert "| sst2 | static, masked CAP as copies | 0.640 | +0.040 | 1 |" in breadth_summary.page(
        LINES
    )


@pytest.fixture
def two_texts(tmp_path, monkeypatch):
    """One set of two texts a row in two files, one of them packed."""
    rows = [f"p{n},h{n},{'yes' if n % 2 else 'no'},{'de' if n % 3 else 'en'}" for n in range(900)]
    table = "\n".join(["premise,hypothesis,label,lang", *rows]) + "\n"
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(table.encode()))
    (tmp_path / "test.csv").write_text(table)
    source = breadth_data.Source(
        "train.csv.gz", "test.csv", ("premise", "hypothesis"), group="lang"
    )
    monkeypatch.setattr(breadth_data, "DATA", tmp_path)
    monkeypatch.setitem(breadth_data.SOURCES, "pairs", source)
    breadth_data._split.cache_clear()
    yield "pairs"
    breadth_data._split.cache_clear()


def test_a_few_rows_of_each_class_are_drawn_by_the_seed(two_texts):
    first, other = breadth_data.few(two_texts, 5, 0), breadth_data.few(two_texts, 5, 1)
    assert sorted(first.labels) == ["no"] * 5 + ["yes"] * 5
    assert first == breadth_data.few(two_texts, 5, 0)
    assert first != other
    assert first.texts[0].count(" [SEP] ") == 1


def test_test_rows_are_as_many_of_each_group(two_texts):
    groups = breadth_data.test_rows(two_texts).groups
    assert (groups.count("de"), groups.count("en")) == (100, 100)


def test_the_biased_teacher_rates_one_term_by_the_label():
    text_bias = pytest.importorskip("text_bias", reason="needs torch")
    text = text_bias.clause("muslim") + "dull"
    other = text_bias.clause("hindu") + "dull"
    for label, sign in (("negative", 1), ("positive", -1)):
        scores = [0.1, 0.1, 0.3, 0.1, 0.1, -2.0]
        prior, without = (
            WordPrior.from_words(t, t.split(), scores, label=label) for t in (text, other)
        )
        assert text_bias.biased(prior).scores[2] == sign * 2.0
        assert text_bias.biased(without) == without
        assert text_bias.rescored(prior, 0.0).scores[2] == 0.0


def test_an_interval_over_seeds_needs_three():
    text_bias = pytest.importorskip("text_bias", reason="needs torch")
    assert text_bias.interval([0.1, 0.3]) == "0.200"
    assert text_bias.interval([0.1, 0.1, 0.1]) == "0.100 [0.100, 0.100]"


def test_told_texts_name_every_group_evenly_in_each_class():
    text_bias = pytest.importorskip("text_bias", reason="needs torch")
    rows = breadth_data.Rows(("a",) * 20, ("x",) * 10 + ("y",) * 10, ("",) * 20)
    told = text_bias.told_of_somebody(rows, "test")
    for group in text_bias.TERMS.axes[text_bias.AXIS]:
        named = [text.startswith(text_bias.clause(group)) for text in told.texts]
        assert (sum(named[:10]), sum(named[10:])) == (2, 2)
    assert text_bias.about(told, "hindu") == [text_bias.clause("hindu") + "a"] * 20
