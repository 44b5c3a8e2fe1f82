"""The stop button."""

import os
import signal

import pytest

from tutorial_lib import stop_button


def test_the_stop_button_ends_a_loop_between_two_steps():
    rounds = 0
    with stop_button() as stopped:
        while not stopped() and rounds < 100:
            os.kill(os.getpid(), signal.SIGINT)
            rounds += 1
    assert rounds == 1
    with stop_button(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the second interrupt has to stop it")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
