"""What the tests of the lessons' checks share: answers that are right, wrong, or not there yet."""

import contextlib
import io

import pytest

LONG = {"check_mended_update", "check_epsilon_greedy", "check_mended_target", "check_log_prob"}


def named(names):
    """The names of checks as parameters; those whose answers compile something are slow."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in names]


def unanswered(*_):
    """An exercise as the learner finds it."""
    raise NotImplementedError("your turn")


def cases(table):
    """The pairs (name of a check, answer) of {name: answers}."""
    return [
        pytest.param(name, answer, id=f"{name}-{i}")
        for name, answers in table.items()
        for i, answer in enumerate(answers)
    ]


def judged(check, answer):
    """The last line that the check prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        is_right = check(answer)
    said = printed.getvalue().splitlines()[-1]
    assert is_right is (said == "correct")
    return said


def examine(check, answer, message):
    """The check refuses the answer for the reason whose name is a piece of what it prints."""
    said = judged(check, answer)
    assert said.startswith("Not yet: ")
    assert message in said


def make_tests(checks, right, wrong):
    """Two tests: right answers {name: answers} pass, wrong ones [(name, answer, message)] are told why."""

    @pytest.mark.parametrize(("name", "answer"), cases(right))
    def test_right(name, answer):
        assert judged(getattr(checks, name), answer) == "correct"

    @pytest.mark.parametrize(("name", "answer", "message"), wrong)
    def test_wrong(name, answer, message):
        examine(getattr(checks, name), answer, message)

    return test_right, test_wrong
