"""How many seeds reach a target: what is taken from a notebook, and what is written."""

import json

import nbformat
import numpy as np
import pytest
import reliability


@pytest.fixture
def notebook(tmp_path):
    """The definitions of a small notebook."""
    cells = ["import math\nSTEPS = 3\nnumber = 1 / 0", "def rule(x):\n    return STEPS * x", "rule(None)"]
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(page, tmp_path / "page.ipynb")
    return reliability.definitions(tmp_path / "page.ipynb")


def test_only_definitions_of_a_notebook_are_run(notebook):
    assert notebook["rule"](2) == 6
    assert "number" not in notebook


def test_a_curve_is_the_mean_of_the_last_20_episodes_at_evenly_spaced_steps():
    steps = np.cumsum(np.random.default_rng(0).integers(1, 50, 300))
    returns = np.random.default_rng(1).normal(size=300).round(3)
    curve = reliability.curve({"steps": steps, "returns": returns})
    assert len(curve["steps"]) == len(curve["returns"]) == 60
    assert [curve["steps"][0], curve["steps"][-1]] == [steps[0], steps[-1]]
    for step, value in zip(curve["steps"], curve["returns"], strict=True):
        so_far = returns[steps <= step]
        assert value == pytest.approx(so_far[-20:].mean(), abs=0.051)


def test_a_row_takes_the_place_of_the_same_recipe_only(tmp_path, monkeypatch):
    monkeypatch.setattr(reliability, "REPORT", tmp_path / "report.md")
    rows = [("train(seed)", "0-9 | old"), ("train(seed, 2)", "0-9 | other")]
    for expression, row in [*rows, ("train(seed)", "10-19 | more seeds"), ("train(seed)", "0-9 | new")]:
        reliability.report("05_dqn", expression, row)
    lines = reliability.REPORT.read_text().splitlines()[len(reliability.HEADING.splitlines()) :]
    assert lines == [
        "| 05_dqn | `train(seed)` | 0-9 | new |",
        "| 05_dqn | `train(seed)` | 10-19 | more seeds |",
        "| 05_dqn | `train(seed, 2)` | 0-9 | other |",
    ]


def test_a_seed_that_crashed_counts_as_not_reached():
    runs = {0: {"final": [500.0], "seconds": 1.0}, 2: {"final": [400.0], "seconds": 3.0}}
    row = reliability.figures(runs, [0, 1, 2], 475)
    assert row.startswith("0-2 | 475 | 1 of 3 | 450.0 | 400.0 | 2.0 | 3.0 | ")


def test_what_is_kept_names_its_command_and_settings(tmp_path, monkeypatch, notebook):
    monkeypatch.setattr(reliability, "PRETRAINED", tmp_path)
    run = {"steps": [5, 10], "returns": [1.0, 2.0], "final": [3.0, 4.0], "seconds": 1.23}
    monkeypatch.setattr("sys.argv", ["x", "page", "train(seed)", "--target", "3", "--keep", "page-rule"])
    constants = {"RULES": {"rule": notebook["rule"], "seeds": range(2)}}
    reliability.keep("page-rule", {7: run}, notebook | constants, "train(seed)")
    record = json.loads((tmp_path / "page-rule.json").read_text())
    assert record["command"].endswith("reliability.py page 'train(seed)' --target 3 --keep page-rule")
    assert record["settings"] == {"STEPS": 3, "RULES": {"rule": "rule", "seeds": [0, 1]}}
    assert record["seeds"]["7"]["final_mean"] == 3.5
    constants = {"PPO": {"clip": 0.2}, "A2C": {}, "STEPS": 3, "number": 1, "PALETTE": ["imported"]}
    assert reliability.settings(constants, "train(seed, PPO)") == {"PPO": {"clip": 0.2}}
    assert list(reliability.settings(constants, "train(seed)")) == ["PPO", "A2C", "STEPS"]
    reliability.keep_weights("page-rule", {"early": [np.ones(2)], "trained": [np.zeros(3)]})
    with np.load(tmp_path / "page-rule.npz", allow_pickle=False) as arrays:
        assert {key: arrays[key].tolist() for key in arrays} == {"early_0": [1, 1], "trained_0": [0, 0, 0]}
