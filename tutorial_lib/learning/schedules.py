"""Numbers that change while an agent learns: functions of the step."""


def linear_schedule(start, end, num_steps):
    """A function step -> value that goes from `start` to `end` in a line over `num_steps`, then stays.

    Raises:
      ValueError: num_steps < 1.
    """
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1, got {num_steps}")
    return lambda step: start + (end - start) * min(max(step / num_steps, 0.0), 1.0)
