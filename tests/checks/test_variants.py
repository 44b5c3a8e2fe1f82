"""The checks of lesson 06 against the package's own rules, and the exercise that trains on Acrobot."""

import numpy as np
import pytest
import tensorflow as tf
from answers import judged
from scipy import stats

from tutorial_lib import categorical_projection, checks, quantile_huber
from tutorial_lib.checks import Misconception, acrobot, dqn_variants
from tutorial_lib.checks.dqn_variants import WORDS, Lstm, by_interval, check_two_ideas, on_acrobot, two_ideas
from tutorial_lib.networks.lstm import Memory, lstm_network, unroll

SEEDS = range(20, 28)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("check_project", categorical_projection), ("check_quantile_loss", quantile_huber)],
)
def test_what_is_right_is_what_the_package_does(name, rule):
    check = getattr(checks, name)
    for case, wanted in zip(check.all_cases(), check.wanted, strict=True):
        values = [tf.constant(x, tf.float32) if isinstance(x, np.ndarray) else x for x in case.values()]
        assert np.allclose(rule(*values), wanted, atol=1e-5)


def test_the_memory_is_the_package_s():
    memory, x, state = Memory(2), np.ones((4, 3)), np.linspace(-1, 1, 16).reshape(4, 4)
    memory(x, state)
    kernel = np.random.default_rng(5).normal(size=(5, 8))
    memory.gates.set_weights([kernel, np.full(8, 0.5)])
    assert np.allclose(memory(x, state), Lstm()(x, state), atol=1e-6)
    assert repr(Lstm()) == "an LSTM's step"


def test_forgetting_is_the_package_s():
    network = lstm_network(4, 2, 3)

    def step(x, state):
        return network([np.pad(x, ((0, 0), (0, 1))), state])[1].numpy()  # with a mark of 0

    rng = np.random.default_rng(0)
    x, state = rng.normal(size=(2, 5, 3)).astype(np.float32), rng.normal(size=(2, 4)).astype(np.float32)
    mark = np.array([[1, 0, 0, 1, 0], [0, 0, 1, 1, 0]], np.float32)
    _, states = unroll(network, tf.concat([x, mark[..., None]], axis=-1), tf.constant(state))
    assert np.allclose(checks.check_remember.right(step, x, mark, state), states, atol=1e-5)


def test_the_worlds_leave_no_doubt():
    """Whoever takes another interval of the difference gets the same word in all of them."""
    for case, wanted in zip(check_two_ideas.all_cases(), check_two_ideas.wanted, strict=True):
        new, plain = case["new"], case["plain"]
        intervals = [
            stats.ttest_rel(new, plain).confidence_interval(),
            stats.ttest_ind(new, plain, equal_var=False).confidence_interval(),
        ]
        assert {dqn_variants.word(*interval) for interval in intervals} == {WORDS[wanted]}
    assert set(check_two_ideas.wanted) == {0, 1, 2}


def played(answer, gain):
    """The misconception found where every pair of ideas has `gain` more than plain DQN, or None."""
    chance = np.array([-330, -310, -305, -300, -300, -295, -290, -270])

    def score(ideas, seed):
        return chance[seed - SEEDS[0]] if not ideas else chance[SEEDS[-1] - seed] + gain

    try:
        on_acrobot(answer, score, SEEDS)
    except Misconception as found:
        return str(found)


@pytest.mark.parametrize(
    ("ideas", "say", "gain", "said"),
    [
        (("dueling", "n-step"), by_interval, 100, None),
        (("n-step", "dueling"), by_interval, 100, None),
        (("dueling", "n-step"), by_interval, 0, "judged rightly, 'cannot tell'"),
        (("dueling", "n-step"), by_interval, -100, "judged rightly, 'worse'"),
        (("dueling", "n-step"), lambda new, plain: "better", 0, "you say 'better', and the interval"),
        (("dueling", "n-step"), lambda new, plain: "cannot tell", 100, "you say 'cannot tell', and"),
        (("double", "dueling"), by_interval, 100, "judged rightly: double and dueling help. But another"),
        (("double", "prioritised"), by_interval, 100, "But another pair had 153 ["),
    ],
)
def test_what_is_said_of_a_pair_after_training(ideas, say, gain, said, capsys):
    found = played(two_ideas(say, ideas), gain)
    assert found is None if said is None else said in found
    assert capsys.readouterr().out.startswith("mean score of plain DQN -300, ")


def training(runs, back=(("dueling", "n-step"), "better")):
    """An answer that makes the runs given, (ideas, seeds) each."""

    def answer(train, seeds):
        for ideas, chosen in runs:
            for seed in chosen:
                train(ideas, seed)
        return back

    return answer


PAIR = ("dueling", "n-step")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (training([]), "nothing was trained"),
        (training([(PAIR, SEEDS)]), "plain DQN was not trained"),
        (training([((), SEEDS)]), "only plain DQN was trained"),
        (training([((), SEEDS), (PAIR, SEEDS), (("double", "dueling"), SEEDS)]), "2 pairs were trained"),
        (training([((), SEEDS), (PAIR, SEEDS[:3])]), "dueling and n-step was trained with 3 of 8"),
        (training([((), SEEDS[:1]), (PAIR, SEEDS)]), "plain DQN was trained with 1 of 8"),
        (training([((), SEEDS), (PAIR, SEEDS), (PAIR, SEEDS[:1])]), "17 were made for 16"),
        (training([((), [0])]), "train with the seeds given"),
        (training([(("dueling",), SEEDS)]), "two ideas, or ()"),
        (training([(("dueling", "dueling"), SEEDS)]), "two ideas, or ()"),
        (training([("dueling", SEEDS)]), "ideas come as a tuple"),
        (training([(("dueling", "noisy"), SEEDS)]), "there is no idea ['noisy']"),
        (training([((), SEEDS), (PAIR, SEEDS)], "better"), "return (ideas, word)"),
        (training([((), SEEDS), (PAIR, SEEDS)], (("double", "dueling"), "better")), "that you trained"),
        (training([((), SEEDS), (PAIR, SEEDS)], (PAIR, "good")), "the word is one of"),
    ],
)
def test_what_was_trained_is_counted(answer, said):
    with pytest.raises(Misconception) as found:
        dqn_variants.told(answer, lambda ideas, seed: 0.0, list(SEEDS))
    assert said in str(found.value)


def test_every_pair_was_measured_on_as_many_seeds():
    scores = acrobot.measured()
    assert list(scores) == list(acrobot.PAIRS) and len(scores) == 6
    assert {len(x) for x in scores.values()} == {24}
    assert all(np.all((-500 <= x) & (x < 0)) for x in scores.values())
    assert max(scores, key=lambda pair: scores[pair].mean()) == ("dueling", "n-step")


@pytest.mark.slow
@pytest.mark.learning
def test_on_acrobot_two_ideas_help_and_two_others_do_not():
    assert judged(check_two_ideas, two_ideas(by_interval)) == "correct"
    said = judged(check_two_ideas, two_ideas(by_interval, ("double", "prioritised")))
    assert said.startswith("Not yet: judged rightly")
