"""Identity terms in priors and cards are seen, said, and left out when that is wanted."""

import math

from tutelage.lessons import ClassCard, Rewrite, WordPrior, card_texts, shortened_texts
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.identity_terms_priors import (
    identity_findings,
    scored_mentions,
    without_identity_terms,
)

TERMS = IdentityTerms(
    {
        "religion": {"muslim": ["muslim", "mosque"], "christian": ["christian", "church"]},
        "age": {"old": ["old man"]},
    }
)


def prior(text, scores, label="crime"):
    return WordPrior.from_words(text, text.split(), scores, label=label)


HIGH = prior("the muslim stole it", [0, 8, 10, 0])
LOW = prior("the christian stole it", [0, 1, 10, 0])


def test_a_mention_has_its_share_of_the_strongest_word_and_what_the_others_have():
    [mention] = scored_mentions([None, HIGH], TERMS)
    assert (mention.row, mention.label, mention.axis, mention.group) == (
        1, "crime", "religion", "muslim",
    )  # fmt: skip
    assert mention.share == 0.8
    assert math.isclose(mention.others, 1 / 3)


def test_a_score_against_the_class_has_a_negative_share():
    [mention] = scored_mentions([prior("the muslim stole it", [0, -10, 5, 0])], TERMS)
    assert mention.share == -1.0


def test_of_a_term_of_two_words_the_stronger_word_counts():
    [mention] = scored_mentions([prior("the old man stole", [0, 2, -4, 8])], TERMS)
    assert (mention.term, mention.share, mention.others) == ("old man", -0.5, 0.5)


def test_punctuation_on_the_word_does_not_hide_a_term():
    [mention] = scored_mentions([prior("it was the muslim, stole", [0, 0, 0, 5, 5])], TERMS)
    assert mention.share == 1.0


def test_unknown_scores_say_nothing_and_all_zero_priors_score_zero():
    assert scored_mentions([prior("a muslim", [1, None])], TERMS) == ()
    [mention] = scored_mentions([prior("a muslim", [0, 0])], TERMS)
    assert mention.share == 0


def test_a_term_that_is_the_only_scored_word_has_no_others():
    [mention] = scored_mentions([prior("muslim", [3])], TERMS)
    assert math.isnan(mention.others)


def test_a_strong_term_is_a_warning_with_its_class_and_its_count():
    [finding] = identity_findings([HIGH, LOW, HIGH], TERMS)
    assert finding.severity == "warning"
    assert finding.names == ("muslim",)
    assert "in 2 of 3 texts" in finding.message
    assert "'muslim' for 'crime' in 2" in finding.message
    assert "--drop-identity-terms" in finding.message


def test_weak_terms_are_a_note_and_zero_is_nothing():
    [finding] = identity_findings([LOW], TERMS)
    assert finding.severity == "note"
    assert identity_findings([prior("the christian stole", [0, 0, 5]), None], TERMS) == []


def test_a_card_whose_cue_names_a_term_is_a_warning():
    cards = [ClassCard("crime", cues=("muslim man", "stole")), ClassCard("fun", cues=("party",))]
    [finding] = identity_findings([], TERMS, cards)
    assert (finding.label, finding.names) == ("crime", ("muslim",))


def test_texts_are_not_quoted():
    assert "stole" not in identity_findings([HIGH], TERMS)[0].message


def test_scores_of_terms_become_unknown_and_the_rest_stays():
    without = without_identity_terms([HIGH, None, prior("it rained", [1, 2])], TERMS)
    assert [math.isnan(score) for score in without[0].scores] == [False, True, False, False]
    assert without[1] is None
    assert without[2] == prior("it rained", [1, 2])
    assert identity_findings(without, TERMS) == []


def test_scores_of_terms_can_become_zero_instead():
    [without] = without_identity_terms([HIGH], TERMS, score=0.0)
    assert without.scores == (0.0, 0.0, 10.0, 0.0)


def test_the_spread_of_a_term_becomes_unknown_too():
    spread = WordPrior("a muslim", "x", ((0, 1), (2, 8)), (1, 2), spread=(0.5, 0.5))
    [without] = without_identity_terms([spread], TERMS)
    assert without.spread[0] == 0.5
    assert math.isnan(without.spread[1])


def test_cues_and_shared_words_lose_their_terms_and_empty_ones_go():
    card = ClassCard(
        "crime", cues=("muslim", "stole the muslim's car", "theft"), shared=("church",)
    )
    [without] = without_identity_terms([card], TERMS)
    assert without.cues == ("stole the car", "theft")
    assert without.shared == ()


def test_a_cue_that_becomes_another_cue_stands_once():
    card = ClassCard("crime", cues=("the muslim stole", "the christian stole"))
    [without] = without_identity_terms([card], TERMS)
    assert without.cues == ("the stole",)


def test_copies_of_a_prior_have_no_terms_in_them():
    copies = shortened_texts([HIGH], copies=20, drop=1.0)
    assert any("muslim" in copy.text for copy in copies)
    without = without_identity_terms(copies, TERMS)
    assert without
    assert not any("muslim" in copy.text for copy in without)


def test_cue_phrases_as_texts_have_no_terms_and_empty_ones_go():
    cues = card_texts([ClassCard("crime", cues=("muslim stole it", "old man"))])
    assert [text.text for text in without_identity_terms(cues, TERMS)] == ["stole it"]


def test_a_paraphrase_that_brings_a_term_in_is_dropped_and_one_that_keeps_it_is_not():
    brought = Rewrite("the muslim stole it", "crime", source_text="somebody stole it")
    kept = Rewrite("it was stolen by a muslim", "crime", source_text="the muslim stole it")
    assert without_identity_terms([brought, kept], TERMS) == (kept,)


def test_what_was_left_out_is_said_instead_of_what_to_do():
    cards = [ClassCard("crime", cues=("muslim man",))]
    found = identity_findings([HIGH], TERMS, cards, left_out=True)
    assert len(found) == 2
    assert all("was left out" in finding.message for finding in found)
    assert not any("Look at" in finding.message for finding in found)
