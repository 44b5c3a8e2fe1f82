"""Schedules."""

import pytest

from tutorial_lib import linear_schedule


def test_linear_schedule():
    epsilon = linear_schedule(1.0, 0.1, 100)
    assert [epsilon(step) for step in (-5, 0, 50, 100, 1000)] == pytest.approx([1, 1, 0.55, 0.1, 0.1])
    with pytest.raises(ValueError, match="num_steps must be at least 1, got 0"):
        linear_schedule(1.0, 0.1, 0)
