"""Shapes that a teacher states: what it is told, how answers are read, what several say."""

import json

import pandas as pd
import pytest

from tutelage import FeaturePrior, ScriptedClient, TaughtClassifier, Teacher
from tutelage.errors import BadAnswer, CardError, TeacherSetupError, TutelageWarning
from tutelage.lessons import load_lessons, save_lessons, with_shapes
from tutelage.students.shape_columns import add_shape_columns
from tutelage.teacher.task_card import Column, TaskCard

CARD = TaskCard(
    "Predict who is ill.",
    ["well", "ill"],
    [Column("sugar", "blood sugar", "mg/dl"), Column("age"), Column("job", categories=["clerk"])],
)
HIGH = {"kind": "above", "columns": ["sugar"], "at": [140], "score": 8}
BOTH = {"kind": "product", "columns": ["sugar", "age"], "at": [100, 50], "score": -3}


def says(*shapes):
    return lambda messages: {"shapes": list(shapes)}


def test_a_teacher_states_shapes_of_the_last_class_with_their_provenance():
    high, both = Teacher(says(HIGH, BOTH)).feature_shapes(CARD)
    assert (high.name, high.label, high.score) == ("sugar above 140", "ill", 0.8)
    assert (both.columns, both.at, both.score) == (("sugar", "age"), (100.0, 50.0), -0.3)
    assert high.provenance.prompt == "feature_shapes/v1"
    assert high.provenance.n_calls == 1


def test_nothing_is_sent_but_the_card_and_no_column_with_categories():
    client = ScriptedClient(lambda question: {"shapes": []})
    assert Teacher(client).feature_shapes(CARD, most=2) == ()
    [question] = client.questions
    told = "\n".join(message.content for message in question.messages)
    assert '"sugar" [mg/dl]: blood sugar' in told
    assert "State at most 2" in told
    assert "job" not in told
    assert "clerk" not in told


def test_with_three_classes_each_is_asked_about():
    client = ScriptedClient(lambda question: {"shapes": [HIGH]})
    shapes = Teacher(client).feature_shapes("Predict it.", ["sugar"], ["a", "b", "c"])
    assert [shape.label for shape in shapes] == ["a", "b", "c"]
    assert sorted(question.about for question in client.questions) == ["a", "b", "c"]


def test_an_answer_with_problems_is_asked_again_with_all_of_them():
    bad = [
        {**HIGH, "kind": "__import__"},
        {**HIGH, "columns": ["suger"]},
        {**HIGH, "at": [], "score": 11},
        {**HIGH, "columns": "sugar"},
        {**HIGH, "score": 0},
        HIGH,
        HIGH,
        "sugar above 140",
    ]
    answers = iter([{"shapes": bad}, {"shapes": [HIGH]}])
    client = ScriptedClient(lambda question: next(answers))
    [high] = Teacher(client).feature_shapes(CARD)
    assert high.score == 0.8
    complaint = client.questions[1].messages[-1].content
    for problem in (
        "shape 1: kind must be one of above, below, product, got '__import__'",
        "shape 2: \"suger\" is no column of numbers (did you mean 'sugar'?)",
        "shape 3: at must hold 1 number, got ()",
        "shape 3: score must be a number in [-1, 1], got 1.1",
        "shape 4: columns must be a list of texts, got 'sugar'",
        "shape 5: a score of 0 says nothing: leave the shape out",
        "shape 7: 'sugar above 140' is stated twice",
        'shape 8: "sugar above 140" is no shape',
    ):
        assert f"- {problem}" in complaint


def test_an_answer_that_stays_unusable_is_an_error_or_kept_in_part():
    with pytest.raises(BadAnswer, match=r"feature_shapes/v1 .*\n.*holds no JSON object"):
        Teacher(lambda messages: "sugar, above all").feature_shapes(CARD)
    half = Teacher(says(HIGH, {**BOTH, "columns": ["sugar", "job"]}))
    with pytest.warns(TutelageWarning, match='shape 2: "job" is no column of numbers'):
        [high] = half.feature_shapes(CARD, missing="allow")
    assert high.name == "sugar above 140"


def test_more_shapes_than_asked_for_are_a_problem():
    with pytest.raises(BadAnswer, match="at most 1 shapes are asked for, got 2"):
        Teacher(says(HIGH, BOTH)).feature_shapes(CARD, most=1)


def test_what_several_teachers_say_is_averaged_and_silence_counts_as_nothing():
    against = {**BOTH, "score": 3}
    one, other = Teacher(says(HIGH, BOTH), name="one"), Teacher(says(against), name="other")
    [high] = Teacher([one, other]).feature_shapes(CARD)
    assert high.score == pytest.approx(0.4)
    assert high.provenance.n_calls == 2


def test_a_plan_says_how_many_calls_and_sends_nothing():
    client = ScriptedClient([])
    plan = Teacher(client).plan_feature_shapes(CARD)
    assert plan.n_calls == 1
    assert client.questions == []


def test_personal_data_in_a_name_is_hidden_and_the_shape_has_the_name_of_the_table():
    name = "mail to jane@example.com"
    seen = []

    def answer(messages):
        seen.append(messages[-1]["content"])
        hidden = next(line for line in seen[-1].splitlines() if line.startswith('- "mail'))
        return {"shapes": [{**HIGH, "columns": [json.loads(hidden[2:])]}]}

    [shape] = Teacher(answer, scrub=True).feature_shapes("Predict it.", [name], ["no", "yes"])
    assert "jane@example.com" not in seen[0]
    assert shape.columns == (name,)


@pytest.mark.parametrize("wrong", [{"most": 0}, {"missing": "perhaps"}, {"prompt": "shapes/v9"}])
def test_an_argument_that_cannot_be_used_is_an_error(wrong):
    with pytest.raises(TeacherSetupError):
        Teacher(says(HIGH)).feature_shapes(CARD, **wrong)


def test_a_card_without_numbers_is_an_error():
    with pytest.raises(CardError, match="every column of the card has categories"):
        Teacher(says(HIGH)).feature_shapes(
            "Predict it.", [Column("job", categories=["clerk"])], ["no", "yes"]
        )


def test_stated_shapes_go_through_a_file_into_a_student(tmp_path):
    stated = Teacher(says(HIGH)).feature_shapes(CARD)
    shapes = load_lessons(save_lessons(stated, tmp_path / "shapes.jsonl"))
    assert shapes == stated
    frame = pd.DataFrame({"sugar": [90.0, 130, 150, 180], "age": [40, 60, 50, 45]})
    prior = FeaturePrior.from_scores({"ill": {"sugar": 1}}, classes=["well", "ill"])
    shaped = add_shape_columns(frame, shapes)
    model = TaughtClassifier(with_shapes(prior, shapes)).fit(shaped, ["well", "well", "ill", "ill"])
    assert model.explain(shaped.iloc[[3]]).top(1)[0][0] == "sugar above 140"
