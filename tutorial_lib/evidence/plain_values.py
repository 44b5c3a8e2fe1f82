"""Plain values as JSON beside a list of arrays, and back to exactly what they were."""

from collections import deque

import numpy as np
import tensorflow as tf

from tutorial_lib.evidence.bit_generators import generator_from, generator_state
from tutorial_lib.learning.run import Checkpoints, Episodes, Run
from tutorial_lib.types import Rollout, Trajectory, Transition

MAX_DEPTH = 64  # of collections within collections; far below what Python's stack can take
SIMPLE = (type(None), bool, int, float, str)
SCALARS = {
    kind.__name__: kind
    for kind in (
        *(np.bool_, np.int8, np.int16, np.int32, np.int64, np.longlong),
        *(np.uint8, np.uint16, np.uint32, np.uint64, np.ulonglong),
        *(np.float16, np.float32, np.float64, np.str_),
    )
}
# Rebuilt by name; any other class would have to be imported because a file says so.
NAMED_TUPLES = {kind.__name__: kind for kind in (Transition, Trajectory, Rollout, Run, Episodes, Checkpoints)}


def is_plain(value):
    """Whether `freeze` takes it, generators aside."""
    kind = type(value)
    if kind in (list, tuple, deque) or kind in NAMED_TUPLES.values():
        return all(map(is_plain, value))
    if kind is dict:
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    return kind in SIMPLE or kind in SCALARS.values() or is_array(value)


def is_array(value):
    """Whether it is an array or a tensor of numbers, truth values or texts."""
    if isinstance(value, tf.Tensor):
        return np.dtype(value.dtype.as_numpy_dtype).kind in "biuf"
    return type(value) is np.ndarray and value.dtype.kind in "biufSU"


def freeze(name, value, arrays, depth=0):
    """A plain value as JSON; the arrays in it are appended to `arrays` and referred to by their number.

    Args:
      name: for messages.
      value: None, a number, a text, an array, an np.random.Generator; a list, tuple, dict or deque of them.

    Raises:
      TypeError: anything else, also a subclass: it would come back as something that it was not.
      ValueError: more than 64 collections within one another.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"{name} has more than {MAX_DEPTH} collections within one another: save it flatter")

    def inner(items):
        return [freeze(name, item, arrays, depth + 1) for item in items]

    kind = type(value)
    if kind in SIMPLE:
        return value
    if kind is list:
        return inner(value)
    if kind is tuple:
        return {"tuple": inner(value)}
    if kind is dict:
        return {"dict": [inner(item) for item in value.items()]}
    if kind is deque:
        return {"deque": [value.maxlen, inner(value)]}
    if kind in NAMED_TUPLES.values():
        return {"named tuple": [kind.__name__, inner(value)]}
    if kind in SCALARS.values():
        return {"scalar": [kind.__name__, value.item()]}
    if kind is np.random.Generator:
        return {"generator": freeze(name, generator_state(value), arrays, depth + 1)}
    if is_array(value):
        arrays.append(np.asarray(value))
        return {"array": len(arrays) - 1}
    raise TypeError(_refusal(name, value))


def _refusal(name, value):
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return (
            f"{name} cannot be saved: it holds a {type(value).__name__}, a named tuple, which would come "
            "back without its names: save its ._asdict()"
        )
    return (
        f"{name} cannot be saved: a {type(value).__name__} is neither a model, an optimizer, a replay, a "
        "generator, a collector or a loop, nor a plain value: None, a number, a text, an array, or a list, "
        "tuple, dict or deque of them"
    )


def thaw(frozen, arrays, depth=0):
    """The value that `freeze` was given.

    Args:
      frozen: from a file: nothing in it is trusted.
      arrays: {number: array}; each is taken out when it is used, and so used once.

    Raises:
      ValueError, or another exception: `freeze` gave no such thing.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} collections within one another")

    def inner(items):
        return [thaw(item, arrays, depth + 1) for item in _checked(items, list)]

    if type(frozen) in SIMPLE:
        return frozen
    if type(frozen) is list:
        return inner(frozen)
    ((kind, content),) = _checked(frozen, dict).items()
    if kind == "array":
        return arrays.pop(_checked(content, int))
    if kind == "generator":
        return generator_from(thaw(content, arrays, depth + 1))
    content = _checked(content, list)
    if kind == "tuple":
        return tuple(inner(content))
    if kind == "dict":
        return _dict([inner(item) for item in content])
    first, second = content
    if kind == "deque":
        return _deque(inner(second), first)
    if kind == "named tuple":
        return NAMED_TUPLES[first](*inner(second))
    if kind == "scalar":
        return _scalar(SCALARS[first], second)
    raise ValueError(f"there is no kind of value called {kind!r}")


def _checked(value, kind):
    if type(value) is not kind:
        raise ValueError(f"a {kind.__name__} was expected, got a {type(value).__name__}")
    return value


def _dict(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a dict has a key twice")
    return result


def _deque(items, maxlen):
    result = deque(items, maxlen)
    if len(result) != len(items):
        raise ValueError(f"a deque of at most {maxlen} has {len(items)} items")
    return result


def _scalar(kind, item):
    result = kind(item)
    if repr(result.item()) != repr(item):  # the texts, because NaN equals nothing
        raise ValueError(f"{item!r} is no {kind.__name__}")
    return result
