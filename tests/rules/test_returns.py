"""Returns and advantages against numbers worked out by hand, and against a loop over single episodes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tutorial_lib import discounted_returns, gae, lambda_returns, normalise

GAMMA, LAMBDA = 0.9, 0.8
few = settings(max_examples=25, deadline=None)


def test_discounted_returns_of_the_textbook_example():
    np.testing.assert_allclose(discounted_returns([10, 0, -50], 0.8), [-22, -40, -50])


def test_discounted_returns_of_several_episodes_side_by_side():
    reward = [[10.0, 10.0], [0.0, 20.0], [-50.0, 0.0]]  # the second is padded
    np.testing.assert_allclose(discounted_returns(reward, 0.8), [[-22, 26], [-40, 20], [-50, 0]], rtol=1e-6)


def test_discount_per_step_keeps_episodes_apart():
    returns = discounted_returns([1.0, 1.0, 1.0, 1.0], [0.5, 0.0, 0.5, 0.5])
    np.testing.assert_allclose(returns, [1.5, 1, 1.5, 1])


@pytest.mark.parametrize("kind", [list, np.float64, np.int64, "tensor"])
def test_rewards_may_be_of_any_kind(kind):
    reward = [1, 2]
    if kind is not list:
        reward = tf.constant([1.0, 2.0], tf.float64) if kind == "tensor" else np.array(reward, kind)
    np.testing.assert_allclose(discounted_returns(reward, 0.5), [2, 2])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_returns_are_the_same(jit_compile):
    reward = tf.random.stateless_normal([7, 3], [1, 2])
    compiled = tf.function(discounted_returns, jit_compile=jit_compile)
    np.testing.assert_allclose(compiled(reward, 0.8), discounted_returns(reward, 0.8), atol=1e-5)


@few
@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=12), st.floats(0, 1))
def test_the_first_return_is_the_discounted_sum(reward, gamma):
    expected = sum(gamma**k * r for k, r in enumerate(reward))
    assert float(discounted_returns(reward, gamma)[0]) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("reward", "discount", "message"),
    [
        ([], 0.9, r"empty episode.*\(0,\)"),
        ([1.0, np.nan], 0.9, r"reward is NaN at index \[1\]"),
        ([1.0], 1.5, r"discount must be in \[0, 1\], got 1.5"),
        (
            [[1.0, 2.0], [3.0, 4.0]],
            [0.9, 0.0],
            r"discount must have the shape of reward, \(2, 2\), got \(2,\)",
        ),
    ],
)
def test_bad_rewards(reward, discount, message):
    with pytest.raises(ValueError, match=message):
        discounted_returns(reward, discount)


# --- normalise


def test_normalise_of_the_textbook_example():
    returns = tf.constant([[-22.0, 26.0], [-40.0, 20.0], [-50.0, 0.0]])
    mask = tf.constant([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    expected = [[-0.284, 1.267], [-0.866, 1.073], [-1.189, 0]]
    np.testing.assert_allclose(normalise(returns, mask), expected, atol=6e-4)


@few
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=20).filter(lambda x: len(set(x)) > 1))
def test_normalised_numbers_have_mean_0_and_deviation_1(x):
    y = normalise(np.array(x, float)).numpy()
    assert np.mean(y) == pytest.approx(0, abs=1e-4)
    assert np.std(y) == pytest.approx(1, abs=1e-3)


def test_equal_numbers_become_0():
    np.testing.assert_array_equal(normalise([3.0, 3.0]), [0, 0])


@pytest.mark.parametrize(
    ("x", "mask", "message"),
    [
        ([], None, "empty"),
        ([np.nan, 1.0], None, "NaN"),
        ([1.0, 2.0], [0.0, 0.0], "mask leaves no entry"),
        ([[1.0, 2.0]], [1.0, 1.0], r"mask must have the shape of x, \(1, 2\), got \(2,\)"),
    ],
)
def test_nothing_to_normalise(x, mask, message):
    with pytest.raises(ValueError, match=message):
        normalise(x, mask)


# --- gae


def rollout(seed=0, shape=(40, 3)):
    """Random steps with both kinds of ends, and values that know nothing of the rewards."""
    rng = np.random.default_rng(seed)
    reward, value, next_value = rng.normal(size=(3, *shape)).astype(np.float32)
    terminated, truncated = rng.random((2, *shape)) < 0.1
    discount = (GAMMA * ~terminated).astype(np.float32)
    return reward, discount, value, next_value, (terminated | truncated).astype(np.float32)


def brute_force(reward, discount, value, next_value, done, lambda_):
    """Cuts the columns into episodes and sums (γλ)ᵏ δₜ₊ₖ within each, knowing nothing of the recursion."""
    advantage = np.zeros_like(reward)
    for column in range(reward.shape[1]):
        start = 0
        for end in [*(np.flatnonzero(done[:, column]) + 1), len(reward)]:
            for t in range(start, end):
                for k in range(t, end):
                    td_error = (
                        reward[k, column] + discount[k, column] * next_value[k, column] - value[k, column]
                    )
                    advantage[t, column] += (GAMMA * lambda_) ** (k - t) * td_error
            start = end
    return advantage


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_gae_equals_a_loop_over_episodes(mode):
    steps = rollout()
    assert 0 < np.mean(steps[1] > 0) < 1
    assert np.any((steps[4] == 1) & (steps[1] > 0)), "no truncation among the ends"
    fn = gae if mode == "eager" else tf.function(gae, jit_compile=mode == "xla")
    np.testing.assert_allclose(fn(*steps, LAMBDA), brute_force(*steps, LAMBDA), rtol=1e-4, atol=1e-5)


def test_gae_by_hand_across_a_truncation():
    """Three steps, the middle one cut by a time limit: it bootstraps from 10, and nothing flows past it."""
    column = lambda *x: np.array(x, np.float32)[:, None]  # noqa: E731
    reward, value, next_value = column(1, 1, 1), column(2, 4, 3), column(4, 10, 7)
    advantage = gae(reward, column(0.5, 0.5, 0.0), value, next_value, column(0, 1, 1), 0.5)
    td_errors = [1 + 0.5 * 4 - 2, 1 + 0.5 * 10 - 4, 1 - 3]
    np.testing.assert_allclose(advantage[:, 0], [td_errors[0] + 0.25 * td_errors[1], *td_errors[1:]])


def test_lambda_0_is_the_td_error_and_1_the_return():
    reward, discount, value, next_value, done = rollout()
    td_error = reward + discount * next_value - value
    np.testing.assert_allclose(gae(reward, discount, value, next_value, done, 0.0), td_error, rtol=1e-5)
    bootstrapped = reward + discount * next_value * done
    bootstrapped[-1] = reward[-1] + discount[-1] * next_value[-1]
    following = np.concatenate([value[1:], value[:1]])  # V(sₜ₊₁) is the value of the next row
    next_value = np.where(done == 1, next_value, following)
    next_value[-1] = rollout()[3][-1]
    expected = discounted_returns(bootstrapped, discount * (1 - done))
    got = lambda_returns(reward, discount, value, next_value, done, 1.0)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_constant_reward_under_a_time_limit_is_worth_1_over_1_minus_gamma():
    """Truncation is not termination: the fixed point of the λ-return shows no sawtooth."""
    done = np.zeros((30, 1), np.float32)
    done[9::10] = 1
    ones, worth = np.ones_like(done), np.full_like(done, 1 / (1 - GAMMA))
    truncated = lambda_returns(ones, GAMMA * ones, worth, worth, done, LAMBDA)
    np.testing.assert_allclose(truncated, worth, rtol=1e-5)
    terminated = lambda_returns(ones, GAMMA * (1 - done), worth, worth, done, LAMBDA)
    np.testing.assert_allclose(terminated[9::10], ones[9::10], rtol=1e-5)
    assert np.all(np.diff(terminated[:10, 0]) < 0)


@pytest.mark.parametrize("compile", [lambda f: f, tf.function])
def test_a_value_with_a_column_too_many_is_refused(compile):
    """[T, B] + [T, B, 1] would become [T, B, B] without a word."""
    reward, discount, value, next_value, done = map(tf.constant, rollout())
    with pytest.raises(ValueError, match=r"value must have the shape of reward, \(40, 3\), got \(40, 3, 1\)"):
        compile(gae)(reward, discount, value[..., None], next_value, done, LAMBDA)
    with pytest.raises(ValueError, match="next_value must have the shape of reward"):
        compile(lambda_returns)(reward, discount, value, next_value[..., None], done, LAMBDA)


def test_lambda_outside_0_to_1_and_nan_rewards_are_refused():
    with pytest.raises(ValueError, match=r"lambda_ must be in \[0, 1\], got 1.1"):
        gae(*rollout(), 1.1)
    reward, *rest = rollout()
    reward[2, 1] = np.nan
    with pytest.raises(ValueError, match=r"reward is NaN at index \[2, 1\]"):
        gae(reward, *rest, LAMBDA)
