"""The checks of lesson 03 against typical answers: each wrong one is told its own misconception."""

import numpy as np
import tensorflow as tf
from answers import examine, right, wrong

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import q_learning as module
from tutorial_lib.worlds.discretize import Discretizer

# --- q_update


def update(
    best=np.max, keep=lambda old, alpha: old, sign=1, reward=lambda r, gamma: r, following=None, future=None
):
    """A right update, each of whose parts can be replaced by a wrong one."""

    def answer(q, s, a, r, terminated, s_next, alpha, gamma):
        value = following(q, s, a, s_next) if following else best(q[s_next])
        future_discount = future(gamma, terminated) if future else gamma * (1 - terminated)
        return keep(q[s, a], alpha) + sign * alpha * (reward(r, gamma) + future_discount * value - q[s, a])

    return answer


def update_in_tensorflow(q, s, a, r, terminated, s_next, alpha, gamma):
    q = tf.constant(q)
    following = tf.reduce_max(q[s_next]) if not terminated else 0.0
    return (1 - alpha) * q[s, a] + alpha * (r + gamma * following)


def update_in_place(q, s, a, r, terminated, s_next, alpha, gamma):
    q[s, a] = update()(q, s, a, r, terminated, s_next, alpha, gamma)
    return q[s, a]


@right(by_error=update(), mixed=update_in_tensorflow, sorted=update(best=lambda row: sorted(row)[-1]))
def test_q_update(answer, capsys):
    assert checks.check_q_update(answer) is True
    assert capsys.readouterr().out == "correct\n"


@wrong(
    in_place=(update_in_place, "the table was changed"),
    target=(
        lambda q, s, a, r, end, t, alpha, gamma: r + gamma * (1 - end) * q[t].max(),
        "that is the target",
    ),
    change=(update(keep=lambda old, alpha: 0), "that is the change"),
    old_in_full=(
        lambda q, s, a, r, end, t, alpha, gamma: q[s, a] + alpha * (r + gamma * (1 - end) * q[t].max()),
        "the old value must count",
    ),
    away=(update(sign=-1), "moves away"),
    here=(update(following=lambda q, s, a, t: q[s].max()), "that is the best of s"),
    same_action=(update(following=lambda q, s, a, t: q[t, a]), "not the action that was taken"),
    mean=(update(best=np.mean), "max, not mean"),
    minimum=(update(best=np.min), "not the min"),
    undiscounted=(update(future=lambda gamma, end: 1 - end), "the future is discounted"),
    discounted_reward=(update(reward=lambda r, gamma: gamma * r), "the reward counts in full"),
    no_reward=(update(reward=lambda r, gamma: 0), "the reward is missing"),
    no_future=(update(future=lambda gamma, end: 0), "bootstrap"),
    terminal=(update(future=lambda gamma, end: gamma), "nothing follows a terminal step"),
    constants=(
        lambda q, s, a, r, end, t, *_: update()(q, s, a, r, end, t, 0.5, 0.9),
        "α and γ are arguments",
    ),
    whole_row=(lambda q, s, *_: q[s], "one number is asked for"),
)
def test_q_update_misunderstood(answer, message):
    examine(checks.check_q_update, answer, message)


# --- epsilon_greedy


def explore(q_row, epsilon, rng):
    if rng.random() < epsilon:
        return rng.integers(len(q_row))
    return rng.choice(np.flatnonzero(q_row == q_row.max()))


def explore_by_probabilities(q_row, epsilon, rng):
    best = q_row == q_row.max()
    return rng.choice(len(q_row), p=epsilon / len(q_row) + (1 - epsilon) * best / best.sum())


def explore_by_noise(q_row, epsilon, rng):
    tied = (q_row == q_row.max()) | (rng.random() < epsilon)
    return np.where(tied, rng.random(len(q_row)), -1).argmax()


def greedy_by(pick, epsilon_of=lambda epsilon: epsilon, random=None):
    def answer(q_row, epsilon, rng):
        if rng.random() < epsilon_of(epsilon):
            return random(q_row, rng) if random else rng.integers(len(q_row))
        return pick(q_row, rng)

    return answer


def best_of(q_row, rng):
    return rng.choice(np.flatnonzero(q_row == q_row.max()))


@right(by_cases=explore, by_probabilities=explore_by_probabilities, by_noise=explore_by_noise)
def test_epsilon_greedy(answer, capsys):
    assert checks.check_epsilon_greedy(answer) is True


@wrong(
    first=(greedy_by(lambda q, rng: q.argmax()), "ties always go to the first"),
    last=(greedy_by(lambda q, rng: len(q) - 1 - q[::-1].argmax()), "ties always go to the last"),
    worst=(greedy_by(lambda q, rng: q.argmin()), "the worst action"),
    value=(greedy_by(lambda q, rng: q.max() + 0.5), "an action is an index"),
    highest_value=(greedy_by(lambda q, rng: q.max()), "actions run from 0 to 3"),
    swapped=(greedy_by(best_of, lambda epsilon: 1 - epsilon), "only the best actions may be taken"),
    never=(greedy_by(best_of, lambda epsilon: 0), "nothing explores"),
    only_others=(
        greedy_by(best_of, random=lambda q, rng: rng.choice(np.flatnonzero(q < q.max()))),
        "the best ones too",
    ),
    one_of_the_others=(
        greedy_by(
            best_of,
            random=lambda q, rng: rng.integers(4) if len(q) == 4 else rng.choice(np.flatnonzero(q < q.max())),
        ),
        "the best one too",
    ),
    uneven_ties=(
        greedy_by(lambda q, rng: rng.choice(np.flatnonzero(q == q.max())[[0, 0, -1]])),
        "equally often",
    ),
    not_the_last=(greedy_by(best_of, random=lambda q, rng: rng.integers(len(q) - 1)), "all actions"),
    all_ties=(lambda q, epsilon, rng: np.flatnonzero(q == q.max()), "one action is asked for"),
)
def test_epsilon_greedy_misunderstood(answer, message):
    examine(checks.check_epsilon_greedy, answer, message)


# --- expected_sarsa_target


def probabilities(q_row, epsilon):
    best = q_row == q_row.max()
    return epsilon / len(q_row) + (1 - epsilon) * best / best.sum()


def expected(weights=probabilities):
    return lambda q, epsilon, reward, discount: reward + discount * np.sum(weights(q, epsilon) * q)


def first_best(q, epsilon):
    return epsilon / len(q) + (1 - epsilon) * np.eye(len(q))[q.argmax()]


@right(
    weighted=expected(),
    mixed=lambda q, epsilon, reward, discount: (
        reward + discount * ((1 - epsilon) * max(q) + epsilon * sum(q) / len(q))
    ),
    first=expected(first_best),  # the same number: tied actions have the same value
)
def test_expected_sarsa_target(answer, capsys):
    assert checks.check_expected_sarsa_target(answer) is True


@wrong(
    q_learning=(lambda q, e, r, d: r + d * q.max(), "Q-learning's target"),
    uniform=(lambda q, e, r, d: r + d * q.mean(), "not uniform"),
    others=(
        expected(
            lambda q, e: np.where(q == q.max(), (1 - e) / (q == q.max()).sum(), e / (q < q.max()).sum())
        ),
        "the best one too",
    ),
    swapped=(expected(lambda q, e: probabilities(q, 1 - e)), "swapped"),
    too_much=(expected(lambda q, e: e + (1 - e) * (q == q.max())), "must sum to 1"),
    best_in_full=(expected(lambda q, e: e / len(q) + (q == q.max())), "must sum to 1"),
    undiscounted=(lambda q, e, r, d: expected()(q, e, r, 1.0), "the future is discounted"),
    discounted_reward=(lambda q, e, r, d: expected()(q, e, d * r, d), "the reward counts in full"),
    no_reward=(lambda q, e, r, d: expected()(q, e, 0, d), "the reward is missing"),
    each_tie=(expected(lambda q, e: e / len(q) + (1 - e) * (q == q.max())), "share 1 − ε"),
    probabilities=(lambda q, e, r, d: probabilities(q, e), "one number is asked for"),
)
def test_expected_sarsa_target_misunderstood(answer, message):
    examine(checks.check_expected_sarsa_target, answer, message)


# --- encode and decode


def encode(round_down=np.floor, clip=True, places=None, base=0):
    def answer(x, low, high, sizes):
        digits = round_down((x - low) / (high - low) * sizes)
        if clip:
            digits = np.clip(digits, 0, sizes - 1)
        weights = places(sizes) if places else [np.prod(sizes[d + 1 :]) for d in range(len(sizes))]
        return int(np.dot(digits + base, weights))

    return answer


def encode_by_horner(x, low, high, sizes):
    code = 0
    for d in range(len(sizes)):
        digit = int((min(max(x[d], low[d]), high[d]) - low[d]) / (high[d] - low[d]) * sizes[d])
        code = code * sizes[d] + min(digit, sizes[d] - 1)
    return code


@right(
    places=encode(),
    horner=encode_by_horner,
    package=lambda x, low, high, sizes: Discretizer(low, high, sizes).encode(x),
)
def test_encode(answer, capsys):
    assert checks.check_encode(answer) is True


@wrong(
    rounded=(encode(round_down=np.round), "do not round"),
    sum=(encode(places=lambda sizes: [1, 1, 1]), "the bins added up"),
    reversed=(encode(places=lambda sizes: [1, sizes[0], sizes[0] * sizes[1]]), "reversed"),
    own_radix=(
        encode(places=lambda sizes: [sizes[1] * sizes[0], sizes[1], sizes[2]]),
        "the radix of a place",
    ),
    one_radix=(encode(places=lambda sizes: [16, 4, 1]), "its own number of bins"),
    not_clipped=(encode(clip=False), "the largest code is 23"),
    clipped_above=(
        lambda x, low, high, sizes: encode(clip=False)(np.minimum(x, high - 1e-9), low, high, sizes),
        "the smallest code is 0",
    ),
    edge=(
        lambda x, low, high, sizes: encode(clip=False)(np.clip(x, low, high), low, high, sizes),
        "largest code",
    ),
    not_rounded=(
        lambda x, low, high, sizes: float(np.sum((x - low) / (high - low))),
        "round the position down",
    ),
    digits=(
        lambda x, low, high, sizes: np.floor((x - low) / (high - low) * sizes),
        "one integer is asked for",
    ),
)
def test_encode_misunderstood(answer, message):
    examine(checks.check_encode, answer, message)


def decode_by_remainders(code, sizes):
    digits = []
    for size in reversed(sizes):
        code, digit = divmod(code, size)
        digits.insert(0, digit)
    return digits


@right(
    remainders=decode_by_remainders,
    unravel=lambda code, sizes: np.array(np.unravel_index(code, sizes)),
    package=lambda code, sizes: Discretizer([0] * len(sizes), [1] * len(sizes), sizes).digits(code),
)
def test_decode(answer, capsys):
    assert checks.check_decode(answer) is True


@wrong(
    reversed=(lambda code, sizes: decode_by_remainders(code, sizes)[::-1], "yours are reversed"),
    other_order=(lambda code, sizes: np.unravel_index(code, sizes, order="F"), "code "),
    from_one=(lambda code, sizes: np.array(decode_by_remainders(code, sizes)) + 1, "count from 0"),
    divided=(lambda code, sizes: np.array([code / 12, code / 3 % 4, code % 3]), "divide by //"),
    no_remainder=(lambda code, sizes: np.array([code // 12, code // 3, code]), "its own radix"),
    three_only=(
        lambda code, sizes: decode_by_remainders(code, [2, 4, 3]) if len(sizes) == 3 else [1, 1],
        "any number of dimensions",
    ),
    too_few=(lambda code, sizes: [code // 3, code % 3], "expected shape (3,)"),
)
def test_decode_misunderstood(answer, message):
    examine(checks.check_decode, answer, message)
