"""What a run hands out: plain arrays, which travel between processes and go into figures as they are."""

from typing import Any, NamedTuple

import numpy as np

Array = Any


class Episodes(NamedTuple):
    """Episodes that ended while the agent explored, in the order of their ends."""

    step: Array  # [E] int64, environment steps of the run by then, over all environments
    episode_return: Array  # [E] float32, undiscounted
    length: Array  # [E] int64, steps


class Checkpoints(NamedTuple):
    """Greedy evaluations on the way, from the same starts each time."""

    step: Array  # [C] int64, environment steps of the run by then
    episode_return: Array  # [C, episodes] float32, undiscounted


class Run(NamedTuple):
    """The training of one seed, to its end or as far as it has come."""

    seed: int | None  # None for a run that was loaded
    num_steps: int  # environment steps, over all environments
    episodes: Episodes
    checkpoints: Checkpoints
    metrics: dict  # name -> [rounds, updates of a round] float32; "step" -> [rounds] int64
    seconds: float  # of training, without evaluation


class Chunk(NamedTuple):
    """What one call of a program brings."""

    num_steps: int
    episodes: Episodes
    metrics: dict


class Record:
    """Puts the chunks of a run together.

    Args:
      seed: of the run; None if it is not known, as after loading.
      num_steps: from where on.
    """

    def __init__(self, seed, num_steps=0):
        self.seed, self.num_steps, self.seconds = seed, num_steps, 0.0
        self.chunks, self.checkpoints = [], []

    def add(self, chunk, seconds):
        """Keeps what a call brought."""
        self.chunks.append(chunk)
        self.num_steps, self.seconds = chunk.num_steps, self.seconds + seconds

    def add_checkpoint(self, returns):
        """Keeps the returns [episodes] of a greedy evaluation made now, once."""
        if not self.checkpoints or self.checkpoints[-1][0] < self.num_steps:
            self.checkpoints.append((self.num_steps, returns))

    def run(self):
        """All of it."""
        if len(self.chunks) > 1:  # joined once, so that asking often costs little
            episodes = Episodes(*map(np.concatenate, zip(*(c.episodes for c in self.chunks), strict=True)))
            parts = [chunk.metrics for chunk in self.chunks if chunk.metrics]
            names = parts[0] if parts else {}
            metrics = {name: np.concatenate([part[name] for part in parts]) for name in names}
            self.chunks = [Chunk(self.num_steps, episodes, metrics)]
        _, episodes, metrics = self.chunks[0] if self.chunks else (0, Episodes(*np.zeros((3, 0))), {})
        steps, returns = zip(*self.checkpoints, strict=True) if self.checkpoints else ([], np.zeros((0, 0)))
        checkpoints = Checkpoints(np.array(steps, np.int64), np.array(returns, np.float32))
        return Run(self.seed, self.num_steps, episodes, checkpoints, metrics, self.seconds)
