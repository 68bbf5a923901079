"""Teacher: whoever is asked. The one door to the teacher layer for users of the library."""

from __future__ import annotations

import os
import time
import uuid
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tutelage._canonical import canonical_json
from tutelage.errors import TeacherSetupError, TutelageWarning
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.teacher.asking import Asker, Elicited, Tally, bad_answer, is_fatal, run_all
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.feature_lesson import assemble_prior, provenance_of
from tutelage.teacher.feature_question import FeatureQuestion, feature_questions
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.limits import Limits
from tutelage.teacher.plan import Plan, make_plan
from tutelage.teacher.reading import Reading, read_scores
from tutelage.teacher.source import open_source
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import Column, TaskCard

DEFAULT_STORE = Path(".tutelage") / "answers.sqlite"

Columns = Sequence[str | Column] | Mapping[str, str]
Progress = Callable[[int, int], None]


class Teacher:
    """A language model that is asked for lessons, within a budget, and never twice.

    Every answer is stored, with its cost, before it is read. Asking the same again, after a
    crash or in another process, gives the stored answer and costs nothing; only what is missing
    is asked. Nothing is sent but the words of the task card: names, descriptions, classes.

    Parameters
    ----------
    source
        Who is asked: ``"PROVIDER:MODEL"``, ``"http://HOST:PORT/v1#MODEL"``, ``"tape:FILE"``, a
        function of messages, or a client such as :class:`ScriptedClient`.
    budget_usd
        Most that this ``run`` may spend in US dollars, in all sessions and processes on one
        store together; ``None`` sets no cap. A call whose worst case does not fit is not made.
    answers
        The store: a path, an :class:`~tutelage.teacher.store.AnswerStore`, or ``False`` to keep
        nothing. Default: ``.tutelage/answers.sqlite`` below the current folder for models, and
        memory for tapes, functions and client objects.
    prices
        (USD per million tokens in, per million out), where they are not known or are other than
        the list price.
    name
        The teacher's name in the keys of its answers; default: ``source``. Give one to a server
        whose address changes, or to a function whose answers are to be kept in a file.
    temperature, top_p, seed
        Sampling settings; ``None`` leaves them to the endpoint. Repeats need a temperature
        above 0.
    max_tokens
        Cap on one answer; default: room for thinking and for every score.
    workers
        Calls in flight at a time, >= 1.
    attempts
        How often a question is put before an unusable answer is final, >= 1; from the second
        time on with the problems of the last answer.
    tries
        Calls per question while the endpoint fails, >= 1.
    timeout_s
        Seconds for one call, > 0.
    requests_per_minute, tokens_per_minute
        Limits of the endpoint, > 0; ``None`` for none. A ``Retry-After`` is honoured anyway, by
        all threads.
    key_variable
        *Name* of the environment variable that holds the key. A key itself is no argument.
    environment
        Where variables are looked up; ``None`` is the process's environment, read at the first
        real call.
    run
        Name under which spending is added up.
    fresh
        Ask anew what was answered in earlier sessions; the older answers are kept.

    Raises
    ------
    TeacherSetupError
        When the source, its price or a setting cannot be used.

    Examples
    --------
    >>> def know_all(messages):
    ...     return {"age": 6, "shoe size": 0}
    >>> teacher = Teacher(know_all)
    >>> prior = teacher.feature_prior(
    ...     "Predict who is ill.", {"age": "age in years", "shoe size": ""}, ["no", "yes"])
    >>> prior.score("yes", "age").answers
    (0.6, 0.6, 0.6, 0.6, 0.6)
    >>> prior.provenance.prompt
    'feature_scores/v2'
    """

    def __init__(
        self,
        source: object,
        *,
        budget_usd: float | None = None,
        answers: str | os.PathLike[str] | AnswerStore | Literal[False] | None = None,
        prices: Sequence[float] | None = None,
        name: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        max_tokens: int | None = None,
        workers: int = 4,
        attempts: int = 3,
        tries: int = 6,
        timeout_s: float = 120.0,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        key_variable: str | None = None,
        environment: Mapping[str, str] | None = None,
        run: str = "default",
        fresh: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ):
        for setting, value in (("workers", workers), ("attempts", attempts), ("tries", tries)):
            _check_count(setting, value)
        _check_number("timeout_s", timeout_s, above=0)
        if budget_usd is not None:
            _check_number("budget_usd", budget_usd)
        rates = {"requests_per_minute": requests_per_minute, "tokens_per_minute": tokens_per_minute}
        for setting, rate in rates.items():
            if rate is not None:
                _check_number(setting, rate, above=0)
        if max_tokens is not None:
            _check_count("max_tokens", max_tokens)
        opened = open_source(
            source,
            name=name,
            prices=prices,
            key_variable=key_variable,
            environment=environment,
            timeout_s=timeout_s,
        )
        self.name, self.title, self.price = opened.name, opened.title, opened.price
        self.client = opened.client
        self.attempts = attempts
        self.max_tokens = max_tokens
        self.fresh = fresh
        self.workers = min(workers, getattr(self.client, "max_workers", None) or workers)
        self.last_tally = Tally()
        given = {"temperature": temperature, "top_p": top_p, "seed": seed, "max_tokens": max_tokens}
        chosen = {key: value for key, value in given.items() if value is not None}
        # a replay asks as the recording asked
        self.sampling = (
            canonical_json(chosen) if chosen else getattr(opened.client, "sampling", "{}")
        )
        self.store = _open_store(answers, opened.has_file)
        self._session = uuid.uuid4().hex
        self.ledger = Ledger(
            self.store, run=run, budget_usd=budget_usd, session=self._session, sleep=sleep
        )
        self._asker = Asker(
            self.client,
            self.ledger,
            self.price,
            tries=tries,
            lease_s=2 * timeout_s + 60,
            fresh=fresh,
            limits=Limits(requests_per_minute, tokens_per_minute, sleep=sleep),
            sleep=sleep,
        )

    def __repr__(self) -> str:
        return f"Teacher({self.title!r}, store={self.store.name!r})"

    def __enter__(self) -> Teacher:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store and the client's connections; a later call opens them again."""
        close_client = getattr(self.client, "close", None)
        if callable(close_client):
            close_client()
        self.store.close()

    def feature_prior(
        self,
        task: str | TaskCard,
        columns: Columns | None = None,
        classes: Sequence[object] | None = None,
        repeats: int = 5,
        *,
        prompt: str | None = None,
        paraphrases: bool = False,
        both: bool = False,
        missing: Literal["refuse", "allow"] = "refuse",
        progress: Progress | None = None,
    ) -> FeaturePrior:
        """Ask how strongly, and in which direction, each column speaks for each class.

        Parameters
        ----------
        task
            One sentence, or a :class:`TaskCard`, which holds columns and classes too.
        columns
            Names, a mapping from name to meaning, or :class:`Column` values.
        classes
            Class names. With two, the teacher is asked about the last only: its negated scores
            serve the other.
        repeats
            How often each question is asked, >= 1; the spread says how sure the teacher is.
        prompt
            Version of the prompt; default: the card's, else the newest.
        paraphrases
            Spread the repeats over several wordings.
        both
            With two classes, ask about each.
        missing
            ``"refuse"``: an answer that still has problems after the last attempt is an error.
            ``"allow"``: what could be read is kept, the rest stays unscored, with a warning.
        progress
            Called with (questions done, questions in all) after each.

        Raises
        ------
        BadAnswer
            When an answer stays unusable; every other answer is stored.
        BudgetExceeded
            Before the call that could break the budget.
        TapeMiss, ClientError
            When there is no answer to be had.
        """
        if missing not in ("refuse", "allow"):
            raise TeacherSetupError(f"missing must be 'refuse' or 'allow', got {missing!r}.")
        card = as_card(task, columns, classes)
        questions = self._feature_questions(card, repeats, prompt, paraphrases, both)
        tally = self.last_tally = Tally()

        def work(asked: FeatureQuestion) -> Elicited[Reading]:
            def read(answer: Answer) -> tuple[Reading, list[str]]:
                reading = read_scores(answer.text, asked.slots, finish=answer.finish)
                return reading, reading.problems

            elicited = self._asker.elicit(asked.question, read, attempts=self.attempts, tally=tally)
            if elicited.problems and missing == "refuse":
                raise bad_answer(elicited)
            return elicited

        outcomes = run_all(questions, work, workers=self.workers, progress=progress)
        heard = self._heard(questions, outcomes, tally)
        note = getattr(self.client, "note", "")
        notes = f"replay of the answers of {self.name}" if self.title != self.name else ""
        provenance = provenance_of(
            card, heard, teacher=self.title, notes=": ".join(part for part in (notes, note) if part)
        )
        return assemble_prior(card, heard, provenance)

    def plan_feature_prior(
        self,
        task: str | TaskCard,
        columns: Columns | None = None,
        classes: Sequence[object] | None = None,
        repeats: int = 5,
        *,
        prompt: str | None = None,
        paraphrases: bool = False,
        both: bool = False,
    ) -> Plan:
        """Return what :meth:`feature_prior` would take; nothing is sent.

        >>> plan = Teacher(lambda messages: "{}").plan_feature_prior(
        ...     "Predict who is ill.", ["age"], ["no", "yes"])
        >>> plan.n_calls, plan.cost_usd.high
        (5, 0.0)
        """
        card = as_card(task, columns, classes)
        questions = self._feature_questions(card, repeats, prompt, paraphrases, both)
        return make_plan(
            [(asked.question, len(asked.slots)) for asked in questions],
            teacher=self.title,
            store=self.store,
            price=self.price,
            session=self._session if self.fresh else None,
        )

    def ask(
        self, questions: Sequence[Question], *, progress: Progress | None = None
    ) -> list[Answer | Exception | None]:
        """Return the raw answer to each question, in order: stored, or asked now.

        A question that failed has its error in its place, one that was not begun (because an
        error would have met every other too) has ``None``. Nothing is read or asked again.

        >>> from tutelage.teacher.exchange import Message
        >>> teacher = Teacher(
        ...     lambda messages: messages[-1]["content"].upper(), name="loud", answers=False)
        >>> [answer] = teacher.ask([Question("loud", "free/v1", "", (Message("user", "hi"),))])
        >>> answer.text
        'HI'
        """
        tally = self.last_tally = Tally()
        return run_all(
            questions,
            lambda question: self._asker.ask(question, tally),
            workers=self.workers,
            progress=progress,
        )

    def _feature_questions(
        self, card: TaskCard, repeats: int, prompt: str | None, paraphrases: bool, both: bool
    ) -> list[FeatureQuestion]:
        return feature_questions(
            card,
            model=self.name,
            repeats=repeats,
            prompt=prompt,
            reworded=paraphrases,
            both=both,
            sampling=self.sampling,
            max_tokens=self.max_tokens,
        )

    def _heard(
        self, questions: Sequence[FeatureQuestion], outcomes: Sequence[Any], tally: Tally
    ) -> list[tuple[FeatureQuestion, Elicited[Reading]]]:
        """Return the conversations; raise the gravest error, warn of what stayed unscored."""
        errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        tally.failures += [
            (asked.question.about, str(outcome))
            for asked, outcome in zip(questions, outcomes, strict=True)
            if isinstance(outcome, Exception)
        ]
        if errors:
            raise next((error for error in errors if is_fatal(error)), errors[0])
        heard = list(zip(questions, outcomes, strict=True))
        partial = [elicited for _, elicited in heard if elicited.problems]
        if partial:
            listed = [problem for elicited in partial for problem in elicited.problems]
            warnings.warn(
                f"{len(partial)} of {len(heard)} answers of {self.title} were used although they "
                f"have problems; what they left out stays unscored. {len(listed)} problems, the "
                f"first: {listed[0]}.",
                TutelageWarning,
                stacklevel=3,
            )
        return heard


def as_card(
    task: str | TaskCard, columns: Columns | None, classes: Sequence[object] | None
) -> TaskCard:
    """Return the task card that the arguments of a method describe."""
    if isinstance(task, TaskCard):
        if columns is not None or classes is not None:
            raise TeacherSetupError("a TaskCard holds columns and classes; leave them out.")
        return task
    if columns is None or classes is None:
        raise TeacherSetupError(
            "columns and classes must be given with a task in words; or pass a TaskCard."
        )
    return TaskCard(task, classes, columns)


def _open_store(
    answers: str | os.PathLike[str] | AnswerStore | Literal[False] | None, has_file: bool
) -> AnswerStore:
    if isinstance(answers, AnswerStore):
        return answers
    if answers is False or (answers is None and not has_file):
        return AnswerStore(None)
    return AnswerStore(DEFAULT_STORE if answers is None else answers)


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TeacherSetupError(f"{name} must be a whole number above 0, got {value!r}.")


def _check_number(name: str, value: object, above: float | None = None) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    low = 0.0 if above is None else above
    if not is_number or not low <= float(value) < float("inf") or value == above:  # type: ignore[arg-type]
        least = ">= 0" if above is None else f"above {above:g}"
        raise TeacherSetupError(f"{name} must be a finite number {least}, got {value!r}.")
