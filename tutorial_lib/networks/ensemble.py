"""Several networks of one shape, trained side by side: where they disagree, none of them knows."""

import keras
import tensorflow as tf

from tutorial_lib.networks.mlp import check_sizes

LOG_STD = -5.0, 1.0  # the least and the most that log σ can be, in units of a typical change


class MembersDense(keras.layers.Layer):
    """A dense layer of M members, each with weights of its own: [M, B, inputs] -> [M, B, units]."""

    def __init__(self, units, activation=None):
        super().__init__()
        self.units, self.activation = units, keras.activations.get(activation)

    def build(self, shape):
        members, _, inputs = shape
        normal = keras.initializers.RandomNormal(stddev=inputs**-0.5)  # of one member; Keras would count all
        self.kernel = self.add_weight(shape=(members, inputs, self.units), initializer=normal, name="kernel")
        self.bias = self.add_weight(shape=(members, 1, self.units), initializer="zeros", name="bias")

    def call(self, x):
        return self.activation(tf.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


class Changes(keras.layers.Layer):
    """From raw outputs [M, B, 2 (D + 1)] to s′ = s + change · output and r, with log σ of both.

    Args:
      change: a typical change of each observation in one step, [D].
      differences: whether s is added; without it the network must say all of s′.
    """

    def __init__(self, change, differences):
        super().__init__()
        self.change, self.differences = change, differences

    def call(self, observation, outputs):
        mean, raw = tf.split(outputs, 2, axis=-1)  # [M, B, D + 1] each
        low, high = LOG_STD
        log_std = low + (high - low) * tf.sigmoid(raw)
        unit = tf.constant([*self.change, 1.0])  # the last one is the reward's
        next_observation = mean[..., :-1] * unit[:-1] + (observation if self.differences else 0.0)
        return next_observation, mean[..., -1], log_std + tf.math.log(unit)


def ensemble(
    num_members, num_inputs, num_actions, hidden, *, scale=1.0, change=1.0, differences=True,
    activation="silu",
):  # fmt: skip
    """A probabilistic ensemble of world models (Chua et al., 2018), each for all B rows of its own.

        s′ ~ N(s + change · f(s / scale, a), σ²),   r ~ N(g(s / scale, a), σ²)

    Args:
      num_members: M.
      num_inputs: D, length of an observation.
      num_actions: A, length of an action vector: one-hot for actions that are numbered.
      hidden: units of each hidden layer.
      scale, change: typical sizes of an observation and of what one step adds to it, a number or [D].
      differences: False has the network say s′ itself, in units of `change`.
      activation: any Keras activation.

    Returns:
      A network ([M, B, D], [M, B, A]) -> (mean s′ [M, B, D], mean r [M, B], logit of "s′ is terminal" [M, B],
      log σ of s′ and r [M, B, D + 1]).

    Raises:
      ValueError: num_members < 1, hidden is no list, a layer of fewer than 1 unit, or sizes that are not
        positive.
    """
    check_sizes(num_inputs, hidden, num_actions)
    if num_members < 1:
        raise ValueError(f"num_members must be at least 1, got {num_members}")
    scale, change = (_sizes(name, x, num_inputs) for name, x in (("scale", scale), ("change", change)))
    observation = keras.Input(batch_shape=(num_members, None, num_inputs))
    action = keras.Input(batch_shape=(num_members, None, num_actions))
    x = keras.layers.Concatenate()([observation / tf.constant(scale), action])
    for units in hidden:
        x = MembersDense(units, activation)(x)
    outputs, terminal = MembersDense(2 * (num_inputs + 1))(x), MembersDense(1)(x)
    next_observation, reward, log_std = Changes(change, differences)(observation, outputs)
    return keras.Model([observation, action], [next_observation, reward, terminal[..., 0], log_std])


def for_members(num_members, x):
    """The same rows for every member: [B, …] -> [M, B, …]."""
    return tf.broadcast_to(x, [num_members, *x.shape])


def pick_members(x, member):
    """Row b as member[b] sees it: x [M, B, …], member [B] int64 -> [B, …]."""
    rows = tf.range(member.shape[0], dtype=tf.int64)
    return tf.gather_nd(x, tf.stack([member, rows], axis=-1))


def disagreement(x, unit=1.0):
    """How far members are apart: the standard deviation over them, in units, mean over D: [M, B, D] -> [B].

    Raises:
      ValueError: fewer than two members.
    """
    if x.shape[0] < 2:
        raise ValueError(
            f"an ensemble of {x.shape[0]} has nobody to disagree with: give it at least 2 members"
        )
    return tf.reduce_mean(tf.math.reduce_std(x, axis=0) / unit, axis=-1)


def _sizes(name, sizes, length):
    """A list of `length` positive numbers."""
    sizes = [float(x) for x in sizes] if hasattr(sizes, "__len__") else [float(sizes)] * length
    if len(sizes) != length or not all(0 < x < float("inf") for x in sizes):
        raise ValueError(f"{name} must be one positive number, or {length} of them, got {sizes}")
    return sizes
