"""The checks of the first lessons against typical answers, which were written from the tasks alone."""

import importlib

import pytest
from answers import judged

from tutorial_lib import checks
from tutorial_lib.checks.judging import Check

LESSONS = {
    "01": "environments",
    "02": "policy_gradient",
    "03": "q_learning",
    "04": "function_approximation",
    "05": "dqn",
    "06": "dqn_variants",
    "08": "actor_critic",
    "09": "ddpg",
    "09b": "td3_sac",
    "10": "model_based",
}
TYPICAL = {lesson: importlib.import_module(f"typical.lesson_{lesson}") for lesson in LESSONS}
UNNAMED = ("Not yet: with ", "Not yet: right elsewhere", "Not yet: a row's result")
# With a right answer they train.
TRAINS = {"check_hill_climb": "01", "check_leave_one_out": "02", "check_two_ideas": "06"}


def names(kind):
    """(lesson, check) for every table of right or wrong answers."""
    return [(lesson, name) for lesson, tables in TYPICAL.items() for name in getattr(tables, kind)]


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "name"), names("RIGHT"))
def test_right_answers_pass(lesson, name, request):
    if name in TRAINS:
        pytest.skip("trains: see below")
    answers = TYPICAL[lesson].RIGHT[name]
    assert len(answers) >= 3
    assert [judged(getattr(checks, name), answer) for answer in answers] == ["correct"] * len(answers)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lesson"), sorted(TRAINS.items()))
def test_right_answers_that_are_put_to_use_pass(name, lesson):
    answers = TYPICAL[lesson].RIGHT[name]
    assert [judged(getattr(checks, name), answer) for answer in answers] == ["correct"] * len(answers)


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "name"), names("WRONG"))
def test_wrong_answers_are_refused_and_told_why(lesson, name):
    """At least 85 of 100 are told what is wrong; the others are shown the smallest case that differs."""
    answers = TYPICAL[lesson].WRONG[name]
    said = {label: judged(getattr(checks, name), answer) for label, answer in answers}
    assert len(said) == len(answers) >= 6
    assert all(sentence.startswith("Not yet: ") for sentence in said.values()), said
    assert not any("takes too long" in sentence for sentence in said.values())
    shown = [label for label, sentence in said.items() if sentence.startswith(UNNAMED)]
    assert len(shown) <= 0.15 * len(said), shown


@pytest.mark.parametrize(("lesson", "module"), LESSONS.items())
def test_every_check_of_a_lesson_has_typical_answers(lesson, module):
    found = vars(importlib.import_module(f"tutorial_lib.checks.{module}"))
    with_catalogue = {name for name, check in found.items() if isinstance(check, Check) and check.wrong}
    tables = TYPICAL[lesson]
    assert set(tables.RIGHT) == set(tables.WRONG)
    assert set(tables.RIGHT) <= with_catalogue
