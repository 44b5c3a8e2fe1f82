"""The folder of a long run: its log, its last checkpoint, and nobody else at work in it."""

import contextlib
import json
import os
from pathlib import Path

from tutorial_lib.evidence.atomic_file import replace_file

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class RunFolder:
    """Locks a folder for one process until it is closed.

    Args:
      path: is made if it is not there.

    Attributes:
      checkpoint: the file of the last checkpoint; `<name>.previous` is the one before.
      log: the file of JSON lines, one for each moment of the run.

    Raises:
      RuntimeError: another process is at work there.
      NotADirectoryError: the path is a file.
    """

    def __init__(self, path):
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise NotADirectoryError(f"{str(path)!r} is a file: name a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        self.checkpoint, self.log = self.path / "checkpoint", self.path / "log.jsonl"
        self.lock = open(self.path / "lock", "w")
        if fcntl is not None:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.lock.close()
                raise RuntimeError(
                    f"another process is training in {str(path)!r}: wait for it, or name another folder"
                ) from None

    def lines(self):
        """The lines of the log, as dicts; one that was cut off when its writer was killed is left out."""
        lines = []
        if self.log.exists():
            for text in self.log.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(json.JSONDecodeError):
                    lines.append(json.loads(text))
        return lines

    def rewind(self, step):
        """Forgets the lines of the log that came after a step."""
        kept = [line for line in self.lines() if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in kept)
        replace_file(self.log, lambda file: file.write(text.encode()))
        return kept

    def add(self, line):
        """Appends a line to the log, on disk when this returns."""
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def num_bytes(self):
        """What all files of the folder take on disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def close(self):
        """Lets others in."""
        self.lock.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
