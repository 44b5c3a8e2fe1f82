"""The objects that make up a collector, what of them is a setting, and what of them moves."""

import hashlib
import inspect
import json
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from tutorial_lib.evidence.plain_values import freeze, is_plain

# Worlds that keep nothing outside of their attributes, such as in a library of C; `__main__` is a notebook.
PLAIN_WORLDS = (
    *("gymnasium.envs.classic_control", "gymnasium.envs.toy_text", "tutorial_lib", "__main__"),
    *("gymnasium.vector.sync_vector_env", "gymnasium.wrappers.vector"),
)
# How a thing was made: it must be the same in the run that goes on.
SETTINGS = ("num_envs", "max_episode_steps", "_max_episode_steps", "gamma", "mode", "spec", "_saved_kwargs")
TABLE = "P"  # the transitions of a toy-text world, thousands of numbers: of these only a digest
SPACE_SETTINGS = ("_shape", "dtype", "n", "start", "nvec")
# How it is looked at, what follows from the settings, and who acts in it: never touched.
LEFT_ALONE = ("render_mode", "metadata", "_cached_spec", "policy")
STATELESS = (
    *(FunctionType, MethodType, BuiltinFunctionType, partial, type),
    *(np.dtype, np.ufunc, EnvSpec, AutoresetMode),
)


class _Bare:
    """An object that has attributes and nothing else."""


def objects_of(path, collector):
    """{path: object} for a collector and everything below it, each object once.

    Raises:
      TypeError: an environment or wrapper that keeps something else than numbers, and objects made of them.
    """
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
            raise TypeError(_refusal(world, "it is not known to be made of numbers alone"))
    for name, value in _attributes(thing).items():
        if is_state(value):
            continue
        for place, item in _items(f"{path}.{name}", value):
            if isinstance(item, STATELESS) or is_picture(item):
                continue
            if type(item).__basicsize__ != _Bare.__basicsize__ or not hasattr(item, "__dict__"):
                raise TypeError(_refusal(world, f"{place} is a {type(item).__name__}, no number"))
            _find(place, item, world, found)


def is_state(value):
    """Whether a value is among those that are saved."""
    return is_plain(value) or isinstance(value, np.random.Generator)


def _is_plain_world(env):
    empty = type(env) is gym.Env  # a stand-in of Gymnasium's
    return empty or any(kind.__module__.startswith(PLAIN_WORLDS) for kind in type(env).__mro__)


def is_picture(value):
    """Windows, clocks and the like, which an environment makes when it is drawn."""
    return str(type(value)).startswith("<class 'pygame")


def _refusal(world, reason):
    return (
        f"the state of {world} cannot be saved: {reason}; leave the collector out, and the resumed run "
        "begins new episodes"
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
    excluded = (*_setting_names(thing), *LEFT_ALONE)
    return {name: value for name, value in vars(thing).items() if name not in excluded}


def state_of(thing):
    """The attributes of an object that may change while it runs: plain values and generators."""
    return {name: value for name, value in _attributes(thing).items() if is_state(value)}


def may_move(thing, name):
    """Whether an attribute of this name can be in the state: it is there already, or would hide nothing."""
    excluded = isinstance(thing, gym.Space) and name != "_np_random"
    if excluded or name in _setting_names(thing) or name in LEFT_ALONE:
        return False
    return is_state(inspect.getattr_static(thing, name, None))


def settings_of(thing):
    """How an object was made, as far as it is known: plain values."""
    values = {name: vars(thing)[name] for name in _setting_names(thing) if name in vars(thing)}
    return {name: _digest(value) if name == TABLE else _made(value) for name, value in values.items()}


def _setting_names(thing):
    if isinstance(thing, gym.Space):
        return SPACE_SETTINGS
    return (*SETTINGS, TABLE) if type(thing).__module__.startswith("gymnasium.envs.toy_text") else SETTINGS


def _digest(table):
    return hashlib.sha256(json.dumps(freeze(TABLE, table, [])).encode()).hexdigest()


def _made(value):
    """A setting as a plain value; None if it is a function or the like, which cannot be compared."""
    if isinstance(value, AutoresetMode):
        return value.value
    if isinstance(value, np.dtype):
        return str(value)
    if isinstance(value, EnvSpec):
        kwargs = {name: item for name, item in value.kwargs.items() if name not in LEFT_ALONE}
        return {"id": value.id, "kwargs": _made(kwargs)}
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if is_plain(item)}
    return value if is_plain(value) else None
