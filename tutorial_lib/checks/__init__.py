"""One check per exercise: it runs your function on small cases and names the misconception it finds.

`from tutorial_lib.checks import check_x` finds the check in the module of its lesson.
"""

import importlib
import pkgutil

import numpy as np


class Misconception(Exception):
    """What a wrong answer reveals, in one sentence; a check prints it after "Not yet:"."""


def explain(condition, message):
    """Raises Misconception(message) unless the condition holds, in all its entries if it has several."""
    if not np.all(condition):
        raise Misconception(message)


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
