"""Compiled functions of NumPy arrays that are cheap to call."""

import math

import numpy as np
import tensorflow as tf


class PackedFunction:
    """A function of arrays, compiled once for every set of shapes, to which they travel as one tensor.

    Every array handed to TensorFlow costs some 40 µs, or 70 as an argument of a call, however small it is,
    and the search for the trace that fits costs 0.2 ms. So the arrays are packed, and the traced program for
    their shapes is called itself.

    Args:
      function: of tensors, one for each array of a call.
      jit_compile: with XLA.
      wrapped: what is called in place of a traced program: of the program, once for each.

    Attributes:
      programs: {shapes and types: the traced program}.
    """

    def __init__(self, function, jit_compile, wrapped=lambda program: program):
        self.function, self.jit_compile, self.wrapped, self.programs = function, jit_compile, wrapped, {}

    def __call__(self, *arrays):
        return self.program(*arrays)(pack(arrays))

    def program(self, *arrays):
        """The traced program for arrays of these shapes and types."""
        key = tuple((array.shape, array.dtype.str) for array in arrays)
        if key not in self.programs:
            specs = [tf.TensorSpec(array.shape, array.dtype) for array in arrays]
            compiled = tf.function(
                lambda packed: self.function(*unpack(packed, specs)),
                jit_compile=self.jit_compile,
                autograph=False,
            )
            self.programs[key] = self.wrapped(compiled.get_concrete_function(pack(arrays)))
        return self.programs[key]


def pack(arrays):
    """Arrays of any shapes and types -> one tensor of all their bytes, one array after the other."""
    return tf.constant(np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8))


def unpack(packed, specs):
    """The arrays that `pack` was given, as tensors inside a compiled function; one tf.TensorSpec for each."""
    arrays, start = [], 0
    for spec in specs:
        size = math.prod(spec.shape) * spec.dtype.size
        piece, start = packed[start : start + size], start + size
        if spec.dtype == tf.bool:
            piece = tf.cast(piece, tf.bool)
        elif spec.dtype.size > 1:
            piece = tf.bitcast(tf.reshape(piece, [-1, spec.dtype.size]), spec.dtype)
        arrays.append(tf.reshape(piece, spec.shape))
    return arrays
