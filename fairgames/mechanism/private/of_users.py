"""A design of agents as one of their users."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from fairgames.mechanism.private.information import Information
from fairgames.mechanism.private.result import PlanDesign, as_fractions, plan_choice
from fairgames.mechanism.result import Design
from fairgames.private.game import PlanGame


def of_users(game: PlanGame, found: Design, known: Information | None, every_state: bool) -> PlanDesign:
    """A design of agents as one of their users."""
    agents = game.agents
    plain = {one.name: getattr(found, one.name) for one in fields(Design)}
    most_rows = max(len(own) for own in agents.of_user)
    bound = found.regret_bound
    rarest = float(min(agents.weights))
    plain |= {
        "choice": plan_choice(agents, found.choice),
        "ties": tuple(plan_choice(agents, tie) for tie in found.ties),
        "runner_up": found.runner_up and plan_choice(agents, found.runner_up),
        "payments": agents.sums(found.payments),
        "regrets": agents.sums(found.regrets),
        "regret_bound": most_rows * bound * (1 + 2.0**-50),
        "sensitivities": agents.sums(_array(found.sensitivities)),
        "users": game.known.names,
        "levels": game.utility.level_names,
    }
    warnings = (*found.warnings, *(known.warnings if known else ()))
    return PlanDesign(
        **{**plain, "warnings": warnings},
        chances=as_fractions(agents.chances, found.exact),
        interim_payments=agents.interim(found.payments),
        interim_regret=agents.interim(found.regrets),
        interim_regret_bound=bound / rarest * (1 + 2.0**-50),
        budget_every_state=every_state,
        same_plans=False,
        known_platform_utility=None if known is None else known.platform_utility,
        value_of_information=None if known is None else known.value(found.platform_utility),
        information_rent=None if known is None else known.rents(agents.sums(found.payments - found.sensitivities)),
    )


def _array(values: np.ndarray | None) -> np.ndarray:
    assert values is not None  # leaving() has put them in
    return values
