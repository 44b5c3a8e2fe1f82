"""Checks of lesson 09b: twins, smoothing, the density behind a tanh, the soft value and the temperature."""

import math

import numpy as np
import tensorflow as tf

from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients


def twins(rng):
    """Opinions of two critics about the next step."""
    for size in [1, 3, 4] * 4:
        q1, q2 = rng.normal(size=(2, size))
        yield dict(reward=rng.normal(size=size), discount=rng.choice([0, 0.9, 0.99], size), q1=q1, q2=q2)


check_twin_target = Check(
    lambda reward, discount, q1, q2: reward + discount * np.minimum(q1, q2),
    twins,
    [
        (
            "that is the higher of the two: their errors would add up",
            lambda r, d, a, b: r + d * np.maximum(a, b),
        ),
        (
            "that is their mean: an error that points up still counts by half",
            lambda r, d, a, b: r + d * (a + b) / 2,
        ),
        ("only the first critic is asked", lambda r, d, a, b: r + d * a),
        ("only the second critic is asked", lambda r, d, a, b: r + d * b),
        (
            "that is the lowest of the whole batch: take the lower one in each row",
            lambda r, d, a, b: r + d * min(a.min(), b.min()),
        ),
        (
            "one critic is chosen for the whole batch: take the lower one in each row",
            lambda r, d, a, b: r + d * (a if a.mean() < b.mean() else b),
        ),
        ("nothing follows a terminal step: use `discount`", lambda r, d, a, b: r + np.minimum(a, b)),
        (
            "the reward comes now: only what follows is discounted",
            lambda r, d, a, b: d * (r + np.minimum(a, b)),
        ),
    ],
)


def jitters(rng):
    """Target actions near 0 and near the edges, with noise that is sometimes larger than its limit."""
    for size, num_actions in [(1, 1), (3, 2), (6, 3)] * 4:
        shape = (size, num_actions)
        yield dict(
            action=rng.uniform(-1, 1, shape), noise=rng.normal(size=shape), limit=rng.uniform(0.2, 0.7)
        )


check_smoothed = Check(
    lambda action, noise, limit: np.clip(action + np.clip(noise, -limit, limit), -1, 1),
    jitters,
    [
        ("the noise has no limit: cut it off at ± `limit`", lambda a, e, c: np.clip(a + e, -1, 1)),
        ("the sum leaves −1 … 1, where no action is", lambda a, e, c: a + np.clip(e, -c, c)),
        ("neither the noise nor the sum is cut off", lambda a, e, c: a + e),
        ("the limit is for the noise; the action may go as far as ±1", lambda a, e, c: np.clip(a + e, -c, c)),
        (
            "the noise pushes one way only: its limits are −c and c",
            lambda a, e, c: np.clip(a + np.clip(e, 0, c), -1, 1),
        ),
        ("there is no noise in it", lambda a, e, c: np.clip(a, -1, 1)),
    ],
)


def squashed(rng):
    """Normal numbers and their distribution; some lie far out."""
    for size, num_actions in [(1, 1), (3, 2), (4, 3)] * 3:
        mean, log_std, u = rng.normal(size=(3, size, num_actions))
        yield dict(mean=mean, log_std=log_std, u=u)
    far = np.array([[20.0, -20.0]])
    yield dict(mean=far, log_std=np.zeros((1, 2)), u=far)


def normal(mean, log_std, u):
    """log density of a normal distribution, entry by entry."""
    return -0.5 * ((u - mean) / np.exp(log_std)) ** 2 - log_std - 0.5 * math.log(2 * math.pi)


def slope(u):
    """log (1 − tanh² u), safe."""
    return 2 * (math.log(2) - u - np.logaddexp(0, -2 * u))


def by_hand(mean, log_std, u):
    """The log density as the formula reads: right, but −∞ far out; [B]."""
    return (normal(mean, log_std, u) - np.log(1 - np.tanh(u) ** 2)).sum(axis=1)


check_squashed_log_prob = Check(
    lambda mean, log_std, u: (normal(mean, log_std, u) - slope(u)).sum(axis=1),
    squashed,
    [
        (
            "far out, 1 − tanh² u is rounded to 0 and its logarithm is −∞: use 2 (log 2 − u − softplus(−2u))",
            by_hand,
        ),
        (
            "that is the density of u: the correction for the tanh is missing",
            lambda m, s, u: normal(m, s, u).sum(axis=1),
        ),
        (
            "the correction is added: where tanh is flat the density must grow, so subtract",
            lambda m, s, u: (normal(m, s, u) + slope(u)).sum(axis=1),
        ),
        (
            "the entries of an action are independent: add their logarithms up, do not average them",
            lambda m, s, u: (normal(m, s, u) - slope(u)).mean(axis=1),
        ),
        (
            "only half the correction: the slope is 1 − tanh², not its root",
            lambda m, s, u: (normal(m, s, u) - slope(u) / 2).sum(axis=1),
        ),
        (
            "the normal density is taken at the action: it belongs to u",
            lambda m, s, u: (normal(m, s, np.tanh(u)) - slope(u)).sum(axis=1),
        ),
    ],
)


def opinions(rng):
    """Two critics about an action that was drawn, and how likely it was."""
    for size in [1, 3, 4] * 3:
        q1, q2, log_prob = rng.normal(size=(3, size))
        yield dict(q1=q1, q2=q2, log_prob=log_prob, alpha=rng.uniform(0.1, 0.9))


check_soft_value = Check(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - alpha * log_prob,
    opinions,
    [
        (
            "the sign: an unlikely action, with log π far below 0, earns a bonus",
            lambda a, b, p, t: np.minimum(a, b) + t * p,
        ),
        ("the entropy is missing", lambda a, b, p, t: np.minimum(a, b)),
        ("the entropy has a price: multiply by `alpha`", lambda a, b, p, t: np.minimum(a, b) - p),
        ("that is the higher of the twins", lambda a, b, p, t: np.maximum(a, b) - t * p),
        ("only one of the twins is asked", lambda a, b, p, t: a - t * p),
        (
            "that is π itself: take its logarithm as it is given",
            lambda a, b, p, t: np.minimum(a, b) - t * np.exp(p),
        ),
    ],
)


def prices(rng):
    """A temperature, and policies more and less decided than the target."""
    for size in [1, 3, 4] * 3:
        yield dict(log_alpha=rng.normal(), log_prob=rng.normal(size=size), target_entropy=rng.uniform(-3, 0))


def priced(answer, log_alpha, log_prob, target_entropy):
    """The loss, and its gradients by log α and by the policy."""
    look = gradients("log_alpha", "log_prob")
    return look(
        answer, log_alpha=np.array(log_alpha), log_prob=log_prob, target_entropy=float(target_entropy)
    )


def loss(sign=-1.0, gap=lambda p, h: p + h, hold=tf.stop_gradient, price=lambda x: x, reduce=tf.reduce_mean):
    """A temperature's loss, right as it stands, or wrong in one part."""
    return lambda log_alpha, p, h: sign * price(log_alpha) * reduce(hold(gap(p, h)))


check_temperature_loss = Check(
    loss(),
    prices,
    [
        ("the sign: α would rise where there is more entropy than asked for", loss(sign=1.0)),
        ("the policy is moved by it: hold log π constant with tf.stop_gradient", loss(hold=tf.identity)),
        ("the entropy is −log π, so that the gap is log π + H̄", loss(gap=lambda p, h: p - h)),
        ("the target is missing: α would follow the entropy alone", loss(gap=lambda p, h: p)),
        ("that has α in it; the task's loss has log α", loss(price=tf.exp)),
        ("that is the sum: take the mean over the batch", loss(reduce=tf.reduce_sum)),
    ],
    observe=priced,
)


def wrong_ways(rng):
    """Counts of updates and delays."""
    for num_updates, delay in [(1, 2), (2, 2), (3, 3), (4, 3), (6, 3), (6, 2), (5, 1), (7, 4), (8, 4)]:
        yield dict(num_updates=num_updates, delay=delay)


check_actor_moves = Check(
    lambda num_updates, delay: num_updates % delay == 0,
    wrong_ways,
    [
        ("that moves at all the other times", lambda n, d: n % d != 0),
        ("the actor moves at every update: wait for `delay` of them", lambda n, d: True),
        ("the delay is not always 2", lambda n, d: n % 2 == 0),
        (
            "that is a waiting time at the start only: afterwards it would move at every update",
            lambda n, d: n >= d,
        ),
        ("it moves only once, at the end of the first wait", lambda n, d: n == d),
    ],
)
