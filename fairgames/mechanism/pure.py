"""The platform's optimum over pure equilibria."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairgames.certain import Judge, Rational
from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.equilibria.pure.gaps import without_equilibrium
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import Winner, choose, number, pure_strategies
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import Candidates, candidates, named
from fairgames.mechanism.selections.listed import Listed
from fairgames.text import number as text
from fairgames.typing import Scalar

if TYPE_CHECKING:
    from fairgames.equilibria.types.game import PopulationGame

#: Up to so many users the ends of intervals are had exactly in no time.
FEW_USERS = 6
#: How many intervals of α without an equilibrium a warning lists.
_MOST_GAPS = 5


def pure_design(game: PaymentGame, selection: str, cap: Fraction | None, scope: str = "pure") -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`."""
    return design_among(game, pure_equilibria(game), selection, cap, scope)


def design_among(
    game: PaymentGame, equilibria: PureEquilibria, selection: str, cap: Fraction | None, scope: str = "pure"
) -> Design:
    """The best share among these profiles and their intervals, certified at the game's own costs."""
    counting = named(selection)
    found = candidates(Listed(game, equilibria), counting, cap, game.rule)
    chosen = choose(
        found,
        equilibria.judge,
        lambda k: iter([pure_choice(game, equilibria, found, k)]),
        counting.no_answer(cap),
        equilibria.proven[found.position],
    )
    certificate = certify_profile(game, chosen.winner.profile or (), chosen.winner.alpha)
    warnings = tuple(_nowhere(game, equilibria))
    return certified(game, chosen, certificate, selection, len(equilibria), scope, warnings)


def certified(
    game: PaymentGame | PopulationGame,
    chosen: Winner[Choice],
    certificate: Certificate,
    selection: str,
    n_profiles: int | None,
    scope: str = "pure",
    warnings: tuple[str, ...] = (),
) -> Design:
    """The design of a winner that is a profile, with its certificate.

    Parameters
    ----------
    n_profiles : how many profiles are a pure equilibrium at some share; None where they were not counted
    warnings : more of them than those of the payments and of the list of ties
    """
    allocation = certificate.allocation
    return Design(
        choice=chosen.winner,
        payments=allocation.payments,
        regrets=certificate.regrets,
        regret_bound=certificate.bound,
        scope=scope,
        selection=selection,
        ties=chosen.ties,
        runner_up=chosen.runner_up,
        equilibrium_profiles=n_profiles,
        exact=game.exact,
        rule=game.rule.name,
        warnings=(*allocation.warnings(game.users.names), *chosen.warnings(), *warnings),
        undecided=chosen.undecided,
    )


def _nowhere(game: PaymentGame, equilibria: PureEquilibria) -> Iterator[str]:
    """Where there is no equilibrium at all: without a potential there need not be one."""
    if game.rule.potential is None and game.rule.has_alpha:
        gaps = without_equilibrium(equilibria)
        shown = ", ".join(f"{text(low)} and {text(high)}" for low, high in gaps[:_MOST_GAPS])
        more = f" and in {len(gaps) - _MOST_GAPS} more intervals" if len(gaps) > _MOST_GAPS else ""
        if gaps:
            yield f"rule {game.rule.name!r} has no potential: there is no pure equilibrium at α between {shown}{more}"


def pure_choice(game: PaymentGame, equilibria: PureEquilibria, found: Candidates, k: int) -> Choice:
    """The k-th candidate with its numbers."""
    position = int(found.position[k])
    place = np.unravel_index(equilibria.index[position], game.shape)
    has_alpha = game.rule.has_alpha
    profile = game.levels([int(choice) for choice in place])
    return Choice(
        share_of(found, k, equilibria.judge, len(game.users) <= FEW_USERS) if has_alpha else None,
        profile,
        pure_strategies(profile, len(game.utility.levels), game.exact),
        number(found.value.values[k]),
        number(equilibria.utility[position]),
        _interval(equilibria, found, k) if has_alpha else None,
        bool(found.attained[k]),
        value_error=float(found.value.errors[k]),
    )


def _interval(equilibria: PureEquilibria, found: Candidates, k: int) -> tuple[Scalar, Scalar]:
    """The shares at which the selection is this profile."""
    position = int(found.position[k])
    return (
        number(max(found.lower[k], equilibria.lower[position])),
        number(min(found.upper[k], equilibria.upper[position])),
    )


def share_of(found: Candidates, k: int, judge: Judge, few: bool) -> Scalar:
    """The share of a candidate; with a ``few`` users and floats, inside the interval that begins or ends there.

    Read as it is written, it then is a share at which the profile is an equilibrium.
    """
    value = number(found.alpha.values[k])
    real = found.alpha.exactly(k) if few and isinstance(value, float) else None
    if real is None or not isinstance(value, float) or value in (0, 1):
        return value
    begins, ends = found.lower[k] == value, found.upper[k] == value
    value, error = real.floats()
    if begins == ends or found.upper[k] - found.lower[k] < 8 * (error + float(found.alpha.errors[k])):
        return value
    beyond = judge.compare(Rational(to_fraction(value)), real)
    if beyond < 0 and begins:
        return math.nextafter(value, math.inf)
    return math.nextafter(value, -math.inf) if beyond > 0 and ends else value
