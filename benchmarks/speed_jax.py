"""DQN, PPO and A2C on CartPole in JAX, each whole loop one program: the nearest thing to the limit of XLA."""

import functools
import itertools

import jax
import jax.numpy as jnp
from jax import lax, random

GAMMA = 0.98


def layers(key, sizes):
    """Weights of a multi-layer perceptron."""
    keys = random.split(key, len(sizes) - 1)
    scale = [(6 / (m + n)) ** 0.5 for m, n in itertools.pairwise(sizes)]
    shapes = zip(keys, sizes, sizes[1:], scale, strict=False)
    return [(random.uniform(k, (m, n), minval=-s, maxval=s), jnp.zeros(n)) for k, m, n, s in shapes]


def apply(weights, x, activation):
    for w, b in weights[:-1]:
        x = activation(x @ w + b)
    return x @ weights[-1][0] + weights[-1][1]


def adam_start(weights):
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return zeros, zeros, jnp.zeros(())


def adam(weights, gradients, state, rate, clip=None):
    """One step of Adam, with the gradient's norm clipped."""
    if clip is not None:
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(gradients)))
        gradients = jax.tree.map(lambda g: g * jnp.minimum(1.0, clip / norm), gradients)
    m, v, t = state
    t = t + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, gradients)
    alpha = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    weights = jax.tree.map(lambda w, m, v: w - alpha * m / (jnp.sqrt(v) + 1e-7), weights, m, v)
    return weights, (m, v, t)


def cartpole(state, length, action, key):
    """-> (true next state, terminated, done, state and length after a reset)."""
    _, x_dot, theta, theta_dot = state.T
    force = jnp.where(action == 1, 10.0, -10.0)
    cos, sin = jnp.cos(theta), jnp.sin(theta)
    push = (force + 0.05 * theta_dot**2 * sin) / 1.1
    turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    after = state + 0.02 * jnp.stack([x_dot, push - 0.05 * turn * cos / 1.1, theta_dot, turn], axis=-1)
    terminated = (jnp.abs(after[:, 0]) > 2.4) | (jnp.abs(after[:, 2]) > 0.2094395)
    length = length + 1
    done = terminated | (length >= 500)
    fresh = random.uniform(key, after.shape, minval=-0.05, maxval=0.05)
    return after, terminated, done, jnp.where(done[:, None], fresh, after), jnp.where(done, 0, length)


def begin(key, num_envs):
    return random.uniform(key, (num_envs, 4), minval=-0.05, maxval=0.05), jnp.zeros(num_envs, jnp.int32)


def dqn(num_envs, num_updates, batch_size=64, capacity=50_000):
    """(carry, function of (carry) that plays and learns 100 rounds)."""
    key = random.key(0)
    online = layers(key, [4, 64, 64, 2])
    q = functools.partial(apply, activation=jax.nn.relu)
    rows = jnp.zeros((capacity, 11))  # observation, next observation, action, reward, discount

    def update(carry, key):
        online, target, adam_state, rows, added = carry
        batch = rows[random.randint(key, (batch_size,), 0, jnp.minimum(added, capacity))]
        s, following, action = batch[:, :4], batch[:, 4:8], batch[:, 8].astype(jnp.int32)
        aim = batch[:, 9] + batch[:, 10] * q(target, following).max(axis=-1)

        def loss(weights):
            return 0.5 * jnp.mean((aim - jnp.take_along_axis(q(weights, s), action[:, None], 1)[:, 0]) ** 2)

        value, gradients = jax.value_and_grad(loss)(online)
        online, adam_state = adam(online, gradients, adam_state, 1e-3)
        target = jax.tree.map(lambda t, o: t + 0.02 * (o - t), target, online)
        return (online, target, adam_state, rows, added), value

    def one_round(carry, key):
        (state, length), (online, target, adam_state, rows, added) = carry
        key, explore, choose, reset, learn = random.split(key, 5)
        random_action, best = random.randint(choose, (num_envs,), 0, 2), q(online, state).argmax(-1)
        action = jnp.where(random.uniform(explore, (num_envs,)) < 0.1, random_action, best)
        after, terminated, _, next_state, length = cartpole(state, length, action, reset)
        discount = GAMMA * (1.0 - terminated)
        numbers = jnp.stack([action, jnp.ones(num_envs), discount], axis=-1)
        row = jnp.concatenate([state, after, numbers], axis=-1)
        rows = rows.at[(added + jnp.arange(num_envs)) % capacity].set(row)
        carry = online, target, adam_state, rows, added + num_envs
        carry, losses = lax.scan(update, carry, random.split(learn, num_updates))
        return ((next_state, length), carry), losses

    @functools.partial(jax.jit, donate_argnums=0)
    def rounds(carry, key):
        return lax.scan(one_round, carry, random.split(key, 100))

    carry = begin(key, num_envs), (online, online, adam_start(online), rows, jnp.array(0))
    return carry, rounds, 100 * num_envs


def on_policy(num_envs, num_steps, num_epochs, clip, lambda_):
    """PPO, or A2C where clip is None: (carry, function that plays and learns 20 rollouts, steps of these)."""
    key = random.key(0)
    weights = layers(key, [4, 64, 64, 2]), layers(key, [4, 64, 64, 1])
    net = functools.partial(apply, activation=jnp.tanh)

    def step(carry, key):
        (state, length), actor = carry
        choose, reset = random.split(key)
        action = random.categorical(choose, net(actor, state))
        after, terminated, done, next_state, length = cartpole(state, length, action, reset)
        return ((next_state, length), actor), (state, action, GAMMA * (1.0 - terminated), after, done)

    def advantages(critic, rows):
        state, _, discount, after, done = rows
        value, next_value = net(critic, state)[..., 0], net(critic, after)[..., 0]
        delta = 1.0 + discount * next_value - value
        decay = discount * lambda_ * (1.0 - done)
        back = lambda a, x: (x[0] + x[1] * a,) * 2  # noqa: E731
        _, advantage = lax.scan(back, jnp.zeros(num_envs), (delta, decay), reverse=True)
        return advantage, advantage + value

    def log_prob(actor, state, action):
        return jnp.take_along_axis(jax.nn.log_softmax(net(actor, state)), action[:, None], 1)[:, 0]

    def loss(weights, state, action, old, advantage, aim):
        actor, critic = weights
        logits = jax.nn.log_softmax(net(actor, state))
        now = log_prob(actor, state, action)
        if clip is None:
            gain = now * advantage
        else:
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
            ratio = jnp.exp(now - old)
            gain = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - clip, 1 + clip) * advantage)
        entropy = -(jnp.exp(logits) * logits).sum(-1)
        return jnp.mean(-gain + 0.5 * (aim - net(critic, state)[:, 0]) ** 2 - 0.01 * entropy)

    def one_round(carry, key):
        world, weights, adam_state = carry
        (world, _), rows = lax.scan(step, (world, weights[0]), random.split(key, num_steps))
        advantage, aim = advantages(weights[1], rows)
        state, action, advantage, aim = (
            x.reshape(-1, *x.shape[2:]) for x in (rows[0], rows[1], advantage, aim)
        )
        old = log_prob(weights[0], state, action)

        def epoch(carry, _):
            weights, adam_state = carry
            value, gradients = jax.value_and_grad(loss)(weights, state, action, old, advantage, aim)
            return adam(weights, gradients, adam_state, 1e-3, clip=0.5), value

        (weights, adam_state), losses = lax.scan(epoch, (weights, adam_state), None, num_epochs)
        return (world, weights, adam_state), losses

    @functools.partial(jax.jit, donate_argnums=0)
    def rounds(carry, key):
        return lax.scan(one_round, carry, random.split(key, 20))

    return (begin(key, num_envs), weights, adam_start(weights)), rounds, 20 * num_envs * num_steps


MAKE = {
    "dqn": lambda: dqn(8, 8),
    "ppo": lambda: on_policy(32, 8, 20, 0.2, 0.8),
    "a2c": lambda: on_policy(64, 4, 1, None, 0.9),
}


def runner(name):
    """A function of a number of steps that plays and learns at least so many; returns how many."""
    carry, rounds, steps = MAKE[name]()
    state = {"carry": jax.tree.map(jnp.copy, carry), "key": random.key(1)}

    def run(num_steps):
        done = 0
        while done < num_steps:
            state["key"], key = random.split(state["key"])
            state["carry"], losses = rounds(state["carry"], key)
            done += steps
        jax.block_until_ready(losses)
        return done

    return run
