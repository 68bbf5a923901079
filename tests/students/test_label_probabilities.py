"""Probabilities in the place of labels: a larger model's confidences, people who disagree."""

import numpy as np
import pandas as pd
import pytest
from tests.students.test_text import LABELS, TEXTS
from tests.students.tiny_encoders import tiny_encoder

from tutelage import TaughtTextClassifier
from tutelage.errors import DataError
from tutelage.students.label_probabilities import learn_targets

CLASSES = sorted(set(LABELS))
CERTAIN = pd.DataFrame(
    [[float(label == name) for name in CLASSES] for label in LABELS], columns=CLASSES
)
TORN = CERTAIN * 0.4 + 0.15  # 0.55 for the label, 0.15 for each other class


def silent_in(n_rows):
    """Return probabilities that say nothing of the first rows."""
    return pd.concat([TORN[:n_rows] * np.nan, TORN[n_rows:]])


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny")
    model, tokenizer = tiny_encoder()
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return lambda **params: TaughtTextClassifier(f"static:{place}", **params)


def test_certain_probabilities_are_labels_to_the_bit(build):
    by_label = build().fit(TEXTS, LABELS)
    by_frame = build().fit(TEXTS, label_probabilities=CERTAIN)
    by_array = build().fit(TEXTS, LABELS, label_probabilities=CERTAIN.to_numpy())
    for model in (by_frame, by_array):
        assert model.classes_.tolist() == by_label.classes_.tolist()
        assert np.array_equal(model.decision_function(TEXTS), by_label.decision_function(TEXTS))


def test_a_student_is_as_torn_as_what_it_learned_from(build):
    sure = build().fit(TEXTS, LABELS).predict_proba(TEXTS)
    torn = build().fit(TEXTS, label_probabilities=TORN).predict_proba(TEXTS)
    assert (torn.max(axis=1) < 0.65).all()
    assert (torn.argmax(axis=1) == sure.argmax(axis=1)).all()
    assert sure.max(axis=1).min() > 0.8


def test_an_encoder_learns_from_probabilities_too():
    settings = {"steps": 60, "learning_rate": 1e-3, "head_learning_rate": 1e-2, "batch_size": 8}
    model = TaughtTextClassifier(tiny_encoder(), **settings)
    found = model.fit(TEXTS, label_probabilities=TORN).predict_proba(TEXTS)
    assert found.max(axis=1) == pytest.approx(np.full(8, 0.55), abs=0.1)


def test_columns_are_matched_by_name(build):
    turned = build().fit(TEXTS, LABELS, label_probabilities=TORN[CLASSES[::-1]])
    usual = build().fit(TEXTS, LABELS, label_probabilities=TORN)
    assert np.array_equal(turned.decision_function(TEXTS), usual.decision_function(TEXTS))


def test_a_row_of_nan_takes_the_label():
    targets = learn_targets(LABELS, silent_in(2), 8)[2]
    assert np.array_equal(targets[:2], CERTAIN.to_numpy()[:2])
    assert targets[2:] == pytest.approx(TORN.to_numpy()[2:])


def test_a_class_without_a_text_of_its_own_is_known(build):
    more = TORN.assign(zoo=0.0)
    model = build().fit(TEXTS, label_probabilities=more)
    assert model.classes_.tolist() == [*CLASSES, "zoo"]
    assert model.predict_proba(TEXTS)[:, -1].max() < 0.05


def test_integers_stay_integers(build):
    codes = np.unique(LABELS, return_inverse=True)[1]
    model = build().fit(TEXTS, codes, label_probabilities=TORN.set_axis(range(4), axis=1))
    assert model.predict(TEXTS).dtype.kind == "i"


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        (None, None, "labels must be given, or label_probabilities"),
        (
            None,
            TORN.to_numpy(),
            "must be a pandas DataFrame, whose columns name the classes, got n",
        ),
        (LABELS, TORN[:7], r"\(8, 4\), got \(7, 4\)"),
        (LABELS, TORN.to_numpy()[:, :3], r"\(8, 4\), got \(8, 3\)"),
        (LABELS, TORN * 2, "each row with the sum 1"),
        (LABELS, TORN.assign(play=np.inf), "each row with the sum 1"),
        (LABELS, TORN.assign(play=np.nan), "each row with the sum 1"),
        (LABELS, TORN.assign(play="much"), "must hold numbers"),
        (LABELS, TORN.rename(columns={"play": "sing"}), r"labels must be columns .*\['play'\]"),
        (None, silent_in(1), "say nothing of 1 of 8 texts .*row 0"),
        (None, TORN[["play"]], "at least 2 different classes, got .'play'."),
        (LABELS[:7], TORN, "one label per text, 8, got 7"),
    ],
)
def test_probabilities_that_cannot_be_used_are_refused(labels, probabilities, message):
    with pytest.raises(DataError, match=message):
        TaughtTextClassifier("static").fit(TEXTS, labels, label_probabilities=probabilities)
