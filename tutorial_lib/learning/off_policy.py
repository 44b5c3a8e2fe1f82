"""Learning from a replay: every step is kept, and what is learned from is drawn from all of them."""

import tensorflow as tf

from tutorial_lib.learning.loop import Loop, check_counts
from tutorial_lib.learning.repeating import repeat
from tutorial_lib.learning.rounds import checked, flatten_time, giving_back
from tutorial_lib.memory.n_step import NStepWindow
from tutorial_lib.memory.replay import ReplayBuffer
from tutorial_lib.types import Transition


def off_policy_loop(
    build, world, *, num_envs, batch_size, capacity, num_steps=1, num_updates=1, learning_starts=1,
    gamma=0.99, schedules=None, n_step=1, memory=ReplayBuffer, jit_compile=True,
):  # fmt: skip
    """A loop that stores every step in a replay and learns from draws of it, as DQN does.

    Args:
      build: (tf.random.Generator) -> Agent.
      world: of tensors, such as CartPole(): the whole loop becomes one program; or a Gymnasium id, or a
        function that makes an environment: it is stepped by Python, with the same agent and results.
      num_envs: environments stepped side by side.
      batch_size: rows of an update.
      capacity: rows of the replay.
      num_steps: of every environment between two rounds of learning.
      num_updates: gradient updates of a round.
      learning_starts: environment steps before the first update.
      gamma: γ in [0, 1].
      schedules: {name: step -> number}, for the parameters of policy and update that have these names.
      n_step: n, the rewards that a stored transition sums up; see `n_step_transitions`.
      memory: (capacity, spec, generator) -> replay, such as `partial(PrioritizedReplayBuffer, alpha=0.6)`.
        A FrameReplay is given its `num_envs` and its own `n_step` there, and n_step stays 1 here.
      jit_compile: with XLA; False leaves TensorFlow's graph as it is, whose convolutions are twice as fast
        on a CPU. For worlds stepped by Python only.

    Returns:
      A Loop.

    Raises:
      ValueError: a count < 1, a capacity below one round, γ outside [0, 1], schedules that do not match the
        parameters, a world whose functions disagree, actions outside its space, or an unknown world.
      TypeError: a builder that returns no Agent; when it is compiled, an update that returns no dict.
    """
    counts = dict(num_envs=num_envs, batch_size=batch_size, num_steps=num_steps, num_updates=num_updates)
    check_counts(**counts, capacity=capacity, n_step=n_step)
    if capacity < num_envs * num_steps:
        raise ValueError(f"capacity={capacity} is less than the {num_envs * num_steps} steps of one round")

    def learner(update, agent, generator, spec):
        options = dict(num_steps=num_steps, num_updates=num_updates, batch_size=batch_size)
        window = NStepWindow(n_step, num_envs, spec) if n_step > 1 else None
        replay = memory(capacity, spec, generator)
        if window and hasattr(replay, "write_steps"):
            raise ValueError("this replay makes the n-step rows itself: give it n_step, and leave it 1 here")
        return FromReplay(update, replay, learning_starts=learning_starts, window=window, **options)

    return Loop(build, world, learner, num_envs, gamma, schedules, jit_compile)


class FromReplay:
    """Stores every step, and learns from what it draws of them all (Lin, 1992).

    Args:
      update: (batch of `batch_size` rows, step) -> dict of scalars.
      replay: written to and drawn from.
      num_steps: of every environment between two rounds of learning.
      num_updates: gradient updates of a round.
      batch_size: rows of an update.
      learning_starts: environment steps before the first update.
      window: an NStepWindow through which steps go into the replay; None stores them as they are.
    """

    def __init__(self, update, replay, *, num_steps, num_updates, batch_size, learning_starts, window=None):
        self.update, self.replay, self.window = checked(giving_back(update, replay)), replay, window
        self.num_steps, self.num_updates, self.batch_size = num_steps, num_updates, batch_size
        self.learning_starts = max(learning_starts, 1)
        self.variables = [*replay.variables, *(window.variables if window else [])]

    def learn(self, trajectory, step):
        """In a compiled function: Trajectory [T, N] -> metrics [K], and whether there were updates."""
        self._store(trajectory)
        ready = (step >= self.learning_starts) & self.replay.ready
        one_update = lambda step: (step, self.update(self.replay.sample(self.batch_size), step))  # noqa: E731
        times = tf.where(ready, tf.constant(self.num_updates, tf.int64), 0)
        _, metrics = repeat(one_update, step, times, size=self.num_updates)
        return metrics, ready

    def _store(self, trajectory):
        if hasattr(self.replay, "write_steps"):  # it wants to know what followed what
            self.replay.write_steps(trajectory)
            return
        rows, count = Transition(*(getattr(trajectory, name) for name in Transition._fields)), None
        if self.window:
            rows, num_steps = self.window.add(trajectory)
            count = num_steps * rows.reward.shape[1]
        self.replay.write(flatten_time(rows), count)
