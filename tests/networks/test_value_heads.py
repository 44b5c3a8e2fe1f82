"""Heads of action values, and a layer that explores: shapes, arithmetic by hand, and noise that behaves."""

import re
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import Duel, NoisyDense, dqn_network


def generator(seed=0):
    return tf.random.Generator.from_seed(seed, alg="philox")


@pytest.mark.parametrize("dueling", [False, True])
@pytest.mark.parametrize(("num_atoms", "shape"), [(None, (5, 3)), (7, (5, 3, 7))])
@pytest.mark.parametrize("noisy", [False, True])
def test_shapes(dueling, num_atoms, shape, noisy):
    options = {"dense": lambda units, **kw: NoisyDense(units, generator(), **kw)} if noisy else {}
    network = dqn_network(4, [8, 8], 3, dueling=dueling, num_atoms=num_atoms, **options)
    assert network(tf.zeros([5, 4])).shape == shape
    compiled = tf.function(lambda x: network(x), jit_compile=True)
    x = tf.random.stateless_normal([5, 4], [1, 2])
    np.testing.assert_allclose(compiled(x), network(x), rtol=1e-4, atol=1e-5)


def test_a_duel_by_hand():
    q = Duel()(tf.constant([[10.0]]), tf.constant([[1.0, 2.0, 6.0]]))
    np.testing.assert_allclose(q, [[8, 9, 13]])
    q = Duel()(tf.constant([[[10.0, 20.0]]]), tf.constant([[[1.0, 0.0], [3.0, 4.0]]]))  # per atom
    np.testing.assert_allclose(q, [[[9, 18], [11, 22]]])


def test_the_mean_of_a_dueling_network_is_its_value():
    """The stream of advantages cannot move it."""
    network = dqn_network(4, [8], 3, dueling=True)
    x = tf.random.stateless_normal([5, 4], [3, 4])
    before = tf.reduce_mean(network(x), axis=1)
    stream = next(layer for layer in network.layers if getattr(layer, "units", 0) == 3)
    stream.set_weights([5 * w + 1 for w in stream.get_weights()])
    np.testing.assert_allclose(tf.reduce_mean(network(x), axis=1), before, rtol=1e-4, atol=1e-5)


def test_each_stream_gets_half_of_the_last_layer():
    plain, dueling = (dqn_network(4, [64, 64], 2, dueling=dueling) for dueling in (False, True))
    assert [w.shape for w in dueling.weights] == [
        (4, 64),
        (64,),
        (64, 64),
        (64,),
        (32, 1),
        (1,),
        (32, 2),
        (2,),
    ]
    assert dueling.count_params() < plain.count_params()
    x = tf.random.stateless_normal([5, 4], [3, 4])
    *body, of_state, state_bias, of_actions, action_bias = dueling.get_weights()
    hidden = np.maximum(np.maximum(x @ body[0] + body[1], 0) @ body[2] + body[3], 0)
    advantage = hidden[:, 32:] @ of_actions + action_bias
    q = hidden[:, :32] @ of_state + state_bias + advantage - advantage.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(dueling(x), q, rtol=1e-4, atol=1e-5)


def test_inputs_are_scaled():
    network = dqn_network(2, [], 1, scale=[1.0, 10.0])
    network.set_weights([np.array([[1.0], [1.0]]), np.zeros(1)])
    np.testing.assert_allclose(network(tf.constant([[3.0, 0.5]])), [[8.0]])


def test_noise_differs_from_call_to_call_and_evaluation_has_none():
    network = dqn_network(4, [8], 2, dense=lambda units, **kw: NoisyDense(units, generator(), **kw))
    x = tf.random.stateless_normal([3, 4], [5, 6])
    noisy = [network(x, training=True).numpy() for _ in range(2)]
    assert np.abs(noisy[0] - noisy[1]).min() > 1e-4
    np.testing.assert_array_equal(network(x), network(x))
    np.testing.assert_array_equal(network(x), network(x, training=False))


def test_without_sigma_there_is_no_noise():
    layer, x = NoisyDense(3, generator(), sigma=0.0), tf.random.stateless_normal([3, 4], [5, 6])
    np.testing.assert_array_equal(layer(x, training=True), layer(x))


def test_the_noise_is_that_of_two_vectors():
    layer, x = NoisyDense(3, generator(7), sigma=0.5), tf.random.stateless_normal([2, 4], [5, 6])
    plain = layer(x)
    layer.generator.reset_from_seed(7)
    noisy = layer(x, training=True)
    same = generator(7)
    f = lambda e: np.sign(e) * np.sqrt(np.abs(e))  # noqa: E731
    inputs, units = f(same.normal([4]).numpy()), f(same.normal([3]).numpy())
    weights = 0.25 * np.outer(inputs, units)  # σ₀ / √4 = ¼
    np.testing.assert_allclose(noisy - plain, x @ weights + 0.25 * units, rtol=1e-4, atol=1e-5)


def test_sigma_is_learned():
    layer, x = NoisyDense(3, generator()), tf.ones([2, 4])
    layer(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(x, training=True)))
    gradients = tape.gradient(loss, layer.trainable_variables)
    assert len(gradients) == 4 and all(np.abs(g).max() > 0 for g in gradients)


def test_bad_networks_are_refused():
    make = partial(dqn_network, 4)
    with pytest.raises(ValueError, match="at least 2 atoms, got num_atoms=1"):
        make([8], 2, num_atoms=1)
    for hidden in ([], [64, 7]):
        with pytest.raises(
            ValueError,
            match=re.escape(f"cuts the last hidden layer in two: give [64], for one, got {hidden}"),
        ):
            make(hidden, 2, dueling=True)
    with pytest.raises(ValueError, match=r"each layer needs a unit: got 4, \[8, 0\], 2"):
        make([8, 0], 2)
    with pytest.raises(ValueError, match="units ≥ 1 and sigma ≥ 0, got 0 and 0.5"):
        NoisyDense(0, generator())
    with pytest.raises(ValueError, match="units ≥ 1 and sigma ≥ 0, got 3 and -1"):
        NoisyDense(3, generator(), sigma=-1)
