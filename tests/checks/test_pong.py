"""The checks of lesson 07b: right answers in other words, mistakes that are not in the catalogues."""

import numpy as np
from answers import make_tests

from tutorial_lib import checks, linear_schedule, output_sizes, pixel_network


def padded(frames, first, t, num_frames):
    start = np.flatnonzero(first[: t + 1])[-1]
    stack = frames[max(start, t - num_frames + 1) : t + 1]
    return np.pad(stack, ((num_frames - len(stack), 0), (0, 0), (0, 0)))


def counted_by_keras(size, depth, layers):
    network = pixel_network((depth, size, size), 1, convolutions=layers, hidden=1)
    return sum(layer.count_params() for layer in network.layers if "conv" in layer.name)


RIGHT = {
    "check_stack_at": [padded],
    "check_output_size": [
        lambda size, depth, layers: output_sizes(size, layers)[-1],
        lambda size, depth, layers: side_by_counting(size, layers),
    ],
    "check_num_weights": [counted_by_keras],
    "check_exploration": [lambda t: 1.0 - 0.99 * (1 - np.e ** (-t / 3e4))],
    "check_memory": [lambda rows, size, stack: [x * rows * size**2 for x in (2 * stack, 1)]],
}

WRONG = {
    "check_stack_at": [
        (lambda f, first, t, n: padded(f, first, t, n)[1:], "shape"),
        (lambda f, first, t, n: np.zeros_like(padded(f, first, t, n)), "makes no difference"),
    ],
    "check_output_size": [(lambda size, depth, layers: size, "makes no difference")],
    "check_num_weights": [
        (lambda size, depth, layers: layers[0][0] * layers[0][1] ** 2, "makes no difference")
    ],
    "check_exploration": [(linear_schedule(1.0, 0.01, 100_000), "expected")],
    "check_memory": [(lambda rows, size, stack: rows * size**2, "")],
}


def side_by_counting(size, layers):
    for _, kernel, stride in layers:
        size = len([k for k in range(0, size, stride) if k + kernel <= size])
    return size


told = [(name, *pair) for name, pairs in WRONG.items() for pair in pairs]
test_right_answers, test_other_mistakes = make_tests(checks, RIGHT, told)
