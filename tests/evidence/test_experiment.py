"""Variants × seeds: which job comes next, what comes back, that it is what the notebook itself would get."""

import functools
import heapq
from types import SimpleNamespace

import agents
import gymnasium as gym
import numpy as np
import pytest

from tutorial_lib import (
    CartPole,
    LearningCurves,
    evaluate,
    experiment,
    late_share,
    linear_schedule,
    masked,
    off_policy_loop,
    on_policy_loop,
    once_there,
    screen_difference,
)
from tutorial_lib.evidence.experiment import checked_variants, final_returns, next_job
from tutorial_lib.evidence.results import Experiment, Result
from tutorial_lib.evidence.sweep import Sweep
from tutorial_lib.learning.run import Checkpoints, Episodes, Run

EPSILON = {"epsilon": linear_schedule(1.0, 0.05, 500)}


def make_dqn(world=CartPole, learning_rate=1e-3):
    """A small DQN in a world that `world()` makes."""
    build = functools.partial(agents.dqn, learning_rate=learning_rate)
    counts = dict(num_envs=4, batch_size=16, capacity=1000, learning_starts=100)
    return off_policy_loop(build, world(), **counts, schedules=EPSILON)


def make_reinforce():
    """A small policy gradient, stepped by Python."""
    rate = linear_schedule(1e-2, 0.0, 1000)
    schedules = {"learning_rate": rate}
    return on_policy_loop(agents.reinforce, "CartPole-v1", num_envs=4, num_steps=16, schedules=schedules)


# --- which job comes next


def test_a_process_stays_with_the_variant_it_has_compiled():
    waiting = [("a", 3), ("b", 1), ("b", 2), ("b", 3)]
    assert next_job(waiting, ("a", 2), [("b", 0)]) == ("a", 3)


def test_otherwise_it_helps_where_most_is_left_for_each():
    """Two of a for 1 + 1 processes, three of b for 2 + 1."""
    waiting = [("b", 1), ("b", 2), ("b", 3), ("a", 7), ("a", 8), ("c", 0)]
    others = [("a", 0), ("b", 4), ("b", 5), ("b", 6)]
    assert next_job(waiting, None, others) == ("a", 7)
    assert next_job(waiting, ("d", 0), others) == ("a", 7)
    assert next_job(waiting, None, [("a", 0), ("b", 4)]) == ("b", 1)


def schedule(num_variants, num_seeds, num_workers, compiling=2.0, training=1.0):
    """Plays an experiment -> (compilations, seconds each process has nothing to do before the end)."""
    waiting = [(label, seed) for label in range(num_variants) for seed in range(num_seeds)]
    free, last, doing = [(0.0, worker) for worker in range(num_workers)], {}, {}
    compilations, ends = 0, {}
    while free:
        now, worker = heapq.heappop(free)
        doing.pop(worker, None)
        if not waiting:
            ends[worker] = now
            continue
        job = next_job(waiting, last.get(worker), list(doing.values()))
        waiting.remove(job)
        fresh = worker not in last or last[worker][0] != job[0]
        compilations += fresh
        last[worker] = doing[worker] = job
        heapq.heappush(free, (now + training + compiling * fresh, worker))
    return compilations, max(ends.values()) - min(ends.values())


@pytest.mark.parametrize(
    ("num_workers", "compilations"), [(1, 3), (2, 4), (3, 3), (6, 6)], ids=lambda number: str(number)
)
def test_few_compilations_and_all_cores_busy_to_the_end(num_workers, compilations):
    """Three variants, ten seeds of each; in the order of the list, two processes would compile all three."""
    compiled, idle = schedule(3, 10, num_workers)
    assert compiled == compilations
    assert idle <= 3  # a compilation and a run


# --- what comes back


def result(seed, final, episodes=((10, 5.0),), checkpoints=(), seconds=2.0):
    """A Result from a few numbers: (step, return) of episodes, and of checkpoints of two episodes each."""
    steps, returns = zip(*episodes, strict=True) if episodes else ((), ())
    marks, greedy = zip(*checkpoints, strict=True) if checkpoints else ((), np.zeros((0, 0)))
    episodes = Episodes(np.array(steps), np.array(returns), np.array(returns))
    run = Run(seed, 100, episodes, Checkpoints(np.array(marks), np.array(greedy)), {}, seconds)
    return Result(run, np.array(final), {}, 9.0)


@pytest.fixture
def found():
    """Two seeds of "plain" and a failure; one of "half" without checkpoints or episodes; none of "no"."""
    marks = [(25, [500, 500]), (50, [0, 0]), (75, [470, 480]), (100, [475, 473])]
    results = {
        ("plain", 4): result(4, [470.0, 490.0], [(10, 5.0), (30, 7.0)], marks, seconds=1.0),
        ("half", 4): result(4, [100.0], []),
        ("plain", 2): result(2, [300.0, 200.0], [(20, 9.0)], marks, seconds=3.0),
    }
    crash = "Traceback …\nValueError: no luck"
    return Experiment(
        ["plain", "half", "no"], 100, Sweep(results, {("plain", 3): crash, ("no", 4): crash}, [("no", 2)])
    )


def test_results_by_label_and_seed(found):
    assert {label: list(runs) for label, runs in found.items()} == {"plain": [4, 2], "half": [4], "no": []}
    assert found["plain"][2].run.seed == 2
    assert found.num_steps == 100
    assert found.not_run == [("no", 2)]


def test_scores_of_the_seeds(found):
    finals = found.finals()
    assert {label: scores.tolist() for label, scores in finals.items()} == {
        "plain": [480.0, 250.0],
        "half": [100.0],
        "no": [],
    }


def test_curves_hold_what_can_be_drawn(found):
    """A run in which no episode ended has no curve; without any, a label would stop `learning_curves`."""
    curves = found.curves()
    assert list(curves) == ["plain"]
    assert [x.tolist() for x in curves["plain"][4]] == [[10, 30], [5.0, 7.0]]
    assert [x.tolist() for x in curves["plain"][2]] == [[20], [9.0]]
    greedy = found.checkpoint_curves()
    assert list(greedy) == ["plain"]
    assert [x.tolist() for x in greedy["plain"][2]] == [[25, 50, 75, 100], [500.0, 0.0, 475.0, 474.0]]


def test_the_greedy_means_at_the_checkpoints(found):
    means = found.checkpoints()
    assert list(means) == ["plain"]
    np.testing.assert_array_equal(means["plain"], [[500, 0, 475, 474], [500, 0, 475, 474]])


def test_the_late_share_is_of_the_last_half():
    np.testing.assert_array_equal(late_share([[0, 0, 500, 475], [500, 500, 0, 480]], 475), [1.0, 0.5])
    assert late_share([500, 0, 474.9], 475) == 0  # of three, the last two
    assert late_share(np.full([2, 3, 20], 475.0), 475).shape == (2, 3)


def test_seeds_may_have_different_numbers_of_checkpoints():
    """As where rounds of whole episodes leap over one: the table stands, an array of them cannot."""
    marks = {1: [(1, [500, 500]), (2, [0, 0]), (3, [500, 500])], 2: [(1, [0, 0]), (3, [500, 500])]}
    runs = {("a", seed): result(seed, [1.0], checkpoints=rows) for seed, rows in marks.items()}
    ragged = Experiment(["a"], 100, Sweep(runs))
    assert "75 %" in ragged.table(475)  # a half and all of the late ones
    with pytest.raises(ValueError, match="'a' have different numbers of checkpoints"):
        ragged.checkpoints()


def test_two_experiments_in_one(found):
    """Of a label that both have, the later one's runs count, as in any dict."""
    other = Experiment(["new", "half"], 100, Sweep({("new", 1): result(1, [7.0])}, {("half", 5): "x"}, [1]))
    both = found | other
    assert list(both) == ["plain", "half", "no", "new"]
    assert both.finals()["new"] == [7.0] and both.num_steps == 100
    assert list(both.failures) == [("plain", 3), ("no", 4), ("half", 5)] and both.not_run == [("no", 2), 1]
    assert both["half"] == {} and len(found["half"]) == 1 and "new" not in found, "the first is as it was"
    found |= other
    assert isinstance(found, Experiment) and found.failures == both.failures


def test_experiments_of_different_lengths_in_one_have_no_common_length(found):
    assert (found | Experiment(["longer"], 200, Sweep())).num_steps is None
    with pytest.raises(TypeError, match="Experiment.*got dict"):
        found | {"plain": {}}


def test_the_table(found):
    """A failed run has not reached it; of the last two checkpoints, one is at 475, the other below."""
    assert found.table(475) == (
        "         ≥ 475     IQM   95 % interval   lowest   late ≥ 475   seconds\n"
        "plain   1 of 3   365.0   250.0 … 480.0    250.0         50 %       2.0\n"
        "half    0 of 1   100.0   100.0 … 100.0    100.0            –       2.0\n"
        "no      0 of 1       –               –        –            –         –\n"
        "plain, seed 3 failed: ValueError: no luck\n"
        "no, seed 4 failed: ValueError: no luck"
    )
    assert found.table(100).splitlines()[2].startswith("half    1 of 1")


def test_once_there_counts_only_what_follows_the_first_time():
    """Of the first seed's two later moments one; of the second's three two; the third was never there."""
    means = [[0, 475, 0, 480], [500, 474, 500, 500], [0, 0, 400, 0]]
    assert once_there(means, 475) == 3 / 5
    assert np.isnan(once_there([[0, 0, 0, 500], [0, 0, 0, 0]], 475))  # nothing follows the last one
    assert once_there([[500, 500, 500, 500]], 475) == 1


# --- the score at the end


def lean(observation):
    """Pushes to where the pole leans; the angle is the second of two numbers, or the third of four."""
    return np.array(observation[:, 1 if observation.shape[1] == 2 else 2] > 0, np.int64)


@pytest.mark.parametrize("world", ["CartPole-v1", CartPole(), functools.partial(gym.make, "CartPole-v1")])
def test_the_score_is_measured_in_gymnasiums_environment(world):
    returns = final_returns(SimpleNamespace(world=world, greedy=lean), 20)
    expected = evaluate(lean, world if callable(world) else "CartPole-v1", 20)
    np.testing.assert_array_equal(returns, expected)
    assert len(set(returns)) > 3


def test_a_view_of_a_world_is_scored_through_gymnasiums_wrappers_and_under_its_own_limit():
    """No velocities, at most 30 steps; masked, the environments are stepped one by one, with other starts."""
    world = masked(CartPole(max_episode_steps=30), keep=[0, 2])
    returns = final_returns(SimpleNamespace(world=world, greedy=lean), 20)
    assert returns.max() == 30
    assert returns.min() >= 20
    assert final_returns(SimpleNamespace(world=world.world, greedy=lean), 20).max() == 30


def test_what_looks_at_the_screen_is_scored_on_gymnasiums_pixels():
    world, seen = screen_difference(CartPole(max_episode_steps=4)), []

    def push(observation):
        seen.append(np.asarray(observation))
        return np.zeros(len(observation), np.int64)

    returns = final_returns(SimpleNamespace(world=world, greedy=push), 2)
    assert returns.tolist() == [4, 4] and seen[0].shape == (2, 24, 16, 1)
    assert not seen[0].any() and seen[-1].any()  # nothing has moved at first, then the pole does


def test_a_world_that_stands_for_no_environment_is_played_itself():
    program = SimpleNamespace(evaluate=lambda num_episodes: np.ones(num_episodes, np.float32))
    returns = final_returns(SimpleNamespace(world=agents.Counter(), program=program, greedy=None), 3)
    assert returns.tolist() == [1, 1, 1]
    assert returns.dtype == np.float64


# --- bad input


@pytest.fixture
def nothing_starts(monkeypatch):
    def start(*args, **options):
        raise AssertionError("something was started")

    monkeypatch.setattr("tutorial_lib.evidence.experiment.run_jobs", start)


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("variants", "options", "message"),
    [
        ({}, {}, r"variants must be a dict {label: function that makes a loop}, got {}"),
        ([make_dqn], {}, r"variants must be a dict .*, got \[<function make_dqn"),
        ({"DQN": 5}, {}, "the variant 'DQN' must be a function of no arguments that makes a loop, got 5"),
        ({"DQN": lambda rate: rate}, {}, "the variant 'DQN' must be a function of no arguments"),
        ({"DQN": lambda: 5}, {}, "the variant 'DQN' must make a loop, as off_policy_loop does, got 5"),
        ({"DQN": make_dqn}, {"seeds": [1, 1]}, r"the seeds must differ from one another, got \[1, 1\]"),
        ({"DQN": make_dqn}, {"num_steps": 0}, "num_steps must be a whole number of at least 1, got 0"),
        ({"DQN": make_dqn}, {"checkpoints": -1}, "checkpoints must be a whole number of at least 1, got -1"),
        ({"DQN": make_dqn}, {"num_episodes": 0}, "num_episodes must be a whole number of at least 1, got 0"),
        ({"DQN": make_dqn}, {"after": {}}, "after must be a function of a loop and its run, got {}"),
        ({"DQN": make_dqn}, {"num_workers": 0}, "num_workers must be at least 1"),
        ({"DQN": make_dqn}, {"seconds_per_run": -1}, "seconds_per_run must be more than 0, or None"),
        (
            {"DQN": make_dqn},
            {"done": Experiment(["DQN"], 50, Sweep({("DQN", 0): None}))},
            "done holds runs of 50 steps, but num_steps is 100",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_started(variants, options, message):
    with pytest.raises(ValueError, match=message):
        experiment(variants, **{"seeds": [0], "num_steps": 100} | options)


def test_lambdas_of_a_loop_that_see_its_last_value_are_refused(monkeypatch):
    rates = (1e-3, 1e-2)
    same = {f"rate {rate}": lambda: make_dqn(learning_rate=rate) for rate in rates}  # noqa: B023
    with pytest.raises(
        ValueError, match=r"the variants 'rate 0.001' and 'rate 0.01' are the same: in a loop"
    ):
        checked_variants(same)
    monkeypatch.setattr("tutorial_lib.evidence.experiment._check_makes_loop", lambda label, make: None)
    assert (
        len(checked_variants({rate: functools.partial(make_dqn, learning_rate=rate) for rate in rates})) == 2
    )
    assert (
        len(checked_variants({rate: lambda rate=rate: make_dqn(learning_rate=rate) for rate in rates})) == 2
    )


@pytest.mark.usefixtures("nothing_starts")
def test_an_error_in_making_a_loop_is_seen_here():
    with pytest.raises(ValueError, match="gamma must be in"):
        experiment({"DQN": lambda: off_policy_loop(None, None, gamma=2, **dict.fromkeys(COUNTS, 4))}, [0], 10)


COUNTS = ["num_envs", "batch_size", "capacity"]


# --- real runs

VARIANTS = {
    "DQN": make_dqn,
    "NaN": functools.partial(make_dqn, learning_rate=float("nan")),
    "policy gradient": make_reinforce,
}
BUDGET = dict(num_steps=1000, checkpoints=3, num_episodes=5)


def measure(loop, run):
    """What a notebook may want to know of a loop."""
    import os

    from tutorial_lib.evidence import experiment

    return {"process": os.getpid(), "loop": id(loop), "kept": list(experiment._kept.values()) == [loop]}


measure.__module__ = "__main__"


@pytest.fixture(scope="module")
def real():
    """Three variants, two seeds, two processes -> the experiment, its curves, and the warnings."""
    curves = LearningCurves("curves", redraw_period=float("inf"))
    with pytest.warns(UserWarning, match="failed") as warned:
        results = experiment(VARIANTS, [3, 1], **BUDGET, after=measure, curves=curves, num_workers=2)
    return results, curves, warned


@pytest.mark.slow
def test_every_run_is_there_or_named(real):
    results, curves, warned = real
    assert curves.labels == list(VARIANTS), "colours go by the order that was given"
    assert {label: list(runs) for label, runs in results.items()} == {
        "DQN": [3, 1],
        "NaN": [],
        "policy gradient": [3, 1],
    }
    assert sorted(results.failures) == [("NaN", 1), ("NaN", 3)]
    assert all("TrainingDiverged" in text for text in results.failures.values())
    messages = sorted(str(warning.message) for warning in warned if "failed" in str(warning.message))
    assert [message.split(": ")[:2] for message in messages] == [
        ["NaN, seed 1 failed", "TrainingDiverged"],
        ["NaN, seed 3 failed", "TrainingDiverged"],
    ]
    assert warned[0].filename == __file__
    assert results.not_run == []
    for label, seeds in curves.runs.items():
        assert {seed: list(steps) for seed, (steps, _) in seeds.items()} == {
            seed: list(result.run.episodes.step) for seed, result in results[label].items()
        }
    assert sorted(curves.runs) == ["DQN", "policy gradient"]


@pytest.mark.slow
def test_a_process_compiles_a_variant_once_and_keeps_one_loop(real):
    results, *_ = real
    loops = {}
    for label, runs in results.items():
        for run in runs.values():
            assert run.after["kept"]
            loops.setdefault((label, run.after["process"]), set()).add(run.after["loop"])
    assert all(len(seen) == 1 for seen in loops.values()), loops


@pytest.mark.slow
@pytest.mark.parametrize("label", ["DQN", "policy gradient"])
def test_a_seed_gives_what_it_gives_in_the_notebook(real, label):
    """To the last bit, in one program after another seed, and in another process: here in the other order."""
    results, *_ = real
    loop = VARIANTS[label]()
    for seed in (1, 3):
        run, found = loop.run(BUDGET["num_steps"], seed=seed, checkpoints=3), results[label][seed]
        for part in ("episodes", "checkpoints"):
            for mine, theirs in zip(getattr(run, part), getattr(found.run, part), strict=True):
                np.testing.assert_array_equal(mine, theirs)
        assert run.metrics.keys() == found.run.metrics.keys()
        for name in run.metrics:
            np.testing.assert_array_equal(run.metrics[name], found.run.metrics[name])
        np.testing.assert_array_equal(final_returns(loop, 5), found.final)
        assert found.run.num_steps == run.num_steps
        assert len(found.run.checkpoints.step) == 3
        assert 0 < found.run.seconds < found.seconds
    different = [results[label][seed].run.episodes.episode_return.tolist() for seed in (1, 3)]
    assert different[0] != different[1]


@pytest.mark.slow
def test_after_an_interrupt_it_goes_on(real, capsys):
    """In one process; the button is pressed while the first run is drawn. What was done is drawn again."""
    results, *_ = real
    variants = {label: VARIANTS[label] for label in ("DQN", "policy gradient")}
    pressed = LearningCurves("interrupted")
    pressed.show = press_the_button
    some = experiment(variants, [3, 1], **BUDGET, curves=pressed, num_workers=1)
    assert {label: list(runs) for label, runs in some.items()} == {"DQN": [3], "policy gradient": []}
    assert some.not_run == [("DQN", 1), ("policy gradient", 3), ("policy gradient", 1)]
    assert "interrupted: 1 of 4 runs had finished" in capsys.readouterr().out

    some["DQN"][3] = some["DQN"][3]._replace(final=np.array([7.0]))
    curves = LearningCurves("the rest", redraw_period=float("inf"))
    rest = experiment(variants, [3, 1], **BUDGET, curves=curves, num_workers=1, done=some)
    assert rest["DQN"][3].final.tolist() == [7.0], "it was run again"
    assert rest.not_run == []
    assert {label: list(seeds) for label, seeds in curves.runs.items()} == {
        "DQN": [3, 1],
        "policy gradient": [3, 1],
    }
    for label in variants:
        np.testing.assert_array_equal(
            rest[label][1].run.episodes.episode_return, results[label][1].run.episodes.episode_return
        )


def press_the_button(run, label):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_if_every_run_fails_that_is_an_error():
    with pytest.warns(UserWarning, match="NaN, seed 0 failed: TrainingDiverged"):
        with pytest.raises(RuntimeError, match="every run failed; NaN, seed 0 like this:\n(.|\n)*Diverged"):
            experiment({"NaN": VARIANTS["NaN"]}, [0], 400, num_workers=1)
