"""The interrupt button as a question that a training loop asks."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def stop_button():
    """Turns the interrupt button into a question that a training loop asks between two steps.

        with stop_button() as stopped:
            while not stopped():

    The step that was going on is finished, so that agent, replay and environments agree and the cell can go
    on when it is run again. A second interrupt stops at once, as usual.
    """
    pressed = []

    def press(signum, frame):
        if pressed:
            signal.default_int_handler(signum, frame)
        pressed.append(True)

    if threading.current_thread() is not threading.main_thread():  # only the main thread hears the button
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
