"""Teacher.word_priors, class_cards, rewrites: what a teacher says about texts and their labels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from tutelage.errors import TeacherSetupError, TutelageWarning
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior
from tutelage.teacher.asking import Tally
from tutelage.teacher.card_writing import CardJob
from tutelage.teacher.one_teacher import Missing, OneTeacher, Progress
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber, flag_orders
from tutelage.teacher.rewriting import LONGEST_TEXT, RewriteJob
from tutelage.teacher.settings import check_count
from tutelage.teacher.text_runs import (
    Run,
    ask_cards,
    ask_ratings,
    ask_rewrites,
    plan_cards,
    plan_ratings,
    plan_rewriting,
)
from tutelage.teacher.text_task import Classes, as_text_task, check_languages, checked_texts
from tutelage.teacher.word_ratings import WORDS_PER_TEXT, RatingJob


class TextMethods:
    """The part of :class:`~tutelage.teacher.teacher.Teacher` that asks about texts.

    A class of its own because tables and texts have no method in common and each page is long
    enough; it holds no state but what Teacher sets up, and is of no use alone.
    """

    members: tuple[OneTeacher, ...]
    last_tally: Tally
    last_flags: list[tuple[str, str]]
    last_scrubber: Scrubber

    def word_priors(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        *,
        task: str = "",
        texts_per_call: int = 10,
        repeats: int = 1,
        prompt: str | None = None,
        missing: Missing = "refuse",
        progress: Progress | None = None,
    ) -> tuple[WordPrior | None, ...]:
        """Ask how much each word of each text tells about its label.

        The teacher rates words from -10 to 10 against the whole list of labels, several texts
        per call, and names the labels that each text could be mistaken for. Any teacher that
        chats can do this. The texts themselves are sent, as data between marks.

        Parameters
        ----------
        texts, labels
            The labelled texts. The same text with the same label is asked about once.
        classes
            All labels of the task, or a mapping from label to meaning; default: the labels given.
        task
            One sentence that says what is predicted, or "".
        texts_per_call
            Most texts in one call, >= 1; fewer where they are long.
        repeats
            How often each question is asked, >= 1: scores are the means, their spread is kept.
        prompt
            Version of the prompt.
        missing
            ``"refuse"``: an answer that still has problems after the last attempt is an error.
            ``"allow"``: words that were not rated stay unscored (NaN), and a text of which none
            was has ``None``, with a warning.
        progress
            Called with (questions done, questions in all) after each.

        Returns
        -------
        word_priors
            One per text, in order; ``source`` is ``"ratings"``, the scores lie in [-10, 10]. An
            empty text has a prior without words. Of a text of more than 400 words the first 400
            are rated, with a warning; the others are no units of the prior.

        Raises
        ------
        DataError
            When texts, labels or classes cannot be used.
        BadAnswer, BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def rate(messages):
        ...     return {"texts": [{"text": 1, "words": ["cancel", "my", "card"],
        ...                        "scores": [9, 0, 4], "confusable": ["lost"]}]}
        >>> [prior] = Teacher(rate).word_priors(["cancel my card"], ["cancel"], ["cancel", "lost"])
        >>> prior.scores, prior.confusable
        ((9.0, 0.0, 4.0), ('lost',))
        """
        job = self._rating_job(texts, labels, classes, task, texts_per_call, repeats, prompt)
        if job.n_cut:
            warnings.warn(
                f"{job.n_cut} texts have more than {WORDS_PER_TEXT} words; only the first "
                f"{WORDS_PER_TEXT} are rated. Use masked_word_priors for long texts.",
                TutelageWarning,
                stacklevel=2,
            )
        return ask_ratings(job, self._begin(job.pairs, missing, progress))

    def plan_word_priors(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        *,
        task: str = "",
        texts_per_call: int = 10,
        repeats: int = 1,
        prompt: str | None = None,
    ) -> Plan:
        """Return what :meth:`word_priors` would take; nothing is sent.

        >>> from tutelage.teacher.teacher import Teacher
        >>> Teacher(lambda messages: "").plan_word_priors(["a b"] * 9, ["x"] * 9, "xy").n_calls
        Traceback (most recent call last):
            ...
        tutelage.errors.DataError: classes must be a list of labels, got 'xy'.
        >>> texts = [f"text {number}" for number in range(25)]
        >>> Teacher(lambda messages: "").plan_word_priors(texts, ["x"] * 25, ["x", "y"]).n_calls
        3
        """
        job = self._rating_job(texts, labels, classes, task, texts_per_call, repeats, prompt)
        return plan_ratings(job, self.members)

    def class_cards(
        self,
        classes: Classes,
        *,
        task: str = "",
        classes_per_call: int = 12,
        languages: Sequence[str] = (),
        prompt: str | None = None,
        missing: Missing = "refuse",
        progress: Progress | None = None,
    ) -> tuple[ClassCard, ...]:
        """Ask for a card of every class: definition, cues, shared words, confusable classes.

        Nothing is sent but the labels and their meanings. A few calls do for any number of
        texts: :func:`~tutelage.card_word_priors` turns the cards into word priors.

        Parameters
        ----------
        classes
            Labels, or a mapping from label to meaning; two or more.
        task
            One sentence that says what is predicted, or "".
        classes_per_call
            Cards in one call, >= 1; each call shows the whole list of labels.
        languages
            Languages to write the cues in, such as ``["German", "Japanese"]``: each is asked for
            by itself, and its cues and shared words join the card. Default: none is named, and
            the teacher writes in that of the labels and the task.
        prompt, missing, progress
            As :meth:`word_priors`; a class whose card never came is left out with
            ``missing="allow"``.

        Returns
        -------
        class_cards
            In the order of ``classes``. Of several teachers the cues, shared words and
            neighbours are put together.

        Raises
        ------
        DataError
            When the classes or the languages cannot be used.
        BadAnswer, BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def describe(messages):
        ...     return {"cards": [
        ...         {"label": name, "definition": f"About {name}.", "cues": [f"the {name}"],
        ...          "shared": [], "confusable": []} for name in ("tea", "coffee")]}
        >>> [card.cues for card in Teacher(describe).class_cards(["tea", "coffee"])]
        [('the tea',), ('the coffee',)]
        """
        job = self._card_job(classes, task, classes_per_call, languages, prompt)
        return ask_cards(job, self._begin((), missing, progress))

    def plan_class_cards(
        self,
        classes: Classes,
        *,
        task: str = "",
        classes_per_call: int = 12,
        languages: Sequence[str] = (),
        prompt: str | None = None,
    ) -> Plan:
        """Return what :meth:`class_cards` would take; nothing is sent.

        >>> from tutelage.teacher.teacher import Teacher
        >>> Teacher(lambda messages: "").plan_class_cards([f"c{n}" for n in range(64)]).n_calls
        6
        """
        job = self._card_job(classes, task, classes_per_call, languages, prompt)
        return plan_cards(job, self.members)

    def rewrites(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        paraphrases: int = 3,
        distractors: int = 2,
        *,
        task: str = "",
        check: bool = True,
        texts_per_call: int = 5,
        prompt: str | None = None,
        missing: Missing = "refuse",
        progress: Progress | None = None,
    ) -> tuple[Rewrite, ...]:
        """Ask for other texts with the same label, and keep those whose label is confirmed.

        Parameters
        ----------
        texts, labels, classes, task
            As :meth:`word_priors`.
        paraphrases
            Versions per text that say the same in other words, >= 0.
        distractors
            Versions per text that say the same and mention another class in passing, >= 0.
        check
            Ask in a second question, without the labels, what each new text is about, and drop
            those that are read as another class. They are counted in ``last_tally.n_rejected``
            and in the provenance.
        texts_per_call
            Texts in one call, >= 1.
        prompt, missing, progress
            As :meth:`word_priors`; with ``missing="allow"`` a text may have fewer versions, and
            one whose check never came is dropped.

        Returns
        -------
        rewrites
            In the order of the texts, ``kind`` ``"paraphrase"`` or ``"distractor"``. Blank texts
            and those of more than 4000 characters have none; of the latter a warning tells.

        Raises
        ------
        DataError
            When texts, labels or classes cannot be used.
        BadAnswer, BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        Examples
        --------
        >>> from tutelage.teacher.teacher import Teacher
        >>> def write(messages):
        ...     if "paraphrases" in messages[-1]["content"]:
        ...         return {"texts": [{"text": 1, "paraphrases": ["no more coffee"],
        ...                            "distractors": ["tea is fine but stop the coffee"]}]}
        ...     return {"texts": [{"text": 1, "label": "stop"}, {"text": 2, "label": "go"}]}
        >>> teacher = Teacher(write)
        >>> made = teacher.rewrites(["stop the coffee"], ["stop"], ["stop", "go"], 1, 1)
        >>> [new.text for new in made]
        ['no more coffee']
        >>> teacher.last_tally.n_rejected
        1
        """
        job = self._rewrite_job(
            texts, labels, classes, paraphrases, distractors, task, texts_per_call, prompt
        )
        if job.n_too_long:
            warnings.warn(
                f"{job.n_too_long} texts have more than {LONGEST_TEXT} characters and are not "
                "rewritten. Split them first.",
                TutelageWarning,
                stacklevel=2,
            )
        return ask_rewrites(job, self._begin(job.pairs, missing, progress), check=check)

    def plan_rewrites(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        paraphrases: int = 3,
        distractors: int = 2,
        *,
        task: str = "",
        check: bool = True,
        texts_per_call: int = 5,
        prompt: str | None = None,
    ) -> Plan:
        """Return what :meth:`rewrites` would take; nothing is sent.

        What will be written is not known yet, so the calls that check it are planned with the
        texts themselves in the places of their new versions.

        >>> from tutelage.teacher.teacher import Teacher
        >>> plan = Teacher(lambda messages: "").plan_rewrites(["a b"], ["x"], ["x", "y"])
        >>> plan.n_calls
        2
        """
        job = self._rewrite_job(
            texts, labels, classes, paraphrases, distractors, task, texts_per_call, prompt
        )
        return plan_rewriting(job, self.members, check=check)

    def _begin(
        self, pairs: Sequence[tuple[str, str]], missing: Missing, progress: Progress | None
    ) -> Run:
        if missing not in ("refuse", "allow"):
            raise TeacherSetupError(f"missing must be 'refuse' or 'allow', got {missing!r}.")
        self.last_tally = Tally()
        self.last_flags = flag_orders([(f"text {n}", text) for n, (text, _) in enumerate(pairs)])
        return Run(self.members, self.last_tally, missing, progress)

    def _new_scrubber(self) -> Scrubber | None:
        self.last_scrubber = Scrubber()
        wanted = any(member.settings.scrub for member in self.members)
        return self.last_scrubber if wanted else None

    def _rating_job(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None,
        task: str,
        texts_per_call: int,
        repeats: int,
        prompt: str | None,
    ) -> RatingJob:
        check_count("texts_per_call", texts_per_call)
        check_count("repeats", repeats)
        pairs = checked_texts(texts, labels)
        about = as_text_task(classes, labels, task)
        return RatingJob(about, pairs, texts_per_call, repeats, prompt, self._new_scrubber())

    def _card_job(
        self,
        classes: Classes,
        task: str,
        classes_per_call: int,
        languages: Sequence[str],
        prompt: str | None,
    ) -> CardJob:
        check_count("classes_per_call", classes_per_call)
        about = as_text_task(classes, (), task)
        spoken = check_languages(languages)
        return CardJob(about, classes_per_call, prompt, self._new_scrubber(), spoken)

    def _rewrite_job(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None,
        paraphrases: int,
        distractors: int,
        task: str,
        texts_per_call: int,
        prompt: str | None,
    ) -> RewriteJob:
        check_count("texts_per_call", texts_per_call)
        for name, count in (("paraphrases", paraphrases), ("distractors", distractors)):
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise TeacherSetupError(f"{name} must be a whole number >= 0, got {count!r}.")
        if paraphrases + distractors == 0:
            raise TeacherSetupError("paraphrases or distractors must be above 0, got 0 and 0.")
        pairs = checked_texts(texts, labels)
        about = as_text_task(classes, labels, task)
        scrubber = self._new_scrubber()
        return RewriteJob(about, pairs, paraphrases, distractors, texts_per_call, prompt, scrubber)
