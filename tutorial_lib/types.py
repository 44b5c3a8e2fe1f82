"""What agents store: steps, and sequences of steps."""

from typing import Any, NamedTuple

Array = Any  # a NumPy array or a tf.Tensor


class Transition(NamedTuple):
    """A batch of environment steps; B is the batch axis."""

    observation: Array  # [B, *obs]  s
    action: Array  # [B] int64 (or [B, *act] float32)  a
    reward: Array  # [B]        r
    discount: Array  # [B]        γⁿ (1 − terminated)
    next_observation: Array  # [B, *obs]  s′, never a reset


class Trajectory(NamedTuple):
    """T consecutive steps of B environments, time first."""

    observation: Array  # [T, B, *obs]  sₜ
    action: Array  # [T, B] int64 (or [T, B, *act] float32)  aₜ
    reward: Array  # [T, B]        rₜ
    discount: Array  # [T, B]        γ (1 − terminated)
    next_observation: Array  # [T, B, *obs]  sₜ₊₁ before any reset
    done: Array  # [T, B]        1 where an episode ends, terminated or truncated
    mask: Array  # [T, B]        1 for a real step, 0 for padding or a reset row


class Rollout(NamedTuple):
    """What a policy-gradient update needs to know about B steps, in any order."""

    observation: Array  # [B, *obs]  s
    action: Array  # [B] int64 (or [B, *act] float32)  a
    log_prob: Array  # [B]  log π(a|s) when the step was taken
    advantage: Array  # [B]  Â
    value: Array  # [B]  V(s) when the step was taken
    value_target: Array  # [B]  Â + V(s)
