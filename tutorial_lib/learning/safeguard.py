"""Copies of the last good weights, for the moment when a loss is NaN."""

import numpy as np
import tensorflow as tf


class TrainingDiverged(FloatingPointError):
    """A metric became NaN or infinite; the weights are back to the last good ones."""


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

    def check(self, metrics, unit="step"):
        """Raises TrainingDiverged, after the copy was put back, if a metric is NaN or infinite.

        Args:
          metrics: name -> numbers of any shape.
          unit: of what `copy` was told.
        """
        if all(np.isfinite(values).all() for values in metrics.values()):
            return
        if self.copies is not None:
            for variable, value in zip(self.variables, self.copies, strict=True):
                variable.assign(value)
        seen = ", ".join(f"{name} {_worst(values):.3g}" for name, values in metrics.items())
        raise TrainingDiverged(
            f"training diverged after {unit} {self.copied_at:,} ({seen}); every variable was put back to "
            "where it was then. Likely causes: a learning rate that is too high; rewards or observations that "
            "are NaN or huge; gradients not clipped; a log or a division of 0"
        )

    def _values(self):
        values = [tf.identity(variable) for variable in self.variables]
        finite = [tf.reduce_all(tf.math.is_finite(x)) for x in values if x.dtype.is_floating]
        return values, tf.reduce_all(finite)


def _worst(values):
    """A number that is not finite, or else the largest."""
    values = np.ravel(values)
    bad = values[~np.isfinite(values)]
    return bad[0] if bad.size else values.max(initial=-np.inf)
