"""The checks of all lessons: found by their names, one exercise each, and what a mistake looks like."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from answers import judged
from IPython.core.interactiveshell import InteractiveShell

from tutorial_lib import checks
from tutorial_lib.checks import Misconception, exercise, explain, matches, numbers, reject

SOLUTIONS = Path(__file__).parent.parent.parent / "notebooks" / "solutions"


@exercise
def check_double(double):
    explain(double(3) != 9, "that is the square")
    explain(double(3) == 6, "twice as much")


def test_a_check_is_found_in_the_module_of_its_lesson():
    from tutorial_lib.checks import check_log_prob, policy_gradient

    assert check_log_prob is policy_gradient.check_log_prob
    assert checks.check_lookahead_policy.__module__ == "tutorial_lib.checks.environments"
    assert {"check_lookahead_policy", "check_log_prob", "explain"} <= set(dir(checks))


def test_an_unknown_check_is_answered_with_those_there_are():
    with pytest.raises(AttributeError, match=r"no 'check_nothing'; there are .*check_lookahead_policy"):
        _ = checks.check_nothing
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = checks.nothing
    with pytest.raises(ImportError):
        from tutorial_lib.checks import check_nothing


def names_in(module):
    return [name for name in vars(module) if name.startswith("check_")]


def test_every_check_has_a_name_of_its_own():
    names = [name for module in checks._modules() for name in names_in(module)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", sorted(SOLUTIONS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_lesson_uses_the_checks_of_its_module(path):
    module = importlib.import_module(f"tutorial_lib.checks.{path.stem.split('_', 1)[1]}")
    used = re.findall(r"passed = (check_\w+)\(", path.read_text(encoding="utf-8"))
    assert sorted(used) == sorted(names_in(module))


def test_a_crash_names_the_line_of_the_learner_and_not_of_the_check():
    def crashing(x):
        return np.sin("three")

    said = judged(check_double, crashing)
    assert said.startswith("Not yet: it stops with TypeError: ")
    assert said.endswith('(at `return np.sin("three")`)')
    assert "argument" in judged(check_double, lambda: 6)


def test_a_notebook_shows_the_sentence_alone(capsys):
    shell = InteractiveShell.instance()
    try:
        shell.push({"check_double": check_double})
        shell.run_cell("check_double(lambda x: x * x)")
    finally:
        InteractiveShell.clear_instance()
    assert capsys.readouterr().out.splitlines()[0] == "Not yet: that is the square"


def test_numbers():
    assert numbers([1, 2], "the answer").tolist() == [1, 2]
    for wrong, message in [
        (None, "nothing comes back where the answer should"),
        ("two", "the answer should be numbers, got str"),
        ([[1, 2], [3]], "the answer should be numbers, got list"),
        (lambda: 1, "the answer should be numbers, got function"),
    ]:
        with pytest.raises(Misconception, match=message):
            numbers(wrong, "the answer")


def test_matches_tells_shapes_and_numbers_apart():
    assert matches([1.0, 2.0], np.float32([1, 2.0000001]))
    assert not matches([1.0, 2.0], [[1.0, 2.0]])
    assert not matches([1.0, 2.0], [1.0, 2.1])
    assert not matches([np.nan], [np.nan])
    reject([1.0], "unused", [2.0], [3.0])
    with pytest.raises(Misconception, match="the second"):
        reject([1.0], "the second", [2.0], [1.0])
