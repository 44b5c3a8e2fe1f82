"""Checks of lesson 07: differences of pictures, a patch at the border, sizes, a convolution, and what to see."""

from functools import partial

import numpy as np

from tutorial_lib.checks import explain
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.trials import settled


def films(rng):
    """Pictures as bytes, dark after light and light after dark, of one or more episodes."""
    for length, first in [(1, [0]), (3, [0]), (5, [0, 3]), (6, [0, 1, 4])] * 3:
        pictures = rng.integers(0, 256, (length, 2, 3)).astype(np.uint8)
        yield dict(pictures=pictures, first=np.isin(np.arange(length), first))


def differences(pictures, first, *, wide=float, sign=1, across=False, start=None):
    """[T, H, W] of bytes -> differences; each option does something wrong."""
    pictures = pictures.astype(wide)
    out = np.zeros_like(pictures)
    for t in range(len(pictures)):
        if t > 0 and (across or not first[t]):
            out[t] = pictures[t] - pictures[t - 1] if sign > 0 else pictures[t - 1] - pictures[t]
        elif start:
            out[t] = start(pictures[t])
    return out


def ahead(pictures, first):
    """Minus the next picture, from the one that comes."""
    now = pictures.astype(float)
    following = np.concatenate([now[1:], now[-1:]])
    return (following - now) * ~np.append(first[1:], True)[:, None, None]


check_frame_difference = Check(
    differences,
    films,
    [
        (
            "bytes cannot be negative: 3 − 5 became 254. Make them floats before you subtract",
            partial(differences, wide=np.uint8),
        ),
        (
            "bytes cannot be negative, 3 − 5 became 254: make them floats. And look at `first`",
            partial(differences, wide=np.uint8, across=True),
        ),
        ("the other way round: what is now, minus what was", partial(differences, sign=-1)),
        (
            "the first picture of an episode has none before it: not the last one of the episode before",
            partial(differences, across=True),
        ),
        (
            "at the start of an episode nothing has moved yet: zeros, not the picture itself",
            partial(differences, start=lambda picture: picture),
        ),
        ("that looks ahead: the picture after it is not known yet", ahead),
        (
            "dark after light and light after dark are not the same: keep the sign",
            lambda pictures, first: np.abs(differences(pictures, first)),
        ),
    ],
)


def screens(rng):
    """Places in the middle, near the borders and at them."""
    for height, width, half in [(1, 4, 1), (2, 7, 2), (3, 9, 3)] * 2:
        for middle in (0, 1, width // 2, width - 1, width):
            ink = rng.uniform(0.1, 1, (height, width)).round(2)
            yield dict(ink=ink, middle=middle, half=half)


def padded(ink, middle, half, value=0.0, mode=None, first=0):
    """Columns middle − half … middle + half − 1 of a screen that goes on beyond its borders."""
    sides = [(0, 0), (2 * half, 2 * half)]
    wide = np.pad(ink, sides, mode=mode) if mode else np.pad(ink, sides, constant_values=value)
    return wide[:, middle + half + first : middle + 3 * half + first]


def shifted(ink, middle, half):
    """The window pushed back into the screen."""
    start = int(np.clip(middle - half, 0, ink.shape[1] - 2 * half))
    return ink[:, start : start + 2 * half]


check_cut_patch = Check(
    padded,
    screens,
    [
        (
            "near a border the window was pushed back: then the cart is no longer in the middle",
            shifted,
        ),
        ("beyond the border the screen is white: ink 0, not 1", partial(padded, value=1.0)),
        ("beyond the border there is nothing: the last column is not drawn on", partial(padded, mode="edge")),
        (
            "beyond the border there is nothing: the screen does not come round again",
            partial(padded, mode="wrap"),
        ),
        ("beyond the border there is nothing: the screen is not mirrored", partial(padded, mode="reflect")),
        ("one column too far to the right: it begins at middle − half", partial(padded, first=1)),
        ("one column too far to the left: it begins at middle − half", partial(padded, first=-1)),
        (
            "it is cut off at the border: every patch has 2 · half columns",
            lambda ink, middle, half: ink[:, max(middle - half, 0) : middle + half],
        ),
        (
            "an index below 0 counts from the other side: pad the screen first",
            lambda ink, middle, half: ink[:, middle - half : middle + half],
        ),
    ],
)


def networks(rng):
    """Pictures of unequal sides, and one to three layers (filters, kernel, stride)."""
    for layers in [[(3, 2, 1)], [(4, 3, 2)], [(2, 5, 3), (5, 2, 2)], [(8, 5, 2), (16, 3, 2)]] * 2:
        height, width = rng.integers(20, 40, 2)
        yield dict(height=int(height), width=int(width), channels=int(rng.integers(1, 4)), layers=layers)
    yield dict(height=36, width=25, channels=2, layers=[(4, 4, 2), (6, 3, 2), (5, 2, 1)])


def sizes(height, width, channels, layers, *, side=None, weights=None):
    """Rows, columns and channels at the end, and the weights of all layers."""
    side = side or (lambda n, k, s: (n - k) // s + 1)
    weights = weights or (lambda k, c, f, h, w: (k * k * c + 1) * f)
    count = 0
    for filters, kernel, stride in layers:
        height, width = side(height, kernel, stride), side(width, kernel, stride)
        count += weights(kernel, channels, filters, height, width)
        channels = filters
    return height, width, channels, count


check_conv_sizes = Check(
    sizes,
    networks,
    [
        (
            "a kernel fits once more than it moves: + 1 at the end",
            partial(sizes, side=lambda n, k, s: (n - k) // s),
        ),
        (
            'that pads the border, as padding="same" does: here the kernel stays inside',
            partial(sizes, side=lambda n, k, s: -(-n // s)),
        ),
        ("the stride is missing", partial(sizes, side=lambda n, k, s: n - k + 1)),
        (
            "round down: where a whole step no longer fits, the kernel is not laid down",
            partial(sizes, side=lambda n, k, s: -(-(n - k) // s) + 1),
        ),
        (
            "every filter has a bias: one weight more",
            partial(sizes, weights=lambda k, c, f, h, w: k * k * c * f),
        ),
        (
            "a filter looks at all channels of its input: k · k · channels weights",
            partial(sizes, weights=lambda k, c, f, h, w: (k * k + 1) * f),
        ),
        (
            "the same weights serve every place: they are not counted once per place",
            partial(sizes, weights=lambda k, c, f, h, w: (k * k * c + 1) * f * h * w),
        ),
        (
            "a kernel is k × k, not k",
            partial(sizes, weights=lambda k, c, f, h, w: (k * c + 1) * f),
        ),
    ],
)


def pictures(rng):
    """Pictures of unequal sides; kernels that are neither symmetric nor square."""
    for height, width, rows, columns, stride in [(2, 3, 2, 2, 1), (4, 6, 2, 3, 1), (7, 5, 3, 2, 2)] * 3:
        picture, kernel = rng.normal(size=(height, width)), rng.normal(size=(rows, columns))
        yield dict(picture=picture.round(1), kernel=kernel.round(1), stride=stride)


def convolved(picture, kernel, stride, *, turned=False, step=None, pad=0, start=None, reduce=np.sum):
    """A kernel laid over every patch; each option does something wrong."""
    picture = np.pad(picture, pad)
    kernel = kernel[::-1, ::-1] if turned else kernel
    (height, width), (rows, columns) = picture.shape, kernel.shape
    return np.array(
        [
            [
                reduce(picture[i : i + rows, j : j + columns] * kernel)
                for j in range(0, width - columns + 1, stride)
            ]
            for i in range(0, height - rows + 1, stride)
        ]
    )


check_convolve = Check(
    lambda picture, kernel, stride: convolved(picture, kernel, stride),
    pictures,
    [
        (
            "the kernel was turned round, as in mathematics; networks lay it down as it is",
            lambda p, k, s: convolved(p, k, s, turned=True),
        ),
        ("the stride is missing: move by `stride`", lambda p, k, s: convolved(p, k, 1)),
        ("the border is not padded: the kernel stays inside", lambda p, k, s: convolved(p, k, s, pad=1)),
        ("the sum of the products, not their mean", lambda p, k, s: convolved(p, k, s, reduce=np.mean)),
        ("the sum of all products, not the largest one", lambda p, k, s: convolved(p, k, s, reduce=np.max)),
        (
            "the last row and column of places are missing: + 1 in both ranges",
            lambda p, k, s: convolved(p[:-1, :-1], k, s),
        ),
    ],
)


def trials(rng):
    """Tables of scores, one row per view; a lucky seed misleads, and one view may not be told from the best."""
    for _ in range(8):
        scores = rng.normal(size=(3, 5)) + np.array([0.0, 0.7, 1.4])[rng.permutation(3), None]
        scores[rng.integers(3), rng.integers(5)] += 6.0
        yield dict(
            table=scores.round(1), views=["one picture", "difference", "two pictures"], seeds=list(range(5))
        )


def trained(answer, table, views, seeds):
    """The number of the view that an answer settles on."""
    chosen = settled(answer, table, views, seeds, "view")
    explain(chosen in views, f"return one of the views {views}, got {chosen!r}")
    return views.index(chosen)


def settle(judge):
    """An answer that trains all and takes the view whose scores are best in the eyes of `judge`."""
    return lambda train, views, seeds: max(views, key=lambda view: judge([train(view, s) for s in seeds]))


check_best_view = Check(
    settle(np.median),
    trials,
    [
        ("that is the view of the luckiest seed: judge by the median over seeds", settle(max)),
        ("that is the view with the best unlucky seed: judge by the median over seeds", settle(min)),
        ("one lucky seed pulls a mean up: judge by the median", settle(np.mean)),
        ("that judges by the first seed alone", settle(lambda scores: scores[0])),
        ("that is the worst view: scores are better when larger", settle(lambda scores: -np.median(scores))),
    ],
    observe=trained,
)
