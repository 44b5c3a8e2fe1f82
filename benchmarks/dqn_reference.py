"""Trains the recipe of notebook 05 on seeds that took no part in choosing it; keeps what the course ships.

Usage: python benchmarks/dqn_reference.py [--seeds 100-119] [--workers 2] [--keep]

Prints every seed's mean of 100 greedy episodes at the end of the budget. With --keep it puts the learning
curves into tutorial_lib/pretrained/dqn-cartpole.json.
"""

import argparse
import json
import os

import numpy as np
from reliability import ROOT, definitions

from tutorial_lib import run_seeds

PRETRAINED = ROOT / "tutorial_lib" / "pretrained"


def curve(result, num_points=60, window=20):
    """An episode list as `num_points` moments: steps, and means over the last 20 episodes."""
    steps, returns = np.array(result["steps"]), np.array(result["returns"])
    total = np.cumsum(np.insert(returns, 0, 0.0))
    end = np.arange(1, len(returns) + 1)
    means = (total[end] - total[np.maximum(end - window, 0)]) / np.minimum(end, window)
    rows = np.searchsorted(steps, np.linspace(steps[0], steps[-1], num_points), "right") - 1
    return {"steps": steps[rows].tolist(), "returns": means[rows].round(1).tolist()}


def keep_curves(runs, notebook, seeds):
    """Writes the curves of finished runs, with the command and the constants that made them."""
    settings = {
        name.lower(): value
        for name, value in notebook.items()
        if name.isupper() and isinstance(value, (int, float, str, list))
    }
    kept = {}
    for seed, run in runs.items():
        final, seconds = float(np.mean(run["final"])), round(run["seconds"], 1)
        kept[str(seed)] = curve(run) | {"final_mean": final, "seconds": seconds}
    command = f"python benchmarks/dqn_reference.py --seeds {seeds} --keep"
    record = {"command": command, "settings": settings, "seeds": kept}
    draft = PRETRAINED / "dqn-cartpole.new"
    draft.write_text(json.dumps(record) + "\n", encoding="utf-8")
    os.replace(draft, PRETRAINED / "dqn-cartpole.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", default="100-119")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split("-"))
    notebook = definitions(ROOT / "notebooks" / "05_dqn.ipynb")

    def tell(seed, result):
        mean, low = np.mean(result["final"]), np.min(result["final"])
        print(f"seed {seed}: mean {mean:.1f}, min {low:.0f}, {result['seconds']:.1f} s", flush=True)

    runs = run_seeds(notebook["train"], range(first, last + 1), num_workers=options.workers, on_result=tell)
    means = np.array([np.mean(run["final"]) for run in runs.values()])
    seconds = np.median([run["seconds"] for run in runs.values()])
    reached = f"{(means >= 475).sum()} of {last - first + 1} reach 475"
    print(f"{reached}; lowest {means.min():.1f}; median {seconds:.1f} s")
    if options.keep:
        keep_curves(runs, notebook, options.seeds)


if __name__ == "__main__":
    main()
