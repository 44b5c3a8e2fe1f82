"""The checks of lessons 09 and 09b: right answers in other words, mistakes that are not in the catalogues."""

import numpy as np
import tensorflow as tf
from answers import make_tests
from scipy import stats

from tutorial_lib import checks, squashed_log_prob


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


def with_scipy(mean, log_std, u):
    density = stats.norm.logpdf(u, mean, np.exp(log_std))
    return (density - 2 * np.log(2) + 2 * u + 2 * np.log1p(np.exp(-2 * u))).sum(axis=-1)


def of_the_package(mean, log_std, u):
    return squashed_log_prob(*(tf.constant(x, tf.float64) for x in (mean, log_std, u)))


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
    "check_twin_target": [
        lambda r, d, q1, q2: r + d * np.min([q1, q2], axis=0),
        lambda r, d, q1, q2: r + d * np.where(q1 < q2, q1, q2),
    ],
    "check_smoothed": [
        lambda a, noise, c: np.maximum(-1, np.minimum(1, a + np.maximum(-c, np.minimum(c, noise)))),
    ],
    "check_squashed_log_prob": [with_scipy, of_the_package],
    "check_soft_value": [lambda q1, q2, p, alpha: np.minimum(q1 - alpha * p, q2 - alpha * p)],
    "check_temperature_loss": [
        lambda log_alpha, p, h: tf.reduce_mean(-log_alpha * (tf.stop_gradient(p) + h)),
        lambda log_alpha, p, h: -log_alpha * (np.mean(p) + h),
    ],
    "check_actor_moves": [lambda n, delay: not n % delay],
}

WRONG = [
    ("check_to_bounds", lambda unit, low, high: by_line(unit, -2, 2), "`low` makes no difference"),
    (
        "check_critic_target",
        lambda r, t, g, slow, online: r + 0.9 * (1 - t) * slow,
        "`gamma` makes no difference",
    ),
    ("check_actor_loss", lambda actor, critic, s: -quadratic(actor, critic, s), "the sign"),
    ("check_fading_noise", lambda t, n, length, first, floor: first, "nothing fades"),
    ("check_best_sigma", lambda train, sigmas, seeds: sigmas[0], "nothing was trained"),
    (
        "check_best_sigma",
        lambda train, sigmas, seeds: max(sigmas, key=lambda sigma: train(sigma, seeds[0])),
        "3 of 12 were trained",
    ),
    (
        "check_twin_target",
        lambda r, d, q1, q2: r + 0.9 * np.minimum(q1, q2),
        "`discount` makes no difference",
    ),
    ("check_smoothed", lambda a, noise, c: np.clip(a + np.clip(noise, -0.5, 0.5), -1, 1), "`limit` makes no"),
    (
        "check_soft_value",
        lambda q1, q2, p, alpha: np.minimum(q1, q2) - 0.2 * p,
        "`alpha` makes no difference",
    ),
    ("check_temperature_loss", lambda log_alpha, p, h: -log_alpha * (p + h), "should have"),
]


test_right_answers_in_other_words, test_other_mistakes = make_tests(checks, RIGHT, WRONG)
