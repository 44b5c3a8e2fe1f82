"""Cells broken on purpose: the command that `make test` runs must turn red for each."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from execute import execute
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def run(tmp_path):
    """Runs one notebook of the given cells as `make test` does, with a short time limit."""
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    two, options = (
        re.search(rf"^{name} := (.+)$", makefile, re.MULTILINE)[1].split() for name in ("two", "nbval")
    )
    assert re.search(r"-m pytest \$\(two\) \$\(nbval\) tests \$\(wildcard notebooks/\*\.ipynb\) ", makefile)
    assert any(option.startswith("--nbval-cell-timeout=") for option in options)

    def run(*sources, side_by_side=False):
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
        nbformat.write(notebook, tmp_path / "notebooks" / "planted.ipynb")
        command = [sys.executable, "-m", "pytest", *options, "--nbval-cell-timeout=3", "notebooks"]
        command += two if side_by_side else []
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


@pytest.mark.slow
def test_a_kernel_that_a_test_starts_is_like_a_users(tmp_path):
    """At pytest's mark in its environment ipykernel would not show what is written to descriptor 2."""
    assert "PYTEST_CURRENT_TEST" in os.environ
    notebook = new_notebook(
        cells=[new_code_cell("import os\nassert 'PYTEST_CURRENT_TEST' not in os.environ")]
    )
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    nbformat.write(notebook, tmp_path / "planted.ipynb")
    execute(tmp_path / "planted.ipynb", timeout=60)
    command = [sys.executable, ROOT / "tools" / "execute.py", tmp_path / "planted.ipynb"]
    subprocess.run(command, check=True, timeout=120)


@pytest.mark.slow
def test_good_cells_pass(run):
    result = run("x = 1", "print(x)", "import time\ntime.sleep(1)")
    assert result.returncode == 0, result.stdout
    assert "3 passed" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("assert 1 == 2", "AssertionError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("%unknown_magic", "unknown_magic"),
        ("%%unknown_magic\nassert 1 == 2", "unknown_magic"),
        ("%unknown_magic\nassert 1 == 2", "unknown_magic"),
        ("import warnings\nwarnings.warn('watch out')", "watch out"),
        ("import sys\nprint('watch out', file=sys.stderr)", "wrote to stderr: watch out"),
        ("import os\nwritten = os.write(2, b'watch out')", "wrote to stderr: watch out"),
        ("import subprocess\ndone = subprocess.run('echo oh >&2', shell=True)", "wrote to stderr: oh"),
        ("import time\ntime.sleep(60)", "time"),
        ("!sleep 60", "time"),
        ("import urllib.request\nurllib.request.urlopen('http://example.com')", "refused"),
        ("import os\nos._exit(0)", "dead|Kernel|Timeout"),
    ],
)
def test_a_broken_cell_is_red(run, source, reason):
    result = run("x = 1", source)
    assert result.returncode == 1, result.stdout
    assert re.search(r"1 failed, 1 passed", result.stdout)
    assert re.search(reason, result.stdout)


@pytest.mark.slow
def test_a_broken_cell_is_red_also_where_two_files_run_at_a_time(run):
    result = run("import sys\nprint('watch out', file=sys.stderr)", side_by_side=True)
    assert result.returncode == 1, result.stdout
    assert "wrote to stderr: watch out" in result.stdout
