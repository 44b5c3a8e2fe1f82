"""Networks that predict what an action leads to."""

import keras

from tutorial_lib.networks.mlp import check_sizes


def world_model(num_inputs, num_actions, hidden, *, activation="relu"):
    """A world model with three heads on one trunk, for observations s and actions a as vectors.

    Args:
      num_inputs: D, length of an observation.
      num_actions: A, length of an action vector: one-hot for actions that are numbered.
      hidden: units of each hidden layer, such as [256, 256].
      activation: any Keras activation.

    Returns:
      A network ([B, D], [B, A]) -> (next observation s′ [B, D], reward r [B], logit of "s′ is terminal" [B]).

    Raises:
      ValueError: hidden is no list, or a layer of fewer than 1 unit.
    """
    check_sizes(num_inputs, hidden, num_actions)
    observation, action = keras.Input([num_inputs]), keras.Input([num_actions])
    x = keras.layers.Concatenate()([observation, action])  # [B, D + A]
    for units in hidden:
        x = keras.layers.Dense(units, activation=activation)(x)
    next_observation, reward, terminal = (keras.layers.Dense(size)(x) for size in (num_inputs, 1, 1))
    return keras.Model([observation, action], [next_observation, reward[:, 0], terminal[:, 0]])
