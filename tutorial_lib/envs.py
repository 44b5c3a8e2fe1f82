"""Environments: one, or many stepped together, with the ends of episodes kept visible."""

import difflib

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv


def make_env(env_id, *, max_episode_steps=None, render_mode=None, wrappers=(), **kwargs):
    """Makes one environment.

    Args:
      env_id: a Gymnasium id such as "CartPole-v1".
      max_episode_steps: the time limit in steps; None keeps the environment's own.
      render_mode: "rgb_array" to record it; no display is needed.
      wrappers: functions env -> env, applied in order.

    Raises:
      ValueError: no such environment; the message lists the closest ids.
    """
    try:
        env = gym.make(env_id, max_episode_steps=max_episode_steps, render_mode=render_mode, **kwargs)
    except (gym.error.NameNotFound, gym.error.NamespaceNotFound, gym.error.VersionNotFound) as error:
        raise ValueError(_unknown(env_id)) from error
    except gym.error.DeprecatedEnv as error:
        raise ValueError(f"{env_id!r} is out of date: {error}") from error
    for wrapper in wrappers:
        env = wrapper(env)
    return env


def _unknown(env_id):
    close = difflib.get_close_matches(str(env_id), gym.registry.keys(), n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else "; gymnasium.pprint_registry() lists them all"
    return f"no environment is called {env_id!r}{hint}"


class CartPoleInStep(CartPoleVectorEnv):
    """Gymnasium's vectorised CartPole, resetting within the step that ends an episode.

    The original spends one extra step on every reset, with the action ignored and reward 0. Here that row
    never happens: as in SyncVectorEnv's same-step mode, the true last observation is in info["final_obs"].
    """

    metadata = CartPoleVectorEnv.metadata | {"autoreset_mode": AutoresetMode.SAME_STEP}

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(np.asarray(action, np.int64))
        done = self.prev_done
        if done.any():
            info = {"final_obs": observation, "_final_obs": done}
            self.state[:, done] = self.np_random.uniform(self.low, self.high, size=(4, done.sum()))
            self.steps[done] = 0
            self.prev_done = np.zeros_like(done)
            observation = self.state.T.astype(np.float32)
        return observation, reward, terminated, truncated, info


def make_vec_env(env, num_envs, *, max_episode_steps=None, wrappers=()):
    """Makes `num_envs` copies that step together and reset within the step that ends an episode.

    The true last observation of an episode is in info["final_obs"], so that nothing is lost at a reset.
    CartPole-v1 without wrappers is stepped as one array by Gymnasium's own vectorised version, which is
    some twenty times as fast as eight separate ones.

    Args:
      env: a Gymnasium id, or a function of no arguments that makes an environment.
      num_envs: how many, at least 1.
      max_episode_steps, wrappers: as in `make_env`.

    Raises:
      ValueError: unknown id, or num_envs < 1.
    """
    if num_envs < 1:
        raise ValueError(f"num_envs must be at least 1, got {num_envs}")
    if env == "CartPole-v1" and not wrappers:
        envs = CartPoleInStep(num_envs, max_episode_steps=max_episode_steps or 500)
        envs.spec = gym.spec(env)
        return envs
    factory = env
    if not callable(env):
        factory = lambda: make_env(env, max_episode_steps=max_episode_steps, wrappers=wrappers)  # noqa: E731
    elif max_episode_steps is not None or wrappers:
        raise ValueError("max_episode_steps and wrappers go with an id; build them into the function instead")
    return SyncVectorEnv([factory] * num_envs, autoreset_mode=AutoresetMode.SAME_STEP)


def reset_seeded(envs, seed):
    """Resets a vector env with unrelated episodes in every environment; returns observations [N, *obs].

    Gymnasium's own choice, seeds seed, seed + 1, …, would give runs with neighbouring seeds the same episodes.
    """
    words = np.random.SeedSequence(seed).generate_state(envs.num_envs)
    if isinstance(envs.unwrapped, (SyncVectorEnv, AsyncVectorEnv)):
        return envs.reset(seed=[int(word) for word in words])[0]
    return envs.reset(seed=int(words[0]))[0]  # one generator serves all
