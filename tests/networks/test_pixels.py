"""Convolutional networks: their sizes by hand, what they do with bytes, and what they refuse."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import nature_network, output_sizes, pixel_network
from tutorial_lib.networks.pixels import NATURE, SMALL


def test_sizes_by_hand():
    assert output_sizes(84, NATURE) == [20, 9, 7]  # ⌊76/4⌋ + 1, ⌊16/2⌋ + 1, 6 + 1
    assert output_sizes(42, SMALL) == [13, 6]  # ⌊36/3⌋ + 1, ⌊10/2⌋ + 1
    assert output_sizes(10, [(1, 3, 3)]) == [3]  # the last pixel is left over


def test_the_nature_network_has_the_paper_s_number_of_weights():
    convolutions = 8 * 8 * 4 * 32 + 32 + 4 * 4 * 32 * 64 + 64 + 3 * 3 * 64 * 64 + 64
    assert nature_network((4, 84, 84), 6).count_params() == convolutions + 3136 * 512 + 512 + 512 * 6 + 6


@pytest.mark.parametrize("dueling", [False, True])
def test_bytes_become_values(dueling):
    network = pixel_network((4, 42, 42), 3, dueling=dueling)
    bytes_in = tf.constant(np.random.default_rng(0).integers(0, 256, (5, 4, 42, 42)), tf.uint8)
    values = network(bytes_in)
    assert values.shape == (5, 3) and values.dtype == tf.float32
    np.testing.assert_allclose(tf.function(network)(bytes_in), values, rtol=1e-4, atol=1e-6)
    assert np.abs(values).max() < 10, "bytes are scaled to [0, 1]"


def test_each_frame_of_the_stack_has_its_own_weights():
    network = pixel_network((2, 8, 8), 2, convolutions=((1, 8, 1),), hidden=4)
    kernel, bias, *rest = network.get_weights()
    kernel[...] = 0.0
    kernel[3, 5, 1] = 255.0  # row 3, column 5 of the second frame
    network.set_weights([kernel, bias, *map(np.ones_like, rest)])  # so that no unit is silent by chance
    picture = np.zeros([1, 2, 8, 8], np.uint8)
    picture[0, 1, 3, 5] = 1
    convolution = next(layer for layer in network.layers if "conv" in layer.name)
    permuted = tf.transpose(tf.cast(picture, tf.float32) / 255, [0, 2, 3, 1])
    np.testing.assert_allclose(convolution(permuted), [[[[1.0]]]], rtol=1e-6)
    assert not np.allclose(network(picture), network(picture[:, ::-1]))


def test_bad_input():
    with pytest.raises(ValueError, match="a kernel of 3 in steps of 2 does not fit into a side of 1"):
        pixel_network((4, 8, 8), 3)
    with pytest.raises(ValueError, match="stack, height, width"):
        pixel_network((84, 84), 3)
    with pytest.raises(ValueError, match="at least 1"):
        pixel_network((4, 42, 42), 3, hidden=0)
    with pytest.raises(ValueError, match="at least 1"):
        pixel_network((4, 42, 42), 3, convolutions=((16, 6, 0),))
