"""Watching agents: record an episode, play it inline with controls, put several side by side, save it."""

import base64
import functools
import html
import io
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tutorial_lib.envs import make_env

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
CAPTION_HEIGHT = 28  # pixels


class Recording(NamedTuple):
    """Frames [H, W, 3] uint8 and the line of text under each."""

    frames: list
    captions: list
    fps: float
    title: str


def record(policy, env, *, seed=0, max_steps=None, num_episodes=1, caption=None):
    """Plays whole episodes and keeps what they looked like.

    Args:
      policy: observation [1, *obs] -> action [1], as for a vector environment.
      env: a Gymnasium id, or an environment made with render_mode="rgb_array".
      seed: seeds the first episode; the next ones go on from there.
      max_steps: stop each episode after so many steps; None plays to its end.
      caption: (observation, action) -> text added to a frame's caption, such as action probabilities.

    Returns:
      A Recording of one frame per observation, the last one of each episode included.

    Raises:
      ValueError: unknown id, no frames because of the render mode, or num_episodes < 1.
    """
    if num_episodes < 1:
        raise ValueError(f"num_episodes must be at least 1, got {num_episodes}")
    own = isinstance(env, str)
    env = make_env(env, render_mode="rgb_array") if own else env
    if env.render_mode != "rgb_array":
        raise ValueError(f'make the environment with render_mode="rgb_array", got {env.render_mode!r}')
    frames, captions = [], []
    for episode in range(num_episodes):
        for frame, text in _play(policy, env, seed if episode == 0 else None, max_steps, caption):
            frames.append(frame)
            captions.append(text)
    name = env.spec.id if env.spec else type(env.unwrapped).__name__
    fps = env.metadata.get("render_fps") or 30
    if own:
        env.close()
    return Recording(frames, captions, fps, name)


def _play(policy, env, seed, max_steps, caption):
    observation, _ = env.reset(seed=seed)
    step, episode_return, end = 0, 0.0, ""
    while not end:
        frame = env.render()
        action = np.asarray(policy(np.asarray(observation)[None]))[0]
        words = [f"step {step}", f"action {_short(action)}", f"return {episode_return:.4g}"]
        if caption:
            words.append(caption(observation, action))
        yield frame, "   ".join(words)
        action = action if isinstance(action, np.ndarray) else action.item()
        observation, reward, terminated, truncated, _ = env.step(action)
        step, episode_return = step + 1, episode_return + float(reward)
        end = (
            "terminated"
            if terminated
            else "truncated"
            if truncated
            else "stopped"
            if step == max_steps
            else ""
        )
    yield env.render(), f"step {step}   {end}   return {episode_return:.4g}"


def _short(action):
    return np.array2string(np.asarray(action), precision=2)


def side_by_side(recordings, titles, *, columns=None):
    """Joins recordings of equal frame size into one; a shorter one holds its last frame.

    Args:
      recordings: one Recording per agent.
      titles: one line above each.
      columns: panels in a row; None puts up to 3 in a row, and 4 in two rows.

    Raises:
      ValueError: not one title per recording, or frames of unequal size.
    """
    if len(recordings) != len(titles) or not recordings:
        raise ValueError(f"one title per recording, please: got {len(recordings)} and {len(titles)}")
    _check_frames([frame for recording in recordings for frame in recording.frames])
    columns = columns or (2 if len(recordings) == 4 else min(len(recordings), 3))
    length = max(len(recording.frames) for recording in recordings)
    panels = [_panel(*pair, 960 // columns) for pair in zip(recordings, titles, strict=True)]
    panels = [panel + panel[-1:] * (length - len(panel)) for panel in panels]
    frames = [_grid(moment, columns) for moment in zip(*panels, strict=True)]
    return Recording(frames, [""] * length, recordings[0].fps, " | ".join(titles))


def _panel(recording, title, width):
    """Every frame, at most `width` wide, with the title above and its caption below."""
    frames = [_shrink(frame, width) for frame in recording.frames]
    bar = _text_bar(title, frames[0].shape[1])
    return [
        np.concatenate([bar, _caption(frame, text)])
        for frame, text in zip(frames, recording.captions, strict=True)
    ]


def _shrink(frame, width):
    if frame.shape[1] <= width:
        return frame
    return np.asarray(Image.fromarray(frame).resize((width, frame.shape[0] * width // frame.shape[1])))


def _grid(images, columns, gap=8):
    """Images of equal size in rows of `columns`, on white."""
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    page = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    return page


def _check_frames(frames):
    if not frames:
        raise ValueError("there is nothing to show: the recording has no frames")
    shapes = sorted({np.shape(frame) for frame in frames})
    if len(shapes) > 1:
        raise ValueError(f"all frames must have one size, got {' and '.join(map(str, shapes))}")


@functools.lru_cache(maxsize=16)
def _font(size):
    return ImageFont.truetype(FONT, size)


def _text_bar(text, width):
    """One line of black text on white, [CAPTION_HEIGHT, width, 3]; too long a line is set smaller."""
    size = 15
    while size > 8 and _font(size).getlength(text) > width - 12:
        size -= 1
    bar = Image.new("RGB", (width, CAPTION_HEIGHT), "white")
    ImageDraw.Draw(bar).text((6, 5), text, "black", _font(size))
    return np.asarray(bar)


def _caption(frame, text):
    """The frame with its caption below."""
    return np.concatenate([frame, _text_bar(text, frame.shape[1])]) if text else np.asarray(frame)


class Video:
    """Frames as an H.264 video that a notebook shows with controls; `save` writes them to a file."""

    def __init__(self, frames, fps, title, width, autoplay):
        self.frames, self.fps, self.title, self.width, self.autoplay = frames, fps, title, width, autoplay
        self.mp4 = _encode(frames, fps)

    def save(self, path):
        """Writes an .mp4 or a .gif, whole or not at all, and returns its path.

        Raises:
          ValueError: another extension.
          FileNotFoundError: the folder does not exist.
        """
        path = Path(path)
        if path.suffix not in (".mp4", ".gif"):
            raise ValueError(f"a video is saved as .mp4 or .gif, got {path.name!r}")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first")
        content = self.mp4 if path.suffix == ".mp4" else _gif(self.frames, self.fps)
        partial = path.with_name(f".{path.name}.part")
        partial.write_bytes(content)
        os.replace(partial, path)
        return path

    def film_strip(self):
        """Four moments of the video in one PNG, for pages that cannot play it."""
        rows = np.linspace(0, len(self.frames) - 1, min(4, len(self.frames))).astype(int)
        columns = 2 if self.frames[0].shape[1] > 700 else 4
        return _png(_grid([_shrink(self.frames[row], 1200 // columns) for row in rows], columns))

    def _repr_mimebundle_(self, include=None, exclude=None):
        strip, label = base64.b64encode(self.film_strip()).decode(), html.escape(self.title, quote=True)
        flags = "controls loop muted playsinline" + (" autoplay" if self.autoplay else "")
        video = (
            f'<video {flags} preload="auto" width="{self.width}" aria-label="{label}" '
            f'src="data:video/mp4;base64,{base64.b64encode(self.mp4).decode()}">'
            f'<img alt="{label}" src="data:image/png;base64,{strip}"></video>'
        )
        seconds = len(self.frames) / self.fps
        text = f"{self.title}: {len(self.frames)} frames, {seconds:.1f} s"
        return {"text/html": video, "image/png": strip, "text/plain": text}, {
            "image/png": {"alt": self.title}
        }


def animate(recording, *, width=None, autoplay=False, title=None):
    """Turns a Recording into a Video: the last expression of a cell shows it.

    Args:
      recording: from `record` or `side_by_side`; every frame in it is shown.
      width: on the page, in pixels; None is the frames' own, at most 960.
      autoplay: starts by itself, as for the picture that opens a notebook.
      title: what a screen reader says.

    Raises:
      ValueError: no frames, or frames of unequal size.
    """
    _check_frames(recording.frames)
    frames = [_even(_caption(f, c)) for f, c in zip(recording.frames, recording.captions, strict=True)]
    title = title or f"Video of {recording.title}"
    return Video(frames, recording.fps, title, width or min(frames[0].shape[1], 960), autoplay)


def _even(frame):
    """Adds a white row or column where H.264 needs an even size, so that nothing is ever resized."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), constant_values=255)


def _encode(frames, fps):
    """Frames [H, W, 3] uint8 of even size -> the bytes of an .mp4."""
    height, width = frames[0].shape[:2]
    options = ["-preset", "medium", "-tune", "animation", "-movflags", "+faststart"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "video.mp4")
        writer = imageio_ffmpeg.write_frames(
            path, (width, height), fps=fps, quality=None, bitrate=None, macro_block_size=2,
            codec="libx264", output_params=["-crf", "30", *options], ffmpeg_log_level="error",
        )  # fmt: skip
        writer.send(None)
        for frame in frames:
            writer.send(np.ascontiguousarray(frame, np.uint8))
        writer.close()
        return Path(path).read_bytes()


def _gif(frames, fps):
    images = [Image.fromarray(frame).quantize(64) for frame in frames]
    with io.BytesIO() as file:
        images[0].save(
            file, "GIF", save_all=True, append_images=images[1:], duration=max(round(1000 / fps), 20), loop=0
        )
        return file.getvalue()


def _png(image):
    with io.BytesIO() as file:
        Image.fromarray(image).quantize(64).save(file, "PNG", optimize=True)
        return file.getvalue()
