"""Convolutional networks: from a stack of frames to action values."""

import keras

from tutorial_lib.networks.convolution import output_size
from tutorial_lib.networks.value_heads import Duel

NATURE = ((32, 8, 4), (64, 4, 2), (64, 3, 1))  # filters, kernel, stride (Mnih et al., 2015)
SMALL = ((16, 6, 3), (32, 3, 2))  # for 42 × 42 pixels


def pixel_network(shape, num_actions, *, convolutions=SMALL, hidden=128, dueling=False):
    """A network of action values: frames [B, stack, height, width] uint8 -> [B, A].

    Args:
      shape: (stack, height, width) of an observation; its bytes are scaled to [0, 1].
      num_actions: A.
      convolutions: (filters, kernel, stride) of each layer; no padding, ReLU.
      hidden: units of the dense layer.
      dueling: that layer is twofold, one stream for V and one for A; `Duel` joins them.

    Raises:
      ValueError: a layer whose kernel is larger than the picture it gets, or a count < 1.
    """
    check_sizes(shape, convolutions, (num_actions, hidden))
    inputs = keras.Input(shape, dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Permute((2, 3, 1))(x)  # [B, height, width, stack]
    for filters, kernel, stride in convolutions:
        x = keras.layers.Conv2D(filters, kernel, stride, activation="relu")(x)
    x = keras.layers.Flatten()(x)
    layer = lambda: keras.layers.Dense(hidden, activation="relu")(x)  # noqa: E731
    if not dueling:
        return keras.Model(inputs, keras.layers.Dense(num_actions)(layer()))
    streams = [keras.layers.Dense(rows)(layer()) for rows in (1, num_actions)]
    return keras.Model(inputs, Duel()(*streams))


def nature_network(shape, num_actions, *, dueling=False):
    """The network of the paper (Mnih et al., 2015), for observations of 84 × 84 pixels."""
    return pixel_network(shape, num_actions, convolutions=NATURE, hidden=512, dueling=dueling)


def output_sizes(size, convolutions):
    """The side of the picture after each layer, see `output_size`; raises ValueError as that does."""
    sizes = []
    for _, kernel, stride in convolutions:
        size = output_size(size, kernel, stride)
        sizes.append(size)
    return sizes


def check_sizes(shape, convolutions, counts):
    """Raises ValueError for what `pixel_network` promises to refuse."""
    if len(shape) != 3 or min([*shape, *counts, *(n for layer in convolutions for n in layer)]) < 1:
        raise ValueError(
            f"a shape is (stack, height, width), and every count at least 1: got {shape}, "
            f"convolutions={convolutions}, {counts}"
        )
    output_sizes(min(shape[1:]), convolutions)  # refuses a kernel that does not fit
