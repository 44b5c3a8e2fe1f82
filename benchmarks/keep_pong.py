"""Makes what notebook 07b ships of its runs: python benchmarks/keep_pong.py runs/pong-1000 runs/pong-1001 …

Each folder is one run of `python -m tutorial_lib.pong`. Kept are the log of each, with two scores that were
measured afterwards on games that it never saw, and of the one in the middle, by its score, the weights of
four moments, as float16, with the statistics of the pixels. --bytes names runs of the same seeds with that
option: their logs are kept.
"""

import argparse
import json
from importlib.metadata import version

import numpy as np
from reliability import PRETRAINED, keep_weights, write

from tutorial_lib import PONG_ACTIONS, Atari, RunFolder, epsilon_greedy, evaluate, load_run, seed_everything
from tutorial_lib.evidence.pretrained import PONG_MOMENTS
from tutorial_lib.networks.pixels import pong_network
from tutorial_lib.pong import WORLD
from tutorial_lib.worlds.atari import pixel_statistics

PACKAGES = ("ale-py", "gymnasium", "keras", "numpy", "tensorflow")
SEED = 7_000_000  # of the games that the scores are measured on
NUM_EPISODES = 30
EPSILON = 0.01
STATISTICS = pixel_statistics(WORLD)


def network_of(weights):
    """The network of the stored runs."""
    network = pong_network(STATISTICS)
    network.set_weights([w.astype(np.float16).astype(np.float32) for w in weights])
    return network


def scores(weights, sticky):
    """Returns [30] of whole games at ε = 0.01, with the weights as they are shipped."""
    act = epsilon_greedy(network_of(weights), seed_everything(SEED))
    world = Atari("pong", size=42, actions=PONG_ACTIONS, sticky=sticky)
    return evaluate(lambda observation: act(observation, EPSILON), world, NUM_EPISODES, seed=SEED)


def curve(lines):
    """Steps, and the mean of the last 20 games of training by then."""
    steps, means, games = [], [], []
    for line in lines:
        games = (games + line["episodes"])[-20:]
        if len(games) == 20:
            steps.append(line["step"])
            means.append(round(float(np.mean(games)), 3))
    return steps, means


def kept(folder):
    """(seed, what the record holds of this run, {step: weights})."""
    lines = folder.lines()
    weights = {
        int(p.name[8:]): load_run(p)["weights"] for p in folder.path.glob("weights-???????") if p.is_file()
    }
    steps, means = curve(lines)
    plain, sticky = (scores(weights[max(weights)], p) for p in (0.0, 0.25))
    results = dict(final_mean=float(plain.mean()), final_returns=plain.tolist())
    results |= dict(sticky_mean=float(sticky.mean()), sticky_returns=sticky.tolist())
    print(folder.path.name, results, flush=True)
    results |= dict(seconds=lines[-1]["seconds"], num_steps=lines[-1]["step"], log=lines)
    return seed_of(folder), dict(steps=steps, returns=means, **results), weights


def seed_of(folder):
    """The number at the end of its name."""
    return int(folder.path.name.split("-")[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders whose names end in -SEED")
    parser.add_argument("--bytes", nargs="*", default=[], help="folders of the same seeds with --bytes")
    parser.add_argument("--machine", default="", help="in words: what the seconds were measured on")
    options = parser.parse_args()
    runs = [kept(RunFolder(path)) for path in options.runs]
    command = "python -m tutorial_lib.pong --out runs/pong-SEED --seed SEED"
    record = dict(command=command)
    record |= dict(machine=options.machine, versions={name: version(name) for name in PACKAGES})
    record["seeds"] = {str(seed): results for seed, results, _ in runs}
    for folder in map(RunFolder, options.bytes):
        record["seeds"][str(seed_of(folder))]["bytes"] = folder.lines()
    _, results, weights = sorted(runs, key=lambda run: run[1]["final_mean"])[(len(runs) - 1) // 2]
    nearest = lambda step: min(sorted(weights), key=lambda saved: abs(saved - step))  # noqa: E731
    moments = {p: nearest(results["num_steps"] * p / 100) for p in PONG_MOMENTS}
    results["moments"] = moments
    write(PRETRAINED / "pong-dqn.json", json.dumps(record))
    arrays = {p: [w.astype(np.float16) for w in weights[s]] for p, s in moments.items()}
    keep_weights("pong-dqn", arrays | {"statistics": [np.float32(x) for x in STATISTICS]})


if __name__ == "__main__":
    main()
