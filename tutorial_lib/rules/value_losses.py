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


def double_dqn_target(reward, discount, q_next_online, q_next_target):
    """r + γ (1 − terminated) Q(s′, argmaxₐ′ Q(s′, a′; θ); θ⁻) (van Hasselt et al., 2016).

    Args:
      reward, discount: [B]; the discount is 0 after a terminal step.
      q_next_online: [B, A] values of the next observations by the online network, which chooses.
      q_next_target: [B, A] by the target network, which says what the choice is worth.

    Returns:
      The targets [B], held constant.
    """
    best = tf.argmax(q_next_online, axis=-1)  # [B]
    v_next = tf.gather(q_next_target, best, batch_dims=1)  # [B]
    return tf.stop_gradient(reward + discount * v_next)


def importance_weights(probability, beta):
    """(P / smallest P of the batch)^−β: how much a row of prioritised replay counts (Schaul et al., 2016).

    Rows that are drawn more often count less; β = 1 undoes the drawing, β = 0 leaves it. The largest is 1.

    Args:
      probability: [B], of drawing each row.
      beta: β in [0, 1], a number or a scalar tensor.

    Raises:
      ValueError: a number β outside [0, 1].
    """
    if not tf.is_tensor(beta) and not 0 <= beta <= 1:
        raise ValueError(f"beta must be in [0, 1], got {beta}")
    return tf.pow(probability / tf.reduce_min(probability), -beta)


def squared(td_error):
    """½ δ², whose gradient is δ: [B] -> [B]."""
    return 0.5 * tf.square(td_error)


def huber(td_error, kappa=1.0):
    """½ δ² where |δ| ≤ κ, and κ (|δ| − ½ κ) beyond: no gradient exceeds κ (Huber, 1964). [B] -> [B]."""
    size = tf.abs(td_error)
    return tf.where(size <= kappa, 0.5 * tf.square(td_error), kappa * (size - 0.5 * kappa))
