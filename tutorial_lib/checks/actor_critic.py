"""Checks of lesson 08: TD errors, advantages, PPO's loss, three bugs that really happen, and how to see them."""

import numpy as np
import tensorflow as tf

from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients, tensors
from tutorial_lib.checks.reading import reading

_sum, _mean, _stop = tf.reduce_sum, tf.reduce_mean, tf.stop_gradient


def _steps(rng):
    for size in [1, 3, 4, 6] * 4:
        terminated, truncated = (rng.random((2, size)) < 0.4).astype(float)
        yield dict(
            reward=rng.normal(size=size), terminated=terminated, truncated=truncated, value=rng.normal(size=size) * 3,
            next_value=rng.normal(size=size) * 3, gamma=float(rng.choice([0.5, 0.9, 0.98])),
        )  # fmt: skip


def _td(future=lambda te, tr, n: (1 - te) * n, whole=lambda r, g, following, v: r + g * following - v):
    """An answer to `td_error`, by default the right one."""
    return lambda r, te, tr, v, n, g: whole(r, g, future(te, tr, n), v)


check_td_error = Check(
    _td(),
    _steps,
    [
        ("the sign: the TD error is the target minus the estimate", _td(whole=lambda r, g, f, v: v - r - g * f)),
        ("that is the target: the TD error is how far V(s) is from it", _td(whole=lambda r, g, f, v: r + g * f)),
        ("nothing follows a terminal step, so V(s′) counts 0 there", _td(lambda te, tr, n: n)),
        ("a time limit is no end: after a truncated step V(s′) still counts", _td(lambda te, tr, n: (1 - tf.maximum(te, tr)) * n)),
        ("that stops at the time limit and goes on after the end: it is the other way round", _td(lambda te, tr, n: (1 - tr) * n)),
        ("terminated is enough: truncated need not be set as well", _td(lambda te, tr, n: (1 - te * tr) * n)),
        ("a step that was terminated and truncated at once did terminate", _td(lambda te, tr, n: (1 - te * (1 - tr)) * n)),
        ("two flags at once make −1: V(s′) counts 0 where terminated is set, and nothing else matters", _td(lambda te, tr, n: (1 - te - tr) * n)),
        ("that is upside down: V(s′) counts where the step did not terminate (1 − terminated)", _td(lambda te, tr, n: te * n)),
        ("what comes a step later counts γ times", _td(whole=lambda r, g, f, v: r + f - v)),
        ("γ discounts what comes later, not the reward of this step", _td(whole=lambda r, g, f, v: g * (r + f) - v)),
        ("the reward is missing", _td(whole=lambda r, g, f, v: g * f - v)),
        ("a terminal step still has its reward, and V(s) to be compared with", lambda r, te, tr, v, n, g: (1 - te) * (r + g * n - v)),
        ("V(s) and V(s′) are swapped", lambda r, te, tr, v, n, g: r + g * (1 - te) * v - n),
        ("the sign of a TD error matters: worse than expected is negative", _td(whole=lambda r, g, f, v: tf.abs(r + g * f - v))),
        ("one `if` decides once: each step needs a decision of its own", lambda r, te, tr, v, n, g: r - v if te else r + g * n - v),
    ],
    observe=tensors,
)  # fmt: skip


def _rollouts(rng):
    for steps, envs in [(2, 1), (1, 3), (4, 2), (5, 3)] * 3:
        terminated, truncated = rng.random((2, steps, envs)) < 0.2
        done = (terminated | truncated).astype(float)
        yield dict(
            reward=rng.normal(size=(steps, envs)), discount=float(rng.choice([0.5, 0.9])) * (1.0 - terminated),
            value=rng.normal(size=(steps, envs)) * 2, next_value=rng.normal(size=(steps, envs)) * 2, done=done,
            lambda_=float(rng.choice([0.0, 0.3, 0.8, 1.0])),
        )  # fmt: skip


def _gae(delta=lambda r, d, v, n: r + d * n - v, decay=lambda d, lambda_, done: d * lambda_ * (1 - done),
         backwards=True, rows=lambda found: found, result=lambda a, v: a, later=0):  # fmt: skip
    """An answer to `gae`, by default the right one."""

    def gae(reward, discount, value, next_value, done, lambda_):
        errors, steps = delta(reward, discount, value, next_value), range(len(reward))
        advantage, found = tf.zeros_like(reward[0]), []
        for t in reversed(steps) if backwards else steps:
            over = done[min(t + later, len(reward) - 1)]
            advantage = errors[t] + decay(discount[t], lambda_, over) * advantage
            found.append(advantage)
        return result(tf.stack(rows(found[::-1] if backwards else found)), value)

    return gae


def _begun(last, of_value=False):
    """Advantages whose backward sum begins with a value instead of 0."""

    def gae(r, d, v, n, done, k):
        advantage, found = last(v if of_value else n), []
        for t in reversed(range(len(r))):
            advantage = r[t] + d[t] * n[t] - v[t] + d[t] * k * (1 - done[t]) * advantage
            found.append(advantage)
        return tf.stack(found[::-1])

    return gae


def _sideways(r, d, v, n, done, k):
    return tf.transpose(_gae()(*map(tf.transpose, (r, d, v, n, done)), k))


def _normalised(x):
    return (x - _mean(x)) / (tf.math.reduce_std(x) + 1e-8)


def _next_row(r, d, v, n):
    return r + d * tf.concat([v[1:], n[-1:]], 0) - v


check_gae = Check(
    _gae(),
    _rollouts,
    [
        ("that is the TD error alone: add what the later ones say", lambda r, d, v, n, done, k: r + d * n - v),
        ("λ is missing: that is the return minus V", _gae(decay=lambda d, k, done: d * (1 - done))),
        ("an advantage must not run across the end of an episode: use done", _gae(decay=lambda d, k, done: d * k)),
        ("that decays by λ alone: each step back also costs γ", _gae(decay=lambda d, k, done: k * (1 - done))),
        ("it stops where nothing is done: 1 − done", _gae(decay=lambda d, k, done: d * k * done)),
        ("what comes later counts λ, and not 1 − λ", _gae(decay=lambda d, k, done: d * (1 - k) * (1 - done))),
        ("done of the step itself decides whether the next one belongs to it: done[t], not done[t + 1]", _gae(later=1)),
        ("the rows stand in reverse: the loop went backwards, so turn them round", _gae(rows=lambda found: found[::-1])),
        ("that runs forwards: an action cannot answer for what came before it", _gae(backwards=False)),
        ("that is the λ-return: the advantage is how much better than V(s) it is", _gae(result=lambda a, v: a + v)),
        ("the discount is missing in δ: V(s′) counts γ times, and 0 after a terminal step", _gae(lambda r, d, v, n: r + n - v)),
        ("δ bootstraps: V(s′) is missing", _gae(lambda r, d, v, n: r - v)),
        ("δ is a difference: subtract V(s)", _gae(lambda r, d, v, n: r + d * n)),
        ("the sign of δ: target minus estimate", _gae(lambda r, d, v, n: v - r - d * n)),
        ("V(s′) is next_value: the row below may belong to another episode", _gae(_next_row)),
        ("a truncated step still has a future: only the discount decides whether V(s′) counts", lambda r, d, v, n, done, k: _gae()(r, d * (1 - done), v, n, done, k)),
        ("λ weighs what comes later, not the step's own δ", lambda r, d, v, n, done, k: k * _gae()(r, d, v, n, done, k)),
        ("the last row has no later one: the sum begins with 0, not with V(s′)", _begun(lambda n: n[-1])),
        ("the last row has no later one: the sum begins with 0, not with V(s)", _begun(lambda n: n[-1], of_value=True)),
        ("the steps lie along the first axis, the environments along the second: yours are swapped", _sideways),
        ("the advantages are normalised later, if at all", lambda r, d, v, n, done, k: _normalised(_gae()(r, d, v, n, done, k))),
        ("the mean of the advantages stays in them: it is taken off later, if at all", lambda r, d, v, n, done, k: _gae()(r, d, v, n, done, k) - _mean(_gae()(r, d, v, n, done, k))),
        ("that is the sum of the later TD errors, without decay: each step back costs γ λ", _gae(decay=lambda d, k, done: 1 - done)),
        ("γ and λ count once per step", _gae(decay=lambda d, k, done: (d * k) ** 2 * (1 - done))),
        ("one row for every step: yours is the first one's", lambda *rollout: _gae()(*rollout)[0]),
    ],
    observe=tensors,
)  # fmt: skip


def _pairs(rng):
    for size in [1, 2, 4] * 3:
        yield dict(log_prob=-rng.uniform(0.1, 2, size), old_log_prob=-rng.uniform(0.1, 2, size))
    yield dict(log_prob=np.array([-200.0]), old_log_prob=np.array([-201.0]))


check_ratio = Check(
    lambda log_prob, old_log_prob: tf.exp(log_prob - old_log_prob),
    _pairs,
    [
        ("probabilities as small as e⁻²⁰⁰ become 0: subtract the logarithms first", lambda a, b: tf.exp(a) / tf.exp(b)),
        ("a small number in the denominator hides the fault: subtract the logarithms first", lambda a, b: tf.exp(a) / (tf.exp(b) + 1e-8)),
        ("that is the logarithm of the ratio", lambda a, b: a - b),
        ("upside down: the new policy is on top", lambda a, b: tf.exp(b - a)),
        ("a quotient of logarithms is not the logarithm of a quotient: subtract them", lambda a, b: a / b),
        ("a quotient of logarithms is not the logarithm of a quotient: subtract, then exp", lambda a, b: tf.exp(a / b)),
        ("those are the new probabilities: divide by the old ones", lambda a, b: tf.exp(a)),
        ("a product: the old probability divides", lambda a, b: tf.exp(a + b)),
        ("the ratio is a quotient of the two probabilities, not their difference", lambda a, b: tf.exp(a) - tf.exp(b)),
        ("the logarithms are natural: exp undoes them, not a power of 2", lambda a, b: 2.0 ** (a - b)),
        ("the logarithms are natural: exp undoes them, not a power of 10", lambda a, b: 10.0 ** (a - b)),
        ("that is the logarithm of the ratio, and of 0 / 0 far down", lambda a, b: tf.math.log(tf.exp(a) / tf.exp(b))),
        ("nothing is cut off: very small probabilities have a ratio, too", lambda a, b: tf.exp(tf.maximum(a, -100.0) - tf.maximum(b, -100.0))),
        ("nothing is cut off: very small probabilities have a ratio, too, of more than 1", lambda a, b: tf.exp(tf.minimum(a - b, 0.0))),
        ("probabilities were taken for logarithms", lambda a, b: tf.exp(tf.exp(a) - tf.exp(b))),
        ("the ratio is near 1 + log ρ only where nothing has changed: take exp", lambda a, b: 1 + a - b),
        ("the ratio counts once: no square", lambda a, b: tf.exp(2 * (a - b))),
        ("a logarithm has a sign: keep it", lambda a, b: tf.exp(tf.abs(a - b))),
        ("PPO clips the ratio later, in the loss", lambda a, b: tf.clip_by_value(tf.exp(a - b), 0.8, 1.2)),
        ("the ratio itself, not how far it is from 1", lambda a, b: tf.exp(a - b) - 1),
        ("one ratio per step, not their mean", lambda a, b: _mean(tf.exp(a - b))),
        ("no gradient reaches the new policy, so nothing can learn: calculate with tf, and hold only the old one constant", lambda a, b: tf.exp(_stop(a) - b)),
    ],
    observe=gradients("log_prob", loss=False),
)  # fmt: skip


def _surrogates(rng):
    for size in [1, 4, 6] * 5:
        yield dict(ratio=np.exp(rng.normal(size=size) * 0.5), advantage=rng.normal(size=size) * 2,
                   clip=float(rng.choice([0.1, 0.2, 0.3, 0.6])))  # fmt: skip


def _near(ratio, clip):
    return tf.clip_by_value(ratio, 1 - clip, 1 + clip)


check_clipped_loss = Check(
    lambda ratio, advantage, clip: -tf.minimum(ratio * advantage, _near(ratio, clip) * advantage),
    _surrogates,
    [
        ("that is the objective: a loss is made small, so it has the other sign", lambda r, a, c: tf.minimum(r * a, _near(r, c) * a)),
        ("that takes the better of the two: PPO is a pessimist and takes the worse", lambda r, a, c: -tf.maximum(r * a, _near(r, c) * a)),
        ("the clip alone also stops the step back from a mistake: take the minimum with ρ Â", lambda r, a, c: -_near(r, c) * a),
        ("nothing is clipped: ρ Â alone runs away", lambda r, a, c: -r * a),
        ("clip the ratio, not its product with the advantage", lambda r, a, c: -tf.minimum(r * a, _near(r * a, c))),
        ("clip the ratio, not the advantage", lambda r, a, c: -tf.minimum(r * a, r * _near(a, c))),
        ("the ratio stays within 1 ± ε, not within ± ε", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, -c, c) * a)),
        ("the bounds are swapped: the lower one, 1 − ε, comes first", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, 1 + c, 1 - c) * a)),
        ("the lower bound is 1 − ε, not 1 / (1 + ε)", lambda r, a, c: -tf.minimum(r * a, tf.clip_by_value(r, 1 / (1 + c), 1 + c) * a)),
        ("the ratio is clipped on one side only: where Â < 0 it is the lower bound that holds it", lambda r, a, c: -tf.minimum(r * a, tf.minimum(r, 1 + c) * a)),
        ("the ratio is clipped on one side only: where Â > 0 it is the upper bound that holds it", lambda r, a, c: -tf.minimum(r * a, tf.maximum(r, 1 - c) * a)),
        ("the minimum is of products: where Â < 0 the smaller ratio is not the smaller product", lambda r, a, c: -tf.minimum(r, _near(r, c)) * a),
        ("the advantage belongs to both sides of the minimum", lambda r, a, c: -tf.minimum(r * a, _near(r, c))),
        ("the sign of the advantage decides which way to go", lambda r, a, c: -tf.minimum(r * tf.abs(a), _near(r, c) * tf.abs(a))),
        ("one loss per step, please: the mean is taken later", lambda r, a, c: -_mean(tf.minimum(r * a, _near(r, c) * a))),
        ("no gradient reaches the ratio, so nothing can learn: calculate with tf, and hold only the advantage constant", lambda r, a, c: -tf.minimum(_stop(r) * a, _near(_stop(r), c) * a)),
    ],
    observe=gradients("ratio"),
)  # fmt: skip


def _policies(rng):
    for size, actions in [(1, 2), (2, 3), (4, 3), (3, 5)] * 2:
        yield dict(logits=rng.normal(size=(size, actions)) * 2)
    yield dict(logits=np.array([[1000.0, 0.0, 0.0]]))


_pi, _log_pi = tf.nn.softmax, tf.nn.log_softmax


def _patched(z):
    return -_sum(tf.where(_pi(z) > 0, _pi(z) * tf.math.log(_pi(z)), 0.0), 1)


check_entropy = Check(
    lambda logits: -_sum(_pi(logits) * _log_pi(logits), axis=-1),
    _policies,
    [
        ("the sign: entropy is never negative", lambda z: _sum(_pi(z) * _log_pi(z), 1)),
        ("0 · log 0 and e¹⁰⁰⁰ are no numbers: take log π from tf.nn.log_softmax", lambda z: -_sum(_pi(z) * tf.math.log(_pi(z)), 1)),
        ("the value is right, but its gradient is NaN: tf.where hides only one of them; take log π from tf.nn.log_softmax", _patched),
        ("in bits: the natural logarithm gives nats", lambda z: -_sum(_pi(z) * _log_pi(z), 1) / np.float32(np.log(2))),
        ("divided by its largest value: log A for a uniform policy", lambda z: -_sum(_pi(z) * _log_pi(z), 1) / np.float32(np.log(z.shape[1]))),
        ("a sum over actions, not their mean: log A for a uniform policy", lambda z: -_mean(_pi(z) * _log_pi(z), 1)),
        ("the surprises are weighted by how often they come: multiply by π", lambda z: -_sum(_log_pi(z), 1)),
        ("that is the surprise of the likeliest action: the mean over all of them, weighted by π", lambda z: -tf.reduce_max(_log_pi(z), 1)),
        ("logits are no probabilities: softmax first", lambda z: -_sum(z * tf.math.log(z), 1)),
        ("logits are no logarithms of probabilities: take tf.nn.log_softmax of them", lambda z: -_sum(_pi(z) * z, 1)),
        ("logits are no logarithms of probabilities: take tf.nn.log_softmax of them first", lambda z: -_sum(tf.exp(z) * z, 1)),
        ("logits are no probabilities: weigh the surprises with the softmax", lambda z: -_sum(tf.exp(z) * _log_pi(z), 1)),
        ("a small number in the logarithm changes it: take log π from tf.nn.log_softmax", lambda z: -_sum(_pi(z) * tf.math.log(_pi(z) + 0.01), 1)),
        ("a small number in the logarithm changes it, if little: take log π from tf.nn.log_softmax", lambda z: -_sum(_pi(z) * tf.math.log(_pi(z) + 1e-3), 1)),
        ("that is how unsure it is by another measure, 1 − Σ π²: entropy has a logarithm", lambda z: 1 - _sum(_pi(z) ** 2, 1)),
        ("that is Σ π²: entropy has a logarithm", lambda z: _sum(_pi(z) ** 2, 1)),
        ("log π counts once: no square", lambda z: _sum(_pi(z) * _log_pi(z) ** 2, 1)),
        ("π counts once: no square", lambda z: -_sum(_pi(z) ** 2 * _log_pi(z), 1)),
        ("the softmax was taken twice", lambda z: -_sum(_pi(_pi(z)) * _log_pi(_pi(z)), 1)),
        ("the softmax ran over the states: actions lie along the last axis", lambda z: -_sum(_pi(z, axis=0) * _log_pi(z, axis=0), 1)),
        ("one entropy per state: sum over the actions, the last axis, not over the states", lambda z: -_sum(_pi(z) * _log_pi(z), 0)),
        ("one entropy per state: sum over the actions", lambda z: -_pi(z) * _log_pi(z)),
        ("one entropy per state, not their mean", lambda z: -_mean(_sum(_pi(z) * _log_pi(z), 1))),
        ("no gradient reaches the logits: calculate with tf, without .numpy(), and hold nothing constant", lambda z: _stop(-_sum(_pi(z) * _log_pi(z), 1))),
    ],
    observe=gradients("logits", loss=False),
)  # fmt: skip


def _judged_steps(rng):
    for size in [1, 2, 5] * 4:
        yield dict(
            log_prob=-rng.uniform(0.1, 2, size), reward=rng.normal(size=size), discount=rng.choice([0.0, 0.5, 0.9], size),
            value=rng.normal(size=size) * 2, next_value=rng.normal(size=size) * 2,
        )  # fmt: skip


def _error(r, d, v, n):
    return r + d * n - v


check_mended_actor_loss = Check(
    lambda log_prob, reward, discount, value, next_value: -_stop(_error(reward, discount, value, next_value)) * log_prob,
    _judged_steps,
    [
        ("it is still there: the actor's loss pulls at V(s) and V(s′); hold all of δ constant", lambda p, r, d, v, n: -_error(r, d, v, n) * p),
        ("the actor's loss still pulls at V(s′): hold all of δ constant", lambda p, r, d, v, n: -_error(r, d, _stop(v), n) * p),
        ("the actor's loss still pulls at V(s): hold all of δ constant", lambda p, r, d, v, n: -_error(r, d, v, _stop(n)) * p),
        ("now the actor learns nothing: hold δ constant, not log π", lambda p, r, d, v, n: -_error(r, d, v, n) * _stop(p)),
        ("now nothing learns: hold δ constant, not log π, and calculate with tf", lambda p, r, d, v, n: -_stop(_error(r, d, v, n) * p)),
        ("the sign: an action that turned out well should become likelier", lambda p, r, d, v, n: _stop(_error(r, d, v, n)) * p),
        ("an action that turned out badly has a negative δ: keep its sign", lambda p, r, d, v, n: -tf.abs(_stop(_error(r, d, v, n))) * p),
        ("an action that turned out badly must become less likely: do not cut δ off at 0", lambda p, r, d, v, n: -tf.maximum(_stop(_error(r, d, v, n)), 0) * p),
        ("δ counts once: its square is the critic's loss", lambda p, r, d, v, n: -tf.square(_stop(_error(r, d, v, n))) * p),
        ("the actor's loss alone: the critic has its own", lambda p, r, d, v, n: -_stop(_error(r, d, v, n)) * p + tf.square(_error(r, d, v, n))),
        ("the value now is compared with the value next: subtract V(s)", lambda p, r, d, v, n: -_stop(r + d * n) * p),
        ("giving the critic up is no mending: δ = r + γ V(s′) − V(s)", lambda p, r, d, v, n: -r * p),
        ("V(s) and V(s′) are swapped", lambda p, r, d, v, n: -_stop(r + d * v - n) * p),
        ("what follows is discounted, and 0 after a terminal step", lambda p, r, d, v, n: -_stop(r + n - v) * p),
        ("log π is meant, not π", lambda p, r, d, v, n: -_stop(_error(r, d, v, n)) * tf.exp(p)),
        ("the sign, and it is still there: the actor's loss pulls at V(s) and V(s′)", lambda p, r, d, v, n: _error(r, d, v, n) * p),
        ("the actor's loss alone, with the critic's held still or not: the critic has its own", lambda p, r, d, v, n: -_stop(_error(r, d, v, n)) * p + tf.square(_error(r, d, v, _stop(n)))),
        ("δ counts in full: nothing is clipped", lambda p, r, d, v, n: -_stop(tf.clip_by_value(_error(r, d, v, n), -1.0, 1.0)) * p),
        ("δ counts in full, and not its sign alone", lambda p, r, d, v, n: -tf.sign(_stop(_error(r, d, v, n))) * p),
        ("δ counts as it is: it is normalised there", lambda p, r, d, v, n: -_stop(_error(r, d, v, n) - _mean(_error(r, d, v, n))) * p),
        ("the reward is missing from δ", lambda p, r, d, v, n: -_stop(d * n - v) * p),
        ("nothing of s′ is in δ: it bootstraps", lambda p, r, d, v, n: -_stop(r - v) * p),
        ("one loss per step, not their mean", lambda p, r, d, v, n: -_mean(_stop(_error(r, d, v, n)) * p)),
    ],
    observe=gradients("log_prob", "value", "next_value"),
)  # fmt: skip


class _Run:
    """A policy whose log-probabilities of two actions move with every update."""

    def __init__(self, start, move):
        self.weights, self.move, self.seen, self.asked = tf.Variable(start), move, [], []

    def log_prob(self):
        self.asked.append(self.weights * 1.0)
        return self.asked[-1]

    def step(self, ratio):
        self.seen.append(np.asarray(ratio))
        self.weights.assign_add(self.move)


def _watch_epochs(epochs, start, move, num_epochs):
    """All ratios that `step` was given, and whether they depend on the policy they were made from."""
    run = _Run(tf.constant(start, tf.float32), tf.constant(move, tf.float32))
    with tf.GradientTape(persistent=True) as tape:
        given = []  # every ratio, with the policy's newest answer
        step = lambda ratio: (given.append((ratio, run.asked[-1])), run.step(ratio))
        epochs(run.log_prob, step, num_epochs)
    linked = [tf.is_tensor(ratio) and tape.gradient(ratio, newest) is not None for ratio, newest in given]
    return {
        "the number of updates": len(run.seen),
        "the ratios, one row per epoch": np.array(run.seen) if run.seen else np.zeros((0, len(start))),
        "does a gradient reach the policy": all(linked),
    }


def _runs(rng):
    for num_epochs in (2, 3, 5):
        yield dict(start=-rng.uniform(0.5, 2, 2), move=rng.normal(size=2) * 0.3, num_epochs=num_epochs)


def _learning(old="first", ratio=lambda new, old: tf.exp(new - old), count=lambda n: n, keep=0):
    """An answer to `mended_epochs`, by default the right one."""

    def epochs(log_prob, step, num_epochs):
        before = _stop(log_prob())
        for epoch in range(count(num_epochs)):
            new = log_prob()
            before = _stop(new) if old == "now" or epoch == keep else before
            step(ratio(new, before))
            before = _stop(new) if old == "previous" else before

    return epochs


check_mended_epochs = Check(
    _learning(),
    _runs,
    [
        ("every ratio is still 1: compute what is old before the first epoch, and the new one in every epoch", _learning("now")),
        ("that compares with the epoch before: old means before the first", _learning("previous")),
        ("old means before the first update, not before the second", _learning(keep=1)),
        ("that is the logarithm of the ratio", _learning(ratio=lambda new, old: new - old)),
        ("upside down: the new policy is on top", _learning(ratio=lambda new, old: tf.exp(old - new))),
        ("a quotient of logarithms is not the logarithm of a quotient: subtract them", _learning(ratio=lambda new, old: new / old)),
        ("`step` wants the ratio: that is the logarithm of the new probability", _learning(ratio=lambda new, old: new)),
        ("`step` wants the ratio: that is the new probability, without the old one", _learning(ratio=lambda new, old: tf.exp(new))),
        ("`step` wants the ratio: that is the old probability, without the new one", _learning(ratio=lambda new, old: tf.exp(old))),
        ("`step` wants the ratio: that is a product", _learning(ratio=lambda new, old: tf.exp(new + old))),
        ("the ratio itself, not how far it is from 1", _learning(ratio=lambda new, old: tf.exp(new - old) - 1)),
        ("a difference of probabilities is no ratio", _learning(ratio=lambda new, old: tf.exp(new) - tf.exp(old))),
        ("one ratio per step, not their mean", _learning(ratio=lambda new, old: _mean(tf.exp(new - old)))),
        ("the clip comes later, in the loss", _learning(ratio=lambda new, old: _near(tf.exp(new - old), 0.2))),
        ("no gradient reaches the new policy, so nothing can learn: hold only the old one constant", _learning(ratio=lambda new, old: _stop(tf.exp(new - old)))),
        ("no update was made: call step(ratio) once in every epoch", _learning(count=lambda n: 0)),
        ("one update was made: call step(ratio) in every epoch", _learning(count=lambda n: 1)),
        ("one epoch is missing", _learning(count=lambda n: n - 1)),
        ("one epoch too many", _learning(count=lambda n: n + 1)),
    ],
    observe=_watch_epochs,
)  # fmt: skip


def _values(rng):
    for size in [2, 3, 5, 4] * 2:
        yield dict(value=rng.normal(size=(size, 1)) * 2, target=rng.normal(size=size) * 2)


check_mended_critic_loss = Check(
    lambda value, target: _mean(tf.square(target - value[:, 0])),
    _values,
    [
        ("still every value against every target: the two shapes must agree", lambda v, y: _mean(tf.square(y - v))),
        ("the mean, not the sum: a larger batch should not mean larger steps", lambda v, y: _sum(tf.square(y - v[:, 0]))),
        ("the mean of the squares, without a half", lambda v, y: 0.5 * _mean(tf.square(y - v[:, 0]))),
        ("errors of both signs cancel: square before the mean", lambda v, y: tf.square(_mean(y - v[:, 0]))),
        ("errors of both signs cancel: square them", lambda v, y: _mean(y - v[:, 0])),
        ("the squares, not the sizes of the errors", lambda v, y: _mean(tf.abs(y - v[:, 0]))),
        ("the mean of the squares, without the root", lambda v, y: tf.sqrt(_mean(tf.square(y - v[:, 0])))),
        ("the sign: a loss is made small", lambda v, y: -_mean(tf.square(y - v[:, 0]))),
        ("a loss is one number: the mean over the batch", lambda v, y: tf.square(y - v[:, 0])),
        ("the mean over the batch: divide by B, not by its square", lambda v, y: _mean(tf.square(y - v[:, 0])) / tf.cast(tf.size(y), tf.float32)),
        ("the largest error alone teaches too little: the mean", lambda v, y: tf.reduce_max(tf.square(y - v[:, 0]))),
        ("that compares all targets with the first value: drop the last axis, not the first", lambda v, y: _mean(tf.square(y - v[0]))),
        ("that compares all targets with the mean value: each state has its own", lambda v, y: _mean(tf.square(y - _mean(v)))),
        ("no gradient reaches the critic: calculate with tf, and hold nothing constant but the target", lambda v, y: _mean(tf.square(y - _stop(v[:, 0])))),
    ],
    observe=gradients("value"),
)  # fmt: skip


def _both_log_probs(rng):
    for size in [1, 3, 20] * 4:
        yield dict(log_prob=-rng.uniform(0.1, 2, size), old_log_prob=-rng.uniform(0.1, 2, size))


check_kl_estimate = Check(
    lambda log_prob, old_log_prob: _mean(tf.exp(log_prob - old_log_prob) - 1 - (log_prob - old_log_prob)),
    _both_log_probs,
    [
        ("−log ρ has the right mean, but it is negative for half of the samples: add ρ − 1", lambda a, b: _mean(b - a)),
        ("ρ − 1 has mean 0: it steadies the estimate and does not replace it", lambda a, b: _mean(tf.exp(a - b) - 1)),
        ("½ (log ρ)² is near, but biased: ρ − 1 − log ρ", lambda a, b: 0.5 * _mean(tf.square(a - b))),
        ("the ratio is new over old: ρ = exp(log π − log π_old)", lambda a, b: _mean(tf.exp(b - a) - 1 - (b - a))),
        ("the sign of log ρ: it is subtracted", lambda a, b: _mean(tf.exp(a - b) - 1 + (a - b))),
        ("the 1 is missing: where nothing has changed it must be 0", lambda a, b: _mean(tf.exp(a - b) - (a - b))),
        ("that weighs each sample with ρ: they come from the old policy already", lambda a, b: _mean(tf.exp(a - b) * (a - b))),
        ("the mean over the samples is wanted", lambda a, b: tf.exp(a - b) - 1 - (a - b)),
        ("the mean over the samples, not the sum", lambda a, b: _sum(tf.exp(a - b) - 1 - (a - b))),
        ("the mean over the samples, not the largest", lambda a, b: tf.reduce_max(tf.exp(a - b) - 1 - (a - b))),
        ("ρ − 1 is added, not subtracted", lambda a, b: _mean(-(a - b) - (tf.exp(a - b) - 1))),
        ("the signs: ρ − 1 − log ρ is never negative", lambda a, b: -_mean(tf.exp(a - b) - 1 - (a - b))),
        ("that is log ρ: its sign, and ρ − 1, are missing", lambda a, b: _mean(a - b)),
        ("log ρ has a sign that belongs to it: no absolute value, but ρ − 1 added", lambda a, b: _mean(tf.abs(a - b))),
        ("log ρ has a sign that belongs to it: nothing is cut off at 0, but ρ − 1 added", lambda a, b: _mean(tf.maximum(b - a, 0.0))),
        ("log ρ has a sign that belongs to it: nothing is cut off at 0, but ρ − 1 added to −log ρ", lambda a, b: _mean(tf.maximum(a - b, 0.0))),
        ("the samples come from the policy already: no further weighting with π", lambda a, b: _mean(tf.exp(a) * (a - b))),
        ("the samples come from the old policy already: no further weighting with it", lambda a, b: _mean(tf.exp(b) * (b - a))),
        ("the samples come from the old policy already: nothing is weighted with it or summed", lambda a, b: _sum(tf.exp(b) * (b - a))),
        ("that weighs each sample with ρ, with another sign: they come from the old policy already", lambda a, b: _mean(tf.exp(a - b) * (b - a))),
        ("that is the square of ρ − 1: near 0 it is alike, the estimate is ρ − 1 − log ρ", lambda a, b: 0.5 * _mean(tf.square(tf.exp(a - b) - 1))),
        ("that is the square of ρ − 1: the estimate is ρ − 1 − log ρ", lambda a, b: _mean(tf.square(tf.exp(a - b) - 1))),
        ("(log ρ)² without its ½ is not even near: ρ − 1 − log ρ", lambda a, b: _mean(tf.square(a - b))),
        ("the mean comes last: exp of a mean is not the mean of exp", lambda a, b: tf.exp(_mean(a - b)) - 1 - _mean(a - b)),
        ("the 1 is subtracted, not added", lambda a, b: _mean(tf.exp(a - b) + 1 - (a - b))),
        ("that is the ratio, whose mean is 1: ρ − 1 − log ρ", lambda a, b: _mean(tf.exp(a - b))),
        ("log ρ is subtracted, not multiplied", lambda a, b: _mean((tf.exp(a - b) - 1) * (a - b))),
    ],
    observe=tensors,
)  # fmt: skip
