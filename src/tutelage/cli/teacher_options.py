"""Options that say which teacher is asked, and how; from their values to a teacher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.console import warn
from tutelage.errors import TeacherSetupError
from tutelage.teacher.teacher import Teacher

Source = Annotated[
    str | None,
    typer.Option(
        "--teacher",
        help="openai:MODEL, http://HOST:PORT/v1#MODEL or tape:FILE.",
    ),
]
Budget = Annotated[float | None, typer.Option(help="Most to spend, in US dollars.", min=0.0)]
Answers = Annotated[
    Path | None, typer.Option(help="Store of answers; default: .tutelage/answers.sqlite.")
]
PriceIn = Annotated[float | None, typer.Option(help="US dollars per million tokens sent.", min=0.0)]
PriceOut = Annotated[
    float | None, typer.Option(help="US dollars per million tokens received.", min=0.0)
]
KeyVariable = Annotated[
    str | None, typer.Option(help="Name of the environment variable that holds the key.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ask anew what was answered in earlier runs.")]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Keep no answers; asking again costs again.")
]
Batch = Annotated[
    bool, typer.Option("--batch", help="Through the provider's batch API: half price, slow.")
]
PerMinute = Annotated[
    float | None, typer.Option("--rpm", help="Most requests per minute.", min=0.001)
]
TokensPerMinute = Annotated[
    float | None, typer.Option("--tpm", help="Most tokens per minute.", min=1)
]
Scrub = Annotated[
    bool,
    typer.Option(
        "--scrub",
        help="Hide e-mail addresses, phone, card and account numbers before anything is sent.",
    ),
]
Workers = Annotated[int, typer.Option(help="Calls in flight at a time.", min=1)]


@dataclass(frozen=True)
class TeacherOptions:
    """Who is asked, and within which limits; a group of options."""

    source: Source = None
    budget: Budget = None
    answers: Answers = None
    price_in: PriceIn = None
    price_out: PriceOut = None
    key_variable: KeyVariable = None
    fresh: Fresh = False
    no_cache: NoCache = False
    batch: Batch = False
    rpm: PerMinute = None
    tpm: TokensPerMinute = None
    workers: Workers = 4
    scrub: Scrub = False

    @contextmanager
    def opened(self) -> Iterator[Teacher]:
        """Open the teacher and close it again.

        Raises
        ------
        TeacherSetupError
            When the options do not belong together or the teacher cannot be asked.
        """
        problems = self._problems()
        if problems:
            raise TeacherSetupError(
                f"{problems[0]}." if len(problems) == 1 else "The teacher cannot be asked:",
                problems,
            )
        prices = None
        if self.price_in is not None and self.price_out is not None:
            prices = (self.price_in, self.price_out)
        with Teacher(
            self.source,
            budget_usd=self.budget,
            answers=False if self.no_cache else self.answers,
            prices=prices,
            key_variable=self.key_variable,
            fresh=self.fresh,
            batch=self.batch,
            requests_per_minute=self.rpm,
            tokens_per_minute=self.tpm,
            workers=self.workers,
            scrub=self.scrub,
        ) as teacher:
            yield teacher

    def _problems(self) -> list[str]:
        problems = []
        if self.source is None:
            problems.append(
                "a teacher is needed: --teacher openai:MODEL, http://HOST:PORT/v1#MODEL or "
                "tape:FILE"
            )
        if (self.price_in is None) != (self.price_out is None):
            problems.append("--price-in and --price-out belong together; give both")
        if self.no_cache and (self.answers is not None or self.fresh):
            problems.append("--no-cache keeps no answers; leave out --answers and --fresh")
        return problems


def warn_of_orders(teacher: Teacher) -> None:
    """Say aloud which words of the card read like orders to the teacher."""
    for name, reason in teacher.last_flags:
        warn(f"{name} looks like an instruction to the teacher ({reason}); it was sent as data.")
