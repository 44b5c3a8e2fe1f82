"""Rules for actions that are numbers, against answers worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import tutorial_lib as tl

MODES = {"eager": lambda f: f, "xla": lambda f: tf.function(f, jit_compile=True)}


@pytest.fixture(params=MODES)
def mode(request):
    return MODES[request.param]


def tensors(*rows):
    return [tf.constant(row, tf.float32) for row in rows]


def test_the_target_of_a_terminal_step_is_its_reward(mode):
    reward, discount, value = tensors([1.0, -2.0], [0.5, 0.0], [10.0, 10.0])
    np.testing.assert_allclose(mode(tl.td_target)(reward, discount, value), [6.0, -2.0])


def test_the_target_is_held_constant():
    reward, discount, value = tensors([1.0], [0.5], [10.0])
    with tf.GradientTape() as tape:
        tape.watch(value)
        target = tl.td_target(reward, discount, value)
    assert tape.gradient(target, value) is None


def test_smoothing_clips_the_noise_and_then_the_action(mode):
    action, noise = tensors([[0.0, 0.9, -0.2, 0.5]], [[0.3, 0.9, -0.1, -4.0]])
    np.testing.assert_allclose(
        mode(tl.smoothed_action)(action, noise, 0.5), [[0.3, 1.0, -0.3, 0.0]], atol=1e-6
    )


def test_the_slope_of_tanh(mode):
    u = np.float32([-3.0, -0.5, 0.0, 1.0, 4.0])
    np.testing.assert_allclose(
        mode(tl.log_tanh_slope)(tf.constant(u)), np.log(1 - np.tanh(u.astype(float)) ** 2), rtol=1e-4
    )


def test_the_slope_of_tanh_is_finite_far_out_and_so_is_its_gradient(mode):
    u = tf.constant([-20.0, 20.0])
    with tf.GradientTape() as tape:
        tape.watch(u)
        slope = mode(tl.log_tanh_slope)(u)
    np.testing.assert_allclose(slope, 2 * (np.log(2) - 20) * np.ones(2), rtol=1e-5)
    np.testing.assert_allclose(tape.gradient(slope, u), [2.0, -2.0], rtol=1e-5)


@pytest.mark.parametrize(("mean", "log_std"), [(0.0, 0.0), (0.7, -0.5), (-1.2, 0.4)])
def test_the_density_of_squashed_actions_integrates_to_one(mode, mean, log_std):
    edge = np.linspace(-1, 1, 200_001)
    middle = np.arctanh((edge[1:] + edge[:-1]) / 2).astype(np.float32)[:, None]
    parts = [tf.constant(x) for x in (np.full_like(middle, mean), np.full_like(middle, log_std), middle)]
    density = np.exp(mode(tl.squashed_log_prob)(*parts).numpy().astype(float))
    assert np.sum(density) * (edge[1] - edge[0]) == pytest.approx(1.0, abs=1e-3)


def test_squashed_log_prob_worked_out_by_hand(mode):
    mean, log_std, u = tensors([[0.0, 1.0]], [[0.0, -1.0]], [[0.5, 0.2]])
    normal = stats.norm.logpdf([0.5, 0.2], [0, 1], np.exp([0, -1])).sum()
    expected = normal - np.log(1 - np.tanh([0.5, 0.2]) ** 2).sum()
    np.testing.assert_allclose(mode(tl.squashed_log_prob)(mean, log_std, u), [expected], rtol=1e-5)


def test_an_action_and_its_density(mode):
    mean, log_std, noise = tensors([[0.5, -0.2]], [[np.log(2.0), 0.0]], [[0.25, 1.0]])
    action, log_prob = mode(tl.squashed_sample)(mean, log_std, noise)
    np.testing.assert_allclose(action, np.tanh([[1.0, 0.8]]), rtol=1e-5)
    np.testing.assert_allclose(
        log_prob, tl.squashed_log_prob(mean, log_std, tf.constant([[1.0, 0.8]])), rtol=1e-5
    )


def test_densities_far_out_are_finite():
    mean, log_std, u = tensors([[20.0], [-20.0], [0.0]], [[0.0], [-5.0], [2.0]], [[20.0], [-20.0], [20.0]])
    assert np.isfinite(tl.squashed_log_prob(mean, log_std, u)).all()


def test_the_gradient_of_a_sample_runs_through_mean_and_spread():
    mean, log_std, noise = tensors([[0.3]], [[0.0]], [[1.0]])
    with tf.GradientTape() as tape:
        tape.watch([mean, log_std])
        action, _ = tl.squashed_sample(mean, log_std, noise)
    slope = 1 - np.tanh(1.3) ** 2
    np.testing.assert_allclose(
        tf.concat(tape.gradient(action, [mean, log_std]), 1), [[slope, slope]], rtol=1e-5
    )


def test_soft_value(mode):
    np.testing.assert_allclose(mode(tl.soft_value)(*tensors([5.0, 5.0], [-1.0, 2.0], 0.5)), [5.5, 4.0])


@pytest.mark.parametrize(("log_prob", "direction"), [(3.0, -1), (-3.0, 1)])
def test_temperature_rises_where_the_entropy_is_too_small(log_prob, direction):
    log_temperature = tf.Variable(0.3)
    with tf.GradientTape() as tape:
        loss = tl.temperature_loss(log_temperature, tf.constant([log_prob]), -1.0)
    np.testing.assert_allclose(loss, [-0.3 * (log_prob - 1.0)], rtol=1e-6)
    gradient = float(tape.gradient(loss, log_temperature))
    assert np.sign(gradient) == direction
    assert gradient == pytest.approx(1.0 - log_prob)


def test_the_temperature_has_no_pull_on_the_policy():
    log_prob = tf.constant([0.5])
    with tf.GradientTape() as tape:
        tape.watch(log_prob)
        loss = tl.temperature_loss(tf.constant(0.3), log_prob, -1.0)
    assert tape.gradient(loss, log_prob) is None
