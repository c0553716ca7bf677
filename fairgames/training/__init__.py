"""Utilities that are training runs: what was evaluated is kept, and few evaluations answer for all profiles.

black box → store (:mod:`.store`) → evaluations (:mod:`.evaluate`) → surrogate (:mod:`.surrogate`)
          → which to run next, and payments (:mod:`fairgames.valuation.methods.evaluations`)
          → design (:mod:`fairgames.mechanism.budgeted`)
"""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.training.black_box import BlackBoxUtility
    from fairgames.training.budget import Budget
    from fairgames.training.evaluate import EvaluationError
    from fairgames.training.from_estimator import from_estimator, from_game, to_shapiq
    from fairgames.training.status import Status, progress_bar, watching
    from fairgames.training.store import Evaluation, Store, StoreError

__all__ = [
    "BlackBoxUtility",
    "Budget",
    "Evaluation",
    "EvaluationError",
    "Status",
    "Store",
    "StoreError",
    "from_estimator",
    "from_game",
    "progress_bar",
    "to_shapiq",
    "watching",
]

on_first_use(
    __name__,
    {
        "black_box": "BlackBoxUtility",
        "budget": "Budget",
        "evaluate": "EvaluationError",
        "from_estimator": "from_estimator from_game to_shapiq",
        "status": "Status progress_bar watching",
        "store": "Evaluation Store StoreError",
    },
)
