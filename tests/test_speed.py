"""The page of speeds says what was measured."""

import numpy as np
import pytest
import speed
import speed_variants
from reliability import ROOT, definitions
from speed_agents import make_loop
from speed_continuous import make_loop as continuous_loop
from speed_continuous import size_of


def test_the_page_divides_what_was_measured():
    sides = {"whole": 30_000.0, "steps": 9_000.0, "sb3": 1_000.0, "jax": 40_000.0}
    starts = {"cold": 4.0, "warm": 1.25, "sb3": 2.0, "jax": 3.0}
    page = speed.page({"dqn": (sides, starts)}, {"whole": 0.5, "sb3": 7.25}, rounds=3)
    assert "| DQN | 30,000 | 9,000 | 1,000 | 40,000 | 30.0 × | 0.75 × |" in page
    assert "| DQN | 4.0 | 1.2 | 2.0 | 3.0 |" in page
    assert "| whole loop | 0.50 |" in page and "| Stable-Baselines3 | 7.25 |" in page
    assert "Medians of 3 rounds" in page


@pytest.mark.slow
def test_the_measured_agents_are_made_with_the_numbers_of_the_page():
    loop = make_loop("dqn")
    learner = loop.program.learner
    assert (loop.program.num_envs, learner.num_updates, learner.batch_size) == (8, 8, 64)
    ppo, a2c = make_loop("ppo").program, make_loop("a2c").program
    assert (ppo.num_envs, ppo.learner.num_steps, ppo.learner.num_epochs) == (32, 8, 20)
    assert (a2c.num_envs, a2c.learner.num_steps, a2c.learner.num_epochs) == (64, 4, 1)


def test_a_side_that_was_not_measured_is_a_dash():
    page = speed.page(
        {"sac": ({"whole": 6_000.0, "sb3": 400.0}, {"cold": 4.0, "warm": 1.25, "sb3": 2.0})}, {}, 3
    )
    assert "| SAC | 6,000 | – | 400 | – | 15.0 × | – |" in page
    assert "| SAC | 4.0 | 1.2 | 2.0 | – |" in page


@pytest.mark.parametrize("name", ["ddpg", "td3-256", "sac"])
def test_continuous_agents_are_the_notebooks_own(name):
    algorithm, size = size_of(name)
    loop = continuous_loop(name)
    learner = loop.program.learner
    assert (loop.program.num_envs, learner.num_updates, learner.batch_size) == (8, 8, size)
    shapes = [tuple(variable.shape) for variable in loop.rebuilt.variables]
    assert (size, size) in shapes and (size, 1 if algorithm != "sac" else 2) in shapes


class Turns:
    """A loop of which a step takes as many seconds as one says."""

    time = 0.0

    def __init__(self, seconds):
        self.seconds, self.num_steps = seconds, 0

    def run(self, num_steps, seed=None):
        assert num_steps > self.num_steps or seed is not None
        Turns.time += self.seconds * (num_steps - self.num_steps)
        self.num_steps = num_steps


def test_variants_are_divided_by_plain_dqn_turn_by_turn():
    Turns.time = 0.0
    loops = {"plain": Turns(1e-4), "Rainbow": Turns(2.5e-4)}
    seconds = speed_variants.measured(loops, 3, 2_000, clock=lambda: Turns.time)
    np.testing.assert_allclose(seconds["plain"], [0.2] * 3)
    assert "| Rainbow | 250 | 2.50 × |\n" in speed_variants.page(seconds, 2_000)
    slower = {"plain": np.array([0.1, 0.2, 0.6]), "odd": np.array([0.2, 0.3, 9.0])}  # 2, 1.5 and 15 times
    text = speed_variants.page(slower, 2_000)
    assert "| plain | 100 | 1.00 × |\n| odd | 150 | 2.00 × |\n" in text
    assert "Medians of 3 rounds" in text


@pytest.mark.slow
def test_the_variants_measured_are_those_of_the_pages():
    """Every expression makes a loop with the page's own settings."""
    for book, expression in speed_variants.VARIANTS.values():
        namespace = definitions(ROOT / "notebooks" / f"{book}.ipynb")
        program = eval(expression, namespace).program
        assert (program.num_envs, program.learner.num_updates, program.learner.batch_size) == (16, 8, 64)
