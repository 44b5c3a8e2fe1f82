"""Checks of lesson 02: returns, log-probabilities, the policy gradient and its baselines."""

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.checks import Misconception
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import gradients, tensors
from tutorial_lib.checks.reading import reading
from tutorial_lib.evidence.evaluation import evaluate
from tutorial_lib.learning.collector import Collector
from tutorial_lib.learning.policies import greedy, sample_categorical
from tutorial_lib.networks.mlp import mlp
from tutorial_lib.seeding import seed_everything
from tutorial_lib.worlds.envs import make_vec_env


def _rewards(rng):
    for length in [1, 2, 3, 5] * 4:
        reward = rng.integers(-9, 10, length) if rng.random() < 0.3 else rng.normal(size=length).round(2)
        yield dict(reward=reward.tolist(), gamma=float(rng.choice([0.0, 0.5, 0.8, 0.99, 1.0])))


def _following(reward, gamma, weight=lambda gamma, k: gamma**k):
    """Σ weight(k) r[t + k] for every t."""
    return np.array([sum(weight(gamma, k) * r for k, r in enumerate(reward[t:])) for t in range(len(reward))])


def _passed(reward, gamma):
    return np.array([sum(gamma ** (t - k) * reward[k] for k in range(t + 1)) for t in range(len(reward))])


def _first_not_filled(reward, gamma):
    return np.where(np.arange(len(reward)) == 0, 0.0, _following(reward, gamma))


check_discounted_returns = Check(
    _following,
    _rewards,
    [
        ("that adds up the past: an action can only be credited with what follows it", _passed),
        (
            "that adds up the past, and discounts from the start: look forward from each step",
            lambda r, g: np.cumsum(np.array(r) * g ** np.arange(len(r))),
        ),
        (
            "the returns stand in reverse: the first belongs to the first step",
            lambda r, g: _following(r, g)[::-1],
        ),
        ("γ is missing: a reward one step later counts γ times as much", lambda r, g: _following(r, 1.0)),
        (
            "that is the return of the first step alone: every step has one of its own",
            lambda r, g: _following(r, g)[0],
        ),
        (
            "every step got the return of the first: each sums what follows itself",
            lambda r, g: np.full(len(r), _following(r, g)[0]),
        ),
        (
            "γ counts from the step whose return it is, not from the start",
            lambda r, g: _following(r, g) * g ** np.arange(len(r)),
        ),
        (
            "the division by γᵗ breaks where γ is 0: go backwards instead",
            lambda r, g: _following(r, g) + (np.arange(len(r)) * np.nan if g == 0 else 0),
        ),
        ("the reward of the step itself is missing", lambda r, g: np.append(_following(r, g)[1:], 0.0)),
        (
            "the reward of the step itself is missing, the next counts in full",
            lambda r, g: g * np.append(_following(r, g)[1:], 0.0),
        ),
        (
            "γ comes in one step early: the step's own reward counts in full",
            lambda r, g: g * _following(r, g),
        ),
        (
            "only one step ahead is added: everything that follows counts",
            lambda r, g: _following(r, g, lambda g, k: g**k if k < 2 else 0.0),
        ),
        (
            "γ counts once for each step of waiting: γ, γ², γ³ …",
            lambda r, g: _following(r, g, lambda g, k: g if k else 1.0),
        ),
        ("those are the rewards: a return sums those that follow", lambda r, g: np.array(r, float)),
        (
            "each reward is discounted, but none are added up",
            lambda r, g: np.array(r) * g ** np.arange(len(r)),
        ),
        (
            "the returns lost their decimals: an array of whole numbers cannot hold them",
            lambda r, g: np.trunc(_following(r, g)),
        ),
        ("the first entry is never filled: the loop has to reach step 0", _first_not_filled),
        ("that weighs with 1 − γ: what comes a step later counts γ times", lambda r, g: _following(r, 1 - g)),
    ],
)


def _padded(rng):
    for steps, episodes in [(2, 2), (1, 3), (4, 2), (5, 3)] * 3:
        length = rng.integers(1, steps + 1, episodes)
        length[rng.integers(episodes)] = steps
        mask = (np.arange(steps)[:, None] < length).astype(np.float32)
        returns = (rng.normal(size=(steps, episodes)) * 3 + 1) * mask
        yield dict(returns=returns.astype(np.float32), mask=mask)
    yield dict(returns=np.full((3, 2), 7.0, np.float32), mask=np.ones((3, 2), np.float32))


def _standard(g, mask, axis=None, mean_of=None, spread_of=None, count=None, power=0.5):
    """(G − mean) / variance**power over the entries counted, 0 at padding."""
    average = lambda x, counted, n: np.sum(x * counted, axis, keepdims=True) / n
    mean_of, spread_of = (mask if m is None else m for m in (mean_of, spread_of))
    mean = average(g, mean_of, np.sum(mean_of, axis, keepdims=True))
    n = np.sum(spread_of, axis, keepdims=True)
    centre = average(g, spread_of, n)
    variance = average((g - centre) ** 2, spread_of, n if count is None else count(n))
    return (g - mean) / (variance**power + 1e-8) * mask


def _deviation(g, m):
    return g[m > 0].std() + 1e-8


ALL = np.ones_like

check_normalise = Check(
    _standard,
    _padded,
    [
        (
            "padding was counted in the mean and in the deviation: only steps with mask 1 are real",
            lambda g, m: _standard(g, m, mean_of=ALL(m), spread_of=ALL(m)),
        ),
        (
            "padding was counted in the mean: only steps with mask 1 are real",
            lambda g, m: _standard(g, m, mean_of=ALL(m)),
        ),
        (
            "padding was counted in the deviation: only steps with mask 1 are real",
            lambda g, m: _standard(g, m, spread_of=ALL(m)),
        ),
        (
            "padding was counted, and does not come out as 0: use the mask for the mean, the deviation and the result",
            lambda g, m: (g - g.mean()) / (g.std() + 1e-8),
        ),
        (
            "padding must come out as 0: it is no step, and must not teach anything",
            lambda g, m: (g - g[m > 0].mean()) / _deviation(g, m),
        ),
        (
            "only the mean is gone: divide by the standard deviation too",
            lambda g, m: (g - g[m > 0].mean()) * m,
        ),
        ("only the scale is gone: subtract the mean too", lambda g, m: g / _deviation(g, m) * m),
        (
            "that divides by the variance: its root has the unit of a return",
            lambda g, m: _standard(g, m, power=1),
        ),
        (
            "each episode got its own mean: a good one then looks like a bad one",
            lambda g, m: _standard(g, m, axis=0),
        ),
        (
            "each time step got its own mean: take all real steps together",
            lambda g, m: _standard(g, m, axis=1),
        ),
        (
            "the deviation divides by the number of real steps, not by one less",
            lambda g, m: _standard(g, m, count=lambda n: n - 1),
        ),
        (
            "equal returns have deviation 0: add a tiny number before dividing",
            lambda g, m: (g - g[m > 0].mean()) / g[m > 0].std() * m,
        ),
        (
            "the number added to the deviation must be tiny: yours changes the result",
            lambda g, m: (g - g[m > 0].mean()) / (g[m > 0].std() + 1.0) * m,
        ),
        (
            "the real steps came back in one row: every step keeps its place",
            lambda g, m: (g[m > 0] - g[m > 0].mean()) / _deviation(g, m),
        ),
        (
            "that scales from 0 to 1: subtract the mean, divide by the standard deviation",
            lambda g, m: (g - g[m > 0].min()) / (np.ptp(g[m > 0]) + 1e-8) * m,
        ),
        (
            "brackets: the difference is divided, not the mean alone",
            lambda g, m: (g - g[m > 0].mean() / _deviation(g, m)) * m,
        ),
    ],
)


def _logits(rng):
    for size, actions in [(1, 2), (3, 4), (4, 3), (5, 2)] * 3:
        yield dict(logits=rng.normal(size=(size, actions)) * 2, action=rng.integers(0, actions, size))
    yield dict(logits=np.array([[1000.0, 0.0]]), action=np.array([1]))


def _pick(x, action):
    return tf.gather(x, action, batch_dims=1)


def _log_prob(logits, action):
    return _pick(tf.nn.log_softmax(logits), action)


check_log_prob = Check(
    _log_prob,
    _logits,
    [
        ("the sign: a logarithm of a probability is never positive; cross-entropy is", lambda z, a: -_log_prob(z, a)),
        ("those are the probabilities: the logarithm is missing", lambda z, a: _pick(tf.nn.softmax(z), a)),
        ("those are the logits: a softmax makes them probabilities", _pick),
        ("the logarithm of the logits is not that of the probabilities: a softmax comes first", lambda z, a: tf.math.log(_pick(z, a))),
        ("with logits 1000 and 0 the probability rounds to 0, and its logarithm breaks: take both at once", lambda z, a: tf.math.log(_pick(tf.nn.softmax(z), a))),
        ("a small number inside the logarithm hides the fault and changes the result: take both at once", lambda z, a: tf.math.log(_pick(tf.nn.softmax(z), a) + 1e-8)),
        ("the softmax ran over the batch, not the actions", lambda z, a: _pick(tf.nn.log_softmax(z, axis=0), a)),
        ("every action's log-probability came back: pick the one that was taken", lambda z, a: tf.nn.log_softmax(z)),
        ("one number for the whole batch: each action has a log-probability of its own", lambda z, a: tf.reduce_mean(_log_prob(z, a))),
        ("that takes the rows with the actions' numbers: from row i take entry action[i] (batch_dims=1)", lambda z, a: tf.gather(tf.nn.log_softmax(z), a)),
        ("each row was crossed with all actions: row i goes with action i (batch_dims=1)", lambda z, a: tf.gather(tf.nn.log_softmax(z), a, axis=1)),
        ("that belongs to the best action, not to the one that was taken", lambda z, a: tf.reduce_max(tf.nn.log_softmax(z), axis=1)),
        ("the softmax was taken twice: once makes probabilities", lambda z, a: _log_prob(tf.nn.softmax(z), a)),
        ("a sigmoid looks at one logit alone: a softmax at all", lambda z, a: tf.math.log_sigmoid(_pick(z, a))),
        ("the natural logarithm is meant, not that of base 2", lambda z, a: _log_prob(z, a) / np.log(2.0).astype(np.float32)),
        ("no gradient reaches the logits: calculate with tf, without .numpy()", lambda z, a: tf.stop_gradient(_log_prob(z, a))),
    ],
    observe=gradients("logits"),
)  # fmt: skip


def _batches(rng):
    for steps, episodes in [(2, 1), (1, 2), (3, 2), (5, 3)] * 3:
        length = rng.integers(1, steps + 1, episodes)
        mask = (np.arange(steps)[:, None] < length).astype(float)
        advantage = rng.normal(size=(steps, episodes)) * 2
        advantage[0, 0] = rng.choice([0.0, 1.5])
        yield dict(log_prob=-rng.uniform(0.1, 3, (steps, episodes)), advantage=advantage, mask=mask)


_sum, _mean, _stop = tf.reduce_sum, tf.reduce_mean, tf.stop_gradient

check_policy_gradient_loss = Check(
    lambda log_prob, advantage, mask: -_sum(_stop(advantage) * mask * log_prob) / _sum(mask),
    _batches,
    [
        ("the sign: an optimizer goes down, and good actions should become likelier", lambda p, a, m: _sum(_stop(a) * m * p) / _sum(m)),
        ("the gradient also runs through the advantage: it is a verdict, and held constant", lambda p, a, m: -_sum(a * m * p) / _sum(m)),
        ("the wrong one is held constant: log π has to learn, the advantage not", lambda p, a, m: -_sum(a * m * _stop(p)) / _sum(m)),
        ("no gradient reaches the policy: calculate with tf, and hold the advantage constant, not log π", lambda p, a, m: -_stop(_sum(a * m * p)) / _sum(m)),
        ("padding was counted: its mask is 0, so it must add nothing", lambda p, a, m: -_mean(_stop(a) * p)),
        ("padding was added up: its mask is 0, so it must add nothing", lambda p, a, m: -_sum(_stop(a) * p) / _sum(m)),
        ("the mean is over all entries: divide by the number of real steps", lambda p, a, m: -_mean(_stop(a) * m * p)),
        ("that is the sum: divide by the number of real steps", lambda p, a, m: -_sum(_stop(a) * m * p)),
        ("that divides by the number of episodes, not of real steps", lambda p, a, m: -_sum(_stop(a) * m * p) / m.shape[1]),
        ("that divides by the number of time steps, not of real steps", lambda p, a, m: -_sum(_stop(a) * m * p) / m.shape[0]),
        ("a mean of means: all real steps count the same", lambda p, a, m: -_mean(_sum(_stop(a) * m * p, 0) / _sum(m, 0))),
        ("a step whose advantage is 0 is a real step: M is the sum of the mask", lambda p, a, m: -_sum(_stop(a) * m * p) / tf.cast(tf.math.count_nonzero(a * m * p), tf.float32)),
        ("one loss per step came back: average them over the real steps", lambda p, a, m: -_stop(a) * m * p),
        ("the advantages are missing: every action would become likelier alike", lambda p, a, m: -_sum(m * p) / _sum(m)),
        ("log π is meant, not π", lambda p, a, m: -_sum(_stop(a) * m * tf.exp(p)) / _sum(m)),
        ("the argument is log π already: no further logarithm", lambda p, a, m: -_sum(_stop(a) * m * tf.math.log(-p)) / _sum(m)),
        ("a bad action has a negative advantage: keep its sign", lambda p, a, m: -_sum(tf.abs(_stop(a)) * m * p) / _sum(m)),
        ("nothing is clipped here: unlikely actions count in full", lambda p, a, m: -_sum(_stop(a) * m * tf.maximum(p, -1.0)) / _sum(m)),
        ("that is a squared error: multiply log π by the advantage", lambda p, a, m: _sum(tf.square(_stop(a) - p) * m) / _sum(m)),
    ],
    observe=gradients("log_prob", "advantage"),
)  # fmt: skip


def _updates(rng):
    for size in (3, 2, 5, 4):
        yield dict(
            observation=rng.normal(size=(size, 2)),
            action=rng.integers(0, 2, size),
            returns=rng.normal(size=size) * 4,
            policy=rng.normal(size=(2, 2)),
            critic=rng.normal(size=(2, 1)),
            rate=float(rng.uniform(0.3, 1)),
        )


def _watch_update(update, observation, action, returns, policy, critic, rate):
    """One step of plain gradient descent on linear networks: where do both go?"""
    models = [mlp(2, [], 2), mlp(2, [], 1)]
    for model, weights in zip(models, (policy, critic), strict=True):
        model.set_weights([weights, np.zeros(weights.shape[1])])
    optimizer = keras.optimizers.SGD(rate)
    optimizer.build([v for model in models for v in model.trainable_variables])
    steps = tf.constant(observation, tf.float32), tf.constant(action), tf.constant(returns, tf.float32)
    update(*models, optimizer, *steps)
    moved = [
        model.get_weights()[0] - weights for model, weights in zip(models, (policy, critic), strict=True)
    ]
    return {
        "the step of the policy's weights": moved[0] / rate,
        "the step of the critic's weights": moved[1] / rate,
    }


def _updating(advantage=lambda g, v: g - v[:, 0], policy_loss=lambda c, a: _mean(c * _stop(a)),
              error=lambda g, v: g - v[:, 0], critic_loss=lambda e: _mean(tf.square(e)),
              learns=lambda policy, critic: [policy, critic], outside=False):  # fmt: skip
    """An answer to `mended_update`, by default the right one."""

    def update(policy, critic, optimizer, observation, action, returns):
        with tf.GradientTape() as tape:
            value = _stop(critic(observation)) if outside else critic(observation)
            cross_entropy = -_log_prob(policy(observation), action)
            loss = policy_loss(cross_entropy, advantage(returns, value)) + critic_loss(error(returns, value))
        variables = [v for model in learns(policy, critic) for v in model.trainable_variables]
        gradient = tape.gradient(loss, variables, unconnected_gradients="zero")
        optimizer.apply(gradient, variables)

    return update


def _own_optimizer(policy, critic, optimizer, *steps):
    _updating()(policy, critic, keras.optimizers.Adam(0.01), *steps)


check_mended_update = Check(
    _updating(),
    _updates,
    [
        ("it is still there: a row of returns minus a column of values makes a square of numbers", _updating(lambda g, v: g - v, error=lambda g, v: g - v)),
        ("a column of advantages times a row of log-probabilities makes a square: use one shape", _updating(lambda g, v: g[:, None] - v)),
        ("the policy's part still compares every return with every value, or with their mean: each state has its own", _updating(lambda g, v: g - v)),
        ("the critic still learns the mean return: its loss has the same fault", _updating(error=lambda g, v: g - v)),
        ("the baseline is gone: that mends the shapes by giving the critic up", _updating(lambda g, v: g)),
        ("the mean return replaced the critic: each state has its own value", _updating(lambda g, v: g - _mean(g))),
        ("that takes the value of one state for all: drop the last axis, not the first", _updating(lambda g, v: g - v[0], error=lambda g, v: g - v[0])),
        ("the sign: actions better than expected became less likely (Â is the return minus the value, and the loss is −Â log π)", _updating(policy_loss=lambda c, a: -_mean(c * _stop(a)))),
        ("the sign: the critic moved away from the returns", _updating(critic_loss=lambda e: -_mean(tf.square(e)))),
        ("the policy's loss moves the critic too: hold the advantage constant in it", _updating(policy_loss=lambda c, a: _mean(c * a))),
        ("the losses are summed now: keep the mean", _updating(policy_loss=lambda c, a: _sum(c * _stop(a)), critic_loss=lambda e: _sum(tf.square(e)))),
        ("the policy learns nothing: its loss must reach its weights", _updating(learns=lambda policy, critic: [critic])),
        ("the critic learns nothing: its loss must reach its weights, with the value computed inside the tape", _updating(learns=lambda policy, critic: [policy])),
        ("nothing has changed: gradients have to be applied", _updating(learns=lambda policy, critic: [], outside=True)),
        ("the critic's loss is the mean of (return − value)², without a half", _updating(critic_loss=lambda e: 0.5 * _mean(tf.square(e)))),
        ("the critic's loss is a square: with |return − value| it would learn the median", _updating(critic_loss=lambda e: _mean(tf.abs(e)))),
        ("another optimizer made the step: use the one that is given", _own_optimizer),
    ],
    observe=_watch_update,
)  # fmt: skip


def _side_by_side(rng):
    for steps, episodes in [(1, 2), (2, 3), (3, 4), (4, 3)] * 3:
        length = rng.integers(1, steps + 1, episodes)
        length[rng.integers(episodes)] = steps
        mask = (np.arange(steps)[:, None] < length).astype(float)
        yield dict(returns=rng.normal(size=(steps, episodes)) * 3 * mask, mask=mask)


def _others(g, axis=1):
    return _sum(g, axis, keepdims=True) - g


def _rows(g):
    return g.shape[1] - 1.0


check_leave_one_out = Check(
    lambda returns, mask: (returns - _others(returns) / _rows(returns)) * mask,
    _side_by_side,
    [
        ("the mean includes the episode itself, so that its own luck judges it", lambda g, m: (g - _mean(g, 1, keepdims=True)) * m),
        ("the others were added up, but divided by the number of all", lambda g, m: (g - _others(g) / g.shape[1]) * m),
        ("that subtracts the sum of the others: their mean is wanted", lambda g, m: (g - _others(g)) * m),
        ("the episode itself is in the sum of the others", lambda g, m: (g - _sum(g, 1, keepdims=True) / _rows(g)) * m),
        ("the sign: to earn more than the others is an advantage", lambda g, m: (_others(g) / _rows(g) - g) * m),
        ("that is the baseline: the advantage is the return minus it", lambda g, m: _others(g) / _rows(g) * m),
        ("nothing was subtracted: these are the returns", lambda g, m: g * m),
        ("padding has an advantage: after an episode's end no action is taken", lambda g, m: g - _others(g) / _rows(g)),
        ("an episode that has ended counts as well: it earned 0", lambda g, m: (g - tf.math.divide_no_nan(_others(g), _sum(m, 1, keepdims=True) - 1)) * m),
        ("an episode that has ended counts as well, and the episode itself does not", lambda g, m: (g - _sum(g, 1, keepdims=True) / _sum(m, 1, keepdims=True)) * m),
        ("the mean runs over time: compare episodes at one time step", lambda g, m: (g - _others(g, 0) / (g.shape[0] - 1.0)) * m),
        ("the mean runs over time, the episode's own step included: compare episodes at one time step", lambda g, m: (g - _mean(g, 0)) * m),
        ("one mean for all time steps: late ones have less left to earn", lambda g, m: (g - _mean(g)) * m),
        ("the first time step judges all: each has its own mean", lambda g, m: (g - (_sum(g[0]) - g[0]) / _rows(g)) * m),
        ("the number of episodes is that of the columns: it was typed in", lambda g, m: (g - _others(g) / 15.0) * m),
        ("episodes lie along the second axis: their number is not that of the time steps", lambda g, m: (g - _others(g) / (g.shape[0] - 1.0)) * m),
        ("only the others' mean is taken off: the spread stays as it is", lambda g, m: (g - _others(g) / _rows(g)) * m / (tf.math.reduce_std(g) + 1e-8)),
        ("the sum over episodes lost its axis: keepdims=True, or rows meet columns", lambda g, m: (g - (_sum(g, 1) - g) / _rows(g)) * m),
    ],
    observe=tensors,
    afterwards=lambda answer: _show_it_learn(answer),
)  # fmt: skip


def _show_it_learn(leave_one_out, num_updates=25, seed=0):
    """Trains an agent with the learner's baseline and prints what became of it."""
    generator = seed_everything(seed)
    policy, optimizer = mlp(4, [32], 2), keras.optimizers.Adam(0.02)
    optimizer.build(policy.trainable_variables)
    act = tf.function(lambda observation: sample_categorical(policy(observation), generator))
    before = evaluate(act, "CartPole-v1", max_episode_steps=200).mean()
    collector = Collector(make_vec_env("CartPole-v1", 16, max_episode_steps=200), act, seed=seed)
    for _ in range(num_updates):
        episodes = collector.play_episodes()
        advantage = leave_one_out(tf.constant(_returns_of(episodes.reward)), tf.constant(episodes.mask))
        real = episodes.mask > 0
        steps = episodes.observation[real], episodes.action[real], np.asarray(advantage)[real]
        _step(policy, optimizer, *steps)
    after = evaluate(greedy(policy), "CartPole-v1", max_episode_steps=200).mean()
    print(f"an agent trained with it: from {before:.0f} steps to {after:.0f} of 200 in {num_updates} updates")
    if after <= 2 * before:
        raise Misconception("the advantages of the small cases are right, and yet no agent learns from them")


def _returns_of(reward, gamma=0.99):
    """Discounted returns of rewards [T, B]."""
    returns, following = np.zeros_like(reward), 0.0
    for t in reversed(range(len(reward))):
        returns[t] = following = reward[t] + gamma * following
    return returns


def _step(policy, optimizer, observation, action, advantage):
    with tf.GradientTape() as tape:
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(action, policy(observation))
        loss = tf.reduce_mean(cross_entropy * advantage)
    optimizer.apply(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables)


check_decide_baseline = reading(
    {
        "no baseline, rewards 10 higher": {
            "as before": "look at the curve: it rises more slowly, and it ends lower",
            "faster": "larger rewards make larger steps, and not better ones: look at the curve",
            "worse": None,
        },
        "with baseline, rewards 10 higher": {
            "as before": None,
            "faster": "the baseline takes the 10 off again: compare the two curves with a baseline",
            "worse": "the baseline takes the 10 off again: compare the two curves with a baseline",
        },
        "agents that are nearly sure of the wrong arm": {
            "only where rewards are 10 higher and there is no baseline": None,
            "in all four": "look at the shares that are printed",
            "in none": "look at the shares that are printed: a long run of luck makes an arm the only one that is tried",
        },
    }
)


def _scores(rng):
    for size in [2, 5, 20] * 4:
        yield dict(score=rng.normal(size=size), reward=rng.normal(size=size) * 2 + rng.choice([-5, 0, 5]))


check_best_baseline = Check(
    lambda score, reward: np.sum(score**2 * reward) / np.sum(score**2),
    _scores,
    [
        ("that is the mean reward, which is good but not best: weigh with score²", lambda g, r: r.mean()),
        (
            "the weights are squares: score itself has mean 0 and both signs",
            lambda g, r: np.sum(g * r) / np.sum(g),
        ),
        ("the weights are squares, not sizes", lambda g, r: np.sum(np.abs(g) * r) / np.sum(np.abs(g))),
        ("weights have to sum to 1: divide by their sum", lambda g, r: np.mean(g**2 * r)),
        ("weights have to sum to 1: divide by the sum of the squares", lambda g, r: np.sum(g**2 * r)),
        ("one number for all samples: sum over them", lambda g, r: g**2 * r / np.sum(g**2)),
        (
            "that is a slope, Σ g r / Σ g²: the weights g² multiply the rewards",
            lambda g, r: np.sum(g * r) / np.sum(g**2),
        ),
        ("it is the score that is squared, not the reward", lambda g, r: np.sum(g * r**2) / np.sum(g**2)),
        ("the sign: b is subtracted from the rewards later", lambda g, r: -np.sum(g**2 * r) / np.sum(g**2)),
        (
            "samples with a large score count most: weigh with g², not with 1 / g²",
            lambda g, r: np.sum(r / g**2) / np.sum(1 / g**2),
        ),
        (
            "the squares are summed, not the scores whose sum is squared",
            lambda g, r: np.sum(g**2 * r) / np.sum(g) ** 2,
        ),
        ("the weights are g², not g⁴", lambda g, r: np.sum(g**4 * r) / np.sum(g**4)),
        ("b is a mean, no root: Σ g² r / Σ g²", lambda g, r: np.sum(g**2 * r) / np.sqrt(np.sum(g**2))),
        ("the median of the rewards knows nothing of the scores", lambda g, r: np.median(r)),
        ("the sum of the rewards knows nothing of the scores", lambda g, r: r.sum()),
        (
            "both are squared, scores and rewards: b itself is wanted",
            lambda g, r: np.sum(g**2 * r**2) / np.sum(g**2),
        ),
        (
            "that is Σ g r / Σ g²: the weights g² multiply the rewards, whose mean was taken off",
            lambda g, r: np.sum(g * (r - r.mean())) / np.sum(g**2),
        ),
        (
            "the reward is not squared: b itself is wanted",
            lambda g, r: np.sum(g**2 * r**2) / np.sum(g**2 * r),
        ),
    ],
)
