"""Worlds of tensors that fit together, seen before anything runs."""

import numpy as np
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib.worlds.classic import CartPole, MountainCar, MountainCarContinuous
from tutorial_lib.worlds.swinging import Acrobot, Pendulum

KNOWN = {world.env_id: world for world in (CartPole, MountainCar, MountainCarContinuous, Acrobot, Pendulum)}
ATTRIBUTES = ("observation_space", "action_space", "max_episode_steps")
FUNCTIONS = ("initial", "transition", "observation", "reward", "terminal")


def find_world(world):
    """The world of tensors of a name, "CartPole-v1" -> CartPole(); a world is given back once it is checked.

    Raises:
      ValueError: a name without such a world, the message lists those there are; or what check_world refuses.
    """
    if isinstance(world, str):
        if world not in KNOWN:
            raise ValueError(
                f"no world of tensors is called {world!r}, only {', '.join(KNOWN)}: write one, or step the "
                "environment of Gymnasium"
            )
        return KNOWN[world]()
    check_world(world)
    return world


def check_world(world):
    """Takes a step of a few environments and sees that what its functions give fits together.

    Needed are observation_space (Box), action_space (Box or Discrete), max_episode_steps, and, over states of
    tensors [N, …]: initial(generator, num_envs) -> state, transition(state, action, generator) -> state,
    observation(state) -> [N, *obs] float32, reward(state, action, next_state) -> [N] float32,
    terminal(state) -> [N] bool.

    Raises:
      ValueError: something missing, or of another shape or type than it should be.
    """
    if isinstance(world, type):
        raise ValueError(f"a world is an object, got the class {world.__name__}: call it, {world.__name__}()")
    for name in (*ATTRIBUTES, *FUNCTIONS):
        if not hasattr(world, name):
            raise ValueError(f"a world needs {name}, {type(world).__name__} has none")
    check_spaces(world)
    limit = world.max_episode_steps
    if not isinstance(limit, (int, np.integer)) or limit < 1:
        raise ValueError(f"max_episode_steps must be a whole number ≥ 1, got {limit!r}")
    for num_envs in (1, 3):
        check_functions(world, num_envs)


def check_spaces(world):
    """Observations from a Box; actions from a bounded Box of floats, or numbered from 0."""
    observation, action = world.observation_space, world.action_space
    if not isinstance(observation, spaces.Box):
        raise ValueError(f"observation_space must be a Box, got {observation}: make integers one-hot vectors")
    if isinstance(action, spaces.Discrete):
        if action.start != 0:
            raise ValueError(f"actions are numbered from 0, got {action}: leave out start")
    elif not isinstance(action, spaces.Box) or action.dtype != np.float32 or not action.is_bounded():
        raise ValueError(f"action_space must be Discrete or a bounded float32 Box, got {action}")


def check_functions(world, num_envs):
    """One step of `num_envs` environments, every tensor looked at."""
    generator = tf.random.Generator.from_seed(0, alg="philox")
    state = world.initial(generator, num_envs)
    for part in tf.nest.flatten(state):
        expect(f"initial(generator, {num_envs})", part, [num_envs, ...])
    action = tf.stack([world.action_space.sample() for _ in range(num_envs)])
    next_state = world.transition(state, action, generator)
    same_kind(state, next_state)
    shape = [num_envs, *world.observation_space.shape]
    expect("observation(state)", world.observation(next_state), shape, tf.float32)
    expect(
        "reward(state, action, next_state)", world.reward(state, action, next_state), [num_envs], tf.float32
    )
    expect("terminal(state)", world.terminal(next_state), [num_envs], tf.bool)


def same_kind(state, next_state):
    """transition gives what initial gives: the same structure, shapes and types."""
    first, following = (tf.nest.map_structure(describe, x) for x in (state, next_state))
    try:
        tf.nest.assert_same_structure(first, following)
        same = first == following
    except (TypeError, ValueError):
        same = False
    if not same:
        raise ValueError(f"transition must give states like those of initial: {first}, got {following}")


def expect(call, tensor, shape, dtype=None):
    """Raises ValueError unless it is a tensor of this shape (its beginning, before ...) and type."""
    wanted = f"a tensor {str(shape).replace('Ellipsis', '…')}" + (f" {dtype.name}" if dtype else "")
    if not tf.is_tensor(tensor):
        raise ValueError(f"{call} must give {wanted}, got {type(tensor).__name__}")
    beginning = tensor.shape[:1] if shape[-1] is ... else tensor.shape
    if beginning != [size for size in shape if size is not ...] or dtype not in (None, tensor.dtype):
        raise ValueError(f"{call} must give {wanted}, got {describe(tensor)}")


def describe(tensor):
    """A tensor's shape and type in words."""
    if not tf.is_tensor(tensor):
        return type(tensor).__name__
    return f"{tensor.shape.as_list()} {tensor.dtype.name}"
