"""One run while it learns: its return over the band of finished runs, and its loss, redrawn in place."""

import time

import matplotlib.pyplot as plt
import numpy as np

from tutorial_lib.statistics import bootstrap_interval, iqm
from tutorial_lib.watching.plotting import PALETTE, common_grid, draw_target, redraw, smooth


class TrainingView:
    """The return and the loss of one run over environment steps, with the time that training took.

    It keeps what it has seen: leave its `with` block and enter it again, and the curve goes on.

    Args:
      title: of the figure.
      num_steps: right end of the axes.
      reference: {seed: (steps, returns)} of finished runs; drawn as the range of the seeds, from lowest to
        highest, and their interquartile mean, so that you see whether a run is normal.
      target: a return drawn as a dashed line.
      redraw_steps: environment steps between two redraws.
      window: episodes averaged for the return.

    Attributes:
      seconds: time spent inside the `with` blocks.
    """

    def __init__(self, title, *, num_steps, reference=None, target=None, redraw_steps=2_000, window=20):
        self.title, self.num_steps, self.target = title, num_steps, target
        self.reference, self.redraw_steps, self.window = reference, redraw_steps, window
        self.returns, self.losses = [], []  # (step, value)
        self.num_episodes, self.drawn, self.seconds = 0, 0, 0.0
        self.handle, self.entered = None, None

    def __enter__(self):
        self.handle, self.entered = None, time.monotonic()
        return self

    def __exit__(self, *error):
        self.seconds, self.entered = self.elapsed(), None
        if self.returns or self.losses:
            self._draw()

    def elapsed(self):
        """Seconds inside the `with` blocks so far."""
        running = 0.0 if self.entered is None else time.monotonic() - self.entered
        return self.seconds + running

    def add(self, step, episodes, loss):
        """Notes a moment of training and redraws when it is time.

        Args:
          step: environment steps so far.
          episodes: the collector's list of (step, return, length); new ones are taken from its end.
          loss: of the last updates; None if there is none.

        Raises:
          FloatingPointError: the loss is NaN or infinite.
        """
        if loss is not None:
            if not np.isfinite(loss):
                raise FloatingPointError(
                    f"the loss is {float(loss)} at step {step:,}: training has diverged. Restart it with a "
                    "lower learning rate, or look for a number that is not scaled"
                )
            self.losses.append((step, float(loss)))
        self.returns += [(end, value) for end, value, _ in episodes[self.num_episodes :]]
        self.num_episodes = len(episodes)
        self._redraw_if_due(step)

    def show(self, run, label):
        """Draws a run so far, with the mean loss of every round: what a loop calls while it trains."""
        self.returns = list(zip(run.episodes.step, run.episodes.episode_return, strict=True))
        losses = [float(np.mean(loss)) for loss in run.metrics.get("loss", [])]
        self.losses = list(zip(run.metrics["step"], losses, strict=True)) if losses else []
        self._redraw_if_due(run.num_steps)

    def _redraw_if_due(self, step):
        if not 0 <= step - self.drawn < self.redraw_steps:
            self._draw()
            self.drawn = step

    def _draw(self):
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
        figure.suptitle(f"{self.title}: {self.elapsed():.0f} s")
        if self.reference:
            self._draw_reference(left)
        if self.returns:
            left.plot(*self.curve(), color=PALETTE[1], linewidth=2, label="this run")
        draw_target(left, self.target)
        left.set(ylabel="episode return", title=f"mean of {self.window} episodes")
        if left.get_legend_handles_labels()[0]:
            left.legend(frameon=False, loc="upper left")
        if self.losses:
            right.plot(*zip(*self.losses, strict=True), color=PALETTE[0], linewidth=0.8)
        right.set(ylabel="loss", title="loss", yscale="log")
        for axes in (left, right):
            axes.set(xlabel="environment steps", xlim=(0, self.num_steps))
            axes.spines[["top", "right"]].set_visible(False)
        self.handle = redraw(self.handle, figure, self.alt())

    def _draw_reference(self, axes):
        grid, table = common_grid(list(self.reference.values()))
        low, high = bootstrap_interval(table, num_resamples=300)
        lowest, highest = table.min(axis=0), table.max(axis=0)
        axes.fill_between(grid, lowest, highest, color="0.9", linewidth=0, label="all seeds")
        axes.fill_between(grid, low, high, color=PALETTE[0], alpha=0.25, linewidth=0)
        label = f"IQM of {len(table)} seeds, 95 %"
        axes.plot(grid, iqm(table), color=PALETTE[0], linewidth=1.5, label=label)

    def curve(self):
        """(steps, means over the last `window` episodes)."""
        return smooth(*np.array(self.returns).T, self.window)

    def alt(self):
        """The figure in words."""
        seen = f"{self.title}: episode return and loss over environment steps; "
        if self.returns:
            seen += f"the mean of the last {self.window} episodes is {self.curve()[1][-1]:.4g}; "
        return seen + (f"the loss is {self.losses[-1][1]:.3g}" if self.losses else "there is no loss yet")
