"""Loops that learn from a replay: n-step transitions and priorities, in the program and in Python."""

from functools import partial

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf
from agents import Counter

from tutorial_lib import Agent, PrioritizedReplayBuffer, load_run, off_policy_loop, save_run

pytestmark = pytest.mark.learning

GAMMA = 0.5


class CounterEnv(gym.Env):
    """`Counter` for Python."""

    observation_space, action_space = Counter.observation_space, Counter.action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = np.array([self.np_random.random(), 0.0], np.float32)
        return self.state, {}

    def step(self, action):
        self.state = self.state + np.array([0, 1], np.float32)
        count = self.state[1]
        terminated = bool(self.state[0] < 0.5 and count >= 3)
        return self.state, float(count), terminated, bool(count >= 5 and not terminated), {}


def watcher(generator):
    """It acts at random, learns nothing, and is more surprised by rows that are late in an episode."""
    act = lambda observation: generator.uniform([tf.shape(observation)[0]], maxval=2, dtype=tf.int64)  # noqa: E731

    def update(batch):
        place = tf.cast(batch.observation[:, 1], tf.float32)
        metrics = {"place": tf.reduce_mean(place)}
        return metrics | {"priority": place} if hasattr(batch, "row") else metrics

    return Agent(act, update, act)


def stored(loop):
    replay = loop.program.learner.replay
    return [column.numpy()[: len(replay)] for column in replay.columns]


@pytest.mark.parametrize("world", [Counter(), CounterEnv], ids=["whole loop", "step by step"])
@pytest.mark.parametrize(
    ("n", "num_steps"),
    [(3, 1), *(pytest.param(*sizes, marks=pytest.mark.slow) for sizes in [(4, 2), (2, 7)])],
)
def test_every_step_is_a_start_exactly_once(world, n, num_steps):
    """Checked against the rules of the world, all rows: rewards count up, episodes end after 3 or 5 steps."""
    options = dict(num_envs=3, batch_size=2, capacity=1_000, gamma=GAMMA, num_steps=num_steps)
    loop = off_policy_loop(watcher, world, n_step=n, **options)
    run = loop.run(420, seed=0)
    observation, _, reward, discount, following = stored(loop)
    assert len(reward) == run.num_steps - 3 * (n - 1), "the last n − 1 steps of each still wait"
    for s, r, d, s_next in zip(observation, reward, discount, following, strict=True):
        first, end = int(s[1]), 3 if s[0] < 0.5 else 5
        length = min(n, end - first)
        assert r == pytest.approx(sum(GAMMA**k * (first + 1 + k) for k in range(length)))
        np.testing.assert_array_equal(s_next, [s[0], first + length])
        terminated = s[0] < 0.5 and first + length == end
        assert d == (0 if terminated else np.float32(GAMMA**length))
    starts = observation[:, 0] * 10 + observation[:, 1]
    assert len(np.unique(starts)) == len(starts), "no step is a start twice"
    finished = {x for x in observation[:, 0] if x in observation[observation[:, 1] == 2][:, 0]}
    for episode in sorted(finished)[:40]:
        places = np.sort(observation[observation[:, 0] == episode][:, 1])
        np.testing.assert_array_equal(places, np.arange(len(places)))


@pytest.mark.slow
def test_rows_come_in_the_order_of_time():
    options = dict(num_envs=3, batch_size=2, capacity=1_000, num_steps=2, learning_starts=1_000)
    one, three = (off_policy_loop(watcher, Counter(), n_step=n, **options) for n in (1, 3))
    one.run(120, seed=0)
    three.run(120, seed=0)
    np.testing.assert_array_equal(stored(one)[0][: 120 - 6], stored(three)[0])


@pytest.mark.slow
def test_a_run_of_n_steps_goes_on_bit_for_bit(tmp_path):
    make = partial(off_policy_loop, watcher, Counter(), num_envs=3, batch_size=4, capacity=50)
    make = partial(make, n_step=3, memory=PrioritizedReplayBuffer)
    whole, part = make(), make()
    metrics = whole.run(300, seed=0).metrics["place"]
    part.run(150, seed=0)
    save_run(tmp_path / "run", loop=part)
    other = make()
    load_run(tmp_path / "run", loop=other)
    np.testing.assert_array_equal(other.run(300).metrics["place"], metrics[-50:])
    np.testing.assert_array_equal(whole.run(300, seed=0).metrics["place"], metrics)  # a seed is a seed


@pytest.mark.slow
@pytest.mark.parametrize("world", [Counter(), CounterEnv], ids=["whole loop", "step by step"])
def test_priorities_are_handed_back(world):
    """α = 1: later places are drawn more often, and the tree holds what the update said."""
    options = dict(num_envs=3, batch_size=64, capacity=60, num_updates=4)
    memory = partial(PrioritizedReplayBuffer, alpha=1.0)
    loop = off_policy_loop(watcher, world, memory=memory, **options)
    run = loop.run(300, seed=0)
    replay = loop.program.learner.replay
    said = replay.tree.levels[0].numpy()[:60]
    place = replay.columns[0].numpy()[:, 1]
    assert np.mean(np.isclose(said, place, atol=1e-5)) > 0.7  # the others were not drawn since they came
    uniform = off_policy_loop(watcher, world, **options).run(300, seed=0)
    assert run.metrics["place"][-20:].mean() > uniform.metrics["place"][-20:].mean() + 0.5


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="n_step must be a whole number of at least 1, got 0"):
        off_policy_loop(watcher, Counter(), num_envs=3, batch_size=2, capacity=10, n_step=0)
