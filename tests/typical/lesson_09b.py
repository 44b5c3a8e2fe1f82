"""Typical answers to lesson 09b's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf
from typical.tables import tables

R, W, RIGHT, WRONG = tables()

C = "twin_target"
R(C, "minimum")(lambda reward, discount, q1, q2: reward + discount * np.minimum(q1, q2))
R(C, "stack")(lambda reward, discount, q1, q2: reward + discount * np.min([q1, q2], axis=0))
R(C, "where")(
    lambda reward, discount, q1, q2: np.where(q1 < q2, reward + discount * q1, reward + discount * q2)
)
W(C, "maximum")(lambda reward, discount, q1, q2: reward + discount * np.maximum(q1, q2))
W(C, "mean")(lambda reward, discount, q1, q2: reward + discount * (q1 + q2) / 2)
W(C, "first critic only")(lambda reward, discount, q1, q2: reward + discount * q1)
W(C, "second critic only")(lambda reward, discount, q1, q2: reward + discount * q2)
W(C, "Python's min of two arrays")(lambda reward, discount, q1, q2: reward + discount * min(q1, q2))
W(C, "np.min over everything: one number")(
    lambda reward, discount, q1, q2: reward + discount * np.min([q1, q2])
)
W(C, "np.min(q1, q2): q2 taken for an axis")(
    lambda reward, discount, q1, q2: reward + discount * np.min(q1, q2)
)
W(C, "discount forgotten")(lambda reward, discount, q1, q2: reward + np.minimum(q1, q2))
W(C, "discount on the reward, too")(lambda reward, discount, q1, q2: discount * (reward + np.minimum(q1, q2)))
W(C, "smaller in absolute value")(
    lambda reward, discount, q1, q2: reward + discount * np.where(np.abs(q1) < np.abs(q2), q1, q2)
)
W(C, "critic with the smaller mean for all rows")(
    lambda reward, discount, q1, q2: reward + discount * (q1 if q1.mean() < q2.mean() else q2)
)
W(C, "reward forgotten")(lambda reward, discount, q1, q2: discount * np.minimum(q1, q2))
W(C, "0.5 for the discount")(lambda reward, discount, q1, q2: reward + 0.5 * np.minimum(q1, q2))
W(C, "1 - discount")(lambda reward, discount, q1, q2: reward + (1 - discount) * np.minimum(q1, q2))
W(C, "min of discounted reward and value")(
    lambda reward, discount, q1, q2: np.minimum(reward + discount * q1, discount * q2)
)
W(C, "difference of the twins")(
    lambda reward, discount, q1, q2: reward + discount * (np.minimum(q1, q2) - np.maximum(q1, q2))
)

C = "actor_moves"
R(C, "modulo")(lambda num_updates, delay: num_updates % delay == 0)
R(C, "not")(lambda num_updates, delay: not num_updates % delay)
R(C, "division and back")(lambda num_updates, delay: bool((num_updates // delay) * delay == num_updates))
W(C, "counted from 0: moves after the first")(lambda num_updates, delay: (num_updates - 1) % delay == 0)
W(C, "one too late: num_updates + 1")(lambda num_updates, delay: (num_updates + 1) % delay == 0)
W(C, "moves at all others")(lambda num_updates, delay: num_updates % delay != 0)
W(C, "from the delay on, always")(lambda num_updates, delay: num_updates >= delay)
W(C, "only once: equal to the delay")(lambda num_updates, delay: num_updates == delay)
W(C, "remainder returned")(lambda num_updates, delay: num_updates % delay)
W(C, "remainder 1")(lambda num_updates, delay: num_updates % delay == 1)
W(C, "quotient returned")(lambda num_updates, delay: num_updates // delay)
W(C, "delay % num_updates")(lambda num_updates, delay: delay % num_updates == 0)
W(C, "always")(lambda num_updates, delay: True)
W(C, "delay + 1")(lambda num_updates, delay: num_updates % (delay + 1) == 0)
W(C, "3 hard-coded")(lambda num_updates, delay: num_updates % 3 == 0)
W(C, "true division compared with 0")(lambda num_updates, delay: num_updates / delay == 0)
W(C, "truth as a text")(lambda num_updates, delay: "yes" if num_updates % delay == 0 else "no")

C = "smoothed"
R(C, "clip clip")(lambda action, noise, limit: np.clip(action + np.clip(noise, -limit, limit), -1, 1))
R(C, "min max")(
    lambda action, noise, limit: np.maximum(
        -1.0, np.minimum(1.0, action + np.minimum(np.maximum(noise, -limit), limit))
    )
)


@R(C, "copies")
def _(action, noise, limit):
    eps = noise.copy()
    eps[eps > limit] = limit
    eps[eps < -limit] = -limit
    a = action + eps
    a[a > 1] = 1
    a[a < -1] = -1
    return a


W(C, "noise not clipped")(lambda action, noise, limit: np.clip(action + noise, -1, 1))
W(C, "sum not clipped")(lambda action, noise, limit: action + np.clip(noise, -limit, limit))
W(C, "noise clipped from 0")(lambda action, noise, limit: np.clip(action + np.clip(noise, 0, limit), -1, 1))
W(C, "only the upper limit of the noise")(
    lambda action, noise, limit: np.clip(action + np.minimum(noise, limit), -1, 1)
)
W(C, "sum clipped to ± limit")(lambda action, noise, limit: np.clip(action + noise, -limit, limit))
W(C, "noise scaled by limit instead of clipped")(
    lambda action, noise, limit: np.clip(action + limit * noise, -1, 1)
)
W(C, "action clipped before the noise is added")(
    lambda action, noise, limit: np.clip(action, -1, 1) + np.clip(noise, -limit, limit)
)
W(C, "noise subtracted")(lambda action, noise, limit: np.clip(action - np.clip(noise, -limit, limit), -1, 1))
W(C, "0.5 for the limit")(lambda action, noise, limit: np.clip(action + np.clip(noise, -0.5, 0.5), -1, 1))
W(C, "clipped to 0…1")(lambda action, noise, limit: np.clip(action + np.clip(noise, -limit, limit), 0, 1))
W(C, "multiplied")(lambda action, noise, limit: np.clip(action * np.clip(noise, -limit, limit), -1, 1))
W(C, "tanh for the outer clip")(lambda action, noise, limit: np.tanh(action + np.clip(noise, -limit, limit)))


@W(C, "noise clipped in place")
def _(action, noise, limit):
    np.clip(noise, -limit, limit, out=noise)
    return np.clip(action + noise, -1, 1)


@W(C, "action changed in place")
def _(action, noise, limit):
    action += np.clip(noise, -limit, limit)
    return np.clip(action, -1, 1)


W(C, "own noise instead of the one given")(
    lambda action, noise, limit: np.clip(
        action + np.clip(np.random.normal(size=action.shape), -limit, limit), -1, 1
    )
)
W(C, "limit used for the outer clip as 1 - limit")(
    lambda action, noise, limit: np.clip(action + np.clip(noise, -limit, limit), -(1 - limit), 1 - limit)
)

C = "squashed_log_prob"
L2 = np.log(2)
sp = lambda x: np.logaddexp(0, x)


@R(C, "formula")
def _(mean, log_std, u):
    z = (u - mean) / np.exp(log_std)
    terms = -0.5 * z**2 - log_std - 0.5 * np.log(2 * np.pi) - 2 * (np.log(2) - u - np.logaddexp(0, -2 * u))
    return terms.sum(axis=-1)


@R(C, "symmetric form of log(1 - tanh²)")
def _(mean, log_std, u):
    normal = -0.5 * np.square((u - mean) * np.exp(-log_std)) - log_std - 0.9189385332046727
    log_slope = 2 * np.log(2) - 2 * np.abs(u) - 2 * np.log1p(np.exp(-2 * np.abs(u)))
    return np.sum(normal - log_slope, axis=1)


@R(C, "loop over entries")
def _(mean, log_std, u):
    out = np.zeros(len(u))
    for i in range(u.shape[1]):
        m, l, x = mean[:, i], log_std[:, i], u[:, i]
        out += -0.5 * ((x - m) / np.exp(l)) ** 2 - l - 0.5 * np.log(2 * np.pi)
        out -= 2 * (L2 - x - np.logaddexp(0.0, -2 * x))
    return out


@R(C, "softplus written out: log(1 + exp(-2u))")
def _(mean, log_std, u):
    z = (u - mean) / np.exp(log_std)
    return np.sum(
        -0.5 * z**2 - log_std - 0.5 * np.log(2 * np.pi) - 2 * (np.log(2) - u - np.log(1 + np.exp(-2 * u))),
        axis=-1,
    )


def sq(label, z=None, ls=None, corr=None, const=0.5 * np.log(2 * np.pi), red=None, k=0.5):
    def f(mean, log_std, u):
        zz = (z or (lambda m, l, u: (u - m) / np.exp(l)))(mean, log_std, u)
        t = (
            -k * zz**2
            - (ls or (lambda l: l))(log_std)
            - const
            - (corr or (lambda u: 2 * (L2 - u - sp(-2 * u))))(u)
        )
        return (red or (lambda t: t.sum(axis=-1)))(t)

    return W(C, label)(f)


sq("correction for the tanh forgotten", corr=lambda u: 0)
sq("correction added instead of subtracted", corr=lambda u: -2 * (L2 - u - sp(-2 * u)))
sq("log(1 - tanh²): -inf at ±20", corr=lambda u: np.log(1 - np.tanh(u) ** 2))
sq("log(1 - tanh² + 1e-6): wrong at ±20", corr=lambda u: np.log(1 - np.tanh(u) ** 2 + 1e-6))
sq("log_std taken for σ", z=lambda m, l, u: (u - m) / l)
sq("log σ forgotten", ls=lambda l: 0)
sq("σ instead of log σ subtracted", ls=lambda l: np.exp(l))
sq("mean over the entries", red=lambda t: t.mean(axis=-1))
sq("not summed", red=lambda t: t)
sq("summed over the batch (axis 0)", red=lambda t: t.sum(axis=0))
sq("sum over everything", red=lambda t: t.sum())
sq("constant log 2π forgotten", const=0.0)
sq("log 2π not halved", const=np.log(2 * np.pi))
sq("1/2 before the square forgotten", k=1.0)
sq("softplus(2u) in place of softplus(-2u)", corr=lambda u: 2 * (L2 - u - sp(2 * u)))
sq("factor 2 of the correction forgotten", corr=lambda u: L2 - u - sp(-2 * u))
sq("variance: divided by σ² once", z=lambda m, l, u: (u - m) / np.exp(l) ** 2)
sq("tanh u in the normal density", z=lambda m, l, u: (np.tanh(u) - m) / np.exp(l))


@W(C, "density instead of its log")
def _(mean, log_std, u):
    z = (u - mean) / np.exp(log_std)
    return np.exp((-0.5 * z**2 - log_std - 0.5 * np.log(2 * np.pi) - 2 * (L2 - u - sp(-2 * u))).sum(axis=-1))


C = "soft_value"
R(C, "formula")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - alpha * log_prob)
R(C, "where")(lambda q1, q2, log_prob, alpha: np.where(q1 <= q2, q1, q2) + alpha * -log_prob)
R(C, "loop")(
    lambda q1, q2, log_prob, alpha: np.array([min(a, b) - alpha * l for a, b, l in zip(q1, q2, log_prob)])
)
W(C, "plus alpha log pi")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) + alpha * log_prob)
W(C, "maximum")(lambda q1, q2, log_prob, alpha: np.maximum(q1, q2) - alpha * log_prob)
W(C, "mean of the twins")(lambda q1, q2, log_prob, alpha: (q1 + q2) / 2 - alpha * log_prob)
W(C, "first critic only")(lambda q1, q2, log_prob, alpha: q1 - alpha * log_prob)
W(C, "entropy forgotten")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2))
W(C, "alpha forgotten")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - log_prob)
W(C, "alpha on the value instead")(lambda q1, q2, log_prob, alpha: alpha * np.minimum(q1, q2) - log_prob)
W(C, "probability instead of log")(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - alpha * np.exp(log_prob)
)
W(C, "p log p")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - alpha * np.exp(log_prob) * log_prob)
W(C, "mean entropy of the batch for all")(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - alpha * np.mean(log_prob)
)
W(C, "alpha given as log alpha: exp")(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - np.exp(alpha) * log_prob
)
W(C, "whole minus inside the min: one critic without entropy")(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2 - alpha * log_prob)
)
W(C, "mean over the batch")(lambda q1, q2, log_prob, alpha: np.mean(np.minimum(q1, q2) - alpha * log_prob))
W(C, "min of all numbers")(lambda q1, q2, log_prob, alpha: np.min([q1, q2]) - alpha * log_prob)
W(C, "alpha times both")(lambda q1, q2, log_prob, alpha: alpha * (np.minimum(q1, q2) - log_prob))
W(C, "0.5 for alpha")(lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) - 0.5 * log_prob)
W(C, "absolute value of log pi")(
    lambda q1, q2, log_prob, alpha: np.minimum(q1, q2) + alpha * np.abs(log_prob)
)
W(C, "second minus first: q1 - q2")(lambda q1, q2, log_prob, alpha: q1 - q2 - alpha * log_prob)

C = "temperature_loss"
R(C, "formula")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob) + target_entropy)
    )
)
R(C, "stop outside")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.stop_gradient(tf.reduce_mean(log_prob) + target_entropy)
    )
)
R(C, "mean of products")(
    lambda log_alpha, log_prob, target_entropy: tf.reduce_mean(
        log_alpha * tf.stop_gradient(-log_prob - target_entropy)
    )
)
W(C, "stop_gradient forgotten")(
    lambda log_alpha, log_prob, target_entropy: -log_alpha * tf.reduce_mean(log_prob + target_entropy)
)
W(C, "minus forgotten")(
    lambda log_alpha, log_prob, target_entropy: (
        log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob) + target_entropy)
    )
)
W(C, "target entropy subtracted")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob) - target_entropy)
    )
)
W(C, "alpha instead of log alpha")(
    lambda log_alpha, log_prob, target_entropy: (
        -tf.exp(log_alpha) * tf.reduce_mean(tf.stop_gradient(log_prob) + target_entropy)
    )
)
W(C, "stop_gradient on log alpha")(
    lambda log_alpha, log_prob, target_entropy: (
        -tf.stop_gradient(log_alpha) * tf.reduce_mean(log_prob + target_entropy)
    )
)
W(C, "everything stopped")(
    lambda log_alpha, log_prob, target_entropy: tf.stop_gradient(
        -log_alpha * tf.reduce_mean(log_prob + target_entropy)
    )
)
W(C, "target entropy forgotten")(
    lambda log_alpha, log_prob, target_entropy: -log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob))
)
W(C, "sum")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.reduce_sum(tf.stop_gradient(log_prob) + target_entropy)
    )
)
W(C, "per sample")(
    lambda log_alpha, log_prob, target_entropy: -log_alpha * (tf.stop_gradient(log_prob) + target_entropy)
)
W(C, "log of log alpha")(
    lambda log_alpha, log_prob, target_entropy: (
        -tf.math.log(log_alpha) * tf.reduce_mean(tf.stop_gradient(log_prob) + target_entropy)
    )
)
W(C, "squared distance to the target")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.square(tf.reduce_mean(tf.stop_gradient(log_prob) + target_entropy))
    )
)
W(C, "probability instead of log")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.reduce_mean(tf.exp(tf.stop_gradient(log_prob)) + target_entropy)
    )
)
W(C, "NumPy: gradient lost")(
    lambda log_alpha, log_prob, target_entropy: (
        -np.array(log_alpha) * np.mean(np.array(log_prob) + target_entropy)
    )
)
W(C, "target added outside the product")(
    lambda log_alpha, log_prob, target_entropy: (
        -log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob)) + target_entropy
    )
)
W(C, "-1 for the target entropy")(
    lambda log_alpha, log_prob, target_entropy: -log_alpha * tf.reduce_mean(tf.stop_gradient(log_prob) - 1.0)
)
W(C, "minus only on log pi: -(log pi) + H")(
    lambda log_alpha, log_prob, target_entropy: (
        log_alpha * tf.reduce_mean(-tf.stop_gradient(log_prob) + target_entropy)
    )
)
