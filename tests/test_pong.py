"""Pong from the shell: killed and resumed it writes the same log; what goes wrong harms nothing."""

import errno
import os
from functools import partial

import numpy as np
import pytest

from tutorial_lib import PONG_ACTIONS, Atari, RunFolder, pixel_network, pong

WORLD = Atari("pong", size=20, actions=PONG_ACTIONS, num_threads=1)
SHORT = dict(log_period=200, checkpoint_period=400)  # steps
TINY = dict(num_envs=2, batch_size=4, capacity=600, learning_starts=100, epsilon_steps=1_000)


def loop(hidden=4, statistics=None, **options):
    layers = dict(convolutions=((2, 6, 3),), hidden=hidden, dueling=True)
    network = partial(pixel_network, (4, 20, 20), 3, statistics=statistics, **layers)
    return pong.pong_loop(WORLD, network=network, **TINY | options)


@pytest.fixture(scope="module")
def shared():
    """One loop for all tests: any run starts it anew."""
    return loop()


def without_time(folder):
    return [{name: x for name, x in line.items() if name != "seconds"} for line in folder.lines()]


def killed_at_1_000(line):
    """200 steps after a checkpoint."""
    if line["step"] == 1_000:
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.learning
def test_killed_and_resumed_it_writes_the_same_log(tmp_path, shared):
    with RunFolder(tmp_path / "whole") as whole:
        pong.PongRun(shared, whole, 3).train(1_400, **SHORT)
    weights = shared.agent.networks["online"].get_weights()
    with RunFolder(tmp_path / "killed") as killed, pytest.raises(KeyboardInterrupt):
        pong.PongRun(shared, killed, 3).train(1_400, on_line=killed_at_1_000, **SHORT)
    other = loop()  # as in another process
    with RunFolder(tmp_path / "killed") as killed, open(killed.log, "a") as log:
        log.write('{"step": 12')  # it was killed while it wrote
        log.flush()
        run = pong.PongRun(other, killed, 3, resume=True)
        assert run.loop.num_steps == 800 and [line["step"] for line in killed.lines()] == [200, 400, 600, 800]
        run.train(1_400, **SHORT)
        assert without_time(killed) == without_time(whole)
    for ours, theirs in zip(other.agent.networks["online"].get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def won(shared, monkeypatch):
    """A function that lets so many points in a hundred be won, and every other one be lost."""

    def set_share(percent):
        real = shared.program.envs.step

        def step(actions):
            shared.program.envs.won += percent
            shared.program.envs.lost += 100 - percent
            return real(actions)

        monkeypatch.setattr(shared.program.envs, "step", step)
        monkeypatch.setattr(shared.program, "evaluate", lambda num_episodes: np.full(num_episodes, 19.5))

    return set_share


@pytest.mark.slow
def test_it_stops_when_the_greedy_mean_is_enough(tmp_path, shared, won):
    won(90)
    with RunFolder(tmp_path) as folder:
        run, seen = pong.PongRun(shared, folder, 0), []
        last = run.train(4_000, on_line=seen.append, **SHORT)
        assert last["greedy"] == 19.5 and last["step"] == 1_000 and seen == folder.lines()
        assert folder.num_bytes() > folder.checkpoint.stat().st_size
        saved = sorted(file.name for file in tmp_path.glob("weights-*"))
        assert saved == [f"weights-{step:07d}" for step in (0, 400, 800, 1_000)]


@pytest.mark.slow
def test_the_greedy_policy_is_not_asked_before_points_are_won(tmp_path, shared, won):
    won(80)
    with RunFolder(tmp_path) as folder:
        last = pong.PongRun(shared, folder, 0).train(1_200, **SHORT)
        assert last["step"] == 1_200 and not any("greedy" in line for line in folder.lines())


def test_points_are_counted(monkeypatch):
    envs = pong.Points(WORLD.make_vec_env(4))
    rewards = iter([[1.0, -1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]])
    monkeypatch.setattr(envs.env, "step", lambda actions: (None, np.array(next(rewards)), None, None, {}))
    lines = []
    for _ in range(3):
        before = envs.won, envs.lost
        observation, reward, *_ = envs.step(np.zeros(4, int))
        assert observation is None and reward.shape == (4,)
        lines.append({"won": envs.won - before[0], "lost": envs.lost - before[1]})
    assert lines == [{"won": 1, "lost": 2}, {"won": 0, "lost": 0}, {"won": 3, "lost": 0}]
    assert pong.share_won(lines) == pytest.approx(4 / 6)
    assert pong.share_won([{"won": 0, "lost": 7}] + lines * 2) == pytest.approx(7 / 9)
    assert pong.share_won(lines[1:2]) == 0
    assert pong.share_won([{"step": 10_000}]) == 0  # of a run from before points were counted


@pytest.mark.slow
def test_a_run_that_is_there_is_neither_overwritten_nor_invented(tmp_path, shared):
    with RunFolder(tmp_path) as folder:
        with pytest.raises(FileNotFoundError, match="no run was saved"):
            pong.PongRun(shared, folder, 0, resume=True)
        pong.PongRun(shared, folder, 0)
        with pytest.raises(FileExistsError, match="resume it"):
            pong.PongRun(shared, folder, 0)
        with pytest.raises(ValueError, match="has the seed 0"):
            pong.PongRun(shared, folder, 1, resume=True)


@pytest.mark.slow
def test_a_checkpoint_of_another_network_is_refused(tmp_path, shared):
    with RunFolder(tmp_path) as folder:
        pong.PongRun(shared, folder, 0)
        before = folder.checkpoint.read_bytes()
        with pytest.raises(ValueError, match=r"loop has variables of the shapes"):
            pong.PongRun(loop(hidden=5), folder, 0, resume=True)
        assert folder.checkpoint.read_bytes() == before


@pytest.mark.slow
def test_a_checkpoint_that_saw_pixels_otherwise_is_refused(tmp_path, shared):
    with RunFolder(tmp_path) as folder:
        pong.PongRun(shared, folder, 0)
        with pytest.raises(ValueError, match="looks at pixels otherwise: --bytes?"):
            pong.PongRun(loop(statistics=(np.full([20, 20], 87.0), 4.0)), folder, 0, resume=True)


def test_bytes_asks_for_a_network_without_statistics(tmp_path, monkeypatch):
    asked = []

    def note(network, **options):
        asked.append(network)
        raise RuntimeError("seen enough")

    monkeypatch.setattr(pong, "pong_loop", note)
    for flags in ([], ["--bytes"]):
        assert pong.main(["--out", str(tmp_path), *flags]) == 1
    assert asked[0] is None, "the loop takes its own network, with statistics"
    kinds = [type(layer).__name__ for layer in asked[1]().layers]
    assert "Rescaling" in kinds and "Normalization" not in kinds


@pytest.mark.slow
def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, shared, monkeypatch):
    with RunFolder(tmp_path) as folder:
        run = pong.PongRun(shared, folder, 0)
        before = folder.checkpoint.read_bytes()

        def full(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                run._save()
        assert folder.checkpoint.read_bytes() == before
        assert not list(tmp_path.glob(".*.part"))
        pong.PongRun(shared, folder, 0, resume=True)


def test_a_folder_has_one_process(tmp_path, capsys):
    with RunFolder(tmp_path / "run"):
        with pytest.raises(RuntimeError, match="another process is training"):
            RunFolder(tmp_path / "run")
        assert pong.main(["--out", str(tmp_path / "run")]) == 1
    assert "another process is training" in capsys.readouterr().err
    RunFolder(tmp_path / "run").close()
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="name a folder"):
        RunFolder(tmp_path / "file")
