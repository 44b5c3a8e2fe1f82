"""DQN on Acrobot with ideas to choose from: what an exercise trains, and what was measured of every pair."""

import functools
import itertools
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.learning.agent import Agent
from tutorial_lib.learning.off_policy import off_policy_loop
from tutorial_lib.learning.policies import epsilon_greedy, greedy
from tutorial_lib.learning.schedules import linear_schedule
from tutorial_lib.memory.prioritized import PrioritizedReplayBuffer
from tutorial_lib.networks.value_heads import dqn_network
from tutorial_lib.rules.target_networks import hard_update, polyak_update
from tutorial_lib.rules.value_losses import double_dqn_target, dqn_target, importance_weights, squared
from tutorial_lib.worlds.swinging import Acrobot

IDEAS = ("double", "dueling", "prioritised", "n-step")
PAIRS = tuple(itertools.combinations(IDEAS, 2))
NUM_STEPS = 10_000  # environment steps of a training
N_STEP = 5  # n, rewards in a row
SCALE = [1.0, 1.0, 1.0, 1.0, 0.2, 0.2]  # of an observation: two angles as points, two velocities


def build(generator, ideas):
    """An Agent of plain DQN with the ideas that change the network, the target or the loss."""
    network = functools.partial(dqn_network, 6, [64, 64], 3, dueling="dueling" in ideas, scale=SCALE)
    online, target = network(), network()
    hard_update(online, target)
    optimizer = keras.optimizers.Adam(0.001)
    optimizer.build(online.trainable_variables)

    def learn(batch, weights):
        q_next = target(batch.next_observation)
        if "double" in ideas:
            q_choose = online(batch.next_observation)
            td_target = double_dqn_target(batch.reward, batch.discount, q_choose, q_next)
        else:
            td_target = dqn_target(batch.reward, batch.discount, q_next)
        with tf.GradientTape() as tape:
            td_error = td_target - tf.gather(online(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(weights * squared(td_error))
        optimizer.apply(tape.gradient(loss, online.trainable_variables), online.trainable_variables)
        polyak_update(online, target, 0.02)
        return {"loss": loss, "priority": tf.abs(td_error)}

    def update(batch):
        return {"loss": learn(batch, 1.0)["loss"]}

    def prioritised(batch, beta):
        return learn(batch, importance_weights(batch.probability, beta))

    chosen = prioritised if "prioritised" in ideas else update
    return Agent(epsilon_greedy(online, generator), chosen, greedy(online))


@functools.cache
def loop(ideas):
    """The compiled loop of DQN with the ideas, a frozenset of some of `IDEAS`."""
    schedules, options = {"epsilon": linear_schedule(1.0, 0.05, NUM_STEPS // 5)}, {}
    if "prioritised" in ideas:
        schedules["beta"] = linear_schedule(0.4, 1.0, NUM_STEPS)
        options["memory"] = functools.partial(PrioritizedReplayBuffer, alpha=0.6)
    return off_policy_loop(
        lambda generator: build(generator, ideas), Acrobot(), num_envs=8, num_updates=4, batch_size=32,
        capacity=NUM_STEPS, learning_starts=500, gamma=0.99, schedules=schedules,
        n_step=N_STEP if "n-step" in ideas else 1, **options,
    )  # fmt: skip


@functools.cache
def train(ideas, seed):
    """Trains an agent: a frozenset of ideas and a seed -> its score.

    The score is the mean return of the greedy policy, 20 episodes at each of ten moments of the training.
    """
    run = loop(ideas).run(NUM_STEPS, seed=seed, checkpoints=10, num_episodes=20)
    return float(run.checkpoints.episode_return.mean())


def measured():
    """The scores of benchmarks/acrobot_pairs.py: pair -> [seeds], of seeds that no exercise trains."""
    kept = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {pair: np.array(kept["+".join(pair)]) for pair in PAIRS}
