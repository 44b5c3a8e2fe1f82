"""Measuring agents: returns over fresh episodes."""

import numpy as np

from tutorial_lib.learning.collector import Collector
from tutorial_lib.worlds.envs import make_vec_env


def evaluate(policy, env, num_episodes=100, *, seed=1_000_000, max_episode_steps=None):
    """Plays whole episodes from fresh starts -> undiscounted returns [num_episodes].

    Args:
      policy: observation [N, *obs] -> actions [N].
      env: a Gymnasium id, or a function of no arguments that makes an environment.
      num_episodes: all are played side by side, one in each environment.
      seed: the starts; the default is far from the seeds that runs train on.

    Raises:
      ValueError: num_episodes < 1, or an unknown id.
    """
    if num_episodes < 1:
        raise ValueError(f"num_episodes must be at least 1, got {num_episodes}")
    envs = make_vec_env(env, num_episodes, max_episode_steps=max_episode_steps)
    try:
        return Collector(envs, policy, seed=seed).play_episodes().reward.sum(axis=0, dtype=np.float64)
    finally:
        envs.close()
