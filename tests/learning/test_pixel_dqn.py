"""The agent of the Pong lesson: its update by hand, its copies, its schedules."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import Transition, copy_every, pixel_dqn, pong

BATCH = Transition(
    tf.constant([[1.0, 0.0], [0.0, 1.0]]),
    tf.constant([0, 1], tf.int64),
    tf.constant([1.0, 5.0]),
    tf.constant([0.5, 0.0]),
    tf.constant([[0.0, 1.0], [1.0, 0.0]]),
)


def table():
    """Q(s, a) for two states, one-hot."""
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
    network.set_weights([np.array([[0.0, 3.0], [2.0, 1.0]], np.float32)])
    return network


@pytest.mark.parametrize("compiled", [False, True])
def test_one_update_by_hand(compiled):
    """δ = 1 + 0.5 · Q(s₂, 0; θ⁻) − 0 = 2 and 5 − 1 = 4; Huber: (1.5 + 3.5) / 2."""
    agent = pixel_dqn(tf.random.Generator.from_seed(0, alg="philox"), table, period=2)
    online, target = agent.networks["online"], agent.networks["target"]
    update = tf.function(agent.update, autograph=False) if compiled else agent.update
    metrics = update(BATCH, tf.constant(0.25))
    np.testing.assert_allclose(metrics["loss"], 2.5)
    np.testing.assert_allclose(metrics["q"], 0.5)  # of (s₁, 0) and (s₂, 1)
    moved = online.get_weights()[0] - [[0.0, 3.0], [2.0, 1.0]]
    np.testing.assert_allclose(moved, [[0.25, 0.0], [0.0, 0.25]], atol=1e-3)  # Adam's first step
    np.testing.assert_array_equal(target.get_weights()[0], [[0.0, 3.0], [2.0, 1.0]])
    update(BATCH, tf.constant(0.25))  # the second: θ⁻ ← θ
    np.testing.assert_array_equal(target.get_weights()[0], online.get_weights()[0])


def test_theta_chooses_and_the_copy_judges():
    agent = pixel_dqn(tf.random.Generator.from_seed(0, alg="philox"), table)
    agent.networks["target"].set_weights([np.array([[0.0, 3.0], [-4.0, 9.0]], np.float32)])
    np.testing.assert_allclose(agent.update(BATCH, 0.0)["loss"], ((1 - 0.5) + 3.5) / 2)  # δ = 1 − 2 and 4


def test_copies_come_every_so_many_updates():
    online, target = table(), table()
    online.set_weights([np.ones([2, 2], np.float32)])
    copied = tf.function(lambda count: copy_every(3, online, target, count), autograph=False)
    for count in (1, 2, 4):
        copied(tf.constant(count, tf.int64))
        assert target.get_weights()[0][0, 1] == 3
    copied(tf.constant(6, tf.int64))
    np.testing.assert_array_equal(target.get_weights()[0], online.get_weights()[0])


def test_greedy_play_is_nearly_greedy():
    agent = pixel_dqn(tf.random.Generator.from_seed(0, alg="philox"), table)
    states = tf.repeat(tf.eye(2), 10_000, axis=0)
    best = np.repeat([1, 0], 10_000)
    assert 0.002 < np.mean(agent.greedy(states).numpy() != best) < 0.008  # ε / 2 = 0.005
    assert 0.4 < np.mean(agent.policy(states, 1.0).numpy() != best) < 0.6


def test_the_learning_rate_falls_once():
    steps = tf.constant([0.0, 499_999.0, 500_000.0])
    np.testing.assert_allclose(pong.learning_rate(steps), [3e-4, 3e-4, 1e-4])
