"""What an actor-critic has to know of a rollout, worked out once, before its first update."""

import tensorflow as tf

from tutorial_lib.learning.rounds import flatten_time
from tutorial_lib.rules.policy_losses import (
    categorical_entropy,
    categorical_log_prob,
    gaussian_entropy,
    gaussian_log_prob,
)
from tutorial_lib.rules.returns import gae
from tutorial_lib.types import Rollout


def step_values(critic, trajectory):
    """V(s) and V(s′) of every step of a Trajectory [T, N]: [T, N] each."""
    shape, steps = tf.shape(trajectory.reward), flatten_time(trajectory)
    return [tf.reshape(critic(x)[:, 0], shape) for x in (steps.observation, steps.next_observation)]


def describe_categorical(logits, action):
    """log π(a|s) and the entropy of π(·|s), in nats: logits [B, A], action [B] int64 -> [B] each."""
    return categorical_log_prob(logits, action), categorical_entropy(logits)


def describe_normal(output, action):
    """log π(a|s) and the entropy of π(·|s), in nats: mean and log σ, action [B, A] each -> [B] each."""
    return gaussian_log_prob(*output, action), gaussian_entropy(output[1])


def prepare_rollout(trajectory, actor, critic, lambda_, describe=describe_categorical, reward_scale=1.0):
    """What PPO and A2C learn from (Schulman et al., 2017), as the networks are before they learn.

    Args:
      trajectory: Trajectory [T, N].
      actor: observations [B, *obs] -> what `describe` takes.
      critic: observations [B, *obs] -> V [B, 1].
      lambda_: λ of the advantages, see `gae`.
      describe: (output of the actor, action) -> log π(a|s) and entropy, [B] each.
      reward_scale: rewards are multiplied by it.

    Returns:
      Rollout of T·N rows.

    Raises:
      ValueError: λ outside [0, 1], or values whose shape is not that of the rewards.
    """
    value, next_value = step_values(critic, trajectory)
    reward = reward_scale * trajectory.reward
    advantage = gae(reward, trajectory.discount, value, next_value, trajectory.done, lambda_)
    steps = flatten_time(trajectory)
    log_prob, _ = describe(actor(steps.observation), steps.action)
    judged = flatten_time((advantage, value, advantage + value))
    return Rollout(steps.observation, steps.action, log_prob, *judged)
