"""Convolutional networks: their sizes by hand, what they do with bytes, and what they refuse."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import nature_network, output_sizes, pixel_network, pong_network
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


def test_statistics_take_away_what_is_always_there():
    """By hand: (byte − mean) / deviation, cut off at ±5, for each frame of the stack alike."""
    mean = np.full([8, 8], 100.0)
    mean[2, 3] = 40.0
    network = pixel_network((2, 8, 8), 2, convolutions=((1, 8, 1),), hidden=4, statistics=(mean, 4.0))
    convolution = next(layer for layer in network.layers if "conv" in layer.name)
    seen = keras.Model(network.input, convolution.input)
    pictures = np.full([1, 2, 8, 8], 100, np.uint8)
    pictures[0, :, 2, 3] = 40, 46
    pictures[0, 1, 0, 0], pictures[0, 0, 7, 7] = 255, 0
    wanted = np.zeros([1, 8, 8, 2])
    wanted[0, 2, 3, 1], wanted[0, 0, 0, 1], wanted[0, 7, 7, 0] = 1.5, 5, -5
    np.testing.assert_allclose(seen(pictures), wanted, atol=1e-5)


def test_rows_outside_are_not_looked_at():
    network = pixel_network((2, 12, 8), 2, convolutions=((3, 4, 2),), hidden=4, rows=(3, 9))
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (20, 2, 12, 8)).astype(np.uint8)
    outside, inside = pictures.copy(), pictures.copy()
    outside[:, :, :3], outside[:, :, 9:] = 0, 0
    inside[:, :, 3:9] = 0
    np.testing.assert_array_equal(network(outside), network(pictures))
    assert np.abs(network(inside) - network(pictures)).max() > 1e-3


def test_the_network_of_pong_sees_33_by_42_pixels():
    sizes = [layer.output.shape[1:3] for layer in pong_network(None).layers if "conv" in layer.name]
    assert sizes == [(10, 13), (4, 6)]  # ⌊27/3⌋ + 1, ⌊36/3⌋ + 1; ⌊7/2⌋ + 1, ⌊10/2⌋ + 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (dict(rows=(5, 5)), "rows must lie in a picture of 42"),
        (dict(rows=(0, 43)), "rows must lie in a picture of 42"),
        (dict(statistics=(np.zeros([33, 42]), 1.0)), r"each pixel of \(42, 42\) and a positive deviation"),
        (dict(statistics=(np.zeros([42, 42]), 0.0)), r"got a mean of \(42, 42\), 0.0"),
    ],
)
def test_rows_and_statistics_that_do_not_fit(changed, message):
    with pytest.raises(ValueError, match=message):
        pixel_network((4, 42, 42), 3, **changed)


def test_bad_input():
    with pytest.raises(ValueError, match="a kernel of 3 in steps of 2 does not fit into a side of 1"):
        pixel_network((4, 8, 8), 3)
    with pytest.raises(ValueError, match="stack, height, width"):
        pixel_network((84, 84), 3)
    with pytest.raises(ValueError, match="at least 1"):
        pixel_network((4, 42, 42), 3, hidden=0)
    with pytest.raises(ValueError, match="at least 1"):
        pixel_network((4, 42, 42), 3, convolutions=((16, 6, 0),))
