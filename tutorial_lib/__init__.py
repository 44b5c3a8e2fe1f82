"""Deep reinforcement learning, ten lines at a time: what the notebooks share.

Import this package before TensorFlow: it keeps TensorFlow's start-up lines off the page. Everything else is
imported when it is first used.
"""

import importlib

from tutorial_lib import quiet  # imports TensorFlow

_PUBLIC = {
    "types": ["Transition", "Trajectory"],
    "envs": ["make_env", "make_vec_env"],
    "networks": ["mlp", "gaussian_policy"],
    "replay": ["ReplayBuffer", "replay_bytes", "transition_spec"],
    "learner": ["fuse", "polyak_update", "hard_update", "stop_button"],
    "losses": ["dqn_target", "squared", "huber"],
    "training_view": ["TrainingView"],
    "value_film": ["with_values"],
    "saving": ["save_run", "load_run", "UnreadableRun"],
    "returns": ["discounted_returns", "normalise", "gae", "lambda_returns"],
    "acting": [
        "seed_everything",
        "sample_categorical",
        "compiled_policy",
        "greedy",
        "softmax_policy",
        "epsilon_greedy",
        "linear_schedule",
        "Collector",
    ],
    "evaluation": ["evaluate", "iqm", "bootstrap_interval", "probability_of_improvement"],
    "on_policy": [
        "Rollout",
        "TrainingDiverged",
        "actor_for",
        "flatten_time",
        "fuse_epochs",
        "normal_policy",
    ],
    "policy_losses": [
        "categorical_entropy",
        "categorical_log_prob",
        "clipped_surrogate_loss",
        "clipped_value_loss",
        "gaussian_entropy",
        "gaussian_log_prob",
        "policy_gradient_loss",
        "value_loss",
    ],
    "pretrained": ["load_actor", "load_curves", "load_results"],
    "discretize": ["Discretizer", "DiscretizedObservation", "TileCoder"],
    "tables": [
        "TabularModel",
        "tabular_model",
        "reachable_states",
        "value_iteration",
        "policy_evaluation",
        "epsilon_greedy_policy",
    ],
    "table_learning": ["TableStep", "TableRun", "TableWorlds", "EncodedWorlds", "train_tables"],
    "maps": ["policy_map", "action_values", "value_surface"],
    "sweep": ["run_seeds"],
    "animation": ["record", "animate", "side_by_side"],
    "plotting": ["LearningCurves", "learning_curves", "show", "PALETTE"],
    "progress": ["Progress"],
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
