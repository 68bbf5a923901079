"""sweep: search settings by a score, resumable and in several processes (Optuna, SQLite).

The score is anybody's function of settings and a seed. It gives one number per fold, on rows of
its own; this module never sees any.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from tutelage._canonical import content_hash
from tutelage._extras import require
from tutelage.errors import InputError, TutelageError
from tutelage.evaluation.sweep_result import Confirmation, SweepResult, SweepTrial
from tutelage.evaluation.sweep_space import (
    Parameter,
    Settings,
    check_space,
    every_setting,
    n_settings,
    space_key,
)
from tutelage.evaluation.sweep_store import open_study
from tutelage.evaluation.yardstick import find_yardstick

Score = Callable[[Settings, int], Sequence[float]]
Progress = Callable[[int, int], None]
SCORES, SECONDS = "scores", "seconds"
FEWEST_FOR_IMPORTANCE = 8
SEEDS_OF_CONFIRMATION = (1, 2)


def sweep(
    score: Score,
    space: Sequence[Parameter],
    default: Settings,
    store: Path | str,
    *,
    key: object = "",
    metric: str = "accuracy",
    n_trials: int = 30,
    processes: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> SweepResult:
    """Search settings, the default first, and confirm the best on other folds.

    All settings are tried when there are no more than ``n_trials``; else Optuna's TPE proposes
    them. What was judged stays in the store: run again after an interruption, or with more
    trials, and only the rest is done. Settings are judged once, however often they are proposed.

    Parameters
    ----------
    score
        ``score(settings, seed)`` gives one number per fold; the seed draws the folds. With
        several processes it must survive pickling.
    space
        What is varied.
    default
        Where the search starts, and what stays unless something is better.
    store
        An SQLite file; made when it is not there.
    key
        Whatever else identifies the sweep, such as a hash of the data: a store of another one is
        refused.
    metric
        Name of the score: its direction decides.
    n_trials
        Settings to judge in all, those in the store included.
    processes
        How many judge at the same time, each with its own memory.
    seed
        Of the folds and of the search. With several processes the settings that TPE proposes
        depend on who is done first.

    Raises
    ------
    InputError
        When the space, the default or a number cannot be used, or the store is broken or of
        another sweep.
    ExtraMissing
        When Optuna is not installed (extra ``sweep``).
    TutelageError
        When a process that judges settings dies.

    Examples
    --------
    >>> import tempfile
    >>> from tutelage.evaluation.sweep_space import Choice
    >>> def score(settings, seed):
    ...     return [0.5 + 0.1 * settings["trust"], 0.6 + 0.1 * settings["trust"]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep(score, [Choice("trust", (0, 1, 2))], {"trust": 0}, f"{folder}/s.sqlite")
    >>> found.best, found.chosen == found.best, len(found.trials)
    ({'trust': 2}, True, 3)
    """
    check_space(space, default)
    for name, number in (("n_trials", n_trials), ("processes", processes)):
        if number < 1:
            raise InputError(f"{name} must be at least 1, got {number!r}.")
    yardstick = find_yardstick(metric)
    whole = content_hash([space_key(space, default), key if isinstance(key, str) else repr(key),
                          metric, seed])  # fmt: skip
    job = _Job(Path(store), whole, yardstick.direction, tuple(space), score, seed)
    with _quiet():
        study = job.open()
        few = every_setting(space) if (n_settings(space) or math.inf) <= n_trials else []
        _queue(study, [{p.name: default[p.name] for p in space}, *few])
        _run(job, study, min(n_trials, len(few) or n_trials), processes, progress)
        trials = _judged(study, space)
        importance = _importance(study, trials, seed)
    sign = 1 if yardstick.direction == "higher" else -1
    best = max(trials, key=lambda trial: (sign * trial.score, -trial.number)).settings
    default = {parameter.name: default[parameter.name] for parameter in space}
    confirmation = None if best == default else _confirmed(score, best, default, seed, sign)
    is_better = confirmation is not None and confirmation.gain > confirmation.standard_error
    return SweepResult(
        metric=yardstick.name,
        title=yardstick.title,
        direction=yardstick.direction,
        trials=tuple(trials),
        default=default,
        best=best,
        chosen=best if is_better else default,
        confirmation=confirmation,
        importance=importance,
        seed=seed,
    )


@dataclass(frozen=True)
class _Job:
    """What a process needs to judge settings."""

    store: Path
    key: str
    direction: str
    space: tuple[Parameter, ...]
    score: Score
    seed: int
    n_trials: int = 0
    worker: int = 0

    def open(self) -> Any:
        study = open_study(self.store, self.key, self.direction)
        study.sampler = self._sampler(len(study.get_trials(deepcopy=False)))
        return study

    def _sampler(self, n_before: int) -> Any:
        optuna = require("optuna", extra="sweep", purpose="sweeps")
        # a resumed search must not repeat the random start of the first one
        seed = self.seed + 1000 * self.worker + n_before
        return optuna.samplers.TPESampler(seed=seed)

    def objective(self, trial: Any) -> float:
        settings = {parameter.name: parameter.suggest(trial) for parameter in self.space}
        since = time.perf_counter()
        scores = _known_scores(trial.study, settings) or _checked(self.score(settings, self.seed))
        trial.set_user_attr(SCORES, scores)
        trial.set_user_attr(SECONDS, time.perf_counter() - since)
        return float(np.mean(scores))


def _work(job: _Job) -> None:
    """Judge some settings, in a process of its own."""
    with _quiet():
        job.open().optimize(job.objective, n_trials=job.n_trials)


def _run(job: _Job, study: Any, n_wanted: int, processes: int, progress: Progress | None) -> None:
    def done() -> int:
        n_done = len(_judged(study, job.space))
        if progress is not None:
            progress(min(n_done, n_wanted), n_wanted)
        return n_done

    n_before = -1
    while n_before < done() < n_wanted:
        n_before = done()
        rest = n_wanted - n_before
        if processes == 1 or rest == 1:
            study.optimize(job.objective, n_trials=rest, callbacks=[lambda *_: done()])
            continue
        n_workers = min(processes, rest)
        shares = [rest // n_workers + (place < rest % n_workers) for place in range(n_workers)]
        with ProcessPoolExecutor(n_workers, get_context("spawn")) as pool:
            open_ones = {
                pool.submit(_work, replace(job, n_trials=share, worker=place + 1))
                for place, share in enumerate(shares)
            }
            while open_ones:
                ended, open_ones = wait(open_ones, timeout=1)
                done()
                for one in ended:
                    _result_of(one)


def _result_of(ended: Future[None]) -> None:
    try:
        ended.result()
    except BrokenProcessPool as error:
        raise TutelageError(
            "A process that judged settings died: out of memory, killed, or it could not import "
            "the score, which must live in a module. What was judged is kept; run again with "
            "processes=1, or fewer of them."
        ) from error


def _queue(study: Any, listed: Sequence[Settings]) -> None:
    """Have settings judged next, in this order; also those that a run died in."""
    kept = [trial for trial in study.get_trials(deepcopy=False)
            if trial.state.name in ("WAITING", "COMPLETE")]  # fmt: skip
    known = [repr(trial.params or trial.system_attrs.get("fixed_params")) for trial in kept]
    for settings in listed:
        if repr(dict(settings)) not in known:
            study.enqueue_trial(dict(settings))
            known.append(repr(dict(settings)))


def _judged(study: Any, space: Sequence[Parameter]) -> list[SweepTrial]:
    """Return the distinct settings that were judged, in the order of starting."""
    names = [parameter.name for parameter in space]
    found: dict[str, SweepTrial] = {}
    for trial in study.get_trials(deepcopy=False):
        if trial.state.name == "COMPLETE" and SCORES in trial.user_attrs:
            settings = {name: trial.params[name] for name in names}
            scores, seconds = tuple(trial.user_attrs[SCORES]), trial.user_attrs[SECONDS]
            found.setdefault(repr(settings), SweepTrial(trial.number, settings, scores, seconds))
    return list(found.values())


def _known_scores(study: Any, settings: Settings) -> list[float] | None:
    for trial in study.get_trials(deepcopy=False):
        if trial.state.name == "COMPLETE" and repr(trial.params) == repr(dict(settings)):
            return list(trial.user_attrs[SCORES])
    return None


def _checked(scores: Sequence[float]) -> list[float]:
    found = [float(score) for score in scores]
    if not found or not all(map(math.isfinite, found)):
        raise InputError(f"A score must be one finite number per fold, got {found}.")
    return found


def _importance(study: Any, trials: Sequence[SweepTrial], seed: int) -> dict[str, float]:
    optuna = require("optuna", extra="sweep", purpose="sweeps")
    if len(trials) < FEWEST_FOR_IMPORTANCE or len({trial.score for trial in trials}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    found: Mapping[str, Any] = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _confirmed(
    score: Score, best: Settings, default: Settings, seed: int, sign: int
) -> Confirmation:
    """Judge two settings on the same folds, drawn by other seeds than those of the search."""
    seeds = [seed + 7919 * step for step in SEEDS_OF_CONFIRMATION]
    one = np.concatenate([_checked(score(best, other)) for other in seeds])
    two = np.concatenate([_checked(score(default, other)) for other in seeds])
    gains = sign * (one - two)
    error = float(gains.std(ddof=1) / math.sqrt(len(gains))) if len(gains) > 1 else math.inf
    return Confirmation(
        float(one.mean()), float(two.mean()), float(gains.mean()), error, len(gains)
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Have Optuna say warnings only, as long as the block runs."""
    optuna = require("optuna", extra="sweep", purpose="sweeps")
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
