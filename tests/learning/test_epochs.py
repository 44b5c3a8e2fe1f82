import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf

import tutorial_lib as tl
from tutorial_lib.learning.epochs import _Learner

pytestmark = pytest.mark.learning

GAMMA, LAMBDA = 0.9, 0.8


def small_agent(seed=0, learning_rate=1e-2, **options):
    """PPO on CartPole with everything that a learner has: (learn, collector, actor, critic)."""
    generator = tl.seed_everything(seed)
    envs = tl.make_vec_env("CartPole-v1", 4, max_episode_steps=10)
    actor, critic = tl.actor_for(envs, [8]), tl.mlp(4, [8], 1)
    variables = actor.trainable_variables + critic.trainable_variables
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(variables)

    def prepare(trajectory):
        steps, shape = tl.flatten_time(trajectory), trajectory.reward.shape
        value = critic(steps.observation)[:, 0]
        next_value = tf.reshape(critic(steps.next_observation)[:, 0], shape)
        advantage = tl.gae(
            trajectory.reward,
            trajectory.discount,
            tf.reshape(value, shape),
            next_value,
            trajectory.done,
            LAMBDA,
        )
        advantage = tf.reshape(advantage, [-1])
        log_prob = tl.categorical_log_prob(actor(steps.observation), steps.action)
        return tl.Rollout(steps.observation, steps.action, log_prob, advantage, value, advantage + value)

    def update(batch):
        with tf.GradientTape() as tape:
            log_prob = tl.categorical_log_prob(actor(batch.observation), batch.action)
            actor_loss = tl.clipped_surrogate_loss(log_prob, batch.log_prob, batch.advantage, 0.2)
            critic_loss = tl.value_loss(critic(batch.observation)[:, 0], batch.value_target)
            loss = tf.reduce_mean(actor_loss + critic_loss)
        optimizer.apply(tape.gradient(loss, variables), variables)
        ratio = tf.exp(log_prob - batch.log_prob)
        return {"loss": loss, "ratio_low": tf.reduce_min(ratio), "ratio_high": tf.reduce_max(ratio)}

    options = {"num_epochs": 3, "minibatch_size": 8, "jit_compile": False} | options
    learn = tl.fuse_epochs(update, prepare=prepare, generator=generator, **options)
    policy = tl.softmax_policy(actor, generator)
    return learn, tl.Collector(envs, policy, gamma=GAMMA, seed=seed), actor, critic


def counting_learner(num_rows=12, **options):
    """A learner whose update only notes which rows it saw: (learn, seen [updates, minibatch])."""
    seen = tf.Variable(tf.zeros([0, options["minibatch_size"]], tf.int64), shape=[None, None])

    def update(batch):
        seen.assign(tf.concat([seen, batch.action[None]], axis=0))
        return {"loss": tf.constant(0.0)}

    def prepare(rows):
        zeros = tf.zeros([num_rows])
        return tl.Rollout(zeros, rows, zeros, zeros, zeros, zeros)

    generator = tl.seed_everything(0)
    learn = tl.fuse_epochs(update, prepare=prepare, generator=generator, jit_compile=False, **options)
    learn(tf.range(num_rows, dtype=tf.int64))
    return learn, seen.numpy()


def test_every_epoch_takes_every_row_once_in_a_new_order():
    learn, seen = counting_learner(num_epochs=5, minibatch_size=4)
    assert learn.num_updates == 15
    epochs = seen.reshape(5, 12)
    assert (np.sort(epochs, axis=1) == np.arange(12)).all()
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert (epochs != np.arange(12)).any(axis=1).all()


def test_a_minibatch_as_large_as_the_batch_is_the_batch():
    _, seen = counting_learner(num_epochs=2, minibatch_size=12)
    np.testing.assert_array_equal(seen, [range(12), range(12)])


def test_the_numbers_of_a_call_reach_every_update_and_need_no_new_program():
    learn = tl.fuse_epochs(
        lambda batch, rate, clip: {"rate": rate, "clip": clip},
        prepare=lambda rows: tl.Rollout(*[rows] * 6),
        generator=tl.seed_everything(0),
        num_epochs=2,
        minibatch_size=4,
        jit_compile=False,
    )
    for numbers in ({"rate": 0.1, "clip": 0.2}, {"rate": 0.3, "clip": 0.4}):
        metrics = learn(tf.range(12), *numbers.values())
        for name, number in numbers.items():
            np.testing.assert_array_equal(metrics[name], np.full((2, 3), np.float32(number)))
    assert len(learn.run.programs) == 1


@pytest.mark.slow
@pytest.mark.parametrize("minibatch_size", [8, 32])
def test_the_first_minibatch_has_ratio_one_and_later_ones_do_not(minibatch_size):
    learn, collector, _, _ = small_agent(minibatch_size=minibatch_size)
    for _ in range(2):  # also with a policy that has learned
        metrics = learn(collector.collect(8))
        np.testing.assert_allclose(metrics["ratio_low"][0, 0], 1, atol=1e-5)
        np.testing.assert_allclose(metrics["ratio_high"][0, 0], 1, atol=1e-5)
        assert metrics["ratio_high"][-1, -1] > 1.001


@pytest.mark.slow
def test_compiled_and_graph_mode_learn_the_same():
    weights = []
    for jit_compile in (True, False):
        learn, collector, actor, _ = small_agent(jit_compile=jit_compile, minibatch_size=32)
        metrics = learn(collector.collect(8))
        weights.append(np.concatenate([w.ravel() for w in actor.get_weights()]))
    np.testing.assert_allclose(*weights, rtol=1e-3, atol=1e-5)
    assert metrics["loss"].shape == (3, 1)


@pytest.mark.slow
def test_one_seed_repeats_and_two_differ():
    losses = []
    for seed in (0, 0, 1):
        learn, collector, _, _ = small_agent(seed)
        losses.append(learn(collector.collect(8))["loss"])
    np.testing.assert_array_equal(losses[0], losses[1])
    assert (losses[0] != losses[2]).all()


@pytest.mark.slow
def test_one_program_serves_all_rollouts():
    learn, collector, _, _ = small_agent()
    for _ in range(3):
        learn(collector.collect(8))
    assert len(learn.run.programs) == 1
    assert learn.num_updates == 3 * 3 * 4


def test_actor_loss_sends_no_gradient_into_the_critic():
    _, collector, actor, critic = small_agent()
    steps = tl.flatten_time(collector.collect(8))
    with tf.GradientTape(persistent=True) as tape:
        td_error = steps.reward + steps.discount * critic(steps.next_observation)[:, 0]
        td_error -= critic(steps.observation)[:, 0]
        log_prob = tl.categorical_log_prob(actor(steps.observation), steps.action)
        losses = [
            tl.policy_gradient_loss(log_prob, td_error),
            tl.clipped_surrogate_loss(log_prob, log_prob, td_error, 0.2),
        ]
    for loss in losses:
        assert all(g is None for g in tape.gradient(loss, critic.trainable_variables))
        assert all(np.abs(g).max() > 0 for g in tape.gradient(loss, actor.trainable_variables))


@pytest.mark.slow
def test_nan_stops_with_the_update_the_last_good_weights_and_causes():
    learn, collector, actor, _ = small_agent()
    learn(collector.collect(8))
    before = [w.copy() for w in actor.get_weights()]
    learn.copy_period = 1
    learn(collector.collect(8))
    good = actor.get_weights()
    rollout = collector.collect(8)
    rollout.reward[3, 1] = np.nan
    with pytest.raises(tl.TrainingDiverged, match=r"update 2\d .*loss nan.*after update 24.*learning rate"):
        learn(rollout)
    for now, kept, old in zip(actor.get_weights(), good, before, strict=True):
        np.testing.assert_array_equal(now, kept)
        assert (kept != old).any()
    assert np.isfinite(learn(collector.collect(8))["loss"]).all()  # and training can go on


@pytest.mark.slow
def test_a_restarted_learner_goes_back_to_the_new_run_and_not_to_the_old_one():
    learn, collector, actor, _ = small_agent()
    learn(collector.collect(8))
    learn.restart()
    begun = actor.get_weights()
    rollout = collector.collect(8)
    rollout.reward[3, 1] = np.nan
    with pytest.raises(tl.TrainingDiverged, match=r"at update 1 .*after update 0"):
        learn(rollout)
    for now, kept in zip(actor.get_weights(), begun, strict=True):
        np.testing.assert_array_equal(now, kept)
    assert learn.num_updates == 0


@pytest.mark.slow
def test_an_exploding_learning_rate_is_reported():
    learn, collector, actor, _ = small_agent(learning_rate=1e30)
    with pytest.raises(tl.TrainingDiverged, match="learning rate"):
        for _ in range(20):
            learn(collector.collect(8))
    assert all(np.isfinite(w).all() for w in actor.get_weights())


def test_copies_are_never_taken_of_bad_weights():
    learner = _Learner(lambda batch: {}, None, None, 1, 2, False)
    variable = tf.Variable(1.0)
    learner._copy([variable])
    variable.assign(np.nan)
    learner._copy([variable])
    assert [float(value) for value in learner.copies] == [1.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minibatch_size": 1}, "at least 2, got 1"),
        ({"num_epochs": 0}, "num_epochs must be at least 1, got 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        small_agent(**options)


@pytest.mark.parametrize("minibatch_size", [5, 64])
def test_a_minibatch_that_does_not_divide_the_batch(minibatch_size):
    learn, collector, _, _ = small_agent(minibatch_size=minibatch_size)
    with pytest.raises(ValueError, match=rf"{minibatch_size} does not divide .* 32 .*2, 4, 8, 16, 32"):
        learn(collector.collect(8))


def test_rows_that_are_no_steps_are_refused():
    learn, collector, _, _ = small_agent()
    rollout = collector.collect(8)
    rollout.mask[2, 0] = 0
    with pytest.raises(ValueError, match="not real steps"):
        learn(rollout)


class Spaces:
    """The two attributes of a vector environment that matter to `actor_for`."""

    single_observation_space = gym.spaces.Box(-1, 1, (3,))

    def __init__(self, action_space):
        self.single_action_space = action_space


@pytest.mark.parametrize(
    "space",
    [
        gym.spaces.MultiDiscrete([2, 3]),
        gym.spaces.MultiBinary(2),
        gym.spaces.Discrete(3, start=1),
        gym.spaces.Box(-1, 1, (2, 2)),
    ],
)
def test_action_spaces_without_a_head(space):
    with pytest.raises(ValueError, match="no policy head serves the action space"):
        tl.actor_for(Spaces(space), [4])


def test_heads_for_action_spaces():
    assert tl.actor_for(Spaces(gym.spaces.Discrete(5)), [4]).output_shape == (None, 5)
    mean, log_std = tl.actor_for(Spaces(gym.spaces.Box(-1, 1, (2,))), [4], log_std=-1.0)(np.zeros([7, 3]))
    assert mean.shape == log_std.shape == (7, 2)
    np.testing.assert_array_equal(log_std, -np.ones([7, 2]))


def test_policies_draw_from_their_distributions():
    generator = tl.seed_everything(0)
    logits = np.log([0.2, 0.5, 0.3]).astype(np.float32)
    policy = tl.softmax_policy(lambda x: x, generator)
    counts = np.bincount(policy(np.tile(logits, [20_000, 1])), minlength=3)
    np.testing.assert_allclose(counts / 20_000, [0.2, 0.5, 0.3], atol=0.02)
    draw = tl.normal_policy(lambda x: (x, tf.fill(tf.shape(x), np.float32(np.log(0.5)))), generator)
    actions = np.asarray(draw(np.full([20_000, 1], 3.0, np.float32)))
    np.testing.assert_allclose([actions.mean(), actions.std()], [3, 0.5], atol=0.02)
    assert (
        np.asarray(policy(np.tile(logits, [50, 1]))) != np.asarray(policy(np.tile(logits, [50, 1])))
    ).any()
