"""Rules for distributions of the return: pure functions, per sample [B]."""

import tensorflow as tf

from tutorial_lib.rules.value_losses import huber


def atoms(v_min, v_max, num_atoms):
    """The support of a categorical distribution: K returns, evenly spaced from v_min to v_max.

    Raises:
      ValueError: v_min ≥ v_max, or fewer than 2 atoms.
    """
    if not v_min < v_max:
        raise ValueError(f"v_min must be less than v_max, got {v_min} and {v_max}")
    if num_atoms < 2:
        raise ValueError(f"a distribution needs at least 2 atoms, got {num_atoms}")
    return tf.linspace(float(v_min), float(v_max), num_atoms)


def categorical_projection(support, probability, reward, discount):
    """The distribution of r + γ(1 − terminated) Z on the atoms of Z: C51's target (Bellemare et al., 2017).

    Each atom moves to r + γ z, is cut off at the ends of the support, and is shared between the two atoms
    nearest to it, more to the nearer one.

    Args:
      support: [K], evenly spaced, see `atoms`.
      probability: [B, K], of Z.
      reward, discount: [B]; the discount is 0 after a terminal step.

    Returns:
      [B, K], held constant; each row sums to what it summed to.
    """
    moved = reward[:, None] + discount[:, None] * support  # [B, K]
    moved = tf.clip_by_value(moved, support[0], support[-1])
    distance = tf.abs(moved[:, None, :] - support[:, None]) / (support[1] - support[0])  # [B, to, from]
    share = tf.maximum(1.0 - distance, 0.0)
    return tf.stop_gradient(tf.einsum("btf,bf->bt", share, probability))


def quantile_midpoints(num_quantiles):
    """τ̂ᵢ = (2i + 1) / 2K, i = 0 … K − 1: where each of K quantiles stands for its share. [K]

    Raises:
      ValueError: fewer than 2 quantiles.
    """
    if num_quantiles < 2:
        raise ValueError(f"a distribution needs at least 2 quantiles, got {num_quantiles}")
    return (tf.range(num_quantiles, dtype=tf.float32) + 0.5) / num_quantiles


def quantile_huber(quantiles, targets, kappa=1.0):
    """The loss whose least is at the quantiles of the targets (Dabney et al., 2018).

        Σᵢ mean over j of |τ̂ᵢ − 1{uᵢⱼ < 0}| Huber(uᵢⱼ) / κ,    uᵢⱼ = targetⱼ − quantileᵢ

    Args:
      quantiles: [B, K], θ₀ … of one action.
      targets: [B, J], samples of what they should describe, held constant.
      kappa: κ > 0, where Huber's loss becomes a line.

    Returns:
      [B].

    Raises:
      ValueError: κ ≤ 0.
    """
    if kappa <= 0:
        raise ValueError(f"kappa must be greater than 0, got {kappa}")
    u = tf.stop_gradient(targets)[:, None, :] - quantiles[:, :, None]  # [B, K, J]
    tau = quantile_midpoints(quantiles.shape[-1])[:, None]  # [K, 1]
    weight = tf.abs(tau - tf.cast(u < 0, tf.float32))
    return tf.reduce_sum(tf.reduce_mean(weight * huber(u, kappa) / kappa, axis=2), axis=1)
