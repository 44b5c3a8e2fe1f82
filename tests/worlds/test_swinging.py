"""The pendulums, step by step beside Gymnasium's own; what holds for every world is in test_classic."""

import math

import numpy as np
import pytest
import tensorflow as tf
from twins import compare_steps, free_runs

from tutorial_lib import Acrobot, Pendulum
from tutorial_lib.worlds.swinging import wrap


def rods_anywhere(share):
    """Every angle, at speeds up to this share of the bounds."""
    scale = np.array([math.pi, math.pi, share * 4 * math.pi, share * 9 * math.pi])
    return lambda rng, num_envs: rng.uniform(-1, 1, (num_envs, 4)) * scale


def rod_anywhere(rng, num_envs):
    """Three turns either way, at speeds up to the bounds."""
    return rng.uniform(-1, 1, (num_envs, 2)) * [6 * math.pi, 8]


@pytest.mark.slow
@pytest.mark.parametrize(("share", "tolerance"), [(0.5, 2e-5), (1, 1e-2)])
def test_acrobot_steps_as_gymnasiums(share, tolerance):
    """At full speed the lower rod turns 5.6 rad in a step, and rounding grows a thousandfold in it."""
    worst, num_ends = compare_steps(Acrobot(), rods_anywhere(share))
    assert (worst <= [tolerance, tolerance, 0]).all(), worst
    assert num_ends > 500


def test_pendulum_steps_as_gymnasiums():
    worst, num_ends = compare_steps(Pendulum(), rod_anywhere)
    assert (worst <= [5e-6, 5e-6, 2e-5]).all(), worst
    assert num_ends == 0


@pytest.mark.parametrize(
    ("world", "act"),
    [
        (Acrobot(), lambda o: np.where(o[:, 4] > 0, 2, 0)),
        (Pendulum(), lambda o: 3 * np.sign(o[:, 2:])),
    ],
    ids=lambda x: getattr(x, "env_id", ""),
)
def test_they_swing_as_gymnasiums(world, act):
    ours, theirs = free_runs(world, act, 60)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-4)


def test_acrobot_pays_nothing_for_the_step_that_arrives():
    world, hanging, high = Acrobot(), [0, 0, 0, 0], [math.pi, 0.1, 0, 0]
    state = tf.constant([hanging, high], tf.float32)
    assert world.terminal(state).numpy().tolist() == [False, True]
    assert world.reward(None, None, state).numpy().tolist() == [-1, 0]


def test_pendulum_pays_for_where_it_was_and_for_the_clipped_torque():
    """−(1² + 0.1 · 2² + 0.001 · 2²), one turn further the same."""
    state = tf.constant([[1.0, 2.0], [1.0 + 2 * math.pi, 2.0]])
    reward = Pendulum().reward(state, tf.constant([[5.0], [-5.0]]), tf.zeros([2, 2]))
    np.testing.assert_allclose(reward, [-1.404] * 2, rtol=1e-6)


@pytest.mark.parametrize(("turns", "rest"), [(0, 0.5), (1, 0.5), (-3, 0.5), (0, -3), (2, 3)])
def test_an_angle_is_wrapped_from_any_number_of_turns(turns, rest):
    np.testing.assert_allclose(wrap(tf.constant(turns * 2 * math.pi + rest)), rest, rtol=0, atol=5e-6)
