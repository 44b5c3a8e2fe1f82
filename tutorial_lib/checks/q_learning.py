"""Checks of lesson 03: the update, exploration, expected Sarsa, and the codes of cells."""

import numpy as np

from tutorial_lib.checks import exercise, explain, matches, numbers, reject


@exercise
def check_q_update(q_update):
    q = np.array([[1.0, 2.0, 3.0], [8.0, 4.0, -6.0]])
    before = q.copy()
    got = numbers(q_update(q, 0, 1, 10.0, False, 1, 0.5, 0.9), "the new value of Q(s, a)")
    explain(
        matches(q, before), "the table was changed: return the new entry and leave writing it to the caller"
    )
    explain(got.shape == (), f"one number is asked for, the new Q(s, a); got shape {got.shape}")
    target = 10 + 0.9 * 8
    reject(got, "that is the target: move towards it by α only", target)
    reject(got, "that is the change: add it to the old Q(s, a)", 0.5 * (target - 2))
    reject(got, "the old value must count (1 − α): the error is target − Q(s, a)", 2 + 0.5 * target)
    reject(got, "that moves away from the target: the error is target − estimate", 2 - 0.5 * (target - 2))
    reject(got, "the best action of s′ is wanted, that is the best of s", 2 + 0.5 * (10 + 0.9 * 3 - 2))
    reject(
        got, "a′ is the best action in s′, not the action that was taken in s", 2 + 0.5 * (10 + 0.9 * 4 - 2)
    )
    reject(got, "max, not mean: Q-learning follows the best action", 2 + 0.5 * (10 + 0.9 * 2 - 2))
    reject(got, "a larger value is a better one: take the max, not the min", 2 + 0.5 * (10 - 0.9 * 6 - 2))
    reject(got, "the future is discounted: multiply max Q(s′, ·) by γ", 2 + 0.5 * (10 + 8 - 2))
    reject(got, "γ discounts the future only, the reward counts in full", 2 + 0.5 * (0.9 * 18 - 2))
    reject(got, "the reward is missing from the target", 2 + 0.5 * (0.9 * 8 - 2))
    reject(got, "nothing of s′ is in it: bootstrap from max Q(s′, ·)", 2 + 0.5 * (10 - 2))
    explain(
        matches(got, 2 + 0.5 * (target - 2)), "Q(s, a) + α [r + γ max Q(s′, ·) − Q(s, a)] is something else"
    )
    end = numbers(q_update(q, 0, 1, 10.0, True, 1, 0.5, 0.9), "the new value of Q(s, a)")
    explain(not matches(end, got), "nothing follows a terminal step: use `terminated`")
    explain(matches(end, 2 + 0.5 * (10 - 2)), "after a terminal step the target is the reward alone")
    other = numbers(q_update(q, 1, 0, -1.0, False, 0, 0.25, 0.5), "the new value of Q(s, a)")
    explain(matches(other, 8 + 0.25 * (-1 + 1.5 - 8)), "α and γ are arguments: use those that are given")


@exercise
def check_epsilon_greedy(epsilon_greedy):
    rng = np.random.default_rng(0)
    count = 2_000
    q_row = np.array([1.0, 5.0, 0.0, 5.0])

    def shares(row, epsilon):
        drawn = np.stack([numbers(epsilon_greedy(row, epsilon, rng), "the action") for _ in range(count)])
        explain(drawn.ndim == 1, f"one action is asked for, got shape {drawn.shape[1:]}")
        explain(drawn == np.floor(drawn), "that is a value: an action is an index")
        explain(
            (drawn >= 0) & (drawn < len(row)), f"actions run from 0 to {len(row) - 1}, got {drawn.max():g}"
        )
        return np.bincount(drawn.astype(int), minlength=len(row)) / count

    greedy = shares(q_row, 0.0)
    explain(greedy[1] < 1, "ties always go to the first: argmax does that; choose among all that are best")
    explain(greedy[3] < 1, "ties always go to the last: choose among all that are best")
    explain(greedy[2] < 0.9, "that is the worst action: a larger value is a better one")
    explain(greedy[0] + greedy[2] == 0, "with ε = 0 only the best actions may be taken")
    explain(np.abs(greedy[[1, 3]] - 0.5) < 0.05, "both best actions should be taken equally often")
    uniform = shares(q_row, 1.0)
    explain(uniform[[0, 2]] > 0, "with ε = 1 every action must come up: nothing explores here")
    explain(uniform[[1, 3]] > 0, "exploring draws from all actions, the best ones too")
    explain(np.abs(uniform - 0.25) < 0.05, "with ε = 1 all actions should come up equally often")
    mixed = shares(np.array([0.0, -1.0, 3.0]), 0.3)
    explain(mixed[2] > 0.5, "ε is the chance to explore: this explores with 1 − ε")
    explain(abs(mixed[2] - 0.7) > 0.03, "exploring draws from all actions, the best one too")
    explain(np.abs(mixed - [0.1, 0.1, 0.8]) < 0.04, "with probability ε any action, otherwise a best one")


@exercise
def check_expected_sarsa_target(expected_sarsa_target):
    q_row, what = np.array([1.0, 6.0, -3.0, 0.0]), "the target"
    got = numbers(expected_sarsa_target(q_row, 0.2, 1.0, 0.5), what)
    explain(got.shape == (), f"one number is asked for, got shape {got.shape}")
    mean, best = q_row.mean(), q_row.max()
    reject(
        got, "that is Q-learning's target: exploring steps will happen too, weight them by ε", 1 + 0.5 * best
    )
    reject(got, "the policy is not uniform: the best action has 1 − ε more", 1 + 0.5 * mean)
    others = (q_row.sum() - best) / 3
    reject(
        got,
        "exploring draws from all actions, the best one too: its share is 1 − ε + ε/A",
        1 + 0.5 * (0.8 * best + 0.2 * others),
    )
    reject(got, "ε and 1 − ε are swapped", 1 + 0.5 * (0.2 * best + 0.8 * mean))
    reject(
        got,
        "the probabilities must sum to 1: each action explores with ε / A",
        1 + 0.5 * (0.8 * best + 0.8 * mean),
    )
    expected = 0.8 * best + 0.2 * mean
    reject(
        got, "the probabilities must sum to 1: exploring has ε / A per action", 1 + 0.5 * (best + 0.2 * mean)
    )
    reject(got, "the future is discounted", 1 + expected)
    reject(got, "the reward counts in full, only the future is discounted", 0.5 * (1 + expected))
    reject(got, "the reward is missing", 0.5 * expected)
    explain(
        matches(got, 1 + 0.5 * expected), "r + discount · Σ π(a′ | s′) Q(s′, a′), π being ε-greedy, is wanted"
    )
    tied = numbers(expected_sarsa_target(np.array([4.0, 4.0, 0.0, 0.0]), 0.2, 0.0, 1.0), what)
    explain(tied < 4, "two tied actions share 1 − ε between them, they do not get it each")
    explain(matches(tied, 0.8 * 4 + 0.2 * 2), "tied actions share the greedy probability")
    end = numbers(expected_sarsa_target(q_row, 0.2, 7.0, 0.0), what)
    explain(matches(end, 7.0), "discount 0 is the end of an episode: the target is the reward alone")


LOW, HIGH, BINS = np.array([0.0, -1.0, 10.0]), np.array([1.0, 1.0, 40.0]), np.array([2, 4, 3])


@exercise
def check_encode(encode):
    def code(*observation):
        got = numbers(encode(np.array(observation), LOW, HIGH, BINS), "the code")
        explain(got.shape == (), f"one integer is asked for, got shape {got.shape}")
        explain(got == np.floor(got), "a code is a whole number: round the position down to a bin first")
        return int(got)

    got = code(0.9, 0.1, 31.0)  # bins 1, 2, 2
    reject(got, "those are the bins added up: every bin needs a place of its own", 5)
    reject(got, "the digits are reversed: the last dimension counts ones", 1 + 2 * (2 + 4 * 2))
    reject(
        got, "the radix of a place is the number of bins of the dimensions after it", 1 * 8 + 2 * 4 + 2 * 3
    )
    reject(
        got,
        "every dimension has its own number of bins",
        1 * 4 + 2 * 2 + 2,
        1 * 16 + 2 * 4 + 2,
        1 * 9 + 2 * 3 + 2,
    )
    got = code(0.3, -0.6, 15.0)  # bins 0, 0, 0
    explain(
        got == 0, "the first bin of every dimension is 0: cut by ⌊n (x − low) / (high − low)⌋, do not round"
    )
    got = code(0.7, 0.9, 25.0)  # bins 1, 3, 1
    explain(
        got == 1 * 12 + 3 * 3 + 1, f"bins 1, 3, 1 of 2 × 4 × 3 have the code (1·4 + 3)·3 + 1 = 22, got {got}"
    )
    got = code(5.0, 9.0, 99.0)
    explain(got <= 23, f"beyond the bounds the outermost bin counts: the largest code is 23, got {got}")
    explain(got == 23, "observations above the bounds belong to the last bin")
    got = code(-5.0, -9.0, -99.0)
    explain(got >= 0, f"beyond the bounds the outermost bin counts: the smallest code is 0, got {got}")
    explain(got == 0, "observations below the bounds belong to the first bin")
    got = code(1.0, 1.0, 40.0)
    explain(got == 23, "the upper bound itself belongs to the last bin: clip the bins as well")


@exercise
def check_decode(decode):
    def bins(code, sizes):
        got = numbers(decode(code, np.array(sizes)), "the bins")
        explain(
            got.shape == (len(sizes),),
            f"one bin per dimension: expected shape ({len(sizes)},), got {got.shape}",
        )
        explain(got == np.floor(got), "bins are whole numbers: divide by // and not by /")
        return got

    got = bins(23, [2, 4, 3])
    reject(got, "bins count from 0", [2, 4, 3])
    reject(
        got := bins(20, [2, 4, 3]),
        "the bins come in the order of the dimensions: yours are reversed",
        [2, 2, 1],
    )
    for code, wanted in [(0, [0, 0, 0]), (1, [0, 0, 1]), (3, [0, 1, 0]), (12, [1, 0, 0]), (22, [1, 3, 1])]:
        got = bins(code, [2, 4, 3])
        explain(
            (got >= 0) & (got < [2, 4, 3]),
            f"bin {got.tolist()} does not exist: take the remainder by its own radix",
        )
        explain(
            matches(got, wanted), f"code {code} of 2 × 4 × 3 bins is {wanted}, got {got.astype(int).tolist()}"
        )
    got = bins(7, [5, 2])
    explain(
        matches(got, [3, 1]), f"any number of dimensions: code 7 of 5 × 2 bins is [3, 1], got {got.tolist()}"
    )
