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
        ("the reward is missing", lambda r, d, a, b: d * np.minimum(a, b)),
        ("the reward counts in full, what follows is discounted: the discount went to the wrong one", lambda r, d, a, b: d * r + np.minimum(a, b)),
        ("`discount` multiplies what follows, and not 1 − discount", lambda r, d, a, b: r + (1 - d) * np.minimum(a, b)),
        ("what follows is discounted once: one step lies between", lambda r, d, a, b: r + d**2 * np.minimum(a, b)),
        ("both critics are discounted: yours discounts the first only", lambda r, d, a, b: r + np.minimum(d * a, b)),
        ("both critics are discounted: yours discounts the second only", lambda r, d, a, b: r + np.minimum(a, d * b)),
        ("the reward belongs to both critics: yours gives it to the first only", lambda r, d, a, b: np.minimum(r + d * a, d * b)),
        ("the reward belongs to both critics: yours gives it to the second only", lambda r, d, a, b: np.minimum(d * a, r + d * b)),
        ("the lower one is the one further down, not the one nearer to 0", lambda r, d, a, b: r + d * np.where(np.abs(a) < np.abs(b), a, b)),
        ("the lower one, not the one that is further from 0", lambda r, d, a, b: r + d * np.where(np.abs(a) > np.abs(b), a, b)),
        ("opinions may be negative: keep their sign", lambda r, d, a, b: r + d * np.minimum(np.abs(a), np.abs(b))),
        ("opinions may be negative: do not cut them off at 0", lambda r, d, a, b: r + d * np.maximum(np.minimum(a, b), 0)),
        ("the lower of both counts, not how far they are apart", lambda r, d, a, b: r + d * (np.minimum(a, b) - np.maximum(a, b))),
        ("the lower of both counts, not their distance", lambda r, d, a, b: r + d * np.abs(a - b)),
        ("the lower of both counts, not their sum", lambda r, d, a, b: r + d * (a + b)),
        ("the lower of both counts, not their product", lambda r, d, a, b: r + d * a * b),
        ("what follows is added to the reward", lambda r, d, a, b: r - d * np.minimum(a, b)),
        ("every row gets the mean of what follows: each has its own", lambda r, d, a, b: r + d * np.mean(np.minimum(a, b))),
        ("the reward is not part of the comparison: what follows is the lower critic", lambda r, d, a, b: np.minimum(r, d * np.minimum(a, b))),
        ("one target per transition, not their mean", lambda r, d, a, b: np.mean(r + d * np.minimum(a, b))),
    ],
)  # fmt: skip


def jitters(rng):
    """Target actions near 0 and near the edges, with noise that is sometimes larger than its limit."""
    for size, num_actions in [(1, 1), (3, 2), (6, 3)] * 4:
        shape = (size, num_actions)
        yield dict(
            action=rng.uniform(-1, 1, shape), noise=rng.normal(size=shape), limit=rng.uniform(0.2, 0.7)
        )


def jittered(
    noise=lambda e, c: np.clip(e, -c, c),
    add=lambda a, e: a + e,
    cut=lambda x, c: np.clip(x, -1, 1),
):
    """An answer to `smoothed`, by default the right one."""
    return lambda a, e, c: cut(add(a, noise(e, c)), c)


check_smoothed = Check(
    jittered(),
    jitters,
    [
        ("the noise has no limit: cut it off at ± `limit`", jittered(lambda e, c: e)),
        ("the sum leaves −1 … 1, where no action is", jittered(cut=lambda x, c: x)),
        ("neither the noise nor the sum is cut off", lambda a, e, c: a + e),
        (
            "the limit is for the noise; the action may go as far as ±1",
            jittered(lambda e, c: e, cut=lambda x, c: np.clip(x, -c, c)),
        ),
        ("the limit is for the noise: the sum goes as far as ±1", jittered(cut=lambda x, c: np.clip(x, -c, c))),
        ("the two limits are swapped: ± `limit` for the noise, ±1 for the sum", jittered(lambda e, c: np.clip(e, -1, 1), cut=lambda x, c: np.clip(x, -c, c))),
        ("the noise ends at ± `limit`, not at ±1", jittered(lambda e, c: np.clip(e, -1, 1))),
        ("the noise pushes one way only: its limits are −c and c", jittered(lambda e, c: np.clip(e, 0, c))),
        ("the noise pushes down only: its limits are −c and c", jittered(lambda e, c: np.clip(e, -c, 0))),
        ("the noise lost its sign: its limits are −c and c", jittered(lambda e, c: np.minimum(np.abs(e), c))),
        ("the noise is cut off on one side only: below −c as well", jittered(lambda e, c: np.minimum(e, c))),
        ("the noise is cut off on one side only: above c as well", jittered(lambda e, c: np.maximum(e, -c))),
        ("the sum is cut off on one side only: below −1 as well", jittered(cut=lambda x, c: np.minimum(x, 1))),
        ("the sum is cut off on one side only: above 1 as well", jittered(cut=lambda x, c: np.maximum(x, -1))),
        ("actions reach from −1 to 1, not from 0", jittered(cut=lambda x, c: np.clip(x, 0, 1))),
        ("the noise is cut off at its limit, not multiplied by it", jittered(lambda e, c: c * e)),
        ("the noise is cut off at its limit, and not multiplied by it before", jittered(lambda e, c: np.clip(c * e, -c, c))),
        ("the noise is cut off at its limit: a tanh bends all of it", jittered(lambda e, c: c * np.tanh(e))),
        ("the noise is cut off at its limit: a tanh bends all of it, also what lies within", jittered(lambda e, c: c * np.tanh(e / c))),
        ("what is beyond the limit becomes the limit, not 0", jittered(lambda e, c: np.where(np.abs(e) > c, 0, e))),
        ("the sum is cut off at ±1: a tanh bends all of it", jittered(cut=lambda x, c: np.tanh(x))),
        ("the action is cut off at ±1, not at 1 − limit", jittered(cut=lambda x, c: np.clip(x, c - 1, 1 - c))),
        ("the noise is subtracted: it is added", jittered(add=lambda a, e: a - e)),
        ("the noise is added, not multiplied by the action", jittered(add=lambda a, e: a * e)),
        ("the noise is added to the action, not in proportion to it", jittered(add=lambda a, e: a * (1 + e))),
        ("there is no noise in it", jittered(add=lambda a, e: a)),
        ("the action is missing: it is the noise alone", jittered(add=lambda a, e: e)),
        ("one noise for all: each number of an action has its own", jittered(lambda e, c: np.clip(e[:1, :1], -c, c))),
        ("the noise is that of the first row for all: each has its own", jittered(lambda e, c: np.clip(e[:1], -c, c))),
        ("the noise was averaged: each number of an action has its own", jittered(lambda e, c: np.clip(e, -c, c).mean())),
    ],
)  # fmt: skip


def squashed(rng):
    """Normal numbers and their distribution; some lie far out."""
    for size, num_actions in [(1, 1), (3, 2), (4, 3)] * 3:
        mean, log_std, u = rng.normal(size=(3, size, num_actions))
        yield dict(mean=mean, log_std=log_std, u=u)
    far = np.array([[20.0, -20.0]])
    yield dict(mean=far, log_std=np.zeros((1, 2)), u=far)


HALF_LOG_2_PI = 0.5 * math.log(2 * math.pi)


def normal(mean, log_std, u):
    """log density of a normal distribution, entry by entry."""
    return -0.5 * ((u - mean) / np.exp(log_std)) ** 2 - log_std - HALF_LOG_2_PI


def slope(u):
    """log (1 − tanh² u), safe."""
    return 2 * (math.log(2) - u - np.logaddexp(0, -2 * u))


def by_hand(mean, log_std, u):
    """The log density as the formula reads: right, but −∞ far out; [B]."""
    return (normal(mean, log_std, u) - np.log(1 - np.tanh(u) ** 2)).sum(axis=1)


def density(
    z=lambda m, ls, u: (u - m) / np.exp(ls),
    half=0.5,
    scale=lambda ls: ls,
    constant=HALF_LOG_2_PI,
    correct=slope,
    sign=-1.0,
    over=lambda x: x.sum(axis=1),
):
    """An answer to `squashed_log_prob`, by default the right one."""
    return lambda m, ls, u: over(-half * z(m, ls, u) ** 2 - scale(ls) - constant + sign * correct(u))


def root_of_2_pi(mean, log_std, u):
    """The density itself, by its formula."""
    return np.exp(density()(mean, log_std, u))


check_squashed_log_prob = Check(
    density(),
    squashed,
    [
        (
            "far out, 1 − tanh² u is rounded to 0 and its logarithm is −∞: use 2 (log 2 − u − softplus(−2u))",
            by_hand,
        ),
        ("a small number in the logarithm hides the fault far out: use 2 (log 2 − u − softplus(−2u))", density(correct=lambda u: np.log(1 - np.tanh(u) ** 2 + 1e-6))),
        ("a small number in the logarithm hides the fault far out, however small: use 2 (log 2 − u − softplus(−2u))", density(correct=lambda u: np.log(1 - np.tanh(u) ** 2 + 1e-8))),
        ("that is the density of u: the correction for the tanh is missing", density(sign=0.0)),
        ("the correction is added: where tanh is flat the density must grow, so subtract", density(sign=1.0)),
        ("the entries of an action are independent: add their logarithms up, do not average them", density(over=lambda x: x.mean(axis=1))),
        ("the entries of an action are independent: add their logarithms up, do not multiply them", density(over=lambda x: x.prod(axis=1))),
        ("one logarithm per action: add up its entries", density(over=lambda x: x)),
        ("that adds up the batch: add up the entries of an action, the last axis", density(over=lambda x: x.sum(axis=0))),
        ("one logarithm per action, not one for the whole batch", density(over=lambda x: x.sum())),
        ("that is the density itself: its logarithm is wanted", root_of_2_pi),
        ("the density counts surprises up: the sign of the logarithm", density(over=lambda x: -x.sum(axis=1))),
        ("only half the correction: the slope is 1 − tanh², not its root", density(sign=-0.5)),
        ("twice the correction: the slope is 1 − tanh², not its square", density(sign=-2.0)),
        ("the slope of tanh is 1 − tanh², not 1 − tanh", density(correct=lambda u: np.log(1 - np.tanh(np.minimum(u, 15))))),
        ("the slope of tanh is 1 − tanh², not tanh", density(correct=lambda u: np.log(np.abs(np.tanh(u))))),
        ("the logarithm of the slope is subtracted, not the slope itself", density(correct=lambda u: 1 - np.tanh(u) ** 2)),
        ("1 − tanh² is taken of u, not of tanh u", density(correct=lambda u: slope(np.tanh(u)))),
        ("that is softplus(2u): softplus(−2u) is meant", density(correct=lambda u: 2 * (math.log(2) - u - np.logaddexp(0, 2 * u)))),
        ("that is softplus(−u): softplus(−2u) is meant", density(correct=lambda u: 2 * (math.log(2) - u - np.logaddexp(0, -u)))),
        ("log 2 is missing from the correction", density(correct=lambda u: 2 * (-u - np.logaddexp(0, -2 * u)))),
        ("u is missing from the correction", density(correct=lambda u: 2 * (math.log(2) - np.logaddexp(0, -2 * u)))),
        ("u is subtracted in the correction", density(correct=lambda u: 2 * (math.log(2) + u - np.logaddexp(0, -2 * u)))),
        ("softplus is subtracted in the correction", density(correct=lambda u: 2 * (math.log(2) - u + np.logaddexp(0, -2 * u)))),
        ("softplus is missing from the correction", density(correct=lambda u: 2 * (math.log(2) - u))),
        ("log 2 is 0.69, not 2", density(correct=lambda u: 2 * (2 - u - np.logaddexp(0, -2 * u)))),
        ("the normal density is taken at the action: it belongs to u", density(lambda m, ls, u: (np.tanh(u) - m) / np.exp(ls))),
        ("log σ is given, not σ: divide by its exp", density(lambda m, ls, u: (u - m) / ls)),
        ("log σ is given: the distance is not divided by σ", density(lambda m, ls, u: u - m)),
        ("the distance is divided by σ, not by its root", density(lambda m, ls, u: (u - m) / np.exp(ls / 2))),
        ("the distance is divided by σ before the square: that divides by σ⁴", density(lambda m, ls, u: (u - m) / np.exp(ls) ** 2)),
        ("the distance is divided by σ, not multiplied by it", density(lambda m, ls, u: (u - m) * np.exp(ls))),
        ("the distance is that of u from the mean: the mean is missing", density(lambda m, ls, u: u / np.exp(ls))),
        ("the distance is u − μ, not their sum", density(lambda m, ls, u: (u + m) / np.exp(ls))),
        ("the ½ before the square is missing", density(half=1.0)),
        ("the square counts −½: its sign", density(half=-0.5)),
        ("the square of the distance is missing: σ and the constants are not all", density(half=0.0)),
        ("the square counts ½, not ¼", density(half=0.25)),
        ("log σ is missing: a wide distribution is low", density(scale=lambda ls: 0)),
        ("log σ is subtracted: a wide distribution is low", density(scale=lambda ls: -ls)),
        ("log σ is subtracted once: twice is the variance's", density(scale=lambda ls: 2 * ls)),
        ("log σ is subtracted once: half of it is too little", density(scale=lambda ls: ls / 2)),
        ("log σ is subtracted, not σ", density(scale=np.exp)),
        ("log σ is given: no further logarithm", density(scale=lambda ls: np.log(np.abs(ls) + 1e-300))),
        ("the constant ½ log 2π is missing", density(constant=0.0)),
        ("log 2π is halved: it comes from a root", density(constant=math.log(2 * math.pi))),
        ("½ log 2π is subtracted", density(constant=-0.5 * math.log(2 * math.pi))),
        ("½ log 2π is meant, not ½ log π", density(constant=0.5 * math.log(math.pi))),
        ("½ log 2π is meant, not 2π or its root", density(constant=math.sqrt(2 * math.pi))),
        ("½ log 2π is meant, not 2π", density(constant=2 * math.pi)),
        ("each number of an action has its own ½ log 2π: yours counts it once", lambda m, ls, u: density(constant=0.0)(m, ls, u) - 0.5 * math.log(2 * math.pi)),
    ],
)  # fmt: skip


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
        ("only one of the twins is asked, the second", lambda a, b, p, t: b - t * p),
        ("that is the mean of the twins: the lower one is wanted", lambda a, b, p, t: (a + b) / 2 - t * p),
        ("that is the sum of the twins: the lower one is wanted", lambda a, b, p, t: a + b - t * p),
        ("that is the difference of the twins: the lower one is wanted", lambda a, b, p, t: a - b - t * p),
        ("that is the distance of the twins: the lower one is wanted", lambda a, b, p, t: np.abs(a - b) - t * p),
        ("the lower one is the one further down, not the one nearer to 0", lambda a, b, p, t: np.where(np.abs(a) < np.abs(b), a, b) - t * p),
        ("that is the lowest of the whole batch: take the lower one in each row", lambda a, b, p, t: min(a.min(), b.min()) - t * p),
        ("one critic is chosen for the whole batch: take the lower one in each row", lambda a, b, p, t: (a if a.mean() < b.mean() else b) - t * p),
        ("`alpha` is the price of the entropy: it does not belong to the value", lambda a, b, p, t: t * np.minimum(a, b) - p),
        ("`alpha` is the price of the entropy alone: the value keeps its full weight", lambda a, b, p, t: t * (np.minimum(a, b) - p)),
        ("`alpha` weighs nothing against 1 − alpha: the value keeps its full weight", lambda a, b, p, t: (1 - t) * np.minimum(a, b) - t * p),
        ("that is p log p: the action was drawn, so its log π is weighted already", lambda a, b, p, t: np.minimum(a, b) - t * np.exp(p) * p),
        ("that is p log p, with the wrong sign: the action was drawn, so −log π is weighted already", lambda a, b, p, t: np.minimum(a, b) + t * np.exp(p) * p),
        ("that is π itself, added: take the logarithm as it is given", lambda a, b, p, t: np.minimum(a, b) + t * np.exp(p)),
        ("each action has its own log π: that is the batch's mean for all", lambda a, b, p, t: np.minimum(a, b) - t * np.mean(p)),
        ("each action has its own log π: that is the batch's sum for all", lambda a, b, p, t: np.minimum(a, b) - t * np.sum(p)),
        ("`alpha` is α itself, not its logarithm: no exp", lambda a, b, p, t: np.minimum(a, b) - np.exp(t) * p),
        ("`alpha` is α itself: no logarithm of it", lambda a, b, p, t: np.minimum(a, b) - np.log(t) * p),
        ("`alpha` multiplies: it is not divided by", lambda a, b, p, t: np.minimum(a, b) - p / t),
        ("`alpha` multiplies log π: it is not added", lambda a, b, p, t: np.minimum(a, b) - (t + p)),
        ("the price is `alpha`, not its square", lambda a, b, p, t: np.minimum(a, b) - t**2 * p),
        ("both critics get the bonus: yours gives it to the second only", lambda a, b, p, t: np.minimum(a, b - t * p)),
        ("both critics get the bonus: yours gives it to the first only", lambda a, b, p, t: np.minimum(a - t * p, b)),
        ("a log density may be positive: keep its sign", lambda a, b, p, t: np.minimum(a, b) + t * np.abs(p)),
        ("a log density may be positive: keep its sign, and subtract", lambda a, b, p, t: np.minimum(a, b) - t * np.abs(p)),
        ("log π counts once: no square", lambda a, b, p, t: np.minimum(a, b) - t * p**2),
        ("the value is missing: that is the bonus alone", lambda a, b, p, t: -t * p),
        ("the value is missing, and the bonus is turned round", lambda a, b, p, t: t * p),
        ("one soft value per row, not their mean", lambda a, b, p, t: np.mean(np.minimum(a, b) - t * p)),
        ("the bonus multiplies nothing: it is subtracted from the value", lambda a, b, p, t: np.minimum(a, b) * (1 - t * p)),
        ("the bonus is subtracted once: twice there, as if for each critic", lambda a, b, p, t: np.minimum(a, b) - 2 * t * p),
    ],
)  # fmt: skip


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


priced.plain = True


def loss(
    sign=-1.0,
    gap=lambda p, h: p + h,
    hold=tf.stop_gradient,
    price=lambda x: x,
    reduce=tf.reduce_mean,
    more=lambda p, h: 0.0,
):
    """A temperature's loss, right as it stands, or wrong in one part."""
    return lambda log_alpha, p, h: sign * price(log_alpha) * reduce(hold(gap(p, h))) + more(hold(p), h)


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
        ("that has α in it, and the wrong sign: the task's loss has log α", loss(1.0, price=tf.exp)),
        ("the gap is log π + H̄: that is its sign turned round twice", loss(gap=lambda p, h: h - p)),
        ("`log_alpha` is the logarithm already", loss(price=tf.math.log)),
        ("`log_alpha` is missing: the loss must move it", loss(price=lambda x: 1.0)),
        ("`log_alpha` counts once: no square", loss(price=tf.square)),
        ("`log_alpha` may be negative: keep its sign", loss(price=tf.abs)),
        ("α would not move: the gap is to be held constant, not log α", loss(hold=tf.identity, price=tf.stop_gradient)),
        ("nothing can move α: hold the gap constant alone", loss(price=tf.stop_gradient)),
        ("the gap itself has a sign, which says where α should go: no square", loss(reduce=lambda x: tf.square(tf.reduce_mean(x)))),
        ("each gap has a sign, which says where α should go: no square", loss(reduce=lambda x: tf.reduce_mean(tf.square(x)))),
        ("the gap has a sign, which says where α should go", loss(reduce=lambda x: tf.abs(tf.reduce_mean(x)))),
        ("each gap has a sign, which says where α should go", loss(reduce=lambda x: tf.reduce_mean(tf.abs(x)))),
        ("log π is meant, not π", loss(gap=lambda p, h: tf.exp(p) + h)),
        ("that is p log p: the actions were drawn, so the mean weighs them", loss(gap=lambda p, h: tf.exp(p) * p + h)),
        ("the target belongs into the brackets: log α multiplies it, too", loss(gap=lambda p, h: p, more=lambda p, h: h)),
        ("the target belongs into the brackets: log α multiplies it, too, and the minus", loss(gap=lambda p, h: p, more=lambda p, h: -h)),
        ("log π is missing: α would follow the target alone", loss(gap=lambda p, h: 0 * p + h)),
        ("log π belongs into the brackets: log α multiplies it, too", loss(gap=lambda p, h: 0 * p + h, more=lambda p, h: -tf.reduce_mean(p))),
        ("log π and the target are added, not multiplied", loss(gap=lambda p, h: p * h)),
        ("the target counts once: that is twice", loss(gap=lambda p, h: p + 2 * h)),
        ("that has a half in front: the task's loss has none", loss(-0.5)),
        ("one loss for the batch: take the mean", loss(reduce=tf.identity)),
        ("the mean of all gaps, not the largest", loss(reduce=tf.reduce_max)),
        ("the mean of all gaps, not the first", loss(reduce=lambda x: x[0])),
        ("log α multiplies the gap: it is not added", lambda log_alpha, p, h: -(log_alpha + tf.reduce_mean(tf.stop_gradient(p) + h))),
        ("a gap below 0 counts as well: do not cut it off", loss(gap=lambda p, h: tf.maximum(p + h, 0.0))),
    ],
    observe=priced,
)  # fmt: skip


def wrong_ways(rng):
    """Counts of updates and delays."""
    for num_updates, delay in [(1, 2), (2, 2), (3, 3), (4, 3), (6, 3), (6, 2), (5, 1), (7, 4), (8, 4), (12, 4),
                               (2, 4), (3, 2), (5, 3), (9, 3), (6, 4), (10, 5), (3, 6), (16, 4), (4, 2), (8, 3)]:  # fmt: skip
        yield dict(num_updates=num_updates, delay=delay)


check_actor_moves = Check(
    lambda num_updates, delay: num_updates % delay == 0,
    wrong_ways,
    [
        ("that moves at all the other times", lambda n, d: n % d != 0),
        ("the actor moves at every update: wait for `delay` of them", lambda n, d: True),
        ("the actor never moves: a quotient is 0 only at the start, the remainder is meant", lambda n, d: n / d == 0),
        ("the delay is not always 2", lambda n, d: n % 2 == 0),
        ("the delay is not always 3", lambda n, d: n % 3 == 0),
        ("the delay is not always 4", lambda n, d: n % 4 == 0),
        ("it moves one update too late: the first `delay` are 1 … delay", lambda n, d: (n - 1) % d == 0),
        ("it moves one update too early: `num_updates` counts this one already", lambda n, d: (n + 1) % d == 0),
        ("it moves after the first update of a round: it should after the last, when nothing remains", lambda n, d: n % d == 1),
        ("every `delay` + 1 updates is one too many", lambda n, d: n % (d + 1) == 0),
        ("every `delay` − 1 updates is one too few", lambda n, d: d == 1 or n % (d - 1) == 0),
        ("that divides the delay by the number of updates: it is the other way round", lambda n, d: d % n == 0),
        ("a whole quotient of 0 only says that the first round is not over: the remainder is meant", lambda n, d: n // d == 0),
        ("that is the quotient: the remainder is meant", lambda n, d: n // d == 1),
        ("that is a waiting time at the start only: afterwards it would move at every update", lambda n, d: n >= d),
        ("that is a waiting time at the start only, and one update longer: afterwards it would move at every update", lambda n, d: n > d),
        ("it moves only once, at the end of the first wait", lambda n, d: n == d),
        ("it moves twice in a row at the end of each wait", lambda n, d: n % d in (0, 1)),
        ("it moves at every second wait: each one counts", lambda n, d: n % (2 * d) == 0),
        ("True or False is asked for: that is the remainder", lambda n, d: n % d),
        ("True or False is asked for: that is the quotient", lambda n, d: n // d),
    ],
)  # fmt: skip
