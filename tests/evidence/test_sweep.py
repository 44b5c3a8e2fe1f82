"""Seeds in processes of their own: results in order, crashes named, interrupts survived, a clean page."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tutorial_lib import run_seeds

ROOT = Path(__file__).parent.parent.parent


def in_notebook(source, **names):
    """A function that exists nowhere but in this process, as one that a notebook's cell defines."""
    scope = {"__name__": "__main__", **names}
    exec(textwrap.dedent(source), scope)
    return scope["train"]


TRAIN = in_notebook("""
    import os
    import numpy as np

    def curve(seed):
        return np.random.default_rng(seed).normal(size=5)

    def train(seed):
        threads = os.environ["TF_NUM_INTRAOP_THREADS"]
        return {"returns": curve(seed), "process": os.getpid(), "threads": threads}
""")

CRASH = in_notebook("""
    def train(seed):
        if seed % 2:
            raise ValueError(f"no luck with {seed}\\nand more of that")
        return seed * 10
""")


# --- what comes back


@pytest.fixture(scope="module")
def sweep():
    """Four seeds, finished one after the other; started once for the tests that read it."""
    seen = []
    result = run_seeds(TRAIN, [3, 1, 2, 0], num_workers=1, on_result=lambda seed, result: seen.append(seed))
    return result, seen


@pytest.mark.slow
def test_results_come_in_the_order_of_the_seeds(sweep):
    results, seen = sweep
    assert list(results) == [3, 1, 2, 0]
    assert sorted(seen) == [0, 1, 2, 3]
    assert results.failures == {}


@pytest.mark.slow
def test_every_seed_ran_elsewhere_in_one_thread(sweep):
    results, _ = sweep
    assert os.getpid() not in {result["process"] for result in results.values()}
    assert {result["threads"] for result in results.values()} == {"1"}


@pytest.mark.slow
def test_a_seed_repeats_and_another_differs(sweep):
    results, _ = sweep
    again = run_seeds(TRAIN, [0, 1], num_workers=1)
    for seed in (0, 1):
        assert again[seed]["returns"].tolist() == results[seed]["returns"].tolist()
    assert results[0]["returns"].tolist() != results[1]["returns"].tolist()


@pytest.mark.slow
def test_one_seed_is_not_run_here_and_leaves_the_interrupt_key_alone():
    before = signal.getsignal(signal.SIGINT)
    assert run_seeds(TRAIN, [5])[5]["process"] != os.getpid()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.learning
@pytest.mark.slow
def test_real_training_repeats_to_the_last_bit():
    train = in_notebook("""
        import numpy as np
        import tensorflow as tf
        from tutorial_lib import Collector, discounted_returns, make_vec_env, mlp
        from tutorial_lib import sample_categorical, seed_everything
        import keras

        def train(seed):
            generator = seed_everything(seed)
            network, optimizer = mlp(4, [16], 2), keras.optimizers.Adam(1e-2)
            optimizer.build(network.trainable_variables)
            policy = tf.function(lambda o: sample_categorical(network(o), generator), jit_compile=True)
            collector = Collector(make_vec_env("CartPole-v1", 4), policy, seed=seed)

            @tf.function(jit_compile=True)
            def update(observation, action, weight):
                with tf.GradientTape() as tape:
                    log_prob = tf.gather(tf.nn.log_softmax(network(observation)), action, batch_dims=1)
                    loss = -tf.reduce_mean(weight * log_prob)
                optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

            for _ in range(10):
                steps = collector.collect(20)
                weight = discounted_returns(steps.reward, steps.discount * (1 - steps.done))
                update(steps.observation.reshape(-1, 4), steps.action.reshape(-1), tf.reshape(weight, [-1]))
            return np.array(collector.episodes), network.get_weights()
    """)
    first, second = run_seeds(train, [0, 1], num_workers=2), run_seeds(train, [1, 0], num_workers=1)
    for seed in (0, 1):
        (curve, weights), (same, same_weights) = first[seed], second[seed]
        assert curve.tolist() == same.tolist()
        assert all((a == b).all() for a, b in zip(weights, same_weights, strict=True))
    assert first[0][0].tolist() != first[1][0].tolist()


# --- crashes


@pytest.mark.slow
def test_a_crash_names_its_seed_and_keeps_the_others():
    with pytest.warns(UserWarning, match=r"^seed 3 failed: ValueError: no luck with 3$") as caught:
        results = run_seeds(CRASH, [2, 3, 4], num_workers=1)
    assert [str(warning.message) for warning in caught] == ["seed 3 failed: ValueError: no luck with 3"]
    assert caught[0].filename == __file__
    assert results == {2: 20, 4: 40}
    assert list(results.failures) == [3]
    assert "Traceback" in results.failures[3]
    assert "in train" in results.failures[3]
    assert "and more of that" in results.failures[3]


@pytest.mark.filterwarnings("ignore:seed")
@pytest.mark.slow
def test_if_every_seed_crashes_that_is_an_error():
    with pytest.raises(RuntimeError, match=r"every seed failed; seed 5 like this:\n(.|\n)*no luck with 5"):
        run_seeds(CRASH, [5, 3], num_workers=1)


@pytest.mark.filterwarnings("ignore:seed")
@pytest.mark.slow
def test_a_result_that_cannot_travel_is_the_failure_of_its_seed():
    train = in_notebook("""
        def train(seed):
            return (x for x in [seed]) if seed == 1 else seed
    """)
    results = run_seeds(train, [0, 1], num_workers=1)
    assert results == {0: 0}
    assert "cannot pickle 'generator' object" in results.failures[1]


@pytest.mark.slow
def test_a_seed_that_calls_exit_is_a_failure_like_any_other():
    train = in_notebook("""
        import sys

        def train(seed):
            if seed == 1:
                sys.exit("enough")
            return seed
    """)
    with pytest.warns(UserWarning, match="^seed 1 failed: SystemExit: enough$"):
        results = run_seeds(train, range(3), num_workers=1)
    assert results == {0: 0, 2: 2}
    assert "in train" in results.failures[1]


@pytest.mark.slow
def test_a_process_that_dies_takes_no_other_seed_with_it(tmp_path):
    """Not even one that runs beside it: that would have to be run again."""
    train = in_notebook(f"""
        import os, time
        from pathlib import Path

        def train(seed):
            begun = Path({str(tmp_path)!r}) / f"{{seed}}-{{os.getpid()}}-{{time.monotonic_ns()}}"
            begun.touch()
            while seed == 1 and not list(begun.parent.glob("2-*")):
                time.sleep(0.01)
            if seed == 1:
                os._exit(3)
            time.sleep(0.5 * seed)
            return seed
    """)
    with pytest.warns(UserWarning, match="^seed 1 failed: its process ended with 3$"):
        results = run_seeds(train, [2, 1, 0], num_workers=2)
    assert results == {2: 2, 0: 0}
    assert results.failures[1] == "its process ended with 3, and left no traceback"
    assert sorted(path.name[0] for path in tmp_path.iterdir()) == ["0", "1", "2"]  # each begun once


@pytest.mark.slow
def test_a_seed_that_takes_too_long_is_ended_and_the_others_go_on(monkeypatch):
    """Starting TensorFlow in a fresh process takes longer than this limit, and is not the seed's fault."""
    monkeypatch.setattr("tutorial_lib.evidence.workers._idle", [])
    train = in_notebook("""
        import subprocess, sys, time

        def train(seed):
            if seed == 1:
                subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])
            return seed
    """)
    me = psutil.Process()
    before = set(me.children(recursive=True))
    with pytest.warns(UserWarning, match="^seed 1 failed: it took longer than 0.5 s$"):
        results = run_seeds(train, range(4), num_workers=1, seconds_per_seed=0.5)
    assert results == {0: 0, 2: 2, 3: 3}
    assert results.failures == {1: "ended after 0.5 s, its limit"}
    assert results.not_run == []
    left = [
        child for child in set(me.children(recursive=True)) - before if "sleep(600)" in child.cmdline()[-1]
    ]
    assert left == [], "what the seed had started still runs"


@pytest.mark.slow
def test_an_error_in_on_result_is_the_callers():
    def stumble(seed, result):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_seeds(TRAIN, [0], on_result=stumble)


# --- going on


@pytest.mark.slow
def test_seeds_that_are_done_are_not_run_again():
    """Only results are done: what failed is tried again."""
    seen = []
    train = in_notebook("def train(seed):\n    return -seed\n")
    results = run_seeds(
        train, [3, 1, 2], done={1: 10, 7: 70}, num_workers=1, on_result=lambda *result: seen.append(result)
    )
    assert list(results.items()) == [(3, -3), (1, 10), (2, -2)]
    assert seen[0] == (1, 10)
    assert sorted(seen) == [(1, 10), (2, -2), (3, -3)]
    assert results.not_run == []


def test_if_all_are_done_nothing_is_started():
    held = in_notebook("def train(seed):\n    raise SystemExit\n")
    assert run_seeds(held, [1, 0], done={0: "a", 1: "b"}) == {1: "b", 0: "a"}


# --- bad input


@pytest.mark.parametrize(
    ("seeds", "options", "message"),
    [
        ([], {}, "at least 1 seed is needed, got none"),
        (range(0), {}, "at least 1 seed is needed, got none"),
        ([1.5, 0.2], {}, r"seeds must be integers, such as those of range\(5\), got 1.5$"),
        ([0, 1.0], {}, r"seeds must be integers, such as those of range\(5\), got 1.0$"),
        ("12", {}, r"seeds must be integers, such as those of range\(5\), got '1'$"),
        (5, {}, r"a list of integers, such as range\(5\), got 5"),
        ([1, 2, 1], {}, r"must differ from one another, got \[1, 2, 1\]"),
        ([1], {"num_workers": 0}, "num_workers must be at least 1, or None for one per core, got 0"),
        ([1], {"num_workers": 1.5}, "num_workers must be at least 1, or None for one per core, got 1.5"),
        ([1], {"seconds_per_seed": 0}, "seconds_per_seed must be more than 0, or None for no limit, got 0"),
    ],
)
def test_bad_seeds(seeds, options, message):
    with pytest.raises(ValueError, match=message):
        run_seeds(TRAIN, seeds, **options)


def test_a_function_that_holds_what_cannot_travel():
    train = in_notebook("def train(seed):\n    return lock\n", lock=threading.Lock())
    with pytest.raises(TypeError, match=r"train cannot travel to another process .* make networks"):
        run_seeds(train, [0])


# --- scripts and notebooks


@pytest.mark.slow
def test_an_interrupt_keeps_the_seeds_that_had_finished(tmp_path):
    """As in a notebook, the signal goes to the whole group of processes."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import time
            from tutorial_lib import run_seeds

            def train(seed):
                time.sleep(600 if seed > 1 else 0)
                return seed

            tell = lambda *_: print("finished", flush=True)
            done = run_seeds(train, range(4), num_workers=2, on_result=tell)
            print(dict(done), done.failures, done.not_run)
            done = run_seeds(lambda seed: -seed, range(4), num_workers=2, done=done)
            print(dict(done), done.failures, done.not_run)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert [process.stdout.readline() for _ in range(2)] == ["finished\n"] * 2
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert out.splitlines() == [
        "interrupted: 2 of 4 seeds had finished; to go on, call this again with done= what it returned",
        "{0: 0, 1: 1} {} [2, 3]",
        "{0: 0, 1: 1, 2: -2, 3: -3} {} []",
    ]
    assert err == ""


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 1.0, 2.5])
def test_an_interrupt_while_the_processes_start_writes_nothing_on_the_page(tmp_path, seconds):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            from tutorial_lib import run_seeds

            print("begins", flush=True)
            print(run_seeds(lambda seed: __import__("time").sleep(600), range(4), num_workers=2).not_run)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "begins\n"
    time.sleep(0.3 + seconds)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert out.splitlines()[1:] == ["[0, 1, 2, 3]"]
    assert err == ""


@pytest.mark.slow
def test_workers_write_nothing_on_a_notebooks_page():
    """TensorFlow starts in each worker and compiles with XLA there."""
    cells = [
        "import tutorial_lib\nfrom tutorial_lib import run_seeds",
        textwrap.dedent("""
            import tensorflow as tf
            scale = 2.0

            def train(seed):
                generator = tutorial_lib.seed_everything(seed)
                double = tf.function(lambda x: scale * x, jit_compile=True)
                return float(double(generator.normal([]))), len(tf.config.list_physical_devices("CPU"))

            first, second = run_seeds(train, range(3)), run_seeds(train, range(3))
            assert first == second and len(set(first.values())) == 3
        """),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute(
        env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert [cell.outputs for cell in notebook.cells] == [[], []]
