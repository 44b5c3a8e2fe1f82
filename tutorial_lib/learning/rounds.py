"""What every round of learning shares."""

import tensorflow as tf


def checked(update):
    """The update, with its metrics as float32 scalars.

    Raises:
      TypeError: when it is traced, it returns no dict.
      ValueError: a metric that is no scalar.
    """

    def call(batch, *numbers):
        metrics = update(batch, *numbers)
        if not isinstance(metrics, dict) or not metrics:
            raise TypeError(
                f'the update must return a dict of scalars, such as {{"loss": loss}}, got {metrics!r}'
            )
        metrics = {name: tf.cast(value, tf.float32) for name, value in metrics.items()}
        for name, value in metrics.items():
            if value.shape.rank != 0:
                raise ValueError(f"the metric {name!r} must be a scalar, got the shape {value.shape}")
        return metrics

    return call


def giving_back(update, replay):
    """The same update; the priorities in what it returns go back to a replay that draws by them.

    Raises:
      ValueError: when it is traced, it returns no "priority" for such a replay.
    """
    if not hasattr(replay, "set_priorities"):
        return update

    def call(batch, *numbers):
        metrics = update(batch, *numbers)
        if not isinstance(metrics, dict) or "priority" not in metrics:
            raise ValueError(
                'a replay that draws by priorities needs an update that returns {"priority": |δ| [B], …}, '
                f"got {metrics!r}"
            )
        replay.set_priorities(batch.row, metrics["priority"])
        return {name: value for name, value in metrics.items() if name != "priority"}

    return call


def num_rows(name, tree):
    """The number of rows that all tensors of a structure share.

    Raises:
      ValueError: they do not share it, or something in the structure is no tensor with rows.
    """
    columns = tf.nest.flatten(tree)
    lengths = [x.shape[0] if tf.is_tensor(x) and x.shape.rank else None for x in columns]
    if None in lengths or len(set(lengths)) != 1:
        raise ValueError(f"{name} must be tensors with the same number of rows each, got {lengths} rows")
    return lengths[0]


def flatten_time(tree):
    """Merges the time and environment axes of every tensor of a structure: [T, N, …] -> [T·N, …]."""
    return tf.nest.map_structure(lambda x: tf.reshape(x, [-1, *x.shape[2:]]), tree)
