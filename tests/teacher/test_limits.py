import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage.errors import TeacherSetupError
from tutelage.teacher.limits import Limits
from tutelage.teacher.teacher import Teacher


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


@settings(max_examples=100, deadline=None)
@given(
    rate=st.integers(1, 20),
    tokens=st.integers(10, 100),
    calls=st.lists(st.tuples(st.integers(1, 60), st.floats(0, 5)), max_size=40),
)
def test_no_minute_holds_more_than_it_may(rate, tokens, calls):
    clock = Clock()
    limits = Limits(rate, tokens, clock=clock, sleep=clock.sleep)
    log = []
    for size, pause in calls:
        limits.enter(size)
        log.append((clock.now, size))
        clock.now += pause
    for start, _ in log:
        inside = [size for moment, size in log if start <= moment < start + 60]
        assert len(inside) <= rate
        assert sum(inside) <= tokens or len(inside) == 1


def test_unused_tokens_are_given_back():
    clock = Clock()
    limits = Limits(None, 100, clock=clock, sleep=clock.sleep)
    first = limits.enter(90)
    limits.correct(first, 10)
    limits.enter(90)
    assert clock.now == 0
    limits.enter(5)
    assert clock.now == 60


def test_a_pause_holds_for_everybody():
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    limits.pause(7)
    limits.pause(3)
    limits.enter(1)
    assert clock.now == 7


def test_threads_share_the_limit():
    limits = Limits(requests_per_minute=50, sleep=lambda seconds: done.wait(0.01))
    done, entered = threading.Event(), []

    def call():
        limits.enter(1)
        entered.append(1)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads[:20]:
        thread.join(1)
    assert len(entered) == 50


def test_a_limit_must_be_above_zero():
    with pytest.raises(TeacherSetupError, match="requests_per_minute must be a finite number abov"):
        Teacher("ollama:x", requests_per_minute=0)
