"""The sweep: every setting once, resumed after a stop, in processes, and stores that are broken."""

import json
import multiprocessing
import os
import signal
import sqlite3

import pytest

from tutelage.errors import InputError, TutelageError
from tutelage.evaluation.sweep import sweep
from tutelage.evaluation.sweep_result import SweepResult
from tutelage.evaluation.sweep_space import Choice, Range

SPACE = [Choice("trust", ("auto", 0.0, 1.0)), Choice("width", (1, 2, 3))]
DEFAULT = {"trust": "auto", "width": 2}


class Score:
    """Best at trust 1 and width 3; counts what it is asked, and with which seed."""

    def __init__(self, good=0.2, stop_after=None):
        self.good, self.stop_after, self.asked = good, stop_after, []

    def __call__(self, settings, seed):
        if len(self.asked) == self.stop_after:
            raise KeyboardInterrupt
        self.asked.append((dict(settings), seed))
        value = 0.5 + self.good * (settings["trust"] == 1.0) + 0.01 * settings["width"]
        return [value, value + 0.1, value - 0.1]


class Dying(Score):
    """Is killed wherever it runs in a process of its own."""

    def __call__(self, settings, seed):
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(settings, seed)


class Noise:
    """Scores that have nothing to do with the settings, and change with the seed."""

    def __call__(self, settings, seed):
        import random

        rng = random.Random(f"{sorted(settings.items(), key=str)} {seed}")
        return [rng.gauss(0.5, 0.1) for _ in range(5)]


def test_every_setting_is_judged_once_the_default_first(tmp_path):
    score = Score()
    found = sweep(score, SPACE, DEFAULT, tmp_path / "s.sqlite", n_trials=20)
    searched = [settings for settings, seed in score.asked if seed == 0]
    assert searched[0] == DEFAULT
    assert len(searched) == len({str(one) for one in searched}) == len(found.trials) == 9
    assert found.best == {"trust": 1.0, "width": 3}
    assert found.trial_of(found.best).score == pytest.approx(0.73)


def test_the_best_is_confirmed_on_folds_of_other_seeds(tmp_path):
    score = Score()
    found = sweep(score, SPACE, DEFAULT, tmp_path / "s.sqlite", n_trials=20)
    assert found.chosen == found.best
    assert found.confirmation.gain == pytest.approx(0.21)
    assert found.confirmation.n_folds == 6
    others = [(settings, seed) for settings, seed in score.asked if seed != 0]
    assert {seed for _, seed in others} == {7919, 15838}
    assert [settings for settings, _ in others] == [found.best, found.best, DEFAULT, DEFAULT]
    assert "Chosen: the best of 9 settings" in found.verdict()


def test_chance_rarely_displaces_the_default(tmp_path):
    """Six sweeps over noise: the best of nine looks better in the search, mostly."""
    found = [
        sweep(Noise(), SPACE, DEFAULT, tmp_path / f"{seed}.sqlite", n_trials=9, seed=seed)
        for seed in range(6)
    ]
    looked_better = sum(one.best != one.default for one in found)
    assert looked_better >= 3
    assert sum(one.chosen != one.default for one in found) <= looked_better / 2
    stayed = next(one for one in found if one.best != one.default and one.chosen == one.default)
    assert "The default stays" in stayed.verdict()


def test_a_smaller_score_is_better_where_the_metric_says_so(tmp_path):
    found = sweep(Score(), SPACE, DEFAULT, tmp_path / "s.sqlite", metric="log_loss", n_trials=9)
    assert found.best["trust"] != 1.0
    assert found.best["width"] == 1
    assert found.confirmation.gain == pytest.approx(0.01)
    assert found.ranked[0].settings == found.best


def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path):
    store = tmp_path / "s.sqlite"
    first = Score(stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        sweep(first, SPACE, DEFAULT, store, n_trials=9)
    second = Score()
    found = sweep(second, SPACE, DEFAULT, store, n_trials=9)
    both = [settings for settings, seed in first.asked + second.asked if seed == 0]
    assert len(both) == len({str(one) for one in both}) == 9
    assert found.best == sweep(Score(), SPACE, DEFAULT, tmp_path / "t.sqlite", n_trials=9).best


def test_a_default_that_a_run_died_in_is_judged_after_all(tmp_path):
    store = tmp_path / "s.sqlite"
    with pytest.raises(KeyboardInterrupt):
        sweep(Score(stop_after=0), SPACE, DEFAULT, store, n_trials=2)
    found = sweep(Score(), SPACE, DEFAULT, store, n_trials=2)
    assert found.trial_of(DEFAULT).score == pytest.approx(0.52)


def test_more_trials_add_to_those_that_are_there(tmp_path):
    store, space = tmp_path / "s.sqlite", [Range("weight", 0.0, 1.0)]

    def score(settings, seed):
        asked.append(settings["weight"])
        return [1 - abs(settings["weight"] - 0.7)]

    asked = []
    sweep(score, space, {"weight": 0.0}, store, n_trials=5)
    n_first, asked = len(asked), []
    found = sweep(score, space, {"weight": 0.0}, store, n_trials=12)
    assert n_first == 5 + 4  # the search, and two settings on two other seeds
    assert len(found.trials) == 12
    assert len(asked) == 7 + 4
    assert abs(found.best["weight"] - 0.7) < 0.3


def test_the_same_seed_searches_the_same_settings(tmp_path):
    def searched(name, seed):
        space = [Range("weight", 0.01, 10.0, log=True), Range("steps", 10, 99, whole=True)]
        default = {"weight": 1.0, "steps": 50}

        def score(settings, seed):
            return [settings["weight"] / settings["steps"]]

        found = sweep(score, space, default, tmp_path / name, n_trials=6, seed=seed)
        return [trial.settings for trial in found.trials]

    assert searched("a", 3) == searched("b", 3) != searched("c", 4)
    assert all(isinstance(one["steps"], int) for one in searched("d", 3))


@pytest.mark.slow
def test_a_process_that_dies_leaves_what_was_judged(tmp_path, capfd):
    store = tmp_path / "s.sqlite"
    sweep(Score(), SPACE, DEFAULT, store, n_trials=2)
    with pytest.raises(TutelageError, match="A process that judged settings died"):
        sweep(Dying(), SPACE, DEFAULT, store, n_trials=9, processes=2)
    capfd.readouterr()
    score = Score()
    found = sweep(score, SPACE, DEFAULT, store, n_trials=9)
    assert len(found.trials) == 9
    assert len([seed for _, seed in score.asked if seed == 0]) == 7


def test_importance_says_which_parameter_matters(tmp_path):
    found = sweep(Score(), SPACE, DEFAULT, tmp_path / "s.sqlite", n_trials=9)
    assert found.importance["trust"] > 0.8 > 0.2 > found.importance["width"]
    few = sweep(Score(), SPACE, DEFAULT, tmp_path / "t.sqlite", n_trials=3)
    assert few.importance == {}


def test_a_result_survives_json(tmp_path):
    found = sweep(Score(), SPACE, DEFAULT, tmp_path / "s.sqlite", n_trials=9)
    again = SweepResult.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False)))
    assert again == found
    assert again.lines()[1][0][-1] == "chosen"


def garbage(path):
    path.write_bytes(b"not a database at all" * 100)


def torn(path):
    """A store whose middle was overwritten."""
    sweep(Score(), SPACE, DEFAULT, path, n_trials=2)
    content = bytearray(path.read_bytes())
    content[5000:60000] = b"\xff" * 55000
    path.write_bytes(bytes(content))


def other_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE answers (key TEXT)")
    connection.close()


def newer(path):
    """A store whose version table names a schema that this Optuna does not know."""
    sweep(Score(), SPACE, DEFAULT, path, n_trials=2)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
        connection.execute("UPDATE version_info SET schema_version = 99")
    connection.close()


@pytest.mark.parametrize("broken", [garbage, torn, other_database, newer])
def test_a_broken_store_is_refused_by_name(tmp_path, broken):
    store = tmp_path / "s.sqlite"
    broken(store)
    before = store.read_bytes()
    with pytest.raises(InputError, match=r"s\.sqlite must be a store of a sweep"):
        sweep(Score(), SPACE, DEFAULT, store, n_trials=2)
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    "changed",
    [{"key": "other data"}, {"seed": 1}, {"space": [SPACE[0], Choice("width", (2, 4))]},
     {"metric": "roc_auc"}],
)  # fmt: skip
def test_a_store_of_another_sweep_is_refused(tmp_path, changed):
    store = tmp_path / "s.sqlite"
    sweep(Score(), SPACE, DEFAULT, store, n_trials=2)
    how = {"space": SPACE, "n_trials": 2, **changed}
    with pytest.raises(InputError, match="holds a sweep of other data"):
        sweep(Score(), how.pop("space"), DEFAULT, store, **how)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_trials": 0}, "n_trials must be at least 1, got 0"),
        ({"processes": 0}, "processes must be at least 1, got 0"),
        ({"space": []}, "at least one, got"),
        ({"space": [SPACE[0], SPACE[0]]}, "distinct parameters"),
        ({"default": {"trust": 0.5, "width": 1}}, "trust is 0.5, which"),
        ({"metric": "acuracy"}, "A metric must be one of"),
        ({"store": "no/such/folder/s.sqlite"}, "there is no folder"),
        ({"score": lambda settings, seed: [float("nan")]}, "one finite number per fold"),
    ],
)
def test_what_cannot_be_searched_says_why(tmp_path, changed, message):
    how = {"score": Score(), "space": SPACE, "default": DEFAULT, "store": tmp_path / "s.sqlite"}
    with pytest.raises(InputError, match=message):
        sweep(**{**how, **changed})


def test_spaces_that_make_no_sense_say_why():
    with pytest.raises(InputError, match="distinct values, got 'a' with 1, 1"):
        Choice("a", (1, 1))
    with pytest.raises(InputError, match="the lower one first, got 'a' from 2 to 1"):
        Range("a", 2, 1)
    with pytest.raises(InputError, match="must start above 0, got 0"):
        Range("a", 0, 1, log=True)
