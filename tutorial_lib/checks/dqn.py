"""Checks of lesson 05: replay, targets, exploration, and three bugs of DQN."""

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.checks import exercise, explain, matches, numbers, reject
from tutorial_lib.types import Transition


@exercise
def check_ring_rows(ring_rows):
    got = numbers(ring_rows(8, 4, 10), "the rows")
    explain(got.shape == (4,), f"four new transitions need four rows, got shape {got.shape}")
    explain(got.dtype.kind in "iu", f"rows are integers, these are {got.dtype}")
    reject(got, "rows 10 and 11 do not exist: after the last row comes row 0 again", [8, 9, 10, 11])
    reject(got, "the batch always lands at the start: it goes on after the rows added before", [0, 1, 2, 3])
    reject(got, "what does not fit piles up in the last row: the ring goes on at row 0", [8, 9, 9, 9])
    reject(got, "one row too far: row 8 is the first that is free", [9, 0, 1, 2])
    reject(got, "the rows run backwards in time", [1, 0, 9, 8])
    reject(got, "the batch is split after all: it goes on where the last one ended", [6, 7, 8, 9])
    explain(matches(got, [8, 9, 0, 1]), f"8 added, 4 more, capacity 10: rows 8, 9, 0, 1, got {got}")
    got = numbers(ring_rows(25, 2, 10), "the rows")
    explain(matches(got, [5, 6]), f"after 25 transitions the ring has gone round twice: rows 5, 6, got {got}")
    explain(matches(ring_rows(0, 3, 3), [0, 1, 2]), "an empty replay is filled from row 0")


REWARD, DISCOUNT = np.array([1.0, 2.0, 3.0], np.float32), np.array([0.5, 0.0, 0.9], np.float32)
Q_NEXT = np.array([[4.0, 6.0], [8.0, 1.0], [-3.0, -5.0]], np.float32)


@exercise
def check_td_target(td_target):
    tensors = [tf.constant(x) for x in (REWARD, DISCOUNT, Q_NEXT)]
    got = numbers(td_target(*tensors), "the targets")
    best = Q_NEXT.max(axis=1)
    explain(got.shape != (3, 2), "one target per transition: take the best next action, not all of them")
    explain(
        got.shape != (3, 1), "[3, 1] minus [3] would compare every target with every value: drop the axis"
    )
    explain(got.shape != (), "that is one number for the whole batch: every transition has its own target")
    explain(got.shape == (3,), f"one target per transition: expected shape (3,), got {got.shape}")
    reject(got, "nothing follows a terminal step: use `discount`", REWARD + 0.5 * best, REWARD + best)
    reject(got, "nothing follows a terminal step: use `discount`", REWARD + 0.9 * best, REWARD + 0.99 * best)
    reject(
        got, "that is the mean over actions: Q-learning takes the best", REWARD + DISCOUNT * Q_NEXT.mean(1)
    )
    reject(got, "that is the worst next action", REWARD + DISCOUNT * Q_NEXT.min(axis=1))
    reject(got, "that is the number of the best action, not its value", REWARD + DISCOUNT * Q_NEXT.argmax(1))
    reject(got, "that follows one fixed action: take the best", *(REWARD + DISCOUNT * q for q in Q_NEXT.T))
    reject(got, "that is the best over the whole batch, not of each row", REWARD + DISCOUNT * Q_NEXT.max())
    reject(got, "the reward is missing", DISCOUNT * best)
    reject(got, "the reward comes now: only what follows is discounted", DISCOUNT * (REWARD + best))
    explain(matches(got, REWARD + DISCOUNT * best), f"expected {REWARD + DISCOUNT * best}, got {got}")


@exercise
def check_epsilon(epsilon):
    got = numbers([epsilon(step, 1.0, 0.1, 1000) for step in (0, 500, 1000, 3000, 250)], "ε")
    explain(got.shape == (5,), "ε is one number")
    explain(
        not matches(got[3], -1.7), "after num_steps it goes on falling, below 0: it has to stay at the end"
    )
    explain(not (np.ptp(got[:3]) < 1e-6), "ε never changes: an agent has to explore first and act well later")
    explain(not matches(got[:3], [0.1, 0.55, 1.0]), "that explores more and more: start and end are swapped")
    explain(not matches(got[2], 0.0), "at the end ε is `end`, not 0: a little exploration stays")
    explain(matches(got[0], 1.0), f"at step 0 ε is `start`, 1.0, got {got[0]:.4g}")
    explain(matches(got[3], 0.1), f"after num_steps ε stays at `end`, 0.1, got {got[3]:.4g}")
    explain(matches(got[2], 0.1), f"at num_steps ε has arrived at `end`, 0.1, got {got[2]:.4g}")
    explain(matches(got[[1, 4]], [0.55, 0.775]), f"it falls in a line: 0.55 half-way, got {got[1]:.4g}")


@exercise
def check_soft_update(soft_update):
    online, target = [np.array([[1.0, 2.0]]), np.array([8.0])], [np.array([[5.0, 6.0]]), np.array([-8.0])]
    before = [x.copy() for x in (*online, *target)]
    got = soft_update([x.copy() for x in online], [x.copy() for x in target], 0.25)
    explain(
        isinstance(got, (list, tuple)) and len(got) == 2, "one array for each array: expected a list of 2"
    )
    got = [numbers(array, "the new weights") for array in got]
    explain(got[0].shape == (1, 2), f"every array keeps its shape: expected (1, 2), got {got[0].shape}")
    flat = np.concatenate([np.ravel(array) for array in got])
    o, t = (np.concatenate([np.ravel(x) for x in weights]) for weights in (before[:2], before[2:]))
    reject(flat, "that is a hard update: the target jumps onto the online weights", o)
    reject(flat, "nothing has moved", t)
    reject(flat, "1 − τ and τ are swapped: the target should move a quarter of the way", 0.75 * o + 0.25 * t)
    reject(flat, "τ θ is added, but θ⁻ keeps all its weight: it would grow for ever", t + 0.25 * o)
    reject(
        flat, "it moves away from the online weights: the difference has the wrong sign", t - 0.25 * (o - t)
    )
    reject(flat, "that is the mean of both: use the rate", 0.5 * (o + t))
    explain(matches(flat, 0.75 * t + 0.25 * o), f"expected {0.75 * t + 0.25 * o}, got {flat}")


@exercise
def check_huber(huber):
    delta = np.array([-3.0, -0.5, 0.0, 0.5, 1.0, 4.0], np.float32)
    got, size = numbers(huber(tf.constant(delta)), "the losses"), np.abs(delta)
    explain(got.shape != (), "one loss per sample: the mean is taken outside")
    explain(got.shape == (6,), f"one loss per sample: expected shape (6,), got {got.shape}")
    right = np.where(size <= 1, 0.5 * delta**2, size - 0.5)
    reject(got, "that is the square everywhere: beyond 1 it should be a line", 0.5 * delta**2, delta**2)
    reject(got, "that is |δ| everywhere: near 0 it should be a parabola", size)
    reject(
        got,
        "at |δ| = 1 it jumps: the line starts at ½, so take ½ off",
        np.where(size <= 1, 0.5 * delta**2, size),
    )
    reject(got, "the parabola lacks its ½: the slopes do not meet", np.where(size <= 1, delta**2, size - 0.5))
    reject(
        got, "the slopes do not meet at 1: the parabola is ½ δ²", np.where(size <= 1, delta**2, 2 * size - 1)
    )
    reject(got, "beyond 1 it is flat, so large errors teach nothing", 0.5 * np.minimum(size, 1) ** 2)
    reject(
        got,
        "a negative error counts as a small one: use |δ|",
        np.where(delta <= 1, 0.5 * delta**2, delta - 0.5),
    )
    reject(got, "the two pieces are swapped", np.where(size > 1, 0.5 * delta**2, size - 0.5))
    explain(got >= 0, "a loss is never negative: use |δ|")
    explain(matches(got, right), f"for δ = {delta} expected {right}, got {got}")


@exercise
def check_mended_shapes(mended_loss):
    q, action = tf.constant([[1.0, 5.0], [2.0, 7.0], [9.0, 3.0]]), tf.constant([1, 0, 1], tf.int64)
    td_target = tf.constant([5.0, 3.0, 1.0])
    got = numbers(mended_loss(q, action, td_target), "the loss")
    explain(got.shape == (), f"a loss is one number, got shape {got.shape}")
    chosen = np.array([5.0, 2.0, 3.0])
    cross = np.mean((td_target.numpy() - chosen[:, None]) ** 2)
    reject(
        got,
        "every target is still compared with every value: [3, 1] minus [3] makes [3, 3]",
        cross,
        cross / 2,
    )
    every = np.mean((td_target.numpy()[:, None] - q.numpy()) ** 2)
    reject(got, "that pulls on both actions: only the one that was taken has a target", every, every / 2)
    reject(
        got, "that takes the best action, not the one that was taken", np.mean((td_target - [5, 7, 9]) ** 2)
    )
    reject(got, "that is the sum over the batch: the step would grow with its size", 5.0)
    reject(
        got, "errors of opposite sign cancel: square each before the mean", np.mean(td_target - chosen) ** 2
    )
    explain(matches(got, 5 / 3), f"(0² + 1² + 2²) / 3 = 1.667, got {float(got):.4g}")


@exercise
def check_mended_discount(mended_discount):
    terminated, truncated = np.array([False, True, False, True]), np.array([False, False, True, True])
    got = numbers(mended_discount(terminated, truncated, 0.9), "the discounts")
    explain(got.shape == (4,), f"one discount per step: expected shape (4,), got {got.shape}")
    reject(
        got, "the time limit still counts as an end: the pole was up, so its value goes on", [0.9, 0, 0, 0]
    )
    reject(got, "now nothing ever ends: a step that terminated has nothing after it", [0.9] * 4)
    reject(got, "that ends where the clock ran out, and not where the pole fell", [0.9, 0.9, 0, 0])
    reject(got, "that is upside down: 0 where it terminated", [0, 0.9, 0, 0.9], [0, 0.9, 0.9, 0.9])
    reject(got, "a step that terminated and was cut off at once did terminate", [0.9, 0, 0.9, 0.9])
    reject(got, "where it goes on, the discount is γ, not 1", [1, 0, 1, 0])
    explain(matches(got, [0.9, 0, 0.9, 0]), f"expected [0.9, 0, 0.9, 0], got {got}")


def _line(slope):
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, use_bias=False)])
    network.set_weights([np.array([slope], np.float32)])
    return network


@exercise
def check_mended_target(mended_loss):
    online, target = _line([1.0, 2.0]), _line([3.0, 0.5])
    batch = Transition(
        *map(tf.constant, ([[1.0], [2.0]], np.array([0, 1]), [1.0, 0.0], [0.5, 0.0], [[2.0], [1.0]]))
    )
    with tf.GradientTape() as tape:
        loss = mended_loss(online, target, batch)
    explain(loss is not None and np.ndim(loss) == 0, "a loss is one number")
    loss_of = lambda y, q: np.mean(np.square(np.subtract(y, q)))  # noqa: E731
    right = loss_of([4.0, 0.0], [1.0, 4.0])
    reject(
        loss,
        "the online network still values what follows: the goal moves with every update",
        loss_of([3, 0], [1, 4]),
    )
    reject(
        loss,
        "nothing follows a terminal step: use `batch.discount`",
        loss_of([4, 1.5], [1, 4]),
        loss_of([7, 3], [1, 4]),
    )
    reject(loss, "the two networks are swapped: learn with θ, aim with θ⁻", loss_of([3, 0], [3, 1]))
    reject(loss, "both values come from the target network, so nothing can learn", loss_of([4, 0], [3, 1]))
    reject(
        loss,
        "choosing with θ and valuing with θ⁻ is Double DQN: here the target network does both",
        loss_of([1.5, 0], [1, 4]),
    )
    reject(loss, "that is the sum over the batch, not its mean", 2 * right)
    explain(matches(loss, right), f"expected a loss of {right:.4g}, got {float(loss):.4g}")
    gradient = tape.gradient(loss, online.trainable_variables)[0]
    explain(gradient is not None, "the loss does not depend on θ: no gradient reaches the online network")
    explain(
        matches(gradient, [[-3.0, 8.0]]), "the gradient of Q(s, a; θ) alone is wanted, and this is another"
    )
