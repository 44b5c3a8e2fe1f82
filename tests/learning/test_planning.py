"""Planning: the cross-entropy method on functions whose maxima are known."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import cross_entropy_plan, refit


def generator(seed=0):
    return tf.random.Generator.from_seed(seed, alg="philox")


def test_refit_worked_out_by_hand():
    sequences = tf.reshape(tf.constant([[1.0, 2.0, 5.0, 9.0], [0.0, 4.0, 6.0, 7.0]]), [2, 4, 1, 1])
    scores = tf.constant([[3.0, 1.0, 4.0, 0.0], [0.0, 5.0, 1.0, 9.0]])
    mean, std = refit(sequences, scores, 2)
    np.testing.assert_allclose(mean[:, 0, 0], [3.0, 5.5])  # of 1 and 5, and of 4 and 7
    np.testing.assert_allclose(std[:, 0, 0], [2.0, 1.5])


def test_every_plan_finds_its_own_maximum():
    goal = tf.constant([[[0.5], [-0.3]], [[0.1], [0.8]]])  # [N = 2, H = 2, A = 1]

    def score(sequences):
        return -tf.reduce_sum(tf.square(sequences - goal[:, None]), axis=[2, 3])

    plan = cross_entropy_plan(score, generator(), 2, 2, 1, num_sequences=200, num_rounds=10)
    np.testing.assert_allclose(plan, goal, atol=0.02)


def test_actions_stay_within_their_limit():
    seen = []

    def score(sequences):
        seen.append(tf.reduce_max(tf.abs(sequences)))
        return tf.reduce_sum(sequences, axis=[2, 3])

    plan = cross_entropy_plan(score, generator(), 1, 3, 1, limit=2.0, num_sequences=1_000)
    np.testing.assert_allclose(plan, 2.0, atol=0.1)
    assert max(float(x) for x in seen) <= 2


def test_one_seed_repeats_and_another_does_not():
    def plan(seed):
        score = partial(tf.reduce_sum, axis=[2, 3])
        return cross_entropy_plan(lambda x: score(tf.sin(9 * x)), generator(seed), 1, 4, 1).numpy()

    np.testing.assert_array_equal(plan(0), plan(0))
    assert np.abs(plan(0) - plan(1)).max() > 1e-3


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ((1, 0, 1), {}, "horizon must be at least 1, got 0"),
        ((1, 5, 1), {"num_sequences": 0}, "num_sequences must be at least 1, got 0"),
        ((1, 5, 1), {"elite": 0.001}, "elite=0.001 of 50 sequences keeps 0"),
        ((1, 5, 1), {"elite": 1.1}, "elite=1.1 of 50 sequences keeps 55"),
    ],
)
def test_bad_counts_are_refused(counts, options, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy_plan(lambda s: tf.zeros(s.shape[:2]), generator(), *counts, **options)
