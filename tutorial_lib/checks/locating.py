"""Where an answer is wrong: the condition on the arguments that all wrong numbers share."""

import itertools

import numpy as np

from tutorial_lib.checks.comparing import array, same

SIGNS = {
    "is 0": lambda x: x == 0,
    "is not 0": lambda x: x != 0,
    "is negative": lambda x: x < 0,
    "is positive": lambda x: x > 0,
    "is above 1": lambda x: x > 1,
    "is below −1": lambda x: x < -1,
    "is beyond ±1": lambda x: np.abs(x) > 1,
    "is 1 or more": lambda x: x >= 1,
}
FLAGS = {"is true": lambda x: x, "is false": lambda x: ~x}


def located(cases, got, wanted, tolerance):
    """The condition under which results are wrong, and outside of which they are right; or None.

    Args:
      cases: the cases.
      got, wanted: the outcomes of all cases, numbers or arrays.
    """
    entries = [_errors(g, w, tolerance) for g, w in zip(got, wanted, strict=True)]
    if any(found is None for found in entries):
        return None
    errors = np.concatenate([e.ravel() for e in entries])
    best = None
    for text, holds in _conditions(cases, [e.shape for e in entries]):
        fits = not np.any(errors & ~holds) and np.sum(~holds) >= 2
        share = errors.sum() / max(holds.sum(), 1)
        if fits and share > max(0.7, best[0] if best else 0):
            best = share, text
    return best and best[1]


def _errors(got, wanted, tolerance):
    """Which entries are wrong: an array of bools, or None if that cannot be said."""
    got, wanted = array(got), array(wanted)
    if got is None or wanted is None or got.shape != wanted.shape:
        return None
    return ~np.isclose(got, wanted, rtol=tolerance, atol=tolerance)


def _conditions(cases, shapes):
    """Pairs (condition in words, whether it holds at each entry of all results)."""
    spread = {name: _spread([case[name] for case in cases], shapes) for name in cases[0]}
    spread = {name: values for name, values in spread.items() if values is not None}
    for name, values in spread.items():
        for words, test in (FLAGS if values.dtype == bool else SIGNS).items():
            yield f"`{name}` {words}", test(values)
    for one, other in itertools.permutations(spread, 2):
        if spread[one].dtype != bool and spread[other].dtype != bool:
            yield f"`{one}` is larger than `{other}`", spread[one] > spread[other]
            yield f"`{one}` is as large as `{other}`", spread[one] == spread[other]
            yield f"|`{one}`| is larger than `{other}`", np.abs(spread[one]) > spread[other]
    yield from _sizes(cases, shapes)


def _spread(values, shapes):
    """An argument's values at every entry of all results: its rows belong to the rows of the results."""
    found = []
    for value, shape in zip(values, shapes, strict=True):
        value = array(value)
        if value is None:
            return None
        if value.ndim and len(shape) > value.ndim and value.shape == shape[: value.ndim]:
            value = value.reshape(value.shape + (1,) * (len(shape) - value.ndim))
        try:
            found.append(np.broadcast_to(value, shape).ravel())
        except ValueError:
            return None
    return np.concatenate(found)


def _sizes(cases, shapes):
    """Conditions on whole cases: how long an argument is, and what holds somewhere in it."""
    for name in cases[0]:
        values = [array(case[name]) for case in cases]
        if any(value is None or value.ndim == 0 for value in values):
            continue
        for axis, what in enumerate(["rows", "columns"][: min(v.ndim for v in values)]):
            sizes = [value.shape[axis] for value in values]
            yield f"`{name}` has more than one of its {what}", _for_all([n > 1 for n in sizes], shapes)
            for n in sorted(set(sizes)):
                yield f"`{name}` has not {n} {what}", _for_all([m != n for m in sizes], shapes)
        if all(value.dtype == bool for value in values):
            yield f"`{name}` is true somewhere", _for_all([v.any() for v in values], shapes)
            yield f"`{name}` is true nowhere", _for_all([not v.any() for v in values], shapes)
            yield f"`{name}` is true more than once", _for_all([v.sum() > 1 for v in values], shapes)
            yield f"`{name}` is true before its last entry", _for_all([v[:-1].any() for v in values], shapes)


def _for_all(holds, shapes):
    return np.concatenate([np.full(int(np.prod(s)), bool(h)) for h, s in zip(holds, shapes, strict=True)])


def mixes_rows(outcomes, cases, right, answer, wanted, got, tolerance):
    """Whether a row of the answer changes with the other rows of the batch, where the right one does not.

    Args:
      outcomes: (function, cases) → what is observed of it.
      right, answer: the two functions; wanted, got: their outcomes of the cases.
    """
    for k, case in enumerate(cases):
        whole, mine = array(wanted[k]), array(got[k])
        if whole is None or mine is None or whole.ndim == 0 or mine.shape != whole.shape or len(whole) < 2:
            continue
        arrays = {n for n, v in case.items() if isinstance(v, np.ndarray)}
        if any(np.ndim(case[n]) == 0 or len(case[n]) != len(whole) for n in arrays):
            return False
        single = [{n: v[i : i + 1] if n in arrays else v for n, v in case.items()} for i in range(len(whole))]
        alone = outcomes(right, single)
        if not all(same(a, whole[i : i + 1], tolerance) for i, a in enumerate(alone)):
            return False
        found = outcomes(answer, single)
        if not all(same(a, mine[i : i + 1], tolerance) for i, a in enumerate(found)):
            return not any(isinstance(a, Exception) for a in found)
    return False
