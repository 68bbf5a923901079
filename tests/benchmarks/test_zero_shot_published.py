"""The published gains: a collapsed baseline is none."""

import pandas as pd

import zero_shot_published


def log(standard, reasons, **more):
    runs = [("standard", x, y) for x, y in standard] + [("task_prefix", x, y) for x, y in reasons]
    table = pd.DataFrame(runs, columns=["mode", "eval_acc", "test_acc"])
    plain = {
        "experiment_group": "Subsampling", "dataset": "anli1", "model": "t5-v1_1-base",
        "subsample": 1.0, "label_type": "gt", "prompt_mix": 6,
    }  # fmt: skip
    return table.assign(**{**plain, **more})


def test_the_gain_over_runs_that_learned_leaves_the_others_out():
    found = zero_shot_published.rows(
        log([(0.33, 0.34), (0.45, 0.46), (0.45, 0.48)], [(0.5, 0.5), (0.5, 0.5)])
    )
    assert found == ["| anli1 | base | 100.0% | gold | 3 | 1 | 2 | 0 | +7.3 | +3.0 |"]


def test_without_two_runs_that_learned_there_is_no_baseline():
    found = zero_shot_published.rows(log([(0.33, 0.34), (0.45, 0.46)], [(0.5, 0.5), (0.5, 0.5)]))
    assert found[0].endswith("| 1 | 2 | 0 | +10.0 | no baseline |")


def test_copied_values_and_runs_with_few_reasons_do_not_count():
    pair = [(0.5, 0.5), (0.5, 0.5)]
    copied = log(pair, pair, experiment_group="HSIEH ET AL")
    few = log(pair, pair, prompt_mix=71)
    assert zero_shot_published.rows(pd.concat([copied, few])) == []
