"""A loop trains an agent: any seed of it, with one compiled program."""

import contextlib
import time
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.agent import Rebuilt
from tutorial_lib.learning.interrupt import stop_button
from tutorial_lib.learning.policies import compiled_policy
from tutorial_lib.learning.run import Record
from tutorial_lib.learning.safeguard import Safeguard
from tutorial_lib.learning.schedules import Schedules
from tutorial_lib.learning.step_by_step import StepByStep
from tutorial_lib.learning.whole_loop import WholeLoop
from tutorial_lib.memory.replay import transition_spec
from tutorial_lib.watching.progress import Progress
from tutorial_lib.worlds.check import check_world
from tutorial_lib.worlds.envs import make_vec_env

CHUNK_SECONDS = 0.1  # of one call, so that the page moves and the stop button is heard


class Loop:
    """Trains any seed of one agent in one world; made by `off_policy_loop` or `on_policy_loop`.

    Attributes:
      agent: the Agent; its networks hold the weights of the seed that ran last.
      greedy: its greedy policy, compiled: observation [N, *obs] -> action.
      world: as it was given.
      program: WholeLoop or StepByStep.
      num_steps: environment steps taken since the start.
    """

    def __init__(self, build, world, make_learner, num_envs, gamma, schedules, jit_compile=True):
        if not 0 <= gamma <= 1:
            raise ValueError(f"gamma must be in [0, 1], got {gamma}")
        self.world, self.rebuilt = world, Rebuilt(build)
        self.agent, generator = self.rebuilt.agent, self.rebuilt.generator
        schedules = Schedules(schedules, self.agent.policy, self.agent.update)
        policy, update = schedules.bind(self.agent.policy), schedules.bind(self.agent.update)
        kind, spaces = _program_for(world, num_envs)
        check_actions(policy, spaces, num_envs)
        learner = make_learner(update, self.agent, generator, transition_spec(spaces))
        options = {"jit_compile": jit_compile} if kind is StepByStep else {}
        functions = policy, self.agent.greedy, learner, generator
        self.program = kind(world, num_envs, gamma, *functions, **options)
        self.greedy = compiled_policy(self.agent.greedy)
        self.safeguard = Safeguard(self.rebuilt.variables)
        self.record, self.count = None, 1

    @property
    def num_steps(self):
        return self.program.num_steps

    def run(self, num_steps, seed=None, *, checkpoints=0, num_episodes=50, label=None, watch=None):
        """Trains until so many environment steps have been taken.

        The interrupt button stops between two calls of the program; called without a seed, it then goes on.

        Args:
          num_steps: over all environments, counted from the start.
          seed: starts anew from this seed; None goes on.
          checkpoints: greedy evaluations, spread evenly, the last one at the end.
          num_episodes: of an evaluation.
          label: shows a progress bar of this name.
          watch: a picture that is redrawn while it runs, such as LearningCurves: has `show(run, label)`.

        Returns:
          A Run, of all that has happened since the start, or since it was loaded.

        Raises:
          ValueError: num_steps < 1, or no run to go on with.
          TrainingDiverged: a metric became NaN or infinite; its variables are the last good ones again.
        """
        check_counts(num_steps=num_steps, num_episodes=num_episodes)
        if seed is not None:
            self.start(seed)
        if self.num_steps == 0 and self.record is None:
            raise ValueError("there is no run to go on with: give a seed")
        if self.record is None or self.record.num_steps != self.num_steps:  # it was loaded
            self.record = Record(None, self.num_steps)
        goals = {-(-num_steps * k // checkpoints) for k in range(1, checkpoints + 1)}
        bar = Progress(num_steps, label) if label else contextlib.nullcontext()
        with stop_button() as stopped, bar, watch or contextlib.nullcontext():
            for goal in sorted(goal for goal in goals | {num_steps} if goal > self.num_steps):
                while self.num_steps < goal and not stopped():
                    self._advance(goal)
                    if label:
                        bar.update(self.num_steps - bar.bar.n)
                    if watch:
                        watch.show(self.record.run(), label or "this run")
                if goal in goals and self.num_steps >= goal:
                    self.record.add_checkpoint(self.program.evaluate(num_episodes))
        return self.record.run()

    def start(self, seed):
        """Puts everything to where it is before the first step, from a seed alone; what is compiled stays."""
        self.program.compile()
        self.rebuilt.restart(seed)
        self.program.restart(seed)
        self.record = Record(seed)

    def saved_variables(self):
        """All variables of a run: with them `save_run` and `load_run` let it go on bit for bit.

        Step by step, the environments' own state is not among them: save `program.collector` as well.
        """
        return [*self.rebuilt.variables, *self.program.variables]

    def _advance(self, goal):
        """One call of the program, on the way to `goal` steps."""
        rounds_left = -(-(goal - self.num_steps) // self.program.steps_per_round)
        count = int(np.clip(self.count, 1, min(rounds_left, self.program.most_rounds)))
        self.safeguard.copy(self.num_steps)
        begun = time.perf_counter()
        chunk = self.program.advance(count)
        seconds = time.perf_counter() - begun
        metrics = {name: values for name, values in chunk.metrics.items() if name != "step"}
        self.safeguard.check(metrics, chunk.metrics.get("step"))
        self.record.add(chunk, seconds)
        self.count = max(1, int(count * min(CHUNK_SECONDS / seconds, 8)))


def _program_for(world, num_envs):
    """The kind of program that serves this world, and something that has the spaces of the environments."""
    if not hasattr(world, "transition"):
        return StepByStep, make_vec_env(world, num_envs)
    check_world(world)
    return WholeLoop, SimpleNamespace(
        single_observation_space=world.observation_space, single_action_space=world.action_space
    )


def check_actions(policy, spaces, num_envs):
    """Asks the policy once, before anything runs.

    Raises:
      ValueError: actions of another shape or type than the space's, or outside it.
    """
    seen = spaces.single_observation_space
    observation = tf.zeros([num_envs, *seen.shape], tf.uint8 if seen.dtype == np.uint8 else tf.float32)
    space, action = spaces.single_action_space, policy(observation, tf.constant(0, tf.int64))
    dtype = tf.int64 if space.dtype.kind == "i" else tf.float32
    if not tf.is_tensor(action) or action.shape != [num_envs, *space.shape] or action.dtype != dtype:
        got = f"{action.dtype.name} {action.shape}" if tf.is_tensor(action) else repr(action)
        wanted = f"{dtype.name} actions of the shape {[num_envs, *space.shape]}"
        raise ValueError(f"the policy must return {wanted} for {space}, got {got}")
    bad = [a for a in action.numpy() if not np.isfinite(a).all() or (dtype == tf.int64 and a not in space)]
    if bad:
        raise ValueError(f"the policy returned the action {bad[0]}, which is not in {space}")


def check_counts(**counts):
    """Raises ValueError, by name, for a count that is no whole number of at least 1."""
    for name, count in counts.items():
        if not isinstance(count, (int, np.integer)) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")
