"""Checks of lesson 03: the update, exploration, expected Sarsa, and the codes of cells."""

import numpy as np

from tutorial_lib.checks import Misconception
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import draws
from tutorial_lib.checks.reading import reading


def _steps(rng):
    for states, actions in [(2, 3), (3, 2), (4, 5)] * 5:
        s, s_next = rng.choice(states, 2, replace=False)
        a = int(rng.integers(actions))
        yield dict(
            q=rng.normal(size=(states, actions)) * 3 + rng.choice([-6, 0, 0]), s=int(s), a=a,
            r=float(rng.normal()), terminated=bool(rng.random() < 0.3), s_next=int(s_next * (rng.random() < 0.8)),
            alpha=float(rng.choice([0.1, 0.5, 0.9])), gamma=float(rng.choice([0.3, 0.9, 1.0])),
        )  # fmt: skip


def _updating(value=lambda q, s, a, n: q[n].max(), target=lambda r, end, g, v: r if end else r + g * v,
              step=lambda old, y, alpha: old + alpha * (y - old)):  # fmt: skip
    """An answer to `q_update`, by default the right one."""
    return lambda q, s, a, r, end, n, alpha, g: step(q[s, a], target(r, end, g, value(q, s, a, n)), alpha)


check_q_update = Check(
    _updating(),
    _steps,
    [
        ("that is the target: move towards it by α only", _updating(step=lambda old, y, alpha: y)),
        ("that is the change: add it to the old Q(s, a)", _updating(step=lambda old, y, alpha: alpha * (y - old))),
        ("the old value must count (1 − α): the error is target − Q(s, a)", _updating(step=lambda old, y, alpha: old + alpha * y)),
        ("that moves away from the target: the error is target − estimate", _updating(step=lambda old, y, alpha: old - alpha * (y - old))),
        ("α and 1 − α are swapped: the target counts α", _updating(step=lambda old, y, alpha: alpha * old + (1 - alpha) * y)),
        ("nothing follows a terminal step: use `terminated`", _updating(target=lambda r, end, g, v: r + g * v)),
        ("`terminated` is upside down: what follows counts where the step was not terminal", _updating(target=lambda r, end, g, v: r + g * v if end else r)),
        ("after a terminal step the target is the reward, not 0", _updating(target=lambda r, end, g, v: 0.0 if end else r + g * v)),
        ("a terminal step teaches, too: its target is the reward", lambda q, s, a, r, end, n, alpha, g: q[s, a] if end else _updating()(q, s, a, r, end, n, alpha, g)),
        ("the best action of s′ is wanted, that is the best of s", _updating(lambda q, s, a, n: q[s].max())),
        ("a′ is the best action in s′, not the action that was taken in s", _updating(lambda q, s, a, n: q[n, a])),
        ("max, not mean: Q-learning follows the best action", _updating(lambda q, s, a, n: q[n].mean())),
        ("a larger value is a better one: take the max, not the min", _updating(lambda q, s, a, n: q[n].min())),
        ("that is the number of the best action, not its value: max, not argmax", _updating(lambda q, s, a, n: q[n].argmax())),
        ("that is the largest value of the whole table: only those of s′", _updating(lambda q, s, a, n: q.max())),
        ("states are rows and actions columns: q[s′], not q[:, s′]", _updating(lambda q, s, a, n: q[:, min(n, q.shape[1] - 1)].max())),
        ("all values of s′ may be negative: the search for the largest must not begin at 0", _updating(lambda q, s, a, n: max(0.0, q[n].max()))),
        ("0 is a state like any other: `if s_next` takes it for none", _updating(lambda q, s, a, n: q[n].max() if n else 0.0)),
        ("the future is discounted: multiply max Q(s′, ·) by γ", _updating(target=lambda r, end, g, v: r if end else r + v)),
        ("γ discounts the future only, the reward counts in full", _updating(target=lambda r, end, g, v: g * r if end else g * (r + v))),
        ("γ discounts the future only, the reward counts in full, also where something follows", _updating(target=lambda r, end, g, v: r if end else g * (r + v))),
        ("the reward is missing from the target", _updating(target=lambda r, end, g, v: 0.0 if end else g * v)),
        ("nothing of s′ is in it: bootstrap from max Q(s′, ·)", _updating(target=lambda r, end, g, v: r)),
        ("α and γ are swapped", lambda q, s, a, r, end, n, alpha, g: _updating()(q, s, a, r, end, n, g, alpha)),
        ("one number is asked for, the new Q(s, a), and not the table", lambda q, s, a, r, end, n, alpha, g: q),
    ],
)  # fmt: skip


def _rows(rng):
    table = [([1.0, 5.0, 0.0, 5.0], 0.0), ([0.0, -1.0, 3.0], 0.3), ([-2.0, -1.0, -1.0, -9.0, -3.0], 0.2), ([2.5, 2.49], 0.5),
             ([1.0, 5.0, 0.0, 5.0], 1.0), ([-0.2, -0.1, -0.2], 0.0), ([0.3, 0.2, 0.3, 0.1], 0.6)]  # fmt: skip
    for seed, (row, epsilon) in enumerate(table):
        yield dict(q_row=np.array(row), epsilon=epsilon, rng=seed)


def _ties(row):
    return np.flatnonzero(row == row.max())


def _exploring(best=lambda rng, row: rng.choice(_ties(row)), explore=lambda rng, row: rng.integers(len(row)),
               coin=lambda rng, epsilon: rng.random() < epsilon):  # fmt: skip
    """An answer to `epsilon_greedy`, by default the right one."""
    return lambda row, epsilon, rng: explore(rng, row) if coin(rng, epsilon) else best(rng, row)


def _not_the_best(rng, row):
    return rng.choice(np.delete(np.arange(len(row)), row.argmax()))


def _worse(rng, row):
    """Draws among the actions that are not best; among all if there is no other."""
    others = np.flatnonzero(row < row.max())
    return rng.choice(others if len(others) else np.arange(len(row)))


check_epsilon_greedy = Check(
    _exploring(),
    _rows,
    [
        ("ties always go to the first: argmax does that; choose among all that are best", _exploring(lambda rng, row: row.argmax())),
        ("ties always go to the last: choose among all that are best", _exploring(lambda rng, row: _ties(row)[-1])),
        ("random numbers added to the values change which is best: choose among the tied ones", _exploring(lambda rng, row: np.argmax(row + rng.random(len(row))))),
        ("that is the worst action: a larger value is a better one", _exploring(lambda rng, row: rng.choice(_ties(-row)))),
        ("the largest value is meant, not the largest without its sign", _exploring(lambda rng, row: rng.choice(_ties(np.abs(row))))),
        ("ε is the chance to explore: this explores with 1 − ε", _exploring(coin=lambda rng, epsilon: rng.random() >= epsilon)),
        ("nothing explores here: with probability ε any action", _exploring(coin=lambda rng, epsilon: False)),
        ("everything explores here: with probability 1 − ε a best action", _exploring(coin=lambda rng, epsilon: epsilon > 0)),
        ("it always explores, with ε = 0 too", _exploring(coin=lambda rng, epsilon: True)),
        ("exploring draws from all actions, the best one too", _exploring(explore=_not_the_best)),
        ("the last action is never explored: rng.integers(n) stops before n by itself", _exploring(explore=lambda rng, row: rng.integers(len(row) - 1))),
        ("action 0 is never explored: actions count from 0", _exploring(explore=lambda rng, row: rng.integers(1, len(row)))),
        ("values are weighted by a softmax: with probability 1 − ε the best, else any", lambda row, e, rng: rng.choice(len(row), p=np.exp(row) / np.exp(row).sum())),
        ("all chance must come from `rng`: yours comes from elsewhere", lambda row, e, rng: _exploring()(row, e, np.random.default_rng())),
        ("a generator made anew draws the same number each time: use `rng`", lambda row, e, rng: _exploring()(row, e, np.random.default_rng(0))),
        ("that is a value: an action is an index", _exploring(lambda rng, row: row.max(), lambda rng, row: rng.choice(row))),
        ("exploring draws from all actions: yours leaves out the best ones", _exploring(explore=_worse)),
        ("the number of actions is the length of the row: 2 was typed in", _exploring(explore=lambda rng, row: rng.integers(2))),
        ("the number of actions is the length of the row: 3 was typed in", _exploring(explore=lambda rng, row: rng.integers(3))),
        ("the number of actions is the length of the row: 4 was typed in", _exploring(explore=lambda rng, row: rng.integers(4))),
        ("that is a place in the list of tied actions: look up which action stands there", _exploring(lambda rng, row: rng.integers(len(_ties(row))))),
        ("exploring takes the worst action: it should draw from all of them", _exploring(explore=lambda rng, row: row.argmin())),
        ("without exploring, that is the second best: take a best action", _exploring(lambda rng, row: np.argsort(row)[-2])),
        ("ε counts once: this explores with ε²", _exploring(coin=lambda rng, epsilon: rng.random() < epsilon**2)),
        ("this explores with ε / 2: the coin falls uniformly between 0 and 1", _exploring(coin=lambda rng, epsilon: 2 * rng.random() < epsilon)),
        ("the coin falls uniformly between 0 and 1: a normal number is another coin", _exploring(coin=lambda rng, epsilon: rng.normal() < epsilon)),
        ("all tied actions came back: draw one of them", _exploring(lambda rng, row: _ties(row))),
    ],
    observe=draws(2_000),
    tolerance=0.055,
)  # fmt: skip


def _targets(rng):
    for actions in [2, 3, 4, 6] * 4:
        row = rng.normal(size=actions) * 3 + rng.choice([0, 0, -9])
        if rng.random() < 0.4:
            row[1] = row[0] = row.max()
        yield dict(q_row=row, epsilon=float(rng.choice([0.0, 0.1, 0.5, 1.0])), reward=float(rng.normal()),
                   discount=float(rng.choice([0.0, 0.5, 0.9])))  # fmt: skip


def _expecting(value=lambda q, e: (1 - e) * q.max() + e * q.mean(), target=lambda v, r, d: r + d * v):
    """An answer to `expected_sarsa_target`, by default the right one."""
    return lambda q, e, r, d: target(value(q, e), r, d)


check_expected_sarsa_target = Check(
    _expecting(),
    _targets,
    [
        ("that is Q-learning's target: exploring steps will happen too, weight them by ε", _expecting(lambda q, e: q.max())),
        ("the policy is not uniform: the best action has 1 − ε more", _expecting(lambda q, e: q.mean())),
        ("ε and 1 − ε are swapped", _expecting(lambda q, e: e * q.max() + (1 - e) * q.mean())),
        ("1 − ε comes on top of ε/A, which the best action has as well", _expecting(lambda q, e: (1 - e) * q.max() + e / len(q) * (q.sum() - q.max()))),
        ("exploring draws from all actions, the best one too: its share is 1 − ε + ε/A", _expecting(lambda q, e: (1 - e) * q.max() + e * (q.sum() - q.max()) / (len(q) - 1))),
        ("the probabilities must sum to 1: each action explores with ε / A, not with ε", _expecting(lambda q, e: (1 - e) * q.max() + e * q.sum())),
        ("the probabilities must sum to 1: the best has 1 − ε on top, not 1", _expecting(lambda q, e: q.max() + e * q.mean())),
        ("the probabilities must sum to 1: the mean counts ε", _expecting(lambda q, e: (1 - e) * q.max() + q.mean())),
        ("the best action's ε/A counts twice", _expecting(lambda q, e: (1 - e + e / len(q)) * q.max() + e * q.mean())),
        ("two tied actions share 1 − ε between them, they do not get it each", _expecting(lambda q, e: (1 - e) * q[q == q.max()].sum() + e * q.mean())),
        ("a larger value is a better one: max, not min", _expecting(lambda q, e: (1 - e) * q.min() + e * q.mean())),
        ("that is the number of the best action, not its value: max, not argmax", _expecting(lambda q, e: (1 - e) * q.argmax() + e * q.mean())),
        ("a′ is drawn, as Sarsa does: expected Sarsa takes the mean over all of them", _expecting(lambda q, e: q[int(abs(q[0]) * 1e6) % len(q)] if abs(q[0]) * 1e3 % 1 < e else q.max())),
        ("the future is discounted", _expecting(target=lambda v, r, d: r + v)),
        ("the reward counts in full, only the future is discounted", _expecting(target=lambda v, r, d: d * (r + v))),
        ("`discount` multiplies what follows, and not 1 − discount", _expecting(target=lambda v, r, d: r + (1 - d) * v)),
        ("the reward is missing", _expecting(target=lambda v, r, d: d * v)),
        ("nothing of s′ is in it", _expecting(target=lambda v, r, d: r)),
        ("A is the number of actions, the length of the row: 2 was typed in", _expecting(lambda q, e: (1 - e) * q.max() + e * q.sum() / 2)),
        ("A is the number of actions, the length of the row: 3 was typed in", _expecting(lambda q, e: (1 - e) * q.max() + e * q.sum() / 3)),
        ("A is the number of actions, the length of the row: 4 was typed in", _expecting(lambda q, e: (1 - e) * q.max() + e * q.sum() / 4)),
        ("the mean is not needed twice: divide by A once", _expecting(lambda q, e: (1 - e) * q.max() + e * q.mean() / len(q))),
    ],
)  # fmt: skip


def _boxes(rng):
    for dimensions in [1, 2, 2, 3, 4] * 5:
        low = rng.uniform(-3, 3, dimensions).round(1)
        high = low + rng.uniform(1, 5, dimensions).round(1)
        low, high = np.where(rng.random(dimensions) < 0.2, -high, low), high + 7
        x = low + rng.choice([-0.2, 0.05, 0.3, 0.45, 0.55, 0.78, 0.97, 1.0, 1.3], dimensions) * (high - low)
        yield dict(x=x, low=low, high=high, num_bins=rng.permutation([2, 3, 5, 7])[:dimensions])


def _bins(x, low, high, n, cut=np.floor):
    return np.clip(cut(n * (x - low) / (high - low)), 0, n - 1).astype(int)


def _places(n):
    return np.append(np.cumprod(n[::-1])[::-1][1:], 1)


def _encoding(bins=_bins, places=_places, result=lambda b, p: b @ p):
    """An answer to `encode`, by default the right one."""
    return lambda x, low, high, n: result(bins(x, low, high, n), places(n))


def _share(x, low, high):
    return (x - low) / (high - low)


def _cut_at_the_top(x, low, high, n):
    """Bins whose share is cut off at ±1, so that those below the lower bound are negative."""
    return np.clip(np.floor(n * _share(x, low, high)), -n, n).astype(int)


check_encode = Check(
    _encoding(),
    _boxes,
    [
        ("those are the bins added up: every bin needs a place of its own", _encoding(places=np.ones_like)),
        ("the digits are reversed: the last dimension counts ones", _encoding(places=lambda n: np.append(1, np.cumprod(n)[:-1]))),
        ("the radix of a place is the number of bins of the dimensions after it, without its own", _encoding(places=lambda n: np.cumprod(n[::-1])[::-1])),
        ("every dimension has its own number of bins: yours takes the first one's for all", _encoding(places=lambda n: n[0] ** np.arange(len(n))[::-1])),
        ("every dimension has its own number of bins: yours takes the last one's for all", _encoding(places=lambda n: n[-1] ** np.arange(len(n))[::-1])),
        ("every dimension has its own number of bins: yours takes the largest for all", _encoding(places=lambda n: n.max() ** np.arange(len(n))[::-1])),
        ("places are products of numbers of bins, not powers of ten", _encoding(places=lambda n: 10 ** np.arange(len(n))[::-1])),
        ("round down to a bin, not to the nearest", _encoding(lambda *box: _bins(*box, np.round))),
        ("round down to a bin, not up", _encoding(lambda *box: _bins(*box, np.ceil))),
        ("n bins: multiply by n, not by n − 1", _encoding(lambda x, low, high, n: np.clip(np.floor((n - 1) * _share(x, low, high)), 0, n - 1).astype(int))),
        ("what lies outside belongs to the outermost bin: clip to 0 … n − 1", _encoding(lambda x, low, high, n: np.floor(n * _share(x, low, high)).astype(int))),
        ("the largest bin is n − 1, also at the upper bound and beyond it: clip the bins, not only the observation", _encoding(lambda x, low, high, n: np.clip(np.floor(n * _share(x, low, high)), 0, n).astype(int))),
        ("below the lower bound there is bin 0: clip at both ends", _encoding(lambda x, low, high, n: np.minimum(np.floor(n * _share(x, low, high)), n - 1).astype(int))),
        ("above the upper bound there is bin n − 1: clip at both ends", _encoding(lambda x, low, high, n: np.maximum(np.floor(n * _share(x, low, high)), 0).astype(int))),
        ("the position is counted from low: x − low", _encoding(lambda x, low, high, n: _bins(x, 0, high - low, n))),
        ("the width is high − low, not high", _encoding(lambda x, low, high, n: np.clip(np.floor(n * (x - low) / high), 0, n - 1).astype(int))),
        ("a code is a whole number: round the position down to a bin first", _encoding(lambda x, low, high, n: np.clip(n * _share(x, low, high), 0, n - 1))),
        ("those are the bins: read them as the digits of one integer", _encoding(result=lambda b, p: b)),
        ("bins count from 0", _encoding(lambda *box: _bins(*box) + 1)),
        ("outside the bounds there is no bin: clip to 0 … n − 1, every bin before they are joined", _encoding(_cut_at_the_top)),
        ("int() cuts towards 0, and below the lower bound there is bin 0: clip at both ends", _encoding(lambda x, low, high, n: np.minimum(np.trunc(n * _share(x, low, high)), n - 1).astype(int))),
        ("a place is the product of all numbers of bins after it, not the next one alone", _encoding(places=lambda n: np.append(n[1:], 1))),
        ("a place is the product of the numbers of bins after it, not a power of its own", _encoding(places=lambda n: n ** np.arange(len(n))[::-1])),
        ("a place is the product of the numbers of bins after it, not their sum", _encoding(places=lambda n: np.append(np.cumsum(n[::-1])[::-1][1:], 1))),
        ("a place is the product of the numbers of bins after it, each less 1 in yours", _encoding(places=lambda n: _places(n - 1))),
        ("a place is the product of the numbers of bins after it, each and 1 more in yours", _encoding(places=lambda n: _places(n + 1))),
        ("what lies beyond the bounds does not come in again at the other side: clip", _encoding(lambda x, low, high, n: (np.floor(n * _share(x, low, high)) % n).astype(int))),
        ("n bins: multiply by n, not by n + 1", _encoding(lambda x, low, high, n: np.clip(np.floor((n + 1) * _share(x, low, high)), 0, n - 1).astype(int))),
        ("the bins are not multiplied with each other: each counts its place", _encoding(result=lambda b, p: b.prod())),
        ("bins count from low to high: yours run backwards", _encoding(lambda x, low, high, n: n - 1 - _bins(x, low, high, n))),
    ],
)  # fmt: skip


def _codes(rng):
    for dimensions in [1, 2, 2, 3, 4] * 4:
        sizes = rng.permutation([2, 3, 5, 7])[:dimensions]
        yield dict(code=int(rng.integers(np.prod(sizes))), num_bins=sizes)
    yield dict(code=209, num_bins=np.array([2, 3, 5, 7]))


def _decoding(order=lambda n: n[::-1], digit=lambda code, size: code % size, rest=lambda code, size: code // size,
              result=lambda digits: digits[::-1]):  # fmt: skip
    """An answer to `decode`, by default the right one."""

    def decode(code, num_bins):
        digits = []
        for size in order(num_bins):
            digits.append(digit(code, size))
            code = rest(code, size)
        return result(np.array(digits))

    return decode


def _own_number_too(code, num_bins):
    """Places that are too large by a dimension's own number of bins."""
    bins = []
    for place in _places(num_bins) * num_bins:
        bins.append(code // place)
        code = code % place
    return np.array(bins)


check_decode = Check(
    _decoding(),
    _codes,
    [
        ("the bins come in the order of the dimensions: yours are reversed", _decoding(result=lambda d: d)),
        ("the last dimension counts ones: divide by its number of bins first", _decoding(order=lambda n: n)),
        ("the last dimension counts ones: divide by its number of bins first, and mind the order", _decoding(order=lambda n: n, result=lambda d: d)),
        ("bins are whole numbers: divide by // and not by /", _decoding(rest=lambda code, size: code / size)),
        ("bins count from 0", _decoding(digit=lambda code, size: code % size + 1)),
        ("a bin is what is left, the remainder: the quotient goes on to the next", _decoding(digit=lambda code, size: code // size)),
        ("the remainder is taken off, but what is left must be divided as well", _decoding(rest=lambda code, size: code - code % size)),
        ("the higher places have not been taken off: each bin is a remainder by its own radix", lambda code, n: code // _places(n)),
        ("the place of a dimension is the product of the bins after it, without its own", lambda code, n: code // (_places(n) * n) % n),
        ("those are the decimal digits: each place has its own number of bins", lambda code, n: np.array([int(x) for x in str(code).zfill(len(n))][-len(n):])),
        ("every dimension has its own number of bins: yours takes the first one's for all", lambda code, n: code // n[0] ** np.arange(len(n))[::-1] % n[0]),
        ("each bin has a place: a remainder by its own number alone forgets what stands after it", lambda code, n: code % n),
        ("quotient and remainder have changed places: the remainder is the bin, the quotient goes on", _decoding(digit=lambda code, size: code // size, rest=lambda code, size: code % size)),
        ("a place has n values, 0 … n − 1: divide by n, not by n − 1", _decoding(digit=lambda code, size: code % max(size - 1, 1), rest=lambda code, size: code // max(size - 1, 1))),
        ("a place has n values, 0 … n − 1: divide by n, not by n + 1", _decoding(digit=lambda code, size: code % (size + 1), rest=lambda code, size: code // (size + 1))),
        ("the place of a dimension is the product of the bins after it: its own does not belong to it", _own_number_too),
        ("the quotient goes on, without anything taken off it", _decoding(rest=lambda code, size: code // size - 1)),
        ("bins count from low to high: yours run backwards", lambda code, n: n - 1 - _decoding()(code, n)),
        ("every dimension has its own number of bins: yours takes the last one's for all", lambda code, n: code // n[-1] ** np.arange(len(n))[::-1] % n[-1]),
        ("every dimension has its own number of bins: yours takes the largest for all", lambda code, n: code // n.max() ** np.arange(len(n))[::-1] % n.max()),
        ("any number of dimensions: yours are two", lambda code, n: np.array([code // n[-1], code % n[-1]])),
    ],
)  # fmt: skip


class _Corridor:
    """Walk right to the end and be paid 1, or left and off the edge; a clock cuts episodes off."""

    def __init__(self, num_states, limit, prize):
        self.num_states, self.num_actions = num_states, 2
        self.limit, self.prize, self.state, self.time = limit, prize, None, 0
        self.episodes, self.actions = 0, []

    def reset(self):
        self.episodes += 1
        self.state, self.time = 1, 0
        return self.state

    def step(self, action):
        if self.state is None:
            raise Misconception("an episode must be begun with reset, also after one has ended")
        self.actions.append(int(action))
        if len(self.actions) > 50_000:
            raise Misconception("it goes on and on: stop after `num_episodes` episodes, however they end")
        self.state += 1 if action == 1 else -1
        self.time += 1
        terminated = self.state in (0, self.num_states - 1)
        reward = self.prize if self.state == self.num_states - 1 else -0.1
        truncated = not terminated and self.time >= self.limit
        after, self.state = self.state, None if terminated or truncated else self.state
        return 1 if terminated else after, reward, terminated, truncated  # what an end shows means nothing


def _watch_table(train, num_states, limit, prize, gamma, epsilon):
    """The episodes played, and what is known of them: the table if all is chance, else how often it goes right."""
    world = _Corridor(num_states, limit, prize)
    q = np.asarray(train(world, 600, 0.2, gamma, epsilon, np.random.default_rng(0)), float)
    late = world.actions[len(world.actions) // 2 :]
    if epsilon == 1 and np.mean(late) > 0.99:
        raise Misconception("with ε = 1 it never explores: a share `epsilon` of the actions is random")
    table = q.round(3) if epsilon == 1 or q.shape != (num_states, 2) else np.zeros((num_states, 2))
    return {
        "the table": table,
        "the number of episodes": world.episodes,
        "how often it goes right in the second half of its steps": np.mean(late) if late else 0.0,
    }


def _training(value=lambda q, s, n, follow: q[n].max(), end=lambda terminated, truncated: terminated, move=True, write=True,
              start=0.0, explore=lambda e: e, episodes=lambda n: n, anew=False,
              target=lambda r, g, v, on: r + g * v * on, step=lambda old, y, alpha: old + alpha * (y - old)):  # fmt: skip
    """An answer to `train`, by default the right one."""

    def train(world, num_episodes, alpha, gamma, epsilon, rng):
        q = np.full((world.num_states, world.num_actions), start)

        def choose(s):
            return (
                int(rng.integers(world.num_actions))
                if rng.random() < explore(epsilon)
                else int(q[s].argmax())
            )

        for _ in range(episodes(num_episodes)):
            q[:] = start if anew else q
            s, over = world.reset(), False
            while not over:
                a = choose(s)
                s_next, r, terminated, truncated = world.step(a)
                on = not end(terminated, truncated)
                y = target(r, gamma, value(q, s, s_next, choose), on)
                q[s, a] = step(q[s, a], y, alpha) if write else q[s, a]
                over = terminated or truncated
                s = s_next if move else s
        return q

    return train


def _corridors(rng):
    for n, t, p, g, e in [
        (4, 50, 1.0, 0.9, 1.0),
        (5, 3, 2.0, 0.8, 1.0),
        (6, 4, 1.0, 0.5, 1.0),
        (4, 50, 1.0, 0.9, 0.0),
        (5, 20, 2.0, 0.9, 0.5),
    ]:
        yield dict(num_states=n, limit=t, prize=p, gamma=g, epsilon=e)  # fmt: skip


check_train = Check(
    _training(),
    _corridors,
    [
        ("a truncated step bootstraps: only `terminated` makes the target the reward alone", _training(end=lambda te, tr: te or tr)),
        ("nothing follows a terminal step, whatever it shows: the target is the reward alone", _training(end=lambda te, tr: False)),
        ("the state never moves on: s must become s′", _training(move=False)),
        ("that follows the mean of s′: Q-learning takes the best action", _training(lambda q, s, n, follow: q[n].mean())),
        ("that follows the worst action of s′: Q-learning takes the best", _training(lambda q, s, n, follow: q[n].min())),
        ("the best action of s′ is wanted, that is the best of s", _training(lambda q, s, n, follow: q[s].max())),
        ("that is Sarsa: it follows an action that is drawn, Q-learning the best one", _training(lambda q, s, n, follow: q[n, follow(n)])),
        ("that is the number of the best action, not its value", _training(lambda q, s, n, follow: q[n].argmax())),
        ("that follows the best of the whole table: only that of s′", _training(lambda q, s, n, follow: q.max())),
        ("nothing of s′ is in it: bootstrap", _training(lambda q, s, n, follow: 0.0)),
        ("nothing is written into the table", _training(write=False)),
        ("that explores in every step: with `epsilon` the share of random actions", _training(explore=lambda e: 1.0)),
        ("the share of random actions is given, `epsilon`: 0.1 was typed in", _training(explore=lambda e: 0.1)),
        ("the table starts at 0, yours at 1", _training(start=1.0)),
        ("one episode was played: go on until there are `num_episodes`", _training(episodes=lambda n: 1)),
        ("no episode was played", _training(episodes=lambda n: 0)),
        ("every episode begins with a new table: what was learned is lost", _training(anew=True)),
        ("the future is discounted: γ is missing", _training(target=lambda r, g, v, on: r + v * on)),
        ("the reward counts in full: γ discounts the future only", _training(target=lambda r, g, v, on: g * (r + v * on))),
        ("after a terminal step the target is the reward, not 0", _training(target=lambda r, g, v, on: (r + g * v) * on)),
        ("that is the target: move towards it by α only", _training(step=lambda old, y, alpha: y)),
        ("the old value must count 1 − α: the error is target − Q(s, a)", _training(step=lambda old, y, alpha: np.clip(old + alpha * y, -99, 99))),
        ("that moves away from the target", _training(step=lambda old, y, alpha: np.clip(old - alpha * (y - old), -99, 99))),
        ("the step was written in place of the value: add it", _training(step=lambda old, y, alpha: alpha * (y - old))),
    ],
    observe=_watch_table,
    tolerance=0.08,
)  # fmt: skip

check_decide_cliff = reading(
    {
        "higher return while learning": {
            "sarsa": None,
            "q_learning": "look at the curves: who walks along the edge with ε = 0.1 falls now and then",
            "both alike": "look at the curves over the last half of the episodes",
        },
        "shorter path without exploring": {
            "sarsa": "it learned to keep away from the edge: look at the greedy returns that are printed",
            "q_learning": None,
            "both alike": "look at the greedy returns that are printed",
        },
        "if ε went to 0 slowly": {
            "both would walk along the edge": None,
            "sarsa would still keep away": "it keeps away because it explores: without ε nobody falls",
            "q_learning would keep away, too": "its target never contained the exploring steps",
        },
    }
)


def _two_tables(rng):
    for states, actions in [(2, 3), (3, 2), (4, 5)] * 5:
        s, s_next = rng.choice(states, 2, replace=False)
        yield dict(
            q_a=rng.normal(size=(states, actions)), q_b=rng.normal(size=(states, actions)), s=int(s), a=int(rng.integers(actions)),
            r=float(rng.normal()), terminated=bool(rng.random() < 0.3), s_next=int(s_next), alpha=float(rng.choice([0.1, 0.5])),
            gamma=float(rng.choice([0.5, 0.9])),
        )  # fmt: skip


def _double(value=lambda qa, qb, n: qb[n, qa[n].argmax()], old=lambda qa, qb, s, a: qa[s, a], mask=True):
    """An answer to `double_q_update`, by default the right one."""

    def update(qa, qb, s, a, r, terminated, n, alpha, gamma):
        target = r + gamma * value(qa, qb, n) * (not (terminated and mask))
        return old(qa, qb, s, a) + alpha * (target - old(qa, qb, s, a))

    return update


def _moved_to(old, target, alpha):
    return old + alpha * (target - old)


def _chosen_in_s(qa, qb, s, a, r, end, n, alpha, g):
    return _moved_to(qa[s, a], r + g * (not end) * qb[n, qa[s].argmax()], alpha)


def _valued_in_s(qa, qb, s, a, r, end, n, alpha, g):
    return _moved_to(qa[s, a], r + g * (not end) * qb[s, qa[n].argmax()], alpha)


def _error_of_b(qa, qb, s, a, r, end, n, alpha, g):
    return qa[s, a] + alpha * (r + g * (not end) * qb[n, qa[n].argmax()] - qb[s, a])


def _from_b(qa, qb, s, a, r, end, n, alpha, g):
    return qb[s, a] + alpha * (r + g * (not end) * qb[n, qa[n].argmax()] - qa[s, a])


check_double_q_update = Check(
    _double(),
    _two_tables,
    [
        ("that is Q-learning: one table both chose and valued the action", _double(lambda qa, qb, n: qa[n].max())),
        ("that is the best of the other table: let q_a choose", _double(lambda qa, qb, n: qb[n].max())),
        ("the roles are swapped: q_a chooses, q_b values", _double(lambda qa, qb, n: qa[n, qb[n].argmax()])),
        ("the mean of both tables is one opinion again", _double(lambda qa, qb, n: ((qa + qb) / 2)[n].max())),
        ("the smaller of two maxima is another remedy", _double(lambda qa, qb, n: min(qa[n].max(), qb[n].max()))),
        ("choosing by both tables is one opinion again: q_a chooses, q_b values", _double(lambda qa, qb, n: qb[n, (qa + qb)[n].argmax()])),
        ("the error is about q_a: subtract Q_A(s, a), not Q_B(s, a)", _error_of_b),
        ("the old value is that of q_a: yours starts from q_b", _from_b),
        ("what follows counts the value of q_b alone, not the mean of both", _double(lambda qa, qb, n: (qa + qb)[n, qa[n].argmax()] / 2)),
        ("what follows counts the value of q_b alone, not the smaller of both", _double(lambda qa, qb, n: min(qa[n, qa[n].argmax()], qb[n, qa[n].argmax()]))),
        ("q_a chooses its best action, not its worst", _double(lambda qa, qb, n: qb[n, qa[n].argmin()])),
        ("that is the number of the action, not its value", _double(lambda qa, qb, n: qa[n].argmax())),
        ("the mean over the actions of q_b: let q_a choose one", _double(lambda qa, qb, n: qb[n].mean())),
        ("the action is chosen in s′: yours is chosen in s", _chosen_in_s),
        ("the action is valued in s′: yours is valued in s", _valued_in_s),
        ("the action in s′ is chosen anew: that is the one taken in s", lambda qa, qb, s, a, r, end, n, alpha, g: _moved_to(qa[s, a], r + g * (not end) * qb[n, a], alpha)),
        ("the future is discounted: γ is missing", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r, end, n, alpha, 1.0)),
        ("that is the target: move towards it by α only", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r, end, n, 1.0, g)),
        ("the reward is missing", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, 0.0, end, n, alpha, g)),
        ("the old value must count 1 − α: the error is target − Q_A(s, a)", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r, end, n, alpha, g) + alpha * qa[s, a]),
        ("that moves away from the target", lambda qa, qb, s, a, r, end, n, alpha, g: 2 * qa[s, a] - _double()(qa, qb, s, a, r, end, n, alpha, g)),
        ("that is the change: add it to Q_A(s, a)", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r, end, n, alpha, g) - qa[s, a]),
        ("`terminated` is upside down", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r, not end, n, alpha, g)),
        ("after a terminal step the target is the reward, not 0", lambda qa, qb, s, a, r, end, n, alpha, g: _double()(qa, qb, s, a, r * (not end), end, n, alpha, g)),
        ("the entry of q_a is moved, not that of q_b", _double(old=lambda qa, qb, s, a: qb[s, a])),
        ("nothing follows a terminal step", _double(mask=False)),
    ],
)  # fmt: skip
