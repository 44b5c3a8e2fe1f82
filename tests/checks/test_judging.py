"""The engine of the checks, on small checks of its own; and the catalogues of all lessons."""

import itertools
import signal
import time

import numpy as np
import pytest
import tensorflow as tf
from answers import judged, named

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks.comparing import difference, same, shown
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.observing import draws, gradients, tensors

CATALOGUES = {name: getattr(checks, name) for name in dir(checks) if name.startswith("check_")}
CATALOGUES = {name: check for name, check in CATALOGUES.items() if isinstance(check, Check)}


def assert_catalogue_holds(check):
    """Each wrong function is named by its own sentence, and no two of them behave alike."""
    assert check.verdict(check.right) is None
    table = check.catalogue
    for (one, outcomes), (other, others) in itertools.combinations(table, 2):
        alike = all(same(a, b, check.tolerance) for a, b in zip(outcomes, others, strict=True))
        assert not alike, f"two wrong functions behave alike: {one} | {other}"
    for (sentence, outcomes), (_, function) in zip(table, check.wrong, strict=True):
        assert not all(isinstance(outcome, Exception) for outcome in outcomes), f"always crashes: {sentence}"
        assert check.verdict(function) == sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", named(CATALOGUES))
def test_catalogues(name):
    assert_catalogue_holds(CATALOGUES[name])


def rows(rng):
    for size in [1, 3, 4] * 3:
        yield dict(reward=rng.normal(size=size), gamma=rng.uniform(0.2, 0.9), q=rng.normal(size=(size, 2)))


TARGET = Check(
    lambda reward, gamma, q: reward + gamma * q.max(axis=1),
    rows,
    [
        ("max, not mean", lambda r, g, q: r + g * q.mean(axis=1)),
        ("the reward is discounted", lambda r, g, q: g * (r + q.max(axis=1))),
    ],
)


def test_this_catalogue_holds():
    assert_catalogue_holds(TARGET)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([("a", lambda r, g, q: r), ("b", lambda r, g, q: r + 0)], "a | b"),
        ([("right after all", lambda r, g, q: r + g * np.sort(q, axis=1)[:, 1])], "== 'right after all'"),
        ([("crashes", lambda r, g, q: r + nothing)], "always crashes"),  # noqa: F821
    ],
)
def test_a_catalogue_that_does_not_hold(wrong, message):
    with pytest.raises(AssertionError) as caught:
        assert_catalogue_holds(Check(TARGET.right, rows, wrong))
    assert message in str(caught.value)


def changing(r, g, q):
    q *= g
    return r + q.max(axis=1)


def changing_a_list(values):
    values[0] += 1
    return values[0] - 1


def half_wrong(r, g, q):
    return r + g * (q.mean(axis=1) if len(r) > 3 else q.max(axis=1))


def endless(*_):
    while True:
        pass


def stub(*_):
    raise NotImplementedError("your turn")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda r, g, q: r + g * np.amax(q, 1), "correct"),
        (lambda r, g, q: [float(a + g * max(b)) for a, b in zip(r, q, strict=True)], "correct"),
        (lambda r, g, q: tf.constant(r + g * q.max(axis=1)), "correct"),
        (stub, "not attempted yet"),
        (tf.function(stub), "not attempted yet"),
        (lambda r, g, q: r + g * q.sum(axis=1) / 2, "Not yet: max, not mean"),
        (half_wrong, "Not yet: max, not mean"),
        (lambda r, g, q: r + 0.9 * q.max(axis=1), "Not yet: `gamma` makes no difference"),
        (changing, "Not yet: `q` was changed"),
        (lambda r, g, q: None, "Not yet: nothing comes back"),
        (lambda r, g, q: "1", "Not yet: the result should be numbers, got str"),
        (lambda r, g, q: r[:, None] + g * q, "Not yet: the result should have shape (1,), got shape (1, 2)"),
        (lambda r, g, q: r + g * q.max(axis=1) > 0, "Not yet: the result should be numbers, got bool"),
        (lambda r, g, q: r + g * q.max(axis=1) + r * r * g, "Not yet: with reward = ["),
        (lambda r, g, q: r + g * q.max(axis=1) if q[0] > 0 else r, "Not yet: it stops at `"),
        (lambda r, g: r, "Not yet: it cannot be called with the 3 arguments of the task: reward, gamma, q"),
    ],
)
def test_verdicts(answer, said, capsys):
    assert TARGET(answer) is (said == "correct")
    printed = capsys.readouterr()
    assert printed.out.startswith(said)
    assert printed.out.count("\n") == 1
    assert printed.err == ""


def test_lists_are_compared_with_what_they_were():
    check = Check(lambda values: values[0], lambda rng: [dict(values=[1.0, 2.0])], [])
    assert judged(check, lambda values: values[0]) == "correct"
    assert judged(check, changing_a_list).startswith("Not yet: `values` was changed")


def test_a_crash_is_told_with_its_line_and_in_plain_words():
    said = judged(TARGET, lambda r, g, q: r + g * q.max(axis=1) if q > 0 else r)
    assert "`said = judged(TARGET, lambda r, g, q: r + g * q.max(axis=1) if q > 0 else r)`" in said
    assert "one `if` decides once" in said


def test_the_smallest_case_is_shown_with_both_results():
    said = judged(TARGET, lambda r, g, q: r + g * q.max(axis=1) + r * r * g)
    assert "the result: expected [" in said
    assert said.count("[") == 5  # one reward, one row of q, and the two results of one number
    assert "got [" in said


def test_an_answer_may_print_but_only_once(capsys):
    def talking(r, g, q):
        print("shape", q.shape)
        return r + g * q.max(axis=1)

    assert TARGET(talking)
    assert capsys.readouterr().out == "shape (1, 2)\ncorrect\n"


@pytest.mark.slow
def test_what_runs_for_ever_is_stopped():
    check = Check(TARGET.right, rows, [], seconds=0.2)
    before = [signal.getitimer(timer) for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL)]
    assert "it takes too long" in judged(check, endless)
    assert "it takes too long" in judged(check, lambda *_: time.sleep(1000))
    assert judged(check, TARGET.right) == "correct"
    assert [signal.getitimer(timer) for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL)] == before


def test_an_interrupt_is_no_misconception():
    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TARGET(interrupted)


def test_what_follows_a_right_answer_may_still_refuse_it():
    def afterwards(answer):
        raise Misconception("the agent learns nothing")

    check = Check(TARGET.right, rows, [], afterwards=afterwards)
    assert judged(check, TARGET.right) == "Not yet: the agent learns nothing"


def products(rng):
    for size in [1, 2, 5]:
        yield dict(log_prob=-rng.uniform(0.1, 2, size), advantage=rng.normal(size=size))


LOSS = Check(
    lambda log_prob, advantage: -tf.reduce_mean(log_prob * tf.stop_gradient(advantage)),
    products,
    [("the advantage is a verdict: hold it constant", lambda p, a: -tf.reduce_mean(p * a))],
    observe=gradients("log_prob", "advantage"),
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda p, a: tf.reduce_mean(-p * tf.stop_gradient(a)), "correct"),
        (lambda p, a: -tf.reduce_mean(p * a.numpy()), "correct"),
        (lambda p, a: -tf.reduce_mean(p * a), "Not yet: the advantage is a verdict"),
        (
            lambda p, a: -np.mean(p.numpy() * a),
            "Not yet: the gradient by `log_prob` is 0: nothing reaches it",
        ),
        (lambda p, a: -tf.reduce_mean(tf.stop_gradient(p * a)), "Not yet: the gradient by `log_prob` is 0"),
        (lambda p, a: -p * tf.stop_gradient(a), "Not yet: the loss should have no axis"),
        (lambda p, a: tf.reduce_mean(p * tf.stop_gradient(a)), "Not yet: it is `−y`, where y is the right"),
        (
            lambda p, a: -tf.reduce_mean(p * tf.stop_gradient(a) ** 2),
            "Not yet: that is what `advantage²` would give in place of `advantage`",
        ),
    ],
)
def test_losses_are_judged_with_their_gradients(answer, said):
    assert judged(LOSS, answer).startswith(said)


def values(rng):
    for seed in range(2):
        yield dict(values=rng.normal(size=3), epsilon=0.3, rng=seed)


def explore(values, epsilon, rng):
    return rng.integers(len(values)) if rng.random() < epsilon else np.argmax(values)


DRAWS = Check(explore, values, [], observe=draws(4_000), tolerance=0.04)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda v, e, rng: rng.integers(3) if rng.random() >= 1 - e else int(np.argmax(v)), "correct"),
        (lambda v, e, rng: rng.choice(3, p=np.eye(3)[np.argmax(v)] * (1 - e) + e / 3), "correct"),
        (lambda v, e, rng: explore(v, e, np.random.default_rng()), "Not yet: with values = "),
        (lambda v, e, rng: float(explore(v, e, rng)), "Not yet: a draw should be whole numbers"),
        (lambda v, e, rng: explore(v, 0.1, rng), "Not yet: with values = "),
    ],
)
def test_draws(answer, said):
    assert judged(DRAWS, answer).startswith(said)


def test_tensors():
    check = Check(lambda r, g, q: r + g * tf.reduce_max(q, axis=1), rows, [], observe=tensors)
    assert judged(check, lambda r, g, q: r + g * tf.reduce_max(q, axis=-1)) == "correct"
    assert judged(check, lambda r, g, q: r.numpy() + g * q.numpy().max(1)) == "correct"


def test_what_is_shown_of_a_case_stays_in_one_line():
    text = shown(dict(rows=[np.eye(3), np.eye(2)], x=np.arange(100.0), y=0.123456789))
    assert "\n" not in text
    assert text.startswith("with rows = list [array([[1., 0., 0.], [0., 1., 0.]")
    assert text.endswith("x = [ 0., 1., 2., ..., 97., 98., 99.], y = 0.123457")


def test_same_and_different():
    assert same([1, 2], np.float32([1, 2.0000001]), 1e-4)
    assert same({"a": (1.0, [2.0]), "b": True}, {"a": (1.0, 2 * np.ones(1)), "b": True}, 1e-4)
    assert same([np.nan], [np.nan], 1e-4)
    assert not same([1.0], [1], 1e-4)  # a float where an integer is wanted
    assert not same([[1.0]], [1.0], 1e-4)
    assert not same((1.0,), (1.0, 2.0), 1e-4)
    assert difference((1.0, 3.0), (1.0, 2.0), 1e-4) == ("part 2 of the result: expected 2, got 3", False)
    assert difference(1.0, (1.0, 2.0), 1e-4) == ("2 things should come back, got 1", True)
    assert (
        difference([1.5], np.array([1]), 1e-4)[0] == "the result should be whole numbers, got float64: [1.5]"
    )
