"""The parts of a run as plain numbers, and back: what `saving` writes into its file."""

import numbers

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.evidence.environment_state import environment_objects
from tutorial_lib.learning.collector import Collector
from tutorial_lib.memory.replay import ReplayBuffer


def describe(name, part, arrays):
    """One part as JSON; its arrays are appended to `arrays` and referred to by their number."""
    kind = _kind(part)
    if kind == "collector":
        state = [_plain_attributes(part), *map(_plain_attributes, environment_objects(part.envs))]
        return {"kind": kind, "value": freeze(name, state, arrays)}
    if kind == "value":
        return {"kind": kind, "value": freeze(name, part, arrays)}
    if kind == "replay":
        filled = len(part)
        values = [int(part.num_added), part.capacity, [column[:filled].numpy() for column in part.columns]]
        return {"kind": kind, "value": freeze(name, values, arrays)}
    if kind == "NumPy generator":
        return {"kind": kind, "value": freeze(name, part.bit_generator.state, arrays)}
    values = [np.asarray(variable.numpy()) for variable in _variables(part, kind)]
    return {"kind": kind, "value": freeze(name, values, arrays)}


def prepare(name, part, saved, arrays):
    """Checks that a saved part fits into the object given; returns the function that puts it there.

    Raises:
      ValueError: it does not fit.
    """
    kind = _kind(part)
    if kind != saved["kind"]:
        raise ValueError(f"{name} was saved as a {saved['kind']}, and a {kind} was given to load it into")
    value = thaw(saved["value"], arrays)
    if kind == "value":
        raise ValueError(f"{name} is a plain value: leave it out, load_run returns it")
    if kind == "collector":
        return _prepare_collector(name, part, value)
    if kind == "replay":
        return _prepare_replay(name, part, *value)
    if kind == "NumPy generator":
        return lambda: setattr(part.bit_generator, "state", value)
    return _prepare_variables(name, _variables(part, kind), value, kind)


def _kind(part):
    for kind, types in KINDS.items():
        if isinstance(part, types):
            return kind
    return "value"


KINDS = {
    "model": keras.Model,
    "optimizer": keras.optimizers.Optimizer,
    "variable": (tf.Variable, keras.Variable),
    "generator": tf.random.Generator,
    "NumPy generator": np.random.Generator,
    "replay": ReplayBuffer,
    "collector": Collector,
}


def _variables(part, kind):
    return {
        "model": lambda: part.variables,
        "optimizer": lambda: part.variables,
        "variable": lambda: [part],
        "generator": lambda: [part.state],
    }[kind]()


def _prepare_variables(name, variables, values, kind):
    ours = [tuple(variable.shape) for variable in variables]
    theirs = [value.shape for value in values]
    if ours != theirs:
        hint = ": build it first" if kind == "optimizer" and len(ours) < len(theirs) else ""
        raise ValueError(f"{name} has variables of the shapes {ours}, the saved one {theirs}{hint}")

    def restore():
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    return restore


def _prepare_replay(name, replay, num_added, capacity, columns):
    ours = [tuple(spec.shape) for spec in replay.spec]
    if (capacity, [column.shape[1:] for column in columns]) != (replay.capacity, ours):
        raise ValueError(
            f"{name} was saved with {capacity} rows of {[column.shape[1:] for column in columns]}, and has "
            f"{replay.capacity} of {ours}"
        )

    def restore():
        for column, values in zip(replay.columns, columns, strict=True):
            column[: len(values)].assign(values)
        replay.num_added.assign(num_added)

    return restore


def _prepare_collector(name, collector, states):
    objects = [collector, *environment_objects(collector.envs)]
    kinds = [state.pop("") for state in states]
    if kinds != [type(thing).__name__ for thing in objects]:
        raise ValueError(
            f"{name} was saved with environments of another kind or number: {', '.join(kinds[1:])}"
        )

    def restore():
        for thing, state in zip(objects, states, strict=True):
            vars(thing).update(state)

    return restore


def _plain_attributes(thing):
    """Those attributes of an object that are numbers, arrays or generators; its type's name is under ''."""
    return {"": type(thing).__name__} | {
        name: value for name, value in vars(thing).items() if _is_plain(value)
    }


def _is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, np.ndarray):
        return value.dtype != object
    return value is None or isinstance(value, (numbers.Number, np.generic, str, np.random.Generator))


def freeze(name, value, arrays):
    """A plain value as JSON, with every array in it moved to `arrays`.

    Raises:
      TypeError: something that is no plain value.
    """
    if isinstance(value, (bool, str, type(None))) or type(value) in (int, float):
        return value
    if isinstance(value, dict):
        return {"dict": [[freeze(name, x, arrays) for x in item] for item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [freeze(name, x, arrays) for x in value]}
    if isinstance(value, np.random.Generator):
        return {"rng": freeze(name, value.bit_generator.state, arrays)}
    if isinstance(value, (np.ndarray, np.generic, tf.Tensor)) and np.asarray(value).dtype.kind in "biufSU":
        arrays.append(np.asarray(value))
        return {"scalar" if isinstance(value, np.generic) else "array": len(arrays) - 1}
    raise TypeError(
        f"{name} cannot be saved: a {type(value).__name__} is neither a model, an optimizer, a replay, a "
        "generator or a collector, nor a plain value"
    )


def thaw(frozen, arrays):
    """The value that `freeze` was given."""
    if not isinstance(frozen, dict):
        return frozen
    ((kind, content),) = frozen.items()
    if kind in ("array", "scalar"):
        return arrays[content] if kind == "array" else arrays[content][()]
    if kind == "dict":
        return {thaw(key, arrays): thaw(value, arrays) for key, value in content}
    if kind == "rng":
        state = thaw(content, arrays)
        generator = np.random.Generator(getattr(np.random, state["bit_generator"])())
        generator.bit_generator.state = state
        return generator
    items = [thaw(item, arrays) for item in content]
    return tuple(items) if kind == "tuple" else items
