"""Backup diagrams: what an update looks at, drawn as a tree."""

import numpy as np


def backup_diagram(ax, kinds, branches, words, title=""):
    """Draws the tree whose leaves are carried back to its root (Sutton & Barto, 2018, section 3.5).

    Args:
      ax: matplotlib axes.
      kinds: a letter per level, the root first: "s" is a state, an open circle; "a" an action, a dot; "." is
        left out, for a chain too long to draw.
      branches: how many children each node of a level has, one number per level but the last.
      words: what is done or drawn along the branches of each of these levels, such as "max over a′".

    Returns:
      The axes.

    Raises:
      ValueError: not one number of branches and one word per level but the last, or another letter.
    """
    if len(branches) != len(kinds) - 1 or len(words) != len(branches) or not set(kinds) <= set("sa."):
        raise ValueError(
            f'letters out of "sa." and one branch and word less, got {kinds}, {branches}, {words}'
        )
    row = np.zeros(1)  # [nodes] where the nodes of this level stand, from −1 to 1
    for depth, kind in enumerate(kinds):
        if kind != ".":
            color = "w" if kind == "s" else "k"
            size = 110 if kind == "s" else 50
            ax.scatter(row, np.full(len(row), -depth), s=size, color=color, edgecolor="k", zorder=2)
        if depth < len(branches):
            spread = 2 / (len(row) * branches[depth])
            offset = spread * (np.arange(branches[depth]) - (branches[depth] - 1) / 2)
            children = row[:, None] + offset  # [nodes, branches]
            dotted = ":" if "." in (kind, kinds[depth + 1]) else "-"
            for x, ends in zip(row, children, strict=True):
                ax.plot([np.full(len(ends), x), ends], [-depth, -depth - 1], "k", linestyle=dotted, zorder=1)
            ax.text(1.15, -depth - 0.5, words[depth], va="center", fontsize=9)
            row = children.ravel()
    ax.set(title=title, xlim=(-1.1, 2.6), ylim=(0.4 - len(kinds), 0.5))
    ax.axis("off")
    return ax
