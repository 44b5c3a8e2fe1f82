"""The whole loop as one program: what it stores, when episodes end, and that a seed is a seed."""

import os
import signal

import numpy as np
import pytest
import tensorflow as tf
from agents import Counter, dqn, reinforce
from scipy import stats

from tutorial_lib import (
    Agent,
    CartPole,
    Collector,
    TrainingDiverged,
    evaluate,
    flatten_time,
    linear_schedule,
    load_run,
    make_vec_env,
    off_policy_loop,
    on_policy_loop,
    save_run,
)

pytestmark = pytest.mark.learning

EPSILON = {"epsilon": linear_schedule(1.0, 0.05, 2_000)}
SMALL = dict(num_envs=4, batch_size=8, capacity=1_000, schedules=EPSILON)


@pytest.fixture(scope="module")
def loop():
    """A small DQN on CartPole, compiled once."""
    return off_policy_loop(dqn, CartPole(), num_updates=2, learning_starts=100, **SMALL)


def parity(generator):
    """An agent for Counter that knows what to do, and learns a number nobody needs."""
    weight = tf.Variable(0.0)

    def act(observation):
        return tf.cast(observation[:, 1], tf.int64) % 2

    def update(batch):
        weight.assign_add(1.0)
        return {"weight": weight}

    return Agent(act, update, act)


def stored(loop):
    """The rows of a loop's replay, in the order in which they were written."""
    replay = loop.program.learner.replay
    return [column.numpy()[: len(replay)] for column in replay.columns]


def test_every_step_is_stored_with_its_true_successor():
    loop = off_policy_loop(parity, Counter(), num_envs=3, batch_size=2, capacity=1_000, gamma=0.9)
    run = loop.run(300, seed=0)
    observation, action, reward, discount, following = stored(loop)
    assert len(reward) == run.num_steps == 300
    np.testing.assert_array_equal(following, observation + np.array([0, 1]))  # never a reset
    np.testing.assert_array_equal(reward, following[:, 1])
    np.testing.assert_array_equal(action, observation[:, 1] % 2)
    ended = (following[:, 0] < 0.5) & (following[:, 1] == 3)
    np.testing.assert_array_equal(discount, np.where(ended, np.float32(0), np.float32(0.9)))
    assert (following[:, 1] == 5).any(), "the time limit was reached"
    assert discount[following[:, 1] == 5].min() > 0, "a time limit is no end of the world"
    assert len(np.unique(observation[:, 0])) > 60, "starts differ from episode to episode"


def test_the_next_step_of_an_environment_goes_on_or_begins_anew():
    loop = off_policy_loop(parity, Counter(), num_envs=3, batch_size=2, capacity=1_000)
    loop.run(300, seed=0)
    observation, _, _, _, following = (column.reshape(100, 3, -1) for column in stored(loop))
    over = (following[:-1, :, 1] == 5) | ((following[:-1, :, 0] < 0.5) & (following[:-1, :, 1] == 3))
    np.testing.assert_array_equal(observation[1:][~over], following[:-1][~over])
    assert (observation[1:][over][:, 1] == 0).all()


def test_finished_episodes_are_reported_with_their_steps_returns_and_lengths():
    loop = off_policy_loop(parity, Counter(), num_envs=3, batch_size=2, capacity=1_000)
    episodes = loop.run(300, seed=0).episodes
    following = stored(loop)[4].reshape(100, 3, 2)
    over = (following[..., 1] == 5) | ((following[..., 0] < 0.5) & (following[..., 1] == 3))
    step, which = np.nonzero(over)
    np.testing.assert_array_equal(episodes.step, 3 * (step + 1))
    np.testing.assert_array_equal(episodes.length, following[step, which, 1])
    np.testing.assert_array_equal(episodes.episode_return, np.where(episodes.length == 3, 6, 15))


def test_no_update_before_learning_starts_and_then_as_many_as_asked():
    options = dict(num_envs=3, batch_size=2, capacity=1_000, num_updates=4, learning_starts=30)
    run = off_policy_loop(parity, Counter(), **options).run(60, seed=0)
    np.testing.assert_array_equal(run.metrics["step"], np.arange(30, 61, 3))
    np.testing.assert_array_equal(run.metrics["weight"], 1 + np.arange(44).reshape(11, 4))


def test_a_rollout_is_what_happened_and_the_next_goes_on():
    kept = []

    def build(generator):
        agent, rows = parity(generator), tf.Variable(tf.zeros([2, 4, 3, 2]))
        kept.append(rows)

        def prepare(trajectory):
            rows.assign(tf.stack([trajectory.observation, trajectory.next_observation]))
            return flatten_time(trajectory)

        return agent._replace(prepare=prepare)

    loop = on_policy_loop(build, Counter(), num_envs=3, num_steps=4, num_epochs=2)
    rollouts = [loop.run(12, seed=0) and kept[0].numpy(), loop.run(24) and kept[0].numpy()]
    observation, following = np.concatenate(rollouts, axis=1)  # [8, 3, 2] each
    over = (following[..., 1] == 5) | ((following[..., 0] < 0.5) & (following[..., 1] == 3))
    np.testing.assert_array_equal(following, observation + np.array([0, 1]))
    np.testing.assert_array_equal(observation[1:][~over[:-1]], following[:-1][~over[:-1]])
    assert over.any() and (observation[1:][over[:-1]][:, 1] == 0).all()


def test_whole_episodes_begin_afresh_and_are_padded():
    kept = []

    def build(generator):
        agent, masks = parity(generator), tf.Variable(tf.zeros([5, 3]))
        kept.append(masks)

        def prepare(trajectory):
            masks.assign(trajectory.mask)
            return flatten_time(trajectory)

        return agent._replace(prepare=prepare)

    loop = on_policy_loop(build, Counter(), num_envs=3, num_steps=None)
    run = loop.run(1, seed=0)
    assert len(run.episodes.step) == 3
    assert run.num_steps == run.episodes.length.sum() == kept[0].numpy().sum()
    assert set(kept[0].numpy().sum(axis=0)) <= {3, 5}
    run = loop.run(200)
    assert len(run.episodes.step) % 3 == 0 and run.num_steps == run.episodes.length.sum()
    np.testing.assert_array_equal(run.episodes.episode_return, np.where(run.episodes.length == 3, 6, 15))


def everything(loop):
    return [variable.numpy() for variable in loop.saved_variables()]


@pytest.mark.slow
def test_a_seed_repeats_another_differs_and_the_program_stays(loop):
    first, weights = loop.run(600, seed=3, checkpoints=2), everything(loop)
    other = loop.run(600, seed=4, checkpoints=2)
    again = loop.run(600, seed=3, checkpoints=2)
    for ours, theirs in zip(weights, everything(loop), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(first.metrics["loss"], again.metrics["loss"])
    np.testing.assert_array_equal(first.checkpoints.episode_return, again.checkpoints.episode_return)
    assert not np.array_equal(first.metrics["loss"], other.metrics["loss"])
    assert loop.program._advance.experimental_get_tracing_count() == 1


@pytest.mark.slow
def test_a_seed_in_a_used_program_is_that_seed_in_a_fresh_one(loop):
    loop.run(300, seed=9)
    used = loop.run(600, seed=3)
    fresh = off_policy_loop(dqn, CartPole(), num_updates=2, learning_starts=100, **SMALL).run(600, seed=3)
    np.testing.assert_array_equal(used.metrics["loss"], fresh.metrics["loss"])
    np.testing.assert_array_equal(used.episodes.step, fresh.episodes.step)


def test_the_size_of_chunks_changes_nothing(loop):
    at_once = loop.run(600, seed=3)
    loop.run(40, seed=3)
    for until in (44, 260, 300, 600):
        loop.count = 7
        in_parts = loop.run(until)
    np.testing.assert_array_equal(at_once.metrics["loss"], in_parts.metrics["loss"])
    np.testing.assert_array_equal(at_once.episodes.step, in_parts.episodes.step)


def test_checkpoints_are_greedy_evaluations_that_do_not_disturb(loop):
    run = loop.run(600, seed=3, checkpoints=3, num_episodes=7)
    np.testing.assert_array_equal(run.checkpoints.step, [200, 400, 600])
    assert run.checkpoints.episode_return.shape == (3, 7)
    np.testing.assert_array_equal(run.metrics["loss"], loop.run(600, seed=3).metrics["loss"])


@pytest.mark.slow
def test_evaluations_agree_with_gymnasiums_own_environment(loop):
    loop.run(600, seed=3)
    ours, theirs = loop.program.evaluate(300), evaluate(loop.greedy, "CartPole-v1", 300)
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3


@pytest.mark.slow
def test_schedules_are_computed_in_the_program():
    seen = linear_schedule(1.0, 0.0, 96)
    loop = on_policy_loop(reinforce, CartPole(), num_envs=4, num_steps=8, schedules={"learning_rate": seen})
    rates = []
    for until in (32, 64, 96, 128):
        loop.run(until, seed=0 if until == 32 else None)
        rates.append(float(loop.rebuilt.agent.update.__closure__[-1].cell_contents.learning_rate))
    np.testing.assert_allclose(rates, [2 / 3, 1 / 3, 0, 0], atol=1e-6)


@pytest.mark.slow
def test_minibatches_take_every_row_once_per_epoch():
    loop = on_policy_loop(
        reinforce,
        CartPole(),
        num_envs=4,
        num_steps=8,
        num_epochs=3,
        minibatch_size=16,
        schedules={"learning_rate": lambda step: 1e-3},
    )
    run = loop.run(64, seed=0)
    np.testing.assert_array_equal(run.metrics["rows"], np.full((2, 6), 16))
    order = loop.program.learner._minibatches(32).numpy()
    for epoch in order.reshape(3, 32):
        np.testing.assert_array_equal(np.sort(epoch), np.arange(32))
    assert not np.array_equal(order[0], order[2])


@pytest.mark.slow
def test_nan_stops_with_the_last_good_weights():
    def build(generator):
        agent = dqn(generator)

        def update(batch, poison):
            metrics = agent.update(batch)
            return metrics | {"loss": metrics["loss"] / poison}

        return agent._replace(update=update)

    poison = {"poison": lambda step: tf.cast(step < 200, tf.float32)}
    loop = off_policy_loop(
        build, CartPole(), num_envs=4, batch_size=8, capacity=500, schedules=EPSILON | poison
    )
    run = loop.run(160, seed=0)
    good = [variable.numpy() for variable in loop.rebuilt.variables]
    loop.count = 1_000  # one call from here to the end
    with pytest.raises(TrainingDiverged, match=r"at step 200 \(loss inf, q .* after step 160"):
        loop.run(400)
    for variable, value in zip(loop.rebuilt.variables, good, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert np.isfinite(run.metrics["loss"]).all()


def test_an_interrupt_ends_between_two_calls_and_the_run_goes_on(loop, monkeypatch):
    complete = loop.run(600, seed=5)
    calls, advance = [], loop.program.advance

    def interrupted(count):
        calls.append(count)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return advance(count)

    monkeypatch.setattr(loop.program, "advance", interrupted)
    loop.count = 1
    part = loop.run(600, seed=5)
    assert part.num_steps < 600
    whole = loop.run(600)
    np.testing.assert_array_equal(whole.metrics["loss"], complete.metrics["loss"])


@pytest.mark.slow
def test_a_saved_run_goes_on_bit_for_bit_in_another_process_s_loop(loop, tmp_path):
    whole = loop.run(600, seed=5)
    weights = everything(loop)
    loop.run(300, seed=5)
    save_run(tmp_path / "run", loop=loop)
    twin = off_policy_loop(dqn, CartPole(), num_updates=2, learning_starts=100, **SMALL)
    load_run(tmp_path / "run", loop=twin)
    rest = twin.run(600)
    np.testing.assert_array_equal(rest.metrics["loss"], whole.metrics["loss"][-75:])
    assert rest.metrics["step"][0] == 304 and rest.num_steps == 600 and rest.seed is None
    for ours, theirs in zip(weights, everything(twin), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_truncation_bootstraps():
    """Reward 1 for ever under a time limit: V goes to 1/(1 − γ), and shows no sawtooth."""

    class Forever(Counter):
        max_episode_steps = 5

        def reward(self, state, action, next_state):
            return tf.ones_like(state[:, 0])

        def terminal(self, state):
            return tf.zeros_like(state[:, 0], tf.bool)

    def build(generator):
        value = tf.Variable(tf.zeros([6]))  # one for each count of steps
        place = lambda observation: tf.cast(observation[:, 1], tf.int64)  # noqa: E731

        def update(batch):
            target = batch.reward + batch.discount * tf.gather(value, place(batch.next_observation) % 5)
            error = target - tf.gather(value, place(batch.observation))
            value.scatter_add(tf.IndexedSlices(0.1 * error, place(batch.observation)))
            return {"v": value[0]}

        act = lambda observation: tf.zeros_like(place(observation))  # noqa: E731
        return Agent(act, update, act)

    loop = off_policy_loop(
        build, Forever(), num_envs=4, batch_size=16, capacity=4_000, gamma=0.8, num_updates=4
    )
    loop.run(4_000, seed=0)
    np.testing.assert_allclose(loop.rebuilt.variables[0][:5], np.full(5, 5.0), atol=0.05)


@pytest.mark.slow
def test_steps_in_the_loop_are_distributed_as_gymnasiums():
    """Lengths of episodes of the same policy, in the loop and in Gymnasium."""

    def left_right(generator):
        act = lambda observation: tf.cast(observation[:, 2] > 0, tf.int64)  # noqa: E731
        return Agent(act, lambda batch: {"nothing": tf.constant(0.0)}, act)

    run = off_policy_loop(left_right, CartPole(), num_envs=16, batch_size=2, capacity=100).run(40_000, seed=0)
    collector = Collector(make_vec_env("CartPole-v1", 16), lambda o: (o[:, 2] > 0).astype(int), seed=0)
    collector.collect(2_500)
    lengths = [length for _, _, length in collector.episodes]
    assert stats.ks_2samp(run.episodes.length, lengths).pvalue > 1e-3


def test_networks_made_equal_start_equal_and_optimizers_start_anew(loop):
    loop.start(3)
    networks = [variable.numpy() for variable in loop.rebuilt.variables]
    online, target = networks[:4], networks[4:8]
    for ours, theirs in zip(online, target, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    loop.run(400)
    loop.start(3)
    for variable, value in zip(loop.rebuilt.variables, networks, strict=True):
        np.testing.assert_array_equal(variable, value)
