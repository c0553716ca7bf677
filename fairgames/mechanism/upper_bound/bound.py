"""An upper bound on what the platform keeps at any pure equilibrium: how far a found answer may be from the best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairgames.counts.lattice import Lattice
from fairgames.counts.least_cost import least_costs
from fairgames.counts.types import user_types
from fairgames.federation import FederatedModel
from fairgames.game import EXACT_LIMIT, PaymentGame
from fairgames.mechanism.first_best import first_best
from fairgames.mechanism.upper_bound.boxes import upper_bound_by_boxes
from fairgames.mechanism.upper_bound.federated import federated_upper_bound, narrows
from fairgames.text import how_many
from fairgames.utilities.checks import require_bound
from fairgames.utilities.given import Stated

#: States of counts that are looked through: of a utility that counts, and by a profile each.
_MOST_STATES, _MOST_ONE_BY_ONE = 2_000_000, 20_000


@dataclass(frozen=True)
class UpperBound:
    """A bound on what the platform keeps at every pure equilibrium, at every share α.

    Attributes
    ----------
    value : in money, rounding included; ∞ where nothing is known
    why : from what it follows, or why nothing is known
    """

    value: float
    why: str


def upper_bound(game: PaymentGame | Stated) -> UpperBound:
    """A bound on what the platform keeps at every pure equilibrium of ``game``, at every share α.

    It is what an equilibrium found by search is to be held against: value found ≤ optimum ≤ upper bound.
    A federated mean, and a utility that is monotone or says what it is at most on a box of profiles, need no
    tensor of all profiles: a thousand users, all different, or a million of few kinds take seconds. Others are
    looked through, up to 300,000 profiles or two million counts of users alike; beyond that a stated bound on |U|
    is all that is known.

    Notes
    -----
    Who may choose level 0 is paid at least what sharing costs, so the first best, max U − Σc, is a
    upper bound under both rules. In large games one share α for all leaves much less, and the bounds for
    them use that; see :func:`~fairgames.mechanism.upper_bound.federated.federated_upper_bound` and
    :func:`~fairgames.mechanism.upper_bound.boxes.upper_bound_by_boxes`.

    >>> from fairgames import LinearLaplace, Users, design
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> print(f"{float(design(game, scope='pure').platform_utility):.4f} ≤ {upper_bound(game).value:.4f}")
    0.3667 ≤ 0.3667
    """
    game = PaymentGame.of(game, "upper_bound")
    utility = game.utility
    if utility.federation:
        return _of_federation(game, utility.federation)
    if utility.monotone:
        why = "payments cover costs, and nobody is paid less than those who share less"
        return UpperBound(upper_bound_by_boxes(game) or 0.0, why)
    found = [one for one in (_by_boxes(game), _by_profiles(game), _by_counts(game), _by_size(game)) if one]
    known = [one for one in found if math.isfinite(one.value)]
    return min(known or found, key=lambda one: one.value)


def _of_federation(game: PaymentGame, model: FederatedModel) -> UpperBound:
    value = federated_upper_bound(game, model)
    if narrows(model):
        why = "nobody shares whose largest payment at that share is below the costs, and payments cover costs"
        return UpperBound(value, why)
    many = f"needs {how_many(model.minimum)} members" if model.minimum > 1 else "weighs by samples"
    why = (
        "payments cover costs; how much one is paid at most is not known where one joins an aggregate that "
        f"{many}, so nobody is left out for being paid too little, and the bound may be far above the optimum"
    )
    # With the papers' aggregate, of one member or more, the boxes alone; else the first best may be nearer.
    others = [_by_profiles(game), _by_counts(game)] if model.minimum > 1 else []
    return min([UpperBound(value, why), *(one for one in others if one)], key=lambda one: one.value)


def _by_boxes(game: PaymentGame) -> UpperBound | None:
    """From what the utility says of boxes of profiles."""
    if (value := upper_bound_by_boxes(game)) is None:
        return None
    return UpperBound(value, "payments cover costs: the most that U exceeds them by on boxes of profiles")


def _by_size(game: PaymentGame) -> UpperBound:
    """From |U| alone."""
    utility = game.utility
    if (bound := require_bound(utility.bound, utility.kind)) is not None:
        return UpperBound(bound, "the platform keeps U at most, and the utility says how large |U| is")
    if any(levels[0] > 0 for levels in game.strategies):
        return UpperBound(math.inf, "no bound: who may not choose level 0 may be paid less than sharing costs")
    return UpperBound(
        math.inf,
        f"no bound: {how_many(game.size)} profiles of a {utility.kind} utility are too many, and it states neither a "
        "bound on |U| nor on boxes of profiles",
    )


def _by_counts(game: PaymentGame) -> UpperBound | None:
    """The first best of all counts of users alike, where they are few."""
    if any(levels[0] > 0 for levels in game.strategies) or game.size <= EXACT_LIMIT:
        return None
    utility, kinds = game.utility, user_types(game.utility, game.users)
    if math.prod(math.comb(kind.size + len(kind.choices) - 1, kind.size) for kind in kinds) > (
        _MOST_STATES if utility.counted else _MOST_ONE_BY_ONE
    ):
        return None
    lattice = Lattice.of([kind.size for kind in kinds], [kind.choices for kind in kinds], len(utility.levels))
    welfare = utility.on_counts(lattice.axes)
    for number, (kind, levels) in enumerate(zip(kinds, lattice.choices, strict=True)):
        costs = least_costs(kind, levels, len(utility.levels)).astype(float)
        welfare -= costs.reshape(-1, *(1,) * (len(kinds) - number - 1))
    largest = sum(float(max(costs)) for costs in game.costs) + float(np.abs(welfare[np.isfinite(welfare)]).max())
    rounding = utility.rounding + (len(kinds) + 3) * 2**-52 * largest
    return UpperBound(float(welfare.max()) + rounding, "payments cover costs: the most that U exceeds all costs by")


def _by_profiles(game: PaymentGame) -> UpperBound | None:
    """The first best of all profiles, where they are few."""
    if any(levels[0] > 0 for levels in game.strategies) or game.size > EXACT_LIMIT:
        return None
    best = first_best(game).welfare.value
    # A rational is rounded once; floats add a cost a user, each less than what they leave and U together.
    largest = sum(float(max(costs)) for costs in game.costs) + abs(float(best))
    rounding = game.utilities.error + (len(game.users) + 2) * 2**-52 * largest
    return UpperBound(float(best) + rounding, "payments cover costs: the most that U exceeds all costs by")
