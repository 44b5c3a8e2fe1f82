"""How long Stable-Baselines3's PPO takes to a target, at the settings that RL-Zoo tuned."""

import time

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy


class Clock(BaseCallback):
    """Notes the processor seconds of training when 20 greedy episodes reach the target."""

    def __init__(self, target):
        super().__init__()
        self.target, self.next, self.paused, self.solved = target, 2_000, 0.0, None
        self.start = time.process_time()

    def _on_rollout_start(self):
        now = time.process_time()
        if self.num_timesteps >= self.next:
            self.next += 2_000
            if evaluate_policy(self.model, make_vec_env("CartPole-v1", 20, seed=5), 20)[0] >= self.target:
                self.solved = now - self.start - self.paused
            self.paused += time.process_time() - now

    def _on_step(self):
        return self.solved is None


def time_to(target, seed, num_steps=100_000):
    """Processor seconds of training; infinite if the target is not reached."""
    torch.set_num_threads(1)
    model = PPO(
        "MlpPolicy", make_vec_env("CartPole-v1", 8, seed=seed), n_steps=32, batch_size=256, n_epochs=20,
        gamma=0.98, gae_lambda=0.8, learning_rate=lambda left: 1e-3 * left,
        clip_range=lambda left: 0.2 * left, ent_coef=0.0, device="cpu", seed=seed,
    )  # fmt: skip
    clock = Clock(target)
    model.learn(num_steps, callback=clock)
    return clock.solved or float("inf")
