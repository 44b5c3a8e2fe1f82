"""The replay of frames, against one that keeps every observation whole."""

import numpy as np
import pytest
import tensorflow as tf

from tutorial_lib import FrameReplay, Trajectory, Transition, n_step_transitions

STACK, NUM_ENVS, GAMMA = 3, 2, 0.5
SPEC = Transition(
    tf.TensorSpec([STACK, 1, 2], tf.uint8),
    tf.TensorSpec([], tf.int64),
    *[tf.TensorSpec([], tf.float32)] * 2,
    tf.TensorSpec([STACK, 1, 2], tf.uint8),
)


class Films:
    """Environments whose frames are numbers that never repeat, told as a Trajectory [T, N] with whole stacks.

    Args:
      length: T, steps of all environments.
      ends: chance that an episode ends with a step; half of the ends are time limits.
      resets: in next-step mode: after an end comes a row that is no step.
    """

    def __init__(self, length, seed, ends=0.2, resets=False):
        self.rng, self.clock, self.ends, self.resets = np.random.default_rng(seed), 0, ends, resets
        films = [self._columns(self._film(length)) for _ in range(NUM_ENVS)]
        self.trajectory = Trajectory(*(np.stack(x, axis=1) for x in zip(*films, strict=True)))

    def _frame(self):
        self.clock += 1
        return np.array([[self.clock % 256, self.clock // 256]], np.uint8)

    def _film(self, length):
        steps, stack, resetting = [], self._first(), False
        while len(steps) < length:
            done, reward = self.rng.random() < self.ends, float(self.rng.normal())
            if resetting:
                following = self._first()
                steps.append((stack, 0, 0.0, 0.0, following, 1.0, 0.0))
                stack, resetting = following, False
                continue
            following = np.concatenate([stack[1:], self._frame()[None]])
            terminated = done and self.rng.random() < 0.5
            discount = GAMMA * (not terminated)
            steps.append((stack, int(self.rng.integers(9)), reward, discount, following, float(done), 1.0))
            resetting = done and self.resets
            stack = self._first() if done and not self.resets else following
        return steps

    def _first(self):
        return np.concatenate([np.zeros([STACK - 1, 1, 2], np.uint8), self._frame()[None]])

    def _columns(self, steps):
        types = (np.uint8, np.int64, np.float32, np.float32, np.uint8, np.float32, np.float32)
        return [np.array(x, t) for x, t in zip(zip(*steps, strict=True), types, strict=True)]


def filled(trajectory, *, rows=500, n_step=1, calls=7, seed=0):
    """A replay that was given a trajectory in pieces."""
    generator = tf.random.Generator.from_seed(seed, alg="philox")
    replay = FrameReplay(rows * NUM_ENVS, SPEC, generator, num_envs=NUM_ENVS, n_step=n_step)
    for k in range(0, len(trajectory.reward), calls):
        replay.write_steps(Trajectory(*(x[k : k + calls] for x in trajectory)))
    return replay


def as_rows(batch):
    """The rows of a Transition, as texts that can be compared and counted."""
    columns = [np.asarray(x) for x in batch]
    return [tuple(np.round(x[i], 5).tobytes() for x in columns) for i in range(len(columns[1]))]


def by_hand(trajectory, n):
    """All rows of n rewards, from whole observations, one environment and one step at a time."""
    rows = []
    for i in range(trajectory.reward.shape[1]):
        steps = [[x[t, i] for x in trajectory] for t in range(len(trajectory.reward))]
        steps = [step for step in steps if step[6]]
        for t in range(len(steps)):
            total, discount, k = 0.0, 1.0, t
            while k < len(steps):
                total, discount = total + discount * steps[k][2], discount * steps[k][3]
                k += 1
                if steps[k - 1][5] or k == t + n:
                    row = (steps[t][0], steps[t][1], np.float32(total), np.float32(discount), steps[k - 1][4])
                    rows.append((i, t, row))
                    break
    return rows


@pytest.mark.parametrize("n_step", [1, 2, 3, 5])
@pytest.mark.parametrize("resets", [False, True])
def test_what_is_drawn_is_what_happened(n_step, resets):
    trajectory = Films(120, seed=n_step, resets=resets).trajectory
    truth = {as_rows([np.asarray(x)[None] for x in row])[0] for _, _, row in by_hand(trajectory, n_step)}
    replay = filled(trajectory, n_step=n_step)
    drawn = set(as_rows(replay.sample(20_000)))
    assert drawn <= truth
    assert len(drawn) >= len(truth) - NUM_ENVS * n_step  # the newest wait for what follows


def test_it_agrees_with_n_step_transitions():
    trajectory = Films(60, seed=4).trajectory
    rows = n_step_transitions(Trajectory(*map(tf.constant, trajectory)), 3)
    truth = set(as_rows([tf.reshape(x, [-1, *x.shape[2:]]) for x in rows]))
    drawn = set(as_rows(filled(trajectory, n_step=3).sample(5_000)))
    assert len(truth & drawn) >= len(truth) - 2  # an end among the newest makes one row wait


@pytest.mark.parametrize("rows", [9, 13, 40])
def test_what_was_overwritten_is_never_drawn(rows):
    trajectory = Films(200, seed=rows).trajectory
    known = {as_rows([np.asarray(x)[None] for x in row])[0]: (i, t) for i, t, row in by_hand(trajectory, 3)}
    replay = filled(trajectory, rows=rows, n_step=3, calls=1)
    drawn = [known[row] for row in as_rows(replay.sample(3_000))]  # KeyError: a row that never was
    assert min(t for _, t in drawn) >= 200 - rows


@pytest.mark.slow
def test_every_step_is_drawn_equally_often():
    """χ² over the steps that can be starts; the frames that were only seen are none."""
    trajectory = Films(40, seed=1, ends=0.5).trajectory
    known = {as_rows([np.asarray(x)[None] for x in row])[0]: (i, t) for i, t, row in by_hand(trajectory, 1)}
    counts = {}
    for row in as_rows(filled(trajectory).sample(40_000)):
        counts[known[row]] = counts.get(known[row], 0) + 1
    assert len(counts) >= len(known) - NUM_ENVS
    expected = 40_000 / len(counts)
    chi = sum((count - expected) ** 2 / expected for count in counts.values())
    assert chi < len(counts) + 5 * np.sqrt(2 * len(counts))


def test_a_cut_is_a_time_limit():
    """What was going on bootstraps from its last frame, and the next stack begins black."""
    first, second = Films(6, seed=0, ends=0).trajectory, Films(6, seed=0, ends=0).trajectory
    second = second._replace(reward=second.reward + 100)
    replay = filled(first, n_step=3)
    replay.cut()
    replay.write_steps(second)
    batch = replay.sample(3_000)
    assert not np.any((batch.reward.numpy() > 30) & (batch.reward.numpy() < 90)), "no row crosses the cut"
    tails = np.isclose(batch.discount.numpy(), GAMMA) & (batch.reward.numpy() < 50)
    np.testing.assert_array_equal(
        np.unique(batch.next_observation.numpy()[tails], axis=0),
        np.unique(first.next_observation[-1], axis=0),
    )
    whole = {stack.tobytes() for stack in second.observation.reshape(-1, STACK, 1, 2)}
    later = batch.observation.numpy()[batch.reward.numpy() > 90]
    assert len(later) and all(stack.tobytes() in whole for stack in later), "nothing from before the cut"
    replay.cut()
    head = replay.head.numpy()
    replay.cut()  # nothing is going on any more
    np.testing.assert_array_equal(replay.head, head)


@pytest.mark.slow
@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_is_the_same_in_a_compiled_function(jit_compile):
    trajectory = Films(30, seed=2).trajectory
    eager, compiled = filled(trajectory, n_step=3), filled(trajectory._replace(), n_step=3, calls=100)
    write = tf.function(compiled.write_steps, jit_compile=jit_compile, autograph=False)
    sample = tf.function(lambda: compiled.sample(16), jit_compile=jit_compile, autograph=False)
    more = Trajectory(*map(tf.constant, Films(5, seed=3).trajectory))
    eager.write_steps(more)
    write(more)
    for ours, theirs in zip(compiled.variables, eager.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(sample(), eager.sample(16), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_100_000_frames_of_the_paper_take_less_than_three_quarters_of_a_gigabyte():
    frames = tf.TensorSpec([4, 84, 84], tf.uint8)
    spec = SPEC._replace(observation=frames, next_observation=frames)
    replay = FrameReplay(100_000, spec, tf.random.Generator.from_seed(0, alg="philox"), num_envs=16)
    assert replay.num_bytes == sum(x.shape.num_elements() * x.dtype.size for x in replay.variables[:6])
    assert replay.num_bytes <= 0.75e9


def test_cleared_it_is_as_new():
    trajectory = Films(30, seed=2).trajectory
    replay = filled(trajectory)
    assert replay.ready and len(replay) == 60 and replay
    replay.clear()
    assert not replay.ready and len(replay) == 0 and replay
    with pytest.raises(ValueError, match="no 1 steps"):
        replay.sample(1)


def test_bad_input():
    generator = tf.random.Generator.from_seed(0, alg="philox")
    with pytest.raises(ValueError, match="stacked bytes"):
        spec = SPEC._replace(observation=tf.TensorSpec([4], tf.float32))
        FrameReplay(100, spec, generator, num_envs=2)
    with pytest.raises(ValueError, match="n must be at least 1"):
        FrameReplay(100, SPEC, generator, num_envs=2, n_step=0)
    with pytest.raises(ValueError, match="8 rows for each of 2"):
        FrameReplay(16, SPEC, generator, num_envs=2, n_step=3)
    with pytest.raises(MemoryError, match="rows would fit"):
        FrameReplay(10**13, SPEC, generator, num_envs=2)
    with pytest.raises(ValueError, match="batch_size"):
        filled(Films(9, seed=0).trajectory).sample(0)
