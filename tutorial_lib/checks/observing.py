"""Ways to look at an answer: what it returns, its gradient, what it draws; and a limit of time for all."""

import contextlib
import copy
import signal
import threading

import numpy as np
import tensorflow as tf

from tutorial_lib.checks import Misconception


class TooLong(BaseException):
    """An answer has been running for too long; no `except Exception` of the answer catches it."""


def call(answer, **case):
    """What the answer returns for NumPy arrays, lists and numbers.

    Raises:
      Misconception: an argument was changed.
    """
    given = copy.deepcopy(case)
    returned = answer(*given.values())
    for name, value in case.items():
        if not unchanged(given[name], value):
            raise Misconception(
                f"`{name}` was changed: leave what you are given as it is, and make new values"
            )
    return copy.deepcopy(returned) if isinstance(returned, list | tuple | np.ndarray) else returned


call.plain = True  # the answer's arguments are those of the case, and what is looked at is its result


def refuse_changes(given, case):
    """Raises Misconception if an argument is no longer what it was."""
    for name, value in case.items():
        if not unchanged(given[name], value):
            raise Misconception(
                f"`{name}` was changed: leave what you are given as it is, and make new values"
            )


def unchanged(now, then):
    """Whether a number, an array or a list of them is as it was."""
    if isinstance(then, list | tuple):
        return len(now) == len(then) and all(map(unchanged, now, then))
    if isinstance(then, np.ndarray):
        return np.array_equal(now, then, equal_nan=then.dtype.kind == "f")
    return not isinstance(then, int | float) or now == then


def tensors(answer, **case):
    """What the answer returns for tensors: arrays become float32 or int64 tensors, numbers stay numbers."""
    return answer(*map(tensor, case.values()))


tensors.plain = True


def tensor(value):
    """An array as a float32, bool or int64 tensor; anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    return tf.constant(value, {"f": tf.float32, "b": tf.bool}.get(value.dtype.kind, tf.int64))


def gradients(*names, loss=True):
    """A way to look at losses: the value, and its gradients by the arguments named, 0 where none arrives.

    A summed gradient is compared if there are several losses. A loss that is no tensor has no gradient.
    With loss=False it is called the result.
    """

    what = "the loss" if loss else "the result"

    def observe(answer, **case):
        given = {name: tensor(value) for name, value in case.items()}
        with tf.GradientTape() as tape:
            tape.watch([given[name] for name in names])
            returned = answer(*given.values())
        floating = tf.is_tensor(returned) and returned.dtype.is_floating
        found = tape.gradient(returned, [given[name] for name in names]) if floating else [None] * len(names)
        zeros = [np.zeros(case[name].shape, np.float32) for name in names]
        slopes = [
            zero if slope is None else np.asarray(slope) for slope, zero in zip(found, zeros, strict=True)
        ]
        return {what: returned} | {f"the gradient by `{n}`": s for n, s in zip(names, slopes, strict=True)}

    observe.plain = True
    return observe


def draws(count):
    """A way to look at draws of small integers: how often each comes, and whether all chance is rng's.

    The case's last entry, `rng`, is a seed; the answer gets a generator made from it. The tolerance of the
    check should be five standard deviations of a share: 0.055 for 2,000 draws.
    """

    def observe(answer, rng, **case):
        def drawn(number):
            given, generator = copy.deepcopy(case), np.random.default_rng(rng)
            found = [answer(*given.values(), generator) for _ in range(number)]
            refuse_changes(given, case)
            return found

        values = np.asarray(drawn(count))
        if values.dtype.kind not in "iu" or values.ndim != 1 or values.min() < 0:
            return {"a draw": values[0]}
        return {
            "a draw": 0,
            "the shares of 0, 1, 2, …": np.bincount(values, minlength=8) / count,
            "the same generator, the same draws": drawn(20) == values[:20].tolist(),
        }

    return observe


@contextlib.contextmanager
def time_limit(seconds):
    """Raises TooLong in what takes longer, where the system has such alarms and this is the main thread.

    Seconds of the processor count, so that a busy machine stops nobody; of the clock ten times as many.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TooLong

    alarms = {signal.SIGPROF: signal.ITIMER_PROF, signal.SIGALRM: signal.ITIMER_REAL}
    handlers = {number: signal.signal(number, stop) for number in alarms}
    before = {
        timer: signal.setitimer(timer, seconds * factor)
        for timer, factor in zip(alarms.values(), (1, 10), strict=True)
    }
    try:
        yield
    finally:
        for number, timer in alarms.items():
            signal.setitimer(timer, *before[timer])
            signal.signal(number, handlers[number])
