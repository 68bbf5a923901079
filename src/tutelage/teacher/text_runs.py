"""Putting the questions about texts to every teacher, and what their answers come to."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutelage.errors import TutelageWarning
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.entry_checks import some
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rewrite import Rewrite
from tutelage.lessons.word_prior import WordPrior
from tutelage.teacher.asking import Elicited, Tally
from tutelage.teacher.card_writing import (
    SCORES_PER_CARD,
    CardJob,
    Cards,
    card_reader,
    cards_together,
)
from tutelage.teacher.exchange import Question
from tutelage.teacher.members import share_of
from tutelage.teacher.one_teacher import Missing, OneTeacher, Progress, R, Reader
from tutelage.teacher.origin import origin_of, origins_together
from tutelage.teacher.panel import plans_together
from tutelage.teacher.plan import Plan
from tutelage.teacher.rewriting import (
    Labelled,
    RewriteJob,
    Written,
    kept_rewrites,
    label_reader,
)
from tutelage.teacher.text_task import Addressee
from tutelage.teacher.word_ratings import RatingJob, Ratings, Readings, rating_reader

CHARACTERS_PER_SCORE = 32  # an answer's number with its name is about 8 tokens


@dataclass(frozen=True)
class Run:
    """One job under way: who is asked, what counts it, who is told."""

    members: tuple[OneTeacher, ...]
    tally: Tally
    missing: Missing
    progress: Progress | None

    def put(self, place: int, questions: Sequence[tuple[Question, Reader[R]]]) -> list[Elicited[R]]:
        """Put questions to the teacher at ``place``."""
        told = share_of(self.progress, place, len(self.members))
        return self.members[place].elicit_all(questions, self.tally, told, missing=self.missing)


def ask_ratings(job: RatingJob, run: Run) -> tuple[WordPrior | None, ...]:
    """Return one prior per text from the ratings of every teacher."""
    heard: dict[tuple[str, str], list[Ratings]] = {}
    origins = []
    for place, member in enumerate(run.members):
        asked = job.questions(_to(member))
        elicited: list[Elicited[Readings]] = run.put(
            place, [(one.question, rating_reader(one, job.task, job.hide)) for one in asked]
        )
        for one, conversation in zip(asked, elicited, strict=True):
            for text in one.texts:
                if text.number in conversation.reading:
                    ratings = conversation.reading[text.number]
                    heard.setdefault((text.text, text.label), []).append(ratings)
        origins.append(_origin(elicited, member, job.task.task))
    covered = {pair for pair, said in heard.items() if any(_rates(one) for one in said)}
    note = coverage_note(job.pairs, covered)
    return job.priors(heard, origins_together(origins, [note]))


def _rates(ratings: Ratings) -> bool:
    return any(score is not None for score in ratings.scores)


def coverage_note(pairs: Sequence[tuple[str, str]], covered: set[tuple[str, str]]) -> str:
    """Say of how many texts words were scored, and which classes have fewest; warn of gaps.

    >>> coverage_note([("a b", "x"), ("c", "x")], {("a b", "x"), ("c", "x")})
    'words of all 2 texts scored'
    """
    asked = [(text, label) for text, label in pairs if text.strip()]
    whole = Counter(label for _, label in asked)
    have = Counter(label for text, label in asked if (text, label) in covered)
    n_covered = sum(have.values())
    if n_covered == len(asked):
        return f"words of all {len(asked)} texts scored"
    short = sorted((have[label] / count, label) for label, count in whole.items())
    listed = [f"{label}: {have[label]} of {whole[label]}" for share, label in short if share < 1]
    note = f"words of {n_covered} of {len(asked)} texts scored; fewest of {some(listed)}"
    warnings.warn(
        f"{note}. The other texts have no prior and teach by their label only.",
        TutelageWarning,
        stacklevel=4,
    )
    return note


def plan_ratings(job: RatingJob, members: Sequence[OneTeacher]) -> Plan:
    """Return what the questions about words would take."""
    return plans_together(
        [
            member.plan_of(
                [
                    (one.question, sum(len(text.words) for text in one.texts))
                    for one in job.questions(_to(member))
                ]
            )
            for member in members
        ]
    )


def ask_cards(job: CardJob, run: Run) -> tuple[ClassCard, ...]:
    """Return one card per class from every teacher's."""
    said: list[Cards] = []
    origins = []
    for place, member in enumerate(run.members):
        asked = job.questions(_to(member))
        elicited: list[Elicited[Cards]] = run.put(
            place,
            [(question, card_reader(job.task, labels, job.hide)) for question, labels in asked],
        )
        said += [one.reading for one in elicited]
        origins.append(_origin(elicited, member, job.task.task))
    return cards_together(job.task, said, origins_together(origins))


def plan_cards(job: CardJob, members: Sequence[OneTeacher]) -> Plan:
    """Return what the questions for cards would take."""
    return plans_together(
        [
            member.plan_of(
                [
                    (question, SCORES_PER_CARD * len(labels))
                    for question, labels in job.questions(_to(member))
                ]
            )
            for member in members
        ]
    )


def ask_rewrites(job: RewriteJob, run: Run, *, check: bool) -> tuple[Rewrite, ...]:
    """Return the new texts of every teacher, without those whose label was not confirmed."""
    made: list[Rewrite] = []
    origins = []
    n_rejected = 0
    for place, member in enumerate(run.members):
        asked = job.questions(_to(member))
        elicited: list[Elicited[Written]] = run.put(
            place, [(question, job.reader(block)) for question, block in asked]
        )
        written = [
            Rewrite(text, item.label, kind, item.text)
            for (_, block), one in zip(asked, elicited, strict=True)
            for item in block
            for kind, text in one.reading.get(item.number, ())
        ]
        origins.append(_origin(elicited, member, job.task.task))
        if check and written:
            labels, origin = _checked(job, run, place, written)
            kept, rejected = kept_rewrites(written, labels)
            origins.append(origin)
            made, n_rejected = made + kept, n_rejected + len(rejected)
        else:
            made += written
    run.tally.n_rejected = n_rejected
    note = (
        f"{n_rejected} dropped, read as another class in a second question"
        if check
        else ("labels were not checked")
    )
    origin = origins_together(origins, [note])
    order = {pair: place for place, pair in enumerate(job.sources)}
    made.sort(key=lambda rewrite: order[rewrite.source_text, rewrite.label])
    return tuple(replace(rewrite, provenance=origin) for rewrite in made)


def _checked(
    job: RewriteJob, run: Run, place: int, written: Sequence[Rewrite]
) -> tuple[list[str | None], Provenance]:
    member = run.members[place]
    pairs = [(rewrite.text, rewrite.label) for rewrite in written]
    asked = job.check_questions(pairs, _to(member))
    elicited: list[Elicited[Labelled]] = run.put(
        place, [(question, label_reader(block, job.task, job.hide)) for question, block in asked]
    )
    labels = [
        one.reading.get(item.number)
        for (_, block), one in zip(asked, elicited, strict=True)
        for item in block
    ]
    return labels, _origin(elicited, member, job.task.task)


def plan_rewriting(job: RewriteJob, members: Sequence[OneTeacher], *, check: bool) -> Plan:
    """Return what writing, and checking what was written, would take."""
    plans = []
    for member in members:
        questions = [
            (question, sum(_size(item.text) for item in block) * job.n_per_text)
            for question, block in job.questions(_to(member))
        ]
        if check:
            stand_ins = [pair for pair in job.sources for _ in range(job.n_per_text)]
            asked = job.check_questions(stand_ins, _to(member))
            questions += [(question, len(block)) for question, block in asked]
        plans.append(member.plan_of(questions))
    return plans_together(plans)


def _size(text: str) -> int:
    return 1 + len(text) // CHARACTERS_PER_SCORE


def _to(member: OneTeacher) -> Addressee:
    return Addressee(member.name, member.sampling, member.settings.max_tokens)


def _origin(elicited: Sequence[Elicited[R]], member: OneTeacher, task: str) -> Provenance:
    return origin_of(elicited, teacher=member.title, task=task, notes=member.notes)
