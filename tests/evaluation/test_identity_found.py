"""Which identity terms texts and lessons hold, counted per text and per lesson."""

from tutelage.evaluation.identity_found import FoundTerm, found_terms
from tutelage.lessons import ClassCard, Rewrite, WordPrior
from tutelage.lessons.identity_terms import IdentityTerms

TERMS = IdentityTerms({"gender": {"women": ["she", "woman"], "men": ["he", "man"]}})


def rated(text, *scores):
    return WordPrior.from_words(text, text.split(), scores, label="sport")


def test_a_text_counts_once_however_often_it_names_a_term():
    found = found_terms(TERMS, train=["she said she ran", "he ran"], test=["She sat"])
    assert found == (
        FoundTerm("gender", "women", "she", 2 - 1, 1),
        FoundTerm("gender", "men", "he", 1),
    )


def test_two_sources_that_score_a_term_of_one_text_count_once_and_a_score_of_0_never():
    one = [rated("she ran", 5, 9), rated("he ran", 0, 9)]
    [she, he] = found_terms(TERMS, train=["she ran", "he ran"], priors=[one, one])
    assert (she.term, she.n_scored, she.n_lessons) == ("she", 1, 1)
    assert (he.term, he.n_scored) == ("he", 0)


def test_cards_and_rewrites_count_and_a_rewrite_only_when_it_brings_the_term_in():
    card = ClassCard("sport", "Somebody runs.", cues=("the man runs", "a man jumps"))
    rewrites = [
        Rewrite("the woman ran fast", "sport", "paraphrase", "the woman ran"),
        Rewrite("a woman ran", "sport", "paraphrase", "somebody ran"),
    ]
    found = {t.term: t for t in found_terms(TERMS, cards=[card], rewrites=rewrites)}
    assert found["man"].n_cards == 1
    assert found["woman"].n_rewrites == 1


def test_terms_in_most_lessons_come_first():
    found = found_terms(
        TERMS, train=["he ran"] * 5 + ["she ran"], priors=[[rated("she ran", 3, 1)]]
    )
    assert [term.term for term in found] == ["she", "he"]


def test_nothing_is_found_where_nothing_stands():
    assert found_terms(TERMS, train=["it rained"], priors=[[None]]) == ()
