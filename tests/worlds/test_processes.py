"""Environments in processes of their own do exactly what they do here."""

import os
import signal

import gymnasium as gym
import numpy as np
import pytest

from tutorial_lib import Collector, make_vec_env

WRAPPER = [lambda env: gym.wrappers.TransformReward(env, lambda reward: 10 * reward)]


def alternate(observation):
    """Swings one link to either side."""
    return np.array([0, 2])


@pytest.mark.slow
@pytest.mark.parametrize("as_function", [False, True])
def test_processes_step_as_one_does_and_end_with_close(as_function):
    """True last observations, limits, wrappers, starts: all as in one process, and nothing stays behind."""
    if as_function:  # one that no module has travels as code

        def make():
            return WRAPPER[0](gym.make("Acrobot-v1", max_episode_steps=7))

        env, options = make, {}
    else:
        env, options = "Acrobot-v1", {"max_episode_steps": 7, "wrappers": WRAPPER}
    here, there = (make_vec_env(env, 2, processes=processes, **options) for processes in (False, True))
    pids = [process.pid for process in there.processes]
    played = []
    for envs in (here, there):
        collector = Collector(envs, alternate, seed=3)
        played.append([*collector.collect(20), *collector.play_episodes(), *collector.step()])
    for ours, theirs in zip(*played, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert played[0][5].sum() == 4, "four episodes ended"
    assert set(np.unique(played[0][2])) == {-10}
    assert len({os.getpid(), *pids}) == 3

    for pid in pids:
        os.kill(pid, signal.SIGINT)  # as the interrupt button does
    try:
        collector.collect(3)
    except KeyboardInterrupt:  # which would stop all tests
        pytest.fail("the environments were interrupted")

    there.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.slow
def test_an_id_starts_processes_without_tensorflow():
    """It would take each of them seconds, and hundreds of megabytes."""

    class Modules(gym.Wrapper):
        def modules(self):
            import sys

            return sorted(sys.modules)

    envs = make_vec_env("Acrobot-v1", 1, wrappers=[Modules], processes=True)
    (modules,) = envs.call("modules")
    envs.close()
    assert "gymnasium" in modules
    assert not {"tensorflow", "tutorial_lib"} & set(modules)


@pytest.mark.slow
def test_the_interrupt_button_is_heard_again():
    make_vec_env("FrozenLake-v1", 1, processes=True).close()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_wrong_id_is_named_before_anything_starts():
    with pytest.raises(ValueError, match="no environment is called 'Acrobat-v1'; did you mean Acrobot-v1"):
        make_vec_env("Acrobat-v1", 2, processes=True)
