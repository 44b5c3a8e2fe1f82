import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import tutorial_lib as tl

MODES = {
    "eager": lambda f: f,
    "graph": tf.function,
    "xla": lambda f: tf.function(f, jit_compile=True),
}


@pytest.fixture(params=MODES)
def mode(request):
    return MODES[request.param]


def tensors(*rows):
    return [tf.constant(row, tf.float32) for row in rows]


def test_categorical(mode):
    logits = tf.math.log([[0.2, 0.8], [0.5, 0.5]]) + 3.0
    log_prob = mode(tl.categorical_log_prob)(logits, tf.constant([0, 1], tf.int64))
    np.testing.assert_allclose(log_prob, np.log([0.2, 0.5]), rtol=1e-5)
    entropy = [-0.2 * np.log(0.2) - 0.8 * np.log(0.8), np.log(2)]
    np.testing.assert_allclose(mode(tl.categorical_entropy)(logits), entropy, rtol=1e-5)


def test_entropy_of_a_certain_policy_is_zero_and_not_nan():
    logits = tf.constant([[1e4, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        entropy = tl.categorical_entropy(logits)
    assert entropy.numpy() == 0
    assert np.isfinite(tape.gradient(entropy, logits)).all()


def test_gaussian(mode):
    mean, log_std, action = tensors([[0.0, 1.0]], [[0.0, -1.0]], [[0.5, 3.0]])
    expected = stats.norm.logpdf([0.5, 3.0], [0, 1], np.exp([0, -1])).sum()
    np.testing.assert_allclose(mode(tl.gaussian_log_prob)(mean, log_std, action), [expected], rtol=1e-5)
    entropy = sum(stats.norm(scale=np.exp(s)).entropy() for s in (0, -1))
    np.testing.assert_allclose(mode(tl.gaussian_entropy)(log_std), [entropy], rtol=1e-5)


@pytest.mark.parametrize(
    ("ratio", "advantage", "objective"),
    [
        (1.0, 2.0, 2.0),
        (1.5, 2.0, 2.4),
        (0.5, 2.0, 1.0),
        (1.5, -2.0, -3.0),
        (0.5, -2.0, -1.6),
        (1.1, -1.0, -1.1),
    ],
)
def test_clipped_surrogate_is_the_pessimistic_one(mode, ratio, advantage, objective):
    log_prob, old, advantage = tensors([np.log(ratio) - 1.0], [-1.0], [advantage])
    loss = mode(tl.clipped_surrogate_loss)(log_prob, old, advantage, 0.2)
    np.testing.assert_allclose(loss, [-objective], rtol=1e-5)


@pytest.mark.parametrize(
    ("ratio", "advantage", "moves"),
    [(1.5, 1.0, False), (0.5, 1.0, True), (1.5, -1.0, True), (0.5, -1.0, False), (1.0, 1.0, True)],
)
def test_clipping_stops_the_gradient_only_where_nothing_is_left_to_gain(ratio, advantage, moves):
    log_prob, old, advantage = tensors([np.log(ratio)], [0.0], [advantage])
    with tf.GradientTape() as tape:
        tape.watch(log_prob)
        loss = tl.clipped_surrogate_loss(log_prob, old, advantage, 0.2)
    assert bool(np.any(tape.gradient(loss, log_prob) != 0)) == moves


def test_at_ratio_one_the_surrogate_has_the_policy_gradient():
    log_prob, advantage = tensors([-0.3, -1.2], [1.0, -2.0])
    gradients = []
    for rule in (
        lambda: tl.policy_gradient_loss(log_prob, advantage),
        lambda: tl.clipped_surrogate_loss(log_prob, log_prob, advantage, 0.2),
    ):
        with tf.GradientTape() as tape:
            tape.watch(log_prob)
            loss = rule()
        gradients.append(tape.gradient(loss, log_prob))
    np.testing.assert_allclose(*gradients, rtol=1e-5)
    np.testing.assert_allclose(gradients[0], [-1, 2], rtol=1e-5)


def test_value_losses(mode):
    value, old, target = tensors([1.0, 3.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    np.testing.assert_allclose(mode(tl.value_loss)(value, target), [0.5, 0.5, 2.0])
    np.testing.assert_allclose(
        mode(tl.clipped_value_loss)(value, old, target, 0.5), [0.5, 0.5, 2.0], rtol=1e-6
    )
    closer, start = tensors([1.9], [1.0])
    np.testing.assert_allclose(tl.clipped_value_loss(closer, start, target[:1], 0.5), [0.125], rtol=1e-5)


def test_value_target_is_held_constant():
    value, target = tensors([1.0], [3.0])
    with tf.GradientTape() as tape:
        tape.watch([value, target])
        loss = tl.value_loss(value, target)
    gradients = tape.gradient(loss, [value, target])
    np.testing.assert_allclose(gradients[0], [-2.0])
    assert gradients[1] is None


def test_losses_of_one_sample_are_finite_also_when_normalised():
    log_prob, old, advantage = tensors([-0.5], [-0.6], [3.0])
    loss = tl.clipped_surrogate_loss(log_prob, old, tl.normalise(advantage), 0.2)
    assert np.isfinite(loss).all()
