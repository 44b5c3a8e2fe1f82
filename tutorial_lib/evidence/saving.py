"""Saving a run so that it goes on, bit for bit, as if it had never stopped."""

import os
import warnings
from pathlib import Path

from tutorial_lib.evidence.atomic_file import previous_of
from tutorial_lib.evidence.run_file import read_run, write_run
from tutorial_lib.evidence.run_parts import describe, fields, prepare


def save_run(path, **parts):
    """Writes everything a run consists of into one file: whole, or not at all.

    The file is written beside the old one, forced to disk and then given its name; the run saved before
    stays as `<name>.previous`. Both can be read at any moment, also while others save to the same path. Only
    numbers and texts are stored: loading a file never runs code from it. Where the path is a symbolic link,
    the file that it stands for is replaced.

    Args:
      path: the file; its folder must exist.
      parts: by name, any of:
        a keras.Model or optimizer, tf.Variable, tf.random.Generator, np.random.Generator;
        a ReplayBuffer: its filled rows;
        a Collector: with its environments and their wrappers, in the middle of an episode;
        an object with a method `saved_variables()`: the tf.Variables that hold its whole state;
        a list, tuple or dict of such objects;
        plain values: None, numbers, texts, arrays, and lists, tuples, dicts and deques of them, also the
        course's named tuples (Run, Transition, …). They come back as what they were, a tensor as an array;
        what could not, such as a named tuple of your own, is refused.

    Returns:
      The path.

    Raises:
      TypeError: a part of another kind, named; a collector with an environment or wrapper whose state is not
        made of numbers alone, named.
      ValueError: a model that has no weights yet.
      FileNotFoundError: the folder does not exist.
      IsADirectoryError, FileExistsError: the path is a folder, or a device.
    """
    file = _file(path)
    if not file.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(Path(path).parent)!r}: make it first")
    if file.exists() and not file.is_file():
        raise FileExistsError(f"{str(path)!r} is there, and is no file: choose another name")
    write_run(file, {name: describe(name, part) for name, part in parts.items()})
    return Path(path)


def load_run(path, **parts):
    """Puts a saved run back into the objects given, all of them or, if anything is wrong, none.

    Args:
      path: as given to `save_run`. If only the run saved before it is there, that one is loaded, with a
        warning.
      parts: the models, optimizers, replays, … to fill, by the names they were saved under, made with the
        same settings: the same shapes and types of numbers, environments, wrappers and time limits. Parts
        that were saved as plain values are not given: they are returned.

    Returns:
      A dict of the plain values.

    Raises:
      FileNotFoundError: nothing was saved there.
      IsADirectoryError: the path is a folder.
      UnreadableRun: truncated, corrupt, not a saved run, or saved by another version; says which, and names
        the run saved before it, if there is one.
      ValueError: a part is missing or does not fit, such as a network of another size.
      TypeError: a collector of environments that cannot be saved.
    """
    file = _existing(path)
    saved = read_run(file)
    for name, part in saved.items():
        fields(name, part, kind=str, value=None)
    if missing := sorted(set(parts) - set(saved)):
        raise ValueError(f"{file.name} holds no {', '.join(missing)}; it holds {', '.join(saved)}")
    values = {name: part["value"] for name, part in saved.items() if part["kind"] == "value"}
    if left := sorted(set(saved) - set(values) - set(parts)):
        raise ValueError(f"{file.name} also holds {', '.join(left)}: give each the object to load it into")
    for restore in [prepare(name, part, saved[name]) for name, part in parts.items()]:
        restore()  # only now: every part has been found to fit
    return values


def _file(path):
    """The file that a path stands for, through links; refuses a folder."""
    file = Path(os.path.realpath(path))
    if file.is_dir():
        raise IsADirectoryError(
            f"{str(path)!r} is a folder: name a file in it, such as {str(Path(path, 'run'))!r}"
        )
    return file


def _existing(path):
    file = _file(path)
    if file.is_file():
        return file
    previous = previous_of(file)
    if not previous.is_file():
        raise FileNotFoundError(f"no run was saved as {str(path)!r}")
    warnings.warn(f"{file.name} is missing: loading {previous.name}, the run saved before it", stacklevel=3)
    return previous
