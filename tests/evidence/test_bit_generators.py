"""NumPy's generators go on where they were, and a file can name nothing but them."""

import numpy as np
import pytest

from tutorial_lib.evidence.bit_generators import BIT_GENERATORS, generator_from, generator_state


def draws(generator):
    """Of every way to draw that leaves something behind, such as half of a 64-bit number."""
    return [
        *generator.integers(0, 10, 3, dtype=np.uint32),
        *generator.random(700),
        *generator.normal(size=5),
        *generator.random(1, dtype=np.float32),
    ]


@pytest.mark.parametrize("name", BIT_GENERATORS)
@pytest.mark.parametrize("used", [False, True])
def test_each_kind_goes_on(name, used):
    generator = np.random.Generator(BIT_GENERATORS[name](3))
    if used:
        draws(generator)
    copy = generator_from(generator_state(generator))
    assert type(copy.bit_generator).__name__ == name
    assert draws(copy) == draws(generator)


@pytest.mark.parametrize(
    "name", ["test", "seed", "bytes", "RandomState", "default_rng", "", None, 5, ["PCG64"], {"PCG64": 1}]
)
def test_no_other_name_is_looked_up(name, monkeypatch):
    called = []
    monkeypatch.setattr(np.random, "test", lambda: called.append("test"))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    with pytest.raises(ValueError, match="there is no bit generator"):
        generator_from({"bit_generator": name, "state": {}})
    assert called == []
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("state", [None, "PCG64", [], {}])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(ValueError, match="there is no bit generator None"):
        generator_from(state)


def changed(kind, place, value):
    state = generator_state(np.random.Generator(BIT_GENERATORS[kind](0)))
    *places, last = place.split(".")
    part = state
    for key in places:
        part = part[key]
    part[last] = value
    return state


@pytest.mark.parametrize(
    ("kind", "place", "value", "message"),
    [
        ("MT19937", "state.pos", 625, r"pos of a generator must be in 0 … 624, got 625"),
        ("MT19937", "state.pos", -1, "in 0 … 624"),
        ("MT19937", "state.pos", 2**70, "in 0 … 624"),
        ("MT19937", "state.key", np.zeros(623, np.uint32), r"uint32 of the shape \(624,\)"),
        ("MT19937", "state.key", np.zeros(624, np.int64), "must be uint32"),
        ("MT19937", "state.key", [0] * 624, "must be a ndarray"),
        ("MT19937", "state.other", 0, "has the numbers"),
        ("Philox", "buffer_pos", -1, "in 0 … 4"),
        ("Philox", "buffer_pos", 5, "in 0 … 4"),
        ("PCG64", "state.inc", 2**128, "inc of a generator"),
        ("PCG64", "state.state", -1, "state of a generator"),
        ("PCG64", "state", 3, "state of a generator must be a dict"),
        ("PCG64", "uinteger", 1.0, "uinteger of a generator must be a int"),
        ("PCG64", "has_uint32", True, "has_uint32 of a generator must be a int"),
        ("PCG64", "has_uint32", 2, "in 0 … 1"),
        ("SFC64", "uinteger", 2**32, "in 0 … 4294967295"),
    ],
)
def test_numbers_that_no_generator_has_are_refused(kind, place, value, message):
    with pytest.raises(ValueError, match=message):
        generator_from(changed(kind, place, value))


@pytest.mark.parametrize(
    ("kind", "place", "limit"), [("MT19937", "state.pos", 624), ("Philox", "buffer_pos", 4)]
)
def test_the_largest_position_is_accepted(kind, place, limit):
    draws(generator_from(changed(kind, place, limit)))


def test_a_bit_generator_of_ones_own_is_refused():
    class Mine(np.random.PCG64):
        pass

    with pytest.raises(TypeError, match="over Mine cannot be saved: use one of PCG64, PCG64DXSM"):
        generator_state(np.random.Generator(Mine(0)))
