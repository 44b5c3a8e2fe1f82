"""Rules for policies and their critics: pure functions, one number per sample [B]."""

import math

import tensorflow as tf


def categorical_log_prob(logits, action):
    """log π(a|s) of the actions taken: logits [B, A], action [B] int64 -> [B]."""
    return -tf.nn.sparse_softmax_cross_entropy_with_logits(action, logits)


def categorical_entropy(logits):
    """H = −Σₐ π(a|s) log π(a|s) in nats, from 0 (certain) to log A (uniform): [B, A] -> [B]."""
    log_prob = tf.nn.log_softmax(logits)
    return -tf.reduce_sum(tf.exp(log_prob) * log_prob, axis=-1)


def gaussian_log_prob(mean, log_std, action):
    """log density of independent normal actions: mean, log_std, action [B, A] -> [B]."""
    z = (action - mean) * tf.exp(-log_std)
    return -tf.reduce_sum(0.5 * tf.square(z) + log_std + 0.5 * math.log(2 * math.pi), axis=-1)


def gaussian_entropy(log_std):
    """H = Σ log σ + ½ log 2πe, in nats: [B, A] -> [B]."""
    return tf.reduce_sum(log_std + 0.5 * math.log(2 * math.pi * math.e), axis=-1)


def policy_gradient_loss(log_prob, advantage):
    """−Â log π(a|s), with Â held constant: its gradient is the policy gradient (Sutton et al., 2000). [B]."""
    return -tf.stop_gradient(advantage) * log_prob


def clipped_surrogate_loss(log_prob, old_log_prob, advantage, clip):
    """PPO's pessimistic objective (Schulman et al., 2017), as a loss [B].

        ρ = π(a|s) / π_old(a|s)
        L = −min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â)

    Args:
      log_prob, old_log_prob: [B] log-probabilities now, and when the action was taken.
      advantage: Â [B]; held constant.
      clip: ε ≥ 0; beyond 1 ± ε a step further in the direction that Â asks for gains nothing.
    """
    advantage = tf.stop_gradient(advantage)
    ratio = tf.exp(log_prob - tf.stop_gradient(old_log_prob))
    return -tf.minimum(ratio * advantage, tf.clip_by_value(ratio, 1.0 - clip, 1.0 + clip) * advantage)


def value_loss(value, value_target):
    """½ (target − V(s))², with the target held constant: its gradient is −(target − V) ∇V. [B]."""
    return 0.5 * tf.square(tf.stop_gradient(value_target) - value)


def clipped_value_loss(value, old_value, value_target, clip):
    """The larger of the value losses of V and of V kept within ± clip of its old value. [B]."""
    near = old_value + tf.clip_by_value(value - old_value, -clip, clip)
    return tf.maximum(value_loss(value, value_target), value_loss(near, value_target))
