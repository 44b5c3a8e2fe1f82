"""The agent of the Pong lesson: double DQN on stacks of frames, with Huber's loss."""

import keras
import tensorflow as tf

from tutorial_lib.learning.agent import Agent
from tutorial_lib.learning.policies import epsilon_greedy
from tutorial_lib.rules.target_networks import hard_update
from tutorial_lib.rules.value_losses import double_dqn_target, huber

LAST_EPSILON = 0.01  # of "greedy" play: without it a rally can go on for ever


def pixel_dqn(generator, network, *, epsilon=1e-5, period=500):
    """Double DQN (van Hasselt et al., 2016) whose target network is copied every `period` updates.

    Args:
      generator: draws what is random.
      network: () -> keras.Model of action values, such as `pixel_network`.
      epsilon: of Adam.
      period: updates from copy to copy.

    Returns:
      An Agent, whose schedules are `epsilon` and `learning_rate`. Its greedy policy acts at random in one
      step of a hundred.
    """
    online, target = network(), network()
    hard_update(online, target)  # θ⁻ ← θ
    optimizer = keras.optimizers.Adam(epsilon=epsilon)
    optimizer.build(online.trainable_variables)

    def update(batch, learning_rate):
        optimizer.learning_rate.assign(learning_rate)
        q_choose, q_judge = online(batch.next_observation), target(batch.next_observation)  # [B, A]
        td_target = double_dqn_target(batch.reward, batch.discount, q_choose, q_judge)  # [B]
        with tf.GradientTape() as tape:
            q = tf.gather(online(batch.observation), batch.action, batch_dims=1)  # [B] Q(s, a; θ)
            loss = tf.reduce_mean(huber(td_target - q))
        gradients = tape.gradient(loss, online.trainable_variables)
        optimizer.apply(gradients, online.trainable_variables)
        copy_every(period, online, target, optimizer.iterations)
        return {"loss": loss, "q": tf.reduce_mean(q)}

    explore = epsilon_greedy(online, generator)
    greedy = lambda observation: explore(observation, LAST_EPSILON)  # noqa: E731
    return Agent(explore, update, greedy, networks={"online": online, "target": target})


def copy_every(period, online, target, num_updates):
    """θ⁻ ← θ after every `period` updates, else θ⁻ stays; in a compiled function."""

    def copy():
        hard_update(online, target)
        return True

    tf.cond(tf.equal(num_updates % period, 0), copy, lambda: False)
