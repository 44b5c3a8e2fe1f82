"""Makes what notebook 07b ships of its runs: python benchmarks/keep_pong.py runs/pong-1000 runs/pong-1001 …

Each folder is one run of `python -m tutorial_lib.pong`. Kept are the log of each, with two scores that were
measured afterwards on games that it never saw, unless it was cut short, and of the first the weights of four
moments, as float16.
"""

import argparse
import json
from importlib.metadata import version

import numpy as np
from reliability import PRETRAINED, keep_weights, write

from tutorial_lib import PONG_ACTIONS, Atari, RunFolder, epsilon_greedy, evaluate, load_run, seed_everything
from tutorial_lib.evidence.pretrained import PONG_MOMENTS
from tutorial_lib.networks.pixels import pixel_network
from tutorial_lib.pong import ENOUGH

PACKAGES = ("ale-py", "gymnasium", "keras", "numpy", "tensorflow")
SEED = 7_000_000  # of the games that the scores are measured on
NUM_EPISODES = 30
EPSILON = 0.01


def network_of(weights):
    """The network of the stored runs."""
    network = pixel_network((4, 42, 42), 3, hidden=64, dueling=True)
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


def kept(folder, falls_at):
    """(seed, what the record holds of this run, {step: weights})."""
    lines = folder.lines()
    weights = {
        int(p.name[8:]): load_run(p)["weights"] for p in folder.path.glob("weights-???????") if p.is_file()
    }
    (steps, means), results = curve(lines), {}
    if lines[-1].get("greedy", -21) >= ENOUGH:  # a run that was not cut short
        plain, sticky = (scores(weights[max(weights)], p) for p in (0.0, 0.25))
        results |= dict(final_mean=float(plain.mean()), final_returns=plain.tolist())
        results |= dict(sticky_mean=float(sticky.mean()), sticky_returns=sticky.tolist())
    print(folder.path.name, results, flush=True)
    results |= dict(seconds=lines[-1]["seconds"], num_steps=lines[-1]["step"], falls_at=falls_at, log=lines)
    return int(folder.path.name.split("-")[-1]), dict(steps=steps, returns=means, **results), weights


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders whose names end in -SEED")
    parser.add_argument("--falls-at", nargs="+", type=int, required=True, help="of each run, as it was given")
    parser.add_argument("--machine", default="", help="in words: what the seconds were measured on")
    options = parser.parse_args()
    runs = [kept(RunFolder(path), at) for path, at in zip(options.runs, options.falls_at, strict=True)]
    command = "python -m tutorial_lib.pong --out runs/pong-SEED --seed SEED --falls-at FALLS_AT"
    record = dict(command=command)
    record |= dict(machine=options.machine, versions={name: version(name) for name in PACKAGES})
    record["seeds"] = {str(seed): results for seed, results, _ in runs}
    write(PRETRAINED / "pong-dqn.json", json.dumps(record))
    _, results, weights = runs[0]
    moments = {
        p: min(weights, key=lambda s, p=p: abs(s - results["num_steps"] * p / 100)) for p in PONG_MOMENTS
    }
    print("steps of the moments:", moments)
    keep_weights("pong-dqn", {p: [w.astype(np.float16) for w in weights[s]] for p, s in moments.items()})


if __name__ == "__main__":
    main()
