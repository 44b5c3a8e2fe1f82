"""Checks of lesson 09: bounds, the critic's target, the actor's loss, fading noise, and how much of it."""

import numpy as np
import tensorflow as tf

from tutorial_lib.checks import explain
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients
from tutorial_lib.checks.trials import settled


def bounded(rng):
    """Numbers from an actor, some beyond ±1, and bounds that are not symmetric."""
    for size, num_actions in [(1, 1), (3, 2), (4, 3)] * 3:
        low = rng.uniform(-3, 1, num_actions)
        high = low + rng.uniform(0.5, 4, num_actions)
        yield dict(unit=rng.uniform(-1.5, 1.5, (size, num_actions)), low=low, high=high)


def scaled(
    unit=lambda u: u,
    middle=lambda low, high: (high + low) / 2,
    half=lambda low, high: (high - low) / 2,
    cut=np.clip,
    bounds=lambda low, high: (low, high),
):
    """An answer to `to_bounds`, by default the right one."""

    def to_bounds(u, low, high):
        low, high = bounds(low, high)
        return cut(middle(low, high) + half(low, high) * unit(u), low, high)

    return to_bounds


check_to_bounds = Check(
    scaled(),
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
        (
            "middle and half distance have changed places: the middle is added",
            scaled(middle=lambda low, high: (high - low) / 2, half=lambda low, high: (high + low) / 2),
        ),
        ("the middle is half the sum of the bounds", scaled(middle=lambda low, high: high + low)),
        ("the middle is half the sum of the bounds: that is `low`", scaled(middle=lambda low, high: low)),
        ("the middle is half the sum of the bounds: that is `high`", scaled(middle=lambda low, high: high)),
        ("the middle is half the sum of the bounds, not of their difference", scaled(middle=lambda low, high: (high - low) / 2)),
        ("the middle is added, not subtracted", scaled(middle=lambda low, high: -(high + low) / 2)),
        ("±1 should be the bounds: multiply by half their distance", scaled(half=lambda low, high: 1.0)),
        ("multiplied by `high`, it serves only bounds that are symmetric, also with the middle", scaled(half=lambda low, high: high)),
        ("half the distance is (high − low) / 2: that is half their sum", scaled(half=lambda low, high: (high + low) / 2)),
        ("half the distance was halved again", scaled(half=lambda low, high: (high - low) / 4)),
        ("unequal bounds were made equal: every action number has bounds of its own", scaled(bounds=lambda low, high: (low[:1], high[:1]))),
        ("every action number has bounds of its own: yours are the widest for all", scaled(bounds=lambda low, high: (low.min(), high.max()))),
        ("every action number has bounds of its own: yours are their means for all", scaled(bounds=lambda low, high: (low.mean(), high.mean()))),
        ("what is outside is only cut off there: ±1 must be stretched to the bounds first", lambda u, low, high: np.clip(u, low, high)),
        ("the cut at the end is at the bounds, not at ±1", scaled(cut=lambda a, low, high: np.clip(a, -1, 1))),
        ("what lies below −1 must end at `low`, too", scaled(cut=lambda a, low, high: np.minimum(a, high))),
        ("what lies above 1 must end at `high`, too", scaled(cut=lambda a, low, high: np.maximum(a, low))),
        ("what lies beyond ±1 is cut off, it does not come in again at the other side", scaled(lambda u: (u + 1) % 2 - 1)),
        ("what lies beyond ±1 is cut off, it is not thrown back", scaled(lambda u: np.where(np.abs(u) > 1, 2 * np.sign(u) - u, u))),
        ("the actor's tanh has been taken already: yours takes another", scaled(np.tanh)),
        ("that squeezes with another curve: from −1 to 1 it is a line", scaled(np.sin)),
        ("the sign of the number counts: −1 stands for `low`", scaled(np.abs)),
        ("the bounds are divided into whole numbers: / and not //", lambda u, low, high: np.clip((high + low) // 2 + (high - low) // 2 * u, low, high)),
        ("that is the sum of all numbers of an action: each has its own", scaled(lambda u: u.sum(axis=1, keepdims=True) + 0 * u)),
    ],
)  # fmt: skip


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
        ("the higher of the two errs upwards: aim with the slow copies alone", lambda r, t, g, slow, on: r + g * (1 - t) * np.maximum(slow, on)),
        ("the mean of the two still chases itself by half: aim with the slow copies alone", lambda r, t, g, slow, on: r + g * (1 - t) * (slow + on) / 2),
        ("the sum of the two counts the future twice: aim with the slow copies alone", lambda r, t, g, slow, on: r + g * (1 - t) * (slow + on)),
        ("that is a TD error: the target has nothing of the critic that learns", lambda r, t, g, slow, on: r + g * (1 - t) * slow - on),
        ("that is a TD error, turned round: the target has nothing of the critic that learns", lambda r, t, g, slow, on: on - r - g * (1 - t) * slow),
        ("the difference of the two opinions is no value: aim with the slow copies", lambda r, t, g, slow, on: r + g * (1 - t) * (slow - on)),
        ("nothing follows a terminal step, whichever network is asked", lambda r, t, g, slow, on: r + g * np.where(t, on, slow)),
        ("nothing follows a terminal step: the rest is for the slow copies", lambda r, t, g, slow, on: r + g * np.where(t, slow, on)),
        ("what follows is added to the reward", lambda r, t, g, slow, on: r - g * (1 - t) * slow),
        ("`gamma` multiplies what follows, and not 1 − gamma", lambda r, t, g, slow, on: r + (1 - g) * (1 - t) * slow),
        ("what follows is discounted once: one step lies between", lambda r, t, g, slow, on: r + g**2 * (1 - t) * slow),
        ("the reward counts in full, the rest is discounted: γ went to the wrong one", lambda r, t, g, slow, on: g * r + (1 - t) * slow),
        ("that mask counts terminal steps −1: 1 − terminated", lambda r, t, g, slow, on: r + g * (1 - 2 * t) * slow),
        ("one terminal step silences the whole batch: each row has its own mask", lambda r, t, g, slow, on: r + g * (1 - t.max()) * slow),
        ("every row gets the mean of what follows: each has its own", lambda r, t, g, slow, on: r + g * (1 - t) * slow.mean()),
        ("the best of the whole batch follows there: each row has its own", lambda r, t, g, slow, on: r + g * (1 - t) * slow.max()),
        ("a value may be negative: keep its sign", lambda r, t, g, slow, on: r + g * (1 - t) * np.abs(slow)),
        ("a value may be negative: do not cut it off at 0", lambda r, t, g, slow, on: r + g * (1 - t) * np.maximum(slow, 0)),
        ("one target per transition, not their mean", lambda r, t, g, slow, on: np.mean(r + g * (1 - t) * slow)),
    ],
)  # fmt: skip


def linear(rng):
    """An actor and a critic with few weights."""
    for size, width in [(1, 1), (3, 2), (5, 3)] * 3:
        yield dict(actor=rng.normal(size=width), critic=rng.normal(size=2), s=rng.normal(size=(size, width)))


def score(actor, critic, s):
    """Q(s, μ(s)) of each row: μ = tanh(s · actor), Q = c₀ a + c₁ a²."""
    return judge(critic, tf.tanh(tf.linalg.matvec(s, actor)))


def judge(critic, a):
    """Q = c₀ a + c₁ a²."""
    return critic[0] * a + critic[1] * tf.square(a)


def climbing(
    act=lambda actor, s: tf.tanh(tf.linalg.matvec(s, actor)), q=judge, loss=lambda q: -tf.reduce_mean(q)
):
    """An answer to `actor_loss`, by default the right one."""
    return lambda actor, critic, s: loss(q(held(critic), act(actor, s)))


def held(critic):
    """A critic's weights without a gradient."""
    return tf.stop_gradient(critic)


check_actor_loss = Check(
    climbing(),
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
            "no gradient reaches the actor: calculate with tf, not with NumPy, and hold still the critic alone",
            lambda actor, critic, s: -tf.reduce_mean(score(held(actor), held(critic), s)),
        ),
        (
            "that is the sum: take the mean, or the step grows with the batch",
            lambda actor, critic, s: -tf.reduce_sum(score(actor, held(critic), s)),
        ),
        ("the actor's tanh is missing", climbing(lambda actor, s: tf.linalg.matvec(s, actor))),
        ("the actor ends in a tanh, not in a sigmoid", climbing(lambda actor, s: tf.sigmoid(tf.linalg.matvec(s, actor)))),
        ("that cuts the action off: the actor ends in a tanh", climbing(lambda actor, s: tf.clip_by_value(tf.linalg.matvec(s, actor), -1.0, 1.0))),
        ("an action belongs to one state: yours is that of the mean state", climbing(lambda actor, s: tf.tanh(tf.reduce_mean(tf.linalg.matvec(s, actor))))),
        ("an action belongs to one state: yours is that of the mean state, before the tanh", climbing(lambda actor, s: tf.reduce_mean(tf.tanh(tf.linalg.matvec(s, actor))))),
        ("s · w is a sum over the numbers of a state, not their mean", climbing(lambda actor, s: tf.tanh(tf.reduce_mean(s * actor, axis=1)))),
        ("s · w is a sum over the numbers of a state: yours is left as it is", climbing(lambda actor, s: tf.tanh(s * actor))),
        ("the sum comes before the tanh, not after it", climbing(lambda actor, s: tf.reduce_sum(tf.tanh(s * actor), axis=1))),
        ("every state has its own action: yours is the first one's", climbing(lambda actor, s: tf.tanh(tf.linalg.matvec(s, actor))[:1])),
        ("the action is squared in the second term", climbing(q=lambda c, a: c[0] * a + c[1] * a)),
        ("the first term has the action itself, not its square", climbing(q=lambda c, a: c[0] * a**2 + c[1] * a**2)),
        ("c₀ and c₁ are swapped", climbing(q=lambda c, a: c[1] * a + c[0] * a**2)),
        ("c₀ is multiplied by the action", climbing(q=lambda c, a: c[0] + c[1] * a)),
        ("c₀ is multiplied by the action, and the square by c₁", climbing(q=lambda c, a: c[0] + c[1] * a**2)),
        ("the second term of Q is missing", climbing(q=lambda c, a: c[0] * a)),
        ("the first term of Q is missing", climbing(q=lambda c, a: c[1] * a**2)),
        ("the second term is added, not subtracted", climbing(q=lambda c, a: c[0] * a - c[1] * a**2)),
        ("c₁ is not squared, the action is", climbing(q=lambda c, a: c[0] * a + (c[1] * a) ** 2)),
        ("the whole score was squared: a score may be negative, and the actor climbs it", climbing(loss=lambda q: -tf.reduce_mean(tf.square(q)))),
        ("nothing is squared in the actor's loss: it is no error, but a score", climbing(loss=lambda q: tf.reduce_mean(tf.square(q)))),
        ("half is no part of it: the mean of the scores", climbing(loss=lambda q: -0.5 * tf.reduce_mean(q))),
        ("a score may be negative: keep its sign", climbing(loss=lambda q: -tf.reduce_mean(tf.abs(q)))),
        ("a score may be negative: keep its sign, and climb", climbing(loss=lambda q: tf.reduce_mean(tf.abs(q)))),
        ("that climbs from the best state alone: the mean over all of them", climbing(loss=lambda q: -tf.reduce_max(q))),
        ("one loss for all states: their mean", climbing(loss=lambda q: -q)),
        ("the logarithm of the policy's gradient is not asked for: the score itself", climbing(loss=lambda q: -tf.reduce_mean(tf.exp(q)))),
    ],
    observe=gradients("actor", "critic"),
)  # fmt: skip


def moments(rng):
    """Steps before, at and after the end of the fading."""
    for k, step in enumerate((0, 3, 60, 250, 499, 500, 510, 900, 2_000)):
        yield dict(
            step=step,
            num_episodes=[5, 10, 2][k % 3],
            episode_steps=[100, 50, 250][k % 3],
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
        ("it rises: floor − first is negative, and added", lambda t, n, e, a, b: a - (b - a) * min(t / (n * e), 1)),
        ("max(…, 1) is at least 1: the smaller of the two is meant", lambda t, n, e, a, b: a + (b - a) * max(t / (n * e), 1)),
        ("nothing fades: it is `first` for ever", lambda t, n, e, a, b: a),
        ("it is the floor from the beginning", lambda t, n, e, a, b: b),
        ("it falls in a line, not by a constant factor per step", lambda t, n, e, a, b: a * (b / a) ** min(t / (n * e), 1)),
        ("it falls in a line, not by a constant factor per step, which never rests", lambda t, n, e, a, b: a * (b / a) ** (t / (n * e))),
        ("it falls in a line, not like e⁻ᵗ", lambda t, n, e, a, b: b + (a - b) * np.exp(-t / (n * e))),
        ("it falls in a line, not along a wave", lambda t, n, e, a, b: b + (a - b) * (1 + np.cos(np.pi * min(t / (n * e), 1))) / 2),
        ("it falls in a line, not in a curve: the share of time is squared", lambda t, n, e, a, b: a + (b - a) * min(t / (n * e), 1) ** 2),
        ("it falls in a line, not in a curve: there is a root of the share of time", lambda t, n, e, a, b: a + (b - a) * min(t / (n * e), 1) ** 0.5),
        ("it falls in steps, one per episode: every step counts", lambda t, n, e, a, b: a + (b - a) * min((t // e) / n, 1)),
        ("it jumps at the end: // cuts the share of time to 0 or 1", lambda t, n, e, a, b: a + (b - a) * min(t // (n * e), 1)),
        ("it starts above `first`: the floor is added to it", lambda t, n, e, a, b: b + a * (1 - min(t / (n * e), 1))),
        ("it falls by `first` − `floor`, not by `floor`", lambda t, n, e, a, b: a - b * min(t / (n * e), 1)),
        ("the floor is where it ends, not by how much it changes", lambda t, n, e, a, b: a + b * min(t / (n * e), 1)),
        ("the steps of an episode are given: a number was typed in", lambda t, n, e, a, b: a + (b - a) * min(t / (n * 200), 1)),
        ("all steps are episodes times steps, not their sum", lambda t, n, e, a, b: a + (b - a) * min(t / (n + e), 1)),
        ("all steps are episodes times steps, not their quotient", lambda t, n, e, a, b: a + (b - a) * min(t * n / e, 1)),
        ("`step` counts steps: the number of episodes is in it already", lambda t, n, e, a, b: a + (b - a) * min(t * e / n, 1)),
        ("after the last of those episodes it begins again: it should rest at the floor", lambda t, n, e, a, b: a + (b - a) * ((t / (n * e)) % 1)),
        ("the line arrives at the last of all steps, not one step earlier", lambda t, n, e, a, b: a + (b - a) * min(t / (n * e - 1), 1)),
        ("the line starts at step 0, not one step later", lambda t, n, e, a, b: a + (b - a) * min((t + 1) / (n * e), 1)),
        ("it is halfway down when all steps are over: it should be at the floor", lambda t, n, e, a, b: a + (b - a) * min(t / (2 * n * e), 1)),
        ("it is at the floor when half the steps are over", lambda t, n, e, a, b: a + (b - a) * min(2 * t / (n * e), 1)),
        ("it rests at 0 after those episodes: a little exploration stays, `floor`", lambda t, n, e, a, b: a + (b - a) * t / (n * e) if t <= n * e else 0.0),
        ("it rests at `first` again after those episodes: it should rest at the floor", lambda t, n, e, a, b: a + (b - a) * t / (n * e) if t <= n * e else a),
        ("the line falls by 1 in all steps: it has to fall by `first` − `floor`", lambda t, n, e, a, b: max(b, a - t / (n * e))),
        ("it is stopped at 0, not at the floor", lambda t, n, e, a, b: max(0.0, a + (b - a) * t / (n * e))),
    ],
)  # fmt: skip


def trials(rng):
    """Tables of scores that a training returns, one row per σ; a lucky seed or a wide spread misleads."""
    sigmas, seeds = [0.0, 0.1, 0.5], [3, 4, 5, 6]
    for _ in range(8):
        scores = rng.normal(size=(3, 4)) + np.array([0.0, 1.0, 2.0])[rng.permutation(3), None]
        scores[rng.integers(3), rng.integers(4)] += 4.0
        yield dict(table=scores, sigmas=sigmas, seeds=seeds)
        yield dict(table=rng.normal(size=(3, 4)) * 3, sigmas=sigmas, seeds=seeds)
        yield dict(table=scores - 20.0, sigmas=sigmas, seeds=seeds)  # all below 0, as Pendulum's returns are


def trained(answer, table, sigmas, seeds):
    """The σ that an answer settles on."""
    return settled(answer, table, sigmas, seeds, "σ")


def settle(judge):
    """An answer that trains all and takes the σ whose scores are best in the eyes of `judge`."""
    return lambda train, sigmas, seeds: max(sigmas, key=lambda sigma: judge([train(sigma, s) for s in seeds]))


def means(train, sigmas, seeds):
    """The mean score of every σ."""
    return [float(np.mean([train(sigma, seed) for seed in seeds])) for sigma in sigmas]


def settle_by_running_best(train, sigmas, seeds):
    """Takes the best mean above 0."""
    best, top = sigmas[0], 0.0
    for sigma, mean in zip(sigmas, means(train, sigmas, seeds), strict=True):
        best, top = (sigma, mean) if mean > top else (best, top)
    return best


def settle_by_wins(train, sigmas, seeds):
    """Takes the σ that is best in most seeds."""
    winners = np.argmax([[train(sigma, seed) for seed in seeds] for sigma in sigmas], axis=0)
    return sigmas[int(np.bincount(winners, minlength=len(sigmas)).argmax())]


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
        ("that judges by the last seed alone", settle(lambda scores: scores[-1])),
        ("judge by the mean over seeds, not by the median: a lucky seed counts, too", settle(np.median)),
        (
            "nothing is taken off for the spread: judge by the mean over seeds",
            settle(lambda scores: np.mean(scores) - np.std(scores)),
        ),
        (
            "nothing is added for the spread: judge by the mean over seeds",
            settle(lambda scores: np.mean(scores) + np.std(scores)),
        ),
        (
            "the mean alone decides: it was divided by the spread",
            settle(lambda scores: np.mean(scores) / np.std(scores)),
        ),
        (
            "that is the σ whose seeds differ least: judge by their mean",
            settle(lambda scores: -np.std(scores)),
        ),
        ("that is the σ whose seeds differ most: judge by their mean", settle(np.std)),
        ("scores may be negative: keep their sign", settle(lambda scores: np.abs(np.mean(scores)))),
        (
            "scores may be negative: keep their sign, each of them",
            settle(lambda scores: np.mean(np.abs(scores))),
        ),
        (
            "scores may be negative: keep their sign, and square nothing",
            settle(lambda scores: np.mean(np.square(scores))),
        ),
        ("the search for the best must not begin at 0: all scores may be negative", settle_by_running_best),
        (
            "that counts good seeds: judge by the mean over seeds",
            settle(lambda scores: np.sum(np.array(scores) > 1)),
        ),
        (
            "that is the place of σ in the list: σ itself is asked for",
            lambda *task: task[1].index(settle(np.mean)(*task)),
        ),
        ("that is the score: the σ that earned it is asked for", lambda *task: max(means(*task))),
        ("those are the scores: the σ that earned the best is asked for", lambda *task: means(*task)),
        ("that is the last σ of the list, whatever it scored", lambda *task: means(*task) and task[1][-1]),
        ("that is the first σ of the list, whatever it scored", lambda *task: means(*task) and task[1][0]),
        (
            "that is the mean of all σ: choose one of them",
            lambda *task: means(*task) and float(np.mean(task[1])),
        ),
        (
            "the best σ is that of the best mean, not the σ in the middle",
            lambda *task: task[1][int(np.argsort(means(*task))[1])],
        ),
        ("that is the σ that wins most seeds: judge by the mean over seeds", settle_by_wins),
    ],
    observe=trained,
)
