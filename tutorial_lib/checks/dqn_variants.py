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
            q_target=rng.normal(size=(size, num_actions)) - 1,
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
    ],
)


def windows(rng):
    """Windows of 1 … 5 steps, with ends of both kinds."""
    for n in [1, 2, 3, 5] * 6:
        done = rng.random(n) < 0.3
        yield dict(
            reward=rng.normal(size=n).round(2),
            done=done,
            terminated=done & (rng.random(n) < 0.5),
            gamma=float(rng.choice([0.5, 0.9])),
        )


def window(reward, done, terminated, gamma, *, stop=True, power=True, weigh=True, cut=False, late=False):
    """The reward and the discount of a window; each option leaves something out."""
    total, k, ended = 0.0, 0, False
    while k < len(reward):
        total += (gamma**k if weigh else 1.0) * reward[k]
        ended = bool(done[k] if cut else terminated[k])
        k += 1
        if stop and done[k - 1]:
            break
    length = k if power else 1
    return total, gamma ** (len(reward) if late else length) * (not ended)


def variant(**options):
    """The wrong function that has these options."""
    return lambda *case: window(*case, **options)


check_n_step = Check(
    window,
    windows,
    [
        (
            "the rewards of the next episode are in it: stop after the step where `done` is true",
            variant(stop=False),
        ),
        ("the discount of a row of k rewards is γᵏ, not γ", variant(power=False)),
        ("a short tail has the discount γᵏ of the k rewards in it, not γⁿ", variant(late=True)),
        (
            "an episode that was cut off goes on: only where it is `terminated` does nothing follow",
            variant(cut=True),
        ),
        ("the k-th reward counts γᵏ", variant(weigh=False)),
    ],
)


def surprises(rng):
    """Errors of both signs, and every kind of α."""
    for size in [2, 3, 6] * 4:
        yield dict(td_error=rng.normal(size=size) * 3, alpha=float(rng.choice([0.0, 0.4, 0.6, 1.0])))


def share(x):
    """Numbers divided by their sum."""
    return x / x.sum()


check_draw_probability = Check(
    lambda td_error, alpha: share(np.abs(td_error) ** alpha),
    surprises,
    [
        ("they must sum to 1: divide by the sum", lambda e, a: np.abs(e) ** a),
        ("α is missing: 0 draws uniformly, 1 in proportion to |δ|", lambda e, a: share(np.abs(e))),
        ("a surprise is as large below as above: take |δ|", lambda e, a: share(np.maximum(e, 0) ** a)),
        ("take |δ|, not δ²", lambda e, a: share((e**2) ** a)),
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
        ("the largest weight is 1, they need not sum to 1", lambda p, b: share(p**-b)),
        ("the largest weight is 1, not their mean", lambda p, b: p**-b / np.mean(p**-b)),
    ],
)
