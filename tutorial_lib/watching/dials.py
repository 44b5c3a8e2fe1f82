"""A dial: a figure that is drawn anew while a reader turns a slider."""

import io

import ipywidgets
import matplotlib.pyplot as plt


def dial(draw, slider):
    """A slider above a figure that is drawn anew for each of its values.

    Without a kernel a page shows no widgets: `show` the figure at the slider's first value before it.

    Args:
      draw: value -> figure, in a fraction of a second.
      slider: an ipywidgets slider; its value is handed to `draw`.

    Returns:
      A widget, to be the last expression of a cell.

    Raises:
      TypeError: draw returns no figure.
    """
    picture = ipywidgets.Image(format="png")

    def turn(change=None):
        figure = draw(slider.value)
        if not isinstance(figure, plt.Figure):
            raise TypeError(f"draw must return a figure for the value {slider.value}, got {figure!r}")
        with io.BytesIO() as file:
            figure.savefig(file, format="png", dpi=90, bbox_inches="tight")
            picture.value = file.getvalue()
        plt.close(figure)

    slider.observe(turn, "value")
    turn()
    return ipywidgets.VBox([slider, picture])
