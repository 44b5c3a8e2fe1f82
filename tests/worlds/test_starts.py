"""A mark on the first observation of an episode, in a world and in Gymnasium's environment alike."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import CartPole, Collector, check_world, make_env, make_vec_env, marked_starts, masked


def view():
    return marked_starts(masked(CartPole(), keep=[0, 2]))


def test_it_is_a_world():
    check_world(view())


def test_only_the_first_observation_of_an_episode_has_the_mark():
    world, generator = view(), tf.random.Generator.from_seed(0, alg="philox")
    state = world.initial(generator, 3)
    assert world.observation(state).shape == [3, 3]
    np.testing.assert_array_equal(world.observation(state)[:, -1], [1, 1, 1])
    for _ in range(3):
        inner = world.world.transition(state[0], tf.constant([0, 1, 0]))
        state = world.transition(state, tf.constant([0, 1, 0]))
        np.testing.assert_array_equal(world.observation(state)[:, :-1], world.world.observation(inner))
        np.testing.assert_array_equal(world.observation(state)[:, -1], [0, 0, 0])


def test_what_is_paid_and_what_ends_stays():
    world, inner = view(), masked(CartPole(), keep=[0, 2])
    state = inner.initial(tf.random.Generator.from_seed(1, alg="philox"), 50)
    marked = state, tf.ones([50])
    for _ in range(30):
        action = tf.ones([50], tf.int64)
        after, marked_after = inner.transition(state, action), world.transition(marked, action)
        np.testing.assert_array_equal(
            world.reward(marked, action, marked_after), inner.reward(state, action, after)
        )
        np.testing.assert_array_equal(world.terminal(marked_after), inner.terminal(after))
        state, marked = after, marked_after
    assert inner.terminal(state).numpy().any()


def test_gymnasium_shows_the_same():
    world = view()
    make = lambda: make_env("CartPole-v1", wrappers=world.gymnasium_wrappers)  # noqa: E731
    envs = make_vec_env(make, 4)
    assert envs.single_observation_space == world.observation_space
    trajectory = Collector(envs, lambda observation: np.ones(len(observation), np.int64), seed=0).collect(60)
    begins = trajectory.observation[..., -1]
    np.testing.assert_array_equal(begins[0], 1)
    np.testing.assert_array_equal(begins[1:], trajectory.done[:-1])
    np.testing.assert_array_equal(trajectory.next_observation[..., -1], 0)
    assert trajectory.done.sum() > 8


def test_observations_that_are_no_vectors_are_refused():
    with pytest.raises(ValueError, match="marked_starts needs observations that are vectors"):
        make_env("FrozenLake-v1", wrappers=[marked_starts_of_an_environment])


def marked_starts_of_an_environment(env):
    return view().gymnasium_wrappers[-1](env)
