"""Checks of lesson 02: returns, log-probabilities, the policy gradient and its baselines."""

import keras
import numpy as np
import tensorflow as tf

from tutorial_lib.checks import exercise, explain, matches, numbers, reject
from tutorial_lib.evidence.evaluation import evaluate
from tutorial_lib.learning.collector import Collector
from tutorial_lib.learning.policies import greedy, sample_categorical
from tutorial_lib.networks.mlp import mlp
from tutorial_lib.rules.returns import discounted_returns as returns_of
from tutorial_lib.seeding import seed_everything
from tutorial_lib.worlds.envs import make_vec_env


@exercise
def check_discounted_returns(discounted_returns):
    reward = [10, 0, -50]
    got = numbers(discounted_returns(reward, 0.8), "the returns")
    explain(reward == [10, 0, -50], "the rewards you were given have changed: write into a new list")
    explain(got.shape != (), "every step has a return of its own, not the episode alone")
    explain(got.shape == (3,), f"three rewards give three returns, got shape {got.shape}")
    past = "that adds up the past: an action can only be credited with what follows it"
    reject(got, past, [10, 8, -43.6], [10, 10, -22], [10, 10, -40], [10, 8, -32])
    reject(got, "the returns stand in reverse: the first belongs to the first step", [-50, -40, -22])
    reject(got, "γ is missing: a reward one step later counts 0.8 times as much", [-40, -50, -50])
    reject(got, "every step got the return of the first: each sums what follows itself", [-22] * 3)
    reject(got, "every step got the sum of all rewards: each sums what follows itself", [-40] * 3)
    reject(got, "the reward of the step itself is missing", [-40, -50, 0], [-32, -40, 0])
    reject(got, "γ comes in one step later: the step's own reward counts in full", [-17.6, -32, -40])
    reject(got, "γ counts from the step whose return it is, not from the start", [-22, -32, -32])
    reject(got, "each reward is discounted, but none are added up", [10, 0, -32])
    reject(got, "those are the rewards: a return sums those that follow", [10, 0, -50])
    reject(got, "only one step ahead is added: everything that follows counts", [10, -40, -50])
    explain(matches(got, [-22, -40, -50]), f"[10, 0, -50] with γ = 0.8 gives [-22, -40, -50], got {got}")
    got = np.asarray(discounted_returns([1, 1, 1, 1], 0.5))
    explain(
        not matches(got, [1, 1, 1, 1]),
        "the returns lost their decimals: an array made like the rewards holds whole numbers",
    )
    explain(matches(got, [1.875, 1.75, 1.5, 1]), f"[1, 1, 1, 1] with γ = 0.5 gives [1.875, …, 1], got {got}")


PADDED = np.array([[10.0, 20.0], [0.0, 30.0], [-50.0, 0.0], [15.0, 0.0]], np.float32)
REAL = np.array([[1, 1], [1, 1], [1, 0], [1, 0]], np.float32)


def _standard(counted, axis=None, power=0.5, spread=None):
    """(x − mean) / variance**power over the entries counted; 0 at padding."""
    count = np.sum(counted, axis, keepdims=True)
    mean = np.sum(PADDED * counted, axis, keepdims=True) / count
    square = np.sum((PADDED - mean) ** 2 * counted, axis, keepdims=True) + 1e-12
    return (PADDED - mean) / (square / (spread or count)) ** power * REAL


@exercise
def check_normalise(normalise):
    got = numbers(normalise(PADDED.copy(), REAL.copy()), "the normalised returns")
    explain(got.shape == (4, 2), f"every step keeps its place: expected shape (4, 2), got {got.shape}")
    explain(np.isfinite(got), "some results are not numbers: something was divided by 0")
    real, wanted = got * REAL, _standard(REAL)  # padding comes last
    padding = "padding was counted in the mean: only steps with mask 1 are real"
    episode = "each episode got its own mean: a good one then looks like a bad one"
    time = "each time step got its own mean: take all real steps together"
    for power in (0.5, 0):  # with and without the division
        reject(real, padding, _standard(np.ones_like(REAL), power=power))
        reject(real, episode, _standard(REAL, axis=0, power=power))
        reject(real, time, _standard(REAL, axis=1, power=power))
    reject(
        real, "the deviation counts padding: divide by the number of real steps", _standard(REAL, spread=8)
    )
    reject(
        real, "the deviation divides by the number of real steps, not by one less", _standard(REAL, spread=5)
    )
    reject(real, "that divides by the variance: its root has the unit of a return", _standard(REAL, power=1))
    reject(real, "only the mean is gone: divide by the standard deviation too", _standard(REAL, power=0))
    reject(real, "only the scale is gone: subtract the mean too", PADDED / PADDED[REAL > 0].std())
    explain(matches(real, wanted), "the real entries should have mean 0 and standard deviation 1")
    explain(matches(got, wanted), "padding must stay 0: it is no step, and must not teach anything")
    flat = np.asarray(normalise(np.full((3, 2), 7.0, np.float32), np.ones((3, 2), np.float32)))
    explain(np.isfinite(flat), "equal returns have deviation 0: add a tiny number before dividing")
    explain(np.abs(flat) < 1e-3, "equal returns normalise to 0")


LOGITS = np.array([[1.0, -1.0, 0.5], [0.2, 2.0, -0.3], [0.1, 0.3, 1.7], [-2.0, 0.4, 0.9]], np.float32)
TAKEN = np.array([1, 1, 0, 2])


def _log_softmax(x, axis=-1):
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def _taken(x):
    return x[np.arange(4), TAKEN]


@exercise
def check_log_prob(log_prob):
    got = numbers(log_prob(tf.constant(LOGITS), tf.constant(TAKEN)), "the log-probabilities")
    log = _log_softmax(LOGITS)
    explain(got.shape != (), "one number for the whole batch: each action has a log-probability of its own")
    explain(got.shape != (4, 3), "every action's log-probability came back: pick the one that was taken")
    explain(got.shape[:2] != (4, 4), "each row was crossed with all actions: row i goes with action i")
    explain(got.shape == (4,), f"one number per action taken: expected shape (4,), got {got.shape}")
    reject(got, "the sign: a logarithm of a probability is never positive; cross-entropy is", -_taken(log))
    reject(got, "those are the probabilities: the logarithm is missing", _taken(np.exp(log)))
    reject(got, "those are the logits: a softmax makes them probabilities", _taken(LOGITS))
    reject(got, "the softmax ran over the batch, not the actions", _taken(_log_softmax(LOGITS, axis=0)))
    reject(got, "that belongs to the best action, not to the one that was taken", log.max(axis=-1))
    reject(got, "rows and columns are swapped: actions lie along the last axis", log[TAKEN, np.arange(4) % 3])
    reject(got, "the softmax was taken twice: once makes probabilities", _taken(_log_softmax(np.exp(log))))
    reject(got, "a sigmoid looks at one logit alone: a softmax at all", -np.log1p(np.exp(-_taken(LOGITS))))
    explain(matches(got, _taken(log)), f"expected {_taken(log).round(3)}, got {got.round(3)}")
    got = np.asarray(log_prob(tf.constant([[1000.0, 0.0]]), tf.constant([1], tf.int64)))
    explain(
        np.isfinite(got) & (got < -900),
        "with logits 1000 and 0 the probability rounds to 0, and its logarithm breaks: take both at once",
    )


LOG_PROB = np.array([[-0.5, -1.5], [-0.2, -0.7], [-2.0, -0.9]], np.float32)
ADVANTAGE = np.array([[2.0, -1.0], [0.5, 3.0], [-4.0, 5.0]], np.float32)
STEPS = np.array([[1, 1], [1, 1], [1, 0]], np.float32)  # the last step of the second episode is padding


@exercise
def check_policy_gradient_loss(policy_gradient_loss):
    log_prob, advantage = tf.Variable(LOG_PROB), tf.Variable(ADVANTAGE)
    with tf.GradientTape() as tape:
        loss = policy_gradient_loss(log_prob, advantage, tf.constant(STEPS))
    got, product = numbers(loss, "the loss"), LOG_PROB * ADVANTAGE
    total, means = (product * STEPS).sum(), (product * STEPS).sum(0) / STEPS.sum(0)
    explain(got.shape != (3, 2), "one loss per step came back: average them over the real steps")
    explain(got.shape == (), f"a loss is one number, got shape {got.shape}")
    reject(got, "the sign: an optimizer goes down, and good actions should become likelier", total / 5)
    padding = "padding was counted: its mask is 0, so it must add nothing"
    reject(got, padding, -product.mean(), -product.sum() / 5)
    reject(got, "the mean is over all entries: divide by the number of real steps", -total / 6)
    reject(got, "that is the sum: divide by the number of real steps", -total)
    reject(got, "that divides by the number of episodes, not of real steps", -total / 2)
    reject(got, "that divides by the number of time steps, not of real steps", -total / 3)
    reject(got, "a mean of means: all real steps count the same", -means.mean())
    missing = "the advantages are missing: every action would become likelier alike"
    reject(got, missing, -(LOG_PROB * STEPS).sum() / 5)
    reject(got, "log π is meant, not π", -(np.exp(LOG_PROB) * ADVANTAGE * STEPS).sum() / 5)
    explain(matches(got, -total / 5), f"expected {-total / 5:.3f}, got {got:.3f}")
    explain(tf.is_tensor(loss), "NumPy breaks the chain to the network: use TensorFlow's operations")
    to_log_prob, to_advantage = tape.gradient(loss, [log_prob, advantage])
    explain(to_log_prob is not None, "no gradient reaches the policy: log π must not be held constant")
    constant = to_advantage is None or np.allclose(to_advantage, 0)
    explain(constant, "the gradient also runs through the advantage: it is a verdict, and held constant")
    explain(matches(to_log_prob, -ADVANTAGE * STEPS / 5), "the loss is right, but not its gradient")


STATES = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0]], np.float32)
ACTIONS = np.array([0, 1, 1])
RETURNS = np.array([10.0, -4.0, 3.0], np.float32)
POLICY = [np.array([[0.3, -0.2], [0.1, 0.4]], np.float32), np.zeros(2, np.float32)]
CRITIC = [np.array([[1.0], [-2.0]], np.float32), np.array([0.5], np.float32)]


@exercise
def check_mended_update(mended_update):
    """One step of plain gradient descent on linear networks gives away which losses were used."""
    policy, critic = mlp(2, [], 2), mlp(2, [], 1)
    policy.set_weights(POLICY)
    critic.set_weights(CRITIC)
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build(policy.trainable_variables + critic.trainable_variables)
    mended_update(policy, critic, optimizer, tf.constant(STATES), tf.constant(ACTIONS), tf.constant(RETURNS))
    to_policy, to_critic = policy.get_weights()[0] - POLICY[0], critic.get_weights()[0] - CRITIC[0]
    explain(np.any(to_policy) or np.any(to_critic), "nothing has changed: gradients have to be applied")
    explain(np.any(to_policy), "the policy learns nothing: its loss must reach its weights")
    explain(
        np.any(to_critic), "the critic learns nothing: only the policy's loss holds the advantage constant"
    )
    log_prob = _log_softmax(STATES @ POLICY[0])
    value = (STATES @ CRITIC[0] + CRITIC[1])[:, 0]
    _explain_the_policy(to_policy, np.eye(2)[ACTIONS] - np.exp(log_prob), value)
    _explain_the_critic(to_critic[:, 0], value, log_prob[np.arange(3), ACTIONS])


def _explain_the_policy(moved, score, value):
    """The step is Sᵀ(Â ∇log π) / B: which Â was it?"""
    advantage = RETURNS - value
    table = "it is still there: a row of three returns minus a column of three values makes nine numbers"
    column = "a column of three advantages times a row of three log-probabilities makes nine: use one shape"
    for message, wrong in {
        table: RETURNS - value.mean(),
        column: np.full(3, advantage.mean()),
        "the baseline is gone: that mends the shapes by giving the critic up": RETURNS,
        "the mean return replaced the critic: each state has its own value": RETURNS - RETURNS.mean(),
        "the sign: actions better than expected became less likely": -advantage,
        "the sign is wrong, and the nine numbers are still there": value.mean() - RETURNS,
        "the losses are summed now: keep the mean": 3 * advantage,
    }.items():
        reject(moved, message, STATES.T @ (score * wrong[:, None]) / 3)
    right = matches(moved, STATES.T @ (score * advantage[:, None]) / 3)
    explain(right, "the policy's step is wrong: it needs return minus value, state by state")


def _explain_the_critic(moved, value, log_prob):
    """The step is 2 Sᵀ(target − V) / B: which difference was it?"""
    error = 2 * (RETURNS - value)
    for message, wrong in {
        "the critic still learns the mean return: its loss has the same fault": 2 * (RETURNS.mean() - value),
        "the policy's loss moves the critic too: hold the advantage constant in it": error - log_prob,
        "the sign: the critic moved away from the returns": -error,
        "the losses are summed now: keep the mean": 3 * error,
    }.items():
        reject(moved, message, STATES.T @ wrong / 3)
    right = matches(moved, STATES.T @ error / 3)
    explain(right, "the critic's step is wrong: its loss is the mean of (return − value)²")


FOUR = np.array([[8.0, 4.0, 6.0, 1.0], [5.0, 2.0, 3.0, 0.0], [2.0, 0.0, 1.0, 0.0]], np.float32)
RUNNING = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 1, 0]], np.float32)


@exercise
def check_leave_one_out(leave_one_out):
    got = numbers(leave_one_out(tf.constant(FOUR), tf.constant(RUNNING)), "the advantages")
    explain(got.shape == FOUR.shape, f"every step has its advantage: expected shape (3, 4), got {got.shape}")
    explain(np.isfinite(got), "some advantages are not numbers: something was divided by 0")
    total, count = FOUR.sum(1, keepdims=True), RUNNING.sum(1, keepdims=True)
    others, real = total - FOUR, got * RUNNING
    for message, *wrong in [
        ("the mean includes the episode itself, so that its own luck judges it", FOUR - total / 4),
        ("three others were added up, but divided by four", FOUR - others / 4),
        ("that subtracts the sum of the others: their mean is wanted", FOUR - others),
        ("the episode itself is in the sum of the others", FOUR - total / 3),
        ("the sign: to earn more than the others is an advantage", others / 3 - FOUR),
        ("that is the baseline: the advantage is the return minus it", others / 3),
        ("nothing was subtracted: these are the returns", FOUR),
        ("an episode that has ended counts as well: it earned 0", FOUR - others / np.maximum(count - 1, 1)),
        ("an episode that has ended counts as well: it earned 0", FOUR - total / count),
        ("the mean runs over time: compare episodes at one time step", FOUR - (FOUR.sum(0) - FOUR) / 2),
        ("the mean runs over time: compare episodes at one time step", FOUR - FOUR.mean(0)),
        ("one mean for all time steps: late ones have less left to earn", FOUR - FOUR.mean()),
    ]:
        reject(real, message, *(answer * RUNNING for answer in wrong))
    wanted = (FOUR - others / 3) * RUNNING
    explain(matches(real, wanted), f"the first row should be {wanted[0].round(3)}, got {got[0].round(3)}")
    explain(matches(got, wanted), "padding has an advantage: after an episode's end no action is taken")
    got = np.asarray(leave_one_out(tf.constant([[3.0, 1.0]]), tf.ones([1, 2])))
    explain(matches(got, [[2, -2]]), "of two episodes each is compared with the other: 3 and 1 give 2 and -2")
    _show_it_learn(leave_one_out)


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
        advantage = leave_one_out(returns_of(episodes.reward, 0.99), tf.constant(episodes.mask))
        real = episodes.mask > 0
        steps = episodes.observation[real], episodes.action[real], np.asarray(advantage)[real]
        _step(policy, optimizer, *steps)
    after = evaluate(greedy(policy), "CartPole-v1", max_episode_steps=200).mean()
    print(f"an agent trained with it: from {before:.0f} steps to {after:.0f} of 200 in {num_updates} updates")
    explain(
        after > 2 * before, "the advantages of the small cases are right, and yet no agent learns from them"
    )


def _step(policy, optimizer, observation, action, advantage):
    with tf.GradientTape() as tape:
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(action, policy(observation))
        loss = tf.reduce_mean(cross_entropy * advantage)
    optimizer.apply(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables)
