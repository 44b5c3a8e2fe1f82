"""Pendulums as tensors, one rod or two: Gymnasium's own rules, many worlds in one compiled step."""

import math

import numpy as np
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib.worlds.classic import symmetric_box, time_limit


class Acrobot:
    """Two rods, a motor between them: −1 for every step until the tip is high (Sutton, 1996).

    | index | observation | min | max | unit |
    |---|---|---|---|---|
    | 0, 1 | cos θ₁, sin θ₁: the upper rod, from hanging down | −1 | 1 | |
    | 2, 3 | cos θ₂, sin θ₂: the lower rod, from the upper one | −1 | 1 | |
    | 4 | angular velocity of θ₁ | −4π | 4π | rad/s |
    | 5 | angular velocity of θ₂ | −9π | 9π | rad/s |

    The state [N, 4] is θ₁, θ₂ in −π … π and their velocities. Actions [N] int64: 0, 1, 2 are −1, 0, 1 N m.

    Args:
      max_episode_steps: the time limit, counted by whoever steps; None is Gymnasium's own, 500.

    Raises:
      ValueError: max_episode_steps < 1.
    """

    env_id = "Acrobot-v1"
    gymnasium_wrappers = ()
    max_speed = (4 * math.pi, 9 * math.pi)  # rad/s

    def __init__(self, max_episode_steps=None):
        self.max_episode_steps = time_limit(max_episode_steps, 500)
        self.observation_space = symmetric_box([1, 1, 1, 1, *self.max_speed])
        self.action_space = spaces.Discrete(3)

    def initial(self, generator, num_envs):
        """N pairs of rods hanging nearly still, all four numbers uniform in ±0.1."""
        return generator.uniform([num_envs, 4], -0.1, 0.1)

    def transition(self, state, action, generator=None):
        """One step of Runge and Kutta's fourth-order method, 0.2 s."""
        torque = tf.cast(action, tf.float32) - 1.0
        k1 = self.velocity(state, torque)
        k2 = self.velocity(state + 0.1 * k1, torque)
        k3 = self.velocity(state + 0.1 * k2, torque)
        k4 = self.velocity(state + 0.2 * k3, torque)
        state += 0.2 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        theta1, theta2, dtheta1, dtheta2 = tf.unstack(state, axis=-1)
        fast1, fast2 = self.max_speed
        dtheta1 = tf.clip_by_value(dtheta1, -fast1, fast1)
        dtheta2 = tf.clip_by_value(dtheta2, -fast2, fast2)
        return tf.stack([wrap(theta1), wrap(theta2), dtheta1, dtheta2], axis=-1)

    def velocity(self, state, torque):
        """d state / dt, [N, 4]: rods of 1 kg and 1 m, moments of inertia 1 (Sutton & Barto, §11.3)."""
        theta1, theta2, dtheta1, dtheta2 = tf.unstack(state, axis=-1)
        sin2, cos2 = tf.sin(theta2), tf.cos(theta2)
        d1 = 3.5 + cos2
        d2 = 1.25 + 0.5 * cos2
        phi2 = 4.9 * tf.sin(theta1 + theta2)
        phi1 = -0.5 * dtheta2 * (dtheta2 + 2 * dtheta1) * sin2 + 14.7 * tf.sin(theta1) + phi2
        ddtheta2 = torque + d2 / d1 * phi1 - 0.5 * tf.square(dtheta1) * sin2 - phi2
        ddtheta2 /= 1.25 - tf.square(d2) / d1
        ddtheta1 = -(d2 * ddtheta2 + phi1) / d1
        return tf.stack([dtheta1, dtheta2, ddtheta1, ddtheta2], axis=-1)

    def observation(self, state):
        """[N, 6], the angles as points of a circle."""
        theta1, theta2, dtheta1, dtheta2 = tf.unstack(state, axis=-1)
        parts = [tf.cos(theta1), tf.sin(theta1), tf.cos(theta2), tf.sin(theta2), dtheta1, dtheta2]
        return tf.stack(parts, axis=-1)

    def reward(self, state, action, next_state):
        """−1, and 0 for the step that reaches the goal."""
        return tf.where(self.terminal(next_state), 0.0, -1.0)

    def terminal(self, state):
        """The tip is more than one rod above the axis."""
        theta1, theta2 = state[:, 0], state[:, 1]
        return -tf.cos(theta1) - tf.cos(theta2 + theta1) > 1.0


class Pendulum:
    """A rod to swing up and hold with little force; an episode ends only by its time limit.

    | index | observation | min | max | unit |
    |---|---|---|---|---|
    | 0, 1 | cos θ, sin θ: the rod, from upright | −1 | 1 | |
    | 2 | angular velocity | −8 | 8 | rad/s |

    The state [N, 2] is θ, not wrapped, and its velocity. Actions [N, 1] float32: torque, −2 … 2 N m, clipped.

    Args:
      max_episode_steps: the time limit, counted by whoever steps; None is Gymnasium's own, 200.

    Raises:
      ValueError: max_episode_steps < 1.
    """

    env_id = "Pendulum-v1"
    gymnasium_wrappers = ()

    def __init__(self, max_episode_steps=None):
        self.max_episode_steps = time_limit(max_episode_steps, 200)
        self.observation_space = symmetric_box([1, 1, 8])
        self.action_space = spaces.Box(-2.0, 2.0, shape=(1,), dtype=np.float32)

    def initial(self, generator, num_envs):
        """N rods, θ uniform in ±π, velocity uniform in ±1."""
        return generator.uniform([num_envs, 2], -1.0, 1.0) * [math.pi, 1.0]

    def transition(self, state, action, generator=None):
        """Euler's method, 50 ms, with the new velocity."""
        theta, velocity = tf.unstack(state, axis=-1)
        velocity += (15.0 * tf.sin(theta) + 3.0 * clipped_torque(action)) * 0.05
        velocity = tf.clip_by_value(velocity, -8.0, 8.0)
        return tf.stack([theta + 0.05 * velocity, velocity], axis=-1)

    def observation(self, state):
        """[N, 3], the angle as a point of a circle."""
        theta, velocity = tf.unstack(state, axis=-1)
        return tf.stack([tf.cos(theta), tf.sin(theta), velocity], axis=-1)

    def reward(self, state, action, next_state):
        """−(θ² + 0.1 velocity² + 0.001 torque²), of the state before the step; upright is θ = 0."""
        theta, velocity = tf.unstack(state, axis=-1)
        torque = clipped_torque(action)
        return -(tf.square(wrap(theta)) + 0.1 * tf.square(velocity) + 0.001 * tf.square(torque))

    def terminal(self, state):
        """Never."""
        return tf.zeros_like(state[:, 0], tf.bool)


def clipped_torque(action):
    """Actions [N, 1] -> torque [N], in −2 … 2 N m."""
    return tf.clip_by_value(action[:, 0], -2.0, 2.0)


def wrap(angle):
    """The same angle in −π … π."""
    return angle - 2 * math.pi * tf.round(angle / (2 * math.pi))
