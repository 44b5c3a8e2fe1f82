"""Atari games in ale-py's own vector environment: preprocessed in C++, many games a call."""

import difflib
from dataclasses import dataclass, replace

import numpy as np
from ale_py import roms
from ale_py.vector_env import AtariVectorEnv
from gymnasium.spaces import Discrete, MultiDiscrete
from gymnasium.vector import AutoresetMode, VectorWrapper

PONG_ACTIONS = (0, 2, 3)  # stay, up, down: the fire button, in the other three, does nothing in a rally


@dataclass(frozen=True)
class Atari:
    """A game, and how its screen becomes an observation [stack, size, size] uint8 (Mnih et al., 2015).

    A step is `frame_skip` frames of the game with one action; of the last two the brighter pixel is kept,
    made grey and resized. Before an episode's first frame a stack is black. An episode begins with up to
    `noop_max` frames in which nothing is done, so that starts differ.

    Args:
      game: such as "pong" or "space_invaders".
      size: pixels of each side, or (height, width).
      stack: frames of an observation, the newest last.
      actions: the game's own numbers of those that can be chosen; None is all of them.
      sticky: probability that the game repeats the last action instead, each frame. 0 is the game of the
        papers until 2017; Gymnasium's "ALE/…-v5" has 0.25.
      frame_skip: frames of the game to a step.
      noop_max: most frames to wait for at the start.
      grey: False leaves the colours: [stack, height, width, 3].
      clip_rewards: keeps only the sign of a reward.
      num_threads: of the emulator; 0 leaves it the choice.

    Raises:
      ValueError: a game that ale-py does not have, the message lists the closest; an action the game does
        not have, fewer than two or the same twice; a count < 1, or a probability outside [0, 1].
    """

    game: str = "pong"
    size: int | tuple = 84
    stack: int = 4
    actions: tuple | None = None
    sticky: float = 0.0
    frame_skip: int = 4
    noop_max: int = 30
    grey: bool = True
    clip_rewards: bool = False
    num_threads: int = 0

    def __post_init__(self):
        _check_game(self.game)
        for name in ("size", "stack", "frame_skip", "noop_max"):
            if np.min(getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.sticky <= 1:
            raise ValueError(f"sticky is a probability, from 0 to 1, got {self.sticky}")

    @property
    def shape(self):
        """Of an observation: (stack, height, width), or (stack, height, width, 3)."""
        height, width = np.broadcast_to(self.size, 2).tolist()
        return (self.stack, height, width) if self.grey else (self.stack, height, width, 3)

    def make_vec_env(self, num_envs):
        """`num_envs` games that step together and reset within the step that ends an episode.

        Raises:
          ValueError: num_envs < 1.
        """
        if num_envs < 1:
            raise ValueError(f"num_envs must be at least 1, got {num_envs}")
        return AtariInStep(self, num_envs)

    def as_seen_by_people(self):
        """Its whole screen in colour, one frame: with the same seed and actions it is the same game."""
        return replace(self, size=(210, 160), stack=1, grey=False)


class AtariInStep(AtariVectorEnv):
    """ale-py's vector environment with the actions of an `Atari`, and with unrelated starts from one seed.

    The true last observation of an episode is in info["final_obs"].
    """

    def __init__(self, world, num_envs):
        super().__init__(
            world.game, num_envs, num_threads=world.num_threads, repeat_action_probability=world.sticky,
            autoreset_mode=AutoresetMode.SAME_STEP, img_height=world.shape[1], img_width=world.shape[2],
            stack_num=world.stack, grayscale=world.grey, frameskip=world.frame_skip, noop_max=world.noop_max,
            reward_clipping=world.clip_rewards,
        )  # fmt: skip
        self.metadata = self.metadata | {"autoreset_mode": AutoresetMode.SAME_STEP}  # not the class's
        self.names = [action.name for action in self.ale.get_action_set()]
        self.codes = _checked_actions(world.actions, self.names)
        self.single_action_space = Discrete(len(self.codes))
        self.action_space = MultiDiscrete([len(self.codes)] * num_envs)

    def reset(self, *, seed=None, options=None):
        """As the original; an integer seeds all games, each with a number of its own."""
        if isinstance(seed, int):
            seed = np.random.SeedSequence(seed).generate_state(self.num_envs) & 0x7FFFFFFF
            seed = seed.astype(np.int64)
        return super().reset(seed=seed, options=options)

    def send(self, actions):
        super().send(self.codes[actions])


class Points(VectorWrapper):
    """Counts the points of all games: those won, of reward 1, and those lost, of reward −1."""

    def __init__(self, envs):
        super().__init__(envs)
        self.won, self.lost = 0, 0

    def step(self, actions):
        """As of the games, counted."""
        observation, reward, *rest = super().step(actions)
        self.won += int(np.count_nonzero(reward > 0))
        self.lost += int(np.count_nonzero(reward < 0))
        return observation, reward, *rest


def pixel_statistics(world, num_steps=400, num_envs=16, seed=0):
    """What a random player sees -> (mean of each pixel [height, width], deviation of all from their means).

    Args:
      world: an `Atari` in grey.
      num_steps: of each of `num_envs` games.

    Raises:
      ValueError: a world in colour, or a count < 1.
    """
    if not world.grey:
        raise ValueError("pixel_statistics are of grey pictures; this world is in colour")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1, got {num_steps}")
    envs, rng = world.make_vec_env(num_envs), np.random.default_rng(seed)
    envs.reset(seed=seed)
    actions = rng.integers(envs.single_action_space.n, size=(num_steps, num_envs))
    frames = np.concatenate([envs.step(action)[0][:, -1].copy() for action in actions])  # [T·N, H, W]
    envs.close()
    return frames.mean(axis=0), float(np.sqrt(frames.var(axis=0).mean()))


def _check_game(game):
    known = roms.get_all_rom_ids()
    if game not in known:
        close = difflib.get_close_matches(str(game).lower().replace("-", "_"), known, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(close)}?" if close else f"; it has {', '.join(known)}"
        raise ValueError(f"ale-py has no game called {game!r}{hint}")


def _checked_actions(actions, names):
    codes = np.arange(len(names)) if actions is None else np.array(actions, np.int64)
    if len(codes) < 2 or len(set(codes)) < len(codes) or codes.min() < 0 or codes.max() >= len(names):
        known = ", ".join(f"{i} {name}" for i, name in enumerate(names))
        raise ValueError(f"actions must be two or more of {known}, each once, got {actions}")
    return codes
