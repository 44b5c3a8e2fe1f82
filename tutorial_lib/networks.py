"""Networks: functions that return a built keras.Model, to be called inside compiled functions."""

import numbers

import keras


def mlp(num_inputs, hidden, num_outputs, *, activation="relu", output_activation=None):
    """A multi-layer perceptron: [B, num_inputs] -> [B, num_outputs].

    Args:
      num_inputs: length of an observation vector, or the shape of an observation, which is flattened.
      hidden: units of each hidden layer, such as [64, 64]; [] gives a linear map.
      num_outputs: units of the output layer.
      activation, output_activation: any Keras activation; None is linear.

    Raises:
      ValueError: hidden is no list, an empty observation, or a layer of fewer than 1 unit.
    """
    if not isinstance(hidden, (list, tuple)):
        raise ValueError(f"hidden must list the units of each layer, such as [64, 64], got {hidden!r}")
    shape = tuple(num_inputs) if isinstance(num_inputs, (tuple, list)) else (num_inputs,)
    if not shape or not all(_is_count(size) for size in shape):
        raise ValueError(f"num_inputs must be a length or a shape, such as 4 or (84, 84), got {num_inputs!r}")
    if not all(_is_count(units) for units in (*hidden, num_outputs)):
        raise ValueError(
            f"every layer needs at least 1 unit, got hidden={list(hidden)}, num_outputs={num_outputs!r}"
        )
    layers = [keras.Input(shape)]
    if len(shape) != 1:
        layers.append(keras.layers.Flatten())
    layers += [keras.layers.Dense(units, activation=activation) for units in hidden]
    layers.append(keras.layers.Dense(num_outputs, activation=output_activation))
    return keras.Sequential(layers)


def _is_count(x):
    return isinstance(x, numbers.Integral) and x >= 1
