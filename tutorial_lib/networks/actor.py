"""The policy network that an action space asks for."""

import gymnasium as gym

from tutorial_lib.networks.gaussian import gaussian_policy
from tutorial_lib.networks.mlp import mlp


def actor_for(envs, hidden, **options):
    """A policy network for the action space of a vector environment.

    Args:
      envs: a VectorEnv.
      hidden, options: as for `mlp`.

    Returns:
      For Discrete(A) a network of logits [B, A]; for a Box of A numbers one of mean and log σ, [B, A] each.

    Raises:
      ValueError: any other action space.
    """
    space, shape = envs.single_action_space, envs.single_observation_space.shape
    if isinstance(space, gym.spaces.Discrete) and space.start == 0:
        return mlp(shape, hidden, int(space.n), **options)
    if isinstance(space, gym.spaces.Box) and len(space.shape) == 1:
        return gaussian_policy(shape, hidden, space.shape[0], **options)
    raise ValueError(
        f"no policy head serves the action space {space}: it must be Discrete(A), counted from 0, or a "
        "Box of shape (A,); wrap the environment with gymnasium.wrappers.TransformAction to make it one"
    )
