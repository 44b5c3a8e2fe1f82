"""The order of the fields is part of the interface: updates unpack them."""

import numpy as np
import tensorflow as tf

from tutorial_lib import Trajectory, Transition


def test_fields_come_in_the_order_that_unpacking_relies_on():
    assert Transition._fields == ("observation", "action", "reward", "discount", "next_observation")
    assert Trajectory._fields == (*Transition._fields, "done", "mask")


def test_both_pass_through_compiled_functions_as_what_they_are():
    double = tf.function(lambda steps: tf.nest.map_structure(lambda x: 2 * x, steps), jit_compile=True)
    for kind in (Transition, Trajectory):
        result = double(kind(*(np.full([2, 3], i, np.float32) for i in range(len(kind._fields)))))
        assert type(result) is kind
        assert [float(field[0, 0]) for field in result] == [2.0 * i for i in range(len(kind._fields))]
