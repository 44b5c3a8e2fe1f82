"""A dense layer with a way around it."""

import keras

from tutorial_lib.networks.mlp import check_sizes


class ResidualDense(keras.layers.Layer):
    """A tanh layer and a linear bypass of low rank, added: [B, inputs] -> [B, units].

        y = tanh(W x + b) + V U x,  with U x of units/4 numbers

    Where the tanh is saturated and lets no gradient through, the bypass does.

    Args:
      units: of the output; the bypass is `units // 4` wide, at least 1.
    """

    def __init__(self, units):
        super().__init__()
        self.curved = keras.layers.Dense(units, activation="tanh")
        self.narrow = keras.layers.Dense(max(1, units // 4), use_bias=False)
        self.wide = keras.layers.Dense(units, use_bias=False)

    def build(self, input_shape):
        self.curved.build(input_shape)
        self.narrow.build(input_shape)
        self.wide.build((*input_shape[:-1], self.narrow.units))

    def call(self, x):
        return self.curved(x) + self.wide(self.narrow(x))


def residual_mlp(num_inputs, hidden, num_outputs, *, output_activation=None):
    """A multi-layer perceptron of residual units, with a dense layer at its end.

    Arguments and errors as for `mlp`.
    """
    shape = check_sizes(num_inputs, hidden, num_outputs)
    layers = [keras.Input(shape)]
    if len(shape) != 1:
        layers.append(keras.layers.Flatten())
    layers += [ResidualDense(units) for units in hidden]
    return keras.Sequential([*layers, keras.layers.Dense(num_outputs, activation=output_activation)])
