"""Prioritised replay: what surprised most is learned from most often."""

from collections import namedtuple

import numpy as np
import tensorflow as tf

from tutorial_lib.memory.replay import ReplayBuffer
from tutorial_lib.memory.sum_tree import SumTree


class PrioritizedReplayBuffer(ReplayBuffer):
    """A replay that draws row i with P(i) = pᵢ^α / Σ pₖ^α (Schaul et al., 2016); pᵢ is the size of its error.

    A drawn batch has two columns more: `probability`, P(i) of each row, from which `importance_weights` makes
    weights; and `row`, where it lies. An update returns {"priority": |δ| [B], …} and the loop hands that
    back; by hand it is `set_priorities(batch.row, priority)`. A new row gets the largest priority so far, so
    that it is soon seen.

    Args:
      capacity, spec, generator: as for `ReplayBuffer`.
      alpha: α in [0, 1]; 0 draws uniformly.
      epsilon: is added to each priority, > 0, so that every row can be drawn.

    Raises:
      ValueError: α outside [0, 1], epsilon ≤ 0, or what `ReplayBuffer` refuses.
    """

    def __init__(self, capacity, spec, generator, *, alpha=0.6, epsilon=1e-6):
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be in [0, 1], got {alpha}: 0 draws uniformly, 1 in proportion")
        if not epsilon > 0:
            raise ValueError(
                f"epsilon must be greater than 0, got {epsilon}: a row of priority 0 is never drawn"
            )
        super().__init__(capacity, spec, generator)
        self.alpha, self.epsilon = alpha, epsilon
        self.tree = SumTree(capacity)
        self.largest = tf.Variable(0.0, trainable=False)  # priority so far; 0 before the first
        self.batch_type = namedtuple("PrioritizedBatch", [*spec._fields, "probability", "row"])

    @property
    def variables(self):
        return [*super().variables, *self.tree.levels, self.largest]

    def write(self, batch, count=None):
        """As in `ReplayBuffer`; new rows get the largest priority so far, or 1."""
        size = tf.shape(batch[0], tf.int64)[0]
        rows = (self.num_added + tf.range(size)) % self.capacity  # [B]
        super().write(batch, count)
        first = tf.where(self.largest > 0, self.largest, 1.0)
        value = tf.fill([size], self._power(first))
        if count is not None:
            value = tf.where(tf.range(size) < count, value, self.tree.get(rows))
        self.tree.set(rows, value)

    def clear(self):
        for variable in (self.num_added, *self.tree.levels, self.largest):
            variable.assign(tf.zeros_like(variable))

    def sample(self, batch_size):
        """Draws rows by their priorities, with replacement: the spec's columns, `probability` and `row`.

        Raises:
          ValueError: the buffer is empty, or batch_size < 1.
        """
        self.check_can_sample(batch_size)
        rows = self.tree.draw(self.generator.uniform([batch_size]))
        probability = self.tree.get(rows) / self.tree.total
        return self.batch_type(*(tf.gather(column, rows) for column in self.columns), probability, rows)

    def set_priorities(self, rows, priority):
        """Gives rows [B] int64 new priorities [B] ≥ 0, such as |δ|.

        Inside a compiled function nothing is checked, and a priority that is no number changes nothing.

        Raises:
          ValueError: a priority that is negative, NaN or infinite, or not one for each row.
        """
        priority = tf.convert_to_tensor(priority, tf.float32)
        if priority.shape != rows.shape:
            raise ValueError(f"one priority per row: expected {rows.shape}, got {priority.shape}")
        good = tf.math.is_finite(priority) & (priority >= 0)
        if tf.executing_eagerly() and not np.all(good):
            raise ValueError(f"priorities must be numbers ≥ 0, got {priority.numpy()[~good.numpy()][0]}")
        self.tree.set(rows, tf.where(good, self._power(tf.where(good, priority, 0.0)), self.tree.get(rows)))
        self.largest.assign(tf.maximum(self.largest, tf.reduce_max(tf.where(good, priority, 0.0))))

    def _power(self, priority):
        return tf.pow(priority + self.epsilon, self.alpha)
