"""One seed for everything that is random."""

import keras
import tensorflow as tf


def seed_everything(seed):
    """Seeds Python, NumPy and Keras, and returns a tf.random.Generator for everything random in TensorFlow.

    Stateful operations such as tf.random.uniform ignore TensorFlow's global seed once XLA compiles them;
    a generator does not.
    """
    keras.utils.set_random_seed(seed)
    return tf.random.Generator.from_seed(seed, alg="philox")
