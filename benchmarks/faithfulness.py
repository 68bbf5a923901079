"""Faithfulness over a data set: how long it takes, and that it is what the plain loop gives.

    nice python benchmarks/faithfulness.py [--texts 1000] [--loop-texts 50] [--steps 100]

A MiniLM classifier is trained on 5 texts per class of HWU64. Comprehensiveness and sufficiency at
20, 40, ... 100 % of the words are then measured twice: by :func:`faithfulness` over all texts, and
by the loop one would write, one perturbed text per call, on some of them; both hide words by
deletion and follow the predicted class. Wall and processor seconds are noted. Then attributions
are compared on the same model, by values that are normalised too.

Writes ``benchmarks/results/faithfulness.md``.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tutelage as tl
from recorded_text import split
from tutelage._words import word_offsets
from tutelage.attribution.words import hide
from tutelage.evaluation.faithfulness import faithfulness
from tutelage.evaluation.naopc import normalised_aopc

HERE = Path(__file__).parent
THRESHOLDS = (0.2, 0.4, 0.6, 0.8, 1.0)
N_COMPARED = 60


@dataclass(frozen=True)
class Timed:
    """A result with the wall and the processor seconds that it took."""

    result: Any
    wall_s: float
    processor_s: float


def timed(work: Callable[[], Any]) -> Timed:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return Timed(result, time.perf_counter() - wall, time.process_time() - processor)


def loop(model: Any, texts: Sequence[str], attributions: Sequence[Any]) -> dict[str, np.ndarray]:
    """Return the two measures per text, one perturbed text per call."""
    found: dict[str, list[float]] = {"comprehensiveness": [], "sufficiency": []}
    for text, (units, scores) in zip(texts, attributions, strict=True):
        whole = model.predict_proba([text])[0]
        code = int(whole.argmax())
        order = sorted(range(len(units)), key=lambda j: (-scores[j], j))
        drops: dict[str, list[float]] = {name: [] for name in found}
        for share in THRESHOLDS:
            top = set(order[: max(1, int(share * len(units) + 0.5))])
            without = hide(text, units, [j in top for j in range(len(units))], None)
            alone = hide(text, units, [j not in top for j in range(len(units))], None)
            drops["comprehensiveness"].append(whole[code] - model.predict_proba([without])[0][code])
            drops["sufficiency"].append(whole[code] - model.predict_proba([alone])[0][code])
        for name, values in drops.items():
            found[name].append(float(np.mean(values)))
    return {name: np.array(values) for name, values in found.items()}


def batched(model: Any, texts: Sequence[str], attributions: Sequence[Any], n_bootstrap: int) -> Any:
    return faithfulness(model, texts, attributions, thresholds=THRESHOLDS, n_bootstrap=n_bootstrap)


class Remembering:
    """A model that is asked about each text once: the bounds are the same for all attributions."""

    def __init__(self, model: Any):
        self.model, self.classes_ = model, model.classes_
        self.known: dict[str, np.ndarray] = {}

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known |= dict(zip(new, self.model.predict_proba(new), strict=True))
        return np.array([self.known[text] for text in texts])


def timing_lines(model: Any, texts: Sequence[str], n_loop: int) -> list[str]:
    attributions = model.word_attributions(texts)
    every = timed(lambda: batched(model, texts, attributions, 1000))
    some, given = texts[:n_loop], attributions[:n_loop]
    slow = timed(lambda: loop(model, some, given))
    differences = [
        abs(batched(model, [text], [one], 1)[name].value - slow.result[name][i])
        for i, (text, one) in enumerate(zip(some, given, strict=True))
        for name in ("comprehensiveness", "sufficiency")
    ]
    same = batched(model, some, given, 1)
    differences += [abs(same[name].value - slow.result[name].mean()) for name in slow.result]
    n_calls, share = len(texts) * (1 + 2 * len(THRESHOLDS)), len(texts) / n_loop
    wall, processor = slow.wall_s * share, slow.processor_s * share
    return [
        "| | texts | texts the model is asked about | wall s | processor s |\n"
        "|---|---|---|---|---|",
        f"| `faithfulness` | {len(texts):,} | {every.result.n_asked:,} | {every.wall_s:.1f} | "
        f"{every.processor_s:.1f} |",
        f"| the loop, on {n_loop} texts, scaled up | {len(texts):,} | {n_calls:,} | {wall:.1f} | "
        f"{processor:.1f} |",
        "",
        f"**{wall / every.wall_s:.1f} times** faster by the clock, "
        f"{processor / every.processor_s:.1f} times in processor time. "
        "The largest difference between the two, over texts and in the means: "
        f"{max(differences):.1e}.",
        "",
    ]


def comparison_lines(model: Any, texts: Sequence[str]) -> list[str]:
    rng = np.random.default_rng(0)
    named = {
        "random scores": [(word_offsets(t), rng.random(len(word_offsets(t)))) for t in texts],
        "gradient": model.word_attributions(texts, method="gradient"),
        "gradient x input": model.word_attributions(texts, method="gradient_x_input"),
        "integrated gradients, 1 point": model.word_attributions(texts, n_steps=1),
        "integrated gradients, 5 points": model.word_attributions(texts, n_steps=5),
        "integrated gradients, 20 points": model.word_attributions(texts, n_steps=20),
        "LIME": tl.lime_priors(model, texts, model.predict(texts), n_samples=100, placeholder=None),
    }
    remembering = Remembering(model)
    lines = [
        "| attribution | comprehensiveness | sufficiency | soft compr. | AOPC | normalised AOPC |\n"
        "|---|---|---|---|---|---|"
    ]
    for name, given in named.items():
        plain = faithfulness(remembering, texts, given, attribution=name, n_soft=10)
        bounded = normalised_aopc(remembering, texts, given, attribution=name)
        cells = [
            f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})"
            for e in (
                plain["comprehensiveness"],
                plain["sufficiency"],
                plain["soft_comprehensiveness"],
                bounded["aopc"],
                bounded["normalised_aopc"],
            )
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--loop-texts", type=int, default=50)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--timing-only", action="store_true")
    options = parser.parse_args()
    train, test = split("hwu64", "train_5"), split("hwu64", "test")
    model = tl.TaughtTextClassifier("minilm", steps=options.steps, random_state=0)
    model.fit(train.texts, train.labels)
    order = np.random.default_rng(0).permutation(len(test))[: options.texts]
    texts = [test.texts[i] for i in order]
    lines = [
        "# Faithfulness over a data set",
        "",
        f"By `python benchmarks/faithfulness.py` on {platform.machine()}, 2 cores shared with "
        f"whatever else ran, Python {platform.python_version()}. MiniLM trained on HWU64, 5 texts "
        f"per class, {options.steps} steps; test texts; shares of 20, 40, 60, 80 and 100 % of the "
        "words, deleted; predicted class; integrated gradients.",
        "",
        *timing_lines(model, texts, min(options.loop_texts, len(texts))),
    ]
    print("\n".join(lines), flush=True)
    if not options.timing_only:
        lines += [
            f"## Attributions of one model, {N_COMPARED} texts",
            "",
            "20, 40 and 60 % of the words, deleted; means and 95 % intervals over texts. "
            "Sufficiency: lower is better; the others: higher. LIME: 100 masks.",
            "",
            *comparison_lines(model, texts[:N_COMPARED]),
        ]
    (HERE / "results" / "faithfulness.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
