"""The audit of identity terms of a text job: what its texts and lessons hold, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tutelage.cli.text_asking import Lessons
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_evidence import Contestant
from tutelage.cli.text_words import SOURCE_TITLES
from tutelage.evaluation.counterfactual import compare_swaps
from tutelage.evaluation.identity_found import found_terms
from tutelage.evaluation.identity_scores import identity_scores
from tutelage.lessons.identity_terms import IdentityTerms
from tutelage.lessons.word_prior import WordPrior
from tutelage.report.identity_facts import IdentityFacts, SourceStrengths, StudentSwaps

MOST_SWAPPED = 100  # seconds with a small encoder; texts of all test texts, drawn by the seed

Words = Mapping[str, Sequence[WordPrior | None]]


def identity_facts(
    terms: IdentityTerms,
    train: LabelledTexts,
    test: LabelledTexts,
    lessons: Lessons,
    words: Words,
    *,
    left_out: bool,
    seed: int,
) -> IdentityFacts:
    """Return which terms texts and lessons hold, and how strongly each source scores them.

    ``words`` are the word scores of the training texts by source, as the teacher gave them.
    """
    found = found_terms(
        terms,
        train=train.texts,
        test=test.texts,
        priors=words.values(),
        cards=lessons.of("cards"),
        rewrites=lessons.of("rewrites"),
    )
    strengths = [
        SourceStrengths(SOURCE_TITLES[kind], identity_scores(priors, terms, seed=seed).rows)
        for kind, priors in words.items()
    ]
    told = tuple(one for one in strengths if any(row.share for row in one.rows))
    return IdentityFacts(terms.n_terms, left_out, found, told)


def with_swaps(
    facts: IdentityFacts,
    terms: IdentityTerms,
    test: LabelledTexts,
    students: tuple[Contestant, Contestant],
    seed: int,
) -> IdentityFacts:
    """Return the facts with swaps of the plain and the taught student on at most 100 test texts."""
    naming = [row for row, text in enumerate(test.texts) if terms.mentions(text)]
    if not facts.found:
        return facts
    if not naming:
        return replace(facts, note="No test text names a term, so nothing could be swapped.")
    drawn = np.random.default_rng(seed).permutation(len(naming))[:MOST_SWAPPED]
    texts = [test.texts[naming[place]] for place in sorted(drawn.tolist())]
    plain, taught = students
    names = (taught.name, plain.name)
    compared = compare_swaps(taught.model, plain.model, texts, terms, names=names, seed=seed)
    if not compared.first.rows:
        note = "No test text names a term that has a counterpart, so nothing could be swapped."
        return replace(facts, note=note)
    swaps = (StudentSwaps(plain.name, compared.second), StudentSwaps(taught.name, compared.first))
    note = f"Swaps were tried on {len(texts)} of the {len(naming)} test texts that name a term."
    return replace(facts, swaps=swaps, changes=compared.changes, note=note)
