"""Networks with a memory: the step of an LSTM, what a mark makes it forget, and stretches of time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import Memory, lstm_network, seed_everything, unroll


def test_a_step_is_that_of_keras():
    """Its gates lie in another order: input, forget, new, output."""
    seed_everything(0)
    ours, theirs = Memory(5), keras.layers.LSTMCell(5)
    x, state = tf.random.normal([7, 3]), tf.random.normal([7, 10])
    ours(x, state)
    theirs.build([7, 3])
    kernel, bias = (w.numpy() for w in ours.gates.weights)
    keep, let_in, let_out, new = np.split(np.concatenate([kernel, bias[None]]), 4, axis=1)
    reordered = np.concatenate([let_in, keep, new, let_out], axis=1)
    theirs.set_weights([reordered[:3], reordered[3:8], reordered[8]])
    _, after = theirs(x, [state[:, :5], state[:, 5:]])
    np.testing.assert_allclose(ours(x, state), np.concatenate(after, axis=1), atol=1e-6)


def test_it_begins_by_keeping():
    memory = Memory(4)
    memory(tf.zeros([1, 2]), tf.zeros([1, 8]))
    np.testing.assert_array_equal(memory.gates.bias, [1] * 4 + [0] * 12)


@pytest.fixture
def network():
    seed_everything(1)
    return lstm_network(3, 6, 2)


def test_a_mark_makes_it_forget(network):
    observation, state = tf.constant([[0.1, 0.2, 1.0]]), tf.random.normal([1, 12])
    for found, expected in zip(
        network([observation, state]), network([observation, tf.zeros([1, 12])]), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-7)
    unmarked = observation * [1.0, 1.0, 0.0]
    assert np.abs(network([unmarked, state])[1] - network([observation, state])[1]).max() > 0.01


def test_a_stretch_is_step_after_step(network):
    observations = tf.random.normal([4, 5, 2])
    marks = tf.constant(np.random.default_rng(0).random([4, 5, 1]) < 0.3, tf.float32)
    observations, state = tf.concat([observations, marks], axis=-1), tf.random.normal([4, 12])
    q, states = unroll(network, observations, state)
    assert q.shape == [4, 5, 2]
    assert states.shape == [4, 5, 12]
    for t in range(5):
        expected, state = network([observations[:, t], state])
        np.testing.assert_allclose(q[:, t], expected, atol=1e-6)
        np.testing.assert_allclose(states[:, t], state, atol=1e-6)


def test_nothing_from_before_a_mark_gets_through(network):
    observations = tf.Variable(tf.random.normal([1, 6, 3]))
    observations.assign(observations * [1.0, 1.0, 0.0])
    marked = tf.tensor_scatter_nd_update(observations, [[0, 3, 2]], [1.0])
    state = tf.random.normal([1, 12])
    other = marked + tf.concat([tf.ones([1, 3, 3]) * [1.0, 1.0, 0.0], tf.zeros([1, 3, 3])], axis=1)
    np.testing.assert_allclose(
        unroll(network, marked, state)[0][:, 3:], unroll(network, other, -state)[0][:, 3:], atol=1e-7
    )


@pytest.mark.parametrize("sizes", [(1, 6, 2), (3, 0, 2), (3, 6, 0), (3, 6, 2, 0)])
def test_bad_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="obs_size must be at least 2"):
        lstm_network(*sizes)
