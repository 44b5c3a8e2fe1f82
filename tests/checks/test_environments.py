"""The checks of lesson 01 against typical answers: each wrong one is told its own misconception."""

from collections import deque

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf
from answers import examine, right, unanswered, wrong
from gymnasium.spaces import Box

from tutorial_lib import checks
from tutorial_lib.checks import Misconception
from tutorial_lib.checks import environments as module

# --- lookahead_policy


def to_come(observation, seconds):
    return observation[:, 2] + seconds * observation[:, 3]


@right(
    numpy=lambda observation, seconds: (to_come(observation, seconds) > 0).astype(int),
    product=lambda observation, seconds: np.where(observation @ [0, 0, 1, seconds] < 0, 0, 1),
    loop=lambda observation, seconds: [1 if o[2] + seconds * o[3] > 0 else 0 for o in observation],
    tensorflow=lambda observation, seconds: tf.cast(to_come(tf.constant(observation), seconds) > 0, tf.int64),
)
def test_lookahead_policy(answer, capsys):
    assert checks.check_lookahead_policy(answer) is True
    assert capsys.readouterr().out == "correct\n"


@wrong(
    rows=(lambda o, s: (o[2] + s * o[3] > 0).astype(int), "that mixes up rows"),
    one_for_all=(lambda o, s: int(to_come(o, s)[0] > 0), "one action for the whole batch"),
    copied=(lambda o, s: np.full(len(o), int(to_come(o, s)[0] > 0)), "each has a pole of its own"),
    column=(lambda o, s: (to_come(o, s)[:, None] > 0).astype(int), "expected shape (6,), got (6, 1)"),
    booleans=(lambda o, s: to_come(o, s) > 0, "True and False"),
    floats=(lambda o, s: (to_come(o, s) > 0) * 1.0, "an action is an integer"),
    signs=(lambda o, s: np.sign(to_come(o, s)).astype(int), "0 (left) and 1 (right), got [-1  1]"),
    away=(lambda o, s: (to_come(o, s) < 0).astype(int), "away from the lean"),
    now=(lambda o, s: (o[:, 2] > 0).astype(int), "the angle now"),
    turning=(lambda o, s: (s * o[:, 3] > 0).astype(int), "the angular velocity alone"),
    back=(lambda o, s: (to_come(o, -s) > 0).astype(int), "looks back in time"),
    one_second=(lambda o, s: (to_come(o, 1) > 0).astype(int), "always looks one second ahead"),
    half_a_second=(lambda o, s: (to_come(o, 0.5) > 0).astype(int), "looking 0 seconds ahead"),
    cart=(lambda o, s: (o[:, 0] + s * o[:, 1] > 0).astype(int), "looks ahead for the cart"),
    an_if=(lambda o, s: 1 if to_come(o, s) > 0 else 0, "one `if` decides once"),
    to_int=(lambda o, s: int(to_come(o, s) > 0), "do not fit into one number"),
    always_right=(lambda o, s: np.ones(len(o), int), "every environment gets the same action"),
    nothing=(lambda o, s: None, "is it never returned?"),
    crash=(lambda o, s: o[:, 7], "it stops with IndexError"),
)
def test_lookahead_policy_misunderstood(answer, message):
    examine(checks.check_lookahead_policy, answer, message)


# --- play_episode


def play(
    env,
    policy,
    seed,
    *,
    end=lambda terminated, truncated: terminated or truncated,
    newest=True,
    total=sum,
    num_steps=10**9,
    reseed=lambda seed: seed,
    resets=1,
    choose=None,
):
    """A right episode, each of whose parts can be replaced by a wrong one."""
    for _ in range(resets):
        observation, _ = env.reset(seed=reseed(seed))
    rewards, over = [], False
    while not over and len(rewards) < num_steps:
        following, reward, terminated, truncated, _ = env.step((choose or policy)(observation))
        over = end(terminated, truncated)
        observation = following if newest else observation
        rewards.append(reward)
    return total(rewards)


def with_fault(**fault):
    return lambda env, policy, seed: play(env, policy, seed, **fault)


def play_with_break(env, policy, seed):
    episode_return, (observation, _) = 0.0, env.reset(seed=seed)
    for _ in range(500):
        observation, reward, *ends, _ = env.step(policy(observation))
        episode_return += reward
        if any(ends):
            break
    return episode_return


def play_recursively(env, policy, seed):
    def rest(observation):
        observation, reward, terminated, truncated, _ = env.step(policy(observation))
        return reward + (0 if terminated | truncated else rest(observation))

    return tf.constant(rest(env.reset(seed=seed)[0]))


@right(loop=play, with_break=play_with_break, recursion=play_recursively)
def test_play_episode(answer):
    assert checks.check_play_episode(answer) is True


def without_reset(env, policy, seed):
    return env.step(policy(np.zeros(4)))[1]


@wrong(
    no_time_limit=(with_fault(end=lambda terminated, _: terminated), "plays on after the time limit"),
    only_time_limit=(with_fault(end=lambda _, truncated: truncated), "plays on after the pole fell"),
    both_flags=(with_fault(end=lambda a, b: a and b), "either flag alone"),
    fixed_length=(with_fault(end=lambda *_: False, num_steps=200), "either flag alone"),
    one_step=(with_fault(num_steps=1), "stops after 1 of an episode's 3 steps"),
    no_seed=(with_fault(reseed=lambda seed: None), "the seed never reaches the environment"),
    own_seed=(with_fault(reseed=lambda seed: 42), "the seed 42 instead of yours"),
    two_resets=(with_fault(resets=2), "one reset begins an episode"),
    no_reset=(without_reset, "reset before its first step"),
    first_observation=(with_fault(newest=False), "the policy sees the first observation all the time"),
    no_policy=(with_fault(choose=lambda observation: 1), "the policy is never asked"),
    length=(with_fault(total=len), "3 is the number of steps"),
    all_but_the_last=(with_fault(total=lambda r: sum(r[:-1])), "the last reward is missing"),
    all_but_the_first=(with_fault(total=lambda r: sum(r[1:])), "the first reward is missing"),
    last_reward=(with_fault(total=lambda r: r[-1]), "the last reward alone"),
    mean=(with_fault(total=np.mean), "the mean reward"),
    rewards=(with_fault(total=list), "a return is one number"),
    product=(with_fault(total=np.prod), "make a return of 12, got 42"),
    nothing=(with_fault(total=lambda r: None), "nothing comes back where the return should"),
)
def test_play_episode_misunderstood(answer, message):
    examine(checks.check_play_episode, answer, message)


def test_play_episode_takes_the_actions_of_the_policy():
    def deaf(env, policy, seed):
        return play(env, lambda observation: policy(observation) * 0, seed)

    examine(checks.check_play_episode, deaf, "not those of the policy")


# --- discount


@right(
    numpy=lambda terminated, truncated, gamma: gamma * (1 - terminated),
    where=lambda terminated, truncated, gamma: np.where(terminated, 0.0, gamma),
    loop=lambda terminated, truncated, gamma: [0.0 if end else gamma for end in terminated],
    tensorflow=lambda terminated, truncated, gamma: gamma * (1.0 - tf.cast(terminated, tf.float32)),
)
def test_discount(answer):
    assert checks.check_discount(answer) is True


def into_booleans(terminated, truncated, gamma):
    result = np.ones_like(terminated)
    result[~terminated] = gamma
    return result


@wrong(
    time_limit=(lambda a, b, gamma: gamma * (1 - (a | b)), "truncated steps keep γ"),
    no_gamma=(lambda a, b, gamma: 1.0 - a, "γ is missing"),
    upside_down=(lambda a, b, gamma: gamma * a, "upside down"),
    wrong_flag=(lambda a, b, gamma: gamma * (1 - b), "the wrong flag"),
    no_flag=(lambda a, b, gamma: np.full(len(a), gamma), "the flags are not used"),
    both_flags=(lambda a, b, gamma: gamma * (1 - (a & b)), "terminated is enough"),
    negative=(lambda a, b, gamma: gamma * (1.0 - a - b), "never negative"),
    number=(lambda a, b, gamma: gamma, "one discount per environment"),
    whole=(lambda a, b, gamma: (gamma * (1 - a)).astype(int), "whole numbers cannot hold 0.9"),
    booleans=(into_booleans, "True and False cannot hold 0.9"),
    an_if=(lambda a, b, gamma: 0.0 if a else gamma, "one `if` decides once"),
    own_gamma=(lambda a, b, gamma: 0.9 * (1 - a), "γ is an argument"),
)
def test_discount_misunderstood(answer, message):
    examine(checks.check_discount, answer, message)


# --- last_two


def wrapper(
    *,
    join=lambda old, new: np.concatenate([old, new]),
    start=lambda first, old: first,
    keep=lambda new, old: new,
    show_first=lambda joined, first: joined,
    space=lambda space: Box(np.tile(space.low, 2), np.tile(space.high, 2)),
    initialise=True,
):
    """A right wrapper, each of whose parts can be replaced by a wrong one."""

    class LastTwo(gym.Wrapper):
        old = None

        def __init__(self, env):
            if initialise:
                super().__init__(env)
            self.observation_space = space(env.observation_space)

        def reset(self, **kwargs):
            first, info = self.env.reset(**kwargs)
            self.old = start(first, self.old)
            joined = join(self.old, first)
            self.old = first if self.old is first else self.old
            return show_first(joined, first), info

        def step(self, action):
            new, *rest = self.env.step(action)
            joined = join(self.old, new)
            self.old = keep(new, self.old)
            return joined, *rest

    return LastTwo


class WithDeque(gym.ObservationWrapper):
    def __init__(self, env):
        super().__init__(env)
        low, high = env.observation_space.low, env.observation_space.high
        self.observation_space = Box(np.hstack([low, low]), np.hstack([high, high]))
        self.frames = deque(maxlen=2)

    def reset(self, **kwargs):
        self.frames.clear()
        return super().reset(**kwargs)

    def observation(self, observation):
        self.frames.append(observation)
        return np.hstack([self.frames[0], observation])


def by_gymnasium(env):
    stacked = gym.wrappers.FrameStackObservation(env, 2, padding_type="reset")
    return gym.wrappers.FlattenObservation(stacked)


class Replacing(gym.Wrapper):
    """Replaces the old one too early."""

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = Box(
            np.tile(env.observation_space.low, 2), np.tile(env.observation_space.high, 2)
        )

    def reset(self, **kwargs):
        self.old, info = self.env.reset(**kwargs)
        return np.tile(self.old, 2), info

    def step(self, action):
        new, *rest = self.env.step(action)
        self.old = new
        return np.concatenate([self.old, new]), *rest


class NoInfo(Replacing):
    def reset(self, **kwargs):
        return super().reset(**kwargs)[0]


class NoFlags(Replacing):
    def step(self, action):
        return super().step(action)[0]


class OtherReward(Replacing):
    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, 2 * reward, *rest


def zeros_first(first, old):
    return np.zeros_like(first)


@right(wrapper=wrapper(), with_deque=WithDeque, by_gymnasium=by_gymnasium)
def test_last_two(answer):
    assert checks.check_last_two(answer) is True


@wrong(
    same_space=(wrapper(space=lambda s: s), "still promises two numbers"),
    no_bounds=(wrapper(space=lambda s: Box(-np.inf, np.inf, (4,))), "the bounds are lost"),
    repeated_bounds=(
        wrapper(space=lambda s: Box(s.low.repeat(2), s.high.repeat(2))),
        "not the environment's",
    ),
    two_rows_of_space=(wrapper(space=lambda s: Box(s.low.min(), s.high.max(), (2, 2))), "must describe four"),
    doubles=(
        wrapper(space=lambda s: Box(np.tile(s.low, 2), np.tile(s.high, 2), dtype=float)),
        "says float64",
    ),
    discrete=(wrapper(space=lambda s: gym.spaces.Discrete(2)), "should be a Box"),
    zeros=(wrapper(start=zeros_first), "zeros before the first step"),
    unchanged=(wrapper(join=lambda old, new: new), "still has two numbers"),
    rows=(wrapper(join=lambda old, new: np.stack([old, new])), "two rows of two"),
    first_alone=(wrapper(show_first=lambda joined, first: first), "so it comes twice"),
    too_early=(Replacing, "both halves are the newest one"),
    old_twice=(wrapper(join=lambda old, new: np.tile(old, 2)), "both halves are the old one"),
    order=(wrapper(join=lambda old, new: np.concatenate([new, old])), "the older one comes first"),
    never_replaced=(wrapper(keep=lambda new, old: old), "the old one never changes"),
    interleaved=(wrapper(join=lambda old, new: np.stack([old, new], 1).ravel()), "interleaved"),
    change=(wrapper(join=lambda old, new: np.hstack([old, new - old])), "got [ 10. -10.   0.   0.]"),
    sum=(wrapper(join=lambda old, new: np.tile((old + new) / 2, 2)), "make four numbers, got"),
    leak=(wrapper(start=lambda first, old: first if old is None else old), "remembers the last one"),
    list_of_floats=(wrapper(join=lambda old, new: [*map(float, old), *map(float, new)]), "leave as float64"),
    uninitialised=(wrapper(initialise=False), "initialise the parent class first"),
    no_info=(NoInfo, "reset returns two things"),
    no_flags=(NoFlags, "step returns five things"),
    other_reward=(OtherReward, "the reward has changed"),
    no_env=(lambda env: env.observation_space, "that is not an environment"),
)
def test_last_two_misunderstood(answer, message):
    examine(checks.check_last_two, answer, message)


def test_last_two_stub_in_any_method():
    assert checks.check_last_two(wrapper(join=unanswered)) is False
    assert checks.check_last_two(wrapper(keep=unanswered)) is False


# --- seeded_starts


def starts(env, num_episodes, seed, *, seed_of=lambda i, seed: seed if i == 0 else None, take=lambda r: r[0]):
    return [take(env.reset(seed=seed_of(i, seed))) for i in range(num_episodes)]


def seeding(seed_of):
    return lambda env, num_episodes, seed: starts(env, num_episodes, seed, seed_of=seed_of)


def first_apart(env, num_episodes, seed):
    first, _ = env.reset(seed=seed)
    return np.stack([first, *(env.reset()[0] for _ in range(num_episodes - 1))])


def drawn_seeds(env, num_episodes, seed):
    seeds = np.random.default_rng(seed).integers(2**31, size=num_episodes)
    return tf.stack([env.reset(seed=int(word))[0] for word in seeds])


def global_seed(env, num_episodes, seed):
    np.random.seed(seed)  # noqa: NPY002
    return [env.reset()[0] for _ in range(num_episodes)]


@right(once=starts, first_apart=first_apart, drawn_seeds=drawn_seeds)
def test_seeded_starts(answer):
    assert checks.check_seeded_starts(answer) is True


@wrong(
    every_reset=(seeding(lambda i, seed: seed), "each seed rewinds the environment"),
    never=(seeding(lambda i, seed: None), "the seed never takes effect"),
    global_seed=(global_seed, "the seed never takes effect"),
    counting_up=(seeding(lambda i, seed: seed + i), "neighbouring runs the same run"),
    constant=(seeding(lambda i, seed: 42 if i == 0 else None), "yours is not the one used"),
    truth_value=(seeding(lambda i, seed: seed or None if i == 0 else None), "0 is a seed like any other"),
    second_reset=(seeding(lambda i, seed: seed if i == 1 else None), "the first start is left to chance"),
    now_and_then=(seeding(lambda i, seed: seed if i % 3 == 0 else None), "some episodes start alike"),
    with_info=(lambda env, n, seed: starts(env, n, seed, take=lambda r: r), "also returns its info"),
    last=(lambda env, n, seed: starts(env, n, seed)[-1], "one start came back"),
    too_many=(lambda env, n, seed: starts(env, n + 1, seed), "got shape (6, 4)"),
    copied=(lambda env, n, seed: [env.reset()[0]] * n, "one start, copied"),
)
def test_seeded_starts_misunderstood(answer, message):
    examine(checks.check_seeded_starts, answer, message)


# --- hill_climb


def climb(
    score,
    num_rounds,
    generator,
    *,
    noise=lambda generator: generator.normal(size=4),
    better=lambda value, best: value > best,
    start=(0.0, 0.0, 0.0, 0.0),
    result=lambda best, last: best,
):
    """A right search, each of whose parts can be replaced by a wrong one."""
    best = weights = np.array(start)
    best_score = score(best)
    for _ in range(num_rounds):
        weights = best + noise(generator)
        value = score(weights)
        if better(value, best_score):
            best, best_score = weights, value
    return result(best, weights)


def climbing(**fault):
    return lambda score, num_rounds, generator: climb(score, num_rounds, generator, **fault)


def random_search(score, num_rounds, generator):
    return max(generator.standard_normal((num_rounds, 4)), key=score)


def in_place_with_copy(score, num_rounds, generator):
    weights = generator.uniform(-1, 1, 4)
    best, best_score = weights.copy(), score(weights)
    for _ in range(num_rounds):
        weights[:] = best + generator.uniform(-1, 1, 4)
        value = score(weights)
        if value > best_score:
            best, best_score = weights.copy(), value
    return tf.constant(best)


def in_place(score, num_rounds, generator):
    best = weights = np.zeros(4)
    best_score = score(weights)
    for _ in range(num_rounds):
        weights += generator.normal(size=4)
        value = score(weights)
        if value > best_score:
            best, best_score = weights, value
    return best


def scored_twice(score, num_rounds, generator):
    best = np.zeros(4)
    for _ in range(num_rounds):
        weights = best + generator.normal(size=4)
        if score(weights) > score(best):
            best = weights
    return best


def forgetful(score, num_rounds, generator):
    """Keeps the better weights, but not their score."""
    best, start = np.zeros(4), score(np.zeros(4))
    for _ in range(num_rounds):
        weights = best + generator.normal(size=4)
        if score(weights) > start:
            best = weights
    return best


def any_change_counts(score, num_rounds, generator):
    """Compares with the try before, not with the best."""
    kept, before = np.zeros(4), score(np.zeros(4))
    for _ in range(num_rounds):
        weights = kept + generator.normal(size=4)
        value = score(weights)
        kept, before = (weights, value) if value > before else (kept, value)
    return kept


@pytest.mark.slow
@right(hill_climbing=climb, random_search=random_search, in_place_with_copy=in_place_with_copy)
def test_hill_climb(answer, capsys):
    assert checks.check_hill_climb(answer) is True
    assert "mean of 100 new episodes: " in capsys.readouterr().out


@wrong(
    last=(climbing(result=lambda best, last: last), "the last weights tried"),
    worst=(climbing(better=lambda value, best: value < best), "a higher score is better"),
    never_moves=(climbing(better=lambda value, best: False), "those are the first weights"),
    against_the_last=(any_change_counts, "compare each try with the best so far"),
    forgetful=(forgetful, "those are the last weights tried: return the best ones"),
    in_place=(in_place, "one array under two names"),
    scored_twice=(scored_twice, "asked 80 times in 40 rounds"),
    one_round=(lambda score, n, generator: climb(score, 1, generator), "only 2 of 40 rounds"),
    no_score=(lambda score, n, generator: generator.normal(size=4), "nothing was ever scored"),
    no_noise=(climbing(noise=lambda g: 0), "the same weights every round"),
    one_number=(climbing(noise=lambda g: g.normal()), "all four weights move together"),
    own_chance=(climbing(noise=lambda g: np.random.default_rng().normal(size=4)), "the same generator gave"),
    pair=(climbing(result=lambda best, last: (best, 1.0)), "without their score"),
    score_itself=(climbing(result=lambda best, last: 100.0), "expected shape (4,), got ()"),
    two_weights=(climbing(start=(0.0, 0.0), noise=lambda g: g.normal(size=2)), "given shape (2,)"),
    fixed_seed=(
        lambda score, n, g: climb(score, n, np.random.default_rng(0)),
        "another generator gave the same",
    ),
)
def test_hill_climb_misunderstood(answer, message):
    examine(checks.check_hill_climb, answer, message)


@pytest.mark.slow
def test_hill_climb_with_steps_too_small():
    timid = climbing(start=(-1.0, 0.0, -1.0, 0.0), noise=lambda g: 1e-3 * g.normal(size=4))
    examine(checks.check_hill_climb, timid, "take larger steps")
