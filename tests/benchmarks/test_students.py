"""The comparison of students: resumable, and a page that can be read."""

import pytest


@pytest.fixture
def students(toy, tmp_path, monkeypatch):
    import students

    monkeypatch.setattr(students, "load_table", lambda name: toy)
    monkeypatch.setattr(students, "RESULTS", tmp_path)
    return students


ARGUMENTS = ["--tables", "bank", "--shots", "5", "--splits", "1", "--variants", "linear", "trees"]


def test_a_run_writes_lines_and_a_page_and_is_not_repeated(students, tmp_path):
    assert students.main(ARGUMENTS) == 0
    lines = (tmp_path / "students_raw.jsonl").read_text()
    assert lines.count("\n") == 2
    assert "| trees | +0.0000 (+0.000 +0.000) |" in (tmp_path / "students.md").read_text()
    assert students.main(ARGUMENTS) == 0
    assert (tmp_path / "students_raw.jsonl").read_text() == lines


def test_a_variant_changes_settings_for_its_fit_only(students):
    from tutelage.students import boosted, residual

    before = boosted.SETTINGS, residual.DOUBT
    for variant in students.VARIANTS.values():
        with students._settings(variant):
            pass
    with students._settings(students.VARIANTS["trees, free"]):
        assert boosted.SETTINGS.monotone is False
    assert before == (boosted.SETTINGS, residual.DOUBT)


def test_a_summary_of_nothing_says_what_to_run(students, capsys):
    assert students.main(["--summary-only"]) == 2
    assert "run benchmarks/students.py first" in capsys.readouterr().err
