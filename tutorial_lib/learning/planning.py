"""Planning: choosing actions by trying them in a model."""

import tensorflow as tf


def refit(sequences, scores, num_elites):
    """Mean and spread of the best sequences: [N, K, H, A], [N, K] -> two tensors [N, H, A]."""
    best = tf.math.top_k(scores, num_elites).indices  # [N, E]
    elites = tf.gather(sequences, best, batch_dims=1)  # [N, E, H, A]
    return tf.reduce_mean(elites, axis=1), tf.math.reduce_std(elites, axis=1)


def cross_entropy_plan(
    score, generator, num_plans, horizon, num_actions, *, num_sequences=50, elite=0.2, num_rounds=5, limit=1.0
):  # fmt: skip
    """The cross-entropy method (Rubinstein, 1999): draw plans, keep the best, draw around those.

    Args:
      score: sequences [N, K, H, A] -> [N, K], such as the return that a model promises.
      generator: tf.random.Generator.
      num_plans: N, plans made at once.
      horizon: H, steps of a plan.
      num_actions: A, numbers of one action.
      num_sequences: K, drawn per plan and round.
      elite: share of the sequences that are kept.
      num_rounds: of drawing and refitting; drawn are mean + σ · noise, clipped to ± `limit`.
      limit: of an action; the first round draws with half of it as σ, around 0.

    Returns:
      The mean of the last elites, [N, H, A].

    Raises:
      ValueError: a count < 1, or an elite share that leaves nobody, or is more than all.
    """
    counts = dict(num_plans=num_plans, horizon=horizon, num_actions=num_actions)
    counts |= dict(num_sequences=num_sequences, num_rounds=num_rounds)
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    num_elites = round(elite * num_sequences)
    if not 1 <= num_elites <= num_sequences:
        raise ValueError(f"elite={elite} of {num_sequences} sequences keeps {num_elites}: keep 1 to all")
    shape = [num_plans, num_sequences, horizon, num_actions]

    def one_round(i, mean, std):
        drawn = mean[:, None] + std[:, None] * generator.normal(shape)
        sequences = tf.clip_by_value(drawn, -limit, limit)
        return i + 1, *refit(sequences, score(sequences), num_elites)

    mean = tf.zeros([num_plans, horizon, num_actions])
    start = (0, mean, tf.fill(mean.shape, limit / 2))
    return tf.while_loop(lambda i, *_: i < num_rounds, one_round, start)[1]
