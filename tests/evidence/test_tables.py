"""Tables of stored runs and of who comes and stays, by hand."""

import pytest

from tutorial_lib import late_table, stored_table


def kept(end, checkpoints):
    """One stored seed."""
    return {"final_mean": end, "checkpoints": checkpoints}


def test_the_table_of_stored_runs():
    """Four checkpoints: a quarter is the first, the late half are the last two; one tie in four pairs."""
    plain = {1: kept(480, [10, 20, 500, 40]), 2: kept(40, [10, 20, 30, 60])}
    better = {7: kept(475, [30, 500, 500, 500]), 8: kept(474, [30, 500, 490, 100])}
    assert stored_table({"plain": plain, "n-step": better}, 475) == (
        "         ≥ 475  IQM at 25 %         at 50 %        at 100 %  late  better      by luck\n"
        "plain   1 of 2  10 [10, 10]     20 [20, 20]     50 [40, 60]  0.25    0.50  0.00 … 1.00\n"
        "n-step  1 of 2  30 [30, 30]  500 [500, 500]  300 [100, 500]  0.75    0.88  0.00 … 1.00"
    )


def test_better_can_be_by_another_score():
    """By the mean over all checkpoints: 142.5 and 30 against 382.5 and 280, all of them better."""
    stored = {"a": {1: kept(0, [10, 20, 500, 40]), 2: kept(0, [10, 20, 30, 60])}}
    stored |= {"b": {1: kept(0, [30, 500, 500, 500]), 2: kept(0, [30, 500, 490, 100])}}
    table = stored_table(stored, 475, score=lambda means: means.mean(axis=1))
    assert [line.split()[-4] for line in table.splitlines()[1:]] == ["0.50", "1.00"]


def test_what_the_table_of_stored_runs_refuses():
    with pytest.raises(ValueError, match="empty"):
        stored_table({}, 475)
    with pytest.raises(ValueError, match="'old' hold no checkpoints"):
        stored_table({"old": {1: {"final_mean": 1.0, "seconds": 1.0}}}, 475)


def test_the_table_of_who_comes_and_stays():
    scores = {"plain": ([[0, 500, 0, 500], [0, 0, 0, 0]], [500, 9]), "never": ([[0, 0, 0, 0]], [12.4])}
    assert late_table(scores, 475) == (
        "        late share, 95 %  once there  at the end  lowest\n"
        "plain  0.25 [0.00, 0.50]        0.50      1 of 2       9\n"
        "never  0.00 [0.00, 0.00]           –      0 of 1      12"
    )
    with pytest.raises(ValueError, match="empty"):
        late_table({}, 475)
