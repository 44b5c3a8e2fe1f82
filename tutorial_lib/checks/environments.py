"""Checks of lesson 01: environments, policies, wrappers and seeds."""

import gymnasium as gym
import numpy as np

from tutorial_lib.checks import Misconception, exercise, explain, matches, numbers, reject
from tutorial_lib.checks.fakes import Endless, Score, Scripted, Starts, TwoNumbers
from tutorial_lib.evidence.evaluation import evaluate

# Rows are environments; every way to read the four numbers gives its own pattern of pushes.
LEANING = np.array(
    [
        [0.5, -0.3, 0.05, -0.4],
        [0.2, 0.6, -0.11, 0.3],
        [-0.1, 0.4, 0.2, -0.3],
        [-0.3, -0.8, -0.07, -0.2],
        [0.9, -0.1, 0.13, 1.1],
        [-0.5, 0.6, 0.3, -0.2],
    ],
    np.float32,
)


@exercise
def check_lookahead_policy(lookahead_policy):
    try:
        got = numbers(lookahead_policy(LEANING.copy(), 0.5), "the actions")
    except (ValueError, TypeError) as error:
        explain("ambiguous" not in str(error), "one `if` decides once: six environments need six decisions")
        explain("scalar" not in str(error), "six actions do not fit into one number: keep the array")
        raise
    explain(got.shape != (), "one action for the whole batch: each of the six environments needs its own")
    explain(
        got.shape != (4,), "that mixes up rows: environments lie along the first axis, numbers along the last"
    )
    explain(got.shape == (6,), f"one action per environment: expected shape (6,), got {got.shape}")
    explain(got.dtype != bool, "True and False are answers to a question: an action is the integer 0 or 1")
    explain(got.dtype.kind in "iu", f"an action is an integer, these are {got.dtype}")
    explain(np.isin(got, [0, 1]), f"CartPole's actions are 0 (left) and 1 (right), got {np.unique(got)}")
    explain(np.any(got != got[0]), "every environment gets the same action: each has a pole of its own")
    position, velocity, angle, spin = LEANING.T
    reject(got, "that pushes away from the lean: the cart must get under the pole", angle + spin / 2 < 0)
    reject(got, "that is the angle now: the pole goes on turning in the meantime", angle > 0)
    reject(got, "that is the angular velocity alone: the angle is where the turning starts from", spin > 0)
    reject(got, "that looks back in time: the turning adds to the angle", angle - spin / 2 > 0)
    reject(got, "that always looks one second ahead: how far is an argument", angle + spin > 0)
    reject(
        got, "that looks ahead for the cart: the pole is in the last two numbers", position + velocity / 2 > 0
    )
    explain(
        got == (angle + spin / 2 > 0), "right (1) where the angle to come is positive, left (0) elsewhere"
    )
    got = numbers(lookahead_policy(LEANING.copy(), 0.0), "the actions")
    explain(got == (angle > 0), "looking 0 seconds ahead, the angle now decides")


@exercise
def check_play_episode(play_episode):
    seen = []

    def policy(observation):
        seen.append(float(np.ravel(observation)[0]))
        return int(seen[-1]) % 2

    fell, late = Scripted([2.0, 3.0, 7.0], "terminated"), Scripted([2.0, 3.0, 7.0], "truncated")
    got = [_play(play_episode, env, policy) for env in (fell, late)]
    _explain_the_end(fell, late)
    explain(fell.resets_at == [0], "one reset begins an episode, and it comes before the first step")
    seed = fell.seeds[0]
    explain(seed is not None, "the seed never reaches the environment: it decides how the episode starts")
    explain(seed == 5, f"the environment was given the seed {seed} instead of yours")
    explain(len(seen) > 0, "the policy is never asked: it has to choose every action")
    explain(set(seen) != {0.0}, "the policy sees the first observation all the time: it needs the newest one")
    explain(seen == [0, 1, 2] * 2, "the policy must be asked once a step, with the newest observation")
    explain(list(map(int, fell.actions)) == [0, 1, 0], "the actions taken are not those of the policy")
    for answer in got:
        _explain_the_return(numbers(answer, "the return"))


def _play(play_episode, env, policy):
    try:
        return play_episode(env, policy, 5)
    except Endless:
        return None


def _explain_the_end(fell, late):
    explain(
        not (fell.overrun > 0 and late.overrun > 0),
        "that plays on after an episode's end: either flag alone, terminated or truncated, ends it",
    )
    explain(late.overrun <= 0, "that plays on after the time limit: `truncated` ends an episode too")
    explain(fell.overrun <= 0, "that plays on after the pole fell: `terminated` ends an episode too")
    played = min(len(fell.actions), len(late.actions))
    explain(played == 3, f"that stops after {played} of an episode's 3 steps")


def _explain_the_return(got):
    explain(got.shape == (), f"a return is one number, the sum of the rewards; got shape {got.shape}")
    reject(got, "3 is the number of steps: the return adds up the rewards, here 2, 3 and 7", 3)
    reject(got, "the last reward is missing: the step that ends an episode pays as well", 5)
    reject(got, "the first reward is missing", 10)
    reject(got, "that is the last reward alone: the return adds up all of them", 7)
    reject(got, "that is the mean reward: the return is the sum", 4)
    explain(got == 12, f"rewards of 2, 3 and 7 make a return of 12, got {got}")


@exercise
def check_discount(discount):
    terminated, truncated = np.array([True, False, False, True]), np.array([False, True, False, True])
    try:
        got = numbers(discount(terminated.copy(), truncated.copy(), 0.9), "the discounts")
    except ValueError as error:
        explain("ambiguous" not in str(error), "one `if` decides once: four environments need four decisions")
        raise
    explain(got.shape == (4,), f"one discount per environment: expected shape (4,), got {got.shape}")
    explain(got.dtype != bool, "an array of True and False cannot hold 0.9: a discount is a float")
    explain(got >= 0, "a discount is never negative: two flags at once still mean one end")
    reject(got, "a time limit ends the episode, not the future: truncated steps keep γ", [0, 0, 0.9, 0])
    reject(got, "γ is missing: what comes one step later counts 0.9 times as much", [0, 1, 1, 0])
    reject(got, "all discounts are 0: whole numbers cannot hold 0.9", [0, 0, 0, 0])
    reject(got, "that is upside down: nothing follows a terminated step", [0.9, 0, 0, 0.9])
    reject(got, "the wrong flag ends the future: it is termination that nothing follows", [0.9, 0, 0.9, 0])
    reject(got, "the flags are not used: nothing follows a terminated step", [0.9, 0.9, 0.9, 0.9])
    reject(got, "terminated is enough: truncated need not be true as well", [0.9, 0.9, 0.9, 0])
    explain(matches(got, [0, 0.9, 0.9, 0]), "γ where the episode could go on, 0 where it terminated")
    got = numbers(discount(terminated, truncated, 0.5), "the discounts")
    explain(matches(got, [0, 0.5, 0.5, 0]), "γ is an argument: with γ = 0.5 it must not stay 0.9")


@exercise
def check_last_two(LastTwo):
    """Two episodes of an environment that counts: what was seen is told from the numbers."""
    env = LastTwo(TwoNumbers())
    explain(isinstance(env, gym.Env), "that is not an environment: a wrapper is one, around another")
    explain(
        "env" in vars(env), "the wrapper does not know its environment: initialise the parent class first"
    )
    first = env.reset(seed=0)
    explain(
        isinstance(first, tuple) and len(first) == 2, "reset returns two things, the observation and the info"
    )
    steps = [env.step(0) for _ in range(3)]
    explain(len(steps[0]) == 5, "step returns five things: pass on all that you leave as it is")
    explain(steps[0][1] == 1.5, "the reward has changed on its way")
    seen = [numbers(x[0], "the observation") for x in (first, *steps)]
    again = numbers(env.reset()[0], "the observation")
    _explain_what_is_seen(seen, again)
    _explain_the_space(env.observation_space)
    explain(again.dtype == np.float32, f"the numbers came as float32 and leave as {again.dtype}")


def _explain_what_is_seen(seen, again):
    shapes = {x.shape for x in seen}
    explain((2, 2) not in shapes, "two rows of two: a network for vectors wants all four numbers in one row")
    explain(shapes != {(2,)}, "the observation still has two numbers: the one before is to be added")
    explain(
        len(shapes) == 1,
        "reset and step return different shapes: the first has no predecessor, so it comes twice",
    )
    explain(shapes == {(4,)}, f"two observations of two numbers make four, got shape {seen[0].shape}")
    reject(seen[0], "zeros before the first step look like a leap: let it come twice", [0, 0, 10, -10])
    reject(seen[2], "both halves are the newest one: the old one was replaced too early", [12, -12] * 2)
    reject(seen[2], "both halves are the old one: the newest is missing", [11, -11] * 2)
    reject(seen[2], "the order: the older one comes first", [12, -12, 11, -11])
    reject(
        seen[2],
        "the old one never changes: after each step the newest becomes the old one",
        [10, -10, 12, -12],
    )
    reject(seen[2], "the numbers are interleaved: all of the older one come first", [11, 12, -11, -12])
    explain(matches(seen[0], [10, -10] * 2), f"the first observation comes twice, got {seen[0]}")
    explain(
        matches(seen[2], [11, -11, 12, -12]), f"[11, -11], then [12, -12] make four numbers, got {seen[2]}"
    )
    leak = "a new episode remembers the last one: reset has to forget it"
    reject(again, leak, [13, -13, 20, -20], [10, -10] * 2, [10, -10, 20, -20])
    explain(matches(again, [20, -20] * 2), f"the second episode starts with [20, -20] twice, got {again}")


def _explain_the_space(space):
    explain(isinstance(space, gym.spaces.Box), f"observation_space should be a Box, got {space}")
    explain(space.shape != (2,), "observation_space still promises two numbers: networks are built from it")
    explain(space.shape == (4,), f"observation_space must describe four numbers, got shape {space.shape}")
    finite = np.isfinite(space.low) & np.isfinite(space.high)
    explain(finite, "the bounds are lost: every number keeps the bounds it had")
    explain(
        matches(space.low, [-1, -200] * 2) and matches(space.high, [100, 2] * 2),
        "those bounds are not the environment's: its own, twice over, in the order of the numbers",
    )
    explain(space.dtype == np.float32, f"the space says {space.dtype}, the observations are float32")


@exercise
def check_seeded_starts(seeded_starts):
    used = Starts()
    first = seeded_starts(used, 5, 7)
    pairs = isinstance(first, list) and isinstance(first[0], tuple)
    explain(not pairs, "a start is the observation alone: reset also returns its info")
    seven = numbers(first, "the first observations")
    explain(seven.shape != (4,), "one start came back: collect that of every episode")
    explain(seven.shape == (5, 4), f"five episodes start with four numbers each, got shape {seven.shape}")
    again = np.asarray(seeded_starts(Starts(), 5, 7))
    alike = np.all(seven == seven[0])
    explain(
        not (alike and matches(seven, again)), "all episodes start alike: each seed rewinds the environment"
    )
    explain(not alike, "one start, copied: every episode has a start of its own")
    late = matches(seven[1:], again[1:]) and not matches(seven[0], again[0])
    explain(not late, "the first start is left to chance: its reset needs the seed")
    explain(
        len(np.unique(seven, axis=0)) == 5, "some episodes start alike: the environment was rewound again"
    )
    explain(matches(seven, again), "two runs with one seed start differently: the seed never takes effect")
    eight, zero = (np.asarray(seeded_starts(Starts(), 5, seed)) for seed in (8, 0))
    explain(not matches(seven, eight), "two seeds give the same starts: yours is not the one used")
    explain(
        not matches(seven[1:], eight[:-1]),
        "seeds 7 and 8 share all starts but one: counting up makes neighbouring runs the same run",
    )
    explain(matches(zero, seeded_starts(Starts(), 5, 0)), "0 is a seed like any other: it was taken for none")
    explain(
        matches(seven, seeded_starts(used, 5, 7)), "an environment used before must repeat its starts too"
    )


@exercise
def check_hill_climb(hill_climb):
    score = Score()
    got = hill_climb(score, 40, np.random.default_rng(3))
    explain(not isinstance(got, tuple), "the weights alone are asked for, without their score")
    got, asked = numbers(got, "the best weights"), len(score.scores)
    explain(got.shape == (4,), f"four numbers, four weights: expected shape (4,), got {got.shape}")
    explain(asked > 0, "nothing was ever scored: only playing tells whether weights are good")
    explain(
        asked <= 41,
        f"score was asked {asked} times in 40 rounds: each costs whole episodes, so remember the best score",
    )
    explain(asked >= 40, f"only {asked} of 40 rounds were played")
    _explain_the_tries(np.diff(score.tried, axis=0))
    runs = [(seed, Score()) for seed in (3, 3, 4, 5, 6)]
    results = [numbers(hill_climb(run, 40, np.random.default_rng(seed)), "the weights") for seed, run in runs]
    _explain_the_choice(results, [run for _, run in runs])
    explain(matches(*results[:2]), "the same generator gave other weights: all chance must come from it")
    explain(
        not matches(*results[1:3]), "another generator gave the same weights: all chance must come from it"
    )
    _explain_the_agent(hill_climb)


def _explain_the_tries(moves):
    explain(
        np.sum(np.any(moves, axis=1)) > 1, "the same weights every round: each try needs noise of its own"
    )
    together = np.all(np.isclose(moves, moves[:, :1]))
    explain(not together, "all four weights move together: each needs a random number of its own")


def _explain_the_choice(results, runs):
    """A fault is named if it is there in every run, so that chance names none."""
    pairs = list(zip(results, runs, strict=True))
    if all(matches(got, run.best()) for got, run in pairs):
        return
    for message, fault in {
        "the best weights changed after they were scored: one array under two names; copy it": _has_changed,
        "those are the worst weights: a higher score is better": lambda got, run: matches(got, run.worst()),
        "those are the last weights tried: return the best ones": lambda got, run: matches(
            got, run.tried[-1]
        ),
        "those are the first weights: move on when a try does better": lambda got, run: matches(
            got, run.tried[0]
        ),
    }.items():
        explain(not all(fault(*pair) for pair in pairs), message)
    raise Misconception(
        "those weights are not the best that were scored: compare each try with the best so far"
    )


def _has_changed(got, run):
    return any(not matches(now, then) for now, then in zip(run.arrays, run.tried, strict=True))


def _explain_the_agent(hill_climb):
    """Whether a search finds weights that hold the pole; bad luck gets two more tries."""
    means = []
    for seed in range(3):
        weights = np.asarray(hill_climb(_play_with, 60, np.random.default_rng(seed)))
        means.append(evaluate(_linear(weights), "CartPole-v1", 100, seed=2_000_000).mean())
        if means[-1] >= 475:
            print(f"mean of 100 new episodes: {means[-1]:.1f} steps")
            return
    raise Misconception(
        f"the search is sound, but its best agent holds the pole for {max(means):.0f} steps, not 475: "
        "weights that differ a little behave alike, so take larger steps"
    )


def _play_with(weights):
    """Mean return of 20 episodes of CartPole, pushed right where weights · observation > 0."""
    return evaluate(_linear(np.asarray(weights)), "CartPole-v1", 20).mean()


def _linear(weights):
    return lambda observation: (observation @ weights > 0).astype(int)
