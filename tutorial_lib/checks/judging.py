"""Misconceptions as functions: a check is a right function, random cases, and typical wrong functions.

How to write one, in a module of its lesson:

    def cases(rng):                                  # small ones first; B ≠ A, so that axes show
        for size, num_actions in [(1, 2), (3, 5), (4, 3)] * 4:
            yield dict(
                reward=rng.normal(size=size),
                discount=rng.choice([0, 0.9, 0.99], size),          # several values of every constant
                q_next=rng.normal(size=(size, num_actions)),        # rows of negative numbers, too
            )

    check_td_target = Check(
        lambda reward, discount, q_next: reward + discount * q_next.max(axis=1),
        cases,
        [
            ("nothing follows a terminal step: use `discount`", lambda r, d, q: r + 0.9 * q.max(axis=1)),
            ("the reward is missing", lambda r, d, q: d * q.max(axis=1)),
        ],
    )

An answer is called on every case, with the case's entries in order. If it agrees with the right function
on all of them it is correct. Else the first wrong function that agrees with it on all cases names it; else
one that agrees on all cases where the answer fails, if only one does; else the engine says what it can by
itself: the shape, the kind of number, an argument that makes no difference (a constant typed in), the line
that crashed, a loss without a gradient, an argument that was changed; an argument or the result with another
sign, factor, power, mean … (deriving.py); rows that are mixed, or where alone it is wrong (locating.py); or the
smallest case that differs, with what was expected and what came. A wrong answer is printed and never raised;
what runs for ever is stopped.

`observe` says how an answer is looked at (observing.py): `call` for NumPy, `tensors` for TensorFlow,
`gradients("log_prob")` for losses, `draws(2000)` for what draws from an `rng`, or any function
(answer, **case) → numbers, a tuple or a dict of them, which plays with an environment or a policy and may
raise Misconception. Right and wrong functions are looked at in the same way: they take the same arguments.

The catalogue is its own test: tests/checks/test_judging.py sees to it that every wrong function of every
Check is named by its own sentence and that no two behave alike. Right answers in other words are tested in
the lesson's own test.
"""

import contextlib
import io
import itertools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tutorial_lib.checks import Misconception
from tutorial_lib.checks.comparing import difference, same, shape_of, shown, size_of
from tutorial_lib.checks.crashing import crash
from tutorial_lib.checks.deriving import constant, derived
from tutorial_lib.checks.locating import located, mixes_rows
from tutorial_lib.checks.observing import TooLong, call, time_limit


@dataclass(frozen=True, eq=False)
class Check:
    """A check: called with an answer it prints the verdict and returns whether the answer is right.

    Args:
      right: the right function.
      cases: rng → the cases, dicts of arguments by name; they are the same at every call.
      wrong: pairs (sentence, wrong function), what must be told first standing first.
      observe: (answer, **case) → what is compared.
      afterwards: what is done with a right answer, for the pleasure of it; it may raise Misconception.
      tolerance: relative to the number, and absolute near 0; larger where chance plays a part.
      seconds: of the processor; an answer that takes longer for one case is stopped.
    """

    right: Callable
    cases: Callable
    wrong: list
    observe: Callable = call
    afterwards: Callable = lambda answer: None
    tolerance: float = 3e-5
    seconds: float = 10.0

    def __call__(self, answer):
        try:
            sentence = self.verdict(answer)
            with time_limit(20 * self.seconds):
                sentence = sentence or self.afterwards(answer)
        except NotImplementedError:
            print("not attempted yet")
            return False
        except Misconception as found:
            sentence = str(found)
        except TooLong:
            sentence = "it was stopped, because it takes too long: does a loop never end?"
        print(f"Not yet: {sentence}" if sentence else "correct")
        return not sentence

    def verdict(self, answer):
        """None if the answer is right, else the sentence that says what is not."""
        got = self.outcomes(answer)
        failing = [i for i, wanted in enumerate(self.wanted) if not same(got[i], wanted, self.tolerance)]
        if not failing:
            return None
        return self.named(got, failing) or self.explained(answer, got, failing)

    @cached_property
    def wanted(self):
        """The right outcome of every case."""
        return self.outcomes(self.right)

    @cached_property
    def catalogue(self):
        """The sentences, each with the outcomes of its wrong function."""
        return [(sentence, self.outcomes(function)) for sentence, function in self.wrong]

    def outcomes(self, function, cases=None):
        """What is observed in every case: numbers, or the exception that came. Only the first case prints."""
        found = []
        for case in self.all_cases() if cases is None else cases:
            with quiet(found), time_limit(self.seconds):
                try:
                    found.append(self.observe(function, **case))
                except (NotImplementedError, Misconception):
                    raise
                except Exception as error:
                    found.append(error)
        return found

    def all_cases(self):
        """The cases, as a list."""
        return list(self.cases(np.random.default_rng(0)))

    def named(self, got, failing):
        """The sentence of the wrong function that behaves as the answer does, or None."""
        alike = set()
        for sentence, outcomes in self.catalogue:
            agreeing = [same(got[i], outcome, self.tolerance) for i, outcome in enumerate(outcomes)]
            if all(agreeing):
                return sentence
            if all(agreeing[i] for i in failing) and not all(isinstance(got[i], Exception) for i in failing):
                alike.add(sentence)
        return alike.pop() if len(alike) == 1 else None

    def explained(self, answer, got, failing):
        """What can be said without a catalogue, on the smallest case that fails."""
        cases, wanted = self.all_cases(), self.wanted
        smallest = min(failing, key=lambda i: size_of(cases[i]))
        if isinstance(got[smallest], Exception):
            return crash(got[smallest], cases[smallest])
        problem, serious = difference(got[smallest], wanted[smallest], self.tolerance)
        if serious:
            return problem
        if getattr(self.observe, "plain", False) and not self.repeats(answer, got):
            return "the same arguments gave another result: nothing here is left to chance, use what is given"
        example = f"{shown(cases[smallest])}: {problem}"
        return (
            self.unused(answer, cases, got)
            or self.derived(got, failing[0])
            or self.structure(answer, cases, got, example)
            or example
        )

    def repeats(self, answer, got):
        """Whether the answer gives the same results again."""
        return all(same(new, old, 1e-6) for new, old in zip(self.outcomes(answer), got, strict=True))

    def derived(self, got, first):
        """The sentence of an alteration of the right function that behaves as the answer does, or None."""
        if not getattr(self.observe, "plain", False):
            return None
        cases = self.all_cases()
        result = self.wanted[first]
        result = next(iter(result.values())) if isinstance(result, dict) else result
        start = time.process_time()
        with contextlib.suppress(TooLong):
            for sentence, function in derived(self.right, cases[first], result):
                if time.process_time() > start + self.seconds / 2:
                    return None
                [outcome] = self.outcomes(function, cases[first : first + 1])
                if not isinstance(outcome, Exception) and same(got[first], outcome, self.tolerance):
                    pairs = zip(got, self.outcomes(function), strict=True)
                    if all(same(mine, other, self.tolerance) for mine, other in pairs):
                        return sentence
        return None

    def structure(self, answer, cases, got, example):
        """What the wrong numbers have in common: a factor, a mixed batch, a condition; or None."""
        if any(isinstance(g, Exception) for g in got):
            return None
        numbers, wanted, what = self.differing(got)
        found = constant(numbers, wanted, self.tolerance, what)
        if found or not getattr(self.observe, "plain", False):
            return found
        if mixes_rows(self.outcomes, cases, self.right, answer, self.wanted, got, self.tolerance):
            return f"a row's result changes with the other rows of the batch, and should not: {example}"
        where = located(cases, numbers, wanted, self.tolerance)
        return where and f"right elsewhere, it is wrong where {where}: {example}"

    def differing(self, got):
        """The part of the outcomes that is the first to differ in some case, what it should be, and its name."""
        wanted, what = self.wanted, "the result"
        while isinstance(wanted[0], dict | tuple):
            names = wanted[0] if isinstance(wanted[0], dict) else range(len(wanted[0]))
            for name in names:
                parts = [[outcome[name] for outcome in outcomes] for outcomes in (got, wanted)]
                if not all(same(a, b, self.tolerance) for a, b in zip(*parts, strict=True)):
                    break
            got, wanted = parts
            what = name if isinstance(name, str) else f"part {name + 1} of the result"
        return got, wanted, what

    def unused(self, answer, cases, got):
        """Names an argument that changes the right results and never those of the answer."""
        for name in cases[0]:
            swapped = [
                (i, case | {name: other})
                for i, case in enumerate(cases)
                for other in others(cases, case, name)
            ]
            new = self.outcomes(self.right, [case for _, case in swapped])
            telling = [
                pair
                for pair, out in zip(swapped, new, strict=True)
                if not same(out, self.wanted[pair[0]], 0.01)
            ]
            telling = telling[:: 1 + len(telling) // 8]
            mine = self.outcomes(answer, [case for _, case in telling])
            if mine and all(same(out, got[i], 1e-9) for (i, _), out in zip(telling, mine, strict=True)):
                return f"`{name}` makes no difference to what comes out: use what is given under that name"
        return None


def others(cases, case, name):
    """Another value of the argument, of the same shape, from another case: a list of one, or of none."""
    mine = case[name]
    fitting = (c[name] for c in cases if shape_of(c[name]) == shape_of(mine) and unlike(c[name], mine))
    return list(itertools.islice(fitting, 1))


def unlike(one, other):
    """Whether two arguments of one shape differ."""
    if isinstance(one, list):
        return any(map(unlike, one, other))
    return not np.array_equal(one, other)


@contextlib.contextmanager
def quiet(printing_is_over):
    """No warnings; and no lines either once the first case has been through."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.ExitStack() as stack:
        warnings.simplefilter("ignore")
        if printing_is_over:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        yield
