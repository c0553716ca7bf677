"""The platform's optimum over pure equilibria."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from fairgames.certain import Judge, Rational
from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.pure_regret import certify_profile
from fairgames.errors import NoAnswerError
from fairgames.exact import to_fraction
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import choose, number, pure_strategies
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import Candidates, Selection, candidates


def pure_design(game: PaymentGame, selection: Selection, cap: Fraction | None, scope: str = "pure") -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`."""
    return design_among(game, pure_equilibria(game), selection, cap, scope)


def design_among(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None, scope: str = "pure"
) -> Design:
    """The best share among these profiles and their intervals, certified at the game's own costs."""
    found = candidates(game, equilibria, selection, cap)
    if not len(found):
        raise no_answer(selection, cap)
    proven = equilibria.proven[found.position]
    winner, ties, runner_up = choose(found, equilibria.judge, proven, lambda k: pure_choice(game, equilibria, found, k))
    certificate = certify_profile(game, winner.profile or (), winner.alpha)
    return Design(
        choice=winner,
        payments=certificate.allocation.payments,
        regrets=certificate.regrets,
        regret_bound=certificate.bound,
        scope=scope,
        selection=selection,
        ties=ties,
        runner_up=runner_up,
        equilibrium_profiles=len(equilibria),
        exact=game.exact,
        rule=game.rule.name,
        warnings=certificate.allocation.warnings(game.users.names),
        undecided=tuple(equilibria.judge.undecided),
    )


def no_answer(selection: Selection, cap: Fraction | None) -> NoAnswerError:
    """The error of a selection that leaves nothing."""
    within = "" if cap is None else f" that pays out at most {cap}"
    kind = "stable equilibrium" if selection == "stable" else "equilibrium"
    return NoAnswerError(f"no share α in [0, 1] has a {kind}{within}; try another selection or budget")


def pure_choice(game: PaymentGame, equilibria: PureEquilibria, found: Candidates, k: int) -> Choice:
    """The k-th candidate with its numbers."""
    position = int(found.position[k])
    place = np.unravel_index(equilibria.index[position], game.shape)
    has_alpha = game.rule.has_alpha
    profile = game.levels([int(choice) for choice in place])
    return Choice(
        share_of(found, k, equilibria.judge) if has_alpha else None,
        profile,
        pure_strategies(profile, len(game.utility.levels), game.exact),
        number(found.value.values[k]),
        number(equilibria.utility[position]),
        (number(found.lower[k]), number(found.upper[k])) if has_alpha else None,
        bool(found.attained[k]),
    )


def share_of(found: Candidates, k: int, judge: Judge) -> Scalar:
    """The share of a candidate; of floats one inside the interval that starts or ends there, where there is one."""
    value, real = number(found.alpha.values[k]), found.alpha.exactly(k)
    if not isinstance(value, float) or real is None or not found.lower[k] < found.upper[k]:
        return value
    beside = judge.compare(Rational(to_fraction(value)), real)
    if beside < 0 and found.lower[k] == value:
        return math.nextafter(value, math.inf)
    return math.nextafter(value, -math.inf) if beside > 0 and found.upper[k] == value else value
