"""Typical answers to lesson 06's exercises, from the student text alone."""

import numpy as np
from typical.tables import tables

R, W, RIGHT, WRONG = tables()

C = "double_target"
R(C, "arange index")(
    lambda reward, discount, q_online, q_target: (
        reward + discount * q_target[np.arange(len(q_online)), q_online.argmax(axis=1)]
    )
)
R(C, "take_along_axis")(
    lambda reward, discount, q_online, q_target: (
        reward + discount * np.take_along_axis(q_target, np.argmax(q_online, axis=-1)[:, None], axis=-1)[:, 0]
    )
)
R(C, "loop")(
    lambda reward, discount, q_online, q_target: np.array(
        [r + d * t[np.argmax(o)] for r, d, o, t in zip(reward, discount, q_online, q_target)]
    )
)


def dt(label, f):
    W(C, label)(f)


rows = lambda q: np.arange(len(q))
W(C, "plain DQN: target's maximum")(
    lambda reward, discount, q_online, q_target: reward + discount * q_target.max(axis=1)
)
W(C, "online's maximum")(
    lambda reward, discount, q_online, q_target: reward + discount * q_online.max(axis=1)
)
W(C, "roles swapped")(
    lambda reward, discount, q_online, q_target: (
        reward + discount * q_online[rows(q_online), q_target.argmax(axis=1)]
    )
)
W(C, "columns picked for all rows: [B, B]")(
    lambda reward, discount, q_online, q_target: reward + discount * q_target[:, q_online.argmax(axis=1)]
)
W(C, "argmax over the whole array")(
    lambda reward, discount, q_online, q_target: reward + discount * q_target.flat[q_online.argmax()]
)
W(C, "argmax along axis 0")(
    lambda reward, discount, q_online, q_target: (
        reward
        + discount
        * q_target[rows(q_online), np.resize(q_online.argmax(axis=0), len(q_online)) % q_online.shape[1]]
    )
)
W(C, "discount forgotten")(
    lambda reward, discount, q_online, q_target: reward + q_target[rows(q_online), q_online.argmax(axis=1)]
)
W(C, "the chosen action's number as its value")(
    lambda reward, discount, q_online, q_target: reward + discount * q_online.argmax(axis=1)
)
W(C, "mean of both networks")(
    lambda reward, discount, q_online, q_target: reward + discount * (0.5 * (q_online + q_target)).max(axis=1)
)
W(C, "minimum of the two maxima")(
    lambda reward, discount, q_online, q_target: (
        reward + discount * np.minimum(q_online.max(axis=1), q_target.max(axis=1))
    )
)
W(C, "argmin")(
    lambda reward, discount, q_online, q_target: (
        reward + discount * q_target[rows(q_online), q_online.argmin(axis=1)]
    )
)
W(C, "discount on the reward")(
    lambda reward, discount, q_online, q_target: (
        discount * (reward + q_target[rows(q_online), q_online.argmax(axis=1)])
    )
)
W(C, "discount replaced by 0.5")(
    lambda reward, discount, q_online, q_target: (
        reward + 0.5 * q_target[rows(q_online), q_online.argmax(axis=1)]
    )
)

C = "duel"
R(C, "mean keepdims")(lambda value, advantage: value + advantage - advantage.mean(axis=1, keepdims=True))
R(C, "loop")(lambda value, advantage: np.array([v[0] + a - np.mean(a) for v, a in zip(value, advantage)]))


@R(C, "centred first")
def _(value, advantage):
    n = advantage.shape[-1]
    centred = advantage - np.sum(advantage, axis=-1)[:, np.newaxis] / n
    return np.repeat(value, n, axis=1) + centred


W(C, "mean not subtracted")(lambda value, advantage: value + advantage)
W(C, "max instead of mean")(lambda value, advantage: value + advantage - advantage.max(axis=1, keepdims=True))
W(C, "mean over everything")(lambda value, advantage: value + advantage - advantage.mean())
W(C, "mean over the batch (axis 0)")(lambda value, advantage: value + advantage - advantage.mean(axis=0))
W(C, "sum instead of mean")(lambda value, advantage: value + advantage - advantage.sum(axis=1, keepdims=True))
W(C, "mean added")(lambda value, advantage: value + advantage + advantage.mean(axis=1, keepdims=True))
W(C, "value forgotten")(lambda value, advantage: advantage - advantage.mean(axis=1, keepdims=True))
W(C, "minus the value")(lambda value, advantage: advantage - advantage.mean(axis=1, keepdims=True) - value)
W(C, "divided by the standard deviation as well")(
    lambda value, advantage: (
        value
        + (advantage - advantage.mean(axis=1, keepdims=True)) / (advantage.std(axis=1, keepdims=True) + 1e-8)
    )
)
W(C, "keepdims forgotten (broadcast along the wrong axis, or error)")(
    lambda value, advantage: value + advantage - advantage.mean(axis=1)
)
W(C, "mean of the other actions only")(
    lambda value, advantage: (
        value + advantage - (advantage.sum(axis=1, keepdims=True) - advantage) / (advantage.shape[1] - 1)
    )
)
W(C, "value minus its mean")(lambda value, advantage: value - value.mean() + advantage)
W(C, "3 actions hard-coded")(
    lambda value, advantage: value + advantage - advantage.sum(axis=1, keepdims=True) / 3
)
W(C, "result of one number per state: the max")(
    lambda value, advantage: (value + advantage - advantage.mean(axis=1, keepdims=True)).max(axis=1)
)


@W(C, "advantage changed in place")
def _(value, advantage):
    advantage -= advantage.mean(axis=1, keepdims=True)
    return value + advantage


C = "n_step"


@R(C, "loop with break")
def _(reward, done, terminated, gamma):
    total, g = 0.0, 1.0
    for r, d, t in zip(reward, done, terminated):
        total += g * r
        g *= gamma
        if d:
            return total, g * (1 - t)
    return total, g


@R(C, "m first")
def _(reward, done, terminated, gamma):
    m = int(np.argmax(done)) + 1 if np.any(done) else len(reward)
    powers = gamma ** np.arange(m)
    return float(powers @ np.asarray(reward)[:m]), gamma**m * (1.0 - float(terminated[m - 1]))


@R(C, "alive mask")
def _(reward, done, terminated, gamma):
    done, terminated = np.asarray(done).astype(float), np.asarray(terminated).astype(float)
    alive = np.concatenate([[1.0], np.cumprod(1 - done)[:-1]])
    m = int(alive.sum())
    return np.sum(alive * gamma ** np.arange(len(reward)) * reward), gamma**m * (1 - terminated[m - 1])


def ns(label):
    return W(C, label)


def mm(done, n):
    return int(np.argmax(done)) + 1 if np.any(done) else n


@W(C, "all n steps summed, the end ignored")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(n) @ reward), gamma**m * (1 - terminated[m - 1])


@W(C, "discount gamma**n also if the episode ended earlier")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**n * (1 - terminated[m - 1])


@W(C, "discount 0 at a time limit, too (done for terminated)")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - done[m - 1])


@W(C, "stops only at terminated, runs past a time limit")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(terminated, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - terminated[m - 1])


@W(C, "last step's reward left out (m one too small)")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    k = m - 1 if np.any(done) else n
    return float(gamma ** np.arange(k) @ reward[:k]), gamma**m * (1 - terminated[m - 1])


@W(C, "discount gamma**(m-1)")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma ** (m - 1) * (1 - terminated[m - 1])


@W(C, "discount gamma**(m+1)")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma ** (m + 1) * (1 - terminated[m - 1])


@W(C, "rewards not discounted")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(np.sum(reward[:m])), gamma**m * (1 - terminated[m - 1])


@W(C, "first reward discounted already (gamma**(k+1))")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(1, m + 1) @ reward[:m]), gamma**m * (1 - terminated[m - 1])


@W(C, "terminated of the last row of the window")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - terminated[-1])


@W(C, "terminated anywhere in the window")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - np.any(terminated))


@W(C, "the last done instead of the first")
def _(reward, done, terminated, gamma):
    n = len(reward)
    w = np.flatnonzero(done)
    m = int(w[-1]) + 1 if len(w) else n
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - terminated[m - 1])


@W(C, "argmax of done without checking: no end gives m = 1")
def _(reward, done, terminated, gamma):
    m = int(np.argmax(done)) + 1
    return float(gamma ** np.arange(m) @ reward[:m]), gamma**m * (1 - terminated[m - 1])


@W(C, "order of the pair: discount first")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return gamma**m * (1 - terminated[m - 1]), float(gamma ** np.arange(m) @ reward[:m])


@W(C, "discount gamma, one step only")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m]), gamma * (1 - terminated[m - 1])


@W(C, "only the reward returned")
def _(reward, done, terminated, gamma):
    n = len(reward)
    m = mm(done, n)
    return float(gamma ** np.arange(m) @ reward[:m])


C = "draw_probability"
R(C, "formula")(lambda td_error, alpha: np.abs(td_error) ** alpha / np.sum(np.abs(td_error) ** alpha))


@R(C, "priority first")
def _(td_error, alpha):
    p = np.power(np.abs(np.asarray(td_error, dtype=float)), alpha)
    p /= p.sum()
    return p


R(C, "list")(
    lambda td_error, alpha: [abs(d) ** alpha / sum(abs(e) ** alpha for e in td_error) for d in td_error]
)
W(C, "abs forgotten: NaN for negative errors")(
    lambda td_error, alpha: td_error**alpha / np.sum(td_error**alpha)
)
W(C, "alpha forgotten")(lambda td_error, alpha: np.abs(td_error) / np.abs(td_error).sum())
W(C, "power after the normalising")(
    lambda td_error, alpha: (np.abs(td_error) / np.abs(td_error).sum()) ** alpha
)
W(C, "not normalised")(lambda td_error, alpha: np.abs(td_error) ** alpha)
W(C, "divided by the max")(
    lambda td_error, alpha: np.abs(td_error) ** alpha / np.max(np.abs(td_error) ** alpha)
)
W(C, "softmax")(
    lambda td_error, alpha: np.exp(alpha * np.abs(td_error)) / np.exp(alpha * np.abs(td_error)).sum()
)
W(C, "divided by N")(lambda td_error, alpha: np.abs(td_error) ** alpha / len(td_error))
W(C, "power only above the line")(
    lambda td_error, alpha: np.abs(td_error) ** alpha / np.sum(np.abs(td_error))
)
W(C, "times alpha")(lambda td_error, alpha: alpha * np.abs(td_error) / np.sum(alpha * np.abs(td_error)))
W(C, "squared errors")(lambda td_error, alpha: (td_error**2) ** alpha / np.sum((td_error**2) ** alpha))
W(C, "rank-based: 1/rank")(
    lambda td_error, alpha: (lambda p: p / p.sum())(
        (1.0 / (np.argsort(np.argsort(-np.abs(td_error))) + 1)) ** alpha
    )
)
W(C, "1/alpha as the exponent")(
    lambda td_error, alpha: (lambda p: p / p.sum())(np.abs(td_error) ** (1 / alpha if alpha else 0))
)
W(C, "minus alpha: small errors more often")(
    lambda td_error, alpha: (lambda p: p / p.sum())(np.abs(td_error) ** -alpha)
)
W(C, "0.5 of the example")(lambda td_error, alpha: (lambda p: p / p.sum())(np.abs(td_error) ** 0.5))
W(C, "clipped at zero instead of the absolute value")(
    lambda td_error, alpha: (lambda p: p / p.sum())(np.maximum(td_error, 1e-9) ** alpha)
)
W(C, "normalised by the norm of the vector")(
    lambda td_error, alpha: np.abs(td_error) ** alpha / np.linalg.norm(np.abs(td_error) ** alpha)
)

C = "weights"
R(C, "formula")(lambda probability, beta: probability**-beta / np.max(probability**-beta))
R(C, "ratio to the smallest")(
    lambda probability, beta: (np.min(probability) / np.asarray(probability)) ** beta
)


@R(C, "N P first")
def _(probability, beta):
    w = (1.0 / (len(probability) * np.asarray(probability, float))) ** beta
    return w / w.max()


W(C, "not divided by the largest")(lambda probability, beta: probability**-beta)
W(C, "sign of the exponent: P ** beta")(
    lambda probability, beta: probability**beta / np.max(probability**beta)
)
W(C, "divided by the sum")(lambda probability, beta: probability**-beta / np.sum(probability**-beta))
W(C, "beta forgotten")(lambda probability, beta: (1 / probability) / np.max(1 / probability))
W(C, "divided by the mean")(lambda probability, beta: probability**-beta / np.mean(probability**-beta))
W(C, "times beta instead of to the power")(
    lambda probability, beta: (beta / probability) / np.max(1 / probability)
)
W(C, "(N P) ** -beta without the max")(lambda probability, beta: (len(probability) * probability) ** -beta)
W(C, "1 - P")(lambda probability, beta: (1 - probability) ** beta / np.max((1 - probability) ** beta))
W(C, "divided by the smallest weight")(
    lambda probability, beta: probability**-beta / np.min(probability**-beta)
)
W(C, "power only above the line")(lambda probability, beta: probability**-beta / np.max(1 / probability))
W(C, "max of P taken before the power")(
    lambda probability, beta: (probability**-beta) / np.max(probability) ** -beta
)
W(C, "beta = 1 minus beta")(lambda probability, beta: (lambda w: w / w.max())(probability ** -(1 - beta)))
W(C, "exponential")(
    lambda probability, beta: np.exp(-beta * probability) / np.max(np.exp(-beta * probability))
)
W(C, "probability normalised first, then summed weights 1... to the mean 1")(
    lambda probability, beta: (lambda w: w / w.sum() * len(w))((probability / probability.sum()) ** -beta)
)
