"""Checks of lesson 04: tiles, semi-gradients, and the updates that diverge and are cured."""

import numpy as np

from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.reading import reading


def _points(rng):
    for num_tilings in [1, 2, 4, 8, 3] * 5:
        x = rng.choice([rng.uniform(0, 1), -0.3, 0.0, 1.0, 1.7, 0.97], p=[0.6, 0.08, 0.08, 0.08, 0.08, 0.08])
        yield dict(x=float(x), num_tiles=int(rng.choice([3, 4, 10])), num_tilings=num_tilings)


def _tiling(position=lambda x, n: np.clip(x, 0, 1) * n, shift=lambda k, count, n: k / count,
            cut=lambda p: np.floor(p).astype(int), size=lambda n: n + 1, result=lambda tiles: tiles):  # fmt: skip
    """An answer to `active_tiles`, by default the right one."""

    def active_tiles(x, num_tiles, num_tilings):
        k = np.arange(num_tilings)
        place = position(x, num_tiles) + shift(k, num_tilings, num_tiles)
        return result(cut(place) + k * size(num_tiles))

    return active_tiles


check_active_tiles = Check(
    _tiling(),
    _points,
    [
        ("two tilings must not share weights: tiling k starts at k (num_tiles + 1)", _tiling(size=lambda n: 0)),
        ("a shifted grid needs one tile more to cover the interval: num_tiles + 1 in each tiling", _tiling(size=lambda n: n)),
        ("one tile more is enough: num_tiles + 1 in each tiling", _tiling(size=lambda n: n + 2)),
        ("all tilings have the same borders: shift tiling k by k / num_tilings of a tile", _tiling(shift=lambda k, count, n: 0)),
        ("the shift is a fraction of a tile, not a whole tile", _tiling(shift=lambda k, count, n: k)),
        ("the shift is added to the position, not taken off", _tiling(shift=lambda k, count, n: -k / count)),
        ("a tile is cut into num_tilings shifts, not into num_tiles", _tiling(shift=lambda k, count, n: k / n)),
        ("tiling 0 is not shifted: k counts from 0", _tiling(shift=lambda k, count, n: (k + 1) / count)),
        ("the shift is a fraction of a tile, not of the interval: add it to the position", _tiling(shift=lambda k, count, n: k / count * n)),
        ("round down to a tile, not to the nearest", _tiling(cut=lambda p: np.round(p).astype(int))),
        ("round down to a tile, not up", _tiling(cut=lambda p: np.ceil(p).astype(int))),
        ("a point beyond the interval is moved to its edge", _tiling(lambda x, n: x * n)),
        ("a point below the interval is moved to its edge, 0", _tiling(lambda x, n: min(x, 1) * n)),
        ("a point above the interval is moved to its edge, 1", _tiling(lambda x, n: max(x, 0) * n)),
        ("the edge is 1 itself, and lies in the last tile of the shifted grids", _tiling(lambda x, n: np.clip(x, 0, 1 - 1e-9) * n)),
        ("num_tiles tiles cover the interval: the one more is for the shift", _tiling(lambda x, n: np.clip(x, 0, 1) * (n + 1))),
        ("tilings are numbered through in their order, from 0", _tiling(result=lambda tiles: tiles[::-1])),
        ("one tile per tiling: yours is one for all", lambda x, n, count: int(np.clip(x, 0, 1) * n)),
        ("a tile is numbered by an integer: round down", _tiling(cut=lambda p: p)),
    ],
)  # fmt: skip


def _tables(rng):
    for active in [1, 2, 3, 4] * 4:
        rows, actions = active + int(rng.integers(1, 4)), int(rng.choice([2, 3, 5]))
        yield dict(
            w=rng.normal(size=(rows, actions)), active=rng.permutation(rows)[:active], action=int(rng.integers(actions)),
            target=float(rng.normal() * 5), alpha=float(rng.choice([0.1, 0.3, 0.5, 1.0])),
        )  # fmt: skip


def _stepping(value=lambda w, i, a: w[i, a].sum(), size=lambda alpha, count: alpha / count, rows=lambda i: i,
              columns=lambda a: a, delta=lambda y, q: y - q, result=lambda old, new, i, a: new):  # fmt: skip
    """An answer to `sarsa_step`, by default the right one."""

    def sarsa_step(w, active, action, target, alpha):
        new = w.copy()
        step = size(alpha, len(active)) * delta(target, value(w, active, action))
        new[rows(active), columns(action)] += step
        return result(w, new, active, action)

    return sarsa_step


def _one_by_one(w, active, action, target, alpha):
    w = w.copy()
    for i in active:
        w[i, action] += alpha / len(active) * (target - w[active, action].sum())
    return w


check_sarsa_step = Check(
    _stepping(),
    _tables,
    [
        ("α is shared by the active tiles: each gets α / number of tiles of δ", _stepping(size=lambda alpha, count: alpha)),
        ("α is missing: the estimate goes all the way to the target", _stepping(size=lambda alpha, count: 1 / count)),
        ("α is shared by the active tiles: 2 was typed in", _stepping(size=lambda alpha, count: alpha / 2)),
        ("α is shared by the active tiles, and not by all features", lambda w, i, a, y, alpha: _stepping(size=lambda al, c: al / len(w))(w, i, a, y, alpha)),
        ("the error is one for all active tiles: q̂ is the sum of their weights", _stepping(lambda w, i, a: w[i, a])),
        ("α is shared once: divide by the number of active tiles, not by its square", _stepping(size=lambda alpha, count: alpha / count**2)),
        ("the number of active tiles is the length of `active`: it was typed in", _stepping(size=lambda alpha, count: alpha / 8)),
        ("q̂ is the sum of the active weights, not their mean", _stepping(lambda w, i, a: w[i, a].mean())),
        ("q̂ is the sum over the active tiles, and not over all", _stepping(lambda w, i, a: w[:, a].sum())),
        ("q̂ belongs to one action: yours adds up those of all", _stepping(lambda w, i, a: w[i].sum())),
        ("q̂ belongs to the action that was taken, not to the best", _stepping(lambda w, i, a: w[i].sum(axis=0).max())),
        ("that moves away from the target: the error is target − estimate", _stepping(delta=lambda y, q: q - y)),
        ("the error is target − q̂: subtract the sum of the active weights", _stepping(delta=lambda y, q: y)),
        ("the other actions' weights have moved too: only those of a", _stepping(columns=lambda a: slice(None), rows=lambda i: i)),
        ("all tiles have moved: only the active ones have a gradient", _stepping(rows=lambda i: slice(None))),
        ("every active tile moves, not only the first", _stepping(rows=lambda i: i[:1])),
        ("that is the step: the new weights are wanted", lambda w, i, a, y, alpha: alpha / len(i) * (y - w[i, a].sum())),
        ("all weights come back, not only those that moved", _stepping(result=lambda old, new, i, a: new[i, a])),
        ("the old weights must count: add the step, do not put it in their place", _stepping(result=lambda old, new, i, a: np.where(new != old, new - old, old))),
        ("each tile saw the moves of those before it: compute the error once, from the old weights", _one_by_one),
        ("the weights were cut to whole numbers", lambda w, i, a, y, alpha: np.trunc(_stepping()(w, i, a, y, alpha))),
        ("the step was cut to a whole number", lambda w, i, a, y, alpha: w + np.trunc(_stepping()(w, i, a, y, alpha) - w)),
        ("nothing has changed: the new weights must be returned", _stepping(result=lambda old, new, i, a: old.copy())),
    ],
)  # fmt: skip


def _pairs(rng, **more):
    for size in [1, 2, 3, 5] * 4:
        yield dict(
            theta=rng.normal(size=size), x=rng.normal(size=size), x_next=rng.normal(size=size),
            reward=float(rng.normal()), discount=float(rng.choice([0.0, 0.5, 0.9])),
        )  # fmt: skip


def _semi(
    delta=lambda th, x, n, r, g: r + g * th @ n - th @ x, along=lambda th, x, n, g: x, times=lambda d: d
):
    """An answer to `semi_gradient`, by default the right one."""
    return lambda th, x, n, r, g: times(delta(th, x, n, r, g)) * along(th, x, n, g)


check_semi_gradient = Check(
    _semi(),
    _pairs,
    [
        ("that is the full gradient of the TD error: the target is held still", _semi(along=lambda th, x, n, g: x - g * n)),
        ("that is the full gradient, uphill: the target is held still, and δ is target − estimate", _semi(along=lambda th, x, n, g: g * n - x)),
        ("that goes uphill in the error: δ is target − estimate", _semi(along=lambda th, x, n, g: -x)),
        ("this is the gradient at s′: the estimate of s is what moves", _semi(along=lambda th, x, n, g: n)),
        ("the gradient of a linear v̂(s) by θ is x(s), not θ", _semi(along=lambda th, x, n, g: th)),
        ("one number per parameter: δ times the gradient of v̂(s), which is x", _semi(along=lambda th, x, n, g: 1.0)),
        ("the direction is asked for: the caller adds it to θ", lambda th, x, n, r, g: th + _semi()(th, x, n, r, g)),
        ("the step would make v̂(s) the target itself: the error is target − v̂(s)", _semi(lambda th, x, n, r, g: r + g * th @ n)),
        ("the future is discounted", _semi(lambda th, x, n, r, g: r + th @ n - th @ x)),
        ("the reward counts in full, only the future is discounted", _semi(lambda th, x, n, r, g: g * (r + th @ n) - th @ x)),
        ("nothing of s′ is in the target: bootstrap", _semi(lambda th, x, n, r, g: r - th @ x)),
        ("the reward is missing from the target", _semi(lambda th, x, n, r, g: g * th @ n - th @ x)),
        ("γ discounts the value of s′ only, not that of s", _semi(lambda th, x, n, r, g: r + g * (th @ n - th @ x))),
        ("the error is a difference: subtract v̂(s)", _semi(lambda th, x, n, r, g: r + g * th @ n + th @ x)),
        ("what follows is added to the reward", _semi(lambda th, x, n, r, g: r - g * th @ n - th @ x)),
        ("s and s′ are swapped in δ", _semi(lambda th, x, n, r, g: r + g * th @ x - th @ n)),
        ("v̂ is one number, a sum over features: θ @ x, not θ * x", _semi(lambda th, x, n, r, g: r + g * th * n - th * x)),
        ("½ cancels in the gradient of ½ δ²: twice too far", _semi(times=lambda d: 2 * d)),
        ("the size of δ counts, not its sign alone", _semi(times=np.sign)),
    ],
)  # fmt: skip


def _visits(rng):
    for size in [1, 2, 3, 8] * 4:
        yield dict(
            w=rng.normal(size=size), x=rng.normal(size=size), x_next=rng.normal(size=size), rho=float(rng.choice([0.0, 0.5, 1.5, 7.0])),
            alpha=float(rng.choice([0.01, 0.1, 0.3])), gamma=float(rng.choice([0.0, 0.5, 0.9, 0.99])),
        )  # fmt: skip


def _baird(delta=lambda w, x, n, rho, g: g * w @ n - w @ x, along=lambda w, x, n, g: x,
           size=lambda alpha, rho: alpha * rho, start=lambda w: w):  # fmt: skip
    """An answer to `baird_step`, by default the right one."""
    return lambda w, x, n, rho, alpha, g: (
        start(w) + size(alpha, rho) * delta(w, x, n, rho, g) * along(w, x, n, g)
    )


def _inverse(rho):
    return 1 / rho if rho else 0.0


check_baird_step = Check(
    _baird(),
    _visits,
    [
        ("the importance ratio is missing: ρ says how often π does this for once of b", _baird(size=lambda alpha, rho: alpha)),
        ("ρ multiplies: π / b, not b / π", _baird(size=lambda alpha, rho: alpha * _inverse(rho))),
        ("ρ multiplies: π / b, not b / π, and is 0 where π never does this", _baird(size=lambda alpha, rho: alpha / max(rho, 1e-9))),
        ("ρ weights the whole error, not the target alone", _baird(lambda w, x, n, rho, g: rho * g * w @ n - w @ x, size=lambda alpha, rho: alpha)),
        ("ρ is not clipped here: what π does seven times as often counts seven times", _baird(size=lambda alpha, rho: alpha * min(rho, 1))),
        ("ρ counts once", _baird(size=lambda alpha, rho: alpha * rho**2)),
        ("the step size is missing", _baird(size=lambda alpha, rho: rho)),
        ("that is the full gradient: a semi-gradient does not differentiate the target", _baird(along=lambda w, x, n, g: x - g * n)),
        ("that moves away from the target: δ is target − estimate", _baird(along=lambda w, x, n, g: -x)),
        ("this moves the value of s′: the estimate at s is to be moved", _baird(along=lambda w, x, n, g: n)),
        ("one number for all weights: δ times the features x(s)", _baird(along=lambda w, x, n, g: 1.0)),
        ("the future is discounted by γ", _baird(lambda w, x, n, rho, g: w @ n - w @ x)),
        ("γ discounts the value of s′ only", _baird(lambda w, x, n, rho, g: g * (w @ n - w @ x))),
        ("the target contains the value of s′, also when it is wrong: bootstrap", _baird(lambda w, x, n, rho, g: -(w @ x))),
        ("δ is the difference: subtract the value of s", _baird(lambda w, x, n, rho, g: g * w @ n)),
        ("rewards are 0 here", _baird(lambda w, x, n, rho, g: 1 + g * w @ n - w @ x)),
        ("a value is one number, a sum over features: w @ x, not w * x", _baird(lambda w, x, n, rho, g: g * w * n - w * x)),
        ("that is the step: add it to w", _baird(start=lambda w: 0 * w)),
    ],
)  # fmt: skip


def _two_vectors(rng):
    for visit in _visits(rng):
        size = len(visit["w"])
        case = dict(
            w=visit["w"], v=rng.normal(size=size), x=visit["x"], x_next=visit["x_next"], rho=visit["rho"]
        )
        yield case | dict(
            alpha=visit["alpha"], beta=float(rng.choice([0.05, 0.2, 0.4])), gamma=visit["gamma"]
        )


def _curing(w_step=lambda d, x, n, p, g: d * x - g * n * p, v_step=lambda d, x, p: (d - p) * x, predict=lambda v, x, n: v @ x,
            rates=lambda a, b: (a, b), ratios=lambda rho: (rho, rho), late=False, v_first=False, add=1.0,
            result=lambda w, v: (w, v)):  # fmt: skip
    """An answer to `tdc_step`, by default the right one."""

    def tdc_step(w, v, x, x_next, rho, alpha, beta, gamma):
        (a, b), (for_w, for_v) = rates(alpha, beta), ratios(rho)
        delta, predicted = gamma * w @ x_next - w @ x, predict(v, x, x_next)
        new_v = add * v + b * for_v * v_step(delta, x, predicted)
        new_w = add * w + a * for_w * w_step(delta, x, x_next, new_v @ x if v_first else predicted, gamma)
        if late:
            new_v = v + b * for_v * v_step(gamma * new_w @ x_next - new_w @ x, x, predicted)
        return result(new_w, new_v)

    return tdc_step


def _along_next(w, v, x, n, rho, a, b, g):
    error = g * w @ n - w @ x
    return _curing()(w, v, x, n, rho, a, b, g)[0], v + b * rho * (error - v @ x) * n


def _predicted_at_next(w, v, x, n, rho, a, b, g):
    error = g * w @ n - w @ x
    return w + a * rho * (error * x - g * n * (v @ n)), _curing()(w, v, x, n, rho, a, b, g)[1]


check_tdc_step = Check(
    _curing(),
    _two_vectors,
    [
        ("that is plain TD: the correction −γ x(s′) (vᵀx) is missing", _curing(lambda d, x, n, p, g: d * x)),
        ("v moves along x(s), not along x(s′)", _along_next),
        ("the correction needs what v predicts at s, vᵀx(s), not at s′", _predicted_at_next),
        ("the correction is subtracted", _curing(lambda d, x, n, p, g: d * x + g * n * p)),
        ("the correction moves along x(s′), not x(s)", _curing(lambda d, x, n, p, g: d * x - g * x * p)),
        ("the correction is discounted by γ", _curing(lambda d, x, n, p, g: d * x - n * p)),
        ("the correction needs what v predicts, vᵀx(s), not δ", _curing(lambda d, x, n, p, g: d * x - g * n * d)),
        ("w moves away from the target: δ is target − estimate", _curing(lambda d, x, n, p, g: g * n * p - d * x)),
        ("v predicts the error at s: vᵀx(s), not vᵀx(s′)", _curing(predict=lambda v, x, n: v @ n)),
        ("what v predicts is one number, a sum over features: v @ x, not v * x", _curing(predict=lambda v, x, n: v * x)),
        ("ρ is missing from the step of w", _curing(ratios=lambda rho: (1.0, rho))),
        ("ρ is missing from the step of v", _curing(ratios=lambda rho: (rho, 1.0))),
        ("ρ is missing from both steps", _curing(ratios=lambda rho: (1.0, 1.0))),
        ("w steps by α, v by β", _curing(rates=lambda a, b: (b, b))),
        ("v steps by β, w by α", _curing(rates=lambda a, b: (a, a))),
        ("α and β are swapped: w steps by α, v by β", _curing(rates=lambda a, b: (b, a))),
        ("v learns the error δ: subtract what it predicts already", _curing(v_step=lambda d, x, p: d * x)),
        ("v moves away from δ: its error is δ − vᵀx", _curing(v_step=lambda d, x, p: (p - d) * x)),
        ("v never learns: it moves towards δ", _curing(v_step=lambda d, x, p: 0 * x)),
        ("δ is the error before the step: compute it once, from the old w", _curing(late=True)),
        ("v is the one from before the step: w must not use the new one", _curing(v_first=True)),
        ("those are the steps: add them to w and v", _curing(add=0.0)),
        ("w comes first, then v", _curing(result=lambda w, v: (v, w))),
        ("both weight vectors come back: w and v", _curing(result=lambda w, v: w)),
    ],
)  # fmt: skip

check_decide_baird = reading(
    {
        "semi-gradient": {
            "grows": None,
            "settles": "the curve is drawn on a logarithmic axis: a straight line up is growth without end",
        },
        "semi-gradient without ρ": {
            "grows": "look at the curve: without ρ it learns about the policy that acts, and that is safe",
            "settles": None,
        },
        "semi-gradient, γ = 0.5": {
            "grows": "look at the curve: the smaller γ is, the less of its own error the target hands on",
            "settles": None,
        },
        "gradient correction": {
            "grows": "look at the curve",
            "settles": None,
        },
        "a smaller step size would stop the growth": {
            True: "try α = 0.001 with more steps: it grows more slowly, and it grows",
            False: None,
        },
    }
)


def _lagging_visits(rng):
    for visit in _visits(rng):
        lagging = rng.normal(size=len(visit["w"]))
        yield dict(w=visit["w"], lagging=lagging) | {k: v for k, v in visit.items() if k != "w"}


def _lagging(target=lambda w, lag, n: lag @ n, value=lambda w, lag, x: w @ x, start=lambda w, lag: w,
             along=lambda x, n, g: x, ratio=lambda rho: rho):  # fmt: skip
    """An answer to `lagging_step`, by default the right one."""
    return lambda w, lag, x, n, rho, alpha, g: (
        start(w, lag) + alpha * ratio(rho) * (g * target(w, lag, n) - value(w, lag, x)) * along(x, n, g)
    )


check_lagging_step = Check(
    _lagging(),
    _lagging_visits,
    [
        ("the target is still made of w: the lagging weights value s′", _lagging(lambda w, lag, n: w @ n)),
        ("the roles are swapped: w learns, the lagging weights make the target", _lagging(lambda w, lag, n: w @ n, lambda w, lag, x: lag @ x)),
        ("both values come from the lagging weights: the error is that of w at s", _lagging(value=lambda w, lag, x: lag @ x)),
        ("w is what moves, not its lagging copy", _lagging(start=lambda w, lag: lag)),
        ("the target is held still: only the value of s is differentiated", _lagging(along=lambda x, n, g: x - g * n)),
        ("the importance ratio is missing", _lagging(ratio=lambda rho: 1.0)),
        ("this moves the value of s′: the estimate at s is to be moved", _lagging(along=lambda x, n, g: n)),
        ("that is the step: add it to w", _lagging(start=lambda w, lag: 0 * w)),
        ("that moves away from the target: the error is target − estimate", _lagging(along=lambda x, n, g: -x)),
        ("the target has the value of s′, yours that of s", _lagging(lambda w, lag, n: 0.0)),
        ("ρ counts once", _lagging(ratio=lambda rho: rho**2)),
    ],
)  # fmt: skip
