"""MLP and trees: they correct the linear student where held-out rows ask for it."""

import subprocess
import sys

import numpy as np
import pytest

import tutelage
from tutelage import FeaturePrior, TaughtClassifier
from tutelage.errors import ExtraMissing, InputError

both = pytest.mark.parametrize("student", ["mlp", "trees"])


def steps_taken(model):
    return bool(model.body_.layers if model.student == "mlp" else model.body_.trees)


@both
def test_a_product_of_columns_is_learned_where_the_linear_student_cannot(student, curved):
    X, y = curved(n_rows=300)
    test, wanted = curved(n_rows=1000, seed=1)
    linear = TaughtClassifier().fit(X, y).score(test, wanted)
    assert TaughtClassifier(student=student).fit(X, y).score(test, wanted) > linear + 0.2


@both
def test_with_few_rows_the_student_is_the_linear_one_to_the_bit(student, curved, prior):
    X, y = curved(n_rows=40)
    linear = TaughtClassifier(prior).fit(X, y)
    model = TaughtClassifier(prior, student=student).fit(X, y)
    assert not steps_taken(model)
    assert np.array_equal(model.predict_proba(X), linear.predict_proba(X))
    assert model.explain(X.head(1)) == linear.explain(X.head(1))
    assert str(model.trust_) == str(linear.trust_)


@both
def test_a_straight_table_is_left_to_the_linear_student_mostly(student):
    worse = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(600, 3))
        y = X @ [2.0, -1.0, 0.0] + rng.logistic(size=600) > 0
        linear = TaughtClassifier().fit(X[:120], y[:120]).score(X[120:], y[120:])
        model = TaughtClassifier(student=student).fit(X[:120], y[:120])
        worse.append(linear - model.score(X[120:], y[120:]))
    assert np.mean(worse) < 0.01


@both
@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("n_labels", [2, 3])
def test_contributions_of_a_corrected_student_sum_to_its_score(student, curved, n_labels):
    labels = ["no", "yes", "zzz"][:n_labels]
    X, y = curved(labels)
    scores = {"yes": {"age": 5, "noise": -3}}
    model = TaughtClassifier(FeaturePrior.from_scores(scores, classes=labels), student=student)
    model.fit(X, y)
    assert steps_taken(model)
    for row in range(5):
        why = model.explain(X.iloc[[row]], labels[1])
        logits = model.decision_function(X.iloc[[row]])[0]
        score = logits if n_labels == 2 else logits[1] - logits.mean()
        assert sum(why.contributions) + why.bias == pytest.approx(score, abs=1e-9)
        assert why.score == pytest.approx(score, abs=1e-9)


@both
@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("n_labels", [2, 3])
def test_a_corrected_student_comes_back_to_the_bit(student, curved, n_labels, tmp_path):
    X, y = curved(["no", "yes", "zzz"][:n_labels])
    model = TaughtClassifier(student=student).fit(X, y)
    assert steps_taken(model)
    again = tutelage.load(model.save(tmp_path / "model"))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.explain(X.head(1)) == model.explain(X.head(1))
    assert again.get_params() == model.get_params()


@both
@pytest.mark.usefixtures("short_training")
def test_no_prior_and_no_trust_are_the_same_student_to_the_bit(student, curved, prior):
    X, y = curved()
    plain = TaughtClassifier(student=student).fit(X, y)
    distrusting = TaughtClassifier(prior, student=student, trust=0).fit(X, y)
    assert steps_taken(plain)
    assert np.array_equal(plain.predict_proba(X), distrusting.predict_proba(X))


@both
@pytest.mark.usefixtures("short_training")
def test_the_same_random_state_gives_the_same_numbers(student, curved):
    X, y = curved()
    first, second = (
        TaughtClassifier(student=student, random_state=3).fit(X, y).predict_proba(X)
        for _ in range(2)
    )
    assert np.array_equal(first, second)
    instance = np.random.RandomState(3)
    third = TaughtClassifier(student=student, random_state=instance).fit(X, y).predict_proba(X)
    assert np.array_equal(first, third)


@pytest.mark.usefixtures("short_training")
def test_another_random_state_gives_another_network(curved):
    X, y = curved()
    first, second = (
        TaughtClassifier(student="mlp", random_state=seed).fit(X, y).predict_proba(X)
        for seed in (0, 1)
    )
    assert not np.array_equal(first, second)


@both
@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("n_labels", [2, 3])
def test_a_sample_weight_is_a_number_of_rows_for_a_corrected_student(student, curved, n_labels):
    labels = ["no", "yes", "zzz"][:n_labels]
    X, y = curved(labels)
    times = np.random.default_rng(1).integers(0, 4, len(y))
    rows = np.repeat(np.arange(len(y)), times)
    weighted = TaughtClassifier(student=student).fit(X, y, sample_weight=times)
    repeated = TaughtClassifier(student=student).fit(X.iloc[rows], y[rows])
    assert steps_taken(weighted)
    assert weighted.decision_function(X) == pytest.approx(repeated.decision_function(X), abs=1e-4)


@both
@pytest.mark.usefixtures("short_training")
def test_a_heavier_class_is_predicted_more_often_by_a_corrected_student(student, curved, prior):
    X, y = curved()
    light, heavy = (
        TaughtClassifier(prior, student=student, class_weight={"yes": weight}).fit(X, y)
        for weight in (0.1, 1.0)
    )
    assert light.predict_proba(X)[:, 1].mean() < heavy.predict_proba(X)[:, 1].mean()


@both
@pytest.mark.usefixtures("short_training")
def test_a_second_fit_of_another_kind_forgets_the_first(student, curved):
    X, y = curved()
    model = TaughtClassifier().fit(X, y)
    assert hasattr(model, "coef_")
    model.set_params(student=student).fit(X, y)
    assert not hasattr(model, "coef_")
    with pytest.raises(AttributeError, match=f"this student is '{student}'"):
        _ = model.coef_
    assert hasattr(model.set_params(student="linear").fit(X, y), "coef_")


@pytest.mark.parametrize(
    ("student", "objective", "module", "extra"),
    [
        ("mlp", "trust", "torch", "mlp"),
        ("linear", "laat", "torch", "mlp"),
        ("trees", "trust", "xgboost", "trees"),
    ],
)
def test_a_missing_extra_is_named_with_its_pip_line(
    student, objective, module, extra, curved, monkeypatch
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing, match=rf'need the package .* pip install "tutelage\[{extra}'):
        TaughtClassifier(student=student, objective=objective).fit(*curved())


def test_a_linear_student_loads_neither_torch_nor_xgboost():
    code = (
        "import sys, tutelage; "
        "tutelage.TaughtClassifier().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]); "
        "print([name for name in ('torch', 'xgboost') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.usefixtures("short_training")
def test_a_trained_network_needs_no_torch(curved, tmp_path, monkeypatch):
    X, y = curved()
    model = TaughtClassifier(student="mlp").fit(X, y)
    expected = model.predict_proba(X)
    model.save(tmp_path / "model")
    monkeypatch.setitem(sys.modules, "torch", None)
    again = tutelage.load(tmp_path / "model")
    assert np.array_equal(again.predict_proba(X), expected)
    again.explain(X.head(1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"student": "forest"},
            "student must be one of .*'linear', 'mlp', 'trees'.*, got 'forest'",
        ),
        ({"hidden": (0,)}, r"hidden must be a tuple of whole numbers from 1, got \(0,\)"),
        ({"hidden": 100}, "hidden must be a tuple of whole numbers from 1, got 100"),
        ({"hidden": (1.5,)}, r"hidden must be .*, got \(1.5,\)"),
        ({"gamma": -1}, "gamma must be a number of at least 0, got -1"),
        ({"gamma": float("nan")}, "gamma must be a number of at least 0, got nan"),
        ({"gamma": "much"}, "gamma must be a number of at least 0, got 'much'"),
        ({"objective": "paper"}, "objective must be one of .*'laat-rows'.*, got 'paper'"),
        (
            {"objective": "laat", "student": "trees"},
            "objective='laat' compares slopes, and trees have none; take student='mlp' or 'linear'",
        ),
        ({"objective": "laat", "trust": 0.5}, "trust must be 'auto' or 0, got 0.5"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(arguments, message, curved):
    with pytest.raises(InputError, match=message):
        TaughtClassifier(**arguments).fit(*curved())
