"""A replay of stretches of time, for agents that remember."""

import tensorflow as tf

from tutorial_lib.memory.replay import ReplayBuffer


class SequenceReplay(ReplayBuffer):
    """A replay that draws `length` steps in a row of one environment (Hausknecht & Stone, 2015).

    Rows are those of `ReplayBuffer`, written one step of all environments after the other. A stretch is drawn
    uniformly from all that are stored whole; it may run across the end of an episode, so that what is learned
    from it has to see where the next one begins: `marked_starts` shows it in the observation.

    Args:
      capacity, spec, generator: as for `ReplayBuffer`; capacity is a multiple of num_envs.
      num_envs: environments whose steps are written in turn.
      length: L, steps of a stretch.

    Raises:
      ValueError: num_envs or length < 1, a capacity that is no multiple of num_envs or has no room for one
        stretch, or what `ReplayBuffer` refuses.
    """

    def __init__(self, capacity, spec, generator, *, num_envs, length):
        if num_envs < 1 or length < 1:
            raise ValueError(f"num_envs and length must be at least 1, got {num_envs} and {length}")
        if capacity % num_envs or capacity < num_envs * length:
            raise ValueError(
                f"capacity must be a multiple of the {num_envs} environments and hold a stretch of {length} "
                f"steps of each, {num_envs * length} rows or more, got {capacity}"
            )
        super().__init__(capacity, spec, generator)
        self.num_envs, self.length = num_envs, length

    @property
    def num_starts(self):
        """Of each environment, the steps at which a stretch can begin: an int64 scalar, ≤ 0 if none."""
        return tf.minimum(self.num_added, self.capacity) // self.num_envs - self.length + 1

    def sample(self, batch_size):
        """Draws stretches with replacement: the spec's named tuple of [batch_size, length, …].

        Inside a compiled function too short a replay cannot be noticed: fill it first.

        Raises:
          ValueError: fewer than `length` steps of each environment are stored, or batch_size < 1.
        """
        self.check_can_sample(batch_size)
        if tf.executing_eagerly() and self.num_starts < 1:
            raise ValueError(
                f"a stretch has {self.length} steps, and {len(self) // self.num_envs} of each environment "
                "are stored: add more before sampling"
            )
        draw = lambda limit: self.generator.uniform([batch_size], maxval=limit, dtype=tf.int64)  # noqa: E731
        oldest = tf.maximum(self.num_added - self.capacity, 0) // self.num_envs
        start = oldest + draw(tf.maximum(self.num_starts, 1))  # [B], in steps
        env = draw(tf.constant(self.num_envs, tf.int64))  # [B]
        step = start[:, None] + tf.range(self.length, dtype=tf.int64)  # [B, L]
        rows = (step * self.num_envs + env[:, None]) % self.capacity
        return type(self.spec)(*(tf.gather(column, rows) for column in self.columns))
