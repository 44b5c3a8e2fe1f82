"""Measuring agents: returns over fresh episodes."""

import gymnasium as gym
import numpy as np
from gymnasium.vector import SyncVectorEnv

from tutorial_lib.learning.collector import Collector
from tutorial_lib.worlds.envs import make_vec_env


def evaluate(policy, env, num_episodes=100, *, seed=1_000_000, max_episode_steps=None):
    """Plays whole episodes from fresh starts -> undiscounted returns [num_episodes] float64.

    Args:
      policy: observation [N, *obs] -> actions [N].
      env: a Gymnasium id, or a function of no arguments that makes an environment: all episodes are played
        side by side, each in one of its own, N = num_episodes. Or an environment: they follow one another in
        it, N = 1, and it stays open.
      num_episodes: at least 1.
      seed: the starts; the default is far from the seeds that runs train on.
      max_episode_steps: with an id, the time limit; None keeps the environment's own.

    Raises:
      TypeError: env is none of the three.
      ValueError: num_episodes < 1, or an unknown id.
    """
    if num_episodes < 1:
        raise ValueError(f"num_episodes must be at least 1, got {num_episodes}")
    if isinstance(env, gym.Env):
        if max_episode_steps is not None:
            raise ValueError("max_episode_steps goes with an id; the environment that was given has its own")
        collector = Collector(SyncVectorEnv([lambda: env]), policy, seed=seed)
        return np.concatenate([collector.play_returns() for _ in range(num_episodes)])
    envs = make_vec_env(env, num_episodes, max_episode_steps=max_episode_steps)
    try:
        return Collector(envs, policy, seed=seed).play_returns()
    finally:
        envs.close()
