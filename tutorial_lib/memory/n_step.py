"""Transitions over n steps: rewards that were seen, before values that are guessed."""

import tensorflow as tf

from tutorial_lib.types import Trajectory, Transition


def n_step_transitions(trajectory, n):
    """The first T of T + n − 1 steps, each with up to n rewards (Watkins, 1989).

        r = Σ γᵏ rₜ₊ₖ for k < m,    discount = γᵐ (1 − terminated),    s′ = sₜ₊ₘ

    m is n, or fewer steps where the episode ends before: nothing crosses an episode, and one that was cut
    off by its time limit bootstraps from its true last observation.

    Args:
      trajectory: Trajectory [T + n − 1, N].
      n: steps, at least 1.

    Returns:
      Transition [T, N].

    Raises:
      ValueError: n < 1, or fewer than n steps.
    """
    count = trajectory.reward.shape[0] - n + 1
    if n < 1 or count < 1:
        raise ValueError(f"n must be in 1 … {trajectory.reward.shape[0]}, the steps there are, got {n}")
    after = lambda x, k: x[k : k + count]  # noqa: E731
    first = Trajectory(*(after(x, 0) for x in trajectory))
    reward, discount, following = first.reward, first.discount, first.next_observation
    going = 1.0 - first.done  # [T, N], 1 while the episode goes on
    for k in range(1, n):
        reward += going * discount * after(trajectory.reward, k)
        discount = tf.where(going > 0, discount * after(trajectory.discount, k), discount)
        here = tf.reshape(going > 0, [*going.shape, *[1] * (len(following.shape) - 2)])
        following = tf.where(here, after(trajectory.next_observation, k), following)
        going *= 1.0 - after(trajectory.done, k)
    return Transition(first.observation, first.action, reward, discount, following)


class NStepWindow:
    """Holds the last n − 1 steps until it is known what followed them; then gives each on, exactly once.

    Args:
      n: steps, at least 2.
      num_envs: N.
      spec: of a Transition, see `transition_spec`.

    Attributes:
      variables: all that changes in it.
    """

    def __init__(self, n, num_envs, spec):
        self.n = n
        number = tf.TensorSpec([], tf.float32)
        kept = lambda s: tf.Variable(tf.zeros([n - 1, num_envs, *s.shape], s.dtype), trainable=False)  # noqa: E731
        self.steps = Trajectory(*map(kept, [*spec, number, number]))
        self.num_steps = tf.Variable(0, dtype=tf.int64, trainable=False)  # of each environment, until now
        self.variables = [*self.steps, self.num_steps]

    def add(self, trajectory):
        """In a compiled function: the next Trajectory [T, N] -> Transition [T, N], and how many of T count.

        At the start of a run, n − 1 steps have to pass before the first of them is known; those that count
        come first.
        """
        num_steps = trajectory.reward.shape[0]
        joined = Trajectory(
            *(tf.concat([kept, new], axis=0) for kept, new in zip(self.steps, trajectory, strict=True))
        )
        missing = tf.clip_by_value(self.n - 1 - self.num_steps, 0, num_steps)
        self.num_steps.assign_add(num_steps)
        for kept, steps in zip(self.steps, joined, strict=True):
            kept.assign(steps[num_steps:])
        rows = n_step_transitions(joined, self.n)
        return Transition(*(tf.roll(x, -missing, axis=0) for x in rows)), num_steps - missing
