import sqlite3
import threading
from pathlib import Path

import pytest

from tutelage.errors import OutputError, StoreError
from tutelage.teacher.exchange import Answer, Message, Question, Usage
from tutelage.teacher.merging import merge_stores
from tutelage.teacher.migrations import MIGRATIONS
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.tape import read_tape

ODD = 'a "b" {{c}} \n\u2028 🩺 \ud800 \x00'


def asked(text="hello", sample=0):
    return Question("m", "free/v1", "s1:0", (Message("user", text),), sample=sample)


def answer(text="hi"):
    return Answer(
        text, Usage(3, 4), "m-1", "stop", cost_usd=0.25, note="n", likelihoods=(("a", -1.5),)
    )


def test_what_goes_in_comes_out(tmp_path):
    with AnswerStore(tmp_path / "a.sqlite") as store:
        store.record(asked(ODD), answer(ODD))
    with AnswerStore(tmp_path / "a.sqlite") as store:
        found = store.latest(asked(ODD).key)
        assert (found.text, found.usage, found.cost_usd) == (ODD, Usage(3, 4), 0.25)
        assert found.likelihoods == (("a", -1.5),)
        assert store.verify() == []
        path = store.export(tmp_path / "t.jsonl", note=ODD.replace("\ud800", ""))
    ((question, replayed),) = read_tape(path)
    assert question == asked(ODD)
    assert replayed == found


def test_reading_creates_no_file(tmp_path):
    store = AnswerStore(tmp_path / "sub" / "a.sqlite")
    assert store.latest(asked().key) is None
    assert store.listing() == []
    assert store.known([asked().key]) == set()
    assert store.verify() == []
    assert list(tmp_path.iterdir()) == []


def test_the_last_answer_counts_and_none_is_ever_lost(tmp_path):
    with AnswerStore(tmp_path / "a.sqlite") as store:
        for text in ("first", "second"):
            store.record(asked(), answer(text))
        assert store.latest(asked().key).text == "second"
        assert [a.text for _, a in store.exchanges()] == ["first", "second"]
        with pytest.raises(StoreError, match="append-only"), store.transaction(durable=True) as c:
            c.execute("DELETE FROM answers")
        with pytest.raises(StoreError, match="append-only"), store.transaction(durable=True) as c:
            c.execute("UPDATE answers SET answer = 'x'")
        assert len(list(store.exchanges())) == 2


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    with AnswerStore(path) as store:
        store.record(asked(), answer())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"has version 99; this package knows versions up to"):
        AnswerStore(path).latest(asked().key)


def test_a_damaged_file_and_another_programs_file_are_told(tmp_path):
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database, whatever its name says" * 50)
    with pytest.raises(StoreError, match="is damaged or no store of answers"):
        AnswerStore(damaged).latest(asked().key)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="must be a store of answers, got another SQLite file"):
        AnswerStore(other).record(asked(), answer())


def test_damage_inside_is_found(tmp_path):
    path = tmp_path / "a.sqlite"
    with AnswerStore(path) as store:
        for n in range(200):
            store.record(asked(sample=n), answer("x" * 300))
    data = bytearray(path.read_bytes())
    data[8000:12000] = b"\xff" * 4000
    path.write_bytes(data)
    with AnswerStore(path) as store:
        found = []
        try:
            found = store.verify()
        except StoreError as error:
            found = error.problems
    assert found


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be created"):
        AnswerStore(tmp_path / "file" / "a.sqlite").record(asked(), answer())
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        AnswerStore(tmp_path / "folder.sqlite").record(asked(), answer())


FILL_THE_DISK = """
import resource, signal, sys
from tutelage.errors import OutputError
from tutelage.teacher.exchange import Answer, Message, Question
from tutelage.teacher.store import AnswerStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = AnswerStore(sys.argv[1])
store.record(Question("m", "free/v1", "s1:0", (Message("user", "first"),)), Answer("kept"))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    for n in range(1000):
        asked = Question("m", "free/v1", "s1:0", (Message("user", "hello"),), sample=n)
        store.record(asked, Answer("x" * 5000))
except OutputError as error:
    assert "cannot be written" in str(error)
    sys.exit(7)
"""


def test_a_full_disk_is_an_output_error_and_what_was_stored_stays(tmp_path, start_python):
    path = tmp_path / "a.sqlite"
    assert start_python(FILL_THE_DISK, path).wait(60) == 7
    with AnswerStore(path) as store:
        assert (
            store.latest(Question("m", "free/v1", "s1:0", (Message("user", "first"),)).key).text
            == "kept"
        )
        assert store.verify() == []


def test_every_migration_has_a_file_of_the_version_before_it():
    # version 1 is the first; a second migration needs tests/teacher/old_stores/1.sqlite
    folder = Path(__file__).parent / "old_stores"
    for version in range(1, len(MIGRATIONS) + 1):
        old = folder / f"{version}.sqlite"
        assert old.exists(), f"keep a store of version {version} as {old}"


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_an_old_store_opens_with_every_answer_in_it(tmp_path, version):
    old = Path(__file__).parent / "old_stores" / f"{version}.sqlite"
    copy = tmp_path / "a.sqlite"
    copy.write_bytes(old.read_bytes())
    with AnswerStore(copy) as store:
        assert [a.text for _, a in store.exchanges()] == ["kept from an old version"]
        assert store.verify() == []
        store.record(asked(), answer())


def test_threads_share_a_store(tmp_path):
    with AnswerStore(tmp_path / "a.sqlite") as store:

        def write(first):
            for n in range(first, first + 25):
                store.record(asked(sample=n), answer())

        threads = [threading.Thread(target=write, args=(25 * n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.listing()) == 100


WRITE_MANY = """
import sys
from tutelage.teacher.exchange import Answer, Message, Question
from tutelage.teacher.store import AnswerStore

with AnswerStore(sys.argv[1]) as store:
    for n in range(int(sys.argv[2]), int(sys.argv[2]) + 30):
        asked = Question("m", "free/v1", "s1:0", (Message("user", "hello"),), sample=n)
        store.record(asked, Answer("hi"))
"""


def test_processes_share_a_store_from_its_first_moment(tmp_path, start_python):
    path = tmp_path / "a.sqlite"
    workers = [start_python(WRITE_MANY, path, 20 * n) for n in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    with AnswerStore(path) as store:
        assert len(store.listing()) == 70
        assert len(list(store.exchanges())) == 90
        assert store.verify() == []


def test_merging_refuses_a_store_that_does_not_verify(tmp_path):
    path = tmp_path / "a.sqlite"
    with AnswerStore(path) as store:
        store.record(asked(), answer())
    connection = sqlite3.connect(path)
    connection.execute("UPDATE questions SET request = replace(request, 'hello', 'hullo')")
    connection.commit()
    connection.close()
    with AnswerStore(path) as broken, pytest.raises(StoreError, match="must verify before"):
        merge_stores(AnswerStore(None), broken)
    with pytest.raises(StoreError, match="must hold answers; there is none"):
        merge_stores(AnswerStore(None), AnswerStore(tmp_path / "none.sqlite"))
