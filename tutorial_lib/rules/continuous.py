"""Rules for actions that are numbers, of DDPG, TD3 and SAC: pure functions, one number per sample [B]."""

import math

import tensorflow as tf

from tutorial_lib.rules.policy_losses import gaussian_log_prob


def td_target(reward, discount, next_value):
    """r + γ (1 − terminated) V(s′), held constant: three tensors [B] -> [B]."""
    return tf.stop_gradient(reward + discount * next_value)


def smoothed_action(action, noise, clip):
    """TD3's target action with some noise: a narrow peak of Q then counts for little (Fujimoto et al., 2018).

        a′ = clip(μ(s′) + clip(noise, −c, c), −1, 1)

    Args:
      action: μ(s′) [B, A], from −1 to 1.
      noise: [B, A].
      clip: c ≥ 0.
    """
    return tf.clip_by_value(action + tf.clip_by_value(noise, -clip, clip), -1.0, 1.0)


def log_tanh_slope(u):
    """log (1 − tanh² u) = 2 (log 2 − u − softplus(−2 u)), finite for every u; elementwise."""
    return 2.0 * (math.log(2.0) - u - tf.math.softplus(-2.0 * u))


def squashed_log_prob(mean, log_std, u):
    """log density of the action tanh(u), where u is normal (Haarnoja et al., 2018): three [B, A] -> [B].

    log π(tanh u) = log N(u; mean, σ) − Σ log (1 − tanh² u)
    """
    return gaussian_log_prob(mean, log_std, u) - tf.reduce_sum(log_tanh_slope(u), axis=-1)


def squashed_sample(mean, log_std, noise):
    """An action tanh(mean + σ · noise) and the logarithm of its density: three [B, A] -> [B, A], [B].

    The noise is standard normal and made outside, so that the gradient runs through mean and σ.
    """
    u = mean + tf.exp(log_std) * noise
    return tf.tanh(u), squashed_log_prob(mean, log_std, u)


def soft_value(q, log_prob, temperature):
    """Q(s, a) − α log π(a|s), for an a drawn from π: a sample of the soft value of s. [B]."""
    return q - temperature * log_prob


def temperature_loss(log_temperature, log_prob, target_entropy):
    """−log α (log π + H̄), log π held constant: α falls where the entropy is above H̄ (Haarnoja et al., 2018).

    Args:
      log_temperature: log α, a scalar, which is learned.
      log_prob: log π(a|s) [B]; the entropy is its negative mean.
      target_entropy: H̄ in nats; −A is usual.

    Returns:
      [B].
    """
    return -log_temperature * tf.stop_gradient(log_prob + target_entropy)
