"""Checks of lesson 01: environments, policies, wrappers and seeds."""

import gymnasium as gym
import numpy as np

from tutorial_lib.checks import Misconception
from tutorial_lib.checks.fakes import Endless, Score, Scripted, Starts
from tutorial_lib.checks.judging import Check
from tutorial_lib.checks.reading import reading
from tutorial_lib.evidence.evaluation import evaluate


def _poles(rng):
    for size in [1, 3, 6, 8] * 3:
        observation = rng.normal(size=(size, 4)).astype(np.float32)
        seconds = float(rng.choice([0.0, 0.25, 0.5, 2.0]))
        observation[0] = [1.0, 1.0, -seconds, 1.0]  # upright in that time
        yield dict(observation=observation, seconds=seconds)


def _push(number):
    return (number > 0).astype(int)


check_lookahead_policy = Check(
    lambda o, seconds: _push(o[:, 2] + seconds * o[:, 3]),
    _poles,
    [
        (
            "that pushes away from the lean: the cart must get under the pole",
            lambda o, s: _push(-o[:, 2] - s * o[:, 3]),
        ),
        ("that is the angle now: the pole goes on turning in the meantime", lambda o, s: _push(o[:, 2])),
        (
            "that is the angular velocity alone: the angle is where the turning starts from",
            lambda o, s: _push(o[:, 3]),
        ),
        (
            "that looks back in time: the turning adds to the angle",
            lambda o, s: _push(o[:, 2] - s * o[:, 3]),
        ),
        (
            "that looks ahead for the cart: the pole is in the last two numbers",
            lambda o, s: _push(o[:, 0] + s * o[:, 1]),
        ),
        ("the angle is in column 2, counted from 0", lambda o, s: _push(o[:, 1] + s * o[:, 2])),
        (
            "column 2 is the angle and 3 its velocity: one of yours is the cart's",
            lambda o, s: _push(o[:, 0] + s * o[:, 3]),
        ),
        ("τ belongs to the velocity, not to the angle", lambda o, s: _push(s * o[:, 2] + o[:, 3])),
        (
            "τ belongs to the velocity only: you weighted both with it",
            lambda o, s: _push(s * (o[:, 2] + o[:, 3])),
        ),
        (
            "left and right are 0 and 1, not −1 and 1",
            lambda o, s: np.where(o[:, 2] + s * o[:, 3] > 0, 1, -1),
        ),
        (
            "a sign can be −1: the actions are 0 and 1",
            lambda o, s: np.sign(o[:, 2] + s * o[:, 3]).astype(int),
        ),
        (
            "where the angle to come is exactly 0 the task says left: > and not ≥",
            lambda o, s: (o[:, 2] + s * o[:, 3] >= 0).astype(int),
        ),
        (
            "one `if` decides once: each environment needs a decision of its own",
            lambda o, s: 1 if o[:, 2] + s * o[:, 3] > 0 else 0,
        ),
        (
            "one action for the whole batch: each environment needs its own",
            lambda o, s: int(o[0, 2] + s * o[0, 3] > 0),
        ),
        (
            "True and False are answers to a question: an action is the integer 0 or 1",
            lambda o, s: o[:, 2] + s * o[:, 3] > 0,
        ),
        (
            "that is the angle to come: the action asks whether it is positive",
            lambda o, s: o[:, 2] + s * o[:, 3],
        ),
        (
            "environments lie along the first axis, numbers along the last: that takes rows for columns",
            lambda o, s: _push(o[2] + s * o[3]),
        ),
    ],
)


def _episodes(rng):
    for length, flags in [(1, (True, False)), (2, (False, True)), (3, (True, False)), (4, (False, True)),
                          (5, (True, True)), (600, (True, False))]:  # fmt: skip
        rewards = rng.normal(size=length).round(2).tolist()
        yield dict(rewards=rewards, terminated=flags[0], truncated=flags[1], seed=int(rng.integers(1, 99)))
    yield dict(rewards=[1.5, -2.5], terminated=True, truncated=False, seed=0)


def _watch_playing(play_episode, rewards, terminated, truncated, seed):
    """One episode: the return, and all that was done to the environment and to the policy."""
    rows = np.arange(len(rewards) + 1)[:, None] * np.ones(4)
    env, seen = Scripted([rows], [rewards], [(terminated, truncated)]), []

    def policy(observation):
        if isinstance(observation, tuple):
            raise Misconception("reset returns two things, observation and info: the policy was given both")
        if np.shape(observation) != (4,):
            raise Misconception(f"the policy was given shape {np.shape(observation)}, not one observation")
        seen.append(int(observation[0]))
        return seen[-1] % 3 % 2

    total = play_episode(env, policy, seed)
    return {
        "the number of resets": len(env.resets),
        "the steps taken": len(env.actions),
        "the seeds given to reset (−1: none)": [given for given, _ in env.resets],
        "the times of the observations that the policy saw": seen,
        "the actions taken": np.array(env.actions, int),
        "the return": total,
    }


def _playing(seed=lambda seed: seed, over=max, add=lambda g, r, n: g + r, see=lambda first, now: now,
             act=lambda a: a, result=lambda g, n: g, resets=1, skip_last=False, limit=10**6):  # fmt: skip
    """An answer to `play_episode`, by default the right one."""

    def play_episode(env, policy, given):
        for _ in range(resets):
            first = now = env.reset(seed=seed(given))[0]
        total, count, end = 0.0, 0, False
        while not end and count < limit:
            now, reward, *ends, _ = env.step(act(policy(see(first, now))))
            count, end = count + 1, over(ends)
            total = add(total, reward, count) if not (end and skip_last) else total
        return result(total, count)

    return play_episode


def _reset_each_step(env, policy, seed):
    total, over = 0.0, False
    while not over:
        observation, _ = env.reset(seed=seed)
        _, reward, terminated, truncated, _ = env.step(policy(observation))
        total, over = total + reward, terminated or truncated
    return total


check_play_episode = Check(
    _playing(),
    _episodes,
    [
        (
            "that plays on after the time limit: `truncated` ends an episode too",
            _playing(over=lambda e: e[0]),
        ),
        (
            "that plays on after the pole fell: `terminated` ends an episode too",
            _playing(over=lambda e: e[1]),
        ),
        (
            "that plays on after an episode's end: either flag alone, terminated or truncated, ends it",
            _playing(over=min),
        ),
        (
            "the seed never reaches the environment: it decides how the episode starts",
            _playing(seed=lambda s: None),
        ),
        ("0 is a seed like any other: it was taken for none", _playing(seed=lambda s: s or None)),
        ("one reset begins an episode, and yours begins two", _playing(resets=2)),
        ("one step is played: go on until the episode ends", _playing(limit=1)),
        (
            "only its flags end an episode: a limit of 500 steps is not every environment's",
            _playing(limit=500),
        ),
        ("every step begins a new episode: reset once, before the loop", _reset_each_step),
        (
            "the policy sees the first observation all the time: it needs the newest one",
            _playing(see=lambda first, now: first),
        ),
        ("the actions taken are not those of the policy", _playing(act=lambda a: 0)),
        ("that is the number of steps: the return adds up the rewards", _playing(result=lambda g, n: n)),
        ("that is the mean reward: the return is the sum", _playing(result=lambda g, n: g / n)),
        ("that is the last reward alone: the return adds up all of them", _playing(add=lambda g, r, n: r)),
        ("the last reward is missing: the step that ends an episode pays as well", _playing(skip_last=True)),
        ("the first reward is missing", _playing(add=lambda g, r, n: g + r * (n > 1))),
        ("the rewards were cut to whole numbers", _playing(add=lambda g, r, n: g + int(r))),
        (
            "a punishment counts as one: that lost the sign of a reward",
            _playing(add=lambda g, r, n: g + abs(r)),
        ),
        (
            "nothing is discounted here: the return is the plain sum",
            _playing(add=lambda g, r, n: g + 0.99 ** (n - 1) * r),
        ),
        ("one number is asked for, the return", _playing(result=lambda g, n: (g, n))),
    ],
    observe=_watch_playing,
)


def _flags(rng):
    for size in [1, 1, 4, 5, 7] * 3:
        terminated, truncated = rng.random((2, size)) < 0.5
        yield dict(terminated=terminated, truncated=truncated, gamma=float(rng.choice([0.5, 0.9, 0.99, 1.0])))


DISCOUNTS = [
    (
        "a time limit ends the episode, not the future: truncated steps keep γ",
        lambda te, tr, g: g * (1.0 - (te | tr)),
    ),
    (
        "the wrong flag ends the future: it is termination that nothing follows",
        lambda te, tr, g: g * (1.0 - tr),
    ),
    ("that is upside down: nothing follows a terminated step", lambda te, tr, g: g * te),
    ("γ is missing: where it goes on, the discount is γ and not 1", lambda te, tr, g: 1.0 - te),
    ("terminated is enough: truncated need not be true as well", lambda te, tr, g: g * (1.0 - (te & tr))),
    (
        "a step that was terminated and truncated at once did terminate",
        lambda te, tr, g: g * (1.0 - (te & ~tr)),
    ),
    (
        "a discount is never negative: two flags at once still mean one end",
        lambda te, tr, g: g * (1.0 - te - tr),
    ),
    ("the flags are not used: nothing follows a terminated step", lambda te, tr, g: np.full(len(te), g)),
    ("whole numbers cannot hold γ: a discount is a float", lambda te, tr, g: (g * (1 - te)).astype(int)),
    ("that is 1 − γ where it goes on: what follows counts γ", lambda te, tr, g: (1 - g) * (1.0 - te)),
    ("one `if` decides once: each step needs a decision of its own", lambda te, tr, g: 0.0 if te else g),
    ("True and False cannot hold γ: a discount is a float", lambda te, tr, g: ~te),
    (
        "a truncated step is no special case: γ, as everywhere else",
        lambda te, tr, g: np.where(te, 0.0, np.where(tr, 1.0, g)),
    ),
]

check_discount = Check(lambda terminated, truncated, gamma: gamma * (1.0 - terminated), _flags, DISCOUNTS)


def _watch_starts(seeded_starts, num_episodes, seed):
    """Several runs with this seed and others: which starts are whose, and which are alike."""

    def starts(given, env=None):
        env = env or Starts()
        found = seeded_starts(env, num_episodes, given)
        if isinstance(found, list | tuple) and found and isinstance(found[0], tuple):
            raise Misconception("a start is the observation alone: reset also returns its info")
        return np.asarray(found, float), env

    first, used = starts(seed)
    if first.shape != (num_episodes, 4):
        return {"the starts": first}
    again, other, later = starts(seed)[0], starts(seed + 1)[0], starts(seed, used)[0]
    near = np.concatenate([starts(max(seed, 1) * factor)[0][1:] for factor in (2, 10)])
    rows = {tuple(row) for row in np.concatenate([other, near])}
    return {
        "the starts": np.zeros((num_episodes, 4)),
        "rows that `reset` returned": sum(any(np.array_equal(r, s) for s in used.shown) for r in first),
        "rows that `step` returned": sum(any(np.array_equal(r, s) for s in used.stepped) for r in first),
        "different starts within a run": len(np.unique(first, axis=0)),
        "starts that repeat with the same seed": int(np.sum(np.all(first == again, axis=1))),
        "… and in an environment used before": int(np.sum(np.all(first == later, axis=1))),
        "starts shared with other seeds": sum(tuple(row) in rows for row in first),
    }  # fmt: skip


def _starting(first=lambda env, s: env.reset(seed=s), later=lambda env, s, i: env.reset()):
    """An answer to `seeded_starts`, by default the right one."""
    return lambda env, n, seed: np.stack(
        [first(env, seed)[0], *(later(env, seed, i)[0] for i in range(1, n))]
    )


def _sampled(env, n, seed):
    env.observation_space.seed(seed)
    return np.stack([env.observation_space.sample() for _ in range(n)])


def _from_steps(env, n, seed):
    env.reset(seed=seed)
    return np.stack([env.step(0)[0] for _ in range(n)])


def _seeded_last(env, n, seed):
    return np.stack([*(env.reset()[0] for _ in range(n - 1)), env.reset(seed=seed)[0]])


check_seeded_starts = Check(
    _starting(),
    lambda rng: (
        dict(num_episodes=n, seed=seed) for n, seed in [(3, 7), (5, 0), (4, 1), (2, 30), (5, 123), (12, 2)]
    ),
    [
        ("all episodes start alike: each seed rewinds the environment", _starting(later=lambda env, s, i: env.reset(seed=s))),
        ("neighbouring seeds share starts: counting up makes neighbouring runs the same run", _starting(later=lambda env, s, i: env.reset(seed=s + i))),
        ("counting from the seed makes runs share starts: seed once, then let it run on", _starting(later=lambda env, s, i: env.reset(seed=abs(s - i)))),
        ("a multiple of the seed is another run's seed, and 0 times anything is 0: seed once, then let it run on", _starting(later=lambda env, s, i: env.reset(seed=s * i))),
        ("10 · seed + i is another run's seed: seed once, then let it run on", _starting(lambda env, s: env.reset(seed=10 * s), lambda env, s, i: env.reset(seed=10 * s + i))),
        ("two seeds give the same starts: yours is not the one used", _starting(lambda env, s: env.reset(seed=42))),
        ("two runs with one seed start differently: the seed never reaches `reset`", _starting(lambda env, s: env.reset())),
        ("the first start is left to chance: its reset needs the seed", _starting(lambda env, s: env.reset(), lambda env, s, i: env.reset(seed=s) if i == 1 else env.reset())),
        ("the seed comes last, when the other episodes have begun: it belongs into the first reset", _seeded_last),
        ("0 is a seed like any other: it was taken for none", _starting(lambda env, s: env.reset(seed=s or None))),
        ("those do not come from the environment you are given: reset it, and take what it shows", _sampled),
        ("those come from `step`: a start is what `reset` returns", _from_steps),
    ],
    observe=_watch_starts,
)  # fmt: skip


def _snapshots(rng):
    for n, bounded in [(1, True), (2, True), (3, False), (2, True), (3, True)]:
        low, high = -rng.integers(1, 5, n).astype(float), rng.integers(1, 9, n).astype(float)
        observations = [rng.uniform(low, high, (length + 1, n)) for length in (3, 2)]
        observations[0][1], observations[1][1] = low, high
        yield dict(
            observations=observations,
            rewards=[rng.normal(size=3).tolist(), rng.normal(size=2).tolist()],
            flags=[(True, False), (False, True)] if rng.random() < 0.5 else [(False, True), (True, False)],
            low=low if bounded else np.full(n, -np.inf),
            high=high if bounded else np.full(n, np.inf),
        )


def _watch_wrapper(wrapper, observations, rewards, flags, low, high):
    """Two episodes, played with a seed and with options: all that comes back, and what the space promises."""
    inner = Scripted(observations, rewards, flags, low, high)
    env = wrapper(inner)
    shown, paid, ends, places = [], [], [], []
    for k, episode in enumerate(rewards):
        back = env.reset(seed=5 + k, options={"level": 3 + k})
        if not (isinstance(back, tuple) and len(back) == 2):
            raise Misconception("reset returns two things, the observation and the info")
        shown.append(back[0])
        places.append(back[1].get("place", -1))
        for _ in episode:
            back = env.step(1)
            if not (isinstance(back, tuple) and len(back) == 5):
                raise Misconception("step returns five things: observation, reward, two flags and the info")
            observation, reward, terminated, truncated, info = back
            shown.append(observation)
            paid.append(reward)
            ends.append([terminated, truncated])
            places.append(info.get("place", -1))
    return _seen(env, inner, shown) | {
        "the rewards": paid,
        "terminated and truncated": ends,
        "the infos": places,
        "seeds and options that reset passed on (0, −1: none)": inner.resets,
    }


def _seen(env, inner, shown):
    """The observations, and whether the space tells the truth about them."""
    space, arrays = env.observation_space, all(isinstance(o, np.ndarray) for o in shown)
    shapes = sorted({np.shape(o) for o in shown})
    try:
        rows = np.array(shown)
    except ValueError:
        raise Misconception(f"reset and step show different shapes: {shapes}") from None
    if not isinstance(space, gym.spaces.Box):
        raise Misconception(f"observation_space should be a Box, got {space}")
    return {
        "the observations, one row each": rows,
        "are they arrays": arrays,
        "the shape that observation_space promises": space.shape,
        "is observation_space of the observations' dtype, float32": space.dtype == np.float32,
        "does observation_space contain all observations": space.shape == rows.shape[1:]
        and bool(np.all((rows >= space.low - 1e-6) & (rows <= space.high + 1e-6))),
        "the wrapped environment": env.unwrapped is inner and env.action_space == inner.action_space,
    }


def _doubled(env):
    space = env.observation_space
    return gym.spaces.Box(np.tile(space.low, 2), np.tile(space.high, 2))


def _two(space=_doubled, first=lambda s: np.tile(s, 2), join=lambda a, b: np.concatenate([a, b]),
         keep=lambda a, b: b, reset=lambda env, kw: env.reset(**kw), info=lambda i: i,
         after=lambda o, r, te, tr, i: (o, r, te, tr, i), forget=True, parent=gym.Wrapper):  # fmt: skip
    """An answer to `LastTwo`, by default the right one."""

    class LastTwo(parent):
        def __init__(self, env):
            super().__init__(env)
            self.observation_space = space(env)
            self.last = None

        def reset(self, **kwargs):
            observation, place = reset(self.env, kwargs)
            old = observation if forget or self.last is None else self.last
            self.last = observation
            return (first(observation) if old is observation else join(old, observation)), info(place)

        def step(self, action):
            observation, *rest = self.env.step(action)
            both, self.last = join(self.last, observation), keep(self.last, observation)
            return after(both, *rest)

    return LastTwo


class _Older(_two()):
    def reset(self, **kwargs):
        both, info = super().reset(**kwargs)
        self.older = self.last
        return both, info

    def step(self, action):
        both, *rest = super().step(action)
        n = len(self.older)
        older, self.older = self.older, both[:n]
        return np.concatenate([older, both[n:]]), *rest


class _Reused(_two()):
    def reset(self, **kwargs):
        self.buffer, info = super().reset(**kwargs)
        return self.buffer, info

    def step(self, action):
        both, *rest = super().step(action)
        self.buffer[:] = both
        return self.buffer, *rest


def _wide(env, dtype=np.float64):
    return gym.spaces.Box(-np.inf, np.inf, (2 * env.observation_space.shape[0],), dtype)


check_last_two = Check(
    _two(),
    _snapshots,
    [
        ("observation_space still promises one observation: networks are built from it", _two(lambda env: env.observation_space)),
        ("observation_space is of another dtype than the observations, float32", _two(_wide)),
        ("the bounds are not those of the environment: observations lie outside", _two(lambda env: gym.spaces.Box(0, 1, (2 * env.observation_space.shape[0],)))),
        ("zeros before the first step look like a leap: let it come twice", _two(first=lambda s: np.concatenate([0 * s, s]))),
        ("the order: the older one comes first", _two(join=lambda a, b: np.concatenate([b, a]))),
        ("they are stacked in two rows: one row is asked for", _two(first=lambda s: np.stack([s, s]), join=lambda a, b: np.stack([a, b]))),
        ("they are added up: put them side by side", _two(first=lambda s: s + s, join=lambda a, b: a + b)),
        ("the numbers are interleaved: all of the older one come first", _two(first=lambda s: np.repeat(s, 2), join=lambda a, b: np.stack([a, b], 1).ravel())),
        ("that shows a difference: both observations as they are", _two(first=lambda s: np.concatenate([s, 0 * s]), join=lambda a, b: np.concatenate([b, b - a]))),
        ("a list came back: observations are arrays", _two(first=lambda s: [*s, *s], join=lambda a, b: [*a, *b])),
        ("the old one never changes: after each step the newest becomes the old one", _two(keep=lambda a, b: a)),
        ("both halves are the newest one: the old one was replaced too early", _two(join=lambda a, b: np.concatenate([b, b]))),
        ("both halves are the old one: the newest is missing", _two(join=lambda a, b: np.concatenate([a, a]))),
        ("a new episode remembers the last one: reset has to forget it", _two(forget=False)),
        ("the older half is two steps old: keep the observation itself, after it was shown", _Older),
        ("one array is shown again and again, so that earlier observations change: make a new one", _Reused),
        ("the seed and the options do not arrive: reset must pass on what it is given", _two(reset=lambda env, kw: env.reset())),
        ("the options do not arrive: reset must pass on all it is given", _two(reset=lambda env, kw: env.reset(seed=kw["seed"]))),
        ("the seed does not arrive: reset must pass on all it is given", _two(reset=lambda env, kw: env.reset(options=kw["options"]))),
        ("reset's info is the environment's: pass it on", _two(info=lambda i: {})),
        ("step's info is the environment's: pass it on", _two(after=lambda o, r, te, tr, i: (o, r, te, tr, {}))),
        ("the infos are the environment's: pass them on", _two(info=lambda i: {}, after=lambda o, r, te, tr, i: (o, r, te, tr, {}))),
        ("terminated and truncated are swapped", _two(after=lambda o, r, te, tr, i: (o, r, tr, te, i))),
        ("a time limit is no end of the world: pass both flags on as they are", _two(after=lambda o, r, te, tr, i: (o, r, te or tr, False, i))),
        ("both flags say the same: pass both on as they are", _two(after=lambda o, r, te, tr, i: (o, r, te or tr, te or tr, i))),
        ("an episode that never ends: pass the flags on", _two(after=lambda o, r, te, tr, i: (o, r, False, False, i))),
        ("the reward is lost: pass it on", _two(after=lambda o, r, te, tr, i: (o, 0.0, te, tr, i))),
    ],
    observe=_watch_wrapper,
)  # fmt: skip


def _watch_climbing(hill_climb, num_rounds, seed):
    """Some hundred rounds on a slope without a top: what was tried, from where, and what came back."""

    def climb(seed):
        score = Score(num_rounds + 1)
        return hill_climb(score, num_rounds, np.random.default_rng(seed)), score

    (got, run), (again, _), (other, _) = climb(seed), climb(seed), climb(seed + 1)
    if isinstance(got, tuple):
        raise Misconception("the weights alone are asked for, without their score")
    if np.shape(got) != (4,) or len(run.scores) < 2:
        return {"the best weights": got, "the number of scores": len(run.scores)}
    tried, best_so_far = np.array(run.tried), np.array(run.tried)[_argmax_so_far(run.scores)]
    step = lambda origin: np.linalg.norm(tried[1:] - origin, axis=1).mean()
    moves = tried[1:] - best_so_far[:-1]
    return {
        "the best weights": np.zeros(4),
        "the number of scores": min(len(run.scores), num_rounds),
        "arrays that changed after they were scored": sum(not np.array_equal(a, t) for a, t in zip(run.arrays, run.tried, strict=True)),
        "do the four weights move apart": bool(np.ptp(moves, axis=1).max() > 1e-9),
        "is every try a new one": len(np.unique(tried.round(9), axis=0)) >= num_rounds,
        "tries start from (0: the best so far, 1: the last try, 2: the first)": int(np.argmin([step(best_so_far[:-1]), step(tried[:-1]), step(tried[0])])),
        "what comes back (0: the best, 1: the worst, 2: the last, 3: the first, 4: another)": _which(got, run),
        "the same generator, the same weights": np.array_equal(got, again),
        "another generator, other weights": not np.array_equal(got, other),
    }  # fmt: skip


def _argmax_so_far(scores):
    """For each time the index of the best score up to then."""
    found = [0]
    for i in range(1, len(scores)):
        found.append(i if scores[i] > scores[found[-1]] else found[-1])
    return found


def _which(got, run):
    places = [np.argmax(run.scores), np.argmin(run.scores), len(run.scores) - 1, 0]
    return next((k for k, place in enumerate(places) if np.allclose(got, run.tried[place])), 4)


def _climbing(noise=lambda rng: rng.normal(size=4), origin=lambda best, last, first: best, update=True,
              better=lambda new, old: new > old, result=lambda best, tried: best, share=1.0):  # fmt: skip
    """An answer to `hill_climb`, by default the right one."""

    def hill_climb(score, num_rounds, generator):
        best = np.zeros(4)
        best_score, tried = score(best), [best]
        for _ in range(int(share * num_rounds)):
            tried.append(origin(best, tried[-1], tried[0]) + noise(generator))
            new = score(tried[-1])
            if better(new, best_score):
                best, best_score = tried[-1], new if update else best_score
        return result(best, tried)

    return hill_climb


def _in_place(score, num_rounds, generator):
    best = weights = np.zeros(4)
    best_score = score(best)
    for _ in range(num_rounds):
        weights += generator.normal(size=4)
        best_score = max(best_score, score(weights))
    return best


def _one_noise(score, num_rounds, generator):
    noise = generator.normal(size=4)
    return _climbing(lambda rng: noise)(score, num_rounds, generator)


def _hold_the_pole(hill_climb):
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


check_hill_climb = Check(
    _climbing(),
    lambda rng: (dict(num_rounds=n, seed=n) for n in (100, 130, 150)),
    [
        ("those are the worst weights: a higher score is better", _climbing(better=lambda new, old: new < old)),
        ("those are the last weights tried: return the best ones", _climbing(result=lambda best, tried: tried[-1])),
        ("those are the first weights: return the best ones", _climbing(result=lambda best, tried: tried[0])),
        ("every try starts from the first weights: start from the best so far", _climbing(origin=lambda best, last, first: first)),
        ("every try starts from the last one, good or bad: start from the best so far", _climbing(origin=lambda best, last, first: last)),
        ("only a score above the best so far is accepted, and then the best score moves on with the weights", _climbing(update=False)),
        ("the best weights changed after they were scored: one array under two names; copy it", _in_place),
        ("the noise was drawn once: each try needs noise of its own", _one_noise),
        ("the same noise every round: a generator made anew repeats itself", _climbing(lambda rng: np.random.default_rng(0).normal(size=4))),
        ("all four weights move together: each needs a random number of its own", _climbing(lambda rng: rng.normal())),
        ("the same generator gave other weights: all chance must come from `generator`", _climbing(lambda rng: np.random.default_rng().normal(size=4))),
        ("not all rounds were played", _climbing(share=0.5)),
    ],
    observe=_watch_climbing,
    afterwards=_hold_the_pole,
)  # fmt: skip

check_decide = reading(
    {
        "best of 1,000 steps": {
            0.0: "it starts best and stops learning: look at the last 100 steps",
            0.01: "it is still climbing at step 1,000: look again at who is highest there",
            0.1: None,
            0.5: "it knows all arms best, and acts on it only half of the time",
        },
        "worst of 1,000 steps": {
            0.0: "greedy is stuck on a good arm, but look at who pays for exploring at every step",
            0.01: "look at the right end of the figure",
            0.1: "look at the right end of the figure",
            0.5: None,
        },
        "best of 10,000 steps": {
            0.0: "without exploring nothing is found later",
            0.01: None,
            0.1: "it found the best arm long ago, and still leaves it one time in ten: run 10,000 steps",
            0.5: "it leaves the best arm half of the time",
        },
    }
)


def _regret(choose, num_bandits=100, num_steps=400, seed=0):
    """How much less than the best arm pays, per step."""
    rng, lost = np.random.default_rng(seed), 0.0
    for bandit in range(num_bandits):
        value, noise = rng.normal(size=10), rng.normal(size=num_steps)
        mean, count, own = np.zeros(10), np.zeros(10, int), np.random.default_rng([seed, bandit])
        for step in range(num_steps):
            arm = choose(mean.copy(), count.copy(), step, own)
            if not (isinstance(arm, int | np.integer) and 0 <= arm < 10):
                raise Misconception(f"an arm is an integer from 0 to 9, got {arm!r}")
            count[arm] += 1
            mean[arm] += (value[arm] + noise[step] - mean[arm]) / count[arm]
            lost += value.max() - value[arm]
    return lost / num_bandits / num_steps


def _habits(choose, num_steps=400):
    """What a rule that loses too much does on one bandit whose arm 0 is best: its fault in words, or None."""
    value, noise, own = (
        np.linspace(1, -1, 10),
        np.random.default_rng(0).normal(size=num_steps),
        np.random.default_rng(1),
    )
    mean, count, greedy, worst = np.zeros(10), np.zeros(10, int), [], []
    for step in range(num_steps):
        arm = choose(mean.copy(), count.copy(), step, own)
        greedy.append(mean[arm] == mean.max())
        worst.append(mean[arm] == mean.min())
        count[arm] += 1
        mean[arm] += (value[arm] + noise[step] - mean[arm]) / count[arm]
    late = slice(num_steps // 2, None)
    if np.mean(worst[late]) > 0.8:
        return "it pulls the arm that seems worst: the largest sum is wanted, and a bonus is added"
    if count.max() > 0.8 * num_steps and count.min() == 0:
        return "some arms were never tried: an arm that was never pulled comes first"
    if count.min() > 0.5 * num_steps / 10:
        return "it pulls all arms about equally often to the end: what it knows of them, the means, must count more"
    if (
        0.7 < np.mean(greedy[late]) < 0.97
        and abs(np.mean(greedy[late]) - np.mean(greedy[40 : num_steps // 2])) < 0.1
    ):
        return "it explores as much at the end as at the start, and bad arms as often as promising ones"
    return None


def _watch_choosing(choose):
    """The regret, and whether it is below that of the best ε."""
    regret = _regret(choose)
    message = f"it loses {regret:.2f} a step against the best arm; ε-greedy at its best loses 0.30"
    if regret > 0.22:
        why = _habits(choose) or "be curious about arms that were tried seldom, and not about bad ones"
        raise Misconception(f"{message}: {why}")
    return True


check_choose = Check(
    lambda mean, count, step, rng: int(
        np.argmax(np.where(count == 0, np.inf, mean + np.sqrt(np.log(step + 1) / np.maximum(count, 1))))
    ),
    lambda rng: [{}],
    [],
    observe=_watch_choosing,
)
