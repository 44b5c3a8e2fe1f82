"""An agent as its builder makes it, and how one compiled program serves every seed of it."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf


class Agent(NamedTuple):
    """What a builder returns: the functions of one agent, over networks and optimizers that the builder made.

    Parameters after the first are named after schedules, such as epsilon or learning_rate, and receive their
    values.
    """

    policy: Callable  # (observation [N, *obs], …) -> action [N] int64 or [N, *act] float32; explores
    update: Callable  # (batch, …) -> dict of scalars; makes one gradient step
    greedy: Callable  # observation [N, *obs] -> action; for evaluation
    prepare: Callable | None = None  # Trajectory [T, N] -> named tuple of [T·N, …]; for rollouts
    networks: dict | None = None  # name -> keras.Model, for whoever wants to look into them


class Rebuilt:
    """An agent whose variables can take the first values of any seed, while its program stays compiled.

    The builder is called once for the program, and once more for each seed: what its variables then hold is
    copied into those of the program. So what a builder makes equal, such as a target network, starts equal.

    Args:
      build: (tf.random.Generator) -> Agent. Everything random in the agent draws from that generator.

    Attributes:
      agent: the Agent whose functions are compiled.
      generator: the one that it draws from.
      variables: all that the builder made, in order.

    Raises:
      TypeError: the builder returns something else.
    """

    def __init__(self, build):
        self.build = build
        self.generator = tf.random.Generator.from_seed(0, alg="philox")
        self.agent, self.variables = self._built()

    def restart(self, seed):
        """Gives every variable the value it has in an agent that was built from this seed."""
        keras.utils.set_random_seed(seed)
        self.generator.reset_from_seed(seed)
        _, fresh = self._built()
        for variable, first_value in zip(self.variables, fresh, strict=True):
            variable.assign(first_value)

    def _built(self):
        made = []

        def note(next_creator, **options):
            made.append(next_creator(**options))
            return made[-1]

        with tf.variable_creator_scope(note):
            agent = self.build(self.generator)
        if not isinstance(agent, Agent):
            raise TypeError(f"the builder must return an Agent(policy, update, greedy), got {agent!r}")
        return agent, made
