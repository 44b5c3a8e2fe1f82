"""Processes that do jobs side by side: one that dies or takes too long harms no other."""

import atexit
import contextlib
import linecache
import multiprocessing.resource_tracker
import os
import signal
import time
import weakref
from multiprocessing.connection import wait

import cloudpickle
import psutil
from joblib.externals.loky.backend import get_context, resource_tracker
from joblib.externals.loky.backend.utils import kill_process_tree

from tutorial_lib.evidence.travel import Crash, cells, pack

PROCESSES = get_context("loky")  # fresh ones, which do not run the notebook or script again
ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
IDLE_SECONDS = 300  # a process waits so long for the next call, since starting TensorFlow takes seconds
MEMORY_GROWTH = 1_000_000_000  # bytes since its first job; a process that grew more is replaced
BEGUN = b"begun"


def work(function, jobs, num_workers, *, seconds=None, choose=None):
    """Does function(job) for every job, several at once.

    Args:
      function: travels to the processes, also one defined in a notebook.
      jobs: plain values.
      num_workers: processes of one thread each.
      seconds: limit of one job; None for none. The process of a job that takes longer is ended.
      choose: (jobs that wait, the last job of a process or None, jobs of the others) -> the job it does next;
        None takes the first.

    Yields:
      (job, result, None) or (job, None, Crash), in the order in which they finish.

    Raises:
      TypeError: the function holds something that cannot travel.
    """
    task, waiting, crew = (cells(), pack(function)), list(jobs), []

    def give_next(worker):
        others = [other.job for other in crew if other.job is not None]
        job = choose(waiting, worker.last_job, others) if choose else waiting[0]
        waiting.remove(job)
        worker.give(task, job)

    try:
        for _ in range(min(num_workers, len(waiting))):
            crew.append(_hire())
        for worker in crew:
            give_next(worker)
        while busy := [worker for worker in crew if worker.job is not None]:
            finished = []
            for worker in _heard(busy, seconds):
                if outcome := worker.take(seconds):
                    finished.append((worker.last_job, *outcome))
                    if waiting:
                        if not worker.is_fit():
                            worker.end()
                            crew[crew.index(worker)] = worker = _hire()
                        give_next(worker)
            yield from finished  # by now the processes are at work again, and the caller has time to draw
    finally:
        for worker in crew:
            worker.release()


class Worker:
    """A process that does one job after another.

    Attributes:
      job: what it is doing, or None.
      last_job: what it did last, or None.
    """

    def __init__(self):
        self.pipe, theirs = PROCESSES.Pipe()
        self.settings = _settings()
        self.process = PROCESSES.Process(target=_serve, args=(theirs,), env=ONE_THREAD)
        with _interrupts_wait():
            self.process.start()
        theirs.close()
        self.job = self.last_job = self.begun_at = self.idle_since = self.first_memory = None
        _alive.add(self)

    def give(self, task, job):
        """Lets it begin."""
        self.job, self.begun_at = job, None
        with contextlib.suppress(OSError):  # it has died, which `take` finds out
            self.pipe.send_bytes(cloudpickle.dumps((task, job)))

    def take(self, seconds):
        """(result, None), (None, Crash), or None for a job that has only begun."""
        try:
            message = self.pipe.recv_bytes() if self.pipe.poll() else None
            if message == BEGUN:
                self.begun_at = time.monotonic()
                return None
            outcome = cloudpickle.loads(message) if message else self._end_late(seconds)
        except (EOFError, OSError):
            outcome = None, self._obituary()
        except Exception as error:  # what came cannot be read here
            outcome = None, Crash.of(error)
        self.job, self.last_job = None, self.job
        return outcome

    def is_fit(self):
        """Whether it is alive, was started under the present settings, and has not grown too much."""
        if not self.process.is_alive() or self.settings != _settings():
            return False
        memory = psutil.Process(self.process.pid).memory_info().rss
        self.first_memory = self.first_memory or memory
        return memory <= self.first_memory + MEMORY_GROWTH

    def release(self):
        """Keeps it for the next call, or ends it if it is busy."""
        if self.job is not None or not self.is_fit():
            self.end()
        else:
            self.last_job, self.idle_since = None, time.monotonic()
            _idle.append(self)

    def end(self):
        """Ends the process, and those that it has started."""
        if self.process.is_alive():
            kill_process_tree(self.process)
        self.pipe.close()

    def _end_late(self, seconds):
        self.end()
        return None, Crash(f"it took longer than {seconds:g} s", f"ended after {seconds:g} s, its limit")

    def _obituary(self):
        self.process.join()
        code = self.process.exitcode
        how = f"was killed by signal {-code}, as when memory runs out" if code < 0 else f"ended with {code}"
        return Crash(f"its process {how}", f"its process {how}, and left no traceback")


_idle = []  # workers between two calls
_alive = weakref.WeakSet()


def _settings():
    """What TensorFlow reads from the environment when it starts."""
    return {name: value for name, value in os.environ.items() if name.startswith(("TF_", "XLA_", "CUDA_"))}


def _hire():
    """A worker that waits, or a new one."""
    while _idle:
        worker = _idle.pop()
        if time.monotonic() - worker.idle_since < IDLE_SECONDS - 10 and worker.is_fit():
            return worker
        worker.end()
    return Worker()


def _heard(busy, seconds):
    """Waits -> the workers that have said something or have taken too long."""
    due = {worker: worker.begun_at + seconds for worker in busy if seconds and worker.begun_at}
    timeout = max(0, min(due.values()) - time.monotonic()) if due else None
    ready, now = wait([worker.pipe for worker in busy], timeout), time.monotonic()
    return [worker for worker in busy if worker.pipe in ready or due.get(worker, now + 1) <= now]


@contextlib.contextmanager
def _interrupts_wait():
    """Interrupts wait for the end of the body, and a process started in it never hears one: it inherits that.

    An interrupt is for the notebook, which ends its processes itself.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    for tracker in (multiprocessing.resource_tracker, resource_tracker):
        tracker.ensure_running()  # starting one in the body would let interrupts in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@atexit.register
def _end_all():
    for worker in list(_alive):
        worker.end()


def _serve(pipe):
    """In the process. Importing this module keeps TensorFlow's start-up lines off the page."""
    with contextlib.suppress(EOFError, OSError):  # whoever gave the jobs is gone
        while pipe.poll(IDLE_SECONDS):
            message = pipe.recv_bytes()
            pipe.send_bytes(BEGUN)
            pipe.send_bytes(_outcome(message))


def _outcome(message):
    try:
        (sources, function), job = cloudpickle.loads(message)
        linecache.cache.update(sources)
        return cloudpickle.dumps((cloudpickle.loads(function)(job), None))
    except BaseException as error:  # sys.exit() too
        return cloudpickle.dumps((None, Crash.of(error)))
