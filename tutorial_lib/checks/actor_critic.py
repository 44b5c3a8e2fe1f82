"""Checks of lesson 08: TD errors, advantages, PPO's loss, and three bugs that really happen."""

import numpy as np
import tensorflow as tf

from tutorial_lib.checks import exercise, explain, matches, numbers, reject


def tensor(*entries):
    """The entries as float32."""
    return tf.constant(entries, tf.float32)


@exercise
def check_td_error(td_error):
    reward, value, next_value = tensor(1, 2, 3, 4), tensor(5, 6, 7, 8), tensor(10, 20, 30, 40)
    terminated, truncated = tensor(0, 1, 0, 1), tensor(0, 0, 1, 1)
    got = numbers(td_error(reward, terminated, truncated, value, next_value, 0.5), "the TD errors")
    explain(got.shape == (4,), f"one TD error per step: expected shape (4,), got {got.shape}")
    r, v, n, end = (x.numpy() for x in (reward, value, next_value, terminated))
    cut = truncated.numpy()
    right = r + 0.5 * (1 - end) * n - v
    over = np.maximum(end, cut)
    reject(got, "the sign: the TD error is the target minus the estimate", -right)
    reject(got, "that is the target: the TD error is how far V(s) is from it", right + v)
    reject(got, "nothing follows a terminal step, so V(s′) counts 0 there", r + 0.5 * n - v)
    reject(
        got, "a time limit is no end: after a truncated step V(s′) still counts", r + 0.5 * (1 - over) * n - v
    )
    reject(got, "that stops at the time limit and goes on after the end: it is the other way round",
           r + 0.5 * (1 - cut) * n - v)  # fmt: skip
    reject(got, "what comes a step later counts γ times", r + (1 - end) * n - v)
    reject(got, "γ discounts what comes later, not the reward of this step", 0.5 * (r + (1 - end) * n) - v)
    reject(
        got,
        "a terminal step still has its reward, and V(s) to be compared with",
        (1 - end) * (r + 0.5 * n - v),
    )
    explain(matches(got, right), f"δ = r + γ (1 − terminated) V(s′) − V(s) gives {right}, got {got}")


REWARD = [[1, 2], [0, 1], [3, 0], [1, 1]]
DISCOUNT = [[0.5, 0.5], [0.5, 0.5], [0.0, 0.5], [0.5, 0.5]]  # column 0 terminates in row 2
VALUE = [[1, 2], [2, 0], [3, 1], [4, 2]]
NEXT_VALUE = [
    [2, 0],
    [3, 5],
    [9, 2],
    [6, 3],
]  # column 1 is cut in row 1, where V(s′) is 5 and V after the reset 1
DONE = [[0, 0], [0, 1], [1, 0], [0, 0]]


def reference_gae(reward, discount, value, next_value, decay):
    """Advantages from the end, with any decay [T, B] between steps."""
    td_error, later = reward + discount * next_value - value, 0.0
    advantage = np.zeros_like(reward)
    for t in reversed(range(len(reward))):
        advantage[t] = later = td_error[t] + decay[t] * later
    return advantage


@exercise
def check_gae(gae):
    r, d, v, n, over = (np.array(x, np.float32) for x in (REWARD, DISCOUNT, VALUE, NEXT_VALUE, DONE))
    got = numbers(gae(*map(tf.constant, (r, d, v, n, over)), 0.8), "the advantages")
    explain(got.shape == r.shape, f"one advantage per step: expected shape {r.shape}, got {got.shape}")
    right = reference_gae(r, d, v, n, 0.8 * d * (1 - over))
    after_reset = np.append(v[1:], n[-1:], axis=0)
    reject(got, "that is the TD error alone: add what the later ones say", r + d * n - v)
    reject(got, "λ is missing: that is the return minus V", reference_gae(r, d, v, n, d * (1 - over)))
    reject(
        got,
        "an advantage must not run across the end of an episode: use done",
        reference_gae(r, d, v, n, 0.8 * d),
    )
    reject(
        got,
        "that decays by λ alone: each step back also costs γ",
        reference_gae(r, d, v, n, 0.8 * (1 - over)),
    )
    reject(got, "that is the λ-return: the advantage is how much better than V(s) it is", right + v)
    reject(got, "V(s′) is next_value: the row below may belong to another episode",
           reference_gae(r, d, v, after_reset, 0.8 * d * (1 - over)))  # fmt: skip
    reject(got, "a truncated step still has a future: only the discount decides whether V(s′) counts",
           reference_gae(r, d * (1 - over), v, n, 0.8 * d * (1 - over)))  # fmt: skip
    flipped = [x[::-1] for x in (r, d, v, n, 0.8 * d * (1 - over))]
    reject(
        got,
        "that runs forwards: an action cannot answer for what came before it",
        reference_gae(*flipped)[::-1],
    )
    explain(matches(got, right), f"Âₜ = δₜ + γₜ λ (1 − doneₜ) Âₜ₊₁, from the end, gives {right.tolist()}")
    zero = numbers(gae(*map(tf.constant, (r, d, v, n, over)), 0.0), "the advantages")
    explain(matches(zero, r + d * n - v), "λ is an argument: with λ = 0 the TD error remains")


@exercise
def check_ratio(ratio):
    new, old = np.log([0.5, 0.2, 0.9]), np.log([0.25, 0.4, 0.9])
    got = numbers(ratio(*(tf.constant(x, tf.float32) for x in (new, old))), "the ratios")
    explain(got.shape == (3,), f"one ratio per step: expected shape (3,), got {got.shape}")
    right = np.exp(new - old)
    reject(got, "that is the logarithm of the ratio", new - old)
    reject(got, "upside down: the new policy is on top", 1 / right)
    reject(got, "a quotient of logarithms is not the logarithm of a quotient: subtract them", new / old)
    reject(got, "those are the new probabilities: divide by the old ones", np.exp(new))
    reject(got, "a product: the old probability divides", np.exp(new + old))
    reject(got, "PPO clips the ratio later, in the loss", np.clip(right, 0.8, 1.2))
    explain(matches(got, right), f"exp(log π − log π_old) gives {right.round(3)}, got {got.round(3)}")
    tiny = numbers(ratio(tensor(-200.0), tensor(-201.0)), "the ratio of two tiny probabilities")
    explain(np.isfinite(tiny), "probabilities as small as e⁻²⁰⁰ become 0: subtract the logarithms first")
    explain(matches(tiny, [np.e]), f"log-probabilities −200 and −201 have ratio e, got {tiny}")


@exercise
def check_clipped_loss(clipped_loss):
    rho = np.array([1.0, 1.5, 0.5, 1.5, 0.5, 1.1], np.float32)
    a = np.array([2.0, 2.0, 2.0, -2.0, -2.0, -1.0], np.float32)
    got = numbers(clipped_loss(tf.constant(rho), tf.constant(a), 0.2), "the losses")
    explain(got.shape != (), "one loss per step, please: the mean is taken later")
    explain(got.shape == rho.shape, f"one loss per step: expected shape {rho.shape}, got {got.shape}")
    near = np.clip(rho, 0.8, 1.2)
    right = -np.minimum(rho * a, near * a)
    reject(got, "that is the objective: a loss is made small, so it has the other sign", -right)
    reject(
        got,
        "that takes the better of the two: PPO is a pessimist and takes the worse",
        -np.maximum(rho * a, near * a),
    )
    reject(
        got, "the clip alone also stops the step back from a mistake: take the minimum with ρ Â", -near * a
    )
    reject(got, "nothing is clipped: ρ Â alone runs away", -rho * a)
    reject(
        got,
        "clip the ratio, not its product with the advantage",
        -np.minimum(rho * a, np.clip(rho * a, 0.8, 1.2)),
    )
    reject(
        got, "the ratio stays within 1 ± ε, not within ± ε", -np.minimum(rho * a, np.clip(rho, -0.2, 0.2) * a)
    )
    reject(
        got,
        "the advantage belongs to both sides of the minimum",
        -np.minimum(rho, near) * a,
        -np.minimum(rho * a, near),
    )
    explain(matches(got, right), f"−min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) gives {right}, got {got}")
    wide = numbers(clipped_loss(tf.constant(rho), tf.constant(a), 0.6), "the losses")
    explain(matches(wide, -rho * a), "ε is an argument: with 0.6 nothing of this is clipped")


@exercise
def check_entropy(entropy):
    p = np.array([[0.5, 0.5, 1e-9], [0.2, 0.3, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    logits = np.log(p) + np.array([[1.0], [-2.0], [5.0]])
    got = numbers(entropy(tf.constant(logits, tf.float32)), "the entropies")
    explain(got.shape != (), "one entropy per state: sum over the actions only")
    explain(got.shape == (3,), f"one entropy per state: expected shape (3,), got {got.shape}")
    plogp = p * np.log(p)
    right = -plogp.sum(axis=1)
    reject(got, "the sign: entropy is never negative", -right)
    reject(got, "in bits: the natural logarithm gives nats", right / np.log(2))
    reject(got, "a sum over actions, not their mean: log A for a uniform policy", right / 3)
    reject(got, "the surprises are weighted by how often they come: multiply by π", -np.log(p).sum(axis=1))
    reject(got, "logits are no probabilities: softmax first", -(logits * np.log(np.abs(logits))).sum(axis=1),
           -(np.exp(logits) * logits).sum(axis=1), -(p * logits).sum(axis=1))  # fmt: skip
    explain(matches(got, right), f"−Σ π log π gives {right.round(3)}, got {got.round(3)}")
    certain = numbers(entropy(tensor([1000.0, 0.0, 0.0])), "the entropy of a certain policy")
    explain(np.isfinite(certain), "0 · log 0 is NaN: take log π from tf.nn.log_softmax")
    explain(matches(certain, [0.0]), f"a policy that is certain has entropy 0, got {certain}")


@exercise
def check_mended_actor_loss(actor_loss):
    """The bug: δ sends the actor's gradient into the critic."""
    log_prob, reward, discount = tensor(-0.5, -1.5), tensor(1, 2), tensor(0.5, 0)
    value, next_value = tf.Variable([3.0, 1.0]), tf.Variable([8.0, 9.0])
    with tf.GradientTape() as tape:
        tape.watch(log_prob)
        loss = actor_loss(log_prob, reward, discount, value, next_value)
    got = numbers(loss, "the losses")
    explain(got.shape == (2,), f"one loss per step: expected shape (2,), got {got.shape}")
    reject(got, "the sign: an action that turned out well should become likelier", [-1.0, -1.5])
    reject(
        got, "the value now is compared with the value next: δ = r + γ V(s′) − V(s)", [2.5, 3.0], [0.5, 3.0]
    )
    explain(matches(got, [1.0, 1.5]), f"−δ log π gives [1, 1.5], got {got}; only the gradient was wrong")
    to_log_prob, *to_critic = tape.gradient(loss, [log_prob, value, next_value])
    explain(to_log_prob is not None, "now nothing learns: hold δ constant, not log π")
    explain(matches(to_log_prob, [-2.0, -1.0]), "the actor's gradient should be −δ ∇ log π")
    for name, gradient in zip(("V(s)", "V(s′)"), to_critic, strict=True):
        explain(gradient is None, f"the actor's loss still pulls at {name}: hold all of δ constant")


class Run:
    """A policy whose log-probability of the one action rises by 0.1 with every update."""

    def __init__(self):
        self.value, self.asked, self.updates = -1.0, 0, 0

    def log_prob(self):
        self.asked += 1
        return tensor(self.value)

    def step(self, ratio):
        self.updates += 1
        self.value += 0.1
        self.seen.append(float(np.squeeze(ratio)))


@exercise
def check_mended_epochs(epochs):
    """The bug: the old log-probability is computed anew in every epoch, so that every ratio is 1."""
    run = Run()
    run.seen = []
    epochs(run.log_prob, run.step, 4)
    explain(run.updates > 0, "no update was made: call step(ratio) once in every epoch")
    explain(run.updates == 4, f"four epochs are four updates, got {run.updates}")
    got = np.array(run.seen)
    explain(
        not matches(got, np.ones(4)),
        "every ratio is still 1: what is old must be computed before the first epoch",
    )
    reject(got, "that compares with the epoch before: old means before the first", [1, *[np.exp(0.1)] * 3])
    reject(got, "that is the logarithm of the ratio", [0, 0.1, 0.2, 0.3])
    reject(got, "upside down: the new policy is on top", np.exp([0, -0.1, -0.2, -0.3]))
    explain(abs(got[0] - 1) < 1e-4, f"the first ratio must be 1: nothing has changed yet; got {got[0]:.3f}")
    explain(
        matches(got, np.exp([0, 0.1, 0.2, 0.3])),
        f"the ratio should grow with every update, got {got.round(3)}",
    )


@exercise
def check_mended_critic_loss(critic_loss):
    """The bug: [B, 1] − [B] makes a table of B × B."""
    value, target = tf.Variable([[1.0], [2.0], [4.0]]), tensor(3, 2, 0)
    with tf.GradientTape() as tape:
        loss = critic_loss(value, target)
    got = numbers(loss, "the loss")
    explain(got.shape == (), f"the mean over the batch is one number, got shape {got.shape}")
    table = np.array([[1.0], [2.0], [4.0]]) - [3.0, 2.0, 0.0]
    reject(
        got,
        "still every value against every target: the two shapes must agree",
        np.mean(table**2),
        np.mean(table**2) / 2,
    )
    reject(got, "the mean, not the sum: a larger batch should not mean larger steps", 20.0, 10.0)
    reject(got, "errors of both signs cancel: square before the mean", 2 / 3, -2 / 3, 4 / 9)
    explain(
        matches(got, 20 / 3) or matches(got, 10 / 3),
        f"the mean squared error is 6.667 (or half of it), got {got}",
    )
    gradient = tape.gradient(loss, value)
    explain(gradient is not None, "no gradient reaches the critic")
    explain(
        np.sign(gradient.numpy().ravel()).tolist() == [-1, 0, 1],
        "the gradient should pull V towards its target",
    )
