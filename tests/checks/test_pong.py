"""The checks of lesson 07b: right answers in other words, mistakes that are not in the catalogues."""

import numpy as np
import pytest
from answers import judged, make_tests

from tutorial_lib import checks, linear_schedule, output_sizes, pixel_network
from tutorial_lib.checks import Misconception
from tutorial_lib.checks.pong import check_going_on, going_on, on_pong


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


def with_plain_shares(before, after):
    """Without the point more on each side."""
    (old, m), (new, n) = [(won / (won + lost), won + lost) for won, lost in (before, after)]
    error = np.sqrt(old * (1 - old) / m + new * (1 - new) / n)
    return "better" if new - old > 2 * error else "worse" if old - new > 2 * error else "cannot tell"


def twice(play, train):
    before = play()
    train()
    train()
    return with_plain_shares(before, play())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (going_on(lambda before, after: "yes"), "one of ['worse', 'cannot tell', 'better'] should come back"),
        (lambda play, train: "better" if play() else "", "it did not go on: call train()"),
        (lambda play, train: (train(), play()) and "better", "play() before train()"),
        (lambda play, train: (play(), train()) and "better", "play() after train()"),
        (twice, "play, train and play once each"),
    ],
)
def test_what_going_on_takes(answer, message):
    assert message in judged(check_going_on, answer)


def test_one_point_more_on_each_side_decides_nothing():
    assert check_going_on.verdict(going_on(with_plain_shares)) is None


@pytest.mark.parametrize(
    ("scores", "said", "message"),
    [
        ([(12, 6), (19, 8)], "cannot tell", None),
        ([(12, 6), (19, 8)], "better", "you say 'better', and these scores say 'cannot tell'"),
        ([(12, 60), (60, 8)], "better", None),
        ([(60, 8), (12, 60)], "better", "these scores say 'worse'"),
    ],
)
def test_the_word_has_to_fit_what_was_played(scores, said, message, capsys):
    made = iter(scores)
    answer, world = going_on(lambda before, after: said), lambda: (lambda: next(made), lambda: None)
    if message is None:
        on_pong(answer, world)
    else:
        with pytest.raises(Misconception, match=message):
            on_pong(answer, world)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed] == [
        f"{name} {won:3d} won, {lost:3d} lost"
        for name, (won, lost) in zip(("before", "after "), scores, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.learning
def test_going_on_with_the_network_of_half_time():
    assert judged(check_going_on, going_on()) == "correct"
