"""The documents say what is so: their code runs, their commands and links exist."""

import importlib.util
import os
import re
import shlex
import shutil
import sys
import warnings
from pathlib import Path

import pytest

import tutelage
from tutelage import cli

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATTERNS_OF_A_TEST = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")


def name_of(path):
    return str(path.relative_to(ROOT))


def load_script(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_script(ROOT / "docs" / "generate.py")
readme_figures = load_script(ROOT / "benchmarks" / "readme_figures.py")
readme_text_figures = load_script(ROOT / "benchmarks" / "readme_text_figures.py")


def blocks_of(path):
    """Yield (language, text, number of the block's first line)."""
    text = path.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield found[1], found[2], text[: found.start(2)].count("\n") + 1


def commands_of(text):
    """Return the words of every command of a shell block; a comment ends a line."""
    joined = text.replace("\\\n", " ")
    lines = [re.sub(r"(^|\s)#.*", "", line).removeprefix("$ ") for line in joined.split("\n")]
    return [shlex.split(line) for line in lines if line.strip()]


def run_python(text, path, line, namespace):
    source = "\n" * (line - 1) + text  # so that a traceback names the line of the document
    exec(compile(source, name_of(path), "exec"), namespace)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder to write in that looks like a clone of the repository."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", sorted(set(DOCUMENTS) - set(TUTORIALS)), ids=name_of)
def test_every_python_block_runs(path, clone):
    namespace = {"__name__": "document"}
    for language, text, line in blocks_of(path):
        if language == "python":
            run_python(text, path, line, namespace)


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=name_of)
def test_a_tutorial_runs_from_top_to_bottom(path, clone):
    namespace = {"__name__": "document"}
    for language, text, line in blocks_of(path):
        if language == "python":
            run_python(text, path, line, namespace)
        if language != "bash" or needs_a_teacher(text):
            continue
        for words in commands_of(text):
            assert words[0] == "tutelage", f"{name_of(path)}:{line}: {words}"
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                assert cli.main(words[1:]) == 0, f"{name_of(path)}:{line}: {shlex.join(words)}"


def needs_a_teacher(block):
    return any(word in block for word in ("openai:", "http://", "answers export"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_exists_with_its_options(path):
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for language, text, line in blocks_of(path):
        if language not in ("bash", "console"):
            continue
        for words in commands_of(text):
            where = f"{name_of(path)}:{line}: {shlex.join(words)}"
            if words[0] == "make":
                assert words[1] in targets, where
            if words[0] == "tutelage":
                parse_command(words[1:], where)


def parse_command(words, where):
    """Fail unless the command line takes these words; nothing is run."""
    command, name = generate.command_line(), "tutelage"
    while hasattr(command, "commands"):
        assert words[0] in command.commands, where
        command, name, words = command.commands[words[0]], words[0], words[1:]
    try:
        with command.make_context(name, list(words), resilient_parsing=False):
            pass
    except Exception as error:
        pytest.fail(f"{where}\n{error!r}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        there = path.parent / target.partition("#")[0]
        assert there.exists(), f"{name_of(path)} links to {target}, which is not there"


def test_the_page_of_the_files_lists_every_file():
    page = generate.FILES_PAGE.read_text(encoding="utf-8")
    assert page == generate.files_page(), "run: make docs"


def test_the_page_of_the_command_line_is_what_help_says():
    assert generate.CLI_PAGE.read_text(encoding="utf-8") == generate.cli_page(), "run: make docs"


def test_the_figures_of_the_readme_are_those_of_the_benchmark():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == readme_figures.with_figures(text), "run: make docs"


def test_the_figures_of_texts_are_those_of_the_benchmark():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text == readme_text_figures.with_figures(text), "run: make docs"


def test_figures_are_made_from_results(tmp_path):
    results = tmp_path / "tables.csv"
    lines = ["table,shots,method,n_splits,roc_auc,fit_cpu_seconds"]
    lines += [f"a,{k},ours,20,0.8{k},0.005" for k in (1, 5)]
    lines += [f"a,{k},catboost,20,0.7{k},0.2" for k in (1, 5)]
    results.write_text("\n".join(lines))
    before = f"x {readme_figures.START} stale {readme_figures.END} y"
    after = readme_figures.with_figures(before, results)
    assert "| `TaughtClassifier` with the prior | **0.810** | **0.850** |" in after
    assert "| CatBoost, defaults | 0.710 | 0.750 |" in after
    assert "stale" not in after
    results.write_text("\n".join(lines[:-1]))
    with pytest.raises(ValueError, match="catboost"):
        readme_figures.with_figures(before, results)


def test_versions_agree():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == tutelage.__version__
    assert project["version"] == tutelage.__version__


def test_decisions_have_a_number_of_their_own_and_four_parts():
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len({path.name[:4] for path in files}) == len(files)
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])} "), path.name
        for part in ("Context", "Decision", "Rejected", "Confirmation"):
            assert f"**{part}.**" in text, f"{path.name} lacks {part}"


def test_the_tests_that_documents_name_exist():
    for path in DOCUMENTS:
        for file, test in PATTERNS_OF_A_TEST.findall(path.read_text(encoding="utf-8")):
            assert (ROOT / file).exists(), f"{name_of(path)} names {file}"
            if test:
                assert f"def {test}(" in (ROOT / file).read_text(), f"{name_of(path)}: {test}"


def test_everything_that_is_installed_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n")
    pins = {normal(line.partition("==")[0]) for line in lines if "==" in line}
    assert all("==" in line or line.startswith("#") or not line for line in lines)
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in wanted:
        marker = requirement.partition(";")[2]
        name = re.match(r"[\w.-]+", requirement)[0]
        assert marker or normal(name) in pins, f"{name} is not pinned; run: make pins"


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_ci_script_can_be_started():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
