"""One question, asked well: stored, reserved, sent, settled, read, and asked again if need be.

The only place that retries. Order of events for one call: look in the store; reserve the worst
case; send; store the raw answer and its cost; only then read it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import tenacity

from tutelage.errors import (
    BadAnswer,
    BadTextAnswer,
    ClientError,
    TeacherSetupError,
    TutelageError,
)
from tutelage.teacher.exchange import Answer, Client, Message, Question
from tutelage.teacher.ledger import Claim, Ledger
from tutelage.teacher.limits import Limits
from tutelage.teacher.prices import Price, likely_tokens_in

T = TypeVar("T")
R = TypeVar("R")

LONGEST_ECHO = 4000  # characters of a bad answer that are shown back to the teacher
LONGEST_WAIT = 600.0
COLUMN_PROMPTS = ("feature_scores/", "feature_shapes/")  # answers to any other prompt quote texts
GIVE_UP_AFTER = 8  # questions in a row that the endpoint failed: it is down


@dataclass
class Tally:
    """How the questions of one job went; counted under a lock.

    Attributes
    ----------
    n_stored
        Answers that were there already.
    n_asked
        Answers that were paid for, or given for nothing, now.
    n_retried
        Calls repeated because the endpoint failed.
    n_again
        Questions asked again because the answer was unusable.
    n_rejected
        Rewrites that were dropped because they were read as another class.
    failures
        (what it was about, message) per question that stayed without a usable answer.
    stored_by_prompt
        What of ``n_stored`` the store has not been told yet.
    """

    n_stored: int = 0
    n_asked: int = 0
    n_retried: int = 0
    n_again: int = 0
    n_rejected: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    stored_by_prompt: Counter[str] = field(default_factory=Counter, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, name: str) -> None:
        """Add one to a counter."""
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)

    def count_stored(self, prompt: str) -> None:
        """Add one to what the store answered."""
        with self._lock:
            self.n_stored += 1
            self.stored_by_prompt[prompt] += 1

    def take_stored(self) -> Counter[str]:
        """Return what the store answered since this was last called, by prompt."""
        with self._lock:
            taken, self.stored_by_prompt = self.stored_by_prompt, Counter()
            return taken


@dataclass(frozen=True)
class Elicited(Generic[R]):
    """What one conversation came to.

    Attributes
    ----------
    reading
        The usable reading, or the fullest of the unusable ones.
    problems
        Empty when it is usable.
    exchanges
        Every question of the conversation with its answer.
    """

    reading: R
    problems: list[str]
    exchanges: tuple[tuple[Question, Answer], ...]


class Asker:
    """Puts questions to one client over one ledger.

    Parameters
    ----------
    client, ledger, price
        Who is asked, who keeps the accounts, what it costs.
    tries
        Calls per question before the endpoint's failure is final, >= 1.
    lease_s
        How long a call may be in flight before others count it as lost.
    fresh
        Only answers of this session count as stored.
    limits
        Requests and tokens per minute.
    sleep
        How to wait between tries; a test may replace it.
    """

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        price: Price,
        *,
        tries: int = 6,
        lease_s: float = 300.0,
        fresh: bool = False,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.client, self.ledger, self.price = client, ledger, price
        self.limits = limits or Limits(sleep=sleep)
        self.tries, self.lease_s, self.fresh, self.sleep = tries, lease_s, fresh, sleep

    def ask(self, question: Question, tally: Tally) -> Answer:
        """Return the stored answer, or ask; retry while the endpoint fails.

        Raises
        ------
        ClientError
            After the last try, or at once when a retry cannot help.
        BudgetExceeded
            Before the call that could break the budget.
        """
        if question.labels and not getattr(self.client, "has_likelihoods", False):
            raise no_likelihoods(question)
        answer = self._stored_or_asked(question, tally)
        if question.labels and not answer.likelihoods:
            raise no_likelihoods(question)
        return answer

    def stored(self, question: Question, tally: Tally) -> Answer | None:
        """Return the stored answer and count it, or ``None``."""
        session = self.ledger.session if self.fresh else None
        answer = self.ledger.store.latest(question.key, session)
        if answer is not None:
            tally.count_stored(question.prompt)
        return answer

    def _stored_or_asked(self, question: Question, tally: Tally) -> Answer:
        stored = self.stored(question, tally)
        if stored is not None:
            return stored
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.tries),
            wait=_wait,
            retry=tenacity.retry_if_exception(_is_retryable),
            before_sleep=lambda state: tally.count("n_retried"),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(self._ask_once, question, tally)

    def _ask_once(self, question: Question, tally: Tally) -> Answer:
        worst = self.price.worst_pico(question)
        expected = likely_tokens_in(question)
        granted = self.limits.enter(expected + question.max_tokens)
        claim = self.ledger.claim(question, worst, lease_s=self.lease_s, fresh=self.fresh)
        if isinstance(claim, Answer):
            self.limits.correct(granted, 0)
            tally.count_stored(question.prompt)
            return claim
        try:
            answer = self.client.reply(question)
        except ClientError as error:
            if error.retry_after is not None:
                self.limits.pause(min(error.retry_after, LONGEST_WAIT))
            self.limits.correct(granted, expected)
            self.ledger.fail(claim, maybe_billed=error.maybe_billed, reason=error.message)
            raise
        except TutelageError as error:
            self.ledger.fail(claim, maybe_billed=False, reason=type(error).__name__)
            raise
        except BaseException as error:
            self.ledger.fail(claim, maybe_billed=True, reason=type(error).__name__)
            raise
        settled = self._settle(claim, answer)
        self.limits.correct(granted, answer.usage.tokens_in + answer.usage.tokens_out)
        tally.count("n_asked")
        return settled

    def _settle(self, claim: Claim, answer: Answer) -> Answer:
        if getattr(self.client, "replay", False):
            return self.ledger.settle(claim, answer, round(answer.cost_usd * 10**12), 0)
        paid = self.price.cost_pico(answer.usage)
        if answer.usage.estimated and not self.price.is_free:
            paid = max(paid, claim.reserved_pico)  # the endpoint did not count: assume the worst
        return self.ledger.settle(claim, answer, paid, paid)

    def elicit(
        self,
        question: Question,
        read: Callable[[Answer], tuple[R, list[str]]],
        *,
        attempts: int,
        tally: Tally,
    ) -> Elicited[R]:
        """Ask, read, and ask again with the problems listed, up to ``attempts`` times."""
        current, exchanges = question, []
        best: tuple[R, list[str]] | None = None
        for attempt in range(attempts):
            answer = self.ask(current, tally)
            exchanges.append((current, answer))
            reading, problems = read(answer)
            if best is None or len(problems) <= len(best[1]):
                best = reading, problems
            if not problems:
                break
            if attempt + 1 < attempts:
                tally.count("n_again")
                current = ask_again(current, answer, problems)
        assert best is not None
        return Elicited(best[0], best[1], tuple(exchanges))


def ask_again(question: Question, answer: Answer, problems: Sequence[str]) -> Question:
    """Return the question that shows a teacher its answer and what is wrong with it."""
    listed = "\n".join(f"- {problem}" for problem in problems[:50])
    more = f"\n- and {len(problems) - 50} more" if len(problems) > 50 else ""
    echo = answer.text[:LONGEST_ECHO] or "(no answer)"
    cut_off = answer.finish == "length"
    return question.followed_by(
        Message("assistant", echo),
        Message(
            "user",
            f"That answer cannot be used:\n{listed}{more}\n"
            "Give the whole answer again, in the format asked for, with these problems mended.",
        ),
        max_tokens=2 * question.max_tokens if cut_off else None,
    )


def no_likelihoods(question: Question) -> TeacherSetupError:
    """Return the error for a teacher that cannot tell how likely a label is."""
    return TeacherSetupError(
        f"{question.prompt} needs the likelihood of each label, and {question.teacher} gives none. "
        "These do: hf:FOLDER (a local model, exact), and OpenAI-compatible endpoints that return "
        "logprobs, such as vLLM, llama.cpp and most models of OpenAI. Anthropic and plain "
        "functions do not."
    )


def bad_answer(elicited: Elicited[R]) -> BadAnswer:
    """Return the error for a conversation that ended without a usable answer."""
    question, answer = elicited.exchanges[-1]
    about_columns = question.prompt.startswith(COLUMN_PROMPTS)
    kind = BadAnswer if about_columns else BadTextAnswer
    return kind(question, answer.text, elicited.problems)


def run_all(
    jobs: Sequence[T],
    work: Callable[[T], R],
    *,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[R | Exception | None]:
    """Do every job in a pool of threads; return results or errors in the order of the jobs.

    One failed job does not stop the others. What would fail every job (no budget, a refused key,
    an endpoint that is down) does: jobs not begun then stay ``None``. On Ctrl-C nothing new
    begins, and what is in flight is waited for, since it is being paid for.
    """
    results: list[R | Exception | None] = [None] * len(jobs)
    stopped = threading.Event()
    failures = _FailuresInARow()

    def begin(job: T) -> R | None:
        if stopped.is_set():
            return None
        try:
            result = work(job)
        except Exception as error:
            if is_fatal(error) or failures.count(error) >= GIVE_UP_AFTER:
                stopped.set()
            raise
        failures.count(None)
        return result

    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(jobs) or 1))) as pool:
        futures = {pool.submit(begin, job): number for number, job in enumerate(jobs)}
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                error = future.exception()
                if error is None:
                    results[futures[future]] = future.result()
                elif isinstance(error, Exception):
                    results[futures[future]] = error
                else:
                    raise error
                if progress is not None and not stopped.is_set():
                    progress(done, len(jobs))
        finally:
            stopped.set()
    return results


class _FailuresInARow:
    """Counts the questions in a row that the endpoint failed, over all threads."""

    def __init__(self) -> None:
        self._number, self._lock = 0, threading.Lock()

    def count(self, error: Exception | None) -> int:
        with self._lock:
            self._number = self._number + 1 if isinstance(error, ClientError) else 0
            return self._number


def is_fatal(error: Exception) -> bool:
    """Tell whether an error of one question would meet every other question too."""
    if isinstance(error, BadAnswer):
        return False
    return not (isinstance(error, ClientError) and error.retryable)


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.retryable


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=60)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    jittered = float(_backoff(state))
    asked = getattr(error, "retry_after", None)
    return jittered if asked is None else min(float(asked) + 0.1 * jittered, LONGEST_WAIT)
