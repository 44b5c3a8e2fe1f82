"""The checks of lesson 02 against typical answers: each wrong one is told its own misconception."""

import numpy as np
import pytest
import tensorflow as tf
from answers import examine, right, wrong

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import policy_gradient as module

# --- discounted_returns


def backwards(reward, gamma):
    result, following = [], 0.0
    for r in reversed(reward):
        following = r + gamma * following
        result.append(following)
    return result[::-1]


def by_matrix(reward, gamma):
    ahead = np.arange(len(reward)) - np.arange(len(reward))[:, None]
    return np.where(ahead >= 0, gamma ** np.abs(ahead), 0) @ np.array(reward, float)


def by_scan(reward, gamma):
    reward = tf.constant(reward, tf.float32)
    return tf.scan(lambda g, r: r + gamma * g, reward, tf.zeros([]), reverse=True)


def recursive(reward, gamma):
    if not reward:
        return []
    rest = recursive(reward[1:], gamma)
    return [reward[0] + gamma * (rest[0] if rest else 0), *rest]


@right(backwards=backwards, by_matrix=by_matrix, by_scan=by_scan, recursive=recursive)
def test_discounted_returns(answer):
    assert checks.check_discounted_returns(answer) is True


def changing(reward, gamma):
    for t in range(len(reward) - 2, -1, -1):
        reward[t] += gamma * reward[t + 1]
    return reward


def whole_numbers(reward, gamma):
    result = np.array(reward)
    for t in range(len(reward) - 2, -1, -1):
        result[t] = reward[t] + gamma * result[t + 1]
    return result


def powers(reward, gamma):
    return np.array(reward) * gamma ** np.arange(len(reward))


@wrong(
    reversed=(lambda r, gamma: backwards(r, gamma)[::-1], "stand in reverse"),
    past=(lambda r, gamma: backwards(r[::-1], gamma)[::-1], "adds up the past"),
    past_sums=(lambda r, gamma: np.cumsum(r), "adds up the past"),
    past_powers=(lambda r, gamma: np.cumsum(powers(r, gamma)), "adds up the past"),
    no_gamma=(lambda r, gamma: backwards(r, 1.0), "γ is missing"),
    first_for_all=(lambda r, gamma: [backwards(r, gamma)[0]] * len(r), "the return of the first"),
    sum_for_all=(lambda r, gamma: np.full(len(r), np.sum(r)), "the sum of all rewards"),
    one_number=(lambda r, gamma: backwards(r, gamma)[0], "a return of its own"),
    own_reward=(lambda r, gamma: [*backwards(r, gamma)[1:], 0], "of the step itself is missing"),
    own_reward_later=(
        lambda r, gamma: [gamma * g for g in [*backwards(r, gamma)[1:], 0]],
        "itself is missing",
    ),
    too_early=(lambda r, gamma: gamma * by_matrix(r, gamma), "γ comes in one step later"),
    from_the_start=(lambda r, gamma: np.cumsum(powers(r, gamma)[::-1])[::-1], "not from the start"),
    not_added=(powers, "none are added up"),
    rewards=(lambda r, gamma: list(r), "those are the rewards"),
    one_step=(
        lambda r, gamma: [a + gamma * b for a, b in zip(r, [*r[1:], 0], strict=True)],
        "one step ahead",
    ),
    too_long=(lambda r, gamma: [*backwards(r, gamma), 0.0], "got shape (4,)"),
    changing=(changing, "the rewards you were given have changed"),
    whole_numbers=(whole_numbers, "lost their decimals"),
    nothing=(lambda r, gamma: None, "is it never returned?"),
    crash=(lambda r, gamma: r * gamma, "it stops with TypeError"),
)
def test_discounted_returns_misunderstood(answer, message):
    examine(checks.check_discounted_returns, answer, message)


# --- normalise


def by_selection(returns, mask):
    real = returns[mask > 0]
    return np.where(mask > 0, (returns - real.mean()) / (real.std() + 1e-8), 0.0)


def by_sums(returns, mask):
    count = tf.reduce_sum(mask)
    centred = (returns - tf.reduce_sum(returns * mask) / count) * mask
    return centred / tf.sqrt(tf.reduce_sum(centred**2) / count + 1e-12)


def by_loops(returns, mask):
    real = [g for row, m in zip(returns, mask, strict=True) for g, on in zip(row, m, strict=True) if on]
    mean = sum(real) / len(real)
    std = (sum((g - mean) ** 2 for g in real) / len(real)) ** 0.5
    result = np.zeros(returns.shape)
    for t, n in np.argwhere(mask):
        result[t, n] = (returns[t, n] - mean) / max(std, 1e-6)
    return result


@right(by_selection=by_selection, by_sums=by_sums, by_loops=by_loops)
def test_normalise(answer):
    assert checks.check_normalise(answer) is True


def scaled(returns, mask, *, axis=None, counted=None, ddof=0, power=1, epsilon=1e-8, after=1):
    """Right, or with one thing about it wrong."""
    real = np.ma.array(returns, mask=(counted if counted is not None else mask) == 0)
    mean, std = real.mean(axis=axis, keepdims=True), real.std(axis=axis, ddof=ddof, keepdims=True)
    return np.asarray((returns - np.asarray(mean)) / (np.asarray(std) + epsilon) ** power) * mask**after


@wrong(
    all_entries=(lambda g, m: scaled(g, m, counted=np.ones_like(m)), "padding was counted in the mean"),
    per_episode=(lambda g, m: scaled(g, m, axis=0), "each episode got its own mean"),
    per_step=(lambda g, m: (g - by_step(g, m)) * m, "each time step got its own mean"),
    per_step_scaled=(lambda g, m: scaled(g, m, axis=1), "each time step got its own mean"),
    no_division=(lambda g, m: scaled(g, m, power=0), "divide by the standard deviation too"),
    no_mean=(lambda g, m: g / (g[m > 0].std() + 1e-8), "subtract the mean too"),
    variance=(lambda g, m: scaled(g, m, power=2), "divides by the variance"),
    one_less=(lambda g, m: scaled(g, m, ddof=1), "not by one less"),
    count=(lambda g, m: scaled(g, m) * np.sqrt(8 / 6), "the deviation counts padding"),
    padding=(lambda g, m: scaled(g, m, after=0), "padding must stay 0"),
    selected=(lambda g, m: by_selection(g, m)[m > 0], "expected shape (4, 2), got (6,)"),
    epsilon=(lambda g, m: (g - g[m > 0].mean()) / g[m > 0].std() * m, "add a tiny number"),
    unit=(lambda g, m: g / np.abs(g).max(), "mean 0 and standard deviation 1"),
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_normalise_misunderstood(answer, message):
    examine(checks.check_normalise, answer, message)


def by_step(returns, mask):
    return (returns * mask).sum(1, keepdims=True) / mask.sum(1, keepdims=True)


# --- log_prob


@right(
    cross_entropy=lambda logits, action: -tf.nn.sparse_softmax_cross_entropy_with_logits(action, logits),
    gather=lambda logits, action: tf.gather(tf.nn.log_softmax(logits), action, batch_dims=1),
    one_hot=lambda logits, action: tf.reduce_sum(
        tf.nn.log_softmax(logits) * tf.one_hot(action, logits.shape[1]), -1
    ),
    numpy=lambda logits, action: [
        row[a] - np.logaddexp.reduce(row) for row, a in zip(logits.numpy(), action.numpy(), strict=True)
    ],
)
def test_log_prob(answer):
    assert checks.check_log_prob(answer) is True


def pick(x, action):
    return tf.gather(x, action, batch_dims=1)


@wrong(
    sign=(lambda z, a: tf.nn.sparse_softmax_cross_entropy_with_logits(a, z), "the sign: a logarithm"),
    probability=(lambda z, a: pick(tf.nn.softmax(z), a), "the logarithm is missing"),
    logits=(pick, "those are the logits"),
    over_the_batch=(lambda z, a: pick(tf.nn.log_softmax(z, axis=0), a), "ran over the batch"),
    best=(lambda z, a: tf.reduce_max(tf.nn.log_softmax(z), axis=-1), "not to the one that was taken"),
    all_actions=(lambda z, a: tf.nn.log_softmax(z), "pick the one that was taken"),
    crossed=(lambda z, a: tf.gather(tf.nn.log_softmax(z), a, axis=1), "crossed with all actions"),
    swapped=(
        lambda z, a: tf.gather_nd(tf.nn.log_softmax(z), [[1, 0], [1, 1], [0, 2], [2, 0]]),
        "are swapped",
    ),
    twice=(lambda z, a: pick(tf.nn.log_softmax(tf.nn.softmax(z)), a), "the softmax was taken twice"),
    sigmoid=(lambda z, a: tf.math.log_sigmoid(pick(z, a)), "a sigmoid looks at one logit"),
    mean=(lambda z, a: tf.reduce_mean(pick(tf.nn.log_softmax(z), a)), "one number for the whole batch"),
    column=(lambda z, a: pick(tf.nn.log_softmax(z), a)[:, None], "expected shape (4,), got (4, 1)"),
    base_two=(lambda z, a: pick(tf.nn.log_softmax(z), a) / np.log(2), "expected ["),
    in_two_parts=(lambda z, a: tf.math.log(pick(tf.nn.softmax(z), a)), "its logarithm breaks"),
    guarded=(lambda z, a: tf.math.log(pick(tf.nn.softmax(z), a) + 1e-9), "its logarithm breaks"),
)
def test_log_prob_misunderstood(answer, message):
    examine(checks.check_log_prob, answer, message)


# --- policy_gradient_loss


def by_mean(log_prob, advantage, mask):
    return -tf.reduce_sum(mask * tf.stop_gradient(advantage) * log_prob) / tf.reduce_sum(mask)


def by_boolean_mask(log_prob, advantage, mask):
    weights = tf.constant(advantage.numpy())
    return tf.reduce_mean(tf.boolean_mask(-log_prob * weights, mask > 0))


def by_loop(log_prob, advantage, mask):
    loss = 0.0
    for t, n in np.argwhere(mask.numpy()):
        loss -= log_prob[t, n] * float(advantage[t, n])
    return loss / len(np.argwhere(mask.numpy()))


@right(by_mean=by_mean, by_boolean_mask=by_boolean_mask, by_loop=by_loop)
def test_policy_gradient_loss(answer):
    assert checks.check_policy_gradient_loss(answer) is True


def sum_of(log_prob, advantage, mask):
    return -tf.reduce_sum(mask * tf.stop_gradient(advantage) * log_prob)


def sign_in_the_gradient(log_prob, advantage, mask):
    """The value is right; what is differentiated is not."""
    loss = by_mean(log_prob, advantage, mask)
    return tf.stop_gradient(2 * loss) - loss


@wrong(
    sign=(lambda p, a, m: -by_mean(p, a, m), "the sign: an optimizer goes down"),
    no_mask=(lambda p, a, m: by_mean(p, a, tf.ones_like(m)), "padding was counted"),
    mask_below=(lambda p, a, m: sum_of(p, a, tf.ones_like(m)) / tf.reduce_sum(m), "padding was counted"),
    mask_above=(lambda p, a, m: sum_of(p, a, m) / 6, "the mean is over all entries"),
    sum=(sum_of, "that is the sum"),
    per_episode=(lambda p, a, m: sum_of(p, a, m) / 2, "by the number of episodes"),
    per_time_step=(lambda p, a, m: sum_of(p, a, m) / 3, "by the number of time steps"),
    mean_of_means=(
        lambda p, a, m: -tf.reduce_mean(tf.reduce_sum(p * a * m, 0) / tf.reduce_sum(m, 0)),
        "a mean of means",
    ),
    no_advantage=(lambda p, a, m: by_mean(p, tf.ones_like(a), m), "the advantages are missing"),
    probability=(lambda p, a, m: by_mean(tf.exp(p), a, m), "log π is meant, not π"),
    per_step=(lambda p, a, m: -p * a * m, "one loss per step"),
    per_column=(lambda p, a, m: -tf.reduce_sum(p * a * m, 0), "a loss is one number, got shape (2,)"),
    squared=(lambda p, a, m: by_mean(p, a**2, m), "expected "),
    numpy=(lambda p, a, m: -np.sum(p.numpy() * a.numpy() * m.numpy()) / 5, "NumPy breaks the chain"),
    constant_policy=(lambda p, a, m: by_mean(tf.stop_gradient(p), a, m), "no gradient reaches the policy"),
    live_advantage=(lambda p, a, m: -tf.reduce_sum(m * a * p) / tf.reduce_sum(m), "and held constant"),
    gradient=(sign_in_the_gradient, "the loss is right, but not its gradient"),
)
def test_policy_gradient_loss_misunderstood(answer, message):
    examine(checks.check_policy_gradient_loss, answer, message)


# --- mended_update


def update(
    policy,
    critic,
    optimizer,
    observation,
    action,
    returns,
    *,
    value_of=lambda critic, observation: critic(observation)[:, 0],
    advantage_of=lambda returns, value: returns - value,
    hold=tf.stop_gradient,
    critic_error=None,
    reduce=tf.reduce_mean,
    weights=(1.0, 1.0),
    learn=lambda policy, critic: [*policy.trainable_variables, *critic.trainable_variables],
):
    """The update of the exercise, each of whose parts can be replaced by a wrong one."""
    with tf.GradientTape() as tape:
        advantage = advantage_of(returns, value_of(critic, observation))
        log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(action, policy(observation))
        policy_loss = -reduce(hold(advantage) * log_prob)
        error = critic_error(critic, observation, returns) if critic_error else advantage
        loss = weights[0] * policy_loss + weights[1] * reduce(error**2)
    variables = learn(policy, critic)
    optimizer.apply(tape.gradient(loss, variables), variables)


def mending(**fault):
    return lambda *arguments: update(*arguments, **fault)


def in_columns(policy, critic, optimizer, observation, action, returns):
    with tf.GradientTape(persistent=True) as tape:
        log_prob = tf.gather(tf.nn.log_softmax(policy(observation)), action, batch_dims=1)[:, None]
        error = returns[:, None] - critic(observation)
        losses = tf.reduce_mean(-log_prob * error.numpy()), tf.reduce_mean(error**2)
    for network, loss in zip((policy, critic), losses, strict=True):
        variables = network.trainable_variables
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(optimizer.learning_rate * gradient)


@right(
    index=mending(),
    squeeze=mending(value_of=lambda critic, observation: tf.squeeze(critic(observation), axis=-1)),
    compiled=tf.function(update),
    in_columns=in_columns,
)
def test_mended_update(answer):
    assert checks.check_mended_update(answer) is True


def row_minus_column(critic, observation, returns):
    return returns - critic(observation)


@wrong(
    not_mended=(mending(value_of=lambda critic, s: critic(s)), "it is still there"),
    column_times_row=(
        mending(advantage_of=lambda returns, value: (returns - value)[:, None]),
        "a column of three advantages",
    ),
    no_baseline=(
        mending(advantage_of=lambda r, v: r, critic_error=lambda c, s, r: r - c(s)[:, 0]),
        "giving the critic up",
    ),
    mean_for_critic=(
        mending(advantage_of=lambda r, v: r - tf.reduce_mean(r), critic_error=lambda c, s, r: r - c(s)[:, 0]),
        "the mean return replaced the critic",
    ),
    sign=(mending(advantage_of=lambda returns, value: value - returns), "the sign: actions better"),
    sign_and_shape=(
        mending(value_of=lambda critic, s: critic(s), advantage_of=lambda returns, value: value - returns),
        "the nine numbers are still there",
    ),
    summed=(mending(reduce=tf.reduce_sum), "the losses are summed now"),
    half_mended=(mending(critic_error=row_minus_column), "the critic still learns the mean return"),
    live_advantage=(mending(hold=tf.identity), "the policy's loss moves the critic too"),
    critic_away=(mending(weights=(1.0, -1.0)), "the critic moved away"),
    critic_summed=(mending(weights=(1.0, 3.0)), "the losses are summed now"),
    critic_half=(mending(weights=(1.0, 0.1)), "the critic's step is wrong"),
    policy_half=(mending(weights=(0.1, 1.0)), "the policy's step is wrong"),
    critic_constant=(
        mending(
            value_of=lambda critic, s: tf.stop_gradient(critic(s)[:, 0]),
            learn=lambda p, c: p.trainable_variables,
        ),
        "the critic learns nothing",
    ),
    policy_left_out=(mending(learn=lambda p, c: c.trainable_variables), "the policy learns nothing"),
    nothing=(lambda *_: None, "nothing has changed"),
    crash=(mending(value_of=lambda critic, s: critic(s)[:2, 0]), "it stops with InvalidArgumentError"),
)
def test_mended_update_misunderstood(answer, message):
    examine(checks.check_mended_update, answer, message)


# --- leave_one_out


def by_subtraction(returns, mask):
    num_others = returns.shape[1] - 1
    return (returns - (tf.reduce_sum(returns, 1, keepdims=True) - returns) / num_others) * mask


def by_mean_of_all(returns, mask):
    """n / (n − 1) times the distance from the mean of all."""
    n = returns.shape[1]
    return np.where(mask, n / (n - 1) * (returns - np.mean(returns, 1, keepdims=True)), 0)


def by_deletion(returns, mask):
    returns = np.asarray(returns)
    others = [np.delete(returns, n, axis=1).mean(1) for n in range(returns.shape[1])]
    return (returns - np.stack(others, axis=1)) * np.asarray(mask)


@pytest.mark.slow
@right(by_subtraction=by_subtraction, by_mean_of_all=by_mean_of_all, by_deletion=by_deletion)
def test_leave_one_out(answer, capsys):
    assert checks.check_leave_one_out(answer) is True
    assert "an agent trained with it" in capsys.readouterr().out


def over(returns, mask, baseline):
    return (returns - baseline) * mask


def total(returns, axis=1):
    return tf.reduce_sum(returns, axis, keepdims=True)


@wrong(
    itself=(lambda g, m: over(g, m, tf.reduce_mean(g, 1, keepdims=True)), "includes the episode itself"),
    by_four=(lambda g, m: over(g, m, (total(g) - g) / 4), "but divided by four"),
    sum=(lambda g, m: over(g, m, total(g) - g), "their mean is wanted"),
    itself_in_sum=(lambda g, m: over(g, m, total(g) / 3), "in the sum of the others"),
    sign=(lambda g, m: -by_subtraction(g, m), "the sign: to earn more"),
    baseline=(lambda g, m: (total(g) - g) / 3 * m, "that is the baseline"),
    nothing=(lambda g, m: g * m, "nothing was subtracted"),
    running=(lambda g, m: over(g, m, (total(g) - g) / tf.maximum(total(m) - 1, 1)), "it earned 0"),
    running_mean=(lambda g, m: over(g, m, total(g) / total(m)), "it earned 0"),
    over_time=(lambda g, m: over(g, m, (total(g, 0) - g) / 2), "the mean runs over time"),
    mean_over_time=(lambda g, m: over(g, m, total(g, 0) / 3), "the mean runs over time"),
    one_mean=(lambda g, m: over(g, m, tf.reduce_mean(g)), "one mean for all time steps"),
    padding=(lambda g, m: by_subtraction(g, tf.ones_like(m)), "padding has an advantage"),
    four=(
        lambda g, m: over(g, m, (total(g) - g) / 3) if g.shape[1] == 4 else over(g, m, g),
        "of two episodes",
    ),
    divided_by_zero=(lambda g, m: (g - (total(g) - g) / (total(m) - 1)) * m / (m - 1), "divided by 0"),
    flat=(lambda g, m: tf.reshape(by_subtraction(g, m), [-1]), "expected shape (3, 4), got (12,)"),
    other=(lambda g, m: by_subtraction(g, m) * 0.5, "the first row should be"),
)
def test_leave_one_out_misunderstood(answer, message):
    examine(checks.check_leave_one_out, answer, message)


@pytest.mark.learning
@pytest.mark.slow
def test_leave_one_out_must_let_an_agent_learn():
    def only_small(returns, mask):
        return by_subtraction(returns, mask) if returns.shape[1] < 16 else tf.zeros_like(returns)

    examine(checks.check_leave_one_out, only_small, "no agent learns")
