"""How much longer than plain DQN's does a variant's environment step take, in the whole loop?

Usage: python benchmarks/speed_variants.py [--rounds 15] [--steps 2000]

Notebooks 06's and 06c's own agents on CartPole, by turns in one process: each trains for a while, then the
next one does; a turn's seconds are divided by those of plain DQN's turn of the same round. Medians over the
rounds go into docs/speed_variants.md. Compilation is not in them.
"""

import argparse
import datetime
import platform
import time

import numpy as np
from reliability import ROOT, definitions, write

REPORT = ROOT / "docs" / "speed_variants.md"
VARIANTS = {  # name -> (notebook, what makes its loop)
    "plain": ("06_dqn_variants", "make_loop()"),
    "double": ("06_dqn_variants", "make_loop(rule=double_rule)"),
    "dueling": ("06_dqn_variants", "make_loop(dueling=True)"),
    "3-step": ("06_dqn_variants", "make_loop(n_step=N_STEP)"),
    "prioritised": ("06_dqn_variants", "make_prioritised()"),
    "noisy": ("06c_rainbow", "make_loop(noise='both')"),
    "C51": ("06c_rainbow", "make_c51()"),
    "QR-DQN": ("06c_rainbow", "make_qr()"),
    "Rainbow": ("06c_rainbow", "make_rainbow()"),
}


def measured(loops, rounds, num_steps, clock=time.perf_counter):
    """Seconds of every turn: {name: [rounds]}; a first turn, which compiles, is not counted."""
    for loop in loops.values():
        loop.run(num_steps, seed=0)
    seconds = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            until, before = loop.num_steps + num_steps, clock()
            loop.run(until)
            seconds[name].append(clock() - before)
    return {name: np.array(turns) for name, turns in seconds.items()}


def page(seconds, num_steps):
    """The report as text: a row per variant."""
    plain, rounds = seconds["plain"], len(seconds["plain"])
    rows = [
        f"| {name} | {1e6 * np.median(turns) / num_steps:.0f} | {np.median(turns / plain):.2f} × |"
        for name, turns in seconds.items()
    ]
    return f"""# What a variant of DQN costs

The agents of notebooks 6 and 6c on CartPole, in the whole loop: 16 environments, after each of their steps 8
updates of 64 rows. By turns, in one run; every turn is divided by plain DQN's of the same round.

Medians of {rounds} rounds on {platform.machine()}, {datetime.date.today()}:
`python benchmarks/speed_variants.py`.

| | microseconds per environment step | ÷ plain DQN |
|---|---|---|
""" + "\n".join([*rows, ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=2_000, help="environment steps of a turn")
    options = parser.parse_args()
    namespaces = {book: definitions(ROOT / "notebooks" / f"{book}.ipynb") for book in dict(VARIANTS.values())}
    loops = {name: eval(expression, namespaces[book]) for name, (book, expression) in VARIANTS.items()}
    text = page(measured(loops, options.rounds, options.steps), options.steps)
    write(REPORT, text)
    print(text)


if __name__ == "__main__":
    main()
