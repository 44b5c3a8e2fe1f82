"""Returns and advantages: pure functions of rewards and values."""

import numpy as np
import tensorflow as tf


def discounted_returns(reward, discount):
    """The return that follows every step.

        Gₜ = rₜ + γₜ Gₜ₊₁

    Args:
      reward: [T] or [T, B] float32; 0 at padding.
      discount: γ as one number, or per step like `reward`: γ (1 − done), which keeps episodes apart.

    Returns:
      G, shaped like `reward`: [10, 0, −50] with γ = 0.8 gives [−22, −40, −50].

    Raises:
      ValueError: no rewards, a reward that is NaN, γ outside [0, 1], or shapes that differ.
    """
    reward = _checked(reward, "reward")
    _check_unit_interval(discount, "discount")
    discount = tf.cast(discount, tf.float32)
    if discount.shape.rank == 0:
        discount = tf.fill(tf.shape(reward), discount)
    _check_same_shape(reward=reward, discount=discount)
    return tf.scan(lambda g, x: x[0] + x[1] * g, (reward, discount), tf.zeros_like(reward[0]), reverse=True)


def normalise(x, mask=None, epsilon=1e-8):
    """Shifts to mean 0 and scales to standard deviation 1 over all real entries; padding stays 0.

    Args:
      x: float32 of any shape.
      mask: like x, 1 where an entry counts; None counts all.

    Raises:
      ValueError: nothing to normalise, a NaN, or a mask of another shape.
    """
    x = _checked(x, "x")
    mask = tf.ones_like(x) if mask is None else tf.cast(mask, tf.float32)
    _check_same_shape(x=x, mask=mask)
    count = tf.reduce_sum(mask)
    if tf.executing_eagerly() and count == 0:
        raise ValueError("there is nothing to normalise: the mask leaves no entry")
    mean = tf.reduce_sum(x * mask) / count
    variance = tf.reduce_sum(tf.square(x - mean) * mask) / count
    return (x - mean) * mask / (tf.sqrt(variance) + epsilon)


def gae(reward, discount, value, next_value, done, lambda_):
    """Generalised advantage estimates (Schulman et al., 2016).

        δₜ = rₜ + γₜ V(sₜ₊₁) − V(sₜ)
        Âₜ = δₜ + γₜ λ (1 − doneₜ) Âₜ₊₁

    Args (each [T, B] float32):
      discount: γ (1 − terminated); a truncated step still bootstraps.
      next_value: V of the true successor, before any reset.
      done: terminated or truncated; Â never crosses episodes.
      lambda_: λ in [0, 1]; 0 trusts V after one step, 1 waits for the whole return.

    Returns:
      Â, [T, B]; the value target is Â + value.

    Raises:
      ValueError: λ outside [0, 1], no steps, a reward that is NaN, or shapes that differ: a value [T, B, 1]
        would silently become [T, B, B] when a reward [T, B] is added.
    """
    _check_unit_interval(lambda_, "lambda_")
    reward = _checked(reward, "reward")
    discount, value, next_value, done = (tf.cast(x, tf.float32) for x in (discount, value, next_value, done))
    _check_same_shape(reward=reward, discount=discount, value=value, next_value=next_value, done=done)
    td_error = reward + discount * next_value - value
    decay = discount * lambda_ * (1.0 - done)
    return tf.scan(
        lambda advantage, x: x[0] + x[1] * advantage,
        (td_error, decay),
        tf.zeros_like(td_error[0]),
        reverse=True,
    )


def lambda_returns(reward, discount, value, next_value, done, lambda_):
    """The λ-return Gλ = Âλ + V: the value target that belongs to `gae`. Same arguments, [T, B]."""
    return gae(reward, discount, value, next_value, done, lambda_) + tf.cast(value, tf.float32)


def _check_unit_interval(x, name):
    if isinstance(x, (int, float, np.floating)) and not 0 <= x <= 1:
        raise ValueError(f"{name} must be in [0, 1], got {x}")


def _check_same_shape(**tensors):
    """Raises unless all have the shape of the first, as far as shapes are known while compiling."""
    (first, expected), *others = tensors.items()
    for name, tensor in others:
        if not tensor.shape.is_compatible_with(expected.shape):
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(expected.shape)}, got {tuple(tensor.shape)}"
            )


def _checked(x, name):
    """x as a float32 tensor; when called outside compiled code, empty or NaN input is an error."""
    x = tf.cast(x, tf.float32)
    if 0 in x.shape:
        raise ValueError(f"an empty episode has no returns: {name} has shape {tuple(x.shape)}")
    if tf.executing_eagerly() and bool(tf.reduce_any(tf.math.is_nan(x))):
        where = tf.where(tf.math.is_nan(x))[0].numpy().tolist()
        raise ValueError(
            f"{name} is NaN at index {where}: look at the environment or the network that made it"
        )
    return x
