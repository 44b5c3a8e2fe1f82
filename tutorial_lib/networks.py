"""Networks: functions that return a built keras.Model, to be called inside compiled functions."""

import keras


def mlp(num_inputs, hidden, num_outputs, *, activation="relu", output_activation=None):
    """A multi-layer perceptron: [B, num_inputs] -> [B, num_outputs].

    Args:
      num_inputs: length of an observation vector, or the shape of an observation, which is flattened.
      hidden: units of each hidden layer, such as [64, 64]; [] gives a linear map.
      num_outputs: units of the output layer.
      activation, output_activation: any Keras activation; None is linear.

    Raises:
      ValueError: a layer of fewer than 1 unit.
    """
    for units in (*hidden, num_outputs):
        if units < 1:
            raise ValueError(
                f"every layer needs at least 1 unit, got hidden={list(hidden)}, num_outputs={num_outputs}"
            )
    shape = tuple(num_inputs) if isinstance(num_inputs, (tuple, list)) else (num_inputs,)
    layers = [keras.Input(shape)]
    if len(shape) != 1:
        layers.append(keras.layers.Flatten())
    layers += [keras.layers.Dense(units, activation=activation) for units in hidden]
    layers.append(keras.layers.Dense(num_outputs, activation=output_activation))
    return keras.Sequential(layers)
