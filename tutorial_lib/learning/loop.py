"""A loop trains an agent: any seed of it, with one compiled program."""

import contextlib
import time
from types import SimpleNamespace

import numpy as np

from tutorial_lib.learning.agent import Rebuilt
from tutorial_lib.learning.interrupt import stop_button
from tutorial_lib.learning.policies import compiled_policy
from tutorial_lib.learning.run import Record
from tutorial_lib.learning.schedules import Schedules
from tutorial_lib.learning.step_by_step import StepByStep
from tutorial_lib.learning.whole_loop import WholeLoop
from tutorial_lib.memory.replay import transition_spec
from tutorial_lib.watching.progress import Progress
from tutorial_lib.worlds.envs import make_vec_env

CHUNK_SECONDS = 0.1  # of one call, so that the page moves and the stop button is heard


class Loop:
    """Trains any seed of one agent in one world; made by `off_policy_loop` or `on_policy_loop`.

    Attributes:
      agent: the Agent; its networks hold the weights of the seed that ran last.
      greedy: its greedy policy, compiled: observation [N, *obs] -> action.
      world: as it was given.
      start_seconds: what making and compiling the program took, once it has run.
    """

    def __init__(self, build, world, make_learner, num_envs, gamma, schedules):
        if not 0 <= gamma <= 1:
            raise ValueError(f"gamma must be in [0, 1], got {gamma}")
        begun = time.perf_counter()
        self.world, self.rebuilt = world, Rebuilt(build)
        self.agent, generator = self.rebuilt.agent, self.rebuilt.generator
        schedules = Schedules(schedules, self.agent.policy, self.agent.update)
        policy, update = schedules.bind(self.agent.policy), schedules.bind(self.agent.update)
        kind, world, spaces = _program_for(world, num_envs)
        learner = make_learner(update, self.agent, generator, transition_spec(spaces))
        self.program = kind(world, num_envs, gamma, policy, self.agent.greedy, learner, generator)
        self.greedy = compiled_policy(self.agent.greedy)
        self.record, self.count = None, 1
        self.start_seconds = time.perf_counter() - begun

    @property
    def num_steps(self):
        """Environment steps taken so far."""
        return self.record.num_steps if self.record else 0

    def run(self, num_steps, seed=None, *, checkpoints=0, num_episodes=50, label=None, curves=None):
        """Trains until so many environment steps have been taken.

        The interrupt button stops it between two calls of the program; without a seed it goes on from there.

        Args:
          num_steps: over all environments, counted from the start.
          seed: starts anew from this seed; None goes on.
          checkpoints: greedy evaluations, spread evenly, the last one at the end.
          num_episodes: of an evaluation.
          label: shows a progress bar of this name.
          curves: a LearningCurves in which the returns of the episodes are drawn while they come in.

        Returns:
          A Run, of all that has happened since the start.

        Raises:
          ValueError: num_steps < 1, or nothing to go on from.
          TrainingDiverged: a metric is NaN or infinite; the agent's variables are back to the last good ones.
        """
        check_counts(num_steps=num_steps, num_episodes=num_episodes)
        if seed is not None:
            self.start(seed)
        if self.record is None:
            raise ValueError("there is no run to go on from: give a seed")
        goals = sorted({round(num_steps * (k + 1) / checkpoints) for k in range(checkpoints)} | {num_steps})
        bar = Progress(num_steps, label) if label else contextlib.nullcontext()
        with stop_button() as stopped, bar, curves or contextlib.nullcontext():
            for goal in goals:
                while self.num_steps < goal and not stopped():
                    self._advance(goal)
                    self._show(bar, curves, label)
                if stopped():
                    break
                if checkpoints and self.num_steps < goal + self.program.steps_per_round:
                    self.record.add_checkpoint(self.program.evaluate(num_episodes))
        return self.record.run()

    def start(self, seed):
        """Puts everything to where it is before the first step, from a seed alone; what is compiled stays."""
        self.rebuilt.restart(seed)
        self.program.restart(seed)
        self.record = Record(seed)

    def _advance(self, goal):
        """One call of the program, on the way to `goal` steps."""
        left = -(-(goal - self.num_steps) // self.program.steps_per_round)
        count = int(np.clip(self.count, 1, min(left, self.program.most_rounds)))
        begun = time.perf_counter()
        chunk = self.program.advance(count)
        seconds = time.perf_counter() - begun
        self.record.add(chunk, seconds)
        self.count = max(1, int(count * min(CHUNK_SECONDS / seconds, 10)))

    def _show(self, bar, curves, label):
        pass


def _program_for(world, num_envs):
    """The kind of program, what it is given, and something with the spaces of the environments."""
    if hasattr(world, "transition"):
        spaces = SimpleNamespace(
            single_observation_space=world.observation_space, single_action_space=world.action_space
        )
        return WholeLoop, world, spaces
    envs = make_vec_env(world, num_envs)
    return StepByStep, world, envs


def check_counts(**counts):
    """Raises ValueError, by name, for a count that is no whole number of at least 1."""
    for name, count in counts.items():
        if not isinstance(count, (int, np.integer)) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")
