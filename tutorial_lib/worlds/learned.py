"""A learned model is a world: what an agent imagines is the whole loop, run in it."""

from typing import Any, NamedTuple

import tensorflow as tf

from tutorial_lib.worlds.classic import time_limit


class Imagined(NamedTuple):
    """Where an imagined world stands, and what led there."""

    observation: Any  # [N, D]
    reward: Any  # [N], of the step that led here
    terminal: Any  # [N] bool


class LearnedWorld:
    """A world made of predictions, with the functions of the others.

    An imagined observation is clipped to ± `bound`; one that is NaN stays where it was and is terminal, so
    that a model that has lost its way ends an episode instead of spoiling what learns from it.

    Args:
      like: the world that is learned; observations and actions are like its own.
      predict: (observation [N, D], action [N, …], generator) -> (next observation [N, D], reward [N], the
        probability [N] that it is terminal).
      start: (generator, num_envs) -> first observations [N, D]; None starts as `like` does.
      max_episode_steps: how far one may imagine; None is the limit of `like`.
      bound: [D] float32, the largest size of each number; None clips nothing.
      terminal_above: the probability beyond which an episode ends.

    Raises:
      ValueError: max_episode_steps < 1, a bound of another length or that is not positive, terminal_above
        outside [0, 1]; outside compiled code, also an observation that is NaN.
    """

    def __init__(
        self, like, predict, *, start=None, max_episode_steps=None, bound=None, terminal_above=0.5
    ):  # fmt: skip
        self.like, self.predict, self.start = like, predict, start
        self.observation_space, self.action_space = like.observation_space, like.action_space
        self.max_episode_steps = time_limit(max_episode_steps, like.max_episode_steps)
        if not 0 <= terminal_above <= 1:
            raise ValueError(f"terminal_above is a probability, got {terminal_above}")
        self.bound, self.terminal_above = self._checked(bound), terminal_above

    def initial(self, generator, num_envs):
        """N first observations, with nothing behind them."""
        if self.start is None:
            observation = self.like.observation(self.like.initial(generator, num_envs))
        else:
            observation = self.start(generator, num_envs)
        return Imagined(observation, tf.zeros([num_envs]), tf.zeros([num_envs], tf.bool))

    def transition(self, state, action, generator=None):
        """What the model says."""
        before = state.observation
        if tf.executing_eagerly() and bool(tf.reduce_any(tf.math.is_nan(before))):
            row = int(tf.where(tf.reduce_any(tf.math.is_nan(before), axis=-1))[0, 0])
            raise ValueError(f"the observation of row {row} is NaN: a model can say nothing about it")
        after, reward, probability = self.predict(before, action, generator)
        if self.bound is not None:
            after = tf.clip_by_value(after, -self.bound, self.bound)
        known = tf.reduce_all(tf.math.is_finite(after), axis=-1) & tf.math.is_finite(reward)  # [N]
        after, reward = tf.where(known[:, None], after, before), tf.where(known, reward, 0.0)
        return Imagined(after, reward, ~known | (probability > self.terminal_above))

    def observation(self, state):
        """[N, D] as it is."""
        return state.observation

    def reward(self, state, action, next_state):
        """What was predicted with the step."""
        return next_state.reward

    def terminal(self, state):
        """Where the model thinks that it is over."""
        return state.terminal

    def _checked(self, bound):
        if bound is None:
            return None
        bound, shape = tf.constant(bound, tf.float32), self.observation_space.shape
        if bound.shape != shape or not bool(tf.reduce_all(bound > 0)):
            raise ValueError(f"bound must be positive numbers of the shape {shape}, got {bound.numpy()}")
        return bound
