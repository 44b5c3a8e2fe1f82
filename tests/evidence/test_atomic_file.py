"""A file that is replaced is there at every moment, whole, whoever else writes or is killed."""

import contextlib
import multiprocessing
import os
import shutil
import signal
import time

import pytest

from tutorial_lib.evidence import atomic_file
from tutorial_lib.evidence.atomic_file import previous_of, replace_file

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and locks")


def put(path, content):
    replace_file(path, lambda file: file.write(content))


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_the_file_before_is_kept(tmp_path):
    path = tmp_path / "run"
    put(path, b"one")
    assert names(tmp_path) == ["run"]
    put(path, b"two")
    put(path, b"three")
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"three", b"two")
    assert names(tmp_path) == ["run", "run.previous"]


@pytest.mark.parametrize("links", [True, False])
def test_neither_name_is_ever_missing_or_half_a_file(tmp_path, monkeypatch, links):
    path, moments = tmp_path / "run", []
    put(path, b"one")
    put(path, b"two")

    def watched(module, name):
        original = getattr(module, name)

        def look(*args, **kwargs):
            moments.append((name, path.read_bytes(), previous_of(path).read_bytes()))
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, look)

    for name in ("link", "replace", "open", "close", "fsync"):
        watched(os, name)
    watched(shutil, "copyfile")
    if not links:
        monkeypatch.setattr(os, "link", lambda *args: (_ for _ in ()).throw(PermissionError("no links")))
    put(path, b"three")
    seen = {(now, before) for _, now, before in moments}
    assert seen == {(b"two", b"one"), (b"two", b"two"), (b"three", b"two")}
    assert ("copyfile" in [name for name, *_ in moments]) == (not links)
    assert names(tmp_path) == ["run", "run.previous"]


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["write", "keep", "rename"])
def test_a_failure_changes_nothing_and_leaves_nothing(tmp_path, monkeypatch, failure, step):
    path = tmp_path / "run"
    put(path, b"one")

    def fail(*args):
        raise failure

    def write(file):
        file.write(b"two")
        if step == "write":
            fail()

    if step == "keep":
        monkeypatch.setattr(os, "link", fail)
        monkeypatch.setattr(shutil, "copyfile", fail)
    if step == "rename":
        replace = os.replace
        monkeypatch.setattr(os, "replace", lambda a, b: fail() if b == path else replace(a, b))
    with pytest.raises(type(failure)):
        replace_file(path, write)
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    assert set(names(tmp_path)) <= {"run", "run.previous"}


def test_after_a_writer_was_killed_between_the_two_renames_nothing_is_left_over(tmp_path):
    path = tmp_path / "run"
    put(path, b"one")
    os.link(path, previous_of(path))  # both names are one file then, and renaming it would do nothing
    put(path, b"two")
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"two", b"one")
    assert names(tmp_path) == ["run", "run.previous"]


@posix
def test_a_second_name_left_by_a_writer_killed_before_he_could_rename_it_goes_with_the_next_save(
    tmp_path, monkeypatch
):
    path = tmp_path / "run"
    put(path, b"one")

    def killed(*args):
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=put, args=(path, b"two"))
    monkeypatch.setattr(os, "replace", killed)
    process.start()
    process.join()
    monkeypatch.undo()
    assert [name[-4:] for name in names(tmp_path)] == [".old", "part", "run"]
    put(path, b"three")
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"three", b"one")
    assert names(tmp_path) == ["run", "run.previous"]


@posix
def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    left = ".run.0123456789abcdef.part"
    others = [".run2.0123456789abcdef.part", ".run.part", ".run.0123.part", "run.part", "run.previous.part"]
    for name in [left, *others]:
        (tmp_path / name).write_bytes(b"half")
    put(tmp_path / "run", b"one")
    assert names(tmp_path) == sorted([*others, "run"])


@posix
def test_what_another_writer_is_writing_stays(tmp_path):
    path = tmp_path / "run"

    def write(file):
        file.write(b"slow")
        put(path, b"fast")  # meanwhile
        assert path.read_bytes() == b"fast"

    replace_file(path, write)
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"slow", b"fast")
    assert names(tmp_path) == ["run", "run.previous"]


@posix
def test_a_file_taken_for_abandoned_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    path, original, removed = tmp_path / "run", atomic_file.fcntl.flock, []

    def late(handle, how):
        if not removed:
            (part,) = tmp_path.iterdir()
            part.unlink()
            removed.append(part.name)
        original(handle, how)

    def write(file):
        put(path, b"two")  # by another writer, who would remove a file that is not locked
        file.write(b"one")

    monkeypatch.setattr(atomic_file.fcntl, "flock", late)
    replace_file(path, write)
    assert removed
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"one", b"two")
    assert names(tmp_path) == ["run", "run.previous"]


@posix
def test_a_writer_who_begins_meanwhile_leaves_the_second_name_alone(tmp_path, monkeypatch):
    path, link = tmp_path / "run", os.link
    put(path, b"one")
    put(path, b"two")

    def fail(file):
        raise RuntimeError("the other writer stops after it has tidied up")

    def meanwhile(old, new):
        link(old, new)
        with pytest.raises(RuntimeError):
            replace_file(path, fail)

    monkeypatch.setattr(os, "link", meanwhile)
    put(path, b"three")
    assert (path.read_bytes(), previous_of(path).read_bytes()) == (b"three", b"two")


def test_without_locks_only_old_leftovers_go(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_file, "fcntl", None)
    old, new = (tmp_path / f".run.{digit * 16}.part" for digit in "01")
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, time.time() - 3601))
    put(tmp_path / "run", b"one")
    assert names(tmp_path) == [new.name, "run"]


def _write_for_ever(path):
    while True:
        for digit in b"0123456789":
            put(path, bytes([digit]) * 3_000_000)


def _whole(path):
    content = path.read_bytes()
    return len(content) == 3_000_000 == content.count(content[:1])


@pytest.mark.slow
@posix
@pytest.mark.filterwarnings("ignore")
def test_killed_writers_leave_whole_files_and_their_leftovers_go(tmp_path):
    path, leftovers = tmp_path / "run", 0
    put(path, b"0" * 3_000_000)
    put(path, b"1" * 3_000_000)
    for trial in range(30):
        process = multiprocessing.get_context("fork").Process(target=_write_for_ever, args=(path,))
        process.start()
        time.sleep(0.02 + 0.001 * trial)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert _whole(path)
        assert _whole(previous_of(path))
        leftovers += len(names(tmp_path)) - 2
        assert len(names(tmp_path)) <= 4, "a killed writer leaves its own files, not those of all before it"
    assert leftovers > 0, "no writer was killed while it wrote"
    put(path, b"1" * 3_000_000)
    assert names(tmp_path) == ["run", "run.previous"]


@pytest.mark.slow
@posix
@pytest.mark.filterwarnings("ignore")
def test_two_writers_and_a_reader(tmp_path):
    path, reads, seconds = tmp_path / "run", 0, float(os.environ.get("WRITERS_SECONDS", "2"))
    put(path, b"0" * 3_000_000)
    put(path, b"1" * 3_000_000)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_for_ever, args=(path,)) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for writer in writers:
            writer.start()
            stack.callback(writer.join)
            stack.callback(writer.kill)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert _whole(path)
            assert _whole(previous_of(path))
            reads += 1
        assert all(writer.is_alive() for writer in writers), "a writer has failed"
    assert reads > 10
    put(path, b"2" * 3_000_000)
    assert names(tmp_path) == ["run", "run.previous"]
