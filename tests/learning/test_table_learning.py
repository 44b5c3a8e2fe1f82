import itertools

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tutorial_lib.learning.table_learning import EncodedWorlds, TableWorlds, choose, train_tables
from tutorial_lib.worlds.discretize import Discretizer
from tutorial_lib.worlds.envs import make_env, make_vec_env
from tutorial_lib.worlds.tables import TabularModel, reachable_states, tabular_model, value_iteration

pytestmark = pytest.mark.learning


def chain():
    """0 -> 1 -> end by action 1, each for reward −1; action 0 stays."""
    next_state = np.array([[0, 1], [1, 2], [2, 2]])[..., None]
    terminated = np.array([[0, 0], [0, 1], [0, 0]], bool)[..., None]
    return TabularModel(
        np.ones((3, 2, 1)), next_state, np.full((3, 2, 1), -1.0), terminated, np.array([1.0, 0, 0])
    )


def q_learning(q, step):
    i, s, a = step.agent, step.state, step.action
    target = step.reward + step.discount * q[i, step.next_state].max(axis=-1)
    q[i, s, a] += step.alpha * (target - q[i, s, a])


def nothing(q, step):
    pass


def settings(**other):
    return {"num_steps": 200, "gamma": 0.9, "alpha": 0.5, "epsilon": 0.3} | other


def test_ties_are_broken_evenly_and_exploration_is_as_often_as_asked():
    rng = np.random.default_rng(0)
    q = np.tile([1.0, 0.0, 1.0], (30_000, 1))
    counts = np.bincount(choose(q, 0.3, rng), minlength=3) / len(q)
    np.testing.assert_allclose(counts, [0.45, 0.1, 0.45], atol=0.01)
    first = np.bincount(choose(q, 0.3, rng, random_ties=False), minlength=3) / len(q)
    np.testing.assert_allclose(first, [0.8, 0.1, 0.1], atol=0.01)


def test_rows_are_true_steps_and_agents_are_independent():
    """Every row must be a transition of the table, also across the ends of episodes, for every agent."""
    model, rows = tabular_model(make_env("FrozenLake-v1", is_slippery=False)), []
    train_tables(
        TableWorlds(model, 5, max_episode_steps=7), lambda q, step: rows.append(step), **settings(epsilon=1.0)
    )
    for before, row in zip([None, *rows], rows, strict=False):
        np.testing.assert_array_equal(row.next_state, model.next_state[row.state, row.action, 0])
        end = model.terminated[row.state, row.action, 0]
        np.testing.assert_allclose(row.discount, 0.9 * (1 - end))
        if before is not None:
            on = row.state == before.next_state
            np.testing.assert_array_equal(row.state[~on], 0)  # where it is not the successor, a new start
            going = on & (row.state != 0)  # state 0 may be a new start as well
            np.testing.assert_array_equal(row.action[going], before.next_action[going])


def test_the_time_limit_is_kept_and_does_not_end_the_world():
    rows = []
    stay = chain()._replace(next_state=np.zeros((3, 2, 1), np.int64), terminated=np.zeros((3, 2, 1), bool))
    run = train_tables(
        TableWorlds(stay, 2, max_episode_steps=10), lambda q, step: rows.append(step), **settings()
    )
    assert (run.episodes[:, 3] == 10).all()
    assert len(run.episodes) == 2 * 200 // 10
    assert all((row.discount == 0.9).all() for row in rows)


def test_constant_reward_under_a_time_limit_is_worth_its_whole_sum():
    model = chain()._replace(
        next_state=np.zeros((3, 2, 1), np.int64), terminated=np.zeros((3, 2, 1), bool),
        reward=np.ones((3, 2, 1)),
    )  # fmt: skip
    run = train_tables(TableWorlds(model, 3, max_episode_steps=5), q_learning, **settings(num_steps=1000))
    np.testing.assert_allclose(run.q[:, 0], 10, atol=1e-6)


def test_q_learning_finds_the_exact_values():
    model = tabular_model(make_env("FrozenLake-v1", is_slippery=False))
    exact, states = value_iteration(model, 0.9), reachable_states(model)
    run = train_tables(
        TableWorlds(model, 4, exploring_starts=states), q_learning, **settings(num_steps=3000, epsilon=1.0),
        measure=lambda q: np.abs(q - exact)[:, states].max(axis=(1, 2)), measure_at=[1],
    )  # fmt: skip
    assert run.measured.shape == (2, 4)
    assert (run.measured[0] > 0.9).all()
    assert (run.measured[-1] < 1e-3).all()


def test_slippery_ice_slips_as_often_as_it_should():
    model, counts = tabular_model(make_env("FrozenLake-v1")), np.zeros((16, 4, 16))

    def count(q, step):
        np.add.at(counts, (step.state, step.action, step.next_state), 1)

    train_tables(TableWorlds(model, 200, exploring_starts=reachable_states(model)), count, **settings())
    expected = np.zeros_like(counts)
    for k in range(3):
        rows = np.indices((16, 4))
        np.add.at(expected, (*rows, model.next_state[..., k]), model.probability[..., k])
    seen = counts.sum(axis=2) > 500
    assert seen.sum() > 20
    share = counts[seen] / counts[seen].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(share, expected[seen], atol=0.08)


def test_the_same_seed_repeats_and_another_differs():
    model = tabular_model(make_env("CliffWalking-v1"))
    runs = [train_tables(TableWorlds(model, 3), q_learning, **settings(seed=s)).q for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()
    assert (runs[0][0] != runs[0][1]).any()


def test_whole_episodes_arrive_in_order_and_alone():
    model, episodes = tabular_model(make_env("FrozenLake-v1", is_slippery=False)), []

    def keep(q, states, actions, rewards, cut, alpha):
        assert q.shape == (16, 4)
        assert alpha == 0.5
        assert cut is None  # every one of these episodes ends by itself
        episodes.append((states, actions, rewards))

    run = train_tables(TableWorlds(model, 4), keep, **settings(epsilon=1.0), whole_episodes=True)
    assert len(episodes) == len(run.episodes) > 20
    for (states, actions, rewards), (_, _, episode_return, length) in zip(
        episodes, run.episodes, strict=True
    ):
        assert states[0] == 0
        assert len(states) == length
        assert sum(rewards) == episode_return
        np.testing.assert_array_equal(model.next_state[states, actions, 0][:-1], states[1:])
        assert model.terminated[states[-1], actions[-1], 0]


def test_a_whole_episode_says_where_the_clock_cut_it():
    """On the lake without ice, three steps reach no goal; some end in a hole before."""
    model, ends = tabular_model(make_env("FrozenLake-v1", is_slippery=False)), []

    def keep(q, states, actions, rewards, cut, alpha):
        last = model.next_state[states[-1], actions[-1], 0]
        ends.append((model.terminated[states[-1], actions[-1], 0], cut, last))

    worlds = TableWorlds(model, 4, max_episode_steps=3)
    train_tables(worlds, keep, **settings(epsilon=1.0), whole_episodes=True)
    assert {terminated for terminated, _, _ in ends} == {True, False}
    assert all(cut is None if terminated else cut == last for terminated, cut, last in ends)


def test_step_sizes_may_depend_on_visits_and_differ_between_agents():
    seen = []

    def keep(q, step):
        seen.append(step.alpha)

    model = chain()
    train_tables(TableWorlds(model, 2), keep, **settings(alpha=lambda step, visits: 1 / visits, num_steps=5))
    np.testing.assert_array_equal(seen[0], [1, 1])
    assert (np.array(seen) <= 1).all()
    assert (np.array(seen) < 1).any()
    run = train_tables(TableWorlds(model, 2), q_learning, **settings(alpha=np.array([0.0, 1.0])))
    assert (run.q[0] == 0).all()
    assert (run.q[1] != 0).any()


def test_two_tables_act_on_their_sum():
    shapes = []
    run = train_tables(
        TableWorlds(chain(), 3), lambda q, step: shapes.append(q.shape), **settings(initial=2.0), num_tables=2
    )
    assert set(shapes) == {(2, 3, 3, 2)}
    assert (run.q == 2).all()


def test_encoded_worlds_show_the_true_last_state():
    grid = Discretizer([-2.4, -2, -0.42, -3.5], [2.4, 2, 0.42, 3.5], 8)
    worlds, rows = EncodedWorlds(make_vec_env("CartPole-v1", 4), grid), []
    run = train_tables(worlds, lambda q, step: rows.append(step), **settings(epsilon=1.0))
    assert run.q.shape == (4, 4096, 2)
    assert len(run.episodes) > 10
    starts = 0
    for before, row in itertools.pairwise(rows):
        going = before.discount > 0
        np.testing.assert_array_equal(row.state[going], before.next_state[going])
        starts += (~going).sum()
    assert starts >= len(run.episodes) - 4


def test_encoded_worlds_refuse_another_way_of_resetting():
    envs = SyncVectorEnv([lambda: make_env("CartPole-v1")], autoreset_mode=AutoresetMode.NEXT_STEP)
    with pytest.raises(ValueError, match="make_vec_env"):
        EncodedWorlds(envs, Discretizer([0] * 4, [1] * 4, 2))


@pytest.mark.parametrize("bad", [{"gamma": 1.5}, {"num_steps": 0}])
def test_bad_settings(bad):
    with pytest.raises(ValueError, match="gamma must be in"):
        train_tables(TableWorlds(chain(), 1), nothing, **settings(**bad))


def test_no_agents():
    with pytest.raises(ValueError, match="num_agents must be at least 1, got 0"):
        TableWorlds(chain(), 0)
