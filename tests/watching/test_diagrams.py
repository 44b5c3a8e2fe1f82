import matplotlib.pyplot as plt
import numpy as np
import pytest

from tutorial_lib.watching.diagrams import backup_diagram


@pytest.fixture
def ax():
    yield plt.subplots()[1]
    plt.close("all")


def test_every_node_and_branch_is_drawn_once(ax):
    backup_diagram(ax, "asa", (2, 3), ["p", "max"])
    np.testing.assert_allclose([len(level.get_offsets()) for level in ax.collections], [1, 2, 6])
    np.testing.assert_allclose(ax.collections[1].get_offsets(), [[-0.5, -1], [0.5, -1]])
    assert len(ax.lines) == 2 + 6
    assert [text.get_text() for text in ax.texts] == ["p", "max"]


def test_states_are_open_and_actions_are_filled(ax):
    backup_diagram(ax, "sas", (1, 1), ["", ""])
    insides = [tuple(level.get_facecolor()[0][:3]) for level in ax.collections]
    assert insides == [(1, 1, 1), (0, 0, 0), (1, 1, 1)]


def test_a_long_chain_is_dotted(ax):
    backup_diagram(ax, "s.s", (1, 1), ["", ""])
    assert len(ax.collections) == 2
    assert [line.get_linestyle() for line in ax.lines] == [":", ":"]


@pytest.mark.parametrize("wrong", [("asa", (2,), ["p"]), ("as", (2,), []), ("ax", (2,), ["p"])])
def test_trees_that_cannot_be_drawn(ax, wrong):
    with pytest.raises(ValueError, match="one branch and word less"):
        backup_diagram(ax, *wrong)
