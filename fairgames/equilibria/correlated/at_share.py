"""What a mediator can do for the platform and for everybody at one share, and against them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.equilibria.correlated.equilibrium import CorrelatedEquilibrium, correlated_equilibrium
from fairgames.equilibria.pure.at_share import equilibria_at
from fairgames.game import PaymentGame
from fairgames.games.extreme import extreme_equilibria
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, Number
from fairgames.utilities.given import Stated
from fairgames.valuation.alpha import Alpha, AlphaOfUtility

_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Range:
    """The greatest and the least of some amount.

    Attributes
    ----------
    best, worst : over correlated equilibria
    nash_best, nash_worst : over Nash equilibria, all of two users and pure ones of more; None if there is none
    """

    best: CorrelatedEquilibrium
    worst: CorrelatedEquilibrium
    nash_best: Any
    nash_worst: Any

    @property
    def mediator_adds(self) -> Any:
        """What the best correlated equilibrium is worth above the best Nash equilibrium, which is one: not below 0."""
        return None if self.nash_best is None else not_below_zero(self.best.value - self.nash_best)


@dataclass(frozen=True, eq=False)
class CorrelatedAtShare:
    """Correlated equilibria of the users' game at one share.

    Attributes
    ----------
    game : the users' game
    alpha : the share; None under a rule without one
    coarse : whether coarse ones
    platform : what the platform keeps
    welfare : U − Σc, which is the same whoever pays
    nash : "all" or "pure": which Nash equilibria they are compared with
    undecided : comparisons about pure equilibria that floats could not decide
    """

    game: NormalFormGame
    alpha: Alpha | None
    coarse: bool
    platform: Range
    welfare: Range
    nash: str
    undecided: tuple[str, ...] = ()


def correlated_at(
    game: PaymentGame | Stated, alpha: Number | AlphaOfUtility | None = None, coarse: bool = False
) -> CorrelatedAtShare:
    """The best and the worst correlated equilibria of the users' game, for the platform and in welfare.

    Parameters
    ----------
    game : or a scenario
    alpha : a number in [0, 1], or a function of U; None under a rule that has no share
    coarse : coarse correlated equilibria

    Raises
    ------
    InputError
        If α is missing where the rule has a share or given where it has none, or costs are private.
    TooLargeError
        Before allocating, if the game does not fit in memory.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import LinearLaplace
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .3]]))
    >>> found = correlated_at(game, "1/2")
    >>> str(found.platform.best.value), str(found.platform.worst.value), str(found.platform.mediator_adds)
    ('3/8', '4/21', '1/24')
    """
    game = PaymentGame.of(game, "correlated_at")
    share = game.share(alpha)
    normal = game.at(share)
    kept, kept_error = platform_keeps(game, share)
    welfare = game.utilities.numbers() - game.total_cost()
    error = 0.0 if game.exact else game.utilities.error + _rounding(welfare)
    profiles, undecided = _nash(game, normal, share)

    def ranged(aim: Array, aim_error: float) -> Range:
        best, worst = (correlated_equilibrium(normal, aim, coarse, least, aim_error) for least in (False, True))
        values = [_expected(aim, profile) for profile in profiles]
        return Range(best, worst, max(values, default=None), min(values, default=None))

    nash = "all" if normal.n_players == 2 else "pure"
    platform = ranged(kept, kept_error)
    return CorrelatedAtShare(normal, share, coarse, platform, ranged(welfare, error), nash, undecided)


def platform_keeps(game: PaymentGame, share: Alpha | None) -> tuple[Array, float]:
    """What the platform keeps at every profile, and a bound on its error."""
    keeps = game.keeps.numbers()
    if share is None:
        return keeps, game.keeps.error
    paid = game.total_paid.numbers()
    if isinstance(share, AlphaOfUtility):
        factor: Any = share.of(game.utilities.numbers())
        spread = 0.0 if game.exact else share.spread(game.utilities.values, game.utilities.error)
    else:
        factor, spread = (Fraction(share) if game.exact else float(share)), 0.0
    kept = keeps - factor * paid
    if game.exact:
        return kept, 0.0
    largest = float(np.abs(paid).max())
    return kept, game.keeps.error + game.total_paid.error + spread * largest + _rounding(kept) + 2 * _EPSILON * largest


def _nash(
    game: PaymentGame, normal: NormalFormGame, share: Alpha | None
) -> tuple[list[tuple[Array, ...]], tuple[str, ...]]:
    """All extreme equilibria of two users, pure ones of more, as vectors of chances; and what stayed open."""
    if normal.n_players == 2:
        return list(extreme_equilibria(normal).equilibria), ()
    pure = equilibria_at(game, share)
    found = []
    for one in pure.equilibria:
        place = game.index(one.profile)
        found.append(tuple(np.eye(size, dtype=int)[k] for size, k in zip(normal.shape, place, strict=True)))
    return found, pure.undecided


def _expected(aim: Array, profile: tuple[Array, ...]) -> Any:
    """Over everybody's mixture."""
    used = [np.flatnonzero(vector) for vector in profile]
    value = aim[np.ix_(*used)]
    for vector, played in zip(reversed(profile), reversed(used), strict=True):
        value = value @ vector[played]
    return value if aim.dtype == object else float(value)


def not_below_zero(difference: Any) -> Any:
    """A difference that is at least 0, and that floats may tell otherwise; of the same kind."""
    return max(difference, difference - difference)  # 0 times it may be -0


def _rounding(values: Array) -> float:
    return 8 * _EPSILON * float(np.abs(values).max())
