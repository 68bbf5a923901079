import json

import pandas as pd
import pytest

from tutelage.errors import InputError
from tutelage.teacher.prompt_search import read_wordings, search_prompts
from tutelage.teacher.scripted_client import ScriptedClient
from tutelage.teacher.teacher import Teacher
from tutelage.teacher.wording import Wording

GOOD = "Think of the desk. Is {{ text }} for delivery or refund? Say why in a sentence."


def answer(question):
    if question.prompt.startswith("prompt_search"):
        return {"wordings": [GOOD]}
    right = "delivery" if "parcel" in question.about else "refund"
    label = right if "desk" in question.messages[1].content else "refund"
    return {"label": label, "rationale": "The text says so in its first words."}


@pytest.fixture
def mails(tmp_path):
    path = tmp_path / "mails.csv"
    words = ["money", "parcel"] * 10
    pd.DataFrame(
        {
            "mail": [f"{word} number {n}" for n, word in enumerate(words)],
            "topic": ["refund", "delivery"] * 10,
        }
    ).to_csv(path, index=False)
    return path


@pytest.fixture
def tape(tmp_path, mails):
    frame = pd.read_csv(mails)
    inputs, labels = [{"text": mail} for mail in frame["mail"]], list(frame["topic"])
    client = ScriptedClient(answer)
    with Teacher(client, name="openai:some", answers=tmp_path / "s.sqlite", workers=1) as teacher:
        search_prompts(teacher, inputs, labels, sorted(set(labels)), rounds=2)
        return teacher.store.export(tmp_path / "tape.jsonl")


def test_a_search_prints_its_finalists_and_writes_them(run, mails, tape, tmp_path):
    done = run("prompts", "search", mails, "--text", "mail", "--target", "topic",
               "--teacher", f"tape:{tape}", "--rounds", "2")  # fmt: skip
    assert done.code == 0, done.err
    assert "held out   100% of 7" in done.out
    assert "do not believe it" in done.out
    assert "race of 4 wordings" in done.err
    assert read_wordings("prompts.json")[0] == Wording(GOOD)


def test_a_search_prints_json_for_a_script(run, mails, tape):
    done = run("prompts", "search", mails, "--text", "mail", "--target", "topic",
               "--teacher", f"tape:{tape}", "--rounds", "2", "--json")  # fmt: skip
    found = json.loads(done.out)
    assert found["held_out"]["n_right"] == found["held_out"]["n"] == 7
    assert found["wordings"][0]["text"] == GOOD


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--text", "mial", "--target", "topic"], "has no column 'mial'. Did you mean 'mail'"),
        (["--text", "topic", "--target", "topic"], "must name different columns"),
        (["--text", "mail", "--target", "topic"], "a teacher is needed: --teacher"),
        (["--text", "mail", "--target", "topic", "--choices", "more"], "has no column 'more'"),
        (
            ["--text", "mail", "--target", "topic", "--start", "empty.txt"],
            "must hold at least one wording",
        ),
        (
            ["--text", "mail", "--target", "topic", "--start", "bad.txt", "--teacher", "tape:T"],
            "must hold {{ text }}",
        ),
    ],
)
def test_what_cannot_be_searched_is_said_in_one_message(
    run, mails, tape, tmp_path, arguments, message
):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "bad.txt").write_text("What is {{ mail }} about?\n")
    words = [f"tape:{tape}" if word == "tape:T" else word for word in arguments]
    done = run("prompts", "search", mails, *words)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert not (tmp_path / "prompts.json").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", 'must hold "format"'),
        ('{"format": "tutelage-wordings", "version": 1}', 'a list "wordings"'),
        (
            '{"format": "tutelage-wordings", "version": 1, "wordings": [{"text": "{% x %}"}]}',
            "placeholders like",
        ),
    ],
)
def test_a_file_of_wordings_of_another_form_is_refused(tmp_path, text, message):
    path = tmp_path / "w.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_wordings(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_wordings(tmp_path / "absent.json")
