"""A table student's values <-> the contents of a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import ModelFileError
from tutelage.students.bodies import BodyParts
from tutelage.students.columns import ColumnLayout
from tutelage.students.files import ModelFolder
from tutelage.students.fitting import BODIES
from tutelage.students.trust import Trust

KNOTS = "layout.knots"
LAYOUT_ARRAYS = ("median", "iqr", "unit_mean", "unit_sd", "indicator_mean")
PARAMETERS = ("student", "trust", "hidden", "objective", "gamma", "random_state")


def folder_of(student: Any) -> ModelFolder:
    """Return everything a fitted ``TaughtClassifier`` is, ready to be written."""
    model = {
        "params": {name: plain_value(getattr(student, name)) for name in PARAMETERS},
        "class_weight": class_weight_values(student.class_weight),
        "labels": label_values(student.classes_),
        "layout": layout_values(student.layout_),
        "named_columns": hasattr(student, "feature_names_in_"),
        "trust": trust_values(student.trust_),
    }
    parts = student.body_.parts()
    arrays = {**parts.arrays, **layout_arrays(student.layout_)}
    return ModelFolder(type(student).__name__, model, arrays, student.prior, parts.texts)


def parameters_in(content: ModelFolder) -> dict[str, Any]:
    """Return the constructor's arguments but the prior."""
    values = content.model
    listed = {name: values["params"][name] for name in PARAMETERS if name in values["params"]}
    if "hidden" in listed:
        listed["hidden"] = tuple(listed["hidden"])
    return {**listed, "class_weight": read_class_weight(values["class_weight"])}


def fitted_in(content: ModelFolder) -> dict[str, Any]:
    """Return the attributes that ``fit`` sets; their shapes are checked against each other."""
    values, arrays = content.model, content.arrays
    layout = read_layout(values["layout"], arrays)
    classes = read_labels(values["labels"])
    n_outputs = 1 if len(classes) == 2 else len(classes)
    kind = BODIES[str(values["params"]["student"])]
    fitted = {
        "classes_": classes,
        "layout_": layout,
        "body_": kind.from_parts(BodyParts(arrays, content.texts), n_outputs, layout.n_encoded),
        "trust_": read_trust(values["trust"]),
        "n_features_in_": len(layout.names),
    }
    named = values["named_columns"]
    if not isinstance(named, bool):
        raise ModelFileError(f"named_columns must be true or false, got {named!r:.80}.")
    if named:
        fitted["feature_names_in_"] = np.array(layout.names, dtype=object)
    return fitted


def plain_value(value: object) -> object:
    """Return a parameter for JSON; a random generator, which no file can hold, becomes None."""
    if isinstance(value, np.random.RandomState):
        return None
    if isinstance(value, (tuple, list)):
        return [plain_value(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def layout_values(layout: ColumnLayout) -> dict[str, Any]:
    """Return the part of a layout that goes into JSON."""
    return {
        "names": list(layout.names),
        "categories": [None if c is None else list(c) for c in layout.categories],
        "missing": list(layout.missing),
        "bends": layout.bends.tolist(),
    }


def layout_arrays(layout: ColumnLayout) -> dict[str, NDArray[Any]]:
    """Return the part of a layout that goes into safetensors."""
    arrays = {f"layout.{name}": getattr(layout, name) for name in LAYOUT_ARRAYS}
    return {**arrays, KNOTS: layout.knots} if len(layout.knots) else arrays


def read_layout(values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ColumnLayout:
    """Rebuild a layout and check that its parts belong together."""
    listed = values["categories"]
    _check_layout(values["names"], listed, values["missing"])
    layout = ColumnLayout(
        tuple(str(name) for name in values["names"]),
        tuple(None if c is None else tuple(str(v) for v in c) for c in listed),
        tuple(bool(flag) for flag in values["missing"]),
        **{name: np.asarray(arrays[f"layout.{name}"], dtype=np.float64) for name in LAYOUT_ARRAYS},
        bends=np.array([bool(flag) for flag in values["bends"]], dtype=bool),
        knots=_read_knots(arrays, len(values["names"])),
    )
    n_columns = len(layout.names)
    shapes = [len(layout.categories), len(layout.missing), layout.bends.size]
    shapes += [getattr(layout, name).size for name in LAYOUT_ARRAYS[:-1]]
    if set(shapes) != {n_columns} or len(layout.indicators) != layout.indicator_mean.size:
        raise ModelFileError(f"the column layout does not fit together: {n_columns}, {shapes}.")
    return layout


def _read_knots(arrays: Mapping[str, NDArray[Any]], n_columns: int) -> NDArray[np.float64]:
    """Return the knots of waves; a layout without waves has none."""
    knots = np.asarray(arrays.get(KNOTS, np.zeros((0, n_columns))), dtype=np.float64)
    if knots.ndim != 2 or knots.shape[1] != n_columns or not np.all(np.diff(knots, axis=0) >= 0):
        raise ModelFileError(
            f"the array {KNOTS!r} must hold rising numbers for each of {n_columns} columns, "
            f"got the shape {knots.shape}."
        )
    return knots


def _check_layout(names: Any, categories: Any, missing: Any) -> None:
    """Refuse names, categories and flags that no layout has."""
    if not _are_distinct_texts(names):
        raise ModelFileError(f"column names must be a list of distinct texts, got {names!r:.80}.")
    if not isinstance(categories, list) or not all(
        listed is None or _are_distinct_texts(listed) for listed in categories
    ):
        raise ModelFileError(
            f"categories must be null or distinct texts for each column, got {categories!r:.80}."
        )
    if not isinstance(missing, list) or not all(isinstance(flag, bool) for flag in missing):
        raise ModelFileError(f"missing must be a list of true and false, got {missing!r:.80}.")


def _are_distinct_texts(values: Any) -> bool:
    are_texts = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return are_texts and len(set(values)) == len(values)


def label_values(classes: NDArray[Any]) -> dict[str, Any]:
    """Return labels with their dtype, for JSON."""
    kind = classes.dtype.kind
    if kind not in "biufUO" or (kind == "O" and not all(isinstance(c, str) for c in classes)):
        raise ModelFileError(f"labels must be numbers, booleans or texts, got {classes.dtype}.")
    dtype = "object" if kind == "O" else ("str" if kind == "U" else classes.dtype.name)
    return {"dtype": dtype, "values": classes.tolist()}


def read_labels(values: Mapping[str, Any]) -> NDArray[Any]:
    """Rebuild labels from JSON; only plain dtypes are accepted."""
    dtype, listed = str(values["dtype"]), values["values"]
    if dtype not in {"object", "str", "bool"} and np.dtype(dtype).kind not in "iuf":
        raise ModelFileError(f"label dtype {dtype!r} is not known.")
    kinds: Any = str if dtype in {"object", "str"} else bool if dtype == "bool" else (int, float)
    plain = isinstance(listed, list) and all(isinstance(value, kinds) for value in listed)
    if not plain or len(listed) < 2 or any(a >= b for a, b in pairwise(listed)):
        raise ModelFileError(
            f"labels must be at least two, distinct and sorted, got {listed!r:.80}."
        )
    return np.array(listed, dtype=dtype)


def trust_values(trust: Trust) -> dict[str, Any]:
    """Return trust as plain values."""
    return asdict(trust)


def read_trust(values: Mapping[str, Any]) -> Trust:
    """Rebuild trust from JSON."""
    numbers = [float(values[name]) for name in ("value", "low", "high")]
    share = float(values["share_of_prediction"])
    turned = float(values.get("turned", 0.0))
    return Trust(numbers[0], numbers[1], numbers[2], str(values["chosen_by"]), share, turned)


def class_weight_values(weight: Mapping[Any, float] | str | None) -> object:
    """Return a class weight for JSON: a mapping becomes pairs, since labels may be numbers."""
    if isinstance(weight, Mapping):
        return [[getattr(k, "item", lambda k=k: k)(), float(v)] for k, v in weight.items()]
    return weight


def read_class_weight(values: Any) -> Any:
    """Rebuild a class weight from JSON."""
    return {key: float(value) for key, value in values} if isinstance(values, list) else values
