"""The multi-layer perceptron: its shape, its arithmetic, and what it says to bad input."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import mlp


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
