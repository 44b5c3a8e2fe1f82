"""One experiment, many seeds: each in a process of its own, with the failures named."""

import operator
import warnings

import joblib

from tutorial_lib.evidence.workers import work


class Sweep(dict):
    """seed -> what train(seed) returned, in the order the seeds were given.

    Attributes:
      failures: seed -> traceback, of those that crashed or took too long.
      not_run: the seeds that an interrupt left undone.
    """

    def __init__(self, results=(), failures=(), not_run=()):
        super().__init__(results)
        self.failures, self.not_run = dict(failures), list(not_run)


def run_seeds(train, seeds, *, num_workers=None, seconds_per_seed=None, done=None, on_result=None):
    """Runs train(seed) for every seed, several at once in processes of one thread each.

    After an interrupt it returns what had finished, and goes on if that is given back:

        sweep = {}                                           # in a cell of its own
        sweep = run_seeds(train, range(20), done=sweep)      # run this one as often as you like

    Args:
      train: a function of a seed, also one defined in a notebook. It travels to another process, so it
        makes its networks and environments itself, and returns plain numbers and arrays.
      seeds: distinct integers, at least one.
      num_workers: processes; None takes one per core.
      seconds_per_seed: a seed that takes longer is a failure, and its process is ended; None for no limit.
      done: seed -> result, such as an earlier Sweep: these seeds are not run again.
      on_result: called as on_result(seed, result) here, as soon as a seed is finished; first for those of
        `done`.

    Returns:
      A Sweep. A seed that crashed is missing from it, is warned of, and its traceback is in `.failures`.
      After an interrupt it holds the seeds that had finished, and `.not_run` lists the others.

    Raises:
      ValueError: no seeds, one that is no integer, the same one twice, num_workers < 1, or a limit ≤ 0.
      TypeError: train refers to something that cannot travel to another process.
      RuntimeError: every seed crashed.
    """
    seeds = distinct_seeds(seeds)
    check_limits(num_workers, "seconds_per_seed", seconds_per_seed)
    options = dict(num_workers=num_workers, seconds=seconds_per_seed, on_result=on_result)
    return run_jobs(train, seeds, done or {}, name="seed {}".format, unit="seed", **options)


def run_jobs(function, jobs, done, *, name, unit, num_workers, seconds, on_result, choose=None):
    """What `run_seeds` does, for any jobs.

    Args:
      function, choose: as for `work`.
      done: job -> result, of those that are not to be done again.
      name, unit: job -> its name, and what a job is called, for messages.

    Returns:
      A Sweep: job -> result.

    Raises:
      RuntimeError: every job crashed.
    """
    waiting = [job for job in jobs if job not in done]
    results, failures = {}, {}

    def keep(job, result):
        results[job] = result
        if on_result:
            on_result(job, result)

    finished = work(
        function,
        waiting,
        num_workers or min(len(waiting), joblib.cpu_count()),
        seconds=seconds,
        choose=choose,
    )
    try:
        for job in jobs:
            if job in done:
                keep(job, done[job])
        for job, result, crash in finished:
            if crash:
                failures[job] = crash.text
                warnings.warn(f"{name(job)} failed: {crash.summary}", stacklevel=3)
            else:
                keep(job, result)
    except KeyboardInterrupt:
        print(
            f"interrupted: {len(results)} of {len(jobs)} {unit}s had finished; to go on, call this again "
            "with done= what it returned"
        )
    finally:
        finished.close()
    if len(failures) == len(jobs):
        raise RuntimeError(f"every {unit} failed; {name(jobs[0])} like this:\n{failures[jobs[0]]}")
    not_run = [job for job in jobs if job not in results and job not in failures]
    return Sweep({job: results[job] for job in jobs if job in results}, failures, not_run)


def distinct_seeds(seeds):
    """The seeds as a list.

    Raises:
      ValueError: none, one that is no integer, or the same one twice.
    """
    if not hasattr(seeds, "__iter__"):
        raise ValueError(f"seeds must be a list of integers, such as range(5), got {seeds!r}")
    seeds = list(seeds)
    for seed in seeds:
        if not _is_integer(seed):
            raise ValueError(f"seeds must be integers, such as those of range(5), got {seed!r}")
    seeds = [operator.index(seed) for seed in seeds]
    if not seeds:
        raise ValueError("at least 1 seed is needed, got none")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"the seeds must differ from one another, got {seeds}")
    return seeds


def check_limits(num_workers, name, seconds):
    """Raises ValueError for less than one process, or no time."""
    if num_workers is not None and (not _is_integer(num_workers) or num_workers < 1):
        raise ValueError(f"num_workers must be at least 1, or None for one per core, got {num_workers}")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"{name} must be more than 0, or None for no limit, got {seconds}")


def _is_integer(x):
    try:
        operator.index(x)
    except TypeError:
        return False
    return True
