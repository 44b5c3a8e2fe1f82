"""Prioritised replay draws rows exactly as often as it says, and its sums stay true."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tutorial_lib import PrioritizedReplayBuffer, ReplayBuffer, fuse, importance_weights
from tutorial_lib.memory.sum_tree import SumTree


class Row(NamedTuple):
    number: tf.Tensor


SPEC = Row(tf.TensorSpec([], tf.float32))


def generator(seed=0):
    return tf.random.Generator.from_seed(seed, alg="philox")


def buffer(capacity=10, count=0, **options):
    replay = PrioritizedReplayBuffer(capacity, SPEC, generator(), **options)
    replay.add([np.arange(count, dtype=np.float32)])
    return replay


def whole(rows):
    return tf.constant(rows, tf.int64)


@pytest.mark.parametrize("capacity", [1, 2, 8, 9, 64, 65, 1000])
def test_the_sums_of_the_tree_are_those_of_its_numbers(capacity):
    tree, numbers = SumTree(capacity), np.zeros(capacity, np.float32)
    rng = np.random.default_rng(capacity)
    for _ in range(5):
        rows, values = rng.integers(capacity, size=7), rng.random(7).astype(np.float32)
        rows, first = np.unique(rows, return_index=True)
        numbers[rows] = values[first]
        tree.set(whole(rows), tf.constant(values[first]))
    np.testing.assert_array_equal(tree.levels[0][:capacity], numbers)
    np.testing.assert_allclose(tree.total, numbers.sum(), rtol=1e-6)


def test_a_draw_by_hand():
    tree = SumTree(20)
    tree.set(whole([0, 3, 9, 19]), tf.constant([1.0, 2.0, 0.0, 5.0]))  # edges at 1/8 and 3/8
    drawn = tree.draw(tf.constant([0.0, 0.12, 0.13, 0.37, 0.38, 0.9999999]))
    np.testing.assert_array_equal(drawn, [0, 0, 3, 3, 19, 19])


def test_a_row_of_number_zero_is_never_drawn():
    tree = SumTree(1000)
    rows = np.arange(0, 1000, 3)
    tree.set(whole(rows), tf.constant(np.random.default_rng(0).random(len(rows)), tf.float32))
    edges = np.cumsum(tree.levels[0].numpy()) / tree.total.numpy()
    drawn = tree.draw(tf.constant(np.clip(np.append(edges, [0, 1 - 1e-7]), 0, 1), tf.float32))
    assert set(drawn.numpy() % 3) == {0}


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_rows_are_drawn_as_often_as_their_priorities_say(alpha):
    """χ² against exact probabilities, over rows of three levels of the tree."""
    priority = np.random.default_rng(1).exponential(size=150).astype(np.float32)
    replay = buffer(200, 150, alpha=alpha)
    replay.set_priorities(tf.range(150, dtype=tf.int64), priority)
    batch = tf.function(replay.sample, jit_compile=True)(200_000)
    exact = (priority.astype(float) + 1e-6) ** alpha
    exact /= exact.sum()
    counts = np.bincount(batch.row, minlength=150)
    assert stats.chisquare(counts, 200_000 * exact).pvalue > 1e-3
    np.testing.assert_allclose(batch.probability, exact[batch.row], rtol=1e-4)
    np.testing.assert_array_equal(batch.number, batch.row)  # each row brings its own columns


def test_weights_undo_the_drawing():
    """With β = 1 the weighted mean of draws is the plain mean of all rows; with α = 0 or β = 0 all are 1."""
    probability = tf.constant([0.5, 0.25, 0.25])
    np.testing.assert_allclose(importance_weights(probability, 1.0), [0.5, 1, 1])
    np.testing.assert_allclose(importance_weights(probability, 0.5), [0.5**0.5, 1, 1])
    np.testing.assert_array_equal(importance_weights(probability, 0.0), np.ones(3))
    np.testing.assert_array_equal(
        importance_weights(buffer(10, 7, alpha=0.0).sample(5).probability, 0.7), np.ones(5)
    )
    replay = buffer(10, 10, alpha=1.0)
    replay.set_priorities(tf.range(10, dtype=tf.int64), np.arange(1.0, 11))
    batch = replay.sample(100_000)
    weight = importance_weights(batch.probability, 1.0)
    weighted = tf.reduce_sum(weight * batch.number) / tf.reduce_sum(weight)
    np.testing.assert_allclose(weighted, 4.5, atol=0.05)
    assert tf.reduce_mean(batch.number) > 5.5  # without them


def test_new_rows_get_the_largest_priority_so_far():
    replay = buffer(4, 2, alpha=1.0, epsilon=0.5)
    np.testing.assert_allclose(replay.tree.levels[0][:4], [1.5, 1.5, 0, 0])
    replay.set_priorities(whole([0, 1]), [3.0, 0.0])
    replay.add([np.array([7.0], np.float32)])
    np.testing.assert_allclose(replay.tree.levels[0][:4], [3.5, 0.5, 3.5, 0])
    replay.set_priorities(whole([0, 2]), [0.0, 0.0])
    replay.add([np.array([8.0, 9.0], np.float32)])  # the second is written over the oldest row
    np.testing.assert_allclose(replay.tree.levels[0][:4], [3.5, 0.5, 0.5, 3.5])


def test_rows_beyond_the_count_keep_their_priorities():
    replay = buffer(4, 4, alpha=1.0)
    replay.set_priorities(whole([0, 1, 2, 3]), [1.0, 2.0, 3.0, 4.0])
    tf.function(replay.write)((tf.constant([7.0, 8.0]),), tf.constant(1, tf.int64))
    np.testing.assert_allclose(replay.tree.levels[0][:4], [4, 2, 3, 4], atol=1e-5)


def test_an_emptied_replay_is_as_new():
    replay = buffer(4, 4)
    replay.set_priorities(whole([1]), [9.0])
    replay.clear()
    assert len(replay) == 0 and replay.tree.total == 0 and replay.largest == 0
    with pytest.raises(ValueError, match="the replay is empty"):
        replay.sample(1)


def test_fuse_gives_priorities_back():
    replay = buffer(8, 8, alpha=1.0)
    learn = fuse(
        lambda batch: {"row": tf.reduce_mean(batch.number), "priority": batch.number},
        replay,
        batch_size=4,
        updates_per_call=50,
    )
    assert set(learn()) == {"row"}
    np.testing.assert_allclose(replay.tree.levels[0], np.arange(8), atol=1e-5)


def test_an_update_without_priorities_is_told():
    learn = fuse(lambda batch: {"loss": 0.0}, buffer(8, 8), batch_size=4, updates_per_call=1)
    with pytest.raises(ValueError, match=r'needs an update that returns {"priority": \|δ\| \[B\], …}'):
        learn()
    plain = ReplayBuffer(8, SPEC, generator())
    plain.add([np.zeros(3, np.float32)])
    with pytest.raises(ValueError, match="the metric 'priority' must be a scalar"):
        fuse(lambda batch: {"priority": batch[0]}, plain, batch_size=4, updates_per_call=1)()


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_priorities_are_refused_and_change_nothing(bad):
    replay = buffer(4, 4, alpha=1.0)
    before = replay.tree.levels[0].numpy()
    with pytest.raises(ValueError, match=f"priorities must be numbers ≥ 0, got {bad}"):
        replay.set_priorities(whole([0, 1]), [1.0, bad])
    np.testing.assert_array_equal(replay.tree.levels[0], before)
    tf.function(replay.set_priorities)(whole([0, 1]), tf.constant([3.0, bad]))  # compiled: that row only
    np.testing.assert_allclose(replay.tree.levels[0][:4], [3, 1, 1, 1], atol=1e-5)


def test_bad_settings_are_refused():
    make = partial(PrioritizedReplayBuffer, 4, SPEC, generator())
    for alpha in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got"):
            make(alpha=alpha)
    with pytest.raises(ValueError, match="epsilon must be greater than 0, got 0"):
        make(epsilon=0)
    with pytest.raises(ValueError, match="one priority per row"):
        buffer(4, 4).set_priorities(whole([0, 1]), [1.0])
    for beta in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got"):
            importance_weights(tf.ones(2), beta)
