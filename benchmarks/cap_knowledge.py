"""What each form of a teacher's knowledge brings, and what it takes to ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import pandas as pd

import recorded_text
from tutelage.teacher.teacher import Teacher

# setting -> (form, lessons asked for); what is not asked about again costs nothing again
FORMS = {
    "ratings": ("prior, by alignment", ("ratings",)),
    "ratings as texts": ("prior, as texts", ("ratings",)),
    "ratings + as texts": ("prior, by both", ("ratings",)),
    "card texts": ("prior of classes, as texts", ("cards",)),
    "rewrites": ("data", ("rewrites",)),
    "rewrites + ratings": ("data, and prior by alignment", ("rewrites", "ratings")),
    "everything": ("all of them as texts", ("rewrites", "cards", "ratings")),
}
WRITTEN = ("distractor", "paraphrase", "noisy")


def knowledge(
    frame: pd.DataFrame, tokens_of_lesson: Mapping[str, float], title: str
) -> Iterator[str]:
    """Yield a table: gain in points, planned tokens, and points per 1,000 tokens."""
    plain = frame[frame["method"] == "plain"].set_index("split")
    rows = {
        name: frame[frame["method"] == name].set_index("split")
        for name in FORMS
        if (frame["method"] == name).any()
    }
    if not tokens_of_lesson or plain.empty or not rows:
        return
    yield f"### {title}: what each form brings for its tokens\n"
    yield "What each form of knowledge brings for its tokens. Tokens are those that `plan` expects"
    yield "with today's prompts, in and out, the check of rewrites included; the recorded answers"
    yield "were made with other prompts. Attacks: the mean of the three written ones.\n"
    yield (
        "| setting | form | tokens | points | per 1,000 tokens | points under attack "
        "| per 1,000 tokens |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, found in rows.items():
        form, lessons = FORMS[name]
        tokens = sum(tokens_of_lesson[lesson] for lesson in lessons)
        seeds = found.index.intersection(plain.index)
        clean = 100 * (found.loc[seeds, "accuracy"] - plain.loc[seeds, "accuracy"]).mean()
        gaps = [(found.loc[seeds, kind] - plain.loc[seeds, kind]).mean() for kind in WRITTEN]
        attacked = 100 * float(np.mean(gaps))
        per = 1000 / tokens
        yield (
            f"| {name} | {form} | {tokens:,.0f} | {clean:+.2f} | {clean * per:+.3f} "
            f"| {attacked:+.1f} | {attacked * per:+.3f} |"
        )
    yield ""


@cache
def tokens_of(dataset: str) -> dict[str, float]:
    """Return the tokens that each lesson on the 5-shot texts is expected to take.

    Nothing where the texts are not at hand, or not all lessons were recorded.
    """
    if dataset not in ("hwu64", "banking77") or not (recorded_text.DATA / dataset).is_dir():
        return {}
    teacher = Teacher(lambda messages: "", answers=False)
    train = recorded_text.split(dataset, "train_5")
    classes = list(recorded_text.labels_of(dataset))
    plans = {
        "ratings": teacher.plan_word_priors(train.texts, train.labels, classes),
        "cards": teacher.plan_class_cards(classes),
        "rewrites": teacher.plan_rewrites(train.texts, train.labels, classes, 3, 2),
    }
    return {name: p.tokens_in.expected + p.tokens_out.expected for name, p in plans.items()}
