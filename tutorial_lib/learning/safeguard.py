"""Copies of the last good weights, for the moment when a loss is NaN."""

import numpy as np
import tensorflow as tf


class TrainingDiverged(FloatingPointError):
    """A metric became NaN or infinite; the weights are back to the last good ones."""


def diverged(unit, at, seen, since, causes=None):
    """The error for a run whose variables were put back.

    Args:
      unit: what is counted, steps or updates.
      at: where it was noticed.
      seen: {name: number}, the metrics there.
      since: the count that the variables belong to now.
      causes: what else than the usual may have caused it.
    """
    causes = causes or (
        "a learning rate that is too high; rewards or observations that are NaN or huge; gradients not "
        "clipped; a log or a division of 0"
    )
    shown = ", ".join(f"{name} {number:.3g}" for name, number in seen.items())
    return TrainingDiverged(
        f"training diverged at {unit} {at:,} ({shown}); every variable was put back to where it was after "
        f"{unit} {since:,}. Likely causes: {causes}"
    )


class Safeguard:
    """Keeps a copy of variables on their device, and puts it back when training diverges.

    Args:
      variables: tf.Variables, such as weights and what an optimizer remembers.
    """

    def __init__(self, variables):
        self.variables, self.copies, self.copied_at = list(variables), None, 0
        self._read = tf.function(self._values, autograph=False)

    def copy(self, when):
        """Copies the variables unless one holds NaN or infinity; `when` counts steps or updates."""
        values, finite = self._read()
        if finite:
            self.copies, self.copied_at = values, when

    def check(self, metrics, counts, unit="step"):
        """Raises TrainingDiverged, with the copy put back, where a metric is NaN or infinite.

        Args:
          metrics: name -> [rounds, …].
          counts: [rounds], how far the run was, counted as for `copy`.
          unit: of the counts.
        """
        finite = [np.isfinite(values).all(axis=tuple(range(1, values.ndim))) for values in metrics.values()]
        good = np.all(finite, axis=0)  # [rounds]
        if good.all():
            return
        if self.copies is not None:
            for variable, value in zip(self.variables, self.copies, strict=True):
                variable.assign(value)
        first = int(np.argmin(good))
        seen = {name: np.mean(values[first]) for name, values in metrics.items()}
        raise diverged(unit, counts[first], seen, self.copied_at)

    def _values(self):
        values = [tf.identity(variable) for variable in self.variables]
        finite = [tf.reduce_all(tf.math.is_finite(x)) for x in values if x.dtype.is_floating]
        return values, tf.reduce_all(finite)
