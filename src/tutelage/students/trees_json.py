"""Trees in XGBoost's JSON form: parse, and check every number that XGBoost would follow blindly."""

from __future__ import annotations

import json
from typing import Any

from tutelage.errors import ModelFileError

MOST_TREES = 100_000
LISTS = ("left_children", "right_children", "split_indices", "split_conditions", "default_left")
OBJECTIVES = {False: "binary:logistic", True: "multi:softprob"}


def read_trees(text: str, n_inputs: int, n_outputs: int) -> dict[str, Any]:
    """Return the parsed model; every tree is a tree, on columns and outputs that exist.

    Parameters
    ----------
    n_inputs
        Number of columns the trees may split on.
    n_outputs
        1 for two classes, else the number of classes.

    Raises
    ------
    ModelFileError
        When the text is not such a model; XGBoost itself would crash or read foreign memory.

    Examples
    --------
    >>> read_trees("[]", 2, 1)
    Traceback (most recent call last):
        ...
    tutelage.errors.ModelFileError: trees.json must hold boosted trees in XGBoost's JSON form; ...
    """
    try:
        model: dict[str, Any] = json.loads(text)
        learner = model["learner"]
        _check_learner(learner, n_inputs, n_outputs)
        held = learner["gradient_booster"]["model"]
        outputs = held["tree_info"]
        if len(held["trees"]) != len(outputs) or len(outputs) > MOST_TREES:
            raise ValueError(f"{len(held['trees'])} trees, {len(outputs)} outputs")
        _check_rounds(held["iteration_indptr"], len(outputs), n_outputs)
        for tree, output in zip(held["trees"], outputs, strict=True):
            if type(output) is not int or not 0 <= output < n_outputs:
                raise ValueError(f"a tree for output {output!r} of {n_outputs}")
            _check_tree(tree, n_inputs)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ModelFileError(
            "trees.json must hold boosted trees in XGBoost's JSON form; this one cannot be used: "
            f"{type(error).__name__}: {error}. Train or copy the model again."
        ) from error
    return model


def _check_learner(learner: dict[str, Any], n_inputs: int, n_outputs: int) -> None:
    shape = learner["learner_model_param"]
    n_classes = n_outputs if n_outputs > 1 else 0
    facts = {
        "number of columns": (int(shape["num_feature"]), n_inputs),
        "number of classes": (int(shape["num_class"]), n_classes),
        "number of targets": (int(shape["num_target"]), 1),
        "booster": (learner["gradient_booster"]["name"], "gbtree"),
        "objective": (learner["objective"]["name"], OBJECTIVES[n_outputs > 1]),
    }
    for name, (got, wanted) in facts.items():
        if got != wanted:
            raise ValueError(f"{name} is {got!r}, not {wanted!r}")


def _check_rounds(starts: list[int], n_trees: int, n_outputs: int) -> None:
    if starts != list(range(0, n_trees + 1, n_outputs)):
        raise ValueError("rounds that do not hold one tree per output")


def _check_tree(tree: dict[str, Any], n_inputs: int) -> None:
    n_nodes = int(tree["tree_param"]["num_nodes"])
    columns = [tree[name] for name in LISTS]
    if n_nodes < 1 or {len(column) for column in columns} != {n_nodes}:
        raise ValueError(f"a tree of {n_nodes} nodes with lists of {[len(c) for c in columns]}")
    if tree["categories_nodes"] or any(tree["split_type"]):
        raise ValueError("a tree that splits on categories")
    left, right, split = columns[0], columns[1], columns[2]
    waiting, seen = [0], set()
    while waiting:
        node = waiting.pop()
        if type(node) is not int or not 0 <= node < n_nodes or node in seen:
            raise ValueError(f"node {node!r} is no node of a tree of {n_nodes}, or is met twice")
        seen.add(node)
        if (left[node] == -1) != (right[node] == -1):
            raise ValueError(f"node {node} has one child")
        if left[node] != -1:
            if type(split[node]) is not int or not 0 <= split[node] < n_inputs:
                raise ValueError(f"node {node} splits on column {split[node]!r} of {n_inputs}")
            waiting += [left[node], right[node]]
