"""One seed reaches everything that is random."""

import numpy as np

from tutorial_lib import mlp, seed_everything


def test_seed_everything_reaches_keras_numpy_and_python():
    import random

    def sample(seed):
        seed_everything(seed)
        return [random.random(), np.random.rand(), *mlp(4, [2], 1).weights[0].numpy().ravel()]  # noqa: NPY002

    assert sample(3) == sample(3)
    assert sample(3) != sample(4)
