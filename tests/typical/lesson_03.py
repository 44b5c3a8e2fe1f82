"""Typical answers to lesson 03's exercises, from the student text alone."""

import numpy as np

RIGHT, WRONG = {}, {}


def q_up(
    y=lambda q, s, a, r, t, n, g: r if t else r + g * q[n].max(), step=lambda old, y, al: old + al * (y - old)
):
    return lambda q, s, a, r, t, n, al, g: step(q[s, a], y(q, s, a, r, t, n, g), al)


def q_in_place(q, s, a, r, t, n, al, g):
    y = r if t else r + g * max(q[n])
    q[s, a] += al * (y - q[s, a])
    return q[s, a]


def q_loop(best):
    def f(q, s, a, r, t, n, al, g):
        top = best
        for v in q[n]:
            if v > top:
                top = v
        return q[s, a] + al * (r + g * top * (not t) - q[s, a])

    return f


RIGHT["check_q_update"] = [
    q_up(),
    lambda q, s, a, r, t, n, al, g: (1 - al) * q[s][a] + al * (r + g * (1 - t) * np.max(q[n])),
    q_loop(-np.inf),
]
RIGHT["check_q_update"][2] = lambda q, s, a, r, t, n, al, g: (
    q[s, a] + al * (r + g * sorted(q[n])[-1] * (not t) - q[s, a])
)
WRONG["check_q_update"] = [
    ("target", q_up(step=lambda o, y, al: y)),
    ("increment", q_up(step=lambda o, y, al: al * (y - o))),
    ("old kept", q_up(step=lambda o, y, al: o + al * y)),
    ("away", q_up(step=lambda o, y, al: o - al * (y - o))),
    ("alpha swapped", q_up(step=lambda o, y, al: al * o + (1 - al) * y)),
    ("max of s", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[s].max())),
    ("q[n, a]", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[n, a])),
    ("mean", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[n].mean())),
    ("min", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[n].min())),
    ("argmax", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[n].argmax())),
    ("whole table", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q.max())),
    ("column", q_up(lambda q, s, a, r, t, n, g: r if t else r + g * q[:, min(n, q.shape[1] - 1)].max())),
    ("no gamma", q_up(lambda q, s, a, r, t, n, g: r if t else r + q[n].max())),
    ("gamma typed", q_up(lambda q, s, a, r, t, n, g: r if t else r + 0.9 * q[n].max())),
    ("gamma on all", q_up(lambda q, s, a, r, t, n, g: g * r if t else g * (r + q[n].max()))),
    ("no reward", q_up(lambda q, s, a, r, t, n, g: 0 if t else g * q[n].max())),
    ("no terminal", q_up(lambda q, s, a, r, t, n, g: r + g * q[n].max())),
    ("flag inverted", q_up(lambda q, s, a, r, t, n, g: r + g * q[n].max() if t else r)),
    ("if s'", q_up(lambda q, s, a, r, t, n, g: r + g * q[n].max() if n and not t else r)),
    ("in place", q_in_place),
    ("best = 0", q_loop(0)),
    ("terminal 0", q_up(lambda q, s, a, r, t, n, g: 0 if t else r + g * q[n].max())),
    ("terminal keeps old", lambda q, s, a, r, t, n, al, g: q[s, a] if t else q_up()(q, s, a, r, t, n, al, g)),
    ("alpha gamma swapped", lambda q, s, a, r, t, n, al, g: q_up()(q, s, a, r, t, n, g, al)),
    ("returns table", lambda q, s, a, r, t, n, al, g: q),
    ("al typed", q_up(step=lambda o, y, al: o + 0.1 * (y - o))),
]


def eg(
    explore=lambda rng, row: rng.integers(len(row)),
    best=lambda rng, row: rng.choice(np.flatnonzero(row == row.max())),
    coin=lambda rng, e: rng.random() < e,
):
    return lambda row, e, rng: explore(rng, row) if coin(rng, e) else best(rng, row)


def by_probability(row, e, rng):
    top = row == row.max()
    return rng.choice(len(row), p=e / len(row) + (1 - e) * top / top.sum())


import random

RIGHT["check_epsilon_greedy"] = [
    eg(),
    by_probability,
    eg(
        best=lambda rng, row: rng.permutation(np.where(row == max(row))[0])[0],
        coin=lambda rng, e: rng.uniform() <= e,
    ),
    eg(explore=lambda rng, row: int(rng.random() * len(row))),
]
WRONG["check_epsilon_greedy"] = [
    ("argmax", eg(best=lambda rng, row: int(np.argmax(row)))),
    ("last best", eg(best=lambda rng, row: int(np.flatnonzero(row == row.max())[-1]))),
    ("worst", eg(best=lambda rng, row: rng.choice(np.flatnonzero(row == row.min())))),
    ("1 - eps", eg(coin=lambda rng, e: rng.random() > e)),
    ("others only", eg(explore=lambda rng, row: rng.choice(np.delete(np.arange(len(row)), np.argmax(row))))),
    ("integers(A-1)", eg(explore=lambda rng, row: rng.integers(len(row) - 1))),
    ("integers(1, A)", eg(explore=lambda rng, row: rng.integers(1, len(row)))),
    ("np.random", lambda row, e, rng: eg()(row, e, np.random.default_rng())),
    ("random module", eg(coin=lambda rng, e: random.random() < e)),
    ("reseeding", lambda row, e, rng: eg()(row, e, np.random.default_rng(0))),
    ("value", eg(best=lambda rng, row: row.max(), explore=lambda rng, row: rng.choice(row))),
    ("never explores", eg(coin=lambda rng, e: False)),
    ("always explores", eg(coin=lambda rng, e: True)),
    ("coin of integers", eg(coin=lambda rng, e: rng.integers(0, 1) < e)),
    ("noise on values", eg(best=lambda rng, row: int(np.argmax(row + rng.random(len(row)))))),
    ("floats", lambda row, e, rng: float(eg()(row, e, rng))),
    ("eps typed", eg(coin=lambda rng, e: rng.random() < 0.1)),
    ("softmax", lambda row, e, rng: rng.choice(len(row), p=np.exp(row) / np.exp(row).sum())),
    ("array of ties", eg(best=lambda rng, row: np.flatnonzero(row == row.max()))),
    ("abs", eg(best=lambda rng, row: rng.choice(np.flatnonzero(abs(row) == abs(row).max())))),
]


def es(value=lambda q, e: (1 - e) * q.max() + e * q.mean(), out=lambda v, r, d: r + d * v):
    return lambda q, e, r, d: out(value(q, e), r, d)


def es_pi(q, e, r, d):
    top = (q == q.max()) / (q == q.max()).sum()
    pi = np.full(len(q), e / len(q)) + (1 - e) * top
    return r + d * pi @ q


RIGHT["check_expected_sarsa_target"] = [
    es(),
    es_pi,
    lambda q, e, r, d: r + d * (sum(e / len(q) * v for v in q) + (1 - e) * max(q)),
]
WRONG["check_expected_sarsa_target"] = [
    ("max", es(lambda q, e: q.max())),
    ("mean", es(lambda q, e: q.mean())),
    ("eps swapped", es(lambda q, e: e * q.max() + (1 - e) * q.mean())),
    ("best not on top", es(lambda q, e: (1 - e) * q.max() + e / len(q) * (q.sum() - q.max()))),
    ("others only", es(lambda q, e: (1 - e) * q.max() + e * (q.sum() - q.max()) / (len(q) - 1))),
    ("sum for mean", es(lambda q, e: (1 - e) * q.max() + e * q.sum())),
    ("best in full", es(lambda q, e: q.max() + e * q.mean())),
    ("(1-e)max + mean", es(lambda q, e: (1 - e) * q.max() + q.mean())),
    ("no discount", es(out=lambda v, r, d: r + v)),
    ("discount on all", es(out=lambda v, r, d: d * (r + v))),
    ("1 - discount", es(out=lambda v, r, d: r + (1 - d) * v)),
    ("no reward", es(out=lambda v, r, d: d * v)),
    ("min", es(lambda q, e: (1 - e) * q.min() + e * q.mean())),
    ("argmax", es(lambda q, e: (1 - e) * q.argmax() + e * q.mean())),
    ("ties each", es(lambda q, e: sum((1 - e) * v * (v == q.max()) for v in q) + e * q.mean())),
    ("sampled", es(lambda q, e: np.random.choice(q) if np.random.random() < e else q.max())),
    ("eps typed", es(lambda q, e: 0.9 * q.max() + 0.1 * q.mean())),
    ("discount typed", es(out=lambda v, r, d: r + 0.9 * v)),
    ("e/A twice", es(lambda q, e: (1 - e + e / len(q)) * q.max() + e * q.mean())),
    ("A typed", es(lambda q, e: (1 - e) * q.max() + e * q.sum() / 4)),
]


def enc(
    bins=lambda x, lo, hi, n: np.clip(np.floor(n * (x - lo) / (hi - lo)).astype(int), 0, n - 1),
    places=lambda n: np.append(np.cumprod(n[::-1])[::-1][1:], 1),
    out=lambda b, p: int(b @ p),
):
    return lambda x, lo, hi, n: out(bins(x, lo, hi, n), places(n))


RIGHT["check_encode"] = [
    enc(),
    lambda x, lo, hi, n: np.ravel_multi_index(
        [min(max(int(np.floor((a - l) / ((h - l) / k))), 0), k - 1) for a, l, h, k in zip(x, lo, hi, n)],
        tuple(n),
    ),
    lambda x, lo, hi, n: sum(
        int(np.clip((x[d] - lo[d]) / (hi[d] - lo[d]) * n[d] // 1, 0, n[d] - 1)) * int(np.prod(n[d + 1 :]))
        for d in range(len(n))
    ),
]
WRONG["check_encode"] = [
    ("sum", enc(places=lambda n: np.ones(len(n), int))),
    ("reversed", enc(places=lambda n: np.append(1, np.cumprod(n)[:-1]))),
    ("own radix", enc(places=lambda n: np.cumprod(n[::-1])[::-1])),
    ("one radix", enc(places=lambda n: n[0] ** np.arange(len(n))[::-1])),
    ("max radix", enc(places=lambda n: max(n) ** np.arange(len(n))[::-1])),
    ("ten", enc(places=lambda n: 10 ** np.arange(len(n))[::-1])),
    (
        "round",
        enc(bins=lambda x, lo, hi, n: np.clip(np.round(n * (x - lo) / (hi - lo)).astype(int), 0, n - 1)),
    ),
    (
        "n - 1",
        enc(
            bins=lambda x, lo, hi, n: np.clip(np.floor((n - 1) * (x - lo) / (hi - lo)).astype(int), 0, n - 1)
        ),
    ),
    ("no clip", enc(bins=lambda x, lo, hi, n: np.floor(n * (x - lo) / (hi - lo)).astype(int))),
    (
        "clip to n",
        enc(bins=lambda x, lo, hi, n: np.clip(np.floor(n * (x - lo) / (hi - lo)).astype(int), 0, n)),
    ),
    (
        "no lower clip",
        enc(bins=lambda x, lo, hi, n: np.minimum(np.floor(n * (x - lo) / (hi - lo)).astype(int), n - 1)),
    ),
    (
        "low ignored",
        enc(bins=lambda x, lo, hi, n: np.clip(np.floor(n * x / (hi - lo)).astype(int), 0, n - 1)),
    ),
    ("by high", enc(bins=lambda x, lo, hi, n: np.clip(np.floor(n * (x - lo) / hi).astype(int), 0, n - 1))),
    (
        "floats",
        enc(
            bins=lambda x, lo, hi, n: np.clip(np.floor(n * (x - lo) / (hi - lo)), 0, n - 1),
            out=lambda b, p: float(b @ p),
        ),
    ),
    (
        "no floor",
        enc(bins=lambda x, lo, hi, n: np.clip(n * (x - lo) / (hi - lo), 0, n - 1), out=lambda b, p: b @ p),
    ),
    ("bins", enc(out=lambda b, p: b)),
    (
        "digitize from 1",
        enc(bins=lambda x, lo, hi, n: np.clip(np.floor(n * (x - lo) / (hi - lo)).astype(int), 0, n - 1) + 1),
    ),
    (
        "x clipped only",
        enc(bins=lambda x, lo, hi, n: np.floor(n * (np.clip(x, lo, hi) - lo) / (hi - lo)).astype(int)),
    ),
    ("ceil", enc(bins=lambda x, lo, hi, n: np.clip(np.ceil(n * (x - lo) / (hi - lo)).astype(int), 0, n - 1))),
    (
        "reversed bins",
        enc(
            bins=lambda x, lo, hi, n: (
                (n - 1) - np.clip(np.floor(n * (x - lo) / (hi - lo)).astype(int), 0, n - 1)
            )
        ),
    ),
]


def dec(code, n):
    out = []
    for k in reversed(n):
        code, b = divmod(code, int(k))
        out.insert(0, b)
    return out


def dec_bad(
    order=lambda n: n[::-1], rest=lambda c, k: c // k, digit=lambda c, k: c % k, out=lambda d: d[::-1]
):
    def f(code, n):
        digits = []
        for k in order(n):
            digits.append(digit(code, k))
            code = rest(code, k)
        return out(digits)

    return f


def dec_changing(code, n):
    out = []
    for d in range(len(n)):
        n[d:] = n[d:]
        rest = int(np.prod(n[d + 1 :]))
        out.append(code // rest)
        code %= rest
        n[d] = 0
    return out


RIGHT["check_decode"] = [
    dec,
    dec_bad(),
    lambda c, n: np.array(np.unravel_index(c, tuple(n))),
    lambda c, n: [c // int(np.prod(n[d + 1 :])) % n[d] for d in range(len(n))],
]
WRONG["check_decode"] = [
    ("reversed", dec_bad(out=lambda d: d)),
    ("wrong order", dec_bad(order=lambda n: n)),
    ("wrong order kept", dec_bad(order=lambda n: n, out=lambda d: d)),
    ("true division", dec_bad(rest=lambda c, k: c / k)),
    ("from 1", dec_bad(digit=lambda c, k: c % k + 1)),
    ("no remainder", lambda c, n: [c // int(np.prod(n[d + 1 :])) for d in range(len(n))]),
    ("own radix", lambda c, n: [c // int(np.prod(n[d:])) % n[d] for d in range(len(n))]),
    ("decimal digits", lambda c, n: [int(x) for x in str(c).zfill(len(n))][-len(n) :]),
    (
        "first radix always",
        lambda c, n: [c // int(n[0]) ** (len(n) - 1 - d) % int(n[0]) for d in range(len(n))],
    ),
    ("quotients for remainders", dec_bad(digit=lambda c, k: c // k)),
    ("two only", lambda c, n: [c // n[-1], c % n[-1]]),
    ("inputs changed", dec_changing),
    ("subtracts", dec_bad(rest=lambda c, k: c - c % k)),
    ("floats", lambda c, n: [float(d) for d in dec(c, n)]),
]
