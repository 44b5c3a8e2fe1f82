"""Boxes cut into cells: one integer per observation for tables, overlapping tilings for linear functions."""

import gymnasium as gym
import numpy as np
from gymnasium import spaces

MAX_TABLE_BYTES = 2**30


class Discretizer:
    """Numbers the cells of a grid over a box, D dimensions to one integer.

        digit_d = ⌊n_d (x_d − low_d) / (high_d − low_d)⌋, clipped to 0 … n_d − 1
        code    = Σ_d digit_d Π_{e > d} n_e                      (mixed radix, the last digit counts ones)

    Args:
      low, high: [D] bounds of the grid; observations beyond them fall into the outermost cells.
      num_bins: [D] cells per dimension, or one number for all.
      num_actions: of the table that is to be built; it bounds how many codes there may be.

    Raises:
      ValueError: bounds of different lengths, infinite, or with low ≥ high; a number of bins below 1 or not
        whole; a table beyond 1 GiB.
    """

    def __init__(self, low, high, num_bins, *, num_actions=1):
        self.low, self.high = _bounds(low, high)
        self.num_bins = _counts("num_bins", num_bins, len(self.low))
        sizes = [int(n) for n in self.num_bins]
        self.num_codes = int(np.prod(sizes, dtype=object))
        if self.num_codes * num_actions * 8 > MAX_TABLE_BYTES:
            raise ValueError(
                f"a table of {self.num_codes:,} states × {num_actions} actions takes "
                f"{self.num_codes * num_actions * 8 / 2**30:,.1f} GiB, more than the "
                f"{MAX_TABLE_BYTES // 2**30} GiB allowed: use fewer bins than {sizes}"
            )
        self.place = np.array([int(np.prod(sizes[d + 1 :])) for d in range(len(sizes))], np.int64)
        self.scale = self.num_bins / (self.high - self.low)

    def encode(self, observation):
        """Observations [..., D] -> codes [...] int64.

        Raises:
          ValueError: the last axis is not D long, or an observation is NaN.
        """
        digits = _position(observation, self.low, self.high, self.scale).astype(np.int64)
        return np.minimum(digits, self.num_bins - 1) @ self.place

    def digits(self, code):
        """Codes [...] -> the cell's place along every dimension [..., D].

        Raises:
          ValueError: a code outside 0 … num_codes − 1.
        """
        code = np.asarray(code)
        if (code < 0).any() or (code >= self.num_codes).any():
            raise ValueError(f"codes run from 0 to {self.num_codes - 1}, got {code}")
        return code[..., None] // self.place % self.num_bins

    def cell(self, code):
        """Codes [...] -> (low, high) of their cells, each [..., D]."""
        digits = self.digits(code)
        return self.low + digits / self.scale, self.low + (digits + 1) / self.scale


class DiscretizedObservation(gym.ObservationWrapper):
    """Turns a Box observation into one integer, so that a table can hold a row for it.

    Args:
      env: an environment with a one-dimensional Box of observations.
      low, high: [D] bounds; None takes the space's own, which must then be finite.
      num_bins: [D] cells per dimension, or one number for all.

    Raises:
      ValueError: another observation space, or whatever Discretizer refuses.
    """

    def __init__(self, env, *, low=None, high=None, num_bins=8):
        super().__init__(env)
        space = env.observation_space
        if not isinstance(space, spaces.Box) or len(space.shape) != 1:
            raise ValueError(
                f"DiscretizedObservation needs a one-dimensional Box of observations, got {space}"
            )
        low, high = (space.low if low is None else low), (space.high if high is None else high)
        if np.shape(low) != space.shape or np.shape(high) != space.shape:
            raise ValueError(
                f"low and high need one bound per dimension of the observation, {space.shape[0]}, got "
                f"{np.size(low)} and {np.size(high)}"
            )
        num_actions = int(getattr(env.action_space, "n", 1))
        self.discretizer = Discretizer(low, high, num_bins, num_actions=num_actions)
        self.observation_space = spaces.Discrete(self.discretizer.num_codes)

    def observation(self, observation):
        return int(self.discretizer.encode(observation))


class TileCoder:
    """Overlapping grids over a box: every point switches on one tile in each (Sutton & Barto, §9.5.4).

    The tilings are shifted against one another by odd multiples (1, 3, 5, …) of a fraction of a tile, so that
    near points share most of their tiles and far ones none.

    Args:
      low, high: [D] finite bounds; points beyond them are moved to the edge.
      num_tiles: [D] tiles that span the box, or one number for all; each tiling has one more per dimension.
      num_tilings: how many grids, at least 1.

    Attributes:
      num_features: F, the length of the binary feature vector, num_tilings of which are 1.

    Raises:
      ValueError: as for Discretizer.
    """

    def __init__(self, low, high, num_tiles=8, num_tilings=8):
        self.low, self.high = _bounds(low, high)
        self.num_tiles = _counts("num_tiles", num_tiles, len(self.low))
        self.num_tilings = int(_counts("num_tilings", num_tilings, 1)[0])
        sizes = [int(n) + 1 for n in self.num_tiles]
        self.per_tiling = int(np.prod(sizes, dtype=object))
        self.num_features = self.per_tiling * self.num_tilings
        if self.num_features * 8 > MAX_TABLE_BYTES:
            raise ValueError(
                f"{self.num_features:,} tiles take {self.num_features * 8 / 2**30:,.1f} GiB, more than the "
                f"{MAX_TABLE_BYTES // 2**30} GiB allowed: use fewer tiles than {sizes}"
            )
        self.place = np.array([int(np.prod(sizes[d + 1 :])) for d in range(len(sizes))], np.int64)
        self.scale = self.num_tiles / (self.high - self.low)
        odd = np.outer(np.arange(self.num_tilings), 2 * np.arange(len(sizes)) + 1)  # [tilings, D]
        self.offset = odd % self.num_tilings / self.num_tilings  # [tilings, D] in tiles, below 1
        self.first = np.arange(self.num_tilings) * self.per_tiling

    def encode(self, point):
        """Points [..., D] -> the numbers of their active tiles [..., num_tilings] int64.

        Raises:
          ValueError: the last axis is not D long, or a point is NaN.
        """
        position = np.minimum(_position(point, self.low, self.high, self.scale), self.num_tiles)
        tile = (position[..., None, :] + self.offset).astype(np.int64)  # [..., tilings, D], rounded down
        return tile @ self.place + self.first

    def features(self, point):
        """Points [..., D] -> binary feature vectors [..., F] float32."""
        active = self.encode(point)
        features = np.zeros((*active.shape[:-1], self.num_features), np.float32)
        np.put_along_axis(features, active, 1.0, axis=-1)
        return features


def _bounds(low, high):
    low, high = np.atleast_1d(np.asarray(low, float)), np.atleast_1d(np.asarray(high, float))
    if low.ndim != 1 or low.shape != high.shape or not low.size:
        raise ValueError(
            f"low and high must be two lists of one length, got shapes {low.shape} and {high.shape}"
        )
    for d in range(len(low)):
        if not np.isfinite(low[d]) or not np.isfinite(high[d]):
            raise ValueError(
                f"the bounds of dimension {d} must be finite, got [{low[d]:g}, {high[d]:g}]: choose a range "
                "that the agent visits; what lies beyond it is clipped"
            )
        if not low[d] < high[d] or not np.isfinite(high[d] - low[d]):
            raise ValueError(f"low must be below high in dimension {d}, got [{low[d]:g}, {high[d]:g}]")
    return low, high


def _counts(name, counts, length):
    counts = np.asarray(counts)
    if counts.ndim > 1 or (counts.ndim == 1 and len(counts) != length):
        raise ValueError(f"{name} must be one number or {length}, one per dimension, got {counts.tolist()}")
    if (
        not np.issubdtype(counts.dtype, np.number)
        or not (counts == np.floor(counts)).all()
        or (counts < 1).any()
    ):
        raise ValueError(f"{name} must be whole numbers ≥ 1, got {counts.tolist()}")
    return np.broadcast_to(counts.astype(np.int64), (length,)).copy()


def _position(observation, low, high, scale):
    """How many cells from the low edge, after clipping to the box: [..., D], never negative."""
    observation = np.asarray(observation, float)
    if observation.ndim < 1 or observation.shape[-1] != len(low):
        raise ValueError(f"an observation must have {len(low)} numbers, got shape {observation.shape}")
    position = (np.minimum(np.maximum(observation, low), high) - low) * scale
    if np.isnan(position).any():
        bad = np.argwhere(np.isnan(observation))[0]
        raise ValueError(f"an observation holds NaN (not a number) at index {bad.tolist()}")
    return position
