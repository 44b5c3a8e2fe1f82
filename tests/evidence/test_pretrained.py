"""What comes trained with the course: it loads without pickle, says where it is from, and still works."""

import itertools
import json
import re
import shlex

import numpy as np
import pytest
import reliability
import tensorflow as tf

import tutorial_lib as tl
from tutorial_lib.evidence.pretrained import FOLDER

AT_LEAST = 18.0  # of the shipped Pong agent, in 30 games; its mean was 19.2, with a standard error of 0.3


@pytest.mark.learning
@pytest.mark.slow
def test_the_lander_lands():
    returns = tl.evaluate(tl.greedy(tl.load_actor("ppo-lunarlander")), "LunarLander-v3", 30, seed=77)
    assert returns.mean() >= 200


def test_the_early_lander_is_another_network():
    early, trained = (tl.load_actor("ppo-lunarlander", when=when) for when in ("early", "trained"))
    assert [w.shape for w in early.get_weights()] == [w.shape for w in trained.get_weights()]
    assert np.abs(early.get_weights()[0] - trained.get_weights()[0]).max() > 0.01


def test_weights_are_plain_arrays_and_small():
    for path in FOLDER.glob("*.npz"):
        assert path.stat().st_size < (4_000_000 if path.stem == "pong-dqn" else 200_000)
        with np.load(path, allow_pickle=False) as arrays:
            assert all(array.dtype.kind == "f" for array in arrays.values())


def test_pong_s_record_says_how_it_was_made():
    record = json.loads((FOLDER / "pong-dqn.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("python -m tutorial_lib.pong --out")
    assert {"ale-py", "keras", "numpy", "tensorflow"} <= set(record["versions"])
    for run in tl.load_results("pong-dqn").values():
        assert [line["step"] for line in run["log"]] == list(range(10_000, run["num_steps"] + 1, 10_000))
        if "final_mean" in run:  # it was not cut short
            assert np.isclose(np.mean(run["final_returns"]), run["final_mean"])
        assert len(run["steps"]) == len(run["returns"]) > 20


def test_pong_s_networks_are_four_different_ones():
    observation = np.random.default_rng(0).integers(0, 256, (8, 4, 42, 42)).astype(np.uint8)
    values = [tl.load_pong(percent)(observation).numpy() for percent in (0, 25, 50, 100)]
    assert all(np.isfinite(x).all() and x.shape == (8, 3) for x in values)
    assert min(np.abs(a - b).max() for a, b in itertools.pairwise(values)) > 0.01
    with pytest.raises(ValueError, match="not after 30"):
        tl.load_pong(30)


@pytest.mark.learning
@pytest.mark.slow
def test_the_pong_agent_wins():
    act = tl.epsilon_greedy(tl.load_pong(), tf.random.Generator.from_seed(0, alg="philox"))
    world = tl.Atari("pong", size=42, actions=tl.PONG_ACTIONS)
    returns = tl.evaluate(lambda observation: act(observation, 0.01), world, 30, seed=99)
    assert returns.mean() >= AT_LEAST


@pytest.mark.parametrize(
    "path", sorted(set(FOLDER.glob("*.json")) - {FOLDER / "pong-dqn.json"}), ids=lambda path: path.stem
)
def test_every_record_names_the_command_and_settings_that_made_it(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    _, program, notebook, expression, *options = shlex.split(record["command"])
    assert (FOLDER.parents[2] / program).is_file()
    assert "--keep" in options
    assert (FOLDER.parents[2] / "notebooks" / f"{notebook}.ipynb").is_file()
    assert set(record["settings"]) >= set(re.findall(r"\b[A-Z][A-Z0-9_]*\b", expression))
    assert record["settings"]
    assert len(record["seeds"]) >= 3
    constants = reliability.definitions(FOLDER.parents[2] / "notebooks" / f"{notebook}.ipynb")
    now = reliability.as_json(reliability.settings(constants, expression))
    assert record["settings"] == json.loads(now), "the notebook has changed: its curves are of other settings"


def test_curves():
    for steps, returns in tl.load_curves("ppo-lunarlander").values():
        assert len(steps) == len(returns) > 40
        assert sorted(steps) == steps
        assert returns[-1] - returns[0] > 200  # from crashing to landing, while still exploring


def test_curves_of_ones_own(tmp_path):
    own = tmp_path / "mine.json"
    own.write_text('{"seeds": {"7": {"steps": [1, 2], "returns": [3.0, 4.0]}}}', encoding="utf-8")
    assert tl.load_curves(own) == tl.load_curves(str(own)) == {7: ([1, 2], [3.0, 4.0])}
    with pytest.raises(FileNotFoundError, match="nothing.json"):
        tl.load_curves(tmp_path / "nothing.json")


def test_unknown_names_are_told_the_known_ones():
    with pytest.raises(FileNotFoundError, match=r"no 'ppo-pong' .* ppo-lunarlander"):
        tl.load_actor("ppo-pong")
    with pytest.raises(FileNotFoundError, match=r"no 'dqn-pong' .* ppo-lunarlander"):
        tl.load_curves("dqn-pong")
    with pytest.raises(ValueError, match="it has early, trained"):
        tl.load_actor("ppo-lunarlander", when="late")
