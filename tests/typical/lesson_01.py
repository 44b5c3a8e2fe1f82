"""Typical answers to lesson 01's exercises, from the student text alone: (what is wrong, function)."""

import gymnasium as gym
import numpy as np

RIGHT, WRONG = {}, {}
RIGHT["check_lookahead_policy"] = [
    lambda o, s: (o[:, 2] + s * o[:, 3] > 0).astype(int),
    lambda o, s: np.where(o @ np.array([0, 0, 1, s]) > 0, 1, 0),
    lambda o, s: [int(row[2] + row[3] * s > 0) for row in o],
]
WRONG["check_lookahead_policy"] = [
    ("angle now", lambda o, s: (o[:, 2] > 0).astype(int)),
    ("velocity only", lambda o, s: (o[:, 3] > 0).astype(int)),
    ("sign", lambda o, s: (o[:, 2] - s * o[:, 3] > 0).astype(int)),
    ("wrong way", lambda o, s: (o[:, 2] + s * o[:, 3] < 0).astype(int)),
    ("cart", lambda o, s: (o[:, 0] + s * o[:, 1] > 0).astype(int)),
    ("seconds typed", lambda o, s: (o[:, 2] + 0.5 * o[:, 3] > 0).astype(int)),
    ("seconds on the angle", lambda o, s: (s * o[:, 2] + o[:, 3] > 0).astype(int)),
    ("seconds on both", lambda o, s: (s * (o[:, 2] + o[:, 3]) > 0).astype(int)),
    ("bools", lambda o, s: o[:, 2] + s * o[:, 3] > 0),
    ("floats", lambda o, s: (o[:, 2] + s * o[:, 3] > 0).astype(float)),
    ("columns for rows", lambda o, s: (o[2] + s * o[3] > 0).astype(int)),
    ("one if", lambda o, s: 1 if o[:, 2] + s * o[:, 3] > 0 else 0),
    ("-1 and 1", lambda o, s: np.where(o[:, 2] + s * o[:, 3] > 0, 1, -1)),
    ("tie", lambda o, s: (o[:, 2] + s * o[:, 3] >= 0).astype(int)),
    ("first row only", lambda o, s: int(o[0, 2] + s * o[0, 3] > 0)),
    ("angle itself", lambda o, s: o[:, 2] + s * o[:, 3]),
    ("sign function", lambda o, s: np.sign(o[:, 2] + s * o[:, 3]).astype(int)),
    ("position for angle", lambda o, s: (o[:, 0] + s * o[:, 3] > 0).astype(int)),
]


def play(
    reset=lambda env, seed: env.reset(seed=seed)[0],
    over=lambda te, tr: te or tr,
    add=lambda g, r, n: g + r,
    see=lambda first, now: now,
    act=lambda a: a,
    end=lambda g, n: g,
    limit=10**6,
    add_last=True,
):
    def play_episode(env, policy, seed):
        first = now = reset(env, seed)
        g, n, done = 0.0, 0, False
        while not done and n < limit:
            now, r, te, tr, _ = env.step(act(policy(see(first, now))))
            n += 1
            done = over(te, tr)
            if add_last or not done:
                g = add(g, r, n)
        return end(g, n)

    return play_episode


def play_for(env, policy, seed):
    obs, info = env.reset(seed=seed)
    rewards = []
    while True:
        obs, r, te, tr, info = env.step(policy(obs))
        rewards += [r]
        if te or tr:
            return sum(rewards)


def four_values(env, policy, seed):
    obs, _ = env.reset(seed=seed)
    total, done = 0, False
    while not done:
        obs, r, done, _ = env.step(policy(obs))
        total += r
    return total


def no_seed_then_seed(env, policy, seed):
    env.reset()
    return play()(env, policy, seed)


def reset_each(env, policy, seed):
    total, done = 0, False
    while not done:
        obs, _ = env.reset(seed=seed)
        obs, r, te, tr, _ = env.step(policy(obs))
        total += r
        done = te or tr
    return total


RIGHT["check_play_episode"] = [play(), play_for, play(over=lambda te, tr: te | tr, add=lambda g, r, n: r + g)]
WRONG["check_play_episode"] = [
    ("no seed", play(reset=lambda env, seed: env.reset()[0])),
    ("seed typed", play(reset=lambda env, seed: env.reset(seed=0)[0])),
    ("only terminated", play(over=lambda te, tr: te)),
    ("only truncated", play(over=lambda te, tr: tr)),
    ("both", play(over=lambda te, tr: te and tr)),
    ("tuple to the policy", play(reset=lambda env, seed: env.reset(seed=seed))),
    ("counts steps", play(end=lambda g, n: n)),
    ("mean", play(end=lambda g, n: g / n)),
    ("last reward only", play(add=lambda g, r, n: r)),
    ("last reward lost", play(add_last=False)),
    ("first reward lost", play(add=lambda g, r, n: g + r if n > 1 else g)),
    ("first observation always", play(see=lambda first, now: first)),
    ("always left", play(act=lambda a: 0)),
    ("int rewards", play(add=lambda g, r, n: g + int(r))),
    ("limit 500", play(limit=500)),
    ("four values", four_values),
    ("return of all and count", play(end=lambda g, n: (g, n))),
    ("resets every step", reset_each),
    ("discounted", play(add=lambda g, r, n: g + 0.99 ** (n - 1) * r)),
    ("one step", play(limit=1)),
    ("reset twice", no_seed_then_seed),
    ("abs", play(add=lambda g, r, n: g + abs(r))),
]
RIGHT["check_discount"] = [
    lambda te, tr, g: g * (1.0 - te),
    lambda te, tr, g: np.where(te, 0.0, g),
    lambda te, tr, g: [0.0 if t else g for t in te],
    lambda te, tr, g: g * ~te,
]
WRONG["check_discount"] = [
    ("either ends", lambda te, tr, g: np.where(te | tr, 0, g)),
    ("truncated ends", lambda te, tr, g: np.where(tr, 0, g)),
    ("upside down", lambda te, tr, g: g * te),
    ("no gamma", lambda te, tr, g: 1.0 - te),
    ("gamma typed", lambda te, tr, g: 0.99 * (1 - te)),
    ("both needed", lambda te, tr, g: np.where(te & tr, 0, g)),
    ("terminated and not truncated", lambda te, tr, g: np.where(te & ~tr, 0, g)),
    ("flags unused", lambda te, tr, g: np.full(len(te), g)),
    ("sum of flags", lambda te, tr, g: g * (1.0 - te - tr)),
    ("integers", lambda te, tr, g: (g * (1 - te)).astype(int)),
    ("one if", lambda te, tr, g: 0 if te else g),
    ("1 - gamma", lambda te, tr, g: (1 - g) * (1 - te)),
    ("bools", lambda te, tr, g: ~te),
    ("1 when truncated", lambda te, tr, g: np.where(te, 0.0, np.where(tr, 1.0, g))),
    ("minus on bools", lambda te, tr, g: g * -te),
]
starts = lambda first, later: (
    lambda env, n, seed: np.stack([first(env, seed)] + [later(env, seed, i) for i in range(1, n)])
)
seeded, plain = (lambda env, seed: env.reset(seed=seed)[0]), (lambda env, seed, i: env.reset()[0])


def seeded_loop(env, n, seed):
    found = []
    for i in range(n):
        obs, info = env.reset(seed=seed if i == 0 else None)
        found.append(obs)
    return np.array(found)


def seeds_from_rng(env, n, seed):
    rng = np.random.default_rng(seed)
    return [env.reset(seed=int(rng.integers(2**31)))[0] for _ in range(n)]


def sampled(env, n, seed):
    env.observation_space.seed(seed)
    env.reset(seed=seed)
    return np.stack([env.observation_space.sample() for _ in range(n)])


def from_steps(env, n, seed):
    env.reset(seed=seed)
    return np.stack([env.step(0)[0] for _ in range(n)])


def own_env(env, n, seed):
    env = gym.make("CartPole-v1")
    return np.stack([env.reset(seed=seed)[0]] + [env.reset()[0] for _ in range(n - 1)])


def thrown_away(env, n, seed):
    env.reset(seed=seed)
    return np.stack([env.reset()[0] for _ in range(n)])


RIGHT["check_seeded_starts"] = [starts(seeded, plain), seeded_loop, thrown_away]
WRONG["check_seeded_starts"] = [
    ("every reset seeded", starts(seeded, lambda env, seed, i: env.reset(seed=seed)[0])),
    ("counting up", starts(seeded, lambda env, seed, i: env.reset(seed=seed + i)[0])),
    ("counting down", starts(seeded, lambda env, seed, i: env.reset(seed=abs(seed - i))[0])),
    ("seed * i", starts(seeded, lambda env, seed, i: env.reset(seed=seed * i)[0])),
    ("seed * 10 + i", lambda env, n, seed: np.stack([env.reset(seed=seed * 10 + i)[0] for i in range(n)])),
    ("never seeded", starts(lambda env, seed: env.reset()[0], plain)),
    (
        "only numpy seeded",
        lambda env, n, seed: (np.random.seed(seed), np.stack([env.reset()[0] for _ in range(n)]))[1],
    ),
    (
        "seeded last",
        lambda env, n, seed: np.stack([env.reset()[0] for _ in range(n - 1)] + [env.reset(seed=seed)[0]]),
    ),
    ("tuples", lambda env, n, seed: [env.reset(seed=seed)] + [env.reset() for _ in range(n - 1)]),
    ("first only", lambda env, n, seed: env.reset(seed=seed)[0]),
    ("copied", lambda env, n, seed: np.stack([env.reset(seed=seed)[0]] * n)),
    ("sampled", sampled),
    ("steps", from_steps),
    ("own environment", own_env),
    (
        "seed 0 is none",
        lambda env, n, seed: np.stack(
            [env.reset(seed=seed or None)[0]] + [env.reset()[0] for _ in range(n - 1)]
        ),
    ),
    ("seed typed", starts(lambda env, seed: env.reset(seed=42)[0], plain)),
    (
        "one too few",
        lambda env, n, seed: np.stack([env.reset(seed=seed)[0]] + [env.reset()[0] for _ in range(n - 2)]),
    ),
    ("i as seed", lambda env, n, seed: np.stack([env.reset(seed=i)[0] for i in range(n)])),
]


def last_two(
    space=lambda env: gym.spaces.Box(
        np.tile(env.observation_space.low, 2),
        np.tile(env.observation_space.high, 2),
        dtype=env.observation_space.dtype,
    ),
    first=lambda s: np.concatenate([s, s]),
    join=lambda a, b: np.concatenate([a, b]),
    keep=lambda a, b: b,
    reset=lambda env, kw: env.reset(**kw),
    back=lambda o, i: (o, i),
    step=lambda o, r, te, tr, i: (o, r, te, tr, i),
    forget=True,
    init=True,
    parent=gym.Wrapper,
):
    class LastTwo(parent):
        def __init__(self, env):
            if init:
                super().__init__(env)
            else:
                self.env = env
            if space:
                self.observation_space = space(env)

        def reset(self, **kwargs):
            obs, info = reset(self.env, kwargs)
            if forget or not hasattr(self, "last"):
                self.last = obs
                return back(first(obs), info)
            old, self.last = self.last, obs
            return back(join(old, obs), info)

        def step(self, action):
            obs, r, te, tr, info = self.env.step(action)
            both = join(self.last, obs)
            self.last = keep(self.last, obs)
            return step(both, r, te, tr, info)

    return LastTwo


def early(cls=last_two()):
    class Early(cls):
        def step(self, action):
            obs, *rest = self.env.step(action)
            self.last = obs
            return np.concatenate([self.last, obs]), *rest

    return Early


def three_old():
    class Older(last_two()):
        def reset(self, **kwargs):
            both, info = super().reset(**kwargs)
            self.older = self.last
            return both, info

        def step(self, action):
            obs, *rest = self.env.step(action)
            both = np.concatenate([self.older, obs])
            self.older, self.last = self.last, obs
            return both, *rest

    return Older


def reused():
    class Reused(last_two()):
        def reset(self, **kwargs):
            both, info = super().reset(**kwargs)
            self.buffer = both
            return self.buffer, info

        def step(self, action):
            both, *rest = super().step(action)
            self.buffer[:] = both
            return self.buffer, *rest

    return Reused


def unbounded(env):
    n = env.observation_space.shape[0]
    return gym.spaces.Box(-np.inf, np.inf, (2 * n,), env.observation_space.dtype)


RIGHT["check_last_two"] = [
    last_two(),
    last_two(space=unbounded),
    last_two(first=lambda s: np.tile(s, 2), join=lambda a, b: np.hstack((a, b))),
    last_two(
        space=lambda env: gym.spaces.Box(
            np.concatenate([env.observation_space.low] * 2), np.concatenate([env.observation_space.high] * 2)
        )
    ),
]
WRONG["check_last_two"] = [
    ("space as before", last_two(space=None)),
    (
        "space of one number",
        last_two(space=lambda env: gym.spaces.Box(-1, 1, (2 * env.observation_space.shape[0],))),
    ),
    (
        "float64 space",
        last_two(
            space=lambda env: gym.spaces.Box(
                np.tile(env.observation_space.low, 2).astype(float),
                np.tile(env.observation_space.high, 2).astype(float),
                dtype=np.float64,
            )
        ),
    ),
    ("zeros first", last_two(first=lambda s: np.concatenate([0 * s, s]))),
    ("order", last_two(join=lambda a, b: np.concatenate([b, a]))),
    ("stacked", last_two(first=lambda s: np.stack([s, s]), join=lambda a, b: np.stack([a, b]))),
    ("interleaved", last_two(join=lambda a, b: np.stack([a, b], 1).ravel())),
    ("list", last_two(join=lambda a, b: [*a, *b])),
    ("sum", last_two(first=lambda s: s + s, join=lambda a, b: a + b)),
    ("never moves on", last_two(keep=lambda a, b: a)),
    ("both newest", early()),
    ("not forgotten", last_two(forget=False)),
    ("reset's arguments lost", last_two(reset=lambda env, kw: env.reset())),
    ("options lost", last_two(reset=lambda env, kw: env.reset(seed=kw.get("seed")))),
    ("info lost in reset", last_two(back=lambda o, i: (o, {}))),
    ("info lost in step", last_two(step=lambda o, r, te, tr, i: (o, r, te, tr, {}))),
    ("flags swapped", last_two(step=lambda o, r, te, tr, i: (o, r, tr, te, i))),
    ("flags folded", last_two(step=lambda o, r, te, tr, i: (o, r, te or tr, False, i))),
    ("four values", last_two(step=lambda o, r, te, tr, i: (o, r, te or tr, i))),
    ("reward lost", last_two(step=lambda o, r, te, tr, i: (o, 0.0, te, tr, i))),
    ("reset gives no info", last_two(back=lambda o, i: o)),
    ("no super", last_two(init=False)),
    (
        "difference",
        last_two(first=lambda s: np.concatenate([s, 0 * s]), join=lambda a, b: np.concatenate([b, b - a])),
    ),
    ("one older", three_old()),
    ("buffer reused", reused()),
    ("reset unchanged", last_two(first=lambda s: s)),
]


def climb(
    start=lambda rng: np.zeros(4),
    noise=lambda rng, k: rng.normal(size=4),
    base=lambda best, w, start: best,
    better=lambda new, old: new > old,
    result=lambda best, tried, scores: best,
    rounds=lambda n: n,
    update=True,
    before=True,
):
    def hill_climb(score, num_rounds, generator):
        begin = start(generator)
        best = w = begin
        best_score = score(best) if before else -np.inf
        tried, scores = [best], [best_score]
        for k in range(rounds(num_rounds)):
            w = base(best, w, begin) + noise(generator, k)
            s = score(w)
            tried.append(w)
            scores.append(s)
            if better(s, best_score):
                best = w
                if update:
                    best_score = s
        return result(best, tried, scores)

    return hill_climb


def in_place(score, n, rng):
    best, best_score = np.zeros(4), -np.inf
    for _ in range(n):
        w = best
        w += rng.normal(size=4)
        s = score(w)
        if s > best_score:
            best, best_score = w, s
    return best


def rescoring(score, n, rng):
    best = np.zeros(4)
    for _ in range(n):
        w = best + rng.normal(size=4)
        if score(w) > score(best):
            best = w
    return best


def until(score, n, rng):
    best = np.zeros(4)
    s = score(best)
    while s < 500:
        w = best + rng.normal(size=4)
        if score(w) > s:
            best, s = w, score(w)
    return best


def once(score, n, rng):
    best, eps = np.zeros(4), rng.normal(size=4)
    top = score(best)
    for _ in range(n):
        s = score(best + eps)
        if s > top:
            best, top = best + eps, s
    return best


RIGHT["check_hill_climb"] = [
    climb(),
    climb(before=False),
    climb(
        start=lambda rng: rng.normal(size=4),
        noise=lambda rng, k: rng.uniform(-1, 1, 4),
        better=lambda a, b: a >= b,
    ),
]
WRONG["check_hill_climb"] = [
    ("worst", climb(better=lambda a, b: a < b)),
    ("last", climb(result=lambda best, tried, scores: tried[-1])),
    ("first", climb(result=lambda best, tried, scores: tried[0])),
    ("with score", climb(result=lambda best, tried, scores: (best, max(scores)))),
    ("score only", climb(result=lambda best, tried, scores: max(scores))),
    ("around the start", climb(base=lambda best, w, start: start)),
    ("random walk", climb(base=lambda best, w, start: w)),
    ("fresh weights", climb(base=lambda best, w, start: 0)),
    ("best score kept", climb(update=False)),
    ("in place", in_place),
    ("asks twice", rescoring),
    ("until 500", until),
    ("noise once", once),
    ("one noise for four", climb(noise=lambda rng, k: rng.normal())),
    ("own generator", climb(noise=lambda rng, k: np.random.normal(size=4))),
    ("same seed each round", climb(noise=lambda rng, k: np.random.default_rng(0).normal(size=4))),
    ("half the rounds", climb(rounds=lambda n: n // 2)),
    ("always accepts", climb(better=lambda a, b: True)),
    ("only positive noise", climb(noise=lambda rng, k: rng.random(4))),
    ("fixed rounds", climb(rounds=lambda n: 60)),
]
