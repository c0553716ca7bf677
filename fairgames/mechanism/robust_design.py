"""The best share for sensitivities known only as ranges: an equilibrium for all of them.

Let c_i(level) lie anywhere in [low, high]. ρ is an equilibrium at α for all these costs iff

    α·(P(ρ) − P(ρ with ρ_i = y)) ≥ high_i(ρ_i) − low_i(y)    for each user i and level y ≠ ρ_i,

and for some of them iff the same holds with low_i(ρ_i) − high_i(y): the costs of two levels
vary apart, so the extremes are reached together. Both are linear in α, and the conditions of
a profile leave one closed interval, as they do for costs that are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, get_args

from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.equilibria.pure.intervals import pure_equilibria, require_memory
from fairgames.equilibria.pure.results import Costs
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import to_cap
from fairgames.mechanism.leaving import borne, leaving
from fairgames.mechanism.pure import design_among
from fairgames.mechanism.result import Design
from fairgames.reading.kinds import NUMBER, listed
from fairgames.typing import Number
from fairgames.users import Users
from fairgames.utilities.given import Stated

RangeSelection = Literal["best", "worst"]
#: The upper end of a cost that nothing bounds: no payment makes up for it. In answers it is infinite.
UNBOUNDED = Fraction(10**140)
#: One row a user, one entry a level that it may choose.
RANGES = listed(listed(NUMBER))


@dataclass(frozen=True, eq=False)
class RobustDesign(Design):
    """The platform's optimum for sensitivities known as ranges; see :func:`robust_design`.

    Attributes
    ----------
    low, high : the ends of the range of c_i, one row a user and one entry a level that it may choose
    regrets : under ``"best"`` the largest of each user for any costs in the ranges; under
        ``"worst"`` those for the costs that suit the equilibrium best
    equilibrium_profiles : how many profiles are an equilibrium at some α for all costs in the
        ranges, under ``"worst"`` for some of them
    sensitivities : the upper ends at the answer
    """

    kind = "ranges"
    FACTS = MappingProxyType({"sensitivity_low": RANGES, "sensitivity_high": RANGES})

    low: tuple[tuple[Fraction, ...], ...]
    high: tuple[tuple[Fraction, ...], ...]

    def facts(self) -> dict[str, object]:
        """Results of this design alone, by the names of the JSON answer."""
        high = tuple(tuple(math.inf if cost == UNBOUNDED else cost for cost in row) for row in self.high)
        return {"sensitivity_low": self.low, "sensitivity_high": high}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """The ends, read as written where they were printed as floats."""
        ends = {"low": facts["sensitivity_low"], "high": facts["sensitivity_high"]}
        return {
            name: tuple(tuple(UNBOUNDED if cost == math.inf else to_fraction(cost) for cost in row) for row in rows)
            for name, rows in ends.items()
        }


def robust_design(
    game: PaymentGame | Stated,
    high: Sequence[Sequence[Number]],
    selection: RangeSelection = "best",
    budget: Number | None = None,
) -> RobustDesign:
    """The share that leaves the platform most, whatever the users' sensitivities are in their ranges.

    Parameters
    ----------
    game : its own sensitivities are the lower ends of the ranges
    high : the upper ends, one row a user and one entry a level, at least the lower ones; 0 at
        the user's lowest allowed level
    selection : ``"best"``: the best of the pure profiles that are an equilibrium for all
        sensitivities in the ranges. ``"worst"``: at each share the worst of the pure profiles
        that are an equilibrium for any of them: what the platform keeps at least, whatever the
        sensitivities and whichever pure equilibrium is played
    budget : cap on what is paid out, as in :func:`fairgames.design`

    Raises
    ------
    NoAnswerError
        If no profile is an equilibrium for all sensitivities in the ranges, or none is within
        the budget. Under Theorem 2 one always is, at α = 0: nobody sharing more than they must.
    InputError
        If the ranges do not fit the game, or the selection is unknown.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    Notes
    -----
    Pure profiles only, for two users too. ``"best"`` insists on one profile for all costs;
    ``"worst"`` does not, and may keep more where it does not matter which of two levels a user
    prefers.

    >>> from fairgames.utilities import LinearLaplace
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> found = robust_design(game, high=[[0, ".33"], [0, ".35"]])
    >>> str(found.alpha), str(found.platform_utility), found.profile, str(found.regret)
    ('99/200', '101/300', (1, 0), '0')
    """
    game = PaymentGame.of(game, "robust_design")
    if selection not in get_args(RangeSelection):
        known = " or ".join(get_args(RangeSelection))
        raise InputError(f"selection: where sensitivities are ranges, expected {known}, got {selection!r}")
    cap = to_cap(budget)
    require_memory(game)  # before a million users' ranges are looked at one by one
    highest = _highest(game, high)
    extremes = (highest, game.costs) if selection == "best" else (game.costs, highest)
    equilibria = pure_equilibria(game, *extremes)
    if not len(equilibria):
        raise NoAnswerError(
            "no profile is an equilibrium for all sensitivities in their ranges; narrow the ranges, "
            "or take selection 'worst', which needs none"
        )
    found = design_among(game, equilibria, selection, cap)
    certificate = _certificate(game, found, *extremes)
    answer = {field.name: getattr(found, field.name) for field in fields(Design)}
    answer |= {"regrets": certificate.regrets, "regret_bound": certificate.bound}
    answer["sensitivities"] = borne(game.strategies, highest, found)
    return leaving(game, RobustDesign(**answer, low=game.costs, high=highest))


def _highest(game: PaymentGame, high: Sequence[Sequence[Number]]) -> tuple[tuple[Fraction, ...], ...]:
    """The upper ends, read and checked as sensitivities are, in the form of ``game.costs``."""
    try:
        highest = _with_sensitivity(game, high).costs
    except InputError as error:
        raise InputError(f"high: {fault}" for fault in error.faults) from None
    names, level_names = game.users.names, game.utility.level_names
    if faults := [
        f"high: user {name} at level {level_names[level]}: expected at least the sensitivity {low}, got {top}"
        for name, levels, lows, tops in zip(names, game.strategies, game.costs, highest, strict=True)
        for level, low, top in zip(levels, lows, tops, strict=True)
        if top < low
    ]:
        raise InputError(faults)
    return highest


def _certificate(game: PaymentGame, found: Design, staying: Costs, leaving: Costs) -> Certificate:
    """Regrets at the one corner of the ranges that has them all at their largest, or at their least."""
    profile = found.profile or ()
    rows = []
    for chosen, levels, here, elsewhere in zip(profile, game.strategies, staying, leaving, strict=True):
        row = [Fraction(0)] * len(game.utility.levels)
        for level, stay, leave in zip(levels, here, elsewhere, strict=True):
            row[level] = stay if level == chosen else leave
        rows.append(row)
    return certify_profile(_with_sensitivity(game, rows), profile, found.alpha)


def _with_sensitivity(game: PaymentGame, sensitivity: Sequence[Sequence[Any]]) -> PaymentGame:
    """The same game with other costs."""
    users = Users(sensitivity=sensitivity, allowed=game.users.allowed, names=game.users.names)
    return PaymentGame(game.utility, users, game.rule, game.exact_asked)
