"""A view of a world that says when an episode begins, for agents that remember."""

import gymnasium as gym
import numpy as np
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib.worlds.wrappers import View


def marked_starts(world):
    """A view of a world whose observations have one entry more: 1 where an episode begins, else 0.

    An agent with a memory has to know when to forget; with this mark it sees that in what it observes, while
    it acts as well as in what it drew from a replay.

    Args:
      world: its observations are vectors.

    Raises:
      ValueError: observations that are no vectors.
    """
    return MarkedWorld(world)


class MarkedWorld(View):
    """See `marked_starts`. A state is a pair: the inner world's, and the mark [N]."""

    def __init__(self, world):
        super().__init__(world, marked_space(world.observation_space), MarkedStart)

    def initial(self, generator, num_envs):
        """N starts of the inner world, each with a mark."""
        return self.world.initial(generator, num_envs), tf.ones([num_envs])

    def transition(self, state, action, generator=None):
        """The inner world's, without a mark."""
        return self.world.transition(state[0], action, generator), tf.zeros_like(state[1])

    def observation(self, state):
        """[N, D + 1]."""
        return tf.concat([self.world.observation(state[0]), state[1][:, None]], axis=-1)

    def reward(self, state, action, next_state):
        """The inner world's."""
        return self.world.reward(state[0], action, next_state[0])

    def terminal(self, state):
        """The inner world's."""
        return self.world.terminal(state[0])


class MarkedStart(gym.Wrapper):
    """The same view of a Gymnasium environment as `marked_starts` of a world.

    Raises:
      ValueError: as for `marked_starts`.
    """

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = marked_space(env.observation_space)

    def reset(self, **options):
        """The first observation, with a 1."""
        observation, info = self.env.reset(**options)
        return np.append(observation, np.float32(1)), info

    def step(self, action):
        """The next observation, with a 0."""
        observation, *rest = self.env.step(action)
        return np.append(observation, np.float32(0)), *rest


def marked_space(space):
    """The Box of a Box of vectors with one entry from 0 to 1 more."""
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise ValueError(f"marked_starts needs observations that are vectors, got the space {space}")
    low, high = np.append(space.low, np.float32(0)), np.append(space.high, np.float32(1))
    return spaces.Box(low, high, dtype=space.dtype)
