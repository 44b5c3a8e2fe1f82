"""Saving a run so that it goes on, bit for bit, as if it had never stopped."""

import contextlib
import json
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np

from tutorial_lib.evidence.run_parts import describe, prepare, thaw

FORMAT = "tutorial_lib run"
VERSION = 1


class UnreadableRun(ValueError):
    """The file is no saved run, or a damaged one."""


def save_run(path, **parts):
    """Writes everything a run consists of into one file: whole, or not at all.

    The file is written beside the old one, forced to disk and then renamed; the run saved before stays as
    `<name>.previous`. Only numbers are stored: loading a file never runs code from it.

    Args:
      path: the file; its folder must exist.
      parts: by name, any of: a keras.Model or optimizer, tf.Variable, tf.random.Generator,
        np.random.Generator, ReplayBuffer (its filled rows), Collector with the environments in it, and plain
        values: numbers, texts, arrays, lists and dicts of them.

    Returns:
      The path.

    Raises:
      TypeError: a part of another kind, named.
      FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first")
    arrays = []
    described = {name: describe(name, part, arrays) for name, part in parts.items()}
    manifest = json.dumps({"format": FORMAT, "version": VERSION, "parts": described})
    partial = path.with_name(f".{path.name}.part")
    try:
        _write(partial, manifest, arrays)
        if path.exists():
            os.replace(path, _previous(path))
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    _sync_folder(path.parent)
    return path


def load_run(path, **parts):
    """Puts a saved run back into the objects given, all of them or, if anything is wrong, none.

    Args:
      path: as given to `save_run`. If a crash left only the run saved before it, that one is loaded, with a
        warning.
      parts: the models, optimizers, replays, … to fill, by the names they were saved under. Parts that were
        saved as plain values are not given: they are returned.

    Returns:
      A dict of the plain values.

    Raises:
      FileNotFoundError: nothing was saved there.
      UnreadableRun: truncated, corrupt, not a saved run, or saved by another version; says which, and names
        the run saved before it, if there is one.
      ValueError: a part is missing or does not fit, such as a network of another size.
    """
    path = Path(path)
    if not path.exists():
        previous = _previous(path)
        if not previous.exists():
            raise FileNotFoundError(f"no run was saved as {str(path)!r}")
        warnings.warn(
            f"{path.name} is missing, as after a crash while saving: loading {previous.name}", stacklevel=2
        )
        path = previous
    manifest, arrays = _read(path)
    saved = manifest["parts"]
    if missing := sorted(set(parts) - set(saved)):
        raise ValueError(f"{path.name} holds no {', '.join(missing)}; it holds {', '.join(saved)}")
    plain = {name: part["value"] for name, part in saved.items() if part["kind"] == "value"}
    if left := sorted(set(saved) - set(plain) - set(parts)):
        raise ValueError(f"{path.name} also holds {', '.join(left)}: give each the object to load it into")
    values = {name: thaw(value, arrays) for name, value in plain.items()}
    for restore in [prepare(name, part, saved[name], arrays) for name, part in parts.items()]:
        restore()  # only now: every part has been found to fit
    return values


def _write(path, manifest, arrays):
    with open(path, "wb") as file:
        np.savez(file, manifest=np.array(manifest), **{f"array_{i}": array for i, array in enumerate(arrays)})
        file.flush()
        os.fsync(file.fileno())


def _read(path):
    """The manifest and the arrays of a file, or the reason why it cannot be read."""
    previous = _previous(path)
    hint = f"; the run saved before it is in {previous.name}" if previous.exists() else ""
    with open(path, "rb") as stream:
        try:
            manifest, arrays = _parse(stream)
        except Exception as error:  # a damaged file can make zipfile raise almost anything
            raise UnreadableRun(
                f"{path.name} is truncated, damaged or no saved run ({error}){hint}"
            ) from error
    if manifest.get("format") != FORMAT:
        raise UnreadableRun(f"{path.name} is a NumPy file, but not one that save_run wrote{hint}")
    if manifest["version"] != VERSION:
        raise UnreadableRun(
            f"{path.name} has format {manifest['version']} and this version of tutorial_lib reads {VERSION}: "
            f"load it with the version that saved it{hint}"
        )
    return manifest, arrays


def _parse(stream):
    with zipfile.ZipFile(stream) as file:
        if damaged := file.testzip():
            raise zipfile.BadZipFile(f"{damaged} fails its checksum")
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as file:
        manifest = json.loads(str(file["manifest"])) if "manifest" in file else {}
        count = len(file.files) - 1
        return manifest, [file[f"array_{i}"] for i in range(count)] if manifest.get(
            "format"
        ) == FORMAT else []


def _previous(path):
    return path.with_name(path.name + ".previous")


def _sync_folder(folder):
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
