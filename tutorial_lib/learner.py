"""From an update rule to one compiled program: store, learn many times, act, in a single call."""

import contextlib
import math
import signal
import threading

import numpy as np
import tensorflow as tf


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
        self.act_spec = (replay.spec[0], tf.TensorSpec([], tf.float32))  # observation, ε
        self._learn = tf.function(self._updates, jit_compile=jit_compile)
        self.jit_compile = jit_compile
        self.programs = {}

    def __call__(self):
        self._check_ready()
        return self._learn()

    def step(self, transition, observation, epsilon):
        if self.act is None:
            raise ValueError("`step` chooses actions: give fuse the function that does, act=…")
        rows = self.replay.checked(transition)
        self.ready = self.ready or len(rows[0]) > 0
        self._check_ready()
        observation = np.asarray(observation, self.act_spec[0].dtype.as_numpy_dtype)
        if observation.shape[1:] != tuple(self.act_spec[0].shape):
            raise ValueError(
                f"observations of shape {tuple(self.act_spec[0].shape)} expected, got {observation.shape}"
            )
        packed = pack([*rows, observation, np.float32([epsilon])])
        sizes = len(rows[0]), len(observation)
        if sizes not in self.programs:
            self.programs[sizes] = self._program(packed, *sizes)
        return self.programs[sizes](packed)  # the traced program itself: looking it up costs 0.2 ms

    def num_traces(self):
        return self._learn.experimental_get_tracing_count() + len(self.programs)

    def _check_ready(self):
        if not self.ready and len(self.replay) == 0:
            raise ValueError("the replay is empty: add some transitions before learning")
        self.ready = True

    def _program(self, packed, num_rows, num_envs):
        """Store, learn, act, compiled for so many rows to store and so many environments to act in."""
        lengths = [num_rows] * len(self.replay.spec) + [num_envs, 1]

        def store_learn_act(packed):
            *rows, observation, epsilon = unpack(packed, (*self.replay.spec, *self.act_spec), lengths)
            self.replay.write(type(self.replay.spec)(*rows))
            scalars = self._updates()
            return self.act(observation, epsilon[0]), scalars

        return tf.function(store_learn_act, jit_compile=self.jit_compile).get_concrete_function(packed)

    def _updates(self):
        one_update = tf.function(self._one_update).get_concrete_function()  # traced once for all K
        total = dict.fromkeys(one_update.structured_outputs, 0.0)
        for _ in tf.range(self.updates_per_call):
            scalars = one_update()
            total = {name: total[name] + scalars[name] for name in total}
        return {name: value / self.updates_per_call for name, value in total.items()}

    def _one_update(self):
        scalars = self.update(self.replay.sample(self.batch_size))
        if not isinstance(scalars, dict) or not scalars:
            raise TypeError(
                f'the update must return a dict of scalars, such as {{"loss": loss}}, got {scalars!r}'
            )
        return {name: tf.cast(value, tf.float32) for name, value in scalars.items()}


def polyak_update(online, target, rate):
    """θ⁻ ← (1 − τ) θ⁻ + τ θ, with rate τ in (0, 1]: a soft update (Lillicrap et al., 2016).

    Raises:
      ValueError: rate outside (0, 1], or networks of different shapes.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"rate must be in (0, 1], got {rate}")
    shapes = [[tuple(variable.shape) for variable in network.variables] for network in (online, target)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"both networks need variables of the same shapes, got {shapes[0]} and {shapes[1]}")
    for source, variable in zip(online.variables, target.variables, strict=True):
        variable.assign(source if rate == 1 else variable + rate * (source - variable))


def hard_update(online, target):
    """θ⁻ ← θ: the target network becomes a copy (Mnih et al., 2015)."""
    polyak_update(online, target, 1)


@contextlib.contextmanager
def stop_button():
    """Turns the interrupt button into a question that a training loop asks between two steps.

        with stop_button() as stopped:
            while not stopped():

    The step that was going on is finished, so that agent, replay and environments agree and the cell can go
    on when it is run again. A second interrupt stops at once, as usual.
    """
    pressed = []

    def press(signum, frame):
        if pressed:
            signal.default_int_handler(signum, frame)
        pressed.append(True)

    if threading.current_thread() is not threading.main_thread():  # only the main thread hears the button
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def pack(columns):
    """Arrays [B, …] of any types and lengths -> one tensor of all their bytes, one array after the other.

    Every array handed to TensorFlow costs some 20 µs, or 70 as an argument of a call, however small it is.
    """
    return tf.constant(np.frombuffer(b"".join(column.tobytes() for column in columns), np.uint8))


def unpack(packed, specs, lengths):
    """The columns that `pack` was given, inside a compiled function; specs are without the batch axis."""
    columns, start = [], 0
    for spec, length in zip(specs, lengths, strict=True):
        size = length * math.prod(spec.shape) * spec.dtype.size
        piece, start = packed[start : start + size], start + size
        if spec.dtype.size > 1:
            piece = tf.bitcast(tf.reshape(piece, [-1, spec.dtype.size]), spec.dtype)
        columns.append(tf.reshape(piece, [length, *spec.shape]))
    return columns
