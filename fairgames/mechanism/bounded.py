"""The design for three and more users over all equilibria, mixed ones too, with a bound on what any is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.mixed import designed, over_levels
from fairgames.mechanism.pure import pure_design
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import named
from fairgames.mechanism.several_users import AllShares, MixedEquilibrium
from fairgames.reading.kinds import NUMBER, TEXT
from fairgames.text import how_many, number
from fairgames.typing import Array

#: The bound may be above the answer by this part of the largest |U|.
_GAP = 1e-6
_EPSILON = float(np.finfo(float).eps)
#: Payoffs of games that are searched at most.
_MOST_PAYOFFS = 1500


@dataclass(frozen=True, eq=False)
class BoundedDesign(Design):
    """The best equilibrium that was found, and a bound on every equilibrium at every share.

    Attributes
    ----------
    bound : no equilibrium, mixed or pure, at any share leaves the platform more
    """

    kind = "bounded"
    FACTS = MappingProxyType({"ceiling": NUMBER, "ceiling_why": TEXT, "gap": NUMBER})

    bound: float

    @property
    def gap(self) -> float:
        """How much better some other equilibrium may be, at most."""
        return max(0.0, self.bound - float(self.platform_utility))

    def facts(self) -> dict[str, object]:
        why = "branch and bound over shares and mixed strategies"
        return {"ceiling": self.bound, "ceiling_why": why, "gap": self.gap}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        return {"bound": facts["ceiling"]}

    def remarks(self) -> tuple[str, ...]:
        """What all other equilibria are worth at most."""
        above = f"at most {number(self.gap)} above this"
        return (f"No equilibrium, mixed ones included, leaves more than {number(self.bound)}: {above}.",)


def bounded_design(game: PaymentGame, selection: str, cap: Fraction | None) -> Design:
    """The best share over all equilibria of three and more users; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If another selection than the best is asked for whose equilibria may be mixed, a budget is given, the rule has
        no share, or the game is too large to be searched.
    """
    if named(selection).pure:
        return pure_design(game, selection, cap, scope="all")
    _refuse(game, selection, cap)
    pure = pure_design(game, selection, None, scope="all")
    rational = stand_in(game)
    shares = _all_shares(rational or game)
    gap = _GAP * float(max(map(abs, shares.utility.ravel())))
    best, bound = shares.best(float(pure.platform_utility) + (pure.choice.value_error or 0.0), gap)
    found = pure if best is None else _mixed(game, best, pure, gap / _GAP)
    open_ones = list(found.undecided)
    if rational is None:
        open_ones.append("whether users mix exactly so: floats with a bound are all that is known of U")
    if bound - float(found.platform_utility) > 2 * gap:
        open_ones.append(f"whether other equilibria in which users mix leave the platform up to {number(bound)}")
    names = [one for one in vars(found) if one != "undecided"]
    return BoundedDesign(**{name: getattr(found, name) for name in names}, undecided=tuple(open_ones), bound=bound)


def _refuse(game: PaymentGame, selection: str, cap: Fraction | None) -> None:
    n, size = len(game.users), game.size * len(game.users)
    if selection != "best" or cap is not None:
        raise InputError(
            f"scope 'all' of {n} users knows selection 'best' without a budget; got selection {selection!r}"
            f"{'' if cap is None else ' and a budget'}: use scope 'pure'"
        )
    if not game.rule.has_alpha:
        raise InputError(f"scope 'all' of {n} users is offered under rules with a share α; use 'pure'")
    if size > _MOST_PAYOFFS:
        raise InputError(
            f"scope 'all' of {n} users is offered for games of {_MOST_PAYOFFS:,} payoffs, and this one has "
            f"{how_many(size)}; use 'pure'"
        )


def _all_shares(game: PaymentGame) -> AllShares:
    return AllShares([_fractions(value) for value in game.values()], game.costs, _fractions(game.utilities.numbers()))


def _fractions(values: Array) -> Array:
    return np.asarray(np.frompyfunc(Fraction, 1, 1)(values), dtype=object)


def _mixed(game: PaymentGame, best: MixedEquilibrium, pure: Design, largest: float) -> Design:
    """The design at a mixed equilibrium; the pure one is the next best that is known. ``largest`` is that |U|."""
    rational = game.exact and all(vector.dtype == object for vector in best.strategies)
    alpha = best.alpha if rational else float(best.alpha)
    value = best.value if rational else float(best.value)
    rounding = sum(game.shape) * best.radius + (game.size + sum(game.shape)) * _EPSILON
    choice = Choice(
        alpha=alpha,
        profile=None,
        strategies=tuple(over_levels(game, user, vector, rational) for user, vector in enumerate(best.strategies)),
        platform_utility=value,
        utility=value / (1 - alpha),
        interval=(alpha, alpha),
        attained=True,
        value_error=0.0 if rational else game.utilities.error + largest * rounding,
    )
    found = designed(game, choice, pure.selection)
    return replace(found, runner_up=pure.choice, equilibrium_profiles=pure.equilibrium_profiles)
