"""Policies: compiled functions that choose actions."""

import functools

import numpy as np
import tensorflow as tf


def sample_categorical(logits, generator):
    """Draws actions with probabilities softmax(logits): [B, A] -> [B] int64, by the Gumbel-max trick."""
    uniform = generator.uniform(tf.shape(logits), minval=1e-10, maxval=1.0)
    return tf.argmax(logits - tf.math.log(-tf.math.log(uniform)), axis=-1)


def compiled_policy(policy):
    """Compiles policy(observation [B, *obs], *numbers) -> [B] actions, and keeps its calls cheap.

    It is traced once for every kind of observation and any B, and compiled by XLA; numbers are passed in,
    not compiled in. Calling the traced program itself costs half of what calling a tf.function does.
    """
    compiled, programs = tf.function(policy, jit_compile=True, autograph=False), {}

    @functools.wraps(policy)  # its parameters stay known by their names
    def call(observation, *numbers):
        in_numpy = isinstance(observation, np.ndarray)
        observation = (tf.constant if in_numpy else tf.convert_to_tensor)(observation)  # the first is faster
        numbers = [tf.cast(number, tf.float32) for number in numbers]
        kind = tf.TensorSpec([None, *observation.shape[1:]], observation.dtype)
        if kind not in programs:
            programs[kind] = compiled.get_concrete_function(kind, *[tf.TensorSpec([])] * len(numbers))
        return programs[kind](observation, *numbers)

    call.experimental_get_tracing_count = compiled.experimental_get_tracing_count
    return call


def greedy(network):
    """A compiled policy that takes the action with the highest output: [B, *obs] -> [B] int64."""
    return compiled_policy(lambda observation: tf.argmax(network(observation), axis=-1))


def softmax_policy(network, generator):
    """A compiled policy that draws from softmax(network(observation)): [B, *obs] -> [B] int64."""
    return compiled_policy(lambda observation: sample_categorical(network(observation), generator))


def epsilon_greedy(network, generator):
    """A compiled policy(observation, epsilon): random with probability ε, else the best of network's [B, A].

    Observation [B, *obs] -> action [B] int64; ε is a number or a scalar tensor.
    """

    def policy(observation, epsilon):
        q = network(observation)  # [B, A]
        best = tf.argmax(q, axis=-1)  # [B]
        random = generator.uniform(tf.shape(best), maxval=tf.shape(q, tf.int64)[-1], dtype=tf.int64)
        explore = generator.uniform(tf.shape(best)) < epsilon
        return tf.where(explore, random, best)

    return compiled_policy(policy)


def normal_policy(actor, generator):
    """A compiled policy that samples mean + σ·noise: observation [N, *obs] -> actions [N, A] float32."""

    def policy(observation):
        mean, log_std = actor(observation)
        return mean + tf.exp(log_std) * generator.normal(tf.shape(mean))

    return compiled_policy(policy)
