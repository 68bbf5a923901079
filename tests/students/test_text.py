"""TaughtTextClassifier: what it learns, what it refuses, what it promises."""

import json
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from tests.students.tiny_encoders import ARCHITECTURES, tiny_encoder, word_pieces

import tutelage
from tutelage import TaughtTextClassifier, WordPrior
from tutelage.errors import DataError, InputError, ModelFileError, PriorMismatch, TutelageWarning
from tutelage.students.text_fit import taught_by
from tutelage.students.words import tokenise

TEXTS = [
    "set an alarm for six",
    "please set alarm on seven",
    "which alarms are set",
    "what alarms are on tomorrow",
    "play my song please",
    "play the music",
    "what is the weather",
    "is it rain tomorrow",
]
LABELS = np.repeat(["alarm_set", "alarm_query", "play", "weather"], 2)
KEYS = ["set", "set", "which", "what", "play", "play", "weather", "rain"]
FAST = {"steps": 12, "learning_rate": 1e-3, "head_learning_rate": 1e-2, "batch_size": 8}


def priors_for(texts=TEXTS, labels=LABELS, keys=KEYS):
    """One word of each text speaks for its label, the others say nothing."""
    return [
        WordPrior.from_words(t, t.split(), [9 if w == key else 0 for w in t.split()], label=label)
        for t, label, key in zip(texts, labels, keys, strict=True)
    ]


def student(name="bert", **params):
    return TaughtTextClassifier(tiny_encoder(name), **{**FAST, **params})


@pytest.fixture(scope="module")
def fitted():
    return student(alignment=1.0).fit(TEXTS, LABELS, word_priors=priors_for())


every_architecture = pytest.mark.parametrize("name", ARCHITECTURES)


@every_architecture
@pytest.mark.parametrize("attribution", ["gradient_x_input", "integrated_gradients"])
def test_word_scores_are_learned(name, attribution):
    settings = {"steps": 60, "attribution": attribution, "learning_rate": 3e-3}
    plain = student(name, **settings).fit(TEXTS, LABELS)
    taught = student(name, alignment=3.0, **settings).fit(TEXTS, LABELS, priors_for())
    share = [
        np.mean(
            [
                np.clip(numbers, 0, None)[text.split().index(key)] / np.abs(numbers).sum()
                for text, key, (_, numbers) in zip(
                    TEXTS,
                    KEYS,
                    model.word_attributions(TEXTS, LABELS, method=attribution),
                    strict=True,
                )
            ]
        )
        for model in (plain, taught)
    ]
    assert share[1] > share[0] + 0.1
    assert taught.score(TEXTS, LABELS) == 1.0


@every_architecture
def test_without_alignment_it_is_the_plain_student_to_the_bit(name):
    plain = student(name).fit(TEXTS, LABELS)
    unmoved = student(name, alignment=0).fit(TEXTS, LABELS, word_priors=priors_for())
    assert np.array_equal(plain.decision_function(TEXTS), unmoved.decision_function(TEXTS))
    assert unmoved.alignment_ == plain.alignment_ == 0


def test_priors_change_the_student(fitted):
    plain = student().fit(TEXTS, LABELS)
    assert not np.array_equal(plain.decision_function(TEXTS), fitted.decision_function(TEXTS))


@every_architecture
def test_fitting_twice_gives_the_same_numbers_to_the_bit(name):
    first, second = (student(name).fit(TEXTS, LABELS, priors_for()) for _ in range(2))
    assert np.array_equal(first.decision_function(TEXTS), second.decision_function(TEXTS))


def test_the_global_seed_is_left_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    student().fit(TEXTS, LABELS)
    assert torch.equal(before, torch.random.get_rng_state())


def test_another_seed_is_another_student():
    first, second = (student(random_state=s).fit(TEXTS, LABELS) for s in (0, 1))
    assert not np.array_equal(first.decision_function(TEXTS), second.decision_function(TEXTS))


def test_the_given_encoder_is_not_changed():
    model, tokenizer = tiny_encoder()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    TaughtTextClassifier((model, tokenizer), train_embeddings=True, **FAST).fit(TEXTS, LABELS)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@every_architecture
def test_a_prediction_does_not_depend_on_the_other_texts(name):
    model = student(name).fit(TEXTS, LABELS)
    together = model.decision_function([*TEXTS, "a " * 25])
    alone = np.concatenate([model.decision_function([text]) for text in TEXTS])
    assert together[:-1] == pytest.approx(alone, abs=1e-5)


@every_architecture
@pytest.mark.parametrize("pooling", ["mean", "cls", "native"])
def test_what_was_saved_predicts_the_same_to_the_bit(name, pooling, tmp_path):
    model = student(name, pooling=pooling).fit(TEXTS, LABELS)
    again = tutelage.load(model.save(tmp_path / "model"))
    assert np.array_equal(again.decision_function(TEXTS), model.decision_function(TEXTS))
    assert again.predict(TEXTS).dtype == model.predict(TEXTS).dtype
    assert again.explain(TEXTS[0]) == model.explain(TEXTS[0])
    kept = {k: v for k, v in again.get_params().items() if k != "encoder"}
    assert kept == {k: v for k, v in model.get_params().items() if k != "encoder"}


def test_an_altered_folder_is_refused(fitted, tmp_path):
    folder = fitted.save(tmp_path / "model")
    config = json.loads((folder / "encoder.json").read_text())
    (folder / "encoder.json").write_text(json.dumps({**config, "vocab_size": 3}))
    with pytest.raises(ModelFileError, match=r"encoder.json does not have the SHA-256"):
        tutelage.load(folder)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_an_explanation_sums_to_the_score(n_classes):
    n = 2 * n_classes
    model = student().fit(TEXTS[:n], LABELS[:n])
    for text, why in zip(TEXTS, model.explain(TEXTS), strict=True):
        assert why.units == tuple(text.split())
        assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=1e-9)
        assert why.target == model.predict([text])[0]
        assert why.probability == pytest.approx(model.predict_proba([text]).max(), abs=1e-6)
    assert model.explain(TEXTS[0], LABELS[0]).target == LABELS[0]


def test_the_bias_is_the_score_without_words(fitted):
    text = "set alarm"
    pad = fitted.body_.network.tokenizer.pad_token
    why = fitted.explain(text, "alarm_set", n_steps=100)
    code = fitted.classes_.tolist().index("alarm_set")
    logits = fitted.decision_function([f"{pad} {pad}"])[0]
    assert why.bias == pytest.approx(logits[code] - logits.mean(), abs=0.02)


def test_attributions_of_a_word_are_sums_over_its_pieces(fitted):
    for method in ("gradient", "gradient_x_input", "integrated_gradients"):
        offsets, numbers = fitted.word_attributions(["unrelated zzz set"], method=method)[0]
        assert offsets == ((0, 9), (10, 13), (14, 17))
        assert numbers.shape == (3,)
        assert (numbers >= 0).all() or method != "gradient"


def test_two_classes_have_log_odds():
    model = student().fit(TEXTS[:4], LABELS[:4])
    odds = model.decision_function(TEXTS)
    chance = model.predict_proba(TEXTS)
    assert odds.shape == (8,)
    assert np.log(chance[:, 1] / chance[:, 0]) == pytest.approx(odds, abs=1e-6)


def test_rewrites_are_more_texts():
    extra = [("wake me at seven", "alarm_set"), ("will it rain", "weather")]
    written = student().fit(TEXTS, LABELS, rewrites=extra)
    typed = student().fit(
        [*TEXTS, *(t for t, _ in extra)], [*LABELS, *(label for _, label in extra)]
    )
    assert np.array_equal(written.decision_function(TEXTS), typed.decision_function(TEXTS))
    lessons = [tutelage.Rewrite(text, label) for text, label in extra]
    again = student().fit(TEXTS, LABELS, rewrites=lessons)
    assert np.array_equal(written.decision_function(TEXTS), again.decision_function(TEXTS))


def test_a_text_of_weight_0_is_no_text():
    weights = [1, 1, 1, 1, 1, 0, 1, 1]
    weighted = student().fit(TEXTS, LABELS, sample_weight=weights, word_priors=priors_for())
    rows = np.flatnonzero(weights)
    left = student().fit([TEXTS[i] for i in rows], LABELS[rows], [priors_for()[i] for i in rows])
    assert np.array_equal(weighted.decision_function(TEXTS), left.decision_function(TEXTS))


def test_a_partly_taught_corpus_is_matched_by_text_and_label():
    priors = priors_for()
    places = [priors[0], None, priors[2], None, None, None, None, priors[7]]
    by_place = student().fit(TEXTS, LABELS, word_priors=places)
    by_key = student().fit(TEXTS, LABELS, word_priors=[priors[7], priors[2], priors[0]])
    assert np.array_equal(by_place.decision_function(TEXTS), by_key.decision_function(TEXTS))


def test_accumulated_gradients_give_the_same_steps():
    whole = student(guided_share=1.0).fit(TEXTS, LABELS, priors_for())
    parts = student(guided_share=1.0, rows_per_pass=3).fit(TEXTS, LABELS, priors_for())
    assert parts.decision_function(TEXTS) == pytest.approx(whole.decision_function(TEXTS), abs=2e-2)


@pytest.mark.parametrize("name", ["bert", "roberta", "modernbert"])
def test_checkpointing_gives_the_same_steps(name):
    usual = student(name).fit(TEXTS, LABELS, priors_for())
    sparing = student(name, checkpointing=True).fit(TEXTS, LABELS, priors_for())
    assert sparing.decision_function(TEXTS) == pytest.approx(
        usual.decision_function(TEXTS), abs=1e-3
    )


@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize("attribution", ["gradient_x_input", "integrated_gradients"])
def test_alignment_works_with_and_without_dropout(dropout, attribution):
    model = student(dropout=dropout, attribution=attribution, steps=60, learning_rate=3e-3)
    history = model.fit(TEXTS, LABELS, priors_for()).history_
    assert np.isnan(history[0].distance)
    first, last = history[15:25], history[-10:]
    assert np.mean([h.distance for h in last]) < np.mean([h.distance for h in first])


def test_half_precision_trains_and_keeps_the_pull_whole():
    model = student(precision="bfloat16", steps=40).fit(TEXTS, LABELS, priors_for())
    assert model.score(TEXTS, LABELS) == 1.0
    assert all(np.isfinite(h.distance) for h in model.history_[10:])


def test_training_stops_early_on_held_out_texts_and_keeps_the_best():
    labels = np.random.default_rng(0).permutation(np.repeat(LABELS, 4))
    texts = [f"{t} {i}" for i in range(4) for t in TEXTS]
    model = student(validation=0.25, patience=1, steps=200, learning_rate=1e-2)
    assert len(model.fit(texts, labels).history_) < 200


def test_progress_is_told_after_each_step():
    told = []
    student(progress=lambda step, n, losses: told.append((step, n, losses.labels))).fit(
        TEXTS, LABELS
    )
    assert [t[:2] for t in told] == [(i, 12) for i in range(1, 13)]
    assert told[-1][2] < told[0][2]


def test_scikit_learn_clones_and_cross_validates():
    model = student(alignment=0.5)
    assert clone(model).get_params()["alignment"] == 0.5
    assert len(cross_val_score(student(), TEXTS, np.repeat(["a", "b"], 4), cv=2)) == 2


@every_architecture
def test_save_pretrained_is_read_by_transformers_alone(name, tmp_path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = student(name, pooling="native").fit(TEXTS, LABELS)
    folder = model.save_pretrained(tmp_path / "hf")
    theirs = AutoModelForSequenceClassification.from_pretrained(
        folder, attn_implementation="eager", local_files_only=True
    ).eval()
    inputs = AutoTokenizer.from_pretrained(folder)(TEXTS[0], return_tensors="pt")
    inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        logits = theirs(**inputs).logits[0].numpy()
    assert logits == pytest.approx(model.decision_function(TEXTS[:1])[0], abs=1e-6)
    assert theirs.config.id2label == dict(enumerate(model.classes_.tolist()))


def test_a_head_of_ours_is_not_written_for_transformers(fitted, tmp_path):
    with pytest.raises(InputError, match="Fit with pooling='native'"):
        fitted.save_pretrained(tmp_path / "hf")


ODD_TEXTS = {
    "empty": "",
    "spaces": "  \n ",
    "one word": "set",
    "emoji": "⏰ set 👍🏽 alarm 👨‍👩‍👧",
    "right to left": "اضبط المنبه على السابعة",
    "chinese": "请设置闹钟",
    "repeated": "set set set alarm set",
    "controls": "set\x00 alarm\x07",
}


@every_architecture
@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_odd_texts_are_read(name, text):
    model = ODD_FITTED.setdefault(name, student(name).fit([*TEXTS, ""], [*LABELS, "play"]))
    assert model.predict_proba([text]).sum() == pytest.approx(1)
    (offsets, numbers), why = model.word_attributions([text])[0], model.explain(text)
    assert len(offsets) == len(numbers) == len(why.units)
    assert np.isfinite(numbers).all()
    assert sum(why.contributions) + why.bias == pytest.approx(why.score, abs=1e-9)


ODD_FITTED = {}


def test_a_long_text_is_cut_and_its_prior_stays_aligned():
    text = "set alarm " + "the " * 9_998
    words = ["set", "alarm", *["the"] * 9_998]
    prior = WordPrior.from_words(text, words, [9, 0, *[-9] * 9_998], label="alarm_set")
    with pytest.warns(TutelageWarning, match=r"1 of 9 texts have more than 40 tokens"):
        model = student().fit([*TEXTS, text], [*LABELS, "alarm_set"], [prior])
    with pytest.warns(TutelageWarning, match="what comes after was not read"):
        offsets, numbers = model.word_attributions([text], ["alarm_set"])[0]
    assert len(offsets) == len(numbers) == 10_000
    assert numbers[:38].all()
    assert not numbers[38:].any()
    taught = taught_by(prior, tokenise(word_pieces(), [text], 40)[0], {"alarm_set": 0, "play": 1})
    assert taught.known.nonzero()[0].tolist() == list(range(38))
    assert taught.scores[:4].tolist() == [9, 0, -9, -9]


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ("set alarm", ["a"], r"texts must be a list of texts, got one text: 'set alarm'"),
        ([], [], "at least one labelled text per class"),
        (["a", None, 3], ["x", "y", "x"], r"2 of 3 are not:\n.*text 1 is None(.|\n)*text 2 is 3"),
        (["a", "b"], ["x", "x"], r"at least 2 classes, got one class: \['x'\]"),
        (["a", "b"], ["x"], "same number of rows"),
        (["a", "b"], ["x", None], "1 of 2 labels are missing"),
        (np.array([["a"], ["b"]]), ["x", "y"], "must be one column"),
    ],
)
def test_texts_and_labels_that_cannot_be_used_are_refused(texts, labels, message):
    with pytest.raises(DataError, match=message):
        student().fit(texts, labels)


def test_priors_for_other_texts_are_refused():
    others = priors_for([text + "!" for text in TEXTS], keys=KEYS)
    with pytest.raises(PriorMismatch, match="8 of 8 word priors belong to no text and label"):
        student().fit(TEXTS, LABELS, word_priors=others)


def test_priors_that_match_nothing_are_reported():
    stranger = WordPrior.from_words("hello", ["hello"], [3], label="play")
    with pytest.warns(TutelageWarning, match="1 of 9 word priors belong to no text"):
        student().fit(TEXTS, LABELS, word_priors=[*priors_for(), stranger])


def test_what_is_no_prior_is_refused():
    with pytest.raises(PriorMismatch, match="member 1 is a dict"):
        student().fit(TEXTS, LABELS, word_priors=[priors_for()[0], {"set": 9}])


def test_rewrites_with_an_unknown_label_are_refused():
    with pytest.raises(DataError, match=r"rewrites must have labels seen in y, 1 are not: \['x'\]"):
        student().fit(TEXTS, LABELS, rewrites=[("hello", "x")])


def test_what_is_no_rewrite_is_refused():
    with pytest.raises(DataError, match="member 0 is str"):
        student().fit(TEXTS, LABELS, rewrites=["hello"])


def test_the_same_text_may_have_two_labels():
    model = student().fit([*TEXTS, TEXTS[0]], [*LABELS, "play"], word_priors=priors_for())
    assert model.alignment_ > 0


def test_a_target_that_was_not_learned_is_refused(fitted):
    with pytest.raises(InputError, match="target must be one of"):
        fitted.explain("set", target="alarm")
    with pytest.raises(DataError, match=r"targets must have labels seen in y, 1 are not: \['x'\]"):
        fitted.word_attributions(["set"], ["x"])
    with pytest.raises(InputError, match=r"method must be one of .*, got 'lime'"):
        fitted.word_attributions(["set"], method="lime")


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ("bert-base-uncased", r"'bert-base-uncased' is none. Nothing is downloaded here."),
        ("bert-base-uncased", r"from_pretrained\('bert-base-uncased'\).save_pretrained\(folder\)"),
        (3, "a pair .model, tokenizer., got int"),
        ((1, 2), r"a pair \(model, tokenizer\), got \['int', 'int'\]"),
    ],
)
def test_an_encoder_that_is_not_here_says_how_to_pass_a_folder(encoder, message):
    with pytest.raises(InputError, match=message):
        TaughtTextClassifier(encoder).fit(TEXTS, LABELS)


def test_a_folder_without_weights_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError, match=r"cannot be read as an encoder"):
        TaughtTextClassifier(tmp_path).fit(TEXTS, LABELS)


def test_a_folder_of_transformers_is_read(tmp_path):
    model, tokenizer = tiny_encoder()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    by_folder = TaughtTextClassifier(str(tmp_path), **FAST).fit(TEXTS, LABELS)
    by_pair = TaughtTextClassifier((model, tokenizer), **FAST).fit(TEXTS, LABELS)
    assert np.array_equal(by_folder.decision_function(TEXTS), by_pair.decision_function(TEXTS))


def test_every_wrong_parameter_is_named_at_once():
    wrong = {"alignment": -1, "ramp": 1, "steps": 0, "distance": "l1", "contrast": 1}
    with pytest.raises(InputError, match="These parameters cannot be used") as caught:
        student(**wrong).fit(TEXTS, LABELS)
    assert len(caught.value.problems) == 5


def test_an_unfitted_student_says_so():
    for call in (student().predict, student().predict_proba, student().explain):
        with pytest.raises(ValueError, match="not fitted yet"):
            call(TEXTS)


def test_no_warning_is_given_for_ordinary_work(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        student(alignment="auto").fit(TEXTS, LABELS, priors_for()).explain(TEXTS)


@pytest.mark.parametrize("body", ["bert", "static"])
def test_half_of_an_emoji_is_one_unknown_letter_in_fit_predict_and_explain(body):
    cut = ["set \ud83d alarm", *TEXTS[1:]]
    model = student() if body == "bert" else TaughtTextClassifier("static")
    model.fit(cut, LABELS, rewrites=[("play \udc00 it", "play")])
    assert model.predict_proba(["\ud83d hi"]).shape == (1, 4)
    why = model.explain("play \ud83d")
    assert why.units == ("play", "\ufffd")
