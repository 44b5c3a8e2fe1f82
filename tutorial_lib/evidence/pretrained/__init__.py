"""Trained weights and finished learning curves that come with the course, as plain arrays and JSON."""

import json
from pathlib import Path

import numpy as np

from tutorial_lib.networks.mlp import mlp
from tutorial_lib.networks.pixels import pong_network

FOLDER = Path(__file__).parent


PONG_MOMENTS = (0, 25, 50, 100)  # % of its training


def load_pong(percent=100):
    """The network of notebook 07b after so much of its training: [B, 4, 42, 42] uint8 -> Q(s, ·) [B, 3].

    `load_results("pong-dqn")` knows the seeds, the scores and the logs of the runs.

    Args:
      percent: 0, 25, 50 or 100.

    Raises:
      ValueError: no weights of that moment.
    """
    if percent not in PONG_MOMENTS:
        raise ValueError(f"there are weights after {PONG_MOMENTS} % of the training, not after {percent}")
    with np.load(_find("pong-dqn", ".npz")) as arrays:
        count = sum(key.startswith(f"{percent}_") for key in arrays)
        weights = [arrays[f"{percent}_{i}"].astype(np.float32) for i in range(count)]
        network = pong_network((arrays["statistics_0"], arrays["statistics_1"]))
    network.set_weights(weights)
    return network


def load_actor(name="ppo-lunarlander", when="trained"):
    """A trained policy network: observation [B, num_inputs] -> logits [B, A].

    Args:
      name: of a file in this folder, such as "ppo-lunarlander".
      when: "trained" for the end of training, "early" for a moment on the way there.

    Raises:
      FileNotFoundError: nothing of that name comes with the course; says what does.
      ValueError: no weights of that moment.
    """
    with np.load(_find(name, ".npz")) as arrays:
        weights = [arrays[f"{when}_{i}"] for i in range(len(arrays)) if f"{when}_{i}" in arrays]
        moments = sorted({key.rsplit("_", 1)[0] for key in arrays})
    if not weights:
        raise ValueError(f"{name} has no weights {when!r}; it has {', '.join(moments)}")
    sizes = [bias.shape[0] for bias in weights[1::2]]
    actor = mlp(weights[0].shape[0], sizes[:-1], sizes[-1], activation="tanh")
    actor.set_weights(weights)
    return actor


def load_curves(name):
    """Learning curves over seeds: {seed: (steps, returns)}, each return a mean over 20 training episodes.

    Those that were kept with `--window 1`, for runs of few episodes, are of single ones.

    Args:
      name: of a file that comes with the course, such as "ppo-cartpole", or the path of one of your own,
        which `benchmarks/reliability.py --keep` makes.

    Raises:
      FileNotFoundError: there is no such file, and nothing of that name comes with the course.
    """
    return {seed: (run["steps"], run["returns"]) for seed, run in load_results(name).items()}


def load_results(name):
    """What `benchmarks/reliability.py` kept of every seed: {seed: {"final_mean": …, "seconds": …, …}}."""
    text = _find(name, ".json").read_text(encoding="utf-8")
    return {int(seed): run for seed, run in json.loads(text)["seeds"].items()}


def _find(name, suffix):
    path = Path(name) if Path(name).suffix == suffix else FOLDER / f"{name}{suffix}"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob(f"*{suffix}")))
        raise FileNotFoundError(f"no {name!r} comes with the course; these do: {known or 'none'}")
    return path
