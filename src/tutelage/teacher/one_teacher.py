"""One source of answers with everything it takes to ask it: store, ledger, limits, reading."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from tutelage.errors import TutelageWarning
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.teacher.asking import Asker, Elicited, Tally, bad_answer, is_fatal, run_all
from tutelage.teacher.batch import Batches, batch_price
from tutelage.teacher.exchange import Answer, Message, Question
from tutelage.teacher.feature_lesson import assemble_prior, provenance_of
from tutelage.teacher.feature_question import FeatureQuestion, Slot, feature_questions
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.limits import Limits
from tutelage.teacher.plan import Plan, make_plan
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.reading import Reading, read_scores
from tutelage.teacher.settings import Settings
from tutelage.teacher.source import Source
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import TaskCard

T = TypeVar("T")
R = TypeVar("R")

Progress = Callable[[int, int], None]
Missing = Literal["refuse", "allow"]
Reader = Callable[[Answer], tuple[R, list[str]]]


@dataclass(frozen=True)
class FeatureJob:
    """What is asked about a table, and how often."""

    card: TaskCard
    repeats: int
    prompt: str | None
    paraphrases: bool
    both: bool
    missing: Missing = "refuse"


class OneTeacher:
    """A client with its name, price, store, ledger and limits.

    Parameters
    ----------
    source
        Who is asked.
    store
        Where answers are kept.
    settings
        How it is asked.
    """

    def __init__(self, source: Source, store: AnswerStore, settings: Settings):
        self.client, self.name, self.title = source.client, source.name, source.title
        self.price, self.store, self.settings = source.price, store, settings
        self.sampling = settings.sampling_for(self.client)
        self.workers = min(
            settings.workers, getattr(self.client, "max_workers", None) or settings.workers
        )
        self.ledger = Ledger(
            store,
            run=settings.run,
            budget_usd=settings.budget_usd,
            session=settings.session,
            sleep=settings.sleep,
        )
        self._asker = Asker(
            self.client,
            self.ledger,
            self.price,
            tries=settings.tries,
            lease_s=2 * settings.timeout_s + 60,
            fresh=settings.fresh,
            limits=Limits(
                settings.requests_per_minute, settings.tokens_per_minute, sleep=settings.sleep
            ),
            sleep=settings.sleep,
        )

        self.batches = (
            Batches(
                self.client,
                self.ledger,
                self.price,
                poll_s=settings.poll_s,
                sleep=settings.sleep,
            )
            if settings.batch
            else None
        )

    def close(self) -> None:
        """Close the client's connections."""
        close_client = getattr(self.client, "close", None)
        if callable(close_client):
            close_client()

    def ask(
        self, questions: Sequence[Question], tally: Tally, progress: Progress | None
    ) -> list[Answer | Exception | None]:
        """Return the raw answers, errors in their places."""
        # what is stored is read here: threads help with waiting, and here is nothing to wait for
        plain = [None if q.labels else self._asker.stored(q, tally) for q in questions]
        missing = [q for q, answer in zip(questions, plain, strict=True) if answer is None]
        n_stored = len(questions) - len(missing)

        def step(done: int, total: int) -> None:
            if progress is not None:
                progress(n_stored + done, n_stored + total)

        if n_stored:
            step(0, len(missing))
        asked = iter(self._run(missing, lambda q: self._asker.ask(q, tally), tally, step))
        return [next(asked) if answer is None else answer for answer in plain]

    def _run(
        self,
        jobs: Sequence[T],
        work: Callable[[T], R],
        tally: Tally,
        progress: Progress | None,
    ) -> list[R | Exception | None]:
        try:
            return run_all(jobs, work, workers=self.workers, progress=progress)
        finally:
            self.ledger.note_stored(self.name, tally.take_stored())

    def feature_questions(self, job: FeatureJob, scrubber: Scrubber) -> list[FeatureQuestion]:
        """Return the questions of a job, scrubbed where the settings say so."""
        questions = feature_questions(
            job.card,
            model=self.name,
            repeats=job.repeats,
            prompt=job.prompt,
            reworded=job.paraphrases,
            both=job.both,
            sampling=self.sampling,
            max_tokens=self.settings.max_tokens,
        )
        if not self.settings.scrub:
            return questions
        return [_scrubbed(asked, scrubber) for asked in questions]

    def feature_prior(
        self, job: FeatureJob, tally: Tally, scrubber: Scrubber, progress: Progress | None
    ) -> FeaturePrior:
        """Ask everything, put it together, say where it comes from."""
        questions = self.feature_questions(job, scrubber)

        def reader(asked: FeatureQuestion) -> Reader[Reading]:
            def read(answer: Answer) -> tuple[Reading, list[str]]:
                reading = read_scores(answer.text, asked.slots, finish=answer.finish)
                return reading, reading.problems

            return read

        pairs = [(asked.question, reader(asked)) for asked in questions]
        elicited = self.elicit_all(pairs, tally, progress, missing=job.missing)
        heard = list(zip(questions, elicited, strict=True))
        provenance = provenance_of(job.card, heard, teacher=self.title, notes=self.notes)
        return assemble_prior(job.card, heard, provenance)

    @property
    def notes(self) -> str:
        """What provenance notes about the teacher: that it is a replay, and the tape's note."""
        replay = f"replay of the answers of {self.name}" if self.title != self.name else ""
        return ": ".join(part for part in (replay, getattr(self.client, "note", "")) if part)

    def plan(self, job: FeatureJob) -> Plan:
        """Return what the job would take."""
        questions = self.feature_questions(job, Scrubber())
        return self.plan_of([(asked.question, len(asked.slots)) for asked in questions])

    def plan_of(self, questions: Sequence[tuple[Question, int]]) -> Plan:
        """Return what questions would take, each given with the number of scores it asks for."""
        return make_plan(
            questions,
            teacher=self.title,
            store=self.store,
            price=batch_price(self.price) if self.settings.batch else self.price,
            session=self.settings.session if self.settings.fresh else None,
        )

    def elicit_all(
        self,
        questions: Sequence[tuple[Question, Reader[R]]],
        tally: Tally,
        progress: Progress | None,
        *,
        missing: Missing = "refuse",
    ) -> list[Elicited[R]]:
        """Put every question until its answer can be read; return the conversations, in order.

        Parameters
        ----------
        questions
            Each with a function from its answer to (reading, problems).
        tally, progress
            What counts, and what is told, while it goes on.
        missing
            ``"refuse"``: an answer that keeps its problems is an error. ``"allow"``: what could
            be read of it is kept, with a warning.

        Raises
        ------
        TeacherError
            The gravest error of any question.
        """

        def work(pair: tuple[Question, Reader[R]]) -> Elicited[R]:
            question, read = pair
            elicited = self._asker.elicit(
                question, read, attempts=self.settings.attempts, tally=tally
            )
            if elicited.problems and missing == "refuse":
                raise bad_answer(elicited)
            return elicited

        if self.batches is not None:
            asked_for = [question for question, _ in questions]
            self.batches.run(asked_for, fresh=self.settings.fresh, progress=progress)
        outcomes = self._run(questions, work, tally, progress)
        return self._heard([question for question, _ in questions], outcomes, tally)

    def _heard(
        self, questions: Sequence[Question], outcomes: Sequence[Any], tally: Tally
    ) -> list[Elicited[Any]]:
        """Return the conversations; raise the gravest error, warn of what stayed unscored."""
        errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        tally.failures += [
            (question.about, str(outcome))
            for question, outcome in zip(questions, outcomes, strict=True)
            if isinstance(outcome, Exception)
        ]
        if errors:
            raise next((error for error in errors if is_fatal(error)), errors[0])
        heard = list(outcomes)
        partial = [elicited for elicited in heard if elicited.problems]
        if partial:
            listed = [problem for elicited in partial for problem in elicited.problems]
            warnings.warn(
                f"{len(partial)} of {len(heard)} answers of {self.title} were used although they "
                f"have problems; what they left out stays unscored. {len(listed)} problems, the "
                f"first: {listed[0]}.",
                TutelageWarning,
                stacklevel=5,
            )
        return heard


def _scrubbed(asked: FeatureQuestion, scrubber: Scrubber) -> FeatureQuestion:
    """Return the question with everything personal hidden, in the words and in the form."""
    hide = scrubber.hide
    question = asked.question
    hidden = Question(
        model=question.model,
        prompt=question.prompt,
        prompt_hash=question.prompt_hash,
        messages=tuple(Message(m.role, hide(m.content)) for m in question.messages),
        sampling=question.sampling,
        schema=hide(question.schema),
        sample=question.sample,
        about=hide(question.about),
        max_tokens=question.max_tokens,
    )
    slots = tuple(
        Slot(tuple(hide(part) for part in slot.path), slot.column, slot.category)
        for slot in asked.slots
    )
    return replace(asked, question=hidden, slots=slots)
