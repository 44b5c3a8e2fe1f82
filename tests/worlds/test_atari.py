"""Atari in ale-py's vector environment: what an observation is, which actions there are, what seeds fix."""

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from tutorial_lib import PONG_ACTIONS, Atari, Collector, make_vec_env, pixel_statistics, transition_spec

WORLD = Atari("pong", size=42, actions=PONG_ACTIONS, num_threads=1)


def play(world, num_envs, seed, actions):
    """Observations [T + 1, N, …] and rewards [T, N] of these actions [T, N]."""
    envs = make_vec_env(world, num_envs)
    observations, rewards = [envs.reset(seed=seed)[0].copy()], []
    for action in actions:
        observation, reward, *_ = envs.step(action)
        observations.append(observation.copy())
        rewards.append(reward.copy())
    envs.close()
    return np.array(observations), np.array(rewards)


def test_its_spaces_are_stacks_of_bytes_and_three_actions():
    envs = make_vec_env(WORLD, 2)
    assert envs.single_observation_space.shape == (4, 42, 42)
    assert envs.single_action_space.n == 3 and envs.action_space.shape == (2,)
    assert transition_spec(envs).observation.dtype == "uint8"
    assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert envs.names == ["NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"]
    envs.close()
    assert make_vec_env(Atari("pong", size=10, stack=2), 1).single_observation_space.shape == (2, 10, 10)


def test_a_stack_begins_black_and_moves_on_by_one():
    observations, _ = play(WORLD, 2, 0, np.random.default_rng(0).integers(0, 3, (20, 2)))
    assert not observations[0, :, :3].any() and observations[0, :, 3].any()
    np.testing.assert_array_equal(observations[1:, :, :3], observations[:-1, :, 1:])


@pytest.mark.slow
def test_a_seed_fixes_everything_and_the_games_differ():
    actions = np.random.default_rng(1).integers(0, 3, (60, 3))
    ours, again, other = (play(WORLD, 3, seed, actions)[0] for seed in (5, 5, 6))
    np.testing.assert_array_equal(ours, again)
    assert (ours != other).any()
    same = np.repeat(actions[:, :1], 3, axis=1)
    last = play(WORLD, 3, 5, same)[0][-1]
    assert (last[0] != last[1]).any(), "games of one seed wait differently at their starts"


@pytest.mark.slow
def test_the_three_actions_are_the_game_s_own():
    """0, 1 and 2 here are 0, 2 and 3 there, and with all six the fire button changes nothing."""
    rng = np.random.default_rng(2)
    actions = rng.integers(0, 3, (80, 2))
    every = Atari("pong", size=42, num_threads=1)
    ours, _ = play(WORLD, 2, 3, actions)
    theirs, _ = play(every, 2, 3, np.array(PONG_ACTIONS)[actions])
    np.testing.assert_array_equal(ours, theirs)
    fire, _ = play(every, 2, 3, np.array([1, 4, 5])[actions])
    assert (fire != play(every, 2, 3, np.zeros_like(actions))[0]).any()
    np.testing.assert_array_equal(fire, ours)


def test_sticky_actions_are_off_unless_asked_for():
    actions = np.random.default_rng(1).integers(0, 3, (60, 2))
    worlds = [Atari("pong", size=42, actions=PONG_ACTIONS, sticky=sticky) for sticky in (0.0, 0.25)]
    plain, sticky = (play(world, 2, 0, actions)[0] for world in worlds)
    assert (plain != sticky).any()
    assert WORLD.sticky == 0.0


@pytest.mark.slow
def test_the_last_observation_of_an_episode_is_true():
    """The row that ends an episode has as s′ the frame in which it ended, and the next one is a new start."""
    collector = Collector(make_vec_env(WORLD, 2), lambda observation: np.zeros(2, np.int64), seed=0)
    while not collector.episodes:
        row = collector._step()
    i = int(row.done.argmax())
    assert row.discount[i] == 0 and row.next_observation[i, :3].any()
    np.testing.assert_array_equal(row.next_observation[i, :3], row.observation[i, 1:])
    assert not collector.observation[i, :3].any()
    assert collector.episodes[0][1] == -21


def test_an_unknown_game_lists_close_names():
    with pytest.raises(ValueError, match="'pongo'; did you mean pong"):
        Atari("pongo")
    with pytest.raises(ValueError, match="space_invaders"):
        Atari("SpaceInvaders")
    with pytest.raises(ValueError, match="it has adventure, air_raid"):
        Atari("1234567")


def test_the_statistics_of_a_random_player():
    """The field is 87 everywhere but where something moves; what moves makes the deviation."""
    mean, deviation = pixel_statistics(WORLD, num_steps=60, num_envs=2)
    assert mean.shape == (42, 42) and mean.dtype == np.float64
    assert np.median(mean) == 87 and (mean != 87).any()
    assert 1 < deviation < 10
    again = pixel_statistics(WORLD, num_steps=60, num_envs=2)
    np.testing.assert_array_equal(again[0], mean)
    assert again[1] == deviation != pixel_statistics(WORLD, num_steps=60, num_envs=2, seed=1)[1]
    with pytest.raises(ValueError, match="colour"):
        pixel_statistics(Atari("pong", grey=False))
    with pytest.raises(ValueError, match="num_steps must be at least 1, got 0"):
        pixel_statistics(WORLD, 0)


def test_bad_input():
    for bad in (dict(size=0), dict(stack=0), dict(frame_skip=0), dict(noop_max=0)):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must be at least 1, got 0"):
            Atari("pong", **bad)
    with pytest.raises(ValueError, match="probability"):
        Atari("pong", sticky=1.5)
    for actions in [(0, 6), (0, 0), (2,), (-1, 2)]:
        with pytest.raises(ValueError, match="0 NOOP, 1 FIRE"):
            make_vec_env(Atari("pong", actions=actions), 1)
    with pytest.raises(ValueError, match="num_envs"):
        make_vec_env(WORLD, 0)
