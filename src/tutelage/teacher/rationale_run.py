"""One job of labelling and explaining, for one teacher or several: ask, tell, put together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tutelage.errors import BadTextAnswer, TutelageWarning
from tutelage.lessons.provenance import Provenance
from tutelage.lessons.rationale import Rationale, agreement, majority
from tutelage.teacher.asking import Tally
from tutelage.teacher.exchange import Answer, Question
from tutelage.teacher.one_teacher import OneTeacher, Progress
from tutelage.teacher.plan import Plan
from tutelage.teacher.privacy import Scrubber
from tutelage.teacher.rationale_choice import balanced_rows, disagreement_rows
from tutelage.teacher.rationale_job import Call, RationaleJob, first_calls, hidden
from tutelage.teacher.rationale_question import Manner, rationale_question
from tutelage.teacher.rationale_reading import Said, read_reason, read_said
from tutelage.teacher.rationale_rows import LONGEST_INPUT, options_of

TOKENS_AS_SCORES = {"rationale": 4, "rationale_label": 0, "rationale_told": 4}
Read = Callable[[Answer], tuple[Said, list[str]]]


@dataclass
class _Heard:
    """What was said about one row, in order, and every exchange that it took."""

    said: list[Said] = field(default_factory=list)
    told: str | None = None
    exchanges: list[tuple[Question, Answer]] = field(default_factory=list)


class RationaleRun:
    """Asks the questions of one job.

    Parameters
    ----------
    members
        The teachers; each is asked everything, but for reasons whose label is told: these are
        the first one's.
    job
        What is asked.
    tally, scrubber, progress
        As everywhere in this layer.
    """

    def __init__(
        self,
        members: Sequence[OneTeacher],
        job: RationaleJob,
        tally: Tally,
        scrubber: Scrubber,
        progress: Progress | None,
    ):
        self.members, self.job, self.tally = members, job, tally
        self.scrubber, self.progress, self.done = scrubber, progress, 0
        self.heard = [_Heard() for _ in job.rows]
        self.unread: BadTextAnswer | None = None
        shown = hidden(job, scrubber.hide) if any(m.settings.scrub for m in members) else job
        self.shown = [shown if member.settings.scrub else job for member in members]

    def lessons(self) -> tuple[Rationale, ...]:
        """Ask everything and return one lesson per input."""
        job = self.job
        for number, member in enumerate(self.members):
            self._hear(number, member, first_calls(job))
        chosen = job.chosen
        if chosen is None:
            chosen = frozenset(self._chosen())
            calls = [Call(row, "rationale") for row in sorted(chosen)]
            self._hear(0, self.members[0], calls)
        if job.fallback:
            self._hear(0, self.members[0], self._untold(chosen))
        self._check_any_label()
        for message in self._complaints(chosen):
            warnings.warn(message, TutelageWarning, stacklevel=3)
        seen: set[str] = set()
        return tuple(self._lesson(row, row in chosen, seen) for row in range(len(job.rows)))

    def plans(self) -> list[Plan]:
        """Return what the job would take, per teacher; nothing is sent.

        Reasons whose label is told are asked for only where none was given; they are not counted.
        """
        calls = first_calls(self.job)
        if self.job.chosen is None:  # not known before the labels are: any rows of that number
            labels = ["x"] * len(self.job.rows)
            rows = balanced_rows(labels, self.job.share, self.job.seed)
            calls += [Call(row, "rationale") for row in rows]
        return [self._plan(number, member, calls) for number, member in enumerate(self.members)]

    def _plan(self, number: int, member: OneTeacher, calls: Sequence[Call]) -> Plan:
        return member.plan_of(
            [(self._question(number, member, c), TOKENS_AS_SCORES[c.mode]) for c in calls]
        )

    def _question(self, number: int, member: OneTeacher, call: Call) -> Question:
        shown = self.shown[number]
        manner = Manner(
            shown.prompts,
            shown.json,
            shown.examples,
            member.name,
            member.sampling,
            member.settings.max_tokens,
        )
        told = call.told if call.told is None else self._shown_label(number, call.row, call.told)
        return rationale_question(
            shown.asked,
            shown.rows[call.row],
            manner,
            mode=call.mode,
            sample=call.sample,
            told=told,
        )

    def _hear(self, number: int, member: OneTeacher, calls: Sequence[Call]) -> None:
        if not calls:
            return
        pairs = [
            (self._question(number, member, call), self._reader(number, member, call))
            for call in calls
        ]
        outcomes = member.elicit_all(
            pairs, self.tally, self._step(len(calls)), missing=self.job.missing
        )
        self.done += len(calls)
        for call, elicited in zip(calls, outcomes, strict=True):
            heard, said = self.heard[call.row], elicited.reading
            heard.exchanges += elicited.exchanges
            if said.problems:
                question, answer = elicited.exchanges[-1]
                self.unread = BadTextAnswer(question, answer.text, said.problems)
            said = self._original(number, call.row, said)
            if call.told is None:
                heard.said.append(said)
            else:
                heard.told = said.reason

    def _step(self, n_calls: int) -> Progress | None:
        report, before = self.progress, self.done
        if report is None:
            return None
        return lambda done, total: report(before + done, before + n_calls)

    def _reader(self, number: int, member: OneTeacher, call: Call) -> Read:
        """Return the reader of one conversation; its last answer is taken as it is."""
        shown, left = self.shown[number], member.settings.attempts

        def read(answer: Answer) -> tuple[Said, list[str]]:
            nonlocal left
            left -= 1
            if call.told is not None:
                return Said(call.told, read_reason(answer.text)), []
            row = shown.rows[call.row]
            said = read_said(answer.text, shown.asked, row, finish=answer.finish)
            is_last = left <= 0 and self.job.missing == "allow"
            if call.mode != "rationale":
                said = replace(said, reason=None)
            return said, [] if is_last else list(said.problems)

        return read

    def _shown_label(self, number: int, row: int, label: str) -> str:
        shown, own = self.shown[number], self.job
        options = options_of(own.asked, own.rows[row])
        return options_of(shown.asked, shown.rows[row])[options.index(label)] if options else label

    def _original(self, number: int, row: int, said: Said) -> Said:
        """Return what was said in the user's own names and texts."""
        shown = self.shown[number]
        if shown is self.job:
            return said
        options = options_of(shown.asked, shown.rows[row])
        own = options_of(self.job.asked, self.job.rows[row])
        label = own[options.index(said.label)] if said.label in options else said.label
        return Said(label, said.reason and self.scrubber.restore(said.reason))

    def _label(self, row: int) -> str | None:
        given = self.job.rows[row].given
        return given if given is not None else majority([s.label for s in self.heard[row].said])

    def _chosen(self) -> Sequence[int]:
        job = self.job
        if job.choose == "disagreement":
            answers = [[said.label for said in heard.said] for heard in self.heard]
            return disagreement_rows(answers, job.share, job.seed)
        labels = [self._label(row) for row in range(len(job.rows))]
        return balanced_rows(labels, job.share, job.seed)

    def _untold(self, chosen: frozenset[int]) -> list[Call]:
        """Return the calls about chosen rows whose label has no reason yet."""
        calls = []
        for row in sorted(chosen):
            label = self._label(row)
            if label is not None and not self._reasons(row, label):
                calls.append(Call(row, "rationale_told", told=label))
        return calls

    def _reasons(self, row: int, label: str | None) -> tuple[str, ...]:
        said = [s.reason for s in self.heard[row].said if s.label == label and s.reason]
        return tuple(dict.fromkeys(said))

    def _lesson(self, row: int, is_chosen: bool, seen: set[str]) -> Rationale:
        heard, asked = self.heard[row], self.job.rows[row]
        label = self._label(row)
        reasons = self._reasons(row, label) if is_chosen and label is not None else ()
        told = is_chosen and not reasons and heard.told is not None
        answers = tuple(said.label for said in heard.said)
        return Rationale(
            asked.fields,
            label,
            (heard.told,) if told and heard.told else reasons,
            asked.choices,
            answers,
            agreement(label, answers),
            asked.given,
            asked=is_chosen,
            told=told,
            provenance=self._provenance(heard, seen),
        )

    def _provenance(self, heard: _Heard, seen: set[str]) -> Provenance:
        dates = sorted(answer.recorded for _, answer in heard.exchanges if answer.recorded)
        # inputs that are equal share their answers: the first of them bears the cost
        own = [(q, a) for q, a in heard.exchanges if q.key not in seen]
        seen.update(question.key for question, _ in own)
        notes = [member.notes for member in self.members]
        return Provenance(
            teacher=" + ".join(member.title for member in self.members),
            prompt=", ".join(sorted({question.prompt for question, _ in heard.exchanges})),
            recorded=dates[0][:10] if dates else "",
            question_keys=tuple(question.key for question, _ in heard.exchanges),
            n_calls=len(own),
            tokens_in=sum(answer.usage.tokens_in for _, answer in own),
            tokens_out=sum(answer.usage.tokens_out for _, answer in own),
            cost_usd=sum(answer.cost_usd for _, answer in own),
            task=self.job.asked.task,
            notes="; ".join(note for note in dict.fromkeys(notes) if note),
        )

    def _check_any_label(self) -> None:
        """Raise when not a single answer of the teacher could be read."""
        if self.unread is not None and not any(s.label for h in self.heard for s in h.said):
            raise self.unread

    def _complaints(self, chosen: frozenset[int]) -> Iterator[str]:
        """Yield what a user should look at."""
        rows = range(len(self.job.rows))
        unlabelled = [row for row in rows if self._label(row) is None]
        if unlabelled:
            yield (
                f"{len(unlabelled)} of {len(rows)} texts got no label (the first: input "
                f"{unlabelled[0]}); they stay without one and are left out of training."
            )
        heard = self.heard
        silent = [
            row
            for row in sorted(chosen)
            if not self._reasons(row, self._label(row)) and heard[row].told is None
        ]
        if silent:
            yield (
                f"{len(silent)} of {len(chosen)} texts that should have a reason got none (the "
                f"first: input {silent[0]}); rationale_coverage(lessons) shows the classes."
            )
        longest = max(len(text) for row in self.job.rows for _, text in row.fields)
        if longest > LONGEST_INPUT:
            yield (
                f"the longest text has {longest:,} characters; the teacher was shown the first "
                f"{LONGEST_INPUT:,} of such texts."
            )
