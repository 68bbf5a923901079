"""What a text job says of identity terms in its lessons, and what it leaves out."""

import json

import pytest
from tests.cli.text_cases import TASK, TEST_TEXTS, write_tape, write_texts
from tests.students.tiny_encoders import tiny_encoder

LIST = "[who]\nme: me\nus: us\n[what]\nalarm: alarm, alarms\nclock: clock, clocks\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    for part in tiny_encoder():
        part.save_pretrained(folder / "encoder")
    write_texts(folder / "train.csv")
    write_texts(folder / "test.csv", TEST_TEXTS)
    write_tape(folder / "tape.jsonl")
    (folder / "terms.txt").write_text(LIST)
    return folder


@pytest.fixture
def fit(run, files):
    def run_fit(*more, quick=True):
        return run(
            "fit", files / "train.csv", "--target", "intent", "--text", "said", "--task", TASK,
            "--teacher", f"tape:{files / 'tape.jsonl'}", "--test", files / "test.csv",
            "--encoder", f"static:{files / 'encoder'}", "--alignment", 1, "--out", "out",
            *["--quick"] * quick, *more,
        )  # fmt: skip

    return run_fit


def warnings_in(folder):
    return " ".join(json.loads((folder / "out" / "record.json").read_text())["warnings"])


def test_terms_that_lessons_rate_highly_are_a_warning_in_the_report(fit, files, tmp_path):
    done = fit("--identity-terms", files / "terms.txt")
    assert done.code == 0, done.err
    told = warnings_in(tmp_path)
    assert "Word priors rate identity terms highly" in told
    assert "'me' for 'set'" in told
    assert "class card 'query' name identity terms: 'alarms'" in told
    assert "--drop-identity-terms" in told
    assert "identity terms highly" in (tmp_path / "out" / "report.html").read_text()


def test_dropped_terms_are_said_and_shown_without_a_score(fit, files, tmp_path):
    done = fit("--identity-terms", files / "terms.txt", "--drop-identity-terms")
    assert done.code == 0, done.err
    assert "left out of what the students were taught" in warnings_in(tmp_path)
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    shown = [
        (text["text"][word["start"] : word["end"]], word["score"])
        for text in record["shown"]
        for source in text["sources"]
        if source["source"] in ("word ratings", "class cards") and text["why"] == "a training text"
        for word in source["words"]
    ]
    assert shown
    assert not [score for word, score in shown if word in ("me", "alarm") and score is not None]


def test_the_report_audits_the_terms_it_finds(fit, files, tmp_path):
    done = fit("--identity-terms", files / "terms.txt")
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "out" / "record.json").read_text())["identity"]
    alarm = next(term for term in found["found"] if term["term"] == "alarms")
    # "alarms" stands in two training and two test texts; a cue of one card names it
    assert (alarm["n_train"], alarm["n_test"], alarm["n_cards"]) == (2, 2, 1)
    assert {one["source"] for one in found["strengths"]} == {"class cards", "word ratings"}
    assert "--quick" in found["note"]
    page = " ".join((tmp_path / "out" / "report.html").read_text().split())
    assert "run again with --drop-identity-terms" in page


def test_swaps_compare_the_taught_student_with_the_plain_one(fit, files, tmp_path):
    done = fit("--identity-terms", files / "terms.txt", quick=False)
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "out" / "record.json").read_text())["identity"]
    assert [one["model"] for one in found["swaps"]] == ["plain", "everything"]
    assert {change["axis"] for change in found["changes"]} == {"who", "what"}
    assert found["note"] == "Swaps were tried on 4 of the 4 test texts that name a term."


def test_the_shipped_list_finds_nothing_in_texts_without_people(fit, tmp_path):
    done = fit()
    assert done.code == 0, done.err
    assert "identity" not in warnings_in(tmp_path)
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert record["identity"]["found"] == []
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("identity terms stands in the texts or in the lessons") == 1


def test_a_list_that_cannot_be_read_stops_before_anything_is_asked(fit, tmp_path):
    (tmp_path / "bad.txt").write_text("me\n")
    done = fit("--identity-terms", "bad.txt")
    assert done.code == 2
    assert "line 1 must be [axis]" in " ".join(done.err.split())
    assert not (tmp_path / "out").exists()
