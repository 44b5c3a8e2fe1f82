"""n-step transitions: every step is a start exactly once, nothing crosses an episode, tails are γᵏ."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import Trajectory, n_step_transitions


def trajectory(reward, done, terminated, gamma=0.5):
    """Steps [T, 1] whose observations are their places in time."""
    column = lambda x: tf.constant(np.array(x, np.float32)[:, None])  # noqa: E731
    place = np.arange(len(reward), dtype=np.float32)
    return Trajectory(
        tf.constant(place[:, None, None]),
        tf.constant(place[:, None].astype(np.int64)),
        column(reward),
        column(gamma * (1 - np.array(terminated, float))),
        tf.constant(place[:, None, None] + 0.5),
        column(done),
        tf.ones([len(reward), 1]),
    )


def test_three_steps_by_hand():
    """Steps 2 (terminated) and 4 (cut off) end episodes."""
    steps = trajectory([1, 2, 4, 8, 16, 32, 64], [0, 0, 1, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0, 0])
    rows = n_step_transitions(steps, 3)
    np.testing.assert_array_equal(rows.observation[:, 0, 0], [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(rows.action[:, 0], [0, 1, 2, 3, 4])
    np.testing.assert_allclose(rows.reward[:, 0], [1 + 1 + 1, 2 + 2, 4, 8 + 8, 16])
    np.testing.assert_allclose(rows.discount[:, 0], [0, 0, 0, 0.25, 0.5])  # tails: γ², γ
    np.testing.assert_allclose(rows.next_observation[:, 0, 0], [2.5, 2.5, 2.5, 4.5, 4.5])


def test_a_whole_window_has_the_discount_gamma_to_the_n():
    rows = n_step_transitions(trajectory([1, 2, 4], [0, 0, 0], [0, 0, 0]), 3)
    np.testing.assert_allclose([rows.reward[0, 0], rows.discount[0, 0]], [1 + 1 + 1, 0.125])
    np.testing.assert_allclose(rows.next_observation, [[[2.5]]])


def test_one_step_is_what_happened():
    steps = trajectory([1, 2, 4], [0, 1, 0], [0, 1, 0])
    for ours, theirs in zip(n_step_transitions(steps, 1), steps, strict=False):
        np.testing.assert_array_equal(ours, theirs)


def test_against_a_loop_over_episodes():
    rng = np.random.default_rng(0)
    for _ in range(50):
        n, length = int(rng.integers(1, 6)), 12
        done = rng.random(length) < 0.3
        terminated = done & (rng.random(length) < 0.5)
        reward = rng.normal(size=length).astype(np.float32)
        rows = n_step_transitions(trajectory(reward, done, terminated, 0.9), n)
        for t in range(length - n + 1):
            total, k = 0.0, 0
            while True:
                total += 0.9**k * reward[t + k]
                k += 1
                if done[t + k - 1] or k == n:
                    break
            expected = total, 0.9**k * (not terminated[t + k - 1]), t + k - 0.5
            got = rows.reward[t, 0], rows.discount[t, 0], rows.next_observation[t, 0, 0]
            np.testing.assert_allclose(got, expected, atol=1e-5)


def test_bad_counts_are_refused():
    steps = trajectory([1, 2], [0, 0], [0, 0])
    for n in (0, 3):
        with pytest.raises(ValueError, match=f"n must be in 1 … 2, the steps there are, got {n}"):
            n_step_transitions(steps, n)
