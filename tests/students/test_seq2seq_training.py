"""Training on labels and reasons: masks, draws, early stopping, collapse, and being interrupted."""

import math

import numpy as np
import pytest
import torch
from tests.students.tiny_writers import lessons_about_parcels, student

from tutelage.errors import InputError, TutelageWarning
from tutelage.students.seq2seq_checkpoint import FILE

pytestmark = pytest.mark.filterwarnings("ignore:the student collapsed")


def weights_of(model):
    return model.body_.scribe.network.model.state_dict()


def are_equal(one, other):
    first, second = weights_of(one), weights_of(other)
    return all(torch.equal(first[name], second[name]) for name in first)


class Stopped(Exception):
    pass


def stop_at(last):
    def progress(step, n_steps, parts):
        if step == last:
            raise Stopped

    return progress


def test_reasons_that_are_missing_change_nothing_for_the_student_of_labels():
    texts, with_reasons = lessons_about_parcels()
    _, without = lessons_about_parcels(with_reason=lambda row: False)
    one = student(explain_weight=0, dropout=0.1).fit(texts, with_reasons)
    with pytest.warns(TutelageWarning, match="none of the 16 lessons has a reason"):
        other = student(explain_weight=0.5, dropout=0.1).fit(texts, without)
    assert are_equal(one, other)
    assert all(math.isnan(parts.rationales) for parts in other.history_[0].steps)


@pytest.mark.parametrize("mode", ["multi_task", "single_sequence"])
def test_a_reason_changes_the_student_and_its_loss_falls(mode):
    texts, lessons = lessons_about_parcels(with_reason=lambda row: row % 2 == 0)
    plain = student(mode=mode, explain_weight=0, steps=20).fit(texts, lessons)
    taught = student(mode=mode, explain_weight=1.0, steps=20).fit(texts, lessons)
    assert not are_equal(plain, taught)
    seen = [x.rationales for x in taught.history_[0].steps if not math.isnan(x.rationales)]
    assert seen[-1] < seen[0]


def test_the_first_label_loss_does_not_depend_on_which_reasons_are_there():
    texts, every = lessons_about_parcels()
    _, some = lessons_about_parcels(with_reason=lambda row: row == 0)
    first = [student(steps=1).fit(texts, one).history_[0].steps[0] for one in (every, some)]
    assert first[0].labels == first[1].labels


def test_of_several_reasons_one_is_drawn_each_time():
    texts, lessons = lessons_about_parcels(k=3)
    model = student("bert", steps=1).fit(texts, lessons)
    _, single = lessons_about_parcels(k=1)
    other = student("bert", steps=1).fit(texts, single)
    assert model.history_[0].steps[0].labels == other.history_[0].steps[0].labels
    assert model.history_[0].steps[0].rationales != other.history_[0].steps[0].rationales


@pytest.mark.parametrize("mode", ["multi_task", "single_sequence"])
def test_gradients_add_up_over_passes(mode):
    texts, lessons = lessons_about_parcels(with_reason=lambda row: row % 3 == 0)
    whole = student(mode=mode, steps=2).fit(texts, lessons)
    parts = student(mode=mode, steps=2, rows_per_pass=3).fit(texts, lessons)
    for one, other in zip(whole.history_[0].steps, parts.history_[0].steps, strict=True):
        assert one.labels == pytest.approx(other.labels, rel=1e-3)
        assert one.rationales == pytest.approx(other.rationales, rel=1e-3)


def test_a_decaying_weight_ends_without_reasons():
    texts, lessons = lessons_about_parcels()
    model = student(schedule="decay").fit(texts, lessons)
    seen = [math.isnan(parts.rationales) for parts in model.history_[0].steps]
    assert seen == [False, False, False, True]


def test_alignment_brings_the_states_of_the_two_tasks_together():
    texts, lessons = lessons_about_parcels()
    model = student("bert", task_alignment=5.0, steps=12).fit(texts, lessons)
    seen = [parts.distances for parts in model.history_[0].steps]
    assert seen[-1] < seen[0]
    plain = student("bert", steps=12).fit(texts, lessons)
    assert math.isnan(plain.history_[0].steps[0].distances)


def test_rare_tokens_count_more_only_when_asked():
    texts, lessons = lessons_about_parcels()
    uniform = student(steps=1).fit(texts, lessons).history_[0].steps[0]
    rarity = student(steps=1, token_weights="rarity").fit(texts, lessons).history_[0].steps[0]
    assert uniform.labels == rarity.labels
    assert uniform.rationales != rarity.rationales


def test_early_stopping_keeps_the_weights_that_were_best_on_validation():
    texts, lessons = lessons_about_parcels()
    held = texts, [lesson.label for lesson in lessons[::-1]]  # wrong: what is learned hurts here
    model = student("t5", steps=50, patience=2, learning_rate=3e-2, explain_weight=0)
    model.fit(texts, lessons, validation=held)
    attempt = model.history_[0]
    assert len(attempt.steps) < 50
    assert attempt.held_out[-3] == min(attempt.held_out)
    scores = model.body_.scores(model._asked(held[0]))
    codes = [list(model.classes_).index(label) for label in held[1]]
    chance = [row - np.logaddexp.reduce(row) for row in scores]
    loss = -np.mean([row[code] for row, code in zip(chance, codes, strict=True)])
    assert loss == pytest.approx(min(attempt.held_out), rel=1e-4)


def test_without_validation_no_step_is_left_out():
    texts, lessons = lessons_about_parcels()
    attempt = student(steps=12, patience=1).fit(texts, lessons).history_[0]
    assert (len(attempt.steps), attempt.held_out) == (12, ())


def test_a_collapsed_student_is_trained_once_more_from_another_seed():
    texts, lessons = lessons_about_parcels()
    tried = student(steps=1, learning_rate=1e-9, restart=True)
    with pytest.warns(TutelageWarning, match=r"collapsed: it gives 100% .* after 2 attempt"):
        tried.fit(texts, lessons)
    assert [attempt.collapsed for attempt in tried.history_] == [True, True]
    assert tried.history_[0].seed != tried.history_[1].seed


def test_one_answer_is_no_collapse_where_the_labels_are_nearly_one():
    texts = ["post 0", *(f"bill {n}" for n in range(30))]
    labels = ["delivery", *["payment"] * 30]
    model = student(steps=1, learning_rate=1e-9, explain_weight=0).fit(texts, None, labels)
    assert model.history_[0].top_share == 1.0
    assert not model.history_[0].collapsed


@pytest.mark.parametrize("last", [2, 5])
def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, last):
    texts, lessons = lessons_about_parcels(k=2)
    more = {"steps": 9, "dropout": 0.2, "checkpoint_every": 2}
    whole = student("t5", **more).fit(texts, lessons, validation=0.2)
    with pytest.raises(Stopped):
        student("t5", checkpoints=tmp_path, progress=stop_at(last), **more).fit(
            texts, lessons, validation=0.2
        )
    assert (tmp_path / FILE).is_file()
    seen = []
    again = student("t5", checkpoints=tmp_path, progress=lambda *x: seen.append(x[0]), **more)
    again.fit(texts, lessons, validation=0.2)
    assert seen[0] == last - last % 2 + 1  # it went on, and did not begin anew
    assert are_equal(whole, again)
    assert repr(whole.history_) == repr(again.history_)
    assert not (tmp_path / FILE).exists()


def test_a_second_attempt_can_be_interrupted_too(tmp_path):
    texts, lessons = lessons_about_parcels()
    more = {"steps": 2, "learning_rate": 1e-9, "restart": True, "checkpoint_every": 1}
    whole = student(**more).fit(texts, lessons)
    calls = []

    def progress(step, n_steps, parts):
        calls.append(step)
        if len(calls) == 3:
            raise Stopped

    with pytest.raises(Stopped):
        student(checkpoints=tmp_path, progress=progress, **more).fit(texts, lessons)
    again = student(checkpoints=tmp_path, **more).fit(texts, lessons)
    assert are_equal(whole, again)
    assert repr(whole.history_) == repr(again.history_)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    texts, lessons = lessons_about_parcels()
    with pytest.raises(Stopped):
        student(checkpoints=tmp_path, checkpoint_every=1, progress=stop_at(2)).fit(texts, lessons)
    with pytest.raises(InputError, match="belongs to another training"):
        student(checkpoints=tmp_path).fit(texts[1:], lessons[1:])


def test_a_damaged_checkpoint_is_refused(tmp_path):
    texts, lessons = lessons_about_parcels()
    (tmp_path / FILE).write_bytes(b"not a file of tensors")
    with pytest.raises(InputError, match=r"cannot be read: .* Delete it to train from the start"):
        student(checkpoints=tmp_path).fit(texts, lessons)


def test_a_loss_that_is_not_finite_stops_the_training():
    texts, lessons = lessons_about_parcels()
    with pytest.raises(ArithmeticError, match=r"the loss must stay finite, got .* learning_rate"):
        student(steps=30, learning_rate=1e30, weight_decay=1e30).fit(texts, lessons)


def test_reduced_precision_trains_too():
    texts, lessons = lessons_about_parcels()
    steps = student(steps=6, precision="bfloat16").fit(texts, lessons).history_[0].steps
    assert steps[-1].labels < steps[0].labels


def test_the_seed_of_torch_is_left_alone():
    texts, lessons = lessons_about_parcels()
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    student(steps=1).fit(texts, lessons)
    assert torch.equal(torch.rand(1), wanted)
