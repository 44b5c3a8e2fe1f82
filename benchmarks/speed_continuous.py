"""DDPG, TD3 and SAC on Pendulum: the notebooks' own agents, and Stable-Baselines3's with the same settings.

A name is "ddpg", "td3" or "sac", with the notebook's numbers; or "ddpg-256" and the like: layers of 256-256
units and batches of 256.
"""

from pathlib import Path

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def size_of(name):
    """("ddpg-256") -> ("ddpg", 256); without a number, 64."""
    algorithm, _, size = name.partition("-")
    return algorithm, int(size or 64)


def make_loop(name):
    """The notebook's loop of an algorithm."""
    from reliability import definitions  # our own environment has what it needs, the peers' has not

    algorithm, size = size_of(name)
    page = definitions(NOTEBOOKS / ("09_ddpg.ipynb" if algorithm == "ddpg" else "09b_td3_sac.ipynb"))
    page.update(HIDDEN=[size, size], BATCH_SIZE=size)
    if algorithm == "ddpg":
        return page["make_loop"](sizes=(page["HIDDEN"], page["HIDDEN"]))
    return page["make_loop"](page[algorithm])


def sb3_model(name):
    """Stable-Baselines3's, warmed up."""
    import numpy as np
    from stable_baselines3 import DDPG, SAC, TD3
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.noise import NormalActionNoise

    algorithm, size = size_of(name)
    options = dict(batch_size=size, buffer_size=20_000, learning_starts=500, train_freq=1, gradient_steps=8)
    options |= dict(learning_rate=1e-3, gamma=0.98, tau=0.01, device="cpu", seed=0)
    if algorithm != "sac":
        options["action_noise"] = NormalActionNoise(np.zeros(1), 0.2 * np.ones(1))
    kind = {"ddpg": DDPG, "td3": TD3, "sac": SAC}[algorithm]
    envs = make_vec_env("Pendulum-v1", n_envs=8)
    return kind("MlpPolicy", envs, policy_kwargs={"net_arch": [size, size]}, **options)
