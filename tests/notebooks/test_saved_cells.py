"""A cell marked as saved is what the package has, so that the two cannot drift apart."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
MARK = re.compile(r"# Saved in (tutorial_lib/[\w/]+\.py)\s*\n")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def saved_cells():
    """(notebook, number of the cell, module's path, source) of every marked cell."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for i, cell in enumerate(nbformat.read(path, as_version=4).cells):
            mark = MARK.match(cell.source) if cell.cell_type == "code" else None
            if mark:
                yield pytest.param(cell.source, ROOT / mark[1], id=f"{path.parent.name}/{path.stem}-{i}")


def definitions(source):
    """Name -> what a top-level function or class does, its docstrings and comments aside."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, DEFINITIONS):
            for inner in ast.walk(node):
                if isinstance(inner, DEFINITIONS) and ast.get_docstring(inner) is not None:
                    inner.body = inner.body[1:]
            found[node.name] = ast.dump(node)
    return found


@pytest.mark.parametrize(("source", "module"), saved_cells())
def test_saved_cells_equal_the_package(source, module):
    assert module.is_file()
    in_cell, in_module = definitions(source), definitions(module.read_text(encoding="utf-8"))
    assert in_cell, "the cell defines nothing to save"
    assert in_cell == {name: in_module.get(name) for name in in_cell}


def test_the_mark_is_spelled_alike_everywhere():
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and re.search(r"saved (in|as|to) ", cell.source, re.IGNORECASE):
                assert MARK.match(cell.source), f"{path.name}: expected '# Saved in tutorial_lib/<file>.py'"


def test_only_docstrings_and_comments_may_differ():
    module = 'def f(x):\n    """Twice."""\n    return 2 * x\n'
    assert definitions(module) == definitions("# Saved\ndef f(x):\n    return 2 * x  # 2x")
    assert definitions(module) != definitions("def f(x):\n    return 3 * x")
    assert definitions(module) != definitions("def f(x, y=1):\n    return 2 * x")
