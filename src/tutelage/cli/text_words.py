"""Words under the lens: what each source says of them, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from tutelage._words import word_offsets
from tutelage.cli.text_data import LabelledTexts
from tutelage.cli.text_evidence import Contestant
from tutelage.cli.text_teachings import Priors
from tutelage.evaluation.agreement import agreement_between_sources
from tutelage.evaluation.confused_classes import class_confusion
from tutelage.evaluation.faithfulness import faithfulness
from tutelage.evaluation.naopc import normalised_aopc
from tutelage.lessons.card_words import card_word_priors
from tutelage.lessons.class_card import ClassCard
from tutelage.lessons.word_prior import WordPrior
from tutelage.report.text_facts import (
    AgreementFacts,
    ConfusedPair,
    FaithfulnessFacts,
    OverlapFacts,
    ShownText,
    SourceFacts,
    WordScore,
)
from tutelage.students.word_priors import gradient_priors

# With --alignment a student was trained on one point of the same path, and the report says so.
EVALUATING = "integrated_gradients"
N_STEPS = 10
MOST_TEXTS = 100
MOST_EXACT = 20
LONGEST_EXACT = 7
MOST_SHOWN = 4
LONGEST_SHOWN = 400
STUDENT_TITLES = ("plain student", "taught student")
SOURCE_TITLES = {"cards": "class cards", "ratings": "word ratings"}

Sources = Mapping[str, Priors]


def student_words(model: Any, texts: Sequence[str], labels: Sequence[str]) -> tuple[WordPrior, ...]:
    """Return what a student's integrated gradients say of each word, for the label's logit."""
    return gradient_priors(model, list(texts), list(labels), method=EVALUATING, n_steps=N_STEPS)


def sources_of_training_texts(
    train: LabelledTexts, words: Mapping[str, Priors], plain: Contestant, taught: Contestant
) -> dict[str, Priors]:
    """Return word scores of every training text, by source: the teacher's, then the students'."""
    found: dict[str, Priors] = {
        SOURCE_TITLES[kind]: words[kind] for kind in ("ratings", "cards") if kind in words
    }
    for title, one in zip(STUDENT_TITLES, (plain, taught), strict=True):
        found[title] = student_words(one.model, train.texts, train.labels)
    return found


def shown_training_texts(
    train: LabelledTexts, sources: Sources, confused: Sequence[ConfusedPair]
) -> list[ShownText]:
    """Return a training text of each of the classes that are confused most, by all sources."""
    wanted = list(dict.fromkeys([pair.truth for pair in confused] + train.classes))
    rows = []
    for label in wanted:
        own = [row for row, name in enumerate(train.labels) if name == label]
        own.sort(key=lambda row: -sum(priors[row] is not None for priors in sources.values()))
        rows.extend(own[:1])
    return [
        ShownText(
            train.texts[row],
            train.labels[row],
            "a training text",
            tuple(
                _told(name, prior)
                for name, priors in sources.items()
                if (prior := priors[row]) is not None
            ),
        )
        for row in [row for row in rows if len(train.texts[row]) <= LONGEST_SHOWN][:MOST_SHOWN]
    ]


def shown_test_texts(
    test: LabelledTexts,
    rows: Sequence[int],
    cards: Sequence[ClassCard],
    plain: Contestant,
    taught: Contestant,
) -> list[ShownText]:
    """Return test texts whose prediction changed, with the words by cards and by the students."""
    known = {card.label for card in cards}
    found = []
    for row in rows:
        text, label = test.texts[row], test.labels[row]
        if len(text) > LONGEST_SHOWN:
            continue
        told = []
        if label in known:
            [prior] = card_word_priors(cards, [text], [label])
            told.append(_told(SOURCE_TITLES["cards"], prior))
        for title, one in zip(STUDENT_TITLES, (plain, taught), strict=True):
            said = f"predicts {one.predictions[row]}"
            scored = student_words(one.model, [text], [label])[0]
            told.append(_told(title, scored, said))
        mended = taught.predictions[row] == label
        why = "a test text that the teacher's lessons " + ("mended" if mended else "spoilt")
        found.append(ShownText(text, label, why, tuple(told)))
    return found


def _told(source: str, prior: WordPrior, note: str = "") -> SourceFacts:
    words = tuple(
        WordScore(start, end, score)
        for (start, end), score in zip(prior.offsets, prior.scores, strict=True)
    )
    return SourceFacts(source, prior.label, words, note)


def measured_faithfulness(
    students: Sequence[Contestant], test: LabelledTexts, seed: int
) -> tuple[FaithfulnessFacts, ...]:
    """Measure on test texts whether each student uses the words that its explanation names.

    Comprehensiveness and sufficiency on up to 200 texts; normalised AOPC, which alone can be
    compared between students, on up to 20 texts that are short enough for exact bounds.
    """
    rng = np.random.default_rng(seed)
    order = [int(row) for row in rng.permutation(len(test.texts))]
    many = test.take(sorted(order[:MOST_TEXTS]))
    lengths = [len(word_offsets(text)) for text in test.texts]
    brief = [row for row in order if 2 <= lengths[row] <= LONGEST_EXACT]
    short = test.take(sorted(brief[:MOST_EXACT]))
    found = []
    for one in students:
        for chosen, measure in ((many, faithfulness), (short, normalised_aopc)):
            if not chosen.texts:
                continue
            trained_on = one.model.attribution if one.model.alignment_ > 0 else ""
            predicted = [str(label) for label in one.model.predict(chosen.texts)]
            words = student_words(one.model, chosen.texts, predicted)
            result = measure(
                one.model,
                chosen.texts,
                list(words),
                attribution=EVALUATING,
                trained_on=trained_on,
                seed=seed,
            )
            found.append(FaithfulnessFacts(one.name, result))
    return tuple(found)


def agreement_of(train: LabelledTexts, sources: Sources, seed: int) -> tuple[AgreementFacts, ...]:
    """Return how alike each pair of sources scores the words of the texts that both scored."""
    found = []
    for first, second in combinations(sources, 2):
        rows = [
            row
            for row in range(len(train.texts))
            if sources[first][row] is not None and sources[second][row] is not None
        ]
        if not rows:
            continue
        two = {name: [sources[name][row] for row in rows] for name in (first, second)}
        texts = [train.texts[row] for row in rows]
        pairs = agreement_between_sources(texts, two, seed=seed).pairs
        score = pairs[first, second]
        found.append(
            AgreementFacts(first, second, score.value, score.low, score.high, score.n_rows)
        )
    return tuple(found)


def overlaps_of(
    train: LabelledTexts, sources: Sources, pairs: Sequence[tuple[str, str]]
) -> tuple[OverlapFacts, ...]:
    """Return, per source, how many keywords the classes of each pair share on training texts."""
    found = []
    for name, priors in sources.items():
        rows = [row for row, prior in enumerate(priors) if prior is not None]
        known = train.take(rows)
        told = [pair for pair in pairs if set(pair) <= set(known.labels)]
        if not told:
            continue
        scored = [priors[row] for row in rows]
        confusion = class_confusion(known.texts, known.labels, scored, told)
        first, second = max(told, key=lambda pair: confusion.overlaps[pair])
        other = set(confusion.keywords[second])
        shared = tuple(word for word in confusion.keywords[first] if word in other)
        found.append(OverlapFacts(name, confusion.mean, first, second, shared))
    return tuple(found)
