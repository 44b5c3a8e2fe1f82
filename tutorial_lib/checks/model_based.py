"""Checks of lesson 10: Dyna's updates, a model's targets, imagined ends, refits, disagreement, horizons."""

import numpy as np

from tutorial_lib.checks import Misconception, imagining
from tutorial_lib.checks.judging import Check


def _memories(rng):
    for states, actions, length in [(2, 2, 1), (3, 2, 3), (3, 4, 5), (4, 3, 6)] * 4:
        memory = []
        for _ in range(length):
            s, s_next = (int(x) for x in rng.choice(states, 2, replace=False))
            end = bool(rng.random() < 0.3)
            memory.append((s, int(rng.integers(actions)), round(float(rng.normal()), 2), end, s_next))
        yield dict(
            q=rng.normal(size=(states, actions)) * 3 + rng.choice([-6, 0, 0]), memory=memory,
            drawn=[int(i) for i in rng.integers(length, size=rng.choice([1, 2, length + 3]))],
            alpha=float(rng.choice([0.1, 0.5, 0.9])), gamma=float(rng.choice([0.3, 0.9, 1.0])),
        )  # fmt: skip


def _dyna(which=lambda memory, drawn: [len(memory) - 1, *drawn], value=lambda q, s, n: q[n].max(),
          target=lambda r, end, g, v: r if end else r + g * v, stale=False,
          step=lambda old, y, alpha: old + alpha * (y - old)):  # fmt: skip
    """An answer to `dyna_update`, by default the right one."""

    def dyna_update(q, memory, drawn, alpha, gamma):
        new = q.copy()
        for i in which(memory, list(drawn)):
            s, a, r, end, n = memory[i]
            y = target(r, end, gamma, value(q if stale else new, s, n))
            new[s, a] = step(new[s, a], y, alpha)
        return new

    return dyna_update


def _same_action(q, memory, drawn, alpha, gamma):
    new = q.copy()
    for i in [len(memory) - 1, *drawn]:
        s, a, r, end, n = memory[i]
        new[s, a] += alpha * (r + gamma * (not end) * new[n, a] - new[s, a])
    return new


def _ends_skipped(q, memory, drawn, alpha, gamma):
    lasting = [i for i in [len(memory) - 1, *drawn] if not memory[i][3]]
    return _dyna(lambda m, d: lasting)(q, memory, drawn, alpha, gamma)


check_dyna_update = Check(
    _dyna(),
    _memories,
    [
        ("that is Q-learning alone: the drawn steps are learned from, too", _dyna(lambda m, d: [len(m) - 1])),
        ("that only imagines: the real step, the last of the memory, is learned from first", _dyna(lambda m, d: d)),
        ("the real step comes first, then the drawn ones", _dyna(lambda m, d: [*d, len(m) - 1])),
        ("the real step is the newest of the memory, not the oldest", _dyna(lambda m, d: [0, *d])),
        ("`drawn` says which steps, not how many: those are the newest", _dyna(lambda m, d: [len(m) - 1, *range(len(m))[-len(d) :]])),
        ("`drawn` says which steps, not how many: those are the oldest", _dyna(lambda m, d: [len(m) - 1, *range(len(m))[: len(d)]])),
        ("that learns from the whole memory: only from what was drawn", _dyna(lambda m, d: [len(m) - 1, *range(len(m))])),
        ("`drawn` holds places in the memory: it does not say how often the real step is repeated", _dyna(lambda m, d: [len(m) - 1] * (1 + len(d)))),
        ("a step drawn twice counts twice: draws are not a set", _dyna(lambda m, d: [len(m) - 1, *dict.fromkeys(d)])),
        ("the lived step is learned from once: yours comes again after every draw", _dyna(lambda m, d: [len(m) - 1, *(i for k in d for i in (k, len(m) - 1))])),
        ("the lived step is learned from once: yours comes again at the end", _dyna(lambda m, d: [len(m) - 1, *d, len(m) - 1])),
        ("a step drawn twice counts twice, and in the order of the draws", _dyna(lambda m, d: [len(m) - 1, *sorted(set(d))])),
        ("places count from 0: yours are one too early", _dyna(lambda m, d: [len(m) - 1, *(i - 1 for i in d)])),
        ("places count from the beginning of the memory, yours from its end", _dyna(lambda m, d: [len(m) - 1, *(-i for i in d)])),
        ("places count from the beginning of the memory, yours from its end, and from 1", _dyna(lambda m, d: [len(m) - 1, *(-i - 1 for i in d)])),
        ("only the first draw is learned from: all of them", _dyna(lambda m, d: [len(m) - 1, *d[:1]])),
        ("the last draw is left out", _dyna(lambda m, d: [len(m) - 1, *d[:-1]])),
        ("the draws run backwards: each uses what those before it have learned", _dyna(lambda m, d: [len(m) - 1, *d[::-1]])),
        ("a′ is the best action of s′, not the one taken in s", _same_action),
        ("a terminal step teaches, too: its target is the reward", _ends_skipped),
        ("the draws come in their order: each uses what those before it have learned", _dyna(lambda m, d: [len(m) - 1, *sorted(d)])),
        ("every update uses the table as it is by then, not as it was at first", _dyna(stale=True)),
        ("nothing follows a terminal step: use `terminated`", _dyna(target=lambda r, end, g, v: r + g * v)),
        ("after a terminal step the target is the reward, not 0", _dyna(target=lambda r, end, g, v: 0.0 if end else r + g * v)),
        ("`terminated` is upside down", _dyna(target=lambda r, end, g, v: r + g * v if end else r)),
        ("the future is discounted: multiply max Q(s′, ·) by γ", _dyna(target=lambda r, end, g, v: r if end else r + v)),
        ("the reward is missing from the target", _dyna(target=lambda r, end, g, v: 0.0 if end else g * v)),
        ("nothing of s′ is in it: bootstrap from max Q(s′, ·)", _dyna(target=lambda r, end, g, v: r)),
        ("the best action of s′ is wanted, that is the best of s", _dyna(value=lambda q, s, n: q[s].max())),
        ("max, not mean: Q-learning follows the best action", _dyna(value=lambda q, s, n: q[n].mean())),
        ("that is the target: move towards it by α only", _dyna(step=lambda old, y, alpha: y)),
        ("the error is target − Q(s, a): the old value is missing", _dyna(step=lambda old, y, alpha: old + alpha * y)),
        ("that moves away from the target: the error is target − estimate", _dyna(step=lambda old, y, alpha: old - alpha * (y - old))),
    ],
)  # fmt: skip


def _seen(rng):
    for rows, size in [(1, 2), (3, 4), (4, 3), (6, 2)] * 3:
        terminated = rng.random(rows) < 0.4
        yield dict(
            observation=rng.normal(size=(rows, size)) * 3, next_observation=rng.normal(size=(rows, size)) * 3,
            terminated=terminated, truncated=(rng.random(rows) < 0.5) & (~terminated | (rng.random(rows) < 0.3)),
            change=rng.uniform(0.1, 3, size),
        )  # fmt: skip


def _targets(
    move=lambda s, n, c: (n - s) / c, end=lambda te, tr: te * 1.0, order=lambda move, end: (move, end)
):
    """An answer to `model_targets`, by default the right one."""
    return lambda s, n, te, tr, change: order(move(s, n, change), end(te, tr))


check_model_targets = Check(
    _targets(),
    _seen,
    [
        ("that is s′ itself: the model is to say what a step *adds* to s", _targets(lambda s, n, c: n)),
        ("that is s′ in units of `change`: the model is to say what a step *adds* to s", _targets(lambda s, n, c: n / c)),
        ("that is what was there before: s′ − s, not s − s′", _targets(lambda s, n, c: (s - n) / c)),
        ("the difference is right, its unit is not: divide by `change`", _targets(lambda s, n, c: n - s)),
        ("divide by `change`, do not multiply", _targets(lambda s, n, c: (n - s) * c)),
        ("only s′ is divided: the whole difference is", _targets(lambda s, n, c: n / c - s)),
        ("only s is divided: the whole difference is", _targets(lambda s, n, c: n - s / c)),
        ("a difference has a sign", _targets(lambda s, n, c: np.abs(n - s) / c)),
        ("`change` is one unit for each number of the observation, not their mean", _targets(lambda s, n, c: (n - s) / c.mean())),
        ("`change` has one unit for each number: the first one's was taken for all", _targets(lambda s, n, c: (n - s) / c[0])),
        ("`change` has one unit for each number: the largest was taken for all", _targets(lambda s, n, c: (n - s) / c.max())),
        ("`change` is a unit, not a variance: divide by it once", _targets(lambda s, n, c: (n - s) / c**2)),
        ("the step into the end moves, too: its difference is not 0", lambda s, n, te, tr, c: ((n - s) / c * (1 - te)[:, None], te * 1.0)),
        ("one difference for each number of the observation, not their mean", _targets(lambda s, n, c: ((n - s) / c).mean(axis=1))),
        ("a time limit is no end of the world: the model must not learn that s′ is terminal", _targets(end=lambda te, tr: (te | tr) * 1.0)),
        ("only `terminated` says that s′ is terminal, that is the time limit", _targets(end=lambda te, tr: tr * 1.0)),
        ("1 is for the end: that is 1 − terminated", _targets(end=lambda te, tr: 1.0 - te)),
        ("who terminates at the time limit has terminated all the same", _targets(end=lambda te, tr: (te & ~tr) * 1.0)),
        ("no step ends in that: use `terminated`", _targets(end=lambda te, tr: te * 0.0)),
        ("first the differences, then the ends", _targets(order=lambda move, end: (end, move))),
    ],
)  # fmt: skip


def _imagined(rng):
    yield dict(p_end=np.array([[0.1], [0.9], [0.2]]), apart=np.zeros((3, 1)), threshold=0.5, stop_above=0.3)
    yield dict(p_end=np.array([[0.1], [0.5], [0.2]]), apart=np.zeros((3, 1)), threshold=0.5, stop_above=0.3)
    yield dict(
        p_end=np.full((3, 1), 0.1), apart=np.array([[0.1], [0.3], [0.2]]), threshold=0.5, stop_above=0.3
    )
    for steps, envs in [(2, 1), (4, 3), (6, 2), (5, 4)] * 4:
        yield dict(
            p_end=rng.uniform(size=(steps, envs)) ** 2, apart=rng.uniform(size=(steps, envs)) ** 2,
            threshold=float(rng.choice([0.4, 0.6, 0.8])), stop_above=float(rng.choice([0.3, 0.5, 0.7])),
        )  # fmt: skip


def _over(ends, axis=0):
    """How many ends came before each step."""
    return np.cumsum(ends, axis=axis) - ends


def _living(ends=lambda p, d, t, stop: (p > t) | (d > stop), mask=lambda ends: _over(ends) == 0):
    """An answer to `imagined_mask`, by default the right one."""
    return lambda p, d, t, stop: mask(ends(p, d, t, stop)) * 1.0


check_imagined_mask = Check(
    _living(),
    _imagined,
    [
        ("the step that ends an episode belongs to it: what is left out comes after", _living(mask=lambda e: np.cumsum(e, axis=0) == 0)),
        ("the step that ends an episode is the last that counts: one more is counted there", _living(mask=lambda e: np.concatenate([np.ones_like(e[:1]), (_over(e) == 0)[:-1]]))),
        ("that marks the steps that end an episode: the mask is 1 for those that count", _living(mask=lambda e: e)),
        ("exactly at a limit nothing ends yet: above it, > and not ≥", _living(lambda p, d, t, stop: (p >= t) | (d >= stop))),
        ("exactly at the threshold nothing ends yet: above it, > and not ≥", _living(lambda p, d, t, stop: (p >= t) | (d > stop))),
        ("exactly at the limit of disagreement nothing ends yet: above it, > and not ≥", _living(lambda p, d, t, stop: (p > t) | (d >= stop))),
        ("an episode that is over stays over: later steps do not count, whatever the model says of them", _living(mask=lambda e: ~e)),
        ("only the step right after an end is left out: all later ones are", _living(mask=lambda e: ~np.concatenate([np.zeros_like(e[:1]), e[:-1]]))),
        ("that is 1 after the end: the mask is 1 for steps that count", _living(mask=lambda e: _over(e) > 0)),
        ("that marks the last step alone: the steps before it count, too", _living(mask=lambda e: e & (_over(e) == 0))),
        ("time runs along the first axis: that goes from environment to environment", _living(mask=lambda e: _over(e, 1) == 0)),
        ("one environment's end ends all of them: each has its own", _living(mask=lambda e: np.repeat(_over(e.any(axis=1, keepdims=True)) == 0, e.shape[1], axis=1))),
        ("the stop sign is missing: an episode also ends where the models disagree", _living(lambda p, d, t, stop: p > t)),
        ("the model's own end is missing: an episode also ends where P(end) is above the threshold", _living(lambda p, d, t, stop: d > stop)),
        ("either of the two ends it, they need not come together", _living(lambda p, d, t, stop: (p > t) & (d > stop))),
        ("the two limits are swapped", _living(lambda p, d, t, stop: (p > stop) | (d > t))),
        ("an episode ends where P(end) is above the threshold, not below", _living(lambda p, d, t, stop: (p < t) | (d > stop))),
        ("an episode ends where they disagree, not where they agree", _living(lambda p, d, t, stop: (p > t) | (d < stop))),
        ("P(end) and disagreement have limits of their own: do not add them", _living(lambda p, d, t, stop: p + d > t + stop)),
        ("all steps count in that: nothing ends", _living(mask=lambda e: e | True)),
    ],
)  # fmt: skip


def _plans(rng):
    for plans, horizon, size, elites in [(3, 1, 1, 2), (5, 3, 2, 2), (6, 2, 4, 3), (8, 4, 3, 5)] * 3:
        yield dict(
            sequences=rng.normal(size=(plans, horizon, size)), scores=rng.normal(size=plans) - rng.choice([0, 5]),
            num_elites=elites,
        )  # fmt: skip


def _best(scores, count):
    return np.argsort(scores)[-count:]


def _refit(
    choose=_best, mean=lambda x: x.mean(axis=0), std=lambda x: x.std(axis=0), order=lambda m, s: (m, s)
):
    """An answer to `refit`, by default the right one."""

    def refit(sequences, scores, num_elites):
        elites = sequences[choose(scores, num_elites)]
        return order(mean(elites), std(elites))

    return refit


def _weighted(sequences, scores, num_elites):
    elites = _best(scores, num_elites)
    weights = np.exp(scores[elites] - scores.max())
    return np.average(sequences[elites], axis=0, weights=weights), sequences[elites].std(axis=0)


check_refit = Check(
    _refit(),
    _plans,
    [
        ("the elites are those with the highest scores, not the lowest", _refit(lambda s, n: np.argsort(s)[:n])),
        ("that is the mean over all sequences: only the best count", _refit(lambda s, n: np.arange(len(s)))),
        ("those are the first that were drawn, not the best", _refit(lambda s, n: np.arange(n))),
        ("those are the last that were drawn: sort by score first", _refit(lambda s, n: np.arange(len(s) - n, len(s)))),
        ("that is the best one alone: its spread is 0, and the search is over", _refit(lambda s, n: _best(s, 1))),
        ("one elite is missing", _refit(lambda s, n: _best(s, n - 1))),
        ("one elite too many", _refit(lambda s, n: _best(s, n + 1))),
        ("scores may be negative: the best is the highest, not the largest without its sign", _refit(lambda s, n: _best(np.abs(s), n))),
        ("the spread is that of the elites: those of all sequences never narrows the search", lambda x, s, n: (x[_best(s, n)].mean(axis=0), x.std(axis=0))),
        ("that is the variance: σ is its root", _refit(std=lambda x: x.var(axis=0))),
        ("the mean square is taken over all the elites, not all but one", _refit(std=lambda x: x.std(axis=0, ddof=1))),
        ("that is the error of the mean: the spread is not divided by the root of their number", _refit(std=lambda x: x.std(axis=0) / len(x) ** 0.5)),
        ("each step and number of an action has a mean of its own: only the elites' axis goes", _refit(lambda s, n: _best(s, n), lambda x: x.mean(), lambda x: x.std())),
        ("the mean is over elites, the first axis, not over time", _refit(mean=lambda x: x.mean(axis=1), std=lambda x: x.std(axis=1))),
        ("first the mean, then the spread", _refit(order=lambda m, s: (s, m))),
        ("every elite counts the same: the mean is not weighted with the scores", _weighted),
        ("the mean is that of all elites, not the best one itself", lambda x, s, n: (x[s.argmax()], x[_best(s, n)].std(axis=0))),
        ("the mean is that of the elites, not their median", _refit(mean=lambda x: np.median(x, axis=0))),
    ],
)  # fmt: skip


def _opinions(rng):
    for members, rows, size in [(2, 1, 3), (3, 4, 2), (5, 2, 4), (4, 3, 2)] * 3:
        yield dict(
            predictions=rng.normal(size=(members, rows, size)) * 2 + 3, change=rng.uniform(0.1, 3, size)
        )


def _apart(spread=lambda x: x.std(axis=0), unit=lambda x, c: x / c, over=lambda x: x.mean(axis=-1)):
    """An answer to `disagreement`, by default the right one."""
    return lambda predictions, change: over(unit(spread(predictions), change))


check_disagreement = Check(
    _apart(),
    _opinions,
    [
        ("the unit is missing: a metre and a radian cannot be averaged before both are divided by `change`", _apart(unit=lambda x, c: x)),
        ("divide by `change`, do not multiply", _apart(unit=lambda x, c: x * c)),
        ("that divides by the mean change: each number has its own", _apart(unit=lambda x, c: x / c.mean())),
        ("one number per row: the mean over the observation is missing", _apart(over=lambda x: x)),
        ("the mean over the observation, not the sum", _apart(over=lambda x: x.sum(axis=-1))),
        ("the mean over the observation, not the largest", _apart(over=lambda x: x.max(axis=-1))),
        ("one number per row, not one for the whole batch", _apart(over=lambda x: x.mean())),
        ("that compares rows with each other: members lie along the first axis", lambda x, c: (x.std(axis=1) / c).mean(axis=-1)),
        ("that is how unlike the numbers of one observation are, not how unlike the members", lambda x, c: (x / c).std(axis=-1).mean(axis=0)),
        ("that is how unlike the numbers of one observation are: members lie along the first axis, and each number has its own unit", lambda x, c: x.std(axis=-1).mean(axis=0) / c.mean()),
        ("one number per row: that mixes the members with the numbers of the observation", lambda x, c: (x / c).std(axis=(0, 2))),
        ("first the spread of each number, then the mean over them", lambda x, c: (x / c).mean(axis=-1).std(axis=0)),
        ("all members are asked, not the first two", lambda x, c: (np.abs(x[0] - x[1]) / 2 / c).mean(axis=-1)),
        ("all members are asked, not the first and the last", lambda x, c: (np.abs(x[0] - x[-1]) / c).mean(axis=-1)),
        ("`change` is a unit, not a variance: divide by it once", _apart(unit=lambda x, c: x / c**2)),
        ("`change` has one unit for each number: the first one's was taken for all", _apart(unit=lambda x, c: x / c[0])),
        ("the spread counts as it is, not in proportion to the mean", lambda x, c: (x.std(axis=0) / np.abs(x.mean(axis=0))).mean(axis=-1)),
        ("the mean over the observation, not the smallest", _apart(over=lambda x: x.min(axis=-1))),
        ("that is the variance: the standard deviation is its root", _apart(lambda x: x.var(axis=0))),
        ("the mean square is taken over all members, not all but one", _apart(lambda x: x.std(axis=0, ddof=1))),
        ("that is what they say on average, not how far they are apart", _apart(lambda x: x.mean(axis=0))),
        ("that is the distance between the two most extreme members: take the standard deviation", _apart(lambda x: np.ptp(x, axis=0))),
        ("that is how far the others are from the first member: take the standard deviation over all", _apart(lambda x: np.abs(x - x[:1]).mean(axis=0))),
        ("distances without their sign: take the root of the mean square", _apart(lambda x: np.abs(x - x.mean(axis=0)).mean(axis=0))),
    ],
)  # fmt: skip

_SEEDS, _GOOD = range(1000, 1020), 25  # imagined steps, among the best on these seeds and on others


def _a_good_horizon():
    return _GOOD


def _mean_error(horizon):
    return np.mean([imagining.value_error(horizon, seed) for seed in _SEEDS])


def _watch_horizon(how_far):
    """Whether an answer's error is at most a tenth above that of the check's own horizon, which is known to."""
    if how_far is _a_good_horizon:
        return True
    horizon = how_far()
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or not 0 <= horizon <= 200:
        raise Misconception(f"a number of steps from 0 to 200 is asked for, got {horizon!r}")
    error, best = _mean_error(int(horizon)), _mean_error(_GOOD)
    print(f"{horizon} imagined steps: the value is wrong by {error:.1f} (twenty new seeds)")
    if error > 1.1 * best:
        why = (
            "the critic is asked too early, and it is rough"
            if horizon < _GOOD
            else "the model's errors add up"
        )
        raise Misconception(f"{why}: another horizon is wrong by {best:.1f} only")
    return True


check_how_far = Check(_a_good_horizon, lambda rng: [{}], [], observe=_watch_horizon, seconds=60)
