"""Runs with every test and every notebook: offline, and stricter than nbval about what a good cell is."""

import os
import sys
from pathlib import Path
from queue import Empty

import pytest
from jupyter_client.provisioning import LocalProvisioner

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from execute import OFFLINE, as_a_user

os.environ.update(OFFLINE)
for name in (
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "ARGS",
):  # the tests' own calls of make are not part of `make test`
    os.environ.pop(name, None)
# What a program of this environment calls by name, as nbgrader does, is this environment's own.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

launch_kernel = LocalProvisioner.launch_kernel


async def launch_as_a_user(provisioner, command, env, **options):
    """Starts a kernel, nbval's or a test's own, as JupyterLab does for a user."""
    return await launch_kernel(provisioner, command, env=as_a_user(env), **options)


LocalProvisioner.launch_kernel = launch_as_a_user


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fails a notebook's cell that wrote to stderr, as for an unknown magic, or had to be interrupted."""
    result = yield
    if type(item).__name__ == "IPyNbCell":
        if item.parent.timed_out:
            pytest.fail("the cell reached the time limit")
        shown = [output["text"] for output in item.test_outputs or [] if output.get("name") == "stderr"]
        written = "".join(shown) + late_stderr(item.parent.kernel)
        if written:
            pytest.fail(f"the cell wrote to stderr: {written}")
    return result


def late_stderr(kernel, mark="\0the end\n"):
    """What a cell wrote to descriptor 2 and ipykernel read only after the cell: all before a mark."""
    if not sys.platform.startswith(("linux", "darwin")):
        return ""  # ipykernel does not read the descriptor there
    kernel.kc.execute(f"__import__('os').write(2, {mark.encode()!r})", silent=True)
    written = ""
    while mark not in written:
        try:
            message = kernel.get_message("iopub", timeout=30)
        except Empty:
            pytest.fail("the kernel does not show what is written to descriptor 2: what set it up so?")
        if message["msg_type"] == "stream" and message["content"]["name"] == "stderr":
            written += message["content"]["text"]
    return written.replace(mark, "")
