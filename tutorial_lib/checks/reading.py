"""Checks of what is read off a figure: one choice per question, and what each wrong choice overlooks."""

from tutorial_lib.checks import Misconception
from tutorial_lib.checks.judging import Check


def reading(questions):
    """A check of a function without arguments that returns a dict: question → choice.

    Args:
      questions: question → {choice: None if it is right, else what it overlooks}.
    """

    def observe(answer):
        given = answer()
        if not isinstance(given, dict):
            raise Misconception(f"a dict with the keys {', '.join(questions)} should come back")
        for question, choices in questions.items():
            choice = given.get(question)
            if choice not in choices:
                raise Misconception(f"{question!r} is one of {', '.join(map(repr, choices))}; got {choice!r}")
            if choices[choice]:
                raise Misconception(f"{question}: {choices[choice]}")
        return True

    right = {question: next(c for c in cs if cs[c] is None) for question, cs in questions.items()}
    return Check(lambda: right, lambda rng: [{}], [], observe=observe)
