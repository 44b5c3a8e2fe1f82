"""The checks of lesson 08 against typical answers: each wrong one is told its own misconception."""

import numpy as np
import pytest
import tensorflow as tf
from answers import cases, examine

import tutorial_lib as tl
from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import actor_critic as module

CHECKS = [name for name in vars(module) if name.startswith("check_")]
stop = tf.stop_gradient


def td(r, end, cut, v, n, g):
    return r + g * (1 - end) * n - v


def td_loop(r, end, cut, v, n, g):
    return [float(r[i] - v[i] + (0 if end[i] else g * n[i])) for i in range(len(r))]


def gae_with(decay, target=lambda r, d, v, n, o: r + d * n - v):
    def fn(r, d, v, n, o, lambda_):
        r, d, v, n, o = (x.numpy() for x in (r, d, v, n, o))
        later, out = 0.0, []
        for delta, k in zip(target(r, d, v, n, o)[::-1], decay(d, o, lambda_)[::-1], strict=True):
            later = delta + k * later
            out.append(later)
        return np.array(out[::-1])

    return fn


def proper(d, o, k):
    return k * d * (1 - o)


def clip_loss(rho, a, e):
    return -tf.minimum(rho * a, tf.clip_by_value(rho, 1 - e, 1 + e) * a)


def entropy(z):
    return -tf.reduce_sum(tf.nn.softmax(z) * tf.nn.log_softmax(z), axis=-1)


def delta(r, d, v, n):
    return r + d * n - v


def epochs(log_prob, step, num_epochs):
    old = log_prob()
    for _ in range(num_epochs):
        step(tf.exp(log_prob() - old))


def epochs_anew(log_prob, step, num_epochs):
    for _ in range(num_epochs):
        old = log_prob()
        step(tf.exp(log_prob() - old))


def epochs_before(log_prob, step, num_epochs):
    old = log_prob()
    for _ in range(num_epochs):
        new = log_prob()
        step(tf.exp(new - old))
        old = new


def epochs_log(log_prob, step, num_epochs):
    old = log_prob()
    for _ in range(num_epochs):
        step(log_prob() - old)


def epochs_upside_down(log_prob, step, num_epochs):
    old = log_prob()
    for _ in range(num_epochs):
        step(tf.exp(old - log_prob()))


def epochs_without_steps(log_prob, step, num_epochs):
    old = log_prob()
    return [tf.exp(log_prob() - old) for _ in range(num_epochs)]


def epochs_one_more(log_prob, step, num_epochs):
    epochs(log_prob, step, num_epochs + 1)


def epochs_too_late(log_prob, step, num_epochs):
    step(1.0)
    old = log_prob() - 0.1
    for _ in range(num_epochs - 1):
        step(1.3 * tf.exp(log_prob() - old))


def epochs_by_list(log_prob, step, num_epochs):
    first = float(log_prob()[0])
    for _ in range(num_epochs):
        step(np.exp(float(log_prob()[0]) - first))


def broadcast(v, t):
    return tf.reduce_mean((v - t) ** 2)


RIGHT = {
    "check_td_error": [td, td_loop, lambda r, e, c, v, n, g: tf.where(e > 0, r, r + g * n) - v],
    "check_gae": [tl.gae, gae_with(proper)],
    "check_ratio": [lambda new, old: tf.exp(new - old), lambda new, old: 1 / tf.exp(old - new)],
    "check_clipped_loss": [
        clip_loss,
        lambda rho, a, e: tf.maximum(-rho * a, -tf.clip_by_value(rho, 1 - e, 1 + e) * a),
    ],
    "check_entropy": [entropy, tl.categorical_entropy],
    "check_mended_actor_loss": [
        lambda lp, r, d, v, n: -stop(delta(r, d, v, n)) * lp,
        lambda lp, r, d, v, n: tl.policy_gradient_loss(lp, delta(r, d, v, n)),
    ],
    "check_mended_epochs": [epochs, epochs_by_list],
    "check_mended_critic_loss": [
        lambda v, t: broadcast(v[:, 0], t),
        lambda v, t: tf.reduce_mean(tl.value_loss(tf.squeeze(v, -1), t)),
        lambda v, t: broadcast(v, t[:, None]),
    ],
}

WRONG = {
    "check_td_error": [
        (lambda *x: -td(*x), "target minus the estimate"),
        (lambda r, e, c, v, n, g: td(r, e, c, 0, n, g), "that is the target"),
        (lambda r, e, c, v, n, g: r + g * n - v, "nothing follows a terminal step"),
        (lambda r, e, c, v, n, g: td(r, tf.maximum(e, c), c, v, n, g), "a time limit is no end"),
        (lambda r, e, c, v, n, g: td(r, c, c, v, n, g), "the other way round"),
        (lambda r, e, c, v, n, g: td(r, e, c, v, n, 1), "counts γ times"),
        (lambda r, e, c, v, n, g: g * (r + (1 - e) * n) - v, "not the reward of this step"),
        (lambda r, e, c, v, n, g: (1 - e) * (r + g * n - v), "still has its reward"),
        (lambda *x: td(*x)[:, None], "expected shape (4,), got (4, 1)"),
        (lambda *x: td(*x) + 1, "gives"),
    ],
    "check_gae": [
        (lambda r, d, v, n, o, k: delta(r, d, v, n), "the TD error alone"),
        (gae_with(lambda d, o, k: d * (1 - o)), "λ is missing"),
        (gae_with(lambda d, o, k: k * d), "across the end of an episode"),
        (gae_with(lambda d, o, k: k * (1 - o)), "each step back also costs γ"),
        (tl.lambda_returns, "that is the λ-return"),
        (
            gae_with(proper, lambda r, d, v, n, o: r + d * np.append(v[1:], n[-1:], 0) - v),
            "V(s′) is next_value",
        ),
        (
            gae_with(proper, lambda r, d, v, n, o: r + d * (1 - o) * n - v),
            "a truncated step still has a future",
        ),
        (
            lambda r, d, v, n, o, k: tl.gae(*(x[::-1] for x in (r, d, v, n, o)), k)[::-1],
            "runs forwards",
        ),
        (gae_with(lambda d, o, k: 0.8 * d * (1 - o)), "λ is an argument"),
        (lambda *x: tl.gae(*x)[0], "expected shape (4, 2)"),
        (lambda *x: 2 * tl.gae(*x), "from the end"),
    ],
    "check_ratio": [
        (lambda new, old: new - old, "the logarithm of the ratio"),
        (lambda new, old: tf.exp(old - new), "upside down"),
        (lambda new, old: new / old, "quotient of logarithms"),
        (lambda new, old: tf.exp(new), "divide by the old ones"),
        (lambda new, old: tf.exp(new + old), "a product"),
        (lambda new, old: tf.exp(new) / tf.exp(old), "subtract the logarithms first"),
        (lambda new, old: tf.clip_by_value(tf.exp(new - old), 0.8, 1.2), "clips the ratio later"),
        (lambda new, old: tf.reduce_mean(tf.exp(new - old)), "expected shape (3,), got ()"),
    ],
    "check_clipped_loss": [
        (lambda *x: -clip_loss(*x), "has the other sign"),
        (lambda p, a, e: -tf.maximum(p * a, tf.clip_by_value(p, 1 - e, 1 + e) * a), "takes the worse"),
        (lambda p, a, e: -tf.clip_by_value(p, 1 - e, 1 + e) * a, "stops the step back"),
        (lambda p, a, e: -p * a, "nothing is clipped"),
        (lambda p, a, e: -tf.minimum(p * a, tf.clip_by_value(p * a, 1 - e, 1 + e)), "not its product"),
        (lambda p, a, e: -tf.minimum(p * a, tf.clip_by_value(p, -e, e) * a), "within 1 ± ε"),
        (lambda p, a, e: -tf.minimum(p, tf.clip_by_value(p, 1 - e, 1 + e)) * a, "both sides"),
        (lambda *x: tf.reduce_mean(clip_loss(*x)), "the mean is taken later"),
        (lambda p, a, e: clip_loss(p, a, 0.2), "ε is an argument"),
    ],
    "check_entropy": [
        (lambda z: -entropy(z), "never negative"),
        (lambda z: entropy(z) / np.log(2), "in bits"),
        (lambda z: entropy(z) / 3, "not their mean"),
        (lambda z: -tf.reduce_sum(tf.nn.log_softmax(z), axis=-1), "multiply by π"),
        (lambda z: -tf.reduce_sum(tf.nn.softmax(z) * z, axis=-1), "softmax first"),
        (lambda z: tf.reduce_sum(entropy(z)), "one entropy per state"),
        (
            lambda z: -tf.reduce_sum(tf.nn.softmax(z) * tf.math.log(tf.nn.softmax(z)), axis=-1),
            "0 · log 0 is NaN",
        ),
    ],
    "check_mended_actor_loss": [
        (lambda lp, r, d, v, n: -delta(r, d, v, n) * lp, "still pulls at V(s)"),
        (lambda lp, r, d, v, n: -(r + d * n - stop(v)) * lp, "still pulls at V(s′)"),
        (lambda lp, r, d, v, n: -(stop(r + d * n) - v) * lp, "still pulls at V(s)"),
        (lambda lp, r, d, v, n: stop(-delta(r, d, v, n) * lp), "now nothing learns"),
        (lambda lp, r, d, v, n: -delta(r, d, v, n) * stop(lp), "now nothing learns"),
        (lambda lp, r, d, v, n: stop(delta(r, d, v, n)) * lp, "should become likelier"),
        (lambda lp, r, d, v, n: -stop(r + d * n) * lp, "value now is compared"),
        (lambda lp, r, d, v, n: tf.reduce_mean(-stop(delta(r, d, v, n)) * lp), "expected shape (2,), got ()"),
    ],
    "check_mended_epochs": [
        (epochs_anew, "every ratio is still 1"),
        (epochs_before, "the epoch before"),
        (epochs_log, "the logarithm"),
        (epochs_upside_down, "upside down"),
        (epochs_without_steps, "no update was made"),
        (epochs_one_more, "four updates, got 5"),
        (epochs_too_late, "grow with every update"),
    ],
    "check_mended_critic_loss": [
        (broadcast, "every value against every target"),
        (lambda v, t: tf.reduce_sum((v[:, 0] - t) ** 2), "the mean, not the sum"),
        (lambda v, t: tf.reduce_mean(v[:, 0] - t), "square before the mean"),
        (lambda v, t: tf.reduce_mean(v[:, 0] - t) ** 2, "square before the mean"),
        (lambda v, t: (v[:, 0] - t) ** 2, "one number, got shape (3,)"),
        (lambda v, t: broadcast(stop(v[:, 0]), t), "no gradient reaches"),
        (lambda v, t: tf.reduce_mean(tf.abs(v[:, 0] - t)), "mean squared error is 6.667"),
    ],
}


@pytest.mark.parametrize(("name", "answer"), cases(RIGHT))
def test_right_answers(name, answer, capsys):
    assert getattr(checks, name)(answer) is True
    assert capsys.readouterr().out == "correct\n"


@pytest.mark.parametrize(("name", "answer"), cases(WRONG))
def test_wrong_answers_are_told_why(name, answer):
    examine(getattr(checks, name), *answer)


def test_every_check_is_examined():
    assert set(CHECKS) == set(RIGHT) == set(WRONG)
    assert min(map(len, RIGHT.values())) >= 2
    assert min(map(len, WRONG.values())) >= 5
