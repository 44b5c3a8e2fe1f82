"""The rough model and the rough critic: their world, and the error that has a best horizon."""

import numpy as np
import pytest
from answers import judged

from tutorial_lib.checks import check_how_far, imagining


def test_the_rod_is_the_pendulum_without_a_torque():
    state = np.array([[0.5, 1.0], [np.pi, 7.99]])
    velocity = np.minimum(state[:, 1] + 0.75 * np.sin(state[:, 0]), 8)
    assert imagining.step(state) == pytest.approx(np.stack([state[:, 0] + 0.05 * velocity, velocity], axis=1))
    assert imagining.reward(np.array([[2 * np.pi + 1, 2.0]])) == pytest.approx([-1.4])


def test_an_error_repeats_with_its_seed():
    assert imagining.value_error(3, 0) == imagining.value_error(3, 0) != imagining.value_error(3, 1)


def test_the_best_horizon_is_neither_short_nor_long():
    mean = {h: np.mean([imagining.value_error(h, seed) for seed in range(20)]) for h in (0, 25, 150)}
    assert mean[25] < 0.9 * mean[0]
    assert mean[25] < 0.8 * mean[150]


@pytest.mark.parametrize(
    ("horizon", "said"),
    [
        (20, "correct"),
        (np.int64(30), "correct"),
        (0, "Not yet: the critic is asked too early"),
        (120, "Not yet: the model's errors add up"),
        (-1, "Not yet: a number of steps from 0 to 200"),
        (2.5, "Not yet: a number of steps from 0 to 200"),
        (True, "Not yet: a number of steps from 0 to 200"),
    ],
)
def test_verdicts(horizon, said):
    assert judged(check_how_far, lambda: horizon).startswith(said)
