"""Recordings that hold every frame, and videos that show every frame, in their own size."""

import base64
import html.parser
import io
import re
import sys

import gymnasium as gym
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from tutorial_lib import animate, make_env, make_vec_env, record, side_by_side
from tutorial_lib.watching.animation import Recording
from tutorial_lib.watching.frames import CAPTION_HEIGHT


def balance(observation):
    """A linear policy that holds CartPole's pole."""
    return (observation @ np.array([0.1, 0.3, 3, 1]) > 0).astype(int)


def left(observation):
    return np.zeros(len(observation), int)


def moving_square(num_frames, height=48, width=64, fps=50.0):
    frames = np.full((num_frames, height, width, 3), 255, np.uint8)
    for i, frame in enumerate(frames):
        frame[10:20, i % (width - 10) : i % (width - 10) + 10] = (200, 30, 30)
    return Recording(list(frames), [""] * num_frames, fps, "a square")


def read_back(path):
    """Every frame of a video file, [H, W, 3]."""
    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["source_size"]
    return [np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader]


@pytest.fixture(scope="module")
def video():
    """A fall of CartPole's pole."""
    return animate(record(left, "CartPole-v1", seed=0), title='The "hand-made" policy')


# --- record


def test_one_frame_per_observation_with_what_happened():
    recording = record(
        left, "CartPole-v1", seed=1, caption=lambda observation, action: f"angle {observation[2]:.2f}"
    )
    env = gym.make("CartPole-v1")
    observation, length, terminated = env.reset(seed=1)[0], 0, False
    while not terminated:
        expected = f"step {length}   action 0   return {length}   angle {observation[2]:.2f}"
        assert recording.captions[length] == expected
        observation, _, terminated, _, _ = env.step(0)
        length += 1
    assert len(recording.frames) == len(recording.captions) == length + 1
    assert recording.captions[-1] == f"step {length}   terminated   return {length}"
    assert (recording.fps, recording.title) == (50, "CartPole-v1")
    assert {(frame.shape, frame.dtype.name) for frame in recording.frames} == {((400, 600, 3), "uint8")}


def test_every_end_has_its_word_and_episodes_follow_one_another():
    ends = record(left, "CartPole-v1", max_steps=3, num_episodes=2).captions
    assert len(ends) == 8
    assert [ends[3], ends[7]] == ["step 3   stopped   return 3"] * 2
    env = make_env("CartPole-v1", render_mode="rgb_array", max_episode_steps=4)
    assert record(left, env).captions[-1] == "step 4   truncated   return 4"
    env.reset()  # it is still open
    assert "action [0.5]" in record(lambda o: np.full((1, 1), 0.5), "Pendulum-v1", max_steps=1).captions[0]


class Painter(gym.Env):
    """Paints every picture over the one before: its rows are as white as steps were taken. 3 steps long."""

    render_mode = "rgb_array"
    observation_space = gym.spaces.Box(0, 1, (1,))
    action_space = gym.spaces.Discrete(2, start=1)

    def __init__(self):
        self.picture, self.closed = np.zeros((8, 8, 3), np.uint8), False

    def reset(self, *, seed=None, options=None):
        self.picture[:] = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.picture += 1
        return np.zeros(1, np.float32), float(action), self.picture[0, 0, 0] == 3, False, {}

    def render(self):
        return self.picture

    def close(self):
        self.closed = True


def ones(observation):
    return np.ones(len(observation), int)


def test_every_frame_is_kept_also_of_an_environment_that_paints_over_it():
    recording = record(ones, Painter())
    assert [frame.max() for frame in recording.frames] == [0, 1, 2, 3]
    assert recording.captions[-1] == "step 3   terminated   return 3"


def test_an_id_a_function_and_an_environment_are_recorded_alike():
    make = lambda: make_env("CartPole-v1", render_mode="rgb_array")  # noqa: E731
    recordings = [record(left, way, seed=4, max_steps=2) for way in ("CartPole-v1", make, make())]
    for recording in recordings:
        np.testing.assert_array_equal(recording.frames, recordings[0].frames)
        assert recording[1:] == recordings[0][1:]


@pytest.mark.parametrize("own", [True, False])
def test_an_environment_is_closed_by_whoever_made_it(own):
    env = Painter()
    record(ones, (lambda: env) if own else env)
    assert env.closed == own


def test_a_seed_repeats_and_another_differs():
    first, again, other = (
        record(left, "CartPole-v1", seed=seed, max_steps=2).frames[-1] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env": "CartPool-v1"}, "no environment is called 'CartPool-v1'"),
        ({"env": make_env("CartPole-v1")}, r'render_mode="rgb_array", got None'),
        ({"num_episodes": 0}, "num_episodes must be at least 1, got 0"),
        ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
        ({"policy": lambda o: 0}, r"actions of shape \(1,\) for one environment, got \(\)"),
        ({"policy": lambda o: [[0, 1]]}, r"actions of shape \(1,\) for one environment, got \(1, 2\)"),
        ({"env": "Blackjack-v1"}, "must be arrays or integers, got the space Tuple"),
        (
            {"policy": lambda o: [2]},
            r"chose 2 in environment 0: the actions of Discrete\(2\) are from 0 to 1",
        ),
        ({"policy": left, "env": Painter}, r"chose 0 in environment 0: .* are from 1 to 2"),
        ({"policy": lambda o: [0.0]}, "actions of type int64, got float64"),
        ({"caption": lambda o, a: "two\nlines"}, r"one line of text, got 'two\\nlines'"),
        ({"caption": lambda o, a: 0.5}, r"one line of text, got 0.5"),
    ],
)
def test_bad_recordings(arguments, message):
    with pytest.raises(ValueError, match=message):
        record(**({"policy": left, "env": "CartPole-v1"} | arguments))


@pytest.mark.parametrize("env", [3, make_vec_env("CartPole-v1", 2), lambda: 3])
def test_what_cannot_be_recorded(env):
    with pytest.raises(TypeError, match="an environment is given by an id|must make an environment"):
        record(left, env)


# --- frames in = frames shown


@pytest.mark.parametrize(("num_frames", "fps"), [(1, 50), (7, 4), (61, 30), (120, 50)])
def test_every_frame_is_in_the_file(tmp_path, num_frames, fps):
    video = animate(moving_square(num_frames, fps=fps))
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(video.save(tmp_path / "x.mp4")))
    assert count == num_frames
    assert seconds == pytest.approx(num_frames / fps, abs=0.02)
    with Image.open(video.save(tmp_path / "x.gif")) as image:
        total = 0
        for i in range(image.n_frames):
            image.seek(i)
            total += image.info.get("duration", 0)
    if num_frames > 1:
        assert image.n_frames == num_frames
        assert total == pytest.approx(1000 * num_frames / fps, abs=10)


def test_frames_come_back_in_order_and_unharmed(tmp_path):
    recording = moving_square(54)
    back = read_back(animate(recording).save(tmp_path / "x.mp4"))
    assert len(back) == 54
    for shown, frame in zip(back, recording.frames, strict=True):
        assert shown.shape == frame.shape
        red = shown[14, :, 1] < 128
        assert abs(np.flatnonzero(red).mean() - np.flatnonzero(frame[14, :, 1] < 128).mean()) < 1


@pytest.mark.parametrize(("height", "width"), [(47, 63), (47, 64), (48, 63), (48, 64), (33, 17)])
def test_odd_sizes_are_padded_and_never_resized(tmp_path, height, width):
    recording = moving_square(5, height, width)
    back = read_back(animate(recording).save(tmp_path / "x.mp4"))
    assert back[0].shape == (height + height % 2, width + width % 2, 3)
    difference = back[0][:height, :width].astype(int) - recording.frames[0]
    assert np.median(np.abs(difference)) < 6


def test_captions_lie_above_the_picture():
    """Also where one is empty: a frame of another size would not be shown."""
    recording = moving_square(3)
    for captions in (["step 0", "step 1", "far too long for so small a frame"], ["step 0", "", "step 2"]):
        video = animate(recording._replace(captions=captions))
        for frame, original, caption in zip(video.frames, recording.frames, captions, strict=True):
            assert frame.shape == (48 + CAPTION_HEIGHT, 64, 3)
            np.testing.assert_array_equal(frame[CAPTION_HEIGHT:], original)
            assert (frame[:CAPTION_HEIGHT].min() < 100) == bool(caption)


# --- what a notebook gets


@pytest.mark.slow
def test_ten_seconds_of_cartpole_embed_in_300_kb(tmp_path):
    caption = lambda observation, action: f"p(left) {0.5 + observation[2]:.2f}"  # noqa: E731
    video = animate(record(balance, "CartPole-v1", seed=0, caption=caption))
    assert len(video.frames) == 501
    page, _ = video._repr_mimebundle_()
    assert len(page["text/html"]) + len(page["image/png"]) <= 300_000
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(video.save(tmp_path / "x.mp4")))
    assert (count, seconds) == (501, pytest.approx(10.02, abs=0.02))


class Tags(html.parser.HTMLParser):
    """The attributes of every tag, and which tag encloses it."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = {}, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found[tag] = dict(attributes) | {"inside": list(self.open)}
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_has_a_video_with_controls_and_a_picture_in_its_place(video):
    data, metadata = video._repr_mimebundle_()
    tags = Tags(data["text/html"])
    assert not tags.open
    player, picture = tags.found["video"], tags.found["img"]
    assert {"controls", "loop", "muted", "playsinline"} <= player.keys()
    assert "autoplay" not in player
    assert player["width"] == "600"
    assert base64.b64decode(player["src"].removeprefix("data:video/mp4;base64,")) == video.mp4
    assert picture["inside"] == ["video"]
    assert picture["alt"] == player["aria-label"] == 'The "hand-made" policy'
    strip = base64.b64decode(picture["src"].removeprefix("data:image/png;base64,"))
    assert strip == base64.b64decode(data["image/png"])
    assert metadata["image/png"]["alt"] == 'The "hand-made" policy'
    assert data["text/plain"] == 'The "hand-made" policy: 12 frames, 0.2 s'


def test_the_film_strip_shows_the_first_and_the_last_frame(video):
    with Image.open(io.BytesIO(video.film_strip())) as image:
        strip = np.asarray(image.convert("RGB")).astype(int)
    height = round((400 + CAPTION_HEIGHT) / 2)
    assert strip.shape == (height, 4 * 300 + 3 * 8, 3)
    for left_edge, frame in ((0, video.frames[0]), (-300, video.frames[-1])):
        small = np.asarray(Image.fromarray(frame).resize((300, height)))
        piece = strip[:, left_edge : left_edge + 300 or None]
        assert np.mean(np.abs(piece - small)) < 2


def test_a_video_may_start_by_itself_and_be_made_smaller():
    page = animate(moving_square(2), autoplay=True, width=32)._repr_mimebundle_()[0]["text/html"]
    player = Tags(page).found["video"]
    assert "autoplay" in player
    assert player["width"] == "32"
    assert Tags(page).found["img"]["alt"] == "Video of a square"


def test_nothing_is_written_to_stderr_or_stdout(capfd, tmp_path):
    video = animate(record(left, "CartPole-v1", max_steps=5))
    video._repr_mimebundle_()
    video.save(tmp_path / "x.mp4")
    video.save(tmp_path / "x.gif")
    assert capfd.readouterr() == ("", "")


# --- side by side


def test_agents_side_by_side_keep_every_frame_and_the_short_one_waits():
    long, short = moving_square(30), moving_square(10)
    both = side_by_side(
        [long._replace(captions=["a"] * 30), short._replace(captions=["b"] * 10)], ["one", "two"]
    )
    assert len(both.frames) == len(both.captions) == 30
    assert both.title == "one | two"
    panel = CAPTION_HEIGHT + 48 + CAPTION_HEIGHT
    assert both.frames[0].shape == (panel, 64 + 8 + 64, 3)
    body = slice(2 * CAPTION_HEIGHT, None)
    for i in (0, 9, 29):
        np.testing.assert_array_equal(both.frames[i][body, :64], long.frames[i])
        np.testing.assert_array_equal(both.frames[i][body, -64:], short.frames[min(i, 9)])
    titles = both.frames[0][:CAPTION_HEIGHT]
    assert not np.array_equal(titles[:, :64], titles[:, -64:])


@pytest.mark.parametrize(("num_panels", "rows", "columns"), [(1, 1, 1), (3, 1, 3), (4, 2, 2), (5, 2, 3)])
def test_panels_are_laid_out_in_rows(num_panels, rows, columns):
    page = side_by_side([moving_square(2)] * num_panels, [str(i) for i in range(num_panels)]).frames[0]
    panel = 48 + 2 * CAPTION_HEIGHT
    assert page.shape == (rows * (panel + 8) - 8, columns * (64 + 8) - 8, 3)
    assert side_by_side([moving_square(2)] * 4, list("abcd"), columns=4).frames[0].shape[1] == 4 * 72 - 8


def test_wide_panels_are_halved_to_fit_the_page():
    assert side_by_side([moving_square(2, 400, 600)] * 2, ["a", "b"]).frames[0].shape[1] == 2 * 300 + 8


# --- bad input


def sized(*sizes, dtype=np.uint8):
    return Recording([np.zeros(size, dtype) for size in sizes], [""] * len(sizes), 30, "x")


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (sized(), "the recording has no frames"),
        (sized((4, 4, 3), (4, 6, 3)), r"one size, got \(4, 4, 3\) and \(4, 6, 3\)"),
        (sized((4, 4)), r"frame 0 must be \[H, W, 3\] uint8, got \(4, 4\) uint8"),
        (sized((4, 4, 3), dtype=float), r"frame 0 must be \[H, W, 3\] uint8, got \(4, 4, 3\) float64"),
    ],
)
def test_bad_frames(recording, message):
    with pytest.raises(ValueError, match=message):
        animate(recording)
    with pytest.raises(ValueError, match=message):
        side_by_side([recording], ["a"])


def test_one_title_per_recording():
    with pytest.raises(ValueError, match="one title per recording, please: got 1 and 2"):
        side_by_side([moving_square(2)], ["a", "b"])
    with pytest.raises(ValueError, match="one title per recording, please: got 0 and 0"):
        side_by_side([], [])


@pytest.mark.parametrize("columns", [0, -1, 3, 2000, 1.5])
def test_columns_that_cannot_be_filled(columns):
    with pytest.raises(ValueError, match=f"columns must be a whole number from 1 to 2, .*got {columns}"):
        side_by_side([moving_square(2)] * 2, ["a", "b"], columns=columns)


def test_many_panels_in_a_row_are_at_least_a_pixel_wide():
    assert (
        side_by_side([moving_square(1, 4, 4)] * 1000, ["x"] * 1000, columns=1000).frames[0].shape[1] >= 1000
    )


@pytest.mark.parametrize("text", ["two\nlines", "line\n", 0.5])
def test_a_line_of_text_is_one_line(text):
    message = "a caption or title is one line of text, got " + re.escape(repr(text))
    with pytest.raises(ValueError, match=message):
        animate(moving_square(1)._replace(captions=[text]))
    with pytest.raises(ValueError, match=message):
        side_by_side([moving_square(1)], [text])


@pytest.mark.parametrize("program", ["/nowhere/ffmpeg", sys.executable, None])
def test_without_ffmpeg_the_message_says_what_to_do(monkeypatch, program):
    """No such program; one that is not ffmpeg; none anywhere."""
    if program:
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", program)
    else:
        monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
        monkeypatch.setattr("imageio_ffmpeg._utils._get_ffmpeg_exe", lambda: None)
    with pytest.raises(RuntimeError, match=r"ffmpeg made no video: `pip install .*imageio-ffmpeg`, or name"):
        animate(moving_square(2))


@pytest.mark.parametrize("name", ["x.avi", "x", "x.mp4.txt", "mp4"])
def test_an_unknown_extension(tmp_path, name):
    with pytest.raises(ValueError, match=f"saved as .mp4 or .gif, got '{name}'"):
        animate(moving_square(2)).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*nowhere': make it first"):
        animate(moving_square(2)).save(tmp_path / "nowhere" / "x.mp4")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    video, path = animate(moving_square(2)), tmp_path / "X.MP4"
    assert video.save(str(path)) == path
    assert path.read_bytes() == video.mp4

    whole = type(path).write_bytes

    def half(path, content):
        whole(path, content[: len(content) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr(type(path), "write_bytes", half)
    with pytest.raises(OSError, match="no space left"):
        animate(moving_square(9)).save(path)
    monkeypatch.undo()
    assert path.read_bytes() == video.mp4
    assert [file.name for file in tmp_path.iterdir()] == ["X.MP4"]
