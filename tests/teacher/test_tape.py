import json
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import OutputError, StoreError
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.merging import merge_stores
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.tape import read_tape, write_tape

text = st.text(max_size=30)
exchanges = st.lists(
    st.tuples(
        st.builds(
            Question,
            text,
            text,
            text,
            st.lists(st.builds(Message, text, text), max_size=2).map(tuple),
            sample=st.integers(0, 3),
            about=text,
        ),
        st.builds(
            Answer,
            text,
            st.builds(Usage, st.integers(0, 9), st.integers(0, 9), st.booleans()),
            model=text,
            finish=text,
            recorded=text,
            cost_usd=st.floats(0, 10),
            note=text,
        ),
    ),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(exchanges)
def test_a_tape_gives_back_what_was_written(pairs):
    with tempfile.TemporaryDirectory() as folder:
        path = write_tape(f"{folder}/t.jsonl", pairs, note="a\u2028note")
        assert read_tape(path) == pairs
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(pairs) + 1
        assert all(line.isprintable() for line in lines)


def test_a_tape_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_tape(tmp_path / "no" / "t.jsonl", [])
    assert list(tmp_path.iterdir()) == []


def asked(sample=0):
    return Question("m", "free/v1", "", (Message("user", "x"),), sample=sample)


def test_lines_may_be_edited_where_it_does_no_harm(tmp_path):
    path = write_tape(tmp_path / "t.jsonl", [(asked(), Answer("a"))])
    header, line = path.read_text().splitlines()
    record = json.loads(line)
    record["answer"]["text"] = "mended by hand"
    record["later_field"] = 1
    path.write_text(f"{header}\n\n{json.dumps(record)}\n")
    ((question, answer),) = read_tape(path)
    assert question == asked()
    assert answer.text == "mended by hand"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.pop("key"), "line 2: lacks 'key'"),
        (lambda r: r.pop("answer"), "line 2: lacks 'answer'"),
        (lambda r: r["request"].pop("sample"), "line 2: lacks 'sample'"),
        (lambda r: r["request"].update(sample=1), "line 2: its request has the key s1:"),
        (lambda r: r["answer"].update(text=3), "line 2: the answer's text must be a text, got 3"),
        (lambda r: r.update(cost_usd="much"), "line 2: could not convert"),
    ],
)
def test_a_line_that_does_harm_is_named(tmp_path, change, message):
    path = write_tape(tmp_path / "t.jsonl", [(asked(), Answer("a"))])
    header, line = path.read_text().splitlines()
    record = json.loads(line)
    change(record)
    path.write_text(f"{header}\n{json.dumps(record)}\n")
    with pytest.raises(StoreError, match=message):
        read_tape(path)


def test_a_bad_tape_adds_nothing_to_a_store(tmp_path):
    path = write_tape(tmp_path / "t.jsonl", [(asked(0), Answer("a")), (asked(1), Answer("b"))])
    path.write_text(path.read_text()[:-20])
    with AnswerStore(tmp_path / "a.sqlite") as store:
        with pytest.raises(StoreError, match="has bad lines"):
            store.import_tape(path)
        assert store.listing() == []


def test_a_merge_brings_answers_and_money_and_closes_what_was_open():
    one, two = AnswerStore(None), AnswerStore(None)
    here, there = Ledger(one), Ledger(two)
    here.settle(here.claim(asked(0), 9, lease_s=60), Answer("a"), 5, 5)
    there.settle(there.claim(asked(1), 9, lease_s=60), Answer("b"), 6, 6)
    there.claim(asked(2), 7, lease_s=60)
    merged = merge_stores(one, two)
    assert (merged.n_answers, merged.n_charges) == (1, 2)
    (group,) = spending(one)
    assert (group.n_settled, group.n_lost, group.n_open) == (2, 1, 0)
    assert round(group.cost_usd * 1e12) == 5 + 6 + 7
    assert round(here.spent_usd() * 1e12) == 18
    assert one.latest(asked(1).key).text == "b"
    assert merge_stores(one, two).n_charges == 0
    assert round(here.spent_usd() * 1e12) == 18
