"""Learning from fresh experience: many passes over one rollout, in one compiled call."""

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.packing import PackedFunction
from tutorial_lib.learning.safeguard import TrainingDiverged


def fuse_epochs(update, *, prepare, generator, num_epochs, minibatch_size, jit_compile=True):
    """Compiles all that is learned from one rollout into one call.

    The call runs `prepare` once, then `num_epochs` passes over its rows, each in a fresh random order and
    in minibatches: num_epochs × B / minibatch_size updates.

    Args:
      update: (batch of `minibatch_size` rows, *numbers) -> dict of scalars; applies one gradient step.
      prepare: Trajectory [T, N] -> a named tuple (such as Rollout) of tensors [T·N, …]; it runs before the
        first update, so that values and log-probabilities belong to the policy that acted.
      generator: tf.random.Generator that shuffles.
      num_epochs: passes over the rollout.
      minibatch_size: rows of one update; it must divide T·N. Nothing is shuffled when it equals T·N.
      jit_compile: with XLA, which pays for small networks.

    Returns:
      learn(trajectory, *numbers) -> dict of float32 arrays [num_epochs, num_minibatches]. The numbers, such
      as a learning rate that falls, reach every update of the call as scalar tensors. `learn.num_updates`
      counts the updates made, and `learn.restart()` lets it count from 0 again, for another seed.

    Raises:
      ValueError: num_epochs < 1, minibatch_size < 2, or, on the first call, one that does not divide T·N.
      TrainingDiverged: a scalar that `update` returned is NaN or infinite; says at which update and why that
        happens, and puts every variable back to its last good copy, which is at most 16 calls old.
    """
    if num_epochs < 1:
        raise ValueError(f"num_epochs must be at least 1, got {num_epochs}")
    if minibatch_size < 2:
        raise ValueError(
            f"minibatch_size must be at least 2, got {minibatch_size}: the advantage of a single step cannot "
            "be normalised, because its standard deviation is 0"
        )
    return _Learner(update, prepare, generator, num_epochs, minibatch_size, jit_compile)


class _Learner:
    """The function that `fuse_epochs` returns."""

    copy_period = 16  # calls between two copies of the variables

    def __init__(self, update, prepare, generator, num_epochs, minibatch_size, jit_compile):
        self.update, self.prepare, self.generator = update, prepare, generator
        self.num_epochs, self.minibatch_size = num_epochs, minibatch_size
        self.run = PackedFunction(self._run, jit_compile)
        self.copies, self.copied_at, self.read = [], 0, None
        self.restart()

    def restart(self):
        """Counts from 0 again, for a run that begins anew in the same program."""
        self.num_calls, self.num_updates = 0, 0

    def __call__(self, trajectory, *numbers):
        if hasattr(trajectory, "mask") and not np.all(trajectory.mask):
            raise ValueError(
                "the rollout holds rows that are not real steps (mask 0); collect it from an environment "
                "that resets within the step, such as make_vec_env makes"
            )
        self.structure = trajectory
        arrays = [*map(np.asarray, tf.nest.flatten(trajectory)), *map(np.float32, numbers)]
        if self.num_calls % self.copy_period == 0:
            self._copy(self.run.program(*arrays).variables)
        metrics = {name: x.numpy() for name, x in self.run(*arrays).items()}
        values = np.stack(list(metrics.values()))  # [metrics, K]
        if not np.isfinite(values).all():
            self._stop(list(metrics), values)
        self.num_calls += 1
        self.num_updates += values.shape[1]
        return {name: x.reshape(self.num_epochs, -1) for name, x in metrics.items()}

    def _run(self, *inputs):
        columns = len(tf.nest.flatten(self.structure))
        trajectory, numbers = tf.nest.pack_sequence_as(self.structure, inputs[:columns]), inputs[columns:]
        batch = self.prepare(trajectory)
        rows = self._minibatches(batch[0].shape[0])  # [K, M]
        take = lambda i: type(batch)(*(tf.gather(column, i) for column in batch))  # noqa: E731
        if self.minibatch_size == batch[0].shape[0]:
            take = lambda _: batch  # noqa: E731
        update = tf.function(self.update, autograph=False)  # traced once for all K
        metrics = update.get_concrete_function(take(rows[0]), *numbers).structured_outputs
        signature = tf.nest.map_structure(tf.type_spec_from_value, metrics)
        return tf.map_fn(
            lambda i: update(take(i), *numbers), rows, parallel_iterations=1, fn_output_signature=signature
        )

    def _minibatches(self, batch_size):
        """The rows of every minibatch: [K, minibatch_size] int64."""
        if batch_size % self.minibatch_size:
            divisors = [d for d in range(2, batch_size + 1) if batch_size % d == 0]
            raise ValueError(
                f"minibatch_size={self.minibatch_size} does not divide the batch of {batch_size} steps, so "
                f"that some would be left out; sizes that do: {', '.join(map(str, divisors))}"
            )
        if self.minibatch_size == batch_size:
            return tf.tile(tf.range(batch_size, dtype=tf.int64)[None], [self.num_epochs, 1])
        order = tf.argsort(self.generator.uniform([self.num_epochs, batch_size]), axis=-1)
        return tf.cast(tf.reshape(order, [-1, self.minibatch_size]), tf.int64)

    def _copy(self, variables):
        """Keeps the variables' values, on their device, unless one of them is NaN or infinite."""
        if self.read is None:
            self.variables, self.read = variables, _reader(variables)
        values, finite = self.read()
        if finite:
            self.copies, self.copied_at = values, self.num_updates

    def _stop(self, names, values):
        for variable, value in zip(self.variables, self.copies, strict=True):
            variable.assign(value)
        where = int(np.argmin(np.isfinite(values).all(axis=0)))
        seen = ", ".join(f"{name} {x:.3g}" for name, x in zip(names, values[:, where], strict=True))
        raise TrainingDiverged(
            f"training diverged at update {self.num_updates + where + 1} ({seen}); every variable was put "
            f"back to where it was after update {self.copied_at}. Likely causes: a learning rate that is too "
            "high; rewards or observations that are NaN or huge; gradients not clipped; a log or a division "
            "of 0"
        )


def _reader(variables):
    """A compiled function () -> the variables' values, and whether all of them are finite."""

    @tf.function(autograph=False)
    def read():
        values = [tf.identity(variable) for variable in variables]
        finite = [tf.reduce_all(tf.math.is_finite(x)) for x in values if x.dtype.is_floating]
        return values, tf.reduce_all(finite)

    return read
