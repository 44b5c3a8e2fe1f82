"""From an update rule to one compiled program: store, learn many times, act, in a single call."""

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.packing import PackedFunction


def fuse(update, replay, *, batch_size, updates_per_call, act=None, jit_compile=True):
    """Compiles K rounds of sampling and updating into one call, which costs little more than one update.

    A call into TensorFlow costs a tenth of a millisecond whatever is in it, several times as much as an
    update of a small network. So the calls are saved, not the arithmetic.

    Args:
      update: batch [batch_size, …] -> dict of scalars, such as the loss; applies one gradient step.
      replay: has `write(batch)` and `sample(batch_size)`, such as ReplayBuffer.
      batch_size: rows of one update.
      updates_per_call: K ≥ 1.
      act: (observation [N, *obs], epsilon) -> action [N]; only for `step`, below.
      jit_compile: with XLA, which pays for small networks.

    Returns:
      learn() -> the scalars of `update`, each averaged over the K updates. It also has
        learn.step(transition, observation, epsilon) -> (action [N], scalars): stores the transition, learns,
          and acts with the network just improved, all in one call.
        learn.num_traces(): how often it was compiled; stays put after the first call.

    Raises:
      ValueError: batch_size or updates_per_call < 1; on a call, an empty replay.
      TypeError: on the first call, an update that returns no dict.
    """
    for name, value in (("batch_size", batch_size), ("updates_per_call", updates_per_call)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    return _Learner(update, replay, batch_size, updates_per_call, act, jit_compile)


class _Learner:
    def __init__(self, update, replay, batch_size, updates_per_call, act, jit_compile):
        self.update, self.replay, self.act = update, replay, act
        self.batch_size, self.updates_per_call = batch_size, updates_per_call
        self.ready = False
        self._learn = tf.function(self._updates, jit_compile=jit_compile, autograph=False)
        self._step = PackedFunction(self._store_learn_act, jit_compile)

    def __call__(self):
        self._check_ready()
        return self._learn()

    def step(self, transition, observation, epsilon):
        if self.act is None:
            raise ValueError("`step` chooses actions: give fuse the function that does, act=…")
        rows = self.replay.checked(transition)
        self.ready = self.ready or len(rows[0]) > 0
        self._check_ready()
        seen = self.replay.spec[0]
        observation = np.asarray(observation, seen.dtype.as_numpy_dtype)
        if observation.shape[1:] != tuple(seen.shape):
            raise ValueError(f"observations of shape {tuple(seen.shape)} expected, got {observation.shape}")
        return self._step(*rows, observation, np.float32(epsilon))

    def num_traces(self):
        return self._learn.experimental_get_tracing_count() + len(self._step.programs)

    def _check_ready(self):
        if not self.ready and len(self.replay) == 0:
            raise ValueError("the replay is empty: add some transitions before learning")
        self.ready = True

    def _store_learn_act(self, *inputs):
        *rows, observation, epsilon = inputs
        self.replay.write(type(self.replay.spec)(*rows))
        scalars = self._updates()
        return self.act(observation, epsilon), scalars

    def _updates(self):
        one_update = tf.function(self._one_update, autograph=False).get_concrete_function()  # traced once

        def add_one(k, total):
            scalars = one_update()
            return k + 1, {name: total[name] + scalars[name] for name in total}

        total = {name: tf.constant(0.0) for name in one_update.structured_outputs}
        _, total = tf.while_loop(lambda k, _: k < self.updates_per_call, add_one, (0, total))
        return {name: value / self.updates_per_call for name, value in total.items()}

    def _one_update(self):
        scalars = self.update(self.replay.sample(self.batch_size))
        if not isinstance(scalars, dict) or not scalars:
            raise TypeError(
                f'the update must return a dict of scalars, such as {{"loss": loss}}, got {scalars!r}'
            )
        return {name: tf.cast(value, tf.float32) for name, value in scalars.items()}
