"""How a check answers: right, wrong, crashed, or not attempted yet."""

import re

import numpy as np
import pytest
import tensorflow as tf
from answers import judged, unanswered

from tutorial_lib import checks
from tutorial_lib.checks import Misconception, exercise, explain

ALL = [name for name in dir(checks) if name.startswith("check_")]


@exercise
def check_double(answer):
    """Checks a function that doubles."""
    explain(answer(3) != 3, "it returns what it was given")
    explain(answer(3) == 6, "twice three is six")


@pytest.mark.parametrize(
    "condition",
    [
        True,
        np.True_,
        np.array([True, True]),
        np.ones((2, 2), bool),
        tf.constant(True),
        tf.constant([[True], [True]]),
    ],
)
def test_what_holds_is_not_mentioned(condition):
    explain(condition, "never said")


@pytest.mark.parametrize(
    "condition",
    [
        False,
        np.False_,
        np.array([True, False]),
        np.eye(2) > 0,
        tf.constant(False),
        tf.constant([[True], [False]]),
    ],
)
def test_what_does_not_hold_is_explained(condition):
    with pytest.raises(Misconception, match="this is said"):
        explain(condition, "this is said")


def test_a_right_answer(capsys):
    assert check_double(lambda x: 2 * x) is True
    assert capsys.readouterr() == ("correct\n", "")
    assert check_double.__doc__ == "Checks a function that doubles."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: x, "it returns what it was given"),
        (lambda x: x**2, "twice three is six"),
        (lambda x: x[0], "it stops with TypeError: 'int' object is not subscriptable"),
        (lambda: 0, "it stops with TypeError: .*takes 0 positional arguments"),
        (lambda x: tf.zeros([2]) + tf.zeros([3]), "it stops with InvalidArgumentError"),
    ],
)
def test_a_wrong_answer_is_told_its_misconception(answer, message):
    assert re.match(f"Not yet: {message}", judged(check_double, answer))


def stub(x):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [stub, tf.function(stub), tf.function(stub, jit_compile=True)])
def test_an_exercise_not_attempted_is_no_error(answer, capsys):
    assert check_double(answer) is False
    assert capsys.readouterr() == ("not attempted yet\n", "")


def test_an_interrupt_is_no_misconception():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_double(interrupted)


@pytest.mark.parametrize("name", ALL)
def test_every_exercise_may_be_left_for_later(name, capsys):
    assert getattr(checks, name)(unanswered) is False
    assert capsys.readouterr().out == "not attempted yet\n"


@pytest.mark.parametrize("name", ALL)
def test_an_answer_that_returns_nothing_is_not_right(name):
    assert judged(getattr(checks, name), lambda *_: None).startswith("Not yet: ")
