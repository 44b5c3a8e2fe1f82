"""DQN on CartPole with its settings open: what exercises make ill, and what they let you mend."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.learning.agent import Agent
from tutorial_lib.learning.off_policy import off_policy_loop
from tutorial_lib.learning.on_policy import on_policy_loop
from tutorial_lib.learning.policies import epsilon_greedy, greedy, softmax_policy
from tutorial_lib.learning.schedules import linear_schedule
from tutorial_lib.networks.mlp import mlp
from tutorial_lib.rules.policy_losses import (
    categorical_entropy,
    categorical_log_prob,
    clipped_surrogate_loss,
    value_loss,
)
from tutorial_lib.rules.returns import gae, normalise
from tutorial_lib.rules.target_networks import hard_update, polyak_update
from tutorial_lib.rules.value_losses import dqn_target, squared
from tutorial_lib.types import Rollout
from tutorial_lib.worlds.classic import CartPole

LETTERS = {
    "A": "no target network",
    "B": "mask forgotten",
    "C": "epsilon stuck",
    "D": "healthy",
    "E": "learning rate too high",
}
DQN_STEPS = 65_000  # environment steps

DQN_SETTINGS = dict(
    learning_rate=0.001,  # of Adam
    rate=0.02,  # τ, of the target network
    gamma=0.99,  # discount per step
    epsilon_end=0.05,  # share of random actions from a fifth of the steps on
    num_updates=8,  # after each step of the 16 environments
    batch_size=64,  # transitions per update
    angle_scale=1.0,  # the pole's angle is multiplied by this before the network sees it
)


def dqn_loop(masked=True, **changed):
    """Plain DQN, as in notebook 5, with settings changed; without `masked` no episode seems to end."""
    settings = DQN_SETTINGS | changed
    scale = [1.0, 1.0, settings["angle_scale"], 1.0]

    def network():
        return keras.Sequential(
            [keras.Input((4,)), keras.layers.Rescaling(scale), *mlp(4, [64, 64], 2).layers]
        )

    def build(generator):
        online, target = network(), network()
        hard_update(online, target)
        optimizer = keras.optimizers.Adam(settings["learning_rate"])
        optimizer.build(online.trainable_variables)

        def update(batch):
            discount = batch.discount if masked else settings["gamma"] * tf.ones_like(batch.discount)
            td_target = dqn_target(batch.reward, discount, target(batch.next_observation))
            with tf.GradientTape() as tape:
                q = tf.gather(online(batch.observation), batch.action, batch_dims=1)
                loss = tf.reduce_mean(squared(td_target - q))
            optimizer.apply(tape.gradient(loss, online.trainable_variables), online.trainable_variables)
            polyak_update(online, target, settings["rate"])
            return {"loss": loss, "q": tf.reduce_mean(q)}

        return Agent(epsilon_greedy(online, generator), update, greedy(online))

    return off_policy_loop(
        build, CartPole(), num_envs=16, num_updates=settings["num_updates"], batch_size=settings["batch_size"],
        capacity=DQN_STEPS, learning_starts=1_000, gamma=settings["gamma"],
        schedules={"epsilon": linear_schedule(1.0, settings["epsilon_end"], DQN_STEPS // 5)},
    )  # fmt: skip


def curves():
    """The curves of benchmarks/patients.py: letter → {curve: points}."""
    with np.load(Path(__file__).with_name("patients.npz")) as stored:
        arrays = dict(stored)
    return {
        letter: {name.split("/")[1]: y for name, y in arrays.items() if name.startswith(patient + "/")}
        for letter, patient in LETTERS.items()
    }


def greedy_means(run):
    """The greedy mean return at every checkpoint: [C]."""
    return run.checkpoints.episode_return.mean(axis=1)
