"""Pictures as arrays [H, W, 3] uint8: captions, panels, and the bytes of an .mp4, a .gif or a .png."""

import functools
import io
import os
import tempfile
from pathlib import Path

import imageio_ffmpeg
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
CAPTION_HEIGHT = 28  # pixels


def check_frames(frames):
    """Raises ValueError unless there is a frame, and all are [H, W, 3] uint8 of one size."""
    if not len(frames):
        raise ValueError("there is nothing to show: the recording has no frames")
    for i, frame in enumerate(frames):
        frame = np.asarray(frame)
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError(f"frame {i} must be [H, W, 3] uint8, got {frame.shape} {frame.dtype}")
    shapes = sorted({np.shape(frame) for frame in frames})
    if len(shapes) > 1:
        raise ValueError(f"all frames must have one size, got {' and '.join(map(str, shapes))}")


def one_line(text):
    """The text, unless it is none or has several lines, which raises ValueError."""
    if not isinstance(text, str) or text.splitlines() not in ([], [text]):
        raise ValueError(f"a caption or title is one line of text, got {text!r}")
    return text


def shrink(frame, width):
    """The frame, at most `width` wide: a half, a third, … of it, which keeps thin lines whole."""
    factor = -(-frame.shape[1] // width)
    return frame if factor <= 1 else np.asarray(Image.fromarray(frame).reduce(factor))


def even(frame):
    """Adds a white row or column where H.264 needs an even size, so that nothing is ever resized."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), constant_values=255)


def grid(images, columns, gap=8):
    """Images of equal size in rows of `columns`, on white."""
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    page = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    return page


@functools.lru_cache(maxsize=16)
def _font(size):
    return ImageFont.truetype(FONT, size)


def text_bar(text, width):
    """One line of black text on white, [CAPTION_HEIGHT, width, 3]; too long a line is set smaller."""
    text, size = one_line(text), 15
    while size > 8 and _font(size).getlength(text) > width - 12:
        size -= 1
    bar = Image.new("RGB", (width, CAPTION_HEIGHT), "white")
    ImageDraw.Draw(bar).text((6, 5), text, "black", _font(size))
    return np.asarray(bar)


def captioned(frame, text):
    """The frame with its caption above, where a player's controls do not cover it."""
    return np.concatenate([text_bar(text, frame.shape[1]), frame])


def panel(frames, captions, title, width):
    """Every frame, at most `width` wide, with the title and its caption above."""
    frames = [shrink(frame, width) for frame in frames]
    bar = text_bar(title, frames[0].shape[1])
    return [np.concatenate([bar, captioned(*pair)]) for pair in zip(frames, captions, strict=True)]


def mp4(frames, fps):
    """Frames of even size -> the bytes of an H.264 video that holds every one of them.

    Raises:
      RuntimeError: the ffmpeg that comes with imageio-ffmpeg, or that a variable names, is missing or fails.
    """
    height, width = frames[0].shape[:2]
    options = ["-crf", "30", "-preset", "medium", "-tune", "animation", "-movflags", "+faststart"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "video.mp4")
        try:
            writer = imageio_ffmpeg.write_frames(
                path, (width, height), fps=fps, quality=None, bitrate=None, macro_block_size=2,
                codec="libx264", output_params=options, ffmpeg_log_level="error",
            )  # fmt: skip
            writer.send(None)
            for frame in frames:
                writer.send(np.ascontiguousarray(frame))
            writer.close()
            return Path(path).read_bytes()
        except (OSError, RuntimeError) as error:
            raise RuntimeError(
                "ffmpeg made no video: `pip install --force-reinstall imageio-ffmpeg`, or name one that has "
                f"libx264 in the environment variable IMAGEIO_FFMPEG_EXE; it said: {error}"
            ) from error


def gif(frames, fps):
    """The bytes of a looping .gif that lasts len(frames) / fps seconds.

    Frames are timed in hundredths of a second, and browsers slow down those shorter than 2 of them.
    """
    ends = np.round(np.arange(len(frames) + 1) * max(100 / fps, 2)).astype(int)
    first, *others = (Image.fromarray(frame).quantize(64) for frame in frames)
    durations = (10 * np.diff(ends)).tolist()  # ms
    with io.BytesIO() as file:
        first.save(file, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
        return file.getvalue()


def png(image):
    """The bytes of a .png in 64 colours."""
    with io.BytesIO() as file:
        Image.fromarray(image).quantize(64).save(file, "PNG", optimize=True)
        return file.getvalue()
