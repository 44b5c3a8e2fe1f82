"""A resumed run goes on bit for bit, and no crash leaves a file that cannot be read."""

import io
import json
import multiprocessing
import os
import signal
import time
import warnings
import zipfile
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import (
    Collector,
    ReplayBuffer,
    UnreadableRun,
    epsilon_greedy,
    fuse,
    load_run,
    make_env,
    make_vec_env,
    mlp,
    save_run,
    seed_everything,
    transition_spec,
)


class Agent:
    """A small DQN with everything that a run consists of."""

    def __init__(self, seed, env="CartPole-v1", capacity=100):
        self.generator = seed_everything(seed)
        self.rng = np.random.default_rng(seed)
        self.envs = make_vec_env(env, 4)
        self.network = mlp(4, [8], 2)
        self.optimizer = keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(0.01, 300, 0.0))
        self.optimizer.build(self.network.trainable_variables)
        self.replay = ReplayBuffer(capacity, transition_spec(self.envs), self.generator)
        self.act = epsilon_greedy(self.network, self.generator)
        self.collector = Collector(self.envs, lambda observation: self.act(observation, 1.0), seed=seed)
        self.learn = fuse(self.update, self.replay, batch_size=8, updates_per_call=2, act=self.act)
        self.action = np.zeros(4, np.int64)

    def update(self, batch):
        with tf.GradientTape() as tape:
            q = tf.gather(self.network(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(tf.square(batch.reward - q))
        weights = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}

    def train(self, num_steps):
        for _ in range(num_steps):
            transition = self.collector.step(self.action)
            self.action, _ = self.learn.step(transition, self.collector.observation, 0.3)
            self.rng.random()

    @property
    def parts(self):
        names = ("network", "optimizer", "replay", "generator", "rng", "collector")
        return {name: getattr(self, name) for name in names}

    def save(self, path):
        return save_run(path, **self.parts, action=np.asarray(self.action))

    def load(self, path):
        self.action = load_run(path, **self.parts)["action"]

    def fingerprint(self):
        return [
            *self.network.get_weights(),
            *[np.asarray(variable.numpy()) for variable in self.optimizer.variables],
            *[column.numpy() for column in self.replay.columns],
            self.generator.state.numpy(),
            self.collector.observation,
            np.array(self.collector.episodes),
            np.array([self.collector.num_steps, *self.collector.returns, self.rng.random()]),
        ]


def assert_same(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.learning
@pytest.mark.slow
def test_a_resumed_run_goes_on_bit_for_bit_even_within_an_episode(tmp_path):
    first = Agent(seed=1)
    first.train(60)
    first.save(tmp_path / "run")
    first.train(40)
    resumed = Agent(seed=2)
    resumed.load(tmp_path / "run")
    resumed.train(40)
    assert len(first.collector.episodes) > 2
    assert first.collector.returns.any(), "some episodes are going on"
    assert len(first.replay) == 100, "the ring has gone round"
    assert_same(first.fingerprint(), resumed.fingerprint())


def test_environments_stepped_one_by_one_go_on_too(tmp_path):
    envs = [make_vec_env(lambda: make_env("CartPole-v1"), 2) for _ in range(2)]
    runs = [Collector(env, lambda observation: np.array([0, 1]), seed=seed) for seed, env in enumerate(envs)]
    runs[0].collect(13)
    save_run(tmp_path / "run", collector=runs[0])
    load_run(tmp_path / "run", collector=runs[1])
    ours, theirs = (run.collect(40) for run in runs)
    assert ours.done.sum() > 4
    assert_same(ours, theirs)


def test_plain_values_come_back_as_they_were(tmp_path):
    values = {
        "step": 12,
        "big": 2**100,
        "loss": 0.1,
        "nothing": None,
        "flag": True,
        "curve": [(1, 2.5), (3, float("inf"))],
        "table": {"a": np.arange(6).reshape(2, 3), 3: np.float32(0.1)},
    }
    save_run(tmp_path / "run", **values)
    loaded = load_run(tmp_path / "run")
    np.testing.assert_array_equal(loaded["table"].pop("a"), values["table"].pop("a"))
    assert loaded == values
    assert isinstance(loaded["table"][3], np.float32)


def damaged(path, kind):
    content = path.read_bytes()
    middle = len(content) // 2
    if kind == "truncated":
        path.write_bytes(content[:middle])
    elif kind == "corrupt":
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "no run":
        path.write_bytes(b"<html>not a run</html>")
    elif kind == "foreign":
        np.savez(path.open("wb"), weights=np.zeros(3))
    elif kind == "older":
        rewrite(path, content, lambda manifest: manifest | {"version": 0})


def rewrite(path, content, change):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["manifest.json"] = json.dumps(change(json.loads(members["manifest.json"]))).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, member in members.items():
            file.writestr(name, member)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("truncated", "truncated, damaged or no saved run"),
        ("corrupt", "truncated, damaged or no saved run"),
        ("empty", "truncated, damaged or no saved run"),
        ("no run", "truncated, damaged or no saved run"),
        ("foreign", "not one that save_run wrote"),
        ("older", "format 0"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_named_and_changes_nothing(tmp_path, kind, message):
    variable = tf.Variable(np.arange(1000.0))
    for step in (1, 2):
        save_run(tmp_path / "run", weights=variable, step=step)
    damaged(tmp_path / "run", kind)
    variable.assign(-variable)
    with pytest.raises(UnreadableRun, match=message) as caught:
        load_run(tmp_path / "run", weights=variable)
    assert "run.previous" in str(caught.value)
    np.testing.assert_array_equal(variable, -np.arange(1000.0))
    assert load_run(tmp_path / "run.previous", weights=variable) == {"step": 1}
    np.testing.assert_array_equal(variable, np.arange(1000.0))


def test_every_flipped_bit_is_noticed_or_harmless(tmp_path):
    save_run(tmp_path / "run", weights=np.arange(50.0))
    content = (tmp_path / "run").read_bytes()
    for position in np.random.default_rng(0).integers(0, len(content), 150):
        spoilt = bytearray(content)
        spoilt[position] ^= 1 << int(position % 8)
        (tmp_path / "run").write_bytes(spoilt)
        try:
            np.testing.assert_array_equal(load_run(tmp_path / "run")["weights"], np.arange(50.0))
        except UnreadableRun:
            continue


@pytest.mark.slow
def test_what_does_not_fit_is_named_and_changes_nothing(tmp_path):
    agent = Agent(seed=0)
    agent.train(3)
    agent.save(tmp_path / "run")
    other = Agent(seed=1, capacity=50)
    before = other.fingerprint()[:-1]
    with pytest.raises(ValueError, match="replay was saved with 100 rows"):
        other.load(tmp_path / "run")
    with pytest.raises(ValueError, match="also holds collector, generator, optimizer, replay, rng"):
        load_run(tmp_path / "run", network=other.network)
    with pytest.raises(ValueError, match="network has variables of the shapes"):
        load_run(tmp_path / "run", **agent.parts | {"network": mlp(4, [9], 2)})
    with pytest.raises(ValueError, match="saved as a model, and a replay"):
        load_run(tmp_path / "run", **agent.parts | {"network": agent.replay})
    with pytest.raises(ValueError, match="holds no target"):
        load_run(tmp_path / "run", target=agent.network)
    with pytest.raises(ValueError, match="build it first"):
        load_run(tmp_path / "run", **agent.parts | {"optimizer": keras.optimizers.Adam()})
    assert_same(before, other.fingerprint()[:-1])


def test_misuse_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        save_run(tmp_path / "missing" / "run", a=1)
    with pytest.raises(FileNotFoundError, match="no run was saved"):
        load_run(tmp_path / "run")
    with pytest.raises(TypeError, match="thing cannot be saved: a object"):
        save_run(tmp_path / "run", thing=object())
    assert list(tmp_path.iterdir()) == []
    lander = Collector(make_vec_env("LunarLander-v3", 1), None)
    with pytest.raises(TypeError, match=r"LunarLander .* leave the collector out"):
        save_run(tmp_path / "run", collector=lander)


def test_if_only_the_run_saved_before_is_left_it_is_loaded_with_a_warning(tmp_path):
    save_run(tmp_path / "run", step=1)
    os.replace(tmp_path / "run", tmp_path / "run.previous")
    with pytest.warns(UserWarning, match="run is missing: loading run.previous") as caught:
        assert load_run(tmp_path / "run") == {"step": 1}
    assert caught[0].filename == __file__


def test_a_folder_is_refused_and_stays(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "curve.csv").touch()
    for use in (save_run, load_run):
        with pytest.raises(
            IsADirectoryError, match=r"results' is a folder: name a file in it, such as .*/run'"
        ):
            use(folder)
    assert [file.name for file in tmp_path.iterdir()] == ["results"]
    assert (folder / "curve.csv").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file system with pipes")
def test_what_is_no_file_is_refused_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="pipe' is there, and is no file"):
        save_run(tmp_path / "pipe", step=1)
    with pytest.raises(FileNotFoundError, match="no run was saved"):
        load_run(tmp_path / "pipe")
    assert [file.name for file in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("target", ["run", "missing"])
def test_a_symbolic_link_stays_and_its_file_is_replaced(tmp_path, target):
    (tmp_path / "disk").mkdir()
    save_run(tmp_path / "disk" / "run", step=1)
    link = tmp_path / "latest"
    link.symlink_to(tmp_path / "disk" / target)
    assert save_run(link, step=2) == link
    assert link.is_symlink()
    assert load_run(link) == load_run(tmp_path / "disk" / target) == {"step": 2}
    assert [file.name for file in tmp_path.glob("*")] == ["disk", "latest"] or not list(
        tmp_path.glob("*.previous")
    )
    if target == "run":
        assert load_run(tmp_path / "disk" / "run.previous") == {"step": 1}


def test_numbers_of_another_type_are_refused(tmp_path):
    save_run(tmp_path / "run", weights=tf.Variable(2.5), network=mlp(2, [3], 1))
    whole = tf.Variable(7, dtype=tf.int64)
    with pytest.raises(
        ValueError, match=r"weights has variables of the shapes \['int64 \[\]'\], .* \['float32"
    ):
        load_run(tmp_path / "run", weights=whole, network=mlp(2, [3], 1))
    assert int(whole) == 7


def test_if_the_last_part_does_not_fit_the_first_is_left_alone(tmp_path):
    envs = make_vec_env("CartPole-v1", 2)
    replay = ReplayBuffer(2, transition_spec(envs), tf.random.Generator.from_seed(0))
    replay.add(Collector(envs, None).step(np.array([0, 1])))
    weights, rng = tf.Variable([1.0]), np.random.default_rng(0)
    content = save_run(tmp_path / "run", weights=weights, rng=rng, replay=replay).read_bytes()
    weights.assign([2.0])
    expected = rng.bit_generator.state
    for key, number in [("num_added", -1), ("num_added", 2**63), ("num_added", 1), ("uinteger", 2**40)]:
        rewrite(tmp_path / "run", content, lambda manifest, new=(key, number): with_number(manifest, *new))
        with pytest.raises(ValueError, match="replay|uinteger of a generator"):
            load_run(tmp_path / "run", weights=weights, rng=rng, replay=replay)
        assert float(weights[0]) == 2.0
        assert rng.bit_generator.state == expected
        assert len(replay) == 2


def with_number(tree, key, number):
    """The manifest with the number beside every such key replaced."""
    if isinstance(tree, dict):
        return {name: with_number(branch, key, number) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [key, number] if tree[:1] == [key] else [with_number(branch, key, number) for branch in tree]
    return tree


def test_a_network_without_weights_is_refused(tmp_path):
    unbuilt = keras.Sequential([keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="network has no variables yet, .* build it first"):
        save_run(tmp_path / "run", network=unbuilt)
    assert list(tmp_path.iterdir()) == []
    save_run(tmp_path / "run", network=keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]))
    with pytest.raises(ValueError, match="network has variables of the shapes .* build it first"):
        load_run(tmp_path / "run", network=unbuilt)
    unbuilt.build((None, 3))
    load_run(tmp_path / "run", network=unbuilt)


def test_a_network_with_some_of_its_weights_is_refused(tmp_path):
    class Half(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = keras.layers.Dense(2), keras.layers.Dense(2)
            self.first.build((None, 3))

        def call(self, x):
            return self.second(self.first(x))

    network = Half()
    assert len(network.variables) == 2
    with pytest.raises(ValueError, match="build it first"):
        save_run(tmp_path / "run", network=network)
    network(np.zeros((1, 3)))
    save_run(tmp_path / "run", network=network)


def test_a_generator_of_another_kind_is_refused(tmp_path):
    save_run(tmp_path / "run", rng=np.random.Generator(np.random.MT19937(0)))
    rng, expected = np.random.default_rng(0), np.random.default_rng(0).random()
    with pytest.raises(ValueError, match="rng draws from PCG64, the saved one from MT19937"):
        load_run(tmp_path / "run", rng=rng)
    assert rng.random() == expected


def test_an_optimizer_that_has_not_begun_is_saved_as_it_is(tmp_path):
    save_run(tmp_path / "run", optimizer=keras.optimizers.Adam(0.5))
    resumed = keras.optimizers.Adam(0.1)
    load_run(tmp_path / "run", optimizer=resumed)
    assert float(resumed.learning_rate) == 0.5


def test_a_named_tuple_is_refused_with_what_to_do(tmp_path):
    class Score(NamedTuple):
        mean: float

    with pytest.raises(TypeError, match=r"scores cannot be saved: it holds a Score, .* save its \._asdict"):
        save_run(tmp_path / "run", scores=[Score(1.0)])


def variables(*numbers):
    return [tf.Variable(float(number)) for number in numbers]


@pytest.mark.parametrize("collection", [list, tuple, lambda items: dict(zip("ab", items, strict=True))])
def test_collections_of_objects_are_filled(tmp_path, collection):
    networks = [mlp(2, [3], 1) for _ in range(4)]
    saved, resumed = (collection([pair, variables(5, 6)]) for pair in (networks[:2], networks[2:]))
    path = save_run(tmp_path / "run", agents=saved)
    for variable in saved[1] if isinstance(saved, (list, tuple)) else saved["b"]:
        variable.assign(0)
    assert load_run(path, agents=resumed) == {}
    for ours, theirs in zip(networks[:2], networks[2:], strict=True):
        assert_same(ours.get_weights(), theirs.get_weights())
    ours = resumed[1] if isinstance(resumed, (list, tuple)) else resumed["b"]
    assert [float(variable) for variable in ours] == [5, 6]


def test_a_collection_that_does_not_fit_is_refused(tmp_path):
    path = save_run(tmp_path / "run", pair=variables(1, 2))
    for given, message in [
        (variables(3, 4, 5), r"pair has the members \[0, 1, 2\], and was saved with \[0, 1\]"),
        (variables(3), r"pair has the members \[0\]"),
        (dict(zip("ab", variables(3, 4), strict=True)), r"pair has the members \['a', 'b'\]"),
        ([tf.Variable(3.0), mlp(1, [1], 1)], r"pair\[1\] was saved as a variable, and a model was given"),
        ([tf.Variable(3.0), tf.Variable([3.0])], r"pair\[1\] has variables of the shapes"),
        (tf.Variable(3.0), "pair was saved as a group, and a variable"),
    ]:
        with pytest.raises(ValueError, match=message):
            load_run(path, pair=given)
        first = given[0] if isinstance(given, list) else given["a"] if isinstance(given, dict) else given
        assert float(first) == 3
    with pytest.raises(
        TypeError, match=r"mixed\[1\] is a plain value among objects: make it a part of its own"
    ):
        save_run(tmp_path / "mixed", mixed=[tf.Variable(1.0), 2])


class Loop:
    """As a compiled training loop: its whole state is in variables."""

    def __init__(self, num_envs):
        self.weights = keras.Variable([1.0, 2.0])
        self.num_steps = tf.Variable(0, dtype=tf.int64)
        self.state = tf.Variable(tf.zeros([num_envs, 4]))
        self.compiled = tf.function(self.advance)

    def saved_variables(self):
        return [self.weights, self.num_steps, self.state]

    def advance(self):
        self.num_steps.assign_add(1)
        self.state.assign_add(tf.ones_like(self.state) * tf.cast(self.num_steps, tf.float32))
        self.weights.assign(self.weights * 2.0)


def test_a_loop_is_saved_as_its_variables(tmp_path):
    first, resumed = Loop(3), Loop(3)
    for _ in range(4):
        first.compiled()
    resumed.compiled()
    path = save_run(tmp_path / "run", loop=first)
    load_run(path, loop=resumed)
    assert (int(first.num_steps), int(resumed.num_steps)) == (4, 4)
    first.compiled()
    resumed.compiled()
    assert int(resumed.num_steps) == 5
    assert_same(*[[v.numpy() for v in loop.saved_variables()] for loop in (first, resumed)])
    other = Loop(2)
    with pytest.raises(
        ValueError, match=r"loop has variables of the shapes .*'float32 \[2, 4\]'\], .* \[3, 4\]"
    ):
        load_run(path, loop=other)
    assert int(other.num_steps) == 0
    other.saved_variables = list
    with pytest.raises(ValueError, match="loop has no variables yet"):
        save_run(path, loop=other)


def _save_for_ever(path):
    step = 0
    while True:
        step += 1
        save_run(path, step=step, weights=np.full(200_000, float(step)))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start at once")
@pytest.mark.filterwarnings("ignore")
def test_killed_at_random_moments_the_last_run_or_the_one_before_loads(tmp_path):
    rng = np.random.default_rng(0)
    for trial in range(25):
        path = tmp_path / f"run{trial}"
        process = multiprocessing.get_context("fork").Process(target=_save_for_ever, args=(path,))
        process.start()
        while not path.exists():
            time.sleep(0.001)
        first = load_run(path)["step"]
        time.sleep(rng.uniform(0.0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        loaded = load_run(path)
        assert loaded["step"] >= first
        assert (loaded["weights"] == loaded["step"]).all()
        save_run(path, step=0)
        assert [file.name for file in tmp_path.glob(f".run{trial}.*")] == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start at once")
def test_two_writers_and_a_reader(tmp_path):
    """Set WRITERS_SECONDS for longer than the usual three."""
    path, seen, seconds = tmp_path / "run", set(), float(os.environ.get("WRITERS_SECONDS", "3"))
    save_run(path, step=0, weights=np.zeros(200_000))
    save_run(path, step=0, weights=np.zeros(200_000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking beside TensorFlow's threads
        writers = [
            multiprocessing.get_context("fork").Process(target=_save_for_ever, args=(path,)) for _ in "ab"
        ]
        for writer in writers:
            writer.start()
    try:
        until, reads = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            for name in (path, tmp_path / "run.previous"):
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    loaded = load_run(name)
                assert (loaded["weights"] == loaded["step"]).all()
                seen.add(loaded["step"])
                reads += 1
        assert all(writer.is_alive() for writer in writers), "a writer has failed"
    finally:
        for writer in writers:
            writer.kill()
            writer.join()
    print(f"{reads} reads of {len(seen)} different runs in {seconds:g} s")
    assert len(seen) > 5
    save_run(path, step=0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run", "run.previous"]
