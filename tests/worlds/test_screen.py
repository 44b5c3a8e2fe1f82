"""The screen as tensors against Gymnasium's own pixels."""

import functools

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import CartPole, MountainCar, check_world, make_env, screen_difference, screened, stacked
from tutorial_lib.worlds import screen
from tutorial_lib.worlds.screen import cut, draw, find_cart

# Means over the 384 numbers of a patch; single ones differ by up to 0.1, where the pole meets the axle.
MEAN, LARGEST = 0.003, 0.12


def pair(view):
    """The same view of the world and of Gymnasium's environment."""
    world = view(CartPole())
    env = make_env("CartPole-v1", render_mode=world.render_mode, wrappers=world.gymnasium_wrappers)
    return world, env


def states(count, seed=0):
    """Carts that the border of the screen does not cut, poles within the limits, some speed."""
    rng = np.random.default_rng(seed)
    return rng.uniform([-2.15, -1, -0.209, -1], [2.15, 1, 0.209, 1], (count, 4))


def rendered(env, state):
    """Gymnasium's picture of a state."""
    env.unwrapped.state = np.array(state)
    return env.render()


def test_the_drawing_is_gymnasiums():
    with gym.make("CartPole-v1", render_mode="rgb_array") as env:
        env.reset(seed=0)
        for state in states(60):
            picture = rendered(env, state)
            ours = draw(*[tf.constant(state[None], tf.float32)] * 2)[0].numpy()
            gap = np.abs(ours - cut(picture, find_cart(picture)))
            assert gap.mean() < MEAN and gap.max() < LARGEST, state


@pytest.mark.parametrize("view", [screened, screen_difference])
def test_an_episode_looks_the_same(view):
    world, env = pair(view)
    observation, _ = env.reset(seed=3)
    state = tf.constant(env.unwrapped.state[None], tf.float32)
    state = (state, state) if view is screen_difference else state
    gaps, moved = [], []
    for t in range(15):
        gaps.append(np.abs(world.observation(state)[0].numpy() - observation).mean())
        moved.append(np.abs(observation).mean())
        observation, _, terminated, _, _ = env.step(t % 2)
        state = world.transition(state, tf.constant([t % 2], tf.int64))
        assert not terminated
    assert np.mean(gaps) < MEAN
    if view is screen_difference:
        assert moved[0] == 0 and np.mean(gaps) < 0.3 * np.mean(moved)


def test_one_patch_does_not_know_the_speed_and_the_difference_does():
    calm, fast = np.float32([[0.3, 0, 0.05, 0]]), np.float32([[0.3, 1, 0.05, -1]])
    world = screened(CartPole())
    assert (world.observation(calm) == world.observation(fast)).numpy().all()
    world, push = screen_difference(CartPole()), tf.constant([1], tf.int64)
    seen = [world.observation(world.transition((s, s), push)).numpy() for s in (calm, fast)]
    assert np.abs(seen[0] - seen[1]).mean() > 0.01


def test_the_cart_is_in_the_middle_also_at_the_border():
    for x in (-2.15, 0.0, 2.15):  # where the patch reaches beyond the screen
        state = tf.constant([[x, 0, 0, 0]], tf.float32)
        bottom = draw(state, state)[0, -2, :, 0].numpy()  # below the rail there is only the cart
        middle = np.sum(bottom * np.arange(16)) / bottom.sum()
        assert bottom.sum() > 5 and abs(middle - 7.5) < 1.1, x


def test_it_leans_to_the_right_where_the_angle_is_positive():
    picture = draw(*[tf.constant([[0, 0, 0.2, 0]])] * 2)[0, :, :, 0].numpy()
    assert picture[1, 8:].sum() > 0.3 and picture[1, :8].sum() == 0


@pytest.mark.parametrize("view", [screened, screen_difference, lambda world: stacked(screened(world), 2)])
def test_they_are_worlds(view):
    world, env = pair(view)
    check_world(world)
    observation, _ = env.reset(seed=0)
    assert observation.shape == world.observation_space.shape and observation in env.observation_space
    assert env.step(0)[0] in env.observation_space


def test_the_first_difference_of_an_episode_is_zero_again():
    _, env = pair(screen_difference)
    for seed in range(2):
        first, _ = env.reset(seed=seed)
        assert not first.any() and np.any([env.step(1)[0] for _ in range(4)])


@pytest.mark.slow
def test_compiled_or_not_it_is_the_same():
    state = tf.constant(states(5), tf.float32)
    compiled = tf.function(draw, jit_compile=True)(state, state)
    np.testing.assert_allclose(compiled, draw(state, state), atol=1e-5)


@pytest.mark.parametrize("view", [screened, screen_difference])
def test_other_worlds_are_refused(view):
    with pytest.raises(ValueError, match="only CartPole"):
        view(MountainCar())


@pytest.mark.parametrize("view", [screen.ScreenObservation, screen.ScreenDifferenceObservation])
def test_an_environment_without_pixels_is_refused(view):
    with pytest.raises(ValueError, match="rgb_array"):
        view(gym.make("CartPole-v1"))


def test_seen_from_the_left_end_the_cart_is_found():
    make = functools.partial(gym.make, "CartPole-v1", render_mode="rgb_array")
    with make() as env:
        env.reset(seed=0)
        for x in (-2.3, -1.0, 0.0, 1.5, 2.3):
            assert abs(find_cart(rendered(env, [x, 0, 0.1, 0])) - (x * 125 + 300)) <= 1
