"""The pole and the cars, step by step beside Gymnasium's own."""

import numpy as np
import pytest
import tensorflow as tf
from twins import compare_steps, compiled, free_runs, p_value_of_equal_starts, random_actions, take_step

from tutorial_lib import Acrobot, CartPole, MountainCar, MountainCarContinuous, Pendulum, make_env

WORLDS = [CartPole, MountainCar, MountainCarContinuous, Acrobot, Pendulum]
every_world = pytest.mark.parametrize("world", [make() for make in WORLDS], ids=lambda world: world.env_id)
CARS = [MountainCar, MountainCarContinuous]


def on_the_track(rng, num_envs):
    """Poles and carts around the bounds, moving fast."""
    return rng.uniform(-1, 1, (num_envs, 4)) * [2.6, 3, 0.25, 3]


def in_the_valley(rng, num_envs):
    """Cars at any speed: by the wall, by either flag, or on the way."""
    position = rng.choice([-1.19, 0.5, 0.45, -0.3], num_envs) + rng.uniform(-0.01, 0.01, num_envs)
    return np.stack([position, rng.uniform(-0.07, 0.07, num_envs)], axis=-1)


def swing_up(observation):
    """Pushes where the car is going."""
    return np.where(observation[:, 1] < 0, 0, 2)


# --- all five


@every_world
def test_spaces_and_limits_are_those_of_gymnasium(world):
    env = make_env(world.env_id)
    assert world.observation_space == env.observation_space
    assert world.action_space == env.action_space
    assert world.max_episode_steps == env.spec.max_episode_steps
    assert type(world)(7).max_episode_steps == 7
    assert make_env(world.env_id, wrappers=world.gymnasium_wrappers).unwrapped.spec.id == world.env_id


@every_world
@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one_step_is_refused(world, limit):
    own = world.max_episode_steps
    with pytest.raises(
        ValueError, match=f"max_episode_steps must be at least 1, or None for {own}, got {limit}"
    ):
        type(world)(limit)


@every_world
def test_episodes_begin_as_gymnasiums_do(world):
    """Where the distributions differ, p is about 0."""
    assert p_value_of_equal_starts(world) > 0.001


@every_world
def test_starts_repeat_with_the_seed_and_differ_between_seeds_and_draws(world):
    draw = tf.function(lambda generator: world.initial(generator, 5), jit_compile=True)
    first, again, other = (tf.random.Generator.from_seed(seed, alg="philox") for seed in (0, 0, 1))
    start = draw(first).numpy()
    np.testing.assert_array_equal(start, draw(again).numpy())
    assert (start[:, 0] != draw(other).numpy()[:, 0]).all()
    assert (start[:, 0] != draw(first).numpy()[:, 0]).all()


@every_world
@pytest.mark.parametrize("num_envs", [1, 64])
def test_eager_and_compiled_agree_for_one_and_for_many(world, num_envs):
    generator, rng = tf.random.Generator.from_seed(3, alg="philox"), np.random.default_rng(3)
    state, action = world.initial(generator, num_envs), random_actions(world, num_envs, rng)
    eager, fast = take_step(world, state, tf.constant(action)), compiled(world)(state, action)
    for name, a, b in zip(eager._fields, eager, fast, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype, name
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6, err_msg=name)
    assert eager.observation.shape == (num_envs, *world.observation_space.shape)
    assert eager.reward.shape == eager.terminal.shape == (num_envs,)


# --- the pole


def test_cartpole_steps_as_gymnasiums():
    worst, num_ends = compare_steps(CartPole(), on_the_track)
    assert (worst <= [2e-6, 2e-6, 0]).all(), worst  # numbers of about 4
    assert num_ends > 1000


def test_cartpole_plays_whole_episodes_as_gymnasiums():
    lean = lambda observation: (observation[:, 2] > 0).astype(np.int64)  # noqa: E731
    ours, theirs = free_runs(CartPole(), lean, 100)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    assert np.isnan(ours[-1]).all(), "all fell"


@pytest.mark.parametrize(
    ("state", "terminal"),
    [
        ([2.39, 0, 0, 0], False),
        ([2.41, 0, 0, 0], True),
        ([-2.41, 0, 0, 0], True),
        ([0, 9, 0.209, 9], False),
        ([0, 0, 0.21, 0], True),
        ([0, 0, -0.21, 0], True),
    ],
)
def test_cartpole_ends_beyond_2_4_metres_or_12_degrees(state, terminal):
    assert CartPole().terminal(tf.constant([state], tf.float32)).numpy() == [terminal]


# --- the cars


@pytest.mark.parametrize("make", CARS)
def test_cars_step_as_gymnasiums(make):
    worst, num_ends = compare_steps(make(), in_the_valley)
    assert (worst <= [2e-7, 2e-7, 5e-6]).all(), worst  # half a unit in the last place of 100 is 4e-6
    assert num_ends > 500


@pytest.mark.parametrize("make", CARS)
def test_cars_swing_up_as_gymnasiums(make):
    """Whole episodes, more than a hundred steps, to the flag."""
    world = make()
    act = swing_up if make is MountainCar else lambda o: (swing_up(o)[:, None] - 1).astype(np.float32)
    ours, theirs = free_runs(world, act, 199)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    last = ours[..., 0][np.isfinite(ours[..., 0])].max()
    assert np.isnan(ours[-1]).all() and last >= world.goal, "all arrived"


def test_a_car_at_the_wall_stands_still():
    state, nothing = tf.constant([[-1.2, -0.05]]), tf.constant([1], tf.int64)
    np.testing.assert_allclose(MountainCar().transition(state, nothing), [[-1.2, 0]], atol=1e-7)


def test_a_car_that_rolls_back_through_the_flag_has_not_arrived():
    state = tf.constant([[0.55, 0.0], [0.55, -0.01], [0.49, 0.05]])
    assert MountainCar().terminal(state).numpy().tolist() == [True, False, False]


def test_the_continuous_car_pays_for_the_action_as_given_and_is_pushed_by_the_clipped_one():
    world, state = MountainCarContinuous(), tf.constant([[-0.5, 0.0]] * 2)
    action = tf.constant([[1.0], [3.0]])
    after = world.transition(state, action)
    np.testing.assert_array_equal(after[0], after[1])
    np.testing.assert_allclose(world.reward(state, action, after), [-0.1, -0.9], rtol=1e-6)
    np.testing.assert_allclose(
        world.reward(state, action, tf.constant([[0.46, 0.0]] * 2)), [99.9, 99.1], rtol=1e-6
    )
