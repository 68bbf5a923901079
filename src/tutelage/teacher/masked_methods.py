"""Teacher.masked_word_priors: CAP from label likelihoods, and its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.attribution.masks import Design
from tutelage.attribution.surrogate import Mode
from tutelage.attribution.words import PLACEHOLDER
from tutelage.errors import DataError, TeacherSetupError
from tutelage.lessons.entry_checks import some
from tutelage.lessons.feature_prior import label_name
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.word_prior import WordPrior
from tutelage.teacher.asking import Elicited, Tally
from tutelage.teacher.label_prompt import LabelPrompt, LabelsAs, label_prompt
from tutelage.teacher.label_scorers import (
    AskedScorer,
    FunctionScorer,
    LabelFunction,
    LabelScorer,
    LocalScorer,
)
from tutelage.teacher.local_client import LocalClient
from tutelage.teacher.masked_cap import (
    Counts,
    MaskedText,
    Masking,
    Target,
    Units,
    masked_text,
    prior_of,
    score_masked,
)
from tutelage.teacher.one_teacher import OneTeacher, Progress
from tutelage.teacher.origin import origin_of
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.text_task import Classes, TextTask, as_text_task, checked_texts

Confusables = int | Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class MaskedPlan:
    """What masked word priors will take, at most: stable texts need fewer masks.

    Attributes
    ----------
    teacher
        Who would score.
    n_texts, n_labels
        Distinct labelled texts, classes.
    n_masked
        Masked texts of all designs, the texts as they are included.
    n_scored
        Those that are distinct: each is scored once.
    n_tokens
        Tokens that a local model would read; 0 where that is not known.
    n_naive_tokens
        The same for a loop that sends the whole prompt for every masked text and every label it
        needs.
    asked
        Calls and money of a hosted teacher; ``None`` for a local one or a function.
    """

    teacher: str
    n_texts: int
    n_labels: int
    n_masked: int
    n_scored: int
    n_tokens: int = 0
    n_naive_tokens: int = 0
    asked: Plan | None = None

    def __str__(self) -> str:
        lines = [
            f"teacher       {self.teacher}",
            f"texts         {self.n_texts}, {self.n_labels} labels",
            f"masked texts  {self.n_scored} distinct of {self.n_masked}, fewer if stable early",
        ]
        if self.n_tokens:
            times = self.n_naive_tokens / self.n_tokens
            lines.append(
                f"tokens        {self.n_tokens:,} instead of {self.n_naive_tokens:,} in a loop "
                f"over masked texts and labels ({times:.0f} times fewer)"
            )
        return "\n".join(lines + ([str(self.asked)] if self.asked else []))


class MaskedMethods:
    """The part of :class:`~tutelage.teacher.teacher.Teacher` that hides words and scores labels.

    Apart from the methods that ask in words because it needs another ability of a teacher; it
    holds no state but what Teacher sets up.
    """

    members: tuple[OneTeacher, ...]
    last_tally: Tally
    last_scrubber: Scrubber

    def masked_word_priors(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        *,
        masks: int = 100,
        target: Target = "gold",
        task: str = "",
        confusable: Confusables = 3,
        units: Units = "words",
        placeholder: str | None = PLACEHOLDER,
        design: Design = "subsets",
        mode: Mode = "anchored",
        ridge: float | None = None,
        stable: float | None = 0.99,
        labels_as: LabelsAs | None = None,
        scorer: LabelFunction | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> tuple[WordPrior, ...]:
        """Hide words, score the labels again, and share the loss out among the words (CAP).

        For each text z_i is the target's score under mask i, z_0 that of the text as it is, and
        x_i says which words are hidden. The scores of the words minimise ``sum_i (z_i - z_0 +
        x_i . a)^2 + ridge |a|^2``: a word's score is the drop, in nats, that hiding it brings.

        Needs a teacher that tells likelihoods: ``hf:FOLDER``, an endpoint with log-probabilities
        (one call per masked text), or ``scorer``.

        Parameters
        ----------
        texts, labels, classes, task
            As :meth:`word_priors`.
        masks
            Most masks per text, >= 1. Short texts have fewer: all subsets of their words.
        target
            What is scored: ``"gold"`` log-likelihood of the label (arXiv 2512.14719);
            ``"contrast"`` the same less the log of the summed likelihoods of the confusable
            labels, so that a word they share gets nothing; ``"label"`` log-probability of the
            label among all labels.
        confusable
            For the contrast: how many labels, the likeliest others of each text; or a mapping
            from label to its confusable labels.
        units
            Hide ``"words"`` or ``"phrases"``. Texts of more than 200 units are hidden in runs of
            words, so that the whole text counts.
        placeholder
            What stands for a hidden word; ``None`` deletes it.
        design, mode, ridge
            See :func:`tutelage.attribution.masks.masks` and
            :func:`tutelage.attribution.surrogate.surrogate`; ``design="paper", mode="paper"`` is
            the method as published.
        stable
            Stop when the scores from half of the masks and from all so far have at least this
            cosine; ``None`` scores every mask.
        labels_as
            ``"names"``: the likelihood of the label's words. ``"codes"``: of a letter or number
            that stands for it. Default: names for a local model, codes for an endpoint.
        scorer
            A function ``(texts, labels) -> log-probabilities`` (n_texts, n_labels) that is asked
            instead of the teacher, such as the zero-shot scores of a sentence encoder
            (:class:`~tutelage.teacher.encoder_scores.EncoderScores`).
        seed
            Seeds the masks.
        progress
            Called with (masked texts done, masked texts in all).

        Returns
        -------
        word_priors
            One per text, in order; ``source`` is ``"masked"``, scores are in nats, positive
            speaks for the label, ``weight`` is the label's probability among all labels for the
            text as it is: a label the teacher does not believe explains little. One word has the
            score 1; an empty text no words.

        Raises
        ------
        DataError
            When texts, labels, classes or what the scorer returned cannot be used.
        TeacherSetupError
            When the teacher tells no likelihoods, or a setting cannot be used.
        BudgetExceeded, TapeMiss, ClientError
            As :meth:`feature_prior`.

        References
        ----------
        Zhang et al., "Hybrid Attribution Priors for Explainable and Robust Model Training",
        arXiv 2512.14719 (2025).

        Examples
        --------
        >>> import numpy as np
        >>> from tutelage.teacher.teacher import Teacher
        >>> def scores(texts, labels):  # "set" decides, "alarm" speaks for both labels
        ...     z = [[3 * ("set" in t) + 4 * ("alarm" in t), 4 * ("alarm" in t), 2] for t in texts]
        ...     return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        >>> [prior] = Teacher(lambda messages: "").masked_word_priors(
        ...     ["set the alarm"], ["alarm_set"], ["alarm_set", "alarm_query", "music"],
        ...     target="contrast", confusable=1, scorer=scores)
        >>> [round(score, 1) for score in prior.scores]
        [2.9, 0.0, 0.0]
        """
        how = Masking(
            masks, target, _count(confusable), units, placeholder, design, mode, ridge, stable, seed
        )
        pairs = checked_texts(texts, labels)
        about = as_text_task(classes, labels, task)
        self.last_tally = Tally()
        scorer_ = self._scorer(about, labels_as, scorer)
        items = self._masked(pairs, about, how, scorer_)
        rivals = _rivals(confusable, about)
        distinct = list(items.values())
        counts = score_masked(
            distinct, scorer_, how, len(about.classes), confusable=rivals, progress=progress
        )
        said = self._said(scorer_, about, how, counts)
        return tuple(prior_of(items[pair], about.classes, said) for pair in pairs)

    def plan_masked_word_priors(
        self,
        texts: Sequence[str],
        labels: Sequence[object],
        classes: Classes | None = None,
        *,
        masks: int = 100,
        target: Target = "gold",
        task: str = "",
        confusable: Confusables = 3,
        units: Units = "words",
        placeholder: str | None = PLACEHOLDER,
        design: Design = "subsets",
        labels_as: LabelsAs | None = None,
        scorer: LabelFunction | None = None,
        seed: int = 0,
    ) -> MaskedPlan:
        """Return what :meth:`masked_word_priors` would take at most; nothing is sent.

        A local model is loaded to count its tokens.

        >>> from tutelage.teacher.teacher import Teacher
        >>> plan = Teacher(lambda messages: "").plan_masked_word_priors(
        ...     ["set an alarm", "set it"], ["a", "b"], scorer=lambda texts, labels: None)
        >>> plan.n_masked, plan.n_scored
        (12, 12)
        """
        how = Masking(masks, target, _count(confusable), units, placeholder, design, seed=seed)
        pairs = checked_texts(texts, labels)
        about = as_text_task(classes, labels, task)
        scorer_ = self._scorer(about, labels_as, scorer)
        items = list(self._masked(pairs, about, how, scorer_).values())
        shown = list(dict.fromkeys(text for item in items for text in item.shown))
        fast, slow = _tokens(items, scorer_, how, len(about.classes))
        asked = None
        if isinstance(scorer_, AskedScorer):
            asked = scorer_.member.plan_of([(scorer_.question(text), 1) for text in shown])
        return MaskedPlan(
            self._title(scorer_),
            len(items),
            len(about.classes),
            sum(len(item.rows) for item in items),
            len(shown),
            fast,
            slow,
            asked,
        )

    def _scorer(
        self, about: TextTask, labels_as: LabelsAs | None, function: LabelFunction | None
    ) -> LabelScorer:
        if function is not None:
            return FunctionScorer(function, about.classes)
        if len(self.members) > 1:
            raise TeacherSetupError(
                f"masked_word_priors asks one teacher, got {len(self.members)}. Ask each, then "
                "put their priors together with fuse."
            )
        member = self.members[0]
        if isinstance(member.client, LocalClient):
            prompt = label_prompt(about, labels_as=labels_as or "names")
            return LocalScorer(member.client.label_scores(prompt))
        if labels_as == "names":
            raise TeacherSetupError(
                f"labels_as must be 'codes' for {member.name}: an endpoint tells likelihoods of "
                "one token. Use hf:FOLDER to score the words of a label."
            )
        return AskedScorer(member, self._coded(about), self.last_tally)

    def _coded(self, about: TextTask) -> LabelPrompt:
        self.last_scrubber = Scrubber()
        hide = self.last_scrubber.hide if self.members[0].settings.scrub else str
        return label_prompt(about, labels_as="codes", hide=hide)

    def _masked(
        self,
        pairs: Sequence[tuple[str, str]],
        about: TextTask,
        how: Masking,
        scorer: LabelScorer,
    ) -> dict[tuple[str, str], MaskedText]:
        leaves = isinstance(scorer, AskedScorer) and scorer.member.settings.scrub
        scrubber = self.last_scrubber if leaves else None
        place = {name: number for number, name in enumerate(about.classes)}
        return {
            (text, label): masked_text(text, place[label], how, scrubber)
            for text, label in dict.fromkeys(pairs)
        }

    def _title(self, scorer: LabelScorer) -> str:
        return scorer.name if isinstance(scorer, FunctionScorer) else self.members[0].title

    def _said(
        self, scorer: LabelScorer, about: TextTask, how: Masking, counts: Counts
    ) -> Provenance:
        notes = (
            f"masked words: {how.n_masks} masks at most, design {how.design}, target {how.target}, "
            f"{how.mode}, seed {how.seed}; {counts.n_scored} of {counts.n_masked} masked texts "
            "scored"
        )
        if isinstance(scorer, AskedScorer):
            heard = [Elicited(None, [], tuple(scorer.exchanges))]
            return origin_of(heard, teacher=self._title(scorer), task=about.task, notes=notes)
        if isinstance(scorer, LocalScorer):
            said = scorer.scores
            return Provenance(
                self._title(scorer),
                said.prompt.rendered.name,
                n_calls=said.n_passes,
                tokens_in=said.n_tokens,
                task=about.task,
                notes=notes,
            )
        return Provenance(self._title(scorer), task=about.task, notes=notes)


def _count(confusable: Confusables) -> int:
    return confusable if isinstance(confusable, int) else 10**6


def _rivals(confusable: Confusables, about: TextTask) -> dict[int, list[int]] | None:
    if isinstance(confusable, int):
        return None
    place = {name: number for number, name in enumerate(about.classes)}
    named = {label_name(k): [label_name(v) for v in vs] for k, vs in confusable.items()}
    strangers = sorted({name for k, vs in named.items() for name in (k, *vs)} - place.keys())
    if strangers:
        raise DataError(f"confusable must name classes of the task; {some(strangers, 10)} are not.")
    return {place[k]: [place[v] for v in vs] for k, vs in named.items()}


def _tokens(
    items: Sequence[MaskedText], scorer: LabelScorer, how: Masking, n_labels: int
) -> tuple[int, int]:
    if not isinstance(scorer, LocalScorer):
        return 0, 0
    n_wanted = {"gold": 1, "label": n_labels, "contrast": 1 + min(how.n_confusable, n_labels - 1)}
    pairs: dict[tuple[str, tuple[int, ...]], None] = {}
    for item in items:
        order = [item.label, *(n for n in range(n_labels) if n != item.label)]
        some_labels = tuple(order[: n_wanted[how.target]])
        pairs.update({(text, some_labels): None for text in item.shown[1:]})
        pairs[item.text, tuple(range(n_labels))] = None
    texts, wanted = zip(*pairs, strict=True)
    return scorer.scores.size(texts, wanted)
