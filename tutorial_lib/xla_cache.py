"""Compiled programs outlive their process: TensorFlow's persistent XLA cache, made quiet and harmless.

TensorFlow writes what it has compiled to a folder, and the next process reads it there in a fraction of the
time. But a program that is damaged ends every call that wants it, in every later process; and TensorFlow
tries to read each program as text first, and writes an error on the page because it is none. So:

- every process has a folder of its own for TensorFlow to read and write, and shares none with another;
- what is written there is kept as text, under its checksum, when the process ends or another one starts;
- a process begins with links to all that is kept and as it was, and what is not is removed.

Where no folder can be trusted, or there is no room, there is no cache. `TUTORIAL_LIB_XLA_CACHE=off` switches
it off; anything else there takes the place of the user's folder for caches.
"""

import atexit
import contextlib
import hashlib
import importlib.metadata
import itertools
import os
import platform
import shutil
import sys
import tempfile
import time
import zlib
from pathlib import Path

from tutorial_lib.xla_program import as_text

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LARGEST = 256 * 2**20  # bytes of programs, of all processors and versions together
ROOM = 2**30  # bytes that must be free, so that a disk does not fill up in the middle of a notebook
PROBE = 4 * 2**20  # bytes that are written to try it: more than a program has
MINUTE, HOUR = 60.0, 3600.0  # seconds
NAME = "tutorial_lib"  # the programs' names begin so, and no other file is ever touched
HELD = []  # open folders of this process, locked for as long as it lives
DEPENDS_ON = ["XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS"]


@contextlib.contextmanager
def kept_programs():
    """TensorFlow, imported inside, keeps its programs for the processor, if there is a folder for them.

    It reads its flags once. Afterwards they are as before, for the processes that this one starts.
    """
    given, folder = os.environ.get("TF_XLA_FLAGS"), None
    with contextlib.suppress(Exception):  # whatever is wrong with the cache, it costs the cache and no more
        folder = begin()
    if folder:
        cache = [f"persistent_cache_directory='{folder}'", "persistent_cache_device_types=CPU"]
        cache += [f"persistent_cache_prefix={NAME}", "disable_strict_signature_checks=true"]
        os.environ["TF_XLA_FLAGS"] = " ".join([given or "", *(f"--tf_xla_{flag}" for flag in cache)]).strip()
        atexit.register(end, folder)
    try:
        yield
    finally:
        if folder:
            os.environ.pop("TF_XLA_FLAGS")
            os.environ.update({"TF_XLA_FLAGS": given} if given else {})


def begin():
    """Makes this process's folder, with links to what is kept; None if there is to be no cache."""
    root = chosen_folder()
    if root is None or "'" in str(root):  # which TensorFlow could not read
        return None
    kept = root / key()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.mkdir(mode=0o700, exist_ok=True)
    if not is_private(kept) or not has_room(kept):
        return None
    folder = Path(tempfile.mkdtemp(dir=kept, prefix=f"process_{os.getpid()}_"))
    lock(folder)
    for other in root.glob("*/process_*"):
        collect(other, folder)
        if is_left_behind(other):
            shutil.rmtree(other, ignore_errors=True)
    shrink(root)
    for program in kept.glob(f"{NAME}__*.pb"):
        with contextlib.suppress(OSError):  # another process may be about to remove it, too
            if is_sound(program):
                os.link(program, folder / program.name)
            else:
                program.unlink()
    return folder


def end(folder):
    """Keeps what this process has compiled, and removes its folder."""
    collect(folder, folder)
    shutil.rmtree(folder, ignore_errors=True)


def collect(folder, drafts):
    """Keeps the programs of a process's folder that are not kept yet; each gets its name when it is whole."""
    started = time.time() - time.monotonic()
    for program in folder.glob(f"{NAME}__*.pb"):
        kept = folder.parent / program.name
        with contextlib.suppress(OSError, ValueError):
            # Only a power failure can have spoilt what TensorFlow, too, gave its name when it was whole.
            if not kept.exists() and program.stat().st_mtime > started:
                text = as_text(program.read_bytes())
                draft = drafts / f"{program.name}.draft"
                draft.write_bytes(checksum(text) + b"\n" + text)
                os.replace(draft, kept)


def lock(folder):
    """Locks a folder until this process ends, in whatever way; nothing where that is not possible."""
    with contextlib.suppress(OSError, AttributeError):
        HELD.append(os.open(folder, os.O_RDONLY))
        fcntl.flock(HELD[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_left_behind(folder):
    """Whether a process's folder may be removed: its process has ended, or it would make it again."""
    try:
        age = time.time() - folder.stat().st_mtime
        if fcntl is None:
            return age > HOUR
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return age > MINUTE  # a younger one may not be locked yet
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        return age > HOUR
    finally:
        os.close(opened)


def is_sound(program):
    """Whether a program that is kept is as it was written, under its checksum."""
    first, _, text = program.read_bytes().partition(b"\n")
    return first == checksum(text)


def checksum(text):
    """A line of comment that tells whether a text is as it was."""
    return b"# checksum %08x" % zlib.crc32(text)


def shrink(root):
    """Removes the oldest programs beyond the LARGEST size."""
    programs = [(path.stat(), path) for path in root.glob(f"*/{NAME}__*.pb")]
    total = 0
    for status, program in sorted(programs, key=lambda pair: -pair[0].st_mtime):
        total += status.st_size
        if total > LARGEST:
            program.unlink(missing_ok=True)


def chosen_folder():
    """Where programs are kept; None if nowhere."""
    choice, flags = os.environ.get("TUTORIAL_LIB_XLA_CACHE", ""), os.environ.get("TF_XLA_FLAGS", "")
    if choice in ("off", "0") or "persistent_cache" in flags or (flags and not flags.startswith("-")):
        return None  # switched off, or decided there already, or in a file that is named there
    xla_flags = os.environ.get("XLA_FLAGS", "")
    if "max_isa" not in xla_flags or "AVX512" in xla_flags:
        return None  # TensorFlow 2.21 writes false errors when it reads programs that use AVX-512
    caches = Path(choice).expanduser().absolute() if choice else users_caches()
    return caches / NAME / "xla" if caches.is_absolute() and caches.parent.is_dir() else None


def users_caches():
    """The folder where this system's programs keep what they can make again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def key():
    """The name of a folder that only those processes share which could exchange their programs."""
    tensorflow = importlib.metadata.distribution("tensorflow")
    parts = [str(tensorflow.locate_file("")), processor(), os.cpu_count()]
    parts += [os.environ.get(name) for name in DEPENDS_ON]
    return f"{tensorflow.version}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def processor():
    """The processor's model and abilities, in the words of the system."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            first = itertools.takewhile(str.strip, lines)  # of several, which are alike
            return [line for line in first if line.startswith(("model name", "flags"))]
    except OSError:
        return [platform.machine(), platform.processor()]


def is_private(folder):
    """Whether nobody else can put programs there that this user would run."""
    status = folder.lstat()
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def has_room(folder):
    """Whether there is room; an OSError if nothing can be written: a quota, a limit, a read-only disk."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE))
    return shutil.disk_usage(folder).free >= ROOM
