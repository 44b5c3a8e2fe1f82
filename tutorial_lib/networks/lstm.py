"""Networks with a memory."""

import keras
import tensorflow as tf


class Memory(keras.layers.Layer):
    """One step of an LSTM (Hochreiter & Schmidhuber, 1997): input [B, D], state [B, 2·units] -> state.

    A state is what it shows, h, and what it keeps, c, side by side. Four gates are made of the input and h:
    what to forget of c, what to write, how much of that, and how much of c to show.
    """

    def __init__(self, units):
        super().__init__()
        bias = keras.initializers.Constant([1.0] * units + [0.0] * 3 * units)  # at first it forgets little
        self.gates = keras.layers.Dense(4 * units, bias_initializer=bias)

    def call(self, x, state):
        h, c = keras.ops.split(state, 2, axis=-1)
        keep, let_in, let_out, new = keras.ops.split(
            self.gates(keras.ops.concatenate([x, h], -1)), 4, axis=-1
        )
        c = keras.ops.sigmoid(keep) * c + keras.ops.sigmoid(let_in) * keras.ops.tanh(new)
        h = keras.ops.sigmoid(let_out) * keras.ops.tanh(c)
        return keras.ops.concatenate([h, c], axis=-1)


def lstm_network(obs_size, units, num_actions, hidden=64):
    """Values of what is seen and remembered: [B, obs_size], state [B, 2·units] -> Q [B, A], state.

    The last entry of an observation is the mark of `marked_starts`: where it is 1 the state that came in is
    forgotten. So one network serves acting, one step at a time, and learning, over stretches that run across
    the ends of episodes (Hausknecht & Stone, 2015). A layer of `hidden` units stands before the values.

    Raises:
      ValueError: a size < 1, or obs_size < 2: there must be something to see beside the mark.
    """
    if obs_size < 2 or min(units, num_actions, hidden) < 1:
        raise ValueError(
            "obs_size must be at least 2, units, num_actions and hidden at least 1, got "
            f"{obs_size}, {units}, {num_actions} and {hidden}"
        )
    observation, state = keras.Input((obs_size,)), keras.Input((2 * units,))
    seen, mark = observation[:, :-1], observation[:, -1:]
    after = Memory(units)(seen, state * (1.0 - mark))
    both = keras.ops.concatenate([seen, after[:, :units]], axis=-1)
    q = keras.layers.Dense(num_actions)(keras.layers.Dense(hidden, activation="relu")(both))
    return keras.Model([observation, state], [q, after])


def unroll(network, observations, state):
    """Steps through stretches of time: observations [B, L, D], state [B, S] -> Q [B, L, A], states [B, L, S].

    states[:, t] is what the network remembers *after* it has seen observation t.
    """
    first = tf.zeros([tf.shape(state)[0], network.output_shape[0][-1]]), state
    step = lambda carry, observation: tuple(network([observation, carry[1]]))  # noqa: E731
    q, states = tf.scan(step, tf.transpose(observations, [1, 0, 2]), first)
    return tf.transpose(q, [1, 0, 2]), tf.transpose(states, [1, 0, 2])
