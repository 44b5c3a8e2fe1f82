"""Distributions of the return: C51's projection and the loss of quantiles, against slow and simple ones."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import atoms, categorical_projection, quantile_huber, quantile_midpoints

SUPPORT = atoms(0, 4, 5)  # 0, 1, 2, 3, 4


def projected(probability, reward, discount):
    got = categorical_projection(
        SUPPORT, tf.constant([probability]), tf.constant([reward]), tf.constant([discount])
    )
    return got[0].numpy()


def test_a_move_by_a_whole_atom_shares_nothing():
    np.testing.assert_allclose(projected([0.5, 0.5, 0, 0, 0], 2.0, 1.0), [0, 0, 0.5, 0.5, 0])
    np.testing.assert_allclose(projected([0, 0, 0, 0, 1.0], 0.0, 0.5), [0, 0, 1, 0, 0])


def test_between_two_atoms_the_nearer_one_gets_more():
    np.testing.assert_allclose(projected([1.0, 0, 0, 0, 0], 1.25, 1.0), [0, 0.75, 0.25, 0, 0])
    np.testing.assert_allclose(projected([0, 1.0, 0, 0, 0], 0.0, 0.9), [0.1, 0.9, 0, 0, 0], atol=1e-6)


def test_beyond_the_ends_all_goes_to_the_last_atoms():
    np.testing.assert_allclose(projected([0.2] * 5, 9.0, 1.0), [0, 0, 0, 0, 1])
    np.testing.assert_allclose(projected([0.2] * 5, -9.0, 1.0), [1, 0, 0, 0, 0])
    np.testing.assert_allclose(projected([0.2] * 5, 4.0, 0.0), [0, 0, 0, 0, 1], atol=1e-6)


def test_after_a_terminal_step_only_the_reward_is_left():
    np.testing.assert_allclose(projected([0.1, 0.2, 0.3, 0.4, 0], 0.0, 0.0), [1, 0, 0, 0, 0])
    np.testing.assert_allclose(projected([0.1, 0.2, 0.3, 0.4, 0], 2.5, 0.0), [0, 0, 0.5, 0.5, 0])


def slow_projection(support, probability, reward, discount):
    """Atom by atom, as the paper's algorithm has it: floor and ceiling."""
    low, high, width = support[0], support[-1], support[1] - support[0]
    result = np.zeros(len(support))
    for z, p in zip(support, probability, strict=True):
        place = (min(max(reward + discount * z, low), high) - low) / width
        below, above = int(np.floor(place)), int(np.ceil(place))
        if below == above:
            result[below] += p
        else:
            result[below] += p * (above - place)
            result[above] += p * (place - below)
    return result


def test_a_thousand_cases_against_the_slow_projection():
    rng = np.random.default_rng(0)
    support = atoms(-10, 20, 31)
    probability = rng.dirichlet(np.full(31, 0.3), size=1_000).astype(np.float32)
    reward = rng.normal(0, 10, size=1_000).astype(np.float32)
    reward[:300] = reward[:300].round()  # integers land on atoms
    discount = rng.choice([0.0, 0.5, 0.9, 1.0], size=1_000).astype(np.float32)
    got = tf.function(categorical_projection, jit_compile=True)(support, probability, reward, discount)
    rows = zip(probability, reward, discount, strict=True)
    slow = [slow_projection(support.numpy().astype(float), *row) for row in rows]
    np.testing.assert_allclose(got, slow, atol=2e-5)
    np.testing.assert_allclose(tf.reduce_sum(got, axis=1), np.ones(1_000), atol=1e-5)


def test_the_quantile_loss_by_hand():
    """K = 2: τ̂ = ¼ and ¾; u = target − quantile, Huber with κ = 1."""
    np.testing.assert_allclose(quantile_midpoints(2), [0.25, 0.75])
    loss = quantile_huber(tf.constant([[0.0, 1.0]]), tf.constant([[0.5, 3.0]]))
    first = (0.25 * 0.125 + 0.25 * 2.5) / 2  # u = ½ and 3
    second = (0.25 * 0.125 + 0.75 * 1.5) / 2  # u = −½, where the weight is 1 − τ̂, and 2
    np.testing.assert_allclose(loss, [first + second])


def test_kappa_scales_the_line():
    loss = quantile_huber(tf.constant([[0.0, 0.0]]), tf.constant([[5.0]]), kappa=2.0)
    np.testing.assert_allclose(loss, [(0.25 + 0.75) * 2 * (5 - 1) / 2])


def test_its_least_is_at_the_quantiles():
    """Small κ: gradient descent on samples of 1 … 100 finds their quantiles."""
    samples, theta = tf.range(1.0, 101.0)[None], tf.Variable(tf.zeros([1, 4]))

    @tf.function(jit_compile=True)
    def descend():
        with tf.GradientTape() as tape:
            loss = quantile_huber(theta, samples, kappa=0.1)
        theta.assign_sub(0.5 * tape.gradient(loss, theta))

    for _ in range(2_000):
        descend()
    np.testing.assert_allclose(theta[0], [12.5, 37.5, 62.5, 87.5], atol=1.0)


def test_the_target_of_quantiles_is_held_constant():
    targets = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        loss = quantile_huber(tf.constant([[0.0, 1.0]]), targets)
    assert tape.gradient(loss, targets) is None


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="v_min must be less than v_max, got 3 and 3"):
        atoms(3, 3, 5)
    with pytest.raises(ValueError, match="at least 2 atoms, got 1"):
        atoms(0, 1, 1)
    with pytest.raises(ValueError, match="at least 2 quantiles, got 1"):
        quantile_midpoints(1)
    with pytest.raises(ValueError, match="kappa must be greater than 0, got 0"):
        quantile_huber(tf.zeros([1, 2]), tf.zeros([1, 2]), kappa=0)
