"""Checks of lesson 05: replay, targets, exploration, bugs of DQN, and agents that fall ill."""

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.checks import Misconception, patients
from tutorial_lib.checks.environments import DISCOUNTS
from tutorial_lib.checks.environments import _flags as _flags_of_steps
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients, tensors
from tutorial_lib.checks.reading import reading
from tutorial_lib.evidence.results import late_share
from tutorial_lib.types import Transition


def _rings(rng):
    yield dict(num_added=8, count=4, capacity=10)
    for _ in range(12):
        capacity = int(rng.integers(3, 12))
        count = int(rng.integers(1, capacity + 1))
        yield dict(num_added=int(rng.integers(0, 4 * capacity)), count=count, capacity=capacity)


check_ring_rows = Check(
    lambda num_added, count, capacity: (num_added + np.arange(count)) % capacity,
    _rings,
    [
        ("rows from `capacity` on do not exist: after the last row comes row 0 again", lambda n, c, size: n + np.arange(c)),
        ("the first row is right, but those after it run out of the ring: take the remainder of each", lambda n, c, size: n % size + np.arange(c)),
        ("the batch always lands at the start: it goes on after the rows added before", lambda n, c, size: np.arange(c)),
        ("what does not fit piles up in the last row: the ring goes on at row 0", lambda n, c, size: np.minimum(n + np.arange(c), size - 1)),
        ("what does not fit is written from row 0 on, all of it: only the part beyond the end is", lambda n, c, size: np.arange(c) + (n % size if n % size + c <= size else 0)),
        ("after several rounds one capacity taken off is not enough: take the remainder", lambda n, c, size: np.where(n + np.arange(c) < size, n + np.arange(c), n + np.arange(c) - size)),
        ("one row too far: after n rows, row n is the first that is free", lambda n, c, size: (n + 1 + np.arange(c)) % size),
        ("the last row is never used: a ring of C rows has the remainder by C", lambda n, c, size: (n + np.arange(c)) % (size - 1)),
        ("there is no row C: a ring of C rows has the remainder by C", lambda n, c, size: (n + np.arange(c)) % (size + 1)),
        ("one row too many: `count` transitions need `count` rows", lambda n, c, size: np.arange(n, n + c + 1) % size),
        ("the rows run backwards in time", lambda n, c, size: (n + np.arange(c))[::-1] % size),
        ("sorted, they no longer belong to the transitions in their order", lambda n, c, size: np.sort((n + np.arange(c)) % size)),
        ("that is the first row alone: each new transition has its own", lambda n, c, size: n % size),
    ],
)  # fmt: skip


def _batches(rng):
    for size, actions in [(1, 2), (3, 5), (4, 3), (5, 2)] * 3:
        yield dict(
            reward=rng.normal(size=size),
            discount=rng.choice([0.0, 0.5, 0.9, 0.99], size),
            q_next=rng.normal(size=(size, actions)) * 3 + rng.choice([0, -7]),
        )


def _best(q):
    return tf.reduce_max(q, axis=-1)


def _taken(q, action):
    return tf.gather(q, action, batch_dims=1)


check_td_target = Check(
    lambda reward, discount, q_next: reward + discount * _best(q_next),
    _batches,
    [
        ("nothing follows a terminal step: use `discount`", lambda r, d, q: r + _best(q)),
        ("nothing follows a terminal step: use `discount`, which is not 0.99 there", lambda r, d, q: r + 0.99 * _best(q)),
        ("`discount` multiplies what follows, and not 1 − discount", lambda r, d, q: r + (1 - d) * _best(q)),
        ("that is the mean over actions: Q-learning takes the best", lambda r, d, q: r + d * tf.reduce_mean(q, 1)),
        ("that is the sum over actions: Q-learning takes the best", lambda r, d, q: r + d * tf.reduce_sum(q, 1)),
        ("that is the worst next action", lambda r, d, q: r + d * tf.reduce_min(q, 1)),
        ("that is the number of the best action, not its value", lambda r, d, q: r + d * tf.cast(tf.argmax(q, 1), tf.float32)),
        ("the best value may be negative: neither 0 nor its size stands for it", lambda r, d, q: r + d * tf.maximum(_best(q), 0.0)),
        ("the best is the largest, not the largest without its sign", lambda r, d, q: r + d * _best(tf.abs(q))),
        ("that follows the first action: take the best", lambda r, d, q: r + d * q[:, 0]),
        ("that follows the last action: take the best", lambda r, d, q: r + d * q[:, -1]),
        ("that is the best over the whole batch, not of each row", lambda r, d, q: r + d * tf.reduce_max(q)),
        ("that is the best over the rows: actions lie along the last axis", lambda r, d, q: r + d * tf.reduce_max(q, axis=0)),
        ("one target per transition: take the best next action, not all of them", lambda r, d, q: r[:, None] + d[:, None] * q),
        ("[B] times [B, 1] makes [B, B]: every target with every value; drop the axis", lambda r, d, q: r + d * tf.reduce_max(q, 1, keepdims=True)),
        ("[B, 1] minus [B] would compare every target with every value: drop the axis", lambda r, d, q: (r + d * _best(q))[:, None]),
        ("that is one number for the whole batch: every transition has its own target", lambda r, d, q: tf.reduce_mean(r + d * _best(q))),
        ("the reward is missing", lambda r, d, q: d * _best(q)),
        ("the reward comes now: only what follows is discounted", lambda r, d, q: d * (r + _best(q))),
    ],
    observe=tensors,
)  # fmt: skip


def _times(rng):
    for start, end, total in [
        (1.0, 0.1, 1000),
        (0.8, 0.05, 40),
        (1.0, 0.0, 7),
        (0.5, 0.2, 300),
        (0.1, 0.9, 50),
    ]:
        for step in (0, total // 3, total // 2, total - 1, total, 3 * total):
            yield dict(step=step, start=start, end=end, num_steps=total)


def _line(t, a, b, n):
    return a + (b - a) * t / n


check_epsilon = Check(
    lambda step, start, end, num_steps: _line(min(step, num_steps), start, end, num_steps),
    _times,
    [
        ("after num_steps it goes on falling: it has to stay at the end", _line),
        ("it goes on falling after num_steps, down to 0: it has to stay at `end`", lambda *s: max(0.0, _line(*s))),
        ("ε never changes: an agent has to explore first and act well later", lambda t, a, b, n: a),
        ("it is `end` from the beginning", lambda t, a, b, n: b),
        ("that explores more and more: start and end are swapped", lambda t, a, b, n: _line(min(t, n), b, a, n)),
        ("it rises: end − start is negative, and added", lambda t, a, b, n: a + (a - b) * min(t / n, 1)),
        ("at the end ε is `end`, not 0: a little exploration stays", lambda t, a, b, n: a * (1 - min(t / n, 1))),
        ("the line falls by 1 in num_steps: it has to fall by start − end", lambda t, a, b, n: max(b, a - t / n)),
        ("`end` is where ε goes, not by how much it changes", lambda t, a, b, n: a + b * min(t / n, 1)),
        ("it falls in a line, not by a constant factor per step", lambda t, a, b, n: a * (b / a) ** min(t / n, 1)),
        ("it falls in a line, not like e⁻ᵗ, and arrives", lambda t, a, b, n: b + (a - b) * np.exp(-t / n)),
        ("it jumps at num_steps: it falls in a line (// cuts to whole numbers)", lambda t, a, b, n: a if t < n else b),
        ("the line arrives at step num_steps, not one step earlier", lambda t, a, b, n: _line(min(t, n - 1), a, b, n - 1)),
        ("max(t / T, 1) is at least 1: the smaller of the two is meant", lambda t, a, b, n: a + (b - a) * max(t / n, 1)),
        ("`end` may be above `start`: the line is held at `num_steps`, not where it is smallest", lambda t, a, b, n: max(_line(min(t, n), a, b, n), b)),
        ("it falls to 0 in num_steps, and is stopped at `end` on the way: the line goes to `end` itself", lambda t, a, b, n: max(b, a * (1 - t / n))),
        ("it falls by start − end, not by `end`", lambda t, a, b, n: a - b * min(t / n, 1)),
        ("it is halfway down when num_steps are over", lambda t, a, b, n: a + (b - a) * min(t / (2 * n), 1)),
        ("it falls in a line, not in a curve: the share of time is squared", lambda t, a, b, n: a + (b - a) * min(t / n, 1) ** 2),
        ("the line starts at step 0, not one step later", lambda t, a, b, n: a + (b - a) * min((t + 1) / n, 1)),
        ("after num_steps it begins again: it has to stay at `end`", lambda t, a, b, n: a + (b - a) * (t / n % 1)),
        ("it is stopped at 0.1, and not at the `end` that is given", lambda t, a, b, n: max(0.1, _line(t, a, b, n))),
    ],
)  # fmt: skip


def _weights(rng):
    for shapes in [[(1,)], [(2, 3), (3,)], [(2, 2), (2,), (2, 1)]] * 3:
        online, target = ([rng.normal(size=shape) for shape in shapes] for _ in range(2))
        yield dict(online=online, target=target, rate=float(rng.choice([0.01, 0.2, 0.3, 0.9])))


def _mixing(online=lambda rate: rate, target=lambda rate: 1 - rate):
    """An answer to `soft_update`, by default the right one."""
    return lambda o, t, rate: tuple(online(rate) * x + target(rate) * y for x, y in zip(o, t, strict=True))


check_soft_update = Check(
    _mixing(),
    _weights,
    [
        ("that is a hard update: the target jumps onto the online weights", _mixing(lambda r: 1, lambda r: 0)),
        ("nothing has moved", _mixing(lambda r: 0, lambda r: 1)),
        ("1 − τ and τ are swapped: the target moves the fraction τ of the way", _mixing(lambda r: 1 - r, lambda r: r)),
        ("τ θ is added, but θ⁻ keeps all its weight: it would grow for ever", _mixing(target=lambda r: 1)),
        ("the weights must sum to 1, or θ⁻ shrinks", _mixing(target=lambda r: 1 - 2 * r)),
        ("it moves away from the online weights: the difference has the wrong sign", _mixing(lambda r: -r, lambda r: 1 + r)),
        ("that is the mean of both: use the rate", _mixing(lambda r: 0.5, lambda r: 0.5)),
        ("only the first layer moves: every array does", lambda o, t, r: (_mixing()(o, t, r)[0], *t[1:])),
        ("a list comes back, one array per layer: yours is the first layer's alone", lambda o, t, r: _mixing()(o, t, r)[0]),
        ("every array keeps its shape: yours are joined into one", lambda o, t, r: np.concatenate([x.ravel() for x in _mixing()(o, t, r)])),
    ],
)  # fmt: skip


def _errors(rng):
    yield dict(td_error=np.array([0.5]))
    yield dict(td_error=np.array([-3.0, 1.5, -0.5]))
    for size in (4, 7, 9):
        yield dict(td_error=rng.normal(size=size) * 2)


def _half(d):
    return 0.5 * tf.square(d)


def _pieces(inner=_half, outer=lambda d: tf.abs(d) - 0.5, near=lambda d: tf.abs(d) <= 1):
    """An answer to `huber`, by default the right one."""
    return lambda d: tf.where(near(d), inner(d), outer(d))


check_huber = Check(
    _pieces(),
    _errors,
    [
        ("that is the square everywhere: beyond 1 it should be a line", _half),
        ("that is |δ| everywhere: near 0 it should be a parabola", tf.abs),
        ("at |δ| = 1 it jumps: the line starts at ½, so take ½ off", _pieces(outer=tf.abs)),
        ("at |δ| = 1 it jumps: take ½ off, do not add it", _pieces(outer=lambda d: tf.abs(d) + 0.5)),
        ("the parabola lacks its ½: the slopes do not meet", _pieces(tf.square)),
        ("both halves are missing: ½ δ² and |δ| − ½", _pieces(tf.square, tf.abs)),
        ("twice Huber's loss: ½ δ² and |δ| − ½", _pieces(tf.square, lambda d: 2 * tf.abs(d) - 1)),
        ("beyond 1 it is flat, so large errors teach nothing", _pieces(outer=lambda d: 0 * d + 0.5)),
        ("a negative error counts as a small one: use |δ|", _pieces(outer=lambda d: d - 0.5, near=lambda d: d <= 1)),
        ("a loss is never negative: use |δ| beyond 1, too", _pieces(outer=lambda d: d - 0.5)),
        ("a loss is never negative: δ |δ| keeps the sign", _pieces(lambda d: 0.5 * d * tf.abs(d))),
        ("the two pieces are swapped", _pieces(lambda d: tf.abs(d) - 0.5, _half)),
        ("the smaller piece is always the line, as ½ δ² − |δ| + ½ is a square: choose by |δ| ≤ 1", lambda d: tf.minimum(_half(d), tf.abs(d) - 0.5)),
        ("the pieces meet at |δ| = 1", _pieces(near=lambda d: tf.abs(d) <= 2)),
        ("beyond 1 it goes on as a line: the loss itself is not cut off at 1", lambda d: tf.minimum(_half(d), 1.0)),
        ("the pieces meet at |δ| = 1, not at ½", _pieces(near=lambda d: tf.abs(d) <= 0.5)),
        ("the line has slope 1: it rises by |δ|, not by half of it", _pieces(outer=lambda d: 0.5 * tf.abs(d))),
        ("the line has slope 1, not 2", _pieces(outer=lambda d: 2 * tf.abs(d) - 1.5)),
        ("beyond 1 it is a line, not a root", _pieces(outer=lambda d: tf.sqrt(tf.abs(d)) - 0.5)),
        ("one loss per sample: the mean is taken outside", lambda d: tf.reduce_mean(_pieces()(d))),
        ("one `if` decides once: each error needs a decision of its own, tf.where", lambda d: _half(d) if tf.abs(d) <= 1 else tf.abs(d) - 0.5),
    ],
    observe=gradients("td_error"),
)  # fmt: skip

_UNCHANGED = "the time limit still counts as an end: the pole was up, so its value goes on"

check_mended_discount = Check(
    lambda terminated, truncated, gamma: gamma * (1.0 - terminated),
    _flags_of_steps,
    [(_UNCHANGED, DISCOUNTS[0][1]), *DISCOUNTS[1:],
     ("`~truncated` is true for most steps: only `terminated` sets 0", lambda te, tr, g: g * (1.0 - (te | ~tr))),
     ("where both flags differ is not the question: only `terminated` sets 0", lambda te, tr, g: g * (1.0 - (te ^ tr))),
     ("a truncated step keeps γ, as all that go on: yours counts 1 there", lambda te, tr, g: np.where(tr, 1.0, g * (1.0 - te))),
     ("a time limit adds nothing: truncated does not raise the discount", lambda te, tr, g: g * (1.0 - te + tr))],
)  # fmt: skip


def _experience(rng):
    for size, actions in [(1, 2), (3, 4), (4, 3), (5, 2)]:
        yield dict(
            online=rng.normal(size=(2, actions)), target=rng.normal(size=(2, actions)),
            observation=rng.normal(size=(size, 2)), action=rng.integers(0, actions, size), reward=rng.normal(size=size),
            discount=rng.choice([0.0, 0.5, 0.9], size), next_observation=rng.normal(size=(size, 2)),
        )  # fmt: skip


def _watch_learning(loss, online, target, observation, action, reward, discount, next_observation):
    """The loss on linear networks, and its gradient by the weights of the online network."""
    networks = []
    for weights in (online, target):
        networks.append(
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(weights.shape[1], use_bias=False)])
        )
        networks[-1].set_weights([weights])
    columns = observation, reward, discount, next_observation
    s, r, d, s_next = (tf.constant(column, tf.float32) for column in columns)
    batch = Transition(s, tf.constant(action, tf.int64), r, d, s_next)
    with tf.GradientTape() as tape:
        value = loss(*networks, batch)
    variable = networks[0].trainable_variables[0]
    slope = tape.gradient(value, variable) if tf.is_tensor(value) else None
    return {"the loss": value, "the gradient by θ": np.zeros(variable.shape) if slope is None else slope}


_stop = tf.stop_gradient


def _learning(follow=lambda online, target, b: _best(target(b.next_observation)), aim=lambda b, v: b.reward + b.discount * v,
              value=lambda online, target, b: _taken(online(b.observation), b.action),
              loss=lambda y, q: tf.reduce_mean(tf.square(_stop(y) - q))):  # fmt: skip
    """An answer to `mended_target`, by default the right one."""
    return lambda online, target, batch: loss(
        aim(batch, follow(online, target, batch)), value(online, target, batch)
    )


check_mended_target = Check(
    _learning(),
    _experience,
    [
        ("the online network still values what follows: the goal moves with every update", _learning(lambda o, t, b: _best(o(b.next_observation)))),
        ("the two networks are swapped: learn with θ, aim with θ⁻", _learning(lambda o, t, b: _best(o(b.next_observation)), value=lambda o, t, b: _taken(t(b.observation), b.action))),
        ("both values come from the target network, so nothing can learn", _learning(value=lambda o, t, b: _taken(t(b.observation), b.action))),
        ("choosing with θ and valuing with θ⁻ is Double DQN: here the target network does both", _learning(lambda o, t, b: _taken(t(b.next_observation), tf.argmax(o(b.next_observation), 1)))),
        ("nothing follows a terminal step: use `batch.discount`", _learning(aim=lambda b, v: b.reward + v)),
        ("nothing follows a terminal step: use `batch.discount`, which is not 0.99 there", _learning(aim=lambda b, v: b.reward + 0.99 * v)),
        ("the reward is missing", _learning(aim=lambda b, v: b.discount * v)),
        ("that is the sum over the batch, not its mean", _learning(loss=lambda y, q: tf.reduce_sum(tf.square(_stop(y) - q)))),
        ("the mean of the squares, without a half", _learning(loss=lambda y, q: 0.5 * tf.reduce_mean(tf.square(_stop(y) - q)))),
        ("the squares, not the sizes of the errors", _learning(loss=lambda y, q: tf.reduce_mean(tf.abs(_stop(y) - q)))),
        ("a loss is one number: the mean over the batch", _learning(loss=lambda y, q: tf.square(_stop(y) - q))),
        ("errors of both signs cancel: square them before the mean", _learning(loss=lambda y, q: tf.reduce_mean(_stop(y) - q))),
        ("errors of both signs cancel: square before the mean, not after it", _learning(loss=lambda y, q: tf.square(tf.reduce_mean(_stop(y) - q)))),
        ("the mean of the squares, without the root", _learning(loss=lambda y, q: tf.sqrt(tf.reduce_mean(tf.square(_stop(y) - q))))),
        ("the sign: a loss is made small", _learning(loss=lambda y, q: -tf.reduce_mean(tf.square(_stop(y) - q)))),
        ("the smaller of both networks is another remedy: the target network alone values what follows", _learning(lambda o, t, b: _best(tf.minimum(o(b.next_observation), t(b.next_observation))))),
        ("the smaller of both best values is another remedy: the target network alone values what follows", _learning(lambda o, t, b: tf.minimum(_best(o(b.next_observation)), _best(t(b.next_observation))))),
        ("the mean of both networks still chases itself by half: the target network alone values what follows", _learning(lambda o, t, b: _best(o(b.next_observation) + t(b.next_observation)) / 2)),
        ("that is the worst next action: take the best", _learning(lambda o, t, b: tf.reduce_min(t(b.next_observation), 1))),
        ("the reward comes now: only what follows is discounted", _learning(aim=lambda b, v: b.discount * (b.reward + v))),
        ("the loss does not depend on θ: hold the target constant, not Q(s, a; θ), and calculate with tf", _learning(loss=lambda y, q: tf.reduce_mean(tf.square(y - _stop(q))))),
        ("that is the best value of s: the loss is about the action that was taken", _learning(value=lambda o, t, b: _best(o(b.observation)))),
        ("that is the value of action 0: the loss is about the action that was taken", _learning(value=lambda o, t, b: o(b.observation)[:, 0])),
        ("the target looks at s: what follows is s′, `batch.next_observation`", _learning(lambda o, t, b: _best(t(b.observation)))),
        ("that is the best over the whole batch, not of each row", _learning(lambda o, t, b: tf.reduce_max(t(b.next_observation)))),
        ("that is the mean over the next actions: take the best", _learning(lambda o, t, b: tf.reduce_mean(t(b.next_observation), 1))),
        ("the action taken in s says nothing about s′: take the best one there", _learning(lambda o, t, b: _taken(t(b.next_observation), b.action))),
        ("the best over the rows: actions lie along the last axis", _learning(lambda o, t, b: tf.reduce_max(t(b.next_observation), axis=0))),
    ],
    observe=_watch_learning,
)  # fmt: skip


def _two_tables(rng):
    for case in _batches(rng):
        q_target = rng.normal(size=case["q_next"].shape) * 3
        yield dict(
            reward=case["reward"], discount=case["discount"], q_online=case["q_next"], q_target=q_target
        )


def _double(
    choose=lambda o, t: tf.argmax(o, 1),
    value=lambda o, t, best: _taken(t, best),
    aim=lambda r, d, v: r + d * v,
):
    """An answer to `two_opinions`, by default the right one."""
    return lambda r, d, q_online, q_target: aim(r, d, value(q_online, q_target, choose(q_online, q_target)))


check_two_opinions = Check(
    _double(),
    _two_tables,
    [
        ("that is DQN's target: θ⁻ both chose and valued the action", _double(value=lambda o, t, best: _best(t))),
        ("θ both chose and valued the action: let θ⁻ value it", _double(value=lambda o, t, best: _best(o))),
        ("the roles are swapped: θ chooses, θ⁻ values", _double(lambda o, t: tf.argmax(t, 1), lambda o, t, best: _taken(o, best))),
        ("the smaller of the two best values is another remedy: choose with θ, value with θ⁻", _double(value=lambda o, t, best: tf.minimum(_best(o), _best(t)))),
        ("the smaller of the two opinions is another remedy: θ⁻ alone values the action", _double(value=lambda o, t, best: tf.minimum(_taken(o, best), _taken(t, best)))),
        ("the mean of both opinions keeps half the bias: θ⁻ alone values the action", _double(value=lambda o, t, best: (_taken(o, best) + _taken(t, best)) / 2)),
        ("choosing by the mean of both is one opinion again: θ chooses, θ⁻ values", _double(value=lambda o, t, best: _best((o + t) / 2))),
        ("the smaller of both networks, action by action, is another remedy: choose with θ, value with θ⁻", _double(value=lambda o, t, best: _best(tf.minimum(o, t)))),
        ("the choice is by both: θ alone chooses", _double(lambda o, t: tf.argmax(o + t, 1))),
        ("the reward comes now: only what follows is discounted", _double(aim=lambda r, d, v: d * (r + v))),
        ("`discount` multiplies what follows, and not 1 − discount", _double(aim=lambda r, d, v: r + (1 - d) * v)),
        ("that is the mean over the actions of θ⁻: θ chooses one", _double(value=lambda o, t, best: tf.reduce_mean(t, 1))),
        ("that chooses the worst action", _double(lambda o, t: tf.argmin(o, 1))),
        ("that takes whole rows: from row i take the entry of its own action (batch_dims=1)", _double(value=lambda o, t, best: tf.gather(t, best % t.shape[0]))),
        ("each row was crossed with all choices: row i goes with choice i (batch_dims=1)", _double(value=lambda o, t, best: tf.gather(t, best, axis=1))),
        ("that is the number of the action, not its value", _double(value=lambda o, t, best: tf.cast(best, tf.float32))),
        ("nothing follows a terminal step: use `discount`", _double(aim=lambda r, d, v: r + v)),
        ("the reward is missing", _double(aim=lambda r, d, v: d * v)),
    ],
    observe=tensors,
)  # fmt: skip

check_diagnosis = reading(
    {
        "A": {
            "healthy": "its values end above 100, which is more than γ = 0.99 allows, and its return never stays",
            "learning rate too high": "its values are far above what is possible: a rate that is too high leaves them low and restless",
            "values explode": None,
            "mask forgotten": "without the mask values grow without end, into the millions",
            "epsilon stuck": "its return while training is far above that of random actions",
        },
        "B": {
            "healthy": "its values are in the millions",
            "learning rate too high": "values of millions need more than large steps",
            "values explode": "they grow without end, and from the first steps on: what tells an agent that nothing follows?",
            "mask forgotten": None,
            "epsilon stuck": "random actions hold the pole for about 22 steps, this agent for 9",
        },
        "C": {
            "healthy": "while training it holds the pole for about 22 steps, to the end",
            "learning rate too high": "how can it act worse in training than when it is greedy?",
            "values explode": "they are too high, but that is not all: compare its two returns",
            "mask forgotten": "without the mask values grow into the millions",
            "epsilon stuck": None,
        },
        "D": {
            "healthy": None,
            "learning rate too high": "its return reaches 500",
            "values explode": "they come to rest near 100, the largest that is possible",
            "mask forgotten": "its return reaches 500",
            "epsilon stuck": "its return while training rises with the greedy one",
        },
        "E": {
            "healthy": "it never gets beyond 150",
            "learning rate too high": None,
            "values explode": "they stay below 100",
            "mask forgotten": "they stay below 100",
            "epsilon stuck": "while training it holds the pole longer than random actions do",
        },
    }
)


def _scaled_angle():
    return {"angle_scale": 10.0}


_AGAINST = {
    ("learning_rate", True): "larger steps make it more restless",
    ("learning_rate", False): "smaller steps learn more slowly in the same time",
    ("rate", True): "the target follows faster: it was held still for a reason",
    ("rate", False): "the target follows more slowly, and so does all that is learned from it",
    ("gamma", True): "a longer view is harder to learn",
    ("gamma", False): "a shorter view sees the fall too late",
    ("epsilon_end", True): "more exploring does not find what it cannot see",
    ("epsilon_end", False): "less exploring leaves it what it has",
    ("num_updates", True): "more updates from the same steps do not show it more",
    ("num_updates", False): "fewer updates learn less from the same steps",
    ("batch_size", True): "larger batches have less noise, and noise is not what holds it back",
    ("batch_size", False): "smaller batches have more noise",
    ("angle_scale", True): "that is the right number, and too much of it",
    ("angle_scale", False): "that is the right number, and the wrong direction",
}


def _watch_change(one_change):
    """Whether two agents trained with the change have the late share; the check's own change is known to."""
    if one_change is _scaled_angle:
        return True
    changed = one_change()
    if not isinstance(changed, dict) or len(changed) != 1:
        raise Misconception(f"one change at a time: a dict with one key, got {changed!r}")
    (name, value), *_ = changed.items()
    if name not in patients.DQN_SETTINGS:
        raise Misconception(f"there is no setting {name!r}; there are {', '.join(patients.DQN_SETTINGS)}")
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise Misconception(f"{name} should be a number above 0, got {value!r}")
    if (name == "epsilon_end" and value > 1) or (name in ("gamma", "rate") and value > 1):
        raise Misconception(f"{name} is at most 1, got {value!r}")
    if value == patients.DQN_SETTINGS[name]:
        raise Misconception(f"nothing has changed: {name} is {value!r} in plain DQN already")
    loop = patients.dqn_loop(**changed)
    runs = [loop.run(patients.DQN_STEPS, seed=seed, checkpoints=20) for seed in (1000, 1001)]
    shares = [late_share(patients.greedy_means(run), 475) for run in runs]
    print(f"late shares of two seeds: {shares[0]:.1f} and {shares[1]:.1f}")
    if np.mean(shares) < 0.7:
        raise Misconception(
            f"{_AGAINST.get((name, value > patients.DQN_SETTINGS[name]), 'that is not what holds it back')}: a late share "
            f"of {np.mean(shares):.2f}; plain DQN has 0.52, and 0.7 is asked for. Which of the four numbers that the "
            "network sees is smallest?"
        )
    return True


check_one_change = Check(_scaled_angle, lambda rng: [{}], [], observe=_watch_change, seconds=300)
