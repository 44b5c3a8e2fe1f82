"""How many seeds reach a target: what is taken from a notebook, and what is written."""

import ast
import json
from types import SimpleNamespace

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
    assert row.startswith("0-2 | 475 | 1 of 3 | 450.0 | 400.0 | 2.0 | 3.0 |  | ")


def test_late_is_the_later_half_of_the_checkpoints():
    runs = {0: {"checkpoints": [500, 500, 475, 474]}, 1: {"checkpoints": [0, 0, 500, 480]}}
    assert reliability.late_column(runs, 475) == "0.75 [0.50, 1.00]"


def test_one_program_serves_the_seeds_of_a_loop_and_a_diverged_one_is_left_out(monkeypatch):
    class Loop:
        greedy, world = "policy", SimpleNamespace(env_id="CartPole-v1")
        program = SimpleNamespace(evaluate=lambda num_episodes: ["ours", num_episodes])

        def run(self, num_steps, seed, checkpoints):
            if seed == 1:
                raise reliability.TrainingDiverged("loss is NaN")
            returns = np.full([checkpoints, 2], [seed, seed + 2])
            episodes = SimpleNamespace(step=[num_steps], episode_return=[9.0])
            return SimpleNamespace(
                episodes=episodes, checkpoints=SimpleNamespace(episode_return=returns), seconds=2.0
            )

    final = lambda loop, num_episodes: [loop.greedy, loop.world.env_id, num_episodes]  # noqa: E731
    monkeypatch.setattr(reliability, "final_returns", final)
    results = reliability.train_loop(Loop(), 30, [0, 1, 4])
    assert list(results) == [0, 4]
    assert results[4]["checkpoints"].tolist() == [5.0] * 20
    assert (results[0]["steps"], results[0]["returns"]) == ([30], [9.0])
    assert results[0]["final"] == ["policy", "CartPole-v1", 100]
    [slow_thinker] = reliability.train_loop(Loop(), 30, [0], checkpoints=0, num_episodes=10).values()
    assert "checkpoints" not in slow_thinker and slow_thinker["final"] == ["ours", 10]


def test_the_pilot_that_is_kept_is_the_one_in_the_middle():
    """Neither the first nor the best; of four the second from below."""
    scores = {7: [250.0, 260.0], 8: [100.0, 90.0], 9: [230.0, 210.0], 11: [200.0, 200.0]}
    assert reliability.middle({seed: {"final": final} for seed, final in scores.items()}) == 11
    assert reliability.middle({seed: {"final": scores[seed]} for seed in (7, 8, 9)}) == 9


def test_weights_are_those_of_the_actor_early_and_at_the_end():
    class Loop:
        def run(self, until, seed):
            calls.append((until, seed))
            actor = SimpleNamespace(get_weights=lambda: [until])
            self.agent = SimpleNamespace(networks={"actor": actor})

    calls = []
    assert reliability.stages(Loop(), 300, 7) == {"early": [30], "trained": [300]}
    assert calls == [(30, 7), (300, None)]


def test_blocks_of_seeds_come_back_as_seeds(monkeypatch):
    monkeypatch.setattr(
        reliability, "train_loop", lambda loop, num_steps, seeds: dict.fromkeys(seeds, RESULT)
    )
    monkeypatch.setattr(reliability, "run_seeds", run_here)
    runs = reliability.measure_here(
        {"make_loop": lambda: "loop", "STEPS": 3}, "make_loop(), STEPS", list(range(25))
    )
    assert list(runs) == list(range(25))
    runs = reliability.measure_here({"train": lambda seed: RESULT | {"seconds": seed}}, "train(seed)", [7, 9])
    assert [runs[seed]["seconds"] for seed in (7, 9)] == [7, 9]


RESULT = {"final": [500.0], "seconds": 1.0}


def run_here(train, seeds, on_result):
    results = {seed: train(seed) for seed in seeds}
    for seed, result in results.items():
        on_result(seed, result)
    return results


def test_half_of_the_seeds_run_as_on_another_processor(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setattr(
        reliability,
        "measure_here",
        lambda namespace, expression, seeds: dict.fromkeys(seeds, reliability.os.environ["XLA_FLAGS"]),
    )
    flags = reliability.measure({}, "loop", [5, 6, 7, 8], half_elsewhere=True)
    assert [("SSE4_2" in flags[seed]) for seed in (5, 6, 7, 8)] == [False, False, True, True]
    assert reliability.os.environ["XLA_FLAGS"] == ""


def test_what_is_kept_names_its_command_and_settings(tmp_path, monkeypatch, notebook):
    monkeypatch.setattr(reliability, "PRETRAINED", tmp_path)
    run = {"steps": [5, 10], "returns": [1.0, 2.0], "final": [3.0, 4.0], "seconds": 1.23}
    monkeypatch.setattr("sys.argv", ["x", "page", "train(seed)", "--target", "3", "--keep", "page-rule"])
    constants = {"RULES": {"rule": notebook["rule"], "seeds": range(2)}}
    reliability.keep("page-rule", {7: run}, notebook | constants, "rule(seed, RULES)")
    record = json.loads((tmp_path / "page-rule.json").read_text())
    assert record["command"].endswith("reliability.py page 'train(seed)' --target 3 --keep page-rule")
    assert record["settings"] == {"STEPS": 3, "RULES": {"rule": "rule", "seeds": [0, 1]}}
    assert record["seeds"]["7"]["final_mean"] == 3.5
    reliability.keep("page-rule", {7: run | {"checkpoints": [1.04, 2]}}, notebook, "train(seed)")
    assert json.loads((tmp_path / "page-rule.json").read_text())["seeds"]["7"]["checkpoints"] == [1.0, 2.0]
    reliability.keep_weights("page-rule", {"early": [np.ones(2)], "trained": [np.zeros(3)]})
    with np.load(tmp_path / "page-rule.npz", allow_pickle=False) as arrays:
        assert {key: arrays[key].tolist() for key in arrays} == {"early_0": [1, 1], "trained_0": [0, 0, 0]}


def test_settings_are_those_that_an_expression_reaches():
    tree = ast.parse("A, H = 1, 2\nB = A + 1\n@wrapped(B)\ndef f(x=C): return [D for y in x]\nclass G: e = E")
    uses = {name: reliability.names(node) for node in tree.body for name in reliability.defined(node)}
    constants = dict(A=1, B=2, C=[3], D={"d": 4}, E=5, F=6, H=2, PALETTE=["imported"], number=7)

    def of(expression):
        return reliability.settings(constants | {"__uses__": uses}, expression)

    assert list(of("f(seed)")) == ["A", "B", "C", "D", "H"]  # what shares a line comes along
    assert list(uses) == ["A", "H", "B", "f", "G"] and all(map(reliability.is_definition, tree.body))
    assert of("f(seed, G), F") == {name: constants[name] for name in "ABCDEFH"}
    assert of("PALETTE, number, unknown") == {}


def test_seeds_may_have_different_numbers_of_checkpoints():
    runs = {0: {"checkpoints": [0, 0, 500, 500]}, 1: {"checkpoints": [0, 500, 0]}, 2: {}}
    assert reliability.late_column(runs, 475).startswith("0.75 [")
    assert reliability.late_column({2: {}}, 475) == ""
