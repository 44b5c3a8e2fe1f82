"""Statistics against hand-made numbers and SciPy, and whole episodes played side by side."""

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tutorial_lib import bootstrap_interval, evaluate, iqm, probability_of_improvement

scores = st.lists(st.integers(-100, 500), min_size=1, max_size=20)
few = settings(max_examples=50, deadline=None)


def hard_coded(observation):
    """Left if the pole leans left."""
    return (observation[:, 2] > 0).astype(int)


class Counter(gym.Env):
    """Terminates after as many steps, with reward 1 each, as its seed says modulo 5, plus 1."""

    observation_space = gym.spaces.Box(-1, 1, (1,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = int(self.np_random.integers(1, 6))
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.left -= 1
        return np.zeros(1, np.float32), 1.0 + action, self.left == 0, False, {}


# --- evaluate


def test_the_hard_coded_policy_scores_what_is_known_of_it():
    """Published: 500 episodes capped at 200 steps, mean 42.0, standard deviation 8.8, 24 to 68."""
    returns = evaluate(hard_coded, "CartPole-v1", 500, max_episode_steps=200)
    assert returns.shape == (500,)
    assert returns.dtype == np.float64
    assert np.mean(returns) == pytest.approx(42, abs=3 * 8.8 / np.sqrt(500) + 0.5)
    assert np.std(returns) == pytest.approx(8.8, abs=1)
    assert 22 <= returns.min() <= 27
    assert 60 <= returns.max() <= 74


def test_the_native_env_agrees_with_single_ones():
    single = []
    env = gym.make("CartPole-v1")
    for seed in range(200):
        observation, done, total = env.reset(seed=seed)[0], False, 0.0
        while not done:
            observation, reward, terminated, truncated, _ = env.step(int(hard_coded(observation[None])[0]))
            done, total = terminated or truncated, total + reward
        single.append(total)
    assert stats.ks_2samp(single, evaluate(hard_coded, "CartPole-v1", 400)).pvalue > 0.001


def test_the_time_limit_and_the_seed_count():
    capped = evaluate(hard_coded, "CartPole-v1", 20, max_episode_steps=30)
    assert capped.max() == 30
    first, second, other = (evaluate(hard_coded, "CartPole-v1", 50, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_one_whole_episode_of_each_without_a_bias_to_the_short_ones():
    returns = evaluate(lambda observation: np.ones(len(observation), int), Counter, 300)
    counts = np.bincount(returns.astype(int) // 2, minlength=6)[1:]
    assert counts.sum() == 300
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("num_episodes", [0, -3])
def test_evaluate_needs_an_episode(num_episodes):
    with pytest.raises(ValueError, match=f"num_episodes must be at least 1, got {num_episodes}"):
        evaluate(hard_coded, "CartPole-v1", num_episodes)


def test_evaluate_names_an_unknown_environment():
    with pytest.raises(ValueError, match="no environment is called 'CartPool-v1'; did you mean CartPole-v1"):
        evaluate(hard_coded, "CartPool-v1")


# --- iqm


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


# --- bootstrap_interval


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
    ],
)
def test_no_seeds(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- probability_of_improvement


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
