"""One check per exercise: it runs your function on small cases and names the misconception it finds.

`from tutorial_lib.checks import check_x` finds the check in the module of its lesson.
"""

import functools
import importlib
import linecache
import pkgutil
import traceback

import numpy as np


class Misconception(Exception):
    """What a wrong answer reveals, in one sentence; a check prints it after "Not yet:"."""


def explain(condition, message):
    """Raises Misconception(message) unless the condition holds, in all its entries if it has several."""
    if not np.all(condition):
        raise Misconception(message)


def numbers(answer, what):
    """An answer as a NumPy array, whether it came as a list, an array or a tensor; `what` names it."""
    explain(answer is not None, f"nothing comes back where {what} should: is it never returned?")
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of unequal length
        array = np.asarray(None)
    explain(array.dtype.kind in "biuf", f"{what} should be numbers, got {type(answer).__name__}")
    return array


def matches(got, wanted):
    """Whether two arrays have one shape and, up to rounding, the same entries."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol=1e-3, atol=1e-5)


def reject(got, message, *wrong):
    """Raises Misconception(message) if the answer is one of the wrong ones."""
    for answer in wrong:
        explain(not matches(got, answer), message)


def exercise(check):
    """Makes a check out of a function of the learner's answer; new ones are written with judging.Check.

    The check prints "not attempted yet" and returns False while the answer raises NotImplementedError, prints
    "correct" and returns True when it is right, and otherwise prints what is not and returns False.
    """

    @functools.wraps(check)
    def run(answer):
        try:
            check(answer)
        except NotImplementedError:
            print("not attempted yet")
            return False
        except Misconception as found:
            print(f"Not yet: {found}")
            return False
        except Exception as error:
            print(f"Not yet: it stops with {type(error).__name__}: {error}{_where(error)}")
            return False
        print("correct")
        return True

    return run


def _where(error):
    """The learner's own line that failed: the innermost one that lies in no installed package."""
    package = __file__.removesuffix("__init__.py")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        ours = frame.filename.startswith(package) or "site-packages" in frame.filename
        line = linecache.getline(frame.filename, frame.lineno).strip()
        if not ours and line:
            return f" (at `{line}`)"
    return ""


def _modules():
    """The modules of the lessons, one after the other."""
    return (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))


def __getattr__(name):
    if not name.startswith("check_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for module in _modules():
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"there is no {name!r}; there are {', '.join(_checks())}")


def _checks():
    return sorted(name for module in _modules() for name in vars(module) if name.startswith("check_"))


def __dir__():
    return sorted([*globals(), *_checks()])
