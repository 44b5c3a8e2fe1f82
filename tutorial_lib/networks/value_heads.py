"""Networks of action values, with the heads that variants of DQN give them."""

import keras


class Duel(keras.layers.Layer):
    """Q(s, a) = V(s) + A(s, a) − mean of A(s, ·) (Wang et al., 2016): ([B, 1, …], [B, A, …]) -> [B, A, …].

    Without the mean, V could rise by what all A fall, and neither would mean anything.
    """

    def call(self, value, advantage):
        return value + advantage - keras.ops.mean(advantage, axis=1, keepdims=True)


def dqn_network(
    num_inputs, hidden, num_actions, *, num_atoms=None, dueling=False, scale=None, dense=keras.layers.Dense
):  # fmt: skip
    """A network of action values: [B, num_inputs] -> [B, A], or [B, A, K] numbers of their distributions.

    Args:
      num_inputs: length of an observation vector.
      hidden: units of each hidden layer, such as [64, 64].
      num_actions: A.
      num_atoms: K, logits or quantiles per action; None gives the values themselves.
      dueling: the last hidden layer is cut in two (as in Wang et al.'s corridor), one half for V and one
        for A; `Duel` joins them.
      scale: what the observation is multiplied by, a number or one per input; None takes it as it is.
      dense: (units, activation=…) -> layer, such as a NoisyDense.

    Raises:
      ValueError: a layer or head of fewer than 1 unit, fewer than 2 atoms, or a last hidden layer that
        cannot be cut in two.
    """
    if min([num_inputs, num_actions, *hidden]) < 1:
        raise ValueError(f"each layer needs a unit: got {num_inputs}, {list(hidden)}, {num_actions}")
    if num_atoms is not None and num_atoms < 2:
        raise ValueError(f"a distribution needs at least 2 atoms, got num_atoms={num_atoms}")
    if dueling and (not hidden or hidden[-1] % 2):
        raise ValueError(f"dueling cuts the last hidden layer in two: give [64], for one, got {list(hidden)}")

    def head(x, rows):
        if num_atoms is None:
            return dense(rows)(x)
        return keras.layers.Reshape((rows, num_atoms))(dense(rows * num_atoms)(x))

    inputs = keras.Input((num_inputs,))
    x = inputs if scale is None else keras.layers.Rescaling(scale)(inputs)
    for units in hidden:
        x = dense(units, activation="relu")(x)
    if not dueling:
        return keras.Model(inputs, head(x, num_actions))
    of_state, of_actions = keras.ops.split(x, 2, axis=-1)
    return keras.Model(inputs, Duel()(head(of_state, 1), head(of_actions, num_actions)))
