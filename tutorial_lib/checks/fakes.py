"""Environments and scores made for the checks: fixed numbers, and a memory of what was done to them."""

import gymnasium as gym
import numpy as np

from tutorial_lib.checks import explain, numbers


class Endless(Exception):
    """An episode that has ended is played on and on."""


class Scripted(gym.Env):
    """Pays a fixed list of rewards, then sets one flag; what follows is allowed, but noted."""

    action_space = gym.spaces.Discrete(2)
    observation_space = gym.spaces.Box(-9, 9, (4,))

    def __init__(self, rewards, flag):
        self.rewards, self.flag = rewards, flag
        self.seeds, self.resets_at, self.actions = [], [], []

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        self.resets_at.append(len(self.actions))
        return self._observation(), {}

    def step(self, action):
        explain(len(self.seeds) > 0, "an environment must be reset before its first step")
        self.actions.append(action)
        if self.overrun > 1000:
            raise Endless
        reward = self.rewards[min(len(self.actions), len(self.rewards)) - 1]
        ends = [self.overrun == 0 and self.flag == flag for flag in ("terminated", "truncated")]
        return self._observation(), reward, *ends, {}

    def _observation(self):
        return np.full(4, len(self.actions), np.float32)

    @property
    def overrun(self):
        """Steps taken after the end; negative before it."""
        return len(self.actions) - len(self.rewards)


class TwoNumbers(gym.Env):
    """Counts: its first episode sees [10, -10], [11, -11], …, its second [20, -20], …"""

    action_space = gym.spaces.Discrete(2)
    observation_space = gym.spaces.Box(np.float32([-1, -200]), np.float32([100, 2]))
    num_episodes, count = 0, 0

    def reset(self, *, seed=None, options=None):
        self.num_episodes += 1
        self.count = 10 * self.num_episodes
        return self._observation(), {}

    def step(self, action):
        self.count += 1
        return self._observation(), 1.5, False, False, {}

    def _observation(self):
        return np.array([self.count, -self.count], np.float32)


class Starts(gym.Env):
    """Starts anywhere; like Gymnasium's own, a seed rewinds its generator and None lets it run on."""

    action_space = gym.spaces.Discrete(2)
    observation_space = gym.spaces.Box(0, 1, (4,), np.float64)
    num_made = 0

    def __init__(self):
        Starts.num_made += 1
        self.generator = np.random.default_rng([1234, Starts.num_made])

    def reset(self, *, seed=None, options=None):
        if seed is not None:
            self.generator = np.random.default_rng(seed)
        return self.generator.uniform(size=4), {}

    def step(self, action):
        return self.generator.uniform(size=4), 1.0, True, False, {}


class Score:
    """Scores weights by their distance from a goal, and keeps what it was asked about."""

    GOAL = np.array([1.0, -2.0, 3.0, 0.5])

    def __init__(self):
        self.arrays, self.tried, self.scores = [], [], []

    def __call__(self, weights):
        tried = numbers(weights, "the weights to score").astype(float)
        explain(tried.shape == (4,), f"four numbers, four weights: score was given shape {tried.shape}")
        self.arrays.append(weights)
        self.tried.append(tried.copy())
        self.scores.append(100 - np.sum((tried - self.GOAL) ** 2))
        return self.scores[-1]

    def best(self):
        return self.tried[int(np.argmax(self.scores))]

    def worst(self):
        return self.tried[int(np.argmin(self.scores))]
