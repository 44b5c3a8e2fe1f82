"""What the tests of the lessons' checks share: answers that are right, wrong, or not there yet."""

import pytest

from tutorial_lib.checks import Misconception


def unanswered(*_):
    """An exercise as the learner finds it."""
    raise NotImplementedError("your turn")


def right(**answers):
    """Parametrises a test over right answers: name=answer."""
    return pytest.mark.parametrize("answer", answers.values(), ids=answers.keys())


def wrong(**answers):
    """Parametrises a test over wrong answers: name=(answer, piece of the message)."""
    return pytest.mark.parametrize(("answer", "message"), answers.values(), ids=answers.keys())


def cases(table):
    """The pairs (name of a check, answer) of {name: answers}."""
    return [
        pytest.param(name, answer, id=f"{name}-{i}")
        for name, answers in table.items()
        for i, answer in enumerate(answers)
    ]


def examine(check, answer, message):
    """The check refuses the answer for the reason whose name is a piece of its message."""
    with pytest.raises(Misconception) as caught:
        check(answer)
    assert message in str(caught.value)
