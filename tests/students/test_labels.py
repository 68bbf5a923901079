"""Labels of any kind come out as classes that keep their kind."""

import numpy as np
import pandas as pd
import pytest

from tutelage.lessons import label_name
from tutelage.students.labels import learn_labels


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (pd.Series([True, False], dtype="category"), ["False", "True"]),
        (pd.Series([True, False], dtype="boolean"), ["False", "True"]),
        (pd.array([True, False], dtype="boolean"), ["False", "True"]),
        (pd.Series([12, 7], dtype="Int64", index=["x", "x"]), ["7", "12"]),
        (pd.Series(["b", "a"], dtype="category"), ["a", "b"]),
        (pd.Series(["b", "a"], dtype="string"), ["a", "b"]),
        (np.array([True, False]), ["False", "True"]),
        ([2.0, 1.0], ["1", "2"]),
    ],
)
def test_labels_keep_their_names_whatever_holds_them(labels, names):
    classes, codes = learn_labels(labels, 2)
    assert [label_name(label) for label in classes] == names
    assert codes.tolist() == [1, 0]


def test_booleans_and_integers_of_pandas_stay_what_they_are():
    assert learn_labels(pd.Series([True, False], dtype="boolean"), 2)[0].dtype == bool
    assert learn_labels(pd.Series([1, 2], dtype="Int64"), 2)[0].dtype == np.int64
