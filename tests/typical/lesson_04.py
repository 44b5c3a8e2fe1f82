"""Typical answers to lesson 04's exercises, from the student text alone."""

import numpy as np

RIGHT, WRONG = {}, {}


def tiles(
    pos=lambda x, n: np.clip(x, 0, 1) * n,
    shift=lambda k, K: k / K,
    cut=lambda p: np.floor(p).astype(int),
    size=lambda n: n + 1,
    end=lambda t: t,
):
    def f(x, n, K):
        k = np.arange(K)
        return end(cut(pos(x, n) + shift(k, K)) + k * size(n))

    return f


RIGHT["check_active_tiles"] = [
    tiles(),
    lambda x, n, K: [int(min(max(x, 0), 1) * n + k / K) + k * (n + 1) for k in range(K)],
    tiles(cut=lambda p: (p // 1).astype(int)),
]
WRONG["check_active_tiles"] = [
    ("no offset", tiles(size=lambda n: 0)),
    ("n per tiling", tiles(size=lambda n: n)),
    ("n + 2", tiles(size=lambda n: n + 2)),
    ("no shift", tiles(shift=lambda k, K: 0)),
    ("whole shift", tiles(shift=lambda k, K: k)),
    ("minus shift", tiles(shift=lambda k, K: -k / K)),
    (
        "k / n",
        lambda x, n, K: (
            np.floor(np.clip(x, 0, 1) * n + np.arange(K) / n).astype(int) + np.arange(K) * (n + 1)
        ),
    ),
    ("k + 1", tiles(shift=lambda k, K: (k + 1) / K)),
    ("round", tiles(cut=lambda p: np.round(p).astype(int))),
    ("ceil", tiles(cut=lambda p: np.ceil(p).astype(int))),
    ("no clip", tiles(pos=lambda x, n: x * n)),
    ("floats", tiles(cut=np.floor)),
    ("n + 1 wide", tiles(pos=lambda x, n: np.clip(x, 0, 1) * (n + 1))),
    ("clip at 1 only", tiles(pos=lambda x, n: min(x, 1) * n)),
    ("clip at 0 only", tiles(pos=lambda x, n: max(x, 0) * n)),
    ("just one", lambda x, n, K: int(np.clip(x, 0, 1) * n)),
    (
        "clamped below n",
        tiles(
            cut=lambda p: np.minimum(np.floor(p), np.floor(p)).astype(int),
            pos=lambda x, n: np.clip(x, 0, 1 - 1e-9) * n,
        ),
    ),
    (
        "shift cut first",
        lambda x, n, K: int(np.clip(x, 0, 1) * n) + (np.arange(K) / K).astype(int) + np.arange(K) * (n + 1),
    ),
    ("not floored", tiles(cut=lambda p: p)),
    ("reversed", tiles(end=lambda t: t[::-1])),
    (
        "shift in x",
        lambda x, n, K: (
            np.floor((np.clip(x, 0, 1) + np.arange(K) / K) * n).astype(int) + np.arange(K) * (n + 1)
        ),
    ),
]


def sarsa(
    q=lambda w, i, a: w[i, a].sum(),
    size=lambda al, K: al / K,
    rows=lambda i: i,
    cols=lambda a: a,
    sign=1,
    copy=True,
    out=lambda w: w,
    delta=None,
):
    def f(w, i, a, y, al):
        new = w.copy() if copy else w
        d = (delta or (lambda y, q: y - q))(y, q(w, i, a))
        new[rows(i), cols(a)] += sign * size(al, len(i)) * d
        return out(new)

    return f


def one_by_one(w, i, a, y, al):
    w = np.array(w)
    for j in i:
        w[j, a] += al / len(i) * (y - sum(w[k, a] for k in i))
    return w


def increment(w, i, a, y, al):
    return al / len(i) * (y - w[i, a].sum())


def int_weights(w, i, a, y, al):
    new = w.copy().astype(int)
    new[i, a] += int(al / len(i) * (y - w[i, a].sum()))
    return new


def by_mask(w, i, a, y, al):
    x = np.zeros_like(w)
    x[i, a] = 1
    return w + al / len(i) * (y - np.sum(w * x)) * x


RIGHT["check_sarsa_step"] = [
    sarsa(),
    by_mask,
    lambda w, i, a, y, al: np.array(
        [
            [
                w[f, b] + (al / len(i) * (y - sum(w[j, a] for j in i)) if f in i and b == a else 0)
                for b in range(w.shape[1])
            ]
            for f in range(len(w))
        ]
    ),
]
WRONG["check_sarsa_step"] = [
    ("alpha not shared", sarsa(size=lambda al, K: al)),
    ("no alpha", sarsa(size=lambda al, K: 1 / K)),
    ("alpha typed", sarsa(size=lambda al, K: 0.5 / K)),
    ("alpha / K²", sarsa(size=lambda al, K: al / K**2)),
    ("K typed", sarsa(size=lambda al, K: al / 8)),
    ("mean for sum", sarsa(q=lambda w, i, a: w[i, a].mean())),
    ("sum of all tiles", sarsa(q=lambda w, i, a: w[:, a].sum())),
    ("sum of all actions", sarsa(q=lambda w, i, a: w[i].sum())),
    ("sign", sarsa(sign=-1)),
    ("target alone", sarsa(delta=lambda y, q: y)),
    ("all actions", sarsa(cols=lambda a: slice(None))),
    ("all tiles", sarsa(rows=lambda i: slice(None))),
    ("first tile", sarsa(rows=lambda i: i[:1])),
    ("in place", sarsa(copy=False)),
    ("returns increment", increment),
    ("returns active only", lambda w, i, a, y, al: sarsa()(w, i, a, y, al)[i, a]),
    ("one by one", one_by_one),
    (
        "set not added",
        lambda w, i, a, y, al: (lambda n: (n.__setitem__((i, a), al / len(i) * (y - w[i, a].sum())), n)[1])(
            w.copy()
        ),
    ),
    ("integers", int_weights),
    ("unchanged", lambda w, i, a, y, al: w.copy()),
    ("max q", sarsa(q=lambda w, i, a: w[i].sum(0).max())),
]


def sg(d=lambda th, x, n, r, g: r + g * th @ n - th @ x, v=lambda d, th, x, n, g: d * x):
    return lambda th, x, n, r, g: v(d(th, x, n, r, g), th, x, n, g)


def sg_in_place(th, x, n, r, g):
    th += (r + g * th @ n - th @ x) * x
    return th


RIGHT["check_semi_gradient"] = [
    sg(),
    lambda th, x, n, r, g: np.array([(r + g * np.dot(th, n) - np.dot(th, x)) * xi for xi in x]),
    lambda th, x, n, r, g: x * (r - (x - g * n) @ th),
]
WRONG["check_semi_gradient"] = [
    ("full gradient", sg(v=lambda d, th, x, n, g: d * (x - g * n))),
    ("uphill", sg(v=lambda d, th, x, n, g: -d * x)),
    ("x next", sg(v=lambda d, th, x, n, g: d * n)),
    ("theta", sg(v=lambda d, th, x, n, g: d * th)),
    ("delta", sg(v=lambda d, th, x, n, g: d)),
    ("target as error", sg(d=lambda th, x, n, r, g: r + g * th @ n)),
    ("no discount", sg(d=lambda th, x, n, r, g: r + th @ n - th @ x)),
    ("no bootstrap", sg(d=lambda th, x, n, r, g: r - th @ x)),
    ("no reward", sg(d=lambda th, x, n, r, g: g * th @ n - th @ x)),
    ("discount on all", sg(d=lambda th, x, n, r, g: g * (r + th @ n) - th @ x)),
    ("twice", sg(v=lambda d, th, x, n, g: 2 * d * x)),
    ("theta + step", sg(v=lambda d, th, x, n, g: th + d * x)),
    ("in place", sg_in_place),
    ("discount typed", sg(d=lambda th, x, n, r, g: r + 0.9 * th @ n - th @ x)),
    ("elementwise", sg(d=lambda th, x, n, r, g: r + g * th * n - th * x)),
    ("swapped states", sg(d=lambda th, x, n, r, g: r + g * th @ x - th @ n)),
    ("full with plus", sg(v=lambda d, th, x, n, g: d * (g * n - x))),
    ("sign only", sg(v=lambda d, th, x, n, g: np.sign(d) * x)),
]


def baird(d=lambda w, x, n, g: g * w @ n - w @ x, step=lambda w, al, rho, d, x, n, g: w + al * rho * d * x):
    return lambda w, x, n, rho, al, g: step(w, al, rho, d(w, x, n, g), x, n, g)


def baird_in_place(w, x, n, rho, al, g):
    w += al * rho * (g * w @ n - w @ x) * x
    return w


RIGHT["check_baird_step"] = [
    baird(),
    lambda w, x, n, rho, al, g: np.add(w, np.multiply(al * rho * (g * np.dot(n, w) - np.dot(x, w)), x)),
    lambda w, x, n, rho, al, g: w - al * rho * ((x - g * n) @ w) * x,
]
WRONG["check_baird_step"] = [
    ("no rho", baird(step=lambda w, al, rho, d, x, n, g: w + al * d * x)),
    ("1 / rho", baird(step=lambda w, al, rho, d, x, n, g: w + al * d * x / max(rho, 1e-9))),
    ("rho on target", lambda w, x, n, rho, al, g: w + al * (rho * g * w @ n - w @ x) * x),
    ("no alpha", baird(step=lambda w, al, rho, d, x, n, g: w + rho * d * x)),
    ("full gradient", baird(step=lambda w, al, rho, d, x, n, g: w + al * rho * d * (x - g * n))),
    ("sign", baird(step=lambda w, al, rho, d, x, n, g: w - al * rho * d * x)),
    ("x next", baird(step=lambda w, al, rho, d, x, n, g: w + al * rho * d * n)),
    ("no gamma", baird(d=lambda w, x, n, g: w @ n - w @ x)),
    ("step only", baird(step=lambda w, al, rho, d, x, n, g: al * rho * d * x)),
    ("no bootstrap", baird(d=lambda w, x, n, g: -(w @ x))),
    ("in place", baird_in_place),
    ("gamma on both", baird(d=lambda w, x, n, g: g * (w @ n - w @ x))),
    ("gamma typed", baird(d=lambda w, x, n, g: 0.99 * w @ n - w @ x)),
    ("elementwise", baird(d=lambda w, x, n, g: g * w * n - w * x)),
    ("reward 1", baird(d=lambda w, x, n, g: 1 + g * w @ n - w @ x)),
    ("rho typed", baird(step=lambda w, al, rho, d, x, n, g: w + al * 7 * d * x)),
    ("no minus estimate", baird(d=lambda w, x, n, g: g * w @ n)),
    ("clipped rho", baird(step=lambda w, al, rho, d, x, n, g: w + al * min(rho, 1) * d * x)),
]


def tdc(
    w_step=lambda d, x, n, p, g: d * x - g * n * p,
    v_err=lambda d, p: d - p,
    wr=lambda al, be: al,
    vr=lambda al, be: be,
    wrho=lambda r: r,
    vrho=lambda r: r,
    p=lambda v, x, n: v @ x,
    late=False,
    first=False,
    base=1,
    out=lambda a, b: (a, b),
):
    def f(w, v, x, n, rho, al, be, g):
        d = g * w @ n - w @ x
        pr = p(v, x, n)
        if first:
            v0 = v
            v = v + vr(al, be) * vrho(rho) * v_err(d, pr) * x
            new = w + wr(al, be) * wrho(rho) * w_step(d, x, n, v @ x, g)
            return out(new, v)
        new = base * w + wr(al, be) * wrho(rho) * w_step(d, x, n, pr, g)
        if late:
            d = g * new @ n - new @ x
        return out(new, base * v + vr(al, be) * vrho(rho) * v_err(d, pr) * x)

    return f


def tdc_in_place(w, v, x, n, rho, al, be, g):
    d, p = g * w @ n - w @ x, v @ x
    w += al * rho * (d * x - g * n * p)
    v += be * rho * (d - p) * x
    return w, v


RIGHT["check_tdc_step"] = [
    tdc(),
    tdc(out=lambda a, b: [a, b]),
    lambda w, v, x, n, rho, al, be, g: (
        w - al * rho * ((w @ (x - g * n)) * x + g * np.dot(v, x) * n),
        v + be * rho * x * (w @ (g * n - x) - v @ x),
    ),
]
WRONG["check_tdc_step"] = [
    ("no correction", tdc(w_step=lambda d, x, n, p, g: d * x)),
    ("plus correction", tdc(w_step=lambda d, x, n, p, g: d * x + g * n * p)),
    ("correction along x", tdc(w_step=lambda d, x, n, p, g: d * x - g * x * p)),
    ("no gamma in correction", tdc(w_step=lambda d, x, n, p, g: d * x - n * p)),
    ("delta for prediction", tdc(w_step=lambda d, x, n, p, g: d * x - g * n * d)),
    ("v at s'", tdc(p=lambda v, x, n: v @ n)),
    ("no rho in w", tdc(wrho=lambda r: 1)),
    ("no rho in v", tdc(vrho=lambda r: 1)),
    ("no rho", tdc(wrho=lambda r: 1, vrho=lambda r: 1)),
    ("beta in w", tdc(wr=lambda al, be: be)),
    ("alpha in v", tdc(vr=lambda al, be: al)),
    ("rates swapped", tdc(wr=lambda al, be: be, vr=lambda al, be: al)),
    ("v learns delta without prediction", tdc(v_err=lambda d, p: d)),
    ("v sign", tdc(v_err=lambda d, p: p - d)),
    ("late delta", tdc(late=True)),
    ("v first", tdc(first=True)),
    ("increments", tdc(base=0)),
    ("order", tdc(out=lambda a, b: (b, a))),
    ("w only", tdc(out=lambda a, b: a)),
    ("in place", tdc_in_place),
    ("v fixed", lambda w, v, x, n, rho, al, be, g: (tdc()(w, v, x, n, rho, al, be, g)[0], v)),
    ("w sign", tdc(w_step=lambda d, x, n, p, g: -(d * x - g * n * p))),
    ("elementwise v", tdc(p=lambda v, x, n: v * x)),
]
