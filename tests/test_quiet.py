"""TensorFlow's start-up lines stay off the page; whatever else is written to file descriptor 2 does not."""

import os
import platform
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tutorial_lib.quiet import quiet_startup, with_flags

ROOT = Path(__file__).parent.parent
CUINIT = (
    b"E0000 00:00:1795484284.620524    7923 cuda_platform.cc:52] failed call to cuInit: INTERNAL: "
    b"CUDA error: Failed call to cuInit: "
)
CHATTER = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795484282.545634    7923 port.cc:153] oneDNN custom operations are on. You may see\n",
    b"I0000 00:00:1795484282.545933    7923 cudart_stub.cc:31] Could not find cuda drivers, GPU not used.\n",
    b"I0000 00:00:1795484282.604029    7923 cpu_feature_guard.cc:227] This TensorFlow binary is optimized.\n",
    b"To enable the following instructions: AVX512_VNNI AMX_TILE, in other operations, rebuild TensorFlow.\n",
    b"I1124 01:38:02.604029    7923 some_processor_of_tomorrow.cc:1] never seen before\n",
    b"2026-11-24 01:38:02.604029: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.\n",
    b"2026-11-24 01:38:02.604029: I external/local_xla/xla/service/service.cc:168] XLA service 0x5597a5c2\n",
    b"INFO:tensorflow:Using MirroredStrategy with devices\n",
    CUINIT + b"UNKNOWN ERROR (303)\n",
    CUINIT + b"CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected\n",
]
REAL = [
    b"W0000 00:00:1795484282.545634    7923 gpu_device.cc:2431] not built with kernels for this GPU\n",
    b"Skipping registering GPU devices...\n",
    CUINIT + b"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: system has unsupported display driver\n",
    b"E0000 00:00:1795484284.620524    7923 cudart_stub.cc:31] Could not load the CUDA runtime\n",
    b"F0000 00:00:1795484284.620524    7923 cpu_feature_guard.cc:97] compiled to use AVX512, unavailable\n",
    b"2026-11-24 01:38:02.604029: W tensorflow/core/util/port.cc:153] oneDNN custom operations are on, but\n",
    b"2026-11-24 01:38:02.604029: E tensorflow/core/util/port.cc:153] oneDNN custom operations are on, but\n",
    b"WARNING:tensorflow:5 out of the last 5 calls triggered retracing\n",
    b"W0000 00:00:1795484282.545634    7923 a.cc:1] I0000 00:00:1.5 is quoted here\n",
    b"I was here: a line of another program\n",
    b"/lib/python3.12/site.py:3: UserWarning: look out\n",
    b"\n",
]


@pytest.mark.parametrize("line", CHATTER)
def test_informational_lines_are_dropped_whatever_they_say(capfd, line):
    with quiet_startup():
        os.write(2, line)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("line", REAL)
def test_warnings_and_errors_are_kept_even_after_an_informational_line(capfd, line):
    with quiet_startup():
        os.write(2, CHATTER[1] + line)
    assert capfd.readouterr().err == line.decode()


def test_what_is_kept_stays_in_order(capfd):
    with quiet_startup():
        for line in CHATTER:
            os.write(2, line)
            os.write(2, b"before %d\n" % len(line))
        os.write(2, b"no end of line")
    os.write(2, b" afterwards")
    expected = "".join(f"before {len(line)}\n" for line in CHATTER)
    assert capfd.readouterr().err == expected + "no end of line afterwards"


def test_if_the_body_fails_every_line_is_shown(capfd):
    def broken():
        with quiet_startup():
            for line in CHATTER:
                os.write(2, line)
            raise ImportError("broken")

    with pytest.raises(ImportError, match="broken"):
        broken()
    assert capfd.readouterr().err == b"".join(CHATTER).decode()


def test_a_python_warning_inside_is_kept(capfd):
    with quiet_startup():
        subprocess.run([sys.executable, "-c", "import warnings; warnings.warn('look out')"], check=True)
    assert "UserWarning: look out" in capfd.readouterr().err


# --- the real import, of a TensorFlow that only pretends


def python(code, folder=None, **environment):
    """Runs code in a fresh process -> (exit status, stdout, stderr)."""
    path = os.pathsep.join([str(folder), str(ROOT)] if folder else [str(ROOT)])
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TF_", "XLA_"))
    } | environment
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    return result.returncode, result.stdout, result.stderr


@pytest.fixture
def pretended(tmp_path):
    """A package called tensorflow that chatters, says something real, and then may fail."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(
        textwrap.dedent(f"""
            import os
            for line in {CHATTER!r}:
                os.write(2, line)
            os.write(2, b"a real message\\n")
            if "FAIL" in os.environ:
                raise ImportError("libdevice is missing")

            class config:
                list_physical_devices = staticmethod(lambda kind: os.write(2, {CHATTER[-1]!r}) and [])
        """)
    )
    return tmp_path


@pytest.mark.slow
def test_a_real_message_during_the_import_still_shows(pretended):
    status, _, err = python("import tutorial_lib", pretended)
    assert (status, err) == (0, "a real message\n")


@pytest.mark.slow
def test_a_failing_import_tells_everything(pretended):
    status, _, err = python("import tutorial_lib", pretended, FAIL="1")
    assert status == 1
    assert err.startswith(b"".join(CHATTER).decode() + "a real message\n")
    assert err.endswith("ImportError: libdevice is missing\n")


OURS = "--xla_cpu_multi_thread_eigen=false"
if platform.machine() in ("x86_64", "AMD64"):
    OURS += " --xla_cpu_max_isa=AVX2"
DEFAULTS = {"TF_CPP_MIN_LOG_LEVEL": "1", "TF_NUM_INTRAOP_THREADS": "1", "XLA_FLAGS": OURS}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "--threads=1 --isa=old"),
        ("--dump=x", "--threads=1 --isa=old --dump=x"),
        ("--isa=new", "--threads=1 --isa=old --isa=new"),  # the last one holds
        ("--threads=1 --isa=old", "--threads=1 --isa=old"),  # inherited
        ("--dump='a  b' --isa=old", "--threads=1 --dump='a  b' --isa=old"),
        ("flags.txt", "flags.txt"),
    ],
)
def test_our_flags_are_added_to_those_that_were_given(given, expected):
    assert with_flags(given, ["--threads=1", "--isa=old"]) == expected


@pytest.mark.slow
def test_a_choice_made_by_the_caller_stays(pretended):
    code = f"import tutorial_lib, os; print(*(os.environ[name] for name in {list(DEFAULTS)}), sep='|')"
    choice = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "2", "XLA_FLAGS": "--xla_dump_to=x"}
    assert python(code, pretended, **choice)[1] == f"3|2|{OURS} --xla_dump_to=x\n"
    assert python(code, pretended)[1] == "|".join(DEFAULTS.values()) + "\n"


# --- and of the real one


START = """
    import tutorial_lib
    from tutorial_lib import animate, greedy, mlp, record
    import tensorflow as tf
    tf.zeros([2]) + 1
    tf.function(lambda x: tf.reduce_sum(tf.matmul(x, x)), jit_compile=True)(tf.zeros([20, 20]))
    animate(record(greedy(mlp(4, [8], 2)), "CartPole-v1", max_steps=2))
    import os
    os.write(2, b"the end")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [{}, {"TF_ENABLE_ONEDNN_OPTS": "0"}, {"TF_ENABLE_ONEDNN_OPTS": "1"}, {"CUDA_VISIBLE_DEVICES": "-1"}],
    ids=str,
)
def test_import_first_operation_first_xla_compile_and_first_frame_are_quiet(environment):
    assert python(START, **environment) == (0, "", "the end")


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these are flags for x86")
def test_of_a_flag_named_twice_xla_takes_the_last():
    code = """
        import tutorial_lib
        import tensorflow as tf
        x = tf.reshape(tf.cos(tf.range(10_000, dtype=tf.float32)), [100, 100])
        print(tf.function(lambda x: tf.linalg.qr(x)[0], jit_compile=True)(x).numpy().tobytes().hex())
    """
    results = [python(code, XLA_FLAGS=flags)[1] for flags in ("", "--xla_cpu_max_isa=SSE4_2")]
    assert all(results)
    assert results[0] != results[1]
