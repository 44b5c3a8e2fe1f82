"""One call for an experiment: variants × seeds, spread over the cores, drawn as they finish."""

import collections
import contextlib
import functools
import gc
import inspect
import time

import cloudpickle
import numpy as np

from tutorial_lib.evidence.evaluation import evaluate
from tutorial_lib.evidence.results import Experiment, Result, job_name
from tutorial_lib.evidence.sweep import check_limits, distinct_seeds, run_jobs
from tutorial_lib.evidence.travel import pack
from tutorial_lib.learning.loop import Loop, check_counts
from tutorial_lib.watching.progress import Progress
from tutorial_lib.worlds.envs import make_env


def experiment(
    variants, seeds, num_steps, *, checkpoints=0, num_episodes=100, after=None, curves=None, num_workers=None,
    seconds_per_run=None, done=None,
):  # fmt: skip
    """Trains every seed of every variant, several at once, in processes that compile a variant once.

        results = experiment({"PPO": make, "no clip": partial(make, clip=1e9)}, range(10), num_steps=80_000)
        print(results.table(475))

    After an interrupt it returns what had finished, and goes on if that is given back as `done`.

    Args:
      variants: label -> function of no arguments that makes a Loop. It travels to other processes, so it
        makes environments and networks itself.
      seeds: distinct integers, at least one; each gives the run that `loop.run(num_steps, seed)` gives here.
      num_steps: environment steps of a run.
      checkpoints: greedy evaluations of a run on its way.
      num_episodes: of the evaluation at the end, in Gymnasium's own environment.
      after: (loop, run) -> dict of numbers and arrays: whatever else is to be measured of a trained agent.
      curves: LearningCurves, redrawn as runs finish.
      num_workers: processes; None takes one per core.
      seconds_per_run: a run that takes longer, with its compiling, is a failure; None for no limit.
      done: an Experiment of the same variants, or {}: what it holds is not run again.

    Returns:
      An Experiment. A run that crashed is missing from it, is warned of, and its traceback is in `.failures`.

    Raises:
      ValueError: no variants, two that are the same, one that makes no Loop, seeds as in `run_seeds`, a count
        < 1, or results of other num_steps in `done`.
      TypeError: a variant or `after` refers to something that cannot travel to another process.
      RuntimeError: every run crashed.
    """
    seeds = distinct_seeds(seeds)
    check_counts(num_steps=num_steps, num_episodes=num_episodes, checkpoints=checkpoints or 1)
    check_limits(num_workers, "seconds_per_run", seconds_per_run)
    if after is not None and not callable(after):
        raise ValueError(f"after must be a function of a loop and its run, got {after!r}")
    if done and done.num_steps != num_steps:
        raise ValueError(f"done holds runs of {done.num_steps} steps, but num_steps is {num_steps}")
    done = {(label, seed): result for label, runs in (done or {}).items() for seed, result in runs.items()}
    train = functools.partial(
        _train, makers=checked_variants(variants), after=pack(after, "after"), num_steps=num_steps,
        checkpoints=checkpoints, num_episodes=num_episodes,
    )  # fmt: skip
    jobs = [(label, seed) for label in variants for seed in seeds]

    if curves:
        curves.expect(variants)

    def keep(job, result):
        bar.update(1)
        if curves:
            curves.show(result.run, job[0])

    with curves or contextlib.nullcontext(), Progress(len(jobs), "training", "run") as bar:
        options = dict(num_workers=num_workers, seconds=seconds_per_run, on_result=keep, choose=next_job)
        return Experiment(
            variants, num_steps, run_jobs(train, jobs, done, name=job_name, unit="run", **options)
        )


def checked_variants(variants):
    """label -> function as bytes; each is called once here, so that its errors are seen at once.

    Raises:
      ValueError: no variants, two that are the same, or one that makes no Loop.
      TypeError: one that cannot travel to another process.
    """
    if not isinstance(variants, dict) or not variants:
        raise ValueError(f"variants must be a dict {{label: function that makes a loop}}, got {variants!r}")
    packed = {}
    for label, make in variants.items():
        code = pack(make, f"the variant {label!r}")
        if twins := [other for other in packed if packed[other] == code]:
            raise ValueError(
                f"the variants {twins[0]!r} and {label!r} are the same: in a loop write partial(make, …), "
                "which keeps the values of its turn; a lambda sees those of the last one"
            )
        packed[label] = code
    for label, make in variants.items():
        _check_makes_loop(label, make)
    return packed


def _check_makes_loop(label, make):
    try:
        inspect.signature(make).bind()
    except TypeError as error:
        raise ValueError(
            f"the variant {label!r} must be a function of no arguments that makes a loop, got {make!r}"
        ) from error
    loop = make()
    if not isinstance(loop, Loop):
        raise ValueError(f"the variant {label!r} must make a loop, as off_policy_loop does, got {loop!r}")


def next_job(waiting, last_job, others):
    """Another seed of the variant that a process has compiled, or of the one with the most left to do.

    Args:
      waiting: (label, seed) of each run that waits.
      last_job: what the process did last, or None.
      others: what the other processes are doing.
    """
    left = collections.Counter(label for label, _ in waiting)
    helpers = collections.Counter(label for label, _ in others)
    share = {label: count / (1 + helpers[label]) for label, count in left.items()}
    label = last_job[0] if last_job and last_job[0] in left else max(share, key=share.get)
    return next(job for job in waiting if job[0] == label)


def final_returns(loop, num_episodes=100):
    """Greedy returns [num_episodes] in the environment that the loop's world stands for.

    A world of tensors names Gymnasium's own by `env_id`; one that does not is played itself.
    """
    world = loop.world
    if not hasattr(world, "transition"):
        return evaluate(loop.greedy, world, num_episodes)
    env_id, limit = getattr(world, "env_id", None), world.max_episode_steps
    if env_id is None:
        return loop.program.evaluate(num_episodes).astype(np.float64)
    wrappers = getattr(world, "gymnasium_wrappers", ())
    if not wrappers:
        return evaluate(loop.greedy, env_id, num_episodes, max_episode_steps=limit)
    options = dict(max_episode_steps=limit, render_mode=getattr(world, "render_mode", None))
    make = functools.partial(make_env, env_id, wrappers=wrappers, **options)
    return evaluate(loop.greedy, make, num_episodes)


_kept = {}  # in a process: the variant it is at, and its loop


def _train(job, *, makers, after, num_steps, checkpoints, num_episodes):
    label, seed = job
    begun, make = time.perf_counter(), makers[label]
    if make not in _kept:
        _kept.clear()
        gc.collect()
        _kept[make] = cloudpickle.loads(make)()
    loop, after = _kept[make], cloudpickle.loads(after)
    run = loop.run(num_steps, seed=seed, checkpoints=checkpoints)
    final = final_returns(loop, num_episodes)
    measured = after(loop, run) if after else {}
    return Result(run, final, measured, time.perf_counter() - begun)
