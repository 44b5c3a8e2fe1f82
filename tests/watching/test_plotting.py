"""Learning curves, progress and figures: what is drawn, in which place, and in which words."""

import base64
import io
import os
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_hex
from nbclient import NotebookClient
from PIL import Image

from tutorial_lib import (
    PALETTE,
    LearningCurves,
    Progress,
    bootstrap_interval,
    iqm,
    learning_curves,
    show,
)
from tutorial_lib.watching import plotting

ROOT = Path(__file__).parent.parent.parent


class Page:
    """Stands for a notebook's page: counts what is displayed and what is replaced in place."""

    def __init__(self):
        self.shown, self.updated = [], []

    def display(self, thing, display_id=None):
        self.shown.append(thing)
        return self

    def update(self, thing):
        self.updated.append(thing)


@pytest.fixture
def page(monkeypatch):
    page = Page()
    monkeypatch.setattr(plotting, "display", page.display)
    return page


@pytest.fixture
def axes(monkeypatch, page):
    """The axes of every learning curve drawn, still open for a look."""
    drawn = []

    class Looked(plotting.Picture):
        def __init__(self, figure, alt):
            drawn.append(figure.axes[0])
            super().__init__(figure, alt)

    monkeypatch.setattr(plotting, "Picture", Looked)
    return drawn


def lines(axes, color):
    """(thin, thick) lines of one colour."""
    mine = [line for line in axes.lines if to_hex(line.get_color()).upper() == color]
    return [x for x in mine if x.get_linewidth() < 1], [x for x in mine if x.get_linewidth() > 1]


def text_of(picture):
    return picture._repr_mimebundle_()["text/html"]


STEPS = np.array([0, 100, 200])
RUNS = {
    "plain": {
        0: (STEPS, [0, 10, 20]),
        1: (STEPS, [10, 20, 30]),
        2: (STEPS, [20, 30, 40]),
        3: (STEPS, [0, 0, 999]),
    },
    "baseline": {0: (STEPS, [1, 2, 3])},
}


# --- learning_curves


def test_every_seed_is_thin_under_a_thick_iqm_in_its_interval(axes, page):
    learning_curves(RUNS, title="Both", target=475, num_steps=250, window=1)
    assert len(axes) == len(page.shown) == 1
    thin, thick = lines(axes[0], PALETTE[0])
    assert [line.get_ydata().tolist() for line in thin] == [
        [0, 10, 20],
        [10, 20, 30],
        [20, 30, 40],
        [0, 0, 999],
    ]
    (middle,) = thick
    ends = np.array([20, 30, 40, 999])
    assert middle.get_ydata()[[0, -1]] == pytest.approx([5, 35])
    assert middle.get_xdata()[[0, -1]].tolist() == [0, 200]
    band = axes[0].collections[0].get_paths()[0].vertices
    low, high = bootstrap_interval(ends, num_resamples=5_000)
    at_end = band[band[:, 0] == 200, 1]
    assert (at_end.min(), at_end.max()) == pytest.approx((low, high))
    thin, thick = lines(axes[0], PALETTE[1])
    assert [line.get_ydata().tolist() for line in thick] == [[1, 2, 3]]
    assert len(axes[0].collections) == 1, "a single seed has no interval"


def test_axes_legend_and_target_are_named(axes):
    learning_curves(RUNS, title="Both", target=475, num_steps=250, ylim=(-5, 510))
    (ax,) = axes
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (
        "Both",
        "environment steps",
        "episode return, mean of 20",
    )
    assert ax.get_xlim() == (0, 250)
    assert ax.get_ylim() == (-5, 510)
    (target,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert set(target.get_ydata()) == {475}
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["plain (4 seeds)", "baseline", "target 475"]


def test_the_picture_says_in_words_what_it_shows(page):
    learning_curves({'a "new" rule': RUNS["plain"]}, title="Both", window=1)
    (picture,) = page.shown
    words = 'Both: episode return over environment steps; a "new" rule ends at 35 (lowest of 4 seeds 20)'
    assert picture.alt == words
    assert 'alt="Both: episode return over environment steps; a &quot;new&quot; rule' in text_of(picture)
    png = text_of(picture).split("data:image/png;base64,")[1].split('"')[0]
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        assert image.width > 500


def test_returns_are_averaged_over_a_window(axes):
    learning_curves({"a": {0: (np.arange(5), [0, 4, 8, 12, 16])}}, window=2)
    assert lines(axes[0], PALETTE[0])[1][0].get_ydata().tolist() == [0, 2, 6, 10, 14]


def test_curves_with_steps_of_their_own_are_compared_where_all_have_values():
    curves = [(np.array([0, 100]), np.array([0, 100.0])), (np.array([50, 80, 200]), np.array([1, 1, 1.0]))]
    grid, table = plotting.common_grid(curves, num_points=3)
    assert grid.tolist() == [50, 75, 100]
    assert table.tolist() == [[50, 75, 100], [1, 1, 1]]


def test_a_label_that_is_expected_has_its_colour_though_another_finishes_first(axes, page):
    with LearningCurves("race", window=1, redraw_period=float("inf")) as curves:
        curves.expect(["a", "b", "never"])
        curves.add_run("b", 0, STEPS, [1, 2, 3])
        curves.add_run("a", 0, STEPS, [4, 5, 6])
    thick = {tuple(line.get_ydata()): line.get_color() for line in axes[0].lines if line.get_linewidth() > 1}
    assert thick == {(4, 5, 6): PALETTE[0], (1, 2, 3): PALETTE[1]}
    assert curves.alt().index("a ends") < curves.alt().index("b ends")
    assert "never" not in curves.alt()


def test_colours_tell_labels_apart_also_for_the_colour_blind(axes):
    assert len(set(PALETTE)) == len(PALETTE) == 7
    assert set(PALETTE) <= {
        "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
    }  # fmt: skip
    learning_curves({str(i): {0: (STEPS, STEPS)} for i in range(30)}, window=1)
    thick = [line for line in axes[0].lines if line.get_linewidth() > 1]
    assert [to_hex(line.get_color()).upper() for line in thick] == (PALETTE * 5)[:30]


@pytest.mark.parametrize("runs", [{}, {"a": {}}])
def test_no_runs(runs):
    with pytest.raises(ValueError, match="at least one run of every label"):
        learning_curves(runs)


@pytest.mark.parametrize(("steps", "values", "found"), [([1, 2], [1], "2 and 1"), ([], [], "0 and 0")])
def test_a_curve_of_unequal_lengths(steps, values, found):
    with pytest.raises(ValueError, match=f"as many steps as values, and some: got {found}"):
        LearningCurves("x").add_run("a", 0, steps, values)


# --- live


def test_the_figure_is_displayed_once_and_then_replaced_in_place(page, axes):
    with LearningCurves("live", redraw_period=0, window=1) as curves:
        for step in range(3):
            curves.add("a", 0, step, 10 * step)
    assert len(page.shown) == 1
    assert len(page.updated) == 3
    drawn = [lines(ax, PALETTE[0])[1][0].get_ydata().tolist() for ax in axes]
    assert drawn == [[0], [0, 10], [0, 10, 20], [0, 10, 20]]
    assert not plt.get_fignums(), "a figure was left open, and a notebook would show it again"


def test_entered_again_it_is_drawn_in_the_cell_that_does_so_with_all_its_curves(page, axes):
    curves = LearningCurves("live", redraw_period=1000)
    for label in ("a", "b"):
        with curves:
            curves.add_run(label, 0, [1, 2], [3, 4])
    assert len(page.shown) == 2
    assert [len(ax.get_legend().get_texts()) for ax in axes] == [1, 1, 2]


def test_redrawing_waits_for_its_period(page):
    curves = LearningCurves("live", redraw_period=1000)
    for step in range(50):
        curves.add("a", 0, step, 0)
    curves.drawn -= 1000
    curves.add("a", 0, 50, 0)
    assert len(page.shown) + len(page.updated) == 2
    curves.close()
    assert len(page.shown) + len(page.updated) == 3


@pytest.mark.parametrize("booted", [0.0, 1e6])
def test_the_first_point_is_drawn_however_long_the_machine_has_been_up(page, monkeypatch, booted):
    clock = []
    monkeypatch.setattr("tutorial_lib.watching.plotting.time.monotonic", lambda: clock[-1])
    curves = LearningCurves("live", redraw_period=10)
    pictures = []
    for seconds in (3, 12, 13):
        clock.append(booted + seconds)
        curves.add("a", 0, seconds, 0)
        pictures.append(len(page.shown) + len(page.updated))
    assert pictures == [1, 1, 2]


def test_an_error_while_training_still_leaves_the_last_figure(page):
    def interrupted(curves):
        with curves:
            curves.add_run("a", 0, [1, 2], [3, 4])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted(LearningCurves("live", redraw_period=float("inf")))
    assert len(page.shown) == 1
    with LearningCurves("nothing yet"):
        pass
    assert len(page.shown) == 1


# --- show and progress


def test_show_displays_a_figure_once_with_its_words_and_closes_it(page):
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    show(figure, "a line that <rises>")
    (picture,) = page.shown
    assert 'alt="a line that &lt;rises&gt;"' in text_of(picture)
    assert picture._repr_mimebundle_()["text/plain"] == "a line that <rises>"
    assert not plt.get_fignums()


def test_a_figure_without_words_is_refused():
    figure, _ = plt.subplots()
    with pytest.raises(ValueError, match="a figure needs alt text"):
        show(figure, "  ")
    plt.close(figure)


def test_progress_in_a_terminal(capsys):
    with Progress(1000, "training") as progress:
        progress.update(990, episode_return=123.456)
        progress.update(32)
    assert progress.bar.n == 1000
    line = str(progress.bar)
    assert "training: 100%" in line
    assert "episode_return=123" in line
    assert "1.00k/1.00k" in line


@pytest.mark.parametrize("total", [0, -1])
def test_progress_needs_something_to_do(total):
    with pytest.raises(ValueError, match=f"total must be at least 1 step, got {total}"):
        Progress(total)


@pytest.mark.slow
def test_a_notebook_keeps_one_line_and_one_figure():
    """In a real kernel: nothing on stderr, a widget replaced by text, a figure with its alt text."""
    cells = [
        textwrap.dedent("""
            import tutorial_lib
            from tutorial_lib import LearningCurves, Progress

            with Progress(100, "training") as progress:
                for _ in range(10):
                    progress.update(10, episode_return=42.0)
        """),
        textwrap.dedent("""
            with LearningCurves("A rule", target=475, redraw_period=0) as curves:
                for step in range(4):
                    curves.add("a", 0, step, step)
                    curves.add("a", 1, step, step)
        """),
        textwrap.dedent("""
            progress = Progress(100, "interrupted")
            try:
                progress.update(30)
                raise KeyboardInterrupt
            except KeyboardInterrupt:
                progress.close()
        """),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=False)
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
    line, figure, interrupted = (cell.outputs for cell in notebook.cells)
    assert [output.output_type for output in (*line, *figure, *interrupted)] == ["display_data"] * 3
    assert line[0].data.keys() == {"text/plain"}
    assert line[0].data["text/plain"].startswith("training: 100%")
    assert "episode_return=42" in line[0].data["text/plain"]
    assert interrupted[0].data["text/plain"].startswith("interrupted:  30%")
    assert figure[0].data.keys() == {"text/html", "text/plain"}
    assert 'alt="A rule: episode return over environment steps; a ends at' in figure[0].data["text/html"]
