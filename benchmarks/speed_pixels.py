"""Measures Pong's speed beside PyTorch and Stable-Baselines3, in one run; writes docs/speed_pixels.md.

Usage: python benchmarks/speed_pixels.py --peer-python PATH [--rounds 5]

--peer-python is a Python with torch, stable-baselines3 and ale-py. Every side is a process of its own, with
all cores, and they take turns.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "speed_pixels.md"
SIDES = ("tensorflow", "torch", "ours", "ours classic", "sb3", "sb3 fast")
PEERS = {"torch", "sb3", "sb3 fast"}
FAST, NATURE = [(16, 6, 3), (32, 3, 2)], [(32, 8, 4), (64, 4, 2), (64, 3, 1)]  # filters, kernel, stride
ROWS = (7, 40)  # that the fast network looks at
COUNT = 20  # updates of one measurement
STEPS = {"ours": 4_000, "ours classic": 480, "sb3": 600, "sb3 fast": 1_600}  # of one measurement
PAGE = """# Speed: pixels

One update: double DQN with Huber's loss and Adam, the network of the Nature paper, 32 observations of
4 × 84 × 84 bytes, six actions, all in memory; the same in TensorFlow and in PyTorch, milliseconds. Steps per
second: the whole loop of Pong, emulator and replay in it, one update of 32 rows per 4 environment steps, as
Stable-Baselines3's DQN does by default. "Fast" is notebook 7b's: 42 × 42 pixels and its network (on
Stable-Baselines3's side one stream of 256 units in place of two of 128, and one game instead of 16). All
cores, in turns, medians.

Medians of {rounds} rounds on {cores} cores, {machine}, {today}: `make bench`.

| one update of the classic configuration | milliseconds |
|---|---|
| TensorFlow, ours | {tensorflow:.1f} |
| PyTorch | {torch:.1f} |
| ours ÷ PyTorch | {update:.2f} |

| the whole loop | steps per second |
|---|---|
| ours, fast | {ours:,.0f} |
| ours, classic | {ours_classic:,.0f} |
| Stable-Baselines3, CnnPolicy | {sb3:,.0f} |
| Stable-Baselines3, fast | {sb3_fast:,.0f} |
| fast: ours ÷ CnnPolicy | {fast:.1f} |
| fast: ours ÷ Stable-Baselines3's | {same:.1f} |
| classic: ours ÷ CnnPolicy | {classic:.1f} |
"""


def tensorflow():
    """Milliseconds of an update of ours."""
    import numpy as np

    import tutorial_lib  # isort: skip
    import tensorflow as tf

    from tutorial_lib.learning.pixel_dqn import pixel_dqn
    from tutorial_lib.networks.pixels import nature_network
    from tutorial_lib.types import Transition

    generator = tutorial_lib.seed_everything(0)
    agent = pixel_dqn(generator, lambda: nature_network((4, 84, 84), 6))
    observation = tf.Variable(np.random.default_rng(0).integers(0, 256, (2, 32, 4, 84, 84)), dtype=tf.uint8)
    action, reward = tf.Variable(tf.range(32, dtype=tf.int64) % 6), tf.Variable(generator.normal([32]))

    @tf.function
    def update():
        discount = tf.fill([32], 0.99)
        return agent.update(Transition(observation[0], action, reward, discount, observation[1]), 1e-4)

    return lambda: milliseconds(lambda: update()["loss"].numpy())


def torch():
    """Milliseconds of the same update in PyTorch."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    online, target = (
        nn.Sequential(*convolutions(4, NATURE), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 6))
        for _ in range(2)
    )
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.Adam(online.parameters(), lr=1e-4, eps=1e-5)
    observation = torch.randint(0, 256, (2, 32, 4, 84, 84), dtype=torch.uint8)
    action, reward = torch.arange(32)[:, None] % 6, torch.randn(32)

    def update():
        before, after = observation.float() / 255
        with torch.no_grad():
            best = online(after).argmax(dim=1, keepdim=True)
            td_target = reward + 0.99 * target(after).gather(1, best)[:, 0]
        q = online(before).gather(1, action)[:, 0]
        loss = nn.functional.huber_loss(q, td_target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return lambda: milliseconds(update)


def convolutions(depth, layers):
    """PyTorch's layers up to the flat features."""
    from torch import nn

    for filters, kernel, stride in layers:
        yield from (nn.Conv2d(depth, filters, kernel, stride), nn.ReLU())
        depth = filters
    yield nn.Flatten()


def milliseconds(update):
    """Of one of COUNT updates."""
    begun = time.perf_counter()
    for _ in range(COUNT):
        update()
    return 1_000 * (time.perf_counter() - begun) / COUNT


def ours(classic=False):
    """Steps per second of our loop."""
    from tutorial_lib import pong
    from tutorial_lib.networks.pixels import nature_network
    from tutorial_lib.worlds.atari import Atari

    options = dict(capacity=20_000, learning_starts=1_000, epsilon_steps=1)
    if classic:
        network = partial(nature_network, (4, 84, 84), 6)
        loop = pong.pong_loop(Atari("pong", size=84), network=network, **options)
    else:
        loop = pong.pong_loop(**options)
    loop.run(1_600, seed=0)

    def measure():
        begun, before = time.perf_counter(), loop.num_steps
        loop.run(before + STEPS["ours classic" if classic else "ours"])
        return (loop.num_steps - before) / (time.perf_counter() - begun)

    return measure


def sb3(fast=False):
    """Steps per second of Stable-Baselines3's loop, on ours' emulator, faster than its wrappers."""
    import gymnasium
    import numpy as np
    from ale_py.vector_env import AtariVectorEnv
    from stable_baselines3 import DQN
    from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
    from torch import nn

    size = 42 if fast else 84

    class Pong(gymnasium.Env):
        observation_space = gymnasium.spaces.Box(0, 255, (4, size, size), np.uint8)
        action_space = gymnasium.spaces.Discrete(6)

        def __init__(self):
            self.games = AtariVectorEnv(
                "pong", 1, img_height=size, img_width=size, repeat_action_probability=0.0
            )

        def reset(self, *, seed=None, options=None):
            return self.games.reset(seed=seed)[0][0].copy(), {}

        def step(self, action):
            observation, reward, terminated, truncated, _ = self.games.step(np.array([action]))
            return observation[0].copy(), float(reward[0]), bool(terminated[0]), bool(truncated[0]), {}

    class Small(BaseFeaturesExtractor):
        def __init__(self, space):
            super().__init__(space, 256)  # as many as our two streams have
            self.layers = nn.Sequential(*convolutions(4, FAST), nn.Linear(768, 256), nn.ReLU())

        def forward(self, observation):
            return self.layers(observation[:, :, slice(*ROWS)])

    options = {"policy_kwargs": {"features_extractor_class": Small, "net_arch": []}} if fast else {}
    model = DQN("CnnPolicy", Pong(), buffer_size=20_000, learning_starts=400, device="cpu", seed=0, **options)
    model.learn(800)

    def measure():
        begun, before = time.perf_counter(), model.num_timesteps
        model.learn(STEPS["sb3 fast" if fast else "sb3"], reset_num_timesteps=False)
        return (model.num_timesteps - before) / (time.perf_counter() - begun)

    return measure


MAKERS = {"tensorflow": tensorflow, "torch": torch, "ours": ours, "ours classic": lambda: ours(classic=True)}
MAKERS |= {"sb3": sb3, "sb3 fast": lambda: sb3(fast=True)}


def serve(side):
    """Makes a side, and measures whenever asked."""
    measure = MAKERS[side]()
    measure()
    print("RESULT", flush=True)
    for _ in sys.stdin:
        print("RESULT" + json.dumps(measure()), flush=True)


class Side:
    """A process that measures when asked."""

    def __init__(self, side, python):
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen([python, __file__, "--serve", side], text=True, **pipes)
        self.answer()

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("RESULT"):
                return line[6:]
        raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")

    def measure(self):
        print(file=self.process.stdin, flush=True)
        return json.loads(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(args.serve)
    sides = {side: Side(side, args.peer_python if side in PEERS else sys.executable) for side in SIDES}
    measured = {side: [] for side in SIDES}
    for _ in range(args.rounds):
        for side, process in sides.items():
            measured[side].append(process.measure())
    for process in sides.values():
        process.close()
    print({side: [round(x, 1) for x in values] for side, values in measured.items()}, flush=True)
    median = {side.replace(" ", "_"): statistics.median(values) for side, values in measured.items()}
    text = PAGE.format(
        rounds=args.rounds, cores=os.cpu_count(), machine=platform.machine(), today=datetime.date.today(),
        update=median["tensorflow"] / median["torch"], fast=median["ours"] / median["sb3"],
        same=median["ours"] / median["sb3_fast"], classic=median["ours_classic"] / median["sb3"], **median,
    )  # fmt: skip
    draft = REPORT.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, REPORT)


if __name__ == "__main__":
    main()
