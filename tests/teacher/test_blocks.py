"""Wide tables: blocks that share columns, and scores brought to one scale."""

import json
import warnings

import numpy as np
import pytest

from tutelage import ScriptedClient, Teacher
from tutelage.teacher.blocks import blocks_of, scale_factors
from tutelage.teacher.task_card import Column

N_COLUMNS = 400
EFFECTS = np.random.default_rng(0).normal(size=N_COLUMNS) / 4
NAMES = [f"gene {n}" for n in range(N_COLUMNS)]
TASK = ("Predict who is ill.", NAMES, ["no", "yes"])


def drifting(drifts):
    """Return a teacher whose scale differs from block to block, in the order they are asked."""
    seen = []

    def answer(question):
        columns = list(json.loads(question.schema)["properties"])
        if columns not in seen:
            seen.append(columns)
        drift = drifts[seen.index(columns)]
        return {name: 10 * drift * EFFECTS[NAMES.index(name)] for name in columns}

    return Teacher(ScriptedClient(answer), workers=1)


def said_by(teacher):
    prior = teacher.feature_prior(*TASK, repeats=1)
    return prior, np.array([prior.score("yes", name).mean for name in NAMES])


def test_a_scale_that_drifts_between_blocks_is_mended():
    prior, scores = said_by(drifting([1.0, 0.5, 0.25]))
    ratios = scores / EFFECTS
    assert ratios == pytest.approx(np.full(N_COLUMNS, ratios[0]))
    assert "asked about in 3 blocks" in prior.provenance.notes
    assert np.abs(scores).max() <= 1


def test_a_scale_that_does_not_drift_is_left_alone():
    _, scores = said_by(drifting([1.0, 1.0, 1.0]))
    assert scores == pytest.approx(EFFECTS)


def test_columns_come_in_the_order_of_the_card_and_anchors_keep_every_answer():
    prior, _ = said_by(drifting([1.0, 1.0, 1.0]))
    assert prior.columns == tuple(NAMES)
    counts = {len(entry.answers) for entry in prior.scores}
    assert counts == {1, 3}
    assert sum(len(entry.answers) == 3 for entry in prior.scores) == 20


def test_a_block_without_a_readable_answer_stays_unscored_and_mends_nothing():
    def answer(question):
        columns = list(json.loads(question.schema)["properties"])
        return dict.fromkeys(columns, 5) if "gene 1" in columns else "no idea"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        teacher = Teacher(ScriptedClient(answer), attempts=1)
        prior = teacher.feature_prior(*TASK, repeats=1, missing="allow")
    assert prior.score("yes", "gene 1").answers == (0.5,)
    assert prior.score("yes", "gene 399").answers == ()


@pytest.mark.parametrize(
    ("answers", "factors"),
    [
        ([{"a": 0.0}, {"a": 0.0}], [1, 1]),
        ([{"a": 1.0}, {"b": 1.0}], [1, 1]),
        ([{"a": 3.0, "b": 1.0}, {"a": -1.0, "b": 0.0}], [7 / 20, 1]),
        ([{"a": 10.0}, {"a": 0.1}], [0.505, 4]),
    ],
    ids=["anchors of 0", "no anchors", "turned signs", "beyond belief"],
)
def test_factors_stay_within_reason(answers, factors):
    assert scale_factors(answers) == pytest.approx(factors)


def test_a_table_of_one_block_has_no_anchors_and_keeps_its_order():
    columns = [Column(f"x{n}") for n in range(200)]
    assert blocks_of(columns) == [columns]


def test_a_table_of_categories_alone_has_blocks_without_anchors():
    columns = [Column(f"x{n}", categories=[str(k) for k in range(50)]) for n in range(6)]
    assert [len(block) for block in blocks_of(columns)] == [4, 2]
    huge = [Column("h", categories=[str(k) for k in range(300)]), Column("a")]
    assert [[c.name for c in block] for block in blocks_of(huge)] == [["h", "a"]]
