"""Checks of lesson 09: bounds, the critic's target, the actor's loss, fading noise, and how much of it."""

import numpy as np
import tensorflow as tf

from tutorial_lib.checks import explain
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients


def bounded(rng):
    """Numbers from an actor, some beyond ±1, and bounds that are not symmetric."""
    for size, num_actions in [(1, 1), (3, 2), (4, 3)] * 3:
        low = rng.uniform(-3, 1, num_actions)
        high = low + rng.uniform(0.5, 4, num_actions)
        yield dict(unit=rng.uniform(-1.5, 1.5, (size, num_actions)), low=low, high=high)


check_to_bounds = Check(
    lambda unit, low, high: np.clip((high + low) / 2 + (high - low) / 2 * unit, low, high),
    bounded,
    [
        (
            "the middle of the bounds is not 0: the bias is missing",
            lambda u, low, high: np.clip((high - low) / 2 * u, low, high),
        ),
        (
            "multiplied by `high`, it serves only bounds that are symmetric",
            lambda u, low, high: np.clip(high * u, low, high),
        ),
        (
            "what lies beyond ±1 must end at the bounds: cut it off",
            lambda u, low, high: (high + low) / 2 + (high - low) / 2 * u,
        ),
        (
            "±1 should be the bounds: the multiplier is half the distance between them",
            lambda u, low, high: np.clip((high + low) / 2 + (high - low) * u, low, high),
        ),
        (
            "that takes numbers from 0 to 1; an actor's tanh gives −1 to 1",
            lambda u, low, high: np.clip(low + (high - low) * u, low, high),
        ),
        (
            "that is upside down: +1 stands for `high`",
            lambda u, low, high: np.clip((high + low) / 2 - (high - low) / 2 * u, low, high),
        ),
    ],
)


def steps(rng):
    """Transitions; the critics' opinions of the proposals of the slow actor and of the one that learns."""
    for size in [1, 3, 4] * 4:
        yield dict(
            reward=rng.normal(size=size),
            terminated=rng.integers(0, 2, size).astype(bool),
            gamma=rng.uniform(0.5, 0.99),
            q_slow=rng.normal(size=size),
            q_online=rng.normal(size=size),
        )


check_critic_target = Check(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * (1 - terminated) * q_slow,
    steps,
    [
        (
            "the critic that learns chases itself: aim with the slow copies",
            lambda r, t, g, slow, on: r + g * (1 - t) * on,
        ),
        ("nothing follows a terminal step: use `terminated`", lambda r, t, g, slow, on: r + g * slow),
        (
            "bootstrapping happens only after terminal steps: the mask is turned round",
            lambda r, t, g, slow, on: r + g * t * slow,
        ),
        (
            "the reward comes now: only what follows is discounted",
            lambda r, t, g, slow, on: g * (r + (1 - t) * slow),
        ),
        ("the reward of a terminal step counts, too", lambda r, t, g, slow, on: (1 - t) * (r + g * slow)),
        ("what follows is not discounted: use `gamma`", lambda r, t, g, slow, on: r + (1 - t) * slow),
        ("the reward is missing", lambda r, t, g, slow, on: g * (1 - t) * slow),
        (
            "the lower of the two is TD3's, and both of those are slow copies",
            lambda r, t, g, slow, on: r + g * (1 - t) * np.minimum(slow, on),
        ),
    ],
)


def linear(rng):
    """An actor and a critic with few weights."""
    for size, width in [(1, 1), (3, 2), (5, 3)] * 3:
        yield dict(actor=rng.normal(size=width), critic=rng.normal(size=2), s=rng.normal(size=(size, width)))


def score(actor, critic, s):
    """Q(s, μ(s)) of each row: μ = tanh(s · actor), Q = c₀ a + c₁ a²."""
    a = tf.tanh(tf.linalg.matvec(s, actor))
    return critic[0] * a + critic[1] * tf.square(a)


def held(critic):
    """A critic's weights without a gradient."""
    return tf.stop_gradient(critic)


check_actor_loss = Check(
    lambda actor, critic, s: -tf.reduce_mean(score(actor, held(critic), s)),
    linear,
    [
        (
            "the sign: a loss is made small, and the score should become large",
            lambda actor, critic, s: tf.reduce_mean(score(actor, held(critic), s)),
        ),
        (
            "the critic moves along: it would raise all its scores. Hold it still with tf.stop_gradient",
            lambda actor, critic, s: -tf.reduce_mean(score(actor, critic, s)),
        ),
        (
            "sign and critic: make the loss small where the score is large, and hold the critic still",
            lambda actor, critic, s: tf.reduce_mean(score(actor, critic, s)),
        ),
        (
            "nothing reaches the actor: it is the critic that must be held still",
            lambda actor, critic, s: -tf.reduce_mean(score(held(actor), critic, s)),
        ),
        (
            "nothing may be held still but the critic",
            lambda actor, critic, s: -tf.reduce_mean(score(held(actor), held(critic), s)),
        ),
        (
            "that is the sum: take the mean, or the step grows with the batch",
            lambda actor, critic, s: -tf.reduce_sum(score(actor, held(critic), s)),
        ),
    ],
    observe=gradients("actor", "critic"),
)


def moments(rng):
    """Steps before, at and after the end of the fading."""
    for step in (0, 3, 60, 250, 500, 900, 2_000):
        yield dict(
            step=step,
            num_episodes=5,
            episode_steps=100,
            first=rng.uniform(0.8, 1.2),
            floor=rng.uniform(0.02, 0.1),
        )


check_fading_noise = Check(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / (num_episodes * episode_steps), 1)
    ),
    moments,
    [
        (
            "after the last of those episodes it goes on falling, below the floor, and even below 0",
            lambda t, n, e, a, b: a + (b - a) * t / (n * e),
        ),
        (
            "it falls to 0: a little exploration stays, `floor`",
            lambda t, n, e, a, b: a * (1 - min(t / (n * e), 1)),
        ),
        (
            "it falls too steeply and then rests: a line goes straight from `first` to `floor`",
            lambda t, n, e, a, b: max(a * (1 - t / (n * e)), b),
        ),
        ("steps are counted as if they were episodes", lambda t, n, e, a, b: a + (b - a) * min(t / n, 1)),
        (
            "it falls within one episode: use `num_episodes`",
            lambda t, n, e, a, b: a + (b - a) * min(t / e, 1),
        ),
        (
            "it rises: `first` and `floor` are swapped",
            lambda t, n, e, a, b: b + (a - b) * min(t / (n * e), 1),
        ),
    ],
)


def trials(rng):
    """Tables of scores that a training returns, one row per σ; a lucky seed or a wide spread misleads."""
    sigmas, seeds = [0.0, 0.1, 0.5], [3, 4, 5, 6]
    for _ in range(8):
        scores = rng.normal(size=(3, 4)) + np.array([0.0, 1.0, 2.0])[rng.permutation(3), None]
        scores[rng.integers(3), rng.integers(4)] += 4.0
        yield dict(table=scores, sigmas=sigmas, seeds=seeds)


def trained(answer, table, sigmas, seeds):
    """The σ that an answer settles on, and what it has trained on the way."""
    runs = []

    def train(sigma, seed):
        explain(sigma in sigmas and seed in seeds, f"train({sigma}, {seed}) was not asked for")
        runs.append((sigma, seed))
        return table[sigmas.index(sigma), seeds.index(seed)]

    chosen = answer(train, list(sigmas), list(seeds))
    explain(len(runs) > 0, "nothing was trained: call train(sigma, seed)")
    explain(len(set(runs)) == 12, f"every σ deserves every seed: {len(set(runs))} of 12 were trained")
    explain(len(runs) == 12, f"every pair is to be trained once: there were {len(runs)} runs for 12 pairs")
    return chosen


def settle(judge):
    """An answer that trains all and takes the σ whose scores are best in the eyes of `judge`."""
    return lambda train, sigmas, seeds: max(sigmas, key=lambda sigma: judge([train(sigma, s) for s in seeds]))


check_best_sigma = Check(
    settle(np.mean),
    trials,
    [
        ("that is the σ of the luckiest seed: judge by the mean over seeds", settle(max)),
        ("that is the σ with the best unlucky seed: judge by the mean over seeds", settle(min)),
        ("that judges by the first seed alone", settle(lambda scores: scores[0])),
        (
            "that is the worst σ on average: scores are better when larger",
            settle(lambda scores: -np.mean(scores)),
        ),
    ],
    observe=trained,
)
