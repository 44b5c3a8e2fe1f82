"""Small agents and worlds that the tests of the loops share."""

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

from tutorial_lib import Agent, epsilon_greedy, flatten_time, hard_update, mlp, polyak_update, softmax_policy


def dqn(generator, *, hidden=(16,), learning_rate=1e-3):
    """DQN for CartPole, with an ε."""
    online, target = mlp(4, list(hidden), 2), mlp(4, list(hidden), 2)
    hard_update(online, target)
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(online.trainable_variables)

    def update(batch):
        v_next = tf.reduce_max(target(batch.next_observation), axis=-1)
        td_target = batch.reward + batch.discount * v_next
        with tf.GradientTape() as tape:
            q = tf.gather(online(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(tf.square(td_target - q))
        gradients = tape.gradient(loss, online.trainable_variables)
        optimizer.apply(gradients, online.trainable_variables)
        polyak_update(online, target, 0.02)
        return {"loss": loss, "q": tf.reduce_mean(q)}

    return Agent(
        epsilon_greedy(online, generator), update, lambda observation: tf.argmax(online(observation), axis=-1)
    )


def reinforce(generator, num_inputs=4):
    """The policy gradient with the reward of each step as its advantage."""
    actor = mlp(num_inputs, [16], 2)
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(actor.trainable_variables)

    def update(batch, learning_rate):
        optimizer.learning_rate.assign(learning_rate)
        with tf.GradientTape() as tape:
            log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(batch.action, actor(batch.observation))
            loss = -tf.reduce_mean(batch.reward * log_prob)
        optimizer.apply(tape.gradient(loss, actor.trainable_variables), actor.trainable_variables)
        return {"loss": loss, "rows": tf.cast(tf.shape(batch.reward)[0], tf.float32)}

    greedy = lambda observation: tf.argmax(actor(observation), axis=-1)  # noqa: E731
    return Agent(softmax_policy(actor, generator), update, greedy, prepare=flatten_time)


class Counter:
    """A world that counts: states are [a number drawn at the start, steps since then].

    An episode terminates after 3 steps where the number is below ½, and is cut off after 5 otherwise. The
    reward of a step is the count that it leads to.
    """

    env_id = None
    max_episode_steps = 5
    observation_space = gym.spaces.Box(0, np.inf, (2,))
    action_space = gym.spaces.Discrete(2)

    def initial(self, generator, num_envs):
        return tf.stack([generator.uniform([num_envs]), tf.zeros([num_envs])], axis=-1)

    def transition(self, state, action, generator=None):
        return state + tf.constant([0.0, 1.0])

    def observation(self, state):
        return state

    def reward(self, state, action, next_state):
        return next_state[:, 1]

    def terminal(self, state):
        return (state[:, 0] < 0.5) & (state[:, 1] >= 3)
