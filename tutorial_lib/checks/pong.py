"""Checks for the exercises of notebook 7b: Pong from its pixels."""

import numpy as np

from tutorial_lib import pong
from tutorial_lib.checks import explain
from tutorial_lib.checks.judging import Check
from tutorial_lib.evidence.pretrained import load_pong
from tutorial_lib.learning.collector import Collector
from tutorial_lib.worlds.envs import make_vec_env


def films(rng):
    """Frames of one pixel row that never repeat, with starts of episodes near the place that is asked for."""
    for length, num_frames in [(1, 2), (6, 4), (7, 3), (9, 4)] * 5:
        first = rng.random(length) < 0.3
        first[0] = True
        frames = rng.permutation(np.arange(1, 2 * length + 1)).reshape(length, 1, 2)
        yield dict(frames=frames, first=first, t=int(rng.integers(length)), num_frames=num_frames)


def stacked(
    frames, first, t, num_frames, *, newest_first=False, cross=False, repeat=False, late=0, ahead=False
):
    """The stack at t; each option gets something wrong."""
    start = 0 if cross else max(k for k in range(t + 1) if first[k])
    places = [t + k if ahead else t - k for k in range(num_frames)]
    inside = lambda k: start + late <= k < len(frames)
    black = frames[start] if repeat else np.zeros_like(frames[0])
    stack = [frames[k] if inside(k) else black for k in places]
    return np.array(stack if newest_first or ahead else stack[::-1])


def stacked_wrongly(**options):
    """The wrong function that has these options."""
    return lambda *case: stacked(*case, **options)


check_stack_at = Check(
    stacked,
    films,
    [
        (
            "it holds frames of the episode before: what came before a start is black",
            stacked_wrongly(cross=True),
        ),
        ("the newest frame comes last", stacked_wrongly(newest_first=True)),
        ("the first frame stands in for those missing: here they are black", stacked_wrongly(repeat=True)),
        ("the first frame of an episode belongs to it: it is not black", stacked_wrongly(late=1)),
        ("those frames come after t: nobody has seen them yet", stacked_wrongly(ahead=True)),
    ],
)


def pictures(rng):
    """Pictures and layers that leave pixels over, in some cases."""
    for count in [1, 1, 2, 3] * 6:
        layers = [
            tuple(map(int, (rng.integers(2, 9), rng.integers(2, 6), rng.integers(1, 4))))
            for _ in range(count)
        ]
        yield dict(size=int(rng.integers(60, 100)), depth=int(rng.integers(2, 5)), layers=layers)


def sides(size, depth, layers, *, plus=1, up=False, padded=False, once=False):
    """The side after all layers; options leave something out."""
    for _, kernel, stride in layers:
        room = size - (0 if padded else kernel)
        size = (-(-room // stride) if up else room // stride) + (0 if padded else plus)
        if once:
            break
    return size


check_output_size = Check(
    sides,
    pictures,
    [
        ("add 1: a window that fits exactly once has one place", lambda *c: sides(*c, plus=0)),
        ("round down: pixels that are left over get no window", lambda *c: sides(*c, up=True)),
        ("without padding the window has to fit in: subtract the kernel", lambda *c: sides(*c, padded=True)),
        ("that is the side after the first layer only", lambda *c: sides(*c, once=True)),
    ],
)


def weights(size, depth, layers, *, bias=True, channels=True, places=False):
    """The weights of all convolutions."""
    count, side = 0, size
    for filters, kernel, stride in layers:
        side = (side - kernel) // stride + 1
        window = kernel**2 * (depth if channels else 1)
        count += (window + bias) * filters * (side**2 if places else 1)
        depth = filters
    return count


def first_depth(size, depth, layers):
    """Every layer with the depth of the picture."""
    return sum((kernel**2 * depth + 1) * filters for filters, kernel, _ in layers)


check_num_weights = Check(
    weights,
    pictures,
    [
        ("each filter has a bias, too", lambda *c: weights(*c, bias=False)),
        (
            "a window goes through all channels of what it gets: times the depth",
            lambda *c: weights(*c, channels=False),
        ),
        (
            "the same weights serve every place: do not multiply by the places",
            lambda *c: weights(*c, places=True),
        ),
        ("the second layer's depth is the number of filters of the first", first_depth),
    ],
)


def steps(rng):
    """Steps from the start to far beyond the fall."""
    for t in [0, 1, 1_000, 30_000, 100_000, 1_000_000, *rng.integers(2_000, 200_000, 6)]:
        yield dict(t=int(t))


check_exploration = Check(
    lambda t: 0.01 + 0.99 * np.exp(-t / 30_000),
    steps,
    [
        (
            "ε falls, and never below 0.01: the minus is missing",
            lambda t: 0.01 + 0.99 * np.exp(min(t / 30_000, 50)),
        ),
        ("ε ends at 0.01, not at 0", lambda t: np.exp(-t / 30_000)),
        ("ε starts at 1: 0.01 and 0.99 times the exponential", lambda t: 0.01 + np.exp(-t / 30_000)),
        (
            "that is a line; this ε falls by the same factor in each step",
            lambda t: max(1 - 0.99 * t / 30_000, 0.01),
        ),
        ("that halves ε every 30,000 steps; e, not 2", lambda t: 0.01 + 0.99 * 0.5 ** (t / 30_000)),
    ],
)


def replays(rng):
    """Sizes of replays."""
    for _ in range(12):
        rows, size, stack = rng.integers(1_000, 100_000), rng.integers(20, 100), rng.integers(2, 6)
        yield dict(rows=int(rows), size=int(size), stack=int(stack))


check_memory = Check(
    lambda rows, size, stack: (rows * 2 * stack * size**2, rows * size**2),
    replays,
    [
        ("whole, a row has two stacks: s and s′", lambda r, s, k: (r * k * s**2, r * s**2)),
        ("a picture has size × size pixels", lambda r, s, k: (r * 2 * k * s, r * s)),
        ("kept once, a row adds one picture, not a stack", lambda r, s, k: (r * 2 * k * s**2, r * k * s**2)),
        (
            "a pixel is one byte; that is for 4 bytes each",
            lambda r, s, k: (4 * r * 2 * k * s**2, 4 * r * s**2),
        ),
        ("first the whole stacks, then each picture once", lambda r, s, k: (r * s**2, r * 2 * k * s**2)),
        (
            "kept once, s′ of a row is s of the next: one picture, not two",
            lambda r, s, k: (r * 2 * k * s**2, 2 * r * s**2),
        ),
    ],
)


WORDS = ["worse", "cannot tell", "better"]


def word(before, after, room=lambda old_error, new_error: 2 * np.hypot(old_error, new_error)):
    """What two scores (won, lost) say; `room` is how far apart their shares may be by luck."""
    (old, old_error), (new, new_error) = map(share, (before, after))
    room = room(old_error, new_error)
    return "better" if new - old > room else "worse" if old - new > room else "cannot tell"


def share(score):
    """The share of points won and its standard error, with one point more on each side."""
    won, lost = score
    count = won + lost + 2
    part = (won + 1) / count
    return part, np.sqrt(part * (1 - part) / count)


def scores(rng):
    """Points before and after: of a clear difference, a small one, and a large one of few points."""
    pairs = [((0.5, 60), (0.85, 60)), ((0.8, 60), (0.4, 60)), ((0.5, 8), (0.75, 8)), ((0.6, 90), (0.55, 90))]
    pairs += [((0.5, 200), (0.62, 200)), ((0.62, 200), (0.5, 200)), ((0.1, 40), (0.8, 8))]  # told apart
    pairs += [((0.5, 30), (0.6, 900)), ((0.5, 900), (0.65, 30)), ((0.75, 8), (0.5, 8))]  # not told apart
    pairs += [((0.5, 60), (0.85, 20)), ((0.3, 900), (0.4, 900)), ((0.4, 900), (0.3, 900))]
    for before, after in pairs:
        won = [round(p * count) for p, count in (before, after)]
        before, after = ((w, n - w) for w, (_, n) in zip(won, (before, after), strict=True))
        yield dict(before=before, after=after)


def told(answer, play, train):
    """What an answer says after it has played, gone on and played again.

    Raises:
      Misconception: it did something else, or says something else.
    """
    calls = []

    def called(name, function):
        def call():
            calls.append(name)
            return function()

        return call

    said = answer(called("play", play), called("train", train))
    explain("train" in calls, "it did not go on: call train()")
    explain(calls[0] == "play", "play() before train(): without a score from before nothing can be compared")
    explain(calls[-1] == "play", "play() after train(): what it has learned is not seen yet")
    explain(calls == ["play", "train", "play"], f"play, train and play once each; called were {calls}")
    explain(isinstance(said, str) and said in WORDS, f"one of {WORDS} should come back, got {said!r}")
    return said


def on_paper(answer, before, after):
    """The place of the word of an answer that goes on with made-up points."""
    seen = iter([before, after, after, after])
    return WORDS.index(told(answer, lambda: next(seen), lambda: None))


def going_on(say=word):
    """An answer that plays, goes on, plays again, and says a word about both scores."""

    def answer(play, train):
        before = play()
        train()
        return say(before, play())

    return answer


def half_time(num_steps=20_000):
    """(play, train) of the shipped network of half-time, which goes on for so many steps."""
    loop = pong.pong_loop(capacity=40_000, learning_starts=4_000, epsilon_steps=1)
    loop.start(0)
    for network in loop.agent.networks.values():
        network.set_weights(load_pong(50).get_weights())

    def play():
        envs = make_vec_env(pong.WORLD, 16)
        reward = Collector(envs, loop.greedy, seed=5).collect(500).reward
        envs.close()
        return int((reward > 0).sum()), int((reward < 0).sum())

    return play, lambda: loop.run(num_steps, label="going on")


def on_pong(answer, make=half_time):
    """Lets an answer go on with the network of half-time, and prints what became of it.

    Raises:
      Misconception: its word does not fit the scores.
    """
    (play, train), seen = make(), []
    said = told(answer, lambda: seen.append(play()) or seen[-1], train)
    for name, score in zip(("before", "after"), seen, strict=True):
        print(
            f"{name:6s} {score[0]:3d} won, {score[1]:3d} lost: {share(score)[0]:.0%} ± {2 * share(score)[1]:.0%}"
        )
    explain(said == word(*seen), f"you say {said!r}, and these scores say {word(*seen)!r}")


def by_points(before, after):
    """The word by the points won."""
    return "better" if after[0] > before[0] else "worse" if after[0] < before[0] else "cannot tell"


def with_room(room):
    """An answer that leaves another room for luck."""
    return going_on(lambda before, after: word(before, after, room))


check_going_on = Check(
    going_on(),
    scores,
    [
        ("before and after are exchanged", going_on(lambda before, after: word(after, before))),
        ("a larger share may be luck: say \"cannot tell\" within twice the error", with_room(lambda old, new: 0.0)),
        ("count the points lost, too: the share of points won", going_on(by_points)),
        ("twice the error of the *difference*: the two errors add as squares", with_room(lambda old, new: 2 * (old + new))),
        ("one standard error is not two", with_room(np.hypot)),
        ("the score from before has an error, too", with_room(lambda old, new: 2 * new)),
        ("the score from after has an error, too", with_room(lambda old, new: 2 * old)),
        ("it always says \"better\": judge from the scores", going_on(lambda before, after: "better")),
        ("it always says \"cannot tell\": judge from the scores", going_on(lambda before, after: "cannot tell")),
        ("it can get worse, too", going_on(lambda b, a: {"worse": "cannot tell"}.get(word(b, a), word(b, a)))),
        ("what is not better need not be worse", going_on(lambda b, a: "better" if word(b, a) == "better" else "worse")),
    ],
    observe=on_paper,
    afterwards=on_pong,
    seconds=30,
)  # fmt: skip
