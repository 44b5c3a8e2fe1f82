"""A replay gives back exactly what was put in, refuses what would spoil it, at one cost for any size."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tensorflow.python.client import device_lib

from tutorial_lib import ReplayBuffer, Transition, make_vec_env, replay_bytes, transition_spec
from tutorial_lib.memory import replay as memory

SPEC = Transition(
    tf.TensorSpec([2], tf.float32),
    tf.TensorSpec([], tf.int64),
    tf.TensorSpec([], tf.float32),
    tf.TensorSpec([], tf.float32),
    tf.TensorSpec([2], tf.float32),
)


def buffer(capacity=5, seed=0):
    return ReplayBuffer(capacity, SPEC, tf.random.Generator.from_seed(seed, alg="philox"))


def rows(*numbers):
    """Rows that can be told apart in every column."""
    n = np.array(numbers, np.float32)
    pair = np.stack([n, -n], axis=1)
    return Transition(pair, n.astype(np.int64), n + 0.5, n / 2, pair + 1)


def assert_holds(replay, numbers):
    for column, expected in zip(replay.columns, rows(*numbers), strict=True):
        np.testing.assert_array_equal(column[: len(numbers)].numpy(), expected)


def test_new_rows_take_the_place_of_the_oldest():
    replay = buffer()
    replay.add(rows(0, 1, 2))
    assert_holds(replay, [0, 1, 2])
    assert len(replay) == 3
    replay.add(rows(3, 4, 5, 6))
    assert_holds(replay, [5, 6, 2, 3, 4])
    assert len(replay) == 5
    assert int(replay.num_added) == 7


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8))
def test_the_ring_agrees_with_a_list(sizes):
    replay, ring, count = buffer(), [None] * 5, 0
    for size in sizes:
        numbers = list(range(count, count + size))
        replay.add(rows(*numbers))
        for number in numbers:
            ring[number % 5] = number
        count += size
    assert_holds(replay, [number for number in ring if number is not None])


def test_rows_stay_together_and_are_drawn_equally_often():
    replay = buffer(4)
    replay.add(rows(7, 8, 9))
    batch = replay.sample(6000)
    for drawn, column in zip(batch, rows(*batch.action.numpy()), strict=True):
        np.testing.assert_array_equal(drawn, column)
    _, counts = np.unique(batch.action, return_counts=True)
    assert len(counts) == 3, "the row that was never filled must not be drawn"
    assert stats.chisquare(counts).pvalue > 1e-4


def test_samples_repeat_with_the_seed_also_when_compiled():
    replays = [buffer(seed=seed) for seed in (3, 3, 4)]
    for replay in replays:
        replay.add(rows(0, 1, 2, 3, 4))
    for compiled in (False, True):
        draws = [
            tf.function(lambda replay=replay: replay.sample(20).action, jit_compile=compiled)().numpy()
            for replay in replays
        ]
        np.testing.assert_array_equal(draws[0], draws[1])
        assert (draws[0] != draws[2]).any()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_writing_inside_a_compiled_function_equals_add(jit_compile):
    one, two = buffer(), buffer()
    write = tf.function(lambda *columns: two.write(Transition(*columns)), jit_compile=jit_compile)
    for numbers in ([0, 1, 2], [3, 4, 5]):
        one.add(rows(*numbers))
        write(*rows(*numbers))
    for ours, theirs in zip(one.columns, two.columns, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def spoilt(**columns):
    return rows(0, 1)._replace(**columns)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (rows(0, 1)[:4], "5 columns, got 4"),
        (spoilt(observation=np.zeros((2, 3), np.float32)), "observation must have the shape"),
        (spoilt(reward=np.zeros((2, 1), np.float32)), "reward must have the shape"),
        (spoilt(reward=np.float32(1)), "reward must have the shape"),
        (spoilt(action=np.zeros(2, np.float32)), "action must be int64, got float32"),
        (spoilt(reward=np.zeros(3, np.float32)), "same number of rows"),
        (spoilt(next_observation=np.array([[0, 1], [np.nan, 1]])), "next_observation .* in row 1"),
        (spoilt(reward=np.array([np.inf, 1])), "reward .* in row 0"),
        (rows(*range(6)), "6 rows do not fit into a replay of 5"),
    ],
)
def test_a_spoilt_batch_is_refused_and_nothing_changes(batch, message):
    replay = buffer()
    replay.add(rows(1, 2))
    with pytest.raises(ValueError, match=message):
        replay.add(batch)
    assert_holds(replay, [1, 2])
    assert len(replay) == 2


def test_misuse_is_named():
    with pytest.raises(ValueError, match="empty"):
        buffer().sample(3)
    with pytest.raises(ValueError, match="batch_size"):
        buffer().sample(0)
    with pytest.raises(ValueError, match="capacity"):
        buffer(0)


def test_memory_is_known_before_it_is_taken():
    per_row = 4 * (2 + 1 + 1 + 2) + 8
    assert replay_bytes(1000, SPEC) == 1000 * per_row
    replay = buffer(1000)
    held = sum(column.numpy().nbytes for column in replay.columns)
    assert replay.num_bytes == held == 1000 * per_row
    assert "0.0 MB" in repr(replay)
    with pytest.raises(MemoryError, match="rows would fit"):
        buffer(10**14)


def test_counters_and_actions_are_int64_so_that_a_gpu_can_hold_them():
    replay = buffer()
    assert replay.num_added.dtype == replay.columns[1].dtype == tf.int64


def test_the_spec_follows_the_spaces():
    spec = transition_spec(make_vec_env("CartPole-v1", 2))
    assert spec.observation == spec.next_observation == tf.TensorSpec([4], tf.float32)
    assert spec.action == tf.TensorSpec([], tf.int64)
    lake = transition_spec(make_vec_env("FrozenLake-v1", 2))
    assert lake.observation == tf.TensorSpec([], tf.int64)
    pendulum = transition_spec(make_vec_env("Pendulum-v1", 2))
    assert pendulum.action == tf.TensorSpec([1], tf.float32)


def test_many_sizes_many_buffers_and_no_retracing(caplog):
    for _ in range(8):
        replay = buffer()
        for size in (1, 3, 2, 5):
            replay.add(rows(*range(size)))
            replay.sample(2)
    assert not caplog.records


def test_a_dropped_buffer_is_gone_at_once():
    replay = buffer()
    replay.add(rows(1, 2))
    column = weakref.ref(replay.columns[0])
    gc.disable()
    try:
        del replay
        assert column() is None
    finally:
        gc.enable()


def test_cleared_and_still_true():
    replay = buffer()
    assert replay  # also an empty one, so that `replay or default` is safe
    replay.add(rows(1, 2, 3))
    replay.clear()
    assert replay
    assert len(replay) == 0
    with pytest.raises(ValueError, match="empty"):
        replay.sample(1)
    replay.add(rows(7))
    assert set(replay.sample(20).action.numpy()) == set(rows(7).action)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_only_the_first_rows_are_written_where_a_count_says_so(count):
    padded, whole = buffer(4), buffer(4)
    for replay in (padded, whole):
        replay.add(rows(1, 2, 3))
    tf.function(padded.write)(rows(4, 5, 6), tf.constant(count, tf.int64))
    whole.add(rows(*[4, 5, 6][:count]))
    assert int(padded.num_added) == 3 + count
    for ours, theirs in zip(padded.columns, whole.columns, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_memory_is_that_of_the_device_of_the_replay(monkeypatch):
    asked = []

    def little(device):
        asked.append(device)
        return 1e4

    monkeypatch.setattr(memory, "free_bytes", little)
    with pytest.raises(MemoryError, match=r"0\.0 GB are free on CPU:0: 250 rows would fit"):
        buffer(1000)
    assert asked[0].endswith("device:CPU:0")


def test_free_memory_of_a_gpu_is_what_tensorflow_may_still_take(monkeypatch):
    gpu = SimpleNamespace(name="/device:GPU:1", memory_limit=1_000)
    monkeypatch.setattr(device_lib, "list_local_devices", lambda: [gpu])
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", {"GPU:1": {"current": 300}}.get)
    assert memory.free_bytes("/job:localhost/replica:0/task:0/device:GPU:1") == 700
