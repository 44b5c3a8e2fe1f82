"""Worlds that do not fit together are refused with the name of the function that does not."""

import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib import CartPole, Pendulum, check_world, find_world
from tutorial_lib.worlds.check import KNOWN


@pytest.mark.parametrize("env_id", KNOWN)
def test_worlds_are_found_by_the_name_of_gymnasiums_environment(env_id):
    world = find_world(env_id)
    assert world.env_id == env_id
    check_world(world)


def test_a_world_is_found_as_it_is():
    world = CartPole(7)
    assert find_world(world) is world


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (
            "LunarLander-v3",
            "no world of tensors is called 'LunarLander-v3', only CartPole-v1, MountainCar-v0, ",
        ),
        (CartPole, r"a world is an object, got the class CartPole: call it, CartPole\(\)"),
        (None, "a world needs observation_space, NoneType has none"),
    ],
)
def test_what_is_no_world_is_not_found(world, message):
    with pytest.raises(ValueError, match=message):
        find_world(world)


def but(base=CartPole, **changes):
    """A world with other parts; of a function, what it gives is changed."""
    world = base()
    for name, change in changes.items():
        part = getattr(world, name)
        setattr(world, name, then(part, change) if callable(part) else change)
    return world


def then(function, change):
    """First the one, then the other."""
    return lambda *args: change(function(*args))


WRONG = {
    "half floats": (
        but(observation=lambda x: tf.cast(x, tf.float64)),
        r"observation\(state\) must give a tensor \[1, 4\] float32, got \[1, 4\] float64",
    ),
    "too few numbers": (
        but(observation=lambda x: x[:, :3]),
        r"observation\(state\) must give a tensor \[1, 4\] float32, got \[1, 3\] float32",
    ),
    "no batch when alone": (
        but(observation=tf.squeeze),
        r"observation\(state\) must give a tensor \[1, 4\] float32, got \[4\] float32",
    ),
    "arrays": (but(observation=lambda x: x.numpy()), r"observation\(state\) must give .*, got ndarray"),
    "a reward for all": (
        but(reward=tf.reduce_sum),
        r"reward\(state, action, next_state\) must give a tensor \[1\] float32, got \[\] float32",
    ),
    "rewards in a column": (but(reward=lambda x: x[:, None]), r"\[1\] float32, got \[1, 1\] float32"),
    "whole rewards": (but(reward=lambda x: tf.cast(x, tf.int64)), r"reward.* float32, got \[1\] int64"),
    "ends as numbers": (
        but(terminal=lambda x: tf.cast(x, tf.float32)),
        r"terminal\(state\) must give a tensor \[1\] bool, got \[1\] float32",
    ),
    "one start for all": (
        but(initial=lambda x: x[:1]),
        r"initial\(generator, 3\) must give a tensor \[3, …\], got \[1, 4\] float32",
    ),
    "a state that grows": (
        but(transition=lambda x: tf.concat([x, x], axis=-1)),
        r"transition must give states like those of initial: \[1, 4\] float32, got \[1, 8\] float32",
    ),
    "a state of another type": (
        but(transition=lambda x: tf.cast(x, tf.float16)),
        r"transition .*: \[1, 4\] float32, got \[1, 4\] float16",
    ),
    "a state in another box": (but(transition=lambda x: (x, x)), r"float32, got \('\[1, 4\] float32', "),
    "a list": (but(initial=lambda x: 5), r"initial\(generator, 1\) must give a tensor \[1, …\], got int"),
    "no limit": (but(max_episode_steps=None), "max_episode_steps must be a whole number ≥ 1, got None"),
    "a limit of 0": (but(max_episode_steps=0), "max_episode_steps must be a whole number ≥ 1, got 0"),
    "actions from 1": (
        but(action_space=spaces.Discrete(2, start=1)),
        r"numbered from 0, got Discrete\(2, start=1\)",
    ),
    "several actions": (
        but(action_space=spaces.MultiDiscrete([2, 2])),
        "must be Discrete or a bounded float32 Box",
    ),
    "boundless actions": (
        but(Pendulum, action_space=spaces.Box(-np.inf, np.inf, (1,))),
        "action_space must be Discrete or a bounded float32 Box, got Box",
    ),
    "actions of float64": (
        but(Pendulum, action_space=spaces.Box(-1, 1, (1,), np.float64)),
        "action_space must be Discrete or a bounded float32 Box, got Box",
    ),
    "a table": (
        but(observation_space=spaces.Discrete(4)),
        r"must be a Box, got Discrete\(4\): make .* one-hot",
    ),
}


@pytest.mark.parametrize(("world", "message"), WRONG.values(), ids=WRONG)
def test_a_world_that_does_not_fit_is_refused(world, message):
    with pytest.raises(ValueError, match=message):
        check_world(world)


@pytest.mark.parametrize(
    "name", ["initial", "transition", "observation", "reward", "terminal", "action_space"]
)
def test_a_world_that_lacks_something_is_refused(name):
    class Torn(CartPole):
        def __getattribute__(self, asked):
            if asked == name:
                raise AttributeError(asked)
            return super().__getattribute__(asked)

    with pytest.raises(ValueError, match=f"a world needs {name}, Torn has none"):
        check_world(Torn())
