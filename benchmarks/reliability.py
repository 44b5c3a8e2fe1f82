"""On how many seeds does a notebook's recipe reach its target?

Usage: python benchmarks/reliability.py NOTEBOOK [EXPRESSION ...] [--seeds 100-119] [--target 475]

An expression, such as "train(seed)" or "train(seed, 'normalised')", is evaluated for every seed with the
notebook's own functions and constants; its result holds "final", the returns of fresh greedy episodes at the
end of the budget, and "seconds" of training. One row per expression goes into docs/reliability.md.
"""

import argparse
import ast
import datetime
import linecache
import os
from pathlib import Path

import nbformat
import numpy as np

from tutorial_lib import iqm, run_seeds

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "docs" / "reliability.md"
HEADING = """# How many seeds reach the target

Recipes as they stand in the notebooks, on seeds that took no part in choosing them, at the end of a fixed
budget, with no choice of a best moment. The score of a seed is the mean return of 100 fresh episodes of the
greedy policy. Made by `benchmarks/reliability.py`; the seconds are of training, per seed, one seed a core,
and longer where the machine had other work.

| notebook | recipe | seeds | target | reached | IQM | lowest | median s | longest s | measured |
|---|---|---|---|---|---|---|---|---|---|
"""


def definitions(path):
    """The imports, functions, classes and UPPERCASE constants of a notebook; nothing else is run."""
    namespace = {"__name__": "__main__"}  # so that its functions travel to other processes whole
    for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if is_definition(node)]
            name = f"<{path.stem} cell {index}>"
            linecache.cache[name] = len(cell.source), None, cell.source.splitlines(keepends=True), name
            exec(compile(tree, name, "exec"), namespace)
    return namespace


def is_definition(node):
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def measure(namespace, expression, seeds, target):
    """The row's figures for one expression; a seed that crashed counts as not reached."""
    sweep = run_seeds(eval(f"lambda seed: {expression}", namespace), seeds)
    scores = np.array([np.mean(result["final"]) for result in sweep.values()])
    seconds = np.array([result["seconds"] for result in sweep.values()])
    print(
        expression, dict(zip(sweep, scores.round(1).tolist(), strict=True)), "crashed:", list(sweep.failures)
    )
    reached = f"{(scores >= target).sum()} of {len(seeds)}"
    figures = f"{iqm(scores):.1f} | {scores.min():.1f} | {np.median(seconds):.1f} | {seconds.max():.1f}"
    return f"{seeds[0]}-{seeds[-1]} | {target:g} | {reached} | {figures} | {datetime.date.today()}"


def report(notebook, expression, row):
    """Puts the row into the table, in place of an older one of the same recipe."""
    key = f"| {notebook} | `{expression}` |"
    lines = REPORT.read_text(encoding="utf-8").splitlines() if REPORT.exists() else HEADING.splitlines()
    rows = [line for line in lines[len(HEADING.splitlines()) :] if not line.startswith(key)]
    draft = REPORT.with_suffix(".new")
    draft.write_text(HEADING + "\n".join(sorted([*rows, f"{key} {row} |"])) + "\n", encoding="utf-8")
    os.replace(draft, REPORT)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("notebook", help="such as 02_policy_gradient")
    parser.add_argument("expressions", nargs="*", default=["train(seed)"])
    parser.add_argument("--seeds", default="100-119", help="first-last")
    parser.add_argument("--target", type=float, default=475.0)
    options = parser.parse_args()
    first, last = map(int, options.seeds.split("-"))
    namespace = definitions(ROOT / "notebooks" / f"{options.notebook}.ipynb")
    for expression in options.expressions:
        row = measure(namespace, expression, list(range(first, last + 1)), options.target)
        print(options.notebook, expression, row, flush=True)
        report(options.notebook, expression, row)


if __name__ == "__main__":
    main()
