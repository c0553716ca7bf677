"""The platform's optimum over pure equilibria."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fairgames.equilibria.intervals import PureEquilibria, pure_equilibria
from fairgames.equilibria.pure_regret import certify_profile
from fairgames.errors import NoAnswerError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import Candidates, Selection, candidates, value_error
from fairgames.typing import IntArray, MixedProfile, Profile


def pure_design(game: PaymentGame, selection: Selection, cap: Fraction | None, scope: str = "pure") -> Design:
    """The best share for the platform at a pure equilibrium; see :func:`fairgames.design`."""
    equilibria = pure_equilibria(game)
    found = candidates(game, equilibria, selection, cap)
    if not len(found.value):
        raise no_answer(selection, cap)
    winner, ties, runner_up = _choose(game, equilibria, found)
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


def _choose(
    game: PaymentGame, equilibria: PureEquilibria, found: Candidates
) -> tuple[Choice, tuple[Choice, ...], Choice | None]:
    """The winner, the other choices of the same value, and the best of strictly lower value.

    Of equal values the lowest α wins, then the lexicographically first profile.
    """
    error = value_error(equilibria)
    top = found.value.max()
    equal = _ordered(found, equilibria, np.flatnonzero(found.value >= top - error))
    below = np.flatnonzero(found.value < top - error)
    choices = [_choice(game, equilibria, found, k) for k in equal]
    winner = choices[0]
    ties: dict[Profile | None, Choice] = {}
    for choice in choices[1:]:
        if choice.profile != winner.profile:
            ties.setdefault(choice.profile, choice)
    runner_up = None
    if len(below):
        second = found.value[below].max()
        runner_up = _choice(
            game, equilibria, found, _ordered(found, equilibria, below[found.value[below] >= second - error])[0]
        )
    return winner, tuple(ties.values()), runner_up


def _ordered(found: Candidates, equilibria: PureEquilibria, chosen: IntArray) -> list[int]:
    """By α (ends closer than rounding are equal), then by profile."""
    alpha = found.alpha[chosen]
    order = np.argsort(alpha, kind="stable")
    group = np.zeros(len(order), dtype=np.int64)
    sorted_alpha = alpha[order]
    group[1:] = np.cumsum(np.diff(sorted_alpha) > equilibria.slack * sorted_alpha[1:] ** 2)
    key = np.empty_like(group)
    key[order] = group
    return [int(k) for k in chosen[np.lexsort((found.position[chosen], key))]]


def _choice(game: PaymentGame, equilibria: PureEquilibria, found: Candidates, k: int) -> Choice:
    position = int(found.position[k])
    place = np.unravel_index(equilibria.index[position], game.shape)
    has_alpha = game.rule.has_alpha
    profile = game.levels([int(choice) for choice in place])
    return Choice(
        _number(found.alpha[k]) if has_alpha else None,
        profile,
        _pure_strategies(profile, len(game.utility.levels), game.exact),
        _number(found.value[k]),
        _number(equilibria.utility[position]),
        (_number(found.lower[k]), _number(found.upper[k])) if has_alpha else None,
        bool(found.attained[k]),
    )


def _number(value: object) -> Scalar:
    return value if isinstance(value, Fraction) else float(value)  # type: ignore[arg-type]


def _pure_strategies(profile: Profile, n_levels: int, exact: bool) -> MixedProfile:
    """Each user's level as a probability vector over all L levels."""
    identity = np.eye(n_levels)
    return tuple(object_array(map(Fraction, identity[level])) if exact else identity[level] for level in profile)
