"""Programs are kept between processes; whatever happens to them costs a compilation and nothing else."""

import os
import platform
import shutil
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from pathlib import Path

import pytest
from test_xla_program import ENTRY

from tutorial_lib import xla_cache

ROOT = Path(__file__).parent.parent
FLAGS = "--xla_cpu_max_isa=AVX2"
NAME = "tutorial_lib__1__2__XLA_CPU_JIT.pb"


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    """An empty folder of which the cache is to be made, under a disk with room."""
    for name in ("TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XLA_FLAGS", FLAGS)
    monkeypatch.setenv("TUTORIAL_LIB_XLA_CACHE", str(tmp_path / "chosen"))
    return tmp_path / "chosen"


@pytest.fixture
def kept(chosen):
    """The folder of what is kept, with one program, which TensorFlow wrote in a process that has ended."""
    folder = xla_cache.begin()
    (folder / NAME).write_bytes(ENTRY)
    xla_cache.end(folder)
    assert [path.name for path in folder.parent.iterdir()] == [NAME]
    return folder.parent


def found():
    """What a process that begins now would find in its folder."""
    folder = xla_cache.begin()
    return sorted(path.name for path in folder.iterdir())


# --- where it is, and whether there is one


def test_the_flags_hold_during_the_import_only(chosen, monkeypatch):
    registered = []
    monkeypatch.setattr(xla_cache.atexit, "register", lambda *call: registered.append(call))
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")
    with xla_cache.kept_programs():
        first, *ours = os.environ["TF_XLA_FLAGS"].split(" ")
        (end, folder), *_ = registered
    assert os.environ["TF_XLA_FLAGS"] == first == "--tf_xla_auto_jit=2"
    assert ours == [
        f"--tf_xla_persistent_cache_directory='{folder}'",
        "--tf_xla_persistent_cache_device_types=CPU",
        "--tf_xla_persistent_cache_prefix=tutorial_lib",
        "--tf_xla_disable_strict_signature_checks=true",
    ]
    assert end is xla_cache.end
    assert folder.parent.parent == chosen / "tutorial_lib" / "xla"
    monkeypatch.delenv("TF_XLA_FLAGS")
    with pytest.raises(ImportError), xla_cache.kept_programs():
        raise ImportError
    assert "TF_XLA_FLAGS" not in os.environ


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUTORIAL_LIB_XLA_CACHE", "off"),
        ("TUTORIAL_LIB_XLA_CACHE", "0"),
        ("TUTORIAL_LIB_XLA_CACHE", "it's"),
        ("TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory=mine"),
        ("TF_XLA_FLAGS", "flags.txt"),
        ("XLA_FLAGS", ""),
        ("XLA_FLAGS", "flags.txt"),
        ("XLA_FLAGS", "--xla_cpu_max_isa=AVX2 --xla_cpu_max_isa=AVX512"),
    ],
)
def test_no_cache(chosen, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with xla_cache.kept_programs():
        assert dict(os.environ) == before
    assert not chosen.exists()


@pytest.mark.parametrize(
    ("system", "environment", "expected"),
    [
        ("linux", {}, "home/.cache"),
        ("linux", {"XDG_CACHE_HOME": "{}/elsewhere"}, "elsewhere"),
        ("darwin", {}, "home/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "{}/local"}, "local"),
        ("win32", {}, "home/AppData/Local"),
    ],
)
def test_each_system_has_its_place(chosen, tmp_path, monkeypatch, system, environment, expected):
    for name in ("TUTORIAL_LIB_XLA_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    monkeypatch.setattr(xla_cache.sys, "platform", system)
    monkeypatch.setattr(xla_cache.Path, "home", lambda: tmp_path / "home")
    (tmp_path / expected).parent.mkdir(parents=True, exist_ok=True)
    assert xla_cache.chosen_folder() == tmp_path / expected / "tutorial_lib" / "xla"


@pytest.mark.parametrize("place", ["missing home/.cache", "."])
def test_a_home_that_is_not_there_is_not_made(chosen, tmp_path, monkeypatch, place):
    monkeypatch.delenv("TUTORIAL_LIB_XLA_CACHE")
    monkeypatch.chdir(tmp_path)
    relative = place == "."  # as in XDG_CACHE_HOME=., which counts for nothing
    monkeypatch.setattr(xla_cache, "users_caches", lambda: Path(place) if relative else tmp_path / place)
    assert xla_cache.begin() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_only_the_user_may_put_programs_there(chosen, monkeypatch):
    folder = xla_cache.begin()
    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent, folder.parent.parent)] == [
        0o700
    ] * 3
    folder.parent.chmod(0o720)
    assert xla_cache.begin() is None
    folder.parent.chmod(0o700)
    monkeypatch.setattr(xla_cache.os, "getuid", lambda: folder.stat().st_uid + 1)
    assert xla_cache.begin() is None


@pytest.mark.parametrize(("free", "usable"), [(2**30, True), (2**30 - 1, False)])
def test_a_full_disk_is_left_alone(chosen, monkeypatch, free, usable):
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(xla_cache.shutil, "disk_usage", lambda folder: Usage(2**40, 2**40 - free, free))
    assert bool(xla_cache.begin()) == usable


@pytest.mark.parametrize(
    "name", ["XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS"]
)
def test_settings_have_their_own_programs(chosen, monkeypatch, name):
    monkeypatch.setenv(name, "--a")
    before = xla_cache.key()
    assert before == xla_cache.key()
    monkeypatch.setenv(name, "--b")
    assert xla_cache.key() != before


def test_processors_and_versions_have_their_own_programs(chosen, monkeypatch):
    keys = {xla_cache.key()}
    monkeypatch.setattr(xla_cache, "processor", lambda: "another")
    keys.add(xla_cache.key())
    Distribution = namedtuple("Distribution", "version locate_file")
    for version, place in (("2.20.0", "a"), ("2.21.0", "a"), ("2.21.0", "b")):
        distribution = Distribution(version, lambda name, place=place: place)
        monkeypatch.setattr(
            xla_cache.importlib.metadata, "distribution", lambda name, found=distribution: found
        )
        keys.add(xla_cache.key())
        assert xla_cache.key().startswith(f"{version}-")
    assert len(keys) == 5


# --- what becomes of a program


def test_what_a_process_wrote_the_next_one_finds_as_text(kept):
    assert found() == [NAME]
    first, text = (kept / NAME).read_bytes().split(b"\n", 1)
    assert first.startswith(b"# checksum ")
    assert text.startswith(b"key { signature_fingerprint: 300 ")


def test_what_a_process_is_writing_others_see_as_text_or_not_at_all(chosen):
    folder = xla_cache.begin()
    (folder / f"{NAME}vm-1-2.tmp").write_bytes(ENTRY[:9])
    assert found() == []
    (folder / NAME).write_bytes(ENTRY)
    assert found() == [NAME]
    assert (folder / NAME).read_bytes() == ENTRY
    shutil.rmtree(folder)  # its process was killed
    assert found() == [NAME]


def test_a_program_compiled_again_leaves_the_kept_one_alone(kept):
    before = (kept / NAME).read_bytes()
    folder = xla_cache.begin()
    (folder / "draft").write_bytes(ENTRY[:-1] + b"c")
    os.replace(folder / "draft", folder / NAME)  # as TensorFlow does
    xla_cache.end(folder)
    assert (kept / NAME).read_bytes() == before


@pytest.mark.parametrize("where", ["first byte", "checksum", "text", "last byte"])
def test_a_flipped_bit_is_noticed(kept, where):
    program = bytearray((kept / NAME).read_bytes())
    program[{"first byte": 0, "checksum": 15, "text": 60, "last byte": -1}[where]] ^= 0x10
    (kept / NAME).write_bytes(program)
    assert found() == []
    assert not (kept / NAME).exists()


@pytest.mark.parametrize("length", [0, 1, 20, 100])
def test_a_program_that_is_cut_off_is_removed(kept, length):
    (kept / NAME).write_bytes((kept / NAME).read_bytes()[:length])
    assert found() == []
    assert not (kept / NAME).exists()


@pytest.mark.parametrize("length", [0, 1, 20, len(ENTRY) - 1])
def test_what_was_cut_off_before_it_was_kept_is_not_kept(chosen, length):
    folder = xla_cache.begin()
    (folder / NAME).write_bytes(ENTRY[:length])
    xla_cache.end(folder)
    assert found() == []


def test_what_a_power_failure_may_have_spoilt_is_not_kept(chosen):
    folder = xla_cache.begin()
    (folder / NAME).write_bytes(ENTRY)
    before = time.time() - time.monotonic() - 5  # seconds before the machine was started
    os.utime(folder / NAME, (before, before))
    assert found() == []


def leave(folder, *, minutes):
    """What a process that was killed leaves behind: its folder, which nothing holds any more."""
    os.close(xla_cache.HELD.pop())
    before = time.time() - 60 * minutes
    os.utime(folder, (before, before))


def test_a_folder_left_behind_is_emptied_into_the_cache_and_removed(kept):
    used, left = xla_cache.begin(), xla_cache.begin()
    (left / NAME.replace("1", "7")).write_bytes(ENTRY)
    leave(left, minutes=2)
    hours_ago = time.time() - 2 * 3600
    os.utime(used, (hours_ago, hours_ago))  # a long run
    assert len(found()) == 2
    assert not left.exists()
    assert used.exists()


def test_a_folder_that_is_not_locked_yet_is_left_alone(kept):
    young = xla_cache.begin()
    leave(young, minutes=0)
    found()
    assert young.exists()


@pytest.mark.parametrize("without", ["Windows", "a disk without locks"])
def test_where_nothing_can_be_locked_a_folder_stays_for_an_hour(kept, monkeypatch, without):
    if without == "Windows":
        monkeypatch.setattr(xla_cache, "fcntl", None)
    else:

        def flock(folder, kind):
            raise OSError("no locks available")

        monkeypatch.setattr(xla_cache.fcntl, "flock", flock)
    folders = {minutes: xla_cache.begin() for minutes in (2, 59, 61)}
    for minutes, folder in folders.items():
        os.utime(folder, (time.time() - 60 * minutes,) * 2)
    found()
    assert [folder.exists() for folder in folders.values()] == [True, True, False]


def test_the_oldest_programs_make_room(kept, monkeypatch):
    size = (kept / NAME).stat().st_size
    monkeypatch.setattr(xla_cache, "LARGEST", 2 * size)
    elsewhere = kept.parent / "2.20.0-another"
    elsewhere.mkdir()
    now = time.time()
    for age, path in ((30, elsewhere / NAME), (20, kept / NAME), (10, kept / NAME.replace("1", "7"))):
        shutil.copy(kept / NAME, path) if path != kept / NAME else None
        os.utime(path, (now - age, now - age))
    mine = elsewhere / "saved_model.pb"
    mine.write_bytes(bytes(3 * size))
    assert len(found()) == 2
    assert not (elsewhere / NAME).exists()
    assert mine.exists()


# --- with TensorFlow

PROGRAM = """
    import os, resource, shutil, sys
    from pathlib import Path

    place, option = Path(os.environ["TUTORIAL_LIB_XLA_CACHE"]), sys.argv[1]
    if option == "full":  # no file may be larger, as over a quota
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    import tutorial_lib
    import tensorflow as tf
    if option == "removed":
        shutil.rmtree(place)

    @tf.function(jit_compile=True)
    def program(x):
        return tf.reduce_sum(tf.nn.softmax(tf.matmul(x, x)) * tf.linalg.qr(x)[0], axis=1)

    x = tf.reshape(tf.cos(tf.range(64.0)), [8, 8])
    print(program(x).numpy().tobytes().hex())
    programs = place.glob(f"tutorial_lib/xla/*/process_{os.getpid()}_*/*.pb")
    print(*sorted("read" if program.read_bytes().startswith(b"#") else "compiled" for program in programs))
    sys.stdout.flush()
    if option == "killed":
        os.kill(os.getpid(), 9)
"""


def with_tensorflow(test):
    """A test that takes seconds, and can be only where there is a cache."""
    elsewhere = platform.machine() != "x86_64" or sys.platform == "win32"
    return pytest.mark.slow(pytest.mark.skipif(elsewhere, reason="no cache, or no limits to set")(test))


def start(place, option="", **environment):
    """A process that compiles a program with a cache at that place, or reads it there."""
    ours = ("TF_", "XLA_", "XDG_")
    given = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), option],
        env=given | {"PYTHONPATH": str(ROOT), "TUTORIAL_LIB_XLA_CACHE": str(place)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process, status=0):
    """(the numbers, where the program came from) of a process that ends well and without a word on stderr."""
    out, err = process.communicate()
    assert (process.returncode, err) == (status, "")
    return out.splitlines()


@pytest.fixture(scope="module")
def right():
    """The numbers without a cache."""
    numbers, source = outcome(start("off"))
    assert source == ""
    return numbers


@pytest.fixture(scope="module")
def filled(tmp_path_factory, right):
    """A cache that holds the program."""
    place = tmp_path_factory.mktemp("filled") / "a place with spaces and ümlauts"
    assert outcome(start(place)) == [right, "compiled"]
    return place


@pytest.fixture
def place(filled, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(filled, tmp_path / "cache"))


def the_program(place):
    (path,) = place.glob("tutorial_lib/xla/*/tutorial_lib__*.pb")
    return path


@with_tensorflow
def test_a_kept_program_is_read_in_silence_and_gives_the_same_numbers(place, right):
    before = the_program(place).read_bytes()
    for _ in range(2):
        assert outcome(start(place)) == [right, "read"]
    assert the_program(place).read_bytes() == before
    assert list(the_program(place).parent.iterdir()) == [the_program(place)]


@with_tensorflow
@pytest.mark.parametrize("kind", ["cut off", "empty", "flipped"])
def test_a_damaged_program_is_compiled_anew(place, right, kind):
    program = the_program(place).read_bytes()
    middle = program.index(b"executable") + len(program) // 4  # in the machine code
    damaged = {
        "cut off": program[: len(program) // 2],
        "empty": b"",
        "flipped": program[:middle] + bytes([program[middle] ^ 0x10]) + program[middle + 1 :],
    }
    the_program(place).write_bytes(damaged[kind])
    assert outcome(start(place)) == [right, "compiled"]
    assert outcome(start(place)) == [right, "read"]


@with_tensorflow
def test_what_a_killed_process_compiled_is_kept(tmp_path, right):
    assert outcome(start(tmp_path, "killed"), status=-9) == [right, "compiled"]
    assert outcome(start(tmp_path)) == [right, "read"]


@with_tensorflow
def test_three_processes_at_once(tmp_path, right):
    for source in ("compiled", "read"):
        processes = [start(tmp_path) for _ in range(3)]
        assert [outcome(process) for process in processes] == [[right, source]] * 3


@with_tensorflow
def test_a_cache_that_is_removed_in_the_meantime(place, right):
    assert outcome(start(place, "removed")) == [right, "compiled"]


@with_tensorflow
def test_no_room(place, right):
    assert outcome(start(place, "full")) == [right, ""]


@with_tensorflow
@pytest.mark.parametrize("kind", ["no folder", "read-only", "the system's", "no home"])
def test_a_place_where_nothing_can_be_written(tmp_path, right, kind):
    places = {"no folder": tmp_path / "file", "read-only": tmp_path, "the system's": "/proc", "no home": ""}
    (tmp_path / "file").touch()
    if kind == "read-only":
        if os.getuid() == 0:
            pytest.skip("root may write everywhere")
        tmp_path.chmod(0o500)
    assert outcome(start(places[kind], HOME="/missing")) == [right, ""]


@with_tensorflow
def test_other_rounding_has_its_own_programs(place, right):
    numbers, source = outcome(start(place, XLA_FLAGS="--xla_cpu_max_isa=SSE4_2"))
    assert (numbers != right, source) == (True, "compiled")
    assert outcome(start(place)) == [right, "read"]
