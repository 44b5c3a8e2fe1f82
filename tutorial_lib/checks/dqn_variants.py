"""Checks for the exercises of notebook 6: variants of DQN."""

import numpy as np

from tutorial_lib.checks.judging import Check


def rows(values, actions):
    """values[i, actions[i]]: [B]."""
    return values[np.arange(len(actions)), actions]


def targets(rng):
    """Batches with terminal steps; values of both signs."""
    for size, num_actions in [(1, 2), (3, 5), (4, 3)] * 4:
        yield dict(
            reward=rng.normal(size=size),
            discount=rng.choice([0.0, 0.9, 0.99], size),
            q_online=rng.normal(size=(size, num_actions)),
            q_target=rng.normal(size=(size, num_actions)) + rng.choice([-1, 1]),
        )


check_double_target = Check(
    lambda reward, discount, q_online, q_target: reward + discount * rows(q_target, q_online.argmax(1)),
    targets,
    [
        ("that is DQN's target: θ⁻ both chose and valued the action", lambda r, d, q, t: r + d * t.max(1)),
        ("θ both chose and valued: its own error is counted twice", lambda r, d, q, t: r + d * q.max(1)),
        (
            "the other way round: θ chooses, and θ⁻ says what the choice is worth",
            lambda r, d, q, t: r + d * rows(q, t.argmax(1)),
        ),
        (
            "nothing follows a terminal step: use `discount`",
            lambda r, d, q, t: r + 0.99 * rows(t, q.argmax(1)),
        ),
        ("the reward is missing", lambda r, d, q, t: d * rows(t, q.argmax(1))),
        (
            "the smaller of two maxima is another rule (TD3's): here one network chooses, the other values",
            lambda r, d, q, t: r + d * np.minimum(q.max(1), t.max(1)),
        ),
        (
            "choosing by the mean of both is one opinion again: θ alone chooses",
            lambda r, d, q, t: r + d * ((q + t) / 2).max(1),
        ),
        (
            "θ alone chooses: yours chooses by both together",
            lambda r, d, q, t: r + d * rows(t, (q + t).argmax(1)),
        ),
        (
            "θ⁻ alone values the choice: yours takes the mean of both opinions",
            lambda r, d, q, t: r + d * rows(q + t, q.argmax(1)) / 2,
        ),
        (
            "θ⁻ alone values the choice: yours takes the smaller of both opinions",
            lambda r, d, q, t: r + d * rows(np.minimum(q, t), q.argmax(1)),
        ),
        ("θ should choose its best action, not its worst", lambda r, d, q, t: r + d * rows(t, q.argmin(1))),
        (
            "the reward comes now: only what follows is discounted",
            lambda r, d, q, t: d * (r + rows(t, q.argmax(1))),
        ),
        (
            "that is the number of the action, not its value",
            lambda r, d, q, t: r + d * q.argmax(1),
        ),
        (
            "the best of the whole batch was chosen: every state chooses for itself",
            lambda r, d, q, t: r + d * t.flat[q.argmax()],
        ),
        (
            "the choice runs over the states: actions lie along the last axis",
            lambda r, d, q, t: r + d * rows(t, np.resize(q.argmax(0), len(q)) % q.shape[1]),
        ),
        (
            "θ⁻ values the choice: that is the mean of all its values",
            lambda r, d, q, t: r + d * t.mean(1),
        ),
        ("every row takes the choice of the first one", lambda r, d, q, t: r + d * t[:, q[0].argmax()]),
    ],
)


def streams(rng):
    """Advantages whose mean is not 0."""
    for size, num_actions in [(1, 2), (3, 5), (4, 3)] * 3:
        yield dict(value=rng.normal(size=(size, 1)), advantage=rng.normal(size=(size, num_actions)) + 1)


check_duel = Check(
    lambda value, advantage: value + advantage - advantage.mean(axis=1, keepdims=True),
    streams,
    [
        ("subtract the mean of A: without it V and A mean nothing by themselves", lambda v, a: v + a),
        (
            "the mean is over the actions of one state, not over the whole batch",
            lambda v, a: v + a - a.mean(),
        ),
        (
            "the mean is over the actions of one state, not over the states of one action",
            lambda v, a: v + a - a.mean(axis=0),
        ),
        (
            "that subtracts the largest A: then V is that of the best action; eq. (3) has the mean",
            lambda v, a: v + a - a.max(axis=1, keepdims=True),
        ),
        ("the value is missing", lambda v, a: a - a.mean(axis=1, keepdims=True)),
        (
            "the mean of A is subtracted, not added",
            lambda v, a: v + a + a.mean(axis=1, keepdims=True),
        ),
        (
            "subtract the mean of A, not its sum",
            lambda v, a: v + a - a.sum(axis=1, keepdims=True),
        ),
        (
            "subtract the mean of A, not its smallest: V would be that of the worst action",
            lambda v, a: v + a - a.min(axis=1, keepdims=True),
        ),
        (
            "subtract the mean of A, not its median",
            lambda v, a: v + a - np.median(a, axis=1, keepdims=True),
        ),
        (
            "the mean is over all actions, also the one it is taken off from",
            lambda v, a: v + a - (a.sum(axis=1, keepdims=True) - a) / (a.shape[1] - 1),
        ),
        (
            "the sum is divided by the number of actions: it was typed in",
            lambda v, a: v + a - a.sum(axis=1, keepdims=True) / 3,
        ),
        (
            "the sum is divided by the number of actions: 2 was typed in",
            lambda v, a: v + a - a.sum(axis=1, keepdims=True) / 2,
        ),
        (
            "the sum is divided by the number of actions, not of states",
            lambda v, a: v + a - a.sum(axis=1, keepdims=True) / len(a),
        ),
        (
            "that puts all advantages on one scale: only their mean is taken off",
            lambda v, a: v + (a - a.mean(axis=1, keepdims=True)) / (a.std(axis=1, keepdims=True) + 1e-8),
        ),
        (
            "the value stays as it is: the mean of A is taken off, not that of V",
            lambda v, a: v - v.mean() + a,
        ),
        (
            "the value stays as it is: the mean of A alone is taken off",
            lambda v, a: v - v.mean() + a - a.mean(axis=1, keepdims=True),
        ),
        ("V is added, not subtracted", lambda v, a: a - a.mean(axis=1, keepdims=True) - v),
        (
            "the mean of A alone is left of A: Q differs from action to action",
            lambda v, a: v - 0 * a - a.mean(axis=1, keepdims=True),
        ),
        ("the sign of A: a better action has a higher Q", lambda v, a: v - a + a.mean(axis=1, keepdims=True)),
        ("A is multiplied by V: they are added", lambda v, a: v * (a - a.mean(axis=1, keepdims=True))),
        (
            "a softmax makes shares of A: only its mean is taken off",
            lambda v, a: v + np.exp(a) / np.exp(a).sum(axis=1, keepdims=True),
        ),
    ],
)


def windows(rng):
    """Windows of 1 … 5 steps, with ends of both kinds."""
    for n in [1, 2, 3, 5] * 9:
        done = rng.random(n) < 0.35
        yield dict(
            reward=rng.normal(size=n).round(2),
            done=done,
            terminated=done & (rng.random(n) < 0.5),
            gamma=float(rng.choice([0.5, 0.9])),
        )


def length(done, which=0):
    """The steps of a window up to its first end, or up to another one; all of them if it has none."""
    ends = np.flatnonzero(done)
    return int(ends[which]) + 1 if len(ends) else len(done)


def window(
    m=lambda done: length(done),
    summed=lambda m, done: m,
    weight=lambda gamma, k, m: gamma**k,
    power=lambda m, n: m,
    ended=lambda done, terminated, m: terminated[m - 1],
    order=lambda total, discount: (total, discount),
):
    """An answer to `n_step`, by default the right one."""

    def n_step(reward, done, terminated, gamma):
        steps = m(done)
        count = min(max(summed(steps, done), 0), len(reward))
        total = float(np.sum(weight(gamma, np.arange(count), count) * reward[:count]))
        return order(total, gamma ** power(steps, len(reward)) * (1.0 - ended(done, terminated, steps)))

    return n_step


check_n_step = Check(
    window(),
    windows,
    [
        (
            "the rewards of the next episode are in it: stop after the step where `done` is true",
            window(m=len, ended=lambda d, t, m: t.any()),
        ),
        (
            "the rewards of the next episode are in the sum: stop after the step where `done` is true",
            window(summed=lambda m, d: len(d)),
        ),
        ("the ends are not looked at: stop after the step where `done` is true", window(m=len)),
        ("the discount of a row of k rewards is γᵏ, not γ", window(power=lambda m, n: 1)),
        ("the discount of a row of k rewards is γᵏ, not 1", window(power=lambda m, n: 0)),
        ("a short tail has the discount γᵏ of the k rewards in it, not γⁿ", window(power=lambda m, n: n)),
        ("after k rewards the value that follows counts γᵏ, not γᵏ⁻¹", window(power=lambda m, n: m - 1)),
        ("after k rewards the value that follows counts γᵏ, not γᵏ⁺¹", window(power=lambda m, n: m + 1)),
        (
            "an episode that was cut off goes on: only where it is `terminated` does nothing follow",
            window(ended=lambda d, t, m: d[m - 1]),
        ),
        (
            "an episode that was cut off goes on, and nothing follows one that terminated: not the other way round",
            window(ended=lambda d, t, m: d[m - 1] & ~t[m - 1]),
        ),
        ("nothing follows a terminal step: its discount is 0", window(ended=lambda d, t, m: 0.0)),
        (
            "that is upside down: nothing follows a terminal step",
            window(ended=lambda d, t, m: 1.0 - t[m - 1]),
        ),
        (
            "whether anything follows is said by the step that ends the sum, not by the last of the window",
            window(ended=lambda d, t, m: t[-1]),
        ),
        (
            "whether anything follows is said by the step that ends the sum, not by the first of the window",
            window(ended=lambda d, t, m: t[0]),
        ),
        (
            "a later episode's end says nothing here: ask the step that ends the sum",
            window(ended=lambda d, t, m: t.any()),
        ),
        ("the k-th reward counts γᵏ", window(weight=lambda g, k, m: 1.0)),
        ("the first reward counts in full: γᵏ from k = 0 on", window(weight=lambda g, k, m: g ** (k + 1))),
        (
            "the later a reward, the less it counts: yours are in reverse",
            window(weight=lambda g, k, m: g ** (m - 1 - k)),
        ),
        (
            "all rewards but the first count γ: the k-th counts γᵏ",
            window(weight=lambda g, k, m: np.where(k > 0, g, 1.0)),
        ),
        ("the rewards are added up, not averaged", window(weight=lambda g, k, m: g**k / m)),
        (
            "the step that ends an episode pays as well: its reward is missing",
            window(summed=lambda m, d: m - 1 if d.any() else m),
        ),
        ("the last reward is missing", window(summed=lambda m, d: m - 1)),
        ("one reward too many: stop after the step where `done` is true", window(summed=lambda m, d: m + 1)),
        (
            "the row stops before the step that ends the episode: that step belongs to it",
            window(
                m=lambda d: length(d) - bool(d.any()),
                ended=lambda d, t, m: d.any() and t[min(m, len(d) - 1)],
            ),
        ),
        ("the first end stops it, not the last one in the window", window(m=lambda d: length(d, -1))),
        (
            "without an end all n steps count: argmax of nothing but False is 0",
            window(m=lambda d: int(np.argmax(d)) + 1),
        ),
        (
            "only `terminated` stops that sum: a cut-off ends the row as well",
            lambda reward, done, terminated, gamma: window()(reward, terminated, terminated, gamma),
        ),
        ("first the sum, then the discount", window(order=lambda total, discount: (discount, total))),
    ],
)


def surprises(rng):
    """Errors of both signs, and every kind of α."""
    for size in [2, 3, 6] * 4:
        yield dict(td_error=rng.normal(size=size) * 3, alpha=float(rng.choice([0.0, 0.4, 0.6, 1.0])))


def share(x):
    """Numbers divided by their sum."""
    return x / x.sum()


def over_largest(x):
    """Numbers divided by their largest."""
    return x / x.max()


def over_norm(x):
    """Numbers divided by the length of their vector."""
    return x / np.linalg.norm(x)


check_draw_probability = Check(
    lambda td_error, alpha: share(np.abs(td_error) ** alpha),
    surprises,
    [
        ("they must sum to 1: divide by the sum", lambda e, a: np.abs(e) ** a),
        (
            "they must sum to 1: divide by the sum, not by the largest",
            lambda e, a: over_largest(np.abs(e) ** a),
        ),
        ("they must sum to 1: divide by the sum, not by their number", lambda e, a: np.abs(e) ** a / len(e)),
        (
            "they must sum to 1: divide by the sum, not by its root",
            lambda e, a: np.abs(e) ** a / (np.abs(e) ** a).sum() ** 0.5,
        ),
        (
            "they must sum to 1: divide by the sum, not by the root of the sum of squares",
            lambda e, a: over_norm(np.abs(e) ** a),
        ),
        (
            "they must sum to 1: the power comes before the sum, too",
            lambda e, a: np.abs(e) ** a / np.abs(e).sum(),
        ),
        ("α is missing: 0 draws uniformly, 1 in proportion to |δ|", lambda e, a: share(np.abs(e))),
        ("a surprise is as large below as above: take |δ|", lambda e, a: share(np.maximum(e, 0) ** a)),
        (
            "a surprise is as large below as above: take |δ|, and do not cut off at 0",
            lambda e, a: share(np.maximum(e, 1e-9) ** a),
        ),
        ("a negative number has no such power: take |δ| first", lambda e, a: share(e**a)),
        (
            "a negative number has no such power: take |δ| first, and not only after the sum",
            lambda e, a: np.abs(share(e**a)),
        ),
        ("take |δ|, not δ²", lambda e, a: share((e**2) ** a)),
        ("small surprises are drawn most there: the power is α, not −α", lambda e, a: share(np.abs(e) ** -a)),
        ("the power is α, not 1 / α", lambda e, a: share(np.abs(e) ** (1 / a if a else 0.0))),
        ("the power is α, not 1 − α", lambda e, a: share(np.abs(e) ** (1 - a))),
        (
            "α is the power, not a factor: a factor cancels, and 0 leaves nothing",
            lambda e, a: share(a * np.abs(e)),
        ),
        (
            "the size of an error counts, not its rank",
            lambda e, a: share((1.0 / (np.argsort(np.argsort(-np.abs(e))) + 1)) ** a),
        ),
        (
            "a share of the best only: every error has its own",
            lambda e, a: share((np.abs(e) == np.abs(e).max()) * 1.0),
        ),
        ("1 was added: |δ| alone is raised to α", lambda e, a: share((np.abs(e) + 1) ** a)),
        ("a logarithm is not asked for: |δ| to the power of α", lambda e, a: share(np.log1p(np.abs(e)) ** a)),
        ("α is the power, not a factor: a factor cancels", lambda e, a: share(np.abs(e) + a)),
        (
            "the power comes first, then the sum: Σ pₖ^α, not (Σ pₖ)^α",
            lambda e, a: np.abs(e) ** a / np.abs(e).sum() ** a,
        ),
        (
            "that is a softmax: eq. (4) has a power",
            lambda e, a: share(np.exp(a * np.abs(e))),
        ),
    ],
)


def drawn(rng):
    """Probabilities of a batch, which do not sum to 1, and every kind of β."""
    for size in [2, 3, 6] * 4:
        yield dict(probability=rng.dirichlet(np.ones(size)) / 3, beta=float(rng.choice([0.0, 0.4, 0.7, 1.0])))


check_weights = Check(
    lambda probability, beta: (probability / probability.min()) ** -beta,
    drawn,
    [
        ("the largest weight is 1: divide by the largest", lambda p, b: p**-b),
        (
            "rows that are drawn more often count less: the power is −β",
            lambda p, b: (p / p.max()) ** b,
        ),
        ("β is missing: 0 leaves the draws as they are", lambda p, b: p.min() / p),
        ("β is the power, not a factor", lambda p, b: (b / p) / (1 / p).max()),
        ("β is the power, not a factor, which the division cancels", lambda p, b: over_largest(b / p)),
        ("β is the power, not a factor of P", lambda p, b: over_largest(np.exp(-b * p))),
        ("the power is −β, not −(1 − β)", lambda p, b: over_largest(p ** -(1 - b))),
        ("the power is −β, not −1 / β", lambda p, b: over_largest(p ** (-1 / b if b else 0.0))),
        ("1 / P is meant, not 1 − P", lambda p, b: over_largest((1 - p) ** b)),
        ("(N P) to the power of −β is not yet all: divide by the largest", lambda p, b: (len(p) * p) ** -b),
        (
            "the largest weight is 1: divide by the largest, not by the smallest",
            lambda p, b: p**-b / (p**-b).min(),
        ),
        ("both are raised to β before the division, the largest, too", lambda p, b: p**-b / (1 / p).max()),
        ("both are raised to β before the division, the weights, too", lambda p, b: (1 / p) / (p**-b).max()),
        ("divide by the largest weight, not by the largest probability", lambda p, b: p**-b / p.max()),
        ("the largest weight is 1, their length need not be", lambda p, b: over_norm(p**-b)),
        ("the largest weight is 1: divide, do not subtract", lambda p, b: p**-b - (p**-b).max() + 1),
        (
            "rows that are drawn more often count less: that is cut off at 1",
            lambda p, b: np.minimum(p**-b, 1.0),
        ),
        ("the largest weight is 1, they need not sum to 1", lambda p, b: share(p**-b)),
        ("the largest weight is 1, not their mean", lambda p, b: p**-b / np.mean(p**-b)),
    ],
)
