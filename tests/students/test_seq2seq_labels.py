"""Labels scored by likelihood: as the slow way, once per text, and faster than writing."""

import time

import numpy as np
import pytest
import torch
from tests.students.tiny_writers import WRITERS, lessons_about_parcels, student, tiny_writer

from tutelage.students.rationale_words import Scribe
from tutelage.students.seq2seq_build import build_text_to_text
from tutelage.students.seq2seq_head import writing_head
from tutelage.students.seq2seq_labels import score_answers

LABELS = ["card", "card payment", "cart", "other"]  # shared first tokens; one begins another


def scribe_of(kind):
    return Scribe(build_text_to_text(tiny_writer(kind), decoder_layers=1), False, 100, 40)


def one_by_one(network, prompt, answer):
    """The log-likelihood of an answer, each prompt and answer on its own."""
    with torch.inference_mode():
        logits, _ = network.written([prompt], [answer])
    logs = logits[0].double().log_softmax(-1)
    return float(logs[torch.arange(len(answer)), torch.from_numpy(answer)].sum())


@pytest.mark.parametrize("kind", WRITERS)
def test_scores_are_those_of_each_answer_on_its_own(kind):
    scribe = scribe_of(kind)
    answers = scribe.answers(LABELS)
    prompts = scribe.prompts(["my card is late", "a", "no fee on the card, why"])
    found = score_answers(scribe.network, prompts, [answers] * 3)
    for prompt, row in zip(prompts, found, strict=True):
        slow = [one_by_one(scribe.network, prompt, answer) for answer in answers.answers]
        assert row == pytest.approx(slow, abs=1e-5)


@pytest.mark.parametrize("kind", ["t5", "bart", "bert"])
def test_the_vocabulary_is_looked_at_only_where_a_token_is_scored(kind):
    scribe = scribe_of(kind)
    head, looked = writing_head(scribe.network.model), []
    answers = scribe.answers(LABELS)
    states = torch.randn(5, head.weight.shape[1])
    assert head.logits(states).shape == (5, len(scribe.network.tokenizer))
    scribe.network.model.get_output_embeddings().register_forward_hook(
        lambda module, given, found: looked.append(found.shape)
    )
    score_answers(scribe.network, scribe.prompts(["card", "fee"]), [answers] * 2)
    assert not looked  # the model's own last layer, which takes every position, stays out
    beginnings = {tuple(ids[:place]) for ids in answers.answers for place in range(len(ids))}
    assert len(answers.spots) == len(beginnings) == len(set(answers.spots))


@pytest.mark.parametrize("kind", ["t5", "bart", "bert"])
def test_a_model_of_an_unknown_kind_is_scored_by_its_own_forward(kind, monkeypatch):
    scribe = scribe_of(kind)
    prompts, sets = scribe.prompts(["my card is late", "a"]), [scribe.answers(LABELS)] * 2
    known = score_answers(scribe.network, prompts, sets)
    monkeypatch.setattr("tutelage.students.seq2seq_head.T5_KINDS", ())
    monkeypatch.setattr("tutelage.students.seq2seq_head.BART_KINDS", ())
    if kind == "bert":
        scribe.network.model.enc_to_dec_proj = torch.nn.Identity()
    assert writing_head(scribe.network.model) is None
    for one, other in zip(known, score_answers(scribe.network, prompts, sets), strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_a_bias_of_the_last_layer_counts():
    scribe = scribe_of("bart")
    prompts, sets = scribe.prompts(["card"]), [scribe.answers(["a", "b"])]
    before = score_answers(scribe.network, prompts, sets)[0]
    token = int(scribe.label("a")[0])
    scribe.network.model.final_logits_bias[0, token] += 3.0
    after = score_answers(scribe.network, prompts, sets)[0]
    assert (after - before)[0] - (after - before)[1] == pytest.approx(3.0, abs=1e-4)


@pytest.mark.parametrize("kind", ["t5", "gpt2"])
def test_every_text_may_have_its_own_answers(kind):
    scribe = scribe_of(kind)
    sets = [scribe.answers(["sea", "sky"]), scribe.answers(["a", "be", "see"])]
    prompts = scribe.prompts(["fish", "letters"])
    together = score_answers(scribe.network, prompts, sets)
    for place in range(2):
        alone = score_answers(scribe.network, [prompts[place]], [sets[place]])[0]
        assert together[place] == pytest.approx(alone, abs=1e-4)


def test_normalised_scores_are_per_scored_token():
    scribe = scribe_of("t5")
    answers = scribe.answers(LABELS)
    prompts = scribe.prompts(["card"])
    plain = score_answers(scribe.network, prompts, [answers])[0]
    normalised = score_answers(scribe.network, prompts, [answers], length_normalised=True)[0]
    assert normalised == pytest.approx(plain / [len(one) for one in answers.answers])


def test_only_an_answer_that_begins_another_is_closed():
    scribe = scribe_of("t5")
    lengths = [len(one) for one in scribe.answers(LABELS).answers]
    assert lengths == [len("card") + 1, len("card payment"), len("cart"), len("other")]


def test_answers_with_the_same_tokens_have_the_same_score():
    scribe = scribe_of("t5")
    found = score_answers(scribe.network, scribe.prompts(["a"]), [scribe.answers(["b", "c", "b"])])
    assert found[0][0] == found[0][2] != found[0][1]


def test_a_text_is_read_once_whatever_the_number_of_labels():
    scribe = scribe_of("t5")
    read = []
    scribe.network.model.get_encoder().register_forward_hook(
        lambda module, given, found: read.append(len(found[0]))
    )
    prompts = scribe.prompts(["card", "fee", "van"])
    score_answers(scribe.network, prompts, [scribe.answers(LABELS)] * 3)
    assert read == [3]


@pytest.fixture(scope="module")
def trained():
    texts, lessons = lessons_about_parcels()
    return texts, student("t5", steps=60, explain_weight=0).fit(texts, lessons)


def written(model, texts):
    network = model.body_.scribe.network
    prompts = model.body_.scribe.prompts(texts)
    with torch.inference_mode():
        found = network.generate(prompts, [np.zeros(0, dtype=np.int64)] * len(texts), 12)
    return [model.body_.scribe.read(ids) for ids in found]


def test_where_the_student_writes_a_label_it_is_the_one_scored_highest(trained):
    texts, model = trained
    said = written(model, texts)
    valid = [place for place, text in enumerate(said) if text in model.classes_]
    assert len(valid) >= 8
    scored = model.predict(texts)
    assert [scored[place] for place in valid] == [said[place] for place in valid]


@pytest.mark.parametrize("n_texts", [1, 8])
def test_scoring_three_labels_takes_at_most_half_the_time_of_writing_one(trained, n_texts):
    # Labels of 7 to 13 tokens; 2.5 to 5 times on a busy machine. Where labels are short or the
    # reader is large it is less: benchmarks/results/label_scoring.md.
    _, model = trained
    scribe = model.body_.scribe
    prompts = scribe.prompts(["my parcel 1"] * n_texts)
    answers = [scribe.answers(["entailment", "neutral", "contradiction"])] * n_texts
    nothing = [np.zeros(0, dtype=np.int64)] * n_texts

    def score():
        score_answers(scribe.network, prompts, answers)

    def write():
        with torch.inference_mode():
            scribe.network.generate(prompts, nothing, len("entailment") + 1)

    scored, written = fastest(score), fastest(write)
    assert 2.0 * scored < written, f"{written / scored:.1f} times"


def fastest(call, n=9):
    call()
    seconds = []
    for _ in range(n):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return min(seconds)
