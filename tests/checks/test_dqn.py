"""The checks of lesson 05 against typical answers: each wrong one is told its own misconception."""

import numpy as np
import pytest
import tensorflow as tf
from answers import cases, examine

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import dqn as module

CHECKS = [name for name in vars(module) if name.startswith("check_")]


def best(q):
    return tf.reduce_max(q, axis=-1)


def taken(q, action):
    return tf.gather(q, action, batch_dims=1)


def mean_square(x):
    return tf.reduce_mean(tf.square(x))


def dqn(online, target, batch, aim=lambda online, target, batch: best(target(batch.next_observation))):
    y = batch.reward + batch.discount * tf.stop_gradient(aim(online, target, batch))
    return mean_square(y - taken(online(batch.observation), batch.action))


def by_one_hot(online, target, batch):
    q = tf.reduce_sum(online(batch.observation) * tf.one_hot(batch.action, 2), axis=1)
    return tf.reduce_mean(
        (tf.stop_gradient(batch.reward + batch.discount * best(target(batch.next_observation))) - q) ** 2
    )


def double(online, target, batch):
    chosen = tf.argmax(online(batch.next_observation), axis=-1)
    return taken(target(batch.next_observation), chosen)


def line(step, start, end, num_steps):
    return start + (end - start) * step / num_steps


def mixed(a, b):
    return lambda online, target, rate: [
        a(rate) * o + b(rate) * t for o, t in zip(online, target, strict=True)
    ]


def pieces(inner, outer, where=lambda d: abs(d) <= 1):
    return lambda d: tf.where(where(d), inner(d), outer(d))


def half(d):
    return 0.5 * d**2


RIGHT = {
    "check_ring_rows": [
        lambda added, count, capacity: (added + np.arange(count)) % capacity,
        lambda added, count, capacity: [(added + i) % capacity for i in range(count)],
    ],
    "check_td_target": [
        lambda r, discount, q: r + discount * best(q),
        lambda r, discount, q: r.numpy() + discount.numpy() * q.numpy().max(1),
    ],
    "check_epsilon": [
        lambda step, start, end, n: start + (end - start) * min(step / n, 1.0),
        lambda step, start, end, n: max(end, line(step, start, end, n)),
    ],
    "check_soft_update": [
        mixed(lambda rate: rate, lambda rate: 1 - rate),
        lambda online, target, rate: [t + rate * (o - t) for o, t in zip(online, target, strict=True)],
    ],
    "check_huber": [
        pieces(half, lambda d: abs(d) - 0.5),
        lambda d: half(tf.minimum(abs(d), 1.0)) + abs(d) - tf.minimum(abs(d), 1.0),
    ],
    "check_mended_shapes": [
        lambda q, action, y: mean_square(y - taken(q, action)),
        lambda q, action, y: mean_square(y - tf.reduce_sum(q * tf.one_hot(action, 2), axis=1)),
    ],
    "check_mended_discount": [
        lambda terminated, truncated, gamma: gamma * (1 - terminated),
        lambda terminated, truncated, gamma: np.where(terminated, 0.0, gamma),
    ],
    "check_mended_target": [dqn, by_one_hot],
}

WRONG = {
    "check_ring_rows": [
        (lambda a, n, c: a + np.arange(n), "do not exist"),
        (lambda a, n, c: np.arange(n), "goes on after the rows"),
        (lambda a, n, c: np.minimum(a + np.arange(n), c - 1), "piles up"),
        (lambda a, n, c: (a + 1 + np.arange(n)) % c, "one row too far"),
        (lambda a, n, c: ((a + np.arange(n)) % c)[::-1], "backwards"),
        (
            lambda a, n, c: np.where(a + np.arange(n) < c, a + np.arange(n), a + np.arange(n) - c),
            "round twice",
        ),
        (lambda a, n, c: a % c, "four rows"),
        (lambda a, n, c: ((a + np.arange(n)) % c).astype(float), "integers"),
    ],
    "check_td_target": [
        (lambda r, d, q: r + 0.99 * best(q), "terminal step"),
        (lambda r, d, q: r + d * tf.reduce_mean(q, axis=1), "mean over actions"),
        (lambda r, d, q: r + d * tf.reduce_min(q, axis=1), "worst"),
        (lambda r, d, q: r + d * tf.cast(tf.argmax(q, axis=1), tf.float32), "number of the best"),
        (lambda r, d, q: r + d * tf.reduce_max(q), "whole batch"),
        (lambda r, d, q: d * best(q), "reward is missing"),
        (lambda r, d, q: d * (r + best(q)), "only what follows"),
        (lambda r, d, q: r[:, None] + d[:, None] * q, "not all of them"),
        (lambda r, d, q: (r + d * best(q))[:, None], "drop the axis"),
        (lambda r, d, q: r + d * q[:, 0], "fixed action"),
    ],
    "check_epsilon": [
        (line, "below 0"),
        (lambda step, start, end, n: start, "never changes"),
        (lambda step, start, end, n: line(min(step, n), end, start, n), "swapped"),
        (lambda step, start, end, n: start * (1 - min(step / n, 1)), "not 0"),
        (lambda step, start, end, n: end + (start - end) * np.exp(-step / n), "stays at `end`"),
        (lambda step, start, end, n: start * (end / start) ** min(step / n, 1), "in a line"),
        (lambda step, start, end, n: start if step < n else end, "in a line"),
    ],
    "check_soft_update": [
        (mixed(lambda rate: 1, lambda rate: 0), "hard update"),
        (mixed(lambda rate: 0, lambda rate: 1), "nothing has moved"),
        (mixed(lambda rate: 1 - rate, lambda rate: rate), "swapped"),
        (mixed(lambda rate: rate, lambda rate: 1), "grow for ever"),
        (mixed(lambda rate: -rate, lambda rate: 1 + rate), "wrong sign"),
        (mixed(lambda rate: 0.5, lambda rate: 0.5), "use the rate"),
        (lambda online, target, rate: online[0] * rate + target[0] * (1 - rate), "list of 2"),
    ],
    "check_huber": [
        (half, "square everywhere"),
        (abs, "|δ| everywhere"),
        (pieces(half, abs), "jumps"),
        (pieces(lambda d: d**2, lambda d: abs(d) - 0.5), "lacks its ½"),
        (lambda d: half(tf.minimum(abs(d), 1.0)), "flat"),
        (pieces(half, lambda d: d - 0.5, lambda d: d <= 1), "negative error"),
        (pieces(half, lambda d: d - 0.5), "never negative"),
        (pieces(lambda d: abs(d) - 0.5, half), "two pieces are swapped"),
        (lambda d: tf.reduce_mean(half(d)), "outside"),
    ],
    "check_mended_shapes": [
        (lambda q, a, y: mean_square(y - taken(q, a)[:, None]), "still compared"),
        (lambda q, a, y: mean_square(y[:, None] - q), "both actions"),
        (lambda q, a, y: mean_square(y - best(q)), "the best action"),
        (lambda q, a, y: tf.reduce_sum(tf.square(y - taken(q, a))), "sum over the batch"),
        (lambda q, a, y: tf.square(tf.reduce_mean(y - taken(q, a))), "opposite sign"),
        (lambda q, a, y: tf.square(y - taken(q, a)), "one number"),
    ],
    "check_mended_discount": [
        (
            lambda terminated, truncated, gamma: gamma * (1 - (terminated | truncated)),
            "still counts as an end",
        ),
        (lambda terminated, truncated, gamma: np.full(4, gamma), "nothing ever ends"),
        (lambda terminated, truncated, gamma: gamma * (1 - truncated), "where the clock ran out"),
        (lambda terminated, truncated, gamma: gamma * terminated, "upside down"),
        (lambda terminated, truncated, gamma: gamma * (1 - (terminated & ~truncated)), "did terminate"),
        (lambda terminated, truncated, gamma: 1.0 - terminated, "not 1"),
    ],
    "check_mended_target": [
        (lambda o, t, b: dqn(o, t, b, lambda o, t, b: best(o(b.next_observation))), "goal moves"),
        (lambda o, t, b: dqn(o, t, b._replace(discount=tf.constant([0.5, 0.5]))), "terminal step"),
        (lambda o, t, b: dqn(t, o, b), "swapped"),
        (lambda o, t, b: dqn(t, t, b), "nothing can learn"),
        (lambda o, t, b: dqn(o, t, b, double), "Double DQN"),
        (lambda o, t, b: 2 * dqn(o, t, b), "sum over the batch"),
        (lambda o, t, b: tf.stop_gradient(dqn(o, t, b)), "no gradient"),
    ],
}


def test_every_check_has_answers_to_judge():
    assert set(CHECKS) == set(RIGHT) == set(WRONG)
    assert min(map(len, RIGHT.values())) >= 2
    assert min(map(len, WRONG.values())) >= 5


@pytest.mark.parametrize(("name", "answer"), cases(RIGHT))
def test_right_answers_pass(name, answer, capsys):
    assert getattr(checks, name)(answer) is True
    assert capsys.readouterr().out == "correct\n"


@pytest.mark.parametrize(("name", "answer"), cases(WRONG))
def test_wrong_answers_are_told_why(name, answer):
    examine(getattr(checks, name), *answer)
