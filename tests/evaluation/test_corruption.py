"""Spoiled priors: what is spoiled, and what a model makes of it."""

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest

from tutelage.errors import InputError
from tutelage.evaluation.corruption import KINDS, corrupted, corruption_curve
from tutelage.lessons import FeaturePrior

N_COLUMNS = 40
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
every_kind = pytest.mark.parametrize("kind", KINDS)


def made_prior(seed=0):
    rng = np.random.default_rng(seed)
    scores = {f"c{i}": list(rng.uniform(-8, 8, 3)) for i in range(N_COLUMNS)}
    return FeaturePrior.from_scores({"b": scores, "c": scores}, classes=["a", "b", "c"])


def changed(first, second):
    pairs = zip(first.scores, second.scores, strict=True)
    return {(a.label, a.column) for a, b in pairs if a.answers != b.answers}


@every_kind
def test_strength_zero_is_the_prior_itself(kind):
    prior = made_prior()
    assert corrupted(prior, kind, 0.0) == prior


@every_kind
def test_columns_classes_and_number_of_answers_stay(kind):
    prior = made_prior()
    spoiled = corrupted(prior, kind, 0.5)
    assert spoiled.classes == prior.classes
    for before, after in zip(prior.scores, spoiled.scores, strict=True):
        assert (before.label, before.column) == (after.label, after.column)
        assert len(before.answers) == len(after.answers)
        assert all(-1 <= answer <= 1 for answer in after.answers)


@every_kind
def test_the_provenance_says_that_it_is_a_control(kind):
    assert corrupted(made_prior(), kind, 0.5).provenance.notes.startswith(f"control: {kind}")


@pytest.mark.parametrize("kind", ["shuffle", "flip"])
def test_the_share_is_exact_per_class_and_grows_by_inclusion(kind):
    prior, before = made_prior(), set()
    for strength in STRENGTHS:
        now = changed(prior, corrupted(prior, kind, strength, seed=3))
        assert len(now) == 2 * round(strength * N_COLUMNS)
        assert before <= now
        before = now


@pytest.mark.parametrize("seed", range(5))
def test_a_full_shuffle_leaves_no_column_its_own_answers_and_loses_none(seed):
    prior = made_prior()
    spoiled = corrupted(prior, "shuffle", 1.0, seed)
    assert len(changed(prior, spoiled)) == 2 * N_COLUMNS
    for label in ("b", "c"):
        assert sorted(e.answers for e in prior.entries(label)) == sorted(
            e.answers for e in spoiled.entries(label)
        )


def test_a_full_flip_is_the_flipped_prior():
    prior = made_prior()
    assert corrupted(prior, "flip", 1.0).scores == prior.flipped().scores


@pytest.mark.parametrize("seed", range(5))
def test_noise_makes_the_prior_less_and_less_like_itself_and_no_larger(seed):
    prior = made_prior()
    means = np.array([entry.mean for entry in prior.scores])
    likeness, sizes = [], []
    for strength in STRENGTHS:
        noisy = np.array([e.mean for e in corrupted(prior, "noise", strength, seed).scores])
        likeness.append(np.corrcoef(means, noisy)[0, 1])
        sizes.append(np.sqrt(np.mean(noisy**2)))
    assert likeness == sorted(likeness, reverse=True)
    assert abs(likeness[-1]) < 0.35
    assert max(sizes) < 1.3 * np.sqrt(np.mean(means**2))


@every_kind
def test_the_seed_decides(kind):
    prior = made_prior()
    first, again, other = (corrupted(prior, kind, 0.5, seed).scores for seed in (1, 1, 2))
    assert first == again
    assert first != other


@every_kind
def test_an_entry_without_answers_stays_without(kind):
    prior = FeaturePrior.from_scores({"b": {"x": [None], "y": 3, "z": -4}}, classes=["a", "b"])
    assert corrupted(prior, kind, 1.0).score("b", "x").answers == ()


@every_kind
def test_a_prior_that_says_nothing_can_be_spoiled(kind):
    prior = FeaturePrior.from_scores({"b": {"x": [None]}}, classes=["a", "b"])
    assert corrupted(prior, kind, 1.0).scores == prior.scores


def test_an_unknown_kind_lists_the_known():
    with pytest.raises(InputError, match="one of shuffle, flip, noise, got 'swap'"):
        corrupted(made_prior(), "swap", 0.5)


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_a_strength_outside_0_and_1_is_refused(strength):
    with pytest.raises(InputError, match=r"strength must lie in \[0, 1\]"):
        corrupted(made_prior(), "flip", strength)


# --- curves


@dataclasses.dataclass
class Believer:
    """A model that does what its prior says, or nothing without one."""

    prior: FeaturePrior | None

    def fit(self, X, y, unlabelled=None):
        self.n_unlabelled = 0 if unlabelled is None else len(unlabelled)
        self.classes_ = np.unique(y)
        self.trust_ = dataclasses.make_dataclass("Trust", ["value"])(0.0)
        if self.prior is not None:
            right = np.mean([e.mean > 0 for e in self.prior.scores])
            self.trust_.value = float(right)
        return self

    def predict_proba(self, X):
        score = np.zeros(len(X))
        if self.prior is not None:
            weights = [self.prior.score("b", name).mean for name in X.columns]
            score = X.to_numpy() @ np.array(weights)
        chance = 1 / (1 + np.exp(-score))
        return np.column_stack([1 - chance, chance])


def believed(n=300, seed=0, **more):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 8)), columns=[f"c{i}" for i in range(8)])
    y = np.where(X.sum(axis=1) > 0, "b", "a")
    scores = {"b": dict.fromkeys(X.columns, 5)}
    prior = FeaturePrior.from_scores(scores, classes=["a", "b"])
    given = {"shots": [5], "n_splits": 3, **more}
    return corruption_curve(lambda prior, seed: Believer(prior), prior, X, y, **given)


def test_score_and_trust_fall_as_signs_are_turned():
    found = believed(kinds=["flip"])
    cells = [found.cell("flip", s, 5) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert [c.trust for c in cells] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert cells[0].gain > 0.45
    assert cells[-1].gain < -0.45
    assert found.trust_gone_at("flip", 5) == 1.0


def test_trust_that_never_goes_has_no_strength():
    assert believed(kinds=["shuffle"]).trust_gone_at("shuffle", 5) is None


def test_the_plain_model_is_the_same_for_every_kind_and_strength():
    found = believed()
    assert {p.plain for p in found.points} == {0.5}
    assert len(found.points) == 3 * 5 * 3


def test_a_lower_is_better_metric_gains_when_it_falls():
    found = believed(kinds=["flip"], metric="log_loss")
    assert found.cell("flip", 0.0, 5).gain > 0 > found.cell("flip", 1.0, 5).gain


def test_a_result_is_plain_values_and_lines():
    found = believed(kinds=["flip"], strengths=[0.0, 1.0])
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [c["strength"] for c in values["cells"]] == [0.0, 1.0]
    assert found.table().splitlines()[0].split()[:3] == ["kind", "labels", "strength"]
    assert len(found.table().splitlines()) == 3


def test_what_was_not_measured_is_a_key_error():
    with pytest.raises(KeyError, match="was not measured"):
        believed(kinds=["flip"]).cell("noise", 0.5, 5)


def test_bad_strengths_are_refused_before_any_fit():
    def never(prior, seed):
        raise AssertionError("nothing may be fitted")

    prior = FeaturePrior.from_scores({"b": {"x": 1}}, classes=["a", "b"])
    with pytest.raises(InputError, match="strength must lie"):
        corruption_curve(never, prior, [[0.0]] * 8, ["a", "b"] * 4, strengths=[0, 2])
