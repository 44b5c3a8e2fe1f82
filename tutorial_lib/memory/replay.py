"""Experience replay: memories that live on the device, so that compiled programs can use them."""

import gc
import math

import numpy as np
import psutil
import tensorflow as tf

from tutorial_lib.types import Transition
from tutorial_lib.worlds.envs import check_observation_space


def transition_spec(envs):
    """What one step of a vector environment looks like: a Transition of tf.TensorSpec, without a batch axis.

    Integer observations and actions are kept as int64, bytes (pixels) as uint8, all else as float32.
    """
    check_observation_space(envs.single_observation_space)
    observation, action = (
        _spec(space) for space in (envs.single_observation_space, envs.single_action_space)
    )
    number = tf.TensorSpec([], tf.float32)
    return Transition(observation, action, number, number, observation)


def _spec(space):
    dtype = tf.uint8 if space.dtype == np.uint8 else tf.int64 if space.dtype.kind in "iu" else tf.float32
    return tf.TensorSpec(space.shape, dtype)


class ReplayBuffer:
    """The last `capacity` transitions, in tf.Variables on the device that learns (Lin, 1992).

    Rows are written in a ring: once it is full, each new row takes the place of the oldest. Adding and
    sampling cost the same whatever the capacity. Indices and counters are int64, because TensorFlow keeps
    int32 variables in the host's memory even where there is a GPU.

    Args:
      capacity: rows.
      spec: a named tuple of tf.TensorSpec, one per column, without the batch axis; see `transition_spec`.
      generator: a tf.random.Generator that draws the samples.

    It is true, as any object, also while it is empty: `len(replay)` tells whether there is something in it.

    Attributes:
      columns: one tf.Variable [capacity, …] per column.
      num_added: tf.Variable, rows added since the start or the last `clear`, also those since overwritten.
      num_bytes: memory of the columns.

    Raises:
      ValueError: capacity < 1.
      MemoryError: the columns need more memory than is free on their device; nothing has been allocated.
    """

    def __init__(self, capacity, spec, generator):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1 row, got {capacity}")
        self.capacity, self.spec, self.generator = int(capacity), spec, generator
        self.num_bytes = replay_bytes(capacity, spec)
        self.num_added = tf.Variable(0, dtype=tf.int64, trainable=False)
        check_memory(self.num_bytes, capacity, self.num_added.device)
        self.columns = tuple(
            tf.Variable(tf.zeros([self.capacity, *s.shape], s.dtype), trainable=False) for s in spec
        )

    @property
    def variables(self):
        """All that changes in it."""
        return [*self.columns, self.num_added]

    @property
    def ready(self):
        """Whether there is something to draw: a bool scalar."""
        return self.num_added > 0

    def __len__(self):
        return min(int(self.num_added), self.capacity)

    def __bool__(self):
        return True

    def __repr__(self):
        return (
            f"{type(self).__name__}({len(self):,} of {self.capacity:,} rows, {self.num_bytes / 1e6:.1f} MB)"
        )

    def add(self, batch):
        """Stores B rows, 0 ≤ B ≤ capacity, for the oldest; wrong rows are refused and nothing changes.

        Raises:
          ValueError: a column too many or too few, of another shape or type, of unequal length, more rows
            than the capacity, or a number that is NaN or infinite.
        """
        self.write(self.checked(batch))

    def write(self, batch, count=None):
        """As `add`, for use inside a compiled function: nothing is checked, and B ≤ capacity.

        Args:
          batch: columns [B, …].
          count: an int64 scalar; only the first `count` rows are stored, so that one compiled program
            serves batches of all sizes up to B. None stores them all.
        """
        size = tf.shape(batch[0], tf.int64)[0]
        rows = (self.num_added + tf.range(size)) % self.capacity  # [B], no row twice
        for column, values in zip(self.columns, batch, strict=True):
            if count is not None:
                real = tf.reshape(tf.range(size) < count, [-1] + [1] * len(values.shape[1:]))
                values = tf.where(real, values, tf.gather(column, rows))  # the others stay as they are
            column.scatter_update(tf.IndexedSlices(values, rows))
        self.num_added.assign_add(size if count is None else count)

    def clear(self):
        """Forgets all rows; their memory stays for those to come."""
        self.num_added.assign(0)

    def sample(self, batch_size):
        """Draws rows uniformly with replacement: the spec's named tuple of [batch_size, …].

        Inside a compiled function an empty buffer cannot be noticed: fill it first.

        Raises:
          ValueError: the buffer is empty, or batch_size < 1.
        """
        self.check_can_sample(batch_size)
        size = tf.minimum(self.num_added, self.capacity)
        rows = self.generator.uniform([batch_size], maxval=size, dtype=tf.int64)
        return type(self.spec)(*(tf.gather(column, rows) for column in self.columns))

    def check_can_sample(self, batch_size):
        """Raises ValueError for a batch_size < 1, and outside of compiled functions for an empty buffer."""
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if tf.executing_eagerly() and len(self) == 0:
            raise ValueError("the replay is empty: add some transitions before sampling")

    def checked(self, batch):
        """The batch as NumPy arrays of the right types, after all that `add` promises to refuse."""
        if len(batch) != len(self.spec):
            raise ValueError(f"a row has {len(self.spec)} columns, got {len(batch)}")
        names = getattr(self.spec, "_fields", range(len(self.spec)))
        rows = [_column(*triple) for triple in zip(names, batch, self.spec, strict=True)]
        lengths = [len(column) for column in rows]
        if min(lengths) != max(lengths):
            raise ValueError(f"every column needs the same number of rows, got {lengths}")
        if lengths[0] > self.capacity:
            raise ValueError(
                f"{lengths[0]} rows do not fit into a replay of {self.capacity}: add fewer at once"
            )
        return rows


def replay_bytes(capacity, spec):
    """Memory of a replay before it is made: capacity × Σ over columns of entries × bytes per entry."""
    return int(capacity) * sum(math.prod(s.shape) * s.dtype.size for s in spec)


def free_bytes(device):
    """Memory that is free on a device, given by its name; of a GPU, what TensorFlow may still take."""
    device = tf.DeviceSpec.from_string(device)
    if device.device_type == "CPU":
        return psutil.virtual_memory().available
    from tensorflow.python.client import device_lib  # nothing public knows what TensorFlow may take

    name = f"{device.device_type}:{device.device_index}"
    limits = {found.name: found.memory_limit for found in device_lib.list_local_devices()}
    taken = tf.config.experimental.get_memory_info(name)["current"]
    return limits.get(f"/device:{name}", math.inf) - taken


def check_memory(num_bytes, capacity, device):
    """Raises MemoryError where so many bytes are not free on a device; says how many rows would fit."""
    if num_bytes > free_bytes(device):
        gc.collect()  # a compiled program that nobody uses keeps its replay until then
    free = free_bytes(device)
    if num_bytes > free:
        raise MemoryError(
            f"a replay of {capacity:,} rows needs {num_bytes / 1e9:.1f} GB and {free / 1e9:.1f} GB are free "
            f"on {device.split('device:')[-1]}: {int(capacity * free / num_bytes * 0.8):,} rows would fit"
        )


def _column(name, values, spec):
    values = np.asarray(values)
    wanted = spec.dtype.as_numpy_dtype
    if values.shape[1:] != tuple(spec.shape) or values.ndim == 0:
        raise ValueError(
            f"{name} must have the shape [rows, {', '.join(map(str, spec.shape))}], got {values.shape}"
        )
    if values.dtype != wanted:
        if not np.can_cast(values.dtype, wanted, "same_kind"):
            raise ValueError(f"{name} must be {spec.dtype.name}, got {values.dtype}")
        values = values.astype(wanted)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))[0])
        raise ValueError(f"{name} holds a number that is NaN or infinite, in row {row} of the batch")
    return values
