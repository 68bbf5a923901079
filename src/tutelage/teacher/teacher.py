"""Teacher: whoever is asked. The one door to the teacher layer for users of the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from tutelage.errors import TeacherSetupError
from tutelage.lessons.feature_prior import FeaturePrior
from tutelage.teacher.adversarial import AdversarialMethods
from tutelage.teacher.asking import Tally
from tutelage.teacher.exchange import Answer, Client, Question
from tutelage.teacher.ledger import Ledger
from tutelage.teacher.masked_methods import MaskedMethods
from tutelage.teacher.members import StorePlace, open_members, share_of
from tutelage.teacher.one_teacher import FeatureJob, Progress
from tutelage.teacher.panel import plans_together, together
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber, flag_orders
from tutelage.teacher.rationale_face import RationaleFace
from tutelage.teacher.settings import Settings
from tutelage.teacher.shape_methods import ShapeMethods
from tutelage.teacher.store import AnswerStore
from tutelage.teacher.task_card import Columns, TaskCard, as_card, words_of


class Teacher(RationaleFace, AdversarialMethods, MaskedMethods, ShapeMethods):
    """A language model that is asked for lessons, within a budget, and never twice.

    Every answer is stored, with its cost, before it is read. Asking the same again, after a
    crash or in another process, gives the stored answer and costs nothing; only what is missing
    is asked. Nothing is sent but the words of the task card: names, descriptions, classes.

    Parameters
    ----------
    source
        Who is asked: ``"PROVIDER:MODEL"``, ``"http://HOST:PORT/v1#MODEL"``, ``"hf:FOLDER"`` (a
        local model, extra ``text``), ``"tape:FILE"``, a function of messages, a client such as
        :class:`ScriptedClient`, or a list of these or of teachers: all are asked the same, their
        answers put together and their agreement noted.
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
    scrub
        Replace e-mail addresses, phone, card and account numbers by placeholders before anything
        is sent or stored; ``last_scrubber`` can put them back, on this machine.
    batch
        Ask through the provider's batch API: half the price, and an answer within a day. A run
        that is interrupted goes on waiting for the same batch when it is started again. What is
        asked again because an answer was unusable goes singly, at the full price.
    poll_s
        Seconds between two looks at a batch, > 0.
    sleep
        How to wait; a test may replace it.

    Attributes
    ----------
    last_tally : Tally
        How the questions of the last job went: stored, asked, retried, failed.
    last_flags : list of (name, reason)
        Columns and categories of the last job whose words look like instructions.
    last_scrubber : Scrubber
        What was hidden in the last job.

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
        answers: StorePlace = None,
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
        scrub: bool = False,
        batch: bool = False,
        poll_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.settings = Settings(
            budget_usd=budget_usd,
            prices=prices,
            name=name,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            max_tokens=max_tokens,
            workers=workers,
            attempts=attempts,
            tries=tries,
            timeout_s=timeout_s,
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            key_variable=key_variable,
            environment=environment,
            run=run,
            fresh=fresh,
            scrub=scrub,
            batch=batch,
            poll_s=poll_s,
            sleep=sleep,
        )
        self.members = open_members(source, answers, self.settings)
        self._given_store = answers if isinstance(answers, AnswerStore) else None
        self.last_tally = Tally()
        self.last_flags: list[tuple[str, str]] = []
        self.last_scrubber = Scrubber()

    @property
    def title(self) -> str:
        """What provenance calls the teacher."""
        return " + ".join(member.title for member in self.members)

    @property
    def name(self) -> str:
        """The (first) teacher's name in the keys of its answers."""
        return self.members[0].name

    @property
    def client(self) -> Client:
        """The (first) teacher's client."""
        return self.members[0].client

    @property
    def store(self) -> AnswerStore:
        """Where the (first teacher's) answers are kept."""
        return self.members[0].store

    @property
    def ledger(self) -> Ledger:
        """The accounts; teachers of a list share them."""
        return self.members[0].ledger

    def __repr__(self) -> str:
        return f"Teacher({self.title!r}, store={self.store.name!r})"

    def __enter__(self) -> Teacher:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the client's connections, and the store unless it was given as one.

        A later call opens them again; what was only in memory is gone.
        """
        for member in self.members:
            member.close()
            if member.store is not self._given_store:
                member.store.close()

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
        job = FeatureJob(card, repeats, prompt, paraphrases, both, missing)
        self.last_tally, self.last_scrubber = Tally(), Scrubber()
        self.last_flags = flag_orders(words_of(card))
        priors = [
            member.feature_prior(
                job, self.last_tally, self.last_scrubber, share_of(progress, n, len(self.members))
            )
            for n, member in enumerate(self.members)
        ]
        return priors[0] if len(priors) == 1 else together(priors)

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
        job = FeatureJob(card, repeats, prompt, paraphrases, both)
        return plans_together([member.plan(job) for member in self.members])

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
        self.last_tally = Tally()
        return self.members[0].ask(questions, self.last_tally, progress)
