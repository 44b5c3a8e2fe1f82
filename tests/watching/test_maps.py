import matplotlib.pyplot as plt
import numpy as np
import pytest

from tutorial_lib.watching.maps import action_values, policy_map, value_surface

Q = np.array([[1.0, 0, 0, 1], [0, 2, 0, 0], [3, 3, 3, 3], [0, 0, 0, 4]])  # a 2 × 2 grid, actions ↑→↓←


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_best_actions_are_drawn_ties_and_all():
    assert texts(policy_map(Q, (2, 2), "↑→↓←")) == ["↑←", "→", "", "←"]


def test_the_heat_map_shows_the_largest_value_and_hides_the_masked():
    ax = policy_map(Q, (2, 2), "↑→↓←", mask=[1, 1, 0, 1], labels={2: "pit"})
    shown = ax.images[0].get_array()
    np.testing.assert_array_equal(shown.mask, [[False, False], [True, False]])
    np.testing.assert_array_equal(shown.compressed(), [1, 2, 4])
    assert texts(ax)[2] == "pit"


def test_a_label_stands_above_the_arrows_of_a_cell_with_a_choice():
    ax = policy_map(Q, (2, 2), "↑→↓←", mask=[1, 1, 1, 0], labels={1: "start", 3: "goal"})
    assert texts(ax) == ["↑←", "start\n→", "", "goal"]


def test_entries_are_written_if_asked_and_a_colour_bar_says_what_it_cuts():
    ax = action_values(Q, (2, 2), "↑→↓←", limits=(2, 4), digits=1)
    assert texts(ax) == [f"{value:.1f}" for value in Q.ravel()]
    assert ax.collections[0].colorbar.extend == "min"
    assert action_values(Q, (2, 2), "↑→↓←", limits=(0, 4)).collections[0].colorbar.extend == "neither"


def test_every_entry_has_its_triangle():
    ax = action_values(Q, (2, 2), "↑→↓←", limits=(0, 5))
    patches = ax.collections[0]
    np.testing.assert_array_equal(patches.get_array(), Q.ravel())
    assert patches.get_clim() == (0, 5)
    up = patches.get_paths()[0].vertices[:3]
    np.testing.assert_allclose(up.mean(axis=0), [0, -1 / 3])  # above the middle of the first cell


def test_a_surface_carries_its_trajectory():
    x, y = np.linspace(0, 1, 3), np.linspace(0, 2, 5)
    value = 10 * x + y[:, None]
    ax = value_surface(value, x, y, trajectory=[[0, 0], [0.3, 1.1], [1, 2]], labels=("a", "b", "c"))
    height = np.asarray(ax.lines[0].get_data_3d()[2])
    np.testing.assert_allclose(height, np.array([0, 4.1, 12]) + 0.02 * 12)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("a", "b", "c")


@pytest.mark.parametrize("draw", [policy_map, action_values])
def test_tables_that_do_not_fit(draw):
    with pytest.raises(ValueError, match=r"needs a table of shape \(6, 4\), got \(4, 4\)"):
        draw(Q, (2, 3), "↑→↓←")
    with pytest.raises(ValueError, match="NaN"):
        draw(np.full((4, 4), np.nan), (2, 2), "↑→↓←")


def test_bad_pictures():
    with pytest.raises(ValueError, match="draws directions"):
        action_values(Q, (2, 2), "↑→PD")
    with pytest.raises(ValueError, match=r"\(3, 2\), got \(2, 2\)"):
        value_surface(np.zeros((2, 2)), [0, 1], [0, 1, 2])
    with pytest.raises(ValueError, match="NaN"):
        value_surface(np.full((2, 2), np.nan), [0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"\[T, 2\]"):
        value_surface(np.zeros((2, 2)), [0, 1], [0, 1], trajectory=[1, 2, 3])
