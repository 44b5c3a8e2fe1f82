"""A game of Atari as people see it, beside what the agent saw of it."""

import numpy as np
from PIL import Image

from tutorial_lib.watching.animation import Recording
from tutorial_lib.worlds.envs import make_vec_env, reset_seeded


def record_atari(policy, world, *, seed=0, max_steps=1_000, skip=0, scale=2):
    """Plays one game twice at once, on the agent's screen and on ours.

    Args:
      policy: observation [1, *obs] uint8 -> action [1].
      world: an Atari.
      seed: of the game.
      max_steps: steps that are recorded, at most; the film ends with the game.
      skip: steps that are played before.
      scale: a screen of 210 × 160 pixels becomes so many times as large.

    Returns:
      A Recording, and the observations of its frames [T, *obs].

    Raises:
      ValueError: max_steps < 1.
    """
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, got {max_steps}")
    agent_s, ours = (make_vec_env(w, 1) for w in (world, world.as_seen_by_people()))
    observation, screen = (reset_seeded(envs, seed).copy() for envs in (agent_s, ours))
    frames, captions, observations, points = [], [], [], np.zeros(2, int)  # won, lost
    for step in range(skip + max_steps):
        action = np.asarray(policy(observation))
        if step >= skip:
            frames.append(larger(screen[0, 0], scale))
            captions.append(f"step {step}   {points[0]} won, {points[1]} lost")
            observations.append(observation[0].copy())
        observation, reward, terminated, truncated, _ = agent_s.step(action)
        screen = ours.step(action)[0]
        points += [int(reward[0] > 0), int(reward[0] < 0)]
        if terminated[0] or truncated[0]:
            break
    for envs in (agent_s, ours):
        envs.close()
    return Recording(frames, captions, 15, world.game), np.array(observations)


def larger(picture, scale):
    """A picture [H, W] or [H, W, 3] uint8, every pixel `scale` × `scale` of them."""
    return np.asarray(Image.fromarray(picture).resize(
        (picture.shape[1] * scale, picture.shape[0] * scale), Image.Resampling.NEAREST
    ))  # fmt: skip
