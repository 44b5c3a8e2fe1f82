"""How a target network follows."""

import keras
import numpy as np
import pytest

from tutorial_lib import hard_update, mlp, polyak_update


def test_updates_of_the_target():
    keras.utils.set_random_seed(0)
    online, target = mlp(4, [3], 2), mlp(4, [3], 2)
    before = target.get_weights()
    polyak_update(online, target, rate=0.25)
    for new, old, goal in zip(target.get_weights(), before, online.get_weights(), strict=True):
        np.testing.assert_allclose(new, 0.75 * old + 0.25 * goal, rtol=1e-5, atol=1e-7)
    hard_update(online, target)
    for new, goal in zip(target.get_weights(), online.get_weights(), strict=True):
        np.testing.assert_array_equal(new, goal)
    with pytest.raises(ValueError, match="rate"):
        polyak_update(online, target, rate=0.0)
    with pytest.raises(ValueError, match="same shapes"):
        polyak_update(online, mlp(4, [5], 2), rate=0.5)
