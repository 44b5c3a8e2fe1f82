"""Mistakes that no catalogue lists: the right function with one argument, or with its result, altered.

Each alteration is a wrong function made from the right one. An answer that agrees with it on every case has made
this mistake, or one that cannot be told from it.
"""

import itertools

import numpy as np
import tensorflow as tf

from tutorial_lib.checks.comparing import array, same


def _either(name, of_tensors=None):
    """A function of NumPy and of TensorFlow under one name."""
    of_tensors = of_tensors or getattr(tf.math, name)
    return lambda x: of_tensors(x) if tf.is_tensor(x) else getattr(np, name)(x)


def _either2(name):
    """The same for functions of two arguments."""
    return lambda x, y: getattr(tf if tf.is_tensor(x) else np, name)(x, y)


_exp, _log, _sqrt, _tanh, _sign = map(_either, ("exp", "log", "sqrt", "tanh", "sign"))
_mean, _sum = _either("mean", tf.reduce_mean), _either("sum", tf.reduce_sum)
_greater, _smaller = _either2("maximum"), _either2("minimum")
_largest, _least = _either("max", tf.reduce_max), _either("min", tf.reduce_min)


def _above_0(x):
    return (x + abs(x)) / 2


ALTERED = {
    "−{x}": lambda x: -x,
    "0": lambda x: 0 * x,
    "1": lambda x: 0 * x + 1,
    "2 · {x}": lambda x: 2 * x,
    "½ · {x}": lambda x: x / 2,
    "|{x}|": abs,
    "{x}²": lambda x: x * x,
    "√{x}": _sqrt,
    "1 − {x}": lambda x: 1 - x,
    "1 + {x}": lambda x: 1 + x,
    "{x} − 1": lambda x: x - 1,
    "1 / {x}": lambda x: 1 / x,
    "not {x}": _either("logical_not"),
    "exp({x})": _exp,
    "log({x})": _log,
    "tanh({x})": _tanh,
    "the sign of {x}": _sign,
    "{x} cut off below 0": _above_0,
    "{x} cut off above 0": lambda x: -_above_0(-x),
}
OF_ARRAYS = {
    "the mean of all {x}": lambda x: 0 * x + _mean(x),
    "the sum of all {x}": lambda x: 0 * x + _sum(x),
    "the largest of all {x}": lambda x: 0 * x + _largest(x),
    "the least of all {x}": lambda x: 0 * x + _least(x),
    "the first of all {x}": lambda x: 0 * x + x[:1],
    "the last of all {x}": lambda x: 0 * x + x[-1:],
    "{x} in reverse order": lambda x: x[::-1],
    "{x} less its mean": lambda x: x - _mean(x),
    "{x} / Σ {x}": lambda x: x / _sum(x),
    "{x} / max {x}": lambda x: x / _largest(x),
    "{x} / min {x}": lambda x: x / _least(x),
    "{x}, normalised": lambda x: (x - _mean(x)) / _sqrt(_mean(x * x) - _mean(x) ** 2),
    "{x} / its length": lambda x: x / len(x),
    "{x} · its length": lambda x: x * len(x),
}
WITH_ANOTHER = {
    "{x} · {a}": lambda x, a: x * a,
    "{x} · (1 − {a})": lambda x, a: x * (1 - a),
    "{x} / {a}": lambda x, a: x / a,
    "{x} to the power of {a}": lambda x, a: x**a,
    "{x} + {a}": lambda x, a: x + a,
    "{x} − {a}": lambda x, a: x - a,
    "{a} − {x}": lambda x, a: a - x,
    "½ ({x} + {a})": lambda x, a: (x + a) / 2,
    "the smaller of {x} and {a}": _smaller,
    "the larger of {x} and {a}": _greater,
}
WITH_ARGUMENT = {
    "less `{a}`: is `{a}` missing?": lambda y, a: y - a,
    "plus `{a}`: does it count twice, or not belong there?": lambda y, a: y + a,
    "less 2 · `{a}`: its sign is turned round": lambda y, a: y - 2 * a,
    "plus 2 · `{a}`: its sign is turned round": lambda y, a: y + 2 * a,
    "times `{a}`": lambda y, a: y * a,
    "times 1 − `{a}`": lambda y, a: y * (1 - a),
    "divided by `{a}`": lambda y, a: y / a,
}


def derived(right, case, result):
    """All (sentence, wrong function) that are made from the right one by altering one thing.

    Args:
      right: the right function.
      case: its arguments by name: only those of one shape are put in each other's place.
      result: what it returns for them.
    """
    yield from _results_altered(right, result)
    yield from _arguments_moved(right, case)
    yield from _arguments_altered(right, case)
    yield from _with_an_argument(right, case, result)
    yield from _arguments_joined(right, case)


def _fits(value, other):
    """Whether one can be added to the other without making it larger."""
    return not isinstance(value, list) and np.shape(value) in ((), np.shape(other))


def _alterations(value):
    if isinstance(value, list | tuple | dict):
        return {}
    return ALTERED | OF_ARRAYS if np.ndim(value) else ALTERED


def _results_altered(right, result):
    for change, alter in _alterations(result).items():
        yield _of_the_result(change), _then(right, alter)
    if isinstance(result, tuple):
        yield "the parts are right, and come back in the wrong order", lambda *given: right(*given)[::-1]


def _of_the_result(change):
    if "of all" in change:
        return f"every entry is {change.format(x='right ones')}"
    return f"it is `{change.format(x='y')}`, where y is the right result"


def _then(right, alter, *places):
    """The right function with its result altered, with the help of the arguments at these places."""
    return lambda *given: alter(right(*given), *(given[k] for k in places))


def _arguments_moved(right, case):
    for (i, one), (j, other) in itertools.combinations(enumerate(case), 2):
        if np.shape(case[one]) == np.shape(case[other]):
            yield f"`{one}` and `{other}` are swapped", _moved(right, {i: j, j: i})
            yield f"`{one}` stands where `{other}` should", _moved(right, {j: i})
            yield f"`{other}` stands where `{one}` should", _moved(right, {i: j})


def _moved(right, source):
    return lambda *given: right(*(given[source.get(k, k)] for k in range(len(given))))


def _arguments_altered(right, case):
    for change in ALTERED | OF_ARRAYS:
        for k, name in enumerate(case):
            if change in (alterations := _alterations(case[name])):
                yield _instead(change.format(x=name), name), _altered(right, alterations[change], k)


def _with_an_argument(right, case, result):
    for (sentence, alter), (k, name) in itertools.product(WITH_ARGUMENT.items(), enumerate(case)):
        if _fits(case[name], result):
            yield f"that is the right result {sentence.format(a=name)}", _then(right, alter, k)


def _arguments_joined(right, case):
    for change, alter in WITH_ANOTHER.items():
        for (k, name), (j, other) in itertools.permutations(enumerate(case), 2):
            if _alterations(case[name]) and _fits(case[other], case[name]):
                yield _instead(change.format(x=name, a=other), name), _altered(right, alter, k, j)


def _instead(said, name):
    return f"that is what `{said}` would give in place of `{name}`"


def _altered(right, alter, place, *others):
    """The right function with one argument altered, with the help of the arguments at other places."""

    def function(*given):
        changed = alter(given[place], *(given[k] for k in others))
        return right(*given[:place], changed, *given[place + 1 :])

    return function


def constant(got, wanted, tolerance, what):
    """What to say of results that are off by one factor, or by one number, in every case; or None."""
    pairs = [(array(g), array(w)) for g, w in zip(got, wanted, strict=True)]
    if any(g is None or w is None or g.shape != w.shape or w.dtype.kind == "b" for g, w in pairs):
        return None
    got, wanted = (np.concatenate([np.ravel(x[i]) for x in pairs]).astype(float) for i in (0, 1))
    if got.size < 3 or not np.isfinite(got).all() or np.ptp(wanted) == 0:
        return None
    factor, shift = float(got @ wanted / (wanted @ wanted)), float(np.mean(got - wanted))
    if abs(factor) > 1e-6 and same(got, factor * wanted, tolerance):
        return f"{what} is {factor:.4g} times what it should be, in every case"
    if same(got, wanted + shift, tolerance):
        return f"{what} is {abs(shift):.4g} too {'large' if shift > 0 else 'small'}, in every case"
    return None
