"""The agents whose speed is measured, with the settings of the peers."""

import time

import keras
import numpy as np
import tensorflow as tf

import tutorial_lib as tl


def dqn(generator):
    """Plain DQN."""
    online, target = tl.mlp(4, [64, 64], 2), tl.mlp(4, [64, 64], 2)
    tl.hard_update(online, target)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(online.trainable_variables)

    def update(batch):
        td_target = tl.dqn_target(batch.reward, batch.discount, target(batch.next_observation))
        with tf.GradientTape() as tape:
            q = tf.gather(online(batch.observation), batch.action, batch_dims=1)
            loss = tf.reduce_mean(tl.squared(td_target - q))
        optimizer.apply(tape.gradient(loss, online.trainable_variables), online.trainable_variables)
        tl.polyak_update(online, target, 0.02)
        return {"loss": loss}

    return tl.Agent(tl.epsilon_greedy(online, generator), update, tl.greedy(online))


def actor_critic(clipped, lambda_):
    """A builder of PPO, or of A2C."""

    def build(generator):
        actor, critic = (tl.mlp(4, [64, 64], n, activation="tanh") for n in (2, 1))
        weights = actor.trainable_variables + critic.trainable_variables
        optimizer = keras.optimizers.Adam(1e-3, global_clipnorm=0.5)
        optimizer.build(weights)

        def prepare(trajectory):
            steps, shape = tl.flatten_time(trajectory), trajectory.reward.shape
            value, next_value = (critic(x)[:, 0] for x in (steps.observation, steps.next_observation))
            both = (tf.reshape(v, shape) for v in (value, next_value))
            advantage = tl.gae(trajectory.reward, trajectory.discount, *both, trajectory.done, lambda_)
            advantage = tf.reshape(advantage, [-1])
            log_prob = tl.categorical_log_prob(actor(steps.observation), steps.action)
            return tl.Rollout(steps.observation, steps.action, log_prob, advantage, value, advantage + value)

        def update(batch, learning_rate, clip):
            optimizer.learning_rate.assign(learning_rate)
            with tf.GradientTape() as tape:
                logits = actor(batch.observation)
                log_prob = tl.categorical_log_prob(logits, batch.action)
                if clipped:
                    advantage = tl.normalise(batch.advantage)
                    gain = tl.clipped_surrogate_loss(log_prob, batch.log_prob, advantage, clip)
                else:
                    gain = tl.policy_gradient_loss(log_prob, batch.advantage)
                value = tl.value_loss(critic(batch.observation)[:, 0], batch.value_target)
                loss = tf.reduce_mean(gain + value - 0.01 * tl.categorical_entropy(logits))
            optimizer.apply(tape.gradient(loss, weights), weights)
            return {"loss": loss}

        return tl.Agent(tl.softmax_policy(actor, generator), update, tl.greedy(actor), prepare)

    return build


def make_loop(name, world=None, num_steps=None):
    """The loop of an algorithm; num_steps lets PPO's learning rate and clip fall to 0."""
    world = world or tl.CartPole()
    if name == "dqn":
        options = dict(num_envs=8, num_updates=8, batch_size=64, capacity=50_000, learning_starts=1_000)
        return tl.off_policy_loop(dqn, world, gamma=0.98, schedules={"epsilon": lambda step: 0.1}, **options)
    end = 0.0 if num_steps else 1.0
    falling = tl.linear_schedule(1.0, end, num_steps or 1)
    schedules = {"learning_rate": lambda step: 1e-3 * falling(step), "clip": lambda step: 0.2 * falling(step)}
    if name == "ppo":
        options = dict(num_envs=32, num_steps=8, num_epochs=20, gamma=0.98, schedules=schedules)
        return tl.on_policy_loop(actor_critic(True, 0.8), world, **options)
    options = dict(num_envs=64, num_steps=4, gamma=0.98, schedules=schedules)
    return tl.on_policy_loop(actor_critic(False, 0.9), world, **options)


def time_to(target, seed, num_steps=100_000):
    """Processor seconds of PPO's training until a test after every 2,000 steps reaches the target."""
    loop, taken = make_loop("ppo", num_steps=num_steps), 0.0
    loop.run(256, seed=seed)
    loop.program.evaluate(20)
    loop.start(seed)
    for until in range(2_000, num_steps + 1, 2_000):
        begun = time.process_time()
        loop.run(until)
        taken += time.process_time() - begun
        if np.mean(loop.program.evaluate(20)) >= target:
            return taken
    return float("inf")
