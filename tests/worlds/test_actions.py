"""What is an action, and what is refused before an environment sees it."""

import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib.worlds.actions import CheckedActions

BOX = spaces.Box(-2, 2, (1,))
GRID = spaces.Box(np.array([0, 2]), np.array([3, 5]), dtype=np.int64)


@pytest.mark.parametrize(
    ("space", "given", "taken"),
    [
        (spaces.Discrete(3), [0, 2], np.array([0, 2])),
        (spaces.Discrete(3, start=1), np.array([1, 3], np.int32), np.array([1, 3])),
        (spaces.Discrete(3, start=-1), tf.constant([-1, 1]), np.array([-1, 1])),
        (spaces.Discrete(2), [True, False], np.array([1, 0])),
        (spaces.MultiDiscrete([2, 3]), [[1, 2], [0, 0]], np.array([[1, 2], [0, 0]])),
        (spaces.MultiDiscrete([2, 3], start=[5, 0]), [[6, 2], [5, 0]], np.array([[6, 2], [5, 0]])),
        (spaces.MultiBinary(2), [[1, 0], [1, 1]], np.array([[1, 0], [1, 1]], np.int8)),
        (GRID, [[0, 2], [3, 5]], np.array([[0, 2], [3, 5]])),
        (BOX, [[0.5], [-2.0]], np.array([[0.5], [-2]], np.float32)),
        (BOX, [[1], [7]], np.array([[1], [7]], np.float32)),  # beyond the bounds: the environment clips
    ],
)
def test_actions_of_the_space_are_taken_in_its_type(space, given, taken):
    actions = CheckedActions(space, 2)(given)
    np.testing.assert_array_equal(actions, taken)
    assert actions.dtype == taken.dtype == space.dtype


@pytest.mark.parametrize(
    ("space", "given", "message"),
    [
        (
            spaces.Discrete(3),
            [0, 7],
            r"7 in environment 1: the actions of Discrete\(3\) are from 0 to 2",
        ),
        (spaces.Discrete(3), [-1, 0], r"chose -1 in environment 0: .* from 0 to 2"),
        (spaces.Discrete(3), [3, 4], r"chose 3 in environment 0: .* from 0 to 2"),
        (spaces.Discrete(3, start=1), [1, 0], r"chose 0 in environment 1: .*start=1\) are from 1 to 3"),
        (spaces.Discrete(3, start=1), [4, 1], r"chose 4 in environment 0: .*start=1\) are from 1 to 3"),
        (spaces.MultiDiscrete([2, 3]), [[1, 2], [2, 1]], r"chose \[2 1\] in environment 1: .* to \[1 2\]"),
        (spaces.MultiBinary(2), [[1, 256], [0, 0]], r"chose \[  1 256\] in environment 0: .* from 0 to 1"),
        (GRID, [[0, 2], [0, 1]], r"chose \[0 1\] in environment 1: .* from \[0 2\] to \[3 5\]"),
        (BOX, [[0.0], [np.nan]], r"chose \[nan\] in environment 1: .* are finite numbers"),
        (BOX, [[-np.inf], [0.0]], r"chose \[-inf\] in environment 0: .* are finite numbers"),
        (BOX, [[1e39], [0.0]], r"chose \[1.e\+39\] in environment 0: .* are finite numbers"),
        (spaces.Discrete(3), [0], r"actions of shape \(2,\) for 2 environments, got \(1,\)"),
        (spaces.Discrete(3), {"left": 1}, r"must return one array of actions, got \{'left': 1\}"),
        (spaces.Discrete(3), [0.0, 1.0], "actions of type int64, got float64"),
    ],
)
def test_other_actions_are_refused_by_name(space, given, message):
    with pytest.raises(ValueError, match=message):
        CheckedActions(space, 2)(given)


@pytest.mark.parametrize(
    "space", [spaces.Dict(a=spaces.Discrete(2)), spaces.Tuple([spaces.Discrete(2)]), spaces.Text(3)]
)
def test_actions_of_several_parts_are_refused(space):
    name = type(space).__name__
    with pytest.raises(ValueError, match=f"arrays or integers, got the space {name}.*TransformAction"):
        CheckedActions(space, 2)
