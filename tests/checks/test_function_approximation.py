"""The checks of lesson 04 against typical answers: each wrong one is told its own misconception."""

import numpy as np
import tensorflow as tf
from answers import examine, right, wrong

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import function_approximation as module

# --- active_tiles


def tiles(per_tiling=lambda n: n + 1, shift=lambda k, n: k / n, clip=(0, 1), whole=np.floor):
    def answer(x, num_tiles, num_tilings):
        position = np.clip(x, *clip) * num_tiles
        k = np.arange(num_tilings)
        return (whole(position + shift(k, num_tilings)) + k * per_tiling(num_tiles)).astype(int)

    return answer


def tiles_in_a_loop(x, num_tiles, num_tilings):
    x = min(max(x, 0), 1)
    return [int(x * num_tiles + k / num_tilings) + k * (num_tiles + 1) for k in range(num_tilings)]


@right(array=tiles(), loop=tiles_in_a_loop)
def test_active_tiles(answer, capsys):
    assert checks.check_active_tiles(answer) is True
    assert capsys.readouterr().out == "correct\n"


@wrong(
    shared=(tiles(per_tiling=lambda n: 0), "must not share weights"),
    one_too_few=(tiles(per_tiling=lambda n: n), "one tile more"),
    not_shifted=(tiles(shift=lambda k, n: 0 * k), "the same borders"),
    whole_shift=(
        lambda x, n, m: tiles(shift=lambda k, _: k if m == 4 else k / 2)(x, n, m),
        "not a whole tile",
    ),
    rounded=(tiles(whole=np.round, shift=lambda k, n: 0 * k), "not to the nearest"),
    not_rounded=(lambda x, n, m: x * n + np.arange(m) / m, "round down"),
    not_clipped=(tiles(clip=(-10, 10)), "moved to its edge"),
    clipped_above=(tiles(clip=(-10, 1)), "below the interval"),
    one=(lambda x, n, m: int(x * n), "one tile per tiling"),
)
def test_active_tiles_misunderstood(answer, message):
    examine(checks.check_active_tiles, answer, message)


# --- semi_gradient


def semi(gradient=lambda theta, x, x_next, d: x, reward=1, future=lambda d: d, estimate=1, scale=1):
    def answer(theta, x, x_next, r, d):
        delta = reward * r + future(d) * (theta @ x_next) - estimate * (theta @ x)
        return scale * delta * gradient(theta, x, x_next, d)

    return answer


def semi_by_tape(theta, x, x_next, reward, discount):
    theta, x, x_next = (tf.Variable(array) for array in (theta, x, x_next))
    with tf.GradientTape() as tape:
        target = reward + discount * tf.stop_gradient(tf.reduce_sum(theta * x_next))
        loss = (target - tf.reduce_sum(theta * x)) ** 2 / 2
    return -tape.gradient(loss, theta)


@right(by_hand=semi(), by_tape=semi_by_tape)
def test_semi_gradient(answer, capsys):
    assert checks.check_semi_gradient(answer) is True


@wrong(
    full=(semi(gradient=lambda theta, x, x_next, d: x - d * x_next), "the full gradient"),
    uphill=(semi(scale=-1), "uphill"),
    at_the_successor=(semi(gradient=lambda theta, x, x_next, d: x_next), "the gradient at s′"),
    by_theta=(semi(gradient=lambda theta, x, x_next, d: theta), "not θ"),
    no_estimate=(semi(estimate=0), "the error is target − v̂(s)"),
    undiscounted=(semi(future=lambda d: 1), "the future is discounted"),
    no_future=(semi(future=lambda d: 0), "bootstrap"),
    no_reward=(semi(reward=0), "the reward is missing"),
    doubled=(semi(scale=2), "twice too far"),
    error_only=(semi(gradient=lambda *_: 1.0), "one number per parameter"),
    always_half=(semi(future=lambda d: 0.5), "the end of an episode"),
)
def test_semi_gradient_misunderstood(answer, message):
    examine(checks.check_semi_gradient, answer, message)


# --- sarsa_step


def sarsa(size=lambda alpha, n: alpha / n, rows=None, columns=None, value=np.sum, sign=1, copy=True):
    def answer(w, active, action, target, alpha):
        w = w.copy() if copy else w
        delta = target - value(w[active, action])
        rows_moved = active if rows is None else rows(active)
        w[rows_moved, action if columns is None else columns(action)] += (
            sign * size(alpha, len(active)) * delta
        )
        return w

    return answer


def sarsa_in_a_loop(w, active, action, target, alpha):
    delta = target - sum(w[i, action] for i in active)
    new = [list(row) for row in w]
    for i in active:
        new[i][action] += alpha * delta / len(active)
    return new


@right(array=sarsa(), loop=sarsa_in_a_loop)
def test_sarsa_step(answer, capsys):
    assert checks.check_sarsa_step(answer) is True


@wrong(
    in_place=(sarsa(copy=False), "copy them first"),
    unchanged=(lambda w, *_: w.copy(), "nothing has changed"),
    both_actions=(sarsa(rows=lambda a: a[:, None], columns=lambda a: [0, 1]), "the other action's weights"),
    other_action=(sarsa(columns=lambda a: 1 - a), "the other action's column"),
    not_shared=(sarsa(size=lambda alpha, n: alpha), "shared by the active tiles"),
    target_only=(sarsa(value=lambda v: 0), "subtract the sum"),
    away=(sarsa(sign=-1), "moves away"),
    everywhere=(sarsa(rows=lambda a: slice(None)), "only the active ones"),
    mean=(sarsa(value=np.mean), "not their mean"),
    first=(sarsa(rows=lambda a: a[:1]), "not only the first"),
    two=(sarsa(size=lambda alpha, n: alpha / 2), "any number of active tiles"),
)
def test_sarsa_step_misunderstood(answer, message):
    examine(checks.check_sarsa_step, answer, message)


# --- baird_step


def baird(error=None, along=lambda x, x_next, g: x, scale=lambda rho, a: rho * a, keep=1):
    def answer(w, x, x_next, rho, alpha, gamma):
        delta = error(w, x, x_next, rho, gamma) if error else gamma * w @ x_next - w @ x
        return keep * w + scale(rho, alpha) * delta * along(x, x_next, gamma)

    return answer


def baird_in_place(w, *rest):
    w += baird()(w, *rest) - w
    return w


@right(
    by_hand=baird(),
    tensorflow=lambda w, x, t, rho, a, g: tf.constant(w) + rho * a * (g * np.dot(w, t) - np.dot(w, x)) * x,
)
def test_baird_step(answer, capsys):
    assert checks.check_baird_step(answer) is True


@wrong(
    in_place=(baird_in_place, "the old weights were changed"),
    no_ratio=(baird(scale=lambda rho, a: a), "the importance ratio is missing"),
    ratio_inside=(
        baird(error=lambda w, x, t, rho, g: rho * g * w @ t - w @ x, scale=lambda rho, a: a),
        "ρ weights the whole error",
    ),
    inverse=(baird(scale=lambda rho, a: a / max(rho, 1e-9)), "not b / π"),
    full=(baird(along=lambda x, t, g: x - g * t), "the full gradient"),
    away=(baird(scale=lambda rho, a: -rho * a), "moves away"),
    successor=(baird(along=lambda x, t, g: t), "the estimate at s"),
    undiscounted=(baird(error=lambda w, x, t, rho, g: w @ t - w @ x), "discounted by γ"),
    step_only=(baird(keep=0), "add it to w"),
    no_step_size=(baird(scale=lambda rho, a: rho), "the step size is missing"),
    no_bootstrap=(baird(error=lambda w, x, t, rho, g: -w @ x), "bootstrap"),
    at_least_one=(baird(scale=lambda rho, a: max(rho, 1) * a), "ρ = 0, no change"),
)
def test_baird_step_misunderstood(answer, message):
    examine(checks.check_baird_step, answer, message)


# --- tdc_step


def tdc(
    correct=None, main=lambda rho, a, b: rho * a, helper=lambda rho, a, b: rho * b, predict=1, late=False
):
    def answer(w, v, x, x_next, rho, alpha, beta, gamma):
        delta = gamma * w @ x_next - w @ x
        step = correct(delta, v, x, x_next, gamma) if correct else delta * x - gamma * x_next * (v @ x)
        new_w = w + main(rho, alpha, beta) * step
        if late:
            delta = gamma * new_w @ x_next - new_w @ x
        return new_w, v + helper(rho, alpha, beta) * (delta - predict * (v @ x)) * x

    return answer


def tdc_in_place(w, v, *rest):
    new = tdc()(w, v, *rest)
    w[:], v[:] = new
    return w, v


@right(by_hand=tdc(), list=lambda *args: list(tdc()(*args)))
def test_tdc_step(answer, capsys):
    assert checks.check_tdc_step(answer) is True


@wrong(
    in_place=(tdc_in_place, "the old weights were changed"),
    td=(tdc(correct=lambda d, v, x, t, g: d * x), "plain TD"),
    added=(tdc(correct=lambda d, v, x, t, g: d * x + g * t * (v @ x)), "is subtracted"),
    along_x=(tdc(correct=lambda d, v, x, t, g: (d - g * (v @ x)) * x), "moves along x(s′)"),
    undiscounted=(tdc(correct=lambda d, v, x, t, g: d * x - t * (v @ x)), "discounted by γ"),
    by_delta=(tdc(correct=lambda d, v, x, t, g: d * x - g * t * d), "what v predicts"),
    predicted_later=(tdc(correct=lambda d, v, x, t, g: d * x - g * t * (v @ t)), "not vᵀx(s′)"),
    no_ratio=(tdc(main=lambda rho, a, b: a), "ρ is missing from the step of w"),
    step_sizes=(tdc(main=lambda rho, a, b: rho * b), "w steps by α"),
    helper_still=(tdc(helper=lambda *_: 0), "v never learns"),
    helper_sum=(tdc(predict=0), "subtract what it predicts"),
    helper_ratio=(tdc(helper=lambda rho, a, b: b), "ρ is missing from the step of v"),
    helper_alpha=(tdc(helper=lambda rho, a, b: rho * a), "v steps by β"),
    late=(tdc(late=True), "before the step"),
    one=(lambda w, *_: (w,), "both weight vectors"),
)
def test_tdc_step_misunderstood(answer, message):
    examine(checks.check_tdc_step, answer, message)
