"""The platform's optimum over pure equilibria."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.pure_regret import certify_profile
from fairgames.errors import NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import choose, number, pure_strategies
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import Candidates, Selection, candidates, value_errors


def pure_design(game: PaymentGame, selection: Selection, cap: Fraction | None, scope: str = "pure") -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`."""
    return design_among(game, pure_equilibria(game), selection, cap, scope)


def design_among(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None, scope: str = "pure"
) -> Design:
    """The best share among these profiles and their intervals, certified at the game's own costs."""
    found = candidates(game, equilibria, selection, cap)
    if not len(found.value):
        raise no_answer(selection, cap)
    errors = value_errors(found, equilibria, game.rule.has_alpha)
    winner, ties, runner_up = choose(found, equilibria.slack, errors, lambda k: _choice(game, equilibria, found, k))
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
    )


def no_answer(selection: Selection, cap: Fraction | None) -> NoAnswerError:
    """The error of a selection that leaves nothing."""
    within = "" if cap is None else f" that pays out at most {cap}"
    kind = "stable equilibrium" if selection == "stable" else "equilibrium"
    return NoAnswerError(f"no share α in [0, 1] has a {kind}{within}; try another selection or budget")


def _choice(game: PaymentGame, equilibria: PureEquilibria, found: Candidates, k: int) -> Choice:
    position = int(found.position[k])
    place = np.unravel_index(equilibria.index[position], game.shape)
    has_alpha = game.rule.has_alpha
    profile = game.levels([int(choice) for choice in place])
    return Choice(
        number(found.alpha[k]) if has_alpha else None,
        profile,
        pure_strategies(profile, len(game.utility.levels), game.exact),
        number(found.value[k]),
        number(equilibria.utility[position]),
        (number(found.lower[k]), number(found.upper[k])) if has_alpha else None,
        bool(found.attained[k]),
    )
