"""Teacher.rationales: the methods by which a teacher labels and explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from tutelage.errors import InputError, TeacherSetupError
from tutelage.lessons.rationale import Rationale
from tutelage.teacher.asking import Tally
from tutelage.teacher.one_teacher import OneTeacher, Progress
from tutelage.teacher.panel import plans_together
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber, flag_orders
from tutelage.teacher.rationale_choice import n_chosen, random_rows
from tutelage.teacher.rationale_job import Choose, RationaleJob
from tutelage.teacher.rationale_question import Prompt, checked_prompts
from tutelage.teacher.rationale_rows import Asked, checked_job
from tutelage.teacher.rationale_run import RationaleRun
from tutelage.teacher.settings import check_count

Classes = Sequence[object] | Mapping[str, str]


class RationaleFace:
    """The part of :class:`~tutelage.teacher.teacher.Teacher` that labels and explains texts."""

    members: tuple[OneTeacher, ...]
    last_tally: Tally
    last_flags: list[tuple[str, str]]
    last_scrubber: Scrubber

    def rationales(
        self,
        inputs: Sequence[object],
        classes: Classes | None = None,
        share: float = 1.0,
        given_labels: Sequence[object | None] | None = None,
        *,
        kind: str = "auto",
        task: str = "",
        synonyms: Mapping[str, Sequence[str]] | None = None,
        choose: Choose | Sequence[int] = "random",
        samples: int = 1,
        reasons: int = 1,
        prompt: Prompt | Sequence[Prompt] | None = None,
        paraphrases: bool = False,
        examples: Sequence[Rationale] = (),
        form: Literal["json", "text"] = "json",
        fallback: bool = True,
        missing: Literal["allow", "refuse"] = "allow",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> tuple[Rationale, ...]:
        """Ask for a label for every text, and for a one-sentence reason for a share of them.

        One zero-shot question per text: first the label, then the reason (for numbers the other
        way round). Texts outside the share are asked for the label only, which costs a fraction.
        Where a reason is wanted and the teacher gave none for the label, or decided against a
        given label, it is told the label and asked why. What it did not say stays missing.

        Parameters
        ----------
        inputs
            Texts; pairs (premise, hypothesis); pairs (question, list of choices); or mappings
            from field to text. They are data: they are sent between marks and cannot give orders.
        classes
            Names, or a mapping from name to meaning. Left out for choices and numbers.
        share
            Share of the texts that get a reason, in [0, 1].
        given_labels
            Known labels, ``None`` where unknown. The teacher still decides by itself first; its
            agreement is kept in the lesson (``answers``, ``contradicts``).
        kind
            ``"label"``, ``"pair"``, ``"choice"``, ``"number"`` (arithmetic: the answer is the
            last number), or ``"auto"``: told from the first input, never ``"number"``.
        task
            One sentence in place of the usual one.
        synonyms
            Class -> words that mean it in an answer in free text.
        choose
            Which texts get a reason: ``"random"``; ``"balanced"`` over the classes or
            ``"disagreement"`` of the samples, both once every label is there; or positions, such
            as those of :func:`~tutelage.teacher.rationale_choice.loss_rows`.
        samples
            Answers per text and teacher, >= 1. With two or more, the label is that of most, and
            their agreement its confidence. Repeats of one prompt need a temperature above 0.
        reasons
            How many of a text's samples are asked for a reason, >= 1.
        prompt
            A version, a :class:`~tutelage.teacher.wording.Wording`, or several of either, over
            which the samples are spread: ``samples`` is then at least their number.
        paraphrases
            Spread the samples over the package's own wordings.
        examples
            Solved lessons shown before each question: few-shot, several times as dear.
        form
            Ask for JSON or for free text. Either is read.
        fallback
            Whether to tell the label and ask why, where a reason is missing.
        missing
            ``"refuse"``: a text without a verdict after the last attempt is an error.
        seed
            Draws the share.
        progress
            Called with (questions done, questions known so far).

        Returns
        -------
        lessons
            One :class:`Rationale` per input, in order, each with its own tokens and cost.

        Raises
        ------
        DataError
            For inputs or given labels that cannot be used, all of them at once.
        BadAnswer
            When no answer at all names a class.
        BudgetExceeded, TapeMiss, ClientError
            As for every question.

        References
        ----------
        Hsieh et al., "Distilling Step-by-Step", Findings of ACL 2023; Vöge, Gurgul, Lessmann,
        arXiv 2403.15886 (zero-shot prompts). Li et al. 2022 for the fallback.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def helpful(messages):
        ...     late = "never came" in messages[-1]["content"]
        ...     return {"label": "delivery" if late else "refund",
        ...             "rationale": "The customer says what happened to the parcel or money."}
        >>> lessons = Teacher(helpful).rationales(
        ...     ["My parcel never came.", "Pay me back."], ["delivery", "refund"], share=0.5)
        >>> [lesson.label for lesson in lessons], sum(bool(one.rationale) for one in lessons)
        (['delivery', 'refund'], 1)
        """
        job = _job(
            inputs, classes, share, given_labels, kind=kind, task=task, synonyms=synonyms,
            choose=choose, samples=samples, reasons=reasons, prompt=prompt,
            paraphrases=paraphrases, examples=examples, form=form, fallback=fallback,
            missing=missing, seed=seed,
        )  # fmt: skip
        self.last_tally, self.last_scrubber = Tally(), Scrubber()
        self.last_flags = flag_orders(
            [(f"input {n}", text) for n, row in enumerate(job.rows) for _, text in row.fields]
        )
        run = RationaleRun(self.members, job, self.last_tally, self.last_scrubber, progress)
        return run.lessons()

    def plan_rationales(
        self,
        inputs: Sequence[object],
        classes: Classes | None = None,
        share: float = 1.0,
        given_labels: Sequence[object | None] | None = None,
        *,
        kind: str = "auto",
        task: str = "",
        choose: Choose | Sequence[int] = "random",
        samples: int = 1,
        reasons: int = 1,
        prompt: Prompt | Sequence[Prompt] | None = None,
        paraphrases: bool = False,
        examples: Sequence[Rationale] = (),
        form: Literal["json", "text"] = "json",
        seed: int = 0,
    ) -> Plan:
        """Return what :meth:`rationales` would take; nothing is sent.

        Reasons asked for a second time, with the label told, come on top: how many there will be
        is not known before.

        >>> from tutelage.teacher.teacher import Teacher
        >>> plan = Teacher(lambda messages: "").plan_rationales(["a b", "c d"], ["x", "y"])
        >>> plan.n_calls
        2
        """
        job = _job(
            inputs, classes, share, given_labels, kind=kind, task=task, synonyms=None,
            choose=choose, samples=samples, reasons=reasons, prompt=prompt,
            paraphrases=paraphrases, examples=examples, form=form, fallback=True,
            missing="allow", seed=seed,
        )  # fmt: skip
        return plans_together(RationaleRun(self.members, job, Tally(), Scrubber(), None).plans())


def _job(
    inputs: Sequence[object],
    classes: Classes | None,
    share: float,
    given_labels: Sequence[object | None] | None,
    *,
    kind: str,
    task: str,
    synonyms: Mapping[str, Sequence[str]] | None,
    choose: Choose | Sequence[int],
    samples: int,
    reasons: int,
    prompt: Prompt | Sequence[Prompt] | None,
    paraphrases: bool,
    examples: Sequence[Rationale],
    form: str,
    fallback: bool,
    missing: Literal["allow", "refuse"],
    seed: int,
) -> RationaleJob:
    check_count("samples", samples)
    check_count("reasons", reasons)
    for name, value, known in (
        ("form", form, ("json", "text")),
        ("missing", missing, ("allow", "refuse")),
    ):
        if value not in known:
            raise TeacherSetupError(f"{name} must be {known[0]!r} or {known[1]!r}, got {value!r}.")
    asked, rows = checked_job(
        inputs, classes, given_labels, kind=kind, task=task, synonyms=synonyms
    )
    n_chosen(len(rows), share)
    _check_examples(examples, asked)
    prompts = checked_prompts(prompt, paraphrases, asked, rows[0])
    several = prompt is not None and not isinstance(prompt, str) and len(prompts) > 1
    return RationaleJob(
        asked,
        tuple(rows),
        _chosen(choose, len(rows), share, seed),
        choose if isinstance(choose, str) else "random",
        share,
        seed,
        max(samples, len(prompts)) if several else samples,
        reasons,
        prompts,
        form == "json",
        tuple(examples),
        fallback,
        missing,
    )


def _chosen(
    choose: Choose | Sequence[int], n_rows: int, share: float, seed: int
) -> frozenset[int] | None:
    if not isinstance(choose, str):
        bad = [row for row in choose if not 0 <= row < n_rows]
        if bad:
            raise InputError(
                f"choose must hold positions from 0 to {n_rows - 1}, got {bad[0]!r} and "
                f"{len(bad) - 1} more like it."
            )
        return frozenset(int(row) for row in choose)
    if choose == "random" or share in (0, 1):
        return frozenset(random_rows(n_rows, share, seed))
    if choose not in ("balanced", "disagreement"):
        raise TeacherSetupError(
            "choose must be 'random', 'balanced', 'disagreement' or a list of positions, got "
            f"{choose!r}."
        )
    return None


def _check_examples(examples: Sequence[Rationale], asked: Asked) -> None:
    problems = []
    for number, one in enumerate(examples):
        options = one.choices if asked.kind == "choice" else tuple(asked.classes)
        if one.label is None or one.rationale is None:
            problems.append(f"example {number} must have a label and a reason, got {one!r:.80}")
        elif options and one.label not in options:
            problems.append(f"example {number}: {one.label!r} must be one of {list(options)!r}")
    if problems:
        raise TeacherSetupError("These examples cannot be shown:", problems)
