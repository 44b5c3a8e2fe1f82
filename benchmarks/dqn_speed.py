"""Measures DQN against Stable-Baselines3 and the predict/fit loop of old tutorials; writes docs/speed_dqn.md.

Usage: python benchmarks/dqn_speed.py --peer-python PATH [--repeats 5]

--peer-python is a Python that has stable-baselines3. The sides take turns, each in a process of its own.
"""

import argparse
import datetime
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPORT = Path(__file__).parent.parent / "docs" / "speed_dqn.md"
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
HEADING = """# Speed of DQN

All sides have the same network (64-64), batch (64), replay (50,000) and one update per environment step,
on CartPole with 8 environments (the old loop: 1), in one process with one thread each. They take turns. Times
are processor seconds, so that other work on the machine counts little; compilation is not counted.
"""
ROWS = {
    "steps_per_second": "environment steps per second, one update each",
    "update_us": "µs per update",
    "action_us": "µs to choose 8 actions",
    "memory_mb": "MB of memory, whole process",
    "growth": "cost of adding and sampling at 1 M rows, relative to 10 k",
}
NAMES = {"ours": "fused", "sb3": "Stable-Baselines3", "naive": "predict/fit loop"}


def clock(function, count):
    """Processor seconds of one call, on average."""
    start = time.process_time()
    for _ in range(count):
        function()
    return (time.process_time() - start) / count


def agent(capacity, updates_per_call, num_envs=8):
    """Our DQN: (step of everything, learn alone, act alone, store and sample alone)."""
    import keras
    import numpy as np
    import tensorflow as tf

    import tutorial_lib as tl

    generator = tl.seed_everything(0)
    envs = tl.make_vec_env("CartPole-v1", num_envs)
    online, target = tl.mlp(4, [64, 64], 2), tl.mlp(4, [64, 64], 2)
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(online.trainable_variables)
    replay = tl.ReplayBuffer(capacity, tl.transition_spec(envs), generator)
    act = tl.epsilon_greedy(online, generator)

    def update(batch):
        td_target = tl.dqn_target(batch.reward, batch.discount, target(batch.next_observation))
        with tf.GradientTape() as tape:
            q = tf.gather(online(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(tl.huber(td_target - q))
        optimizer.apply(tape.gradient(loss, online.trainable_variables), online.trainable_variables)
        tl.polyak_update(online, target, 0.01)
        return {"loss": loss}

    learn = tl.fuse(update, replay, batch_size=64, updates_per_call=updates_per_call, act=act)
    collector = tl.Collector(envs, lambda observation: act(observation, 1.0), seed=0)
    while collector.num_steps < 1000:
        replay.add(collector.step())
    state = {"action": np.zeros(num_envs, np.int64)}

    def step():
        transition = collector.step(state["action"])
        state["action"] = learn.step(transition, collector.observation, 0.1)[0].numpy()

    memory = tf.function(lambda: tf.reduce_sum(replay.sample(64).observation), jit_compile=True)
    row = collector.step()

    def store_and_sample():
        replay.add(row)
        memory()

    return step, learn, lambda: act(collector.observation, 0.1).numpy(), store_and_sample


def serve_ours():
    step, _, act, _ = agent(50_000, 8)
    _, learn, _, _ = agent(50_000, 32)
    memories = [agent(capacity, 1)[3] for capacity in (10_000, 1_000_000)]
    for function in (step, learn, act, *memories):
        clock(function, 3)

    def measure():
        small, large = (clock(memory, 300) for memory in memories)
        return {
            "steps_per_second": 8 / clock(step, 500),
            "update_us": 1e6 * clock(learn, 60) / 32,
            "action_us": 1e6 * clock(act, 500),
            "growth": large / small,
        }

    return measure


def serve_sb3():
    import torch
    from stable_baselines3 import DQN
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)
    envs = make_vec_env("CartPole-v1", n_envs=8)
    model = DQN(
        "MlpPolicy", envs, batch_size=64, buffer_size=50_000, learning_starts=1_000, train_freq=1,
        gradient_steps=8, policy_kwargs={"net_arch": [64, 64]}, device="cpu", seed=0,
    )  # fmt: skip
    model.learn(2_000)
    observation = envs.reset()

    def measure():
        seconds = clock(lambda: model.learn(2_000, reset_num_timesteps=False), 1)
        return {
            "steps_per_second": 2_000 / seconds,
            "update_us": 1e6 * clock(lambda: model.train(gradient_steps=100, batch_size=64), 1) / 100,
            "action_us": 1e6 * clock(lambda: model.predict(observation), 300),
        }

    return measure


def serve_naive():
    import random

    import gymnasium as gym
    import keras
    import numpy as np

    import tutorial_lib as tl

    network = tl.mlp(4, [64, 64], 2)
    network.compile(optimizer=keras.optimizers.Adam(1e-4), loss="mse")
    env = gym.make("CartPole-v1")
    state = {"observation": env.reset(seed=0)[0]}
    memory = []

    def step():
        q = network.predict(state["observation"][None], verbose=0)
        action = int(np.argmax(q[0]))
        following, reward, terminated, truncated, _ = env.step(action)
        memory.append((state["observation"], action, reward, following, terminated))
        state["observation"] = env.reset()[0] if terminated or truncated else following
        learn()

    def learn():
        observation, action, reward, following, terminated = map(
            np.array, zip(*random.choices(memory, k=64), strict=True)
        )
        target = network.predict(observation, verbose=0)
        best = network.predict(following, verbose=0).max(axis=1)
        target[np.arange(64), action] = reward + 0.99 * best * ~terminated
        network.fit(observation, target, epochs=1, batch_size=64, verbose=0)

    clock(step, 3)
    eight = np.zeros((8, 4), np.float32)

    def measure():
        return {
            "steps_per_second": 1 / clock(step, 15),
            "update_us": 1e6 * clock(learn, 8),
            "action_us": 1e6 * clock(lambda: network.predict(eight, verbose=0), 10),
        }

    return measure


def serve(side):
    """Answers every line on stdin with one measurement."""
    if hasattr(os, "sched_setaffinity"):  # all on the same core, so that none is moved about
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    measure = {"ours": serve_ours, "sb3": serve_sb3, "naive": serve_naive}[side]()
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(measure() | {"memory_mb": memory}), flush=True)


def start(side, python):
    """A process that measures one side, once it is ready."""
    command = [python, __file__, "--serve", side]
    environment = os.environ | ONE_THREAD
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    if process.stdout.readline().strip() != '"ready"':
        raise RuntimeError(f"the side {side!r} did not start")
    return process


def table(found, repeats):
    """The medians as Markdown."""
    middle = {s: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for s, rs in found.items()}
    lines = [
        "| | " + " | ".join(NAMES[side] for side in found) + " | ratios |",
        "|---" * (len(found) + 2) + "|",
    ]
    for key, label in ROWS.items():
        values = [middle[side].get(key) for side in found]
        cells = [
            "" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}" for value in values
        ]
        ratios = [max(values[0] / v, v / values[0]) for v in values[1:] if v]
        shown = " · ".join(f"{ratio:,.1f} ×" for ratio in ratios) if key != "memory_mb" else ""
        lines.append(f"| {label} | " + " | ".join(cells) + f" | {shown} |")
    note = f"Medians of {repeats} rounds on {platform.machine()}, {datetime.date.today()}:"
    note += " `benchmarks/dqn_speed.py`."
    return "\n".join([HEADING, note, "", *lines, ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    pythons = {"ours": sys.executable, "sb3": options.peer_python, "naive": sys.executable}
    sides = {side: start(side, python) for side, python in pythons.items()}
    found = {side: [] for side in sides}
    for _ in range(options.repeats):
        for side, process in sides.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            found[side].append(json.loads(process.stdout.readline()))
            print(side, {k: round(v, 2) for k, v in found[side][-1].items()}, flush=True)
    for process in sides.values():
        process.stdin.close()
        process.wait()
    text = table(found, options.repeats)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
