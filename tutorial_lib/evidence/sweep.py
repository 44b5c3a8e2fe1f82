"""One experiment, many seeds: each in a process of its own, with the failures named."""

import linecache
import os
import signal
import traceback
import warnings

import cloudpickle
import joblib
from joblib.externals.loky import as_completed, get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

# A process that has grown is replaced by a fresh one between two seeds. Nothing is lost by it.
warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


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
      ValueError: no seeds, the same one twice, or num_workers < 1.
      TypeError: train refers to something that cannot travel to another process.
      RuntimeError: every seed crashed.
    """
    seeds = _checked(seeds, num_workers)
    results, failures = {}, {}
    jobs = _finished(_packed(train), seeds, num_workers or min(len(seeds), joblib.cpu_count()))
    try:
        for seed, result, error in jobs:
            if error:
                failures[seed] = error.text
                warnings.warn(f"seed {seed} failed: {error.summary}", stacklevel=2)
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


def _checked(seeds, num_workers):
    if num_workers is not None and num_workers < 1:
        raise ValueError(f"num_workers must be at least 1, or None for one per core, got {num_workers}")
    if not hasattr(seeds, "__iter__"):
        raise ValueError(f"seeds must be a list of integers, such as range(5), got {seeds!r}")
    seeds = [int(seed) for seed in seeds]
    if not seeds:
        raise ValueError("run_seeds needs at least 1 seed, got none")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"the seeds must differ from one another, got {seeds}")
    return seeds


def _packed(train):
    """train as bytes, with the source of the notebook's cells: tf.function reads it for `if` and `for`."""
    cells = {
        name: (entry[0], None, *entry[2:]) for name, entry in linecache.cache.items() if _is_cell(name, entry)
    }
    try:
        return cloudpickle.dumps((cells, train))
    except Exception as error:
        raise TypeError(
            f"{getattr(train, '__name__', train)} cannot travel to another process ({error}): make networks, "
            "optimizers, environments and compiled functions inside it instead of using those of the notebook"
        ) from error


def _is_cell(name, entry):
    return len(entry) == 4 and not os.path.exists(name)


class _Crash:
    """An exception that travels between processes as text."""

    def __init__(self, error):
        self.summary = f"{type(error).__name__}: {error}".splitlines()[0]
        self.text = "".join(traceback.format_exception(error))


def _finished(packed, seeds, num_workers):
    """Yields (seed, result, crash) in the order in which the seeds finish.

    When a process dies, the others of its pool are lost with it, so each seed that had not finished gets a
    process of its own: those that were not to blame finish, and the one that was is known.
    """
    executor = get_reusable_executor(
        num_workers,
        timeout=300,
        env=ONE_THREAD,
        initializer=signal.signal,  # an interrupt is for the notebook, which ends its processes itself
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    jobs, lost = {}, {}
    try:
        for seed in seeds:
            try:
                jobs[executor.submit(_run_one, packed, seed)] = seed
            except BrokenProcessPool as error:
                lost[seed] = _Crash(error)
        for job in as_completed(jobs):
            try:
                yield job.result()
            except BrokenProcessPool as error:
                lost[jobs[job]] = _Crash(error)
            except Exception as error:  # the result could not travel back
                yield jobs[job], None, _Crash(error)
    finally:
        if not all(job.done() for job in jobs):
            executor.shutdown(kill_workers=True)
    for seed, crash in lost.items():
        if len(seeds) == 1:
            yield seed, None, crash
        else:
            yield from _finished(packed, [seed], 1)


def _run_one(packed, seed):
    """In the worker. Importing this module first keeps TensorFlow's start-up lines off the page."""
    try:
        cells, train = cloudpickle.loads(packed)
        linecache.cache.update(cells)
        return seed, train(seed), None
    except Exception as error:
        return seed, None, _Crash(error)
