"""Processes that do jobs: who does which, and when one is replaced."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tutorial_lib.evidence import workers
from tutorial_lib.evidence.workers import work

ROOT = Path(__file__).parent.parent.parent


def process_of(job):
    """Must be importable nowhere else: it is sent as it is."""
    return os.getpid()


process_of.__module__ = "__main__"


@pytest.fixture
def no_idle_process(monkeypatch):
    """Whatever other tests left, this one begins with fresh processes, and ends them."""
    monkeypatch.setattr(workers, "_idle", idle := [])
    yield idle
    for worker in idle:
        worker.end()


@pytest.mark.slow
def test_the_next_job_is_the_one_chosen():
    """`choose` sees what waits, what the process did last, and what the others do."""
    asked = []

    def last_one(waiting, last_job, others):
        asked.append((list(waiting), last_job, others))
        return waiting[-1]

    finished = [job for job, _, _ in work(process_of, ["a", "b", "c"], 1, choose=last_one)]
    assert finished == ["c", "b", "a"]
    assert asked == [(["a", "b", "c"], None, []), (["a", "b"], "c", []), (["a"], "b", [])]


def test_a_process_waits_for_the_next_call():
    first = [process for _, process, _ in work(process_of, [0], 1)]
    assert [process for _, process, _ in work(process_of, [1], 1)] == first
    assert psutil.pid_exists(first[0])


def test_an_interrupt_never_reaches_a_process():
    """In terminals and notebooks it goes to the whole group; a loop would stop, and hand out half a run."""

    def interrupted(job):
        import signal

        heard = []
        before = signal.signal(signal.SIGINT, lambda *_: heard.append(job))
        os.kill(os.getpid(), signal.SIGINT)
        signal.signal(signal.SIGINT, before)
        return heard

    interrupted.__module__ = "__main__"
    assert list(work(interrupted, [0], 1)) == [(0, [], None)]


@pytest.mark.slow
def test_one_that_waited_too_long_is_replaced(no_idle_process):
    """It is about to end by itself."""
    ((_, first, _),) = work(process_of, [0], 1)
    (worker,) = no_idle_process
    worker.idle_since -= 291
    ((_, second, _),) = work(process_of, [1], 1)
    assert second != first
    assert not psutil.pid_exists(first)


@pytest.mark.slow
def test_one_that_was_started_under_other_settings_is_replaced(monkeypatch, no_idle_process):
    """TensorFlow reads them once."""

    def flag(job):
        return os.getpid(), os.environ["XLA_FLAGS"]

    flag.__module__ = "__main__"
    ((_, (first, flags), _),) = work(flag, [0], 1)
    monkeypatch.setenv("XLA_FLAGS", flags + " --xla_cpu_max_isa=SSE4_2")
    ((_, (second, other_flags), _),) = work(flag, [1], 1)
    assert second != first
    assert other_flags == flags + " --xla_cpu_max_isa=SSE4_2"


@pytest.mark.slow
def test_one_that_has_grown_is_replaced_between_two_jobs(monkeypatch, no_idle_process):
    monkeypatch.setattr(workers, "MEMORY_GROWTH", 100_000_000)

    def grow(job):
        import sys

        import numpy as np

        sys.kept = [*getattr(sys, "kept", []), np.ones(job * 1_000_000, np.uint8)]
        return os.getpid()

    grow.__module__ = "__main__"
    first, second, third, fourth = (process for _, process, _ in work(grow, [1, 20, 200, 1], 1))
    assert first == second == third
    assert fourth != third
    assert not psutil.pid_exists(third)


@pytest.mark.slow
def test_processes_end_with_the_script_that_started_them(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import os
            from tutorial_lib.evidence.workers import work
            print([process for _, process, _ in work(lambda job: os.getpid(), [0], 1)][0])
        """)
    )
    begun = time.monotonic()
    out = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=200,
    ).stdout
    assert time.monotonic() - begun < 200
    assert not psutil.pid_exists(int(out))
