"""Views of worlds: the same ones exist on Gymnasium's environments, and what is paid does not change."""

from itertools import pairwise

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces
from twins import random_actions

from tutorial_lib import (
    Acrobot,
    CartPole,
    OneHotObservation,
    Pendulum,
    check_world,
    greedy,
    largest_of,
    make_env,
    make_vec_env,
    masked,
    mlp,
    stacked,
)
from tutorial_lib.worlds.wrappers import choose_largest

VIEWS = {
    "masked": lambda: masked(CartPole(), keep=[0, 2]),
    "masked in another order": lambda: masked(Pendulum(), keep=[2, 0]),
    "stacked": lambda: stacked(Acrobot(), 3),
    "stacked once": lambda: stacked(CartPole(), 1),
    "masked, then stacked": lambda: stacked(masked(CartPole(), keep=[0, 2]), 4),
    "stacked, then masked": lambda: masked(stacked(CartPole(), 2), keep=[1, 5]),
    "stacked twice": lambda: stacked(stacked(Pendulum(), 2), 2),
}
every_view = pytest.mark.parametrize("view", [make() for make in VIEWS.values()], ids=VIEWS)
NUMBERS = {
    "largest of two": lambda: largest_of(CartPole()),
    "largest of three, stacked": lambda: stacked(largest_of(Acrobot()), 2),
}
every_view_or_choice = pytest.mark.parametrize(
    "view", [make() for make in (VIEWS | NUMBERS).values()], ids=VIEWS | NUMBERS
)


def episode(world, actions):
    """One environment: the inner states [T + 1, …], observations [T + 1, D], rewards [T] and ends [T]."""
    generator = tf.random.Generator.from_seed(4, alg="philox")
    states = [world.initial(generator, 1)]
    for action in actions:
        states.append(world.transition(states[-1], tf.constant(action[None]), generator))
    pairs = list(pairwise(states))
    reward = [world.reward(s, action[None], t)[0] for (s, t), action in zip(pairs, actions, strict=True)]
    observations = np.concatenate([world.observation(state) for state in states])
    inner = np.concatenate([tf.nest.flatten(state)[0] for state in states])
    return inner, observations, np.array(reward), np.array([world.terminal(t)[0] for _, t in pairs])


@every_view_or_choice
def test_gymnasiums_environment_shows_the_same(view):
    actions = random_actions(view, 8, np.random.default_rng(0))
    inner, ours, reward, _ = episode(view, actions)
    env = make_env(view.env_id, wrappers=view.gymnasium_wrappers)
    assert view.observation_space == env.observation_space
    core = env.unwrapped
    core_reset = core.reset

    def reset_where_ours_began(**kwargs):
        _, info = core_reset(**kwargs)
        core.state = inner[0].astype(np.float64)
        return first_observation(core), info

    core.reset = reset_where_ours_began
    theirs, paid = [env.reset(seed=0)[0]], []
    for action in actions:
        observation, r, *_ = env.step(action)
        theirs.append(observation)
        paid.append(r)
    assert theirs[0].dtype == ours.dtype and theirs[0] in env.observation_space
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    np.testing.assert_allclose(reward, paid, rtol=0, atol=1e-5)


def first_observation(core):
    """What Gymnasium's environment shows of the state that it was given."""
    for name in ("_get_obs", "_get_ob"):
        if hasattr(core, name):
            return getattr(core, name)()
    return core.state.astype(np.float32)


@every_view_or_choice
def test_a_view_is_a_world_that_travels(view):
    check_world(view)
    again = cloudpickle.loads(cloudpickle.dumps(view))
    actions = random_actions(view, 3, np.random.default_rng(1))
    for a, b in zip(episode(view, actions), episode(again, actions), strict=True):
        np.testing.assert_array_equal(a, b)


def test_views_can_be_compiled():
    world = stacked(masked(CartPole(), keep=[0, 2]), 2)
    start = world.initial(tf.random.Generator.from_seed(5, alg="philox"), 3)
    step = lambda state, action: world.observation(world.transition(state, action))  # noqa: E731
    action = tf.constant([0, 1, 1], tf.int64)
    fast = tf.function(step, jit_compile=True)(start, action)
    np.testing.assert_allclose(fast, step(start, action), rtol=0, atol=1e-6)


@every_view
def test_what_is_shown_changes_neither_rewards_nor_ends(view):
    plain = view
    while hasattr(plain, "world"):
        plain = plain.world
    actions = random_actions(view, 30, np.random.default_rng(2))
    inner, _, reward, terminal = episode(view, actions)
    plain_inner, _, plain_reward, plain_terminal = episode(plain, actions)
    np.testing.assert_array_equal(inner, plain_inner)
    np.testing.assert_array_equal(reward, plain_reward)
    np.testing.assert_array_equal(terminal, plain_terminal)
    assert terminal.any() == (view.env_id == "CartPole-v1"), "a random pole has fallen"
    assert (view.env_id, view.max_episode_steps) == (plain.env_id, plain.max_episode_steps)
    assert view.action_space == plain.action_space


def test_a_mask_hides_the_velocities():
    world = masked(CartPole(), keep=[0, 2])
    np.testing.assert_array_equal(
        world.observation(tf.constant([[1.0, 2, 3, 4], [5, 6, 7, 8]])), [[1, 3], [5, 7]]
    )
    np.testing.assert_array_equal(world.observation_space.high, CartPole().observation_space.high[[0, 2]])


def test_the_largest_number_chooses():
    view, world = largest_of(Acrobot()), Acrobot()
    numbers = tf.constant([[0.1, 0.3, -1.0], [0.9, 0.3, 0.2], [-0.5, -0.4, -0.3]])
    state = world.initial(tf.random.Generator.from_seed(3, alg="philox"), 3)
    after = world.transition(state, tf.constant([1, 0, 2], tf.int64))
    np.testing.assert_array_equal(view.transition(state, numbers), after)
    np.testing.assert_array_equal(
        view.reward(state, numbers, after), world.reward(state, tf.constant([1, 0, 2], tf.int64), after)
    )
    assert view.action_space == spaces.Box(-1, 1, (3,))


def test_the_number_that_was_chosen_is_paid():
    class Paying(Counting):
        """Pays the number of the action."""

        def reward(self, state, action, next_state):
            return tf.cast(action, tf.float32)

    numbers = tf.constant([[0.1, 0.3], [0.9, 0.3]])
    np.testing.assert_array_equal(largest_of(Paying()).reward(tf.zeros(2), numbers, tf.zeros(2)), [1, 0])


def test_choices_that_are_not_numbered_from_zero():
    env = choose_largest(gym.wrappers.TransformAction(Choices(), lambda a: a, spaces.Discrete(3, start=5)))
    env.reset()
    assert env.step(np.float32([0.1, 0.9, -0.3]))[0] == 6


class Choices(gym.Env):
    """Observes the last action."""

    observation_space = action_space = spaces.Discrete(3, start=5)

    def reset(self, *, seed=None, options=None):
        return 5, {}

    def step(self, action):
        return action, 0.0, False, False, {}


class Counting:
    """A world that shows pictures [2, 3, 1] full of the number of steps taken."""

    env_id, max_episode_steps, gymnasium_wrappers = "Nothing-v0", 5, ()
    observation_space, action_space = spaces.Box(0, 9, (2, 3, 1), np.float32), spaces.Discrete(2)

    def initial(self, generator, num_envs):
        return tf.zeros([num_envs])

    def transition(self, state, action, generator=None):
        return state + 1

    def observation(self, state):
        return tf.ones([state.shape[0], 2, 3, 1]) * state[:, None, None, None]

    def reward(self, state, action, next_state):
        return next_state

    def terminal(self, state):
        return state > 3


def test_a_stack_begins_with_copies_of_the_first_and_ends_with_the_newest():
    world = stacked(Counting(), 3)
    check_world(world)
    state, shown = world.initial(None, 2), []
    for _ in range(5):
        shown.append(world.observation(state)[1, 0, 2].numpy().tolist())
        state = world.transition(state, tf.constant([0, 0]))
    assert shown == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert world.observation_space == spaces.Box(0, 9, (2, 3, 3), np.float32)
    assert world.reward(state, None, state).numpy().tolist() == [5, 5]
    assert world.terminal(state).numpy().tolist() == [True, True]


class CountingEnv(gym.Env):
    """The same for Gymnasium."""

    observation_space, action_space = Counting.observation_space, Counting.action_space

    def reset(self, *, seed=None, options=None):
        self.count = 0
        return np.full((2, 3, 1), 0, np.float32), {}

    def step(self, action):
        self.count += 1
        return np.full((2, 3, 1), self.count, np.float32), 0.0, False, False, {}


def test_pictures_are_stacked_alike():
    world = stacked(Counting(), 3)
    env = CountingEnv()
    for wrapper in world.gymnasium_wrappers:
        env = wrapper(env)
    assert env.observation_space == world.observation_space
    for _ in range(2):  # the second episode sees nothing of the first
        state, (theirs, _) = world.initial(None, 1), env.reset()
        for _ in range(4):
            np.testing.assert_array_equal(world.observation(state)[0], theirs)
            state, (theirs, *_) = world.transition(state, tf.constant([0])), env.step(0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: masked(CartPole(), keep=[0, 4]), r"keep lists the entries to show, of 0 … 3, got \[0, 4\]"),
        (lambda: masked(CartPole(), keep=[-1]), r"of 0 … 3, got \[-1\]"),
        (lambda: masked(CartPole(), keep=[]), r"of 0 … 3, got \[\]"),
        (lambda: masked(CartPole(), keep=[True, False, True, False]), r"of 0 … 3, got \[True, "),
        (lambda: masked(CartPole(), keep=2), "of 0 … 3, got 2"),
        (
            lambda: masked(Counting(), keep=[0]),
            "masked needs observations that are vectors, got the space Box",
        ),
        (lambda: largest_of(Pendulum()), "largest_of needs actions that are a choice, got the space Box"),
        (lambda: stacked(CartPole(), 0), "num_observations must be a whole number ≥ 1, got 0"),
        (lambda: stacked(CartPole(), 2.0), "num_observations must be a whole number ≥ 1, got 2.0"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# --- integers as vectors


class Numbers(gym.Env):
    """Observes -2, -1, 0, -2, …"""

    observation_space = spaces.Discrete(3, start=-2)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.at = -2
        return self.at, {}

    def step(self, action):
        self.at = -2 if self.at == 0 else self.at + 1
        return np.int64(self.at), 0.0, False, False, {}


def test_a_number_becomes_a_vector_with_a_one_in_its_place():
    env = OneHotObservation(Numbers())
    seen = [env.reset()[0], *(env.step(0)[0] for _ in range(3))]
    np.testing.assert_array_equal(seen, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert seen[0].dtype == np.float32
    assert all(observation in env.observation_space for observation in seen)
    assert env.observation_space == spaces.Box(0, 1, (3,))


def test_a_network_reads_a_frozen_lake():
    envs = make_vec_env("FrozenLake-v1", 2, wrappers=[OneHotObservation])
    observations, _ = envs.reset(seed=0)
    np.testing.assert_array_equal(observations, np.eye(16)[[0, 0]])
    network = mlp(envs.single_observation_space.shape, [], 4)
    network.set_weights([np.eye(16)[:, [3, 2, 0, 1]], np.zeros(4)])
    assert greedy(network)(observations).numpy().tolist() == [2, 2]


def test_only_numbers_become_one_hot():
    with pytest.raises(ValueError, match="needs observations that are integers, got the space Box"):
        OneHotObservation(make_env("CartPole-v1"))
