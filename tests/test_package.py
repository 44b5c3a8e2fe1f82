"""The package as a whole: what it offers, where it comes from, and what importing it costs."""

import importlib
import inspect
import os
import pkgutil
import statistics
import subprocess
import sys

import pytest

import tutorial_lib

MODULES = {module.name for module in pkgutil.iter_modules(tutorial_lib.__path__)}


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
    module = importlib.import_module(f"tutorial_lib.{name}")
    assert module.__doc__
    for thing, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not thing.startswith("_"):
            assert value.__doc__, f"{name}.{thing} has no docstring"


def test_no_public_name_is_also_a_module():
    """Importing the submodule would put the module in place of the function."""
    assert not MODULES & set(tutorial_lib.__all__)
    importlib.import_module("tutorial_lib.evaluation")
    from tutorial_lib import evaluate

    assert inspect.isfunction(evaluate)
    assert tutorial_lib.evaluate is evaluate


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


def test_importing_brings_nothing_but_tensorflow():
    """What costs time, pictures and statistics, is imported with the first name that needs it."""
    code = (
        "import sys, types; sys.modules['tensorflow'] = fake = types.ModuleType('tensorflow');"
        "fake.config = types.SimpleNamespace(list_physical_devices=lambda kind: []);"
        "import tutorial_lib; print(sorted(m for m in sys.modules if m.startswith('tutorial_lib')), "
        "{'matplotlib', 'scipy', 'gymnasium', 'joblib', 'keras', 'IPython'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out == "['tutorial_lib', 'tutorial_lib.quiet'] set()\n"
