"""The static text student: exact contributions, numpy at prediction, a small folder."""

import subprocess
import sys

import numpy as np
import pytest
from tests.students.test_text import KEYS, LABELS, ODD_TEXTS, TEXTS, priors_for
from tests.students.tiny_encoders import tiny_encoder, word_pieces

import tutelage
from tutelage import TaughtTextClassifier
from tutelage.errors import InputError, TutelageWarning
from tutelage.learning.alignment import DISTANCES
from tutelage.students import static_vectors
from tutelage.students.encoder import build_network
from tutelage.students.static_vectors import distil, read_pieces, shrink
from tutelage.students.words import tokenise


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tiny")
    model, tokenizer = tiny_encoder()
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def build(folder):
    return lambda **params: TaughtTextClassifier(f"static:{folder}", **params)


@pytest.fixture(scope="module")
def fitted(build):
    return build().fit(TEXTS, LABELS, word_priors=priors_for())


@pytest.mark.parametrize(
    "text", [*TEXTS, *ODD_TEXTS.values(), "Éte ALARMS unrelated, what's", "x" * 200]
)
def test_texts_are_cut_as_the_tokenizer_cuts_them(text):
    tokenizer = word_pieces()
    theirs = tokenise(tokenizer, [text], 500)[0]
    ours = read_pieces(tokenizer, "here").cut(text, 500)
    assert ours.ids.tolist() == theirs.ids[1:-1].tolist()
    assert ours.spans.tolist() == theirs.spans[1:-1].tolist()


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("method", ["gradient_x_input", "integrated_gradients"])
def test_contributions_are_exact(build, n_classes, method):
    n = 2 * n_classes
    model = build().fit(TEXTS[:n], LABELS[:n])
    for text, why in zip(TEXTS[:n], model.explain(TEXTS[:n]), strict=True):
        bare = model.body_.biases
        bare = (bare - bare.mean())[model.classes_.tolist().index(why.target)]
        assert why.bias == pytest.approx(bare * (2 if n_classes == 2 else 1), abs=1e-9)
        assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=1e-12)
        (_, numbers) = model.word_attributions([text], [why.target], method)[0]
        code = model.classes_.tolist().index(why.target)
        logit = model.body_.logits([text])[0, code]
        assert numbers.sum() + model.body_.biases[code] == pytest.approx(logit, abs=1e-9)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("contrast", [False, True])
def test_word_scores_are_learned(build, distance, contrast):
    def share(model):
        found = model.word_attributions(TEXTS, LABELS)
        return np.mean(
            [
                np.clip(numbers, 0, None)[text.split().index(key)] / np.abs(numbers).sum()
                for text, key, (_, numbers) in zip(TEXTS, KEYS, found, strict=True)
            ]
        )

    options = {"distance": distance, "contrast": contrast}
    plain = build(alignment=0, **options).fit(TEXTS, LABELS)
    taught = build(alignment=3.0, **options).fit(TEXTS, LABELS, priors_for())
    assert share(taught) > share(plain) + 0.02


def test_without_alignment_it_is_the_plain_student_to_the_bit(build):
    plain = build().fit(TEXTS, LABELS)
    unmoved = build(alignment=0).fit(TEXTS, LABELS, priors_for())
    assert np.array_equal(plain.decision_function(TEXTS), unmoved.decision_function(TEXTS))


def test_what_was_saved_predicts_the_same_to_the_bit(fitted, tmp_path):
    again = tutelage.load(fitted.save(tmp_path / "model"))
    assert np.array_equal(again.decision_function(TEXTS), fitted.decision_function(TEXTS))
    assert again.explain(TEXTS[0]) == fitted.explain(TEXTS[0])
    assert again.get_params() == fitted.get_params()


def test_a_saved_student_predicts_without_torch(fitted, tmp_path):
    place = fitted.save(tmp_path / "model")
    code = (
        "import sys, tutelage\n"
        f"model = tutelage.load({str(place)!r})\n"
        "model.predict(['set an alarm']); model.explain('set an alarm')\n"
        "assert not {'torch', 'transformers', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_texts_are_read(fitted, text):
    assert fitted.predict_proba([text]).sum() == pytest.approx(1)
    why = fitted.explain(text)
    assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=1e-9)


def test_a_long_text_is_cut(fitted):
    with pytest.warns(TutelageWarning, match="1 of 1 texts have more than 256 tokens"):
        assert fitted.predict(["set " * 10_000]).shape == (1,)


def test_a_vocabulary_of_bytes_is_refused(tmp_path):
    model, tokenizer = tiny_encoder("roberta")
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="needs an encoder with word pieces"):
        TaughtTextClassifier(f"static:{tmp_path}").fit(TEXTS, LABELS)


def test_shrunk_vectors_keep_the_large_directions():
    states = np.random.default_rng(0).normal(size=(400, 6)) * [9, 5, 1, 1, 1, 0.1]
    kept = shrink(states, 2).astype(float)[100:]
    for column, direction in zip(kept.T, states.T[:2, 100:], strict=True):
        assert abs(np.corrcoef(column, direction)[0, 1]) > 0.9


def test_half_precision_distils_the_same_vectors(folder, monkeypatch):
    network = build_network(str(folder), 2, pooling="mean")
    n_pieces = len(network.tokenizer)
    found = []
    for half in (False, True):
        monkeypatch.setattr(static_vectors, "has_bfloat16", lambda _, half=half: half)
        found.append(static_vectors._alone(network, n_pieces))
    one, other = (states / np.linalg.norm(states, axis=1, keepdims=True) for states in found)
    assert not np.array_equal(one, other)
    assert (one * other).sum(axis=1).min() > 0.999


def test_vectors_are_distilled_once_and_again_when_the_weights_changed(tmp_path):
    def write(seed):
        for part in tiny_encoder(seed=seed):
            part.save_pretrained(tmp_path)

    write(0)
    _, first = distil(str(tmp_path))
    assert distil(str(tmp_path))[1] is first
    write(1)
    assert not np.array_equal(distil(str(tmp_path))[1], first)
