"""Exercises in which a learner trains every choice with every seed, and settles on one."""

from tutorial_lib.checks import explain


def settled(answer, table, choices, seeds, what):
    """What an answer settles on, after it has trained every pair once.

    Args:
      answer: (train, choices, seeds) -> a choice, where train(choice, seed) -> a score.
      table: scores [choices, seeds].
      what: a choice, in a word.

    Raises:
      Misconception: nothing was trained, too little, or twice; or a pair that was not given.
    """
    runs, most = [], len(choices) * len(seeds)

    def train(choice, seed):
        explain(choice in choices and seed in seeds, f"train({choice!r}, {seed}) was not asked for")
        runs.append((choice, seed))
        return table[choices.index(choice), seeds.index(seed)]

    chosen, pairs = answer(train, list(choices), list(seeds)), len(set(runs))
    explain(len(runs) > 0, f"nothing was trained: call train({what}, seed)")
    explain(pairs == most, f"every {what} deserves every seed: {pairs} of {most} were trained")
    explain(
        len(runs) == most, f"every pair is to be trained once: there were {len(runs)} runs for {most} pairs"
    )
    return chosen
