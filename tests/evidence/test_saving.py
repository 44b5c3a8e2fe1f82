"""A resumed run goes on bit for bit, and no crash leaves a file that cannot be read."""

import io
import json
import multiprocessing
import os
import signal
import time
import zipfile

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
    with np.load(io.BytesIO(content)) as file:
        arrays = dict(file)
    arrays["manifest"] = np.array(json.dumps(change(json.loads(str(arrays["manifest"])))))
    with path.open("wb") as file:
        np.savez(file, **arrays)


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


def test_no_code_is_ever_loaded(tmp_path):
    save_run(tmp_path / "run", a=np.arange(3))
    with zipfile.ZipFile(tmp_path / "run") as file:
        for name in file.namelist():
            np.lib.format.read_array(io.BytesIO(file.read(name)), allow_pickle=False)


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


def test_after_a_crash_between_the_two_renames_the_run_before_is_loaded(tmp_path):
    save_run(tmp_path / "run", step=1)
    os.replace(tmp_path / "run", tmp_path / "run.previous")
    with pytest.warns(UserWarning, match="run is missing"):
        assert load_run(tmp_path / "run") == {"step": 1}


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
