"""Typical answers to lesson 02's exercises, from the student text alone."""

import numpy as np
import tensorflow as tf

RIGHT, WRONG = {}, {}


def backwards(reward, gamma):
    out, g = [], 0.0
    for r in reward[::-1]:
        g = r + gamma * g
        out.insert(0, g)
    return out


def array_form(reward, gamma):
    out = np.zeros(len(reward))
    out[-1] = reward[-1]
    for t in range(len(reward) - 2, -1, -1):
        out[t] = reward[t] + gamma * out[t + 1]
    return out


def by_cumsum(reward, gamma):
    w = gamma ** np.arange(len(reward))
    return np.cumsum((np.array(reward) * w)[::-1])[::-1] / w


def in_place(reward, gamma):
    for t in range(len(reward) - 2, -1, -1):
        reward[t] += gamma * reward[t + 1]
    return reward


def int_array(reward, gamma):
    out = np.zeros_like(np.array(reward, int))
    g = 0
    for t in reversed(range(len(reward))):
        g = reward[t] + gamma * g
        out[t] = g
    return out


def lost_first(reward, gamma):
    out = [0.0] * len(reward)
    g = 0.0
    for t in range(len(reward) - 1, 0, -1):
        g = reward[t] + gamma * g
        out[t] = g
    return out


RIGHT["check_discounted_returns"] = [
    backwards,
    array_form,
    lambda r, g: [sum(g**k * x for k, x in enumerate(r[t:])) for t in range(len(r))],
]
WRONG["check_discounted_returns"] = [
    ("past", lambda r, g: [sum(g ** (t - k) * r[k] for k in range(t + 1)) for t in range(len(r))]),
    ("cumsum", lambda r, g: np.cumsum(np.array(r) * g ** np.arange(len(r)))),
    ("reversed", lambda r, g: backwards(r, g)[::-1]),
    ("no gamma", lambda r, g: backwards(r, 1.0)),
    ("gamma typed", lambda r, g: backwards(r, 0.99)),
    ("first only", lambda r, g: backwards(r, g)[0]),
    ("first for all", lambda r, g: [backwards(r, g)[0]] * len(r)),
    ("from the start", lambda r, g: [sum(g**k * r[k] for k in range(t, len(r))) for t in range(len(r))]),
    ("without own", lambda r, g: [*backwards(r, g)[1:], 0.0]),
    ("gamma too early", lambda r, g: [g * x for x in backwards(r, g)]),
    (
        "gamma on reward",
        lambda r, g: [sum(g ** (k + 1) * x for k, x in enumerate(r[t:])) for t in range(len(r))],
    ),
    ("one step", lambda r, g: [r[t] + g * (r[t + 1] if t + 1 < len(r) else 0) for t in range(len(r))]),
    ("rewards", lambda r, g: list(r)),
    ("weighted only", lambda r, g: [g**t * x for t, x in enumerate(r)]),
    ("in place", in_place),
    ("int array", int_array),
    ("first not filled", lost_first),
    ("cumsum divided", by_cumsum),
    ("1 - gamma", lambda r, g: backwards(r, 1 - g)),
]
real = lambda m: m > 0
RIGHT["check_normalise"] = [
    lambda g, m: np.where(m > 0, (g - g[m > 0].mean()) / (g[m > 0].std() + 1e-8), 0.0),
    lambda g, m: (
        m
        * (g - (g * m).sum() / m.sum())
        / np.sqrt((m * (g - (g * m).sum() / m.sum()) ** 2).sum() / m.sum() + 1e-12)
    ),
    lambda g, m: (
        (g - np.average(g, weights=m))
        / max(np.sqrt(np.average((g - np.average(g, weights=m)) ** 2, weights=m)), 1e-6)
        * m
    ),
]


def normalise_in_place(g, m):
    mean, std = g[m > 0].mean(), g[m > 0].std()
    g -= mean
    g /= std + 1e-8
    return g * m


WRONG["check_normalise"] = [
    ("padding in both", lambda g, m: (g - g.mean()) / (g.std() + 1e-8) * m),
    ("padding in mean", lambda g, m: (g - g.mean()) / (g[m > 0].std() + 1e-8) * m),
    ("padding in std", lambda g, m: (g - g[m > 0].mean()) / (g.std() + 1e-8) * m),
    ("padding stays", lambda g, m: (g - g[m > 0].mean()) / (g[m > 0].std() + 1e-8)),
    ("no division", lambda g, m: (g - g[m > 0].mean()) * m),
    ("no mean", lambda g, m: g / (g[m > 0].std() + 1e-8) * m),
    ("variance", lambda g, m: (g - g[m > 0].mean()) / (g[m > 0].var() + 1e-8) * m),
    (
        "per episode",
        lambda g, m: (
            (g - (g * m).sum(0) / m.sum(0))
            / (np.sqrt(((g - (g * m).sum(0) / m.sum(0)) ** 2 * m).sum(0) / m.sum(0)) + 1e-8)
            * m
        ),
    ),
    (
        "per time",
        lambda g, m: (
            (g - (g * m).sum(1, keepdims=True) / m.sum(1, keepdims=True))
            / (
                np.sqrt(
                    ((g - (g * m).sum(1, keepdims=True) / m.sum(1, keepdims=True)) ** 2 * m).sum(
                        1, keepdims=True
                    )
                    / m.sum(1, keepdims=True)
                )
                + 1e-8
            )
            * m
        ),
    ),
    ("ddof", lambda g, m: (g - g[m > 0].mean()) / (g[m > 0].std(ddof=1) + 1e-8) * m),
    ("no epsilon", lambda g, m: (g - g[m > 0].mean()) / g[m > 0].std() * m),
    ("flat", lambda g, m: (g[m > 0] - g[m > 0].mean()) / (g[m > 0].std() + 1e-8)),
    ("masked first", lambda g, m: (g * m - (g * m).mean()) / ((g * m).std() + 1e-8)),
    ("in place", normalise_in_place),
    ("min max", lambda g, m: (g - g[m > 0].min()) / (np.ptp(g[m > 0]) + 1e-8) * m),
    ("large epsilon", lambda g, m: (g - g[m > 0].mean()) / (g[m > 0].std() + 1.0) * m),
    ("brackets", lambda g, m: (g - g[m > 0].mean() / (g[m > 0].std() + 1e-8)) * m),
]
ce = tf.nn.sparse_softmax_cross_entropy_with_logits
pick = lambda x, a: tf.gather(x, a, batch_dims=1)
RIGHT["check_log_prob"] = [
    lambda z, a: -ce(a, z),
    lambda z, a: pick(tf.nn.log_softmax(z), a),
    lambda z, a: tf.reduce_sum(tf.nn.log_softmax(z) * tf.one_hot(a, z.shape[1]), axis=-1),
    lambda z, a: pick(z, a) - tf.reduce_logsumexp(z, axis=1),
]
WRONG["check_log_prob"] = [
    ("sign", lambda z, a: ce(a, z)),
    ("probability", lambda z, a: pick(tf.nn.softmax(z), a)),
    ("logit", lambda z, a: pick(z, a)),
    ("log of softmax", lambda z, a: tf.math.log(pick(tf.nn.softmax(z), a))),
    ("over batch", lambda z, a: pick(tf.nn.log_softmax(z, axis=0), a)),
    ("all actions", lambda z, a: tf.nn.log_softmax(z)),
    ("mean", lambda z, a: tf.reduce_mean(-ce(a, z))),
    ("no batch_dims", lambda z, a: tf.gather(tf.nn.log_softmax(z), a)),
    ("crossed", lambda z, a: tf.gather(tf.nn.log_softmax(z), a, axis=1)),
    ("best", lambda z, a: tf.reduce_max(tf.nn.log_softmax(z), axis=1)),
    ("twice", lambda z, a: -ce(a, tf.nn.softmax(z))),
    ("numpy", lambda z, a: np.log(np.exp(z) / np.exp(z).sum(1, keepdims=True))[np.arange(len(a)), a]),
    ("log of logits", lambda z, a: tf.math.log(pick(z, a))),
    ("epsilon in log", lambda z, a: tf.math.log(pick(tf.nn.softmax(z), a) + 1e-8)),
    ("cut off", lambda z, a: tf.constant((-ce(a, z)).numpy())),
    ("sigmoid", lambda z, a: tf.math.log_sigmoid(pick(z, a))),
    ("base 2", lambda z, a: -ce(a, z) / np.log(2).astype("float32")),
]
stop, mean, total = tf.stop_gradient, tf.reduce_mean, tf.reduce_sum
RIGHT["check_policy_gradient_loss"] = [
    lambda p, a, m: -total(stop(a) * m * p) / total(m),
    lambda p, a, m: total(-p * stop(a * m)) / total(m),
    lambda p, a, m: -mean(tf.boolean_mask(p * stop(a), m > 0)),
]
WRONG["check_policy_gradient_loss"] = [
    ("sign", lambda p, a, m: total(stop(a) * m * p) / total(m)),
    ("no stop", lambda p, a, m: -total(a * m * p) / total(m)),
    ("stop all", lambda p, a, m: -stop(total(a * m * p)) / total(m)),
    ("stop log_prob", lambda p, a, m: -total(a * m * stop(p)) / total(m)),
    ("mean of all", lambda p, a, m: -mean(stop(a) * m * p)),
    ("no mask", lambda p, a, m: -mean(stop(a) * p)),
    ("no mask / M", lambda p, a, m: -total(stop(a) * p) / total(m)),
    ("sum", lambda p, a, m: -total(stop(a) * m * p)),
    ("episodes", lambda p, a, m: -total(stop(a) * m * p) / m.shape[1]),
    ("time", lambda p, a, m: -total(stop(a) * m * p) / m.shape[0]),
    ("no advantage", lambda p, a, m: -total(m * p) / total(m)),
    ("probability", lambda p, a, m: -total(stop(a) * m * tf.exp(p)) / total(m)),
    ("numpy", lambda p, a, m: -np.sum(a.numpy() * m.numpy() * p.numpy()) / np.sum(m)),
    ("per step", lambda p, a, m: -stop(a) * m * p),
    (
        "non-zero products",
        lambda p, a, m: -total(stop(a) * m * p) / tf.cast(tf.math.count_nonzero(a * m * p), tf.float32),
    ),
    ("mean of means", lambda p, a, m: -mean(total(stop(a) * m * p, 0) / total(m, 0))),
    ("log again", lambda p, a, m: -total(stop(a) * m * tf.math.log(-p)) / total(m)),
    ("abs", lambda p, a, m: -total(tf.abs(stop(a)) * m * p) / total(m)),
    ("clipped", lambda p, a, m: -total(stop(a) * m * tf.clip_by_value(p, -1.0, 0.0)) / total(m)),
    ("squared", lambda p, a, m: total(tf.square(stop(a) - p) * m) / total(m)),
]


def update(
    adv=lambda g, v: g - v[:, 0],
    loss=lambda ce_, a: mean(ce_ * stop(a)),
    critic_loss=lambda a, g, v: mean(a**2),
    both=lambda po, cr: [*po.trainable_variables, *cr.trainable_variables],
    outside=False,
    make=None,
    sign=1,
):
    def f(policy, critic, optimizer, observation, action, returns):
        v = critic(observation) if outside else None
        with tf.GradientTape() as tape:
            v = v if outside else critic(observation)
            a = adv(returns, v)
            l = sign * loss(ce(action, policy(observation)), a) + critic_loss(a, returns, v)
        variables = both(policy, critic)
        (make() if make else optimizer).apply(tape.gradient(l, variables), variables)

    return f


import keras


def two_tapes(policy, critic, optimizer, observation, action, returns):
    with tf.GradientTape() as one, tf.GradientTape() as two:
        v = tf.squeeze(critic(observation), axis=-1)
        a = returns - v
        l1 = tf.reduce_mean(ce(action, policy(observation)) * tf.stop_gradient(a))
        l2 = tf.reduce_mean(tf.square(a))
    vs = [*policy.trainable_variables, *critic.trainable_variables]
    gs = [*one.gradient(l1, policy.trainable_variables), *two.gradient(l2, critic.trainable_variables)]
    optimizer.apply(gs, vs)


RIGHT["check_mended_update"] = [
    update(),
    two_tapes,
    update(adv=lambda g, v: tf.squeeze(g[:, None] - v, 1)),
    update(adv=lambda g, v: g - tf.reshape(v, [-1])),
]
WRONG["check_mended_update"] = [
    ("unchanged", update(adv=lambda g, v: g - v)),
    ("column times row", update(adv=lambda g, v: g[:, None] - v)),
    ("no stop", update(loss=lambda c, a: mean(c * a))),
    (
        "no critic in advantage",
        update(adv=lambda g, v: g, critic_loss=lambda a, g, v: mean((g - v[:, 0]) ** 2)),
    ),
    (
        "mean value",
        update(adv=lambda g, v: g - mean(v), critic_loss=lambda a, g, v: mean((g - v[:, 0]) ** 2)),
    ),
    (
        "mean return",
        update(adv=lambda g, v: g - mean(g), critic_loss=lambda a, g, v: mean((g - v[:, 0]) ** 2)),
    ),
    ("critic still broken", update(critic_loss=lambda a, g, v: mean((g - v) ** 2))),
    ("policy sign", update(sign=-1)),
    ("sum", update(loss=lambda c, a: total(c * stop(a)), critic_loss=lambda a, g, v: total(a**2))),
    ("only policy", update(both=lambda p, c: p.trainable_variables)),
    ("only critic", update(both=lambda p, c: c.trainable_variables)),
    ("half", update(critic_loss=lambda a, g, v: 0.5 * mean(a**2))),
    ("v outside", update(outside=True)),
    ("own optimizer", update(make=lambda: keras.optimizers.Adam(0.01))),
    ("value minus return", update(adv=lambda g, v: v[:, 0] - g)),
    ("axis 0 taken", update(adv=lambda g, v: g - v[0])),
    ("abs error", update(critic_loss=lambda a, g, v: mean(abs(a)))),
    ("no policy loss", update(loss=lambda c, a: 0.0 * mean(c))),
]
RIGHT["check_leave_one_out"] = [
    lambda g, m: (g - (total(g, 1, keepdims=True) - g) / (g.shape[1] - 1)) * m,
    lambda g, m: g.shape[1] / (g.shape[1] - 1) * (g - mean(g, axis=1, keepdims=True)) * m,
    lambda g, m: (
        m
        * (
            g
            - tf.stack(
                [mean(tf.concat([g[:, :b], g[:, b + 1 :]], 1), axis=1) for b in range(g.shape[1])], axis=1
            )
        )
    ),
]
WRONG["check_leave_one_out"] = [
    ("mean of all", lambda g, m: (g - mean(g, 1, keepdims=True)) * m),
    ("others over B", lambda g, m: (g - (total(g, 1, keepdims=True) - g) / g.shape[1]) * m),
    ("sum of others", lambda g, m: (g - (total(g, 1, keepdims=True) - g)) * m),
    ("all over B-1", lambda g, m: (g - total(g, 1, keepdims=True) / (g.shape[1] - 1)) * m),
    ("sign", lambda g, m: ((total(g, 1, keepdims=True) - g) / (g.shape[1] - 1) - g) * m),
    ("baseline", lambda g, m: (total(g, 1, keepdims=True) - g) / (g.shape[1] - 1) * m),
    ("no mask", lambda g, m: g - (total(g, 1, keepdims=True) - g) / (g.shape[1] - 1)),
    (
        "running only",
        lambda g, m: (
            (g - tf.math.divide_no_nan(total(g, 1, keepdims=True) - g, total(m, 1, keepdims=True) - 1)) * m
        ),
    ),
    ("over time", lambda g, m: (g - (total(g, 0) - g) / (g.shape[0] - 1)) * m),
    ("mean over time", lambda g, m: (g - mean(g, 0)) * m),
    ("one mean", lambda g, m: (g - mean(g)) * m),
    ("no baseline", lambda g, m: g * m),
    ("first row only", lambda g, m: (g - (total(g[0]) - g[0]) / (g.shape[1] - 1)) * m),
    ("B typed", lambda g, m: (g - (total(g, 1, keepdims=True) - g) / 15.0) * m),
    ("no keepdims", lambda g, m: (g - (total(g, 1) - g) / (g.shape[1] - 1)) * m),
    (
        "float32 count of all others",
        lambda g, m: (g - (total(g) - g) / (tf.size(g, tf.int32).numpy() - 1.0)) * m,
    ),
]
