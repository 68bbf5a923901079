"""The example for texts runs offline, from its tape, to a report."""

import json

import pytest
from tests.examples.test_examples import run

LESSONS = {"cards": 12, "rewrites": 360, "ratings": 72}


@pytest.mark.slow
def test_the_text_example_ends_with_a_report_of_what_each_lesson_brought(tmp_path):
    quick = ["--out", "demo", "--quick", "--encoder", "static"]
    out = run("intents/run.py", *quick, cwd=tmp_path)
    assert "report.html" in out
    record = json.loads((tmp_path / "demo/record.json").read_text())
    assert {one["kind"]: one["n_lessons"] for one in record["lessons"]} == LESSONS
    scores = {one["name"]: one["estimates"][0]["value"] for one in record["variants"]}
    assert scores["everything"] > scores["TF-IDF + logistic"] > 1 / 12
    page = (tmp_path / "demo/report.html").read_text()
    assert "report_lost_item" in page
    assert "upper bound" in (tmp_path / "demo/lessons/rewrites.jsonl").read_text()
