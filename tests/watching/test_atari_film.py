"""A film of a game: two screens of one game, in step."""

import numpy as np
import pytest
from PIL import Image

from tutorial_lib import PONG_ACTIONS, Atari, record_atari
from tutorial_lib.watching.atari_film import larger

WORLD = Atari("pong", size=42, actions=PONG_ACTIONS, num_threads=1)


def test_both_screens_show_the_same_moment():
    """Our screen, made grey and small, is what the agent saw."""
    rng = np.random.default_rng(0)
    film, seen = record_atari(lambda _: rng.integers(0, 3, 1), WORLD, max_steps=40, skip=30, scale=1)
    assert len(film.frames) == len(film.captions) == len(seen) == 40
    assert film.frames[0].shape == (210, 160, 3) and seen.shape == (40, 4, 42, 42)
    small = [
        np.asarray(Image.fromarray(frame).convert("L").resize((42, 42), Image.Resampling.BOX), float)
        for frame in film.frames
    ]
    far = np.array([[np.abs(a - b).mean() for b in seen[:, -1].astype(float)] for a in small])  # [T, T]
    assert np.diag(far).max() < 4
    assert (far.argmin(axis=1) == np.arange(40)).mean() > 0.8
    assert film.captions[0].startswith("step 30 ")


@pytest.mark.slow
def test_the_film_ends_with_the_game_and_counts_points():
    film, _ = record_atari(lambda _: np.zeros(1, np.int64), WORLD, max_steps=5_000, skip=700, scale=1)
    assert len(film.frames) < 2_000
    assert film.captions[-1].endswith("0 won, 20 lost")  # the last point ends the game


def test_a_pixel_becomes_a_square():
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    np.testing.assert_array_equal(larger(picture, 2), picture.repeat(2, axis=0).repeat(2, axis=1))


def test_bad_input():
    with pytest.raises(ValueError, match="max_steps"):
        record_atari(lambda _: np.zeros(1, np.int64), WORLD, max_steps=0)
