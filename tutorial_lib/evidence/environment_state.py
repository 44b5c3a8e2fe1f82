"""The state of a collector: its own numbers, and those of its environments and of all their wrappers."""

import inspect
from collections import deque
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from tutorial_lib.evidence.plain_values import is_plain

# Worlds that keep nothing outside of their attributes, such as in a library of C; `__main__` is a notebook.
PLAIN_WORLDS = (
    *("gymnasium.envs.classic_control", "gymnasium.envs.toy_text", "tutorial_lib", "__main__"),
    *("gymnasium.vector.sync_vector_env", "gymnasium.wrappers.vector"),
)
# How a thing was made: it must be the same in the run that goes on.
SETTINGS = ("num_envs", "max_episode_steps", "_max_episode_steps", "gamma", "mode", "spec", "_saved_kwargs")
SPACE_SETTINGS = ("_shape", "dtype", "n", "start", "nvec")
# How it is looked at, what follows from the settings, and who acts in it: never touched.
LEFT_ALONE = ("render_mode", "metadata", "_cached_spec", "policy")
STATELESS = (
    *(FunctionType, MethodType, BuiltinFunctionType, partial, type),
    *(np.dtype, np.ufunc, EnvSpec, AutoresetMode),
)


class _Bare:
    """An object that has attributes and nothing else."""


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
        place: {"type": type(thing).__name__, "settings": _settings(thing), "state": _state(thing)}
        for place, thing in _objects(path, collector).items()
    }


def prepare_environment(path, collector, saved):
    """Checks that a saved state fits; returns the function that puts it there.

    Raises:
      ValueError: it is of other environments or wrappers, of another number of them, or of other settings.
    """
    ours = _objects(path, collector)
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
        if not _is_picture(vars(thing).get(name))
    ]
    for each in values:
        _check_value(*each)

    def restore():
        for _, thing, name, value in values:
            _put(thing, name, value)

    return restore


def _objects(path, collector):
    """{path: object} for the collector and everything below it, each object once."""
    found = {}
    _find(path, collector, type(collector).__name__, found)
    return dict(found.values())


def _find(path, thing, world, found):
    if id(thing) in found:
        return
    found[id(thing)] = (path, thing)
    if isinstance(thing, (gym.Env, VectorEnv)):
        world = type(thing).__name__
        if not isinstance(thing, (gym.Wrapper, VectorWrapper)) and not _is_plain_world(thing):
            raise TypeError(_refusal(world, "this world is not known to be"))
    for name, value in _attributes(thing).items():
        if is_plain(value) or isinstance(value, np.random.Generator):
            continue
        for place, item in _items(f"{path}.{name}", value):
            if isinstance(item, STATELESS) or _is_picture(item):
                continue
            if type(item).__basicsize__ != _Bare.__basicsize__ or not hasattr(item, "__dict__"):
                raise TypeError(_refusal(world, f"{place} is a {type(item).__name__}"))
            _find(place, item, world, found)


def _is_plain_world(env):
    empty = type(env) is gym.Env  # a stand-in of Gymnasium's
    return empty or any(kind.__module__.startswith(PLAIN_WORLDS) for kind in type(env).__mro__)


def _is_picture(value):
    """Windows, clocks and the like, which an environment makes when it is drawn."""
    return str(type(value)).startswith("<class 'pygame")


def _refusal(world, reason):
    return (
        f"the state of {world} is not made of numbers alone and cannot be saved ({reason}): leave the "
        "collector out, and the resumed run begins new episodes"
    )


def _items(path, value):
    """What an attribute refers to: one object, or those in a collection; each with its path."""
    if type(value) in (list, tuple):
        pairs = enumerate(value)
    elif type(value) is dict:
        pairs = value.items()
    else:
        return [(path, value)]
    return [pair for key, item in pairs for pair in _items(f"{path}[{key!r}]", item)]


def _attributes(thing):
    if isinstance(thing, gym.Space):  # of which only the generator moves
        return {name: value for name, value in vars(thing).items() if name in ("_np_random", "spaces")}
    return {name: value for name, value in vars(thing).items() if name not in (*SETTINGS, *LEFT_ALONE)}


def _state(thing):
    attributes = _attributes(thing).items()
    return {
        name: value for name, value in attributes if is_plain(value) or isinstance(value, np.random.Generator)
    }


def _settings(thing):
    names = SPACE_SETTINGS if isinstance(thing, gym.Space) else SETTINGS
    return {name: _made(vars(thing)[name]) for name in names if name in vars(thing)}


def _made(value):
    """A setting as a plain value; None if it is a function or the like, which cannot be compared."""
    if isinstance(value, AutoresetMode):
        return value.value
    if isinstance(value, np.dtype):
        return str(value)
    if isinstance(value, EnvSpec):
        return [value.id, _made({name: x for name, x in value.kwargs.items() if name != "render_mode"})]
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if is_plain(item)}
    return value if is_plain(value) else None


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
    for name, value in _settings(thing).items():
        saved = there["settings"].get(name, value)
        if repr(saved) != repr(value):  # the texts, because arrays and NaN do not compare
            raise ValueError(f"{place}.{name} is {value} here, and was saved as {saved}")


def _check_value(place, thing, name, value):
    """Raises ValueError unless a saved value can stand where ours does, or where ours has nothing yet."""
    ours = inspect.getattr_static(thing, name, None)
    movable = name == "_np_random" if isinstance(thing, gym.Space) else name not in (*SETTINGS, *LEFT_ALONE)
    if not movable or not (is_plain(ours) or isinstance(ours, np.random.Generator)):
        raise ValueError(f"{place} is nothing that a run saves, and the file has a value for it")
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
    value = np.asarray(value)
    what = "numbers" if value.dtype.kind in "biuf" else "texts"
    return f"an array of {what} of the shape {value.shape}" if value.ndim else f"one of {what}"


def _put(thing, name, value):
    ours = vars(thing).get(name)
    if isinstance(value, np.random.Generator) and isinstance(ours, np.random.Generator):
        ours.bit_generator.state = value.bit_generator.state  # in place: others may draw from it too
    else:
        vars(thing)[name] = value
