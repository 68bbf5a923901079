"""How much time the teacher layer adds: 64 calls in flight against a real endpoint on loopback.

    nice python benchmarks/teacher_load.py [--calls 20000] [--quick]

The endpoint is another process. It is asked in two manners, by 64 threads each time:

- *one at a time*: it needs 20 ms of its own for each answer, like a model on one device. Whatever
  the client adds on top of that is overhead.
- *all at once*: it answers every call 20 ms later, however many there are. Nothing is slow but the
  client, so this measures the client's own time: the bare SDK, whose answers are thrown away;
  the teacher, which reserves, stores and settles every answer on disk; and the teacher again,
  which finds everything stored.

Writes ``benchmarks/results/teacher_load.md``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import openai

from tutelage.teacher.exchange import Message, Question
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.teacher import Teacher

HERE = Path(__file__).parent
LATENCY = 0.020
THREADS = 64


async def serve(one_at_a_time: bool) -> None:
    """Answer every POST after the latency; one connection carries many requests."""
    device = asyncio.Lock()
    free_from = 0.0
    body = json.dumps(
        {
            "id": "x", "object": "chat.completion", "created": 0, "model": "tiny-1",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": '{"age": 3}'}}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55},
        }
    ).encode()  # fmt: skip
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    reply = head % len(body) + body

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal free_from
        try:
            while header := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line.split(b":")[1])
                    for line in header.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                await reader.readexactly(length)
                if one_at_a_time:
                    # a timer's own lateness is not the client's: the schedule is absolute
                    async with device:
                        now = asyncio.get_running_loop().time()
                        free_from = max(now, free_from) + LATENCY
                        until = free_from
                    await asyncio.sleep(until - asyncio.get_running_loop().time())
                else:
                    await asyncio.sleep(LATENCY)
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def questions(count: int, offset: int = 0) -> list[Question]:
    text = "Say how strongly the age of a person speaks for the class. " * 4
    return [
        Question(
            "tiny", "free/v1", "s1:0", (Message("user", f"{text}{n + offset}"),), max_tokens=20
        )
        for n in range(count)
    ]


def ask_bare(url: str, asked: list[Question]) -> tuple[float, float]:
    client = openai.OpenAI(api_key="none", base_url=url, max_retries=0)

    def call(question: Question) -> str | None:
        messages = [{"role": m.role, "content": m.content} for m in question.messages]
        reply = client.chat.completions.create(model="tiny", messages=messages, max_tokens=20)
        return reply.choices[0].message.content

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(call, asked[:THREADS]))  # connections and imports
        started, computed = time.perf_counter(), time.process_time()
        list(pool.map(call, asked))
        seconds = time.perf_counter() - started, time.process_time() - computed
    client.close()
    return seconds


def ask_teacher(url: str, asked: list[Question], path: Path) -> tuple[float, float]:
    with Teacher(
        f"{url}#tiny",
        name="tiny",
        answers=path,
        workers=THREADS,
        prices=(0.15, 0.60),
        budget_usd=1e6,
    ) as teacher:
        teacher.ask(questions(THREADS, offset=10**6))
        started, computed = time.perf_counter(), time.process_time()
        outcomes = teacher.ask(asked)
        seconds = time.perf_counter() - started, time.process_time() - computed
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not failed, failed[0]
    return seconds


@contextmanager
def endpoint(manner: str) -> Iterator[str]:
    """Run the endpoint in its own process and give its address."""
    command = [sys.executable, __file__, "--serve", manner]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def cost_of(computed: float, count: int) -> str:
    return f"{computed / count * 1e6:.0f} µs" if computed else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="calls, all at once")
    parser.add_argument("--slow-calls", type=int, default=2_000, help="calls, one at a time")
    parser.add_argument("--quick", action="store_true", help="2,000 and 500 calls")
    parser.add_argument("--serve", choices=("single", "parallel"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "teacher_load.md")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve == "single"))
        return
    count, slow = (2_000, 500) if options.quick else (options.calls, options.slow_calls)
    with tempfile.TemporaryDirectory() as folder, endpoint("single") as url:
        single, _ = ask_teacher(url, questions(slow), Path(folder) / "a.sqlite")
    asked = questions(count)
    with tempfile.TemporaryDirectory() as folder, endpoint("parallel") as url:
        path = Path(folder) / "a.sqlite"
        bare = ask_bare(url, asked)
        taught = ask_teacher(url, asked, path)
        replayed = ask_teacher(url, questions(count), path)
        with AnswerStore(path) as store:
            started = time.perf_counter()
            stored = sum(1 for _ in store.exchanges())
            reread = time.perf_counter() - started, 0.0
            problems = store.verify()
    assert stored == count + THREADS
    assert problems == []
    lines = [
        "# Teacher under load",
        "",
        f"By `python benchmarks/teacher_load.py` on {platform.machine()}, {os.cpu_count()} cores "
        f"shared by client, endpoint and whatever else runs; Python {platform.python_version()}. "
        f"{THREADS} calls in flight.",
        "",
        "**One answer at a time, 20 ms each**, as from a model on one device:",
        "",
        f"{slow} answers took {single:.2f} s; the endpoint alone needs {slow * LATENCY:.2f} s. "
        f"Overhead of reserving, storing and settling: **{single / (slow * LATENCY) - 1:+.1%}** of "
        "wall time.",
        "",
        "**Every answer 20 ms later, however many are asked**, so that only the client is slow:",
        "",
        "| | seconds | answers a second | processor time a call |",
        "|---|---|---|---|",
        *(
            f"| {name} | {seconds:.2f} | {count / seconds:,.0f} | {cost_of(computed, count)} |"
            for name, (seconds, computed) in (
                ("the endpoint alone", (count * LATENCY / THREADS, 0.0)),
                ("bare SDK, answers thrown away", bare),
                ("teacher: reserved, stored, settled", taught),
                ("teacher again: all found in the store", replayed),
                ("reading every answer back", reread),
            )
        ),
        "",
        f"The teacher adds {(taught[1] - bare[1]) / count * 1e6:.0f} microseconds of processor "
        f"time to the SDK's {bare[1] / count * 1e6:.0f}. Where an endpoint answers faster than "
        f"about {count / taught[0]:,.0f} times a second, shard the inputs over processes; they "
        "may share one store.",
        "",
    ]
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
