"""Loops inside compiled programs."""

import tensorflow as tf


def repeat(body, carry, times, *, size=None, going=None):
    """Calls `carry, output = body(carry)` several times inside a compiled function, and stacks the outputs.

    Args:
      body: a structure of tensors -> (one like it, a structure of outputs); traced once.
      carry: what the first call gets.
      times: calls, a number, or a scalar int64 tensor of at most `size`.
      size: length of the outputs; None is `times`.
      going: carry -> bool scalar; the loop ends early when it is False.

    Returns:
      The last carry, and the outputs [size, …]; those of calls that were not made are 0.
    """
    size = times if size is None else size
    body = tf.function(body, autograph=False)
    _, output = body.get_concrete_function(carry).structured_outputs
    kept = [tf.TensorArray(x.dtype, size, element_shape=x.shape) for x in tf.nest.flatten(output)]

    def call(i, carry, kept):
        carry, output = body(carry)
        return (
            i + 1,
            carry,
            [array.write(i, x) for array, x in zip(kept, tf.nest.flatten(output), strict=True)],
        )

    def goes_on(i, carry, kept):
        more = tf.cast(i, tf.int64) < times
        return more if going is None else more & going(carry)

    _, carry, kept = tf.while_loop(goes_on, call, (0, carry, kept))
    return carry, tf.nest.pack_sequence_as(output, [array.stack() for array in kept])


def where(rows, new, old):
    """`new` in the rows where the bool [N] is true, `old` in the others: structures of tensors [N, …]."""

    def choose(a, b):
        return tf.where(tf.reshape(rows, [-1] + [1] * (a.shape.rank - 1)), a, b)

    return tf.nest.map_structure(choose, new, old)
