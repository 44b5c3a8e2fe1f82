"""Typical answers to lesson 05's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf

RIGHT, WRONG = {}, {}
RIGHT["check_ring_rows"] = [
    lambda n, c, C: (n + np.arange(c)) % C,
    lambda n, c, C: [(n + i) % C for i in range(c)],
    lambda n, c, C: np.mod(np.arange(n, n + c), C).tolist(),
]
WRONG["check_ring_rows"] = [
    ("no wrap", lambda n, c, C: n + np.arange(c)),
    ("from 0", lambda n, c, C: np.arange(c)),
    ("clip", lambda n, c, C: np.minimum(n + np.arange(c), C - 1)),
    ("+1", lambda n, c, C: (n + 1 + np.arange(c)) % C),
    ("wrap once", lambda n, c, C: np.where(n + np.arange(c) < C, n + np.arange(c), n + np.arange(c) - C)),
    ("C - 1", lambda n, c, C: (n + np.arange(c)) % (C - 1)),
    ("C + 1", lambda n, c, C: (n + np.arange(c)) % (C + 1)),
    ("first", lambda n, c, C: n % C),
    ("floats", lambda n, c, C: ((n + np.arange(c)) % C).astype(float)),
    ("backwards", lambda n, c, C: ((n + np.arange(c)) % C)[::-1]),
    ("start % C only", lambda n, c, C: n % C + np.arange(c)),
    ("split at start", lambda n, c, C: np.arange(c) if n % C + c > C else n % C + np.arange(c)),
    ("inclusive", lambda n, c, C: np.arange(n, n + c + 1) % C),
    ("capacity typed", lambda n, c, C: (n + np.arange(c)) % 10),
    ("sorted", lambda n, c, C: np.sort((n + np.arange(c)) % C)),
]
best = lambda q: tf.reduce_max(q, axis=-1)
RIGHT["check_td_target"] = [
    lambda r, d, q: r + d * best(q),
    lambda r, d, q: r.numpy() + d.numpy() * q.numpy().max(1),
    lambda r, d, q: tf.add(r, tf.multiply(d, tf.gather(q, tf.argmax(q, 1), batch_dims=1))),
]
WRONG["check_td_target"] = [
    ("gamma typed", lambda r, d, q: r + 0.99 * best(q)),
    ("no discount", lambda r, d, q: r + best(q)),
    ("mean", lambda r, d, q: r + d * tf.reduce_mean(q, 1)),
    ("min", lambda r, d, q: r + d * tf.reduce_min(q, 1)),
    ("sum", lambda r, d, q: r + d * tf.reduce_sum(q, 1)),
    ("argmax", lambda r, d, q: r + d * tf.cast(tf.argmax(q, 1), tf.float32)),
    ("whole batch", lambda r, d, q: r + d * tf.reduce_max(q)),
    ("axis 0", lambda r, d, q: r + d * tf.reduce_max(q, axis=0)),
    ("all actions", lambda r, d, q: r[:, None] + d[:, None] * q),
    ("keepdims", lambda r, d, q: r + d * tf.reduce_max(q, 1, keepdims=True)),
    ("column", lambda r, d, q: (r + d * best(q))[:, None]),
    ("no reward", lambda r, d, q: d * best(q)),
    ("discount on all", lambda r, d, q: d * (r + best(q))),
    ("first action", lambda r, d, q: r + d * q[:, 0]),
    ("last action", lambda r, d, q: r + d * q[:, -1]),
    ("1 - discount", lambda r, d, q: r + (1 - d) * best(q)),
    ("max with 0", lambda r, d, q: r + d * tf.maximum(best(q), 0.0)),
    ("abs", lambda r, d, q: r + d * best(tf.abs(q))),
    ("mean over the batch", lambda r, d, q: tf.reduce_mean(r + d * best(q))),
]
RIGHT["check_epsilon"] = [
    lambda t, a, b, n: a + (b - a) * min(t / n, 1.0),
    lambda t, a, b, n: b if t >= n else a - t * (a - b) / n,
    lambda t, a, b, n: float(np.interp(t, [0, n], [a, b])),
]
line = lambda t, a, b, n: a + (b - a) * t / n
WRONG["check_epsilon"] = [
    ("no stop", line),
    ("constant", lambda t, a, b, n: a),
    ("swapped", lambda t, a, b, n: line(min(t, n), b, a, n)),
    ("to 0", lambda t, a, b, n: a * (1 - min(t / n, 1))),
    ("exponential", lambda t, a, b, n: b + (a - b) * np.exp(-t / n)),
    ("geometric", lambda t, a, b, n: a * (b / a) ** min(t / n, 1)),
    ("step", lambda t, a, b, n: a if t < n else b),
    ("T - 1", lambda t, a, b, n: line(min(t, n - 1), a, b, n - 1)),
    ("max with end", lambda t, a, b, n: max(b, a - t / n)),
    ("1 typed", lambda t, a, b, n: 1 + (b - 1) * min(t / n, 1)),
    ("0.1 typed", lambda t, a, b, n: max(0.1, line(t, a, b, n))),
    ("0 at the end", lambda t, a, b, n: max(0, line(t, a, b, n))),
    ("times end", lambda t, a, b, n: a + b * min(t / n, 1)),
    ("integer division", lambda t, a, b, n: a + (b - a) * min(t // n, 1)),
    ("sign", lambda t, a, b, n: a + (a - b) * min(t / n, 1)),
    ("max for min", lambda t, a, b, n: a + (b - a) * max(t / n, 1)),
    ("T typed", lambda t, a, b, n: a + (b - a) * min(t / 1000, 1)),
]
mix = lambda a, b: lambda o, t, rate: [a(rate) * x + b(rate) * y for x, y in zip(o, t, strict=True)]


def in_place(o, t, rate):
    for x, y in zip(o, t, strict=True):
        y *= 1 - rate
        y += rate * x
    return t


def online_changed(o, t, rate):
    for x in o:
        x *= rate
    return [x + (1 - rate) * y for x, y in zip(o, t, strict=True)]


RIGHT["check_soft_update"] = [
    mix(lambda r: r, lambda r: 1 - r),
    lambda o, t, r: [y + r * (x - y) for x, y in zip(o, t, strict=True)],
    lambda o, t, r: tuple((1 - r) * t[i] + r * o[i] for i in range(len(o))),
]
WRONG["check_soft_update"] = [
    ("hard", mix(lambda r: 1, lambda r: 0)),
    ("nothing", mix(lambda r: 0, lambda r: 1)),
    ("swapped rate", mix(lambda r: 1 - r, lambda r: r)),
    ("grows", mix(lambda r: r, lambda r: 1)),
    ("away", mix(lambda r: -r, lambda r: 1 + r)),
    ("mean", mix(lambda r: 0.5, lambda r: 0.5)),
    ("rate typed", mix(lambda r: 0.01, lambda r: 0.99)),
    ("in place", in_place),
    ("online changed", online_changed),
    ("first layer", lambda o, t, r: [(1 - r) * t[0] + r * o[0], *t[1:]]),
    ("first only", lambda o, t, r: (1 - r) * t[0] + r * o[0]),
    (
        "flat",
        lambda o, t, r: np.concatenate([((1 - r) * y + r * x).ravel() for x, y in zip(o, t, strict=True)]),
    ),
    ("both", lambda o, t, r: (o, mix(lambda r: r, lambda r: 1 - r)(o, t, r))),
    ("list times number", lambda o, t, r: (1 - r) * t + r * o),
    ("none", lambda o, t, r: None),
    ("shrinks", mix(lambda r: r, lambda r: 1 - 2 * r)),
]
pieces = lambda inner, outer, where=lambda d: abs(d) <= 1: lambda d: tf.where(where(d), inner(d), outer(d))
half = lambda d: 0.5 * d**2
RIGHT["check_huber"] = [
    pieces(half, lambda d: abs(d) - 0.5),
    lambda d: half(tf.minimum(abs(d), 1.0)) + abs(d) - tf.minimum(abs(d), 1.0),
    lambda d: tf.keras.losses.huber(d[:, None], tf.zeros_like(d)[:, None]),
]
WRONG["check_huber"] = [
    ("square", half),
    ("abs", abs),
    ("jump", pieces(half, abs)),
    ("no half", pieces(lambda d: d**2, lambda d: abs(d) - 0.5)),
    ("no halves", pieces(lambda d: d**2, abs)),
    ("2|d|-1", pieces(lambda d: d**2, lambda d: 2 * abs(d) - 1)),
    ("flat", lambda d: half(tf.minimum(abs(d), 1.0))),
    ("flat 0.5", pieces(half, lambda d: 0 * d + 0.5)),
    ("no abs in where", pieces(half, lambda d: d - 0.5, lambda d: d <= 1)),
    ("no abs outside", pieces(half, lambda d: d - 0.5)),
    ("swapped", pieces(lambda d: abs(d) - 0.5, half)),
    ("mean", lambda d: tf.reduce_mean(pieces(half, lambda d: abs(d) - 0.5)(d))),
    ("minimum", lambda d: tf.minimum(half(d), abs(d) - 0.5)),
    ("maximum", lambda d: tf.maximum(half(d), abs(d) - 0.5)),
    ("one if", lambda d: half(d) if abs(d) <= 1 else abs(d) - 0.5),
    ("plus half", pieces(half, lambda d: abs(d) + 0.5)),
    ("threshold 2", pieces(half, lambda d: abs(d) - 0.5, lambda d: abs(d) <= 2)),
    ("clipped error squared", lambda d: half(tf.clip_by_value(d, -1.0, 1.0))),
    ("numpy", lambda d: np.where(abs(d.numpy()) <= 1, 0.5 * d.numpy() ** 2, abs(d.numpy()) - 0.5)),
    ("d·|d|", pieces(lambda d: 0.5 * d * abs(d), lambda d: abs(d) - 0.5)),
]
RIGHT["check_mended_discount"] = [
    lambda te, tr, g: g * (1 - te),
    lambda te, tr, g: np.where(te, 0.0, g),
    lambda te, tr, g: g * np.logical_not(te),
]
WRONG["check_mended_discount"] = [
    ("unchanged", lambda te, tr, g: g * (1 - (te | tr))),
    ("never ends", lambda te, tr, g: np.full(len(te), g)),
    ("truncated", lambda te, tr, g: g * (1 - tr)),
    ("upside down", lambda te, tr, g: g * te),
    ("te & ~tr", lambda te, tr, g: g * (1 - (te & ~tr))),
    ("and", lambda te, tr, g: g * (1 - (te & tr))),
    ("no gamma", lambda te, tr, g: 1.0 - te),
    ("gamma typed", lambda te, tr, g: 0.9 * (1 - te)),
    ("or not", lambda te, tr, g: g * (1 - (te | ~tr))),
    ("1 - truncated in brackets", lambda te, tr, g: g * (1 - te) * (1 - tr)),
    ("minus", lambda te, tr, g: g * (1 - te + tr)),
]
taken = lambda q, a: tf.gather(q, a, batch_dims=1)
ms = lambda x: tf.reduce_mean(tf.square(x))


def dqn(
    o,
    t,
    b,
    aim=lambda o, t, b: best(t(b.next_observation)),
    q=lambda o, b: taken(o(b.observation), b.action),
    y=lambda b, v: b.reward + b.discount * v,
    loss=lambda y, q: ms(tf.stop_gradient(y) - q),
):
    return loss(y(b, aim(o, t, b)), q(o, b))


V = lambda **k: lambda o, t, b: dqn(o, t, b, **k)
RIGHT["check_mended_target"] = [
    V(),
    V(q=lambda o, b: tf.reduce_sum(o(b.observation) * tf.one_hot(b.action, o.output_shape[-1]), 1)),
    V(
        aim=lambda o, t, b: taken(t(b.next_observation), tf.argmax(t(b.next_observation), 1)),
        loss=lambda y, q: tf.reduce_sum((q - y) ** 2) / len(y),
    ),
]
WRONG["check_mended_target"] = [
    ("unchanged", V(aim=lambda o, t, b: best(o(b.next_observation)))),
    ("swapped", lambda o, t, b: dqn(t, o, b)),
    ("both target", lambda o, t, b: dqn(t, t, b)),
    ("double", V(aim=lambda o, t, b: taken(t(b.next_observation), tf.argmax(o(b.next_observation), 1)))),
    ("no discount", V(y=lambda b, v: b.reward + v)),
    ("gamma typed", V(y=lambda b, v: b.reward + 0.99 * v)),
    ("no reward", V(y=lambda b, v: b.discount * v)),
    ("sum", V(loss=lambda y, q: tf.reduce_sum((y - q) ** 2))),
    ("half", V(loss=lambda y, q: 0.5 * ms(y - q))),
    ("stop on q", V(loss=lambda y, q: ms(y - tf.stop_gradient(q)))),
    ("per sample", V(loss=lambda y, q: (y - q) ** 2)),
    ("max q(s)", V(q=lambda o, b: best(o(b.observation)))),
    ("target at s", V(aim=lambda o, t, b: best(t(b.observation)))),
    ("axis 0", V(aim=lambda o, t, b: tf.reduce_max(t(b.next_observation), axis=0))),
    ("action 0", V(q=lambda o, b: o(b.observation)[:, 0])),
    ("abs", V(loss=lambda y, q: tf.reduce_mean(abs(y - q)))),
    ("mean of actions", V(aim=lambda o, t, b: tf.reduce_mean(t(b.next_observation), 1))),
    ("taken action next", V(aim=lambda o, t, b: taken(t(b.next_observation), b.action))),
    ("max over all", V(aim=lambda o, t, b: tf.reduce_max(t(b.next_observation)))),
    (
        "minimum of both",
        V(aim=lambda o, t, b: best(tf.minimum(o(b.next_observation), t(b.next_observation)))),
    ),
    ("numpy", V(q=lambda o, b: taken(o(b.observation), b.action).numpy())),
]
two = (
    lambda r, d, o, t, c=lambda o, t: tf.argmax(o, 1), v=lambda o, t, c: taken(t, c), y=lambda r, d, v: r + d * v: (
        y(r, d, v(o, t, c(o, t)))
    )
)
T = lambda **k: lambda r, d, o, t: two(r, d, o, t, **k)
RIGHT["check_two_opinions"] = [
    T(),
    lambda r, d, o, t: r + d * tf.reduce_sum(t * tf.one_hot(tf.argmax(o, axis=-1), t.shape[1]), 1),
    lambda r, d, o, t: r.numpy() + d.numpy() * t.numpy()[np.arange(len(r)), o.numpy().argmax(1)],
]
WRONG["check_two_opinions"] = [
    ("dqn", T(v=lambda o, t, c: best(t))),
    ("online both", T(v=lambda o, t, c: best(o))),
    ("swapped", T(c=lambda o, t: tf.argmax(t, 1), v=lambda o, t, c: taken(o, c))),
    ("no discount", T(y=lambda r, d, v: r + v)),
    ("argmin", T(c=lambda o, t: tf.argmin(o, 1))),
    ("axis 0", T(c=lambda o, t: tf.argmax(o, 0) % t.shape[1])),
    ("minimum of both maxima", T(v=lambda o, t, c: tf.minimum(best(o), best(t)))),
    ("mean", T(v=lambda o, t, c: (taken(o, c) + taken(t, c)) / 2)),
    ("max of sum", T(v=lambda o, t, c: best((o + t) / 2))),
    ("no batch dims", T(v=lambda o, t, c: tf.gather(t, c))),
    ("gather axis 1", T(v=lambda o, t, c: tf.gather(t, c, axis=1))),
    ("no reward", T(y=lambda r, d, v: d * v)),
    ("index", T(v=lambda o, t, c: tf.cast(c, tf.float32))),
    ("min of both", T(v=lambda o, t, c: tf.minimum(taken(o, c), taken(t, c)))),
]
