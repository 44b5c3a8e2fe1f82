"""Networks: their shapes, their arithmetic, and what they say to bad input."""

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import actor_for, gaussian_policy, mlp


def test_layers_and_parameters():
    network = mlp(4, [64, 32], 2)
    assert [tuple(w.shape) for w in network.weights] == [(4, 64), (64,), (64, 32), (32,), (32, 2), (2,)]
    assert network(tf.zeros([5, 4])).shape == (5, 2)


def test_arithmetic_of_a_network_worked_out_by_hand():
    network = mlp(2, [2], 1, activation="relu", output_activation="tanh")
    network.set_weights(
        [np.array([[1.0, -1], [2, 0]]), np.array([0.0, 1]), np.array([[0.1], [1]]), np.zeros(1)]
    )
    hidden = [max(3 + 2 * 2, 0), max(1 - 3, 0)]
    np.testing.assert_allclose(network(tf.constant([[3.0, 2.0]])), np.tanh([[0.1 * hidden[0]]]), rtol=1e-6)


def test_no_hidden_layer_is_a_linear_map():
    network = mlp(3, [], 2)
    x = tf.constant([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(network(x), x @ network.weights[0], rtol=1e-6)


def test_an_observation_of_several_axes_is_flattened():
    assert mlp((2, 3), [4], 1)(tf.zeros([5, 2, 3])).shape == (5, 1)
    assert mlp((4,), [4], 1)(tf.zeros([5, 4])).shape == (5, 1)


def test_eager_equals_compiled():
    network, x = mlp(4, [8], 2), tf.random.stateless_normal([6, 4], [1, 2])
    compiled = tf.function(lambda x: network(x), jit_compile=True)
    np.testing.assert_allclose(compiled(x), network(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, [0], 2), r"at least 1 unit, got hidden=\[0\], num_outputs=2"),
        ((4, [64], 0), r"at least 1 unit, got hidden=\[64\], num_outputs=0"),
        ((4, [1.5], 2), r"at least 1 unit, got hidden=\[1.5\]"),
        ((4, 64, 2), r"such as \[64, 64\], got 64"),
        ((0, [64], 2), "num_inputs must be a length or a shape, .* got 0"),
        (((), [64], 2), r"num_inputs must be a length or a shape, .* got \(\)"),
        ((None, [64], 2), "num_inputs must be a length or a shape, .* got None"),
    ],
)
def test_bad_units(arguments, message):
    with pytest.raises(ValueError, match=message):
        mlp(*arguments)


def test_orthogonal_gains():
    network = mlp(4, [8, 8], 2, gains=(2.0, 0.5))
    first, second, last = (layer.kernel.numpy() for layer in network.layers)
    np.testing.assert_allclose(first @ first.T, 4 * np.eye(4), atol=1e-5)
    np.testing.assert_allclose(second @ second.T, 4 * np.eye(8), atol=1e-5)
    np.testing.assert_allclose(last.T @ last, 0.25 * np.eye(2), atol=1e-5)
    same_shapes = mlp(8, [8, 8], 2, gains=(1.0, 1.0))
    assert np.abs(same_shapes.layers[0].kernel.numpy() - same_shapes.layers[1].kernel.numpy()).max() > 0.1


def test_gaussian_policy_has_one_spread_for_all_states():
    policy = gaussian_policy(3, [8], 2, log_std=-0.5, gains=(1.0, 0.01))
    x = tf.random.stateless_normal([6, 3], [1, 2])
    mean, log_std = tf.function(lambda x: policy(x), jit_compile=True)(x)
    assert mean.shape == (6, 2)
    np.testing.assert_array_equal(log_std, np.full([6, 2], -0.5))
    assert np.abs(mean).max() < 0.1
    assert [tuple(w.shape) for w in policy.trainable_variables][-1] == (2,)


class Spaces:
    """The two attributes of a vector environment that matter to `actor_for`."""

    single_observation_space = gym.spaces.Box(-1, 1, (3,))

    def __init__(self, action_space):
        self.single_action_space = action_space


@pytest.mark.parametrize(
    "space",
    [
        gym.spaces.MultiDiscrete([2, 3]),
        gym.spaces.MultiBinary(2),
        gym.spaces.Discrete(3, start=1),
        gym.spaces.Box(-1, 1, (2, 2)),
    ],
)
def test_action_spaces_without_a_head(space):
    with pytest.raises(ValueError, match="no policy head serves the action space"):
        actor_for(Spaces(space), [4])


def test_heads_for_action_spaces():
    assert actor_for(Spaces(gym.spaces.Discrete(5)), [4]).output_shape == (None, 5)
    mean, log_std = actor_for(Spaces(gym.spaces.Box(-1, 1, (2,))), [4], log_std=-1.0)(np.zeros([7, 3]))
    assert mean.shape == log_std.shape == (7, 2)
    np.testing.assert_array_equal(log_std, -np.ones([7, 2]))
