"""Agreement with marks, priors and between sources: by hand, and as scikit-learn has it."""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from tutelage._words import word_offsets
from tutelage.errors import DataError
from tutelage.evaluation.agreement import (
    agreement_between_sources,
    agreement_with_marks,
    agreement_with_priors,
    average_precision,
    passage_f1,
    rank_auc,
    runs,
)
from tutelage.lessons.word_prior import WordPrior

NAN = float("nan")
MOVIES = Path(__file__).resolve().parents[3] / "shared/data/rationale_marks/eraser_movies"
scored_words = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=15)


def attributed(text, scores):
    return word_offsets(text), np.array(scores, dtype=float)


@given(scored_words)
def test_ranking_measures_are_those_of_scikit_learn(pairs):
    scores, marked = np.array(pairs, dtype=float).T
    marked = marked.astype(bool)
    if marked.all() or not marked.any():
        return
    expected = average_precision_score(marked, scores)
    assert average_precision(scores, marked) == pytest.approx(expected)
    assert rank_auc(scores, marked) == pytest.approx(roc_auc_score(marked, scores))


def test_marks_by_hand():
    """Five words, two marked (characters 4-9: the words b1 and b2).

    The two highest scores are b1 and d: one of two words is right, so F1 is 0.5. The passages
    chosen are [b1] and [d]; [b1] shares 1 of 2 words with the mark, which is not more than half.
    """
    text = "aa  b1 b2 cc dd"
    found = agreement_with_marks([text], [attributed(text, [0, 5, 1, 0, 3])], [[(4, 9)]])
    assert found["token_f1"].value == 0.5
    assert found["iou_f1"].value == 0.0
    assert found["auroc"].value == pytest.approx(5 / 6)
    assert found["auprc"].value == pytest.approx((1 + 2 / 3) / 2)
    assert found.against == "marks"


def test_a_word_is_marked_when_a_mark_touches_it():
    text = "one two three"
    found = agreement_with_marks([text], [attributed(text, [0, 1, 1])], [[(5, 9)]])
    assert found["token_f1"].value == 1.0


def test_passages_match_when_they_share_more_than_half():
    marked = [True, True, True, False, False, False]
    assert passage_f1([True, True, False, False, False, False], marked) == 1.0
    assert passage_f1([True, False, False, False, False, False], marked) == 0.0
    assert passage_f1([False] * 6, marked) == 0.0
    # one of two chosen passages is right: precision 1/2, recall 1
    assert passage_f1([True, True, True, False, True, False], marked) == pytest.approx(2 / 3)


@given(st.lists(st.booleans(), max_size=20))
def test_runs_give_the_flags_back(flags):
    again = [False] * len(flags)
    for first, last in runs(flags):
        again[first:last] = [True] * (last - first)
    assert again == flags


def test_texts_that_cannot_tell_are_left_out_and_counted():
    texts = ["a b", "a b", "a b"]
    given_ = [attributed(t, [1, 0]) for t in texts]
    found = agreement_with_marks(texts, given_, [[], [(0, 3)], [(0, 1)]])
    assert found["auprc"].n_rows == 1
    assert found["auprc"].note == "not defined for 2 of 3 texts"


def test_words_without_a_score_come_last():
    text = "a b c"
    found = agreement_with_marks([text], [attributed(text, [NAN, -9, NAN])], [[(2, 3)]])
    assert found["auroc"].value == 1.0


def test_marks_outside_their_text_are_all_told():
    with pytest.raises(DataError) as told:
        agreement_with_marks(["ab", "ab"], [attributed("ab", [1])] * 2, [[(0, 3)], [(1, 1)]])
    assert len(told.value.problems) == 2
    assert "text 0 has 2 characters and a mark at (0, 3)" in str(told.value)
    with pytest.raises(DataError, match="one list of marks per text, 1, got 2"):
        agreement_with_marks(["ab"], [attributed("ab", [1])], [[], []])


def test_a_prior_is_compared_on_the_words_it_scores():
    text = "a b c d"
    prior = WordPrior.from_words(text, ["a", "b", "c"], [3, 2, 1], label="x")
    same = agreement_with_priors([text], [attributed(text, [30, 20, 10, 99])], [prior])
    assert same["spearman"].value == 1.0
    assert same["cosine"].value == pytest.approx(1.0)
    other = agreement_with_priors([text], [attributed(text, [1, 2, 3, 0])], [prior])
    assert other["spearman"].value == -1.0
    assert other["cosine"].value == pytest.approx(10 / 14)


def test_a_prior_by_phrases_is_carried_to_words():
    text = "aa bb cc"
    prior = WordPrior.from_words(text, ["aa bb", "cc"], [4, 9], label="x")
    found = agreement_with_priors([text], [attributed(text, [2, 2, 9])], [prior])
    assert found["cosine"].value == pytest.approx(1.0)


def test_texts_without_a_prior_are_passed_over():
    texts = ["a b c"] * 2
    given_ = [attributed(t, [1, 2, 3]) for t in texts]
    assert agreement_with_priors(texts, given_, [None, given_[1]]).n_texts == 1
    with pytest.raises(DataError, match="At least one text must have a prior"):
        agreement_with_priors(texts, given_, [None, None])
    with pytest.raises(DataError, match="one prior per text, 2, got 1"):
        agreement_with_priors(texts, given_, [None])


def test_sources_that_say_the_same_are_one_source():
    text = "a b c"
    up, down = [attributed(text, [1, 2, 3])], [attributed(text, [3, 2, 1])]
    found = agreement_between_sources([text], {"ig": up, "lime": up, "cap": down})
    assert found.pairs["ig", "lime"].value == 1.0
    assert found.pairs["lime", "cap"].value == -1.0
    assert found.mean == pytest.approx(-1 / 3)
    with pytest.raises(DataError, match=r"at least two sources, got \['ig'\]"):
        agreement_between_sources([text], {"ig": up})


@pytest.mark.skipif(not MOVIES.is_dir(), reason="the movie reviews are not beside the repository")
def test_the_marks_of_the_movie_reviews_are_read_and_the_truth_scores_full():
    raw = gzip.decompress((MOVIES / "test.csv.gz").read_bytes()).decode("utf-8")
    csv.field_size_limit(1 << 20)
    rows = list(csv.DictReader(io.StringIO(raw, newline="")))[:20]
    texts, marks, perfect, noise = [], [], [], []
    rng = np.random.default_rng(0)
    for row in rows:
        units = word_offsets(row["text"])
        assert len(units) == int(row["n_tokens"])
        spans = [span for span in json.loads(row["rationale_tokens"]) if span[0] < span[1]]
        marks.append([(units[a][0], units[b - 1][1]) for a, b in spans])
        truth = np.zeros(len(units))
        for a, b in spans:
            truth[a:b] = 1
        texts.append(row["text"])
        perfect.append((units, truth))
        noise.append((units, rng.random(len(units))))
    best = agreement_with_marks(texts, perfect, marks)
    assert [e.value for e in best.estimates] == [1.0, 1.0, 1.0, 1.0]
    chance = agreement_with_marks(texts, noise, marks)
    assert chance["auroc"].value == pytest.approx(0.5, abs=0.03)
    assert chance["auprc"].value < 0.45
    assert chance["iou_f1"].value < 0.1
