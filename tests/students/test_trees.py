"""Boosted trees: what the teacher may fix, and what a model folder may not hold."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.students.test_model_folder import rehash

import tutelage
from tutelage import FeaturePrior, TaughtClassifier
from tutelage.errors import ModelFileError
from tutelage.students import boosted, files, residual
from tutelage.students.boosted import agreed_signs, believed_scores
from tutelage.students.examples import Examples
from tutelage.students.reading import read_for
from tutelage.students.trees_json import read_trees


@pytest.fixture
def folder(short_training, curved, tmp_path):
    return TaughtClassifier(student="trees").fit(*curved()).save(tmp_path / "model")


def change_trees(folder, change):
    model = json.loads((folder / "trees.json").read_text())
    changed = change(model)
    (folder / "trees.json").write_text(json.dumps(model if changed is None else changed))
    rehash(folder)


def trees_of(model):
    return model["learner"]["gradient_booster"]["model"]["trees"]


def wavy_table(n_rows=400):
    """Return rows whose label rises, falls and rises with the first column."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, (n_rows, 2))
    return X, np.where(X[:, 0] + 4 * np.sin(4 * X[:, 0]) + rng.logistic(size=n_rows) > 0, 1, 0)


def falls_in(model):
    """Return how far the score falls, at most, while the first column rises."""
    grid = np.column_stack([np.linspace(-3, 3, 200), np.zeros(200)])
    encoded = model.layout_.encode(read_for(model, grid, model.layout_))
    margins = model.body_._margins(encoded)[:, 0]
    return float(-np.minimum(np.diff(margins), 0).sum())


def test_a_column_the_teacher_is_sure_of_only_pushes_its_way(monkeypatch):
    monkeypatch.setattr(residual, "DOUBT", -1e9)
    X, y = wavy_table()
    prior = FeaturePrior.from_scores({1: {"x0": 9}}, classes=[0, 1])
    taught = TaughtClassifier(prior, student="trees").fit(X, y)
    assert taught.body_.start.weights[0, 0] > 0
    free = TaughtClassifier(student="trees").fit(X, y)
    assert falls_in(taught) == pytest.approx(0, abs=1e-6)
    assert falls_in(free) > 1


def test_the_teacher_fixes_no_sign_that_the_linear_student_contradicts():
    signs = agreed_signs(np.array([0.9, -0.9, 0.1, -0.3]), np.array([-1.0, -1.0, 1.0, -1.0]))
    assert signs == (0, -1, 0, -1)


def teacher_of(scores, says):
    """Return examples of straight columns, with labels by ``scores`` and a teacher who ``says``."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, len(scores)))
    codes = (rows @ scores + rng.logistic(size=200) > 0).astype(np.intp)
    weights = np.ones(200)
    return Examples(rows, codes, 2, weights, np.array([says]), None, (rows, weights))


SCORES = [0.9, -0.5, 0.8, 0.3, -0.7, 0.2]


@pytest.mark.parametrize(
    ("says", "believed"),
    [
        (SCORES, SCORES),
        ([-score for score in SCORES], SCORES),
        ([0.2, 0.9, 0.0, -0.9, 0.3, 0.8], [0.0] * 6),
    ],
    ids=["right", "turned", "wrong"],
)
def test_scores_are_believed_turned_round_or_dropped_as_the_labels_have_it(says, believed):
    assert believed_scores(teacher_of(SCORES, says)).tolist() == believed


def test_trees_take_the_signs_of_a_teacher_who_was_turned_round_from_the_labels(monkeypatch):
    signs = []
    monkeypatch.setattr(
        boosted, "agreed_signs", lambda *given: signs.append(agreed_signs(*given)) or signs[-1]
    )
    monkeypatch.setattr(residual, "DOUBT", -1e9)
    examples = teacher_of(SCORES, SCORES)
    flipped = FeaturePrior.from_scores(
        {1: {f"x{i}": -10 * score for i, score in enumerate(SCORES)}}, classes=[0, 1]
    )
    model = TaughtClassifier(flipped, student="trees").fit(examples.rows, examples.codes)
    assert model.trust_.turned > 0.5
    assert signs[-1] == (1, -1, 1, 1, -1, 1)


@pytest.mark.usefixtures("short_training")
def test_columns_can_be_drawn_by_their_scores(monkeypatch, curved, prior):
    X, y = curved()
    chances = []
    for weigh in (False, True):
        settings = replace(boosted.SETTINGS, column_share=0.5, weigh_columns=weigh)
        monkeypatch.setattr(boosted, "SETTINGS", settings)
        chances.append(TaughtClassifier(prior, student="trees").fit(X, y).predict_proba(X))
    assert not np.array_equal(*chances)


def test_a_folder_of_trees_holds_json_that_xgboost_wrote(folder):
    model = json.loads((folder / "trees.json").read_text())
    assert model["learner"]["objective"]["name"] == "binary:logistic"
    assert "trees.json" in json.loads((folder / "manifest.json").read_text())["files"]


def test_trees_that_were_changed_are_refused_by_their_hash(folder):
    (folder / "trees.json").write_text((folder / "trees.json").read_text().replace("1", "2", 1))
    with pytest.raises(ModelFileError, match=r"trees.json does not have the SHA-256"):
        tutelage.load(folder)


def test_a_file_of_trees_that_is_too_large_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_TEXT_BYTES", 100)
    with pytest.raises(ModelFileError, match="must be at most 100 bytes, got"):
        tutelage.load(folder)


def loop_back(model):
    tree = trees_of(model)[0]
    tree["left_children"][0] = 0


def far_child(model):
    trees_of(model)[0]["left_children"][0] = 10_000


def far_column(model):
    trees_of(model)[0]["split_indices"][0] = 10_000


def one_child(model):
    trees_of(model)[0]["left_children"][0] = -1


def short_list(model):
    trees_of(model)[0]["split_conditions"].pop()


def many_columns(model):
    model["learner"]["learner_model_param"]["num_feature"] = "4000000"


def other_objective(model):
    model["learner"]["objective"]["name"] = "rank:ndcg"


def other_booster(model):
    model["learner"]["gradient_booster"]["name"] = "gblinear"


def far_output(model):
    model["learner"]["gradient_booster"]["model"]["tree_info"][0] = 7


def lost_tree(model):
    trees_of(model).pop()


def odd_rounds(model):
    model["learner"]["gradient_booster"]["model"]["iteration_indptr"][-1] = 99


def categories(model):
    trees_of(model)[0]["split_type"][0] = 1


def a_list(model):
    return [model]


def nothing(model):
    model.clear()


FORGERIES = [
    loop_back,
    far_child,
    far_column,
    one_child,
    short_list,
    many_columns,
    other_objective,
    other_booster,
    far_output,
    lost_tree,
    odd_rounds,
    categories,
    a_list,
    nothing,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_trees_that_xgboost_would_follow_blindly_are_refused(folder, forge):
    change_trees(folder, forge)
    with pytest.raises(ModelFileError, match="this one cannot be used"):
        tutelage.load(folder)


def test_text_that_is_no_json_is_refused(folder):
    (folder / "trees.json").write_text("{" * 10_000)
    rehash(folder)
    with pytest.raises(ModelFileError, match="this one cannot be used"):
        tutelage.load(folder)


def test_the_parsed_trees_are_given_back(folder):
    text = (folder / "trees.json").read_text()
    n_columns = int(json.loads(text)["learner"]["learner_model_param"]["num_feature"])
    assert len(trees_of(read_trees(text, n_columns, 1))) in {2, 4}
