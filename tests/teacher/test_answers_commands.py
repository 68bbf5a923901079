import json
import sqlite3

import pytest

from tutelage import cli
from tutelage.teacher.exchange import Answer, Usage
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "a.sqlite"
    reply = Answer('{"age": 3}', Usage(100, 10), "m-1", "stop")
    client = ScriptedClient(lambda q: reply, prices=(1.0, 2.0))
    with Teacher(client, answers=path, run="first") as teacher:
        teacher.feature_prior("Tell it.", ["age"], ["no", "yes"], repeats=2)
    return path


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_answers_are_listed_and_shown_in_full(store, capsys):
    code, out, _ = run(capsys, "answers", "list", "--answers", store)
    assert code == 0
    assert "2 questions" in out
    assert out.count("feature_scores/v2") == 2
    _, out, _ = run(capsys, "answers", "list", "--answers", store, "--json")
    key = json.loads(out)[0]["key"]
    code, out, _ = run(capsys, "answers", "show", key[3:12], "--answers", store)
    assert '{"age": 3}' in out
    assert "[system]" in out
    assert "100 tokens in, 10 out" in out


def test_costs_are_told_by_run_teacher_and_prompt(store, capsys):
    _, out, _ = run(capsys, "answers", "cost", "--answers", store)
    assert "total: 0.000240 USD" in out
    _, out, _ = run(capsys, "answers", "cost", "--answers", store, "--json")
    (group,) = json.loads(out)
    assert (group["run"], group["n_settled"], group["tokens_in"]) == ("first", 2, 200)


def test_a_store_travels_as_a_tape_and_by_merging(store, tmp_path, capsys):
    tape, other = tmp_path / "t.jsonl", tmp_path / "b.sqlite"
    assert run(capsys, "answers", "export", tape, "--answers", store)[0] == 0
    code, _, err = run(capsys, "answers", "export", tape, "--answers", store)
    assert code == 2
    assert "exists; name another file" in err
    assert "2 answers added" in run(capsys, "answers", "import", tape, "--answers", other)[1]
    assert "0 answers added" in run(capsys, "answers", "import", tape, "--answers", other)[1]
    third = tmp_path / "c.sqlite"
    _, out, _ = run(capsys, "answers", "merge", store, other, "--answers", third)
    assert "2 answers and 2 charges added" in out
    _, out, _ = run(capsys, "answers", "merge", store, "--answers", third)
    assert "0 answers and 0 charges added" in out
    assert "total: 0.000240 USD" in run(capsys, "answers", "cost", "--answers", third)[1]


def test_verify_finds_an_altered_answer(store, capsys):
    assert run(capsys, "answers", "verify", "--answers", store)[0] == 0
    with sqlite3.connect(store) as connection:
        connection.execute("DROP TRIGGER answers_no_update")
        connection.execute("UPDATE answers SET answer = replace(answer, '3', '9') WHERE id = 1")
    connection.close()
    code, _, err = run(capsys, "answers", "verify", "--answers", store)
    assert code == 2
    assert "answer 1 to question s1:" in err
    assert "was altered" in err


def test_what_is_not_there_is_said(tmp_path, store, capsys):
    code, _, err = run(capsys, "answers", "list", "--answers", tmp_path / "none.sqlite")
    assert (code, "there must be a store of answers at" in err) == (2, True)
    code, _, err = run(capsys, "answers", "show", "ffff", "--answers", store)
    assert (code, "no question in" in err) == (2, True)
    code, _, err = run(capsys, "answers", "show", "s1:", "--answers", store)
    assert (code, "several keys begin with 's1:'" in err) == (2, True)
