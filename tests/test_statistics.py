"""Statistics over seeds, against hand computations and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tutorial_lib import bootstrap_interval, iqm, probability_of_improvement, range_of_luck

scores = st.lists(st.integers(-100, 500), min_size=1, max_size=20)
few = settings(max_examples=50, deadline=None)


def test_iqm_by_hand():
    assert iqm([1, 2, 3, 100]) == 2.5
    assert iqm([5]) == 5
    assert iqm([500, 0, 9, 11, 10, 10, -50, 10]) == 9.75
    np.testing.assert_array_equal(iqm([[1, 10], [2, 20], [3, 30], [100, -7]]), [2.5, 15])
    np.testing.assert_array_equal(iqm([[1, 2, 3, 100], [10, 20, 30, -7]], axis=1), [2.5, 15])


@few
@given(scores)
def test_iqm_lies_among_the_scores_and_does_not_mind_their_order(x):
    assert min(x) <= iqm(x) <= max(x)
    assert iqm(x) == pytest.approx(iqm(sorted(x)))


def test_the_interval_equals_scipys():
    x = np.random.default_rng(0).normal(300, 50, 12)
    options = {"confidence_level": 0.9, "method": "percentile", "n_resamples": 20_000, "rng": 1}
    expected = stats.bootstrap((x,), iqm, **options).confidence_interval
    low, high = bootstrap_interval(x, confidence=0.9, num_resamples=20_000)
    assert (low, high) == pytest.approx(tuple(expected), rel=0.01)


def test_the_interval_of_two_scores_by_hand():
    """Means of resamples of [0, 1]: 0, ½, ½, 1 with equal chances."""
    assert bootstrap_interval([0, 1], np.mean, confidence=0.95) == (0, 1)
    assert bootstrap_interval([0, 1], np.mean, confidence=0.4) == (0.5, 0.5)


def test_the_interval_covers_what_it_should():
    rng = np.random.default_rng(3)
    tables = rng.normal(size=(20, 300))  # 300 experiments of 20 seeds
    low, high = bootstrap_interval(tables, np.mean, confidence=0.9, num_resamples=500)
    assert low.shape == high.shape == (300,)
    assert 0.8 < np.mean((low < 0) & (high > 0)) < 0.95


def test_every_column_is_resampled_by_whole_seeds():
    x = np.arange(5.0)
    low, high = bootstrap_interval(np.stack([x, 2 * x], axis=1))
    assert low[1] == 2 * low[0]
    assert high[1] == 2 * high[0] > 2 * low[0]


def test_one_seed_has_no_width_and_a_seed_repeats():
    assert bootstrap_interval([7.0]) == (7, 7)
    assert bootstrap_interval([1, 2, 5], seed=1) == bootstrap_interval([1, 2, 5], seed=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap_interval([]), "at least 1 seed, got none"),
        (lambda: bootstrap_interval(np.zeros((0, 4))), "at least 1 seed, got none"),
        (lambda: bootstrap_interval([1, 2], confidence=95), "between 0 and 1, got 95"),
        (lambda: iqm([]), r"at least 1 score, got an array of shape \(0,\)"),
        (lambda: probability_of_improvement([], [1, 2]), "at least 1 score, got 0 and 2"),
        (lambda: range_of_luck(0, 5), "at least 1 seed, got 0 and 5"),
        (lambda: range_of_luck(5, 5, 1.0), "between 0 and 1, got 1.0"),
    ],
)
def test_no_seeds(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@few
@given(scores, scores)
def test_probability_of_improvement_counts_pairs(x, y):
    pairs = [(a > b) + 0.5 * (a == b) for a in x for b in y]
    assert probability_of_improvement(x, y) == pytest.approx(np.mean(pairs))
    assert probability_of_improvement(x, y) + probability_of_improvement(y, x) == pytest.approx(1)


def test_probability_of_improvement_at_its_ends():
    assert probability_of_improvement([2, 3], [0, 1]) == 1
    assert probability_of_improvement([0, 1], [2, 3]) == 0
    assert probability_of_improvement([500, 500], [500, 500]) == 0.5


@pytest.mark.parametrize(("num_seeds", "num_others"), [(5, 5), (20, 100)])
def test_luck_stays_in_its_range_in_19_of_20_cases(num_seeds, num_others):
    low, high = range_of_luck(num_seeds, num_others)
    assert 0 < low < 0.5 and low + high == pytest.approx(1)
    rng = np.random.default_rng(0)
    draws = [rng.normal(size=(1_000, count)) for count in (num_seeds, num_others)]
    found = [probability_of_improvement(x, y) for x, y in zip(*draws, strict=True)]
    assert np.mean([low <= p <= high for p in found]) == pytest.approx(0.95, abs=0.03)


def test_of_one_seed_luck_can_make_anything():
    assert range_of_luck(1, 1) == (0, 1)
    assert range_of_luck(50, 50, 0.5)[0] > range_of_luck(50, 50)[0]
