"""Arrays arrive as they were sent, and one program serves all calls of the same shapes."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib.learning.packing import PackedFunction

ARRAYS = [
    np.array([[1.5, -2], [np.pi, 4]], np.float32),
    np.array([2**40, -3]),
    np.array([[[1], [255]], [[0], [7]]], np.uint8),
    np.array([True, False, True]),
    np.float32(-1e30),
    np.zeros([0, 3], np.float32),
    np.arange(12.0).reshape(3, 4)[:, ::2],  # float64, and not in one piece
]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_every_type_and_shape_arrives(jit_compile):
    for ours, sent in zip(PackedFunction(lambda *x: x, jit_compile)(*ARRAYS), ARRAYS, strict=True):
        assert (ours.shape, ours.dtype) == (sent.shape, tf.as_dtype(sent.dtype))
        np.testing.assert_array_equal(ours, sent)


def test_a_program_per_set_of_shapes_and_types():
    double = PackedFunction(lambda x: 2 * x, jit_compile=False)
    for value in (1.0, 2.0, 3.0):
        assert float(double(np.float32(value))) == 2 * value
    assert len(double.programs) == 1
    assert double(np.int64(2**40)).numpy() == 2**41
    assert double(np.float32([1, 2])).numpy().tolist() == [2, 4]
    assert len(double.programs) == 3
