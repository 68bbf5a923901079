"""What every text student must do, whatever it is made of: one list, one contract."""

import json

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from tests.students.test_text import LABELS, TEXTS, priors_for
from tests.students.tiny_encoders import tiny_encoder

import tutelage
from tutelage import Rewrite, TaughtTextClassifier
from tutelage.errors import DataError, TutelageWarning
from tutelage.students.text_training import TextTrainer

FAST = {"steps": 8, "learning_rate": 1e-3, "head_learning_rate": 1e-2, "batch_size": 8}
MORE_TEXTS = [*TEXTS, *(f"please {text}" for text in TEXTS)]
MORE_LABELS = np.concatenate([LABELS, LABELS])
STUDENTS = {
    "static": lambda folder, **params: TaughtTextClassifier(f"static:{folder}", **params),
    "encoder": lambda folder, **params: TaughtTextClassifier(str(folder), **{**FAST, **params}),
    "native head": lambda folder, **params: TaughtTextClassifier(
        str(folder), **{"pooling": "native", **FAST, **params}
    ),
    "integrated gradients": lambda folder, **params: TaughtTextClassifier(
        str(folder), **{"attribution": "integrated_gradients", **FAST, **params}
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny")
    for part in tiny_encoder():
        part.save_pretrained(place)
    return place


@pytest.fixture(scope="module", params=STUDENTS)
def build(request, folder):
    return lambda **params: STUDENTS[request.param](folder, **params)


@pytest.fixture(scope="module")
def fitted(build):
    return build(alignment=1.0).fit(TEXTS, LABELS, word_priors=priors_for())


def more_priors():
    keys = ["set", "set", "which", "what", "play", "play", "weather", "rain"] * 2
    return priors_for(MORE_TEXTS, MORE_LABELS, keys)


def test_what_was_saved_answers_the_same_to_the_bit(fitted, tmp_path):
    again = tutelage.load(fitted.save(tmp_path / "model"))
    assert np.array_equal(again.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
    assert again.explain(TEXTS) == fitted.explain(TEXTS)
    assert (again.alignment_, again.classes_.tolist()) == (1.0, fitted.classes_.tolist())


def test_a_saved_student_is_safetensors_and_readable_text(fitted, tmp_path):
    files = sorted(fitted.save(tmp_path / "model").iterdir())
    assert {file.suffix for file in files} <= {".safetensors", ".json", ".txt"}
    for file in files:
        if file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))


def test_a_clone_keeps_every_parameter_and_nothing_learned(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "body_")


def test_the_same_seed_gives_the_same_numbers_to_the_bit(build, fitted):
    again = build(alignment=1.0).fit(TEXTS, LABELS, word_priors=priors_for())
    assert np.array_equal(again.decision_function(TEXTS), fitted.decision_function(TEXTS))


def test_a_text_is_answered_the_same_alone_and_among_others(fitted):
    others = [*TEXTS, "play " * 20, "", "x"]
    together = fitted.predict_proba(others)
    alone = np.concatenate([fitted.predict_proba([text]) for text in others])
    assert together == pytest.approx(alone, abs=1e-5)
    for one, text in zip(fitted.word_attributions(others), others, strict=True):
        assert one[1] == pytest.approx(fitted.word_attributions([text])[0][1], abs=1e-4)


def test_answers_keep_the_order_of_the_texts(fitted):
    order = np.random.default_rng(0).permutation(8)
    turned = fitted.predict_proba([TEXTS[row] for row in order])
    assert turned == pytest.approx(fitted.predict_proba(TEXTS)[order], abs=1e-6)


def test_probabilities_sum_to_one_and_agree_with_predictions(fitted):
    chance = fitted.predict_proba(MORE_TEXTS)
    assert chance.sum(axis=1) == pytest.approx(1)
    assert np.array_equal(fitted.classes_[chance.argmax(axis=1)], fitted.predict(MORE_TEXTS))


@pytest.mark.parametrize("labels", [[0, 1], [-1.0, 2.0], [False, True], ["no", "yes"]], ids=str)
def test_two_classes_of_any_kind_are_learned(build, labels, tmp_path):
    y = np.repeat(labels, 4)
    model = build().fit(TEXTS, y)
    assert model.predict(TEXTS).dtype == y.dtype
    assert model.decision_function(TEXTS).shape == (8,)
    again = tutelage.load(model.save(tmp_path / "model"))
    assert again.predict(TEXTS).tolist() == model.predict(TEXTS).tolist()
    assert model.explain(TEXTS[0]).target in labels


def test_no_texts_are_answered_with_none(fitted):
    assert fitted.predict_proba([]).shape == (0, 4)
    assert fitted.explain([]) == []


def test_one_class_is_refused(build):
    with pytest.raises(DataError, match=r"at least 2 classes, got one class: \['play'\]"):
        build().fit(TEXTS, ["play"] * 8)


def test_a_label_that_was_not_seen_is_refused_and_said(build, fitted):
    with pytest.raises(DataError, match=r"rewrites must have labels seen in y, .*\['sing'\]"):
        build().fit(TEXTS, LABELS, rewrites=[("sing", "sing")])
    with pytest.raises(DataError, match=r"targets must have labels seen in y, .*\['sing'\]"):
        fitted.word_attributions(TEXTS[:1], ["sing"])
    assert fitted.score(["sing a song"], ["sing"]) == 0


def test_a_text_with_two_labels_is_between_them(build):
    texts, labels = [*TEXTS, *["call my card"] * 2], [*LABELS, "play", "weather"]
    chance = build(**({} if "static" in str(build().encoder) else {"steps": 60})).fit(texts, labels)
    found = dict(zip(chance.classes_, chance.predict_proba(["call my card"])[0], strict=True))
    assert found["play"] == pytest.approx(found["weather"], abs=0.3)
    assert found["play"] + found["weather"] > 0.6


def test_a_text_of_weight_zero_is_not_there(build):
    weights = [*[1] * 8, 0]
    left_out = build().fit([*TEXTS, "rain"], [*LABELS, "play"], sample_weight=weights)
    never = build().fit(TEXTS, LABELS)
    assert np.array_equal(left_out.decision_function(TEXTS), never.decision_function(TEXTS))


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def seen(monkeypatch):
    """Collect, for every fit of an encoder, how many texts it had and how many were taught."""
    counts = []
    usual = TextTrainer.__init__

    def watched(self, network, rows, settings):
        counts.append((len(rows.tokens), sum(lesson is not None for lesson in rows.taught)))
        usual(self, network, rows, settings)

    monkeypatch.setattr(TextTrainer, "__init__", watched)
    return counts


def test_word_priors_are_split_with_the_rows(folder, routing, seen):
    model = STUDENTS["encoder"](folder).set_fit_request(word_priors=True)
    given = {"word_priors": more_priors()}
    cross_val_score(model, MORE_TEXTS, MORE_LABELS, cv=2, params=given)
    assert seen == [(8, 8), (8, 8)]


def test_word_priors_reach_a_student_at_the_end_of_a_pipeline(folder, routing, seen):
    model = STUDENTS["encoder"](folder).set_fit_request(word_priors=True)
    chain = make_pipeline(FunctionTransformer(), model)
    grid = GridSearchCV(chain, {"taughttextclassifier__alignment": [0.5, 1.0]}, cv=2)
    grid.fit(MORE_TEXTS, MORE_LABELS, word_priors=more_priors())
    assert seen == [(8, 8)] * 4 + [(16, 16)]


def test_weights_and_probabilities_are_split_with_the_rows(folder, routing):
    model = STUDENTS["static"](folder).set_fit_request(sample_weight=True, label_probabilities=True)
    model.set_score_request(sample_weight=False)
    chance = np.eye(4)[np.unique(MORE_LABELS, return_inverse=True)[1]]
    given = {"sample_weight": np.ones(16), "label_probabilities": chance}
    scores = cross_val_score(model, MORE_TEXTS, MORE_LABELS, cv=2, params=given)
    plain = cross_val_score(STUDENTS["static"](folder), MORE_TEXTS, MORE_LABELS, cv=2)
    assert scores.tolist() == plain.tolist()


def test_rewrites_of_the_held_out_texts_are_kept_out_of_each_fold(folder, routing, seen):
    model = STUDENTS["encoder"](folder).set_fit_request(rewrites=True)
    lessons = [
        Rewrite(f"{text} today", label, source_text=text)
        for text, label in zip(MORE_TEXTS, MORE_LABELS.tolist(), strict=True)
    ] + [("hello music", "play")]
    with pytest.warns(TutelageWarning, match="8 of 17 rewrites were made from texts that were not"):
        cross_val_score(model, MORE_TEXTS, MORE_LABELS, cv=2, params={"rewrites": lessons})
    assert seen == [(17, 0), (17, 0)]


def test_only_what_fit_takes_beside_texts_and_labels_can_be_routed(routing):
    assert not hasattr(TaughtTextClassifier(), "set_predict_request")
    with pytest.raises(TypeError, match="Unexpected args"):
        TaughtTextClassifier().set_fit_request(texts=True)
