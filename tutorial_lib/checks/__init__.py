"""One check per exercise: it runs your function on small cases and names the misconception it finds."""

import functools


class Misconception(AssertionError):
    """What a wrong answer reveals, in one sentence; a notebook shows that sentence and no traceback."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def explain(condition, message):
    """Raises Misconception(message) unless the condition holds, in all its entries if it has several."""
    try:
        holds = bool(condition)
    except ValueError:  # an array of several truth values
        holds = bool(condition.all()) if hasattr(condition, "all") else all(condition)
    if not holds:
        raise Misconception(message)


def exercise(check):
    """Makes a check out of a function of the learner's answer.

    The check prints "not attempted yet" and returns False while the answer raises NotImplementedError, prints
    "correct" and returns True when it is right, and raises Misconception otherwise, also when it crashes.
    """

    @functools.wraps(check)
    def run(answer):
        try:
            check(answer)
        except NotImplementedError:
            print("not attempted yet")
            return False
        except Misconception:
            raise
        except Exception as error:
            raise Misconception(f"it stops with {type(error).__name__}: {error}") from error
        print("correct")
        return True

    return run
