"""The package as a whole: what it offers, where it comes from, and what importing it costs."""

import ast
import importlib
import inspect
import os
import pkgutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import tutorial_lib

FOLDER = Path(tutorial_lib.__file__).parent
MODULES = {module.name for module in pkgutil.walk_packages(tutorial_lib.__path__, "tutorial_lib.")}
# Each room is built on those before it.
ROOMS = ["xla_program", "xla_cache", "quiet", "types", "seeding", "statistics", "rules", "networks", "worlds"]
ROOMS += ["memory", "watching", "learning", "evidence", "pong", "checks"]


@pytest.mark.parametrize("name", tutorial_lib.__all__)
def test_every_public_name_is_there_and_explained(name):
    value = getattr(tutorial_lib, name)
    assert value is getattr(importlib.import_module(f"tutorial_lib.{tutorial_lib._MODULE_OF[name]}"), name)
    if inspect.isclass(value) or callable(value):
        assert value.__module__ == f"tutorial_lib.{tutorial_lib._MODULE_OF[name]}"
        assert value.__doc__
        assert value.__doc__ != (value.__base__.__doc__ if inspect.isclass(value) else None)
    assert name in dir(tutorial_lib)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_module_says_what_it_is_for(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for thing, value in vars(module).items():
        if (
            inspect.isfunction(value)
            and value.__module__ == module.__name__
            and not thing.startswith(("_", "check_"))
        ):
            assert value.__doc__, f"{name}.{thing} has no docstring"


def test_no_public_name_is_also_a_module():
    """Importing the submodule would put the module in place of the function."""
    assert not {name.removeprefix("tutorial_lib.") for name in MODULES} & set(tutorial_lib.__all__)
    importlib.import_module("tutorial_lib.evidence.evaluation")
    from tutorial_lib import evaluate

    assert inspect.isfunction(evaluate)
    assert tutorial_lib.evaluate is evaluate


def imports_of(path):
    """The modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tutorial_lib"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("tutorial_lib."))


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_arrows_point_one_way(path):
    """A room imports from itself and from those before it."""
    room = path.relative_to(FOLDER).with_suffix("").parts[0]
    if room == "__init__":
        return
    for name in imports_of(path):
        other = name.split(".")[1]
        assert ROOMS.index(other) <= ROOMS.index(room), f"{path.relative_to(FOLDER)} imports {name}"


def test_every_module_is_short_enough_to_read():
    """At most 200 lines or so, and functions of at most 40; what the checks say to students may be longer."""
    for path in FOLDER.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "checks" in path.parts:
            continue
        assert len(text.splitlines()) <= 230, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                doc = len((ast.get_docstring(node, clean=False) or "").splitlines())
                assert node.end_lineno - node.lineno + 1 - doc <= 40, f"{path}: {node.name}"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"tutorial_lib has no 'evalute'; it has .*evaluate"):
        tutorial_lib.evalute  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'evalute'"):
        exec("from tutorial_lib import evalute")


def seconds(code):
    """What a fresh process takes of the processor: the clock on the wall also counts what else is running."""
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.slow
def test_importing_costs_at_most_a_second_more_than_tensorflow():
    code = {"tensorflow": "import tensorflow", "tutorial_lib": "import tutorial_lib"}
    taken = {name: [] for name in code}
    for _ in range(3):
        for name, line in code.items():
            taken[name].append(seconds(line))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    assert medians["tensorflow"] > 1, "nothing was imported"
    assert medians["tutorial_lib"] <= medians["tensorflow"] + 1, medians


@pytest.mark.slow
def test_importing_brings_nothing_but_tensorflow():
    """What costs time, pictures and statistics, is imported with the first name that needs it."""
    code = (
        "import sys, types; sys.modules['tensorflow'] = fake = types.ModuleType('tensorflow');"
        "fake.config = types.SimpleNamespace(list_physical_devices=lambda kind: []);"
        "import tutorial_lib; print(sorted(m for m in sys.modules if m.startswith('tutorial_lib')), "
        "{'matplotlib', 'scipy', 'gymnasium', 'joblib', 'keras', 'IPython'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    ours = ["tutorial_lib", "tutorial_lib.quiet", "tutorial_lib.xla_cache", "tutorial_lib.xla_program"]
    assert out == f"{ours} set()\n"
