"""Actions of any space as numbers from −1 to 1, the one place where an agent's units meet the world's."""

import numpy as np
import tensorflow as tf
from gymnasium import spaces

TOLERANCE = 1e-4  # of a unit, for what rounding adds


class ActionScale:
    """Between the actions of a space and those of an agent, which are A numbers from −1 to 1.

        a = bias + multiplier · unit,  bias = (high + low) / 2,  multiplier = (high − low) / 2

    Actor, critic and noise then share one unit, whatever the bounds are. (A world whose actions are a choice
    becomes one of numbers by `largest_of`.)

    Args:
      space: of the actions of one environment: a bounded Box of floats.

    Attributes:
      size: A.

    Raises:
      ValueError: any other space, a bound that is infinite or NaN, or low ≥ high.
    """

    def __init__(self, space):
        self.space = space
        if not isinstance(space, spaces.Box) or space.dtype.kind != "f":
            raise ValueError(f"actions must be from a Box of floats, got the space {space}")
        low, high = (bound.astype(np.float64).ravel() for bound in (space.low, space.high))
        if not np.isfinite([low, high]).all():
            raise ValueError(f"to scale actions their bounds must be finite, got {space}")
        if (low >= high).any():
            raise ValueError(f"every low must be below its high, got low {low} and high {high}")
        self.size = len(low)
        self.bias, self.multiplier = np.float32((high + low) / 2), np.float32((high - low) / 2)
        self.low, self.high = np.float32(low), np.float32(high)

    def to_space(self, unit):
        """[B, A] from −1 to 1 -> actions [B, *act] float32 within the bounds.

        What lies beyond ±1 is cut off there.
        """
        action = tf.clip_by_value(self.bias + self.multiplier * unit, self.low, self.high)
        return tf.reshape(action, [-1, *self.space.shape])

    def to_unit(self, action):
        """Actions [B, *act] of the space -> [B, A] from −1 to 1.

        In a compiled function an action outside the space cannot raise: it becomes NaN, which a loop refuses
        as soon as a metric shows it.

        Raises:
          ValueError: actions of another shape, or outside the space.
        """
        action = tf.convert_to_tensor(action)
        if list(action.shape[1:]) != list(self.space.shape):
            wanted = ", ".join(["B", *map(str, self.space.shape)])
            raise ValueError(f"actions of {self.space} have the shape [{wanted}], got {action.shape}")
        unit = (tf.reshape(action, [-1, self.size]) - self.bias) / self.multiplier
        inside = tf.abs(unit) <= 1 + TOLERANCE
        if tf.executing_eagerly() and not bool(tf.reduce_all(inside)):
            row = int(np.argwhere(~inside.numpy())[0][0])
            raise ValueError(f"the action {action[row].numpy()} in row {row} is not in {self.space}")
        return tf.where(inside, tf.clip_by_value(unit, -1.0, 1.0), np.nan)
