"""Policies for continuous actions."""

import keras

from tutorial_lib.networks.mlp import mlp


class Spread(keras.layers.Layer):
    """Adds a learned log σ per action, the same in every state, to the means: [B, A] -> ([B, A], [B, A])."""

    def __init__(self, num_actions, start):
        super().__init__(name="spread")
        self.log_std = self.add_weight(
            shape=(num_actions,), initializer=keras.initializers.Constant(start), name="log_std"
        )

    def call(self, mean):
        return mean, self.log_std + keras.ops.zeros_like(mean)


def gaussian_policy(num_inputs, hidden, num_actions, *, log_std=0.0, **options):
    """A policy for continuous actions: [B, num_inputs] -> mean [B, A], log σ [B, A].

    Args:
      num_inputs, hidden: as for `mlp`.
      num_actions: A, the numbers that make up one action.
      log_std: log σ at the start; it is learned, and does not depend on the state.
      options: as for `mlp`.
    """
    mean = mlp(num_inputs, hidden, num_actions, **options)
    return keras.Model(mean.inputs[0], Spread(num_actions, log_std)(mean.outputs[0]))
