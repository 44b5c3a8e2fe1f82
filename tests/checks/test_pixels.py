"""The checks of lesson 07: right answers in other words, mistakes that are not in the catalogues."""

import numpy as np
import pytest
from answers import judged, make_tests, unanswered

from tutorial_lib import checks


def in_turn(pictures, first):
    found = []
    for t, picture in enumerate(pictures):
        before = picture if first[t] else pictures[t - 1]
        found.append(picture.astype(int) - before.astype(int))
    return np.array(found)


def pixel_by_pixel(ink, middle, half):
    height, width = ink.shape
    patch = np.zeros((height, 2 * half))
    for column in range(2 * half):
        source = middle - half + column
        if 0 <= source < width:
            patch[:, column] = ink[:, source]
    return patch


def by_counting(height, width, channels, layers):
    weights = 0
    for filters, kernel, stride in layers:
        height = len(range(0, height - kernel + 1, stride))
        width = len(range(0, width - kernel + 1, stride))
        weights, channels = weights + filters * kernel**2 * channels + filters, filters
    return height, width, channels, weights


def by_shifts(picture, kernel, stride):
    (rows, columns), (h, w) = picture.shape, kernel.shape
    total = np.zeros((rows - h + 1, columns - w + 1))
    for u in range(h):
        for v in range(w):
            total += kernel[u, v] * picture[u : u + rows - h + 1, v : v + columns - w + 1]
    return total[::stride, ::stride]


def by_table(train, views, seeds):
    table = {view: sorted(train(view, seed) for seed in seeds) for view in views}
    return max(table, key=lambda view: table[view][len(seeds) // 2])


RIGHT = {
    "check_frame_difference": [
        in_turn,
        lambda x, first: np.diff(x.astype(np.int16), axis=0, prepend=x[:1]) * ~first[:, None, None],
    ],
    "check_cut_patch": [pixel_by_pixel, lambda x, m, h: np.pad(x, [(0, 0), (h, h)])[:, m : m + 2 * h]],
    "check_conv_sizes": [by_counting],
    "check_convolve": [by_shifts],
    "check_best_view": [by_table],
}

WRONG = [
    (
        "check_frame_difference",
        lambda x, first: np.diff(x, axis=0, prepend=x[:1]),
        "bytes cannot be negative",
    ),
    ("check_frame_difference", lambda x, first: np.diff(x.astype(float), axis=0), "shape"),
    (
        "check_frame_difference",
        lambda x, first: np.diff(x, axis=0, prepend=x[:1]) * ~first[:, None, None],
        "254. Make them",
    ),
    ("check_frame_difference", lambda x, first: in_turn(x, first) / 255, "times what it should be"),
    ("check_cut_patch", lambda x, m, h: x[:, max(m - h, 0) : m + h], "cut off at the border"),
    ("check_cut_patch", lambda x, m, h: np.pad(x, [(0, 0), (h, h)])[:, m : m + h], "shape"),
    ("check_conv_sizes", lambda h, w, c, layers: by_counting(w, h, c, layers), "are swapped"),
    (
        "check_conv_sizes",
        lambda h, w, c, layers: by_counting(h, w, 1, layers),
        "`channels` makes no difference",
    ),
    ("check_convolve", lambda x, k, s: by_shifts(x, k[:, ::-1], s), "with "),
    ("check_convolve", lambda x, k, s: by_shifts(x, k, 1), "the stride is missing"),
    ("check_best_view", lambda train, views, seeds: views[0], "nothing was trained"),
    ("check_best_view", lambda train, views, seeds: max(views, key=lambda v: train(v, 0)), "3 of 15"),
]


test_right_answers_in_other_words, test_other_mistakes = make_tests(checks, RIGHT, WRONG)


@pytest.mark.parametrize("name", RIGHT)
def test_what_was_not_attempted(name):
    assert judged(getattr(checks, name), unanswered) == "not attempted yet"
