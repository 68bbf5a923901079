"""What the students of a text job are taught, and what their controls are."""

import math
from pathlib import Path

from tests.cli.text_cases import CUES, TEXTS, rows_of

from tutelage.cli.text_asking import Lessons
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_teachings import fused_words, teachings, word_sources
from tutelage.lessons import ClassCard, Rewrite, WordPrior, card_texts, shortened_texts
from tutelage.lessons.identity_terms import IdentityTerms

ROWS = rows_of()
TRAIN = LabelledTexts(Path("a.csv"), "", "said", "intent", *map(tuple, zip(*ROWS, strict=True)),
                      tuple(range(1, len(ROWS) + 1)))  # fmt: skip
CARDS = tuple(ClassCard(label, cues=(CUES[label],)) for label in TEXTS)
REWRITES = (Rewrite("wake me up", "set"), Rewrite("stop the noise", "cancel"))
RATINGS = tuple(
    WordPrior.from_words(text, text.split(), [len(w) for w in text.split()], label=label)
    for text, label in ROWS[:6]
)


def listed(quick=False, alignment=0.0, **lessons):
    return teachings(TRAIN, Lessons(lessons), quick=quick, seed=0, alignment=alignment)


def test_each_lesson_is_tried_alone_and_all_of_them_together():
    found = {t.name: t for t in listed(cards=CARDS, rewrites=REWRITES, ratings=RATINGS)}
    assert list(found) == [
        "plain", "class cards", "rewrites", "word ratings", "everything", "shuffled words",
    ]  # fmt: skip
    cues = card_texts(CARDS)
    copies = shortened_texts(RATINGS)
    assert found["plain"].rewrites == ()
    assert found["class cards"].rewrites == cues
    assert found["rewrites"].rewrites == REWRITES
    assert set(found["word ratings"].rewrites) == set(copies)
    assert set(found["everything"].rewrites) == {*REWRITES, *cues, *copies}
    assert all(teaching.priors is None for teaching in found.values())


def test_words_are_aligned_with_only_when_that_is_asked_for():
    found = {t.name: t for t in listed(alignment=0.5, cards=CARDS, ratings=RATINGS)}
    assert found["plain"].priors is None
    assert [p.source for p in found["class cards"].priors if p] == ["cards"] * 12
    assert [p.source for p in found["everything"].priors if p] == ["fused"] * 12


def test_cue_phrases_of_classes_without_a_text_are_left_out():
    stranger = ClassCard("snooze", cues=("five more minutes",))
    [_, cards] = listed(cards=(*CARDS, stranger))
    assert {text.label for text in cards.rewrites} == set(TEXTS)


def test_of_one_kind_of_lesson_there_is_no_everything():
    assert [t.name for t in listed(rewrites=REWRITES)] == ["plain", "rewrites"]
    assert [t.name for t in listed(cards=CARDS)] == ["plain", "class cards"]
    assert [t.name for t in listed(ratings=RATINGS)] == ["plain", "word ratings", "shuffled words"]
    aligned = [t.name for t in listed(cards=CARDS, alignment=1.0)]
    assert aligned == ["plain", "class cards", "shuffled words"]


def test_quick_keeps_the_plain_and_the_most_taught_student():
    names = [t.name for t in listed(quick=True, cards=CARDS, rewrites=REWRITES)]
    assert names == ["plain", "everything"]


def test_shuffled_words_have_the_same_scores_on_other_words():
    *_, real, control = listed(cards=CARDS, ratings=RATINGS, alignment=1.0)
    assert control.is_control
    assert [sorted(p.scores) for p in control.priors] == [sorted(p.scores) for p in real.priors]
    assert [p.scores for p in control.priors] != [p.scores for p in real.priors]
    assert {text.source_text for text in control.rewrites} == {
        text.source_text for text in real.rewrites
    }
    assert control.rewrites != real.rewrites


def test_a_text_without_a_rating_or_a_card_has_no_prior_of_that_source():
    words = word_sources(TRAIN, Lessons({"cards": CARDS[:1], "ratings": RATINGS}))
    assert [prior is not None for prior in words["ratings"]] == [True] * 6 + [False] * 6
    assert [prior is not None for prior in words["cards"]] == [True] * 4 + [False] * 8


def test_ratings_of_other_texts_are_no_source():
    other = WordPrior.from_words("buy milk", ["buy"], [3], label="set")
    assert word_sources(TRAIN, Lessons({"ratings": (other,)})) == {}


def test_where_both_sources_speak_they_are_fused_and_elsewhere_the_one_counts():
    words = word_sources(TRAIN, Lessons({"cards": CARDS, "ratings": RATINGS}))
    fused = fused_words(words)
    assert [prior.source for prior in fused] == ["fused"] * 12
    assert fused_words({"cards": words["cards"]}) == words["cards"]
    assert fused_words({}) is None


ALARM = IdentityTerms({"thing": {"alarm": ["alarm", "alarms"], "caller": ["me"]}})


def test_dropped_terms_are_in_no_copy_no_cue_and_no_new_rewrite():
    brought = Rewrite("the alarm, wake up", "set", source_text="wake me")
    given = {"cards": CARDS, "rewrites": (*REWRITES, brought), "ratings": RATINGS}
    found = teachings(TRAIN, Lessons(given), quick=False, seed=0, dropped=ALARM)
    taught = {t.name: t for t in found}
    added = taught["everything"].rewrites
    assert added
    assert not any(ALARM.mentions(text.text) for text in added if text.kind != "paraphrase")
    assert brought not in added
    assert {text.text for text in taught["class cards"].rewrites} == {"cancel the"}
    assert taught["shuffled words"].rewrites != added


def test_of_dropped_terms_no_score_is_known():
    given = Lessons({"cards": CARDS, "ratings": RATINGS})
    found = teachings(TRAIN, given, quick=True, seed=0, alignment=1.0, dropped=ALARM)
    for prior in found[-1].priors:
        scores = [] if prior is None else zip(prior.words, prior.scores, strict=True)
        assert all(math.isnan(score) for word, score in scores if ALARM.mentions(word))
    kept = word_sources(TRAIN, given)
    assert any(
        prior and ALARM.mentions(prior.text) and not any(map(math.isnan, prior.scores))
        for prior in kept["ratings"]
    )
