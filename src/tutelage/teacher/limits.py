"""Requests and tokens per minute, for all threads of one teacher together."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class Pass:
    """One call's share of a minute; its tokens are corrected when they are known."""

    __slots__ = ("moment", "tokens")

    def __init__(self, moment: float, tokens: int):
        self.moment, self.tokens = moment, tokens


class Limits:
    """Lets calls through so that no minute, wherever it begins, holds more than it may.

    A log of the last minute is kept, rather than a bucket, because a full bucket lets through
    twice the limit around the moment it is emptied. A call of more tokens than a whole minute
    allows goes through alone.

    Parameters
    ----------
    requests_per_minute, tokens_per_minute
        The limits, > 0; ``None`` for none.
    clock, sleep
        The time and how to wait for it; a test may replace both.

    Examples
    --------
    >>> now = [0.0]
    >>> def sleep(seconds): now[0] += seconds
    >>> limits = Limits(requests_per_minute=2, clock=lambda: now[0], sleep=sleep)
    >>> for _ in range(5):
    ...     _ = limits.enter(tokens=10)
    ...     print(round(now[0]), end=" ")
    0 0 60 60 120
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.requests_per_minute = requests_per_minute
        self.tokens_per_minute = tokens_per_minute
        self._clock, self._sleep = clock, sleep
        self._passes: deque[Pass] = deque()
        self._tokens = 0
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def enter(self, tokens: int) -> Pass | None:
        """Wait until a call of ``tokens`` fits, and count it; ``None`` without limits."""
        pause = self._paused_until - self._clock()
        if pause > 0:
            self._sleep(pause)
        if self.requests_per_minute is None and self.tokens_per_minute is None:
            return None
        while True:
            with self._lock:
                wait = self._wait_for(tokens)
                if wait <= 0:
                    granted = Pass(self._clock(), tokens)
                    self._passes.append(granted)
                    self._tokens += tokens
                    return granted
            self._sleep(wait)

    def correct(self, granted: Pass | None, tokens: int) -> None:
        """Replace the tokens that were expected of a call by those it took."""
        if granted is None:
            return
        with self._lock:
            if granted.moment > self._clock() - WINDOW_SECONDS:
                self._tokens += tokens - granted.tokens
            granted.tokens = tokens

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while: the endpoint said so to one call and means all."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _wait_for(self, tokens: int) -> float:
        """Return the seconds until a call of ``tokens`` may fit; 0 when it fits now."""
        horizon = self._clock() - WINDOW_SECONDS
        while self._passes and self._passes[0].moment <= horizon:
            self._tokens -= self._passes.popleft().tokens
        full = self.requests_per_minute is not None and (
            len(self._passes) + 1 > max(1.0, self.requests_per_minute)
        )
        heavy = self.tokens_per_minute is not None and (
            self._tokens + tokens > self.tokens_per_minute
        )
        if not self._passes or not (full or heavy):
            return 0.0
        return max(self._passes[0].moment - horizon, 0.001)
