"""The equilibria at the answer's share: the worst for the platform, and their least and greatest welfare U − Σc."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.certain import Rational, Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.pure.shares import Share
from fairgames.equilibria.pure.together import equilibria_together
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.amounts import Amount
from fairgames.mechanism.candidates import kept
from fairgames.mechanism.choosing import number, pure_strategies
from fairgames.mechanism.result import Choice
from fairgames.typing import Array, MixedProfile, Scalar

_EPSILON = float(np.finfo(float).eps)
#: Relative rounding of what rests on a share that is the root of a polynomial.
_ROOT_ERROR = 1e-13


@dataclass(frozen=True, eq=False)
class Welfare:
    """The worst equilibrium at the answer's share, and the least and greatest welfare of all there.

    Attributes
    ----------
    worst : the equilibrium that leaves the platform least, of equal ones the first
    kept : what it leaves
    lowest, highest : the least and the greatest welfare of any
    """

    worst: Choice
    kept: Amount
    lowest: Amount
    highest: Amount


def pure_welfare(game: PaymentGame, equilibria: PureEquilibria, share: Share | None) -> Welfare:
    """The welfare of the pure equilibria; ``share`` is None under Theorem 1."""
    here = equilibria if share is None else equilibria.select(equilibria_together(game, equilibria, share))
    place = here.place(game)

    def choice(k: int, **numbers: Any) -> Choice:
        profile = game.levels([int(chosen[k]) for chosen in place])
        strategies = pure_strategies(profile, len(game.utility.levels), game.exact)
        return Choice(profile=profile, strategies=strategies, **numbers)

    return welfare_of(here, _costs(game, place), share, choice)


def welfare_of(here: PureEquilibria, costs: Array, share: Share | None, choice: Callable[..., Choice]) -> Welfare:
    """The welfare of the equilibria at a share.

    Parameters
    ----------
    costs : Σc of each, in rationals
    choice : makes one of a position and the other fields of a choice
    """
    judge = here.judge
    if share is None:
        order, worth = here.kept(), here.kept()
    else:
        worth = kept(here, np.arange(len(here)), _repeated(share, len(here), here.exact))
        order = here.utilities() if here.total is None else worth
    # At α = 1 nothing is kept, whoever plays, if all of U is divided.
    nothing = here.total is None and share is not None and share.equals(1, judge)
    worst = 0 if nothing else int(np.flatnonzero(order.negative().largest(judge))[0])
    welfare = here.utilities().minus(costs)
    found = choice(
        worst,
        alpha=None if share is None else share.value,
        platform_utility=number(worth.values[worst]),
        utility=number(here.utility[worst]),
        interval=None if share is None else (number(here.lower[worst]), number(here.upper[worst])),
        attained=True,
        value_error=amount(worth, worst).error,
    )
    return Welfare(
        found,
        amount(worth, worst),
        amount(welfare, int(np.flatnonzero(welfare.negative().largest(judge))[0])),
        amount(welfare, int(np.flatnonzero(welfare.largest(judge))[0])),
    )


def amount(reals: Reals, k: int) -> Amount:
    """The amount at one position of many numbers."""
    return Amount(number(reals.values[k]), float(reals.errors[k]), lambda: reals.exactly(k))


def _repeated(share: Share, size: int, exact: bool) -> Reals:
    if exact:
        return Reals.rational(object_array([share.value] * size), "shares")
    return Reals(np.full(size, float(share.value)), np.full(size, share.error), lambda _: share.exactly(), "shares")


def answer_kept(equilibria: PureEquilibria, position: int, share: Share | None) -> Amount:
    """What the platform keeps at one of the equilibria."""
    if share is None:
        return amount(equilibria.kept(), position)
    return amount(kept(equilibria, np.array([position]), _repeated(share, 1, equilibria.exact)), 0)


def answer_welfare(game: PaymentGame, equilibria: PureEquilibria, position: int) -> Amount:
    """U − Σc at one of the equilibria."""
    one = equilibria.select(np.array([position]))
    return amount(one.utilities().minus(_costs(game, one.place(game))), 0)


def _costs(game: PaymentGame, place: Sequence[Array]) -> Array:
    """Σc of each profile, in rationals."""
    return object_array(
        sum((game.costs[user][choice] for user, choice in enumerate(chosen)), start=Fraction(0))
        for chosen in zip(*(column.tolist() for column in place), strict=True)
    )


def mixed_amount(game: PaymentGame, value: Scalar, share: Share | None) -> Amount:
    """An expected amount of money; what floats say of it is all that is known, unless it is rational."""
    if isinstance(value, Fraction):
        return Amount(value, 0.0, lambda: Rational(value))
    values = game.utilities.values
    largest = max(float(values.max()), -float(values.min())) / game.utilities.unit
    costs = sum(float(max(row)) for row in game.costs)
    off = 0.0 if share is None else share.error * largest
    error = (
        game.utilities.error
        + max(one.error for one in game.different_paid)
        + off
        + (16 * _EPSILON + _ROOT_ERROR) * (largest + costs)
    )
    return Amount(value, error, lambda: None)


def expected_cost(game: PaymentGame, own: MixedProfile) -> Scalar:
    """Σc, expected under strategies over the users' choices."""
    return number(sum(vector @ _row(game, user) for user, vector in enumerate(own)))


def _row(game: PaymentGame, user: int) -> Array:
    return object_array(game.costs[user]) if game.exact else np.array(game.costs[user], dtype=float)
