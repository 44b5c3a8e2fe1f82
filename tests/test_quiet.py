"""TensorFlow's start-up lines stay off the page; whatever else is written to file descriptor 2 does not."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tutorial_lib.quiet import quiet_startup

ROOT = Path(__file__).parent.parent
CHATTER = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"E0000 00:00:1.5 12 cudart_stub.cc:31] Could not find cuda drivers on your machine.\n",
    b"I0000 00:00:1.5 12 cpu_feature_guard.cc:227] This TensorFlow binary is optimized.\n",
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.\n",
    b"E0000 00:00:1.5 12 cuda_platform.cc:52] failed call to cuInit: INTERNAL: no error\n",
]


def test_known_lines_are_dropped_and_others_are_kept_in_order(capfd):
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
        name: value for name, value in os.environ.items() if not name.startswith("TF_")
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


def test_a_real_message_during_the_import_still_shows(pretended):
    status, _, err = python("import tutorial_lib", pretended)
    assert (status, err) == (0, "a real message\n")


def test_a_failing_import_tells_everything(pretended):
    status, _, err = python("import tutorial_lib", pretended, FAIL="1")
    assert status == 1
    assert err.startswith(b"".join(CHATTER).decode() + "a real message\n")
    assert err.endswith("ImportError: libdevice is missing\n")


DEFAULTS = {
    "TF_CPP_MIN_LOG_LEVEL": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def test_a_choice_made_by_the_caller_stays(pretended):
    code = f"import tutorial_lib, os; print(*(os.environ[name] for name in {list(DEFAULTS)}))"
    choice = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "2", "XLA_FLAGS": "--xla_dump_to=x"}
    assert python(code, pretended, **choice)[1] == "3 2 --xla_dump_to=x\n"
    assert python(code, pretended)[1].split() == list(DEFAULTS.values())


# --- and of the real one


@pytest.mark.slow
def test_import_first_operation_first_xla_compile_and_first_frame_are_quiet():
    status, out, err = python("""
        import tutorial_lib
        from tutorial_lib import animate, greedy, mlp, record
        import tensorflow as tf
        tf.zeros([2]) + 1
        tf.function(lambda x: tf.reduce_sum(tf.matmul(x, x)), jit_compile=True)(tf.zeros([20, 20]))
        animate(record(greedy(mlp(4, [8], 2)), "CartPole-v1", max_steps=2))
        import os
        os.write(2, b"the end")
    """)
    assert (status, err) == (0, "the end")
    assert out == ""
