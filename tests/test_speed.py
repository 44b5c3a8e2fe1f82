"""The page of speeds says what was measured."""

import speed
from speed_agents import make_loop


def test_the_page_divides_what_was_measured():
    sides = {"whole": 30_000.0, "steps": 9_000.0, "sb3": 1_000.0, "jax": 40_000.0}
    starts = {"cold": 4.0, "warm": 1.25, "sb3": 2.0, "jax": 3.0}
    page = speed.page({"dqn": (sides, starts)}, {"whole": 0.5, "sb3": 7.25}, rounds=3)
    assert "| DQN | 30,000 | 9,000 | 1,000 | 40,000 | 30.0 × | 0.75 × |" in page
    assert "| DQN | 4.0 | 1.2 | 2.0 | 3.0 |" in page
    assert "| whole loop | 0.50 |" in page and "| Stable-Baselines3 | 7.25 |" in page
    assert "Medians of 3 rounds" in page


def test_the_measured_agents_are_made_with_the_numbers_of_the_page():
    loop = make_loop("dqn")
    learner = loop.program.learner
    assert (loop.program.num_envs, learner.num_updates, learner.batch_size) == (8, 8, 64)
    ppo, a2c = make_loop("ppo").program, make_loop("a2c").program
    assert (ppo.num_envs, ppo.learner.num_steps, ppo.learner.num_epochs) == (32, 8, 20)
    assert (a2c.num_envs, a2c.learner.num_steps, a2c.learner.num_epochs) == (64, 4, 1)
