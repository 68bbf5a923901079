"""RationaleStudent: what it learns, says and keeps."""

import json

import numpy as np
import pytest
import torch
from sklearn.base import clone
from tests.students.tiny_writers import WRITERS, lessons_about_parcels, student, tiny_writer

import tutelage
from tutelage import Rationale, RationaleStudent
from tutelage.errors import DataError, ModelFileError, TutelageWarning
from tutelage.students.rationale_data import learnable
from tutelage.students.rationale_written import GeneratedRationale
from tutelage.students.seq2seq_build import build_text_to_text

pytestmark = pytest.mark.filterwarnings("ignore:the student collapsed")
QUESTIONS = [("Where do fish live?", ["sea", "sky"]), ("What flies?", ["bird", "stone", "fish"])]


@pytest.fixture(scope="module")
def taught():
    texts, lessons = lessons_about_parcels()
    return texts, lessons, student("t5", steps=110, patience=9).fit(texts, lessons, validation=0.25)


def test_it_learns_what_tells_the_classes_apart(taught):
    texts, lessons, model = taught
    labels = [lesson.label for lesson in lessons]
    assert model.score(texts, labels) >= 0.9
    assert model.classes_.tolist() == ["delivery", "payment"]


def test_probabilities_sum_to_one_and_agree_with_the_predictions(taught):
    texts, _, model = taught
    chance = model.predict_proba(texts)
    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert (model.classes_[chance.argmax(axis=1)] == model.predict(texts)).all()


def test_held_out_texts_set_the_temperature(taught):
    texts, lessons, model = taught
    assert model.body_.temperature != 1.0
    assert student(steps=1).fit(texts, lessons).body_.temperature == 1.0


def test_a_reason_it_writes_says_that_it_is_generated(taught):
    texts, _, model = taught
    one = model.explain(texts[0])
    assert isinstance(one, GeneratedRationale)
    assert one.kind == "generated text, not an attribution"
    assert one.label == model.predict(texts[:1])[0]
    assert str(one) == one.text
    assert model.explain(texts[:2])[0] == one


@pytest.mark.parametrize("mode", ["multi_task", "single_sequence"])
@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_model_trains_explains_and_is_the_same_after_saving(kind, mode, tmp_path):
    texts, lessons = lessons_about_parcels()
    model = student(kind, mode=mode, max_rationale_tokens=12).fit(texts, lessons)
    again = tutelage.load(model.save(tmp_path / "model"))
    assert (again.predict_proba(texts) == model.predict_proba(texts)).all()
    assert again.explain(texts[:3]) == model.explain(texts[:3])
    assert again.classes_.tolist() == model.classes_.tolist()
    assert again.mode == mode


def test_the_same_seed_gives_the_same_student_and_another_seed_another():
    texts, lessons = lessons_about_parcels()
    one, same, other = (
        student("bert", random_state=seed, dropout=0.1).fit(texts, lessons).predict_proba(texts)
        for seed in (3, 3, 4)
    )
    assert (one == same).all()
    assert not (one == other).all()


def test_a_folder_that_transformers_wrote_can_be_trained(tmp_path):
    texts, lessons = lessons_about_parcels()
    model, tokenizer = tiny_writer("t5")
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    more = student("t5").get_params()
    from_folder = RationaleStudent(**{**more, "model": str(tmp_path)}).fit(texts, lessons)
    from_pair = student("t5").fit(texts, lessons)
    assert (from_folder.predict_proba(texts) == from_pair.predict_proba(texts)).all()


def test_a_given_model_is_copied():
    texts, lessons = lessons_about_parcels()
    pair = tiny_writer("gpt2")
    before = {name: weights.clone() for name, weights in pair[0].state_dict().items()}
    RationaleStudent(**{**student().get_params(), "model": pair}).fit(texts, lessons)
    assert all(torch.equal(before[name], x) for name, x in pair[0].state_dict().items())


def test_minilm_reads_and_copies_of_its_last_layers_write():
    network = build_text_to_text("minilm", decoder_layers=2)
    state = network.model.state_dict()
    for mine, own in (("0", "4"), ("1", "5")):
        name = "attention.self.query.weight"
        read = state[f"encoder.encoder.layer.{own}.{name}"]
        writer = f"decoder.bert.encoder.layer.{mine}"
        assert torch.equal(state[f"{writer}.{name}"], read)
        assert torch.equal(state[f"{writer}.cross{name}"], read)
    shared = network.model.get_input_embeddings().weight
    assert network.model.decoder.get_output_embeddings().weight is shared


def test_shared_weights_are_written_once(tmp_path):
    texts, lessons = lessons_about_parcels()
    model = student("bert").fit(texts, lessons)
    parts = model.body_.parts()
    held = [name for name in parts.arrays if "word_embeddings" in name]
    assert held == ["model.encoder.embeddings.word_embeddings.weight"]
    assert len([name for name in parts.values["aliases"] if name.endswith("weight")]) == 2


def test_inputs_may_be_pairs_of_texts():
    pairs = [("It rains.", "It is wet."), ("It rains.", "It is dry.")] * 6
    lessons = [Rationale.of(one, x) for one, x in zip(pairs, ["yes", "no"] * 6, strict=True)]
    model = student(explain_weight=0).fit(pairs, lessons)
    assert model.predict(pairs[:3]).shape == (3,)
    assert isinstance(model.explain(pairs[0]), GeneratedRationale)


def test_inputs_may_have_their_own_choices(tmp_path):
    lessons = [Rationale.of(QUESTIONS[0], "sea", "Fish swim."), Rationale.of(QUESTIONS[1], "bird")]
    model = student().fit(QUESTIONS * 3, lessons * 3)
    chance = model.predict_proba(QUESTIONS)
    assert chance.shape == (2, 3)
    assert chance[0, 2] == 0.0
    assert chance.sum(axis=1) == pytest.approx(1.0)
    assert all(x in own for x, (_, own) in zip(model.predict(QUESTIONS), QUESTIONS, strict=True))
    again = tutelage.load(model.save(tmp_path / "model"))
    assert (again.predict_proba(QUESTIONS) == chance).all()


def test_labels_that_are_given_count_instead_of_the_teachers():
    texts, lessons = lessons_about_parcels()
    golds = [lesson.label for lesson in lessons]
    golds[0] = "delivery"
    with pytest.warns(TutelageWarning, match="1 of 16 reasons speak for another label"):
        found = learnable(texts, lessons, golds, None, student().get_params())
    assert found.examples.labels[0] == "delivery"
    assert found.examples.reasons[0] == ()
    assert found.examples.reasons[1] == lessons[1].rationales


def test_labels_keep_their_type():
    texts, _ = lessons_about_parcels()
    model = student(explain_weight=0).fit(texts, None, np.arange(len(texts)) % 2)
    assert model.classes_.tolist() == [0, 1]
    assert model.predict(texts[:2]).dtype.kind == "i"


def test_lessons_are_matched_by_input_when_they_are_not_one_per_input():
    texts, lessons = lessons_about_parcels()
    in_place = student().fit(texts[4:12], lessons[4:12])
    matched = student().fit(texts[4:12], lessons[4:12][::-1])
    assert (in_place.predict_proba(texts) == matched.predict_proba(texts)).all()


def test_it_can_be_cloned_and_its_parameters_set():
    model = clone(student(explain_weight=0.25))
    assert model.set_params(mode="single_sequence").get_params()["explain_weight"] == 0.25


def test_a_folder_whose_weights_do_not_fit_is_refused(tmp_path):
    texts, lessons = lessons_about_parcels()
    student().fit(texts, lessons).save(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    content = json.loads(path.read_text())
    content["body"]["network"] = "other"
    path.write_text(json.dumps(content))
    manifest = tmp_path / "model" / "manifest.json"
    listed = json.loads(manifest.read_text())
    listed["files"]["model.json"] = tutelage._canonical.file_hash(path)
    manifest.write_text(json.dumps(listed))
    with pytest.raises(ModelFileError, match=r"the network must be one of .*, got 'other'"):
        tutelage.load(tmp_path / "model")


def test_a_student_of_classes_takes_no_choices(taught):
    with pytest.raises(DataError, match="knows 2 classes, and inputs must come without choices"):
        taught[2].predict(QUESTIONS)
