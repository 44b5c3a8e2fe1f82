"""The state of a collector: its own numbers, and those of its environments and of all their wrappers."""

from collections import deque

import numpy as np

from tutorial_lib.evidence.environment_objects import (
    is_picture,
    is_state,
    may_move,
    objects_of,
    settings_of,
    state_of,
)


def environment_state(path, collector):
    """All settings and numbers of a collector, of its environments, and of whatever objects these keep.

    An object may keep numbers, texts, arrays, generators, collections of them, and other such objects.
    What a function remembers is not seen.

    Returns:
      {path: {"type", "settings", "state"}}, one entry per object.

    Raises:
      TypeError: an environment or wrapper that keeps anything else, such as a physics engine.
    """
    return {
        place: {"type": type(thing).__name__, "settings": settings_of(thing), "state": state_of(thing)}
        for place, thing in objects_of(path, collector).items()
    }


def prepare_environment(path, collector, saved):
    """Checks that a saved state fits; returns the function that puts it there.

    Raises:
      ValueError: it is of other environments or wrappers, of another number of them, or of other settings.
    """
    ours = objects_of(path, collector)
    for place, entry in saved.items():
        _check_entry(place, entry)
    for place, thing in ours.items():
        _check_same(place, thing, saved.get(place))
    if more := [place for place in saved if place not in ours]:
        raise ValueError(f"the saved one also had {more[0]}, a {saved[more[0]]['type']}")
    values = [
        (f"{place}.{name}", thing, name, value)
        for place, thing in ours.items()
        for name, value in saved[place]["state"].items()
        if not is_picture(vars(thing).get(name))
    ]
    for each in values:
        _check_value(*each)

    def restore():
        for _, thing, name, value in values:
            _put(thing, name, value)

    return restore


def _check_entry(place, entry):
    kinds = {"type": str, "settings": dict, "state": dict}
    if not isinstance(entry, dict) or {name: type(value) for name, value in entry.items()} != kinds:
        raise ValueError(f"{place} was not saved as an object")
    if not all(isinstance(name, str) for name in (*entry["settings"], *entry["state"])):
        raise ValueError(f"{place} was saved with attributes without a name")


def _check_same(place, thing, there):
    kind = there["type"] if there else "nothing"
    if kind != type(thing).__name__:
        raise ValueError(f"{place} is a {type(thing).__name__} here, and was saved as {kind}")
    for name, value in settings_of(thing).items():
        saved = there["settings"].get(name, value)
        if not _equal(saved, value):
            raise ValueError(f"{place}.{name} is {value} here, and was saved as {saved}")


def _equal(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return repr(one) == repr(other) or np.array_equal(one, other)  # the texts: NaN equals nothing


def _check_value(place, thing, name, value):
    """Raises ValueError unless a saved value can stand where ours does, or where ours has nothing yet."""
    if not may_move(thing, name) or not is_state(value):
        raise ValueError(f"{place} is nothing that a run saves, and the file has a value for it")
    ours = vars(thing).get(name)
    if isinstance(ours, np.ndarray) and isinstance(value, (list, tuple)):
        value = np.asarray(value)  # some environments keep now an array, now its numbers one by one
    if isinstance(value, np.ndarray) and isinstance(ours, (list, tuple)):
        ours = np.asarray(ours)
    if len({_form(value), _form(ours)} - {"nothing"}) > 1:
        raise ValueError(f"{place} is {_form(ours)} here, and was saved as {_form(value)}")


def _form(value):
    """What stays the same about a number, an array, … while environments run."""
    if value is None:
        return "nothing"
    if isinstance(value, np.random.Generator):
        return f"a {type(value.bit_generator).__name__} generator"
    if isinstance(value, (str, dict)):
        return f"a {type(value).__name__}"
    if isinstance(value, (list, tuple, deque)):
        return "a list"  # of any length
    if isinstance(value, int):  # of any size, such as a seed
        return "a number"
    value = np.asarray(value)
    what = "number" if value.dtype.kind in "biuf" else "text"
    return f"an array of {what}s of the shape {value.shape}" if value.ndim else f"a {what}"


def _put(thing, name, value):
    ours = vars(thing).get(name)
    if isinstance(value, np.random.Generator) and isinstance(ours, np.random.Generator):
        ours.bit_generator.state = value.bit_generator.state  # in place: others may draw from it too
    else:
        vars(thing)[name] = value
