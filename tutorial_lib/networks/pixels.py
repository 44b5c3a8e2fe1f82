"""Convolutional networks: from a stack of frames to action values."""

import keras
import numpy as np

from tutorial_lib.networks.convolution import output_size
from tutorial_lib.networks.value_heads import Duel

NATURE = ((32, 8, 4), (64, 4, 2), (64, 3, 1))  # filters, kernel, stride (Mnih et al., 2015)
SMALL = ((16, 6, 3), (32, 3, 2))  # for 42 × 42 pixels
PONG_ROWS = (7, 40)  # of 42 × 42 pixels: the field, without the score above and the wall below


def pixel_network(
    shape, num_actions, *, convolutions=SMALL, hidden=128, dueling=False, rows=None, statistics=None
):
    """A network of action values: frames [B, stack, height, width] uint8 -> [B, A].

    Args:
      shape: (stack, height, width) of an observation; its bytes are scaled to [0, 1].
      num_actions: A.
      convolutions: (filters, kernel, stride) of each layer; no padding, ReLU.
      hidden: units of the dense layer.
      dueling: that layer is twofold, one stream for V and one for A; `Duel` joins them.
      rows: (first, end), the rows of a picture that the network looks at, end excluded; None is all of them.
      statistics: (mean [height, width], deviation) of a random player's pixels, see `pixel_statistics`: then
        a byte is not scaled to [0, 1], but becomes (byte − mean) / deviation, cut off at ±5 as in Burda et
        al. (2019). What is the same in every picture is 0 then, and a faint ball is not.

    Raises:
      ValueError: a layer whose kernel is larger than the picture it gets, a count < 1, rows that are not in
        the picture, a mean of another shape, or a deviation that is not positive.
    """
    first, end = rows or (0, shape[-2])
    check_sizes(shape, convolutions, (num_actions, hidden), (first, end))
    inputs = keras.Input(shape, dtype="uint8")
    x = scaled(inputs, shape, statistics)
    x = keras.layers.Permute((2, 3, 1))(x)  # [B, height, width, stack]
    x = keras.layers.Cropping2D(((first, shape[-2] - end), (0, 0)))(x) if rows else x
    for filters, kernel, stride in convolutions:
        x = keras.layers.Conv2D(filters, kernel, stride, activation="relu")(x)
    x = keras.layers.Flatten()(x)
    layer = lambda: keras.layers.Dense(hidden, activation="relu")(x)  # noqa: E731
    if not dueling:
        return keras.Model(inputs, keras.layers.Dense(num_actions)(layer()))
    streams = [keras.layers.Dense(units)(layer()) for units in (1, num_actions)]
    return keras.Model(inputs, Duel()(*streams))


def scaled(pixels, shape, statistics):
    """Bytes [B, stack, height, width] as numbers, see `pixel_network`."""
    if statistics is None:
        return keras.layers.Rescaling(1 / 255)(pixels)
    mean, deviation = np.asarray(statistics[0], np.float32), float(statistics[1])
    if mean.shape != tuple(shape[1:]) or not deviation > 0:
        raise ValueError(
            f"statistics are a mean for each pixel of {tuple(shape[1:])} and a positive deviation: "
            f"got a mean of {mean.shape}, {deviation}"
        )
    x = keras.layers.Normalization(axis=(2, 3), mean=mean, variance=np.full_like(mean, deviation**2))(pixels)
    return keras.ops.clip(x, -5.0, 5.0)


def nature_network(shape, num_actions, *, dueling=False):
    """The network of the paper (Mnih et al., 2015), for observations of 84 × 84 pixels."""
    return pixel_network(shape, num_actions, convolutions=NATURE, hidden=512, dueling=dueling)


def pong_network(statistics):
    """The fast one of Pong, see `pixel_network`: [B, 4, 42, 42] uint8 -> Q of its three actions [B, 3]."""
    return pixel_network((4, 42, 42), 3, dueling=True, rows=PONG_ROWS, statistics=statistics)


def output_sizes(size, convolutions):
    """The side of the picture after each layer, see `output_size`; raises ValueError as that does."""
    sizes = []
    for _, kernel, stride in convolutions:
        size = output_size(size, kernel, stride)
        sizes.append(size)
    return sizes


def check_sizes(shape, convolutions, counts, rows):
    """Raises ValueError for what `pixel_network` promises to refuse."""
    if len(shape) != 3 or min([*shape, *counts, *(n for layer in convolutions for n in layer)]) < 1:
        raise ValueError(
            f"a shape is (stack, height, width), and every count at least 1: got {shape}, "
            f"convolutions={convolutions}, {counts}"
        )
    if not 0 <= rows[0] < rows[1] <= shape[-2]:
        raise ValueError(f"rows must lie in a picture of {shape[-2]}, the first before the end: got {rows}")
    output_sizes(min(rows[1] - rows[0], shape[-1]), convolutions)  # refuses a kernel that does not fit
