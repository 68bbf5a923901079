"""What the page of a job without labels shows: its record, arranged by section."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from tutelage.report import charts
from tutelage.report.shown import money, number, small_money
from tutelage.report.text_charts import scores_chart
from tutelage.report.text_facts import LessonFacts
from tutelage.report.unlabelled_record import Price, UnlabelledRecord
from tutelage.report.view import Chart, Figure

MOST_CLASSES = 300


def unlabelled_page_values(record: UnlabelledRecord) -> dict[str, Any]:
    """Return the values the template needs beside the record itself."""
    return {
        "record": record,
        "figures": headline_figures(record),
        "chart": accuracy_chart(record),
        "n_masked": record.data.n_rows - record.data.n_empty - record.data.n_labelled,
        "n_asked": sum(one.n_asked for one in record.classes),
        "n_reasons": sum(one.n_reasons for one in record.classes),
        "silent": [one.name for one in record.classes if not one.n_texts],
        "most_classes": MOST_CLASSES,
        "properties": quality_rows(record),
        "price": record.price,
        "total": record.total,
        "lessons": [one for one in (record.asked, record.cards) if told_of(one)],
    }


def told_of(facts: LessonFacts) -> bool:
    """Tell whether there is anything to say of a kind of lesson: it came, or why it did not."""
    return facts.status != "skipped" or bool(facts.note)


def headline_figures(record: UnlabelledRecord) -> list[Figure]:
    """Return the few numbers that belong on the first screen."""
    data, price = record.data, record.price
    figures = []
    score = record.accuracy
    if score is not None:
        figures.append(
            Figure(
                "Accuracy of the student",
                number(score.value),
                f"{number(score.low)} to {number(score.high)}",
            )
        )
    n_texts = data.n_rows - data.n_empty
    figures.append(Figure("Texts the teacher labelled", f"{data.n_labelled:,}", f"of {n_texts:,}"))
    figures.append(_paid(record.total))
    if price is not None:
        figures.append(_paid_per_point(price))
    return figures


def _paid(total: LessonFacts) -> Figure:
    tokens = f"{total.n_tokens:,}"
    if total.recorded_usd > 0:
        paid = money(total.recorded_usd)
        return Figure("Cost of the answers", paid, f"{total.n_calls:,} calls, {tokens} tokens")
    return Figure("Tokens of the answers", tokens, f"in {total.n_calls:,} calls; without a price")


def _paid_per_point(price: Price) -> Figure:
    over = "over the majority class"
    if math.isnan(price.tokens):
        return Figure("Cost per point of accuracy", "–", f"no point gained {over}")
    tokens = f"{price.tokens:,.0f}"
    if math.isnan(price.usd):
        return Figure("Tokens per point of accuracy", tokens, over)
    paid = small_money(price.usd)
    return Figure("Cost per point of accuracy", paid, f"{tokens} tokens, {over}")


def accuracy_chart(record: UnlabelledRecord) -> Chart | None:
    """Return accuracy and interval of the student and of the controls."""
    named = [(one.name, e) for one in record.variants if (e := one.estimate("accuracy"))]
    if not named:
        return None
    reference = record.gains[0].second if record.gains else ""
    main = named[0][0]
    wide, narrow = (
        scores_chart(named, width, f"accuracy-{place}", main=main, reference=reference)
        for place, width in (("w", charts.WIDE), ("n", charts.NARROW))
    )
    return Chart(Markup(wide.svg), Markup(narrow.svg), wide.title)


def quality_rows(record: UnlabelledRecord) -> list[tuple[str, str, str]]:
    """Return the properties of the reasons: name, value, and what to make of it."""
    found = record.quality
    if found is None or not found.n_reasons:
        return []
    spread = "" if math.isnan(found.words_sd) else f" ± {number(found.words_sd, 1)}"
    return [
        ("words", f"{number(found.words, 1)}{spread}", "mean and standard deviation; 19 to 34 "
         "made no difference in published runs, 74 cost points"),
        ("sentences", number(found.sentences, 1), "one was asked for"),
        ("reading ease", number(found.flesch, 0), "Flesch: 100 very easy, below 30 very hard"),
        ("copied from the text", _percent(found.copy_rate), "words in runs of three or more; a "
         "copy explains nothing"),
        ("holds its label", _percent(found.leak_rate), "the reason names the class it is for: "
         "the label again, not why"),
        ("names another class", _percent(found.other_rate), "and not its own: it may argue for "
         "something else"),
        ("said before", _percent(found.duplicate_rate), "word for word the reason of an earlier "
         "text"),
        (f"begins with “{found.opening}”", _percent(found.opening_rate), "the most frequent "
         "beginning: how templated they are"),
    ]  # fmt: skip


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f}\u00a0%"
