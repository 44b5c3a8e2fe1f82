"""Environments in processes of their own, which step at the same time."""

import copy
import signal
from multiprocessing import resource_tracker

import gymnasium as gym
from gymnasium.vector import AsyncVectorEnv, AutoresetMode


def in_processes(make, num_envs):
    """A vector env of what `make()` makes, one in each process, that resets within the step.

    The processes start afresh, as TensorFlow's threads would not survive a fork. A signal that is blocked
    stays so in new processes: the interrupt button, which a notebook sends to all of its processes, then
    stops the loop here and not the environments there.
    """
    posix = hasattr(signal, "pthread_sigmask")
    if posix:
        resource_tracker.ensure_running()  # when it starts, it unblocks signals
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return AsyncVectorEnv(
            [copying(make)] * num_envs, context="spawn", autoreset_mode=AutoresetMode.SAME_STEP
        )
    finally:
        if posix:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def copying(make):
    """Its observations are copies: an environment may write the first of an episode over the last one."""

    def make_copying():
        env = make()
        return gym.wrappers.TransformObservation(env, copy.copy, env.observation_space)

    return make_copying


def travelling(spec, wrappers):
    """A function that makes an environment where neither its id nor this package, with TensorFlow, is known.

    It travels to other processes as code, because it is no module's, and so do the wrappers of a notebook.
    """

    def make():
        env = gym.make(spec)
        for wrapper in wrappers:
            env = wrapper(env)
        return env

    return make
