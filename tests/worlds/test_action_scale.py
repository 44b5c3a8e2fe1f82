"""The one place where an agent's numbers from −1 to 1 meet the actions of a world."""

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import ActionScale

LOPSIDED = gym.spaces.Box(np.float32([-1.0, 0.0]), np.float32([3.0, 0.5]))


def test_bounds_that_are_not_symmetric_worked_out_by_hand():
    scale = ActionScale(LOPSIDED)
    unit = tf.constant([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0], [0.5, -0.5]])
    action = [[-1.0, 0.0], [1.0, 0.25], [3.0, 0.5], [2.0, 0.125]]
    assert scale.size == 2
    np.testing.assert_allclose(scale.to_space(unit), action, rtol=1e-6)
    np.testing.assert_allclose(scale.to_unit(tf.constant(action)), unit, atol=1e-6)


def test_what_lies_beyond_one_is_cut_off_at_the_bounds():
    np.testing.assert_array_equal(ActionScale(LOPSIDED).to_space(tf.constant([[-7.0, 9.0]])), [[-1.0, 0.5]])


def test_every_action_is_in_its_space_to_the_last_bit():
    space = gym.spaces.Box(np.float32([-0.1, 1e-3, -7.3]), np.float32([0.7, 1e3, -7.1]))
    unit = np.random.default_rng(0).uniform(-1.2, 1.2, [1000, 3]).astype(np.float32)
    assert all(action in space for action in ActionScale(space).to_space(tf.constant(unit)).numpy())


def test_actions_of_several_axes_become_vectors():
    scale = ActionScale(gym.spaces.Box(-2.0, 2.0, (2, 2)))
    action = tf.constant([[[0.0, 1.0], [2.0, -2.0]]])
    np.testing.assert_allclose(scale.to_unit(action), [[0.0, 0.5, 1.0, -1.0]])
    np.testing.assert_allclose(scale.to_space(scale.to_unit(action)), action)


def test_compiled_is_as_eager():
    scale, unit = ActionScale(LOPSIDED), tf.constant([[0.2, -0.9], [-0.4, 1.0]])
    there = tf.function(scale.to_space, jit_compile=True)(unit)
    np.testing.assert_allclose(there, scale.to_space(unit), rtol=1e-6)
    back = tf.function(scale.to_unit, jit_compile=True)(there)
    np.testing.assert_allclose(back, scale.to_unit(there), rtol=1e-6)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (gym.spaces.Box(-np.inf, np.inf, (1,)), "their bounds must be finite, got Box"),
        (gym.spaces.Box(np.float32([0, -1]), np.float32([np.inf, 1])), "bounds must be finite"),
        (
            gym.spaces.Box(1.0, 1.0, (1,)),
            r"every low must be below its high, got low \[1\.\] and high \[1\.\]",
        ),
        (gym.spaces.Dict(a=LOPSIDED), "from a Box of floats, got the space Dict"),
        (gym.spaces.Box(0, 255, (1,), np.uint8), "from a Box of floats, got the space Box"),
        (gym.spaces.Discrete(2), "from a Box of floats, got the space Discrete"),
    ],
)
def test_spaces_that_cannot_be_scaled(space, message):
    with pytest.raises(ValueError, match=message):
        ActionScale(space)


@pytest.mark.parametrize(
    ("space", "action", "message"),
    [
        (LOPSIDED, [[0.0, 0.1], [3.1, 0.1]], r"the action \[3\.1 0\.1\] in row 1 is not in Box"),
        (LOPSIDED, [[np.nan, 0.1]], "in row 0 is not in Box"),
        (LOPSIDED, [0.0, 0.1], r"have the shape \[B, 2\], got \(2,\)"),
    ],
)
def test_actions_that_are_not_in_the_space(space, action, message):
    with pytest.raises(ValueError, match=message):
        ActionScale(space).to_unit(tf.constant(action))


def test_compiled_an_action_outside_becomes_nan_and_the_others_stay():
    unit = tf.function(ActionScale(LOPSIDED).to_unit, jit_compile=True)
    np.testing.assert_array_equal(unit(tf.constant([[1.0, 0.6], [-2.0, 0.25]])), [[0, np.nan], [np.nan, 0]])
