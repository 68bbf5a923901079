"""A table student's values <-> the contents of a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutelage.errors import ModelFileError
from tutelage.students.columns import ColumnLayout
from tutelage.students.files import ModelFolder
from tutelage.students.trust import Trust

LAYOUT_ARRAYS = ("median", "iqr", "unit_mean", "unit_sd", "indicator_mean")


def folder_of(student: Any) -> ModelFolder:
    """Return everything a fitted ``TaughtClassifier`` is, ready to be written."""
    model = {
        "params": {"student": student.student, "trust": student.trust},
        "class_weight": class_weight_values(student.class_weight),
        "labels": label_values(student.classes_),
        "layout": layout_values(student.layout_),
        "named_columns": hasattr(student, "feature_names_in_"),
        "trust": trust_values(student.trust_),
    }
    arrays = {"coef": student.coef_, "intercept": student.intercept_}
    arrays |= layout_arrays(student.layout_)
    return ModelFolder(type(student).__name__, model, arrays, student.prior)


def parameters_in(content: ModelFolder) -> dict[str, Any]:
    """Return the constructor's arguments but the prior."""
    values = content.model
    return {
        "student": values["params"]["student"],
        "trust": values["params"]["trust"],
        "class_weight": read_class_weight(values["class_weight"]),
    }


def fitted_in(content: ModelFolder) -> dict[str, Any]:
    """Return the attributes that ``fit`` sets; their shapes are checked against each other."""
    values, arrays = content.model, content.arrays
    layout = read_layout(values["layout"], arrays)
    classes = read_labels(values["labels"])
    n_outputs = 1 if len(classes) == 2 else len(classes)
    fitted = {
        "classes_": classes,
        "layout_": layout,
        "coef_": np.asarray(arrays["coef"], dtype=np.float64).reshape(n_outputs, layout.n_encoded),
        "intercept_": np.asarray(arrays["intercept"], dtype=np.float64).reshape(n_outputs),
        "trust_": read_trust(values["trust"]),
        "n_features_in_": len(layout.names),
    }
    if values["named_columns"]:
        fitted["feature_names_in_"] = np.array(layout.names, dtype=object)
    return fitted


def layout_values(layout: ColumnLayout) -> dict[str, Any]:
    """Return the part of a layout that goes into JSON."""
    return {
        "names": list(layout.names),
        "categories": [None if c is None else list(c) for c in layout.categories],
        "missing": list(layout.missing),
    }


def layout_arrays(layout: ColumnLayout) -> dict[str, NDArray[Any]]:
    """Return the part of a layout that goes into safetensors."""
    return {f"layout.{name}": getattr(layout, name) for name in LAYOUT_ARRAYS}


def read_layout(values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ColumnLayout:
    """Rebuild a layout and check that its parts belong together."""
    listed = values["categories"]
    layout = ColumnLayout(
        tuple(str(name) for name in values["names"]),
        tuple(None if c is None else tuple(str(v) for v in c) for c in listed),
        tuple(bool(flag) for flag in values["missing"]),
        *(np.asarray(arrays[f"layout.{name}"], dtype=np.float64) for name in LAYOUT_ARRAYS),
    )
    n_columns = len(layout.names)
    shapes = [len(layout.categories), len(layout.missing)]
    shapes += [getattr(layout, name).size for name in LAYOUT_ARRAYS[:-1]]
    if set(shapes) != {n_columns} or len(layout.indicators) != layout.indicator_mean.size:
        raise ModelFileError(f"the column layout does not fit together: {n_columns}, {shapes}.")
    return layout


def label_values(classes: NDArray[Any]) -> dict[str, Any]:
    """Return labels with their dtype, for JSON."""
    kind = classes.dtype.kind
    if kind not in "biufUO" or (kind == "O" and not all(isinstance(c, str) for c in classes)):
        raise ModelFileError(f"labels must be numbers, booleans or texts, got {classes.dtype}.")
    dtype = "object" if kind == "O" else ("str" if kind == "U" else classes.dtype.name)
    return {"dtype": dtype, "values": classes.tolist()}


def read_labels(values: Mapping[str, Any]) -> NDArray[Any]:
    """Rebuild labels from JSON; only plain dtypes are accepted."""
    dtype = str(values["dtype"])
    if dtype not in {"object", "str", "bool"} and np.dtype(dtype).kind not in "iuf":
        raise ModelFileError(f"label dtype {dtype!r} is not known.")
    return np.array(values["values"], dtype=dtype)


def trust_values(trust: Trust) -> dict[str, Any]:
    """Return trust as plain values."""
    return asdict(trust)


def read_trust(values: Mapping[str, Any]) -> Trust:
    """Rebuild trust from JSON."""
    numbers = [float(values[name]) for name in ("value", "low", "high")]
    share = float(values["share_of_prediction"])
    return Trust(numbers[0], numbers[1], numbers[2], str(values["chosen_by"]), share)


def class_weight_values(weight: Mapping[Any, float] | str | None) -> object:
    """Return a class weight for JSON: a mapping becomes pairs, since labels may be numbers."""
    if isinstance(weight, Mapping):
        return [[getattr(k, "item", lambda k=k: k)(), float(v)] for k, v in weight.items()]
    return weight


def read_class_weight(values: Any) -> Any:
    """Rebuild a class weight from JSON."""
    return {key: float(value) for key, value in values} if isinstance(values, list) else values
