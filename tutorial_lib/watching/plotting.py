"""Figures that redraw while an agent learns, drawn the same way in every notebook."""

import base64
import html
import io
import itertools
import math
import time

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import DisplayObject, display

from tutorial_lib.statistics import bootstrap_interval, iqm

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]  # Okabe & Ito, 2008


class Picture(DisplayObject):
    """A finished figure as a PNG with a text alternative for those who cannot see it."""

    def __init__(self, figure, alt):
        with io.BytesIO() as file:
            figure.savefig(file, format="png", dpi=90, bbox_inches="tight")
            self.png, self.alt = base64.b64encode(file.getvalue()).decode(), alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        alt = html.escape(self.alt, quote=True)  # JupyterLab shows a bare image/png without its alt text
        return {
            "text/html": f'<img alt="{alt}" src="data:image/png;base64,{self.png}">',
            "text/plain": self.alt,
        }


def show(figure, alt):
    """Displays a figure once, with its text alternative, and closes it.

    Args:
      figure: a matplotlib figure.
      alt: what the figure shows, in a sentence: read aloud by screen readers, shown where images are not.

    Raises:
      ValueError: no alt text.
    """
    if not alt.strip():
        raise ValueError("a figure needs alt text: one sentence that says what it shows")
    display(Picture(figure, alt))
    plt.close(figure)


def redraw(handle, figure, alt):
    """Shows a figure in the place of the one shown before; returns the handle for the next time."""
    picture = Picture(figure, alt)
    plt.close(figure)
    if not handle:
        return display(picture, display_id=True)
    handle.update(picture)
    return handle


def draw_target(axes, target):
    """A dashed line at the target, where there is one."""
    if target is not None:
        axes.axhline(target, color="0.4", linestyle="--", linewidth=1, label=f"target {target:g}")


class LearningCurves:
    """Episode returns over environment steps, redrawn in place while they come in.

    Every seed is a thin line; the thick one is the interquartile mean over seeds, in its 95 % bootstrap
    interval (Agarwal et al., 2021).

    Args:
      title, ylabel, xlabel: of the figure.
      target: a return drawn as a dashed line, such as 475.
      num_steps: right end of the axis; None fits the data.
      ylim: (lowest, highest) return that is shown; None fits the data.
      window: returns are averaged over so many episodes before they are drawn.
      redraw_period: seconds between two redraws; if infinite, the figure is drawn once, at the end.
    """

    def __init__(
        self, title, *, target=None, num_steps=None, ylabel="episode return",
        xlabel="environment steps", ylim=None, window=20, redraw_period=1.0,
    ):  # fmt: skip
        self.title, self.target, self.num_steps = title, target, num_steps
        self.ylabel, self.xlabel, self.ylim = ylabel, xlabel, ylim
        self.window, self.redraw_period = window, redraw_period
        self.runs = {}  # label -> seed -> (steps, values)
        self.labels = []  # in the order of their colours
        self.handle, self.drawn = None, None  # drawn: when, on the clock of this process

    def expect(self, labels):
        """Gives labels their colours in this order, whichever of them has a run first."""
        self.labels += [label for label in labels if label not in self.labels]

    def add(self, label, seed, step, value):
        """Adds one point of one seed's curve and redraws if it is time."""
        self.expect([label])
        steps, values = self.runs.setdefault(label, {}).setdefault(seed, ([], []))
        steps.append(step)
        values.append(value)
        self._redraw_if_due()

    def add_run(self, label, seed, steps, values):
        """Adds one seed's whole curve, or replaces it, and redraws if it is time.

        Raises:
          ValueError: steps and values differ in length, or there are none.
        """
        if len(steps) != len(values) or len(steps) == 0:
            raise ValueError(
                f"a curve needs as many steps as values, and some: got {len(steps)} and {len(values)}"
            )
        self.expect([label])
        self.runs.setdefault(label, {})[seed] = (list(steps), list(values))
        self._redraw_if_due()

    def show(self, run, label):
        """Draws the episodes of a run so far: what a loop calls while it trains."""
        if len(run.episodes.step):
            self.add_run(label, run.seed, run.episodes.step, run.episodes.episode_return)

    def _redraw_if_due(self):
        if math.isinf(self.redraw_period):
            return
        if self.drawn is not None and time.monotonic() - self.drawn < self.redraw_period:
            return
        self._draw(num_resamples=500)
        self.drawn = time.monotonic()

    def _draw(self, num_resamples):
        figure, axes = plt.subplots(figsize=(8, 4))
        for label, color in zip(self.labels, itertools.cycle(PALETTE), strict=False):
            if label in self.runs:
                self._draw_label(axes, label, self.runs[label], color, num_resamples)
        draw_target(axes, self.target)
        smoothing = f", mean of {self.window}" if self.window > 1 else ""
        axes.set(title=self.title, xlabel=self.xlabel, ylabel=self.ylabel + smoothing)
        axes.set_xlim(0, self.num_steps)
        axes.set_ylim(self.ylim)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))  # off the curves
        self.handle = redraw(self.handle, figure, self.alt())

    def _draw_label(self, axes, label, seeds, color, num_resamples):
        curves = [smooth(*curve, self.window) for curve in seeds.values()]
        for steps, values in curves:
            axes.plot(steps, values, color=color, linewidth=0.6, alpha=0.45)
        if len(curves) == 1:
            axes.plot(*curves[0], color=color, linewidth=2, label=label)
            return
        grid, table = common_grid(curves)
        low, high = bootstrap_interval(table, num_resamples=num_resamples)
        axes.fill_between(grid, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(grid, iqm(table), color=color, linewidth=2, label=f"{label} ({len(curves)} seeds)")

    def alt(self):
        """The figure in words: where each label's curves end."""
        parts = [f"{self.title}: {self.ylabel} over {self.xlabel}"]
        for label in filter(self.runs.get, self.labels):
            seeds = self.runs[label]
            last = [smooth(*curve, self.window)[1][-1] for curve in seeds.values()]
            parts.append(f"{label} ends at {iqm(last):.4g} (lowest of {len(last)} seeds {min(last):.4g})")
        return "; ".join(parts)

    def close(self):
        """Draws the final figure, with the full number of bootstrap resamples."""
        if self.runs:
            self._draw(num_resamples=5_000)

    def __enter__(self):
        self.handle = None  # entered again in another cell, the figure is drawn there
        return self

    def __exit__(self, *error):
        self.close()


def learning_curves(runs, *, title="Learning curves", **options):
    """Draws finished runs at once: {label: {seed: (steps, values)}}; options as for LearningCurves."""
    if not runs or not all(runs.values()):
        raise ValueError("learning_curves needs at least one run of every label")
    with LearningCurves(title, redraw_period=float("inf"), **options) as curves:
        for label, seeds in runs.items():
            for seed, (steps, values) in seeds.items():
                curves.add_run(label, seed, steps, values)
    return curves


def smooth(steps, values, window):
    """Means over the last `window` values (fewer at the start)."""
    total = np.cumsum(np.insert(np.asarray(values, float), 0, 0.0))
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - window, 0)
    return np.asarray(steps), (total[end] - total[start]) / (end - start)


def common_grid(curves, num_points=60):
    """Curves with their own steps -> (grid [P], table [seeds, P]) over the range that all of them cover."""
    left = max(steps[0] for steps, _ in curves)
    right = max(min(steps[-1] for steps, _ in curves), left)
    grid = np.linspace(left, right, num_points)
    return grid, np.array([np.interp(grid, steps, values) for steps, values in curves])
