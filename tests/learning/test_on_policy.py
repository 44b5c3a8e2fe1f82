"""Passes over one rollout: every row once per epoch, beginning with the policy that acted."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tutorial_lib as tl
from tutorial_lib.learning.on_policy import FromRollouts

pytestmark = pytest.mark.learning


def ppo(generator):
    """PPO for CartPole, which reports the ratios that it saw."""
    actor, critic = tl.mlp(4, [8], 2), tl.mlp(4, [8], 1)
    variables = actor.trainable_variables + critic.trainable_variables
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(variables)

    def prepare(trajectory):
        steps, shape = tl.flatten_time(trajectory), trajectory.reward.shape
        value = critic(steps.observation)[:, 0]
        next_value = tf.reshape(critic(steps.next_observation)[:, 0], shape)
        numbers = trajectory.reward, trajectory.discount, tf.reshape(value, shape), next_value
        advantage = tf.reshape(tl.gae(*numbers, trajectory.done, 0.8), [-1])
        log_prob = tl.categorical_log_prob(actor(steps.observation), steps.action)
        return tl.Rollout(steps.observation, steps.action, log_prob, advantage, value, advantage + value)

    def update(batch):
        with tf.GradientTape() as tape:
            log_prob = tl.categorical_log_prob(actor(batch.observation), batch.action)
            actor_loss = tl.clipped_surrogate_loss(log_prob, batch.log_prob, batch.advantage, 0.2)
            critic_loss = tl.value_loss(critic(batch.observation)[:, 0], batch.value_target)
            loss = tf.reduce_mean(actor_loss + critic_loss)
        optimizer.apply(tape.gradient(loss, variables), variables)
        ratio = tf.exp(log_prob - batch.log_prob)
        return {"ratio_low": tf.reduce_min(ratio), "ratio_high": tf.reduce_max(ratio)}

    return tl.Agent(tl.softmax_policy(actor, generator), update, tl.greedy(actor), prepare)


def rows_seen(num_rows, num_epochs, minibatch_size):
    """The rows of every minibatch of a rollout [updates, minibatch]."""
    learner = FromRollouts(
        lambda batch, step: {f"row {i}": row for i, row in enumerate(tf.unstack(batch.action))},
        lambda rows: tl.Rollout(*[rows] * 6),
        tl.seed_everything(0),
        num_steps=num_rows,
        num_epochs=num_epochs,
        minibatch_size=minibatch_size,
    )
    learn = tf.function(learner.learn, autograph=False)
    metrics, _ = learn(tf.range(num_rows, dtype=tf.float32), tf.constant(0, tf.int64))
    return np.stack(list(metrics.values()), axis=1)


def test_every_epoch_takes_every_row_once_in_a_new_order():
    seen = rows_seen(12, num_epochs=5, minibatch_size=4)
    assert seen.shape == (15, 4)
    epochs = seen.reshape(5, 12)
    assert (np.sort(epochs, axis=1) == np.arange(12)).all()
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert (epochs != np.arange(12)).any(axis=1).all()


@pytest.mark.parametrize("minibatch_size", [None, 12])
def test_a_minibatch_as_large_as_the_batch_is_the_batch(minibatch_size):
    np.testing.assert_array_equal(rows_seen(12, 2, minibatch_size), [range(12), range(12)])


@pytest.mark.slow
@pytest.mark.parametrize("minibatch_size", [8, None])
def test_the_first_minibatch_has_ratio_one_and_later_ones_do_not(minibatch_size):
    options = dict(num_envs=4, num_steps=8, num_epochs=3, minibatch_size=minibatch_size)
    run = tl.on_policy_loop(ppo, tl.CartPole(), **options).run(96, seed=0)
    low, high = run.metrics["ratio_low"], run.metrics["ratio_high"]  # [rollouts, updates]
    np.testing.assert_allclose(low[:, 0], 1, atol=1e-5)  # also with a policy that has learned
    np.testing.assert_allclose(high[:, 0], 1, atol=1e-5)
    assert (high[:, -1] > 1.001).all()


def test_columns_of_unequal_length_are_refused():
    learner = FromRollouts(
        lambda batch, step: {"loss": 0.0},
        lambda rows: tl.Rollout(*[rows] * 5, rows[:-1]),
        tl.seed_everything(0),
        num_steps=4,
        num_epochs=1,
        minibatch_size=None,
    )
    with pytest.raises(ValueError, match=r"`prepare` returns .* same number of rows .*\[4, 4, 4, 4, 4, 3\]"):
        learner.learn(tf.range(4.0), tf.constant(0, tf.int64))
