"""A TaughtRegressor's values <-> the contents of a model folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from tutelage.errors import ModelFileError
from tutelage.students.bodies import BodyParts, LinearBody
from tutelage.students.files import ModelFolder
from tutelage.students.tabular_files import (
    layout_arrays,
    layout_values,
    read_layout,
    read_trust,
    trust_values,
)

PARAMETERS = ("student", "trust", "loss", "prior_units", "prior_scale")


def folder_of_regressor(student: Any) -> ModelFolder:
    """Return everything a fitted ``TaughtRegressor`` is, ready to be written."""
    model = {
        "params": {name: getattr(student, name) for name in PARAMETERS},
        "layout": layout_values(student.layout_),
        "named_columns": hasattr(student, "feature_names_in_"),
        "trust": trust_values(student.trust_),
    }
    arrays = {**student.body_.parts().arrays, **layout_arrays(student.layout_)}
    return ModelFolder(type(student).__name__, model, arrays, student.prior)


def regressor_parameters_in(content: ModelFolder) -> dict[str, Any]:
    """Return the constructor's arguments but the prior."""
    return {name: content.model["params"][name] for name in PARAMETERS}


def fitted_regressor_in(content: ModelFolder) -> dict[str, Any]:
    """Return the attributes that ``fit`` sets; their shapes are checked against each other."""
    values = content.model
    layout = read_layout(values["layout"], content.arrays)
    fitted = {
        "layout_": layout,
        "body_": LinearBody.from_parts(BodyParts(content.arrays), 1, layout.n_encoded),
        "trust_": read_trust(values["trust"]),
        "n_features_in_": len(layout.names),
    }
    named = values["named_columns"]
    if not isinstance(named, bool):
        raise ModelFileError(f"named_columns must be true or false, got {named!r:.80}.")
    if named:
        fitted["feature_names_in_"] = np.array(layout.names, dtype=object)
    return fitted
