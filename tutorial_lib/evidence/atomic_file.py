"""Replacing a file so that its name always stands for a whole one, whoever else writes or is killed."""

import contextlib
import os
import re
import secrets
import shutil
import time

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def previous_of(path):
    """The name of the file that was replaced last."""
    return path.with_name(path.name + ".previous")


def replace_file(path, write):
    """Writes a file beside the old one, forces it to disk and gives it the name; the old one is kept.

    Neither name is ever missing or stands for half a file: not when the writer is killed, nor while others
    read or write the same name.

    Args:
      path: of a file, or of nothing yet.
      write: called with the new file, open for binary writing. If it fails, nothing has changed.
    """
    _remove_abandoned(path)
    with _unfinished(path) as new:
        with open(new, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        _keep_previous(path, new.with_suffix(".old"))
        os.replace(new, path)
    _sync_folder(path.parent)


def _keep_previous(path, link):
    """Gives the file a second name, so that it never has none; where there are no links, copies it."""
    try:
        os.link(path, link)
    except FileNotFoundError:
        return  # nothing has been saved yet
    except OSError:
        with _unfinished(path) as copy:
            shutil.copyfile(path, copy)
            os.replace(copy, previous_of(path))
        return
    try:
        os.replace(link, previous_of(path))
    finally:
        link.unlink(missing_ok=True)  # replacing does nothing when both names are one file already


@contextlib.contextmanager
def _unfinished(path):
    """A new empty file beside `path`, nobody else's; whatever still has its name at the end is removed."""
    name, lock = _create_locked(path)
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):
            name.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def _create_locked(path):
    """Creates the file; it stays locked until its writer closes it or is gone, however that ends."""
    while True:
        name = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        if fcntl is None:
            os.close(handle)  # Windows renames no open file
            return name, None
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if name.exists():
            return name, handle
        os.close(handle)  # another writer took it for abandoned before it was locked


def _remove_abandoned(path):
    """Removes what killed writers of this path have left: unfinished files, and second names of old ones."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.(part|old)")
    left = [path.with_name(name) for name in os.listdir(path.parent) if pattern.fullmatch(name)]
    for name in left:
        with contextlib.suppress(OSError):
            if name.suffix == ".part":
                _remove_if_abandoned(name)
    for name in left:  # a second name is in use as long as its writer's unfinished file is there
        with contextlib.suppress(OSError):
            if name.suffix == ".old" and not name.with_suffix(".part").exists():
                name.unlink()


def _remove_if_abandoned(name):
    """Raises OSError if it is in use."""
    if fcntl is None:
        if time.time() - os.stat(name).st_mtime > 3600:
            os.unlink(name)
        return
    handle = os.open(name, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name)
    finally:
        os.close(handle)


def _sync_folder(folder):
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
