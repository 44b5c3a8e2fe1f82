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

C = "remember"


@R(C, "loop")
def _(step, x, mark, state):
    states = []
    for t in range(x.shape[1]):
        state = step(x[:, t], state * (1 - mark[:, t])[:, None])
        states.append(state)
    return np.stack(states, axis=1)


@R(C, "where")
def _(step, x, mark, state):
    out = np.zeros((len(x), x.shape[1], state.shape[1]))
    for t in range(x.shape[1]):
        state = np.where(mark[:, t : t + 1] == 1, 0.0, state)
        state = step(x[:, t], state)
        out[:, t] = state
    return out


@R(C, "h and c apart, row by row")
def _(step, x, mark, state):
    rows = []
    for b in range(len(x)):
        h, c = np.split(state[b].copy(), 2)
        seen = []
        for t in range(x.shape[1]):
            if mark[b, t]:
                h, c = np.zeros_like(h), np.zeros_like(c)
            new = step(x[b : b + 1, t], np.concatenate([h, c])[None])[0]
            h, c = np.split(new, 2)
            seen.append(new)
        rows.append(seen)
    return np.array(rows)


@R(C, "copy and an index")
def _(step, x, mark, state):
    state, out = state.copy(), []
    for t in range(x.shape[1]):
        state[mark[:, t] > 0] = 0
        state = step(x[:, t], state)
        out.append(state.copy())
    return np.transpose(np.array(out), (1, 0, 2))


def run(
    label,
    before=lambda s, m: s * (1 - m),
    after=lambda s, m: s,
    mark_of=lambda mark, t: mark[:, t],
    first=lambda s: s,
):
    def remember(step, x, mark, state):
        state, out = first(state), []
        for t in range(x.shape[1]):
            m = mark_of(mark, t)[:, None]
            state = step(x[:, t], before(state, m))
            out.append(state)
            state = after(state, m)
        return np.stack(out, axis=1)

    W(C, label)(remember)


run("never forgets", before=lambda s, m: s)
run("times the mark", before=lambda s, m: s * m)
run("forgets after the step", before=lambda s, m: s, after=lambda s, m: s * (1 - m))
run("forgets before and after", after=lambda s, m: s * (1 - m))
run("only h", before=lambda s, m: np.hstack([s[:, : s.shape[1] // 2] * (1 - m), s[:, s.shape[1] // 2 :]]))
run("only c", before=lambda s, m: np.hstack([s[:, : s.shape[1] // 2], s[:, s.shape[1] // 2 :] * (1 - m)]))
run("mark of the step before", mark_of=lambda mark, t: mark[:, t - 1] if t else np.zeros(len(mark)))
run("mark of the step before, from behind at the start", mark_of=lambda mark, t: mark[:, t - 1])
run("mark of the next step", mark_of=lambda mark, t: mark[:, min(t + 1, mark.shape[1] - 1)])
run("any row of the batch", before=lambda s, m: s * (1 - m.max()))
run("only at the start of the stretch", mark_of=lambda mark, t: mark[:, t] if t == 0 else 0 * mark[:, t])
run("not at the start of the stretch", mark_of=lambda mark, t: mark[:, t] if t else 0 * mark[:, t])
run("starts with zeros", first=lambda s: np.zeros_like(s))
run("starts with ones after a mark", before=lambda s, m: np.where(m == 1, 1.0, s))
run("mark subtracted", before=lambda s, m: s - m)
run("always forgets", before=lambda s, m: np.zeros_like(s))


@W(C, "back to the state given")
def _(step, x, mark, state):
    first, out = state, []
    for t in range(x.shape[1]):
        state = step(x[:, t], np.where(mark[:, t, None] == 1, first, state))
        out.append(state)
    return np.stack(out, axis=1)


@W(C, "the observation is wiped")
def _(step, x, mark, state):
    out = []
    for t in range(x.shape[1]):
        state = step(x[:, t] * (1 - mark[:, t, None]), state)
        out.append(state)
    return np.stack(out, axis=1)


@W(C, "state not carried on")
def _(step, x, mark, state):
    return np.stack(
        [step(x[:, t], state * (1 - mark[:, t, None])) for t in range(x.shape[1])],
        axis=1,
    )


@W(C, "time first")
def _(step, x, mark, state):
    out = []
    for t in range(x.shape[1]):
        state = step(x[:, t], state * (1 - mark[:, t, None]))
        out.append(state)
    return np.array(out)


@W(C, "last state only")
def _(step, x, mark, state):
    for t in range(x.shape[1]):
        state = step(x[:, t], state * (1 - mark[:, t, None]))
    return state


@W(C, "collected before the step")
def _(step, x, mark, state):
    out = []
    for t in range(x.shape[1]):
        out.append(state)
        state = step(x[:, t], state * (1 - mark[:, t, None]))
    return np.stack(out, axis=1)


@W(C, "mark without an axis")
def _(step, x, mark, state):
    out = []
    for t in range(x.shape[1]):
        state = step(x[:, t], state * (1 - mark[:, t]))
        out.append(state)
    return np.stack(out, axis=1)


C = "project"


@R(C, "floor and ceil, loops")
def _(support, probability, reward, discount):
    gap = support[1] - support[0]
    m = np.zeros_like(probability)
    for b in range(len(reward)):
        for j in range(len(support)):
            tz = min(max(reward[b] + discount[b] * support[j], support[0]), support[-1])
            place = (tz - support[0]) / gap
            low, up = int(np.floor(place)), int(np.ceil(place))
            if low == up:
                m[b, low] += probability[b, j]
            else:
                m[b, low] += probability[b, j] * (up - place)
                m[b, up] += probability[b, j] * (place - low)
    return m


@R(C, "np.add.at")
def _(support, probability, reward, discount):
    K = len(support)
    tz = np.clip(reward[:, None] + discount[:, None] * support[None], support.min(), support.max())
    place = (tz - support[0]) * (K - 1) / (support[-1] - support[0])
    low = np.clip(np.floor(place).astype(int), 0, K - 2)
    m, rows = np.zeros_like(probability), np.repeat(np.arange(len(reward))[:, None], K, axis=1)
    np.add.at(m, (rows, low), probability * (low + 1 - place))
    np.add.at(m, (rows, low + 1), probability * (place - low))
    return m


@R(C, "interpolated one-hots")
def _(support, probability, reward, discount):
    out = []
    for p, r, d in zip(probability, reward, discount):
        share = np.array([np.interp(r + d * support, support, row) for row in np.eye(len(support))])
        out.append(share @ p)
    return np.array(out)


def pr(label, clip=True, share=None, z=lambda s, r, d: r + d * s, gap=None, start=None, p=lambda p, d: p):
    def project(support, probability, reward, discount):
        m = np.zeros_like(probability)
        g = support[1] - support[0] if gap is None else gap(support)
        s0 = support[0] if start is None else start
        for b in range(len(reward)):
            for j in range(len(support)):
                tz = z(support[j], reward[b], discount[b])
                if clip:
                    tz = np.clip(tz, support[0], support[-1])
                place = (tz - s0) / g
                low, up = int(np.floor(place)), int(np.ceil(place))
                for k, w in share(low, up, place):
                    if 0 <= k < len(support):
                        m[b, k] += w * p(probability[b, j], discount[b])
        return m

    W(C, label)(project)


def linear(low, up, place):
    return [(low, 1.0)] if low == up else [(low, up - place), (up, place - low)]


pr("mass on an atom lost (l == u)", share=lambda l, u, b: [(l, u - b), (u, b - l)])
pr("shares swapped", share=lambda l, u, b: [(l, b - l), (u, u - b)])
pr(
    "shares swapped, whole on an atom",
    share=lambda l, u, b: [(l, 1.0)] if l == u else [(l, b - l), (u, u - b)],
)
pr("nearest atom", share=lambda l, u, b: [(int(np.floor(b + 0.5)), 1.0)])
pr("lower atom only", share=lambda l, u, b: [(l, 1.0)])
pr("upper atom only", share=lambda l, u, b: [(u, 1.0)])
pr("halves", share=lambda l, u, b: [(l, 0.5), (u, 0.5)])
pr("not clipped, lost", clip=False, share=linear)
pr("discount forgotten", share=linear, z=lambda s, r, d: r + s)
pr("reward forgotten", share=linear, z=lambda s, r, d: d * s)
pr("reward discounted", share=linear, z=lambda s, r, d: d * (r + s))
pr("0.99 typed in", share=linear, z=lambda s, r, d: r + 0.99 * s)
pr("gap taken as 1", share=linear, gap=lambda s: 1.0)
pr("first atom taken as 0", share=linear, start=0.0)
pr("K gaps", share=linear, gap=lambda s: (s[-1] - s[0]) / len(s))
pr("probability discounted, too", share=linear, p=lambda p, d: p * d)
pr("terminal rows stay where they are", share=linear, z=lambda s, r, d: s if d == 0 else r + d * s)


@W(C, "overwritten")
def _(support, probability, reward, discount):
    m = np.zeros_like(probability)
    for b in range(len(reward)):
        for j in range(len(support)):
            place = np.clip(reward[b] + discount[b] * support[j], support[0], support[-1])
            place = (place - support[0]) / (support[1] - support[0])
            low = min(int(place), len(support) - 2)
            m[b, low] = probability[b, j] * (low + 1 - place)
            m[b, low + 1] = probability[b, j] * (place - low)
    return m


@W(C, "+= with arrays")
def _(support, probability, reward, discount):
    place = np.clip(reward[:, None] + discount[:, None] * support, support[0], support[-1])
    place = (place - support[0]) / (support[1] - support[0])
    low = np.minimum(np.floor(place).astype(int), len(support) - 2)
    m, rows = np.zeros_like(probability), np.arange(len(reward))[:, None]
    m[rows, low] += probability * (low + 1 - place)
    m[rows, low + 1] += probability * (place - low)
    return m


W(C, "interpolated probabilities")(
    lambda support, probability, reward, discount: np.array(
        [np.interp(r + d * support, support, p) for p, r, d in zip(probability, reward, discount)]
    )
)
W(C, "the moved atoms come back")(
    lambda support, probability, reward, discount: np.clip(
        reward[:, None] + discount[:, None] * support, support[0], support[-1]
    )
)
W(C, "the mean comes back")(
    lambda support, probability, reward, discount: reward + discount * (probability @ support)
)
W(C, "nothing moves")(lambda support, probability, reward, discount: probability)

C = "quantile_loss"


def hub(u, k):
    return np.where(np.abs(u) <= k, 0.5 * u * u, k * (np.abs(u) - 0.5 * k))


@R(C, "loops")
def _(quantiles, targets, kappa):
    B, K = quantiles.shape
    J = targets.shape[1]
    loss = np.zeros(B)
    for b in range(B):
        for i in range(K):
            for j in range(J):
                u = targets[b, j] - quantiles[b, i]
                tau = (2 * i + 1) / (2 * K)
                loss[b] += abs(tau - (1 if u < 0 else 0)) * hub(u, kappa) / kappa / J
    return loss


@R(C, "where")
def _(quantiles, targets, kappa):
    K = quantiles.shape[1]
    tau = (np.arange(K) + 0.5) / K
    u = targets[:, :, None] - quantiles[:, None, :]
    w = np.where(u < 0, 1 - tau, tau)
    return (w * hub(u, kappa)).mean(axis=1).sum(axis=-1) / kappa


@R(C, "einsum")
def _(quantiles, targets, kappa):
    u = np.expand_dims(targets, 1) - np.expand_dims(quantiles, 2)
    tau = np.linspace(0, 1, 2 * quantiles.shape[1] + 1)[1::2]
    clipped = np.clip(np.abs(u), 0, kappa)
    h = clipped * (np.abs(u) - 0.5 * clipped)
    return np.einsum("bij->b", np.abs(tau[None, :, None] - (u < 0.0)) * h) / kappa / targets.shape[1]


def ql(
    label,
    tau=lambda K: (np.arange(K) + 0.5) / K,
    w=lambda t, u: np.abs(t - (u < 0)),
    h=hub,
    div=lambda k: k,
    red=lambda x: x.mean(axis=2).sum(axis=1),
    sign=1,
):
    def quantile_loss(quantiles, targets, kappa):
        u = sign * (targets[:, None, :] - quantiles[:, :, None])
        return red(w(tau(quantiles.shape[1])[None, :, None], u) * h(u, kappa) / div(kappa))

    W(C, label)(quantile_loss)


ql("tilt turned round", w=lambda t, u: np.abs(t - (u > 0)))
ql("sign of u", sign=-1)
ql("no tilt", w=lambda t, u: 1.0 + 0 * u)
ql("tau alone", w=lambda t, u: t + 0 * u)
ql("no absolute value", w=lambda t, u: t - (u < 0))
ql("i / K", tau=lambda K: np.arange(K) / K)
ql("(i + 1) / K", tau=lambda K: np.arange(1, K + 1) / K)
ql("(i + 1) / (K + 1)", tau=lambda K: np.arange(1, K + 1) / (K + 1))
ql("linspace", tau=lambda K: np.linspace(0, 1, K))
ql("mean over both", red=lambda x: x.mean(axis=(1, 2)))
ql("sum over both", red=lambda x: x.sum(axis=(1, 2)))
ql("sum over targets, mean over quantiles", red=lambda x: x.sum(axis=2).mean(axis=1))
ql("mean over the batch, too", red=lambda x: x.mean(axis=2).sum(axis=1).mean())
ql("kappa does not divide", div=lambda k: 1.0)
ql("kappa = 1 in Huber", h=lambda u, k: hub(u, 1.0))
ql("absolute value", h=lambda u, k: np.abs(u), div=lambda k: 1.0)
ql("square", h=lambda u, k: 0.5 * u**2)
ql("square without the half", h=lambda u, k: np.where(np.abs(u) <= k, u**2, k * (np.abs(u) - 0.5 * k)))
ql("line without its half", h=lambda u, k: np.where(np.abs(u) <= k, 0.5 * u**2, k * np.abs(u)))
ql("u without a size", h=lambda u, k: np.where(u <= k, 0.5 * u**2, k * (u - 0.5 * k)))
W(C, "pair by pair")(
    lambda quantiles, targets, kappa: np.sum(
        np.abs((np.arange(quantiles.shape[1]) + 0.5) / quantiles.shape[1] - (targets - quantiles < 0))
        * hub(targets - quantiles, kappa)
        / kappa,
        axis=1,
    )
)

C = "verdict"


@R(C, "percentiles")
def _(new, plain, rows):
    low, high = np.percentile(np.mean((new - plain)[rows], axis=1), [2.5, 97.5])
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "cannot tell"


@R(C, "loop and quantile")
def _(new, plain, rows):
    means = [np.mean([new[i] - plain[i] for i in row]) for row in rows]
    low, high = np.quantile(means, 0.025), np.quantile(means, 0.975)
    return "cannot tell" if low <= 0 <= high else "better" if low > 0 else "worse"


@R(C, "two means")
def _(new, plain, rows):
    d = new[rows].mean(1) - plain[rows].mean(1)
    return ["worse", "cannot tell", "better"][
        1 + int(np.percentile(d, 2.5) > 0) - int(np.percentile(d, 97.5) < 0)
    ]


def say(low, high):
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def vd(label, f):
    W(C, label)(f)


vd("mean only", lambda new, plain, rows: "better" if new.mean() > plain.mean() else "worse")
vd("mean only, resampled", lambda new, plain, rows: "better" if (new - plain)[rows].mean() > 0 else "worse")
vd("plain - new", lambda new, plain, rows: say(*np.percentile((plain - new)[rows].mean(1), [2.5, 97.5])))
vd("new alone", lambda new, plain, rows: say(*np.percentile(new[rows].mean(1), [2.5, 97.5])))
vd("fractions", lambda new, plain, rows: say(*np.percentile((new - plain)[rows].mean(1), [0.025, 0.975])))
vd(
    "5 on each side",
    lambda new, plain, rows: say(*np.percentile((new - plain)[rows].mean(axis=1), [5, 95])),
)
vd("no mean", lambda new, plain, rows: say(*np.percentile((new - plain)[rows], [2.5, 97.5])))
vd("wrong axis", lambda new, plain, rows: say(*np.percentile((new - plain)[rows].mean(0), [2.5, 97.5])))
vd("median", lambda new, plain, rows: say(*np.percentile(np.median((new - plain)[rows], 1), [2.5, 97.5])))
vd(
    "intervals overlap",
    lambda new, plain, rows: say(
        np.percentile(new[rows].mean(1), 2.5) - np.percentile(plain[rows].mean(1), 97.5),
        np.percentile(new[rows].mean(1), 97.5) - np.percentile(plain[rows].mean(1), 2.5),
    ),
)
vd("all means", lambda new, plain, rows: (lambda m: say(m.min(), m.max()))((new - plain)[rows].mean(1)))
vd("every seed", lambda new, plain, rows: say((new - plain).min(), (new - plain).max()))
vd(
    "never worse",
    lambda new, plain, rows: (
        "better" if np.percentile((new - plain)[rows].mean(1), 2.5) > 0 else "cannot tell"
    ),
)
vd(
    "not better is worse",
    lambda new, plain, rows: "better" if np.percentile((new - plain)[rows].mean(1), 2.5) > 0 else "worse",
)
vd("best seeds", lambda new, plain, rows: "better" if new.max() > plain.max() else "worse")
vd("True or False", lambda new, plain, rows: np.percentile((new - plain)[rows].mean(1), 2.5) > 0)
vd("the interval itself", lambda new, plain, rows: np.percentile((new - plain)[rows].mean(1), [2.5, 97.5]))

C = "two_ideas"


def interval(d):
    means = np.sort([np.mean(np.random.default_rng(i).choice(d, len(d))) for i in range(1_000)])
    return means[25], means[974]


@R(C, "own bootstrap")
def _(train, seeds):
    ideas = ("n-step", "dueling")
    d = np.array([train(ideas, s) - train((), s) for s in seeds])
    return ideas, say(*interval(d))


@R(C, "two standard errors")
def _(train, seeds):
    new, plain = (np.array([train(x, s) for s in seeds]) for x in (["dueling", "n-step"], []))
    error = np.sqrt(new.var(ddof=1) / len(seeds) + plain.var(ddof=1) / len(seeds))
    gain = new.mean() - plain.mean()
    return ["dueling", "n-step"], say(gain - 2 * error, gain + 2 * error)


@R(C, "of differences")
def _(train, seeds):
    scores = {}
    for seed in seeds:
        for ideas in [(), ("dueling", "n-step")]:
            scores.setdefault(ideas, []).append(train(ideas, seed))
    d = np.subtract(scores["dueling", "n-step"], scores[()])
    half_width = 2.36 * d.std(ddof=1) / np.sqrt(len(d))
    word = "better" if d.mean() > half_width else "worse" if d.mean() < -half_width else "cannot tell"
    return ("dueling", "n-step"), word


PAIR = ("dueling", "n-step")


def ti(label, word, ideas=PAIR, plain=(), seeds_of=lambda seeds: seeds, back=lambda ideas, w: (ideas, w)):
    def two_ideas(train, seeds):
        p = np.array([train(plain, s) for s in seeds_of(seeds)])
        n = np.array([train(ideas, s) for s in seeds_of(seeds)])
        return back(ideas, word(n, p))

    W(C, label)(two_ideas)


fair = lambda n, p: say(*interval(n - p))
ti("mean only", lambda n, p: "better" if n.mean() > p.mean() else "worse")
ti("plain - new", lambda n, p: say(*interval(p - n)))
ti("always better", lambda n, p: "better")
ti("best seed", lambda n, p: "better" if n.max() > p.max() else "worse")
ti("first seed", lambda n, p: "better" if n[0] > p[0] else "worse")
ti("more seeds won", lambda n, p: "better" if np.mean(n > p) > 0.5 else "worse")
ti("never worse", lambda n, p: "better" if interval(n - p)[0] > 0 else "cannot tell")
ti("one seed only", lambda n, p: "better" if n[0] > p[0] else "worse", seeds_of=lambda seeds: seeds[:1])
ti("seeds of one's own", fair, seeds_of=lambda seeds: range(8))
ti("one idea", fair, ideas=("n-step",))
ti("a string", fair, ideas="n-step")
ti("an unknown idea", fair, ideas=("dueling", "noisy"))
ti("plain by its name", fair, plain="plain")
ti("word alone", fair, back=lambda ideas, w: w)
ti("other words", lambda n, p: "yes" if n.mean() > p.mean() else "no")


@W(C, "all pairs")
def _(train, seeds):
    names = ("double", "dueling", "prioritised", "n-step")
    plain = np.array([train((), s) for s in seeds])
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    new = {pair: np.array([train(pair, s) for s in seeds]) for pair in pairs}
    best = max(new, key=lambda pair: new[pair].mean())
    return best, fair(new[best], plain)


@W(C, "without plain DQN")
def _(train, seeds):
    new = np.array([train(PAIR, s) for s in seeds])
    return PAIR, say(*interval(new))


@W(C, "nothing trained")
def _(train, seeds):
    return PAIR, "better"


@W(C, "each run twice")
def _(train, seeds):
    gain = np.mean([train(PAIR, s) for s in seeds]) - np.mean([train((), s) for s in seeds])
    d = np.array([train(PAIR, s) - train((), s) for s in seeds])
    return PAIR, say(*interval(d)) if gain else "cannot tell"
