"""Exploration noise for actions that are numbers."""

import tensorflow as tf


def gaussian_noise(generator, shape):
    """Noise that forgets at once: a function that draws numbers [*shape] of standard deviation 1."""
    return lambda: generator.normal(shape)


def ornstein_uhlenbeck_noise(generator, shape, keep=0.85):
    """Noise of standard deviation 1 that forgets slowly (Uhlenbeck & Ornstein, 1930).

    Args:
      generator: a tf.random.Generator.
      shape: of what is drawn, such as [environments, actions].
      keep: the share of the last draw that is kept, 0 ≤ keep < 1; fresh noise makes up for the rest.

    Returns:
      A function of no arguments that draws numbers [*shape]; it remembers its last draw in a tf.Variable.

    Raises:
      ValueError: keep outside [0, 1).
    """
    if not 0 <= keep < 1:
        raise ValueError(f"keep must lie in [0, 1), got {keep}")
    last = tf.Variable(generator.normal(shape), trainable=False)
    fresh = (1 - keep**2) ** 0.5
    return lambda: last.assign(keep * last + fresh * generator.normal(shape))
