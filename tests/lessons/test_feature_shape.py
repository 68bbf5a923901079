"""Shapes: a closed list, read with every problem at once, kept as a file, worked out as columns."""

import numpy as np
import pandas as pd
import pytest

from tutelage import FeaturePrior, TaughtClassifier
from tutelage.errors import DataError, InputError, LessonFileError
from tutelage.lessons import FeatureShape, Provenance, load_lessons, save_lessons, with_shapes
from tutelage.students.shape_columns import add_shape_columns

HIGH = FeatureShape("above", ("sugar",), (140.0,), "ill", 0.8)
LOW = FeatureShape("below", ("sugar",), (60.0,), "ill", 0.4)
BOTH = FeatureShape("product", ("sugar", "age"), (100.0, 50.0), "ill", -0.3)
PRIOR = FeaturePrior.from_scores({"ill": {"sugar": 2, "age": 1}}, classes=["well", "ill"])


def test_shapes_survive_a_file(tmp_path):
    shapes = (HIGH, LOW, FeatureShape("product", ("a", "b"), (0, 1), "ill", 1, Provenance("me")))
    path = save_lessons(shapes, tmp_path / "shapes.jsonl")
    assert load_lessons(path) == shapes
    assert '"score": 8.0' in path.read_text()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"kind": "__import__"', "kind must be one of above, below, product, got '__import__'"),
        ('"kind": "product"', "'product' takes 2 columns that differ, got ['sugar']"),
        ('"at": ["140"]', "at must be a list of numbers, got ['140']"),
        ('"at": []', "at must hold 1 number, got ()"),
        ('"at": [NaN]', "at must be a list of numbers, got [nan]"),
        ('"score": true', "score must be a number in [-10, 10], got True"),
        ('"score": 11', "score must be a number in [-1, 1], got 1.1"),
        ('"columns": "sugar"', "columns must be a list of texts, got 'sugar'"),
        ('"label": null', "label must be a text, got None"),
    ],
)
def test_what_is_no_shape_is_refused_by_line(tmp_path, line, problem):
    path = save_lessons([HIGH], tmp_path / "shapes.jsonl")
    header, good = path.read_text().splitlines()
    path.write_text("\n".join([header, good[:-1] + f", {line}}}"]))
    with pytest.raises(LessonFileError) as caught:
        load_lessons(path)
    assert any(told.startswith(f"line 2: {problem}") for told in caught.value.problems)


def test_a_shape_is_worked_out_row_by_row():
    frame = pd.DataFrame({"sugar": [40.0, 100, 150, np.nan], "age": [50, 60, 40, 50]})
    found = add_shape_columns(frame, [HIGH, LOW, BOTH])
    assert list(found) == ["sugar", "age", HIGH.name, LOW.name, BOTH.name]
    assert found[HIGH.name].tolist()[:3] == [0, 0, 10]
    assert found[LOW.name].tolist()[:3] == [20, 0, 0]
    assert found[BOTH.name].tolist()[:3] == [0, 0, -500]
    assert found.iloc[3, 2:].isna().all()


def test_huge_numbers_make_no_infinity():
    frame = pd.DataFrame({"sugar": [1e300, -1e300], "age": [1e300, 1e300]})
    assert np.isfinite(add_shape_columns(frame, [BOTH]).to_numpy()).all()


def test_a_shape_of_another_table_is_refused_with_every_problem():
    frame = pd.DataFrame({"sugar": ["high"], HIGH.name: [1]})
    with pytest.raises(DataError) as caught:
        add_shape_columns(frame, [HIGH, BOTH])
    assert caught.value.problems == [
        "the table has no column 'age'",
        f"column 'sugar' must hold numbers, got {frame['sugar'].dtype}",
        "the table has a column 'sugar above 140' already",
    ]


def test_a_shape_of_an_unknown_class_or_twice_is_refused():
    with pytest.raises(InputError, match="speaks for 'sick', which is none of"):
        with_shapes(PRIOR, [FeatureShape("above", ("sugar",), (1,), "sick", 0.1)])
    with pytest.raises(InputError, match="'sugar above 140' is scored twice for 'ill'"):
        with_shapes(PRIOR, [HIGH, HIGH])


@pytest.mark.parametrize("student", ["linear", "trees"])
def test_a_product_that_a_teacher_stated_is_learned_from_few_rows(student):
    gains = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(
            {"sugar": 100 + rng.normal(size=520), "age": 50 + rng.normal(size=520)}
        )
        product = (frame["sugar"] - 100) * (frame["age"] - 50)
        labels = np.where(product + 0.3 * rng.normal(size=520) < 0, "ill", "well")
        shaped = add_shape_columns(frame, [BOTH])
        plain = TaughtClassifier(PRIOR, student=student).fit(frame[:20], labels[:20])
        taught = TaughtClassifier(with_shapes(PRIOR, [BOTH]), student=student)
        taught.fit(shaped[:20], labels[:20])
        assert BOTH.name in taught.explain(shaped.iloc[[30]]).units
        gains.append(taught.score(shaped[20:], labels[20:]) - plain.score(frame[20:], labels[20:]))
    assert np.mean(gains) > 0.15
