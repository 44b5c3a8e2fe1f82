"""Storing, learning and acting, fused into one compiled call."""

from collections import deque

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.packing import PackedFunction
from tutorial_lib.learning.repeating import repeat
from tutorial_lib.learning.rounds import checked, giving_back
from tutorial_lib.learning.safeguard import diverged


def fuse(update, replay, *, batch_size, updates_per_call, act=None, jit_compile=True):
    """Compiles K updates into one call, and storing and acting with them.

    One update of a small network costs some 100 µs, and calling a compiled function from Python costs as much
    again: K updates per call pay it once, and XLA fuses the small operations, which doubles the speed.

    Args:
      update: batch [batch_size, …] -> dict of scalars, such as the loss; applies one gradient step. For a
        PrioritizedReplayBuffer it also returns "priority" [batch_size].
      replay: a ReplayBuffer, or what has its functions.
      batch_size: rows of one update.
      updates_per_call: K ≥ 1.
      act: (observation [N, *obs], epsilon) -> action [N]; only for `step`, below.
      jit_compile: with XLA, which pays for small networks.

    Returns:
      learn() -> dict of floats: the scalars of `update`, each averaged over the K updates. It also has
        learn.step(transition, observation, epsilon) -> (action [N], dict of floats): three in one call,
          replay.add(transition), learn() and act(observation, epsilon). A transition has up to N rows, of
          those environments that were not only reset; one program serves any number of them.
        learn.num_updates and learn.num_traces(): updates made so far; how often something was compiled,
          which stays put after the first calls.

    Raises:
      ValueError: batch_size or updates_per_call < 1; on a call, an empty replay, or a metric that is no
        scalar.
      TypeError: on the first call, an update that returns no dict.
      TrainingDiverged: on a call, a metric became NaN or infinite; says at which update and why that happens,
        and puts every variable of the update back to its last good value. The transition stays stored.
    """
    for name, value in (("batch_size", batch_size), ("updates_per_call", updates_per_call)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    return _Learner(update, replay, batch_size, updates_per_call, act, jit_compile)


class _Learner:
    """The function that `fuse` returns."""

    def __init__(self, update, replay, batch_size, updates_per_call, act, jit_compile):
        self.update, self.replay, self.act = checked(giving_back(update, replay)), replay, act
        self.batch_size, self.updates_per_call = batch_size, updates_per_call
        self.num_updates, self.variables = 0, []
        self.before = deque(maxlen=2)  # of the last calls: the updates made until then, the variables' values
        self._learn = PackedFunction(self._updates, jit_compile, self._reading_first)
        self._step = PackedFunction(self._store_learn_act, jit_compile, self._reading_first)

    def __call__(self):
        self._check_not_empty()
        return self._means(*self._learn())

    def step(self, transition, observation, epsilon):
        if self.act is None:
            raise ValueError("`step` chooses actions: give fuse the function that does, act=…")
        rows = self.replay.checked(transition)
        count = len(rows[0])
        if count == 0:
            self._check_not_empty()
        seen = self.replay.spec[0]
        observation = np.asarray(observation, seen.dtype.as_numpy_dtype)
        if observation.shape[1:] != tuple(seen.shape):
            raise ValueError(f"observations of shape {tuple(seen.shape)} expected, got {observation.shape}")
        size = max(count, min(len(observation), self.replay.capacity))
        rows = [_padded(column, size) for column in rows]
        inputs = (*rows, np.int64(count), observation, np.float32(epsilon))
        (action, metrics), before = self._step(*inputs)
        return action, self._means(metrics, before)

    def num_traces(self):
        return len(self._learn.programs) + len(self._step.programs)

    def _check_not_empty(self):
        if len(self.replay) == 0:
            raise ValueError("the replay is empty: add some transitions before learning")

    def _store_learn_act(self, *inputs):
        *rows, count, observation, epsilon = inputs
        self.replay.write(type(self.replay.spec)(*rows), count)
        metrics = self._updates()
        return self.act(observation, epsilon), metrics

    def _updates(self):
        one_update = lambda _: ((), self.update(self.replay.sample(self.batch_size)))  # noqa: E731
        return repeat(one_update, (), self.updates_per_call)[1]

    def _reading_first(self, program):
        """A traced program -> the same, which also returns the values that the variables had before.

        To read them costs little, as nothing is copied before it is written over; and what is read is right
        also where weights were loaded since the last call. The replay's variables are left alone.
        """
        sample = tf.function(lambda: self.replay.sample(self.batch_size), autograph=False)
        kept = {id(variable) for variable in sample.get_concrete_function().variables}
        self.variables = variables = [v for v in program.variables if id(v) not in kept]

        def call(packed):
            before = [variable.read_value() for variable in variables]
            return program(packed), before

        return tf.function(call, autograph=False).get_concrete_function(tf.TensorSpec([None], tf.uint8))

    def _means(self, metrics, before):
        """Counts the updates of a call, and returns the means of their metrics.

        Raises:
          TrainingDiverged: one of them is NaN or infinite.
        """
        metrics = {name: values.numpy() for name, values in metrics.items()}  # [K]
        self.before.append((self.num_updates, before))
        finite = np.isfinite(np.stack(list(metrics.values()))).all(axis=0)  # [K]
        if not finite.all():
            raise self._taken_back(int(np.argmin(finite)), metrics)
        self.num_updates += len(finite)
        return {name: float(values.mean()) for name, values in metrics.items()}

    def _taken_back(self, first, metrics):
        """Puts the last good values back, and returns the error that says so."""
        at = self.num_updates + first + 1
        good = [pair for pair in self.before if _finite(pair[1])]
        causes = None if good else "the weights held NaN or infinity before: build them anew, or load others"
        self.num_updates, values = (good or self.before)[-1]
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
        seen = {name: values[first] for name, values in metrics.items()}
        return diverged("update", at, seen, self.num_updates, causes)


def _finite(values):
    return all(np.isfinite(value).all() for value in values if value.dtype.is_floating)


def _padded(column, size):
    """[B, …] with zeros up to [size, …]."""
    missing = size - len(column)
    return np.pad(column, [(0, missing)] + [(0, 0)] * (column.ndim - 1)) if missing else column
