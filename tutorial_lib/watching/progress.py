"""A progress bar that leaves a line of text where it was."""

from IPython.display import display
from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook


class Progress:
    """A progress bar in a notebook or a terminal, which leaves one plain line when it is closed.

    Args:
      total: how many units there are, such as environment steps.
      label: what is going on.
      unit: of the count.

    Raises:
      ValueError: total < 1.
    """

    def __init__(self, total, label="", unit="step"):
        if total < 1:
            raise ValueError(f"total must be at least 1 {unit}, got {total}")
        in_notebook = issubclass(tqdm, tqdm_notebook)
        options = {"display": False} if in_notebook else {}  # displayed below, so that `close` can replace it
        self.bar = tqdm(
            total=total, desc=label, unit=f" {unit}s", unit_scale=True, mininterval=0.2, **options
        )
        self.handle = display(self.bar.container, display_id=True) if in_notebook else None

    def update(self, count, **numbers):
        """Moves on by `count`, and shows `numbers`, such as episode_return=120.0, beside the bar."""
        if numbers:
            self.bar.set_postfix({k: f"{v:.4g}" for k, v in numbers.items()}, refresh=False)
        self.bar.update(min(count, self.bar.total - self.bar.n))  # a last batch may reach past the end

    def close(self):
        """Ends the bar where it stands."""
        line = str(self.bar)
        self.bar.close()
        if self.handle:
            self.handle.update(Line(line))
            self.handle = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class Line:
    """One line of text in place of a widget, for pages without widgets."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text
