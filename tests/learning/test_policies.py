"""Choosing actions with the right frequencies."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tutorial_lib import (
    epsilon_greedy,
    greedy,
    mlp,
    normal_policy,
    sample_categorical,
    seed_everything,
    softmax_policy,
)


def draws(sample, jit_compile=None):
    """1000 numbers from `sample(generator)` for each of the seeds 0, 1 and 0."""
    result = []
    for seed in (0, 1, 0):
        generator = seed_everything(seed)
        fn = (lambda g=generator: sample(g)) if jit_compile is None else None
        fn = fn or tf.function(lambda g=generator: sample(g), jit_compile=jit_compile)
        result.append(np.concatenate([fn(), fn()]))
    return result


@pytest.mark.parametrize("jit_compile", [None, False, True])
@pytest.mark.parametrize(
    "sample",
    [lambda g: g.normal([500]), lambda g: sample_categorical(tf.zeros([500, 4]), g)],
    ids=["normal", "categorical"],
)
def test_two_seeds_differ_and_one_repeats_also_in_compiled_code(sample, jit_compile):
    first, other, again = draws(sample, jit_compile)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[:500], first[500:]), "the second call repeats the first"


@pytest.mark.parametrize("jit_compile", [False, True])
def test_sample_categorical_has_the_frequencies_of_the_softmax(jit_compile):
    generator = seed_everything(7)
    logits = tf.math.log([[0.1, 0.2, 0.7], [0.5, 0.45, 0.05]]) + 3.0
    draw = tf.function(
        lambda: sample_categorical(tf.repeat(logits, 10_000, axis=0), generator), jit_compile=jit_compile
    )
    actions = draw().numpy()
    assert actions.dtype == np.int64
    for row, probabilities in zip(actions.reshape(2, -1), [[0.1, 0.2, 0.7], [0.5, 0.45, 0.05]], strict=True):
        counts = np.bincount(row, minlength=3)
        assert stats.chisquare(counts, 10_000 * np.array(probabilities)).pvalue > 0.001


def test_sample_categorical_is_certain_of_the_certain():
    generator = seed_everything(0)
    assert set(sample_categorical(tf.constant([[0.0, 40.0]] * 1000), generator).numpy()) == {1}
    minus_infinity = tf.constant([[0.0, float("-inf"), 0.0]] * 1000)
    assert set(sample_categorical(minus_infinity, generator).numpy()) == {0, 2}


def values(observation):
    """Q-values whose best action is the observation itself."""
    return tf.one_hot(tf.cast(observation[:, 0], tf.int32), 4)


@pytest.mark.slow
def test_softmax_policy_draws_as_often_as_its_network_says():
    logits = lambda observation: tf.tile([[0.0, 1.0, 2.0]], [tf.shape(observation)[0], 1])  # noqa: E731
    policy = softmax_policy(logits, seed_everything(3))
    counts = np.bincount(policy(np.zeros((20_000, 4), np.float32)), minlength=3)
    expected = 20_000 * tf.nn.softmax([0.0, 1.0, 2.0]).numpy().astype(float)
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 1e-3
    count = policy.experimental_get_tracing_count()
    for size in (5, 6, 7):
        assert policy(np.zeros((size, 4), np.float32)).shape == size
    assert policy.experimental_get_tracing_count() <= count + 1


def test_greedy_takes_the_best():
    action = greedy(values)(np.array([[2.0], [0.0], [3.0]], np.float32))
    assert action.dtype == tf.int64
    np.testing.assert_array_equal(action, [2, 0, 3])


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_epsilon_greedy_explores_as_often_as_asked(epsilon):
    policy = epsilon_greedy(values, seed_everything(5))
    actions = policy(np.full((20_000, 1), 2, np.float32), epsilon).numpy()
    assert actions.dtype == np.int64
    expected = np.full(4, epsilon / 4)
    expected[2] += 1 - epsilon
    counts = np.bincount(actions, minlength=4)
    if epsilon == 0:
        assert counts[2] == 20_000
    else:
        assert stats.chisquare(counts, 20_000 * expected).pvalue > 0.001


def test_exploring_is_decided_for_every_environment_by_itself():
    policy = epsilon_greedy(values, seed_everything(5))
    explored = [np.mean(policy(np.full((50, 1), 2, np.float32), 0.5) != 2) for _ in range(20)]
    assert all(0.1 < share < 0.7 for share in explored)


@pytest.mark.slow
def test_policies_are_not_traced_again_and_again():
    """Neither for other batch sizes nor for every new ε, which is a Python number."""
    network, generator = mlp(4, [8], 2), seed_everything(0)
    best, exploring = greedy(network), epsilon_greedy(network, generator)

    def call(num_rows, epsilon):
        observation = np.zeros((num_rows, 4), np.float32)
        assert best(observation).shape == exploring(observation, epsilon).shape == (num_rows,)

    call(8, 1.0)
    call(100, 0.9)
    counts = [policy.experimental_get_tracing_count() for policy in (best, exploring)]
    assert max(counts) <= 2
    for num_rows, epsilon in [(1, 0.8), (8, 0.7), (100, np.float32(0.6)), (37, tf.constant(0.5)), (2, 0)]:
        call(num_rows, epsilon)
    assert [policy.experimental_get_tracing_count() for policy in (best, exploring)] == counts


def test_policies_draw_from_their_distributions():
    generator = seed_everything(0)
    logits = np.tile(np.log([0.2, 0.5, 0.3]).astype(np.float32), [20_000, 1])
    policy = softmax_policy(lambda x: x, generator)
    counts = np.bincount(policy(logits), minlength=3)
    np.testing.assert_allclose(counts / 20_000, [0.2, 0.5, 0.3], atol=0.02)
    assert (np.asarray(policy(logits)) != np.asarray(policy(logits))).any()
    draw = normal_policy(lambda x: (x, tf.fill(tf.shape(x), np.float32(np.log(0.5)))), generator)
    actions = np.asarray(draw(np.full([20_000, 1], 3.0, np.float32)))
    np.testing.assert_allclose([actions.mean(), actions.std()], [3, 0.5], atol=0.02)
