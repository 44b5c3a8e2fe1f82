"""A plain value comes back as exactly what it was, or it is refused."""

import enum
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tutorial_lib import Transition
from tutorial_lib.evidence.plain_values import MAX_DEPTH, freeze, is_plain, thaw
from tutorial_lib.learning.run import Checkpoints, Episodes, Run


def back(value):
    arrays = []
    frozen = freeze("it", value, arrays)
    rest = dict(enumerate(arrays))
    result = thaw(frozen, rest)
    assert rest == {}
    return result


def same(one, other):
    """Equal in value and in type, through and through."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple, deque)):
        limits = [getattr(x, "maxlen", None) for x in (one, other)]
        return limits[0] == limits[1] and len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.floats(width=32).map(np.float32),
    st.integers(-128, 127).map(np.int8),
    st.booleans().map(np.bool_),
)
VALUES = st.recursive(
    SCALARS | st.lists(st.floats(width=32), max_size=3).map(lambda x: np.array(x, np.float32)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(lambda items: deque(items, 3)),
        st.dictionaries(st.text(max_size=3) | st.integers() | st.tuples(st.booleans()), inner, max_size=3),
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_what_goes_in_comes_out(value):
    assert is_plain(value)
    assert same(back(value), value) or "nan" in repr(value)
    assert repr(back(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        np.array(3.5),
        np.zeros((0, 4)),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">f4"),
        np.array(["a", "ßé"]),
        np.array([b"SF"], "S1"),
        np.array([True, False]),
        np.float16(0.1),
        np.longlong(3),
        np.str_("word"),
        {True: 1, "1": 2, 2.5: 3, None: 4},
        deque([1, 2]),
        Transition(np.zeros(2), 1, 2.0, 3, None),
        Run(3, 100, Episodes(*np.zeros((3, 0))), Checkpoints([], []), {"loss": np.zeros((2, 1))}, 0.5),
    ],
    ids=repr,
)
def test_types_are_kept(value):
    assert is_plain(value)
    assert same(back(value), value)


def test_a_tensor_comes_back_as_an_array():
    assert same(back(tf.constant([1.0, 2.0])), np.array([1, 2], np.float32))
    assert same(back([tf.constant(3)]), [np.array(3, np.int32)])


class Colour(enum.IntEnum):
    RED = 1


class Words(list):
    pass


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "value",
    [
        Colour.RED,
        Words(["a"]),
        OrderedDict(a=1),
        defaultdict(int, a=1),
        Counter("aab"),
        {1, 2},
        b"bytes",
        1j,
        object(),
        np.ma.masked_array([1, 2], [True, False]),
        np.array([None, 1], object),
        np.array([(1, 2.0)], "i4,f4"),
        np.array(["2020-01-01"], "datetime64[D]"),
        tf.constant("text"),
        tf.constant(1.0, tf.bfloat16),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_come_back_as_something_else_is_refused(value):
    assert not is_plain(value)
    with pytest.raises(TypeError, match=f"it cannot be saved: a {type(value).__name__} is neither"):
        freeze("it", [value], [])


def test_a_named_tuple_of_ones_own_is_refused_with_what_to_do():
    assert not is_plain(Point(1, 2))
    with pytest.raises(TypeError, match=r"a Point, a named tuple, .* save its \._asdict\(\)"):
        freeze("it", {"a": Point(1, 2)}, [])
    assert back(Point(1, 2)._asdict()) == {"x": 1, "y": 2}


def nested(depth):
    return [nested(depth - 1)] if depth else 1


def test_depth_has_a_limit_that_loading_can_take():
    assert back(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(ValueError, match="more than 64 collections within one another: save it flatter"):
        back(nested(MAX_DEPTH + 1))
    deep = 1
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    with pytest.raises(ValueError, match="more than 64"):
        thaw(deep, {})


@pytest.mark.parametrize(
    "frozen",
    [
        {"array": -1},
        {"array": 1},
        {"array": True},
        {"array": 0.0},
        {"array": [0]},
        [{"array": 0}, {"array": 0}],
        {"tuple": "ab"},
        {"tuple": {}},
        {"dict": [[1]]},
        {"dict": [[1, 2, 3]]},
        {"dict": [[[], 2]]},
        {"dict": [[{"dict": []}, 2]]},
        {"dict": [[1, 2], [1, 3]]},
        {"dict": "ab"},
        {"deque": [1, [1, 2]]},
        {"deque": [-1, []]},
        {"deque": ["a", []]},
        {"scalar": ["int8", 300]},
        {"scalar": ["int8", 1.5]},
        {"scalar": ["int64", "3"]},
        {"scalar": ["float32", 0.1]},
        {"scalar": ["object_", 1]},
        {"scalar": [["int8"], 1]},
        {"scalar": ["str_", 1]},
        {"named tuple": ["Transition", [1]]},
        {"named tuple": ["Point", [1, 2]]},
        {"generator": {"dict": [["bit_generator", "test"]]}},
        {"generator": 1},
        {"list": []},
        {"array": 0, "tuple": []},
        {},
    ],
    ids=repr,
)
def test_what_was_never_frozen_is_refused(frozen):
    with pytest.raises((ValueError, KeyError, TypeError, OverflowError)):
        thaw(frozen, {0: np.zeros(1)})
