"""Executes notebooks on seeds that nobody tuned on: does all that they assert still hold?

Usage: python tools/other_seeds.py FIRST [NAME ...]

Every seed that stands in a cell as a number k becomes FIRST + k: `seed=0`, `seed_everything(0)`,
`default_rng(0)`, `SEEDS = range(10)`. Nothing is written; the cells that fail are printed, and counted by
the exit status.
"""

import ast
import os
import sys
import time

import nbformat
from execute import KERNEL, OFFLINE, as_a_user, find
from nbclient import NotebookClient

SEEDED = {"seed_everything", "default_rng", "from_seed"}  # the first argument is a seed
OVER_SEEDS = {"experiment": 1}  # which argument lists seeds; those of `run_seeds` may be anything


class Shift(ast.NodeTransformer):
    """Adds `first` to every seed that is written as a number."""

    def __init__(self, first):
        self.first = first

    def shifted(self, node):
        """A seed, a range of seeds, or `seed if … else …`, moved; anything else as it is."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return ast.Constant(node.value + self.first)
        if isinstance(node, ast.IfExp):
            return ast.IfExp(node.test, self.shifted(node.body), self.shifted(node.orelse))
        if is_range(node):
            ends = [arg.value for arg in node.args]
            ends = [0, *ends] if len(ends) == 1 else ends
            return ast.Call(node.func, [ast.Constant(self.first + end) for end in ends], [])
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", getattr(node.func, "attr", None))
        if name in SEEDED and node.args:
            node.args[0] = self.shifted(node.args[0])
        at = OVER_SEEDS.get(name)
        if at is not None and len(node.args) > at:
            node.args[at] = self.shifted(node.args[at])
        if name == "train_tables" and not {keyword.arg for keyword in node.keywords} & {"seed", None}:
            node.keywords.append(ast.keyword("seed", ast.Constant(self.first)))
        return node

    def visit_keyword(self, node):
        self.generic_visit(node)
        if node.arg == "seed":
            node.value = self.shifted(node.value)
        return node

    def visit_arguments(self, node):
        self.generic_visit(node)
        named = node.args[len(node.args) - len(node.defaults) :]
        node.defaults = [
            self.shifted(value) if arg.arg == "seed" else value
            for arg, value in zip(named, node.defaults, strict=True)
        ]
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        if getattr(node.target, "id", "") == "seed":
            node.iter = self.shifted(node.iter)
        return node

    visit_comprehension = visit_For

    def visit_Dict(self, node):
        self.generic_visit(node)
        is_seed = [isinstance(key, ast.Constant) and key.value == "seed" for key in node.keys]
        pairs = zip(is_seed, node.values, strict=True)
        node.values = [self.shifted(value) if seed else value for seed, value in pairs]
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        if getattr(node.targets[0], "id", "").split("_")[-1] in {"SEEDS", "seed"}:
            node.value = self.shifted(node.value)
        return node


def is_range(node):
    """Whether it is range(…) of one or two numbers."""
    is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range"
    return is_call and len(node.args) <= 2 and all(isinstance(arg, ast.Constant) for arg in node.args)


def shift_seeds(source, first):
    """The code of a cell with every seed k as `first` + k."""
    return ast.unparse(ast.fix_missing_locations(Shift(first).visit(ast.parse(source))))


def failures(path, first, timeout=1800):
    """Executes a copy, going on after a cell that fails -> [(index of the cell, what it raised)]."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = shift_seeds(cell.source, first)
    where = {"metadata": {"path": str(path.parent)}}
    options = dict(timeout=timeout, kernel_name=KERNEL["name"], resources=where, store_widget_state=True)
    quiet = ["--log-level=ERROR"]
    NotebookClient(notebook, allow_errors=True, extra_arguments=quiet, **options).execute(
        env=as_a_user(os.environ) | OFFLINE
    )
    return [
        (index, f"{output.ename}: {output.evalue}")
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def main(first, names):
    count = 0
    for path in find(names):
        begun = time.perf_counter()
        found = failures(path, int(first))
        print(f"{path.name} from seed {first}: {len(found)} cells fail, {time.perf_counter() - begun:.0f} s")
        for index, error in found:
            print(f"  cell {index}: {error}", flush=True)
        count += len(found)
    return min(count, 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
