"""Whether two outcomes are the same, and how to say where they differ."""

import numpy as np

KINDS = {"b": "True or False", "i": "whole numbers", "f": "numbers"}
FITTING = {"b": "biu", "i": "iu", "f": "fiu"}


def same(got, wanted, tolerance):
    """Whether an outcome is what was wanted: the same parts, shapes, kinds of number and, nearly, numbers."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(same(got.get(k), wanted[k], tolerance) for k in wanted)
    if isinstance(wanted, tuple):
        several = isinstance(got, (tuple, list)) and len(got) == len(wanted)
        return several and all(same(g, w, tolerance) for g, w in zip(got, wanted, strict=True))
    if isinstance(wanted, Exception) or isinstance(got, Exception):
        return isinstance(wanted, Exception) and isinstance(got, Exception)
    got, wanted = array(got), array(wanted)
    if got is None or wanted is None:
        return got is wanted
    return got.shape == wanted.shape and fits(got, wanted) and close(got, wanted, tolerance)


def difference(got, wanted, tolerance, what="the result"):
    """(how the outcome differs in its first wrong part, whether that says more than an example would)."""
    if isinstance(wanted, dict | tuple):
        if isinstance(wanted, tuple) and not (isinstance(got, tuple | list) and len(got) == len(wanted)):
            count = f"{len(wanted)} things" if len(wanted) > 1 else "a list of one array"
            return f"{count} should come back, got {brief(got)}", True
        for key, part in wanted.items() if isinstance(wanted, dict) else enumerate(wanted):
            if not same(got[key], part, tolerance):
                name = key if isinstance(wanted, dict) else f"part {key + 1} of the result"
                return difference(got[key], part, tolerance, name)
    if got is None:
        return f"nothing comes back where {what} should: is it never returned?", True
    numbers, wanted = array(got), array(wanted)
    if numbers is None:
        return f"{what} should be numbers, got {type(got).__name__}", True
    if numbers.shape != wanted.shape:
        return f"{what} should have {shape(wanted)}, got {shape(numbers)}", True
    if not fits(numbers, wanted):
        return f"{what} should be {KINDS[kind(wanted)]}, got {numbers.dtype}: {brief(numbers)}", True
    if what.startswith("the gradient") and np.any(wanted) and not np.any(numbers):
        return (
            f"{what} is 0: nothing reaches it. Calculate with tf, and hold constant only what must be",
            True,
        )
    if np.any(np.isnan(numbers)):
        return (
            f"{what} is not a number in places (NaN): expected {brief(wanted)}, got {brief(numbers)}",
            False,
        )
    return f"{what}: expected {brief(wanted)}, got {brief(numbers)}", False


def array(answer):
    """Numbers as an array, whether they came as a list, an array or a tensor; None if they are none."""
    try:
        found = np.asarray(answer)
    except (ValueError, TypeError):
        return None
    return found if found.dtype.kind in "biuf" else None


def kind(numbers):
    """The letter of the kind of number: b, i or f."""
    return {"u": "i"}.get(numbers.dtype.kind, numbers.dtype.kind)


def fits(got, wanted):
    """Whether the kind of number may stand for the one wanted; an empty list has none."""
    return got.size == 0 or got.dtype.kind in FITTING[kind(wanted)]


def close(got, wanted, tolerance):
    """Whether two arrays of one shape have nearly the same numbers."""
    return np.allclose(got, wanted, rtol=tolerance, atol=tolerance, equal_nan=True)


def shape(numbers):
    """The shape in words."""
    return f"shape {numbers.shape}" if numbers.shape else "no axis: one number"


def size_of(case):
    """How many numbers a case has."""
    return sum(size_of(dict(enumerate(v))) if isinstance(v, list) else np.size(v) for v in case.values())


def shape_of(value):
    """The shape of a number, an array or a list; of a list of arrays, theirs."""
    return [np.shape(part) for part in value] if isinstance(value, list) else np.shape(value)


def brief(value):
    """A value in one line, its arrays rounded and cut."""
    numbers = array(value)
    if numbers is None:
        text = " ".join(repr(value).split())
        return text if len(text) <= 60 else f"{type(value).__name__} {text[:60]}…"
    if numbers.shape == () and numbers.dtype.kind == "f":
        return f"{float(numbers):.6g}"
    text = np.array2string(
        numbers, precision=4, suppress_small=True, separator=", ", threshold=24, edgeitems=3
    )
    return " ".join(text.split())


def shown(case):
    """A case in one line."""
    return "with " + ", ".join(f"{name} = {brief(value)}" for name, value in case.items())
