"""What travels between processes: functions, also those of a notebook's cells, and exceptions."""

import linecache
import os
import traceback
from typing import NamedTuple

import cloudpickle


class Crash(NamedTuple):
    """Why something has no result, in words."""

    summary: str  # one line
    text: str  # a traceback, where there is one

    @classmethod
    def of(cls, error):
        """An exception in words."""
        summary = f"{type(error).__name__}: {error}".splitlines()[0].removesuffix(": ")
        return cls(summary, "".join(traceback.format_exception(error)))


def pack(function, name=None):
    """A function as bytes; `name` is what an error calls it.

    Raises:
      TypeError: it holds something that cannot travel to another process.
    """
    try:
        return cloudpickle.dumps(function)
    except Exception as error:
        raise TypeError(
            f"{name or getattr(function, '__name__', function)} cannot travel to another process ({error}): "
            "make networks, optimizers, environments and compiled functions inside it instead of using those "
            "of the notebook"
        ) from error


def cells():
    """The source of the notebook's cells, for `linecache`: tf.function reads it for `if` and `for`."""
    return {
        name: (entry[0], None, *entry[2:])
        for name, entry in linecache.cache.items()
        if len(entry) == 4 and not os.path.exists(name)
    }
