"""One experiment, many seeds: each in a process of its own, with the failures named."""

import os
import signal
import traceback
import warnings

import cloudpickle
import joblib


class Sweep(dict):
    """seed -> what train(seed) returned, in the order the seeds were given; `failures`: seed -> traceback."""

    def __init__(self, results, failures):
        super().__init__(results)
        self.failures = failures


def run_seeds(train, seeds, *, num_workers=None, on_result=None):
    """Runs train(seed) for every seed, several at once in processes of one thread each.

    Args:
      train: a function of a seed, also one defined in a notebook. It travels to another process, so it
        makes its networks and environments itself, and returns plain numbers and arrays.
      seeds: distinct integers, at least one.
      num_workers: processes; None takes one per core.
      on_result: called as on_result(seed, result) here, as soon as a seed is finished.

    Returns:
      A Sweep. A seed that crashed is missing from it, is warned of, and its traceback is in `.failures`.
      After an interrupt it holds the seeds that had finished.

    Raises:
      ValueError: no seeds, or the same one twice.
      TypeError: train refers to something that cannot travel to another process.
      RuntimeError: every seed crashed.
    """
    seeds = [int(seed) for seed in seeds]
    if not seeds:
        raise ValueError("run_seeds needs at least 1 seed, got none")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"the seeds must differ from one another, got {seeds}")
    results, failures = {}, {}
    jobs = _start(_packed(train), seeds, num_workers or min(len(seeds), joblib.cpu_count()))
    try:
        for seed, result, failure in jobs:
            if failure:
                failures[seed] = failure
                warnings.warn(f"seed {seed} failed: {failure.strip().splitlines()[-1]}", stacklevel=2)
                continue
            results[seed] = result
            if on_result:
                on_result(seed, result)
    except KeyboardInterrupt:
        print(f"interrupted: {len(results)} of {len(seeds)} seeds had finished")
    finally:
        jobs.close()
    if len(failures) == len(seeds):
        raise RuntimeError(f"every seed crashed; seed {seeds[0]} like this:\n{failures[seeds[0]]}")
    return Sweep({seed: results[seed] for seed in seeds if seed in results}, failures)


def _packed(train):
    try:
        return cloudpickle.dumps(train)
    except Exception as error:
        raise TypeError(
            f"{getattr(train, '__name__', train)} cannot travel to another process ({error}): make networks, "
            "optimizers, environments and compiled functions inside it instead of using those of the notebook"
        ) from error


def _start(packed, seeds, num_workers):
    """A generator of (seed, result, failure) in the order in which the seeds finish."""
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    before = {name: os.environ.get(name) for name in threads}
    os.environ.update(threads)  # the processes inherit it; this one has started TensorFlow already
    try:
        parallel = joblib.Parallel(n_jobs=num_workers, backend="loky", return_as="generator_unordered")
        return parallel(joblib.delayed(_run_one)(packed, seed) for seed in seeds)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _run_one(packed, seed):
    """In the worker. Importing this module first keeps TensorFlow's start-up lines off the page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the notebook is interrupted, and ends its workers itself
    try:
        return seed, cloudpickle.loads(packed)(seed), None
    except Exception:
        return seed, None, traceback.format_exc()
