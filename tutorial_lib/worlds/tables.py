"""Finite worlds whose rules are known: their transition tables, and exact values to measure learners by."""

from typing import NamedTuple

import numpy as np


class TabularModel(NamedTuple):
    """The transitions of S states and A actions, each with at most K outcomes."""

    probability: np.ndarray  # [S, A, K]  p(outcome | s, a), 0 for padding
    next_state: np.ndarray  # [S, A, K]  int64
    reward: np.ndarray  # [S, A, K]
    terminated: np.ndarray  # [S, A, K]  bool
    start: np.ndarray  # [S]        p(first state)

    @property
    def num_states(self):
        return self.probability.shape[0]

    @property
    def num_actions(self):
        return self.probability.shape[1]


def tabular_model(env):
    """Reads the transition table out of an environment that has one, such as FrozenLake.

    Raises:
      ValueError: the environment keeps no table `P`, or no distribution of first states.
    """
    inner = env.unwrapped
    table, start = getattr(inner, "P", None), getattr(inner, "initial_state_distrib", None)
    if table is None or start is None:
        raise ValueError(
            f"{type(inner).__name__} shows no table of its transitions: learn from steps instead"
        )
    num_states, num_actions = len(table), len(table[0])
    outcomes = max(len(table[s][a]) for s in table for a in table[s])
    shape = (num_states, num_actions, outcomes)
    probability, next_state, reward = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape)
    terminated = np.zeros(shape, bool)
    for s in range(num_states):
        for a in range(num_actions):
            for k, (p, s_next, r, end) in enumerate(table[s][a]):
                probability[s, a, k], next_state[s, a, k] = p, s_next
                reward[s, a, k], terminated[s, a, k] = r, end
    return TabularModel(probability, next_state, reward, terminated, np.asarray(start, float))


def reachable_states(model):
    """States in which an agent can find itself with an action to choose: [S] bool.

    The others, such as the goal or a cell under the cliff, are never left, so no learner can value them.
    """
    reached = model.start > 0
    while True:
        steps = (model.probability > 0) & ~model.terminated & reached[:, None, None]
        grown = reached.copy()
        grown[model.next_state[steps]] = True
        if (grown == reached).all():
            return reached
        reached = grown


def value_iteration(model, gamma, *, tolerance=1e-10, max_sweeps=100_000):
    """Solves Bellman's optimality equation by repeating it as an assignment -> Q* [S, A] (Bellman, 1957).

        Q(s, a) ← Σ p(s′, r | s, a) [r + γ (1 − terminated) maxₐ′ Q(s′, a′)]

    Args:
      gamma: γ in [0, 1]; 1 is only for worlds in which every good policy ends.
      tolerance: stop when no entry moves by more.

    Raises:
      ValueError: γ outside [0, 1], or no convergence within `max_sweeps`.
    """
    _check_gamma(gamma)
    discount = gamma * (1.0 - model.terminated)  # [S, A, K]
    q = np.zeros((model.num_states, model.num_actions))
    for _ in range(max_sweeps):
        value = q.max(axis=1)  # [S]
        new = (model.probability * (model.reward + discount * value[model.next_state])).sum(axis=2)
        change = np.abs(new - q).max()
        q = new
        if change <= tolerance:
            return q
    raise ValueError(
        f"value iteration still moves by {change:.3g} after {max_sweeps} sweeps: with γ = {gamma} some "
        "policy collects reward for ever; use γ < 1"
    )


def policy_evaluation(model, policy, gamma):
    """The exact values of a policy, from one linear system -> q_π [S, A].

        q_π(s, a) = Σ p(s′, r | s, a) [r + γ (1 − terminated) Σ π(a′ | s′) q_π(s′, a′)]

    Args:
      policy: [S, A] probabilities, each row summing to 1.
      gamma: γ in [0, 1).

    Raises:
      ValueError: γ outside [0, 1), a policy of the wrong shape, or one whose rows do not sum to 1.
    """
    _check_gamma(gamma)
    if gamma == 1:
        raise ValueError("policy_evaluation needs gamma < 1: a policy that never ends has no finite value")
    shape = (model.num_states, model.num_actions)
    policy = np.asarray(policy, float)
    if policy.shape != shape or not np.allclose(policy.sum(axis=1), 1) or (policy < 0).any():
        raise ValueError(f"the policy must hold probabilities of shape {shape} whose rows sum to 1")
    weight = gamma * model.probability * ~model.terminated  # [S, A, K]
    moves = np.zeros((*shape, model.num_states))
    rows, columns = np.indices(shape)
    for k in range(weight.shape[2]):
        np.add.at(moves, (rows, columns, model.next_state[:, :, k]), weight[:, :, k])
    expected_reward = (model.probability * model.reward).sum(axis=2)  # [S, A]
    step = np.einsum("sa,sat->st", policy, moves)
    value = np.linalg.solve(np.eye(shape[0]) - step, (policy * expected_reward).sum(axis=1))
    return expected_reward + moves @ value


def epsilon_greedy_policy(q, epsilon):
    """The probabilities of the ε-greedy policy of a table: [S, A] -> [S, A]; ties share."""
    best = q >= q.max(axis=1, keepdims=True) - 1e-9
    return epsilon / q.shape[1] + (1 - epsilon) * best / best.sum(axis=1, keepdims=True)


def _check_gamma(gamma):
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be in [0, 1], got {gamma}")
