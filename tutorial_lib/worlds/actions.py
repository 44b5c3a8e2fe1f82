"""What a policy returns, in the form that environments take, or an error that says why they cannot."""

import numpy as np
from gymnasium import spaces


class CheckedActions:
    """Called with what a policy returned for N environments: the actions [N, *act] in their space's dtype.

    Integers must be in the space: those of Discrete(3, start=1) are 1, 2 and 3. Real numbers must be finite,
    and the bounds of a Box are left to the environment: a Gaussian policy samples beyond them and learns from
    what it sampled, and Gymnasium's environments clip what they are given.

    Args:
      space: of the actions of one environment.
      num_envs: N.

    Raises:
      ValueError: actions that are no arrays or integers; when called: actions of the wrong shape or type, or
        outside the space.
    """

    def __init__(self, space, num_envs):
        self.lowest, self.highest = map(np.asarray, action_range(space))
        self.space, self.shape = space, (num_envs, *space.shape)

    def __call__(self, actions):
        array = np.asarray(actions)
        if array.shape != self.shape or not np.can_cast(array.dtype, self.space.dtype, "same_kind"):
            raise ValueError(self._misshapen(actions, array))
        inside = (self.lowest <= array) & (array <= self.highest)  # NaN is not
        if not inside.all():
            raise ValueError(self._outside(array, np.argwhere(~inside)[0][0]))
        return array.astype(self.space.dtype, copy=False)

    def _misshapen(self, actions, array):
        if array.dtype == object:
            return f"the policy must return one array of actions, got {actions!r}"
        if array.shape == self.shape:
            return f"the policy must return actions of type {self.space.dtype}, got {array.dtype}"
        whom = "one environment" if self.shape[0] == 1 else f"{self.shape[0]} environments"
        return f"the policy must return actions of shape {self.shape} for {whom}, got {array.shape}"

    def _outside(self, array, i):
        real = self.space.dtype.kind == "f"
        expected = "finite numbers" if real else f"from {self.lowest} to {self.highest}"
        return f"the policy chose {array[i]} in environment {i}: the actions of {self.space} are {expected}"


def action_range(space):
    """The lowest and the highest integers of a space, or finite numbers, where actions are real.

    Raises:
      ValueError: a space whose actions are no arrays or integers.
    """
    if isinstance(space, spaces.Discrete):
        return space.start, space.start + space.n - 1
    if isinstance(space, spaces.MultiDiscrete):
        return space.start, space.start + space.nvec - 1
    if isinstance(space, spaces.MultiBinary):
        return 0, 1
    if not isinstance(space, spaces.Box):
        raise ValueError(
            f"actions must be arrays or integers, got the space {space}: wrap the environment, such as in "
            "gymnasium.wrappers.TransformAction"
        )
    if space.dtype.kind == "f":
        return np.finfo(space.dtype).min, np.finfo(space.dtype).max
    return space.low, space.high
