"""The layers point down only (docs/decisions/0001-layers.md)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "tutelage"

FLOOR = {"errors", "_extras", "_canonical", "_words", "explanation"}
MAY_IMPORT = {
    "floor": {"floor"},
    "lessons": {"lessons", "floor"},
    "attribution": {"attribution", "floor"},
    "learning": {"learning", "floor"},
    "teacher": {"teacher", "attribution", "lessons", "floor"},
    "students": {"students", "learning", "attribution", "lessons", "floor"},
    "evaluation": {"evaluation", "attribution", "lessons", "floor"},
    "report": {"report", "evaluation", "lessons", "floor"},
}
FILES = sorted(SRC.rglob("*.py"))


def layer_of(parts):
    """Return the layer of a module path below the package: ('teacher', 'ledger') -> 'teacher'."""
    if not parts:
        return "public face"
    if parts[0] in FLOOR:
        return "floor"
    return parts[0] if parts[0] in MAY_IMPORT else "door"


def own_imports(tree):
    """Yield (node, module parts below the package) of every import of our own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the layer"
            names = [node.module]
            if node.module == "tutelage":
                names = [f"tutelage.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "tutelage":
                yield node, tuple(name.split(".")[1:])


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_a_module_imports_only_from_layers_below(path):
    parts = path.relative_to(SRC).with_suffix("").parts
    layer = layer_of(() if parts == ("__init__",) else parts)
    if layer in ("public face", "door"):
        return
    for node, imported in own_imports(ast.parse(path.read_text())):
        target = layer_of(imported)
        assert target in MAY_IMPORT[layer], f"{path}:{node.lineno}: {layer} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_no_import_of_our_own_hides_in_a_function(path):
    parts = path.relative_to(SRC).with_suffix("").parts
    lazy_table = path.name == "__init__.py"
    if lazy_table or layer_of(parts) == "door":
        return
    tree = ast.parse(path.read_text())
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    hidden = [node.lineno for function in functions for node, _ in own_imports(function)]
    assert not hidden, f"{path}: hidden imports at lines {hidden}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_a_module_stays_below_four_hundred_lines(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_a_function_body_stays_below_sixty_lines(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            documented = ast.get_docstring(node) is not None
            first = node.body[min(int(documented), len(node.body) - 1)]
            assert node.end_lineno - first.lineno + 1 <= 60, f"{path}: {node.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_nothing_untrusted_can_be_executed(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile"}, f"{path}:{node.lineno}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            banned = {"pickle", "joblib", "shelve", "marshal", "dill", "cloudpickle"}
            assert not banned & {n.split(".")[0] for n in names}, f"{path}:{node.lineno}"


def test_import_loads_no_heavy_package():
    code = (
        "import sys, tutelage; "
        "print([m for m in ('torch', 'transformers', 'jinja2', 'openai', 'sklearn', 'pandas', "
        "'matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.slow
def test_import_takes_less_than_half_a_second():
    code = "import time; t = time.perf_counter(); import tutelage; print(time.perf_counter() - t)"
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    assert min(runs) < 0.5
