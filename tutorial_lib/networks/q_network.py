"""The value of an action that is a vector of numbers."""

import keras

from tutorial_lib.networks.mlp import mlp


def q_network(num_inputs, num_actions, hidden, *, body=mlp, **options):
    """A critic Q(s, a): [observations [B, num_inputs], actions [B, num_actions]] -> [B].

    Args:
      num_inputs: as for `mlp`; an observation of several axes is flattened.
      num_actions: A, the numbers that make up one action.
      hidden, options: as for the body.
      body: (num_inputs, hidden, num_outputs) -> network, such as `mlp` or `residual_mlp`.
    """
    shape = tuple(num_inputs) if isinstance(num_inputs, (tuple, list)) else (num_inputs,)
    observation, action = keras.Input(shape), keras.Input((num_actions,))
    flat = keras.layers.Flatten()(observation) if len(shape) != 1 else observation
    both = keras.layers.Concatenate()([flat, action])
    value = body(both.shape[-1], hidden, 1, **options)(both)
    return keras.Model([observation, action], keras.layers.Reshape(())(value))
