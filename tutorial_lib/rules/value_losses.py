"""Rules for action values: pure functions, one number per sample [B]."""

import tensorflow as tf


def dqn_target(reward, discount, q_next):
    """r + γ (1 − terminated) maxₐ′ Q(s′, a′; θ⁻) (Mnih et al., 2015).

    Args:
      reward, discount: [B]; the discount is 0 after a terminal step.
      q_next: [B, A] values of the next observations by the target network.

    Returns:
      The targets [B], held constant.
    """
    return tf.stop_gradient(reward + discount * tf.reduce_max(q_next, axis=-1))


def squared(td_error):
    """½ δ², whose gradient is δ: [B] -> [B]."""
    return 0.5 * tf.square(td_error)


def huber(td_error, kappa=1.0):
    """½ δ² where |δ| ≤ κ, and κ (|δ| − ½ κ) beyond: no gradient exceeds κ (Huber, 1964). [B] -> [B]."""
    size = tf.abs(td_error)
    return tf.where(size <= kappa, 0.5 * tf.square(td_error), kappa * (size - 0.5 * kappa))
