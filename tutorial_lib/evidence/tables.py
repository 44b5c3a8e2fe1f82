"""Runs side by side, as text."""

import numpy as np

from tutorial_lib.evidence.results import aligned, late_share, once_there
from tutorial_lib.statistics import bootstrap_interval, iqm, probability_of_improvement, range_of_luck


def stored_table(stored, target, score=None):
    """Runs that were stored, side by side, as text.

    The columns: seeds whose score at the end reaches the target; IQM of the greedy means at a quarter, half
    and all of training, with 95 % intervals; the mean late share; "better", the probability that a seed has a
    larger one than a seed of the first label, a tie counting a half; "by luck", where that would fall in 19
    of 20 cases if both were alike. There are no seconds: stored runs were not all alone on their machine.

    Args:
      stored: label -> what `load_results` returns.
      target: the return that counts as solved.
      score: what "better" compares in place of the late share, a function of the greedy means at the
        checkpoints: [seeds, C] -> [seeds].

    Raises:
      ValueError: nothing in `stored`, or runs without checkpoints.
    """
    if not stored:
        raise ValueError("stored must hold what load_results returns, label by label; it is empty")
    rows = [["", f"≥ {target:g}", "IQM at 25 %", "at 50 %", "at 100 %", "late", "better", "by luck"]]
    score, scores = score or (lambda means: late_share(means, target)), []
    for label, runs in stored.items():
        if any("checkpoints" not in run for run in runs.values()):
            raise ValueError(f"the runs of {label!r} hold no checkpoints")
        means = np.array([run["checkpoints"] for run in runs.values()])  # [seeds, C]
        finals = np.array([run["final_mean"] for run in runs.values()])
        scores.append(score(means))
        moments = means.T[[round(part * means.shape[1]) - 1 for part in (0.25, 0.5, 1.0)]]  # [3, seeds]
        better = probability_of_improvement(scores[-1], scores[0])
        luck = "{:.2f} … {:.2f}".format(*range_of_luck(len(scores[-1]), len(scores[0])))
        rows.append([
            label, f"{(finals >= target).sum()} of {len(finals)}", *map(_with_interval, moments),
            f"{late_share(means, target).mean():.2f}", f"{better:.2f}", luck,
        ])  # fmt: skip
    return aligned(rows, "  ")


def late_table(scores, target):
    """Who comes and stays, as text.

    The columns: the late share with its 95 % interval; the share `once_there`, a dash where none was; the
    seeds whose score at the end reaches the target; the lowest score at the end.

    Args:
      scores: label -> (greedy means [seeds, C], scores at the end [seeds]); target: as of `late_share`.

    Raises:
      ValueError: nothing in `scores`.
    """
    if not scores:
        raise ValueError("scores must hold (greedy means, scores at the end), label by label; it is empty")
    rows = [["", "late share, 95 %", "once there", "at the end", "lowest"]]
    for label, (means, finals) in scores.items():
        shares, finals, later = late_share(means, target), np.asarray(finals), once_there(means, target)
        low, high = bootstrap_interval(shares, np.mean)
        rows.append([
            label, f"{shares.mean():.2f} [{low:.2f}, {high:.2f}]", "–" if np.isnan(later) else f"{later:.2f}",
            f"{(finals >= target).sum()} of {len(finals)}", f"{finals.min():.0f}",
        ])  # fmt: skip
    return aligned(rows, "  ")


def _with_interval(scores):
    low, high = bootstrap_interval(scores)
    return f"{iqm(scores):.0f} [{low:.0f}, {high:.0f}]"
