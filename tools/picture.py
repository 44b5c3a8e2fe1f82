"""Makes the README's picture, docs/agents.gif, from the video in notebook 02: one agent while it learned.

Usage: python tools/picture.py
"""

import base64
import os
import re
from pathlib import Path

import imageio_ffmpeg
import nbformat
import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
WIDTH, EVERY = 640, 6  # pixels; one frame of so many is kept


def videos(notebook):
    """The bytes of every .mp4 among the outputs, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            page = "".join(output.get("data", {}).get("text/html", ""))
            for match in re.finditer(r"data:video/mp4;base64,([A-Za-z0-9+/=]+)", page):
                yield base64.b64decode(match[1])


def frames(path):
    """The frames of a video file, made WIDTH wide."""
    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["size"]
    for frame in reader:
        image = Image.fromarray(np.frombuffer(frame, np.uint8).reshape(height, width, 3))
        yield image.resize((WIDTH, height * WIDTH // width)).quantize(32)


def main():
    notebook = nbformat.read(ROOT / "notebooks" / "02_policy_gradient.ipynb", as_version=4)
    video = ROOT / "docs" / ".agents.mp4"
    video.parent.mkdir(exist_ok=True)
    video.write_bytes(max(videos(notebook), key=len))  # the one with four panels
    kept = list(frames(video))[::EVERY]
    video.unlink()
    draft = ROOT / "docs" / ".agents.gif"
    kept[0].save(draft, save_all=True, append_images=kept[1:], duration=20 * EVERY, loop=0)
    os.replace(draft, ROOT / "docs" / "agents.gif")


if __name__ == "__main__":
    main()
