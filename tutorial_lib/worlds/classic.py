"""A balanced pole and cars in a valley as tensors: Gymnasium's own rules, many worlds in one compiled step.

A world has no state of its own: its functions take states [N, …] and give new ones, so that a whole training
loop becomes one program. They are named as in Gymnasium's `FuncEnv`.
"""

import math

import numpy as np
import tensorflow as tf
from gymnasium import spaces


class CartPole:
    """A cart that keeps a pole upright: 1 for every step, until the pole falls (Barto et al., 1983).

    | index | observation = state | min | max | unit |
    |---|---|---|---|---|
    | 0 | position of the cart x | −4.8 | 4.8 | m |
    | 1 | its velocity | −∞ | ∞ | m/s |
    | 2 | angle of the pole θ | −0.418 | 0.418 | rad |
    | 3 | its angular velocity | −∞ | ∞ | rad/s |

    Actions [N] int64: 0 pushes left, 1 pushes right, 10 N. The episode ends when |x| > 2.4 m or |θ| > 12°.

    Args:
      max_episode_steps: the time limit, counted by whoever steps; None is Gymnasium's own, 500.

    Raises:
      ValueError: max_episode_steps < 1.
    """

    env_id = "CartPole-v1"
    gymnasium_wrappers = ()
    max_x, max_theta = 2.4, 12 * 2 * math.pi / 360

    def __init__(self, max_episode_steps=None):
        self.max_episode_steps = time_limit(max_episode_steps, 500)
        self.observation_space = symmetric_box([2 * self.max_x, np.inf, 2 * self.max_theta, np.inf])
        self.action_space = spaces.Discrete(2)

    def initial(self, generator, num_envs):
        """N starts, all four numbers uniform in ±0.05."""
        return generator.uniform([num_envs, 4], -0.05, 0.05)

    def transition(self, state, action, generator=None):
        """Euler's method, 20 ms."""
        _, x_dot, theta, theta_dot = tf.unstack(state, axis=-1)
        force = tf.where(action == 1, 10.0, -10.0)
        sin, cos = tf.sin(theta), tf.cos(theta)
        push = (force + 0.05 * tf.square(theta_dot) * sin) / 1.1  # cart and pole weigh 1.1 kg
        theta_acc = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * tf.square(cos) / 1.1))
        x_acc = push - 0.05 * theta_acc * cos / 1.1
        velocity = tf.stack([x_dot, x_acc, theta_dot, theta_acc], axis=-1)
        return state + 0.02 * velocity

    def observation(self, state):
        """[N, 4] as it is."""
        return state

    def reward(self, state, action, next_state):
        """1, also for the step in which the pole falls."""
        return tf.ones_like(next_state[:, 0])

    def terminal(self, state):
        """The cart has left the track or the pole has fallen."""
        return (tf.abs(state[:, 0]) > self.max_x) | (tf.abs(state[:, 2]) > self.max_theta)


class MountainCar:
    """A car too weak for the hill, which must swing up: −1 for every step until the flag (Moore, 1990).

    | index | observation = state | min | max | unit |
    |---|---|---|---|---|
    | 0 | position | −1.2 | 0.6 | m |
    | 1 | velocity | −0.07 | 0.07 | m/step |

    Actions [N] int64: 0 pushes left, 1 does nothing, 2 pushes right. The episode ends at `goal`, 0.5 m.

    Args:
      max_episode_steps: the time limit, counted by whoever steps; None is Gymnasium's own, 200.

    Raises:
      ValueError: max_episode_steps < 1.
    """

    env_id = "MountainCar-v0"
    gymnasium_wrappers = ()
    goal, own_limit = 0.5, 200

    def __init__(self, max_episode_steps=None):
        self.max_episode_steps = time_limit(max_episode_steps, self.own_limit)
        self.observation_space = spaces.Box(np.float32([-1.2, -0.07]), np.float32([0.6, 0.07]))
        self.action_space = spaces.Discrete(3)

    def initial(self, generator, num_envs):
        """N cars at rest near the bottom, position uniform in [−0.6, −0.4]."""
        position = generator.uniform([num_envs], -0.6, -0.4)
        return tf.stack([position, tf.zeros_like(position)], axis=-1)

    def push(self, action):
        """What an action adds to the velocity, [N] m/step."""
        return 0.001 * (tf.cast(action, tf.float32) - 1.0)

    def transition(self, state, action, generator=None):
        """The engine pushes, the slope pulls; at the left end the car hits a wall."""
        position, velocity = tf.unstack(state, axis=-1)
        velocity += self.push(action) - 0.0025 * tf.cos(3.0 * position)
        velocity = tf.clip_by_value(velocity, -0.07, 0.07)
        position = tf.clip_by_value(position + velocity, -1.2, 0.6)
        velocity = tf.where((position <= -1.2) & (velocity < 0), 0.0, velocity)
        return tf.stack([position, velocity], axis=-1)

    def observation(self, state):
        """[N, 2] as it is."""
        return state

    def reward(self, state, action, next_state):
        """−1, also for the step that reaches the flag."""
        return -tf.ones_like(next_state[:, 0])

    def terminal(self, state):
        """At the flag or beyond, and not rolling back."""
        return (state[:, 0] >= self.goal) & (state[:, 1] >= 0)


class MountainCarContinuous(MountainCar):
    """The same hill with an engine of any strength: 100 at the flag, minus 0.1 a² for every step.

    States and observations are MountainCar's. Actions [N, 1] float32, −1 … 1: stronger ones push no more, but
    cost more. The episode ends at 0.45 m.

    Args:
      max_episode_steps: the time limit, counted by whoever steps; None is Gymnasium's own, 999.

    Raises:
      ValueError: max_episode_steps < 1.
    """

    env_id = "MountainCarContinuous-v0"
    goal, own_limit = 0.45, 999

    def __init__(self, max_episode_steps=None):
        super().__init__(max_episode_steps)
        self.action_space = spaces.Box(-1.0, 1.0, shape=(1,), dtype=np.float32)

    def push(self, action):
        """What an action adds to the velocity, [N] m/step."""
        return 0.0015 * tf.clip_by_value(action[:, 0], -1.0, 1.0)

    def reward(self, state, action, next_state):
        """100 at the flag, minus the cost of the action as it was given."""
        return tf.where(self.terminal(next_state), 100.0, 0.0) - 0.1 * tf.square(action[:, 0])


def time_limit(given, own):
    """The time limit in steps: the one given, or the world's own for None.

    Raises:
      ValueError: a limit below 1.
    """
    if given is not None and given < 1:
        raise ValueError(f"max_episode_steps must be at least 1, or None for {own}, got {given}")
    return own if given is None else given


def symmetric_box(high):
    """The space of vectors between −high and high."""
    high = np.array(high, np.float32)
    return spaces.Box(-high, high)
