"""What a student of labels and reasons cannot learn from, and what it says then."""

import numpy as np
import pandas as pd
import pytest
from tests.students.tiny_encoders import tiny_encoder
from tests.students.tiny_writers import lessons_about_parcels, letters, student, tiny_writer

import tutelage
from tutelage import Rationale, RationaleStudent
from tutelage.errors import DataError, InputError, PriorMismatch, TutelageWarning
from tutelage.students.rationale_data import learnable
from tutelage.students.rationale_words import Scribe, words_for
from tutelage.students.seq2seq_build import build_text_to_text

pytestmark = pytest.mark.filterwarnings("ignore:the student collapsed")
TEXTS, LESSONS = lessons_about_parcels()
LABELS = [lesson.label for lesson in LESSONS]


def with_model(model, **more):
    return RationaleStudent(**{**student(**more).get_params(), "model": model})


def test_without_any_label_there_is_nothing_to_learn():
    silent = [Rationale.of(text, None) for text in TEXTS]
    with pytest.raises(DataError, match="at least one of the 16 inputs must have a label, got non"):
        student().fit(TEXTS, silent)


def test_one_class_is_not_enough():
    with pytest.raises(DataError, match=r"at least 2 classes, got one: \['payment'\]"):
        student().fit(TEXTS[:4], LESSONS[:4])


def test_one_class_among_more_that_are_named_is_not_enough():
    with pytest.raises(DataError, match=r"at least 2 classes to learn from, got only \['payment'"):
        student(classes=["payment", "delivery"]).fit(TEXTS[:4], LESSONS[:4])


def test_empty_texts_are_refused_with_their_place():
    with pytest.raises(DataError, match=r"inputs must hold words; 1 of 17 are empty, .* place 16"):
        student().fit([*TEXTS, "  "], [*LESSONS, None])


def test_an_empty_text_can_be_predicted():
    model = student().fit(TEXTS, LESSONS)
    assert model.predict_proba([""]).sum() == pytest.approx(1.0)


def test_no_text_gives_no_prediction():
    model = student().fit(TEXTS, LESSONS)
    assert model.predict([]).shape == (0,)
    assert model.explain([]) == []
    with pytest.raises(DataError, match="inputs must hold at least one input, got none"):
        student().fit([], [])


@pytest.mark.parametrize("kind", ["bart", "bert", "gpt2"])
def test_texts_longer_than_the_model_are_cut_with_a_warning(kind):
    long = ["bill " * 200, *TEXTS[1:]]
    lessons = [Rationale.of(long[0], "payment"), *LESSONS[1:]]
    with pytest.warns(TutelageWarning, match=r"1 of 16 texts have more than \d+ tokens"):
        model = student(kind).fit(long, lessons)
    with pytest.warns(TutelageWarning, match="texts have more than"):
        model.explain(long[0])


def test_labels_outside_the_classes_count_as_missing():
    odd = [Rationale.of(TEXTS[0], "weather", "It rains."), *LESSONS[1:]]
    given = student(classes=["payment", "delivery"])
    with pytest.warns(TutelageWarning, match=r"1 of 16 labels are none of the classes .*'weather'"):
        found = learnable(TEXTS, odd, None, None, given.get_params())
    assert TEXTS[0] not in found.examples.texts


def test_choices_that_were_not_offered_count_as_missing():
    asked = [("Where?", ["sea", "sky"])] * 4
    lessons = [
        Rationale.of(one, x) for one, x in zip(asked, ["sea", "sky", "hill", "sea"], strict=True)
    ]
    with pytest.warns(TutelageWarning, match=r"1 of 4 labels are none of the choices .*'hill'"):
        student(explain_weight=0).fit(asked, lessons)


def test_a_teacher_that_never_explains_is_reported_and_its_labels_are_learned():
    silent = [lesson.without_rationale() for lesson in LESSONS]
    with pytest.warns(TutelageWarning, match="none of the 16 lessons has a reason"):
        model = student().fit(TEXTS, silent)
    assert model.predict(TEXTS).shape == (16,)


def test_classes_that_share_their_first_tokens_are_told_apart():
    names = {"payment": "is b", "delivery": "is a"}
    lessons = [Rationale.of(lesson.text, names[lesson.label]) for lesson in LESSONS]
    model = student("t5", steps=90, explain_weight=0).fit(TEXTS, lessons)
    assert model.score(TEXTS, [lesson.label for lesson in lessons]) >= 0.9


def test_classes_that_the_tokenizer_cannot_write_become_letters():
    names = {"payment": "支払い", "delivery": "配達"}
    lessons = [Rationale.of(lesson.text, names[lesson.label]) for lesson in LESSONS]
    with pytest.warns(TutelageWarning, match="cannot write 2 of 2 classes"):
        model = student(explain_weight=0).fit(TEXTS, lessons)
    assert model.body_.words == ("class a", "class b")
    assert set(model.predict(TEXTS)) <= set(names.values())


def test_classes_beyond_ascii_are_the_same_after_saving(tmp_path):
    names = {"payment": "支払い", "delivery": "Zustellung – ünpünktlich"}
    lessons = [Rationale.of(lesson.text, names[lesson.label]) for lesson in LESSONS]
    with pytest.warns(TutelageWarning, match="cannot write 2 of 2 classes"):
        model = student(explain_weight=0).fit(TEXTS, lessons)
    again = tutelage.load(model.save(tmp_path / "model"))
    assert again.classes_.tolist() == sorted(names.values())
    assert (again.predict(TEXTS) == model.predict(TEXTS)).all()


def test_classes_beyond_ascii_that_a_tokenizer_knows_are_written_as_they_are():
    scribe = Scribe(build_text_to_text("minilm", decoder_layers=1), False, 64, 16)
    names = ("Überweisung", "доставка", "日本")
    assert words_for(scribe, names) == names
    with pytest.warns(TutelageWarning, match=r"not tell them from another \(\['cafe', 'café'\]"):
        assert words_for(scribe, ["café", "cafe"]) == ("class a", "class b")


def test_classes_that_the_tokenizer_folds_into_one_become_letters():
    lessons = [Rationale.of(x.text, {"payment": "US", "delivery": "us"}[x.label]) for x in LESSONS]
    encoder = tiny_encoder("bert")  # lower case only
    with pytest.warns(TutelageWarning, match=r"not tell them from another \(\['US', 'us'\]"):
        model = with_model(encoder, explain_weight=0).fit(TEXTS, lessons)
    assert model.classes_.tolist() == ["US", "us"]


def test_a_decoder_needs_no_pad_token():
    model, tokenizer = tiny_writer("gpt2")
    assert tokenizer.pad_token is None
    fitted = with_model((model, tokenizer)).fit(TEXTS, LESSONS)
    together = fitted.predict_proba(TEXTS)
    alone = np.concatenate([fitted.predict_proba([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_tokenizer_without_an_end_is_refused():
    model, tokenizer = tiny_writer("gpt2")
    tokenizer.eos_token = None
    model.config.eos_token_id = None
    with pytest.raises(InputError, match="must have a token that ends a text"):
        with_model((model, tokenizer)).fit(TEXTS, LESSONS)


def test_an_encoder_that_cannot_write_is_refused():
    with pytest.raises(InputError, match="got a 'distilbert', which only reads"):
        with_model(tiny_encoder("distilbert")).fit(TEXTS, LESSONS)


def test_more_writing_layers_than_the_encoder_has_are_refused():
    with pytest.raises(InputError, match=r"decoder_layers must be at most 1, .* got 3"):
        student("bert", decoder_layers=3).fit(TEXTS, LESSONS)


@pytest.mark.parametrize("model", ["google/t5-v1_1-small", 7, ("a", "b")])
def test_a_model_that_is_not_here_is_refused(model):
    with pytest.raises(InputError, match="model must be"):
        with_model(model).fit(TEXTS, LESSONS)


def test_lessons_of_other_inputs_are_refused():
    with pytest.raises(PriorMismatch, match="none of the 1 lessons belongs to one of the 16 inp"):
        student().fit(TEXTS, [Rationale.of("Another text.", "payment")])


def test_lessons_that_belong_to_no_input_are_reported():
    strange = [*LESSONS, Rationale.of("Another text.", "payment")]
    with pytest.warns(TutelageWarning, match="1 of 17 lessons belong to no input"):
        student().fit(TEXTS, strange)


@pytest.mark.parametrize(
    ("lessons", "said"),
    [
        (LESSONS[0], "must be a list of Rationale, got one"),
        (["payment"] * 16, "must be Rationale or None; 16 of 16 are not, the first is a str"),
    ],
)
def test_lessons_of_another_kind_are_refused(lessons, said):
    with pytest.raises(DataError, match=said):
        student().fit(TEXTS, lessons)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("one text", r"inputs must be a list, got one input: 'one text'"),
        ([*TEXTS[:15], 3.5], r"input 15: an input must be a text"),
        (pd.DataFrame({"a": TEXTS}), r"inputs must be one column or a list, got the shape \(16, 1"),
        ([("Where?", ["sea"]), *TEXTS[1:]], r"1 of 16 with choices"),
    ],
)
def test_inputs_of_another_kind_are_refused(inputs, said):
    with pytest.raises(DataError, match=said):
        student().fit(inputs, LESSONS if len(inputs) != 16 else None, LABELS)


@pytest.mark.parametrize(
    ("labels", "said"),
    [(LABELS[:3], "one label per input, got 3 for 16 inputs"), ("payment", "must be a list")],
)
def test_labels_of_another_number_are_refused(labels, said):
    with pytest.raises(DataError, match=said):
        student().fit(TEXTS, LESSONS, labels)


@pytest.mark.parametrize(
    ("validation", "said"),
    [
        (1.5, r"validation must be None, a share in \(0, 1\), or a pair"),
        (0.99, "leaves no label to train on"),
        ((["a text"], ["payment", "delivery"]), "one label per input, got 2 for 1"),
        ((["a text"], [None]), "validation must hold at least one label of the training's"),
    ],
)
def test_validation_that_cannot_be_used_is_refused(validation, said):
    with pytest.raises(DataError, match=said):
        student().fit(TEXTS, LESSONS, validation=validation)


def test_all_parameters_that_are_wrong_are_named_at_once():
    bad = RationaleStudent(
        mode="both", explain_weight=-1, steps=0, classes=["a"], batch_size=1.5, restart="yes",
        warm_up=1, learning_rate=0, progress=3,
    )  # fmt: skip
    with pytest.raises(InputError) as found:
        bad.fit(TEXTS, LESSONS)
    for name in ("mode", "explain_weight", "steps", "classes", "batch_size", "restart", "warm_up"):
        assert any(said.startswith(f"{name} must") for said in found.value.problems)


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ("payment", "classes must be None or a list of labels, got 'payment'"),
        (5, "classes must be None or a list of labels, got 5"),
        (["payment", " "], "classes must be labels with words in them, got ' '"),
    ],
)
def test_classes_must_be_a_list_of_names(classes, said):
    with pytest.raises(InputError, match=said):
        student(classes=classes).fit(TEXTS, LESSONS)


def test_tied_tasks_need_two_tasks():
    with pytest.raises(InputError, match=r"must be 0 when mode is 'single_sequence', got 0.1"):
        student(mode="single_sequence", task_alignment=0.1).fit(TEXTS, LESSONS)


def test_answers_to_choose_from_must_be_two_that_can_be_told_apart():
    for own in (["sea"], ["sea", "sea"]):
        asked = [("Where?", own)] * 4
        lessons = [Rationale.of(one, "sea") for one in asked]
        with pytest.raises(DataError, match="input 0 needs at least 2 different choices"):
            student(explain_weight=0).fit(asked, lessons)


def test_the_tokenizer_of_the_tests_writes_letters():
    assert letters().decode(letters()("a b", add_special_tokens=False)["input_ids"]) == "a b"
