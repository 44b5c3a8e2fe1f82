"""The checks of all lessons: found by their names, one exercise each, and what a mistake looks like."""

import importlib
import re
from pathlib import Path

import pytest

from tutorial_lib import checks

SOLUTIONS = Path(__file__).parent.parent.parent / "notebooks" / "solutions"


def test_a_check_is_found_in_the_module_of_its_lesson():
    from tutorial_lib.checks import check_log_prob, environments, policy_gradient

    assert check_log_prob is policy_gradient.check_log_prob
    assert checks.check_lookahead_policy is environments.check_lookahead_policy
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
