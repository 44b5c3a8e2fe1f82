"""Numbers that change while an agent learns: functions of the step."""

import inspect

import tensorflow as tf


def linear_schedule(start, end, num_steps):
    """A function step -> value that goes from `start` to `end` in a line over `num_steps`, then stays.

    The step is a number, or a scalar tensor inside a compiled program.

    Raises:
      ValueError: num_steps < 1.
    """
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1, got {num_steps}")

    def value(step):
        share = step / num_steps
        share = tf.clip_by_value(share, 0.0, 1.0) if tf.is_tensor(share) else min(max(share, 0.0), 1.0)
        return start + (end - start) * share

    return value


class Schedules:
    """Hands each function those numbers that its parameters are named after.

    Args:
      schedules: {name: step -> number}, such as {"epsilon": linear_schedule(1.0, 0.05, 10_000)}.
      functions: those that may ask, by the names of their parameters after the first.

    Raises:
      ValueError: a parameter without a schedule, one that nobody asks for, or one that gives no number.
    """

    def __init__(self, schedules, *functions):
        self.schedules = dict(schedules or {})
        asked = {name for function in functions for name in _parameters(function)}
        if missing := sorted(asked - set(self.schedules)):
            raise ValueError(
                f"nothing says what {', '.join(missing)} should be: give a function of the step for each, "
                f"schedules={{{missing[0]!r}: linear_schedule(…)}}"
            )
        if unused := sorted(set(self.schedules) - asked):
            raise ValueError(
                f"neither policy nor update has a parameter {', '.join(unused)}: asked is {asked}"
            )
        for name in self.schedules:
            self._value(name, tf.constant(0, tf.int64))

    def bind(self, function):
        """The function as one of (its first argument, step)."""
        return lambda first, step: function(
            first, *(self._value(name, step) for name in _parameters(function))
        )

    def _value(self, name, step):
        value = self.schedules[name](tf.cast(step, tf.float32))
        try:
            number = tf.cast(value, tf.float32)
        except (TypeError, ValueError):
            number = None
        if number is None or number.shape.rank != 0:
            raise ValueError(f"the schedule of {name} must return one number for a step, got {value!r}")
        return number


def _parameters(function):
    return list(inspect.signature(function).parameters)[1:]
