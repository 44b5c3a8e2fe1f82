"""A policy for bounded actions: a normal distribution, squashed by tanh."""

import keras

from tutorial_lib.networks.mlp import mlp

LOWEST, HIGHEST = -5.0, 2.0  # of log σ


class MeanAndSpread(keras.layers.Layer):
    """Cuts [B, 2 A] in two: means, and log σ kept within −5 … 2 by a tanh, so that its gradient lives."""

    def call(self, x):
        mean, raw = keras.ops.split(x, 2, axis=-1)
        share = 0.5 * (keras.ops.tanh(raw) + 1.0)
        return mean, LOWEST + (HIGHEST - LOWEST) * share


def squashed_policy(num_inputs, hidden, num_actions, *, body=mlp, **options):
    """SAC's actor (Haarnoja et al., 2018): [B, num_inputs] -> mean [B, A], log σ [B, A], both of the state.

    The action is tanh(mean + σ · noise), see `squashed_sample`; the greedy one is tanh(mean).

    Args:
      num_inputs, hidden, options: as for the body.
      num_actions: A.
      body: (num_inputs, hidden, num_outputs) -> network, such as `mlp` or `residual_mlp`.
    """
    both = body(num_inputs, hidden, 2 * num_actions, **options)
    return keras.Model(both.inputs[0], MeanAndSpread(name="mean_and_spread")(both.outputs[0]))
