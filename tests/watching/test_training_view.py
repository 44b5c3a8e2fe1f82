"""The live figure keeps its curve over interruptions; the film shows every frame with its moment marked."""

import numpy as np
import pytest

from tutorial_lib import TrainingView, with_values
from tutorial_lib.watching.animation import Recording


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, and what took its place."""
    pictures = []

    class Handle:
        def update(self, picture):
            pictures.append(picture)

    def display(picture, display_id):
        pictures.append(picture)
        return Handle()

    monkeypatch.setattr("tutorial_lib.watching.plotting.display", display)
    return pictures


@pytest.mark.slow
def test_the_curve_goes_on_when_the_block_is_entered_again(shown):
    reference = {seed: ([0, 100], [seed, 10 + seed]) for seed in range(3)}
    view = TrainingView("DQN", num_steps=100, reference=reference, target=475, redraw_steps=20, window=2)
    episodes = [(5, 10.0, 10)]
    with view:
        view.add(10, episodes, 0.5)
        episodes += [(15, 20.0, 20), (18, 40.0, 40)]
        view.add(25, episodes, 0.25)
    with view:
        view.add(50, episodes, 0.125)
    assert view.returns == [(5, 10.0), (15, 20.0), (18, 40.0)]
    np.testing.assert_array_equal(view.curve(), [[5, 15, 18], [10, 15, 30]])
    assert [step for step, _ in view.losses] == [10, 25, 50]
    assert len(shown) == 4
    assert "the mean of the last 2 episodes is 30; the loss is 0.125" in shown[-1].alt
    assert view.seconds > 0


@pytest.mark.parametrize("booted", [0.0, 1e6])
def test_seconds_are_counted_inside_the_blocks_however_long_the_machine_has_been_up(monkeypatch, booted):
    clock = iter([booted, booted + 2, booted + 3, booted + 10, booted + 11])
    monkeypatch.setattr("tutorial_lib.watching.training_view.time.monotonic", lambda: next(clock))
    view = TrainingView("DQN", num_steps=100)
    assert view.elapsed() == 0
    with view:
        assert view.elapsed() == 2
    assert view.elapsed() == view.seconds == 3
    with view:
        pass
    assert view.seconds == 4


def test_a_loss_that_is_no_number_stops_training(shown):
    with TrainingView("DQN", num_steps=100) as view, pytest.raises(FloatingPointError, match="diverged"):
        view.add(10, [], float("nan"))


def recording(count):
    return Recording([np.full((40, 300, 3), 7 * i, np.uint8) for i in range(count)], [""] * count, 50, "x")


def test_every_frame_gets_its_values_with_the_moment_marked():
    values = np.stack([np.arange(9.0), -np.arange(9.0)], axis=1)
    film = with_values(recording(10), values, ["left", "right"], height=150)
    assert [frame.shape for frame in film.frames] == [(190, 300, 3)] * 10
    np.testing.assert_array_equal(film.frames[3][:40], recording(10).frames[3])
    strips = np.array([frame[40:].astype(int) for frame in film.frames])
    assert (strips[8] == strips[9]).all(), "nothing is decided at the last frame"
    marks = [np.flatnonzero((strips[i] < strips[i + 1]).any(axis=(0, 2))) for i in range(8)]
    left = [columns.min() for columns in marks]
    assert (np.diff(left) > 0).all(), "the mark moves to the right"


@pytest.mark.parametrize(("rows", "labels"), [(7, ["a", "b"]), (10, ["a"])])
def test_misuse_is_named(rows, labels):
    with pytest.raises(ValueError, match="need"):
        with_values(recording(10), np.zeros((rows, 2)), labels)
