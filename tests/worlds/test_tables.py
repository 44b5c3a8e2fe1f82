import gymnasium as gym
import numpy as np
import pytest

from tutorial_lib.worlds.envs import make_env
from tutorial_lib.worlds.tables import (
    TabularModel,
    epsilon_greedy_policy,
    policy_evaluation,
    reachable_states,
    tabular_model,
    value_iteration,
)


def chain():
    """0 -> 1 -> end by action 1, each for reward −1; action 0 stays. 2 is the end, 3 is out of reach."""
    next_state = np.array([[0, 1], [1, 2], [2, 2], [0, 0]])[..., None]
    reward = np.array([[-1, -1], [-1, -1], [5, 5], [0, 0]], float)[..., None]
    terminated = np.array([[0, 0], [0, 1], [0, 0], [0, 0]], bool)[..., None]
    return TabularModel(np.ones((4, 2, 1)), next_state, reward, terminated, np.array([1.0, 0, 0, 0]))


def test_value_iteration_by_hand_stops_at_the_end():
    q = value_iteration(chain(), 0.5)
    np.testing.assert_allclose(q[:2], [[-1.75, -1.5], [-1.5, -1.0]])


def test_states_never_left_are_not_reachable():
    np.testing.assert_array_equal(reachable_states(chain()), [True, True, False, False])


def test_cliff_walking_takes_13_steps():
    model = tabular_model(make_env("CliffWalking-v1"))
    q = value_iteration(model, 1.0)
    assert q[36].max() == -13
    reached = reachable_states(model)
    assert reached.sum() == 37  # 48 cells less the goal and the ten under the cliff
    assert not reached[37:].any()


def test_slippery_outcomes_are_all_read():
    model = tabular_model(make_env("FrozenLake-v1"))
    assert model.probability.shape == (16, 4, 3)
    np.testing.assert_allclose(model.probability.sum(axis=2), 1)
    q = value_iteration(model, 0.99)
    assert q.max(axis=1)[0] == pytest.approx(0.542, abs=1e-3)  # a value many have published


def test_evaluating_the_greedy_policy_of_q_star_gives_q_star():
    model = tabular_model(make_env("FrozenLake-v1"))
    q = value_iteration(model, 0.95)
    np.testing.assert_allclose(policy_evaluation(model, epsilon_greedy_policy(q, 0.0), 0.95), q, atol=1e-8)


def test_an_exploring_policy_is_worth_less():
    model = tabular_model(make_env("CliffWalking-v1"))
    q = value_iteration(model, 0.99)
    evaluated = policy_evaluation(model, epsilon_greedy_policy(q, 0.1), 0.99)
    assert (evaluated < q + 1e-9).all()
    assert evaluated[36, 0] < q[36, 0] - 1


def test_epsilon_greedy_probabilities_share_ties():
    policy = epsilon_greedy_policy(np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 1.0]]), 0.3)
    np.testing.assert_allclose(policy, [[0.45, 0.45, 0.1], [0.1, 0.8, 0.1]])


def test_an_environment_without_a_table():
    with pytest.raises(ValueError, match="CartPoleEnv shows no table"):
        tabular_model(gym.make("CartPole-v1"))


def test_rewards_for_ever():
    model = chain()._replace(reward=np.ones((4, 2, 1)))
    with pytest.raises(ValueError, match="use γ < 1"):
        value_iteration(model, 1.0, max_sweeps=100)


@pytest.mark.parametrize("gamma", [-0.1, 1.1, np.nan])
def test_gamma_out_of_range(gamma):
    with pytest.raises(ValueError, match="gamma must be in"):
        value_iteration(chain(), gamma)


def test_a_policy_that_is_none():
    with pytest.raises(ValueError, match=r"shape \(4, 2\) whose rows sum to 1"):
        policy_evaluation(chain(), np.ones((4, 2)), 0.9)
    with pytest.raises(ValueError, match="gamma < 1"):
        policy_evaluation(chain(), np.full((4, 2), 0.5), 1.0)
