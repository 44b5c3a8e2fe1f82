"""The multi-layer perceptron."""

import numbers

import keras


def mlp(num_inputs, hidden, num_outputs, *, activation="relu", output_activation=None, gains=None):
    """A multi-layer perceptron: [B, num_inputs] -> [B, num_outputs].

    Args:
      num_inputs: length of an observation vector, or the shape of an observation, which is flattened.
      hidden: units of each hidden layer, such as [64, 64]; [] gives a linear map.
      num_outputs: units of the output layer.
      activation, output_activation: any Keras activation; None is linear.
      gains: (hidden, output) makes the initial weights orthogonal, scaled so; None leaves Keras's choice.

    Raises:
      ValueError: hidden is no list, an empty observation, or a layer of fewer than 1 unit.
    """
    shape = check_sizes(num_inputs, hidden, num_outputs)
    layers = [keras.Input(shape)]
    if len(shape) != 1:
        layers.append(keras.layers.Flatten())
    inner, last = ("glorot_uniform",) * 2 if gains is None else map(keras.initializers.Orthogonal, gains)
    for units in hidden:
        layers.append(keras.layers.Dense(units, activation=activation, kernel_initializer=_fresh(inner)))
    layers.append(
        keras.layers.Dense(num_outputs, activation=output_activation, kernel_initializer=_fresh(last))
    )
    return keras.Sequential(layers)


def check_sizes(num_inputs, hidden, num_outputs):
    """The shape of an observation, after all that `mlp` promises to refuse."""
    if not isinstance(hidden, (list, tuple)):
        raise ValueError(f"hidden must list the units of each layer, such as [64, 64], got {hidden!r}")
    shape = tuple(num_inputs) if isinstance(num_inputs, (tuple, list)) else (num_inputs,)
    if not shape or not all(_is_count(size) for size in shape):
        raise ValueError(f"num_inputs must be a length or a shape, such as 4 or (84, 84), got {num_inputs!r}")
    if not all(_is_count(units) for units in (*hidden, num_outputs)):
        raise ValueError(
            f"every layer needs at least 1 unit, got hidden={list(hidden)}, num_outputs={num_outputs!r}"
        )
    return shape


def _fresh(initializer):
    """One per layer: an initializer used twice would give two layers of one shape the same weights."""
    return initializer.clone() if hasattr(initializer, "clone") else initializer


def _is_count(x):
    return isinstance(x, numbers.Integral) and x >= 1
