"""Learning from rollouts: what the present policy just did is passed over some times, and forgotten."""

import tensorflow as tf

from tutorial_lib.learning.loop import Loop, check_counts
from tutorial_lib.learning.repeating import repeat
from tutorial_lib.learning.rounds import checked, num_rows


def on_policy_loop(
    build, world, *, num_envs, num_steps, num_epochs=1, minibatch_size=None, gamma=0.99, schedules=None
):
    """A loop that learns from what the present policy just did, and then forgets it, as PPO does.

    Args:
      build, world, num_envs, gamma, schedules: as for `off_policy_loop`; the Agent needs `prepare`.
      num_steps: T, of every environment in a rollout; None rolls out a whole episode of each.
      num_epochs: passes over a rollout.
      minibatch_size: rows of an update, a divisor of T·N; None takes the whole rollout.

    Returns:
      A Loop.

    Raises:
      As for `off_policy_loop`.
    """
    optional = {"num_steps": num_steps, "minibatch_size": minibatch_size}
    check_counts(
        num_envs=num_envs, num_epochs=num_epochs, **{name: x for name, x in optional.items() if x is not None}
    )

    def learner(update, agent, generator, spec):
        if agent.prepare is None:
            raise TypeError("learning from rollouts needs an Agent(…, prepare=Trajectory -> batch)")
        options = dict(num_steps=num_steps, num_epochs=num_epochs, minibatch_size=minibatch_size)
        return FromRollouts(update, agent.prepare, generator, **options)

    return Loop(build, world, learner, num_envs, gamma, schedules)


class FromRollouts:
    """Passes over one rollout some times, in minibatches, and forgets it.

    Args:
      update: (batch of rows, step) -> dict of scalars.
      prepare: Trajectory [T, N] -> named tuple of [T·N, …]; before the first update, so that values and
        log-probabilities belong to the policy that acted.
      generator: tf.random.Generator that shuffles.
      num_steps: T, of every environment; None rolls out whole episodes.
      num_epochs: passes.
      minibatch_size: rows of an update; None takes all of them at once, in their order.
    """

    variables = ()

    def __init__(self, update, prepare, generator, *, num_steps, num_epochs, minibatch_size):
        self.update, self.prepare, self.generator = checked(update), prepare, generator
        self.num_steps, self.num_epochs, self.minibatch_size = num_steps, num_epochs, minibatch_size

    def learn(self, trajectory, step):
        """In a compiled function: Trajectory [T, N] -> metrics [K], and whether there were updates."""
        batch = self.prepare(trajectory)
        rows = self._minibatches(num_rows("what `prepare` returns", batch))  # [K, M], or None

        def one_update(carry):
            k, step = carry
            part = batch if rows is None else tf.nest.map_structure(lambda x: tf.gather(x, rows[k]), batch)
            return (k + 1, step), self.update(part, step)

        times = self.num_epochs if rows is None else rows.shape[0]
        _, metrics = repeat(one_update, (tf.constant(0, tf.int64), step), times)
        return metrics, tf.constant(True)

    def _minibatches(self, batch_size):
        """The rows of every minibatch, [K, M] int64, in each epoch in a fresh order."""
        size = self.minibatch_size or batch_size
        if batch_size % size:
            divisors = [d for d in range(2, batch_size + 1) if batch_size % d == 0]
            raise ValueError(
                f"minibatch_size={size} does not divide the rollout of {batch_size} steps, so that some "
                f"would be left out; sizes that do: {', '.join(map(str, divisors))}"
            )
        if size == batch_size:
            return None
        order = tf.argsort(self.generator.uniform([self.num_epochs, batch_size]), axis=-1)
        return tf.cast(tf.reshape(order, [-1, size]), tf.int64)
