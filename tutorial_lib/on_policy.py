"""Learning from fresh experience: many passes over one rollout, in one compiled call."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tutorial_lib.types import Array


class Rollout(NamedTuple):
    """What a policy-gradient update needs to know about B steps, in any order."""

    observation: Array  # [B, *obs]  s
    action: Array  # [B] int64 (or [B, *act] float32)  a
    log_prob: Array  # [B]  log π(a|s) when the step was taken
    advantage: Array  # [B]  Â
    value: Array  # [B]  V(s) when the step was taken
    value_target: Array  # [B]  Â + V(s)


class TrainingDiverged(FloatingPointError):
    """The loss or a weight became NaN or infinite; the weights are back to the last good ones."""


def flatten_time(tree):
    """Merges the time and environment axes of every tensor of a structure: [T, N, …] -> [T·N, …]."""
    return tf.nest.map_structure(lambda x: tf.reshape(x, [-1, *x.shape[2:]]), tree)


def fuse_epochs(update, *, prepare, generator, num_epochs, minibatch_size, jit_compile=True):
    """Compiles all that is learned from one rollout into one call.

    The call runs `prepare` once, then `num_epochs` passes over its rows, each in a fresh random order and
    in minibatches: num_epochs × B / minibatch_size updates. Weights are checked after every call.

    Args:
      update: batch of `minibatch_size` rows -> dict of scalars; applies one gradient step. A NaN in any
        of the scalars stops training.
      prepare: Trajectory [T, N] -> a named tuple (such as Rollout) of tensors [T·N, …]; it runs before the
        first update, so that values and log-probabilities belong to the policy that acted.
      generator: tf.random.Generator that shuffles.
      num_epochs: passes over the rollout.
      minibatch_size: rows of one update; it must divide T·N. No shuffling is needed when it equals T·N.
      jit_compile: with XLA, which pays for small networks.

    Returns:
      learn(trajectory) -> dict of float32 arrays [num_epochs, num_minibatches], with `learn.num_updates`,
      the updates made so far.

    Raises:
      ValueError: num_epochs < 1, minibatch_size < 2, or, on the first call, one that does not divide T·N.
      TrainingDiverged: a scalar or a weight is not finite; says at which update and why that happens.
    """
    if num_epochs < 1:
        raise ValueError(f"num_epochs must be at least 1, got {num_epochs}")
    if minibatch_size < 2:
        raise ValueError(
            f"minibatch_size must be at least 2, got {minibatch_size}: the advantages of a single step cannot "
            "be normalised, their standard deviation is 0"
        )
    step = tf.function(update)

    @tf.function(jit_compile=jit_compile)
    def run(trajectory):
        batch = prepare(trajectory)
        rows = _minibatches(batch[0].shape[0], num_epochs, minibatch_size, generator)  # [K, M]
        take = lambda i: type(batch)(*(tf.gather(column, i) for column in batch))  # noqa: E731
        if rows.shape[1] == batch[0].shape[0]:
            take = lambda _: batch  # noqa: E731
        metrics = step.get_concrete_function(*_specs(batch, minibatch_size)).structured_outputs
        return tf.map_fn(
            lambda i: step(take(i)),
            rows,
            parallel_iterations=1,
            fn_output_signature=tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), metrics),
        )

    return _Learner(run, num_epochs)


def _specs(batch, minibatch_size):
    return (type(batch)(*(tf.TensorSpec([minibatch_size, *x.shape[1:]], x.dtype) for x in batch)),)


def _minibatches(batch_size, num_epochs, minibatch_size, generator):
    """The rows of every minibatch: [num_epochs · batch_size / minibatch_size, minibatch_size] int64."""
    if minibatch_size > batch_size or batch_size % minibatch_size:
        divisors = [d for d in range(2, batch_size + 1) if batch_size % d == 0]
        raise ValueError(
            f"minibatch_size={minibatch_size} does not divide the batch of {batch_size} steps, so that some "
            f"would be left out; sizes that do: {', '.join(map(str, divisors))}"
        )
    if minibatch_size == batch_size:
        return tf.tile(tf.range(batch_size, dtype=tf.int64)[None], [num_epochs, 1])
    order = tf.argsort(generator.uniform([num_epochs, batch_size]), axis=-1)
    return tf.cast(tf.reshape(order, [-1, minibatch_size]), tf.int64)


class _Learner:
    """The function that `fuse_epochs` returns: one compiled call, watched for NaN."""

    def __init__(self, run, num_epochs):
        self.run, self.num_epochs, self.num_updates = run, num_epochs, 0
        self.keep = None

    def __call__(self, trajectory):
        if hasattr(trajectory, "mask") and not np.all(trajectory.mask):
            raise ValueError(
                "the rollout holds rows that are not real steps (mask 0); collect it from an environment "
                "that resets within the step, such as make_vec_env makes"
            )
        trajectory = tf.nest.map_structure(tf.convert_to_tensor, trajectory)
        if self.keep is None:
            variables = self.run.get_concrete_function(trajectory).variables
            self.keep, self.restore, self.finite = _keeper(variables)
        self.keep()
        metrics = {name: x.numpy() for name, x in self.run(trajectory).items()}
        self._check(metrics)
        count = next(iter(metrics.values())).shape[0]
        self.num_updates += count
        return {name: x.reshape(self.num_epochs, count // self.num_epochs) for name, x in metrics.items()}

    def _check(self, metrics):
        bad = ~np.isfinite(np.stack(list(metrics.values()))).all(axis=0)  # [K]
        if not bad.any() and self.finite():
            return
        self.restore()
        where = int(bad.argmax()) if bad.any() else len(bad) - 1
        seen = ", ".join(f"{name} {x[where]:.3g}" for name, x in metrics.items())
        raise TrainingDiverged(
            f"training diverged at update {self.num_updates + where + 1} ({seen}); the weights were put back to "
            f"those after update {self.num_updates}. Likely causes: a learning rate that is too high; rewards or "
            "observations that are huge or NaN; gradients that are not clipped; a logarithm or a division of 0"
        )


def _keeper(variables):
    """Functions that copy variables aside, put them back, and tell whether all are finite."""
    copies = [tf.Variable(variable) for variable in variables]
    floats = [variable for variable in variables if variable.dtype.is_floating]

    @tf.function
    def keep():
        for copy, variable in zip(copies, variables, strict=True):
            copy.assign(variable)

    @tf.function
    def restore():
        for copy, variable in zip(copies, variables, strict=True):
            variable.assign(copy)

    @tf.function
    def finite():
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable)) for variable in floats])

    return keep, restore, finite
