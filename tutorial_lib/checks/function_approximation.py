"""Checks of lesson 04: tiles, semi-gradients, and the updates that diverge and are cured."""

import numpy as np

from tutorial_lib.checks import exercise, explain, matches, numbers, reject


@exercise
def check_active_tiles(active_tiles):
    def tiles(x, num_tiles, num_tilings):
        got = numbers(active_tiles(x, num_tiles, num_tilings), "the tiles")
        explain(
            got.shape == (num_tilings,),
            f"one tile per tiling: expected shape ({num_tilings},), got {got.shape}",
        )
        explain(got == np.floor(got), "a tile is numbered by an integer: round down")
        return got.astype(int)

    got = tiles(0.05, 4, 2)  # 0.2 of a tile: tile 0 in both tilings
    explain(got[0] != got[1], "two tilings must not share weights: tiling k starts at k (num_tiles + 1)")
    reject(
        got, "a shifted grid needs one tile more to cover the interval: num_tiles + 1 in each tiling", [0, 4]
    )
    explain(matches(got, [0, 5]), f"0.05 lies in the first tile of both tilings, 0 and 5, got {got.tolist()}")
    got = tiles(0.2, 4, 2)  # 0.8 of a tile: the second tiling, shifted by half a tile, is one further
    reject(got, "all tilings have the same borders: shift tiling k by k / num_tilings of a tile", [0, 5])
    reject(got, "round down to a tile, not to the nearest", [1, 6])
    explain(matches(got, [0, 6]), f"0.2 lies in tiles 0 and 6, got {got.tolist()}")
    got = tiles(0.3, 4, 4)  # 1.2 tiles + 0, 1/4, 1/2, 3/4 -> 1, 1, 1, 1
    reject(got, "the shift is a fraction of a tile, not a whole tile", [1, 7, 13, 19])
    explain(matches(got, [1, 6, 11, 16]), f"0.3 lies in the tiles 1, 6, 11 and 16, got {got.tolist()}")
    got = tiles(0.45, 4, 4)  # 1.8 tiles -> 1, 2, 2, 2
    explain(
        matches(got, [1, 7, 12, 17]), "the shifts are 0, 1/4, 2/4 and 3/4 of a tile, added to the position"
    )
    got = tiles(1.7, 4, 2)
    explain(got < 10, f"a point beyond the interval is moved to its edge: 2 × 5 tiles, got tile {got.max()}")
    explain(matches(got, tiles(1.0, 4, 2)), "a point beyond the interval is moved to its edge, 1")
    explain(matches(tiles(-3.0, 4, 2), [0, 5]), "a point below the interval is moved to its edge, 0")


@exercise
def check_semi_gradient(semi_gradient):
    theta, x, x_next = np.array([1.0, 2.0, -1.0]), np.array([1.0, 0.0, 2.0]), np.array([0.0, 1.0, 1.0])
    before = theta.copy()
    got = numbers(semi_gradient(theta, x, x_next, 3.0, 0.5), "the direction")
    explain(matches(theta, before), "θ was changed: return the direction, the caller makes the step")
    explain(got.shape != (), "one number per parameter: δ times the gradient of v̂(s), which is x")
    explain(got.shape == (3,), f"one number per parameter: expected shape (3,), got {got.shape}")
    value, following = theta @ x, theta @ x_next  # -1, 1
    delta = 3 + 0.5 * following - value  # 4.5
    reject(
        got, "that is the full gradient of the TD error: the target is held still", delta * (x - 0.5 * x_next)
    )
    reject(got, "that goes uphill in the error: δ is target − estimate", -delta * x)
    reject(got, "this is the gradient at s′: the estimate of s is what moves", delta * x_next)
    reject(got, "the gradient of a linear v̂(s) by θ is x(s), not θ", delta * theta)
    reject(
        got,
        "the step would make v̂(s) the target itself: the error is target − v̂(s)",
        (3 + 0.5 * following) * x,
    )
    reject(got, "the future is discounted", (3 + following - value) * x)
    reject(got, "nothing of s′ is in the target: bootstrap", (3 - value) * x)
    reject(got, "the reward is missing from the target", (0.5 * following - value) * x)
    reject(got, "½ cancels in the gradient of ½ δ²: twice too far", 2 * delta * x)
    explain(matches(got, delta * x), "[r + discount · θᵀx(s′) − θᵀx(s)] x(s) is something else")
    end = numbers(semi_gradient(theta, x, x_next, 3.0, 0.0), "the direction")
    explain(
        matches(end, (3 - value) * x), "discount 0 is the end of an episode: the target is the reward alone"
    )


@exercise
def check_sarsa_step(sarsa_step):
    w = np.arange(12.0).reshape(6, 2)  # 6 tiles, 2 actions
    before, active = w.copy(), np.array([0, 3])
    got = numbers(sarsa_step(w, active, 1, 20.0, 0.5), "the weights")
    explain(got.shape == (6, 2), f"all weights come back: expected shape (6, 2), got {got.shape}")
    explain(matches(w, before), "the old weights were changed: copy them first")
    value = 1.0 + 7.0
    delta = 20.0 - value

    def stepped(size, rows=active, action=1):
        new = before.copy()
        new[rows, action] += size
        return new

    reject(got, "nothing has changed: the new weights must be returned", before)
    reject(
        got,
        "the other action's weights have moved too: only those of a",
        stepped(0.25 * delta, action=[[0], [1]]),
    )
    reject(got, "that is the other action's column", stepped(0.25 * delta, action=0))
    reject(got, "α is shared by the active tiles: each gets α / number of tiles of δ", stepped(0.5 * delta))
    reject(got, "the error is target − q̂: subtract the sum of the active weights", stepped(0.25 * 20))
    reject(got, "that moves away from the target: the error is target − estimate", stepped(-0.25 * delta))
    reject(
        got,
        "all tiles have moved: only the active ones have a gradient",
        stepped(0.25 * delta, rows=slice(None)),
    )
    reject(got, "q̂ is the sum of the active weights, not their mean", stepped(0.25 * (20 - value / 2)))
    explain(got[3, 1] != before[3, 1], "every active tile moves, not only the first")
    explain(matches(got, stepped(0.25 * delta)), "each active weight of a moves by α / 2 · (target − q̂)")
    q = got[active, 1].sum()
    explain(
        np.isclose(q, value + 0.5 * delta), "with α = 0.5 the estimate should go half the way to the target"
    )
    three = numbers(sarsa_step(w, np.array([0, 1, 2]), 0, 0.0, 1.0), "the weights")
    explain(
        np.isclose(three[:3, 0].sum(), 0), "any number of active tiles: with α = 1 the estimate is the target"
    )


@exercise
def check_baird_step(baird_step):
    w, x, x_next = np.array([1.0, 2.0]), np.array([2.0, 1.0]), np.array([1.0, 3.0])
    before, what = w.copy(), "the weights"
    got = numbers(baird_step(w, x, x_next, 7.0, 0.1, 0.9), what)
    explain(got.shape == (2,), f"one number per weight: expected shape (2,), got {got.shape}")
    explain(matches(w, before), "the old weights were changed: `w + …` makes new ones, `w += …` does not")
    delta = 0.9 * 7 - 4
    reject(got, "the importance ratio is missing: π does this 7 times as often as b", w + 0.1 * delta * x)
    reject(got, "ρ weights the whole error, not the target alone", w + 0.1 * (7 * 0.9 * 7 - 4) * x)
    reject(got, "ρ multiplies: π / b, not b / π", w + 0.1 * delta / 7 * x)
    reject(got, "that is the full gradient: a semi-gradient does not differentiate the target",
           w + 0.7 * delta * (x - 0.9 * x_next))  # fmt: skip
    reject(got, "that moves away from the target: δ is target − estimate", w - 0.7 * delta * x)
    reject(got, "this moves the value of s′: the estimate at s is to be moved", w + 0.7 * delta * x_next)
    reject(got, "the future is discounted by γ", w + 0.7 * 3 * x)
    reject(got, "that is the step: add it to w", 0.7 * delta * x)
    reject(got, "the step size is missing", w + 7 * delta * x)
    reject(got, "the target contains the value of s′, also when it is wrong: bootstrap", w + 0.7 * -4 * x)
    explain(matches(got, w + 0.7 * delta * x), "w + α ρ [γ wᵀx(s′) − wᵀx(s)] x(s) is something else")
    still = numbers(baird_step(w, x, x_next, 0.0, 0.1, 0.9), what)
    explain(matches(still, before), "an action that π never takes teaches nothing about π: ρ = 0, no change")


@exercise
def check_tdc_step(tdc_step):
    w, v = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    x, x_next = np.array([2.0, 1.0]), np.array([1.0, 3.0])
    before = w.copy(), v.copy()
    pair = tdc_step(w, v, x, x_next, 7.0, 0.1, 0.2, 0.9)
    explain(pair is not None and len(pair) == 2, "both weight vectors come back: w and v")
    explain(matches(w, before[0]) and matches(v, before[1]), "the old weights were changed: make new ones")
    new_w, new_v = (numbers(vector, "a weight vector") for vector in pair)
    explain(new_w.shape == new_v.shape == (2,), f"both have shape (2,), got {new_w.shape} and {new_v.shape}")
    delta, predicted = 0.9 * 7 - 4, 0.0
    v = np.array([0.5, 1.0])  # predicts 2 at s
    new_w, new_v = (
        numbers(vector, "a weight vector") for vector in tdc_step(w, v, x, x_next, 7.0, 0.1, 0.2, 0.9)
    )
    predicted = v @ x
    reject(new_w, "that is plain TD: the correction −γ x(s′) (vᵀx) is missing", w + 0.7 * delta * x)
    reject(new_w, "the correction is subtracted", w + 0.7 * (delta * x + 0.9 * x_next * predicted))
    reject(new_w, "the correction moves along x(s′), not x(s)", w + 0.7 * (delta - 0.9 * predicted) * x)
    reject(new_w, "the correction is discounted by γ", w + 0.7 * (delta * x - x_next * predicted))
    reject(new_w, "the correction needs what v predicts, vᵀx(s), not δ", w + 0.7 * delta * (x - 0.9 * x_next))
    reject(
        new_w,
        "v predicts the error at s: vᵀx(s), not vᵀx(s′)",
        w + 0.7 * (delta * x - 0.9 * x_next * (v @ x_next)),
    )
    reject(new_w, "ρ is missing from the step of w", w + 0.1 * (delta * x - 0.9 * x_next * predicted))
    reject(new_w, "w steps by α, v by β", w + 1.4 * (delta * x - 0.9 * x_next * predicted))
    wanted = w + 0.7 * (delta * x - 0.9 * x_next * predicted)
    explain(matches(new_w, wanted), "w + α ρ [δ x − γ x(s′) (vᵀx)] is something else")
    reject(new_v, "v never learns: it moves towards δ", v)
    reject(new_v, "v learns the error δ: subtract what it predicts already", v + 1.4 * delta * x)
    reject(new_v, "ρ is missing from the step of v", v + 0.2 * (delta - predicted) * x)
    reject(new_v, "v steps by β, w by α", v + 0.7 * (delta - predicted) * x)
    reject(new_v, "δ is the error before the step: compute it once, from the old w",
           v + 1.4 * (0.9 * wanted @ x_next - wanted @ x - predicted) * x)  # fmt: skip
    explain(matches(new_v, v + 1.4 * (delta - predicted) * x), "v + β ρ [δ − vᵀx] x is something else")
