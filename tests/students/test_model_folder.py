"""A model folder: whole or absent, checked before it is used, never executed."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save as save_tensors

import tutelage
from tutelage import FeaturePrior, TaughtClassifier
from tutelage._canonical import file_hash
from tutelage.errors import ModelFileError, OutputError
from tutelage.students.files import ModelFolder, read_model_folder, write_model_folder

FILES = ("manifest.json", "model.json", "prior.jsonl", "weights.safetensors")


def made_student(seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"age": rng.normal(size=20), "job": rng.choice(["a", "b", None], 20)})
    prior = FeaturePrior.from_scores({"yes": {"age": [5, 6], "job": {"a": 1}}})
    return TaughtClassifier(prior, class_weight={"yes": 1.0, "no": 2.0}).fit(
        X, np.where(X["age"] > 0, "yes", "no")
    )


@pytest.fixture
def folder(tmp_path):
    return made_student().save(tmp_path / "model")


def rehash(folder):
    """Make the manifest state the present hashes, as an attacker would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: file_hash(folder / name) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def change_manifest(folder, **values):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | values))


def change_model(folder, change):
    model = json.loads((folder / "model.json").read_text())
    change(model)
    (folder / "model.json").write_text(json.dumps(model))
    rehash(folder)


# ── what is written ──


def test_a_folder_holds_these_files(folder):
    assert sorted(os.listdir(folder)) == list(FILES)


def test_a_plain_student_has_no_prior_file(tmp_path):
    student = made_student().set_params(prior=None)
    saved = student.save(tmp_path / "model")
    assert "prior.jsonl" not in os.listdir(saved)
    assert tutelage.load(saved).prior is None


def test_nothing_in_the_folder_is_a_pickle(folder):
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\x80"), path  # the magic of pickle, protocol 2 and later
        assert b"csklearn" not in content
        assert b"numpy.core" not in content
        assert b"__reduce__" not in content
    assert np.frombuffer((folder / "weights.safetensors").read_bytes()[:8], "<u8")[0] < 10_000


def test_the_same_student_gives_the_same_bytes(tmp_path):
    one, other = (made_student().save(tmp_path / name) for name in "ab")
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_saved_student_can_be_moved_and_read_by_text(folder, tmp_path):
    shutil.move(folder, tmp_path / "else where")
    assert tutelage.load(f"{tmp_path}/else where").prior is not None


def test_nan_and_infinity_in_arrays_survive(tmp_path):
    arrays = {"a": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]), "b": np.zeros((0, 3))}
    write_model_folder(ModelFolder("Any", {"x": 1}, arrays, None), tmp_path / "m")
    again = read_model_folder(tmp_path / "m").arrays
    assert again["a"].tobytes() == arrays["a"].tobytes()
    assert again["b"].shape == (0, 3)


def test_a_constant_column_survives(tmp_path):
    # Its standard deviation is infinite: JSON could not hold it.
    X = pd.DataFrame({"a": [0.0, 1, 2, 3], "same": 5.0})
    student = TaughtClassifier().fit(X, [0, 0, 1, 1])
    again = tutelage.load(student.save(tmp_path / "m"))
    assert np.array_equal(again.decision_function(X), student.decision_function(X))


def test_labels_that_json_cannot_hold_are_refused_and_nothing_is_written(tmp_path):
    student = TaughtClassifier().fit([[0.0], [1], [2], [3]], [0, 0, 1, 1])
    student.classes_ = np.array([b"a", b"b"], dtype=object)
    with pytest.raises(ModelFileError, match="labels must be numbers, booleans or texts"):
        student.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


# ── where it is written ──


def test_an_older_model_is_replaced(folder):
    before = tutelage.load(folder).coef_
    made_student(seed=1).save(folder)
    assert not np.array_equal(tutelage.load(folder).coef_, before)
    assert os.listdir(folder.parent) == ["model"]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "model").mkdir()
    assert tutelage.load(made_student().save(tmp_path / "model")).n_features_in_ == 2


def test_missing_parents_are_made(tmp_path):
    assert made_student().save(tmp_path / "a" / "b" / "model").is_dir()


@pytest.mark.parametrize("stranger", ["thesis.docx", ".git", "sub/x"])
def test_another_folder_is_never_deleted(tmp_path, stranger):
    path = tmp_path / "precious" / stranger
    path.parent.mkdir(parents=True)
    path.write_text("years of work")
    with pytest.raises(OutputError, match="exists and is not a model folder; nothing was written"):
        made_student().save(tmp_path / "precious")
    assert path.read_text() == "years of work"
    assert os.listdir(tmp_path) == ["precious"]


def test_a_model_folder_with_a_stranger_in_it_is_never_deleted(folder):
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not a model folder"):
        made_student().save(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_model_folder_with_a_subfolder_of_a_known_name_is_never_deleted(folder):
    (folder / "prior.jsonl").unlink()
    (folder / "prior.jsonl").mkdir()
    (folder / "prior.jsonl" / "mine").write_text("mine")
    with pytest.raises(OutputError, match="is not a model folder"):
        made_student().save(folder)
    assert (folder / "prior.jsonl" / "mine").read_text() == "mine"


def test_a_link_to_a_model_folder_is_not_followed(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    with pytest.raises(OutputError, match="is not a model folder"):
        made_student(1).save(tmp_path / "link")
    assert sorted(os.listdir(folder)) == list(FILES)


def test_a_file_in_the_way_is_kept(tmp_path):
    (tmp_path / "model").write_text("in the way")
    with pytest.raises(OutputError, match="exists and is not a model folder"):
        made_student().save(tmp_path / "model")
    assert (tmp_path / "model").read_text() == "in the way"


def test_a_place_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError, match=r"model cannot be written: (Not a directory|File exists)"
    ):
        made_student().save(tmp_path / "file" / "model")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("fails_at", ["write_bytes", "write_text", "replace"])
def test_a_disk_that_fills_up_leaves_nothing_half_written(folder, tmp_path, monkeypatch, fails_at):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(folder), fails_at, full)
    with pytest.raises(OutputError, match="No space left on device"):
        made_student().save(tmp_path / "new")
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("fails_at", ["write_bytes", "write_text", "replace"])
def test_a_disk_that_fills_up_keeps_the_older_model(folder, tmp_path, monkeypatch, fails_at):
    before = tutelage.load(folder).coef_

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(folder), fails_at, full)
    with pytest.raises(OutputError, match="No space left on device"):
        made_student(1).save(folder)
    monkeypatch.undo()
    assert np.array_equal(tutelage.load(folder).coef_, before)
    assert os.listdir(tmp_path) == ["model"]


# ── what is read ──


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_anywhere_is_noticed(folder, name):
    path = folder / name
    content = bytearray(path.read_bytes())
    for at in {0, len(content) // 2, len(content) - 1}:
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelFileError, match="model"):
            tutelage.load(folder)
    path.write_bytes(content)
    assert tutelage.load(folder).n_features_in_ == 2


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors", "prior.jsonl"])
def test_an_altered_file_is_named(folder, name):
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(
        ModelFileError, match=f"{name} does not have the SHA-256 its manifest states"
    ):
        tutelage.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=f"{name} is missing|it has no {name}"):
        tutelage.load(folder)


def test_a_link_in_place_of_a_file_is_refused(folder, tmp_path):
    shutil.move(folder / "model.json", tmp_path / "elsewhere.json")
    (folder / "model.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ModelFileError, match=r"model\.json is missing"):
        tutelage.load(folder)


@pytest.mark.parametrize(
    "name", ["extra.py", "../model.json", "/etc/passwd", "a/b.json", "weights.pkl", "..", ""]
)
def test_a_listed_file_that_a_model_never_has_is_refused(folder, name):
    files = json.loads((folder / "manifest.json").read_text())["files"]
    change_manifest(folder, files=files | {name: "0" * 64})
    with pytest.raises(ModelFileError, match="lists files that a model never has"):
        tutelage.load(folder)


@pytest.mark.parametrize("files", [None, [], {}, {"model.json": "0"}, "model.json"], ids=str)
def test_a_manifest_without_its_files_is_refused(folder, files):
    change_manifest(folder, files=files)
    with pytest.raises(ModelFileError, match=r"must list model\.json and weights\.safetensors"):
        tutelage.load(folder)


@pytest.mark.parametrize("expected", [None, 5, ["a"], {"a": 1}], ids=str)
def test_a_hash_that_is_no_text_is_refused(folder, expected):
    files = json.loads((folder / "manifest.json").read_text())["files"]
    change_manifest(folder, files=files | {"model.json": expected})
    with pytest.raises(ModelFileError, match="does not have the SHA-256"):
        tutelage.load(folder)


@pytest.mark.parametrize("version", [2, 0, "1", None, True])
def test_another_version_says_which_one_is_read(folder, version):
    change_manifest(folder, version=version)
    with pytest.raises(ModelFileError, match=f"has version {version!r}; this package reads 1"):
        tutelage.load(folder)


@pytest.mark.parametrize("kind", ["Forest", "os.system", "", None, ["TaughtClassifier"]], ids=str)
def test_another_kind_names_the_known_ones(folder, kind):
    change_manifest(folder, kind=kind)
    with pytest.raises(ModelFileError, match=r"known kinds: \['RationaleStudent', 'Taught"):
        tutelage.load(folder)


def test_a_manifest_without_a_kind_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["kind"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="known kinds"):
        tutelage.load(folder)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '"x"', "{", "[" * 100_000, '{"format": "zip"}', "9" * 5000], ids=repr
)
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelFileError, match=r"manifest\.json"):
        tutelage.load(folder)


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "absent", tmp_path):
        with pytest.raises(
            ModelFileError, match=r"is not a model folder: it has no manifest\.json"
        ):
            tutelage.load(place)


# ── a forged folder, with hashes that fit ──


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "5", "{", "[" * 100_000, '{"a":' * 50_000, "{}", "9" * 5000, "\ud800"],
    ids=lambda text: repr(text[:8]),
)
def test_a_forged_model_file_is_refused(folder, text):
    (folder / "model.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    rehash(folder)
    with pytest.raises(ModelFileError, match="model"):
        tutelage.load(folder)


KEYS = ("params", "class_weight", "labels", "layout", "named_columns", "trust")
WRONG = (None, 5, "x", [], [1], {}, [[1, 2, 3]], {"values": 3}, {"names": "ab"}, 1e400, [None])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_forged_value_is_refused_or_harmless(folder, key, value):
    change_model(folder, lambda model: model.update({key: value}))
    try:
        student = tutelage.load(folder)
    except ModelFileError:
        return
    assert key in ("class_weight", "named_columns"), f"{key} = {value!r} was accepted"
    X = pd.DataFrame({"age": [0.0], "job": ["a"]})
    assert np.isfinite(student.predict_proba(X)).all()


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_value_is_refused(folder, key):
    change_model(folder, lambda model: model.pop(key))
    with pytest.raises(ModelFileError, match=f"cannot be used: .*{key}"):
        tutelage.load(folder)


@pytest.mark.parametrize(
    "labels",
    [
        {"dtype": "object", "values": [1, {"a": 1}]},
        {"dtype": "O", "values": ["a", "b"]},
        {"dtype": "datetime64[ns]", "values": [1, 2]},
        {"dtype": "V8", "values": [1, 2]},
        {"dtype": "no dtype", "values": ["a", "b"]},
        {"dtype": "str", "values": ["a", "a"]},
        {"dtype": "str", "values": ["b", "a"]},
        {"dtype": "str", "values": ["a"]},
        {"dtype": "str", "values": ["a", "b", "c"]},
        {"dtype": "str", "values": "ab"},
        {"dtype": "int8", "values": [1, 1000]},
        {"dtype": "float64", "values": [[1, 2]]},
    ],
    ids=str,
)
def test_forged_labels_are_refused(folder, labels):
    change_model(folder, lambda model: model.update(labels=labels))
    with pytest.raises(ModelFileError, match="cannot be used"):
        tutelage.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["age"]},
        {"names": ["age", "age"]},
        {"names": [1, 2]},
        {"names": "ab"},
        {"categories": [None, None]},
        {"categories": [None, ["a"]]},
        {"categories": [None, "ab"]},
        {"categories": [None, ["a", "a"]]},
        {"missing": [True, True]},
        {"missing": [False, False, False]},
    ],
    ids=str,
)
def test_a_forged_layout_is_refused(folder, change):
    change_model(folder, lambda model: model["layout"].update(change))
    with pytest.raises(ModelFileError, match="cannot be used"):
        tutelage.load(folder)


@pytest.mark.parametrize("trust", [2, -1, "all", True, None, [0.5]], ids=str)
def test_a_forged_parameter_is_refused(folder, trust):
    change_model(folder, lambda model: model["params"].update(trust=trust))
    with pytest.raises(ModelFileError, match="trust must be"):
        tutelage.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"coef": np.zeros((1, 3))},
        {"coef": np.zeros((2, 4))},
        {"intercept": np.zeros(2)},
        {"layout.median": np.zeros(5)},
        {"layout.indicator_mean": np.zeros(1)},
        {"coef": None},
        {"layout.iqr": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_forged_arrays_are_refused(folder, change):
    arrays = dict(read_model_folder(folder).arrays) | change
    kept = {name: array for name, array in arrays.items() if array is not None}
    (folder / "weights.safetensors").write_bytes(save_tensors(kept))
    rehash(folder)
    with pytest.raises(ModelFileError, match="cannot be used"):
        tutelage.load(folder)


@pytest.mark.parametrize("content", [b"", b"\x80\x04.", b"\xff" * 64, b"{}" * 10])
def test_weights_that_are_no_safetensors_are_refused(folder, content):
    (folder / "weights.safetensors").write_bytes(content)
    rehash(folder)
    with pytest.raises(ModelFileError, match="cannot be read"):
        tutelage.load(folder)


def test_a_forged_prior_is_refused(folder):
    (folder / "prior.jsonl").write_text('{"format": "poem"}')
    rehash(folder)
    with pytest.raises(ModelFileError, match="is not a lessons file"):
        tutelage.load(folder)
