"""What the engine says of mistakes that no catalogue lists: derived from the right function, or located."""

import numpy as np
import pytest
from answers import judged

from tutorial_lib.checks.deriving import constant, derived
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.locating import located


def rows(rng):
    for size in [1, 3, 4] * 4:
        yield dict(
            reward=rng.normal(size=size),
            ends=rng.random(size) < 0.5,
            gamma=rng.uniform(0.2, 0.9),
            value=rng.normal(size=size),
        )


def right(reward, ends, gamma, value):
    return reward + gamma * (1 - ends) * value


CHECK = Check(right, rows, [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda r, e, g, v: -right(r, e, g, v), "it is `−y`, where y is the right result"),
        (lambda r, e, g, v: right(r, e, g, v) ** 2, "it is `y²`, where y is the right result"),
        (lambda r, e, g, v: right(r, e, g, v)[::-1], "it is `y in reverse order`, where y is"),
        (lambda r, e, g, v: 3 * right(r, e, g, v), "the result is 3 times what it should be, in every case"),
        (lambda r, e, g, v: right(r, e, g, v) - 0.7, "the result is 0.7 too small, in every case"),
        (lambda r, e, g, v: right(r, e, g, abs(v)), "that is what `|value|` would give in place of `value`"),
        (lambda r, e, g, v: right(2 * r, e, g, v), "that is what `2 · reward` would give in place of"),
        (lambda r, e, g, v: right(r, e, g, v.mean()), "that is what `the mean of all value` would give in"),
        (lambda r, e, g, v: right(r, ~e, g, v), "that is what `1 − ends` would give in place of `ends`"),
        (lambda r, e, g, v: right(v, e, g, r), "`reward` and `value` are swapped"),
        (lambda r, e, g, v: right(r, e, g, r), "`value` makes no difference"),
        (
            lambda r, e, g, v: right(r * g, e, g, v),
            "that is what `reward · gamma` would give in place of `reward`",
        ),
        (
            lambda r, e, g, v: right(r, e, g, v) - v,
            "that is the right result less `value`: is `value` missing?",
        ),
        (
            lambda r, e, g, v: right(r, e, g, v) + e * 7.5 * v,
            "right elsewhere, it is wrong where `ends` is true: with",
        ),
        (
            lambda r, e, g, v: right(r, e, g, v) + np.where(v < 0, v**3, 0),
            "right elsewhere, it is wrong where `value` is negative: with reward = [",
        ),
        (lambda r, e, g, v: right(r, e, g, v) + v - np.sort(v), "a row's result changes with the other rows"),
        (lambda r, e, g, v: right(r, e, g, v + np.random.default_rng().normal()), "the same arguments gave"),
    ],
)
def test_what_no_catalogue_lists(answer, said):
    assert judged(CHECK, answer).startswith(f"Not yet: {said}")


def test_every_alteration_is_true_of_itself():
    """What the engine says of an alteration is the sentence of one that behaves alike."""
    case = next(rows(np.random.default_rng(0)))
    found = 0
    for _, function in derived(right, case, right(*case.values())):
        outcomes = CHECK.outcomes(function)
        failing = [isinstance(outcome, Exception) for outcome in outcomes]
        found += not any(failing)
    assert found > 100


def test_parts_in_the_wrong_order():
    check = Check(lambda reward, value: (reward + value, reward * 2), pairs, [])
    assert "come back in the wrong order" in judged(check, lambda r, v: (r * 2, r + v))
    assert judged(check, lambda r, v: (r + v, r * 6)).startswith("Not yet: part 2 of the result is 3 times")


def pairs(rng):
    for _ in range(4):
        yield dict(reward=float(rng.normal()), value=float(rng.normal()))


def test_constants():
    wanted = [np.array([1.0, 2.0]), np.array([-3.0])]
    assert (
        constant([2.5 * w for w in wanted], wanted, 1e-6, "it")
        == "it is 2.5 times what it should be, in every case"
    )
    assert constant([w + 1 for w in wanted], wanted, 1e-6, "it") == "it is 1 too large, in every case"
    assert constant([w**2 for w in wanted], wanted, 1e-6, "it") is None
    assert constant([None, None], wanted, 1e-6, "it") is None


def test_a_condition_must_tell_right_from_wrong():
    cases = [dict(x=np.array([-1.0, 2.0])), dict(x=np.array([3.0, -2.0]))]
    wanted = [case["x"] for case in cases]
    assert located(cases, [np.abs(w) for w in wanted], wanted, 1e-6) == "`x` is negative"
    assert located(cases, [w + 1 for w in wanted], wanted, 1e-6) is None
    assert located(cases, ["?", "?"], wanted, 1e-6) is None
