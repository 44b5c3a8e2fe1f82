"""The rules of action values on small arrays worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import double_dqn_target, dqn_target, huber, squared


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_target_takes_the_best_next_action_and_nothing_after_the_end(jit_compile):
    q_next = tf.constant([[4.0, 6.0], [100.0, 7.0], [-3.0, -5.0]])
    rule = tf.function(dqn_target, jit_compile=jit_compile)
    target = rule(tf.constant([1.0, 2.0, 3.0]), tf.constant([0.5, 0.0, 1.0]), q_next)
    np.testing.assert_allclose(target, [4.0, 2.0, 0.0])


def test_no_gradient_runs_through_the_target():
    q_next = tf.Variable([[4.0, 6.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(squared(dqn_target(tf.constant([1.0]), tf.constant([0.9]), q_next) - 2.0))
    assert tape.gradient(loss, q_next) is None


@pytest.mark.parametrize(
    ("loss", "values", "gradients"),
    [
        (squared, [4.5, 0.125, 0.0, 0.125, 2.0], [-3.0, -0.5, 0.0, 0.5, 2.0]),
        (huber, [2.5, 0.125, 0.0, 0.125, 1.5], [-1.0, -0.5, 0.0, 0.5, 1.0]),
        (lambda td_error: huber(td_error, 2.0), [4.0, 0.125, 0.0, 0.125, 2.0], [-2.0, -0.5, 0.0, 0.5, 2.0]),
    ],
)
def test_losses_and_their_gradients(loss, values, gradients):
    td_error = tf.Variable([-3.0, -0.5, 0.0, 0.5, 2.0])
    with tf.GradientTape() as tape:
        value = loss(td_error)
    np.testing.assert_allclose(value, values)
    np.testing.assert_allclose(tape.gradient(value, td_error), gradients)


def test_double_chooses_by_one_network_and_values_by_the_other():
    q_online, q_target = tf.constant([[1.0, 3.0], [0.0, 9.0]]), tf.constant([[8.0, 4.0], [5.0, 6.0]])
    got = double_dqn_target(tf.constant([1.0, 2.0]), tf.constant([0.5, 0.0]), q_online, q_target)
    np.testing.assert_allclose(got, [1 + 0.5 * 4, 2])


def test_double_is_held_constant_and_equals_dqn_where_both_agree():
    q = tf.Variable([[1.0, 3.0], [9.0, 0.0]])
    reward, discount = tf.constant([1.0, 2.0]), tf.constant([0.5, 0.9])
    with tf.GradientTape() as tape:
        target = double_dqn_target(reward, discount, q, q)
    assert tape.gradient(target, q) is None
    np.testing.assert_array_equal(target, dqn_target(reward, discount, q))
