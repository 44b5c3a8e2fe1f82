"""A convolution as a matrix product, against Keras's own."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import PatchConv2D, output_size, patches

SHAPES = [((5, 7, 2), 3, 2, 4), ((4, 4, 1), 4, 1, 1), ((24, 16, 1), 5, 2, 8), ((6, 9, 3), 2, 3, 5)]


def test_sizes_by_hand():
    assert [output_size(24, 5, 2), output_size(10, 3, 2), output_size(16, 5, 2), output_size(4, 4, 3)] == [
        10, 4, 6, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "kernel", "stride"), [(3, 4, 1), (3, 0, 1), (3, 2, 0), (0, 1, 1)])
def test_what_does_not_fit_is_refused(size, kernel, stride):
    with pytest.raises(ValueError, match="does not fit"):
        output_size(size, kernel, stride)


def test_patches_by_hand():
    picture = tf.reshape(tf.range(6.0), [1, 2, 3, 1])  # 0 1 2 / 3 4 5
    assert patches(picture, 2, 1)[0, 0].numpy().tolist() == [[0, 1, 3, 4], [1, 2, 4, 5]]


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "kernel", "stride", "filters"), SHAPES)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_is_the_layer_of_keras(shape, kernel, stride, filters, jit_compile):
    rng = np.random.default_rng(0)
    pictures = tf.constant(rng.normal(size=(3, *shape)), tf.float32)
    layers = [kind(filters, kernel, strides=stride) for kind in (keras.layers.Conv2D, PatchConv2D)]
    for layer in layers:
        layer.build((None, *shape))
    layers[1].set_weights([rng.normal(size=w.shape) for w in layers[1].get_weights()])
    layers[0].set_weights(layers[1].get_weights())

    def outputs_and_slopes(layer):
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            outputs = layer(pictures)
            total = tf.reduce_sum(tf.sin(outputs))
        return outputs, *tape.gradient(total, [pictures, *layer.trainable_variables])

    theirs, ours = (
        tf.function(partial(outputs_and_slopes, layer), jit_compile=jit_compile)() for layer in layers
    )
    for one, other in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    side = [output_size(n, kernel, stride) for n in shape[:2]]
    assert layers[0].compute_output_shape((3, *shape)) == ours[0].shape == (3, *side, filters)
