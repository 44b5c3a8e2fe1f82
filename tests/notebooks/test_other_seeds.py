"""The tool that executes a notebook on other seeds moves every seed, and sees a claim that fails there."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from other_seeds import failures, shift_seeds

MOVED = {
    "run(seed=3)": "run(seed=103)",
    "run(seed=0 if k == 1 else None)": "run(seed=100 if k == 1 else None)",
    "seed_everything(2)": "seed_everything(102)",
    "rng = np.random.default_rng(0)": "rng = np.random.default_rng(100)",
    "SEEDS = range(10)": "SEEDS = range(100, 110)",
    "FIT_SEEDS = range(2, 5)": "FIT_SEEDS = range(102, 105)",
    "[run(seed) for seed in range(5)]": "[run(seed) for seed in range(100, 105)]",
    "experiment(variants, range(5), 9)": "experiment(variants, range(100, 105), 9)",
    "options = {'seed': 1, 'steps': 2}": "options = {'seed': 101, 'steps': 2}",
    "train_tables(worlds, rule, alpha=1)": "train_tables(worlds, rule, alpha=1, seed=100)",
    "def play(n, seed=0):\n    return n": "def play(n, seed=100):\n    return n",
}
KEPT = [
    "steps = range(10)",
    "run(seed=seed)",
    "run(seed=None)",
    "for k in range(3):\n    run(k)",
    "train_tables(worlds, rule, **options)",
    "experiment(variants, SEEDS, 9)",
]


@pytest.mark.parametrize(("source", "moved"), MOVED.items())
def test_a_seed_is_moved(source, moved):
    assert shift_seeds(source, 100) == moved


@pytest.mark.parametrize("source", KEPT)
def test_other_numbers_stay(source):
    assert shift_seeds(source, 100) == source


@pytest.mark.slow
def test_a_claim_that_only_one_seed_supports_is_found(tmp_path):
    path = tmp_path / "lucky.ipynb"
    cells = ["import numpy as np", "x = np.random.default_rng(seed=0).integers(1_000)", "assert x == 850"]
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    assert failures(path, 0) == []
    assert failures(path, 2_000) == [(2, "AssertionError: ")]
