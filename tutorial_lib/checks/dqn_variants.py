"""Checks for the exercises of notebook 6: variants of DQN."""

import collections

import numpy as np

from tutorial_lib.checks import acrobot, explain
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import call
from tutorial_lib.statistics import bootstrap_interval


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


def distributions(rng):
    """Supports that start anywhere; targets on an atom, between two, and beyond both ends."""
    for size, num_atoms in [(1, 3), (3, 5), (4, 2)] * 6:
        step = rng.choice([0.5, 1.0, 2.0])
        support = rng.integers(-3, 3) + step * np.arange(num_atoms)
        reward = rng.normal(size=size) * step * num_atoms / 2
        yield dict(
            support=support,
            probability=rng.dirichlet(np.ones(num_atoms), size=size),
            reward=np.where(rng.random(size) < 0.4, step * reward.round(), reward),
            discount=rng.choice([0.0, 0.5, 0.9, 1.0], size),
        )


def between(z):
    """Where numbers lie on a support, in atoms from its first one."""
    return lambda x: (x - z[0]) / (z[1] - z[0])


def cut_off(x, z):
    """Numbers beyond the support, put on its ends."""
    return np.clip(x, z[0], z[-1])


def projection(
    move=lambda z, r, d: r + d * z,
    clip=cut_off,
    place=between,
    share=lambda distance: np.maximum(1.0 - np.abs(distance), 0.0),
    before=lambda p, r, d: p,
    after=lambda shared, p, d: shared,
):
    """An answer to `project`, by default the right one. `share` sees place − atom, [B, to, from]."""

    def project(support, probability, reward, discount):
        moved = clip(move(support, reward[:, None], discount[:, None]), support)
        distance = place(support)(moved)[:, None, :] - np.arange(len(support))[:, None]
        shared = np.einsum("btf,bf->bt", share(distance), before(probability, reward, discount[:, None]))
        return after(shared, probability, discount[:, None])

    return project


def overwritten(support, probability, reward, discount):
    """The projection by a loop that writes where it should add: of two atoms in one place one is lost."""
    target = np.zeros_like(probability)
    for i in range(len(reward)):
        places = between(support)(cut_off(reward[i] + discount[i] * support, support))
        for place, p in zip(places, probability[i], strict=True):
            low = min(int(place), len(support) - 2)
            target[i, low], target[i, low + 1] = p * (low + 1 - place), p * (place - low)
    return target


def added_at_once(support, probability, reward, discount):
    """The projection by `+=` with arrays of places: of places that repeat only the last is written."""
    place = between(support)(cut_off(reward[:, None] + discount[:, None] * support, support))
    low = np.minimum(place.astype(int), len(support) - 2)
    rows, target = np.arange(len(reward))[:, None], np.zeros_like(probability)
    target[rows, low] += probability * (low + 1 - place)
    target[rows, low + 1] += probability * (place - low)
    return target


def read_off(support, probability, reward, discount):
    """The probabilities, read off where the atoms land."""
    moved = reward[:, None] + discount[:, None] * support
    return np.array([np.interp(x, support, p) for x, p in zip(moved, probability, strict=True)])


def mean_alone(support, probability, reward, discount):
    """All probability where the mean lands."""
    mean = cut_off(reward + discount * (probability @ support), support)
    distance = between(support)(mean)[:, None] - np.arange(len(support))
    return np.maximum(1.0 - np.abs(distance), 0.0)


check_project = Check(
    projection(),
    distributions,
    [
        ("what lands beyond the ends is lost: put it on the first or the last atom", projection(clip=lambda x, z: x)),
        ("what lands above the last atom is lost: put it there", projection(clip=lambda x, z: np.maximum(x, z[0]))),
        ("what lands below the first atom is lost: put it there", projection(clip=lambda x, z: np.minimum(x, z[-1]))),
        (
            "what lands beyond the ends comes in again at the other end: put it on the nearest atom",
            projection(clip=lambda x, z: z[0] + (x - z[0]) % ((z[1] - z[0]) * len(z)), share=lambda d: np.maximum(1 - np.minimum(np.abs(d), d.shape[1] - np.abs(d)), 0)),
        ),
        (
            "what lands beyond the ends is lost, and the rest is blown up to sum to 1: put it on the nearest atom",
            projection(clip=lambda x, z: x, after=lambda s, p, d: s / np.maximum(s.sum(axis=1, keepdims=True), 1e-9)),
        ),
        ("the nearer atom gets more: your shares are the wrong way round", projection(share=lambda d: np.where(np.abs(d) < 1, np.where(d == 0, 1, np.abs(d)), 0))),
        ("the nearer atom gets more, and what lands on an atom stays whole", projection(share=lambda d: np.where(np.abs(d) < 1, np.abs(d), 0))),
        (
            "what lands exactly on an atom is lost: there the atoms below and above are the same one",
            projection(share=lambda d: np.where(d == 0, 0, np.maximum(1 - np.abs(d), 0))),
        ),
        (
            "all goes to the nearest atom: it is shared between two",
            projection(share=lambda d: (np.round(d + np.arange(d.shape[1])[:, None]) == np.arange(d.shape[1])[:, None]) * 1.0),
        ),
        ("all goes to the nearest atom, the upper one if it lands halfway: it is shared between two", projection(share=lambda d: ((d >= -0.5) & (d < 0.5)) * 1.0)),
        ("all goes to the atom below: it is shared between two", projection(share=lambda d: ((d >= 0) & (d < 1)) * 1.0)),
        ("all goes to the atom above: it is shared between two", projection(share=lambda d: ((d <= 0) & (d > -1)) * 1.0)),
        ("both atoms get a half: the nearer one gets more", projection(share=lambda d: np.where(d == 0, 1, 0.5 * (np.abs(d) < 1)))),
        ("both atoms get all of it: it is shared", projection(share=lambda d: (np.abs(d) < 1) * 1.0)),
        ("several atoms may land in one place: add to what is there, do not overwrite it", overwritten),
        ("`+=` with an array of places adds only once where places repeat: add one atom after the other, or use np.add.at", added_at_once),
        ("probability moves to where its atom lands: yours is read off there, and need not sum to 1", read_off),
        ("only the mean is kept: every atom moves with its own probability", mean_alone),
        ("every atom moves: nothing has moved", projection(move=lambda z, r, d: z + 0 * r)),
        ("the reward is missing: z moves to r + d z", projection(move=lambda z, r, d: d * z + 0 * r)),
        ("the discount is missing: z moves to r + d z", projection(move=lambda z, r, d: r + z)),
        ("nothing follows a terminal step: use `discount`", projection(move=lambda z, r, d: r + 0.9 * z)),
        ("nothing follows a terminal step: the discount is not always 0.99", projection(move=lambda z, r, d: r + 0.99 * z)),
        ("the reward comes now: only what follows is discounted", projection(move=lambda z, r, d: d * (r + z))),
        ("the reward is added, not subtracted", projection(move=lambda z, r, d: d * z - r)),
        ("the discount moves the atoms; it takes no probability away", projection(move=lambda z, r, d: r + z, before=lambda p, r, d: p * d)),
        ("the discount moves the atoms, and takes no probability away besides", projection(before=lambda p, r, d: p * d)),
        (
            "after a terminal step all probability goes to where the reward lies, it does not stay as it was",
            projection(after=lambda s, p, d: np.where(d == 0, p, s)),
        ),
        (
            "after a terminal step all probability goes to where the reward lies, it is not gone",
            projection(before=lambda p, r, d: p * (d > 0)),
        ),
        ("places are counted in atoms: divide by the distance between two of them", projection(place=lambda z: lambda x: x - z[0])),
        ("places are counted from the first atom, which is not always 0", projection(place=lambda z: lambda x: x / (z[1] - z[0]))),
        ("places are counted in atoms, from the first one, which is not always 0", projection(place=lambda z: lambda x: x)),
        ("K atoms have K − 1 gaps between them: the distance of two is (last − first) / (K − 1)", projection(place=lambda z: lambda x: (x - z[0]) / (z[-1] - z[0]) * len(z))),
        ("the support is cut off before it moves: cut off where atoms land", projection(clip=lambda x, z: x, move=lambda z, r, d: np.clip(r, z[0], z[-1]) + d * z)),
        ("a softmax was not asked for: what comes in are probabilities already", projection(before=lambda p, r, d: np.exp(p) / np.exp(p).sum(axis=1, keepdims=True))),
        ("it is the atoms that move, each with its probability: yours are in reverse", projection(before=lambda p, r, d: p[:, ::-1])),
    ],
)  # fmt: skip


def samples_of_returns(rng):
    """Quantiles and targets, not equally many, and errors on both sides of κ."""
    for size, num_quantiles, num_targets in [(1, 2, 3), (3, 4, 2), (2, 3, 3)] * 4:
        yield dict(
            quantiles=rng.normal(size=(size, num_quantiles)) * 2,
            targets=rng.normal(size=(size, num_targets)) * 2 + rng.choice([-1, 1]),
            kappa=float(rng.choice([0.1, 0.5, 1.0, 2.0])),
        )


def bend(u, kappa):
    """Huber's loss."""
    size = np.abs(u)
    return np.where(size <= kappa, 0.5 * u**2, kappa * (size - 0.5 * kappa))


def quantiles_loss(
    error=lambda q, t: t - q,
    shares=lambda k: (np.arange(k) + 0.5) / k,
    tilt=lambda tau, u: np.abs(tau - (u < 0)),
    size=bend,
    scale=lambda kappa: kappa,
    reduce=lambda x: x.mean(axis=2).sum(axis=1),
):
    """An answer to `quantile_loss`, by default the right one; u and what is reduced are [B, K, J]."""

    def quantile_loss(quantiles, targets, kappa):
        u = error(quantiles[:, :, None], targets[:, None, :])
        tau = shares(quantiles.shape[1])[:, None]
        return reduce(tilt(tau, u) * size(u, kappa) / scale(kappa))

    return quantile_loss


def pair_by_pair(quantiles, targets, kappa):
    """Each quantile against the one target of its number."""
    count = min(quantiles.shape[1], targets.shape[1])
    u = targets[:, :count] - quantiles[:, :count]
    tau = (np.arange(count) + 0.5) / quantiles.shape[1]
    return (np.abs(tau - (u < 0)) * bend(u, kappa) / kappa).sum(axis=1)


def shares_of_targets(quantiles, targets, kappa):
    """The shares run along the targets."""
    u = targets[:, None, :] - quantiles[:, :, None]
    tau = (np.arange(targets.shape[1]) + 0.5) / targets.shape[1]
    return (np.abs(tau - (u < 0)) * bend(u, kappa) / kappa).mean(axis=2).sum(axis=1)


check_quantile_loss = Check(
    quantiles_loss(),
    samples_of_returns,
    [
        ("the tilt is the wrong way round: a target above its quantile weighs τ̂, one below 1 − τ̂, and τ̂ rises from quantile to quantile", quantiles_loss(tilt=lambda tau, u: np.abs(tau - (u > 0)))),
        ("the tilt is missing: |τ̂ − 1{u < 0}|", quantiles_loss(tilt=lambda tau, u: 1.0)),
        ("the tilt is τ̂ above and 1 − τ̂ below: yours is τ̂ everywhere", quantiles_loss(tilt=lambda tau, u: tau)),
        ("the tilt is τ̂ above and 1 − τ̂ below: yours is 1 − τ̂ everywhere", quantiles_loss(tilt=lambda tau, u: 1 - tau)),
        ("the tilt is a size: |τ̂ − 1{u < 0}|, else targets below are rewarded", quantiles_loss(tilt=lambda tau, u: tau - (u < 0))),
        ("the tilt is τ̂ above and 1 − τ̂ below: yours is 0 below", quantiles_loss(tilt=lambda tau, u: tau * (u > 0))),
        ("the tilt is τ̂ above and 1 − τ̂ below: yours is 1 below", quantiles_loss(tilt=lambda tau, u: np.where(u < 0, 1.0, tau))),
        ("a half is a median: each quantile has its own τ̂", quantiles_loss(shares=lambda k: np.full(k, 0.5))),
        ("τ̂ lies in the middle of its share, (2i + 1) / 2K: yours is i / K", quantiles_loss(shares=lambda k: np.arange(k) / k)),
        ("τ̂ lies in the middle of its share, (2i + 1) / 2K: yours is (i + 1) / K", quantiles_loss(shares=lambda k: (np.arange(k) + 1) / k)),
        ("τ̂ lies in the middle of its share, (2i + 1) / 2K: yours is (i + 1) / (K + 1)", quantiles_loss(shares=lambda k: (np.arange(k) + 1) / (k + 1))),
        ("τ̂ lies in the middle of its share, (2i + 1) / 2K: yours go from 0 to 1", quantiles_loss(shares=lambda k: np.linspace(0, 1, k))),
        ("τ̂ is (2i + 1) / 2K: i counts from 0", quantiles_loss(shares=lambda k: (np.arange(k) + 1.5) / k)),
        ("τ̂ is (2i + 1) / 2K: yours is twice that", quantiles_loss(shares=lambda k: (2 * np.arange(k) + 1) / k)),
        ("the shares τ̂ belong to the quantiles, not to the targets", shares_of_targets),
        ("every quantile meets every target: yours meet only the one of their number", pair_by_pair),
        ("sum over the quantiles: yours is the mean over both", quantiles_loss(reduce=lambda x: x.mean(axis=(1, 2)))),
        ("take the mean over the targets: yours is the sum over both", quantiles_loss(reduce=lambda x: x.sum(axis=(1, 2)))),
        ("the mean over the targets and the sum over the quantiles: yours is the other way round", quantiles_loss(reduce=lambda x: x.sum(axis=2).mean(axis=1))),
        ("one loss per row of the batch: yours is their mean", quantiles_loss(reduce=lambda x: x.mean(axis=2).sum(axis=1).mean())),
        ("κ divides: Huber's loss / κ", quantiles_loss(scale=lambda kappa: 1.0)),
        ("κ divides Huber's loss: it does not multiply", quantiles_loss(scale=lambda kappa: 1 / kappa)),
        ("κ divides once", quantiles_loss(scale=lambda kappa: kappa**2)),
        ("κ says where the line begins: yours always begins at 1", quantiles_loss(size=lambda u, kappa: bend(u, 1.0))),
        ("κ says where the line begins, and divides: yours does neither", quantiles_loss(size=lambda u, kappa: bend(u, 1.0), scale=lambda kappa: 1.0)),
        ("within κ Huber's loss is a square: yours is |u| everywhere", quantiles_loss(size=lambda u, kappa: np.abs(u), scale=lambda kappa: 1.0)),
        ("beyond κ Huber's loss is a line: yours is a square everywhere", quantiles_loss(size=lambda u, kappa: 0.5 * u**2)),
        ("the square has a half in front", quantiles_loss(size=lambda u, kappa: np.where(np.abs(u) <= kappa, u**2, kappa * (np.abs(u) - 0.5 * kappa)))),
        ("the two pieces meet at κ: the line is κ (|u| − ½ κ)", quantiles_loss(size=lambda u, kappa: np.where(np.abs(u) <= kappa, 0.5 * u**2, kappa * np.abs(u)))),
        ("the line is κ (|u| − ½ κ): its slope is κ, not 1", quantiles_loss(size=lambda u, kappa: np.where(np.abs(u) <= kappa, 0.5 * u**2, np.abs(u) - 0.5 * kappa))),
        ("the line is κ (|u| − ½ κ): ½ alone fits only κ = 1", quantiles_loss(size=lambda u, kappa: np.where(np.abs(u) <= kappa, 0.5 * u**2, kappa * (np.abs(u) - 0.5)))),
        ("the square lies within κ, the line beyond: yours are the other way round", quantiles_loss(size=lambda u, kappa: np.where(np.abs(u) > kappa, 0.5 * u**2, kappa * (np.abs(u) - 0.5 * kappa)))),
        ("a target below its quantile is farther than κ as well: compare |u| with κ", quantiles_loss(size=lambda u, kappa: np.where(u <= kappa, 0.5 * u**2, kappa * (u - 0.5 * kappa)))),
    ],
)  # fmt: skip


def squeezed(x):
    """Numbers, squeezed between 0 and 1."""
    return 1 / (1 + np.exp(-x))


class Lstm:
    """A memory's step with weights that are always the same: [B, D], [B, 2U] -> [B, 2U], h and c side by side."""

    def __call__(self, x, state):
        h, c = np.split(state, 2, axis=1)
        inputs = np.concatenate([x, h], axis=1)
        weights = np.random.default_rng(inputs.shape[1]).normal(size=(inputs.shape[1], 4 * h.shape[1]))
        keep, let_in, let_out, new = np.split(inputs @ weights + 0.5, 4, axis=1)
        c = squeezed(keep) * c + squeezed(let_in) * np.tanh(new)
        return np.concatenate([squeezed(let_out) * np.tanh(c), c], axis=1)

    def __repr__(self):
        return "an LSTM's step"


def stretches(rng):
    """Stretches in which episodes begin: at the start, later, twice in a row, or not at all."""
    for size, length, num_inputs, units in [(1, 2, 1, 1), (3, 5, 2, 2), (2, 4, 3, 1), (4, 3, 1, 3)] * 3:
        yield dict(
            step=Lstm(),
            x=rng.normal(size=(size, length, num_inputs)),
            mark=(rng.random((size, length)) < 0.4) * 1.0,
            state=rng.normal(size=(size, 2 * units)),
        )


def remembering(
    before=lambda state, m, first: state * (1 - m),
    mark_at=lambda mark, t: mark[:, t],
    see=lambda x, m: x,
    show=lambda state, m: state,
    carry=lambda state, m, first: state,
    begin=lambda state: state,
):
    """An answer to `remember`, by default the right one.

    Args:
      before: (state, mark [B, 1], the state given) -> the state that goes into the step.
      mark_at: (mark [B, L], t) -> [B].
      see: (x, mark) -> what goes in beside it.
      show, carry: what is returned of the new state, and what goes on to the next step.
      begin: the state given -> the first one.
    """

    def remember(step, x, mark, state):
        first, state, shown = state, begin(state), []
        for t in range(x.shape[1]):
            m = mark_at(mark, t)[:, None]
            new = step(see(x[:, t], m), before(state, m, first))
            shown.append(show(new, m))
            state = carry(new, m, first)
        return np.stack(shown, axis=1)

    return remember


def half(state, m, part):
    """A state with one half forgotten where m is 1."""
    h, c = np.split(state, 2, axis=1)
    return np.concatenate([h * (1 - m), c] if part == "h" else [h, c * (1 - m)], axis=1)


def keep(state, m, first):
    """The state as it is."""
    return state


def at_or_0(mark, t):
    """The mark of a step, none outside the stretch."""
    return mark[:, t] if 0 <= t < mark.shape[1] else np.zeros(len(mark))


def backwards(step, x, mark, state):
    """Steps through a stretch from its end."""
    return remembering()(step, x[:, ::-1], mark[:, ::-1], state)[:, ::-1]


check_remember = Check(
    remembering(),
    stretches,
    [
        ("it remembers the episode before: where the mark is 1, what came in is forgotten", remembering(before=keep)),
        (
            "that forgets one step late, after the step of the mark: its own step still remembers the old episode, and the next one nothing",
            remembering(before=keep, carry=lambda s, m, f: s * (1 - m)),
        ),
        (
            "that forgets after the step: what the first step of an episode has seen is gone, and nothing comes back of it",
            remembering(before=keep, show=lambda s, m: s * (1 - m), carry=lambda s, m, f: s * (1 - m)),
        ),
        (
            "it forgets before the step and once more after it: what the first step has seen is gone",
            remembering(carry=lambda s, m, f: s * (1 - m)),
        ),
        (
            "it forgets before the step; what is returned is the new state, also where an episode begins",
            remembering(show=lambda s, m: s * (1 - m)),
        ),
        (
            "the states are right and forgotten only in what is returned: the memory itself remembers the old episode",
            remembering(before=keep, show=lambda s, m: s * (1 - m)),
        ),
        ("the mark is upside down: 1 says that an episode begins, so multiply by 1 − mark", remembering(before=lambda s, m, f: s * m)),
        ("h is forgotten, and c is kept: both belong to the old episode", remembering(before=lambda s, m, f: half(s, m, "h"))),
        ("c is forgotten, and h is kept: both belong to the old episode", remembering(before=lambda s, m, f: half(s, m, "c"))),
        ("that is the mark of the next step: an observation's own mark says that it begins an episode", remembering(mark_at=lambda mark, t: at_or_0(mark, t + 1))),
        ("the mark of the step before is taken, and at the start, where `t - 1` is −1, the last one of the stretch", remembering(mark_at=lambda mark, t: mark[:, t - 1])),
        ("marks [B] and states [B, S] do not fit: `mark[:, t, None]` has a column of its own", remembering(before=lambda s, m, f: s * (1 - m[:, 0]))),
        ("only the first step of the stretch is looked at: episodes begin anywhere in it", remembering(mark_at=lambda mark, t: mark[:, 0] * (t == 0))),
        ("the mark of the first step counts for that one only: ask every step for its own", remembering(mark_at=lambda mark, t: mark[:, 0])),
        (
            "the first step of the stretch may begin an episode, too: its mark is not looked at",
            remembering(mark_at=lambda mark, t: mark[:, t] * (t > 0)),
        ),
        ("a mark anywhere in the stretch is taken for every step: ask every step for its own", remembering(mark_at=lambda mark, t: mark.max(axis=1))),
        ("once an episode has begun it is forgotten at every step: ask every step for its own mark", remembering(mark_at=lambda mark, t: mark[:, : t + 1].max(axis=1))),
        ("one row's mark makes the whole batch forget: each row has its own", remembering(mark_at=lambda mark, t: np.full(len(mark), mark[:, t].max()))),
        ("the batch forgets only if an episode begins in all rows: each row has its own mark", remembering(mark_at=lambda mark, t: np.full(len(mark), mark[:, t].min()))),
        ("the first row's mark decides for all: each row has its own", remembering(mark_at=lambda mark, t: np.full(len(mark), mark[0, t]))),
        ("where an episode begins nothing is remembered: 0, not the state given for the start of the stretch", remembering(before=lambda s, m, f: s * (1 - m) + f * m)),
        ("where an episode begins nothing is remembered: 0, not 1", remembering(before=lambda s, m, f: s * (1 - m) + m)),
        ("the mark is subtracted: multiply by 1 − mark, so that 0 is left", remembering(before=lambda s, m, f: s - m)),
        ("half of it is left: multiply by 1 − mark", remembering(before=lambda s, m, f: s * (1 - m / 2))),
        ("it is the state that is forgotten, not what is seen", remembering(before=keep, see=lambda x, m: x * (1 - m))),
        ("the state is forgotten, but the first observation of an episode is to be seen", remembering(see=lambda x, m: x * (1 - m))),
        ("every step forgets: only where the mark is 1", remembering(before=lambda s, m, f: 0 * s)),
        ("a stretch may begin in the middle of an episode: begin with the state that is given", remembering(begin=lambda s: 0 * s)),
        ("a stretch begins with the state that is given, and each step goes on from the last: yours all begin anew", remembering(carry=lambda s, m, f: f)),
        ("only the last state comes back, again and again", lambda step, x, mark, state: np.repeat(remembering()(step, x, mark, state)[:, -1:], x.shape[1], axis=1)),
        ("the states after each step: yours are those before it", lambda step, x, mark, state: np.concatenate([state[:, None], remembering()(step, x, mark, state)[:, :-1]], axis=1)),
        ("the memory goes forward in time: yours begins at the end of the stretch", backwards),
    ],
)  # fmt: skip


WORDS = ["worse", "cannot tell", "better"]


def word_of(answer, **case):
    """The place in `WORDS` of the word that comes back."""
    word = call(answer, **case)
    explain(
        isinstance(word, str) and word in WORDS, f"one of the words {WORDS} should come back, got {word!r}"
    )
    return WORDS.index(word)


def results_of_seeds(rng):
    """Scores whose means differ by nothing, by a little, and by a lot."""
    for effect in [-6, -2.6, -1.8, -1.3, -0.5, 0, 0.5, 1.3, 1.8, 2.6, 6] * 9:
        count = int(rng.integers(5, 10))
        new, plain = rng.normal(size=(2, count)) * 40 + rng.choice([-250, 0, 100])
        yield dict(
            new=new + effect * 40 * np.sqrt(2 / count),
            plain=plain,
            rows=rng.integers(count, size=(200, count)),
        )


def word(low, high):
    """What an interval of differences says."""
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def verdict(
    differ=lambda new, plain: new - plain,
    resample=lambda differences, rows: differences[rows].mean(axis=1),
    percents=(2.5, 97.5),
    say=word,
):
    """An answer to `verdict`, by default the right one."""

    def judge(new, plain, rows):
        found = resample(differ(new, plain), rows)
        return say(*np.percentile(found, percents))

    return judge


def intervals_apart(new, plain, rows):
    """Whether the two intervals have nothing in common."""
    (low, high), (least, most) = [np.percentile(x[rows].mean(axis=1), (2.5, 97.5)) for x in (new, plain)]
    return word(low - most, high - least)


def of_the_spread(width):
    """The mean difference, more or less some spreads of single seeds."""

    def judge(new, plain, rows):
        d = new - plain
        return word(d.mean() - width * d.std(ddof=1), d.mean() + width * d.std(ddof=1))

    return judge


def by_wins(new, plain, rows):
    """More than half of all pairs of runs."""
    wins = np.mean(new[:, None] > plain)
    return word(wins - 0.5, wins - 0.5)


check_verdict = Check(
    verdict(),
    results_of_seeds,
    [
        ("a larger mean may be luck: say \"cannot tell\" where the interval of the difference contains 0", lambda n, p, r: word(n.mean() - p.mean(), n.mean() - p.mean())),
        ("the difference is new − plain: better and worse are exchanged", verdict(differ=lambda n, p: p - n)),
        ("new is compared with 0: take the interval of the difference from plain", verdict(differ=lambda n, p: n)),
        ("plain is compared with 0: take the interval of the difference from plain", verdict(differ=lambda n, p: -p)),
        ("two intervals may overlap though the difference is sure: take the interval of the difference", intervals_apart),
        ("that asks for nearly every single seed to be better: take the mean of each row of seeds first", verdict(resample=lambda d, r: d[r].ravel())),
        ("one mean over all rows may be luck: take the mean of each row, and of these means the interval", lambda n, p, r: word(*[(n - p)[r].mean()] * 2)),
        ("two spreads of single seeds: the interval of their mean is narrower", of_the_spread(2.0)),
        ("one spread of single seeds: the interval of their mean is narrower", of_the_spread(1.0)),
        ("the mean of each row, not its median", verdict(resample=lambda d, r: np.median(d[r], axis=1))),
        ("the mean of each row, along its seeds: yours runs down the columns", verdict(resample=lambda d, r: d[r].mean(axis=0))),
        ("np.percentile counts from 0 to 100: 0.025 is nearly the least of all", verdict(percents=(0.025, 0.975))),
        ("that holds all resampled means: 95 of 100 are meant", verdict(percents=(0, 100))),
        ("that holds 90 of 100 resampled means: leave out 2.5 on each side, not 5", verdict(percents=(5, 95))),
        ("that holds half of the resampled means: 95 of 100 are meant", verdict(percents=(25, 75))),
        ("the new one can be worse, too: where the whole interval lies below 0", verdict(say=lambda low, high: "better" if low > 0 else "cannot tell")),
        ("the new one can be better, too: where the whole interval lies above 0", verdict(say=lambda low, high: "worse" if high < 0 else "cannot tell")),
        ("what is not better need not be worse: say \"cannot tell\" where the interval contains 0", verdict(say=lambda low, high: "better" if low > 0 else "worse")),
        ("what is not worse need not be better: say \"cannot tell\" where the interval contains 0", verdict(say=lambda low, high: "worse" if high < 0 else "better")),
        ("where the interval contains 0 you cannot tell, and where it does not you can: yours is the other way round", verdict(say=lambda low, high: "cannot tell" if low > 0 or high < 0 else "better")),
        ("the luckiest seeds are compared: take the interval of the mean difference", lambda n, p, r: word(n.max() - p.max(), n.max() - p.max())),
        ("the unluckiest seeds are compared: take the interval of the mean difference", lambda n, p, r: word(n.min() - p.min(), n.min() - p.min())),
        ("that asks for no run of one to be worse than any run of the other: their means can be sure before that", lambda n, p, r: word(n.min() - p.max(), n.max() - p.min())),
        ("winning in more than half of the pairs of runs may be luck: take the interval", by_wins),
        ("the first seed alone decides", lambda n, p, r: word(n[0] - p[0], n[0] - p[0])),
        ("it always says \"cannot tell\": judge from the interval", lambda n, p, r: "cannot tell"),
    ],
    observe=word_of,
)  # fmt: skip


def worlds_to_judge(rng):
    """Scores of plain DQN and of any pair of ideas: clearly more, clearly less, or more on most seeds only."""
    spread = np.array([-30.0, -20.0, -10.0, -4.0, 4.0, 10.0, 20.0, 30.0])
    two_fail = np.where(np.arange(8) < 2, -2.4, 1.0)
    for gain in [120, -120, 8 * two_fail, -8 * two_fail, 35 * two_fail, -35 * two_fail] * 4:
        plain, new = rng.permutation(spread), rng.permutation(spread) + gain + 0.7
        level, mixed = rng.choice([-320, 200]), rng.permutation(8)
        yield dict(plain=plain[mixed] + level, new=new[mixed] + level, seeds=list(range(20, 28)))


def told(answer, score, seeds):
    """What an answer says after it has trained plain DQN and two ideas with every seed.

    Args:
      answer: (train, seeds) -> (two ideas, a word), where train(ideas, seed) -> a score.
      score: (a frozenset of ideas, seed) -> the score.

    Returns:
      The two ideas as a frozenset, and the word.

    Raises:
      Misconception: it trained something else, or says something else.
    """
    runs = collections.Counter()

    def train(ideas, seed):
        names = f"train({ideas!r}, {seed!r})"
        explain(
            isinstance(ideas, tuple | list | set | frozenset),
            f"{names}: ideas come as a tuple, () for plain DQN",
        )
        unknown = [idea for idea in ideas if idea not in acrobot.IDEAS]
        explain(not unknown, f"{names}: there is no idea {unknown}; there are {', '.join(acrobot.IDEAS)}")
        explain(len(set(ideas)) in (0, 2), f"{names}: two ideas, or () for plain DQN")
        explain(seed in seeds, f"{names}: train with the seeds given")
        runs[frozenset(ideas), seed] += 1
        return score(frozenset(ideas), seed)

    returned = answer(train, list(seeds))
    agents, count = {ideas for ideas, _ in runs}, len(seeds)
    explain(runs, "nothing was trained: call train(ideas, seed)")
    explain(frozenset() in agents, "plain DQN was not trained: without it no number says that an idea helps")
    explain(len(agents) > 1, "only plain DQN was trained: train two ideas with the same seeds")
    explain(len(agents) == 2, f"choose one pair before you train: {len(agents) - 1} pairs were trained")
    for ideas in agents:
        done, name = sum(agent == ideas for agent, _ in runs), " and ".join(sorted(ideas)) or "plain DQN"
        explain(done == count, f"every seed counts: {name} was trained with {done} of {count} of them")
    explain(
        max(runs.values()) == 1, f"each run is needed once: {runs.total()} were made for {2 * count} pairs"
    )
    explain(
        isinstance(returned, tuple | list) and len(returned) == 2, f"return (ideas, word), got {returned!r}"
    )
    ideas, said = returned
    explain(
        not isinstance(ideas, str) and frozenset(ideas) in agents - {frozenset()},
        f"return the two ideas that you trained, got {ideas!r}",
    )
    explain(isinstance(said, str) and said in WORDS, f"the word is one of {WORDS}, got {said!r}")
    return frozenset(ideas), said


def on_paper(answer, plain, new, seeds):
    """The word of an answer where every pair of ideas has the same scores."""
    score = lambda ideas, seed: float((new if ideas else plain)[seeds.index(seed)])
    return WORDS.index(told(answer, score, seeds)[1])


def two_ideas(say, ideas=("dueling", "n-step")):
    """An answer that trains all and says a word about the scores: say(new, plain)."""

    def answer(train, seeds):
        plain = np.array([train((), seed) for seed in seeds])
        new = np.array([train(ideas, seed) for seed in seeds])
        return ideas, say(new, plain)

    return answer


def by_interval(new, plain):
    """What the interval of the mean difference says."""
    return word(*bootstrap_interval(new - plain, np.mean))


def on_acrobot(answer, score=acrobot.train, seeds=range(10)):
    """Lets an answer train on Acrobot, and prints what became of it.

    Raises:
      Misconception: its word does not fit the scores, its ideas cannot be told from none, or others help more.
    """
    ideas, said = told(answer, score, list(seeds))
    plain, new = [np.array([score(agent, seed) for seed in seeds]) for agent in (frozenset(), ideas)]
    names, (low, high) = " and ".join(sorted(ideas)), bootstrap_interval(new - plain, np.mean)
    more = f"{(new - plain).mean():+.0f} [{low:.0f}, {high:.0f}]"
    print(f"mean score of plain DQN {plain.mean():.0f}, with {names} {new.mean():.0f}: {more}")
    explain(said == word(low, high), f"you say {said!r}, and the interval of the difference is {more}")
    explain(
        said == "better",
        f"judged rightly, {said!r}: the scores do not show that {names} help. Which two do more?",
    )
    kept = {frozenset(pair): scores for pair, scores in acrobot.measured().items()}
    best = max(kept, key=lambda pair: kept[pair].mean())
    low, high = bootstrap_interval(kept[best] - kept[ideas], np.mean)
    explain(
        low <= 0,
        f"judged rightly: {names} help. But another pair had {(kept[best] - kept[ideas]).mean():.0f} "
        f"[{low:.0f}, {high:.0f}] more on {len(kept[best])} other seeds. Which one?",
    )


check_two_ideas = Check(
    two_ideas(by_interval),
    worlds_to_judge,
    [
        ("a larger mean may be luck: say \"cannot tell\" where the interval of the difference contains 0", two_ideas(lambda n, p: word(n.mean() - p.mean(), n.mean() - p.mean()))),
        ("the difference is new − plain: better and worse are exchanged", two_ideas(lambda n, p: by_interval(p, n))),
        ("the new scores are compared with 0: take the interval of the difference from plain", two_ideas(lambda n, p: by_interval(n, 0 * p))),
        ("the luckiest seeds are compared: take the interval of the mean difference", two_ideas(lambda n, p: word(n.max() - p.max(), n.max() - p.max()))),
        ("the unluckiest seeds are compared: take the interval of the mean difference", two_ideas(lambda n, p: word(n.min() - p.min(), n.min() - p.min()))),
        ("winning on more than half of the seeds may be luck: take the interval", two_ideas(lambda n, p: "better" if np.mean(n > p) > 0.5 else "worse")),
        ("the middle seed alone may be luck: take the interval", two_ideas(lambda n, p: word(*[np.median(n) - np.median(p)] * 2))),
        ("the first seed alone decides", two_ideas(lambda n, p: word(n[0] - p[0], n[0] - p[0]))),
        ("it always says \"better\": judge from the scores", two_ideas(lambda n, p: "better")),
        ("it always says \"cannot tell\": judge from the scores", two_ideas(lambda n, p: "cannot tell")),
        ("it always says \"worse\": judge from the scores", two_ideas(lambda n, p: "worse")),
        ("ideas can be worse than none, too: where the whole interval lies below 0", two_ideas(lambda n, p: {"worse": "cannot tell"}.get(by_interval(n, p), by_interval(n, p)))),
        ("what is not better need not be worse: say \"cannot tell\" where the interval contains 0", two_ideas(lambda n, p: "better" if by_interval(n, p) == "better" else "worse")),
        ("what is not worse need not be better: say \"cannot tell\" where the interval contains 0", two_ideas(lambda n, p: "worse" if by_interval(n, p) == "worse" else "better")),
    ],
    observe=on_paper,
    afterwards=on_acrobot,
)  # fmt: skip
