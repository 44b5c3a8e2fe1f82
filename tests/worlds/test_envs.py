"""Making environments: limits, wrappers, starts, and errors that help."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from tutorial_lib import make_env, make_vec_env
from tutorial_lib.worlds.envs import CartPoleInStep, check_observation_space, reset_seeded


def run(envs, num_steps, seed=0):
    """Steps with random actions: all observations, rewards, flags and last observations."""
    rng = np.random.default_rng(seed)
    for _ in range(num_steps):
        yield envs.step(rng.integers(2, size=envs.num_envs))


# --- make_env


def test_make_env_sets_the_limit_the_render_mode_and_the_wrappers():
    env = make_env(
        "CartPole-v1",
        max_episode_steps=3,
        render_mode="rgb_array",
        wrappers=[
            lambda env: gym.wrappers.TransformReward(env, lambda r: 10 * r),
            gym.wrappers.TimeAwareObservation,
        ],
    )
    observation, _ = env.reset(seed=0)
    assert observation.shape == (5,)
    assert env.render().shape == (400, 600, 3)
    steps = [env.step(0) for _ in range(3)]
    assert [(reward, truncated) for _, reward, _, truncated, _ in steps] == [
        (10, False),
        (10, False),
        (10, True),
    ]
    env.close()


def test_make_env_passes_on_what_the_environment_takes():
    assert make_env("FrozenLake-v1", map_name="8x8").observation_space.n == 64


@pytest.mark.parametrize("make", [make_env, lambda env_id: make_vec_env(env_id, 2)])
@pytest.mark.parametrize(
    ("env_id", "message"),
    [
        ("CartPool-v1", "no environment is called 'CartPool-v1'; did you mean CartPole-v1"),
        ("CartPole-v77", "no environment is called 'CartPole-v77'; did you mean CartPole-v1"),
        ("Nothing/Like-v0", r"no environment is called 'Nothing/Like-v0'; gymnasium.pprint_registry\(\)"),
        ("Cart Pole!", "no environment is called 'Cart Pole!'"),
        ("LunarLander-v2", "'LunarLander-v2' is out of date: .*v3"),
        ("", "no environment is called ''"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*out of date")
def test_unknown_ids(make, env_id, message):
    with pytest.raises(ValueError, match=message):
        make(env_id)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_env(None), 'named by an id such as "CartPole-v1", got None'),
        (lambda: make_vec_env(None, 2), r"by an id such as .* or by a function .* makes one, got None"),
        (lambda: make_vec_env(make_env("CartPole-v1"), 2), "makes one, got <TimeLimit"),
        (lambda: make_vec_env(lambda: None, 2), "function .* must make an environment, it returned None"),
    ],
)
def test_what_is_no_environment(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_time_limit_below_1(limit):
    for make in (make_env, lambda env_id, **limit: make_vec_env(env_id, 2, **limit)):
        with pytest.raises(ValueError, match=f"max_episode_steps must be at least 1, or None, got {limit}"):
            make("CartPole-v1", max_episode_steps=limit)


# --- make_vec_env


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1"])
def test_vector_envs_reset_within_the_step_and_keep_the_limit(env_id):
    envs = make_vec_env(env_id, 3, max_episode_steps=7)
    assert envs.num_envs == 3
    assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    first = reset_seeded(envs, 0)
    lengths, length = [], np.zeros(3, int)
    for observation, _, terminated, truncated, info in run(envs, 30):
        assert observation.shape == first.shape
        length += 1
        for i in np.flatnonzero(terminated | truncated):
            assert info["_final_obs"][i]
            assert not np.array_equal(info["final_obs"][i], observation[i])
            lengths.append(length[i])
            length[i] = 0
    assert set(lengths) == {7}
    assert len(lengths) == 12
    envs.close()


def test_wrappers_reach_every_copy_of_cartpole():
    envs = make_vec_env(
        "CartPole-v1", 2, wrappers=[lambda env: gym.wrappers.TransformReward(env, lambda r: 10 * r)]
    )
    reset_seeded(envs, 0)
    np.testing.assert_array_equal(next(run(envs, 1))[1], [10, 10])


def test_a_function_makes_the_environments():
    envs = make_vec_env(lambda: gym.make("CartPole-v1", sutton_barto_reward=True), 2)
    reset_seeded(envs, 0)
    np.testing.assert_array_equal(next(run(envs, 1))[1], [0, 0])
    with pytest.raises(ValueError, match="build them into the function instead"):
        make_vec_env(lambda: gym.make("CartPole-v1"), 2, max_episode_steps=5)


def reuses_its_array():
    """Counts in one and the same array, up to 2, where an episode ends."""

    class Reuses(gym.Env):
        observation_space = gym.spaces.Box(0, 2, (1,))
        action_space = gym.spaces.Discrete(1)

        def __init__(self):
            self.count = np.zeros(1, np.float32)

        def reset(self, *, seed=None, options=None):
            self.count[:] = 0
            return self.count, {}

        def step(self, action):
            self.count += 1
            return self.count, 1.0, bool(self.count == 2), False, {}

    return Reuses()


@pytest.mark.parametrize("processes", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_last_observation_is_kept_also_when_the_first_is_written_over_it(processes):
    envs = make_vec_env(reuses_its_array, 2, processes=processes)
    envs.reset()
    envs.step(np.zeros(2, int))
    observation, _, terminated, _, info = envs.step(np.zeros(2, int))
    envs.close()
    assert terminated.all()
    np.testing.assert_array_equal(observation, [[0], [0]])
    np.testing.assert_array_equal(np.stack(info["final_obs"]), [[2], [2]])


@pytest.mark.parametrize("num_envs", [0, -1])
def test_a_vector_env_needs_an_env(num_envs):
    with pytest.raises(ValueError, match=f"num_envs must be at least 1, got {num_envs}"):
        make_vec_env("CartPole-v1", num_envs)


# --- CartPole


def test_cartpole_is_stepped_natively_and_obeys_the_physics_of_single_ones():
    """Every successor, also an episode's last, is what a single environment makes of the same state."""
    envs = make_vec_env("CartPole-v1", 4, max_episode_steps=25)
    assert type(envs) is CartPoleInStep
    assert envs.spec.id == "CartPole-v1"
    single = gym.make("CartPole-v1").unwrapped
    single.reset(seed=0)
    observation, ends = reset_seeded(envs, 3), {"terminated": 0, "truncated": 0}
    rng, steps = np.random.default_rng(0), np.zeros(4, int)
    for _ in range(200):
        before, action = envs.state.T.copy(), rng.integers(2, size=4)
        np.testing.assert_array_equal(observation, before.astype(np.float32))
        observation, reward, terminated, truncated, info = envs.step(action)
        steps += 1
        for i in range(4):
            single.state, single.steps_beyond_terminated = before[i], None
            after, one, over, _, _ = single.step(int(action[i]))
            done = terminated[i] or truncated[i]
            np.testing.assert_allclose((info["final_obs"] if done else observation)[i], after, rtol=1e-5)
            assert (reward[i], terminated[i], truncated[i]) == (one, over, steps[i] == 25)
            if done:
                assert np.all(np.abs(observation[i]) <= 0.05)
                ends["terminated" if over else "truncated"] += 1
                steps[i] = 0
    assert min(ends.values()) > 3, ends


def test_cartpole_wakes_up_after_a_reset_in_the_middle():
    envs = make_vec_env("CartPole-v1", 2, max_episode_steps=4)
    for _ in range(3):
        reset_seeded(envs, 0)
        truncated = [row[3].tolist() for row in run(envs, 8)]
        assert truncated == [[False] * 2] * 3 + [[True] * 2] + [[False] * 2] * 3 + [[True] * 2]
        next(run(envs, 1))


# --- seeds


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1"])
def test_starts_differ_within_a_run_repeat_across_runs_and_are_not_shared(env_id):
    def starts(seed):
        envs = make_vec_env(env_id, 4, max_episode_steps=5)
        rows = list(reset_seeded(envs, seed))
        for observation, _, terminated, truncated, _ in run(envs, 20):
            rows += list(observation[terminated | truncated])
        return [tuple(row.tolist()) for row in rows]

    first = starts(0)
    assert len(set(first)) == len(first) == 20
    assert starts(0) == first
    for neighbour in (1, 2, 3):
        assert not set(first) & set(starts(neighbour))


def test_seeding_reaches_a_vector_env_of_gymnasiums_own():
    for mode in ("sync", "vector_entry_point"):
        envs = gym.make_vec("CartPole-v1", 3, vectorization_mode=mode)
        np.testing.assert_array_equal(reset_seeded(envs, 5), reset_seeded(envs, 5))
        assert not np.array_equal(reset_seeded(envs, 5), reset_seeded(envs, 6))


# --- observations


@pytest.mark.parametrize("env_id", ["CartPole-v1", "FrozenLake-v1"])
def test_arrays_and_integers_are_fine(env_id):
    check_observation_space(make_env(env_id).observation_space)


@pytest.mark.parametrize("env_id", ["Blackjack-v1"])
def test_an_observation_of_several_parts_is_refused(env_id):
    with pytest.raises(
        ValueError, match=r"must be arrays or integers, got the space Tuple.*FlattenObservation"
    ):
        check_observation_space(make_env(env_id).observation_space)
