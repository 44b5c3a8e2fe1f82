"""What the tests of worlds of tensors share: a world stepped beside Gymnasium's own environment."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy import stats

from tutorial_lib import make_env


class Step(NamedTuple):
    """What a step brings, all [N, …] arrays."""

    state: np.ndarray
    observation: np.ndarray
    reward: np.ndarray
    terminal: np.ndarray


def take_step(world, state, action):
    """A step of a world."""
    after = world.transition(state, action, None)
    return Step(after, world.observation(after), world.reward(state, action, after), world.terminal(after))


def compiled(world):
    """(state, action) -> Step of arrays, as one XLA program."""
    step = tf.function(lambda state, action: take_step(world, state, action), jit_compile=True)
    return lambda state, action: Step(*(x.numpy() for x in step(tf.constant(state), tf.constant(action))))


def random_actions(world, num_envs, rng):
    """Actions of [N]; continuous ones go beyond the bounds by half."""
    space = world.action_space
    if hasattr(space, "n"):
        return rng.integers(space.n, size=num_envs)
    return rng.uniform(1.5 * space.low, 1.5 * space.high, (num_envs, *space.shape)).astype(np.float32)


def gymnasium_step(env, state, action):
    """A step of Gymnasium's environment from a state that we choose."""
    inner = env.unwrapped
    inner.state, inner.steps_beyond_terminated = state.astype(np.float64), None
    observation, reward, terminated, _, _ = inner.step(action)
    return Step(np.array(inner.state), observation, reward, terminated)


def compare_steps(world, anywhere, *, num_steps=100, num_envs=120):
    """Steps from the same states: the largest differences of (state, observation, reward), how many ended.

    Half of the states are those of random episodes, half are drawn by `anywhere(rng, num_envs)`, so that
    every wall, bound and goal is met. Fails at once where one episode ends and the other does not.
    """
    rng, generator = np.random.default_rng(0), tf.random.Generator.from_seed(0, alg="philox")
    env = make_env(world.env_id)
    env.reset(seed=0)
    step, half = compiled(world), num_envs // 2
    state, worst, num_ends = world.initial(generator, num_envs).numpy(), np.zeros(3), 0
    for _ in range(num_steps):
        state[half:] = anywhere(rng, num_envs - half)
        action = random_actions(world, num_envs, rng)
        ours = step(state, action)
        theirs = Step(*map(np.array, zip(*map(gymnasium_step, [env] * num_envs, state, action), strict=True)))
        np.testing.assert_array_equal(ours.terminal, theirs.terminal)
        worst = np.maximum(worst, [np.abs(a - b).max() for a, b in zip(ours[:3], theirs[:3], strict=True)])
        num_ends += ours.terminal.sum()
        fresh = world.initial(generator, num_envs).numpy()
        state = np.where(ours.terminal[:, None], fresh, ours.state)
    return worst, num_ends


def free_runs(world, act, num_steps, num_envs=20):
    """Whole episodes from the same starts under the same actions, act(observation), each side for itself.

    Returns observations [num_steps, N, D] of both, NaN after the end.
    """
    env, step = make_env(world.env_id, max_episode_steps=num_steps), compiled(world)
    state = world.initial(tf.random.Generator.from_seed(1, alg="philox"), num_envs).numpy()
    ours, theirs = np.full((2, num_steps, num_envs, *world.observation_space.shape), np.nan)
    actions, running = [], np.ones(num_envs, bool)
    starts, observation = state.copy(), world.observation(tf.constant(state)).numpy()
    for t in range(num_steps):
        actions.append(act(observation))
        state, observation, _, terminal = step(state, actions[-1])
        ours[t, running] = observation[running]
        running &= ~terminal
    for i in range(num_envs):
        env.reset(seed=0)
        env.unwrapped.state, ended = starts[i].astype(np.float64), False
        for t in range(num_steps):
            if not ended:
                theirs[t, i], _, ended, _, _ = env.step(actions[t][i])
    return ours, theirs


def p_value_of_equal_starts(world, num_starts=5000):
    """The smallest p-value, over the entries of the state, of Kolmogorov and Smirnov's test of starts."""
    env = make_env(world.env_id)
    env.reset(seed=0)
    theirs = np.array([(env.reset(), env.unwrapped.state)[1] for _ in range(num_starts)])
    ours = world.initial(tf.random.Generator.from_seed(2, alg="philox"), num_starts).numpy()
    drawn = ours[:, ours.std(axis=0) > 0]
    together = np.atleast_2d(np.corrcoef(drawn.T)) - np.eye(drawn.shape[1])
    assert np.abs(together).max() < 0.1, "entries are drawn one by one"
    return min(stats.ks_2samp(a, b).pvalue for a, b in zip(ours.T, theirs.T, strict=True))
