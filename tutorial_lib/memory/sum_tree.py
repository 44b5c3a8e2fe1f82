"""Sums over a tree, so that a row can be drawn in proportion to its number, however many there are."""

import itertools

import tensorflow as tf

WIDTH = 8  # children of a node: measured in a compiled program, two are slower, and so are sixty-four


class SumTree:
    """Numbers ≥ 0 of `capacity` rows, and above them the sums of groups of eight, up to the total.

    To set or to draw a row costs as many steps as the tree is high, six for 65,000 rows.

    Args:
      capacity: rows; all of them are 0 at first.

    Attributes:
      levels: tf.Variables, from the numbers [rows, padded] to the total [1].
    """

    def __init__(self, capacity):
        sizes = [int(capacity)]
        while sizes[-1] > 1:
            sizes.append(-(-sizes[-1] // WIDTH))
        padded = [size if size == 1 else -(-size // WIDTH) * WIDTH for size in sizes]
        self.levels = [tf.Variable(tf.zeros([size]), trainable=False) for size in padded]

    @property
    def total(self):
        """The sum of all numbers, a scalar."""
        return self.levels[-1][0]

    def get(self, rows):
        """The numbers of rows: [B] int64 -> [B]."""
        return tf.gather(self.levels[0], rows)

    def set(self, rows, values):
        """Changes the numbers of rows [B] to values [B], and all sums above them."""
        self.levels[0].scatter_update(tf.IndexedSlices(values, rows))
        for below, above in itertools.pairwise(self.levels):
            rows = rows // WIDTH
            groups = tf.gather(tf.reshape(below, [-1, WIDTH]), rows)  # [B, WIDTH]
            above.scatter_update(tf.IndexedSlices(tf.reduce_sum(groups, axis=-1), rows))

    def draw(self, uniform):
        """Rows in proportion to their numbers: [B] in [0, 1) -> [B] int64; never one whose number is 0."""
        rest, node = uniform * self.total, tf.zeros_like(uniform, tf.int64)  # [B] each
        for level in reversed(self.levels[:-1]):
            group = tf.gather(tf.reshape(level, [-1, WIDTH]), node)  # [B, WIDTH]
            ends = tf.cumsum(group, axis=-1)
            child = tf.reduce_sum(tf.cast(ends <= rest[:, None], tf.int64), axis=-1)  # those passed over
            last = WIDTH - 1 - tf.argmax(group[:, ::-1] > 0, axis=-1)  # rounding must not lead beyond it
            child = tf.minimum(child, last)
            rest -= tf.gather(ends - group, child, batch_dims=1)
            node = node * WIDTH + child
        return node
