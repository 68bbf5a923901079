"""Search for the best wording: propose, race, and score the winner on texts nobody has seen."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.errors import BadAnswer, DataError, TutelageWarning
from tutelage.lessons.rationale import Rationale
from tutelage.teacher.prompt_search.proposals import (
    placeholders,
    proposal_question,
    read_proposals,
    start_wordings,
)
from tutelage.teacher.prompt_search.race import Pair, race
from tutelage.teacher.prompt_search.scoring import JointScore, Outcome, Share, Tried, vote
from tutelage.teacher.rationale_rows import Asked, Row, checked_job
from tutelage.teacher.settings import check_count
from tutelage.teacher.teacher import Teacher
from tutelage.teacher.wording import Wording

Report = Callable[[str], None]
FEWEST_TEXTS = 10


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    finalists
        The best wordings by their score on the texts of the search, the best first.
    in_sample
        The winner's accuracy on those texts: too high, since it was picked for it.
    held_out
        The winner's accuracy on texts that no choice and no proposal rests on: believe this one.
    held_out_coverage
        The share of its answers there that hold a reason.
    held_out_vote
        Accuracy there of the label that most finalists give. It helps where many wordings are
        equally good, and hurts where one stands out.
    tried
        All wordings with what is known of them.
    rejected
        Why proposals could not be used.
    rounds
        (wordings, texts) of every round of the race.
    n_answers
        Answers that it took, without the proposals.
    n_full
        Answers that trying every wording on every text would have taken.
    """

    finalists: tuple[Tried, ...]
    in_sample: Share
    held_out: Share
    held_out_coverage: Share
    held_out_vote: Share
    tried: tuple[Tried, ...]
    rejected: tuple[str, ...]
    rounds: tuple[tuple[int, int], ...]
    n_answers: int
    n_full: int

    @property
    def best(self) -> Wording:
        """The winner, to be given to ``teacher.rationales(..., prompt=)``."""
        return Wording(self.finalists[0].text)

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """All finalists: given together, they vote."""
        return tuple(Wording(one.text) for one in self.finalists)

    def __str__(self) -> str:
        return "\n".join(
            [
                f"tried      {len(self.tried)} wordings with {self.n_answers} answers "
                f"({self.n_answers / self.n_full:.0%} of all pairs), {len(self.rejected)} "
                "proposals could not be used",
                f"winner     {self.finalists[0].text!r}",
                f"searched   {self.in_sample}: picked for it, do not believe it",
                f"held out   {self.held_out}; reasons {self.held_out_coverage}",
                f"vote of {len(self.finalists)}  {self.held_out_vote}",
            ]
        )


def search_prompts(
    teacher: Teacher,
    inputs: Sequence[object],
    labels: Sequence[object],
    classes: Sequence[object] | Mapping[str, str] | None = None,
    *,
    kind: str = "auto",
    task: str = "",
    start: Sequence[Wording | str] = (),
    rounds: int = 4,
    per_round: int = 8,
    held_out: float = 0.4,
    n_solved: int = 3,
    score: JointScore | None = None,
    first: int = 3,
    finalists: int = 5,
    form: Literal["json", "text"] = "json",
    seed: int = 0,
    report: Report | None = None,
) -> SearchResult:
    """Search for the wording that labels and explains best, on a few labelled texts.

    The labelled texts are dealt into three parts: a few that are shown as solved examples where
    proposals are asked for, those of the search, and those held out. Proposals see scores of the
    search part only; the winner is the best of a race there (successive halving on the joint
    score); what it is worth is then measured once, on the part held out.

    Parameters
    ----------
    teacher
        Who answers, and who proposes; give it a temperature above 0 for varied proposals.
    inputs, classes, kind, task, form
        As in :meth:`Teacher.rationales`.
    labels
        The known label of every input.
    start
        Wordings to begin with; default: three plain ones.
    rounds, per_round
        How often proposals are asked for, and how many each time; 0 rounds only race the start.
    held_out
        Share of the texts for the final estimate, in (0, 1).
    n_solved
        Texts shown as examples, >= 0.
    score
        Default: :class:`JointScore`.
    first, finalists
        See :func:`~tutelage.teacher.prompt_search.race.race`.
    seed
        Deals the texts.
    report
        Called with a line after every step.

    Raises
    ------
    DataError
        With fewer than 10 texts, or a text without a label.

    References
    ----------
    Yang et al., "Large language models as optimizers" (OPRO), ICLR 2024; Vöge, Gurgul, Lessmann,
    arXiv 2403.15886, whose own search picked the best of about 180 on 50 texts.
    """
    check_count("per_round", per_round)
    asked, rows = checked_job(inputs, classes, labels, kind=kind, task=task)
    parts = _Parts.dealt(rows, held_out, n_solved, seed)
    score, say = score or JointScore(), report or (lambda line: None)
    first_row = rows[0]
    pool = _start(start, asked, first_row)
    eye = _Eye(teacher, asked, rows, form)
    rejected: list[str] = []
    few = parts.search[: 2 * first]
    for number in range(rounds):
        seen = eye.look(pool, [(w, t) for w in range(len(pool)) for t in few])
        tried = [Tried.of(one.text, [seen[w, t] for t in few], score) for w, one in enumerate(pool)]
        best = max(tried, key=lambda one: one.score)
        say(f"round {number + 1} of {rounds}: {len(pool)} wordings, the best {best.accuracy}")
        new, bad = _propose(
            teacher, asked, rows, tried, parts.solved, n_new=per_round, number=number
        )
        pool += new
        rejected += bad
    found = race(
        len(pool),
        parts.search,
        lambda pairs: eye.look(pool, pairs),
        score,
        first=first,
        finalists=finalists,
    )
    top = found.order[: min(finalists, found.n_finalists)]
    say(f"race of {len(pool)} wordings: {len(top)} finalists go to {len(parts.held_out)} new texts")
    final = eye.look(pool, [(w, t) for w in top for t in parts.held_out])
    tried_in_all = {w: Tried.of(pool[w].text, found.of(w), score) for w in range(len(pool))}
    winner = [final[top[0], t] for t in parts.held_out]
    ballots = [[final[w, t].label for t in parts.held_out] for w in top]
    golds = [rows[t].given for t in parts.held_out]
    n_held = len(parts.held_out)
    agreed = vote(ballots)
    return SearchResult(
        finalists=tuple(tried_in_all[w] for w in top),
        in_sample=tried_in_all[top[0]].accuracy,
        held_out=Share(sum(one.is_right for one in winner), n_held),
        held_out_coverage=Share(sum(one.has_reason for one in winner), n_held),
        held_out_vote=Share(sum(a == g for a, g in zip(agreed, golds, strict=True)), n_held),
        tried=tuple(tried_in_all[w] for w in found.order),
        rejected=tuple(rejected),
        rounds=found.rounds,
        n_answers=len(eye.seen),
        n_full=len(pool) * (len(parts.search) + n_held),
    )


@dataclass(frozen=True)
class _Parts:
    """Positions of the texts: shown as solved, searched on, held out."""

    solved: list[int]
    search: list[int]
    held_out: list[int]

    @classmethod
    def dealt(cls, rows: Sequence[Row], held_out: float, n_solved: int, seed: int) -> _Parts:
        problems = [f"input {n} has no label" for n, row in enumerate(rows) if row.given is None]
        if len(rows) < FEWEST_TEXTS:
            problems.append(
                f"at least {FEWEST_TEXTS} labelled texts are needed, got {len(rows)}; below 50 "
                "the estimate is rough"
            )
        if not 0 < held_out < 1:
            problems.append(f"held_out must be a share above 0 and below 1, got {held_out!r}")
        if not 0 <= n_solved <= len(rows) // 3:
            problems.append(
                f"n_solved must be from 0 to a third of the texts, got {n_solved} of {len(rows)}"
            )
        if problems:
            raise DataError("No wording can be searched for:", problems)
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        rest = order[n_solved:]
        n_held = min(len(rest) - 1, max(1, round(held_out * len(rest))))
        return cls(order[:n_solved], rest[n_held:], rest[:n_held])


class _Eye:
    """Tries wordings on texts, each pair once."""

    def __init__(
        self, teacher: Teacher, asked: Asked, rows: Sequence[Row], form: Literal["json", "text"]
    ):
        self.teacher, self.asked, self.rows, self.form = teacher, asked, rows, form
        self.seen: dict[Pair, Outcome] = {}

    def look(self, pool: Sequence[Wording], pairs: Sequence[Pair]) -> dict[Pair, Outcome]:
        """Return the outcome of every (wording, text), asking for those not seen yet."""
        wanted: dict[int, list[int]] = {}
        for wording, text in pairs:
            if (wording, text) not in self.seen:
                wanted.setdefault(wording, []).append(text)
        for wording, texts in wanted.items():
            for text, lesson in zip(texts, self._lessons(pool[wording], texts), strict=True):
                self.seen[wording, text] = _outcome(lesson, self.rows[text].given)
        return {pair: self.seen[pair] for pair in pairs}

    def _lessons(self, wording: Wording, texts: Sequence[int]) -> Sequence[Rationale | None]:
        inputs = [
            dict(self.rows[t].fields) | ({"choices": list(self.rows[t].choices)}) for t in texts
        ]
        asked = self.asked
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TutelageWarning)  # what is missing enters the score
            try:
                return self.teacher.rationales(
                    inputs,
                    asked.classes or None,
                    kind=asked.kind,
                    task=asked.task,
                    synonyms=asked.synonyms,
                    prompt=wording,
                    form=self.form,
                    fallback=False,
                )
            except BadAnswer:  # not one answer names a class: the wording is hopeless
                return [None] * len(texts)


def _outcome(lesson: Rationale | None, gold: str | None) -> Outcome:
    if lesson is None:
        return Outcome(None, False, False, 0)
    cost = lesson.provenance
    said = lesson.label
    tokens = cost.tokens_in + cost.tokens_out
    return Outcome(said, said is not None and said == gold, bool(lesson.rationales), tokens)


def _start(given: Sequence[Wording | str], asked: Asked, row: Row) -> list[Wording]:
    wordings = [one if isinstance(one, Wording) else Wording(one) for one in given]
    required, optional = placeholders(asked, row)
    problems = [
        f"{one.text!r:.60}: {problem}"
        for one in wordings
        for problem in one.problems(required, optional)
    ]
    if problems:
        raise DataError("These wordings cannot ask about the inputs:", problems)
    return list(dict.fromkeys(wordings)) or start_wordings(asked, row)


def _propose(
    teacher: Teacher,
    asked: Asked,
    rows: Sequence[Row],
    tried: Sequence[Tried],
    solved: Sequence[int],
    *,
    n_new: int,
    number: int,
) -> tuple[list[Wording], list[str]]:
    member = teacher.members[0]
    question = proposal_question(
        asked,
        rows[0],
        tried,
        [(rows[t].fields, rows[t].given or "") for t in solved],
        n_new=n_new,
        model=member.name,
        sampling=member.sampling,
        number=number,
    )
    known = [one.text for one in tried]
    try:
        (elicited,) = member.elicit_all(
            [(question, lambda answer: read_proposals(answer.text, asked, rows[0], known))],
            teacher.last_tally,
            None,
        )
    except BadAnswer as error:
        return [], list(error.problems)
    return list(elicited.reading.wordings[:n_new]), list(elicited.reading.rejected)
