"""A rough model and a rough critic of a swinging rod: how far may one imagine with them?"""

import numpy as np

GAMMA = 0.98  # discount per step
DT = 0.05  # s, one step
STATES = [np.pi, 7.0]  # states are drawn uniformly within ± this: angle in rad, velocity in rad/s
MODEL_STEPS, CRITIC_EPISODES = 100, 40  # what the model and the critic are learned from
NOISE = [0.02, 0.1]  # of the steps that the model sees: rad, rad/s
ENOUGH = 150  # real steps after which the rest of a return is left out


def step(state):
    """One real step of the free rod; 0 is up: [N, 2] -> [N, 2]."""
    angle, velocity = state.T
    velocity = np.clip(velocity + 15 * np.sin(angle) * DT, -8, 8)
    return np.stack([angle + velocity * DT, velocity], axis=1)


def reward(state):
    """−(angle² + 0.1 velocity²), the angle within ±π: [N, 2] -> [N]."""
    angle, velocity = state.T
    return -(((angle + np.pi) % (2 * np.pi) - np.pi) ** 2 + 0.1 * velocity**2)


def value_error(horizon, seed):
    """How wrong the value is that a learned model and a learned critic say together.

        V(s) ≈ Σₜ γᵗ r(sₜ₊₁) + γʰ V̂(sₕ),   t = 0 … h − 1,   s₁ … sₕ imagined

    Both are learned anew, from real steps of that seed: a hundred noisy ones for the model, forty returns for
    the critic.

    Args:
      horizon: h, imagined steps; 0 asks the critic alone.
      seed: of the steps, and of the 200 states where the error is measured.

    Returns:
      The root mean square error of V.
    """
    rng = np.random.default_rng(seed)
    weights, phase = rng.normal(size=(3, 40)), rng.uniform(0, 2 * np.pi, 40)
    predict = _learned_step(rng, weights[:, :20], phase[:20])
    begins = _draw(rng, CRITIC_EPISODES)
    critic = _fit(_features(begins, weights, phase), _returns(begins), 0.1)
    state = _draw(rng, 200)
    truth, value = _returns(state), 0.0
    for t in range(horizon):
        state = predict(state)
        value = value + GAMMA**t * reward(state)
    value = value + GAMMA**horizon * _features(state, weights, phase) @ critic
    return float(np.sqrt(np.mean((value - truth) ** 2)))


def _learned_step(rng, weights, phase):
    """A model fitted to noisy differences."""
    state = _draw(rng, MODEL_STEPS)
    seen = step(state) - state + rng.normal(size=state.shape) * NOISE
    model = _fit(_features(state, weights, phase), seen, 1e-3)
    bound = [np.inf, 8.0]
    return lambda now: np.clip(now + _features(now, weights, phase) @ model, np.negative(bound), bound)


def _draw(rng, count):
    return rng.uniform(-1, 1, (count, 2)) * STATES


def _returns(state):
    """The true discounted returns: [N, 2] -> [N]."""
    total = 0.0
    for t in range(ENOUGH):
        state = step(state)
        total = total + GAMMA**t * reward(state)
    return total


def _features(state, weights, phase):
    """Random waves over (cos, sin, velocity): [N, 2] -> [N, F]."""
    angle, velocity = state.T
    x = np.stack([np.cos(angle), np.sin(angle), velocity / 4], axis=1)
    return np.concatenate([np.cos(x @ weights + phase), x, np.ones([len(x), 1])], axis=1)


def _fit(x, y, ridge):
    """Least squares with a penalty on large weights."""
    return np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y)
