"""A2C, PPO and one-step actor-critic as functions of a seed, with the settings that the results are about."""

import time

import tutorial_lib as tl  # isort: skip  (before TensorFlow)
import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

# num_steps are environment steps over all environments; `rollout` steps of each environment make one batch.
PPO = dict(
    num_envs=8, rollout=32, minibatch_size=256, num_epochs=20, gamma=0.98, lambda_=0.8, learning_rate=1e-3,
    clip=0.2, value_clip=None, entropy_weight=0.0, max_norm=0.5, hidden=(64, 64), gains=(2**0.5, 0.01),
    normalise=True, anneal=True, reward_scale=1.0, log_std=0.0,
)  # fmt: skip
SETTINGS = {
    "ppo-cartpole": PPO | dict(env_id="CartPole-v1", num_steps=100_000),
    "ppo-cartpole-16": PPO | dict(
        env_id="CartPole-v1", num_steps=100_000, num_envs=16, rollout=16,
    ),
    "ppo-acrobot": PPO | dict(
        env_id="Acrobot-v1", num_steps=150_000, num_envs=16, rollout=64, num_epochs=8, gamma=0.99,
        lambda_=0.95, entropy_weight=0.01,
    ),
    "ppo-lunarlander": PPO | dict(
        env_id="LunarLander-v3", num_steps=600_000, num_envs=32, rollout=128, gamma=0.999,
        lambda_=0.98, entropy_weight=0.01, num_epochs=8, minibatch_size=512, learning_rate=7e-4,
        reward_scale=0.1,
    ),
    "ppo-pendulum": PPO | dict(
        env_id="Pendulum-v1", num_steps=100_000, num_envs=16, rollout=64, num_epochs=10, gamma=0.9,
        lambda_=0.95, reward_scale=0.1,
    ),
    "a2c-cartpole": PPO | dict(
        env_id="CartPole-v1", num_steps=500_000, num_envs=32, rollout=8, num_epochs=1, clip=None, gamma=0.98,
        lambda_=0.95,
    ),
}  # fmt: skip


def actor_critic(seed, on_rollout=None, *, env_id, num_steps, **s):
    """Trains one agent; returns its actor and plain numbers.

    on_rollout(num_steps so far, seconds so far, actor, metrics) may return True to stop.
    """
    start = time.perf_counter()
    generator = tl.seed_everything(seed)
    wrappers = (gym.wrappers.ClipAction,) if env_id == "Pendulum-v1" else ()
    envs = tl.make_vec_env(env_id, s["num_envs"], wrappers=wrappers)
    actor = tl.actor_for(envs, s["hidden"], activation="tanh", gains=s["gains"], **log_std_of(envs, s))
    gains = None if s["gains"] is None else (2**0.5, 1.0)
    critic = tl.mlp(envs.single_observation_space.shape, s["hidden"], 1, activation="tanh", gains=gains)
    learn, rate, clip = learner(actor, critic, generator, s)
    policy = (tl.categorical_policy if is_discrete(envs) else tl.normal_policy)(actor, generator)
    collector = tl.Collector(envs, policy, gamma=s["gamma"], seed=seed)
    paused = 0.0
    while collector.num_steps < num_steps:
        left = 1 - collector.num_steps / num_steps if s["anneal"] else 1.0
        rate.assign(s["learning_rate"] * left)
        clip.assign((s["clip"] or 0.0) * left)
        metrics = learn(collector.collect(s["rollout"]))
        if on_rollout:
            now = time.perf_counter()
            if on_rollout(collector.num_steps, now - start - paused, actor, metrics):
                break
            paused += time.perf_counter() - now
    seconds = time.perf_counter() - start - paused
    envs.close()
    return {"actor": actor, "critic": critic, "episodes": collector.episodes, "seconds": seconds}


def log_std_of(envs, s):
    return {} if is_discrete(envs) else {"log_std": s["log_std"]}


def is_discrete(envs):
    return isinstance(envs.single_action_space, gym.spaces.Discrete)


def learner(actor, critic, generator, s):
    """The rule -> (learn, learning rate, clip range)."""
    variables = actor.trainable_variables + critic.trainable_variables
    optimizer = keras.optimizers.Adam(s["learning_rate"], epsilon=1e-5, global_clipnorm=s["max_norm"])
    optimizer.build(variables)
    rate, clip = optimizer.learning_rate, tf.Variable(s["clip"] or 0.0)

    def log_prob_and_entropy(observation, action):
        output = actor(observation)
        if isinstance(output, (tuple, list)):
            return tl.gaussian_log_prob(*output, action), tl.gaussian_entropy(output[1])
        return tl.categorical_log_prob(output, action), tl.categorical_entropy(output)

    def value_of(observation):
        return critic(observation)[:, 0]

    def prepare(trajectory):
        steps = tl.flatten_time(trajectory)
        shape = trajectory.reward.shape
        value = value_of(steps.observation)
        next_value = value_of(steps.next_observation)
        advantage = tl.gae(
            trajectory.reward * s["reward_scale"], trajectory.discount, tf.reshape(value, shape),
            tf.reshape(next_value, shape), trajectory.done, s["lambda_"],
        )  # fmt: skip
        advantage = tf.reshape(advantage, [-1])
        log_prob, _ = log_prob_and_entropy(steps.observation, steps.action)
        return tl.Rollout(steps.observation, steps.action, log_prob, advantage, value, advantage + value)

    def update(batch):
        advantage = tl.normalise(batch.advantage) if s["normalise"] else batch.advantage
        with tf.GradientTape() as tape:
            log_prob, entropy = log_prob_and_entropy(batch.observation, batch.action)
            value = value_of(batch.observation)
            if s["clip"] is None:
                actor_loss = tl.policy_gradient_loss(log_prob, advantage)
            else:
                actor_loss = tl.clipped_surrogate_loss(log_prob, batch.log_prob, advantage, clip)
            if s["value_clip"] is None:
                critic_loss = tl.value_loss(value, batch.value_target)
            else:
                critic_loss = tl.clipped_value_loss(value, batch.value, batch.value_target, s["value_clip"])
            loss = tf.reduce_mean(actor_loss + critic_loss - s["entropy_weight"] * entropy)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss, "critic_loss": tf.reduce_mean(critic_loss), "entropy": tf.reduce_mean(entropy)}

    learn = tl.fuse_epochs(
        update, prepare=prepare, generator=generator, num_epochs=s["num_epochs"],
        minibatch_size=s["minibatch_size"],
    )  # fmt: skip
    return learn, rate, clip


def best_action(actor):
    """The greedy policy: the most probable action, or the mean."""
    if isinstance(actor.outputs, list) and len(actor.outputs) == 2:
        return tf.function(lambda observation: actor(observation)[0], reduce_retracing=True)
    return tl.greedy(actor)


def one_step(seed, *, env_id="CartPole-v1", num_steps=100_000, num_envs=8, gamma=0.99, rate=0.01):
    """One-step actor-critic: critic (TD error)², actor −δ log π with δ constant; Adam 0.01 each."""
    start = time.perf_counter()
    generator = tl.seed_everything(seed)
    envs = tl.make_vec_env(env_id, num_envs)
    actor, critic = tl.actor_for(envs, [32, 32]), tl.mlp(envs.single_observation_space.shape, [32, 32], 1)
    actor_optimizer, critic_optimizer = (keras.optimizers.Adam(rate) for _ in range(2))
    actor_optimizer.build(actor.trainable_variables)
    critic_optimizer.build(critic.trainable_variables)

    def update(batch):
        target = batch.reward + batch.discount * critic(batch.next_observation)[:, 0]
        with tf.GradientTape(persistent=True) as tape:
            td_error = tf.stop_gradient(target) - critic(batch.observation)[:, 0]
            critic_loss = tf.reduce_mean(tf.square(td_error))
            log_prob = tl.categorical_log_prob(actor(batch.observation), batch.action)
            actor_loss = tf.reduce_mean(tl.policy_gradient_loss(log_prob, td_error))
        for network, optimizer, loss in (
            (critic, critic_optimizer, critic_loss),
            (actor, actor_optimizer, actor_loss),
        ):
            optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        return {"critic_loss": critic_loss, "actor_loss": actor_loss}

    learn = tl.fuse_epochs(
        update, prepare=tl.flatten_time, generator=generator, num_epochs=1, minibatch_size=num_envs
    )
    collector = tl.Collector(envs, tl.categorical_policy(actor, generator), gamma=gamma, seed=seed)
    while collector.num_steps < num_steps:
        learn(collector.collect(1))
    return {"actor": actor, "episodes": collector.episodes, "seconds": time.perf_counter() - start}


def curve(episodes, num_steps, num_points=50, window=20):
    """Mean return of the last `window` episodes at evenly spaced steps: [num_points] each; NaN before any."""
    steps = np.array([step for step, _, _ in episodes])
    returns = np.array([value for _, value, _ in episodes], float)
    grid = np.linspace(0, num_steps, num_points + 1)[1:]
    ends = np.searchsorted(steps, grid, side="right")
    return grid, np.array([returns[max(0, e - window) : e].mean() if e else np.nan for e in ends])
