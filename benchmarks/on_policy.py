"""Proves that A2C and PPO learn, over seeds, and makes the curves and the lander that the course ships.

Usage: python benchmarks/on_policy.py RUN [--seeds 100-119] [--keep]

RUN is one of the settings in on_policy_agents.py, such as ppo-cartpole. Each seed is trained for the whole
budget on one thread and then evaluated greedily on 100 fresh episodes. --keep writes the curves to
tutorial_lib/pretrained/RUN.json, and of ppo-lunarlander also the weights of the first seed.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import tutorial_lib as tl  # isort: skip  (before TensorFlow)
import numpy as np
from on_policy_agents import SETTINGS, actor_critic, best_action, curve, one_step

FOLDER = Path(tl.__file__).parent / "pretrained"
TARGETS = {"CartPole-v1": 475, "Acrobot-v1": -90, "LunarLander-v3": 200, "Pendulum-v1": -200}


def run_seed(name, seed):
    """Trains and evaluates one seed -> (plain results, networks)."""
    cpu = time.process_time()
    if name == "one-step-cartpole":
        settings = {"env_id": "CartPole-v1", "num_steps": 100_000}
        agent = one_step(seed)
    else:
        settings = SETTINGS[name]
        early = []

        def keep_early(num_steps, seconds, actor, metrics):
            if not early and num_steps >= 0.15 * settings["num_steps"]:
                early.extend(actor.get_weights())

        agent = actor_critic(seed, keep_early, **settings) | {"early": early}
    cpu = time.process_time() - cpu
    final = tl.evaluate(best_action(agent["actor"]), settings["env_id"], 100)
    steps, values = curve(agent["episodes"], settings["num_steps"])
    result = {
        "final_mean": round(float(final.mean()), 2),
        "final_min": round(float(final.min()), 2),
        "seconds": round(agent["seconds"], 2),
        "cpu_seconds": round(cpu, 2),
        "steps": [int(step) for step in steps],
        "returns": [None if np.isnan(value) else round(float(value), 1) for value in values],
    }
    return result, agent


DETAILS = {
    "as in the notebook": {},
    "advantages not normalised": {"normalise": False},
    "weights not orthogonal at first": {"gains": None},
    "nothing falls to 0": {"anneal": False},
    "values clipped as well": {"value_clip": 0.2},
    "entropy rewarded, 0.01": {"entropy_weight": 0.01},
    "gradients not clipped": {"max_norm": None},
    "ratio not clipped": {"clip": None},
}


def run_details(seeds, num_steps=40_000):
    """Changes one detail of PPO at a time, over the same seeds; keeps greedy and mean training returns."""
    base = SETTINGS["ppo-cartpole-16"] | {"num_steps": num_steps}
    found = {name: {"final": [], "training": []} for name in DETAILS}
    for seed in seeds:
        for name, change in DETAILS.items():
            agent = actor_critic(seed, **base | change)
            final = tl.evaluate(best_action(agent["actor"]), base["env_id"], 100).mean()
            _, returns = curve(agent["episodes"], num_steps)
            found[name]["final"].append(round(float(final), 1))
            found[name]["training"].append(round(float(np.nanmean(returns)), 1))
            print(f"{name}, seed {seed}: {found[name]['final'][-1]}", flush=True)
        command = f"python benchmarks/on_policy.py ppo-details --seeds {seeds[0]}-{seed} --keep"
        saved = {
            "command": command,
            "settings": base,
            "seeds": list(range(seeds[0], seed + 1)),
            "found": found,
        }
        FOLDER.joinpath("ppo-details.json").write_text(json.dumps(saved) + "\n")


def report(name, env_id, results):
    """Prints what the seeds reached, with the failures counted."""
    final = np.array([result["final_mean"] for result in results.values()])
    seconds = np.array([result["seconds"] for result in results.values()])
    cpu = np.array([result["cpu_seconds"] for result in results.values()])
    low, high = tl.bootstrap_interval(final)
    target = TARGETS[env_id]
    print(
        f"{name}: {np.sum(final >= target)} of {len(final)} seeds reach {target} greedily over 100 episodes; "
        f"IQM {tl.iqm(final):.1f} [{low:.1f}, {high:.1f}], lowest {final.min():.1f}; "
        f"seconds per seed: median {np.median(seconds):.1f}, longest {seconds.max():.1f} "
        f"(of the processor: median {np.median(cpu):.1f}, longest {cpu.max():.1f})"
    )


def save_weights(path, agent):
    """The actor's weights at two moments, in the order of get_weights(), as plain arrays."""
    moments = {"early": agent["early"], "trained": agent["actor"].get_weights()}
    np.savez_compressed(
        path, **{f"{when}_{i}": w for when, weights in moments.items() for i, w in enumerate(weights)}
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", choices=[*SETTINGS, "one-step-cartpole", "ppo-details"])
    parser.add_argument("--seeds", default="100-119", help="first-last")
    parser.add_argument("--keep", action="store_true", help="write the curves into the package")
    args = parser.parse_args()
    first, last = map(int, args.seeds.split("-"))
    if args.run == "ppo-details":
        return run_details(range(first, last + 1))
    settings = SETTINGS.get(args.run, {"env_id": "CartPole-v1", "num_steps": 100_000})
    results = {}
    for seed in range(first, last + 1):
        results[seed], agent = run_seed(args.run, seed)
        line = {key: value for key, value in results[seed].items() if key not in ("steps", "returns")}
        print(f"{args.run} seed {seed}: {line}", flush=True)
        if args.keep:
            FOLDER.mkdir(exist_ok=True)
            saved = {"command": f"python benchmarks/on_policy.py {args.run} --seeds {args.seeds} --keep"}
            saved |= {"settings": settings, "seeds": results}
            (FOLDER / f"{args.run}.json").write_text(json.dumps(saved, separators=(",", ":")) + "\n")
            if args.run == "ppo-lunarlander" and seed == first:
                save_weights(FOLDER / "ppo-lunarlander.npz", agent)
    report(args.run, settings["env_id"], results)


if __name__ == "__main__":
    main()
