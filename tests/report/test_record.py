"""The record: built from values, checked, written whole, read back the same."""

import errno
import json
import math
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import InputError, OutputError
from tutelage.explanation import Explanation
from tutelage.lessons import FeaturePrior
from tutelage.report import AuditRecord, build_record, write_report
from tutelage.report.facts import PriorEntry, UnitFacts
from tutelage.report.plain_form import from_plain, to_plain

DATA = {"target": "ill", "n_rows": 40, "n_labelled": 12}


@pytest.mark.parametrize("which", ["record", "hostile_record", "empty_record"])
def test_a_record_comes_back_from_its_file_as_it_was(which, request, tmp_path):
    record = request.getfixturevalue(which)
    again = AuditRecord.load(record.save(tmp_path / "record.json"))
    assert again.to_dict() == record.to_dict()
    assert again.headline == record.headline
    assert again.data == record.data
    assert again.verdicts == record.verdicts


def test_the_file_is_json_that_any_reader_takes(record, tmp_path):
    text = record.save(tmp_path / "record.json").read_text(encoding="utf-8")

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    values = json.loads(text, parse_constant=refuse)
    assert values["format"] == "tutelage-audit-record"
    assert values["schema_version"] == 1
    assert values["prior"][-1]["mean"] is None  # a score that was not given


def test_the_headline_is_the_paired_comparison_over_all_numbers_of_labels(record):
    assert record.headline == record.verdicts[0].sentence()
    assert (record.verdicts[0].first, record.verdicts[0].second) == ("with prior", "no prior")
    assert record.verdicts[0].shots is None
    assert record.headline.startswith("The prior ")


def test_the_headline_of_no_comparison_claims_nothing(empty_record):
    assert "claims nothing about whether it helped" in empty_record.headline
    assert empty_record.by_labels == ""


def test_every_other_model_is_compared_with_the_taught_one(record):
    seconds = {verdict.second for verdict in record.verdicts}
    assert seconds == {"no prior", "teacher alone", "age"}
    assert {verdict.first for verdict in record.verdicts} == {"with prior"}


def test_the_sentence_by_labels_names_each_number_once(record):
    shots = [v.shots for v in record.verdicts if v.second == "no prior" and v.shots]
    assert shots == [2, 10]
    assert record.by_labels.startswith("By labels per class, it ")
    assert all(f" {k}" in record.by_labels for k in shots)


def test_a_prior_is_kept_with_mean_spread_and_answers():
    prior = FeaturePrior.from_scores({"yes": {"age": [3, 5], "job": {"clerk": -2}}})
    age, clerk = build_record(title="", data=DATA, prior=prior).prior
    assert (age.mean, age.answers) == (0.4, (0.3, 0.5))
    assert age.spread == pytest.approx(0.1 * math.sqrt(2))
    assert (clerk.name, clerk.answers) == ("job = clerk", (-0.2,))
    assert math.isnan(clerk.spread)


def test_versions_and_time_are_filled_in():
    record = build_record(title="", data=DATA)
    assert {"python", "tutelage", "numpy", "scikit-learn"} <= set(record.versions)
    assert record.created.endswith("+00:00")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"data": {"target": "ill", "n_rows": 4}}, "data.n_labelled is missing"),
        ({"data": DATA | {"n_row": 4}}, "data.n_row is not known; did you mean 'n_rows'"),
        ({"data": DATA | {"n_rows": "four"}}, "data.n_rows must be a whole number, got 'four'"),
        ({"data": DATA | {"columns": "age"}}, "data.columns must be a list, got 'age'"),
        ({"data": 3}, "data must be a mapping of DataFacts, got '3'"),
        ({"cost": {"usd": True}}, "cost.usd must be a number, got 'True'"),
        ({"asked": {"prompts": [1]}}, r"asked.prompts\[0\] must be a text, got '1'"),
        ({"model": {"settings": []}}, r"model.settings must be a mapping, got '\[\]'"),
        (
            {"data": DATA | {"columns": [{"name": "a", "kind": "date"}]}},
            r"columns\[0\].kind must be one of \['number', 'category'\], got 'date'",
        ),
    ],
)
def test_facts_that_cannot_be_used_are_named(changed, message):
    with pytest.raises(InputError, match=message):
        build_record(**({"title": "", "data": DATA} | changed))


def test_all_problems_of_a_value_are_told_at_once():
    with pytest.raises(InputError) as caught:
        build_record(title="", data={"target": 1, "n_rows": 1.5, "rows": 2})
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("name", ["rows", "truths"])
def test_names_for_other_rows_than_those_explained_are_refused(name):
    why = Explanation("ill", ("age",), ("40",), (0.5,), 0.0, 0.5, 0.6)
    with pytest.raises(InputError, match=rf"{name} must have one entry per explanation \(1\)"):
        build_record(title="", data=DATA, explanations=[why], **{name: ["a", "b"]})


def test_rows_without_names_are_numbered():
    why = Explanation("ill", ("age",), ("40",), (0.5,), 0.0, 0.5, 0.6)
    record = build_record(title="", data=DATA, explanations=[why, why])
    assert [one.row for one in record.explanations] == ["Row 1", "Row 2"]
    assert record.explanations[0].units == (UnitFacts("age", "40", 0.5),)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: "{", "must be JSON"),
        (lambda text: "[1]", "must hold a JSON object, got list"),
        (lambda text: text.replace("tutelage-audit-record", "other"), "got 'other'"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 9'), "got 9"),
        (lambda text: text.replace('"headline"', '"headlime"'), "did you mean 'headline'"),
        (lambda text: text.replace('"seed": 0', '"seed": "0"'), "seed must be a whole number"),
        (lambda text: "[" * 100_000, "must be JSON"),
    ],
)
def test_a_damaged_record_is_refused(empty_record, tmp_path, damage, message):
    path = empty_record.save(tmp_path / "record.json")
    path.write_text(damage(path.read_text()))
    with pytest.raises(InputError, match=message):
        AuditRecord.load(path)


def test_a_record_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read: No such file"):
        AuditRecord.load(tmp_path / "nowhere.json")


entries = st.builds(
    PriorEntry,
    label=st.text(),
    column=st.text(),
    category=st.none() | st.text(),
    mean=st.floats(-1, 1),
    spread=st.floats(0, 2),
    answers=st.lists(st.floats(-1, 1), max_size=4).map(tuple),
)


@settings(max_examples=50)
@given(entry=entries)
def test_plain_form_and_back_is_the_same_value(entry):
    plain = json.loads(json.dumps(to_plain(entry)))
    assert from_plain(PriorEntry, plain, "entry") == entry


@pytest.mark.parametrize("write", [AuditRecord.save, write_report], ids=["record", "page"])
class TestWriting:
    def test_a_missing_folder_is_an_output_error(self, write, empty_record, tmp_path):
        with pytest.raises(OutputError, match=r"cannot be written: No such file.*another folder"):
            write(empty_record, tmp_path / "missing" / "file")

    def test_a_file_in_place_of_a_folder_is_an_output_error(self, write, empty_record, tmp_path):
        (tmp_path / "taken").write_text("")
        with pytest.raises(OutputError, match="cannot be written: Not a directory"):
            write(empty_record, tmp_path / "taken" / "file")

    def test_a_full_disk_leaves_the_old_file_and_nothing_else(
        self, write, empty_record, tmp_path, monkeypatch
    ):
        def full(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        (tmp_path / "file").write_text("old")
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            write(empty_record, tmp_path / "file")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
        assert (tmp_path / "file").read_text() == "old"

    def test_a_file_that_was_there_is_replaced(self, write, empty_record, tmp_path):
        (tmp_path / "file").write_text("old")
        write(empty_record, tmp_path / "file")
        assert "Who is ill?" in (tmp_path / "file").read_text()
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
