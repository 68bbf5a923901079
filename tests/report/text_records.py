"""A text record with everything in it, whose texts, labels and names can be hostile."""

import math

import numpy as np

from tutelage.evaluation import compare_on_rows, evaluate
from tutelage.evaluation.faithfulness import faithfulness
from tutelage.report.text_facts import (
    AgreementFacts,
    ConfusedPair,
    FaithfulnessFacts,
    LessonFacts,
    OverlapFacts,
    ShownText,
    SourceFacts,
    TextClassFacts,
    TextDataFacts,
    TextModelFacts,
    VariantFacts,
    WordScore,
)
from tutelage.report.text_record import TextRecord

COST = {"n_calls": 4, "tokens_in": 1500, "tokens_out": 500, "recorded_usd": 0.02}


class Model:
    """Says the first class with a probability of ``chance`` for every text."""

    def __init__(self, classes, chances):
        self.classes_, self.chances = np.array(classes), np.array(chances)

    def predict_proba(self, texts):
        first = np.resize(self.chances, len(texts))
        return np.column_stack([first, 1 - first])


def words_of(text, scores):
    starts = [0, *(i + 1 for i, letter in enumerate(text) if letter == " ")]
    ends = [*(start - 1 for start in starts[1:]), len(text)]
    return tuple(WordScore(a, b, s) for a, b, s in zip(starts, ends, scores, strict=True))


def make_text_record(text="cancel my card", label="cancel_card", other="lost_card", **changed):
    texts, truth = [text] * 12, np.array([label, other] * 6)
    models = {
        "plain": Model([label, other], [0.9, 0.8]),
        "rewrites": Model([label, other], [0.9, 0.2]),
        "shuffled words": Model([label, other], [0.6, 0.5]),
    }
    scores = (*np.linspace(-0.5, 1, len(text.split(" ")))[:-1], math.nan)
    words = words_of(text, scores)
    told = [(tuple((w.start, w.end) for w in words), [0.1] * len(words))] * 12
    values = {
        "title": f"What is wanted? {text}",
        "data": TextDataFacts(
            text, label, 40, 12, f"12 texts of {text}.csv", f"data/{text}.csv", "0f" * 32,
            (TextClassFacts(label, 20, 6), TextClassFacts(other, 20, 6)),
        ),
        "model": TextModelFacts("rewrites", "minilm", text, 1.0, {label: text}),
        "lessons": (
            LessonFacts("cards", "skipped", f"not bought: {text}"),
            LessonFacts("rewrites", "asked", "", 60, teacher=label, prompt="rewrites/v1",
                        question=f"Rewrite {text}", answer=text, **COST),
        ),
        "variants": tuple(
            VariantFacts(
                name, f"{name} of {text}", ("rewrites",) * (name == "rewrites"), 40, 70, 3.2,
                evaluate(model, texts, truth, ("accuracy", "log_loss"), n_bootstrap=100).estimates,
            )
            for name, model in models.items()
        ),
        "plain": "plain",
        "taught": "rewrites",
        "gains": tuple(
            compare_on_rows(models[a], models[b], texts, truth, "accuracy", names=(a, b))
            for a, b in (("rewrites", "plain"), ("shuffled words", "plain"),
                         ("rewrites", "shuffled words"))
        ),
        "confused": (ConfusedPair(other, label, 6, 6, 1),),
        "shown": (
            ShownText(text, label, f"a text {text}", (
                SourceFacts("word ratings", label, words, f"says {label}"),
                SourceFacts("plain student", label, words[:1]),
            )),
        ),
        "faithfulness": tuple(
            FaithfulnessFacts(name, faithfulness(
                models[name], texts, told, attribution="integrated_gradients",
                trained_on=trained, n_bootstrap=100,
            ))
            for name, trained in (("plain", ""), ("rewrites", "integrated_gradients"))
        ),
        "agreement": (AgreementFacts("word ratings", "plain student", 0.31, 0.2, 0.4, 40),),
        "overlaps": (OverlapFacts("word ratings", 0.25, label, other, (text, "my")),),
        "warnings": (f"The text {text} looks like an order.",),
        "seed": 7,
        "timings": {"asking": 1.5},
        "command": f"tutelage fit {text!r} --target {label!r}",
    }  # fmt: skip
    return TextRecord(**(values | changed))
