"""What an experiment found, in the shapes that tables and figures take."""

import copy
from typing import Any, NamedTuple

import numpy as np

from tutorial_lib.learning.run import Run
from tutorial_lib.statistics import bootstrap_interval, iqm


class Result(NamedTuple):
    """One seed of one variant."""

    run: Run
    final: Any  # [episodes] float64, greedy returns at the end, in Gymnasium's own environment
    after: dict  # what the function `after` measured
    seconds: float  # of all this, with compiling where it was the first seed of its process


def late_share(means, target):
    """Of the checkpoints in the last half of training, the share at the target.

    Args:
      means: [..., C], the greedy mean return at each of C checkpoints, oldest first.
      target: the return that counts as solved.

    Returns:
      [...], from 0 to 1.
    """
    means = np.asarray(means)
    return (means[..., means.shape[-1] // 2 :] >= target).mean(axis=-1)


def once_there(means, target):
    """Of the checkpoints after a seed's first at the target, the share at the target, of all seeds together.

    The late share counts a seed that comes late like one that comes and goes; this one counts the latter.

    Args:
      means: [seeds, C], as of `late_share`; so is `target`.

    Returns:
      A number from 0 to 1; NaN if no seed was at the target before its last checkpoint.
    """
    there = np.asarray(means) >= target  # [seeds, C]
    after = (np.cumsum(there, axis=1) - there) > 0  # an earlier one was at the target
    return float(there[after].mean()) if after.any() else np.nan


class Experiment(dict):
    """label -> {seed: Result}, in the order in which variants and seeds were given; `a | b` is of both.

    Attributes:
      num_steps: of every run; None where two experiments of different lengths were joined.
      failures: (label, seed) -> traceback, of those that crashed or took too long.
      not_run: each (label, seed) that an interrupt left undone.
    """

    def __init__(self, labels, num_steps, sweep):
        super().__init__({label: {} for label in labels})
        self.num_steps, self.failures, self.not_run = num_steps, sweep.failures, sweep.not_run
        for (label, seed), result in sweep.items():
            self[label][seed] = result

    def __or__(self, other):
        if not isinstance(other, Experiment):
            raise TypeError(f"an Experiment can be joined with another one only, got {type(other).__name__}")
        both = copy.copy(self)
        both.update(other)
        both.num_steps = self.num_steps if self.num_steps == other.num_steps else None
        both.failures, both.not_run = self.failures | other.failures, self.not_run + other.not_run
        return both

    __ior__ = __or__

    def finals(self):
        """label -> [seeds], the mean greedy return of each at the end."""
        return {label: np.array([r.final.mean() for r in runs.values()]) for label, runs in self.items()}

    def checkpoints(self):
        """label -> [seeds, C], the greedy mean return of each at its checkpoints, where it has such.

        Raises:
          ValueError: seeds of a label with different numbers of them, as rounds of whole episodes can give.
        """
        found = {}
        for label, seeds in self.checkpoint_curves().items():
            means = [means for _, means in seeds.values()]
            if len({len(row) for row in means}) > 1:
                raise ValueError(f"the seeds of {label!r} have different numbers of checkpoints")
            found[label] = np.array(means)
        return found

    def curves(self):
        """Returns while exploring, for `learning_curves`: label -> {seed: (steps [E], returns [E])}."""
        return self._curves(lambda run: run.episodes)

    def checkpoint_curves(self):
        """The same of greedy returns: means over the episodes of a checkpoint, [C]."""
        curves = self._curves(lambda run: run.checkpoints)
        return {
            label: {seed: (steps, returns.mean(axis=1)) for seed, (steps, returns) in seeds.items()}
            for label, seeds in curves.items()
        }

    def _curves(self, part):
        """Those that have points, of labels that have such."""
        found = {
            label: {
                seed: (part(result.run).step, part(result.run).episode_return)
                for seed, result in runs.items()
                if len(part(result.run).step)
            }
            for label, runs in self.items()
        }
        return {label: seeds for label, seeds in found.items() if seeds}

    def table(self, target):
        """The greedy returns at the end as text, and how often they reach a target.

        A run that failed has not reached it. IQM, its interval and the lowest are over the seeds that
        finished; "late" is the share of the checkpoints in the last half of training.
        """
        head = ["", f"≥ {target:g}", "IQM", "95 % interval", "lowest", f"late ≥ {target:g}", "seconds"]
        rows = [head] + [self._row(label, target) for label in self]
        lines = [aligned(rows)]
        for job, text in self.failures.items():
            lines.append(f"{job_name(job)} failed: {text.splitlines()[-1]}")
        return "\n".join(lines)

    def _row(self, label, target):
        runs, finals = self[label].values(), self.finals()[label]
        num_failed = sum(failed == label for failed, _ in self.failures)
        reached = f"{(finals >= target).sum()} of {len(finals) + num_failed}"
        if not runs:
            return [label, reached, *"–––––"]
        low, high = bootstrap_interval(finals)
        seen = [run.checkpoints.episode_return for run, *_ in runs if len(run.checkpoints.step)]
        late = [late_share(returns.mean(axis=1), target) for returns in seen]
        return [
            label,
            reached,
            f"{iqm(finals):.1f}",
            f"{low:.1f} … {high:.1f}",
            f"{finals.min():.1f}",
            f"{100 * np.mean(late):.0f} %" if late else "–",
            f"{np.median([run.seconds for run, *_ in runs]):.1f}",
        ]


def aligned(rows, between="   "):
    """Rows of words as text: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        between.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def job_name(job):
    """(label, seed) in words."""
    return f"{job[0]}, seed {job[1]}"
