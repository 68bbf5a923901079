"""Teacher.adversarial: texts to test a classifier with, written to keep the label and mislead."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from tutelage.errors import TeacherSetupError, TutelageWarning
from tutelage.lessons.rewrite import Rewrite
from tutelage.teacher.adversarial_question import FORMS, AdversarialJob
from tutelage.teacher.one_teacher import Missing, Progress
from tutelage.teacher.plan import Plan
from tutelage.teacher.rewriting import LONGEST_TEXT
from tutelage.teacher.settings import check_count
from tutelage.teacher.text_methods import TextMethods
from tutelage.teacher.text_runs import ask_rewrites, plan_rewriting
from tutelage.teacher.text_task import Classes, as_text_task, checked_texts


class AdversarialMethods(TextMethods):
    """The part of :class:`~tutelage.teacher.teacher.Teacher` that writes texts to test with."""

    def adversarial(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        forms: Sequence[str] = FORMS,
        *,
        task: str = "",
        check: bool = True,
        texts_per_call: int = 5,
        prompt: str | None = None,
        missing: Missing = "refuse",
        progress: Progress | None = None,
    ) -> tuple[Rewrite, ...]:
        """Ask for versions of test texts that keep the label and mislead by single words.

        They are meant for :func:`tutelage.evaluation.robustness_pairs.rewritten_texts`, not for
        ``rewrites=`` of a student: a model trained on them would be tested on its own lesson.
        The teacher sees neither a model nor a prior, only texts, labels and class names.

        Parameters
        ----------
        texts, labels, classes, task
            As :meth:`word_priors`.
        forms
            ``"addition"``: words typical of another class are added. ``"replacement"``: words
            typical of the own class are replaced. ``"paraphrase"``: all is said in other words.
        check
            Ask in a second question, without the labels, what each new text is about, and drop
            those that are read as another class. They are counted in ``last_tally.n_rejected``
            and in the provenance.
        texts_per_call, prompt, missing, progress
            As :meth:`rewrites`.

        Returns
        -------
        rewrites
            In the order of the texts, ``kind`` ``"adversarial_"`` and the form. Blank texts and
            those of more than 4000 characters have none; of the latter a warning tells.

        Raises
        ------
        TeacherSetupError
            When a form is unknown, named twice, or none is named.
        DataError
            When texts, labels or classes cannot be used.
        BadAnswer, BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def write(messages):
        ...     if "harder versions" in messages[-1]["content"]:
        ...         return {"texts": [{"text": 1, "addition": "stop, do not go on"}]}
        ...     return {"texts": [{"text": 1, "label": "stop"}]}
        >>> teacher = Teacher(write)
        >>> teacher.adversarial(["stop it"], ["stop"], ["stop", "go"], ["addition"])[0].text
        'stop, do not go on'
        """
        job = self._adversarial_job(texts, labels, classes, forms, task, texts_per_call, prompt)
        if job.n_too_long:
            warnings.warn(
                f"{job.n_too_long} texts have more than {LONGEST_TEXT} characters and get no "
                "adversarial version. Split them first.",
                TutelageWarning,
                stacklevel=2,
            )
        return ask_rewrites(job, self._begin(job.pairs, missing, progress), check=check)

    def plan_adversarial(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        forms: Sequence[str] = FORMS,
        *,
        task: str = "",
        check: bool = True,
        texts_per_call: int = 5,
        prompt: str | None = None,
    ) -> Plan:
        """Return what :meth:`adversarial` would take; nothing is sent.

        >>> from tutelage.teacher.teacher import Teacher
        >>> Teacher(lambda messages: "").plan_adversarial(["a b"], ["x"], ["x", "y"]).n_calls
        2
        """
        job = self._adversarial_job(texts, labels, classes, forms, task, texts_per_call, prompt)
        return plan_rewriting(job, self.members, check=check)

    def _adversarial_job(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None,
        forms: Sequence[str],
        task: str,
        texts_per_call: int,
        prompt: str | None,
    ) -> AdversarialJob:
        check_count("texts_per_call", texts_per_call)
        wanted = [forms] if isinstance(forms, str) else list(forms)
        if not wanted or not set(wanted) <= set(FORMS) or len(set(wanted)) < len(wanted):
            raise TeacherSetupError(
                f"forms must be distinct ones of {', '.join(FORMS)}, at least one, got {wanted!r}."
            )
        pairs = checked_texts(texts, labels)
        about = as_text_task(classes, labels, task)
        ordered = tuple(form for form in FORMS if form in wanted)
        scrubber = self._new_scrubber()
        return AdversarialJob(about, pairs, 0, 0, texts_per_call, prompt, scrubber, ordered)
