"""Which objects hold the state of a vector environment, for saving a run in the middle of an episode."""

from gymnasium.vector import SyncVectorEnv

# Their whole state is in attributes that are numbers, arrays and generators.
PLAIN_WORLDS = ("gymnasium.envs.classic_control", "gymnasium.envs.toy_text", "tutorial_lib")


def environment_objects(envs):
    """The vector environment, and each environment in it with its wrappers.

    Raises:
      TypeError: an environment that keeps part of its state in objects, such as a physics engine.
    """
    objects = [envs]
    if isinstance(envs, SyncVectorEnv):
        for env in envs.envs:
            while env is not env.unwrapped:
                objects.append(env)
                env = env.env
            objects.append(env)
            _check_plain(env)
    else:
        _check_plain(envs)
    return objects


def _check_plain(env):
    if not any(kind.__module__.startswith(PLAIN_WORLDS) for kind in type(env).__mro__):
        raise TypeError(
            f"the state of {type(env).__name__} is not made of numbers alone and cannot be saved: leave the "
            "collector out, and the resumed run begins new episodes"
        )
