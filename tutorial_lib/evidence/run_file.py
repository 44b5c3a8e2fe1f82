"""The file of a saved run: a zip of one JSON text and NumPy arrays, read as if a stranger had written it."""

import json
import math
import os
import zipfile

import numpy as np

from tutorial_lib.evidence.atomic_file import previous_of, replace_file
from tutorial_lib.evidence.plain_values import freeze, thaw

FORMAT = "tutorial_lib run"
VERSION = 2
MANIFEST = "manifest.json"
MAX_HEADER = 1024  # characters that describe one array; ours take 118


class UnreadableRun(ValueError):
    """The file is no saved run, or a damaged one."""


def write_run(path, parts):
    """Writes {name: plain value} to a file: whole, or not at all.

    Raises:
      TypeError: a part that is no plain value, named.
    """
    arrays = []
    frozen = {name: freeze(name, part, arrays) for name, part in parts.items()}
    manifest = json.dumps({"format": FORMAT, "version": VERSION, "parts": frozen})

    def write(file):
        with zipfile.ZipFile(file, "w") as archive:
            with archive.open(MANIFEST, "w", force_zip64=True) as member:
                member.write(manifest.encode())
            for i, array in enumerate(arrays):
                with archive.open(_member(i), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    replace_file(path, write)


def read_run(path):
    """The parts that `write_run` was given.

    Raises:
      UnreadableRun: truncated, corrupt, not a saved run, or saved by another version.
    """
    previous = previous_of(path)
    hint = f"; the run saved before it is in {previous.name}" if previous.exists() else ""
    with open(path, "rb") as stream:
        try:
            return _read(stream)
        except UnreadableRun as error:
            raise UnreadableRun(f"{path.name} {error}{hint}") from None
        except Exception as error:  # a damaged file can make zipfile raise almost anything
            reason = f"is truncated, damaged or no saved run ({error})"
            raise UnreadableRun(f"{path.name} {reason}{hint}") from error


def _read(stream):
    with zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        if MANIFEST not in names:
            old = "manifest.npy" in names
            raise UnreadableRun(
                _other_version(1) if old else "is a zip file, but not one that save_run wrote"
            )
        if names != [MANIFEST, *map(_member, range(len(names) - 1))]:
            raise ValueError("its members are not those of a run")
        _check_sizes(archive.infolist(), os.fstat(stream.fileno()).st_size)
        parts = _parts(json.loads(archive.read(MANIFEST), object_pairs_hook=_object))
        arrays = {i: _read_array(archive, name) for i, name in enumerate(names[1:])}
    parts = {name: thaw(part, arrays) for name, part in parts.items()}
    if arrays:
        raise ValueError(f"{len(arrays)} arrays belong to nothing")
    return parts


def _member(i):
    return f"array_{i}.npy"


def _check_sizes(members, num_bytes):
    """Refuses whatever would unfold to more than the file itself holds."""
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("a run is not compressed")
    if sum(member.file_size for member in members) > num_bytes:
        raise ValueError("its members are longer than the file")


def _object(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _parts(manifest):
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UnreadableRun("is a zip file, but not one that save_run wrote")
    if manifest["version"] != VERSION:
        raise UnreadableRun(_other_version(manifest["version"]))
    return manifest["parts"]


def _other_version(version):
    return (
        f"has format {version} and this version of tutorial_lib reads {VERSION}: "
        "load it with the version that saved it"
    )


def _read_array(archive, name):
    """One array, after a look at what its header promises; zipfile compares the checksum at its end."""
    with archive.open(name) as member:
        _check_header(member, archive.getinfo(name).file_size)
    with archive.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False, max_header_size=MAX_HEADER)


def _check_header(member, num_bytes):
    if np.lib.format.read_magic(member) != (1, 0):
        raise ValueError("an array is of another version of NumPy's format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(member, max_header_size=MAX_HEADER)
    if dtype.kind not in "biufSU":
        raise ValueError(f"an array holds {dtype}")
    count = math.prod(shape)
    if count > num_bytes or count * dtype.itemsize != num_bytes - member.tell():
        raise ValueError(f"an array of {num_bytes} bytes cannot have the shape {shape}")
