"""What a learner sees: a notebook run in a real JupyterLab, in a real browser."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from execute import KERNEL, as_a_user
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason=f"no browser is installed: none of {', '.join(BROWSERS)}"),
]

CELLS = [
    """import numpy as np
from tutorial_lib import Progress, animate, record""",
    """def lean(observation):
    return (observation[:, 2] > 0).astype(np.int64)

film = record(lean, "CartPole-v1", seed=1)""",
    "animate(film)",
    """import time
with Progress(30, "working") as progress:
    for _ in range(30):
        time.sleep(0.05)
        progress.update(1)""",
    """import matplotlib.pyplot as plt
from tutorial_lib import show
figure, axes = plt.subplots()
axes.plot([1, 2])
show(figure, "A line that rises.")""",
]

RED_BOX = "[data-mime-type='application/vnd.jupyter.stderr']"  # tracebacks and warnings alike
VIDEOS = """() => [...document.querySelectorAll('.jp-OutputArea video')].map(video => ({
    ready: video.readyState, error: video.error && video.error.message, width: video.videoWidth,
    seconds: video.duration, at: video.currentTime, controls: video.controls}))"""
PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea img:not(video img)')].map(image => ({
    alt: image.alt, width: image.naturalWidth}))"""
PROMPTS = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.innerText)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A JupyterLab in an empty folder, with the settings that `make lab` gives it; its address and folder."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "notebooks"
    settings = home / "etc" / "labconfig"
    folder.mkdir()
    settings.mkdir(parents=True)
    for file in ("default_setting_overrides.json", "page_config.json"):
        shutil.copy(ROOT / "tools" / file, settings)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--ServerApp.ip=localhost" in makefile
    environment = as_a_user(os.environ) | {
        "HOME": str(home),
        "JUPYTER_CONFIG_PATH": str(settings.parent),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=localhost", f"--ServerApp.root_dir={folder}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield *wait_for_address(server, home / "log"), folder
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for_address(server, log, seconds=60):
    """The address that JupyterLab prints, and its token."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        found = re.search(r"(http://localhost:\d+)/lab\?token=(\w+)", log.read_text())
        if found:
            return found.groups()
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_notebook(address, browser):
    """Opens a notebook in JupyterLab; returns the page."""
    pages = []

    def open_notebook(notebook, name):
        url, token, folder = address
        nbformat.write(notebook, folder / name)
        page = browser.new_page(viewport={"width": 1400, "height": 2400})
        pages.append(page)
        page.goto(f"{url}/lab/workspaces/{Path(name).stem}/tree/{name}?token={token}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)
        return page

    yield open_notebook
    for page in pages:
        page.close()


def notebook_of(sources):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = KERNEL
    return notebook


def run_all(page, num_cells, seconds):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    wait_until_run(page, num_cells, seconds)


def wait_until_run(page, num_cells, seconds):
    """Waits until that many cells have their number, which JupyterLab gives them when they are through."""
    deadline = time.monotonic() + seconds
    while sum("]:" in prompt and prompt[1].isdigit() for prompt in page.evaluate(PROMPTS)) < num_cells:
        if time.monotonic() > deadline:
            page.screenshot(path=os.environ.get("SCREENSHOT"))
            footer = page.locator("#jp-main-statusbar").inner_text()
            pytest.fail(f"not through after {seconds} s: {page.evaluate(PROMPTS)}, {footer!r}")
        page.wait_for_timeout(200)


def show_everything(page):
    """Scrolls through the page, because JupyterLab renders a cell when it comes into view."""
    for cell in page.locator(".jp-Notebook .jp-Cell").all():
        cell.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)


def test_a_trained_episode_plays_inline(open_notebook):
    page = open_notebook(notebook_of(CELLS), "film.ipynb")
    run_all(page, len(CELLS), seconds=120)

    page.wait_for_function(
        "() => document.querySelector('.jp-OutputArea video')?.readyState == 4", timeout=20_000
    )
    (video,) = page.evaluate(VIDEOS)
    assert video["error"] is None
    assert video["controls"]
    assert video["width"] >= 600
    assert video["seconds"] > 0.5
    page.evaluate("() => document.querySelector('.jp-OutputArea video').play()")
    page.wait_for_function(
        "() => document.querySelector('.jp-OutputArea video').currentTime > 0.3", timeout=20_000
    )

    progress = page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    assert progress.count() == 1
    assert "working" in progress.inner_text()
    assert "100%" in progress.inner_text()
    assert page.evaluate(PICTURES)[0]["alt"] == "A line that rises."

    assert page.locator(RED_BOX).count() == 0
    assert page.locator(".Toastify__toast").all_inner_texts() == []
    assert page.locator(".jp-Dialog").count() == 0
    assert page.get_by_text("Create Assignment").count() == 0


def test_a_cell_that_fails_is_seen(open_notebook):
    """The signs that the other tests look for are the ones that JupyterLab gives."""
    cells = ["1 / 0", "import sys\nprint('oh', file=sys.stderr)", "import os\nwritten = os.write(2, b'oh')"]
    page = open_notebook(notebook_of(cells), "broken.ipynb")
    for i in range(len(cells)):
        page.locator(".jp-CodeCell .jp-InputArea-editor").nth(i).click()
        page.keyboard.press("Control+Enter")
        wait_until_run(page, i + 1, seconds=60)
        page.locator(".jp-CodeCell").nth(i).locator(RED_BOX).wait_for(timeout=20_000)
    assert page.locator(RED_BOX).count() == len(cells)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_committed_notebook_shows_its_films_and_figures(open_notebook, path):
    """As cloned, before anything is run: JupyterLab does not trust the file, and cleans its HTML."""
    page = open_notebook(nbformat.read(path, as_version=4), path.name)
    show_everything(page)
    assert page.locator(".jp-OutputArea-output").count() > 0
    videos, pictures = page.evaluate(VIDEOS), page.evaluate(PICTURES)
    assert videos
    assert [video for video in videos if video["ready"] < 4 or video["error"]] == []
    assert [picture for picture in pictures if not picture["width"] or not picture["alt"].strip()] == []
    assert page.locator(RED_BOX).count() == 0
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.locator(".MathJax_Error, mjx-merror").count() == 0
    assert page.locator(".Toastify__toast").all_inner_texts() == []
