"""How a teacher is asked: the settings of one Teacher, checked once, frozen."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tutelage._canonical import canonical_json
from tutelage.errors import TeacherSetupError


@dataclass(frozen=True)
class Settings:
    """Everything a user may set about asking; see :class:`~tutelage.teacher.teacher.Teacher`."""

    budget_usd: float | None = None
    prices: Sequence[float] | None = None
    name: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    workers: int = 4
    attempts: int = 3
    tries: int = 6
    timeout_s: float = 120.0
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    key_variable: str | None = None
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    run: str = "default"
    fresh: bool = False
    scrub: bool = False
    batch: bool = False
    poll_s: float = 30.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    session: str = field(default_factory=lambda: uuid.uuid4().hex, repr=False)

    def __post_init__(self) -> None:
        for name in ("workers", "attempts", "tries", "max_tokens"):
            value = getattr(self, name)
            if value is not None:
                check_count(name, value)
        for name in ("timeout_s", "poll_s", "requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None:
                check_number(name, value, above=0)
        if self.budget_usd is not None:
            check_number("budget_usd", self.budget_usd)

    @property
    def sampling(self) -> dict[str, object]:
        """The sampling settings that were chosen."""
        given = {name: getattr(self, name) for name in ("temperature", "top_p", "seed")}
        given["max_tokens"] = self.max_tokens
        return {name: value for name, value in given.items() if value is not None}

    def sampling_for(self, client: object) -> str:
        """Return the canonical sampling settings; a replay asks as the recording asked."""
        chosen = self.sampling
        return canonical_json(chosen) if chosen else getattr(client, "sampling", "{}")


def check_count(name: str, value: object) -> None:
    """Raise unless ``value`` is a whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TeacherSetupError(f"{name} must be a whole number above 0, got {value!r}.")


def check_number(name: str, value: object, above: float | None = None) -> None:
    """Raise unless ``value`` is finite and >= 0, or above ``above``."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    number = float(value) if is_number else math.nan  # type: ignore[arg-type]
    fits = number >= 0 if above is None else number > above
    if not fits or math.isinf(number):
        least = ">= 0" if above is None else f"above {above:g}"
        raise TeacherSetupError(f"{name} must be a finite number {least}, got {value!r}.")
