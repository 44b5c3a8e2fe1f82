"""Learning with tables: independent agents, each with its own table and world, stepped as one array."""

from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode

from tutorial_lib.worlds.envs import reset_seeded


class TableStep(NamedTuple):
    """One step of N agents; agent[i] = i, so that q[agent, state, action] is [N]."""

    agent: np.ndarray  # [N] int64   0 … N−1
    state: np.ndarray  # [N] int64   s
    action: np.ndarray  # [N] int64   a
    reward: np.ndarray  # [N]         r
    discount: np.ndarray  # [N]         γ (1 − terminated)
    next_state: np.ndarray  # [N] int64   s′ before any reset
    next_action: np.ndarray  # [N] int64   a′, what the agent does next unless the episode is over
    alpha: Any  # α, a number or [N]


class TableRun(NamedTuple):
    """What `train_tables` returns; P is the number of measurements, E that of finished episodes."""

    q: np.ndarray  # [N, S, A]
    steps: np.ndarray  # [P]        steps of each agent at a measurement
    measured: np.ndarray  # [P, N]     what `measure` said then
    episodes: np.ndarray  # [E, 4]     agent, its steps so far, return, length


class TableWorlds:
    """N copies of a finite world, stepped by looking up its TabularModel.

    Args:
      model: a TabularModel.
      num_agents: N, at least 1.
      max_episode_steps: the time limit in steps, or None.
      exploring_starts: [S] bool; start in any of these states, with any action, instead of where the world
        starts.

    Raises:
      ValueError: num_agents < 1.
    """

    def __init__(self, model, num_agents, *, max_episode_steps=None, exploring_starts=None):
        if num_agents < 1:
            raise ValueError(f"num_agents must be at least 1, got {num_agents}")
        self.num_agents, self.num_states, self.num_actions = num_agents, model.num_states, model.num_actions
        self.model, self.max_episode_steps = model, max_episode_steps or np.inf
        self.exploring = exploring_starts is not None
        start = exploring_starts / np.sum(exploring_starts) if self.exploring else model.start
        self.start = np.cumsum(start)
        self.num_outcomes = model.probability.shape[2]
        self.cumulative = np.cumsum(model.probability, axis=2).reshape(-1, self.num_outcomes)
        self.tables = model.next_state.ravel(), model.reward.ravel(), model.terminated.ravel()

    def reset(self, seed):
        self.rng = np.random.default_rng(seed)
        self.state = self._first(self.num_agents)
        self.age = np.zeros(self.num_agents, np.int64)
        return self.state

    def _first(self, count):
        return np.minimum(np.searchsorted(self.start, self.rng.random(count), "right"), self.num_states - 1)

    def step(self, action):
        """Actions -> (next_state before any reset, reward, terminated, truncated, state after), all [N]."""
        row = self.state * self.num_actions + action
        if self.num_outcomes > 1:
            passed = (self.cumulative[row] <= self.rng.random((self.num_agents, 1))).sum(axis=1)
            row = row * self.num_outcomes + np.minimum(passed, self.num_outcomes - 1)
        next_state, reward, terminated = (table[row] for table in self.tables)
        self.age += 1
        truncated = ~terminated & (self.age >= self.max_episode_steps)
        done, self.state = terminated | truncated, next_state
        if done.any():
            self.state = next_state.copy()
            self.state[done] = self._first(int(done.sum()))
            self.age[done] = 0
        return next_state, reward, terminated, truncated, self.state


class EncodedWorlds:
    """A vector environment whose observations are turned into states by a Discretizer.

    Args:
      envs: a VectorEnv that resets within the step, from `make_vec_env`.
      discretizer: has `encode` ([N, D] -> [N]) and `num_codes`.

    Raises:
      ValueError: the environment resets in another way.
    """

    def __init__(self, envs, discretizer):
        if envs.metadata.get("autoreset_mode") != AutoresetMode.SAME_STEP:
            raise ValueError("the environments must reset within the step: make them with make_vec_env")
        self.envs, self.discretizer = envs, discretizer
        self.num_agents, self.num_states = envs.num_envs, discretizer.num_codes
        self.num_actions, self.exploring = int(envs.single_action_space.n), False

    def reset(self, seed):
        self.state = self.discretizer.encode(reset_seeded(self.envs, seed))
        return self.state

    def step(self, action):
        """As in TableWorlds."""
        observation, reward, terminated, truncated, info = self.envs.step(action)
        self.state = next_state = self.discretizer.encode(observation)
        done = terminated | truncated
        if done.any():
            next_state = self.state.copy()
            next_state[done] = self.discretizer.encode(np.stack(list(info["final_obs"][done])))
        return next_state, reward, terminated, truncated, self.state


def choose(q, epsilon, rng, *, random_ties=True):
    """ε-greedy actions: [N, A] -> [N] int64. Ties are broken at random, or by the lowest index if asked.

    With probability ε every action counts as tied for best.
    """
    explore = rng.random(len(q)) < epsilon
    tied = (q == q.max(axis=1, keepdims=True)) | explore[:, None]
    if random_ties:
        return np.where(tied, rng.random(q.shape), -1.0).argmax(axis=1)
    return np.where(explore, rng.integers(q.shape[1], size=len(q)), q.argmax(axis=1))


def train_tables(
    worlds, update, *, num_steps, gamma, alpha, epsilon, seed=0, num_tables=1, initial=0.0,
    whole_episodes=False, random_ties=True, measure=None, measure_at=(),
):  # fmt: skip
    """Lets N agents learn at once, each from its own steps only.

    Args:
      worlds: TableWorlds or EncodedWorlds.
      update: (q, step) changes q [N, S, A] in place after every TableStep; with num_tables > 1, q is
        [tables, N, S, A] and agents act on the sum. With `whole_episodes` it is called as
        (q [S, A], states, actions, rewards, cut, alpha) for one agent after its episode; `cut` is the state
        in which the time limit stopped it, None if the world ended it.
      num_steps: steps of each agent.
      gamma: γ in [0, 1].
      alpha, epsilon: a number, an array [N], or a function of the step and, for alpha, of how often each
        agent has been in its (s, a), this time included [N].
      initial: the value that every entry of the table starts with.
      measure: q [N, S, A] -> [N], called after the steps in `measure_at`, and at the end.

    Raises:
      ValueError: γ outside [0, 1], or num_steps < 1.
    """
    if not 0 <= gamma <= 1 or num_steps < 1:
        raise ValueError(f"gamma must be in [0, 1] and num_steps at least 1, got {gamma} and {num_steps}")
    tables = np.full((num_tables, worlds.num_agents, worlds.num_states, worlds.num_actions), initial, float)
    learner = _Agents(worlds, tables, update, gamma, alpha, epsilon, whole_episodes, random_ties, seed)
    moments, steps, measured = set(measure_at) | {num_steps}, [], []
    for step in range(1, num_steps + 1):
        learner.step(step)
        if measure and step in moments:
            steps.append(step)
            measured.append(measure(learner.q.mean(axis=0)))
    episodes = np.array(learner.episodes, float).reshape(-1, 4)
    return TableRun(learner.q.mean(axis=0), np.array(steps), np.array(measured), episodes)


class _Agents:
    """The loop of `train_tables`, one step at a time."""

    def __init__(self, worlds, tables, update, gamma, alpha, epsilon, whole_episodes, random_ties, seed):
        self.worlds, self.q, self.update = worlds, tables, update  # q: [tables, N, S, A]
        self.gamma, self.alpha = gamma, alpha
        self.epsilon = epsilon if callable(epsilon) else lambda step: epsilon
        self.whole_episodes, self.random_ties = whole_episodes, random_ties
        self.table = self.q[0] if len(self.q) == 1 else self.q  # what `update` sees
        self.visits = np.zeros(self.q.shape[1:], np.int32) if callable(alpha) else None
        self.episodes, self.history = [], []  # history: (state, action, reward) of the last steps, each [N]
        self.agent = np.arange(worlds.num_agents)
        self.returns, self.lengths = np.zeros(len(self.agent)), np.zeros(len(self.agent), int)
        for_worlds, for_agents = np.random.SeedSequence(seed).spawn(2)
        self.rng = np.random.default_rng(for_agents)
        self.state = worlds.reset(int(for_worlds.generate_state(1)[0]))
        self.action = self.first_actions(self.agent, self.state, 0)

    def choose(self, agent, state, epsilon):
        q = self.q[0, agent, state] if len(self.q) == 1 else self.q[:, agent, state].sum(axis=0)
        return choose(q, epsilon, self.rng, random_ties=self.random_ties)

    def first_actions(self, agent, state, step):
        if self.worlds.exploring:
            return self.rng.integers(self.q.shape[-1], size=len(agent))
        epsilon = self.epsilon(step)
        return self.choose(agent, state, epsilon if np.ndim(epsilon) == 0 else epsilon[agent])

    def step(self, step):
        agent, state, action = self.agent, self.state, self.action
        next_state, reward, terminated, truncated, self.state = self.worlds.step(action)
        next_action = self.choose(agent, next_state, self.epsilon(step))
        alpha = self.alpha
        if self.visits is not None:
            self.visits[agent, state, action] += 1
            alpha = alpha(step, self.visits[agent, state, action])
        discount = self.gamma * (1.0 - terminated)
        if self.whole_episodes:
            self.history.append((state, action, reward))
        else:
            row = TableStep(agent, state, action, reward, discount, next_state, next_action, alpha)
            self.update(self.table, row)
        self.returns += reward
        self.lengths += 1
        done = terminated | truncated
        self.action = next_action.copy()  # `update` may have kept the other one
        if done.any():
            cut = np.where(truncated & ~terminated, next_state, -1)
            self.finish(np.flatnonzero(done), cut, step, alpha)

    def finish(self, ended, cut, step, alpha):
        for i in ended:
            if self.whole_episodes:
                self.learn_from_episode(i, None if cut[i] < 0 else cut[i], alpha)
            self.episodes.append((i, step, self.returns[i], self.lengths[i]))
        self.returns[ended], self.lengths[ended] = 0.0, 0
        self.action[ended] = self.first_actions(ended, self.state[ended], step)
        del self.history[: len(self.history) - self.lengths.max()]

    def learn_from_episode(self, i, cut, alpha):
        rows = self.history[len(self.history) - self.lengths[i] :]
        states, actions, rewards = ([row[j][i] for row in rows] for j in range(3))
        self.update(self.table[i], states, actions, rewards, cut, np.broadcast_to(alpha, self.agent.shape)[i])
