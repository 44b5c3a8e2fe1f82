"""Networks of action values, with the heads that variants of DQN give them."""

import keras


class Duel(keras.layers.Layer):
    """Q(s, a) = V(s) + A(s, a) − mean of A(s, ·) (Wang et al., 2016): ([B, 1, …], [B, A, …]) -> [B, A, …].

    Without the mean, V could rise by what all A fall, and neither would mean anything.
    """

    def call(self, value, advantage):
        return value + advantage - keras.ops.mean(advantage, axis=1, keepdims=True)


def dqn_network(
    num_inputs, hidden, num_actions, *, num_atoms=None, dueling=False, scale=None, dense=keras.layers.Dense,
    first=None,
):  # fmt: skip
    """A network of action values: [B, num_inputs] -> [B, A], or [B, A, K] numbers of their distributions.

    Args:
      num_inputs: length of an observation vector.
      hidden: units of each hidden layer, such as [64, 64].
      num_actions: A.
      num_atoms: K, logits or quantiles per action; None gives the values themselves.
      dueling: the last hidden layer is twofold, one stream for V and one for A; `Duel` joins them.
      scale: what the observation is multiplied by, a number or one per input; None takes it as it is.
      dense: (units, activation=…) -> layer, such as a NoisyDense.
      first: the same, for the first hidden layer alone; None is `dense`.

    Raises:
      ValueError: a layer or head of fewer than 1 unit, fewer than 2 atoms, or streams without hidden layer.
    """
    if min([num_inputs, num_actions, *hidden]) < 1:
        raise ValueError(f"each layer needs a unit: got {num_inputs}, {list(hidden)}, {num_actions}")
    if num_atoms is not None and num_atoms < 2:
        raise ValueError(f"a distribution needs at least 2 atoms, got num_atoms={num_atoms}")
    if dueling and not hidden:
        raise ValueError("each stream needs a hidden layer: give hidden=[64], for one")

    def head(x, rows):
        if num_atoms is None:
            return dense(rows)(x)
        return keras.layers.Reshape((rows, num_atoms))(dense(rows * num_atoms)(x))

    inputs = keras.Input((num_inputs,))
    x = inputs if scale is None else keras.layers.Rescaling(scale)(inputs)
    layer = lambda i: (first or dense if i == 0 else dense)(hidden[i], activation="relu")  # noqa: E731
    for i in range(len(hidden) - dueling):
        x = layer(i)(x)
    if not dueling:
        return keras.Model(inputs, head(x, num_actions))
    streams = [head(layer(len(hidden) - 1)(x), rows) for rows in (1, num_actions)]
    return keras.Model(inputs, Duel()(*streams))
