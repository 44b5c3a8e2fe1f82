"""Trains the sick agents that the exercises of lesson 05 show, and stores their curves.

Usage: python benchmarks/patients.py

Every patient is seed 0 of DQN on CartPole with one thing changed. The curves go to
tutorial_lib/checks/patients.npz: arrays named "patient/curve", 40 points each, 20 for greedy returns.
"""

import re

import numpy as np

from tutorial_lib.checks import patients

PATH = re.sub(r"\.py$", ".npz", patients.__file__)
DQN = {
    "healthy": {},
    "learning rate too high": dict(learning_rate=0.03),
    "no target network": dict(rate=1.0),
    "mask forgotten": dict(masked=False),
    "epsilon stuck": dict(epsilon_end=1.0),
}


def binned(step, y, num_steps, bins=40):
    """The mean of y in each of 40 equal stretches of the training; the last known where there is none."""
    at = np.minimum(step * bins // (num_steps + 1), bins - 1)
    means, last = [], np.nan
    for k in range(bins):
        last = y[at == k].mean() if np.any(at == k) else last
        means.append(last)
    return np.array(means, np.float32)


def curves(run, num_steps, names):
    """What is shown of a run."""
    found = {"greedy return": patients.greedy_means(run).astype(np.float32)}
    found["return while training"] = binned(run.episodes.step, run.episodes.episode_return, num_steps)
    last = {name: binned(run.metrics["step"], run.metrics[name][:, -1], num_steps) for name in names}
    return found | last


def main():
    kept = {}
    for patient, changed in DQN.items():
        run = patients.dqn_loop(**changed).run(patients.DQN_STEPS, seed=0, checkpoints=20)
        found = curves(run, patients.DQN_STEPS, ["q"])
        kept |= {f"{patient}/{curve}": y for curve, y in found.items()}
        print(patient, {name: y[-1].round(4) for name, y in found.items()}, flush=True)
        np.savez_compressed(PATH, **kept)


if __name__ == "__main__":
    main()
