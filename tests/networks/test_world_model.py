"""The world model: three heads on one trunk."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import world_model


def test_three_heads_of_their_own_shapes():
    network = world_model(4, 2, [8, 8])
    after, reward, logit = network([tf.zeros([5, 4]), tf.zeros([5, 2])])
    assert (after.shape, reward.shape, logit.shape) == ((5, 4), (5,), (5,))


def test_arithmetic_worked_out_by_hand():
    network = world_model(1, 1, [2])
    trunk = [np.array([[1.0, -1.0], [2.0, 0.0]]), np.zeros(2)]
    reward_and_logit = [np.array([[2.0], [1.0]]), np.zeros(1), np.array([[0.0], [1.0]]), np.array([-3.0])]
    network.set_weights([*trunk, *reward_and_logit, np.array([[1.0], [0.0]]), np.array([0.5])])
    after, reward, logit = network([tf.constant([[3.0], [-1.0]]), tf.constant([[1.0], [0.0]])])
    hidden = np.array([[5.0, 0.0], [0.0, 1.0]])  # relu of (s + 2 a, −s)
    np.testing.assert_allclose(after, hidden[:, :1] + 0.5)
    np.testing.assert_allclose(reward, 2 * hidden[:, 0] + hidden[:, 1])
    np.testing.assert_allclose(logit, hidden[:, 1] - 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 2, 64), r"hidden must list the units of each layer, such as \[64, 64\], got 64"),
        ((4, 0, [64]), r"at least 1 unit, got hidden=\[64\], num_outputs=0"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        world_model(*arguments)
