"""Environments: one, or many stepped together, with the ends of episodes kept visible."""

import contextlib
import difflib

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from tutorial_lib.worlds.processes import in_processes, travelling


def make_env(env_id, *, max_episode_steps=None, render_mode=None, wrappers=(), **kwargs):
    """Makes one environment.

    Args:
      env_id: a Gymnasium id such as "CartPole-v1".
      max_episode_steps: the time limit in steps; None keeps the environment's own.
      render_mode: "rgb_array" to record it; no display is needed.
      wrappers: functions env -> env, applied in order.

    Raises:
      TypeError: env_id is no text.
      ValueError: no such environment, the message lists the closest ids; or max_episode_steps < 1.
    """
    _check_time_limit(max_episode_steps)
    if not isinstance(env_id, str):
        raise TypeError(f'an environment is named by an id such as "CartPole-v1", got {env_id!r}')
    try:
        env = gym.make(env_id, max_episode_steps=max_episode_steps, render_mode=render_mode, **kwargs)
    except gym.error.DeprecatedEnv as error:
        raise ValueError(f"{env_id!r} is out of date: {error}") from error
    except gym.error.Error as error:
        if env_id in gym.registry:
            raise
        raise ValueError(_unknown(env_id)) from error
    for wrapper in wrappers:
        env = wrapper(env)
    return env


def _unknown(env_id):
    close = difflib.get_close_matches(str(env_id), gym.registry.keys(), n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else "; gymnasium.pprint_registry() lists them all"
    return f"no environment is called {env_id!r}{hint}"


def _check_time_limit(max_episode_steps):
    if max_episode_steps is not None and max_episode_steps < 1:
        raise ValueError(f"max_episode_steps must be at least 1, or None, got {max_episode_steps}")


def check_observation_space(space):
    """Raises ValueError unless an observation is one array or one integer."""
    if not isinstance(
        space, (gym.spaces.Box, gym.spaces.Discrete, gym.spaces.MultiDiscrete, gym.spaces.MultiBinary)
    ):
        raise ValueError(
            f"observations must be arrays or integers, got the space {space}: wrap the environment, such as "
            "in gymnasium.wrappers.FlattenObservation"
        )


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


class SyncInStep(SyncVectorEnv):
    """Environments stepped in turn, resetting within the step that ends an episode.

    info["final_obs"] is a copy: an environment may write the first observation of the next episode over it.
    """

    def __init__(self, makers):
        super().__init__(makers, autoreset_mode=AutoresetMode.SAME_STEP)

    def _add_info(self, vector_infos, env_info, env_num):
        if "final_obs" in env_info:
            env_info = env_info | {"final_obs": np.array(env_info["final_obs"])}
        return super()._add_info(vector_infos, env_info, env_num)


@contextlib.contextmanager
def opened(env, **options):
    """One environment from an id, with `options` of `make_env`, from a function that makes it, or as it is.

    One that was made here is closed in the end; one that was given stays open.

    Raises:
      TypeError: anything else.
      ValueError: as for `make_env`.
    """
    if isinstance(env, gym.Env):
        yield env
        return
    made = make_env(env, **options) if isinstance(env, str) else _maker(env)()
    try:
        yield made
    finally:
        made.close()


def _maker(env):
    """The function that was given in place of an id, checked."""
    if not callable(env):
        raise TypeError(
            'an environment is given by an id such as "CartPole-v1" or by a function of no arguments that '
            f"makes one, got {env!r}"
        )

    def make():
        made = env()
        if not isinstance(made, gym.Env):
            raise TypeError(f"the function {env!r} must make an environment, it returned {made!r}")
        return made

    return make


def make_vec_env(env, num_envs, *, max_episode_steps=None, wrappers=(), processes=False):
    """Makes `num_envs` copies that step together and reset within the step that ends an episode.

    The true last observation of an episode is in info["final_obs"], so that nothing is lost at a reset.
    CartPole-v1 without wrappers is stepped as one array by Gymnasium's own vectorised version.

    Args:
      env: a Gymnasium id, a function of no arguments that makes an environment, or what has a method
        `make_vec_env(num_envs)` of its own, such as `Atari("pong")`.
      num_envs: how many, at least 1.
      max_episode_steps, wrappers: as in `make_env`.
      processes: gives every copy a process of its own, for environments that take milliseconds to step;
        `close()` ends them. A script must then do its work below `if __name__ == "__main__":`.

    Raises:
      TypeError: env is neither an id nor a function.
      ValueError: unknown id, num_envs < 1, or max_episode_steps < 1.
    """
    if num_envs < 1:
        raise ValueError(f"num_envs must be at least 1, got {num_envs}")
    _check_time_limit(max_episode_steps)
    if not isinstance(env, str):
        if max_episode_steps is not None or wrappers:
            raise ValueError(
                "max_episode_steps and wrappers go with an id; build them into the function instead"
            )
        if hasattr(env, "make_vec_env"):
            return env.make_vec_env(num_envs)
        make = _maker(env)
    elif processes:
        with opened(env, max_episode_steps=max_episode_steps) as one:
            make = travelling(one.spec, wrappers)
    elif env == "CartPole-v1" and not wrappers:
        envs = CartPoleInStep(num_envs, max_episode_steps=max_episode_steps or 500)
        envs.spec = gym.spec(env)
        return envs
    else:
        make = lambda: make_env(env, max_episode_steps=max_episode_steps, wrappers=wrappers)  # noqa: E731
    if processes:
        return in_processes(make, num_envs)
    return SyncInStep([make] * num_envs)


def reset_seeded(envs, seed):
    """Resets a vector env with unrelated episodes in every environment; returns observations [N, *obs].

    Gymnasium's own choice, seed, seed + 1, …, would give runs with neighbouring seeds the same episodes.
    """
    words = np.random.SeedSequence(seed).generate_state(envs.num_envs)
    if isinstance(envs.unwrapped, (SyncVectorEnv, AsyncVectorEnv)):
        return envs.reset(seed=[int(word) for word in words])[0]
    return envs.reset(seed=int(words[0]))[0]  # one generator serves all
