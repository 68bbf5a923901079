"""A real OpenAI-shaped endpoint on loopback, whose behaviour a test decides per call."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Reply:
    """How the endpoint treats one call."""

    text: str = "{}"
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: object = None  # sent instead of a completion
    usage: dict | None = field(default_factory=lambda: {"in": 100, "out": 10})
    finish: str = "stop"
    wait: float = 0.0
    fate: str = "answer"  # or "drop" (no answer), "truncate" (half an answer), "garbage"


class Endpoint:
    """Counts what it answered completely; keeps every request body and header."""

    def __init__(self, behave):
        self.behave = behave
        self.requests, self.headers, self.completed = [], [], []
        self.lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                endpoint.answer(self)

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # of 5, a burst of threads loses some

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def answer(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self.lock:
            number = len(self.requests)
            self.requests.append(body)
            self.headers.append({k.lower(): v for k, v in handler.headers.items()})
        reply = self.behave(body, number)
        time.sleep(reply.wait)
        data = json.dumps(self.completion(body, reply)).encode()
        if reply.fate == "garbage":
            data = b"<html>not json</html>"
        try:
            if reply.fate != "drop":
                handler.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    handler.send_header(name, value)
                handler.send_header("Content-Length", str(len(data)))
                handler.end_headers()
                handler.wfile.write(data[: len(data) // 2] if reply.fate == "truncate" else data)
                handler.wfile.flush()
            if reply.fate in ("drop", "truncate"):
                handler.close_connection = True
                handler.connection.close()
            elif reply.status == 200 and reply.fate == "answer":
                with self.lock:
                    self.completed.append(body)
        except OSError:
            pass  # the client went away

    @staticmethod
    def completion(body, reply):
        if reply.body is not None:
            return reply.body
        usage = reply.usage and {
            "prompt_tokens": reply.usage["in"],
            "completion_tokens": reply.usage["out"],
            "total_tokens": reply.usage["in"] + reply.usage["out"],
        }
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": f"{body.get('model')}-2026",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": reply.finish,
                    "message": {"role": "assistant", "content": reply.text},
                }
            ],
            "usage": usage,
        }

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint():
    """Make endpoints; all are closed at the end."""
    made = []

    def make(behave):
        made.append(Endpoint(behave))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def reply():
    """Return the class of replies, for tests to fill in."""
    return Reply


@pytest.fixture
def start_python():
    """Start Python processes that run some code; none outlives the test."""
    started = []

    def start(code, *arguments):
        command = [sys.executable, "-c", code, *(str(argument) for argument in arguments)]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
