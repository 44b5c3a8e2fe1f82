"""Other views of a world: part of what it shows, its last observations at once, a choice as numbers."""

from functools import partial

import gymnasium as gym
import numpy as np
import tensorflow as tf
from gymnasium import spaces


def masked(world, keep):
    """A view of a world that shows some entries of its observations only, such as no velocities.

    What is hidden still moves: masked(CartPole(), keep=[0, 2]) is to be solved without seeing how fast.

    Args:
      world: its observations are vectors.
      keep: indices of the entries that are shown, in this order.

    Raises:
      ValueError: observations that are no vectors, or indices that they do not have.
    """
    return MaskedWorld(world, keep)


def stacked(world, num_observations):
    """A view of a world that shows its last few observations side by side, the newest last.

    Before an episode has so many, the first one stands in for those missing.

    Args:
      num_observations: k, how many, at least 1; the last axis of an observation becomes k times as long.

    Raises:
      ValueError: num_observations < 1.
    """
    return StackedWorld(world, num_observations)


def largest_of(world):
    """A view of a world of A actions to choose from that takes A numbers from −1 to 1: the largest chooses.

    So an agent whose actions are numbers, such as DDPG, plays a world whose actions are a choice.

    Raises:
      ValueError: actions that are no choice.
    """
    return ChoosingWorld(world)


class View:
    """A world that moves as another does; subclasses show it differently."""

    def __init__(self, world, observation_space, gymnasium_wrapper):
        self.world = world
        self.env_id = world.env_id
        self.max_episode_steps = world.max_episode_steps
        self.action_space = world.action_space
        self.observation_space = observation_space
        if hasattr(world, "render_mode"):  # whose pixels are the observation
            self.render_mode = world.render_mode
        self.gymnasium_wrappers = (*world.gymnasium_wrappers, gymnasium_wrapper)


class MaskedWorld(View):
    """See `masked`. States are the inner world's."""

    def __init__(self, world, keep):
        space = masked_space(world.observation_space, keep)
        super().__init__(world, space, partial(MaskedObservation, keep=keep))
        self.keep = list(keep)
        self.initial, self.transition = world.initial, world.transition
        self.reward, self.terminal = world.reward, world.terminal

    def observation(self, state):
        """[N, len(keep)]."""
        return tf.gather(self.world.observation(state), self.keep, axis=-1)


class StackedWorld(View):
    """See `stacked`. A state is a pair: the inner world's, and the observations seen from it, [N, …, k·D]."""

    def __init__(self, world, num_observations):
        space = stacked_space(world.observation_space, num_observations)
        super().__init__(world, space, partial(stack_observations, num_observations=num_observations))
        self.num_observations = num_observations

    def initial(self, generator, num_envs):
        """N starts of the inner world, each with its first observation k times."""
        inner = self.world.initial(generator, num_envs)
        return inner, tf.concat([self.world.observation(inner)] * self.num_observations, axis=-1)

    def transition(self, state, action, generator=None):
        """The oldest observation goes, the newest comes."""
        inner, recent = state
        inner = self.world.transition(inner, action, generator)
        newest = self.world.observation(inner)
        return inner, tf.concat([recent[..., newest.shape[-1] :], newest], axis=-1)

    def observation(self, state):
        """[N, …, k·D]."""
        return state[1]

    def reward(self, state, action, next_state):
        """The inner world's."""
        return self.world.reward(state[0], action, next_state[0])

    def terminal(self, state):
        """The inner world's."""
        return self.world.terminal(state[0])


class ChoosingWorld(View):
    """See `largest_of`. States are the inner world's."""

    def __init__(self, world):
        super().__init__(world, world.observation_space, choose_largest)
        self.action_space = numbers_space(world.action_space)
        self.initial, self.observation, self.terminal = world.initial, world.observation, world.terminal

    def transition(self, state, action, generator=None):
        """Actions [N, A]."""
        return self.world.transition(state, self.choice(action), generator)

    def reward(self, state, action, next_state):
        """The inner world's."""
        return self.world.reward(state, self.choice(action), next_state)

    def choice(self, action):
        """The number of the largest: [N, A] -> [N] int64."""
        return tf.argmax(action, axis=-1) + int(self.world.action_space.start)


class MaskedObservation(gym.ObservationWrapper):
    """The same view of a Gymnasium environment as `masked` of a world.

    Raises:
      ValueError: as for `masked`.
    """

    def __init__(self, env, *, keep):
        super().__init__(env)
        self.observation_space = masked_space(env.observation_space, keep)
        self.keep = list(keep)

    def observation(self, observation):
        return observation[self.keep]


def stack_observations(env, *, num_observations):
    """The same view of a Gymnasium environment as `stacked` of a world.

    Raises:
      ValueError: as for `stacked`.
    """
    space = stacked_space(env.observation_space, num_observations)
    env = gym.wrappers.FrameStackObservation(env, num_observations, padding_type="reset")
    side_by_side = partial(np.concatenate, axis=-1)  # [k, …, D] -> […, k·D]
    return gym.wrappers.TransformObservation(env, side_by_side, space)


def choose_largest(env):
    """The same view of a Gymnasium environment as `largest_of` of a world.

    Raises:
      ValueError: as for `largest_of`.
    """
    space, start = numbers_space(env.action_space), int(env.action_space.start)
    return gym.wrappers.TransformAction(env, lambda action: int(np.argmax(action)) + start, space)


def numbers_space(space):
    """The Box of one number per action of a Discrete space."""
    if not isinstance(space, spaces.Discrete):
        raise ValueError(f"largest_of needs actions that are a choice, got the space {space}")
    return spaces.Box(-1.0, 1.0, (int(space.n),))


def masked_space(space, keep):
    """The Box that is left of a Box of vectors."""
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise ValueError(f"masked needs observations that are vectors, got the space {space}")
    (size,), keep = space.shape, np.asarray(keep)
    if keep.dtype.kind != "i" or keep.ndim != 1 or ((keep < 0) | (keep >= size)).any():
        raise ValueError(f"keep lists the entries to show, of 0 … {size - 1}, got {keep.tolist()}")
    return spaces.Box(space.low[keep], space.high[keep], dtype=space.dtype)


def stacked_space(space, num_observations):
    """The Box of k observations side by side."""
    if not isinstance(space, spaces.Box) or not space.shape:
        raise ValueError(f"stacked needs observations that are arrays, got the space {space}")
    if not isinstance(num_observations, (int, np.integer)) or num_observations < 1:
        raise ValueError(f"num_observations must be a whole number ≥ 1, got {num_observations}")
    repeat = lambda bound: np.concatenate([bound] * num_observations, axis=-1)  # noqa: E731
    return spaces.Box(repeat(space.low), repeat(space.high), dtype=space.dtype)


class OneHotObservation(gym.ObservationWrapper):
    """Observation i of Discrete(n) as n numbers, all 0 but for a 1 at place i: what a network can read.

    Raises:
      ValueError: observations that are no integers.
    """

    def __init__(self, env):
        super().__init__(env)
        numbers = env.observation_space
        if not isinstance(numbers, spaces.Discrete):
            raise ValueError(
                f"OneHotObservation needs observations that are integers, got the space {numbers}"
            )
        self.observation_space = spaces.Box(0, 1, (int(numbers.n),))
        self.start = numbers.start

    def observation(self, observation):
        """[n] float32."""
        one_hot = np.zeros(self.observation_space.shape, np.float32)
        one_hot[observation - self.start] = 1
        return one_hot
