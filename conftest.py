"""Runs with every test and every notebook: offline, and stricter than nbval about what a good cell is."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from execute import OFFLINE

os.environ.update(OFFLINE)
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # the tests' own calls of make are not part of `make test`
    os.environ.pop(name, None)
# What a program of this environment calls by name, as nbgrader does, is this environment's own.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fails a notebook's cell that wrote to stderr, as for an unknown magic, or had to be interrupted."""
    result = yield
    if type(item).__name__ == "IPyNbCell":
        if item.parent.timed_out:
            pytest.fail("the cell reached the time limit")
        for output in item.test_outputs or []:
            if output.get("name") == "stderr":
                pytest.fail(f"the cell wrote to stderr: {output['text']}")
    return result
