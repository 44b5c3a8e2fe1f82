"""Ensembles: members that know nothing of one another, and what their disagreement says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import disagreement, ensemble, for_members, pick_members
from tutorial_lib.networks.ensemble import LOG_STD, MembersDense


def test_shapes():
    network = ensemble(3, 4, 2, [8])
    after, reward, logit, log_std = network([tf.zeros([3, 5, 4]), tf.zeros([3, 5, 2])])
    assert (after.shape, reward.shape, logit.shape) == ((3, 5, 4), (3, 5), (3, 5))
    assert log_std.shape == (3, 5, 5)


def test_every_member_has_weights_of_its_own():
    layer = MembersDense(2)
    x = tf.constant([[[1.0, 2.0]], [[1.0, 2.0]]])  # [2, 1, 2]
    layer(x)
    kernel = np.array([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]])
    layer.set_weights([kernel, np.array([[[0.0, 1.0]], [[0.0, 0.0]]])])
    np.testing.assert_allclose(layer(x), [[[1.0, 3.0]], [[4.0, 2.0]]])


def test_first_weights_are_scaled_by_the_inputs_of_one_member():
    keras.utils.set_random_seed(0)
    layer = MembersDense(200)
    layer(tf.zeros([5, 1, 25]))
    assert np.std(layer.kernel) == pytest.approx(0.2, rel=0.02)  # 25 inputs, not 125


def silent(**options):
    """An ensemble of one linear layer whose outputs are all 0."""
    network = ensemble(2, 2, 1, [], **options)
    network.set_weights([np.zeros_like(w) for w in network.get_weights()])
    return network


def test_an_output_of_0_means_no_change():
    observation = tf.constant([[[1.0, -2.0]], [[3.0, 4.0]]])
    after, reward, _, _ = silent(change=[0.1, 10.0])([observation, tf.zeros([2, 1, 1])])
    np.testing.assert_allclose(after, observation)
    np.testing.assert_allclose(reward, 0)


def test_without_differences_it_means_the_state_0():
    after, *_ = silent(differences=False)([tf.ones([2, 1, 2]), tf.zeros([2, 1, 1])])
    np.testing.assert_allclose(after, 0)


def test_changes_and_spreads_are_in_units_of_change():
    network = silent(change=[0.1, 10.0])
    weights = network.get_weights()
    outputs = next(i for i, w in enumerate(weights) if w.shape == (2, 1, 6))  # the bias of means and spreads
    weights[outputs] = np.tile([2.0, 2.0, 7.0, 100.0, -100.0, 0.0], [2, 1, 1])
    network.set_weights(weights)
    after, reward, _, log_std = network([tf.ones([2, 1, 2]), tf.zeros([2, 1, 1])])
    np.testing.assert_allclose(after[0], [[1.2, 21.0]], rtol=1e-6)
    np.testing.assert_allclose(reward, 7)
    low, high = LOG_STD
    expected = [high + np.log(0.1), low + np.log(10), (low + high) / 2]
    np.testing.assert_allclose(log_std[0, 0], expected, rtol=1e-5)


def test_inputs_are_divided_by_their_scale():
    network = ensemble(1, 2, 1, [3], scale=[1.0, 4.0])
    twin = ensemble(1, 2, 1, [3])
    twin.set_weights(network.get_weights())
    observation, action = tf.constant([[[1.0, 8.0]]]), tf.ones([1, 1, 1])
    scaled = tf.constant([[[1.0, 2.0]]])
    change = network([observation, action])[0] - observation
    np.testing.assert_allclose(change, twin([scaled, action])[0] - scaled, rtol=1e-5, atol=1e-6)


def test_rows_go_to_all_members_and_come_back_from_one():
    x = tf.constant([[1.0], [2.0]])
    assert for_members(3, x).shape == (3, 2, 1)
    seen = tf.constant([[10.0, 20.0], [11.0, 21.0], [12.0, 22.0]])  # [M = 3, B = 2]
    np.testing.assert_allclose(pick_members(seen, tf.constant([2, 0], tf.int64)), [12.0, 20.0])


def test_disagreement_worked_out_by_hand():
    x = tf.constant([[[0.0, 0.0], [5.0, 5.0]], [[2.0, 8.0], [5.0, 5.0]]])  # [M = 2, B = 2, D = 2]
    np.testing.assert_allclose(disagreement(x), [(1 + 4) / 2, 0])
    np.testing.assert_allclose(disagreement(x, [1.0, 4.0]), [(1 + 1) / 2, 0])


def test_one_member_has_nobody_to_disagree_with():
    with pytest.raises(ValueError, match="an ensemble of 1 has nobody to disagree with"):
        disagreement(tf.zeros([1, 5, 4]))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((0, 4, 2, [8]), {}, "num_members must be at least 1, got 0"),
        ((2, 4, 2, 8), {}, "hidden must list the units"),
        ((2, 4, 2, [8]), {"scale": [1.0, 1.0]}, "scale must be one positive number, or 4 of them"),
        ((2, 4, 2, [8]), {"change": 0.0}, "change must be one positive number"),
        ((2, 4, 2, [8]), {"change": float("nan")}, "change must be one positive number"),
    ],
)
def test_bad_sizes_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        ensemble(*arguments, **options)


def test_eager_equals_compiled():
    network = ensemble(2, 3, 1, [8])
    x = [tf.random.stateless_normal([2, 6, size], [1, size]) for size in (3, 1)]
    compiled = tf.function(lambda x: network(x), jit_compile=True)(x)
    for a, b in zip(compiled, network(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
