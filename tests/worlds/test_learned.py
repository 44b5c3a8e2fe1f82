"""Learned worlds: predictions with the functions of a world."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import Agent, CartPole, LearnedWorld, check_world, on_policy_loop


def grows(observation, action, generator):
    """Adds 1 to everything, pays 2, and ends with the probability of the first number / 10."""
    return observation + 1.0, tf.fill(tf.shape(action), 2.0), observation[:, 0] / 10


def step(world, observation, num_steps=1):
    """Where a world is after some steps."""
    state = world.initial(tf.random.Generator.from_seed(0, alg="philox"), len(observation))
    state = state._replace(observation=tf.constant(observation))
    for _ in range(num_steps):
        state = world.transition(state, tf.zeros([len(observation)], tf.int64))
    return state


def test_it_is_a_world():
    check_world(LearnedWorld(CartPole(), grows))


def test_it_does_what_is_predicted():
    world = LearnedWorld(CartPole(), grows, terminal_above=0.35)
    state = step(world, [[3.0, 0.0, 0.0, 0.0], [4.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(world.observation(state), [[4, 1, 1, 1], [5, 1, 1, 1]])
    np.testing.assert_allclose(world.reward(None, None, state), [2, 2])
    assert world.terminal(state).numpy().tolist() == [False, True]


def test_it_starts_as_the_world_it_is_like_or_as_asked():
    generator = tf.random.Generator.from_seed(0, alg="philox")
    first = LearnedWorld(CartPole(), grows).initial(generator, 50).observation
    assert 0.04 < np.abs(first).max() <= 0.05
    sevens = LearnedWorld(CartPole(), grows, start=lambda generator, n: tf.fill([n, 4], 7.0))
    np.testing.assert_allclose(sevens.initial(generator, 2).observation, 7)


def test_time_limits():
    assert LearnedWorld(CartPole(300), grows).max_episode_steps == 300
    assert LearnedWorld(CartPole(), grows, max_episode_steps=5).max_episode_steps == 5


def test_states_that_leave_all_bounds_are_clipped():
    world = LearnedWorld(CartPole(), grows, bound=[2.0, 9.0, 9.0, 0.5], terminal_above=1.0)
    np.testing.assert_allclose(step(world, [[-5.0, 0.0, 0.0, 0.0]], 8).observation, [[2, 8, 8, 0.5]])
    np.testing.assert_allclose(step(world, [[-5.0, 0.0, 0.0, 0.0]]).observation[0, 0], -2)


@pytest.mark.parametrize("lost", ["observation", "reward"])
def test_a_model_that_is_lost_ends_the_episode_where_it_stood(lost):
    def predict(observation, action, generator):
        bad = tf.constant([0.0, np.nan])
        after = observation + 1.0 + (bad[:, None] if lost == "observation" else 0.0)
        return after, (bad if lost == "reward" else 0.0) + tf.ones([2]), tf.zeros([2])

    world = LearnedWorld(CartPole(), predict)
    state = step(world, [[0.0] * 4, [3.0] * 4])
    np.testing.assert_allclose(state.observation, [[1.0] * 4, [3.0] * 4])
    np.testing.assert_allclose(state.reward, [1, 0])
    assert state.terminal.numpy().tolist() == [False, True]


def test_an_observation_that_is_nan_is_refused():
    with pytest.raises(ValueError, match="the observation of row 1 is NaN"):
        step(LearnedWorld(CartPole(), grows), [[0.0] * 4, [0.0, np.nan, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_episode_steps": 0}, "max_episode_steps must be at least 1"),
        ({"bound": [1.0, 2.0]}, "bound must be positive numbers of the shape"),
        ({"bound": [1.0, 2.0, 0.0, 1.0]}, "bound must be positive numbers of the shape"),
        ({"terminal_above": 1.5}, "terminal_above is a probability, got 1.5"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        LearnedWorld(CartPole(), grows, **options)


@pytest.mark.slow
def test_imagination_is_the_loop_in_another_world():
    """Every episode of this world lasts as long as it is predicted to: 0 → 1 → 2 → 3, then 0.3 > 0.25."""

    def left(observation):
        return tf.zeros([observation.shape[0]], tf.int64)

    def build(generator):
        rewards = lambda episodes: (tf.reshape(episodes.reward, [-1]),)  # noqa: E731
        return Agent(left, lambda batch: {"reward": tf.reduce_sum(batch[0])}, left, rewards)

    from_0 = lambda generator, n: tf.zeros([n, 4])  # noqa: E731
    world = LearnedWorld(CartPole(), grows, start=from_0, terminal_above=0.25)
    run = on_policy_loop(build, world, num_envs=3, num_steps=None).run(12, seed=0)
    assert run.episodes.length.tolist() == [4, 4, 4]
    np.testing.assert_allclose(run.episodes.episode_return, 8)
    np.testing.assert_allclose(run.metrics["reward"], [[24]])
