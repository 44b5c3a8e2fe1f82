"""Exploration noise: its spread, and what it remembers."""

import numpy as np
import pytest

from tutorial_lib import gaussian_noise, ornstein_uhlenbeck_noise, seed_everything


def draws(make, num_draws=60, **options):
    """[num_draws, 2_000]."""
    draw = make(seed_everything(0), [2_000], **options)
    return np.array([draw().numpy() for _ in range(num_draws)])


@pytest.mark.parametrize("make", [gaussian_noise, ornstein_uhlenbeck_noise])
def test_its_spread_is_one_from_the_first_draw_to_the_last(make):
    spread = draws(make).std(axis=1)
    np.testing.assert_allclose(spread, 1, atol=0.1)


@pytest.mark.parametrize(("make", "options", "kept"), [
    (gaussian_noise, {}, 0.0), (ornstein_uhlenbeck_noise, {}, 0.85),
    (ornstein_uhlenbeck_noise, {"keep": 0.5}, 0.5),
])  # fmt: skip
def test_what_is_left_after_one_step_and_after_three(make, options, kept):
    found = draws(make, 40, **options)
    for lag in (1, 3):
        correlation = np.mean(found[:-lag] * found[lag:])
        assert correlation == pytest.approx(kept**lag, abs=0.03)


@pytest.mark.parametrize("keep", [-0.1, 1.0])
def test_a_share_outside_zero_to_one_is_refused(keep):
    with pytest.raises(ValueError, match=r"keep must lie in \[0, 1\), got"):
        ornstein_uhlenbeck_noise(seed_everything(0), [1], keep)
