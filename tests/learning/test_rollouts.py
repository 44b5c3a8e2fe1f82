"""What is worked out of a rollout before the first update."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import (
    Trajectory,
    describe_categorical,
    describe_normal,
    gae,
    gaussian_policy,
    mlp,
    prepare_rollout,
    seed_everything,
    step_values,
)

T, N = 5, 3


@pytest.fixture
def trajectory():
    rng = np.random.default_rng(0)
    observation, following = rng.normal(size=[2, T, N, 4]).astype(np.float32)
    done = (rng.random([T, N]) < 0.3).astype(np.float32)
    return Trajectory(
        observation=tf.constant(observation),
        action=tf.constant(rng.integers(2, size=[T, N])),
        reward=tf.constant(rng.normal(size=[T, N]), tf.float32),
        discount=tf.constant(0.9 * (1 - done * (rng.random([T, N]) < 0.5)), tf.float32),
        next_observation=tf.constant(following),
        done=tf.constant(done),
        mask=tf.ones([T, N]),
    )


@pytest.fixture
def networks():
    seed_everything(3)
    return mlp(4, [8], 2), mlp(4, [8], 1)


def test_values_of_every_step(trajectory, networks):
    value, following = step_values(networks[1], trajectory)
    for t in range(T):
        np.testing.assert_allclose(value[t], networks[1](trajectory.observation[t])[:, 0], atol=1e-6)
        np.testing.assert_allclose(following[t], networks[1](trajectory.next_observation[t])[:, 0], atol=1e-6)


@pytest.mark.parametrize("reward_scale", [1.0, 0.1])
def test_every_row_of_a_rollout_is_that_of_its_step(trajectory, networks, reward_scale):
    actor, critic = networks
    rollout = prepare_rollout(trajectory, actor, critic, 0.8, reward_scale=reward_scale)
    value, following = step_values(critic, trajectory)
    reward = reward_scale * trajectory.reward
    advantage = gae(reward, trajectory.discount, value, following, trajectory.done, 0.8)
    for t in range(T):
        for i in range(N):
            row = t * N + i
            log_pi = tf.nn.log_softmax(actor(trajectory.observation[t, i][None]))[0]
            expected = [log_pi[trajectory.action[t, i]], advantage[t, i], value[t, i]]
            found = [rollout.log_prob[row], rollout.advantage[row], rollout.value[row]]
            np.testing.assert_allclose(found, expected, atol=1e-5)
            np.testing.assert_array_equal(rollout.observation[row], trajectory.observation[t, i])
    np.testing.assert_allclose(rollout.value_target, rollout.advantage + rollout.value, atol=1e-6)


def test_a_choice_is_described_by_its_logits():
    log_prob, entropy = describe_categorical(tf.math.log([[0.25, 0.75], [0.5, 0.5]]), tf.constant([1, 0]))
    np.testing.assert_allclose(log_prob, np.log([0.75, 0.5]), atol=1e-6)
    np.testing.assert_allclose(entropy, [0.5623, 0.6931], atol=1e-4)


def test_a_number_is_described_by_its_normal_distribution():
    seed_everything(0)
    mean, log_std = output = gaussian_policy(3, [8], 1)(tf.ones([2, 3]))
    log_prob, entropy = describe_normal(output, mean)
    np.testing.assert_allclose(log_prob, -log_std[:, 0] - 0.5 * np.log(2 * np.pi), atol=1e-6)
    np.testing.assert_allclose(entropy, log_std[:, 0] + 0.5 * np.log(2 * np.pi * np.e), atol=1e-6)


def test_a_wrong_lambda_is_refused(trajectory, networks):
    with pytest.raises(ValueError, match="lambda_"):
        prepare_rollout(trajectory, *networks, 1.5)
