"""Stepping environments with a policy, and keeping what truly happened."""

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from tutorial_lib.types import Trajectory, Transition
from tutorial_lib.worlds.actions import CheckedActions
from tutorial_lib.worlds.envs import check_observation_space, reset_seeded


class Collector:
    """Steps a vector environment with a policy and hands out what happened, whatever its reset mode.

    A step is stored with its true successor: the last observation of an episode, never the first of the
    next. `discount` is γ where the episode can go on, also after a time limit, and 0 where it terminated.

    Args:
      envs: a Gymnasium VectorEnv, in any autoreset mode, also one that reuses its arrays (copy=False).
      policy: observation [N, *obs] float32 -> actions [N] or [N, *act], a tensor or an array.
      gamma: γ in [0, 1].
      seed: seeds the environments, once.

    Attributes:
      observation: [N, *obs], what the policy sees next.
      num_steps: environment steps taken so far, over all environments.
      episodes: (num_steps at its end, return, length) of every finished episode.

    Raises:
      TypeError: a single environment.
      ValueError: γ outside [0, 1], observations or actions that are no arrays or integers; when it steps: an
        action of the wrong shape or type or outside the space (see CheckedActions), or a reward that is NaN.
    """

    def __init__(self, envs, policy, *, gamma=0.99, seed=0):
        if not 0 <= gamma <= 1:
            raise ValueError(f"gamma must be in [0, 1], got {gamma}")
        if not isinstance(envs, VectorEnv):
            raise TypeError(f"a Collector steps a vector environment, as of make_vec_env, got {envs!r}")
        check_observation_space(envs.single_observation_space)
        self.envs, self.policy, self.gamma = envs, policy, gamma
        self.mode = AutoresetMode(envs.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP))
        self.checked = CheckedActions(envs.single_action_space, envs.num_envs)
        self.reset(seed)

    def reset(self, seed):
        """Begins a new run: fresh episodes from this seed, none finished, and steps counted from 0."""
        self.num_steps, self.episodes = 0, []
        self.last_returns = np.full(self.envs.num_envs, np.nan)  # of each environment's last whole episode
        self._start(reset_seeded(self.envs, seed))

    def begin_episodes(self, seed):
        """New episodes from this seed; the steps and the episodes counted so far stay."""
        self._start(reset_seeded(self.envs, seed))

    def _start(self, observation):
        self.observation = np.array(observation)  # a copy: environments may write the next one over it
        self.no_row = np.zeros(self.envs.num_envs, bool)
        self.resetting = self.no_row  # rows whose next step is only a reset
        self.returns = np.zeros(self.envs.num_envs)
        self.lengths = np.zeros(self.envs.num_envs, int)

    def _step(self, running=None, action=None):
        """One step of every environment, counted where `running`: the fields of a Trajectory, each [N, …]."""
        observation = self.observation
        mask = ~self.resetting if running is None else running
        action = self.checked(self.policy(observation) if action is None else action)
        following, reward, terminated, truncated, info = self.envs.step(action)
        following = np.array(following)
        if np.isnan(reward).any():
            raise ValueError(f"environment {int(np.isnan(reward).argmax())} gave a reward that is NaN")
        self._count(reward, mask)
        done, next_observation, self.resetting = terminated | truncated, following, self.no_row
        if done.any():
            self._finish(done & mask)
            next_observation, following = self._cross(done, following, info)
        self.observation = following
        discount = np.float32(self.gamma) * (mask & ~terminated)
        done, mask = (done | ~mask).astype(np.float32), mask.astype(np.float32)
        reward = (mask * reward).astype(np.float32, copy=False)
        return Trajectory(observation, action, reward, discount, next_observation, done, mask)

    def _count(self, reward, mask):
        self.returns += reward * mask
        self.lengths += mask
        self.num_steps += np.count_nonzero(mask)

    def _finish(self, ended):
        for i in np.flatnonzero(ended):
            self.episodes.append((self.num_steps, float(self.returns[i]), int(self.lengths[i])))
            self.last_returns[i] = self.returns[i]
            self.returns[i], self.lengths[i] = 0.0, 0

    def _cross(self, done, following, info):
        """At the end of an episode: the true last observations, and those that the policy sees next."""
        if self.mode == AutoresetMode.DISABLED:
            return following, np.array(self.envs.reset(options={"reset_mask": done})[0])
        if self.mode == AutoresetMode.NEXT_STEP:
            self.resetting = done
            return following, following
        last = following.copy()
        for i in np.flatnonzero(done):
            last[i] = info["final_obs"][i]
        return last, following

    def step(self, action=None):
        """One step of every environment -> Transition of [B, …] arrays; B < N if some were only a reset.

        `action` [N] takes the place of the policy's, for programs that learn and act in one call.
        """
        row = self._step(action=action)
        fields = (row.observation, row.action, row.reward, row.discount, row.next_observation)
        real = row.mask > 0
        return Transition(*fields) if real.all() else Transition(*(field[real] for field in fields))

    def collect(self, num_steps):
        """`num_steps` steps of every environment, going on where the last call stopped -> Trajectory [T, N].

        Raises:
          ValueError: num_steps < 1.
        """
        if num_steps < 1:
            raise ValueError(f"num_steps must be at least 1, got {num_steps}")
        return Trajectory(*map(np.stack, zip(*(self._step() for _ in range(num_steps)), strict=True)))

    def play_episodes(self):
        """One whole episode of every environment, from a fresh reset -> Trajectory [T, N], T the longest.

        Taking one episode of each, rather than the first N to finish, keeps long episodes from being
        left out. After an environment's episode its rows are padding: mask, reward and discount are 0.
        """
        return Trajectory(*map(np.stack, zip(*self._whole_episodes(), strict=True)))

    def play_returns(self):
        """The same episodes, of which only the undiscounted returns are kept -> [N] float64."""
        for _ in self._whole_episodes():
            pass
        return self.last_returns.copy()

    def _whole_episodes(self):
        """Yields a step of every environment at a time until each has played an episode, then resets all."""
        if self.lengths.any() or self.resetting.any():
            self._start(self.envs.reset()[0])
        running = np.ones(self.envs.num_envs, bool)
        while running.any():
            row = self._step(running)
            running = running & (row.done == 0)
            yield row
        self._start(self.envs.reset()[0])
