"""Typical answers to lesson 08's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf

RIGHT, WRONG = {}, {}
stop, mean, total = tf.stop_gradient, tf.reduce_mean, tf.reduce_sum
RIGHT["check_td_error"] = [
    lambda r, te, tr, v, n, g: r + g * (1 - te) * n - v,
    lambda r, te, tr, v, n, g: r - v + tf.where(te > 0, 0.0, g * n),
    lambda r, te, tr, v, n, g: r.numpy() + g * n.numpy() * (te.numpy() == 0) - v.numpy(),
]
WRONG["check_td_error"] = [
    ("sign", lambda r, te, tr, v, n, g: v - r - g * (1 - te) * n),
    ("target", lambda r, te, tr, v, n, g: r + g * (1 - te) * n),
    ("terminated ignored", lambda r, te, tr, v, n, g: r + g * n - v),
    ("truncated ends", lambda r, te, tr, v, n, g: r + g * (1 - tf.maximum(te, tr)) * n - v),
    ("truncated only", lambda r, te, tr, v, n, g: r + g * (1 - tr) * n - v),
    ("te * tr", lambda r, te, tr, v, n, g: r + g * (1 - te * tr) * n - v),
    ("te + tr", lambda r, te, tr, v, n, g: r + g * (1 - te - tr) * n - v),
    ("no gamma", lambda r, te, tr, v, n, g: r + (1 - te) * n - v),
    ("gamma typed", lambda r, te, tr, v, n, g: r + 0.99 * (1 - te) * n - v),
    ("gamma on reward", lambda r, te, tr, v, n, g: g * (r + (1 - te) * n) - v),
    ("upside down", lambda r, te, tr, v, n, g: r + g * te * n - v),
    ("whole delta masked", lambda r, te, tr, v, n, g: (1 - te) * (r + g * n - v)),
    ("not on floats", lambda r, te, tr, v, n, g: r + g * (~te) * n - v),
    ("one if", lambda r, te, tr, v, n, g: r - v if te else r + g * n - v),
    ("v and n swapped", lambda r, te, tr, v, n, g: r + g * (1 - te) * v - n),
    ("abs", lambda r, te, tr, v, n, g: abs(r + g * (1 - te) * n - v)),
    ("no reward", lambda r, te, tr, v, n, g: g * (1 - te) * n - v),
    ("te and not tr", lambda r, te, tr, v, n, g: r + g * (1 - te * (1 - tr)) * n - v),
]


def gae(
    delta=lambda r, d, v, n: r + d * n - v,
    decay=lambda d, l, done: d * l * (1 - done),
    rev=True,
    out=lambda rows: rows,
    plus=lambda a, v: a,
    next_done=False,
    times=range,
):
    def f(r, d, v, n, done, l):
        T = len(r)
        dl = delta(r, d, v, n)
        adv, rows = tf.zeros_like(r[0]), []
        for t in reversed(range(T)) if rev else range(T):
            k = t if not next_done else min(t + 1, T - 1)
            adv = dl[t] + decay(d[t], l, done[k]) * adv
            rows.append(adv)
        return plus(tf.stack(out(rows[::-1] if rev else rows)), v)

    return f


def gae_np(r, d, v, n, done, l):
    r, d, v, n, done = (np.asarray(x) for x in (r, d, v, n, done))
    a = np.zeros((len(r) + 1, r.shape[1]))
    for t in range(len(r) - 1, -1, -1):
        a[t] = r[t] + d[t] * n[t] - v[t] + d[t] * l * (1 - done[t]) * a[t + 1]
    return a[:-1]


def gae_sum(r, d, v, n, done, l):
    delta, k = r + d * n - v, d * l * (1 - done)
    return tf.stack(
        [
            sum(delta[t + i] * tf.reduce_prod(k[t : t + i], axis=0) for i in range(len(r) - t))
            for t in range(len(r))
        ]
    )


def gae_assign(r, d, v, n, done, l):
    a = tf.zeros_like(r)
    for t in reversed(range(len(r))):
        a[t] = r[t]
    return a


def next_rows(r, d, v, n):
    return r + d * tf.concat([v[1:], n[-1:]], 0) - v


RIGHT["check_gae"] = [gae(), gae_np, gae_sum]
WRONG["check_gae"] = [
    ("delta only", lambda r, d, v, n, done, l: r + d * n - v),
    ("no lambda", gae(decay=lambda d, l, done: d * (1 - done))),
    ("no discount in decay", gae(decay=lambda d, l, done: l * (1 - done))),
    ("no done", gae(decay=lambda d, l, done: d * l)),
    ("done[t+1]", gae(next_done=True)),
    ("not reversed back", gae(out=lambda rows: rows[::-1])),
    ("forwards", gae(rev=False)),
    ("plus value", gae(plus=lambda a, v: a + v)),
    ("no discount in delta", gae(delta=lambda r, d, v, n: r + n - v)),
    ("next row", gae(delta=next_rows)),
    ("no bootstrap", gae(delta=lambda r, d, v, n: r - v)),
    ("no value", gae(delta=lambda r, d, v, n: r + d * n)),
    ("assign to tensor", gae_assign),
    ("lambda typed", gae(decay=lambda d, l, done: d * 0.95 * (1 - done))),
    ("done in delta", lambda r, d, v, n, done, l: gae()(r, d * (1 - done), v, n, done, l)),
    ("1 - lambda", gae(decay=lambda d, l, done: d * (1 - l) * (1 - done))),
    ("done upside down", gae(decay=lambda d, l, done: d * l * done)),
    ("sign", gae(delta=lambda r, d, v, n: v - r - d * n)),
    (
        "lambda on delta",
        lambda r, d, v, n, done, l: gae(delta=lambda r, d, v, n: l * (r + d * n - v))(r, d, v, n, done, l),
    ),
    ("first row only", lambda r, d, v, n, done, l: gae()(r, d, v, n, done, l)[0]),
    ("discount typed", gae(delta=lambda r, d, v, n: r + 0.99 * n - v)),
]
RIGHT["check_ratio"] = [
    lambda a, b: tf.exp(a - b),
    lambda a, b: tf.math.exp(tf.subtract(a, b)),
    lambda a, b: 1 / tf.exp(b - a),
]
WRONG["check_ratio"] = [
    ("exp/exp", lambda a, b: tf.exp(a) / tf.exp(b)),
    ("log", lambda a, b: a - b),
    ("a/b", lambda a, b: a / b),
    ("upside down", lambda a, b: tf.exp(b - a)),
    ("product", lambda a, b: tf.exp(a + b)),
    ("clipped", lambda a, b: tf.clip_by_value(tf.exp(a - b), 0.8, 1.2)),
    ("new only", lambda a, b: tf.exp(a)),
    ("exp of quotient", lambda a, b: tf.exp(a / b)),
    ("stop new", lambda a, b: tf.exp(stop(a) - b)),
    ("mean", lambda a, b: mean(tf.exp(a - b))),
    ("numpy", lambda a, b: np.exp(a.numpy() - b.numpy())),
    ("epsilon", lambda a, b: tf.exp(a) / (tf.exp(b) + 1e-8)),
    ("stop all", lambda a, b: stop(tf.exp(a - b))),
    ("minus one", lambda a, b: tf.exp(a - b) - 1),
    ("log again", lambda a, b: tf.exp(tf.math.log(-a) - tf.math.log(-b))),
]
clipr = lambda r, c: tf.clip_by_value(r, 1 - c, 1 + c)
RIGHT["check_clipped_loss"] = [
    lambda r, a, c: -tf.minimum(r * a, clipr(r, c) * a),
    lambda r, a, c: tf.maximum(-r * a, -clipr(r, c) * a),
    lambda r, a, c: tf.where(a > 0, -a * tf.minimum(r, 1 + c), -a * tf.maximum(r, 1 - c)),
]
WRONG["check_clipped_loss"] = [
    ("sign", lambda r, a, c: tf.minimum(r * a, clipr(r, c) * a)),
    ("maximum", lambda r, a, c: -tf.maximum(r * a, clipr(r, c) * a)),
    ("clip only", lambda r, a, c: -clipr(r, c) * a),
    ("no clip", lambda r, a, c: -r * a),
    ("product clipped", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r * a, 1 - c, 1 + c))),
    ("within eps", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, -c, c) * a)),
    ("bounds swapped", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, 1 + c, 1 - c) * a)),
    ("clip typed", lambda r, a, c: -tf.minimum(r * a, clipr(r, 0.2) * a)),
    ("mean", lambda r, a, c: -mean(tf.minimum(r * a, clipr(r, c) * a))),
    ("one-sided", lambda r, a, c: -tf.minimum(r * a, tf.minimum(r, 1 + c) * a)),
    ("a outside", lambda r, a, c: -tf.minimum(r, clipr(r, c)) * a),
    ("clipped advantage", lambda r, a, c: -tf.minimum(r * a, r * clipr(a, c))),
    ("stop ratio", lambda r, a, c: -tf.minimum(stop(r) * a, clipr(stop(r), c) * a)),
    ("a on one side", lambda r, a, c: -tf.minimum(r * a, clipr(r, c))),
    (
        "numpy",
        lambda r, a, c: -np.minimum(r.numpy() * a.numpy(), np.clip(r.numpy(), 1 - c, 1 + c) * a.numpy()),
    ),
    ("lower only", lambda r, a, c: -tf.minimum(r * a, tf.maximum(r, 1 - c) * a)),
    ("abs a", lambda r, a, c: -tf.minimum(r * abs(a), clipr(r, c) * abs(a))),
    ("1/(1+c)", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, 1 / (1 + c), 1 + c) * a)),
]
lsm, sm = tf.nn.log_softmax, tf.nn.softmax
RIGHT["check_entropy"] = [
    lambda z: -total(tf.exp(lsm(z)) * lsm(z), -1),
    lambda z: -total(sm(z) * lsm(z), axis=1),
    lambda z: tf.reduce_logsumexp(z, 1) - total(sm(z) * z, 1),
    lambda z: tf.nn.softmax_cross_entropy_with_logits(sm(z), z),
]
WRONG["check_entropy"] = [
    ("sign", lambda z: total(sm(z) * lsm(z), 1)),
    ("log of softmax", lambda z: -total(sm(z) * tf.math.log(sm(z)), 1)),
    ("mean", lambda z: -mean(sm(z) * lsm(z), 1)),
    ("one number", lambda z: -mean(total(sm(z) * lsm(z), 1))),
    ("no weights", lambda z: -total(lsm(z), 1)),
    ("axis 0", lambda z: -total(sm(z, axis=0) * lsm(z, axis=0), 1)),
    ("summed over axis 0", lambda z: -total(sm(z) * lsm(z), 0)),
    ("logits as probabilities", lambda z: -total(z * tf.math.log(z), 1)),
    ("bits", lambda z: -total(sm(z) * lsm(z), 1) / np.float32(np.log(2))),
    (
        "own softmax",
        lambda z: (
            -total(
                tf.exp(z)
                / total(tf.exp(z), 1, keepdims=True)
                * tf.math.log(tf.exp(z) / total(tf.exp(z), 1, keepdims=True)),
                1,
            )
        ),
    ),
    ("times logits", lambda z: -total(sm(z) * z, 1)),
    ("nan patched", lambda z: -total(tf.where(sm(z) > 0, sm(z) * tf.math.log(sm(z)), 0.0), 1)),
    ("divide no nan", lambda z: -total(tf.math.multiply_no_nan(tf.math.log(sm(z)), sm(z)), 1)),
    ("per action", lambda z: -sm(z) * lsm(z)),
    ("numpy", lambda z: -np.sum(sm(z).numpy() * lsm(z).numpy(), 1)),
    ("stop", lambda z: -total(stop(sm(z)) * lsm(z), 1)),
    ("max prob", lambda z: -tf.reduce_max(lsm(z), 1)),
    ("normalised", lambda z: -total(sm(z) * lsm(z), 1) / np.float32(np.log(z.shape[1]))),
]
D = lambda r, d, v, n: r + d * n - v
RIGHT["check_mended_actor_loss"] = [
    lambda p, r, d, v, n: -stop(D(r, d, v, n)) * p,
    lambda p, r, d, v, n: -p * (r + d * stop(n) - stop(v)),
    lambda p, r, d, v, n: -(D(r, d, v, n)).numpy() * p,
]
WRONG["check_mended_actor_loss"] = [
    ("unchanged", lambda p, r, d, v, n: -D(r, d, v, n) * p),
    ("stop v", lambda p, r, d, v, n: -(r + d * n - stop(v)) * p),
    ("stop n", lambda p, r, d, v, n: -(r + d * stop(n) - v) * p),
    ("stop p", lambda p, r, d, v, n: -D(r, d, v, n) * stop(p)),
    ("stop all", lambda p, r, d, v, n: stop(-D(r, d, v, n) * p)),
    ("sign", lambda p, r, d, v, n: stop(D(r, d, v, n)) * p),
    ("abs", lambda p, r, d, v, n: -abs(stop(D(r, d, v, n))) * p),
    ("no minus v", lambda p, r, d, v, n: -stop(r + d * n) * p),
    ("mean", lambda p, r, d, v, n: -mean(stop(D(r, d, v, n)) * p)),
    ("square", lambda p, r, d, v, n: -(stop(D(r, d, v, n)) ** 2) * p),
    ("exp p", lambda p, r, d, v, n: -stop(D(r, d, v, n)) * tf.exp(p)),
    ("no discount", lambda p, r, d, v, n: -stop(r + n - v) * p),
    ("clipped", lambda p, r, d, v, n: -tf.maximum(stop(D(r, d, v, n)), 0.0) * p),
    ("no v at all", lambda p, r, d, v, n: -r * p),
    ("v swapped", lambda p, r, d, v, n: -stop(r + d * v - n) * p),
    ("plus critic", lambda p, r, d, v, n: -stop(D(r, d, v, n)) * p + D(r, d, v, n) ** 2),
]


def ep(old="before", f=lambda new, old: tf.exp(new - old), n=lambda n: n, order=True):
    def epochs(log_prob, step, num_epochs):
        o = log_prob()
        if old == "stop":
            o = stop(o)
        for _ in range(n(num_epochs)):
            new = log_prob()
            if old == "each":
                o = log_prob()
            step(f(new, o))
            if old == "previous":
                o = new

    return epochs


def once(log_prob, step, n):
    o = log_prob()
    r = tf.exp(log_prob() - o)
    for _ in range(n):
        step(r)


def function_old(log_prob, step, n):
    o = log_prob
    for _ in range(n):
        step(tf.exp(log_prob() - o()))


def second(log_prob, step, n):
    for k in range(n):
        if k <= 1:
            o = log_prob()
        step(tf.exp(log_prob() - o))


RIGHT["check_mended_epochs"] = [
    ep(),
    ep("stop"),
    lambda lp, step, n: (lambda o: [step(tf.exp(lp() - o)) for _ in range(n)])(lp()),
    ep(f=lambda a, b: tf.exp(a) / tf.exp(b)),
]
WRONG["check_mended_epochs"] = [
    ("unchanged", ep("each")),
    ("previous", ep("previous")),
    ("log", ep(f=lambda a, b: a - b)),
    ("upside down", ep(f=lambda a, b: tf.exp(b - a))),
    ("no update", lambda lp, step, n: None),
    ("one fewer", ep(n=lambda n: n - 1)),
    ("one more", ep(n=lambda n: n + 1)),
    ("ratio once", once),
    ("function kept", function_old),
    ("second epoch", second),
    ("stop on new", ep(f=lambda a, b: tf.exp(stop(a) - b))),
    ("once only", ep(n=lambda n: 1)),
    ("4 typed", ep(n=lambda n: 4)),
    ("quotient", ep(f=lambda a, b: a / b)),
    ("clipped", ep(f=lambda a, b: tf.clip_by_value(tf.exp(a - b), 0.8, 1.2))),
    ("always one", lambda lp, step, n: [step(tf.ones(2)) for _ in range(n)]),
]
RIGHT["check_mended_critic_loss"] = [
    lambda v, y: mean(tf.square(y - v[:, 0])),
    lambda v, y: mean((tf.squeeze(v, -1) - y) ** 2),
    lambda v, y: mean(tf.square(y[:, None] - v)),
    lambda v, y: total((y - tf.reshape(v, [-1])) ** 2) / len(y),
]
WRONG["check_mended_critic_loss"] = [
    ("unchanged", lambda v, y: mean(tf.square(y - v))),
    ("sum", lambda v, y: total(tf.square(y - v[:, 0]))),
    ("half", lambda v, y: 0.5 * mean(tf.square(y - v[:, 0]))),
    ("square of mean", lambda v, y: tf.square(mean(y - v[:, 0]))),
    ("no square", lambda v, y: mean(y - v[:, 0])),
    ("abs", lambda v, y: mean(abs(y - v[:, 0]))),
    ("per sample", lambda v, y: tf.square(y - v[:, 0])),
    ("numpy", lambda v, y: np.mean((y.numpy() - v.numpy()[:, 0]) ** 2)),
    ("transposed", lambda v, y: mean(tf.square(y - tf.transpose(v)))),
    ("first row", lambda v, y: mean(tf.square(y - v[0]))),
    ("mean value", lambda v, y: mean(tf.square(y - mean(v)))),
    ("stop v", lambda v, y: mean(tf.square(y - stop(v[:, 0])))),
    ("diag sum", lambda v, y: mean(tf.square(total(y - v, 1)))),
    ("root", lambda v, y: tf.sqrt(mean(tf.square(y - v[:, 0])))),
    ("both columns", lambda v, y: mean(tf.square(y[:, None] - v[:, 0]))),
    ("sign", lambda v, y: -mean(tf.square(y - v[:, 0]))),
]
WRONG["check_mended_critic_loss"].pop(8)
