"""Seconds of each step of a job."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Timer:
    """Seconds spent on each step."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        """Book the time since the last call to ``step``."""
        now = time.perf_counter()
        self.seconds[step] = now - self._since
        self._since = now
