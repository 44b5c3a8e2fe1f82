"""A replay of pictures: every frame is kept once, and stacks are put together when they are drawn."""

import tensorflow as tf

from tutorial_lib.memory.replay import check_memory
from tutorial_lib.types import Transition

STEP, LAST, SEEN = 0, 1, 2  # a step, the last one of an episode, and the frame seen after that


class FrameReplay:
    """The last `capacity` frames of N environments, in tf.Variables on the device that learns.

    An observation is a stack of frames, and the next one has all of them but one: stored whole, every frame
    would lie there 2 × stack times. Here each environment has a ring of rows of its own: a frame, and the
    action, reward and end that followed it. The row after the last step of an episode holds the frame that
    was seen last, so that s′ is true; it is no start. What is drawn is a step of n rewards,

        r = Σ γᵏ rₜ₊ₖ for k < m,    discount = γᵐ (1 − terminated),    s′ = sₜ₊ₘ

    with m = n, or fewer where the episode ends before. Frames before the start of an episode are black.

    Args:
      capacity: rows of all environments together; rounded down to a multiple of N.
      spec: of a Transition whose observations are [stack, height, width] uint8; see `transition_spec`.
      generator: a tf.random.Generator that draws the samples.
      num_envs: N.
      n_step: n, rewards of a drawn step.

    Attributes:
      frames: tf.Variable [N · rows, height, width] uint8; environment i has the rows from i · rows on.
      num_added: tf.Variable, steps stored since the start or the last `clear`.
      num_bytes: memory of all its variables.

    Raises:
      ValueError: observations that are no stacks of bytes, n < 1, or too few rows for a stack and n steps.
      MemoryError: more memory than is free on the device; nothing has been allocated.
    """

    def __init__(self, capacity, spec, generator, *, num_envs, n_step=1):
        observation, self.rows = spec.observation, int(capacity) // num_envs
        if observation.dtype != tf.uint8 or observation.shape.rank != 3:
            raise ValueError(f"frames are stacked bytes [stack, height, width], got {observation}")
        self.stack, *self.picture = observation.shape
        if n_step < 1 or self.rows < self.stack + n_step + 3:
            raise ValueError(
                f"n_step={n_step}, and {self.rows} rows for each of {num_envs} environments: "
                f"n must be at least 1, and rows {self.stack + n_step + 3}"
            )
        self.spec, self.generator = spec, generator
        self.num_envs, self.n_step, self.capacity = num_envs, n_step, self.rows * num_envs
        self._make_variables(spec.action)
        self.base = tf.range(num_envs, dtype=tf.int64) * self.rows  # [N]

    def _make_variables(self, action):
        size = self.capacity
        self.num_bytes = size * (self.picture[0] * self.picture[1] + action.dtype.size + 4 + 4 + 8 + 8)
        self.num_added = tf.Variable(0, dtype=tf.int64, trainable=False)
        check_memory(self.num_bytes, size, self.num_added.device)
        make = lambda shape, dtype: tf.Variable(tf.zeros(shape, dtype), trainable=False)  # noqa: E731
        self.frames = make([size, *self.picture], tf.uint8)
        self.action, self.reward = make([size, *action.shape], action.dtype), make([size], tf.float32)
        self.discount = make([size], tf.float32)  # γ (1 − terminated)
        self.age = make([size], tf.int64)  # steps since the episode began, at most stack − 1
        self.kind = make([size], tf.int64)  # see STEP, LAST, SEEN
        self.head = make([self.num_envs], tf.int64)  # rows written of each environment, s′ of the last not
        self.next_age = make([self.num_envs], tf.int64)

    @property
    def variables(self):
        """All that changes in it."""
        steps = [self.frames, self.action, self.reward, self.discount, self.age, self.kind]
        return [*steps, self.head, self.next_age, self.num_added]

    @property
    def ready(self):
        """Whether there is a step that can be drawn: a bool scalar."""
        return tf.reduce_max(self.head) >= self.n_step

    def __len__(self):
        return min(int(self.num_added), self.capacity)

    def __bool__(self):
        return True

    def clear(self):
        """Forgets all steps; their memory stays for those to come."""
        for variable in (self.num_added, self.head, self.next_age):
            variable.assign(tf.zeros_like(variable))

    def write_steps(self, trajectory):
        """Stores a Trajectory [T, N], T consecutive steps that go on where the last call ended.

        Also inside a compiled function. Rows whose mask is 0 are no steps and are left out.
        """
        for t in range(trajectory.reward.shape[0]):
            self._write(type(trajectory)(*(x[t] for x in trajectory)))

    def _write(self, step):
        real, done = tf.cast(step.mask, tf.int64), tf.cast(step.done, tf.int64)
        here, after = self._row(self.head), self._row(self.head + 1)
        later = tf.minimum(self.next_age + 1, self.stack - 1)
        _put(self.frames, here, step.observation[:, -1])
        _put(self.frames, after, step.next_observation[:, -1])  # the next step writes it again
        for column, values in zip(
            (self.action, self.reward, self.discount, self.age), (*step[1:4], self.next_age), strict=True
        ):
            _put(column, here, values)
        _put(self.age, after, later)
        _put(self.kind, here, tf.where(real > 0, tf.where(done > 0, LAST, STEP), SEEN))
        _put(self.kind, after, tf.fill([self.num_envs], SEEN))
        self.head.assign_add(real * (1 + done))
        self.next_age.assign(tf.where(real > 0, later * (1 - done), self.next_age))
        self.num_added.assign_add(tf.reduce_sum(real))

    def cut(self):
        """Says that new episodes begin: those that were going on are kept as cut off by a time limit."""
        before = self._row(self.head - 1)
        going = (self.head > 0) & (tf.gather(self.kind, before) == STEP)
        _put(self.kind, before, tf.where(going, LAST, tf.gather(self.kind, before)))
        self.head.assign_add(tf.cast(going, tf.int64))
        self.next_age.assign(tf.zeros_like(self.next_age))

    def sample(self, batch_size):
        """Draws steps uniformly with replacement: a Transition of [batch_size, …].

        Inside a compiled function an empty replay cannot be noticed: see `ready`.

        Raises:
          ValueError: batch_size < 1, or there are no n steps yet.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if tf.executing_eagerly() and not self.ready:
            raise ValueError(f"the replay has no {self.n_step} steps: add some before sampling")
        env, place, good = self._candidates(batch_size)

        def again(env, place, good):
            others = self._candidates(batch_size)
            return [tf.where(good, *pair) for pair in zip((env, place, good), others, strict=True)]

        going_on = lambda env, place, good: ~tf.reduce_all(good)  # noqa: E731
        env, place, _ = tf.while_loop(going_on, again, [env, place, good])
        return self.steps_from(env, place)

    def _candidates(self, batch_size):
        """Environments and places [B] drawn among all rows, and whether a step of n rewards begins there."""
        env = self.generator.uniform([batch_size], maxval=self.num_envs, dtype=tf.int64)
        oldest = tf.maximum(self.head + self.stack - self.rows, 0)  # [N], with its whole stack there
        count = self.head - self.n_step - oldest + 1  # [N], places that may be starts
        back = self.generator.uniform([batch_size], maxval=tf.reduce_max(count), dtype=tf.int64)
        place = tf.gather(self.head, env) - self.n_step - back
        inside = back < tf.gather(count, env)
        kind = tf.gather(self.kind, self._row(tf.maximum(place, 0), env))
        return env, place, inside & (kind != SEEN)

    def steps_from(self, env, place):
        """The steps of n rewards that begin at these places [B] of these environments [B]."""
        reward, discount = tf.zeros_like(place, tf.float32), tf.ones_like(place, tf.float32)
        end, going = place, tf.ones_like(place, tf.bool)
        for k in range(self.n_step):
            row = self._row(place + k, env)
            reward += tf.where(going, discount * tf.gather(self.reward, row), 0.0)
            discount = tf.where(going, discount * tf.gather(self.discount, row), discount)
            end += tf.cast(going, tf.int64)
            going &= tf.gather(self.kind, row) != LAST
        action = tf.gather(self.action, self._row(place, env))
        return Transition(self._stacks(env, place), action, reward, discount, self._stacks(env, end))

    def _stacks(self, env, place):
        """Observations [B, stack, height, width] whose newest frame lies at these places."""
        age = tf.gather(self.age, self._row(place, env))  # [B]
        back = tf.range(self.stack - 1, -1, -1, dtype=tf.int64)  # [stack], frames before the newest
        frames = tf.gather(self.frames, self._row(place[:, None] - back, env[:, None]))
        return tf.where((back <= age[:, None])[..., None, None], frames, tf.zeros([], tf.uint8))

    def _row(self, place, env=None):
        """Where the `place`-th row of an environment lies; without `env`, one of each environment."""
        return (self.base if env is None else env * self.rows) + place % self.rows


def _put(variable, rows, values):
    variable.scatter_update(tf.IndexedSlices(tf.cast(values, variable.dtype), rows))
