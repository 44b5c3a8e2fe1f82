"""Watching agents: record an episode, play it inline with controls, put several side by side, save it."""

import base64
import html
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tutorial_lib.watching import frames as pictures
from tutorial_lib.worlds.actions import CheckedActions
from tutorial_lib.worlds.envs import check_observation_space, opened


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
      env: a Gymnasium id; or an environment, which stays open, or a function of no arguments that makes one,
        either with render_mode="rgb_array".
      seed: seeds the first episode; the next ones go on from there.
      max_steps: stop each episode after so many steps; None plays to its end.
      caption: (observation, action) -> text added to a frame's caption, such as action probabilities.

    Returns:
      A Recording of one frame per observation, the last one of each episode included.

    Raises:
      TypeError: env is none of the three.
      ValueError: unknown id, no frames because of the render mode, observations that are no arrays, an action
        that the Collector would refuse, a caption of several lines, num_episodes < 1 or max_steps < 1.
    """
    for name, count in (("num_episodes", num_episodes), ("max_steps", max_steps)):
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    with opened(env, render_mode="rgb_array") as env:
        if env.render_mode != "rgb_array":
            raise ValueError(f'make the environment with render_mode="rgb_array", got {env.render_mode!r}')
        check_observation_space(env.observation_space)
        shots = []
        for episode in range(num_episodes):
            shots += _play(policy, env, seed if episode == 0 else None, max_steps, caption)
        frames, captions = map(list, zip(*shots, strict=True))
        name = env.spec.id if env.spec else type(env.unwrapped).__name__
        return Recording(frames, captions, env.metadata.get("render_fps") or 30, name)


def _play(policy, env, seed, max_steps, caption):
    """One episode: yields (frame, caption)."""
    observation, _ = env.reset(seed=seed)
    step, episode_return, end = 0, 0.0, None
    checked = CheckedActions(env.action_space, 1)
    while not end:
        (action,) = checked(policy(np.asarray(observation)[None]))
        words = [f"step {step}", f"action {_short(action)}", f"return {episode_return:.4g}"]
        if caption:
            words.append(pictures.one_line(caption(observation, action)))
        yield np.array(env.render()), "   ".join(words)  # a copy: it may paint the next one over it
        observation, reward, terminated, truncated, _ = env.step(action)
        step, episode_return = step + 1, episode_return + float(reward)
        ends = {"terminated": terminated, "truncated": truncated, "stopped": step == max_steps}
        end = next((word for word, reached in ends.items() if reached), None)
    yield np.array(env.render()), f"step {step}   {end}   return {episode_return:.4g}"


def _short(action):
    return np.array2string(np.asarray(action), precision=2)


def side_by_side(recordings, titles, *, columns=None):
    """Joins recordings of equal frame size into one; a shorter one holds its last frame.

    Args:
      recordings: one Recording per agent.
      titles: one line above each.
      columns: panels in a row, at most all; None puts up to 3 in a row, and 4 in two rows.

    Raises:
      ValueError: not one title per recording, frames of unequal size, or columns that cannot be filled.
    """
    if len(recordings) != len(titles) or not recordings:
        raise ValueError(f"one title per recording, please: got {len(recordings)} and {len(titles)}")
    pictures.check_frames([frame for recording in recordings for frame in recording.frames])
    if columns is None:
        columns = 2 if len(recordings) == 4 else min(len(recordings), 3)
    if columns not in range(1, len(recordings) + 1):
        raise ValueError(
            f"columns must be a whole number from 1 to {len(recordings)}, one per recording, got {columns}"
        )
    length = max(len(recording.frames) for recording in recordings)
    panels = [
        pictures.panel(recording.frames, recording.captions, title, max(960 // columns, 1))
        for recording, title in zip(recordings, titles, strict=True)
    ]
    panels = [panel + panel[-1:] * (length - len(panel)) for panel in panels]
    frames = [pictures.grid(moment, columns) for moment in zip(*panels, strict=True)]
    return Recording(frames, [""] * length, recordings[0].fps, " | ".join(titles))


class Video:
    """Frames as an H.264 video that a notebook shows with controls; `save` writes them to a file."""

    def __init__(self, frames, fps, title, width, autoplay):
        self.frames, self.fps, self.title, self.width, self.autoplay = frames, fps, title, width, autoplay
        self.mp4 = pictures.mp4(frames, fps)

    def save(self, path):
        """Writes an .mp4 or a .gif, whole or not at all, and returns its path.

        Raises:
          ValueError: another extension.
          FileNotFoundError: the folder does not exist.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".mp4", ".gif"):
            raise ValueError(f"a video is saved as .mp4 or .gif, got {path.name!r}")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(path.parent)!r}: make it first")
        content = self.mp4 if kind == ".mp4" else pictures.gif(self.frames, self.fps)
        partial = path.with_name(f".{path.name}.part")
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path

    def film_strip(self):
        """Four moments of the video in one PNG, for pages that cannot play it."""
        rows = np.linspace(0, len(self.frames) - 1, min(4, len(self.frames))).astype(int)
        columns = 2 if self.frames[0].shape[1] > 700 else 4
        moments = [pictures.shrink(self.frames[row], 1200 // columns) for row in rows]
        return pictures.png(pictures.grid(moments, columns))

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
    pictures.check_frames(recording.frames)
    frames = recording.frames
    if any(recording.captions):  # then all get a bar, so that they stay of one size
        frames = [pictures.captioned(*pair) for pair in zip(frames, recording.captions, strict=True)]
    frames = [pictures.even(frame) for frame in frames]
    title = title or f"Video of {recording.title}"
    return Video(frames, recording.fps, title, width or min(frames[0].shape[1], 960), autoplay)
