"""Statistics that several seeds deserve."""

import numpy as np
from scipy import stats


def iqm(scores, axis=0):
    """Interquartile mean: the mean of the middle half of the scores (Agarwal et al., 2021).

    Less moved by one lucky seed than the mean, and less blind than the median; it also hides failures, so
    report the minimum beside it.

    Raises:
      ValueError: no scores.
    """
    scores = np.asarray(scores, float)
    if scores.size < 1:
        raise ValueError(f"iqm needs at least 1 score, got an array of shape {scores.shape}")
    return stats.trim_mean(scores, 0.25, axis=axis)


def bootstrap_interval(scores, statistic=iqm, *, confidence=0.95, num_resamples=10_000, seed=0):
    """The percentile bootstrap interval of a statistic over seeds (Efron, 1979).

    Args:
      scores: [seeds] or [seeds, points]; whole seeds are resampled.
      statistic: (scores, axis) -> its value along that axis.
      confidence: in (0, 1).

    Returns:
      (low, high), each a number or [points]; the one value itself when there is only one seed.

    Raises:
      ValueError: no seeds, or confidence outside (0, 1).
    """
    scores = np.atleast_1d(np.asarray(scores, float))
    if scores.size < 1:
        raise ValueError("bootstrap_interval needs the score of at least 1 seed, got none")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    rows = np.random.default_rng(seed).integers(len(scores), size=(num_resamples, len(scores)))
    tail = 100 * (1 - confidence) / 2
    columns = scores.reshape(len(scores), -1).T
    edges = [np.percentile(statistic(column[rows], axis=1), [tail, 100 - tail]) for column in columns]
    low, high = np.array(edges).T.reshape(2, *scores.shape[1:])
    return low, high


def probability_of_improvement(x, y):
    """P(X > Y) + ½ P(X = Y) for one run of x against one of y: the Mann-Whitney statistic, in [0, 1].

    Raises:
      ValueError: x or y holds no scores.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.size < 1 or y.size < 1:
        raise ValueError(f"both need at least 1 score, got {x.size} and {y.size}")
    return float(stats.mannwhitneyu(x, y).statistic / (x.size * y.size))


def range_of_luck(num_seeds, num_others, confidence=0.95):
    """Where `probability_of_improvement` falls with this probability if both sides are alike -> (low, high).

    By the normal approximation of the Mann-Whitney statistic, without ties, which would narrow it.

    Raises:
      ValueError: no seeds on a side, or confidence outside (0, 1).
    """
    if min(num_seeds, num_others) < 1:
        raise ValueError(f"both sides need at least 1 seed, got {num_seeds} and {num_others}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    deviation = np.sqrt((num_seeds + num_others + 1) / (12 * num_seeds * num_others))
    low, high = stats.norm(0.5, deviation).interval(confidence)
    return max(float(low), 0.0), min(float(high), 1.0)
