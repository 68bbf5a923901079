import random

import pytest

from tutelage.errors import InputError
from tutelage.teacher.prompt_search import JointScore, Outcome, Share, lower_bound, race, vote


def grid(qualities, n_texts, seed):
    deal = random.Random(seed)
    return [[deal.random() < quality for _ in range(n_texts)] for quality in qualities]


def looker(answers, seen):
    def look(pairs):
        assert not set(pairs) & set(seen), "a pair was asked for twice"
        seen.extend(pairs)
        return {(w, t): Outcome("a", answers[w][t], True, 100) for w, t in pairs}

    return look


def test_a_clearly_better_wording_wins_over_many_seeds_with_a_third_of_the_answers():
    wins, looks = 0, 0
    for seed in range(40):
        seen = []
        best = seed  # no place in the list is better than another
        answers = grid([0.95 if w == best else 0.45 for w in range(40)], 40, seed)
        found = race(40, range(40), looker(answers, seen), JointScore())
        wins += found.order[0] == best
        looks += found.n_looks
        assert found.n_looks == len(seen)
    assert wins >= 34
    assert looks / 40 < 0.35 * 40 * 40


def test_the_order_holds_every_wording_once_and_finalists_saw_every_text():
    answers = grid([n / 20 for n in range(20)], 12, 0)
    found = race(20, range(12), looker(answers, []), JointScore(), finalists=3)
    assert sorted(found.order) == list(range(20))
    assert all(len(found.of(w)) == 12 for w in found.order[: found.n_finalists])
    assert found.rounds[0] == (20, 3)
    assert found.rounds[-1][1] == 12


def test_one_wording_is_still_measured():
    found = race(1, range(5), looker(grid([1.0], 5, 0), []), JointScore())
    assert (found.order, found.n_looks, found.rounds) == ((0,), 5, ((1, 5),))


@pytest.mark.parametrize(
    "changes", [{"first": 0}, {"keep": 1.0}, {"finalists": 0}, {"texts": []}, {"n_wordings": 0}]
)
def test_a_race_that_cannot_be_run_says_what_it_needs(changes):
    given = {"n_wordings": 3, "texts": range(4), "look": lambda p: {}, "score": len} | changes
    with pytest.raises(InputError, match="a race needs"):
        race(**given)


def outcomes(n_right, n_reasons, n=20, tokens=100):
    return [Outcome("a", k < n_right, k < n_reasons, tokens) for k in range(n)]


def test_a_wording_without_reasons_loses_although_it_is_more_often_right():
    score = JointScore()
    assert score(outcomes(15, 2)) < score(outcomes(13, 20))
    assert JointScore(coverage_weight=0)(outcomes(15, 2)) > JointScore()(outcomes(13, 20))


def test_of_equals_the_shorter_answers_win():
    score = JointScore()
    assert score(outcomes(15, 20, tokens=60)) > score(outcomes(15, 20, tokens=200))


def test_the_same_share_on_more_texts_scores_higher():
    assert JointScore()(outcomes(30, 40, n=40)) > JointScore()(outcomes(15, 20))


def test_wilson_covers_the_truth_about_as_often_as_it_says():
    deal = random.Random(0)
    below = sum(
        lower_bound(sum(deal.random() < 0.7 for _ in range(25)), 25) <= 0.7 for _ in range(2000)
    )
    assert 0.86 < below / 2000 < 0.94


def test_an_interval_lies_around_its_share():
    low, high = Share(7, 10).bounds()
    assert 0.39 < low < 0.7 < high < 0.9
    assert Share(0, 10).bounds()[0] == 0
    assert Share(10, 10).bounds()[1] == 1
    assert str(Share(0, 0)) == "unknown"


def test_a_score_with_impossible_weights_names_all_of_them():
    with pytest.raises(InputError) as caught:
        JointScore(min_coverage=2, token_weight=-1, level=1)
    assert len(caught.value.problems) == 3


def test_equal_votes_go_to_the_better_wording_and_silence_does_not_vote():
    assert vote([["a"], ["b"]]) == ["a"]
    assert vote([[None], ["b"]]) == ["b"]
    assert vote([[None], [None]]) == [None]
