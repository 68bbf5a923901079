"""What the page of a text job says of identity terms: sentences, and tables as lines."""

from __future__ import annotations

from dataclasses import dataclass

from tutelage.evaluation.counterfactual_values import SwapComparison
from tutelage.evaluation.identity_found import FoundTerm
from tutelage.evaluation.identity_scores import IdentityScores
from tutelage.report.identity_audit import FEW_TEXTS, Section
from tutelage.report.identity_facts import IdentityFacts, SourceStrengths

MOST_TERMS = 30
MOST_STRENGTHS = 30
MOST_NAMED = 6
SWITCH = "--drop-identity-terms"


@dataclass(frozen=True)
class IdentitySection:
    """The audit as a page shows it.

    ``first`` is one sentence for the top of the page; ``is_alarm`` whether it is a warning there.
    ``switch`` names the switch that removes the terms, "" where there is nothing to remove.
    """

    first: str
    is_alarm: bool
    switch: str
    tables: tuple[Section, ...]
    notes: tuple[str, ...]


def identity_section(facts: IdentityFacts | None) -> IdentitySection | None:
    """Return the section; ``None`` for a record without the audit.

    >>> identity_section(IdentityFacts(120)).first
    'None of 120 identity terms stands in the texts or in the lessons.'
    """
    if facts is None:
        return None
    if not facts.found:
        told = f"None of {facts.n_terms} identity terms stands in the texts or in the lessons."
        return IdentitySection(told, False, "", (), ())
    tables = [_terms_table(facts.found)]
    tables += [table for one in facts.strengths if (table := _strengths_table(one)) is not None]
    return IdentitySection(
        _first(facts),
        facts.is_alarming,
        _switch(facts),
        (*tables, *_swap_tables(facts)),
        tuple(_notes(facts)),
    )


def _first(facts: IdentityFacts) -> str:
    in_lessons = [term for term in facts.found if term.n_lessons]
    if not in_lessons:
        count = _terms(len(facts.found), facts.found)
        return f"The texts name {count}; no lesson scores or names one."
    outcome = "; they were left out of what the students were taught" if facts.left_out else ""
    return f"The teacher's lessons score or name {_terms(len(in_lessons), in_lessons)}{outcome}."


def _terms(count: int, found: tuple[FoundTerm, ...] | list[FoundTerm]) -> str:
    named = ", ".join(term.term for term in found[:MOST_NAMED])
    more = ", ..." if count > MOST_NAMED else ""
    return f"{count} identity term{'s' if count > 1 else ''} ({named}{more})"


def _switch(facts: IdentityFacts) -> str:
    if facts.left_out:
        return (
            f"{SWITCH} kept these terms from the students; the scores below are the teacher's, "
            "as they were given."
        )
    if not any(term.n_lessons for term in facts.found):
        return f"There is nothing that {SWITCH} would remove: it concerns lessons, not texts."
    return (
        f"To keep these terms out of what students are taught, run again with {SWITCH}; lessons "
        "that were paid for cost nothing more."
    )


def _terms_table(found: tuple[FoundTerm, ...]) -> Section:
    head = ["term", "group", "training texts", "test texts", "texts scored", "cards", "rewrites"]
    lines = [
        [t.term, f"{t.axis}: {t.group}",
         *map(str, (t.n_train, t.n_test, t.n_scored, t.n_cards, t.n_rewrites))]
        for t in found[:MOST_TERMS]
    ]  # fmt: skip
    return Section("Terms found", "identity-terms", head, lines, 2)


def _strengths_table(one: SourceStrengths) -> Section | None:
    rows = tuple(row for row in one.rows if row.share)[:MOST_STRENGTHS]
    if not rows:
        return None
    head, lines = IdentityScores(rows, 0, 0, 0).lines()
    title = f"Scores of the terms by {one.source}"
    place = f"identity-{one.source.replace(' ', '-')}"
    return Section(title, place, ["group", *head], lines, 3)


def _swap_tables(facts: IdentityFacts) -> list[Section]:
    found = []
    for place, one in enumerate(facts.swaps):
        if one.report.rows:
            head, lines = one.report.lines()
            title = f"{one.model}: test texts told about another group"
            found.append(Section(title, f"identity-swaps-{place}", ["swap", *head], lines))
    if len(found) == 2 and facts.changes:
        plain, taught = facts.swaps
        pair = SwapComparison(
            (taught.model, plain.model), taught.report, plain.report, facts.changes
        )
        head, lines = pair.change_lines()
        title = f"{taught.model} against {plain.model}: what it changes"
        found.append(Section(title, "identity-changes", ["swaps", *head], lines))
    return found


def _notes(facts: IdentityFacts) -> list[str]:
    found = []
    if len(facts.found) > MOST_TERMS:
        found.append(f"{MOST_TERMS} of {len(facts.found)} terms are shown; the record has all.")
    if facts.strengths:
        found.append(
            "Share: score over the largest of the text, positive for the class. Above other words: "
            "how much stronger than the other words of the same texts; above 0 the terms count "
            "more. Terms scored 0 everywhere are not listed."
        )
    if facts.swaps:
        found.append(
            "Flips: share of texts whose predicted class changed; moved: how much probability "
            "changed classes. Whether a model should read who a text is about is a question of "
            "the task."
        )
        rows = [row for one in facts.swaps for row in one.report.rows]
        if any(row.n_texts < FEW_TEXTS for row in rows):
            found.append("Some swaps rest on few texts: read the interval, not the value.")
    return [*found, *([facts.note] if facts.note else [])]
