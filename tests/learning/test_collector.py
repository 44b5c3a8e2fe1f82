"""Storing true transitions whatever the reset mode."""

import tracemalloc

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tutorial_lib import (
    Collector,
    discounted_returns,
    gae,
    make_vec_env,
    mlp,
    sample_categorical,
    seed_everything,
)

MODES = list(AutoresetMode)
GAMMA = 0.9


class Counter(gym.Env):
    """Observation: [episode, steps since its start]; the next episode is the next number.

    Episodes last 2, 3, 4, 2, 3, 4, … steps; odd ones terminate, even ones are truncated. The reward of a step
    is the number of the step that it leads to; the action must repeat what was observed.
    """

    observation_space = gym.spaces.Box(0, np.inf, (2,))
    action_space = gym.spaces.Discrete(1000)

    def __init__(self, first=0):
        self.episode, self.num_steps = first - 1, 0

    def reset(self, *, seed=None, options=None):
        self.episode, self.at = self.episode + 1, 0
        return self.observe(), {}

    def observe(self):
        return np.array([self.episode, self.at], np.float32)

    def step(self, action):
        assert action == self.at, "the action was chosen for another observation"
        self.at, self.num_steps = self.at + 1, self.num_steps + 1
        over = self.at == self.episode % 3 + 2
        odd = self.episode % 2 == 1
        return self.observe(), float(self.at), over and odd, over and not odd, {}


def repeat(observation):
    """The policy that Counter asks for."""
    return observation[:, 1].astype(int)


def counters(mode, num_envs=3, **options):
    """Copies that are in different episodes, and so end at different times."""
    factories = [lambda i=i: Counter(100 * i) for i in range(num_envs)]
    return SyncVectorEnv(factories, autoreset_mode=mode, **options)


def check_row(observation, reward, discount, next_observation):
    """One stored step against what Counter is known to do."""
    episode, at = observation
    assert tuple(next_observation) == (episode, at + 1), "the row crosses episodes"
    assert reward == at + 1
    terminated = episode % 2 == 1 and at + 1 == episode % 3 + 2
    assert discount == pytest.approx(0 if terminated else GAMMA)


@pytest.mark.parametrize("mode", MODES)
def test_step_stores_every_real_step_and_nothing_else(mode):
    envs = counters(mode)
    collector = Collector(envs, repeat, gamma=GAMMA)
    rows = []
    for _ in range(40):
        batch = collector.step()
        assert len({len(field) for field in batch}) == 1
        rows += list(
            zip(batch.observation, batch.reward, batch.discount, batch.next_observation, strict=True)
        )
    for row in rows:
        check_row(*row)
    assert len(rows) == sum(env.num_steps for env in envs.envs) == collector.num_steps
    assert len({tuple(row[0]) for row in rows}) == len(rows)
    if mode == AutoresetMode.NEXT_STEP:
        assert len(rows) < 3 * 40
    else:
        assert len(rows) == 3 * 40


@pytest.mark.parametrize("mode", MODES)
def test_collect_marks_what_is_no_step_and_goes_on_where_it_stopped(mode):
    envs = counters(mode)
    collector = Collector(envs, repeat, gamma=GAMMA)
    parts = [collector.collect(num_steps) for num_steps in (1, 17, 22)]
    assert [part.reward.shape for part in parts] == [(1, 3), (17, 3), (22, 3)]
    steps = type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))
    assert steps.mask.sum() == sum(env.num_steps for env in envs.envs) == collector.num_steps
    seen = set()
    for t, i in np.argwhere(steps.mask):
        check_row(
            *(
                field[t, i]
                for field in (steps.observation, steps.reward, steps.discount, steps.next_observation)
            )
        )
        episode, at = steps.next_observation[t, i]
        assert steps.done[t, i] == (at == episode % 3 + 2)
        seen.add((episode, at))
    assert len(seen) == steps.mask.sum()
    unreal = steps.mask == 0
    assert unreal.any() == (mode == AutoresetMode.NEXT_STEP)
    for field in (steps.reward, steps.discount):
        assert not field[unreal].any()
    assert steps.done[unreal].all()


@pytest.mark.parametrize("mode", MODES)
def test_finished_episodes_are_counted_with_their_returns(mode):
    collector = Collector(counters(mode), repeat)
    collector.collect(40)
    assert len(collector.episodes) > 20
    assert {length for _, _, length in collector.episodes} == {2, 3, 4}
    for _, episode_return, length in collector.episodes:
        assert episode_return == length * (length + 1) / 2
    ends = [num_steps for num_steps, _, _ in collector.episodes]
    assert ends == sorted(ends)
    assert ends[-1] <= collector.num_steps


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("steps_before", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("num_envs", [1, 3])
def test_play_episodes_plays_one_whole_episode_of_each(mode, steps_before, num_envs):
    """Also right after a step that ended episodes, when the next one would only be a reset."""
    envs = counters(mode, num_envs)
    collector = Collector(envs, repeat, gamma=GAMMA)
    for _ in range(steps_before):
        collector.step()
    before = collector.num_steps
    steps = collector.play_episodes()
    lengths = steps.mask.sum(axis=0).astype(int)
    assert collector.num_steps - before == steps.mask.sum()
    assert len(steps.reward) == lengths.max()
    for i, length in enumerate(lengths):
        episode = steps.observation[0, i, 0]
        assert length == episode % 3 + 2
        np.testing.assert_array_equal(steps.observation[:length, i], [[episode, t] for t in range(length)])
        for t in range(length):
            check_row(
                *(f[t, i] for f in (steps.observation, steps.reward, steps.discount, steps.next_observation))
            )
        np.testing.assert_array_equal(
            steps.done[:, i], [0] * (length - 1) + [1] * (len(steps.done) - length + 1)
        )
        np.testing.assert_array_equal(steps.mask[:, i], [1] * length + [0] * (len(steps.mask) - length))
        assert not steps.reward[length:, i].any()
        assert not steps.discount[length:, i].any()


@pytest.mark.parametrize("mode", MODES)
def test_the_collector_goes_on_after_whole_episodes(mode):
    collector = Collector(counters(mode), repeat, gamma=GAMMA)
    first = collector.play_episodes()
    second = collector.play_episodes()
    assert not {*first.observation[0, :, 0]} & {*second.observation[0, :, 0]}
    num_steps, num_episodes = collector.num_steps, len(collector.episodes)
    assert num_steps == first.mask.sum() + second.mask.sum()
    assert num_episodes == 6
    steps = collector.collect(10)
    assert not steps.observation[0, :, 1].any(), "it does not begin at a start"
    for t, i in np.argwhere(steps.mask):
        check_row(
            *(f[t, i] for f in (steps.observation, steps.reward, steps.discount, steps.next_observation))
        )
    assert collector.num_steps == num_steps + steps.mask.sum()


@pytest.mark.parametrize("mode", MODES)
def test_returns_and_advantages_of_collected_steps_never_cross_episodes(mode):
    """The return of a step is that of its own episode, whatever rows lie between two episodes."""
    steps = Collector(counters(mode), repeat, gamma=GAMMA).collect(40)
    returns = discounted_returns(steps.reward, steps.discount * (1 - steps.done)).numpy()
    zeros = np.zeros_like(steps.reward)
    advantage = gae(steps.reward, steps.discount, zeros, zeros, steps.done, 1.0).numpy()
    checked = 0
    for t, i in np.argwhere(steps.mask[:-4]):
        episode, at = steps.observation[t, i]
        expected = sum(GAMMA**k * (at + 1 + k) for k in range(int(episode % 3 + 2 - at)))
        assert returns[t, i] == pytest.approx(expected, rel=1e-5)
        assert advantage[t, i] == pytest.approx(expected, rel=1e-5)
        checked += 1
    assert checked > 70


@pytest.mark.parametrize("mode", MODES)
def test_environments_that_write_every_observation_into_one_array_are_stored_alike(mode):
    """With copy=False an observation changes in the hands of who keeps it."""

    def played(copy):
        collector = Collector(counters(mode, copy=copy), repeat, gamma=GAMMA)
        parts = [collector.collect(17), collector.play_episodes(), *(collector.step() for _ in range(9))]
        return [field for part in parts for field in part], collector.episodes

    (expected, ends), (got, other_ends) = played(copy=True), played(copy=False)
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert other_ends == ends


def cartpole(kind, num_envs=4, limit=25):
    if kind == "ours":
        return make_vec_env("CartPole-v1", num_envs, max_episode_steps=limit)
    mode = {"vectorization_mode": kind}
    return gym.make_vec("CartPole-v1", num_envs, max_episode_steps=limit, **mode)


@pytest.mark.parametrize("kind", ["ours", "vector_entry_point", "sync"])
def test_stored_successors_obey_the_physics(kind):
    rng = np.random.default_rng(0)
    collector = Collector(
        cartpole(kind), lambda observation: rng.integers(2, size=len(observation)), gamma=GAMMA
    )
    steps = collector.collect(150)
    single = gym.make("CartPole-v1").unwrapped
    single.reset(seed=0)
    lengths, cut = np.zeros(4, int), 0
    for t, i in np.argwhere(steps.mask):
        single.state, single.steps_beyond_terminated = steps.observation[t, i].astype(float), None
        after, reward, terminated, _, _ = single.step(int(steps.action[t, i]))
        np.testing.assert_allclose(steps.next_observation[t, i], after, rtol=1e-4, atol=1e-5)
        lengths[i] += 1
        assert steps.reward[t, i] == reward == 1
        assert steps.discount[t, i] == pytest.approx(0 if terminated else GAMMA)
        assert steps.done[t, i] == (terminated or lengths[i] == 25)
        if steps.done[t, i]:
            cut += not terminated
            lengths[i] = 0
    assert cut > 3
    assert (steps.mask == 0).any() == (kind != "ours")


@pytest.mark.parametrize("kind", ["ours", "vector_entry_point", "sync"])
def test_a_time_limit_leaves_the_discount_alone(kind):
    """Constant reward 1, cut every 5 steps: no step is worth less than another."""
    steps = Collector(cartpole(kind, limit=5), lambda o: (o[:, 2] > 0).astype(int), gamma=GAMMA).collect(30)
    real = steps.mask == 1
    assert steps.done[real].sum() >= 16
    np.testing.assert_allclose(steps.discount[real], GAMMA)
    worth = np.full_like(steps.reward, 1 / (1 - GAMMA))
    advantage = gae(steps.reward, steps.discount, worth, worth, steps.done, 0.95).numpy()
    np.testing.assert_allclose(advantage[real], 0, atol=1e-5)


def test_dtypes_are_those_that_updates_want():
    """Gymnasium's own vector environments give rewards in float64."""
    for envs in (cartpole("ours"), cartpole("sync")):
        collector = Collector(envs, lambda o: np.zeros(len(o), np.int32))
        float32, int64 = "float32", "int64"
        kinds = [field.dtype.name for field in collector.collect(3)]
        assert kinds == [float32, int64, float32, float32, float32, float32, float32]
        assert [field.dtype.name for field in collector.step()] == [float32, int64, float32, float32, float32]


class Tenths(Counter):
    """The reward of every step is 0.1, which float32 holds to 8 digits only."""

    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, 0.1, *rest


def test_returns_are_summed_in_float64():
    collector = Collector(SyncVectorEnv([Tenths]), repeat)
    assert collector.play_returns().tolist() == [0.1 + 0.1]
    assert collector.episodes == [(2, 0.1 + 0.1, 2)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("steps_before", [0, 1, 2, 3, 4, 5])
def test_play_returns_plays_the_same_episodes_and_keeps_only_their_returns(mode, steps_before):
    players = [Collector(counters(mode), repeat) for _ in range(2)]
    for player in players:
        for _ in range(steps_before):
            player.step()
    for _ in range(3):
        steps, returns = players[0].play_episodes(), players[1].play_returns()
        np.testing.assert_array_equal(returns, steps.reward.sum(axis=0))
        assert returns.dtype == np.float64
    first = returns.copy()
    players[1].play_returns()
    np.testing.assert_array_equal(returns, first)
    assert players[0].episodes == players[1].episodes[: len(players[0].episodes)]


def test_play_returns_needs_no_more_memory_for_longer_episodes():
    class Pictures(Counter):
        observation_space = gym.spaces.Box(0, 255, (100_000,), np.uint8)

        def observe(self):
            return np.zeros(100_000, np.uint8)

        def step(self, action):
            observation, reward, _, _, info = super().step(self.at)
            return observation, reward, self.at == 200, False, info

    collector = Collector(SyncVectorEnv([Pictures] * 2), lambda observation: [0, 0])
    tracemalloc.start()
    try:
        np.testing.assert_array_equal(collector.play_returns(), [20_100, 20_100])
        assert tracemalloc.get_traced_memory()[1] < 5e6, "200 steps of 200 kB were kept"
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["ours", "vector_entry_point", "sync"])
def test_reset_begins_a_new_run_from_a_seed(kind):
    """What happened before leaves no trace: everything is as in a new Collector of that seed."""

    def run(collector):
        steps = collector.collect(60)
        return [*steps, *collector.play_episodes()], collector.num_steps, collector.episodes

    policy = lambda observation: (observation[:, 2] > 0).astype(int)  # noqa: E731
    fresh, used = (Collector(cartpole(kind), policy, seed=seed) for seed in (5, 1))
    run(used)
    used.collect(7)
    before, last = used.episodes, used.episodes[-1]
    used.reset(5)
    assert (used.num_steps, used.episodes) == (0, [])
    assert before[-1] == last, "whoever keeps the episodes of the run before has lost them"
    (steps, num_steps, episodes), (expected, *others) = run(used), run(fresh)
    for ours, theirs in zip(steps, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [num_steps, episodes] == others


def test_a_single_environment_is_refused():
    with pytest.raises(TypeError, match=r"a vector environment, as of make_vec_env, got <TimeLimit"):
        Collector(gym.make("CartPole-v1"), repeat)


def test_actions_of_several_parts_are_refused():
    class Parts(Counter):
        action_space = gym.spaces.Dict(left=gym.spaces.Discrete(2))

    with pytest.raises(ValueError, match=r"must be arrays or integers, got the space Dict"):
        Collector(SyncVectorEnv([Parts]), repeat)


def test_a_seed_repeats_and_another_differs():
    def returns(seed):
        generator = seed_everything(seed)
        network = mlp(4, [8], 2)
        policy = tf.function(lambda observation: sample_categorical(network(observation), generator))
        collector = Collector(make_vec_env("CartPole-v1", 4), policy, seed=seed)
        collector.collect(100)
        return collector.episodes

    first = returns(0)
    assert returns(0) == first
    assert returns(1) != first


def test_observations_that_are_integers_are_stored():
    collector = Collector(make_vec_env("FrozenLake-v1", 2), lambda o: np.full(len(o), 2))
    steps = collector.collect(20)
    assert steps.observation.shape == (20, 2)
    assert steps.observation.dtype == np.int64
    assert steps.done.any()


def test_actions_may_be_vectors():
    collector = Collector(make_vec_env("Pendulum-v1", 2), lambda o: np.zeros((len(o), 1)))
    assert collector.collect(3).action.shape == (3, 2, 1)
    assert collector.collect(3).action.dtype == np.float32


class FromOne(Counter):
    """Its actions are 1, 2 and 3; the reward is the action."""

    action_space = gym.spaces.Discrete(3, start=1)

    def step(self, action):
        observation, _, *rest = super().step(self.at)
        return observation, float(action), *rest


@pytest.mark.parametrize("mode", MODES)
def test_actions_may_begin_elsewhere_than_at_0(mode):
    envs = SyncVectorEnv([FromOne] * 2, autoreset_mode=mode)
    steps = Collector(envs, lambda observation: [1, 3]).collect(10)
    np.testing.assert_array_equal(steps.action, [[1, 3]] * 10)
    np.testing.assert_array_equal(steps.reward, steps.action * steps.mask)
    with pytest.raises(ValueError, match=r"chose 0 in environment 0: .* are from 1 to 3"):
        Collector(envs, lambda observation: [0, 3]).step()


class NotANumber(Counter):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, np.nan, *rest


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (0, r"actions of shape \(3,\) for 3 environments, got \(\)"),
        (np.zeros((3, 1), int), r"actions of shape \(3,\) for 3 environments, got \(3, 1\)"),
        (np.zeros(2, int), r"actions of shape \(3,\) for 3 environments, got \(2,\)"),
        (np.full(3, 0.7), "actions of type int64, got float64"),
        (np.array([0, 0, 1000]), r"chose 1000 in environment 2: the actions of Discrete\(1000\) are from 0"),
    ],
)
def test_wrong_actions(actions, message):
    collector = Collector(counters(AutoresetMode.SAME_STEP), lambda _: actions)
    with pytest.raises(ValueError, match=message):
        collector.step()


def test_a_reward_that_is_nan_names_the_environment():
    envs = SyncVectorEnv([Counter, NotANumber], autoreset_mode=AutoresetMode.SAME_STEP)
    with pytest.raises(ValueError, match="environment 1 gave a reward that is NaN"):
        Collector(envs, repeat).step()


def test_observations_of_several_parts_are_refused():
    with pytest.raises(ValueError, match=r"must be arrays or integers, got the space Tuple"):
        Collector(make_vec_env("Blackjack-v1", 2), lambda o: np.zeros(2, int))


@pytest.mark.parametrize("gamma", [-0.1, 1.5, float("nan")])
def test_gamma_outside_0_to_1(gamma):
    with pytest.raises(ValueError, match=r"gamma must be in \[0, 1\], got"):
        Collector(counters(AutoresetMode.SAME_STEP), repeat, gamma=gamma)


@pytest.mark.parametrize("num_steps", [0, -1])
def test_nothing_to_collect(num_steps):
    with pytest.raises(ValueError, match=f"num_steps must be at least 1, got {num_steps}"):
        Collector(counters(AutoresetMode.SAME_STEP), repeat).collect(num_steps)


def test_an_action_given_to_step_takes_the_place_of_the_policys():
    envs = make_vec_env("CartPole-v1", 2)
    collector = Collector(envs, lambda observation: np.zeros(2, np.int64))
    np.testing.assert_array_equal(collector.step(np.array([1, 0])).action, [1, 0])
    np.testing.assert_array_equal(collector.step().action, [0, 0])
    with pytest.raises(ValueError, match="actions of shape"):
        collector.step(np.array([1]))
