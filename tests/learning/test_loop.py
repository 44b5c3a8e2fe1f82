"""What a loop refuses before anything runs, and the same agent step by step in Gymnasium's environments."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from agents import Counter, dqn, reinforce
from scipy import stats

from tutorial_lib import (
    CartPole,
    LearningCurves,
    TrainingView,
    evaluate,
    linear_schedule,
    off_policy_loop,
    on_policy_loop,
)
from tutorial_lib.learning.schedules import Schedules

pytestmark = pytest.mark.learning

EPSILON = {"epsilon": linear_schedule(1.0, 0.05, 2_000)}
OFF = dict(num_envs=4, batch_size=8, capacity=1_000, schedules=EPSILON)
ON = dict(num_envs=4, num_steps=8, schedules={"learning_rate": lambda step: 0.01})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_envs": 0}, "num_envs must be a whole number of at least 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number of at least 1, got 2.5"),
        ({"num_updates": 0}, "num_updates must be"),
        ({"capacity": 3}, "capacity=3 is less than the 4 steps of one round"),
        ({"gamma": 1.5}, r"gamma must be in \[0, 1\], got 1.5"),
        ({"schedules": {}}, "nothing says what epsilon should be"),
        (
            {"schedules": EPSILON | {"clip": lambda step: 0.2}},
            "neither policy nor update has a parameter clip",
        ),
        (
            {"schedules": {"epsilon": lambda step: None}},
            "epsilon must return one number.*got None",
        ),
        ({"schedules": {"epsilon": lambda step: tf.ones(3)}}, "epsilon must return one number"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        off_policy_loop(dqn, CartPole(), **OFF | options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 0}, "num_steps must be a whole number of at least 1, got 0"),
        ({"num_epochs": 0}, "num_epochs must be"),
        ({"minibatch_size": 0}, "minibatch_size must be"),
    ],
)
def test_bad_options_of_rollouts(options, message):
    with pytest.raises(ValueError, match=message):
        on_policy_loop(reinforce, CartPole(), **ON | options)


def changed(builder, **functions):
    """The builder, with some functions of its agent replaced."""
    return lambda generator: builder(generator)._replace(**functions)


def test_an_agent_without_prepare_cannot_learn_from_rollouts():
    with pytest.raises(TypeError, match=r"needs an Agent\(…, prepare="):
        on_policy_loop(changed(reinforce, prepare=None), CartPole(), **ON)


def test_a_builder_that_returns_no_agent():
    with pytest.raises(TypeError, match=r"must return an Agent\(policy, update, greedy\), got None"):
        off_policy_loop(lambda generator: None, CartPole(), **OFF)


@pytest.mark.parametrize(
    ("update", "error", "message"),
    [
        (lambda batch: None, TypeError, "must return a dict of scalars.*got None"),
        (lambda batch: tf.constant(1.0), TypeError, "must return a dict of scalars"),
        (lambda batch: {}, TypeError, "must return a dict of scalars"),
        (lambda batch: {"loss": batch.reward}, ValueError, r"'loss' must be a scalar, got the shape \(8,\)"),
    ],
)
def test_a_rule_that_returns_no_dict_of_scalars(update, error, message):
    loop = off_policy_loop(changed(dqn, update=update), CartPole(), **OFF)
    with pytest.raises(error, match=message):
        loop.run(100, seed=0)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (lambda o: tf.zeros([len(o)], tf.int32), r"int64 actions of the shape \[4\] .* got int32 \(4,\)"),
        (lambda o: tf.zeros([len(o), 1], tf.int64), r"got int64 \(4, 1\)"),
        (lambda o: 2 * tf.ones([len(o)], tf.int64), r"returned the action 2, which is not in Discrete\(2\)"),
        (lambda o: np.zeros(len(o)), r"got array"),
    ],
)
def test_actions_outside_the_space(policy, message):
    with pytest.raises(ValueError, match=message):
        off_policy_loop(changed(dqn, policy=policy), CartPole(), **OFF | {"schedules": None})


def test_an_unknown_world():
    with pytest.raises(ValueError, match="no environment is called 'CartPole-v9'; did you mean CartPole-v"):
        off_policy_loop(dqn, "CartPole-v9", **OFF)


def test_a_world_that_does_not_fit_together():
    class Broken(Counter):
        def reward(self, state, action, next_state):
            return next_state

    with pytest.raises(ValueError, match="reward"):
        off_policy_loop(dqn, Broken(), **OFF)


def test_a_minibatch_that_does_not_divide_the_rollout():
    loop = on_policy_loop(reinforce, CartPole(), minibatch_size=5, **ON)
    with pytest.raises(ValueError, match="minibatch_size=5 does not divide the rollout of 32 steps.*: 2, 4"):
        loop.run(32, seed=0)


def test_nothing_to_go_on_with_and_no_steps():
    loop = off_policy_loop(dqn, CartPole(), **OFF)
    with pytest.raises(ValueError, match="there is no run to go on with: give a seed"):
        loop.run(100)
    with pytest.raises(ValueError, match="num_steps must be a whole number of at least 1, got 0"):
        loop.run(0, seed=0)


def test_schedules_reach_the_parameters_of_their_name():
    schedules = Schedules({"b": lambda step: 2 * step, "a": lambda step: 1.0}, lambda x, a, b: 0)
    bound = schedules.bind(lambda x, b, a: (x, float(b), float(a)))
    assert bound("first", tf.constant(3)) == ("first", 6.0, 1.0)


@pytest.mark.slow
def test_a_gymnasium_id_gives_the_same_kind_of_run():
    loop = off_policy_loop(dqn, "CartPole-v1", num_updates=2, learning_starts=100, **OFF)
    run = loop.run(400, seed=3, checkpoints=2, num_episodes=5)
    assert run.num_steps == 400
    np.testing.assert_array_equal(run.metrics["step"], np.arange(100, 401, 4))
    assert run.metrics["loss"].shape == (76, 2)
    np.testing.assert_array_equal(run.checkpoints.step, [200, 400])
    assert run.checkpoints.episode_return.shape == (2, 5)
    assert run.episodes.length.sum() <= 400 and (np.diff(run.episodes.step) >= 0).all()
    again = loop.run(400, seed=3)
    np.testing.assert_array_equal(run.metrics["loss"], again.metrics["loss"])
    other = loop.run(400, seed=4)
    assert not np.array_equal(run.metrics["loss"], other.metrics["loss"])
    replay = loop.program.learner.replay
    assert len(replay) == 400
    assert evaluate(loop.greedy, "CartPole-v1", 5).shape == (5,)


@pytest.mark.slow
@pytest.mark.parametrize("num_steps", [8, None])
def test_rollouts_of_a_gymnasium_id(num_steps):
    loop = on_policy_loop(reinforce, "CartPole-v1", **ON | {"num_steps": num_steps})
    run = loop.run(200, seed=0)
    assert run.num_steps >= 200 and len(run.metrics["loss"]) >= 1
    assert run.num_steps == (run.episodes.length.sum() if num_steps is None else run.metrics["step"][-1])


@pytest.mark.slow
def test_both_loops_give_the_same_distribution_of_scores():
    """A DQN of one setting, 12 seeds in each loop: the mean return while it explores (Mann-Whitney)."""
    build, options = partial(dqn, hidden=(32,)), OFF | {"num_envs": 8, "batch_size": 32, "capacity": 6_000}
    scores = {}
    for world in (CartPole(), "CartPole-v1"):
        loop = off_policy_loop(build, world, num_updates=4, learning_starts=200, **options)
        runs = [loop.run(6_000, seed=seed) for seed in range(2_000, 2_012)]
        scores[str(world)] = [run.episodes.episode_return[-20:].mean() for run in runs]
    assert stats.mannwhitneyu(*scores.values()).pvalue > 1e-3, scores


@pytest.mark.slow
def test_figures_watch_a_loop(monkeypatch):
    shown = []
    monkeypatch.setattr("tutorial_lib.watching.plotting.display", lambda *a, **k: shown.append(a))
    loop = off_policy_loop(dqn, CartPole(), learning_starts=50, **OFF)
    curves, view = LearningCurves("DQN"), TrainingView("DQN", num_steps=400)
    run = loop.run(400, seed=3, label="DQN", watch=curves)
    assert curves.runs["DQN"][3][0] == list(run.episodes.step)
    loop.run(400, seed=3, watch=view)
    assert view.returns == list(zip(run.episodes.step, run.episodes.episode_return, strict=True))
    assert len(view.losses) == len(run.metrics["step"])
    assert shown
