"""The repository itself: one set of pins, a set-up to be trusted, nothing that should not be there."""

import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSTALLED_EXTRAS = ("classroom", "dev")


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def tracked_files():
    """Every file that git tracks, or all of them in an unpacked archive."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0")[:-1]
    hidden = {".venv", ".git"}
    return [ROOT / n for n in names if (ROOT / n).is_file()] or [
        path for path in ROOT.rglob("*") if path.is_file() and not hidden & set(path.parts)
    ]


# --- one set of pins


def test_constraints_are_exact_and_hold_no_addresses():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert not [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)]
    names = [canonicalize_name(line.split("==")[0]) for line in lines]
    assert len(set(names)) == len(names)
    assert names == sorted(names)


def test_every_dependency_is_pinned_within_its_range():
    wanted = list(PROJECT["dependencies"])
    for extra in INSTALLED_EXTRAS:
        wanted += PROJECT["optional-dependencies"][extra]
    pinned = {canonicalize_name(name): version for name, version in pins().items()}
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} has no pin in constraints.txt"
        assert requirement.specifier.contains(version), f"{requirement} excludes its pin {version}"


def test_what_runs_is_what_is_pinned():
    wrong = {}
    for name, version in pins().items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a dependency of another platform
        if installed != version:
            wrong[name] = (installed, version)
    assert not wrong


def test_benchmark_peers_are_exact_and_stay_out_of_the_course():
    extras = PROJECT["optional-dependencies"]
    assert set(extras) == {"gpu", "classroom", "scale", "bench", "dev"}
    assert extras["bench"] == ["stable-baselines3~=2.9.0", "torch==2.13.0", "jax==0.10.2", "ale-py==0.12.1"]
    assert not {"torch", "stable-baselines3", "ray"} & {name.lower() for name in pins()}


def test_the_conda_environment_reads_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *packages, pip = environment["dependencies"]
    assert pip == {"pip": ["-c constraints.txt", f"-e .[{','.join(INSTALLED_EXTRAS)}]"]}
    python = next(package for package in packages if package.startswith("python="))
    assert Requirement(f"x{PROJECT['requires-python']}").specifier.contains(python.removeprefix("python="))
    assert python.removeprefix("python=") in (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")
    assert f'-c constraints.txt -e ".[{",".join(INSTALLED_EXTRAS)}]"' in (ROOT / "README.md").read_text(
        "utf-8"
    )
    conda = {canonicalize_name(package.split("=")[0]) for package in packages}
    assert not conda & {canonicalize_name(name) for name in pins()}, "pinned twice"
    setup = (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")
    assert f'-c constraints.txt -e ".[{",".join(INSTALLED_EXTRAS)}]"' in " ".join(setup.split()).replace(
        "\\ ", ""
    )


# --- nothing that should not be there


def test_no_index_hosts_no_home_paths_no_loose_ends():
    forbidden = [
        "pypi" + r"\.org/simple",
        "--(extra-)?index" + "-url",
        "--find" + "-links",
        r"(?<![\w.])/(root|home|Users|work)" + r"/\w",
        r"\bTO" + r"DO\b",
        r"\bFIX" + r"ME\b",
    ]
    found = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue
        text = re.sub(r"base64,[A-Za-z0-9+/=\\n]+", "", data.decode("utf-8"))
        text = re.sub(r'"image/png": "[^"]+"', "", text)
        found += [(path.name, m.group()) for pattern in forbidden for m in re.finditer(pattern, text)]
    assert not found


def test_ruff():
    for command in (["check"], ["format", "--check"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache"], cwd=ROOT, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout


def test_continuous_integration_runs_the_readme_command():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_package_carries_its_data():
    """Weights and logs beside the code are installed with it, whatever their kind."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = patterns["tool"]["setuptools"]["package-data"]["*"]
    data = [path for path in tracked_files() if "tutorial_lib" in path.parts and path.suffix != ".py"]
    assert not [path.name for path in data if not any(path.match(pattern) for pattern in patterns)]
    folders = {path.parent for path in data}
    assert not [folder.name for folder in folders if not (folder / "__init__.py").is_file()]


# --- the set-up, with a Python that only pretends

FAKE = """#!/bin/sh
# Says what it was asked to do, and installs nothing.
echo "$*" >>"$CALLS"
case "$*" in
*version_info*) echo ${FAKE_VERSION:-3.12} ;;
*venv*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && touch .venv/half_made ;;
*"pip install"*)
    [ -z "$FAKE_SLEEP" ] || sleep "$FAKE_SLEEP"
    rm -f .venv/half_made
    echo "$FAKE_PIP"
    [ -z "$FAKE_PIP" ] ;;
*"-m pytest"*) echo "under $XLA_FLAGS" >>"$CALLS" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A copy of what `make setup` reads, in a folder with a space in its name."""
    folder = tmp_path / "my course"
    (folder / "tools").mkdir(parents=True)
    for file in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / file, folder)
    for file in (ROOT / "tools").iterdir():
        if file.is_file():
            shutil.copy(file, folder / "tools")
    (folder / "fake python").write_text(FAKE)
    (folder / "fake python").chmod(0o755)
    return folder


def setup(checkout, *arguments, python="fake python", **environment):
    """Runs `make setup`; returns the exit status, what was printed, and what Python was asked to do."""
    calls = checkout / "calls"
    calls.write_text("")
    environment = os.environ | {"CALLS": str(calls)} | environment
    chosen = [f"PYTHON={checkout / python}"] if python else []
    result = subprocess.run(
        ["make", "setup", *chosen, *arguments], cwd=checkout, env=environment, capture_output=True, text=True
    )
    return result.returncode, result.stdout + result.stderr, calls.read_text()


def test_setup_installs_once(checkout):
    status, printed, calls = setup(checkout)
    assert status == 0
    assert calls.count("pip install") == 1
    assert len(printed.splitlines()) == 1
    start = time.perf_counter()
    status, printed, calls = setup(checkout)
    assert (status, printed) == (0, "")
    assert "install" not in calls
    assert time.perf_counter() - start < 2


def test_setup_leaves_the_question_about_news_answered(checkout):
    setup(checkout)
    answers = checkout / ".venv" / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert '"fetchNews": "false"' in answers.read_text()


def test_new_pins_bring_the_environment_up_to_date(checkout):
    setup(checkout)
    (checkout / ".venv" / "kept").touch()
    with (checkout / "constraints.txt").open("a") as file:
        file.write("zzz==1.0\n")
    status, _, calls = setup(checkout)
    assert status == 0
    assert calls.count("pip install") == 1
    assert (checkout / ".venv" / "kept").exists()
    assert "install" not in setup(checkout)[2]


def test_a_moved_folder_gets_a_new_environment(checkout):
    setup(checkout)
    (checkout / ".venv" / "stale").touch()
    moved = checkout.rename(checkout.parent / "elsewhere")
    assert setup(moved)[2].count("pip install") == 1
    assert not (moved / ".venv" / "stale").exists()


def test_an_interrupted_install_is_not_trusted(checkout):
    environment = os.environ | {"CALLS": str(checkout / "calls"), "FAKE_SLEEP": "60"}
    process = subprocess.Popen(
        ["make", "setup", f"PYTHON={checkout / 'fake python'}"],
        cwd=checkout,
        env=environment,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    while not ((checkout / "calls").exists() and "pip install" in (checkout / "calls").read_text()):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (checkout / ".venv" / "half_made").exists()
    (checkout / ".venv" / "left over").touch()
    status, _, calls = setup(checkout)
    assert status == 0
    assert calls.count("pip install") == 1
    assert not (checkout / ".venv" / "left over").exists()


def test_a_broken_environment_is_made_again(checkout):
    setup(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert setup(checkout)[2].count("pip install") == 1


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        ("ERROR: No matching distribution (from versions: none)", "check the network and run make again"),
        ("NewConnectionError: Temporary failure in name resolution", "check the network and run make again"),
        ("OSError: [Errno 28] No space left on device", "make room"),
        ("ResolutionImpossible", "the reason is at the end of .venv.log"),
    ],
)
def test_a_failed_install_says_what_to_do_and_leaves_nothing(checkout, failure, advice):
    status, printed, _ = setup(checkout, FAKE_PIP=failure)
    assert status == 2
    announced, told = printed.splitlines()
    assert announced.startswith("Making .venv")
    assert advice in told
    assert ".venv.log" in told
    assert failure in (checkout / ".venv.log").read_text()
    assert not (checkout / ".venv").exists()
    assert setup(checkout)[0] == 0


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.10", "3.14"])
def test_an_unfit_python_gets_one_line(checkout, version):
    status, printed, calls = setup(checkout, FAKE_VERSION=version)
    assert status == 2
    assert len(printed.splitlines()) == 1
    assert f"is {version}" in printed
    assert "Python 3.11, 3.12 or 3.13 is needed" in printed
    assert "install one" in printed
    assert "venv" not in calls
    assert not (checkout / ".venv").exists()


def test_no_python_gets_one_line(checkout):
    status, printed, _ = setup(checkout, python="missing")
    assert status == 2
    assert len(printed.splitlines()) == 1
    assert "does not run: install one" in printed


def test_another_processor_is_played_to_all_that_learns(checkout):
    (checkout / "notebooks").mkdir()
    for name in ("01_environments", "02_policy_gradient", "11_scaling_up"):
        (checkout / "notebooks" / f"{name}.ipynb").touch()
    status, printed, calls = setup(checkout, "test-other-processor", XLA_FLAGS="--xla_cpu_max_isa=AVX512")
    assert status == 0, printed
    tests, first, notebooks, second = calls.splitlines()[-4:]
    assert tests.split() == ["-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", "learning", "tests"]
    assert notebooks.split()[-2:] == ["notebooks/02_policy_gradient.ipynb", "notebooks/11_scaling_up.ipynb"]
    assert "01_environments" not in notebooks
    assert first == second == "under --xla_cpu_max_isa=SSE4_2 --xla_cpu_multi_thread_eigen=false"


def test_asking_what_make_would_do_installs_nothing(checkout):
    status, _, calls = setup(checkout, "-n")
    assert (status, calls) == (0, "")


@pytest.mark.slow
def test_without_a_network_the_real_thing_gets_one_line(checkout):
    environment = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    shutil.copytree(ROOT / "tutorial_lib", checkout / "tutorial_lib")
    os.symlink(sys.executable, checkout / "python")
    status, printed, _ = setup(checkout, python="python", **environment)
    assert status == 2
    announced, told = printed.splitlines()
    assert announced.startswith("Making .venv")
    assert "check the network and run make again" in told
    assert not (checkout / ".venv").exists()
