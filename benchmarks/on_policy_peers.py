"""Compares the speed of PPO and A2C with Stable-Baselines3 on CartPole; writes docs/speed_on_policy.md.

Usage: python benchmarks/on_policy_peers.py [--peer-python PATH] [--repeats 3]

--peer-python is a Python that has stable-baselines3, if this one has not. The two sides take turns. All times
are processor seconds of one-threaded runs, so that other work on the machine counts little. Startup is paid
once, compilation included, and is printed apart. Time to 475 leaves out the evaluations: 20 greedy episodes
after every 2,000 steps.
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
from pathlib import Path

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

JOBS = {"ppo": (8, 32, 20_480), "a2c": (8, 5, 20_000)}  # environments, steps of a rollout, steps to time
REPORT = Path(__file__).parent.parent / "docs" / "speed_on_policy.md"
HEADING = """# Speed of PPO and A2C

CartPole, on one thread, in turns: PPO with 8 environments × 32 steps, batches of 256 and 20 epochs, A2C with
8 × 5. Seconds are processor seconds, so that other work on the machine counts little. The start is paid once;
it includes compilation. "To 475" is the time to the first test, 20 greedy episodes after every 2,000 steps,
that reaches it, each side with its own settings; the tests themselves are not counted.
"""
ROWS = {
    "startup": "seconds to start",
    "per_1000": "seconds per 1,000 environment steps",
    "to_475": "seconds to 475, with the start",
    "to_475_after_startup": "seconds to 475, after the start",
}


def ours(name, seed):
    """Seconds of startup, seconds per 1,000 steps after it, and seconds to 475 (PPO)."""
    from reliability import ROOT, definitions

    notebook = definitions(ROOT / "notebooks" / "08_actor_critic.ipynb")
    num_envs, rollout, num_steps = JOBS[name]
    same = {"num_steps": num_steps, "num_envs": num_envs, "rollout": rollout, "entropy_weight": 0.0}
    same["minibatch_size"] = num_envs * rollout
    same = notebook["PPO" if name == "ppo" else "A2C"] | same
    start, times = time.process_time(), []

    def note(collector, actor):
        times.append((collector.num_steps, time.process_time() - start))

    notebook["train"](seed, same, note)
    result = timing(times)
    if name == "ppo":
        result |= time_to_475(notebook, seed)
    return result


def time_to_475(notebook, seed):
    """Processor seconds to the first evaluation that reaches 475, with and without the startup."""
    start = time.process_time()
    marks = {"next": 2_000, "solved": None, "paused": 0.0}

    def watch(collector, actor):
        now = time.process_time()
        marks.setdefault("startup", now - start)
        if collector.num_steps >= marks["next"]:
            marks["next"] += 2_000
            if notebook["evaluate"](notebook["best_action"](actor), "CartPole-v1", 20, seed=5).mean() >= 475:
                marks["solved"] = now - start - marks["paused"]
            marks["paused"] += time.process_time() - now
        return marks["solved"] is not None

    notebook["train"](seed, notebook["PPO"], watch)
    learning = marks["solved"] and marks["solved"] - marks["startup"]
    return {"to_475": marks["solved"], "to_475_after_startup": learning}


def peer(name, seed):
    """The same of Stable-Baselines3, at the settings that RL-Zoo tuned."""
    import stable_baselines3 as sb3
    import torch
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.evaluation import evaluate_policy

    torch.set_num_threads(1)
    num_envs, rollout, num_steps = JOBS[name]

    def falling(start):
        return lambda left: start * left

    def make():
        envs = make_vec_env("CartPole-v1", num_envs, seed=seed)
        if name == "a2c":
            return sb3.A2C("MlpPolicy", envs, ent_coef=0.0, n_steps=rollout, device="cpu", seed=seed)
        return sb3.PPO(
            "MlpPolicy", envs, n_steps=rollout, batch_size=256, n_epochs=20, gamma=0.98, gae_lambda=0.8,
            learning_rate=falling(1e-3), clip_range=falling(0.2), ent_coef=0.0, device="cpu", seed=seed,
        )  # fmt: skip

    class Clock(BaseCallback):
        """Notes the time at the start of every rollout, and when 20 greedy episodes reach 475."""

        def __init__(self, evaluates):
            super().__init__()
            self.start, self.paused, self.times = time.process_time(), 0.0, []
            self.evaluates, self.next, self.solved = evaluates, 2_000, None

        def _on_rollout_start(self):
            now = time.process_time()
            self.times.append((self.num_timesteps, now - self.start - self.paused))
            if self.evaluates and self.num_timesteps >= self.next:
                self.next += 2_000
                envs = make_vec_env("CartPole-v1", 20, seed=5)
                if evaluate_policy(self.model, envs, 20)[0] >= 475:
                    self.solved = self.times[-1][1]
                self.paused += time.process_time() - now

        def _on_step(self):
            return self.solved is None

    clock = Clock(False)
    make().learn(num_steps, callback=clock)
    result = timing(clock.times)
    if name == "ppo":
        clock = Clock(True)
        make().learn(100_000, callback=clock)
        result["to_475"] = result["to_475_after_startup"] = clock.solved
    return result


def timing(times):
    """Seconds to the first note, and per 1,000 steps after the third."""
    (first, start), (last, end) = times[2], times[-1]
    return {"startup": times[0][1], "per_1000": 1000 * (end - start) / (last - first)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)  # side, algorithm, seed: prints JSON
    args = parser.parse_args()
    if args.one:
        side, name, seed = args.one
        print("RESULT" + json.dumps({"ours": ours, "peer": peer}[side](name, int(seed))))
        return
    lines = []
    for name in JOBS:
        rows = {"ours": [], "peer": []}
        for seed in range(args.repeats):
            for side, python in (("ours", sys.executable), ("peer", args.peer_python)):
                command = [python, __file__, "--one", side, name, str(seed)]
                output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                rows[side].append(json.loads(output.split("RESULT")[1]))
                print(name, side, f"seed {seed}:", rows[side][-1], flush=True)
        lines += [line(name, key, rows) for key in rows["ours"][0]]
    note = f"Medians of {args.repeats} rounds on {platform.machine()}, {datetime.date.today()}:"
    note += " `benchmarks/on_policy_peers.py`."
    head = ["| | here | Stable-Baselines3 | ratio |", "|---|---|---|---|"]
    REPORT.write_text("\n".join([HEADING, note, "", *head, *lines, ""]), encoding="utf-8")
    print("\n".join(lines))


def line(name, key, rows):
    """A row of the table: the medians of both sides, and how many times as long the peer takes."""
    ours, peer = (statistics.median(row[key] or float("inf") for row in rows[side]) for side in rows)
    return f"| {name.upper()}: {ROWS[key]} | {ours:.3f} | {peer:.3f} | {peer / ours:.1f} × |"


if __name__ == "__main__":
    main()
