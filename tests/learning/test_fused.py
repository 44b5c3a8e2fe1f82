"""A fused call does exactly what the loop that it replaces does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import (
    ReplayBuffer,
    TrainingDiverged,
    Transition,
    epsilon_greedy,
    fuse,
    make_vec_env,
    mlp,
    transition_spec,
)

pytestmark = pytest.mark.learning

ENVS = make_vec_env("CartPole-v1", 3)


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    observation, following = rng.normal(size=(2, count, 4)).astype(np.float32)
    action = rng.integers(0, 2, count)
    reward = rng.normal(size=count).astype(np.float32)
    return Transition(observation, action, reward, np.full(count, 0.9, np.float32), following)


def learner(updates_per_call, *, jit_compile=True, act=True, seed=0):
    keras.utils.set_random_seed(seed)
    generator = tf.random.Generator.from_seed(seed, alg="philox")
    network = mlp(4, [8], 2)
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(network.trainable_variables)
    replay = ReplayBuffer(50, transition_spec(ENVS), generator)

    def update(batch):
        with tf.GradientTape() as tape:
            q = tf.gather(network(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(tf.square(batch.reward - q))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        return {"loss": loss, "reward": tf.reduce_mean(batch.reward)}

    options = {"batch_size": 16, "updates_per_call": updates_per_call, "jit_compile": jit_compile}
    learn = fuse(update, replay, act=epsilon_greedy(network, generator) if act else None, **options)
    return learn, replay, network, update


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True])
def test_one_call_of_six_equals_six_updates_in_a_row(jit_compile):
    fused, replay, network, _ = learner(6, jit_compile=jit_compile)
    _, slow_replay, slow_network, update = learner(6)
    for memory in (replay, slow_replay):
        memory.add(rows(30))
    scalars = fused()
    expected = [update(slow_replay.sample(16)) for _ in range(6)]
    for ours, theirs in zip(network.get_weights(), slow_network.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    for name in ("loss", "reward"):
        np.testing.assert_allclose(scalars[name], np.mean([e[name] for e in expected]), rtol=1e-4)


@pytest.mark.slow
def test_step_stores_learns_and_then_acts():
    fused, replay, network, _ = learner(2)
    slow, slow_replay, slow_network, _ = learner(2)
    transition, observation = rows(3, seed=5), rows(3, seed=6).observation
    action, scalars = fused.step(transition, observation, 0.0)
    slow_replay.add(transition)
    expected = slow()
    np.testing.assert_allclose(scalars["loss"], expected["loss"], rtol=1e-5)
    np.testing.assert_array_equal(action, tf.argmax(slow_network(observation), axis=-1))
    np.testing.assert_allclose(network.get_weights()[0], slow_network.get_weights()[0], rtol=1e-5)
    assert len(replay) == 3
    for column, stored in zip(transition, replay.columns, strict=True):
        np.testing.assert_array_equal(stored[:3].numpy(), column)


@pytest.mark.slow
def test_epsilon_reaches_the_policy_without_compiling_again():
    fused, *_ = learner(1)
    fused.step(rows(3), rows(3).observation, 0.0)
    compiled = fused.num_traces()
    observation = np.repeat(rows(1).observation, 3, axis=0)
    random = [fused.step(rows(3), observation, 1.0)[0].numpy() for _ in range(40)]
    greedy = [fused.step(rows(3), observation, 0.0)[0].numpy() for _ in range(40)]
    assert len(np.unique(greedy)) <= 2
    assert all((action == action[0]).all() for action in greedy)
    assert any((action != action[0]).any() for action in random)
    assert fused.num_traces() == compiled


@pytest.mark.slow
def test_a_call_is_compiled_once():
    fused, replay, *_ = learner(3)
    replay.add(rows(30))
    fused()
    assert fused.num_traces() == 1
    for _ in range(3):
        fused()
        replay.add(rows(2))
    assert fused.num_traces() == 1


def test_misuse_is_named():
    fused, replay, _, update = learner(1, act=False)
    with pytest.raises(ValueError, match="replay is empty"):
        fused()
    with pytest.raises(ValueError, match="give fuse the function"):
        fused.step(rows(3), rows(3).observation, 0.0)
    for name in ("batch_size", "updates_per_call"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1"):
            fuse(update, replay, **{"batch_size": 1, "updates_per_call": 1} | {name: 0})
    spoilt = rows(3)._replace(reward=np.full(3, np.nan, np.float32))
    fused, replay, *_ = learner(1)
    with pytest.raises(ValueError, match="NaN"):
        fused.step(spoilt, rows(3).observation, 0.0)
    assert len(replay) == 0
    with pytest.raises(ValueError, match="observations of shape"):
        fused.step(rows(3), rows(3).observation[:, :2], 0.0)
    nothing = fuse(lambda batch: None, replay, batch_size=2, updates_per_call=1)
    replay.add(rows(3))
    with pytest.raises(TypeError, match="must return a dict"):
        nothing()


def test_a_vector_is_no_metric():
    _, replay, *_ = learner(1)
    replay.add(rows(3))
    with pytest.raises(ValueError, match="scalar"):
        fuse(lambda batch: {"loss": batch.reward}, replay, batch_size=2, updates_per_call=1)()


@pytest.mark.slow
def test_an_emptied_replay_is_not_learned_from():
    fused, replay, _, _ = learner(1)
    replay.add(rows(3))
    fused()
    replay.clear()
    for call in (fused, lambda: fused.step(rows(0), rows(3).observation, 0.0)):
        with pytest.raises(ValueError, match="replay is empty"):
            call()


@pytest.mark.slow
def test_a_step_may_bring_fewer_rows_than_there_are_environments():
    learn, replay, _, _ = learner(2)
    observation = np.zeros([3, 4], np.float32)
    given = [rows(count, seed=count) for count in (3, 2, 0, 1)]  # one that was only reset brings none
    for transition in given:
        action, _ = learn.step(transition, observation, 0.1)
        assert action.shape == (3,)
    assert len(replay) == 6
    for stored, columns in zip(replay.columns, zip(*given, strict=True), strict=True):
        np.testing.assert_array_equal(stored[:6], np.concatenate(columns))
        assert not stored[6:].numpy().any()
    assert learn.num_traces() == 1


def spoilable(updates_per_call):
    """A learner, its network, and a variable: where it is 1 the loss is NaN, where 2 the weights after it."""
    _, replay, network, update = learner(1)
    spoilt = tf.Variable(0, dtype=tf.int64)

    def nan_where(number):
        return tf.where(spoilt == number, np.float32(np.nan), 1.0)

    def spoilt_update(batch):
        metrics = update(batch)
        network.weights[0].assign(network.weights[0] * nan_where(2))
        return metrics | {"loss": metrics["loss"] * nan_where(1)}

    replay.add(rows(30))
    learn = fuse(spoilt_update, replay, batch_size=16, updates_per_call=updates_per_call)
    return learn, network, spoilt


@pytest.mark.slow
def test_nan_stops_with_the_update_the_last_good_weights_and_causes():
    learn, network, spoilt = spoilable(2)
    learn()
    network.set_weights([w + 1 for w in network.get_weights()])  # loaded between two calls
    good = network.get_weights()
    spoilt.assign(1)
    message = r"at update 3 \(loss nan, .*\); .* after update 2\. Likely causes: a learning rate"
    with pytest.raises(TrainingDiverged, match=message):
        learn()
    for now, kept in zip(network.get_weights(), good, strict=True):
        np.testing.assert_array_equal(now, kept)
    assert learn.num_updates == 2


@pytest.mark.slow
def test_weights_that_the_last_update_of_a_call_spoilt_are_not_taken_for_good():
    learn, network, spoilt = spoilable(1)
    learn()
    good = network.get_weights()
    spoilt.assign(2)
    learn()  # its loss was still fine
    spoilt.assign(0)
    with pytest.raises(TrainingDiverged, match=r"at update 3 .* after update 1\."):
        learn()
    for now, kept in zip(network.get_weights(), good, strict=True):
        np.testing.assert_array_equal(now, kept)
    assert np.isfinite(learn()["loss"])  # and training can go on


@pytest.mark.slow
def test_weights_that_were_nan_from_the_start_are_named():
    learn, network, _ = spoilable(2)
    network.weights[0].assign(network.weights[0] * np.nan)
    with pytest.raises(TrainingDiverged, match="weights held NaN or infinity before"):
        learn()
