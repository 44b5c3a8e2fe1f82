"""How a check answers: right, wrong, crashed, or not attempted yet."""

import numpy as np
import pytest
import tensorflow as tf
from answers import judged, named, unanswered

from tutorial_lib import checks
from tutorial_lib.checks import Misconception, explain

ALL = [name for name in dir(checks) if name.startswith("check_")]


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


@pytest.mark.parametrize("name", ALL)
def test_every_exercise_may_be_left_for_later(name, capsys):
    assert getattr(checks, name)(unanswered) is False
    assert capsys.readouterr().out == "not attempted yet\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", named(ALL))
def test_an_answer_that_returns_nothing_is_not_right(name):
    assert judged(getattr(checks, name), lambda *_: None).startswith("Not yet: ")
