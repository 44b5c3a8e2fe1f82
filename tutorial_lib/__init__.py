"""Deep reinforcement learning, ten lines at a time: what the notebooks share.

Eight rooms: worlds, networks, memory and rules; learning is built on them, watching and evidence on learning,
and checks on all. What they hold is imported from here.

Import this package before TensorFlow: it keeps TensorFlow's start-up lines off the page. Everything else is
imported when it is first used.
"""

import importlib

from tutorial_lib import quiet  # imports TensorFlow

_PUBLIC = {
    "types": ["Transition", "Trajectory", "Rollout"],
    "seeding": ["seed_everything"],
    "statistics": ["iqm", "bootstrap_interval", "probability_of_improvement", "range_of_luck"],
    "worlds.envs": ["make_env", "make_vec_env"],
    "worlds.classic": ["CartPole", "MountainCar", "MountainCarContinuous"],
    "worlds.swinging": ["Acrobot", "Pendulum"],
    "worlds.wrappers": ["masked", "stacked", "largest_of", "OneHotObservation"],
    "worlds.starts": ["marked_starts"],
    "worlds.screen": ["screened", "screen_difference"],
    "worlds.action_scale": ["ActionScale"],
    "worlds.check": ["check_world", "find_world"],
    "worlds.learned": ["LearnedWorld"],
    "worlds.discretize": ["Discretizer", "DiscretizedObservation", "TileCoder"],
    "worlds.atari": ["Atari", "PONG_ACTIONS", "pixel_statistics"],
    "worlds.tables": [
        "TabularModel",
        "tabular_model",
        "reachable_states",
        "value_iteration",
        "policy_evaluation",
        "epsilon_greedy_policy",
    ],
    "networks.mlp": ["mlp"],
    "networks.value_heads": ["Duel", "dqn_network"],
    "networks.convolution": ["PatchConv2D", "patches", "output_size"],
    "networks.noisy": ["NoisyDense"],
    "networks.pixels": ["pixel_network", "nature_network", "pong_network", "output_sizes"],
    "networks.gaussian": ["gaussian_policy"],
    "networks.actor": ["actor_for"],
    "networks.residual": ["ResidualDense", "residual_mlp"],
    "networks.q_network": ["q_network"],
    "networks.squashed": ["squashed_policy"],
    "networks.lstm": ["Memory", "lstm_network", "unroll"],
    "networks.world_model": ["world_model"],
    "networks.ensemble": ["ensemble", "for_members", "pick_members", "disagreement"],
    "memory.replay": ["ReplayBuffer", "replay_bytes", "transition_spec"],
    "memory.prioritized": ["PrioritizedReplayBuffer"],
    "memory.sequences": ["SequenceReplay"],
    "memory.frame_replay": ["FrameReplay"],
    "memory.n_step": ["n_step_transitions"],
    "rules.returns": ["discounted_returns", "normalise", "gae", "lambda_returns"],
    "rules.value_losses": ["dqn_target", "double_dqn_target", "importance_weights", "squared", "huber"],
    "rules.distributions": ["atoms", "categorical_projection", "quantile_huber", "quantile_midpoints"],
    "rules.policy_losses": [
        "categorical_entropy",
        "categorical_log_prob",
        "clipped_surrogate_loss",
        "clipped_value_loss",
        "gaussian_entropy",
        "gaussian_log_prob",
        "policy_gradient_loss",
        "value_loss",
    ],
    "rules.continuous": [
        "td_target",
        "smoothed_action",
        "log_tanh_slope",
        "squashed_log_prob",
        "squashed_sample",
        "soft_value",
        "temperature_loss",
    ],
    "rules.target_networks": ["polyak_update", "hard_update"],
    "learning.policies": [
        "sample_categorical",
        "compiled_policy",
        "greedy",
        "softmax_policy",
        "epsilon_greedy",
        "normal_policy",
    ],
    "learning.schedules": ["linear_schedule"],
    "learning.planning": ["cross_entropy_plan", "refit"],
    "learning.agent": ["Agent"],
    "learning.noise": ["gaussian_noise", "ornstein_uhlenbeck_noise"],
    "learning.off_policy": ["off_policy_loop"],
    "learning.pixel_dqn": ["pixel_dqn", "copy_every"],
    "learning.on_policy": ["on_policy_loop"],
    "learning.collector": ["Collector"],
    "learning.fused": ["fuse"],
    "learning.safeguard": ["TrainingDiverged"],
    "learning.rounds": ["flatten_time"],
    "learning.rollouts": ["step_values", "describe_categorical", "describe_normal", "prepare_rollout"],
    "learning.interrupt": ["stop_button"],
    "learning.table_learning": ["TableStep", "TableRun", "TableWorlds", "EncodedWorlds", "train_tables"],
    "watching.progress": ["Progress"],
    "watching.plotting": ["LearningCurves", "learning_curves", "show", "PALETTE"],
    "watching.maps": ["policy_map", "action_values", "value_surface"],
    "watching.diagrams": ["backup_diagram"],
    "watching.training_view": ["TrainingView"],
    "watching.value_film": ["with_values"],
    "watching.dials": ["dial"],
    "watching.atari_film": ["record_atari"],
    "watching.animation": ["Recording", "record", "animate", "side_by_side"],
    "evidence.evaluation": ["evaluate"],
    "evidence.sweep": ["run_seeds"],
    "evidence.experiment": ["experiment"],
    "evidence.results": ["late_share", "once_there"],
    "evidence.tables": ["late_table", "stored_table"],
    "evidence.run_file": ["UnreadableRun"],
    "evidence.saving": ["save_run", "load_run"],
    "evidence.run_folder": ["RunFolder"],
    "evidence.pretrained": ["load_actor", "load_curves", "load_pong", "load_results"],
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"tutorial_lib has no {name!r}; it has {', '.join(__all__)}")
    module = importlib.import_module(f"tutorial_lib.{_MODULE_OF[name]}")
    globals()[name] = value = getattr(module, name)
    return value


def __dir__():
    return sorted([*globals(), *__all__])
