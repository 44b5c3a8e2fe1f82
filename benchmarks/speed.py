"""Measures speed beside other libraries on CartPole and Pendulum, in one run; writes docs/speed.md.

Usage: python benchmarks/speed.py --peer-python PATH [--rounds 5] [--only dqn ppo …]

--peer-python is a Python with stable-baselines3 and jax. Every side is a process of its own on one core, and
they take turns. Times are processor seconds, so that other work on the machine counts little.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "speed.md"
SIDES = {"whole": "whole loop", "steps": "step by step", "sb3": "Stable-Baselines3", "jax": "the loop in JAX"}
STEPS = {  # of one measurement
    "dqn": {"whole": 40_000, "steps": 8_000, "sb3": 2_000, "jax": 40_000},
    "ppo": {"whole": 80_000, "steps": 10_000, "sb3": 5_120, "jax": 80_000},
    "a2c": {"whole": 500_000, "steps": 50_000, "sb3": 20_000, "jax": 500_000},
} | {
    name: {"whole": 16_000 if name.isalnum() else 2_000, "sb3": 800}
    for name in ("ddpg", "td3", "sac", "ddpg-256", "td3-256", "sac-256")
}
HEADING = """# Speed

CartPole, networks of 64-64 units, one thread a side, in turns. DQN: 8 environments, one update of 64 rows per
environment step. PPO: 32 environments × 8 steps, 20 epochs of 256 rows. A2C: 64 × 4. Environment steps per
processor second, medians; compilation is not in them. The start is from the first import to the first
finished round: cold with an empty cache of compiled programs, warm with the one it left. "To 475" is PPO's
training until 20 greedy episodes, played after every 2,000 steps and not counted, reach a mean of 475.
DDPG, TD3 and SAC learn Pendulum as in their notebooks: 8 environments, one update of 64 rows per environment
step; "-256" has layers of 256-256 units and batches of 256.
"""
LIBRARY = ("sb3", "jax")


def one_thread():
    """One core, for whatever a library would do with more."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})


def ours(side, name):
    """Our agents as prototypes of speed: the settings of the peers, not those that learn best."""
    if "jax" in STEPS[name]:
        from speed_agents import make_loop

        loop = make_loop(name, "CartPole-v1" if side == "steps" else None)
    else:
        from speed_continuous import make_loop

        loop = make_loop(name)
    loop.run(2_048, seed=0)

    def run(num_steps):
        before = loop.num_steps
        return loop.run(before + num_steps).num_steps - before

    return run


def sb3(name):
    import torch
    from stable_baselines3 import A2C, DQN, PPO
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    if "jax" not in STEPS[name]:
        from speed_continuous import sb3_model

        return learning(sb3_model(name))
    num_envs = {"dqn": 8, "ppo": 32, "a2c": 64}[name]
    envs = make_vec_env("CartPole-v1", n_envs=num_envs)
    shared = {"policy_kwargs": {"net_arch": [64, 64]}, "device": "cpu", "seed": 0, "gamma": 0.98}
    if name == "dqn":
        options = dict(
            batch_size=64, buffer_size=50_000, learning_starts=1_000, train_freq=1, gradient_steps=8
        )
        model = DQN("MlpPolicy", envs, **options, **shared)
    elif name == "ppo":
        options = dict(n_steps=8, batch_size=256, n_epochs=20, learning_rate=1e-3, gae_lambda=0.8)
        model = PPO("MlpPolicy", envs, **options, **shared)
    else:
        model = A2C("MlpPolicy", envs, n_steps=4, gae_lambda=0.9, use_rms_prop=False, **shared)
    return learning(model)


def learning(model):
    """Warms a model up, and returns what measures it."""
    model.learn(2_048)

    def run(num_steps):
        before = model.num_timesteps
        model.learn(num_steps, reset_num_timesteps=False)
        return model.num_timesteps - before

    return run


def serve(side, name):
    """Makes a side, says how long that took, and measures whenever asked."""
    one_thread()
    if side == "jax":
        from speed_jax import runner

        run = runner(name)
        run(1)
    else:
        run = sb3(name) if side == "sb3" else ours(side, name)
    print("RESULT" + json.dumps(time.process_time()), flush=True)
    for line in sys.stdin:
        begun = time.process_time()
        done = run(int(line))
        print("RESULT" + json.dumps(done / (time.process_time() - begun)), flush=True)


class Side:
    """A process that measures when asked."""

    def __init__(self, side, name, python, cache=None):
        environment = os.environ | {"TUTORIAL_LIB_XLA_CACHE": str(cache or "off"), "JAX_PLATFORMS": "cpu"}
        for flag in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            environment[flag] = "1"
        command = [python, __file__, "--serve", side, name]
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        self.start = self.answer()

    def answer(self):
        for line in self.process.stdout:
            if line.startswith("RESULT"):
                return json.loads(line[6:])
        raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")

    def measure(self, num_steps):
        print(num_steps, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def speeds(name, python, rounds):
    """{side: median of steps per second}, and {side: seconds to start} with a cold and a warm cache."""
    with tempfile.TemporaryDirectory() as cache:
        cold = Side("whole", name, sys.executable, cache)
        cold.close()
        sides = {"whole": Side("whole", name, sys.executable, cache)}
        if "steps" in STEPS[name]:
            sides["steps"] = Side("steps", name, sys.executable)
        library = [side for side in LIBRARY if side in STEPS[name]]
        sides |= {side: Side(side, name, python) for side in library}
        measured = {side: [] for side in sides}
        for _ in range(rounds):
            for side, process in sides.items():
                measured[side].append(process.measure(STEPS[name][side]))
        starts = {"cold": cold.start, "warm": sides["whole"].start} | {s: sides[s].start for s in library}
        for process in sides.values():
            process.close()
    print(name, {side: [round(x) for x in values] for side, values in measured.items()}, starts, flush=True)
    return {side: statistics.median(values) for side, values in measured.items()}, starts


def page(results, seconds, rounds):
    """docs/speed.md."""
    note = f"Medians of {rounds} rounds on {platform.machine()}, {datetime.date.today()}: `make bench`."
    head = [
        "| steps per second | " + " | ".join(SIDES.values()) + " | whole loop ÷ Stable-Baselines3 | ÷ JAX |"
    ]
    head.append("|---|" + "---|" * (len(SIDES) + 2))
    lines = []
    for name, (speed, _) in results.items():
        cells = [f"{speed[side]:,.0f}" if side in speed else "–" for side in SIDES]
        cells.append(f"{speed['whole'] / speed['sb3']:.1f} ×")
        cells.append(f"{speed['whole'] / speed['jax']:.2f} ×" if "jax" in speed else "–")
        lines.append(f"| {name.upper()} | " + " | ".join(cells) + " |")
    lines += ["", "| seconds to start | cold | warm | Stable-Baselines3 | JAX |", "|---|---|---|---|---|"]
    for name, (_, start) in results.items():
        seen = [f"{start[side]:.1f}" if side in start else "–" for side in ("cold", "warm", *LIBRARY)]
        lines.append(f"| {name.upper()} | " + " | ".join(seen) + " |")
    lines += ["", "| PPO: seconds to 475, after the start | |", "|---|---|"]
    lines += [f"| {SIDES[side]} | {value:.2f} |" for side, value in seconds.items()]
    return "\n".join([HEADING, note, "", *head, *lines, ""])


def time_to_475(side):
    """Processor seconds of PPO's training until a test reaches 475; infinite if it never does."""
    one_thread()
    if side == "whole":
        from speed_agents import time_to
    else:
        from speed_sb3 import time_to
    print("RESULT" + json.dumps([time_to(475, seed) for seed in range(3)]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--to-475", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return serve(*args.serve)
    if args.to_475:
        return time_to_475(args.to_475)
    results = {name: speeds(name, args.peer_python, args.rounds) for name in args.only}
    seconds = {}
    for side, python in (("whole", sys.executable), ("sb3", args.peer_python)):
        command = [python, __file__, "--to-475", side]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        times = json.loads(output.split("RESULT")[1])
        print("to 475", side, times, flush=True)
        seconds[side] = statistics.median(times)
    draft = REPORT.with_suffix(".new")
    draft.write_text(page(results, seconds, args.rounds), encoding="utf-8")
    os.replace(draft, REPORT)


if __name__ == "__main__":
    main()
