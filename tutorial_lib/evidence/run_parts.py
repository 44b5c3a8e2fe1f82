"""The parts of a run as plain values, and back into objects: KINDS has one row for each kind of part."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.evidence.bit_generators import generator_from, generator_state
from tutorial_lib.evidence.environment_state import environment_state, prepare_environment
from tutorial_lib.evidence.plain_values import is_plain
from tutorial_lib.learning.collector import Collector
from tutorial_lib.memory.replay import ReplayBuffer


class Kind(NamedTuple):
    """What makes a part of this kind, and how it is saved and loaded."""

    fits: Callable  # part -> bool
    state: Callable  # name, part -> plain value
    prepare: (
        Callable  # name, part, plain value -> the function that restores it; ValueError if it does not fit
    )


def describe(name, part):
    """One part as the plain value {"kind", "value"}.

    Raises:
      TypeError: a part that cannot be saved, named.
      ValueError: a part that has no variables yet.
    """
    kind = _kind(part)
    return {"kind": kind, "value": part if kind == "value" else KINDS[kind].state(name, part)}


def prepare(name, part, saved):
    """Checks that a saved part fits into the object given; returns the function that puts it there.

    Nothing in `saved` is trusted, as it comes from a file; what has been checked can be put back for sure.

    Raises:
      ValueError: it does not fit.
    """
    kind = _kind(part)
    there, value = fields(name, saved, kind=str, value=None)
    if kind != there:
        raise ValueError(f"{name} was saved as a {there}, and a {kind} was given to load it into")
    if kind == "value":
        raise ValueError(f"{name} is a plain value: leave it out, load_run returns it")
    return KINDS[kind].prepare(name, part, value)


def fields(name, value, /, **kinds):
    """The values of a dict that has exactly these keys, each of its kind; None stands for any.

    Raises:
      ValueError: it has not.
    """
    if type(value) is not dict or value.keys() != kinds.keys():
        raise ValueError(f"{name} was not saved as {' and '.join(kinds)}")
    for key, kind in kinds.items():
        if kind and type(value[key]) is not kind:
            raise ValueError(f"{key} of {name} was saved as a {type(value[key]).__name__}")
    return [value[key] for key in kinds]


def _kind(part):
    return next((name for name, kind in KINDS.items() if kind.fits(part)), "value")


def _of_type(*types):
    return lambda part: isinstance(part, types)


def _made_of_variables(fits, variables):
    """A kind whose whole state is in variables: part -> list of tf.Variable or keras.Variable."""

    def state(name, part):
        if (isinstance(part, keras.Model) and not part.built) or not variables(part):
            raise ValueError(f"{name} has no variables yet, and nothing would be saved: build it first")
        return [np.asarray(variable.numpy()) for variable in variables(part)]

    return Kind(fits, state, lambda name, part, values: _prepare_variables(name, variables(part), values))


def _prepare_variables(name, variables, values):
    ours = [_form(tf.as_dtype(v.dtype).as_numpy_dtype, v.shape) for v in variables]
    theirs = _forms(name, values)
    if ours != theirs:
        hint = ": build it first" if len(ours) < len(theirs) else ""
        raise ValueError(f"{name} has variables of the shapes {ours}, the saved one {theirs}{hint}")

    def restore():
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    return restore


def _forms(name, arrays):
    if type(arrays) is not list or not all(type(array) is np.ndarray for array in arrays):
        raise ValueError(f"{name} was not saved as a list of arrays")
    return [_form(array.dtype, array.shape) for array in arrays]


def _form(dtype, shape):
    return f"{np.dtype(dtype)} {list(shape)}"


def _replay_state(name, replay):
    columns = [column[: len(replay)].numpy() for column in replay.columns]
    return {"num_added": int(replay.num_added), "capacity": replay.capacity, "columns": columns}


def _prepare_replay(name, replay, value):
    num_added, capacity, columns = fields(name, value, num_added=int, capacity=int, columns=list)
    filled = min(num_added, capacity)
    ours = [_form(spec.dtype.as_numpy_dtype, [filled, *spec.shape]) for spec in replay.spec]
    theirs = _forms(name, columns)
    if (capacity, theirs) != (replay.capacity, ours):
        raise ValueError(
            f"{name} was saved with {capacity} rows, those filled being {theirs}, and here has "
            f"{replay.capacity}, which would be {ours}"
        )
    if not 0 <= num_added < 2**63:
        raise ValueError(f"{name} cannot have had {num_added} rows")

    def restore():
        for column, values in zip(replay.columns, columns, strict=True):
            column[:filled].assign(values)
        replay.num_added.assign(num_added)

    return restore


def _prepare_generator(name, generator, state):
    kind, saved = type(generator.bit_generator), generator_from(state).bit_generator
    if type(saved) is not kind:
        raise ValueError(f"{name} draws from {kind.__name__}, the saved one from {type(saved).__name__}")
    return lambda: setattr(generator.bit_generator, "state", saved.state)


def _prepare_collector(name, collector, value):
    if type(value) is not dict:
        raise ValueError(f"{name} was not saved as a collector")
    return prepare_environment(name, collector, value)


def _members(part):
    return part if isinstance(part, dict) else dict(enumerate(part))


def _is_group(part):
    if not isinstance(part, (list, tuple, dict)) or is_plain(part):
        return False
    return any(_kind(member) != "value" for member in _members(part).values())


def _group_state(name, group):
    members = {key: describe(f"{name}[{key!r}]", member) for key, member in _members(group).items()}
    for key, member in members.items():
        if member["kind"] == "value":
            raise TypeError(f"{name}[{key!r}] is a plain value among objects: make it a part of its own")
    return members


def _prepare_group(name, group, value):
    members = _members(group)
    if type(value) is not dict or value.keys() != members.keys():
        there = list(value) if type(value) is dict else value
        raise ValueError(f"{name} has the members {list(members)}, and was saved with {there}")
    restores = [prepare(f"{name}[{key!r}]", member, value[key]) for key, member in members.items()]

    def restore():
        for each in restores:
            each()

    return restore


# The first that fits. A loop is any object whose whole state is in the variables that it names.
KINDS = {
    "model": _made_of_variables(_of_type(keras.Model), lambda part: part.variables),
    "optimizer": _made_of_variables(_of_type(keras.optimizers.Optimizer), lambda part: part.variables),
    "variable": _made_of_variables(_of_type(tf.Variable, keras.Variable), lambda part: [part]),
    "generator": _made_of_variables(_of_type(tf.random.Generator), lambda part: [part.state]),
    "NumPy generator": Kind(
        _of_type(np.random.Generator), lambda name, part: generator_state(part), _prepare_generator
    ),
    "replay": Kind(_of_type(ReplayBuffer), _replay_state, _prepare_replay),
    "collector": Kind(_of_type(Collector), environment_state, _prepare_collector),
    "loop": _made_of_variables(
        lambda part: callable(getattr(part, "saved_variables", None)), lambda part: part.saved_variables()
    ),
    "group": Kind(_is_group, _group_state, _prepare_group),
}
