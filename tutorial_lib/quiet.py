"""Imports TensorFlow with its start-up chatter kept off the page, and every real warning left on it."""

import contextlib
import os
import re
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # informational lines off; warnings and errors stay
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# One thread suits small networks, and gives a seed the same run here as in the processes of a sweep.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # pygame complains on stderr without one

START_UP_LINES = re.compile(
    rb"All log messages before absl::InitializeLog|cudart_stub\.cc|cpu_feature_guard\.cc"
    rb"|To enable the following instructions|cuda_platform\.cc.*cuInit"
)


@contextlib.contextmanager
def quiet_startup(known_lines=START_UP_LINES):
    """Holds back what is written to file descriptor 2 and afterwards replays all but `known_lines`.

    TensorFlow writes its first lines before any logger can be set up, straight to the descriptor, so
    `contextlib.redirect_stderr` does not see them. If the body raises, every line is replayed.
    """
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            captured.seek(0)
            for line in captured.read().splitlines(keepends=True):
                if failed or not known_lines.search(line):
                    os.write(2, line)


with quiet_startup():
    import tensorflow as tf

    GPUS = tf.config.list_physical_devices("GPU")  # the driver is looked for here, and complains here

for gpu in GPUS:
    with contextlib.suppress(RuntimeError, ValueError):  # already initialised: the caller has decided
        tf.config.experimental.set_memory_growth(gpu, True)  # several seeds can share one GPU
