"""Trains Pong from the shell as in notebook 07b: python -m tutorial_lib.pong --out runs/pong [--resume]."""

import argparse
import importlib.util
import sys
import time
from functools import partial

import numpy as np
import tensorflow as tf

from tutorial_lib.evidence.run_file import UnreadableRun
from tutorial_lib.evidence.run_folder import RunFolder
from tutorial_lib.evidence.saving import load_run, save_run
from tutorial_lib.learning.off_policy import off_policy_loop
from tutorial_lib.learning.pixel_dqn import pixel_dqn
from tutorial_lib.learning.run import Record
from tutorial_lib.learning.schedules import linear_schedule
from tutorial_lib.memory.frame_replay import FrameReplay
from tutorial_lib.networks.pixels import pong_network
from tutorial_lib.watching.progress import Progress
from tutorial_lib.worlds.atari import PONG_ACTIONS, Atari, Points, pixel_statistics

WORLD = Atari("pong", size=42, actions=PONG_ACTIONS)
MOST_STEPS = 1_200_000  # environment steps; a step is four frames of the game
LEARNING_RATES, FALLS_AT = (3e-4, 1e-4), 500_000  # of Adam: the second from so many steps on
LOG_PERIOD = 10_000  # steps from line to line
NUM_LINES = 5  # over which points are counted: a share of some 60 points of one line says little
CHECKPOINT_PERIOD = 100_000  # steps; new episodes begin at each
GOOD = 0.85  # share of points won from which on the greedy policy is asked: 21 to 4 would be 0.84
ENOUGH = 19.0  # greedy mean of 20 episodes at which training stops


def pong_loop(
    world=WORLD, *, network=None, num_envs=16, batch_size=32, num_updates=4, capacity=100_000,
    learning_starts=10_000, n_step=3, epsilon_steps=100_000,
):  # fmt: skip
    """The loop that learns Pong; the defaults are those of the stored runs.

    `network`, () -> keras.Model, is `pong_network` if it is None.
    """
    network = network or partial(pong_network, pixel_statistics(world))
    loop = off_policy_loop(
        lambda generator: pixel_dqn(generator, network), world, num_envs=num_envs, batch_size=batch_size,
        capacity=capacity, num_updates=num_updates, learning_starts=learning_starts,
        schedules={"epsilon": linear_schedule(1.0, 0.02, epsilon_steps), "learning_rate": learning_rate},
        memory=partial(FrameReplay, num_envs=num_envs, n_step=n_step), jit_compile=False,
    )  # fmt: skip
    loop.program.envs = Points(loop.program.envs)
    return loop


def learning_rate(step):
    """Of Adam; it falls once: fine tuning wants smaller steps than the beginning."""
    return tf.where(step < FALLS_AT, *LEARNING_RATES)


def share_won(lines):
    """The share of points won over the last NUM_LINES lines of a log; 0 where none were counted."""
    won, lost = (sum(line.get(name, 0) for line in lines[-NUM_LINES:]) for name in ("won", "lost"))
    return won / max(won + lost, 1)


class PongRun:
    """A run in a folder, which can be killed at any moment and goes on from its last checkpoint.

    Only what the emulator holds is not saved: at every checkpoint new episodes begin, in a run that goes on
    as in one that is resumed. So both write the same lines.

    Args:
      loop: as of `pong_loop`.
      folder: a RunFolder.
      seed: of the run.
      resume: goes on from the folder's checkpoint.

    Raises:
      FileExistsError: there is a run in the folder already, and it is not to be resumed.
      FileNotFoundError: there is none, and it is.
      ValueError: the checkpoint is of another seed, network, way to look at pixels, or memory.
      UnreadableRun: it is damaged.
    """

    def __init__(self, loop, folder, seed, *, resume=False):
        self.loop, self.folder, self.seed = loop, folder, seed
        if not resume and (folder.checkpoint.exists() or folder.lines()):
            raise FileExistsError(f"there is a run in {str(folder.path)!r}: resume it or name another folder")
        loop.start(seed)
        self.seconds = 0.0  # of training, with the greedy episodes
        if resume:
            self._load()
        else:
            self._save()

    def train(self, num_steps, *, enough=ENOUGH, log_period=LOG_PERIOD, checkpoint_period=CHECKPOINT_PERIOD,
              num_episodes=20, on_line=None):  # fmt: skip
        """Trains to so many steps, or until the greedy mean of 20 episodes is enough -> the last line.

        Where the share of points won is GOOD, the greedy policy is asked at every NUM_LINES-th line.
        `on_line` is called with every line.
        """
        lines = self.folder.lines()
        line = (lines or [{}])[-1]
        while self.loop.num_steps < num_steps and line.get("greedy", -np.inf) < enough:
            begun = time.perf_counter()
            lines.append(line := self._next_line(log_period))
            if share_won(lines) >= GOOD and line["step"] % (NUM_LINES * log_period) == 0:
                line["greedy"] = float(self.loop.program.evaluate(num_episodes).mean())
            self.seconds += time.perf_counter() - begun
            line["seconds"] = round(self.seconds, 1)
            self.folder.add(line)
            if on_line:
                on_line(line)
            if line["step"] % checkpoint_period == 0:
                self._save()
        if line and line["step"] % checkpoint_period:
            self._save()
        return line

    def _next_line(self, log_period):
        """Trains for one line of the log."""
        points, first = self.loop.program.envs, len(self.loop.program.collector.episodes)
        won, lost = points.won, points.lost
        goal = (self.loop.num_steps // log_period + 1) * log_period
        self.loop.record = Record(self.seed, self.loop.num_steps)  # what came before is in the log
        run = self.loop.run(goal)
        returns = [value for _, value, _ in self.loop.program.collector.episodes[first:]]
        line = {"step": int(self.loop.num_steps), "seconds": None, "episodes": returns}
        line |= {"won": points.won - won, "lost": points.lost - lost}
        for name in ("loss", "q"):
            line[name] = float(np.mean(run.metrics[name])) if name in run.metrics else None
        return line

    def _save(self):
        step = int(self.loop.num_steps)
        self._begin_episodes(step)
        options = dict(step=step, seconds=self.seconds, seed=self.seed, answer=self._answer())
        save_run(self.folder.checkpoint, loop=self.loop, **options)
        weights = self.loop.agent.networks["online"].get_weights()
        save_run(self.folder.path / f"weights-{step:07d}", weights=weights)

    def _load(self):
        saved = load_run(self.folder.checkpoint, loop=self.loop)
        if saved["seed"] != self.seed:
            raise ValueError(f"the run in {str(self.folder.path)!r} has the seed {saved['seed']}")
        if not np.allclose(saved["answer"], self._answer(), rtol=0.01, atol=0.01):
            raise ValueError(f"the network in {str(self.folder.path)!r} looks at pixels otherwise: --bytes?")
        self.seconds = saved["seconds"]
        self.folder.rewind(saved["step"])
        self.loop.program.collector.num_steps = saved["step"]
        self._begin_episodes(saved["step"])

    def _answer(self):
        """The values of one fixed observation: they tell how the network looks at pixels."""
        online = self.loop.agent.networks["online"]
        pixels = np.random.default_rng(0).integers(0, 256, (1, *online.input.shape[1:]))
        return online(pixels.astype(np.uint8)).numpy()[0].tolist()

    def _begin_episodes(self, step):
        word = int(np.random.SeedSequence([self.seed, step]).generate_state(1)[0])
        self.loop.program.begin_episodes(word)


def scalars(folder):
    """A function that writes the numbers of a line of the log for TensorBoard, by the step."""
    writer = tf.summary.create_file_writer(str(folder))

    def write(line):
        with writer.as_default(step=line["step"]):
            for name in ("won", "lost", "greedy", "loss", "q"):
                if line.get(name) is not None:
                    tf.summary.scalar(name, line[name])
        writer.flush()

    return write


def main(arguments=None):
    """The command; returns what it exits with."""
    parser = argparse.ArgumentParser(prog="python -m tutorial_lib.pong", description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=MOST_STEPS, help="environment steps, at most")
    parser.add_argument("--bytes", action="store_true", help="the network gets bytes / 255, not statistics")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--tensorboard", action="store_true", help="also write what TensorBoard shows")
    options = parser.parse_args(arguments)
    if options.tensorboard and importlib.util.find_spec("tensorboard") is None:
        print("TensorBoard is not installed: pip install -c constraints.txt tensorboard", file=sys.stderr)
        return 1
    try:
        with RunFolder(options.out) as folder:
            network = partial(pong_network, None) if options.bytes else None
            loop = pong_loop(network=network)
            run = PongRun(loop, folder, options.seed, resume=options.resume)
            with Progress(options.steps, f"Pong, seed {options.seed}") as bar:
                bar.update(run.loop.num_steps)
                write = scalars(folder.path / "tensorboard") if options.tensorboard else None

                def show(line):
                    bar.update(line["step"] - bar.bar.n, points_won=share_won([line]))
                    if write:
                        write(line)

                last = run.train(options.steps, on_line=show)
            share = share_won(folder.lines())
            print(f"{last['step']:,} steps in {last['seconds']:.0f} s; {share:.0%} of the last points won")
    except (OSError, RuntimeError, ValueError, UnreadableRun) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
