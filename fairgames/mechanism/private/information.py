"""What it costs not to know: the same design at each of the costs that users may have, were they known to all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from fairgames.errors import NoAnswerError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.leaving import leaving
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Design
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.text import how_many
from fairgames.typing import Array, Scalar

#: States of the users' costs that are gone through: a design each.
MOST_STATES = 4096
#: Profiles of all these designs together.
_MOST_PROFILES = 3_000_000


@dataclass(frozen=True, eq=False)
class Information:
    """What costs that are known would be worth.

    Attributes
    ----------
    platform_utility : what the platform keeps on average; None where that is not known
    gains : what each user is left with on average, shape (N,)
    warnings : why it is not known
    """

    platform_utility: Scalar | None
    gains: Array | None
    warnings: tuple[str, ...] = ()

    def value(self, kept: Scalar) -> Scalar | None:
        """How much more the platform would keep than it does."""
        return None if self.platform_utility is None else self.platform_utility - kept

    def rents(self, gains: Array) -> Array | None:
        """How much more each user has than if costs were known."""
        return None if self.gains is None else np.asarray(gains - self.gains)


def information(game: PlanGame, found: Design, selection: str, cap: Fraction | None) -> Information:
    """The designs at all states of the users' costs, by the same selection and in the same budget, each weighted."""
    agents = game.agents
    n_states = math.prod(len(own) for own in agents.rows)
    if n_states > MOST_STATES or n_states * game.base.size > _MOST_PROFILES:
        return Information(
            None, None, (f"value_of_information: not looked at, as costs may come in {how_many(n_states)} ways",)
        )
    base: PaymentGame = game.base
    kept: Any = Fraction(0) if found.exact else 0.0
    gains: Any = object_array([Fraction(0)] * len(game.known)) if found.exact else np.zeros(len(game.known))
    seen: dict[tuple[Sequence[Fraction], ...], Design] = {}
    for state in track(list(product(*agents.rows)), "designs at known costs"):
        weight = math.prod((probability for probability, _ in state), start=Fraction(1))
        rows = tuple(costs for _, costs in state)
        try:
            if rows not in seen:
                at_costs = base.with_sensitivity(rows)
                seen[rows] = leaving(at_costs, pure_design(at_costs, selection, cap))
        except NoAnswerError as error:
            return Information(None, None, (f"value_of_information: not known, as at some costs {error}",))
        known = seen[rows]
        factor = weight if found.exact else float(weight)
        kept = kept + factor * known.platform_utility
        gains = gains + factor * np.asarray(known.payments - known.sensitivities)
    return Information(kept, gains)
