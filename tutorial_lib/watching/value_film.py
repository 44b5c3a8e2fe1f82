"""A film of an episode with what the agent expected drawn under it."""

import matplotlib.pyplot as plt
import numpy as np

from tutorial_lib.watching.plotting import PALETTE


def with_values(recording, values, labels, *, ylabel="value", height=190):
    """Draws one curve per column of `values` under every frame, with a line that moves along in time.

    Args:
      recording: of one episode, from `record`.
      values: [T, K], one row per frame; T may be one less, as nothing is decided at the last frame.
      labels: K names.
      height: of the drawing, in pixels.

    Returns:
      A Recording of taller frames.

    Raises:
      ValueError: not one row per frame, or not one label per column.
    """
    values, count = np.asarray(values, float), len(recording.frames)
    if values.ndim != 2 or len(values) not in (count - 1, count):
        raise ValueError(f"values need one row for each of the {count} frames, got the shape {values.shape}")
    if len(labels) != values.shape[1]:
        raise ValueError(f"{values.shape[1]} curves need as many labels, got {len(labels)}")
    drawing, columns = _drawing(values, labels, ylabel, recording.frames[0].shape[1], height)
    frames, columns = [], columns[np.minimum(np.arange(count), len(values) - 1)]
    for frame, x in zip(recording.frames, columns, strict=True):
        strip = drawing.copy()
        strip[:, x : x + 2] = strip[:, x : x + 2] // 2
        frames.append(np.concatenate([frame, strip]))
    return recording._replace(frames=frames)


def _drawing(values, labels, ylabel, width, height):
    """The curves as an image [height, width, 3], and the pixel column of every step."""
    figure, axes = plt.subplots(figsize=(width / 100, height / 100), dpi=100, layout="constrained")
    for column, label, color in zip(values.T, labels, PALETTE, strict=False):
        axes.plot(column, color=color, linewidth=1.2, label=label)
    axes.set(xlabel="step", ylabel=ylabel, xlim=(0, max(len(values) - 1, 1)))
    axes.legend(frameon=False, fontsize="small", ncols=len(labels), loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()
    steps = np.column_stack([np.arange(len(values)), np.full(len(values), np.nanmean(values))])
    columns = axes.transData.transform(steps)[:, 0].round().astype(int)
    plt.close(figure)
    return image, np.clip(columns, 0, image.shape[1] - 2)
