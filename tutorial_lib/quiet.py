"""Imports TensorFlow with its start-up chatter kept off the page, and every real warning left on it."""

import contextlib
import os
import platform
import re
import sys
import tempfile

from tutorial_lib.xla_cache import kept_programs

# One thread suits small networks, and gives a seed the same run here as in the processes of a sweep.
# AVX2 is what most x86 processors have: the same programs there and on those that can do more.
XLA_FLAGS = ["--xla_cpu_multi_thread_eigen=false"]
if platform.machine() in ("x86_64", "AMD64"):
    XLA_FLAGS += ["--xla_cpu_max_isa=AVX2"]

# TensorFlow marks its lines I, W, E or F: "I0000 00:00:1732.5 …" or "2026-11-24 10:32:01.5: I …".
INFORMATION = re.compile(
    rb"I\d{4} \d\d:\d\d:\d+\.\d+ |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: I |INFO:"
    rb"|WARNING: All log messages before absl::InitializeLog\(\)"
    rb"|To enable the following instructions:"  # the second half of an informational line
    rb"|E\d{4} .*cuInit: .*(UNKNOWN ERROR \(303\)|CUDA_ERROR_NO_DEVICE)"  # no driver, no GPU: no fault
)


def with_flags(given, flags):
    """XLA's flags, with ours before those that were given: of a flag named twice the last one holds.

    Where something else than flags is given it is the name of a file that holds them, and is left alone.
    """
    if given and not given.startswith("-"):
        return given
    return " ".join([*(flag for flag in flags if flag not in given.split()), given]).strip()


@contextlib.contextmanager
def quiet_startup(unwanted=INFORMATION):
    """Holds back what is written to file descriptor 2 and afterwards replays all but the `unwanted` lines.

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
                if failed or not unwanted.match(line):
                    os.write(2, line)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # informational lines off; warnings and errors stay
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # pygame complains on stderr without one
os.environ["XLA_FLAGS"] = with_flags(os.environ.get("XLA_FLAGS", ""), XLA_FLAGS)

with quiet_startup(), kept_programs():
    import tensorflow as tf

    GPUS = tf.config.list_physical_devices("GPU")  # the driver is looked for here, and complains here

for gpu in GPUS:
    with contextlib.suppress(RuntimeError, ValueError):  # already initialised: the caller has decided
        tf.config.experimental.set_memory_growth(gpu, True)  # several seeds can share one GPU
