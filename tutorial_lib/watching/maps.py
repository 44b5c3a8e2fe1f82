"""Pictures of what an agent believes: tables over a grid, and values over a plane."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection

# One triangle of a cell per direction: corners around the middle, in cells, y downwards.
TRIANGLES = {
    "↑": [(-0.5, -0.5), (0.5, -0.5), (0, 0)],
    "→": [(0.5, -0.5), (0.5, 0.5), (0, 0)],
    "↓": [(0.5, 0.5), (-0.5, 0.5), (0, 0)],
    "←": [(-0.5, 0.5), (-0.5, -0.5), (0, 0)],
}


def policy_map(q, shape, actions, *, ax=None, title="", labels=None, mask=None, limits=None, tolerance=1e-6):
    """A heat map of maxₐ Q(s, a) over a grid world, with the best actions drawn in every cell.

    Args:
      q: [S, A], states in rows from the top left.
      shape: (rows, columns), S cells.
      actions: one character per action, such as "↑→↓←"; tied ones are all drawn.
      ax: matplotlib axes; None makes a figure.
      labels: {state: text} written above the arrows, such as {47: "goal"}; arrows only where `mask` is.
      mask: [S] bool, cells to draw; the others stay grey, as for cells where nothing is ever chosen.
      limits: (low, high) of the colours; None fits the table.
      tolerance: actions closer than this to the best count as tied.

    Returns:
      The axes; `.figure` is what `show` takes.

    Raises:
      ValueError: a table that does not fit the grid or the actions, or NaN in it.
    """
    q, mask = _checked(q, shape, actions, mask)
    value = np.where(mask, q.max(axis=1), np.nan)
    ax = _axes(ax, shape)
    image = ax.imshow(value.reshape(shape), cmap="viridis", **_limits(limits, value))
    labels = labels or {}
    for state in range(len(q)):
        lines = [labels[state]] if state in labels else []
        if mask[state]:
            best = q[state] >= q[state].max() - tolerance
            lines += [] if best.all() else ["".join(a for a, b in zip(actions, best, strict=True) if b)]
        text = "\n".join(lines)
        background = image.cmap(image.norm(value[state])) if mask[state] else (1, 1, 1)
        dark = np.dot(background[:3], [0.3, 0.59, 0.11]) < 0.5
        row, column = divmod(state, shape[1])
        size = 12 if len(text) < 3 and state not in labels else 8
        ax.text(column, row, text, ha="center", va="center", fontsize=size, color="w" if dark else "k")
    return _finish(ax, image, title, "value max Q")


def action_values(q, shape, actions, *, ax=None, title="", labels=None, mask=None, limits=None, digits=None):
    """Every entry of a table over a grid world: each cell is cut into triangles, one per direction.

    Arguments as for `policy_map`; `actions` must be arrows out of ↑→↓←. With `digits` the entries are also
    written, so many places after the point; the label of a cell that has entries goes to its middle.

    Raises:
      ValueError: also for an action that is not one of the four arrows.
    """
    q, mask = _checked(q, shape, actions, mask)
    if not set(actions) <= set(TRIANGLES):
        raise ValueError(f"action_values draws directions: actions must be out of ↑→↓←, got {actions!r}")
    ax = _axes(ax, shape)
    corners, values = [], []
    for state in np.flatnonzero(mask):
        row, column = divmod(int(state), shape[1])
        for a, arrow in enumerate(actions):
            corners.append([(column + x, row + y) for x, y in TRIANGLES[arrow]])
            values.append(q[state, a])
    values = np.array(values)
    patches = PolyCollection(corners, array=values, cmap="viridis", edgecolor="w", linewidth=0.4)
    patches.set_clim(*_limits(limits, values).values())
    ax.add_collection(patches)
    if digits is not None:
        dark = np.dot(patches.to_rgba(values)[:, :3], [0.3, 0.59, 0.11]) < 0.5
        for corner, value, is_dark in zip(corners, values, dark, strict=True):
            x, y = np.dot([0.3, 0.3, 0.4], corner)
            color = "w" if is_dark else "k"
            ax.text(x, y, f"{value:.{digits}f}", ha="center", va="center", fontsize=6.5, color=color)
    for state, text in (labels or {}).items():
        row, column = divmod(state, shape[1])
        ax.text(column, row, text, ha="center", va="center", fontsize=8)
    ax.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5), aspect="equal")
    return _finish(ax, patches, title, "Q(s, a)")


def value_surface(value, x, y, *, trajectory=None, labels=("x", "y", "value"), title="", ax=None):
    """A function of two variables as a surface in 3-D, with a path laid over it.

    Args:
      value: [Y, X] heights.
      x, y: [X] and [Y], increasing.
      trajectory: [T, 2] points (x, y); drawn at the height of the surface below.
      labels: of the three axes, with units.

    Raises:
      ValueError: a surface that does not fit its axes, NaN in it, or a trajectory that is not [T, 2].
    """
    value, x, y = np.asarray(value, float), np.asarray(x, float), np.asarray(y, float)
    if value.shape != (len(y), len(x)) or min(value.shape) < 2:
        raise ValueError(f"value must be [len(y), len(x)] = {(len(y), len(x))}, got {value.shape}")
    if np.isnan(value).any():
        raise ValueError("the surface holds NaN")
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 5.5), subplot_kw={"projection": "3d"})
    ax.plot_surface(*np.meshgrid(x, y), value, cmap="viridis", alpha=0.75, linewidth=0, rcount=60, ccount=60)
    if trajectory is not None:
        path = np.asarray(trajectory, float)
        if path.ndim != 2 or path.shape[1] != 2 or not len(path):
            raise ValueError(f"a trajectory must be [T, 2] points, got {path.shape}")
        height = _interpolate(value, x, y, path) + 0.02 * np.ptp(value)
        ax.plot(*path.T, height, color="#D55E00", linewidth=2, zorder=10)
        ax.scatter(*path[[0, -1]].T, height[[0, -1]], color=["k", "#D55E00"], s=30, zorder=11)
    ax.set(title=title, xlabel=labels[0], ylabel=labels[1], zlabel=labels[2])
    return ax


def _interpolate(value, x, y, points):
    """Bilinear: the height of the surface below each of [T, 2] points."""
    i, u = _place(x, points[:, 0])
    j, v = _place(y, points[:, 1])
    low = value[j, i] * (1 - u) + value[j, i + 1] * u
    high = value[j + 1, i] * (1 - u) + value[j + 1, i + 1] * u
    return low * (1 - v) + high * v


def _place(grid, at):
    at = np.clip(at, grid[0], grid[-1])
    i = np.clip(np.searchsorted(grid, at, "right") - 1, 0, len(grid) - 2)
    return i, (at - grid[i]) / (grid[i + 1] - grid[i])


def _checked(q, shape, actions, mask):
    q = np.asarray(q, float)
    if q.ndim != 2 or q.shape != (shape[0] * shape[1], len(actions)):
        raise ValueError(
            f"a {shape[0]} × {shape[1]} grid with actions {actions!r} needs a table of shape "
            f"{(shape[0] * shape[1], len(actions))}, got {q.shape}"
        )
    mask = np.ones(len(q), bool) if mask is None else np.asarray(mask, bool)
    if np.isnan(q[mask]).any():
        raise ValueError("the table holds NaN")
    return q, mask


def _axes(ax, shape):
    if ax is not None:
        return ax
    width = min(0.75 * shape[1] + 1.5, 10)
    return plt.subplots(figsize=(width, min(0.75 * shape[0] + 1, 8)))[1]


def _limits(limits, value):
    low, high = limits or (np.nanmin(value), np.nanmax(value))
    return {"vmin": low, "vmax": high}


def _finish(ax, mappable, title, label):
    ax.set(title=title, xlabel="column", ylabel="row")
    ax.set_xticks(range(int(ax.get_xlim()[1] + 0.5)))
    ax.set_yticks(range(int(ax.get_ylim()[0] + 0.5)))
    ax.set_facecolor("0.85")
    ax.spines[:].set_visible(False)
    below = np.nanmin(np.ma.filled(mappable.get_array(), np.nan)) < mappable.get_clim()[0]
    ax.figure.colorbar(mappable, ax=ax, label=label, shrink=0.8, extend="min" if below else "neither")
    return ax
