"""Typical answers to lesson 09's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf
from typical.tables import tables

R, W, RIGHT, WRONG = tables()

C = "to_bounds"
R(C, "formula, then clip")(
    lambda unit, low, high: np.clip((high + low) / 2 + (high - low) / 2 * unit, low, high)
)
R(C, "clip unit first")(
    lambda unit, low, high: low + (np.clip(unit, -1, 1) + 1) * 0.5 * (np.asarray(high) - low)
)


@R(C, "minimum and maximum")
def _(unit, low, high):
    middle, half = (low + high) / 2, (high - low) / 2
    return middle + half * np.minimum(1.0, np.maximum(-1.0, unit))


W(C, "not clipped")(lambda unit, low, high: (high + low) / 2 + (high - low) / 2 * unit)
W(C, "middle forgotten (symmetric bounds assumed)")(lambda unit, low, high: np.clip(high * unit, low, high))
W(C, "middle and half width swapped")(
    lambda unit, low, high: np.clip((high - low) / 2 + (high + low) / 2 * unit, low, high)
)
W(C, "unit taken from 0 to 1")(lambda unit, low, high: np.clip(low + (high - low) * unit, low, high))
W(C, "not halved: high - low")(
    lambda unit, low, high: np.clip((high + low) / 2 + (high - low) * unit, low, high)
)
W(C, "tanh once more")(lambda unit, low, high: (high + low) / 2 + (high - low) / 2 * np.tanh(unit))
W(C, "only clipped to the bounds, not scaled")(lambda unit, low, high: np.clip(unit, low, high))
W(C, "clipped to ±1 at the end instead of the bounds")(
    lambda unit, low, high: np.clip((high + low) / 2 + (high - low) / 2 * unit, -1, 1)
)
W(C, "low and high swapped: direction turned")(
    lambda unit, low, high: np.clip((high + low) / 2 + (low - high) / 2 * unit, low, high)
)
W(C, "bounds of the first entry for all")(
    lambda unit, low, high: np.clip((high[0] + low[0]) / 2 + (high[0] - low[0]) / 2 * unit, low[0], high[0])
)
W(C, "only the upper bound")(
    lambda unit, low, high: np.minimum((high + low) / 2 + (high - low) / 2 * unit, high)
)
W(C, "integer division")(
    lambda unit, low, high: np.clip((high + low) // 2 + (high - low) // 2 * unit, low, high)
)
W(C, "middle not halved")(lambda unit, low, high: np.clip((high + low) + (high - low) / 2 * unit, low, high))


@W(C, "clips in place")
def _(unit, low, high):
    np.clip(unit, -1, 1, out=unit)
    return (high + low) / 2 + (high - low) / 2 * unit


W(C, "modulo: wraps round")(
    lambda unit, low, high: (high + low) / 2 + (high - low) / 2 * ((unit + 1) % 2 - 1)
)

C = "critic_target"
R(C, "formula")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * (1 - terminated) * q_slow
)
R(C, "where")(
    lambda reward, terminated, gamma, q_slow, q_online: np.where(terminated, reward, reward + gamma * q_slow)
)
R(C, "~")(
    lambda reward, terminated, gamma, q_slow, q_online: np.add(
        reward, gamma * q_slow * np.logical_not(terminated).astype(np.float32)
    )
)
W(C, "online's opinion")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * (1 - terminated) * q_online
)
W(C, "terminated ignored")(lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * q_slow)
W(C, "smaller of the two")(
    lambda reward, terminated, gamma, q_slow, q_online: (
        reward + gamma * (1 - terminated) * np.minimum(q_slow, q_online)
    )
)
W(C, "mean of the two")(
    lambda reward, terminated, gamma, q_slow, q_online: (
        reward + gamma * (1 - terminated) * (q_slow + q_online) / 2
    )
)
W(C, "gamma forgotten")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + (1 - terminated) * q_slow
)
W(C, "reward masked, too: 0 at the end")(
    lambda reward, terminated, gamma, q_slow, q_online: (1 - terminated) * (reward + gamma * q_slow)
)
W(C, "mask the wrong way round")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * terminated * q_slow
)
W(C, "gamma over the reward")(
    lambda reward, terminated, gamma, q_slow, q_online: gamma * (reward + (1 - terminated) * q_slow)
)
W(C, "TD error: q_online subtracted")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * (1 - terminated) * q_slow - q_online
)
W(C, "larger of the two")(
    lambda reward, terminated, gamma, q_slow, q_online: (
        reward + gamma * (1 - terminated) * np.maximum(q_slow, q_online)
    )
)
W(C, "0.5 of the example for gamma")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + 0.5 * (1 - terminated) * q_slow
)
W(C, "python not on an array")(
    lambda reward, terminated, gamma, q_slow, q_online: reward + gamma * (not terminated) * q_slow
)
W(C, "mean over the batch")(
    lambda reward, terminated, gamma, q_slow, q_online: np.mean(reward + gamma * (1 - terminated) * q_slow)
)
W(C, "slow where running, online where terminal")(
    lambda reward, terminated, gamma, q_slow, q_online: (
        reward + gamma * np.where(terminated, q_online, q_slow)
    )
)
W(C, "reward forgotten")(
    lambda reward, terminated, gamma, q_slow, q_online: gamma * (1 - terminated) * q_slow
)
W(C, "minus sign")(
    lambda reward, terminated, gamma, q_slow, q_online: reward - gamma * (1 - terminated) * q_slow
)

C = "actor_loss"


@R(C, "stop_gradient on critic")
def _(actor, critic, s):
    c = tf.stop_gradient(critic)
    a = tf.tanh(tf.linalg.matvec(s, actor))
    return -tf.reduce_mean(c[0] * a + c[1] * a**2)


@R(C, "reduce_sum product")
def _(actor, critic, s):
    a = tf.math.tanh(tf.reduce_sum(s * actor, axis=-1))
    c0, c1 = tf.unstack(tf.stop_gradient(critic))
    return tf.reduce_mean(-(c0 + c1 * a) * a)


@R(C, "tensordot")
def _(actor, critic, s):
    a = tf.tanh(tf.tensordot(s, actor, 1))
    features = tf.stack([a, a * a], axis=-1)
    return -tf.reduce_sum(tf.linalg.matvec(features, tf.stop_gradient(critic))) / tf.cast(
        tf.shape(s)[0], tf.float32
    )


def al(label, stop=True, act=None, q=None, loss=None):
    def f(actor, critic, s):
        c = tf.stop_gradient(critic) if stop else critic
        a = (act or (lambda w, s: tf.tanh(tf.linalg.matvec(s, w))))(actor, s)
        v = (q or (lambda c, a: c[0] * a + c[1] * a**2))(c, a)
        return (loss or (lambda v: -tf.reduce_mean(v)))(v)

    return W(C, label)(f)


al("minus forgotten: goes for low scores", loss=lambda v: tf.reduce_mean(v))
al("critic not held still", stop=False)
al("tanh forgotten", act=lambda w, s: tf.linalg.matvec(s, w))
al("sum over the batch", loss=lambda v: -tf.reduce_sum(v))
al(
    "stop_gradient on the action: no gradient for the actor",
    act=lambda w, s: tf.stop_gradient(tf.tanh(tf.linalg.matvec(s, w))),
)
al("stop_gradient around Q", q=lambda c, a: tf.stop_gradient(c[0] * a + c[1] * a**2))
al("one loss per state", loss=lambda v: -v)
al("square forgotten: c1 * a", q=lambda c, a: c[0] * a + c[1] * a)
al("c0 and c1 swapped", q=lambda c, a: c[1] * a + c[0] * a**2)
al("constant c0 instead of c0 * a", q=lambda c, a: c[0] + c[1] * a)
al("Q of the mean action", act=lambda w, s: tf.tanh(tf.reduce_mean(tf.linalg.matvec(s, w))))
al("squared Q", loss=lambda v: tf.reduce_mean(tf.square(v)))
al("only the first term", q=lambda c, a: c[0] * a)
al("critic held still by -stop, but sign twice", loss=lambda v: -tf.reduce_mean(-v))
al("absolute score", loss=lambda v: -tf.reduce_mean(tf.abs(v)))
al("elementwise product not summed", act=lambda w, s: tf.tanh(s * w))


@W(C, "NumPy: gradient lost")
def _(actor, critic, s):
    a = np.tanh(np.array(s) @ np.array(actor))
    c = np.array(critic)
    return -np.mean(c[0] * a + c[1] * a**2)


C = "fading_noise"
R(C, "formula")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / (num_episodes * episode_steps), 1)
    )
)


@R(C, "branch")
def _(step, num_episodes, episode_steps, first, floor):
    T = num_episodes * episode_steps
    if step > T:
        return floor
    return first * (1 - step / T) + floor * step / T


R(C, "interp")(
    lambda step, num_episodes, episode_steps, first, floor: np.interp(
        step, [0, num_episodes * episode_steps], [first, floor]
    )
)
W(C, "T in episodes: fades 200 times too fast")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / num_episodes, 1)
    )
)
W(C, "never stops falling")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * step / (num_episodes * episode_steps)
    )
)
W(C, "T = episode_steps only")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / episode_steps, 1)
    )
)
W(C, "first and floor swapped: rises")(
    lambda step, num_episodes, episode_steps, first, floor: (
        floor + (first - floor) * min(step / (num_episodes * episode_steps), 1)
    )
)
W(C, "falls to 0, then floored")(
    lambda step, num_episodes, episode_steps, first, floor: max(
        floor, first * (1 - step / (num_episodes * episode_steps))
    )
)
W(C, "exponential")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first * (floor / first) ** min(step / (num_episodes * episode_steps), 1)
    )
)
W(C, "max for min")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * max(step / (num_episodes * episode_steps), 1)
    )
)
W(C, "stairs: falls once per episode")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min((step // episode_steps) / num_episodes, 1)
    )
)
W(C, "0 after T")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * step / (num_episodes * episode_steps)
        if step < num_episodes * episode_steps
        else 0.0
    )
)
W(C, "first instead of first - floor: floor added")(
    lambda step, num_episodes, episode_steps, first, floor: (
        floor + first * (1 - min(step / (num_episodes * episode_steps), 1))
    )
)
W(C, "200 steps hard-coded")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / (num_episodes * 200), 1)
    )
)
W(C, "T = episodes + steps")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step / (num_episodes + episode_steps), 1)
    )
)
W(C, "integer division")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * min(step // (num_episodes * episode_steps), 1)
    )
)
W(C, "1 - floor for first - floor")(
    lambda step, num_episodes, episode_steps, first, floor: (
        1 + (floor - 1) * min(step / (num_episodes * episode_steps), 1)
    )
)
W(C, "goes back to first after T")(
    lambda step, num_episodes, episode_steps, first, floor: (
        first + (floor - first) * ((step / (num_episodes * episode_steps)) % 1)
    )
)

C = "best_sigma"


@R(C, "dict of means")
def _(train, sigmas, seeds):
    score = {s: np.mean([train(s, k) for k in seeds]) for s in sigmas}
    return max(score, key=score.get)


R(C, "argmax")(
    lambda train, sigmas, seeds: sigmas[
        int(np.argmax([[train(s, k) for k in seeds] for s in sigmas] @ np.ones(len(seeds))))
    ]
)


@R(C, "running best")
def _(train, sigmas, seeds):
    best, top = None, -np.inf
    for sigma in sigmas:
        total = 0.0
        for seed in seeds:
            total += train(sigma, seed)
        if total > top:
            best, top = sigma, total
    return best


W(C, "best single seed")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: max(train(s, k) for k in seeds))
)
W(C, "first seed only")(lambda train, sigmas, seeds: max(sigmas, key=lambda s: train(s, seeds[0])))
W(C, "median")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: np.median([train(s, k) for k in seeds]))
)
W(C, "worst mean (min)")(
    lambda train, sigmas, seeds: min(sigmas, key=lambda s: np.mean([train(s, k) for k in seeds]))
)
W(C, "index instead of sigma")(
    lambda train, sigmas, seeds: int(np.argmax([np.mean([train(s, k) for k in seeds]) for s in sigmas]))
)
W(C, "the score instead of sigma")(
    lambda train, sigmas, seeds: max(np.mean([train(s, k) for k in seeds]) for s in sigmas)
)
W(C, "each trained twice")(
    lambda train, sigmas, seeds: max(
        sigmas, key=lambda s: np.mean([train(s, k) for k in seeds] + [train(s, k) for k in seeds])
    )
)
W(C, "arguments swapped")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: np.mean([train(k, s) for k in seeds]))
)
W(C, "best worst seed")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: min(train(s, k) for k in seeds))
)
W(C, "0.2 of the example")(lambda train, sigmas, seeds: 0.2)
W(C, "each sigma with a seed of its own (zip)")(
    lambda train, sigmas, seeds: max(zip(sigmas, seeds), key=lambda p: train(*p))[0]
)
W(C, "seeds counted from 0 instead of those given")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: np.mean([train(s, k) for k in range(len(seeds))]))
)
W(C, "last seed forgotten")(
    lambda train, sigmas, seeds: max(sigmas, key=lambda s: np.mean([train(s, k) for k in seeds[:-1]]))
)


@W(C, "return inside the loop: first sigma")
def _(train, sigmas, seeds):
    best, top = None, -np.inf
    for s in sigmas:
        m = np.mean([train(s, k) for k in seeds])
        if m > top:
            best, top = s, m
        return best


@W(C, "starts from 0: negative scores never win")
def _(train, sigmas, seeds):
    best, top = sigmas[0], 0.0
    for s in sigmas:
        m = np.mean([train(s, k) for k in seeds])
        if m > top:
            best, top = s, m
    return best


W(C, "mean minus standard deviation")(
    lambda train, sigmas, seeds: max(
        sigmas, key=lambda s: (lambda v: np.mean(v) - np.std(v))([train(s, k) for k in seeds])
    )
)
