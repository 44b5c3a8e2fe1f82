"""A collector goes on within an episode, with all that its wrappers remember, or is refused by name."""

import io
import random

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import wrappers

from tutorial_lib import Collector, load_run, make_env, make_vec_env, save_run
from tutorial_lib.evidence.environment_state import environment_state, prepare_environment
from tutorial_lib.worlds.discretize import DiscretizedObservation

CARTPOLE = "CartPole-v1"


def act(observation):
    """Depends on every number that is seen, so that one wrong digit sends the run elsewhere."""
    return (np.abs(observation.reshape(len(observation), -1).sum(1)) * 1000).astype(np.int64) % 2


def wrapped(wrapper, *args, **options):
    return lambda: make_vec_env(CARTPOLE, 2, wrappers=[lambda env: wrapper(env, *args, **options)])


def around(wrapper, *args, id=CARTPOLE, **options):
    return lambda: wrapper(gym.make_vec(id, 2, vectorization_mode="sync"), *args, **options)


WRAPPED = {
    "frame stack": wrapped(wrappers.FrameStackObservation, 3),
    "delay": wrapped(wrappers.DelayObservation, 2),
    "normalised observations": wrapped(wrappers.NormalizeObservation),
    "normalised rewards": wrapped(wrappers.NormalizeReward),
    "time": wrapped(wrappers.TimeAwareObservation),
    "sticky actions": wrapped(wrappers.StickyAction, 0.5),
    "skipped frames": wrapped(wrappers.MaxAndSkipObservation),
    "statistics": wrapped(wrappers.RecordEpisodeStatistics),
    "bins": wrapped(DiscretizedObservation, low=[-3] * 4, high=[3] * 4),
    "function": wrapped(wrappers.TransformObservation, lambda x: 2 * x, None),
    "vector: normalised observations": around(wrappers.vector.NormalizeObservation),
    "vector: normalised rewards": around(wrappers.vector.NormalizeReward),
    "vector: statistics": around(wrappers.vector.RecordEpisodeStatistics),
    "vector: function": around(wrappers.vector.TransformObservation, lambda x: 2 * x),
    "vector: rescaled": around(wrappers.vector.RescaleObservation, -1, 1, id="MountainCar-v0"),
    "vector: clipped": around(wrappers.vector.ClipReward, -1, 0.5),
    "next step": around(lambda envs: envs),
    "one array": lambda: make_vec_env(CARTPOLE, 2),
    "Taxi": lambda: make_vec_env("Taxi-v4", 2),
}


def after(collector, num_steps=40):
    trajectory = collector.collect(num_steps)
    return [*trajectory, collector.num_steps, np.array(collector.episodes)]


@pytest.mark.parametrize("make", WRAPPED.values(), ids=WRAPPED)
def test_goes_on_bit_for_bit(tmp_path, make):
    first, resumed = (Collector(make(), act, seed=seed) for seed in (1, 2))
    first.collect(33)
    save_run(tmp_path / "run", collector=first)
    resumed.collect(5)
    load_run(tmp_path / "run", collector=resumed)
    assert first.lengths.any(), "an episode is going on"
    for ours, theirs in zip(after(first), after(resumed), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_a_wrapper_only_reports_is_kept_too(tmp_path):
    envs = [WRAPPED["statistics"]() for _ in range(2)]
    first, resumed = (Collector(env, act, seed=0) for env in envs)
    first.collect(100)
    save_run(tmp_path / "run", collector=first)
    load_run(tmp_path / "run", collector=resumed)
    ours, theirs = (env.envs[0].return_queue for env in envs)
    assert len(ours) > 2
    assert ours == theirs
    assert ours.maxlen == theirs.maxlen == 100


@pytest.mark.parametrize("sampled_before", [True, False])
def test_actions_sampled_from_the_space_go_on_too(tmp_path, sampled_before):
    collectors = []
    for seed in (1, 2):
        envs = make_vec_env("Pendulum-v1", 2)
        envs.action_space.seed(seed)
        collectors.append(Collector(envs, lambda _, envs=envs: envs.action_space.sample(), seed=seed))
    if not sampled_before:
        collectors[1].envs.action_space._np_random = None
    collectors[0].collect(7)
    save_run(tmp_path / "run", collector=collectors[0])
    load_run(tmp_path / "run", collector=collectors[1])
    for ours, theirs in zip(*map(after, collectors), strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Noise(gym.ObservationWrapper):
    """Draws from the generator of the environment, under a name of its own."""

    def reset(self, **options):
        result = super().reset(**options)
        self.rng = self.unwrapped.np_random
        return result

    def observation(self, observation):
        return (
            observation + self.rng.normal(size=4).astype(np.float32) if hasattr(self, "rng") else observation
        )


def test_a_generator_that_two_share_stays_shared(tmp_path):
    first, resumed = (Collector(wrapped(Noise)(), act, seed=seed) for seed in (1, 2))
    first.collect(33)
    save_run(tmp_path / "run", collector=first)
    load_run(tmp_path / "run", collector=resumed)
    world = resumed.envs.envs[0]
    assert world.rng is world.unwrapped.np_random
    for ours, theirs in zip(after(first), after(resumed), strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Remembers(gym.Wrapper):
    """Keeps whatever it is given."""

    def __init__(self, env, memory):
        super().__init__(env)
        self.memory = memory


class Counts:
    def __init__(self):
        self.visits = {"left": 3}


@pytest.mark.parametrize(
    "memory",
    [{1, 2}, random.Random(0), np.random.RandomState(0), io.StringIO(), [Counts(), 3], b"raw", iter("ab")],
    ids=lambda memory: type(memory).__name__,
)
def test_what_cannot_be_saved_is_refused_by_name(tmp_path, memory):
    collector = Collector(wrapped(Remembers, memory)(), act)
    with pytest.raises(TypeError, match=r"state of Remembers .*: collector\.envs\.envs\[0\]\.memory.* is a "):
        save_run(tmp_path / "run", collector=collector)
    assert list(tmp_path.iterdir()) == []


def test_objects_made_of_numbers_are_saved(tmp_path):
    saved, loaded = (Collector(wrapped(Remembers, [Counts(), {"a": Counts()}])(), act) for _ in range(2))
    for i, value in enumerate((5, 7)):
        saved.envs.envs[i].memory[1]["a"].visits = {"left": value, "right": [value]}
    counts = [env.memory[1]["a"] for env in loaded.envs.envs]
    save_run(tmp_path / "run", collector=saved)
    load_run(tmp_path / "run", collector=loaded)
    assert counts[1].visits["right"][0] in (5, 7)


@pytest.mark.parametrize("env", ["LunarLander-v3", "async"])
def test_worlds_that_are_not_made_of_numbers_are_refused(tmp_path, env):
    envs = gym.make_vec(CARTPOLE, 1, vectorization_mode="async") if env == "async" else make_vec_env(env, 1)
    with pytest.raises(TypeError, match=r"state of (LunarLander|AsyncVectorEnv) .* leave the collector out"):
        save_run(tmp_path / "run", collector=Collector(envs, None))
    envs.close()


class Outside(gym.Env):
    """Has attributes that are numbers; who knows what a number stands for."""

    observation_space, action_space = gym.spaces.Discrete(9), gym.spaces.Discrete(2)

    def __init__(self):
        self.client = 3

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.client = 0
        return 0, {}

    def step(self, action):
        self.client += 1
        return self.client, 0.0, self.client > 7, False, {}


def test_a_world_of_an_unknown_package_is_refused_and_one_of_the_notebook_is_not(tmp_path, monkeypatch):
    first, resumed = (Collector(make_vec_env(Outside, 1), lambda _: np.array([0])) for _ in range(2))
    first.collect(5)
    with pytest.raises(
        TypeError, match="state of Outside cannot be saved: it is not known to be made of num"
    ):
        save_run(tmp_path / "run", collector=first)
    monkeypatch.setattr(Outside, "__module__", "__main__")
    load_run(save_run(tmp_path / "run", collector=first), collector=resumed)
    np.testing.assert_array_equal(resumed.collect(4).next_observation[:, 0], [6, 7, 8, 1])


def cartpole(num_envs=2, gamma=0.99, limit=None, wrapper=(), one_by_one=True):
    make = (lambda: make_env(CARTPOLE, max_episode_steps=limit, wrappers=wrapper)) if one_by_one else CARTPOLE
    limits = {} if one_by_one else {"max_episode_steps": limit}
    return Collector(make_vec_env(make, num_envs, **limits), act, gamma=gamma)


def pendulum(g):
    return Collector(make_vec_env(lambda: make_env("Pendulum-v1", g=g), 2), None)


def lake(desc):
    return Collector(make_vec_env(lambda: make_env("FrozenLake-v1", desc=desc, map_name=None), 1), None)


def stacked(size):
    return cartpole(wrapper=[lambda env: wrappers.FrameStackObservation(env, size)])


def binned(count):
    return Collector(wrapped(DiscretizedObservation, low=[-3] * 4, high=[3] * 4, num_bins=count)(), act)


@pytest.mark.parametrize(
    ("saved", "ours", "message"),
    [
        (lambda: cartpole(4), lambda: cartpole(2), r"collector.envs.num_envs is 2 here, and was saved as 4"),
        (lambda: cartpole(2), lambda: cartpole(4), r"num_envs is 4 here, and was saved as 2"),
        (
            lambda: cartpole(4, one_by_one=False),
            lambda: cartpole(2, one_by_one=False),
            r"collector.envs.num_envs is 2 here, and was saved as 4",
        ),
        (
            lambda: cartpole(limit=100),
            lambda: cartpole(limit=200),
            r"envs\[0\].*max_episode_steps.* 200.* here, and was saved as .*100",
        ),
        (
            lambda: cartpole(limit=100, one_by_one=False),
            lambda: cartpole(limit=200, one_by_one=False),
            r"max_episode_steps is 200 here, and was saved as 100",
        ),
        (lambda: cartpole(gamma=0.9), cartpole, r"collector.gamma is 0.99 here, and was saved as 0.9"),
        (lambda: pendulum(9.0), lambda: pendulum(10.0), r"spec is .*10.0.* here, and was saved as .*9.0"),
        (
            lambda: stacked(3),
            lambda: stacked(4),
            r"stack_size': 4.* here, and was saved as .*'stack_size': 3",
        ),
        (
            cartpole,
            lambda: stacked(3),
            r"envs\[0\] is a FrameStackObservation here, and was saved as TimeLimit",
        ),
        (lambda: stacked(3), cartpole, r"is a TimeLimit here, and was saved as FrameStackObservation"),
        (cartpole, lambda: cartpole(one_by_one=False), "CartPoleInStep here, and was saved as SyncInStep"),
        (lambda: binned(4), lambda: binned(8), r"was saved as 256"),
        (
            lambda: lake(["SF", "FG"]),
            lambda: lake(["SH", "FG"]),
            r"spec is .*SH.* here, and was saved as .*SF",
        ),
        (lambda: lake(None), lambda: lake(None), r"\.P is [0-9a-f]{64} here, and was saved as [0-9a-f]{64}"),
        (
            lambda: Collector(gym.make_vec(CARTPOLE, 2, vectorization_mode="sync"), act),
            cartpole,
            r"collector.mode is SameStep here, and was saved as NextStep",
        ),
    ],
)
def test_other_environments_are_refused_and_nothing_changes(tmp_path, saved, ours, message):
    save_run(tmp_path / "run", collector=saved())
    collector = ours()
    before = save_run(tmp_path / "before", collector=collector).read_bytes()
    with pytest.raises(ValueError, match=message):
        load_run(tmp_path / "run", collector=collector)
    assert save_run(tmp_path / "after", collector=collector).read_bytes() == before


def test_the_same_settings_may_be_written_differently(tmp_path):
    saved = cartpole(gamma=1, limit=50, one_by_one=False)
    ours = cartpole(gamma=1.0, limit=np.int64(50), one_by_one=False)
    load_run(save_run(tmp_path / "run", collector=saved), collector=ours)
    np.testing.assert_array_equal(saved.collect(60).reward, ours.collect(60).reward)


def test_a_seed_of_any_size_is_kept(tmp_path):
    saved, ours = cartpole(), cartpole()
    saved.envs.envs[1].reset(seed=2**100)  # as Gymnasium chooses where none is given
    load_run(save_run(tmp_path / "run", collector=saved), collector=ours)
    assert ours.envs.envs[1].unwrapped.np_random_seed == 2**100


@pytest.mark.parametrize(
    ("place", "name", "value", "message"),
    [
        (
            "collector",
            "observation",
            np.zeros((3, 4), np.float32),
            r"observation is an array of numbers of the shape",
        ),
        ("collector", "observation", [["a"] * 4] * 2, "was saved as an array of texts"),
        ("collector", "observation", 3, "was saved as a number"),
        ("collector", "num_steps", "many", "num_steps is a number here, and was saved as a str"),
        ("collector", "step", 3, r"collector\.step is nothing that a run saves"),
        ("collector", "envs", 3, r"collector\.envs is nothing that a run saves"),
        ("collector", "policy", 3, r"collector\.policy is nothing"),
        ("collector", "gamma", 0.5, r"collector\.gamma is nothing"),
        ("collector", "__class__", 3, r"__class__ is nothing"),
        ("collector.envs", "render_mode", "human", r"render_mode is nothing"),
        (
            "collector.envs",
            "_np_random",
            np.random.Generator(np.random.MT19937(0)),
            "is a PCG64 generator here",
        ),
        ("collector.envs", "_np_random", 3, "is a PCG64 generator here, and was saved as a number"),
        ("collector.envs.action_space", "_shape", (3,), r"action_space\._shape is nothing"),
        ("collector.envs.action_space", "n", 3, "n is nothing"),
        ("collector.envs", "screens", [np.random.default_rng(0)], r"envs\.screens is nothing"),
        ("collector.other", "a", 3, r"also had collector\.other, a Thing"),
        (3, "a", 3, r"also had 3, a Thing"),
        ("collector", 3, 3, "attributes without a name"),
    ],
)
def test_a_state_that_no_collector_has_is_refused(place, name, value, message):
    collector = cartpole(one_by_one=False)
    saved = environment_state("collector", collector)
    saved.setdefault(place, {"type": "Thing", "settings": {}, "state": {}})["state"][name] = value
    before = repr(environment_state("collector", collector))
    with pytest.raises(ValueError, match=message):
        prepare_environment("collector", collector, saved)
    assert repr(environment_state("collector", collector)) == before


@pytest.mark.parametrize(
    "entry", [3, [], {}, {"type": "Collector"}, {"type": 1, "settings": {}, "state": {}}]
)
def test_an_object_of_another_form_is_refused(entry):
    collector = cartpole(one_by_one=False)
    saved = environment_state("collector", collector) | {"collector.envs": entry}
    with pytest.raises(ValueError, match=r"collector\.envs was not saved as an object"):
        prepare_environment("collector", collector, saved)


def test_how_it_is_looked_at_may_differ(tmp_path):
    saved = Collector(make_vec_env(lambda: make_env(CARTPOLE, render_mode="rgb_array"), 1), act)
    saved.envs.render()
    save_run(tmp_path / "run", collector=saved)
    plain = Collector(make_vec_env(lambda: make_env(CARTPOLE), 1), act)
    load_run(tmp_path / "run", collector=plain)
    assert plain.envs.envs[0].render_mode is None
    shown = Collector(make_vec_env(lambda: make_env(CARTPOLE, render_mode="rgb_array"), 1), act, seed=5)
    picture = shown.envs.render()[0]
    save_run(tmp_path / "plain", collector=plain)
    load_run(tmp_path / "plain", collector=shown)
    assert (shown.envs.render()[0] != picture).any(), "drawn where the saved cart is"
