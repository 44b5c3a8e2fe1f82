"""Stretches of time: of one environment, in order, whole, and each as likely as any other."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tutorial_lib import SequenceReplay, Transition

N = 3
number = tf.TensorSpec([], tf.float32)
SPEC = Transition(tf.TensorSpec([2], tf.float32), tf.TensorSpec([], tf.int64), number, number, number)


def replay(capacity=30, length=4):
    generator = tf.random.Generator.from_seed(0, alg="philox")
    return SequenceReplay(capacity, SPEC._replace(next_observation=SPEC.observation), generator,
                          num_envs=N, length=length)  # fmt: skip


def fill(memory, num_steps, first=0):
    """Rows whose observation says the step and the environment."""
    for t in range(first, first + num_steps):
        place = np.array([[t, i] for i in range(N)], np.float32)
        memory.add(Transition(place, np.full(N, t), np.zeros(N), np.ones(N), place))


@pytest.mark.parametrize("num_steps", [4, 7, 10, 11, 23, 40])
def test_a_stretch_is_of_one_environment_in_order_and_still_stored(num_steps):
    memory = replay()
    fill(memory, num_steps)
    batch = memory.sample(2_000)
    step, env = batch.observation.numpy()[..., 0], batch.observation.numpy()[..., 1]
    assert batch.reward.shape == [2_000, 4]
    assert (np.diff(step, axis=1) == 1).all()
    assert (np.diff(env, axis=1) == 0).all()
    oldest = max(0, num_steps - 10)
    assert set(step[:, 0]) == set(range(oldest, num_steps - 3))
    assert step.max() == num_steps - 1
    np.testing.assert_array_equal(batch.action, step)


def test_every_stretch_is_as_likely_as_any_other():
    memory = replay()
    fill(memory, 25)
    first = memory.sample(21_000).observation.numpy()[:, 0]
    _, counts = np.unique(first, axis=0, return_counts=True)
    assert len(counts) == 7 * N
    assert stats.chisquare(counts).pvalue > 1e-4


def test_too_short_a_replay_is_refused():
    memory = replay()
    fill(memory, 3)
    with pytest.raises(ValueError, match="a stretch has 4 steps, and 3 of each environment are stored"):
        memory.sample(1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_envs": 0, "length": 4}, "at least 1, got 0 and 4"),
        ({"num_envs": 3, "length": 0}, "at least 1, got 3 and 0"),
        ({"num_envs": 4, "length": 4}, "a multiple of the 4 environments"),
        ({"num_envs": 3, "length": 11}, "33 rows or more, got 30"),
    ],
)
def test_bad_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SequenceReplay(30, SPEC, tf.random.Generator.from_seed(0, alg="philox"), **options)
