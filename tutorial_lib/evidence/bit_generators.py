"""NumPy's random generators as plain numbers, and back, without trusting the numbers."""

import numpy as np

BIT_GENERATORS = {
    kind.__name__: kind
    for kind in (
        np.random.PCG64,
        np.random.PCG64DXSM,
        np.random.MT19937,
        np.random.Philox,
        np.random.SFC64,
    )
}
# Each number must be below. NumPy checks none of them, and a position beyond its buffer reads other memory.
LIMITS = {
    "state": 2**128,
    "inc": 2**128,
    "pos": 624 + 1,
    "buffer_pos": 4 + 1,
    "has_uint32": 2,
    "uinteger": 2**32,
}


def generator_state(generator):
    """What an np.random.Generator has come to: a dict of numbers and arrays.

    Raises:
      TypeError: its bit generator is none of NumPy's.
    """
    kind = type(generator.bit_generator)
    if kind not in BIT_GENERATORS.values():
        raise TypeError(
            f"a generator over {kind.__name__} cannot be saved: use one of {', '.join(BIT_GENERATORS)}"
        )
    return generator.bit_generator.state


def generator_from(state):
    """A new np.random.Generator in the state that `generator_state` gave.

    Raises:
      ValueError: a name or a number that no bit generator has.
    """
    name = state.get("bit_generator") if isinstance(state, dict) else None
    if not isinstance(name, str) or name not in BIT_GENERATORS:
        raise ValueError(f"there is no bit generator {name!r}; there are {', '.join(BIT_GENERATORS)}")
    bit_generator = BIT_GENERATORS[name](0)
    _check_form("state", state, bit_generator.state)
    bit_generator.state = state
    return np.random.Generator(bit_generator)


def _check_form(name, value, example):
    """Raises ValueError unless a value has the keys, types, shapes and limits that the example has."""
    if type(value) is not type(example):
        raise ValueError(f"{name} of a generator must be a {type(example).__name__}, got {value!r}")
    if isinstance(example, dict):
        if set(value) != set(example):
            raise ValueError(f"a generator has the numbers {sorted(example)}, got {sorted(map(str, value))}")
        for key in example:
            _check_form(key, value[key], example[key])
    elif isinstance(example, np.ndarray):
        if (value.dtype, value.shape) != (example.dtype, example.shape):
            raise ValueError(
                f"{name} of a generator must be {example.dtype} of the shape {example.shape}, got "
                f"{value.dtype} of {value.shape}"
            )
    elif isinstance(example, int) and not 0 <= value < LIMITS[name]:
        raise ValueError(f"{name} of a generator must be in 0 … {LIMITS[name] - 1}, got {value}")
