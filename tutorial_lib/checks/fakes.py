"""Environments and scores made for the checks: what they do is written down before, what is done to them after."""

import gymnasium as gym
import numpy as np

from tutorial_lib.checks import Misconception


class Endless(Exception):
    """An episode that has ended is played on and on, or one is begun again and again."""


class Scripted(gym.Env):
    """Shows, pays and flags what a script says, episode after episode; what is done to it is kept.

    Args:
      observations: one array [T + 1, n] per episode.
      rewards: one list [T] per episode.
      flags: (terminated, truncated) of the last step of each episode.
      low, high: bounds of an observation.
    """

    action_space = gym.spaces.Discrete(2)

    def __init__(self, observations, rewards, flags, low=-np.inf, high=np.inf):
        self.script = list(zip(observations, rewards, flags, strict=True))
        n = np.shape(observations[0])[1]
        low, high = (np.broadcast_to(np.float32(bound), n) for bound in (low, high))
        self.observation_space = gym.spaces.Box(low, high)
        self.resets, self.actions, self.time = [], [], 0

    def reset(self, *, seed=None, options=None):
        if len(self.resets) > len(self.script) + 40:
            raise Endless("the episode is begun again and again: stop when it is over")
        self.resets.append((-1 if seed is None else seed, 0 if options is None else options["level"]))
        self.time = 0
        return self._observation(), {"place": 10 * len(self.resets)}

    def step(self, action):
        if not self.resets:
            raise Misconception("an environment must be reset before its first step")
        self.actions.append(action)
        self.time += 1
        _, rewards, flags = self._episode()
        if self.time > len(rewards) + 40:
            raise Endless(
                "the episode is over, and is played on and on: look at the flags of the newest step"
            )
        reward = rewards[min(self.time, len(rewards)) - 1]
        ends = flags if self.time == len(rewards) else (False, False)
        return self._observation(), reward, *ends, {"place": 10 * len(self.resets) + self.time}

    def _episode(self):
        return self.script[min(len(self.resets), len(self.script)) - 1]

    def _observation(self):
        rows = self._episode()[0]
        return np.array(rows[min(self.time, len(rows) - 1)], np.float32)


class Starts(gym.Env):
    """Starts anywhere; like Gymnasium's own, a seed rewinds its generator and None lets it run on."""

    action_space = gym.spaces.Discrete(2)
    observation_space = gym.spaces.Box(0, 1, (4,), np.float64)
    num_made = 0

    def __init__(self):
        Starts.num_made += 1
        self.generator = np.random.default_rng([1234, Starts.num_made])
        self.shown, self.stepped = [], []

    def reset(self, *, seed=None, options=None):
        if seed is not None:
            self.generator = np.random.default_rng(seed)
        self.shown.append(self.generator.uniform(size=4))
        return self.shown[-1].copy(), {}

    def step(self, action):
        self.stepped.append(self.generator.uniform(size=4))
        return self.stepped[-1].copy(), 1.0, True, False, {}


class Score:
    """Scores weights by how far they reach in one direction, and keeps what it was asked about."""

    def __init__(self, limit):
        self.limit, self.arrays, self.tried, self.scores = limit, [], [], []

    def __call__(self, weights):
        tried = np.array(weights, float)
        if tried.shape != (4,):
            raise Misconception(f"four numbers, four weights: score was given shape {tried.shape}")
        if len(self.scores) == self.limit:
            raise Misconception(
                f"score was asked more than {self.limit} times in {self.limit - 1} rounds, and each costs whole "
                "episodes: once per round, for `num_rounds` rounds, and keep the best score in a name"
            )
        self.arrays.append(weights)
        self.tried.append(tried)
        self.scores.append(float(tried @ [1.0, -2.0, 3.0, 0.5]))
        return self.scores[-1]
