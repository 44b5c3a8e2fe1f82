"""The same agent in any Gymnasium environment: Python steps it, and one compiled call learns."""

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.collector import Collector
from tutorial_lib.learning.packing import PackedFunction
from tutorial_lib.learning.policies import compiled_policy
from tutorial_lib.learning.run import Chunk, Episodes
from tutorial_lib.types import Trajectory
from tutorial_lib.worlds.envs import make_vec_env

EVALUATION_SEED = 1_000_000  # of the starts of evaluations, far from the seeds that runs train on


class StepByStep:
    """Rounds of `learner.num_steps` steps and what is learned from them, each with one call that learns.

    Args:
      env: a Gymnasium id, a function of no arguments that makes an environment, or an `Atari`.
      num_envs, gamma, policy, greedy, learner, generator: as for `WholeLoop`.
      jit_compile: whether XLA compiles what learns.

    Attributes:
      collector: it steps the environments.
      variables: all that changes in a run, besides the agent's own and the collector's.
    """

    most_rounds = 1_000_000

    def __init__(self, env, num_envs, gamma, policy, greedy, learner, generator, *, jit_compile=True):
        self.env, self.num_envs, self.gamma, self.learner = env, num_envs, gamma, learner
        self.collector = None
        self.variables = [*learner.variables, generator.state]
        self.policy, self.greedy = compiled_policy(policy), compiled_policy(greedy)
        self._learn = PackedFunction(self._learn_from, jit_compile)
        self.envs = make_vec_env(env, num_envs)
        self.steps_per_round = num_envs * (learner.num_steps or 1)

    @property
    def num_steps(self):
        """Environment steps of the run so far."""
        return self.collector.num_steps if self.collector else 0

    def compile(self):
        """Nothing: the programs are compiled with the first round."""

    def restart(self, seed):
        """Begins new episodes, forgets what was stored, and counts from 0."""
        for variable in self.learner.variables:
            variable.assign(tf.zeros_like(variable))
        self.collector = Collector(self.envs, self._act, gamma=self.gamma, seed=seed)

    def begin_episodes(self, seed):
        """New episodes; those that were going on are cut off, as by a time limit.

        With it a run can go on without what an emulator holds. For a replay that has a method `cut`.
        """
        self.learner.replay.cut()
        self.collector.begin_episodes(seed)

    def advance(self, count):
        """So many rounds -> a Chunk."""
        before, brought = len(self.collector.episodes), []
        for _ in range(count):
            rows = self._collect()
            step = np.int64(self.collector.num_steps)
            metrics, learned = self._learn(*rows, step)
            if learned:
                brought.append({"step": step} | {name: x.numpy() for name, x in metrics.items()})
        metrics = {name: np.array([x[name] for x in brought]) for name in (brought or [{}])[0]}
        ended = np.array(self.collector.episodes[before:], np.float64).reshape(-1, 3).T
        return Chunk(self.collector.num_steps, Episodes(*ended), metrics)

    def evaluate(self, num_episodes):
        """Undiscounted greedy returns [num_episodes] from the same starts at every call."""
        envs = make_vec_env(self.env, num_episodes)
        try:
            return Collector(envs, self.greedy, seed=EVALUATION_SEED).play_returns()
        finally:
            envs.close()

    def _act(self, observation):
        return self.policy(observation, self.collector.num_steps if self.collector else 0)

    def _collect(self):
        if self.learner.num_steps is not None:
            return self.collector.collect(self.learner.num_steps)
        played = self.collector.play_episodes()
        return Trajectory(*map(padded, played))

    def _learn_from(self, *inputs):
        return self.learner.learn(Trajectory(*inputs[:-1]), inputs[-1])


def padded(x):
    """[T, …] with zeros up to the next power of two, so that few lengths have to be compiled."""
    missing = (1 << (len(x) - 1).bit_length()) - len(x)
    return np.pad(x, [(0, missing)] + [(0, 0)] * (x.ndim - 1))
