"""The share that leaves the platform most over correlated equilibria, and what that adds to Nash equilibria."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fairgames.equilibria.correlated.at_share import correlated_at, not_below_zero
from fairgames.equilibria.correlated.equilibrium import certified
from fairgames.equilibria.correlated.program import MOST_EXACT, solve_exactly
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.bounded_result import BoundedDesign
from fairgames.mechanism.correlated.branch_and_bound import search
from fairgames.mechanism.correlated.family import Family
from fairgames.mechanism.correlated.pieces import Piece, parametric
from fairgames.mechanism.design import design
from fairgames.mechanism.result import Design
from fairgames.typing import Array, Number, Profile, Scalar
from fairgames.utilities.given import Stated

#: Profiles of two users up to which the value of every share is computed.
MOST_PARAMETRIC = 36
#: By how much the bound may be above the value, as a part of the largest amount that the platform may keep.
GAP = Fraction(1, 10**5)
#: Shares this close are tried in place of one that floats found.
_NEAR = 1e-9
#: Payoffs of games of three and more users whose mixed Nash equilibria are looked at, too: that takes a second or so.
_MOST_MIXED = 200


@dataclass(frozen=True, eq=False)
class CorrelatedDesign:
    """The best share over correlated equilibria, its equilibrium, and what nothing exceeds.

    Attributes
    ----------
    alpha : the share; None under a rule without one
    platform_utility : what it leaves the platform, expected
    bound : no share and no correlated equilibrium leaves more
    utility : U, expected
    distribution : the chance of each profile of the users' choices, shape (m_1, …, m_N)
    payments : what each user gets, expected, shape (N,)
    regrets : what each user gains by the best deviation at that share, shape (N,); computed afresh
    regret_bound : bound on the error of each regret; 0 where ``exact``
    coarse : whether coarse correlated equilibria
    exact : whether the share, the value and the chances are rational
    method : "parametric" (two users: the value of every share), "branch-and-bound", or "one game" (a rule without α)
    programs : how many linear programs were solved by branch and bound; 0 else
    pieces : the value of every share, where it is known
    nash : the best share over Nash equilibria, mixed ones too of two users, and of more in games of up to 200 payoffs;
        its ``scope`` says which
    game : the game that was designed for
    """

    alpha: Scalar | None
    platform_utility: Scalar
    bound: Scalar
    utility: Scalar
    distribution: Array
    payments: Array
    regrets: Array
    regret_bound: float
    coarse: bool
    exact: bool
    method: str
    programs: int
    pieces: tuple[Piece, ...]
    nash: Design
    game: PaymentGame

    @property
    def mediator_adds(self) -> Any:
        """What the platform keeps above the best share over Nash equilibria, which are correlated ones: not below 0."""
        return not_below_zero(self.platform_utility - self.nash.choice.platform_utility)

    @property
    def nash_bound(self) -> Scalar | None:
        """No Nash equilibrium at any share leaves the platform more; None if only pure ones were looked at."""
        if isinstance(self.nash, BoundedDesign):
            return self.nash.bound
        return self.nash.choice.platform_utility if self.nash.scope == "all" else None

    @property
    def regret(self) -> Any:
        """The largest regret of any user."""
        return max(self.regrets)

    def support(self) -> Iterator[tuple[Profile, Any]]:
        """The profiles that are recommended, as level indices, with their chances."""
        for place in np.argwhere(self.distribution > 0).tolist():
            yield self.game.levels(place), self.distribution[tuple(place)]


def correlated_design(game: PaymentGame | Stated, coarse: bool = False, gap: Number | None = None) -> CorrelatedDesign:
    """The share α that leaves the platform most at a correlated equilibrium of the users' game.

    Parameters
    ----------
    game : or a scenario
    coarse : over coarse correlated equilibria
    gap : by how much ``bound`` may be above the value, in money, where shares are searched by branch and bound;
        default 1e-5 of the most that the platform may keep

    Raises
    ------
    InputError
        If ``gap`` is not positive, or costs are private.
    TooLargeError
        Before allocating, if the conditions do not fit in memory.

    Notes
    -----
    At each α the equilibria are a polytope, so the best is that of a linear program. With two users its value is known
    at every share, as pieces (:mod:`fairgames.mechanism.correlated.pieces`); with more, branch and bound over α ends
    with a proven bound. What is compared with are all Nash equilibria, and pure ones in
    games of three and more users and more than 200 payoffs.

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.users import Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> best = correlated_design(game)
    >>> str(best.alpha), str(best.platform_utility), str(best.bound), str(best.mediator_adds)
    ('3/5', '28/75', '28/75', '0')
    """
    game = PaymentGame.of(game, "correlated_design")
    if gap is not None and not Fraction(gap) > 0:
        raise InputError(f"gap is {gap!r}, expected a positive amount")
    nash = _over_nash(game)
    if not game.rule.has_alpha:
        found = correlated_at(game, None, coarse).platform.best
        return _result(game, coarse, nash, None, found.distribution, found.bound, "one game", found.exact)
    rational = stand_in(game) if len(game.users) == 2 and game.size <= MOST_PARAMETRIC else None
    if rational is not None:
        known = parametric(Family.of(rational, coarse))
        exact = game.exact
        return _result(
            game, coarse, nash, known.alpha, known.distribution, known.bound, "parametric", exact, pieces=known.pieces
        )
    return _searched(game, coarse, nash, gap)


def _over_nash(game: PaymentGame) -> Design:
    """The best share over Nash equilibria: all, where that takes a second or so, else pure ones."""
    n = len(game.users)
    whole = n > 2 and game.rule.has_alpha and n * game.size <= _MOST_MIXED
    return design(game, scope="all") if whole else design(game)


def _searched(game: PaymentGame, coarse: bool, nash: Design, gap: Number | None) -> CorrelatedDesign:
    family = Family.of(game, coarse)
    start = Fraction(nash.choice.alpha or 0)
    most = max(float(np.abs(family.in_floats.keeps).max()), 1e-300)
    found = search(family, [float(start)], float(GAP) * most if gap is None else float(Fraction(gap)))
    if game.exact and family.rows[0].size <= MOST_EXACT:
        near = {start, *(Fraction(found.alpha).limit_denominator(10**k) for k in range(3, 10)), Fraction(found.alpha)}
        best: tuple[Any, Any, Array] | None = None
        for alpha in sorted(one for one in near if abs(one - Fraction(found.alpha)) <= _NEAR):
            chances = solve_exactly(*family.at(alpha)).distribution
            worth = family.at_profiles(alpha) @ chances
            if best is None or worth > best[0]:
                best = worth, alpha, chances
        assert best is not None  # the share that was found is near itself
        limit = max(best[0], Fraction(found.bound))
        return _result(
            game, coarse, nash, best[1], best[2].reshape(family.shape), limit, "branch-and-bound", True, found.programs
        )
    return _result(
        game, coarse, nash, found.alpha, found.distribution, found.bound, "branch-and-bound", False, found.programs
    )


def _result(
    game: PaymentGame,
    coarse: bool,
    nash: Design,
    alpha: Any,
    distribution: Array,
    limit: Any,
    method: str,
    exact: bool,
    programs: int = 0,
    pieces: tuple[Piece, ...] = (),
) -> CorrelatedDesign:
    """With everything recomputed from the payoffs at that share."""
    share = alpha if exact or alpha is None else float(alpha)
    normal = game.at(share)
    chances = distribution if exact else np.asarray(distribution, dtype=float)
    payoffs, regrets, regret_bound = certified(normal, chances, coarse)
    costs = [
        (
            chances.sum(axis=tuple(k for k in range(chances.ndim) if k != user)) * np.array(row, dtype=chances.dtype)
        ).sum()
        for user, row in enumerate(game.costs)
    ]
    family_at = game.keeps.numbers() if share is None else game.keeps.numbers() - share * game.total_paid.numbers()
    value, utility = (chances * family_at).sum(), (chances * game.utilities.numbers()).sum()
    return CorrelatedDesign(
        alpha=share,
        platform_utility=value,
        bound=limit if exact else max(float(limit), float(value)),
        utility=utility,
        distribution=chances,
        payments=payoffs + np.array(costs, dtype=chances.dtype),
        regrets=regrets,
        regret_bound=regret_bound,
        coarse=coarse,
        exact=exact,
        method=method,
        programs=programs,
        pieces=pieces,
        nash=nash,
        game=game,
    )
