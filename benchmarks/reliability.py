"""On how many seeds does a notebook's recipe reach its target?

Usage: python benchmarks/reliability.py NOTEBOOK [EXPRESSION ...] [--seeds 100-119] [--target 475]
                                        [--keep NAME [--window 20] [--weights]] [--half-elsewhere]
                                        [--checkpoints 20] [--episodes 100]

An expression, such as "train(seed)" or "train(seed, 'normalised')", is evaluated for every seed with the
notebook's own functions and constants; its result holds "final", the returns of fresh greedy episodes at the
end of the budget, and "seconds" of training. An expression without a seed gives a loop and its budget, such
as "make_loop(), NUM_STEPS": one compiled program serves a block of seeds. One row per expression goes into
docs/reliability.md. --half-elsewhere has XLA compile for an older processor, whose last bits differ, for the
second half of the seeds.

--keep puts the learning curves of one expression into tutorial_lib/evidence/pretrained/NAME.json, which a
notebook draws; they need "steps" and "returns" of the episodes. --weights, for a loop whose agent names an
"actor", trains the seed in the middle, by its score, once more and puts that network, early and at the end,
into NAME.npz.
--window 1 keeps every episode as it was, for runs of few episodes.

--checkpoints 0 and --episodes 10 are for agents that think long before every step, such as planners: no
evaluations on the way, and fewer at the end, in our own world; the row says how many.
"""

import argparse
import ast
import datetime
import io
import json
import linecache
import os
import shlex
import sys
from pathlib import Path

import nbformat
import numpy as np
from joblib.externals.loky import get_reusable_executor

import tutorial_lib
from tutorial_lib import TrainingDiverged, bootstrap_interval, iqm, late_share, run_seeds
from tutorial_lib.evidence.experiment import final_returns
from tutorial_lib.watching.plotting import smooth

ROOT = Path(__file__).parent.parent
REPORT = ROOT / "docs" / "reliability.md"
PRETRAINED = ROOT / "tutorial_lib" / "evidence" / "pretrained"
ELSEWHERE = "--xla_cpu_max_isa=SSE4_2 --xla_cpu_multi_thread_eigen=false"  # plays another processor
BLOCK = 10  # seeds that share a program
CHECKPOINTS, EPISODES, WINDOW = 20, 100, 20  # greedy evaluations of a run; at its end; in a mean of a curve
HEADING = """# How many seeds reach the target

Recipes as they stand in the notebooks, tuned on seeds 0-9, at the end of a fixed budget, with no choice of a
best moment. On seeds 100-119 recipes that were then dropped had run as well; later rows saw none of them. The
score of a seed is the mean return of 100 fresh greedy episodes, or of as many as the row says. Made by
`benchmarks/reliability.py`; the seconds are of training, per seed, one seed a core, and longer where the
machine had other work. "Late" is the share of the later half of 20 greedy checkpoints at the target, with its
95 % interval over seeds. Of 100 seeds (1000-1099), 50 ran with XLA compiling for an older processor.

| notebook | recipe | seeds | target | reached | IQM | lowest | median s | longest s | late | measured |
|---|---|---|---|---|---|---|---|---|---|---|
"""


def definitions(path):
    """The imports, functions, classes and UPPERCASE constants of a notebook; nothing else is run.

    Under "__uses__" stands which names each of them uses.
    """
    namespace = {
        "__name__": "__main__",
        "__uses__": {},
    }  # so that its functions travel to other processes whole
    for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if is_definition(node)]
            name = f"<{path.stem} cell {index}>"
            linecache.cache[name] = len(cell.source), None, cell.source.splitlines(keepends=True), name
            exec(compile(tree, name, "exec"), namespace)
            for node in tree.body:
                namespace["__uses__"] |= dict.fromkeys(defined(node), names(node))
    return namespace


def is_definition(node):
    if isinstance(node, ast.Assign):
        return all(isinstance(part, ast.Name) and part.id.isupper() for part in assigned(node))
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def assigned(node):
    """What stands on the left of an assignment, one by one: A and B of `A, B = 1, 2`."""
    return [part for target in node.targets for part in getattr(target, "elts", [target])]


def defined(node):
    """The names that a definition makes; those of imports use nothing."""
    if isinstance(node, ast.Assign):
        return [part.id for part in assigned(node)]
    return [node.name] if hasattr(node, "name") else []


def names(node):
    """All names that stand anywhere in a piece of syntax."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def reached(namespace, expression):
    """The names that an expression uses, itself or through the notebook's functions and constants."""
    found, waiting = set(), names(ast.parse(expression))
    while waiting:
        found |= waiting
        waiting = set().union(*(namespace.get("__uses__", {}).get(name, set()) for name in waiting)) - found
    return found


def measure(namespace, expression, seeds, half_elsewhere=False, **evaluations):
    """{seed: result} of one expression, told as they come; a seed that crashed is left out."""
    if not half_elsewhere:
        return measure_here(namespace, expression, seeds, **evaluations)
    middle = len(seeds) // 2
    runs = measure_here(namespace, expression, seeds[:middle], **evaluations)
    before = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{before} {ELSEWHERE}"
    get_reusable_executor().shutdown()  # fresh processes read the flags
    try:
        return runs | measure_here(namespace, expression, seeds[middle:], **evaluations)
    finally:
        os.environ["XLA_FLAGS"] = before
        get_reusable_executor().shutdown()


def measure_here(namespace, expression, seeds, **evaluations):
    """{seed: result}; seeds of a loop share a program in blocks, and are evaluated as `train_loop` says."""
    if "seed" in expression:
        train = eval(f"lambda seed: {expression}", namespace)
        blocks, run_block = [[seed] for seed in seeds], lambda block: {block[0]: train(block[0])}
    else:
        make = eval(f"lambda: ({expression})", namespace)
        blocks = [seeds[i : i + BLOCK] for i in range(0, len(seeds), BLOCK)]
        run_block = lambda block: train_loop(*make(), block, **evaluations)  # noqa: E731

    def tell(index, results):
        for seed, result in results.items():
            score, low = np.mean(result["final"]), np.min(result["final"])
            print(f"seed {seed}: mean {score:.1f}, lowest {low:.0f}, {result['seconds']:.1f} s", flush=True)

    sweep = run_seeds(lambda index: run_block(blocks[index]), range(len(blocks)), on_result=tell)
    runs = {seed: result for results in sweep.values() for seed, result in results.items()}
    print("crashed:", sorted(set(seeds) - set(runs)))
    return runs


def train_loop(loop, num_steps, seeds, checkpoints=CHECKPOINTS, num_episodes=EPISODES):
    """{seed: result} of the seeds whose training did not diverge."""
    results = {}
    for seed in seeds:
        try:
            run = loop.run(num_steps, seed=seed, checkpoints=checkpoints)
        except TrainingDiverged as error:
            print(f"seed {seed}: {error}", flush=True)
            continue
        results[seed] = {
            "steps": run.episodes.step,
            "returns": run.episodes.episode_return,
            "final": fresh_returns(loop, num_episodes),
            "seconds": run.seconds,
        }
        if checkpoints:
            results[seed]["checkpoints"] = run.checkpoints.episode_return.mean(axis=1)
    return results


def stages(loop, num_steps, seed):
    """The actor's weights after a tenth of the training and at its end."""
    found = {}
    for moment, until in {"early": num_steps // 10, "trained": num_steps}.items():
        loop.run(until, seed=seed if moment == "early" else None)
        found[moment] = loop.agent.networks["actor"].get_weights()
    return found


def fresh_returns(loop, num_episodes=EPISODES):
    """Of fresh greedy episodes, in Gymnasium's own environment; where that is slow, in ours.

    Slow are the screen, and agents that get fewer episodes because they think: ours plays all at once.
    """
    if hasattr(loop.world, "render_mode") or num_episodes < EPISODES:
        return loop.program.evaluate(num_episodes)
    return final_returns(loop, num_episodes)


def figures(runs, seeds, target):
    """The row of the table; a seed that crashed counts as not reached."""
    scores = np.array([np.mean(run["final"]) for run in runs.values()])
    seconds = np.array([run["seconds"] for run in runs.values()])
    reached = f"{(scores >= target).sum()} of {len(seeds)}"
    spread = f"{iqm(scores):.1f} | {scores.min():.1f} | {np.median(seconds):.1f} | {seconds.max():.1f}"
    late = late_column(runs, target)
    return f"{seeds[0]}-{seeds[-1]} | {target:g} | {reached} | {spread} | {late} | {datetime.date.today()}"


def late_column(runs, target):
    """How many of the later half of the checkpoints are at the target, with its interval over seeds."""
    seen = [np.array(run["checkpoints"]) for run in runs.values() if "checkpoints" in run]
    if not seen:
        return ""
    # Rounds of whole episodes may leap over a checkpoint: seeds need not have the same number.
    shares = np.array([late_share(means, target) for means in seen])  # [seeds]
    low, high = bootstrap_interval(shares, np.mean)
    return f"{shares.mean():.2f} [{low:.2f}, {high:.2f}]"


def report(notebook, expression, row, num_episodes=EPISODES):
    """Puts the row into the table, in place of an older one of the same recipe and seeds."""
    key = f"| {notebook} | `{expression}` | {row.split(' | ')[0]} |"  # the seeds belong to it
    lines = REPORT.read_text(encoding="utf-8").splitlines() if REPORT.exists() else HEADING.splitlines()
    rows = [line for line in lines[len(HEADING.splitlines()) :] if not line.startswith(key)]
    if num_episodes != EPISODES:
        row += f", {num_episodes} episodes"
    write(REPORT, HEADING + "\n".join(sorted([*rows, f"| {notebook} | `{expression}` | {row} |"])) + "\n")


def write(path, content):
    """The whole file or nothing."""
    draft = path.with_suffix(".new")
    draft.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.replace(draft, path)


def curve(run, num_points=60, window=WINDOW):
    """A run's episodes as `num_points` moments: steps, and means over the last `window` episodes."""
    steps, means = smooth(np.array(run["steps"]), np.array(run["returns"], float), window)
    rows = np.searchsorted(steps, np.linspace(steps[0], steps[-1], num_points), "right") - 1
    return {"steps": steps[rows].tolist(), "returns": means[rows].round(1).tolist()}


def keep(name, runs, namespace, expression, window=WINDOW):
    """Writes the curves, with the command and the notebook's constants that made them."""
    kept = {}
    for seed, run in runs.items():
        final = round(float(np.mean(run["final"])), 2)
        kept[seed] = curve(run, window=window) | {"final_mean": final, "seconds": round(run["seconds"], 1)}
        if "checkpoints" in run:
            kept[seed]["checkpoints"] = np.round(run["checkpoints"], 1).tolist()
    record = {
        "command": shlex.join(["python", "benchmarks/reliability.py", *sys.argv[1:]]),
        "settings": settings(namespace, expression),
        "seeds": kept,
    }
    write(PRETRAINED / f"{name}.json", as_json(record) + "\n")


def as_json(record):
    """A function stands there by its name, a range by its numbers."""
    return json.dumps(record, default=lambda x: x.__name__ if callable(x) else list(x))


def settings(namespace, expression):
    """The constants that made the runs of an expression."""
    kinds, used = (int, float, str, list, dict), reached(namespace, expression)
    ours = {key: value for key, value in namespace.items() if not hasattr(tutorial_lib, key)}  # not PALETTE
    known = {key: value for key, value in ours.items() if key.isupper() and isinstance(value, kinds)}
    return {key: value for key, value in known.items() if key in used}


def middle(runs):
    """The seed with the median score; of an even number the lower one of the two."""
    ranked = sorted(runs, key=lambda seed: np.mean(runs[seed]["final"]))
    return ranked[(len(ranked) - 1) // 2]


def keep_weights(name, weights_at):
    """{moment: [arrays]} as one file of plain arrays, in the order of get_weights()."""
    arrays = {f"{moment}_{i}": w for moment, weights in weights_at.items() for i, w in enumerate(weights)}
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write(PRETRAINED / f"{name}.npz", content.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("notebook", help="such as 02_policy_gradient")
    parser.add_argument("expressions", nargs="*", default=["train(seed)"])
    parser.add_argument("--seeds", default="100-119", help="first-last")
    parser.add_argument("--target", type=float, default=475.0)
    parser.add_argument("--keep", metavar="NAME", help="of the curves, for a single expression")
    parser.add_argument("--half-elsewhere", action="store_true", help="the second half of the seeds")
    parser.add_argument("--weights", action="store_true", help="keep the middle seed's weights as well")
    parser.add_argument("--window", type=int, default=WINDOW, help="episodes in a mean of the kept curves")
    parser.add_argument("--checkpoints", type=int, default=CHECKPOINTS, help="greedy evaluations on the way")
    parser.add_argument("--episodes", type=int, default=EPISODES, help="fresh ones at the end")
    options = parser.parse_args()
    if options.keep and len(options.expressions) > 1:
        parser.error(f"--keep goes with one expression, got {len(options.expressions)}")
    if options.weights and not options.keep:
        parser.error("--weights needs the name given with --keep")
    first, last = map(int, options.seeds.split("-"))
    seeds = list(range(first, last + 1))
    namespace = definitions(ROOT / "notebooks" / f"{options.notebook}.ipynb")
    evaluations = dict(checkpoints=options.checkpoints, num_episodes=options.episodes)
    for expression in options.expressions:
        runs = measure(namespace, expression, seeds, options.half_elsewhere, **evaluations)
        row = figures(runs, seeds, options.target)
        print(options.notebook, expression, row, flush=True)
        report(options.notebook, expression, row, options.episodes)
    if options.keep:
        keep(options.keep, runs, namespace, expression, options.window)
    if options.weights:
        keep_weights(options.keep, stages(*eval(expression, namespace), middle(runs)))


if __name__ == "__main__":
    main()
