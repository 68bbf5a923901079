"""The batch API against a loopback endpoint that keeps files and batches."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tutelage.errors import BudgetExceeded, ClientError, TeacherSetupError
from tutelage.teacher.spending import spending
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import TaskCard
from tutelage.teacher.teacher import Teacher

CARD = TaskCard("Tell it.", ["no", "yes"], ["age"])


class BatchServer:
    """Answers a batch after it was looked at a few times; counts what it was asked singly."""

    def __init__(self, looks=2, fail=(), ends_as="completed"):
        self.ends_as = ends_as
        self.files, self.batches, self.looked, self.single = {}, {}, 0, 0
        self.looks, self.fail = looks, set(fail)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                self.send(*outer.post(self.path, data))

            def do_GET(self):
                self.send(*outer.get(self.path))

            def send(self, status, body):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def completion(self):
        message = {"role": "assistant", "content": '{"age": 3}'}
        return {
            "model": "tiny-1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        }

    def post(self, path, data):
        if path == "/v1/files":
            lines = re.findall(rb"^\{.*\}\r?$", data, re.MULTILINE)
            self.files["in"] = [json.loads(line) for line in lines]
            return 200, {"id": "in", "object": "file", "purpose": "batch"}
        if path == "/v1/batches":
            number = f"b{len(self.batches) + 1}"
            self.batches[number] = self.files["in"]
            return 200, {"id": number, "status": "validating"}
        self.single += 1
        return 200, self.completion()

    def get(self, path):
        if path.startswith("/v1/batches/"):
            self.looked += 1
            number = path.rsplit("/", 1)[1]
            done = self.looked > self.looks
            counts = {"total": 3, "completed": 3 if done else 1, "failed": 0}
            return 200, {
                "id": number,
                "status": self.ends_as if done else "in_progress",
                "errors": {"data": [{"message": "model not in batches"}]} if done else None,
                "request_counts": counts,
                "output_file_id": f"out-{number}" if done and self.ends_as != "failed" else None,
            }
        lines = []
        asked = self.batches[path.split("/")[3].removeprefix("out-")]
        for n, line in enumerate(asked[:-1] if self.ends_as == "expired" else asked):
            body = self.completion() if n not in self.fail else {"error": {"message": "no"}}
            status = 500 if n in self.fail else 200
            response = {"status_code": status, "body": body}
            lines.append(json.dumps({"custom_id": line["custom_id"], "response": response}))
        return 200, "\n".join(lines).encode()


@pytest.fixture
def server():
    made = []

    def make(**options):
        made.append(BatchServer(**options))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def teacher_for(server, path, **options):
    settings = {"batch": True, "prices": (1.0, 2.0), "sleep": lambda seconds: None}
    return Teacher(f"{server.url}#tiny", name="tiny", answers=path, **{**settings, **options})


def test_a_batch_is_submitted_once_awaited_and_costs_half(server, tmp_path):
    one = server()
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        plan = teacher.plan_feature_prior(CARD, repeats=3)
        seen = []
        prior = teacher.feature_prior(CARD, repeats=3, progress=lambda d, t: seen.append((d, t)))
        assert teacher.ledger.spent_usd() == pytest.approx(3 * 0.0012 / 2)
        assert teacher.feature_prior(CARD, repeats=3) == prior
    assert prior.score("yes", "age").answers == (0.3, 0.3, 0.3)
    assert prior.provenance.cost_usd == pytest.approx(3 * 0.0012 / 2)
    assert plan.worst_usd < 0.02
    assert (len(one.batches), one.single) == (1, 0)
    assert (1, 3) in seen
    body = one.batches["b1"][0]["body"]
    assert body["model"] == "tiny"
    assert body["response_format"]["type"] == "json_schema"


def test_an_interrupted_run_waits_for_the_same_batch(server, tmp_path):
    one = server(looks=3)

    def interrupt(seconds):
        raise KeyboardInterrupt

    with teacher_for(one, tmp_path / "a.sqlite", sleep=interrupt) as teacher:
        with pytest.raises(KeyboardInterrupt):
            teacher.feature_prior(CARD, repeats=3)
        (group,) = spending(teacher.store)
        assert (group.n_open, group.n_settled) == (3, 0)
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        prior = teacher.feature_prior(CARD, repeats=3)
    assert prior.score("yes", "age").answers == (0.3, 0.3, 0.3)
    assert (len(one.batches), one.single) == (1, 0)


def test_what_failed_in_a_batch_is_asked_singly(server, tmp_path):
    one = server(fail=[1])
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        teacher.feature_prior(CARD, repeats=3)
        (group,) = spending(teacher.store)
        assert (group.n_settled, group.n_failed, group.n_open) == (3, 1, 0)
        assert group.cost_usd == pytest.approx(2 * 0.0006 + 0.0012)
    assert one.single == 1


def test_a_batch_that_failed_as_a_whole_is_told_and_not_asked_singly_at_full_price(
    server, tmp_path
):
    one = server(ends_as="failed")
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        with pytest.raises(ClientError, match=r"'failed' with 0 of 3 answers \(model not in batch"):
            teacher.feature_prior(CARD, repeats=3)
        assert teacher.ledger.spent_usd() == 0
    assert one.single == 0


def test_what_an_expired_batch_left_out_is_submitted_by_the_next_run(server, tmp_path):
    one = server(ends_as="expired")
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        with pytest.raises(ClientError, match="ended as 'expired' with 2 of 3 answers"):
            teacher.feature_prior(CARD, repeats=3)
        one.ends_as = "completed"
        teacher.feature_prior(CARD, repeats=3)
    assert [len(lines) for lines in one.batches.values()] == [3, 1]
    assert one.single == 0


def test_a_batch_that_does_not_fit_the_budget_is_not_submitted(server, tmp_path):
    one = server()
    with teacher_for(one, tmp_path / "a.sqlite", budget_usd=0.0001) as teacher:
        with pytest.raises(BudgetExceeded):
            teacher.feature_prior(CARD, repeats=3)
        assert teacher.ledger.spent_usd() == 0
    assert one.batches == {}
    with AnswerStore(tmp_path / "a.sqlite") as store:
        assert all(group.n_open == 0 for group in spending(store))


def test_a_budget_that_holds_a_part_of_a_batch_refuses_all_of_it_at_once(server, tmp_path):
    one = server()
    with teacher_for(one, tmp_path / "a.sqlite") as teacher:
        worst = teacher.plan_feature_prior(CARD, repeats=1).worst_usd
    with teacher_for(one, tmp_path / "a.sqlite", budget_usd=2.5 * worst) as teacher:
        with pytest.raises(BudgetExceeded) as caught:
            teacher.feature_prior(CARD, repeats=3)
        assert caught.value.spent_usd == pytest.approx(2 * worst)
        assert teacher.ledger.spent_usd() == 0
    assert one.batches == {}


def test_a_question_that_is_in_a_batch_is_not_asked_singly_meanwhile(server, tmp_path):
    one = server(looks=99)

    def interrupt(seconds):
        raise KeyboardInterrupt

    with teacher_for(one, tmp_path / "a.sqlite", sleep=interrupt) as teacher:
        worst = 2 * teacher.plan_feature_prior(CARD, repeats=1).worst_usd
        with pytest.raises(KeyboardInterrupt):
            teacher.feature_prior(CARD, repeats=2)
    refusal = pytest.raises(ClientError, match=r"is in batch b1, .* again with batch=True to wait")
    with teacher_for(one, tmp_path / "a.sqlite", batch=False) as teacher, refusal:
        teacher.feature_prior(CARD, repeats=2)
    # what the batch has reserved is as good as spent: nobody waits a day for the rest
    options = {"batch": False, "budget_usd": 1.5 * worst}
    refusal = pytest.raises(BudgetExceeded)
    with teacher_for(one, tmp_path / "a.sqlite", **options) as teacher, refusal:
        teacher.feature_prior("Another task.", ["age"], ["no", "yes"], repeats=1)
    assert one.single == 0


def test_an_unreachable_endpoint_leaves_no_open_claim(tmp_path):
    options = {"batch": True, "prices": (1, 2), "sleep": lambda seconds: None, "name": "t"}
    with Teacher("http://127.0.0.1:9/v1#t", answers=tmp_path / "a.sqlite", **options) as teacher:
        with pytest.raises(ClientError, match="cannot be reached"):
            teacher.feature_prior(CARD, repeats=2)
        (group,) = spending(teacher.store)
    assert (group.n_failed, group.n_open, group.n_lost) == (2, 0, 0)


def test_a_teacher_without_batches_says_so():
    with pytest.raises(TeacherSetupError, match="batch=True needs a teacher with an OpenAI-compat"):
        Teacher(lambda messages: "x", batch=True)
