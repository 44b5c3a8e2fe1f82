"""Networks of actors and critics for actions that are numbers."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import ResidualDense, mlp, q_network, residual_mlp, squashed_policy


def test_a_residual_unit_worked_out_by_hand():
    unit = ResidualDense(4)
    unit.build((None, 2))
    kernel, bias = np.zeros([2, 4]), np.float32([0.0, 1.0, 100.0, -100.0])
    unit.curved.set_weights([kernel, bias])
    unit.narrow.set_weights([np.float32([[1.0], [2.0]])])  # 4 // 4 = 1 number
    unit.wide.set_weights([np.float32([[1.0, 0.0, -1.0, 0.5]])])
    through = 3.0 + 2 * 4.0
    expected = [through, np.tanh(1.0), 1.0 - through, 0.5 * through - 1.0]
    np.testing.assert_allclose(unit(tf.constant([[3.0, 4.0]])), [expected], rtol=1e-6)


def test_the_bypass_lets_a_gradient_through_where_the_tanh_is_flat():
    unit, x = ResidualDense(8), tf.Variable([[500.0, -300.0]])
    unit(x)  # builds it
    for layer in (unit.curved, unit.narrow, unit.wide):
        layer.kernel.assign(tf.ones_like(layer.kernel))  # tanh(200) is flat; random weights may come near 0
    with tf.GradientTape() as tape:
        y = unit(x)
    np.testing.assert_allclose(tape.gradient(y, x), [[16.0, 16.0]])  # 2 numbers of the bypass to 8 outputs
    with tf.GradientTape() as tape:
        curved = unit.curved(x)
    np.testing.assert_allclose(tape.gradient(curved, x), [[0.0, 0.0]], atol=1e-6)


def test_shapes_of_residual_networks():
    actor = residual_mlp((2, 3), [32, 32, 64], 1, output_activation="tanh")
    assert actor(100.0 * tf.ones([5, 2, 3])).shape == (5, 1)
    assert np.abs(actor(100.0 * tf.ones([5, 2, 3]))).max() <= 1
    count = lambda inputs, units: inputs * units + units + inputs * (units // 4) + (units // 4) * units  # noqa: E731
    assert actor.count_params() == count(6, 32) + count(32, 32) + count(32, 64) + 64 + 1
    with pytest.raises(ValueError, match=r"at least 1 unit, got hidden=\[0\]"):
        residual_mlp(3, [0], 1)


@pytest.mark.parametrize("body", [mlp, residual_mlp])
def test_a_critic_gives_one_number_per_row(body):
    critic = q_network(3, 2, [8], body=body)
    assert critic([tf.zeros([5, 3]), tf.zeros([5, 2])]).shape == (5,)
    assert q_network((4, 2), 1, [8], body=body)([tf.zeros([5, 4, 2]), tf.zeros([5, 1])]).shape == (5,)


def test_a_linear_critic_worked_out_by_hand():
    critic = q_network(2, 1, [])
    critic.set_weights([np.float32([[1.0], [10.0], [100.0]]), np.float32([0.5])])
    np.testing.assert_allclose(critic([tf.constant([[1.0, 2.0]]), tf.constant([[3.0]])]), [321.5])


def test_mean_and_spread_of_a_squashed_policy():
    policy = squashed_policy(2, [], 2)
    policy.set_weights([np.zeros([2, 4], np.float32), np.float32([7.0, -7.0, 0.0, 50.0])])
    mean, log_std = policy(tf.zeros([3, 2]))
    np.testing.assert_allclose(mean, [[7.0, -7.0]] * 3)
    np.testing.assert_allclose(log_std, [[-1.5, 2.0]] * 3, rtol=1e-6)


def test_compiled_is_as_eager():
    x, a = tf.random.stateless_normal([6, 3], [1, 2]), tf.random.stateless_normal([6, 1], [3, 4])
    critic, policy = q_network(3, 1, [8], body=residual_mlp), squashed_policy(3, [8], 1)
    for function in (lambda: critic([x, a]), lambda: policy(x)[0], lambda: policy(x)[1]):
        np.testing.assert_allclose(
            tf.function(function, jit_compile=True)(), function(), rtol=1e-5, atol=1e-6
        )
