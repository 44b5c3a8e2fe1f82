"""Typical answers to lesson 10's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf

RIGHT, WRONG = {}, {}


def dyna(order, target=lambda r, end, v, g: r + (not end) * g * v, rate=lambda a: a):
    def answer(q, memory, drawn, alpha, gamma):
        q = np.array(q)
        for s, a, r, end, n in order(memory, drawn):
            q[s, a] += rate(alpha) * (target(r, end, max(q[n]), gamma) - q[s, a])
        return q

    return answer


def dyna_loops(q, memory, drawn, alpha, gamma):
    q = q.copy()
    for i in [-1] + list(drawn):
        s, a, r, terminated, s2 = memory[i]
        y = r if terminated else r + gamma * np.max(q[s2])
        q[s, a] = (1 - alpha) * q[s, a] + alpha * y
    return q


def dyna_lists(q, memory, drawn, alpha, gamma):
    q = q.tolist()
    for s, a, r, end, n in [memory[-1]] + [memory[i] for i in drawn]:
        q[s][a] += alpha * (r + (0 if end else gamma * max(q[n])) - q[s][a])
    return q


def dyna_in_place(q, memory, drawn, alpha, gamma):
    for s, a, r, end, n in [memory[-1]] + [memory[i] for i in drawn]:
        q[s, a] += alpha * (r + (not end) * gamma * q[n].max() - q[s, a])
    return q


all_of_it = lambda m, d: [m[-1]] + [m[i] for i in d]
RIGHT["check_dyna_update"] = [dyna(all_of_it), dyna_loops, dyna_lists]
WRONG["check_dyna_update"] = [
    ("no planning", dyna(lambda m, d: [m[-1]])),
    ("only planning", dyna(lambda m, d: [m[i] for i in d])),
    ("real last", dyna(lambda m, d: [m[i] for i in d] + [m[-1]])),
    ("first is real", dyna(lambda m, d: [m[0]] + [m[i] for i in d])),
    ("all of memory", dyna(lambda m, d: [m[-1]] + list(m))),
    ("set", dyna(lambda m, d: [m[-1]] + [m[i] for i in dict.fromkeys(d)])),
    ("no terminal", dyna(all_of_it, lambda r, end, v, g: r + g * v)),
    ("no gamma", dyna(all_of_it, lambda r, end, v, g: r + (not end) * v)),
    ("0 at the end", dyna(all_of_it, lambda r, end, v, g: (not end) * (r + g * v))),
    ("no reward", dyna(all_of_it, lambda r, end, v, g: (not end) * g * v)),
    ("alpha 1", dyna(all_of_it, rate=lambda a: 1.0)),
    ("alpha typed", dyna(all_of_it, rate=lambda a: 0.5)),
    ("in place", dyna_in_place),
]
RIGHT["check_model_targets"] = [
    lambda s, n, te, tr, c: ((n - s) / c, te.astype(float)),
    lambda s, n, te, tr, c: (np.divide(n - s, c[None]), np.where(te, 1, 0)),
    lambda s, n, te, tr, c: (tf.constant((n - s) / c), tf.constant(te * 1.0)),
]
WRONG["check_model_targets"] = [
    ("next", lambda s, n, te, tr, c: (n, te * 1.0)),
    ("next in units", lambda s, n, te, tr, c: (n / c, te * 1.0)),
    ("sign", lambda s, n, te, tr, c: ((s - n) / c, te * 1.0)),
    ("no unit", lambda s, n, te, tr, c: (n - s, te * 1.0)),
    ("times", lambda s, n, te, tr, c: ((n - s) * c, te * 1.0)),
    ("or", lambda s, n, te, tr, c: ((n - s) / c, (te | tr) * 1.0)),
    ("sum of flags", lambda s, n, te, tr, c: ((n - s) / c, np.minimum(te + 1.0 * tr, 1))),
    ("inverse", lambda s, n, te, tr, c: ((n - s) / c, 1.0 - te)),
    ("truncated", lambda s, n, te, tr, c: ((n - s) / c, tr * 1.0)),
    ("swapped", lambda s, n, te, tr, c: (te * 1.0, (n - s) / c)),
    ("one only", lambda s, n, te, tr, c: (n - s) / c),
]


def mask_loop(p, d, t, stop, last=True, alive_again=False):
    mask = np.zeros(p.shape)
    for i in range(p.shape[1]):
        for k in range(p.shape[0]):
            over = p[k, i] > t or d[k, i] > stop
            if last or not over:
                mask[k, i] = 1
            if over and not alive_again:
                break
    return mask


def mask_with(ends):
    return lambda p, d, t, stop: np.cumprod(
        np.r_[np.ones((1, p.shape[1])), 1 - ends(p, d, t, stop)[:-1]], axis=0
    )


RIGHT["check_imagined_mask"] = [
    mask_loop,
    mask_with(lambda p, d, t, stop: ((p > t) | (d > stop)) * 1),
    lambda p, d, t, stop: (
        (tf.cumsum(tf.cast((p > t) | (d > stop), tf.int64), exclusive=True) == 0).numpy() * 1.0
    ),
]
WRONG["check_imagined_mask"] = [
    ("without the last", lambda *case: mask_loop(*case, last=False)),
    ("no memory", lambda p, d, t, stop: 1.0 - ((p > t) | (d > stop))),
    ("no stop", mask_with(lambda p, d, t, stop: (p > t) * 1)),
    ("no end", mask_with(lambda p, d, t, stop: (d > stop) * 1)),
    ("and", mask_with(lambda p, d, t, stop: ((p > t) & (d > stop)) * 1)),
    ("threshold typed", mask_with(lambda p, d, t, stop: ((p > 0.5) | (d > stop)) * 1)),
    ("below", mask_with(lambda p, d, t, stop: ((p < t) | (d > stop)) * 1)),
    ("ones", lambda p, d, t, stop: np.ones(p.shape)),
    ("axis", lambda p, d, t, stop: np.cumsum(e := ((p > t) | (d > stop)) * 1, axis=1) - e == 0),
]
RIGHT["check_refit"] = [
    lambda x, s, k: (x[np.argsort(-s)[:k]].mean(0), x[np.argsort(-s)[:k]].std(0)),
    lambda x, s, k: (np.mean(x[s >= np.sort(s)[-k]], axis=0), np.std(x[s >= np.sort(s)[-k]], axis=0)),
    lambda x, s, k: (
        tf.nn.moments(tf.gather(x, tf.math.top_k(s, k).indices), 0)[:1]
        + (tf.math.reduce_std(tf.gather(x, tf.math.top_k(s, k).indices), 0),)
    ),
]
top = lambda s, k: np.argsort(s)[-k:]
WRONG["check_refit"] = [
    ("worst", lambda x, s, k: (x[np.argsort(s)[:k]].mean(0), x[np.argsort(s)[:k]].std(0))),
    ("all", lambda x, s, k: (x.mean(0), x.std(0))),
    ("first", lambda x, s, k: (x[:k].mean(0), x[:k].std(0))),
    ("one", lambda x, s, k: (x[s.argmax()], 0 * x[0])),
    ("variance", lambda x, s, k: (x[top(s, k)].mean(0), x[top(s, k)].var(0))),
    ("ddof", lambda x, s, k: (x[top(s, k)].mean(0), x[top(s, k)].std(0, ddof=1))),
    ("scalars", lambda x, s, k: (x[top(s, k)].mean(), x[top(s, k)].std())),
    ("time", lambda x, s, k: (x[top(s, k)].mean(1), x[top(s, k)].std(1))),
    ("spread of all", lambda x, s, k: (x[top(s, k)].mean(0), x.std(0))),
    ("swapped", lambda x, s, k: (x[top(s, k)].std(0), x[top(s, k)].mean(0))),
    ("k typed", lambda x, s, k: (x[top(s, 2)].mean(0), x[top(s, 2)].std(0))),
]
RIGHT["check_disagreement"] = [
    lambda x, c: (x.std(0) / c).mean(-1),
    lambda x, c: np.mean(np.std(x / c, axis=0), axis=1),
    lambda x, c: np.sqrt(((x - x.mean(0)) ** 2).mean(0)).dot(1 / c) / len(c),
]
WRONG["check_disagreement"] = [
    ("no unit", lambda x, c: x.std(0).mean(-1)),
    ("unit last", lambda x, c: x.std(0).mean(-1) / c.mean()),
    ("no mean", lambda x, c: x.std(0) / c),
    ("sum", lambda x, c: (x.std(0) / c).sum(-1)),
    ("variance", lambda x, c: (x.var(0) / c).mean(-1)),
    ("rows", lambda x, c: (x.std(1) / c).mean(-1)),
    ("ddof", lambda x, c: (x.std(0, ddof=1) / c).mean(-1)),
    ("batch", lambda x, c: (x.std(0) / c).mean()),
    ("range", lambda x, c: ((x.max(0) - x.min(0)) / c).mean(-1)),
    ("max", lambda x, c: (x.std(0) / c).max(-1)),
]
