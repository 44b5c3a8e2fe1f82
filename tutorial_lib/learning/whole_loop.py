"""A world of tensors and an agent in one program: acting, world, learning and resets, many rounds a call."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tutorial_lib.learning.repeating import repeat, where
from tutorial_lib.learning.run import Chunk, Episodes
from tutorial_lib.types import Trajectory

EVALUATION_SEED = 1_000_000  # of the starts of evaluations, far from the seeds that runs train on


class Standing(NamedTuple):
    """Where all environments stand between two steps."""

    state: Any  # [N, …], of the world
    length: Any  # [N] int64, steps of the episode so far
    episode_return: Any  # [N] float32, its rewards so far
    num_steps: Any  # [] int64, environment steps of the whole run


class Ended(NamedTuple):
    """Which episodes ended in one step."""

    step: Any  # [] int64, environment steps of the whole run by then
    done: Any  # [N] bool
    episode_return: Any  # [N] float32
    length: Any  # [N] int64


class Round(NamedTuple):
    """What a round of acting and learning brings."""

    ended: Ended  # [T, …]
    metrics: dict  # name -> [K]
    learned: Any  # [] bool: whether there were updates
    step: Any  # [] int64


class WholeLoop:
    """Rounds of `learner.num_steps` steps and what is learned from them, many rounds in one call.

    Args:
      world: of tensors.
      num_envs: environments stepped at once.
      gamma: γ.
      policy: (observation, step) -> action.
      greedy: observation -> action.
      learner: FromReplay or FromRollouts.
      generator: of everything random.

    Attributes:
      variables: all that changes in a run, besides the agent's own.
    """

    def __init__(self, world, num_envs, gamma, policy, greedy, learner, generator):
        self.world, self.num_envs, self.gamma = world, num_envs, gamma
        self.policy, self.greedy, self.learner, self.generator = policy, greedy, learner, generator
        self.steps_per_round = num_envs * (learner.num_steps or world.max_episode_steps)
        self.most_rounds = max(1, min(1024, 100_000 // self.steps_per_round))  # of a call: bounds its memory
        self.standing = tf.nest.map_structure(lambda x: tf.Variable(x, trainable=False), self._start())
        self.variables = [*tf.nest.flatten(self.standing), *learner.variables, generator.state]
        self.eval_generator = tf.random.Generator.from_seed(EVALUATION_SEED, alg="philox")
        self._advance = tf.function(self._rounds, jit_compile=True, autograph=False)
        self._evaluate = tf.function(self._play, jit_compile=True, autograph=False)

    @property
    def num_steps(self):
        """Environment steps of the run so far."""
        return int(self.standing.num_steps)

    def compile(self):
        """Compiles the program, unless that was done, and changes nothing."""
        self._advance(tf.constant(0, tf.int64))

    def restart(self, seed):
        """Begins new episodes, forgets what was stored, and counts from 0."""
        for variable in self.learner.variables:
            variable.assign(tf.zeros_like(variable))
        self._put(self._start())

    def advance(self, count):
        """So many rounds, at most `most_rounds` -> a Chunk."""
        rounds = self._advance(tf.constant(count, tf.int64))
        ended, metrics, learned, step = tf.nest.map_structure(lambda x: x.numpy()[:count], rounds)
        at = np.nonzero(ended.done)  # round, step of the round, environment; in the order of time
        episodes = Episodes(ended.step[at[:2]], ended.episode_return[at], ended.length[at])
        metrics = {"step": step} | metrics
        return Chunk(int(step[-1]), episodes, {name: x[learned] for name, x in metrics.items()})

    def evaluate(self, num_episodes):
        """Undiscounted greedy returns [num_episodes] from the same starts at every call."""
        self.eval_generator.reset_from_seed(EVALUATION_SEED)
        return self._evaluate(num_episodes).numpy()

    def _start(self):
        nothing = tf.zeros([self.num_envs])
        state = self.world.initial(self.generator, self.num_envs)
        return Standing(state, tf.cast(nothing, tf.int64), nothing, tf.constant(0, tf.int64))

    def _put(self, standing):
        tf.nest.map_structure(lambda variable, value: variable.assign(value), self.standing, standing)

    def _rounds(self, count):
        standing = tf.nest.map_structure(tf.identity, self.standing)
        standing, rounds = repeat(self._round, standing, count, size=self.most_rounds)
        self._put(standing)
        return rounds

    def _round(self, standing):
        act = self._whole_episodes if self.learner.num_steps is None else self._rollout
        standing, (trajectory, ended) = act(standing)
        metrics, learned = self.learner.learn(trajectory, standing.num_steps)
        return standing, Round(ended, metrics, learned, standing.num_steps)

    def _rollout(self, standing):
        """`num_steps` steps of every environment; a new episode begins where one ended."""

        def step(standing):
            after, row, ended = self._step(standing, tf.ones([self.num_envs], tf.bool))
            fresh = self._start()._replace(num_steps=after.num_steps)
            kept = where(ended.done, fresh[:3], after[:3])
            return Standing(*kept, after.num_steps), (row, ended)

        if self.learner.num_steps > 1:
            return repeat(step, standing, self.learner.num_steps)
        standing, rows = step(standing)
        return standing, tf.nest.map_structure(lambda x: x[None], rows)

    def _whole_episodes(self, standing):
        """One episode of every environment, from fresh starts; what follows its end is padding, mask 0."""

        def step(carry):
            standing, running = carry
            standing, row, ended = self._step(standing, running)
            return (standing, running & ~ended.done), (row, ended)

        fresh = self._start()._replace(num_steps=standing.num_steps)
        start = (fresh, tf.ones([self.num_envs], tf.bool))
        any_runs = lambda carry: tf.reduce_any(carry[1])  # noqa: E731
        (standing, _), rows = repeat(step, start, self.world.max_episode_steps, going=any_runs)
        return standing, rows

    def _step(self, standing, running):
        """One step of every environment, counted where `running`, with its true successor."""
        world = self.world
        observation = world.observation(standing.state)
        action = self.policy(observation, standing.num_steps)
        state = world.transition(standing.state, action, self.generator)
        real = tf.cast(running, tf.float32)
        reward = world.reward(standing.state, action, state) * real
        terminated, length = world.terminal(state), standing.length + 1
        done = terminated | (length >= world.max_episode_steps)
        discount = tf.where(terminated, 0.0, self.gamma) * real
        over = tf.cast(done | ~running, tf.float32)
        row = Trajectory(observation, action, reward, discount, world.observation(state), over, real)
        step = standing.num_steps + tf.reduce_sum(tf.cast(running, tf.int64))
        after = Standing(state, length, standing.episode_return + reward, step)
        return after, row, Ended(step, done & running, after.episode_return, length)

    def _play(self, num_episodes):
        world, state = self.world, self.world.initial(self.eval_generator, num_episodes)

        def step(i, state, running, total):
            action = self.greedy(world.observation(state))
            after = world.transition(state, action, self.eval_generator)
            total += tf.where(running, world.reward(state, action, after), 0.0)
            return i + 1, after, running & ~world.terminal(after), total

        def goes_on(i, state, running, total):
            return tf.reduce_any(running) & (i < world.max_episode_steps)

        start = (0, state, tf.ones([num_episodes], tf.bool), tf.zeros([num_episodes]))
        return tf.while_loop(goes_on, step, start)[-1]
