"""Trains every pair of ideas that an exercise of lesson 06 lets choose from, and stores the scores.

Usage: python benchmarks/acrobot_pairs.py

The scores of seeds 100 to 123 go to tutorial_lib/checks/acrobot.json: "one+other" -> a number per seed.
"""

import json
from pathlib import Path

import numpy as np
from reliability import write

from tutorial_lib.checks import acrobot

PATH = Path(acrobot.__file__).with_suffix(".json")
SEEDS = range(100, 124)


def main():
    kept = {}
    for pair in acrobot.PAIRS:
        kept["+".join(pair)] = [round(acrobot.train(frozenset(pair), seed), 1) for seed in SEEDS]
        print(*pair, "mean", np.mean(kept["+".join(pair)]).round(1), flush=True)
    rows = ",\n".join(f'  "{pair}": {json.dumps(scores)}' for pair, scores in kept.items())
    write(PATH, "{\n" + rows + "\n}\n")


if __name__ == "__main__":
    main()
