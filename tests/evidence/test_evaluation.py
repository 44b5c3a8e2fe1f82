"""Whole episodes played side by side."""

import functools
import tracemalloc

import gymnasium as gym
import numpy as np
import pytest
from scipy import stats

from tutorial_lib import evaluate, make_env, make_vec_env


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


def test_only_the_returns_are_kept():
    """A hundred episodes of pixels would not fit into memory."""

    class Pictures(Counter):
        observation_space = gym.spaces.Box(0, 255, (100_000,), np.uint8)

        def reset(self, *, seed=None, options=None):
            self.left = 200
            return np.zeros(100_000, np.uint8), {}

        def step(self, action):
            return np.zeros(100_000, np.uint8), *super().step(action)[1:]

    tracemalloc.start()
    try:
        returns = evaluate(lambda observation: np.zeros(2, int), Pictures, 2)
        assert tracemalloc.get_traced_memory()[1] < 5e6, "200 steps of 200 kB were kept"
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(returns, [200, 200])


def test_an_id_a_function_and_an_environment_play_alike():
    """In an environment that is given the episodes follow one another, and it stays open."""
    env = make_env("CartPole-v1", max_episode_steps=40)
    closed = []
    env.unwrapped.close = lambda: closed.append(env)
    ways = ["CartPole-v1", lambda: make_env("CartPole-v1", max_episode_steps=40), env]
    for way, limit in zip(ways, (40, None, None), strict=True):
        play = functools.partial(evaluate, hard_coded, way, 20, max_episode_steps=limit)
        returns = play()
        assert returns.shape == (20,)
        assert returns.dtype == np.float64
        assert len(set(returns)) > 2
        assert returns.max() == 40
        again, other = (
            evaluate(hard_coded, way, 20, seed=seed, max_episode_steps=limit) for seed in (10**6, 1)
        )
        np.testing.assert_array_equal(returns, again)
        assert not np.array_equal(returns, other)
    assert not closed


@pytest.mark.parametrize("own", [True, False])
def test_what_was_made_here_is_closed(own):
    closed = []

    class Closing(Counter):
        def close(self):
            closed.append(self)

    evaluate(lambda observation: np.zeros(len(observation), int), Closing if own else Closing(), 3)
    assert len(closed) == (3 if own else 0)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (make_vec_env("CartPole-v1", 2), r"by an id such as .* or by a function .* makes one, got CartPole"),
        (3, r"by an id such as .* or by a function .* makes one, got 3"),
        (lambda: 3, "the function .* must make an environment, it returned 3"),
    ],
)
def test_what_no_episode_can_be_played_in(env, message):
    with pytest.raises(TypeError, match=message):
        evaluate(hard_coded, env, 2)


def test_a_time_limit_goes_with_an_id():
    for env in (Counter, Counter()):
        with pytest.raises(ValueError, match="max_episode_steps .*with an id"):
            evaluate(hard_coded, env, 2, max_episode_steps=5)


@pytest.mark.parametrize("num_episodes", [0, -3])
def test_evaluate_needs_an_episode(num_episodes):
    with pytest.raises(ValueError, match=f"num_episodes must be at least 1, got {num_episodes}"):
        evaluate(hard_coded, "CartPole-v1", num_episodes)


def test_evaluate_names_an_unknown_environment():
    with pytest.raises(ValueError, match="no environment is called 'CartPool-v1'; did you mean CartPole-v1"):
        evaluate(hard_coded, "CartPool-v1")
