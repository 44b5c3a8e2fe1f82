import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tutorial_lib.worlds.discretize import DiscretizedObservation, Discretizer, TileCoder
from tutorial_lib.worlds.envs import make_env

LOW, HIGH = [-2.4, -2.0, -0.42, -3.5], [2.4, 2.0, 0.42, 3.5]


@st.composite
def boxes(draw, most_bins=9):
    """(low, high, num_bins) of one to four dimensions."""
    size = draw(st.integers(1, 4))
    low = draw(hnp.arrays(float, size, elements=st.floats(-1e3, 1e3)))
    width = draw(hnp.arrays(float, size, elements=st.floats(1e-2, 1e3)))
    return low, low + width, draw(hnp.arrays(np.int64, size, elements=st.integers(1, most_bins)))


def points(size, **range_):
    return hnp.arrays(float, (7, size), elements=st.floats(**range_, allow_nan=False))


@given(boxes(), st.data())
def test_every_point_has_one_code_in_range(box, data):
    grid = Discretizer(*box)
    observation = data.draw(points(len(box[0])))
    code = grid.encode(observation)
    assert code.dtype == np.int64
    assert code.shape == (7,)
    assert ((code >= 0) & (code < np.prod(box[2]))).all()


@given(boxes())
def test_codes_and_cells_are_one_to_one(box):
    grid = Discretizer(*box)
    code = np.arange(grid.num_codes)
    low, high = grid.cell(code)
    np.testing.assert_array_equal(grid.encode((low + high) / 2), code)
    assert len(np.unique(grid.digits(code), axis=0)) == grid.num_codes


@given(boxes(), st.data())
def test_a_point_lies_in_its_own_cell(box, data):
    grid = Discretizer(*box)
    share = data.draw(points(len(box[0]), min_value=0, max_value=1))
    point = grid.low + share * (grid.high - grid.low)
    low, high = grid.cell(grid.encode(point))
    slack = 1e-9 * (1 + np.abs(grid.low) + np.abs(grid.high))
    assert ((low - slack <= point) & (point <= high + slack)).all()


@given(boxes(), st.data())
def test_points_outside_the_bounds_are_clipped(box, data):
    grid = Discretizer(*box)
    point = data.draw(points(len(box[0])))
    inside = np.clip(point, grid.low, grid.high)
    np.testing.assert_array_equal(grid.encode(point), grid.encode(inside))


def test_the_code_by_hand():
    grid = Discretizer([0, 0], [1, 1], [2, 3])
    np.testing.assert_array_equal(grid.encode([[0.1, 0.1], [0.1, 0.5], [0.1, 0.9], [0.9, 0.1]]), [0, 1, 2, 3])
    np.testing.assert_array_equal(grid.digits(5), [1, 2])
    assert grid.encode([np.inf, -np.inf]) == 3


def test_the_wrapper_turns_cart_pole_into_4096_states():
    env = make_env(
        "CartPole-v1", wrappers=[lambda env: DiscretizedObservation(env, low=LOW, high=HIGH, num_bins=8)]
    )
    assert env.observation_space == spaces.Discrete(4096)
    code, _ = env.reset(seed=0)
    assert isinstance(code, int)
    assert env.observation_space.contains(code)
    expected = env.get_wrapper_attr("discretizer").encode(env.unwrapped.state)
    assert code == expected


def test_the_wrapper_takes_the_bounds_of_the_space():
    env = DiscretizedObservation(gym.make("MountainCar-v0"), num_bins=[5, 4])
    assert env.observation_space.n == 20
    np.testing.assert_allclose(env.discretizer.low, [-1.2, -0.07], rtol=1e-6)


@pytest.mark.parametrize("make", [Discretizer, TileCoder])
@pytest.mark.parametrize(
    ("low", "high", "counts", "message"),
    [
        ([0, 1], [1, 1], 4, r"low must be below high in dimension 1, got \[1, 1\]"),
        ([2], [1], 4, "low must be below high"),
        ([-np.inf], [1], 4, "must be finite"),
        ([0], [np.nan], 4, "must be finite"),
        ([0, 0], [1], 4, "one length"),
        ([], [], 4, "one length"),
        ([0], [1], 0, "whole numbers ≥ 1, got 0"),
        ([0, 0], [1, 1], [3, -1], "whole numbers ≥ 1"),
        ([0], [1], 2.5, "whole numbers ≥ 1, got 2.5"),
        ([0, 0], [1, 1], [2, 2, 2], "one number or 2, one per dimension"),
        ([0] * 4, [1] * 4, 1000, r"GiB, more than the 1 GiB allowed"),
        ([0] * 12, [1] * 12, 10**6, r"GiB, more than the 1 GiB allowed"),
    ],
)
def test_a_grid_that_cannot_be(make, low, high, counts, message):
    with pytest.raises(ValueError, match=message):
        make(low, high, counts)


def test_a_table_too_large_says_how_large():
    with pytest.raises(ValueError, match=r"1,000,000,000,000 states × 2 actions takes 14,901\.2 GiB"):
        Discretizer([0] * 4, [1] * 4, 1000, num_actions=2)


@pytest.mark.parametrize("make", [Discretizer, TileCoder])
@pytest.mark.parametrize(
    ("observation", "message"),
    [
        ([0.5, np.nan], r"NaN \(not a number\) at index \[1\]"),
        ([0.5], r"2 numbers, got shape \(1,\)"),
        (0.5, "2 numbers"),
    ],
)
def test_a_bad_observation(make, observation, message):
    with pytest.raises(ValueError, match=message):
        make([0, 0], [1, 1], 4).encode(observation)


@pytest.mark.parametrize("code", [-1, 16, [0, 99]])
def test_a_code_out_of_range(code):
    with pytest.raises(ValueError, match="codes run from 0 to 15"):
        Discretizer([0, 0], [1, 1], 4).cell(code)


def test_the_wrapper_refuses_what_it_cannot_cut():
    with pytest.raises(ValueError, match="one-dimensional Box"):
        DiscretizedObservation(gym.make("FrozenLake-v1"))
    with pytest.raises(ValueError, match="one bound per dimension of the observation, 4, got 2"):
        DiscretizedObservation(gym.make("CartPole-v1"), low=[-1, -1], high=[1, 1])
    with pytest.raises(ValueError, match="must be finite"):
        DiscretizedObservation(gym.make("CartPole-v1"))


@given(boxes(most_bins=5), st.integers(1, 9), st.data())
def test_one_tile_of_each_tiling_is_active(box, num_tilings, data):
    coder = TileCoder(*box, num_tilings=num_tilings)
    active = coder.encode(data.draw(points(len(box[0]))))
    assert active.shape == (7, num_tilings)
    assert ((active >= 0) & (active < coder.num_features)).all()
    np.testing.assert_array_equal(active // coder.per_tiling, np.tile(np.arange(num_tilings), (7, 1)))


@given(boxes(most_bins=5), st.data())
def test_tiles_of_points_outside_are_those_of_the_edge(box, data):
    coder = TileCoder(*box)
    point = data.draw(points(len(box[0])))
    np.testing.assert_array_equal(coder.encode(point), coder.encode(np.clip(point, coder.low, coder.high)))


def test_near_points_share_tiles_and_far_ones_do_not():
    coder = TileCoder([0, 0], [1, 1], num_tiles=4, num_tilings=8)
    here, near, far = coder.encode([[0.5, 0.5], [0.5 + 1 / 32 + 1e-6, 0.5], [0.8, 0.8]])
    assert np.isin(here, near).sum() == 7
    assert np.isin(here, far).sum() == 0


def test_tile_features_are_the_active_tiles():
    coder = TileCoder([0], [1], num_tiles=2, num_tilings=2)
    assert coder.num_features == 6
    np.testing.assert_array_equal(coder.encode([[0.1], [0.3], [0.9]]), [[0, 3], [0, 4], [1, 5]])
    np.testing.assert_array_equal(coder.features([0.3]), [1, 0, 0, 0, 1, 0])
