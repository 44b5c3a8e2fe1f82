"""The checks of lesson 09: right answers in other words, and mistakes that are not in the catalogues."""

import numpy as np
import pytest
import tensorflow as tf
from answers import cases, examine, judged

from tutorial_lib import checks


def by_line(unit, low, high):
    return low + (np.minimum(np.maximum(unit, -1), 1) + 1) / 2 * (high - low)


def in_turn(train, sigmas, seeds):
    means = np.zeros(len(sigmas))
    for seed in seeds:
        for i, sigma in enumerate(sigmas):
            means[i] += train(sigma, seed) / len(seeds)
    return sigmas[np.argmax(means)]


def quadratic(actor, critic, s):
    a, c = tf.tanh(tf.reduce_sum(s * actor, axis=1)), tf.stop_gradient(critic)
    return tf.reduce_mean(-c[0] * a - c[1] * a * a)


RIGHT = {
    "check_to_bounds": [by_line],
    "check_critic_target": [
        lambda r, terminated, gamma, slow, online: np.where(terminated, r, r + gamma * slow),
        lambda r, terminated, gamma, slow, online: [
            x + (0 if t else gamma * q) for x, t, q in zip(r, terminated, slow, strict=True)
        ],
    ],
    "check_actor_loss": [quadratic],
    "check_fading_noise": [
        lambda step, n, length, first, floor: max(floor, first + (floor - first) * step / (n * length)),
        lambda step, n, length, first, floor: np.interp(step, [0, n * length], [first, floor]),
    ],
    "check_best_sigma": [in_turn],
}

WRONG = [
    ("check_to_bounds", lambda unit, low, high: by_line(unit, -2, 2), "`low` makes no difference"),
    (
        "check_critic_target",
        lambda r, t, g, slow, online: r + 0.9 * (1 - t) * slow,
        "`gamma` makes no difference",
    ),
    ("check_actor_loss", lambda actor, critic, s: -quadratic(actor, critic, s), "the sign"),
    ("check_fading_noise", lambda t, n, length, first, floor: first, "`step` makes no difference"),
    ("check_best_sigma", lambda train, sigmas, seeds: sigmas[0], "nothing was trained"),
    (
        "check_best_sigma",
        lambda train, sigmas, seeds: max(sigmas, key=lambda sigma: train(sigma, seeds[0])),
        "3 of 12 were trained",
    ),
]


@pytest.mark.parametrize(("name", "answer"), cases(RIGHT))
def test_right_answers_in_other_words(name, answer):
    assert judged(getattr(checks, name), answer) == "correct"


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_other_mistakes(name, answer, message):
    examine(getattr(checks, name), answer, message)
