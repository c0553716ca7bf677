"""The platform's optimum over symmetric equilibria of equal users (Theorem 3), whatever γ and U look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fairgames.equilibria.symmetric import ONE, ZERO, SymmetricGame
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.pure import no_answer
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import Selection
from fairgames.mechanism.symmetric_candidates import (
    AT_ONE,
    AT_ZERO,
    SymmetricCandidate,
    best_candidates,
    stable_candidates,
)
from fairgames.mechanism.symmetric_coalition import one_game_candidates
from fairgames.mechanism.symmetric_potential import potential_candidates
from fairgames.mechanism.symmetric_thresholds import Assumption, assumption_1, assumption_2, cost_threshold
from fairgames.mechanism.symmetric_worst import worst_candidates

_CANDIDATES: dict[Selection, Callable[[SymmetricGame, Fraction | None], list[SymmetricCandidate]]] = {
    "best": best_candidates,
    "worst": worst_candidates,
    "stable": stable_candidates,
    "potential": potential_candidates,
}


@dataclass(frozen=True, eq=False)
class SymmetricDesign(Design):
    """The optimum over symmetric equilibria, with what Theorem 3 says of it.

    Attributes
    ----------
    p : probability of the more private of two levels
    gamma_min, gamma_max : the extremes of γ over [0, 1]
    c_th : for every c below it, it is best that everybody is on the less private level (eq. 24);
        None under Theorem 1
    regime : the regime of Theorem 3 that the answer is in: 1 nobody is on the less private level,
        2 some are, 3 all are
    assumption_1, assumption_2 : whether Theorem 3's assumptions hold
    """

    p: Scalar
    gamma_min: Scalar
    gamma_max: Scalar
    c_th: Scalar | None
    regime: int
    assumption_1: Assumption
    assumption_2: Assumption

    def facts(self) -> dict[str, object]:
        """What only this scope knows, by the names of the JSON answer."""
        return {
            "p": self.p,
            "gamma_min": self.gamma_min,
            "gamma_max": self.gamma_max,
            "c_th": self.c_th,
            "regime": self.regime,
            "assumption_1": vars(self.assumption_1),
            "assumption_2": vars(self.assumption_2),
        }


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best candidate, others of the same value, and the best of strictly lower value."""

    winner: SymmetricCandidate
    ties: tuple[SymmetricCandidate, ...]
    runner_up: SymmetricCandidate | None


def symmetric_design(game: PaymentGame, selection: Selection, cap: Fraction | None) -> SymmetricDesign:
    """The best share over symmetric equilibria of equal users; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If the users are not alike.
    NoAnswerError
        If no equilibrium qualifies.
    """
    symmetric = SymmetricGame.of(game)
    found = optimum(symmetric, selection, cap)
    choice = _choice(symmetric, found.winner)
    proof = symmetric.source.certify(1 if choice.alpha is None else choice.alpha, choice.strategies[0])
    least, greatest = (symmetric.gain(root.middle) for root in symmetric.extreme_gains())
    inexact = [root for root in symmetric.extreme_gains() if not (symmetric.exact and root.exact)]
    threshold = cost_threshold(symmetric) if game.rule.has_alpha else None
    names = game.utility.level_names
    p = found.winner.p
    return SymmetricDesign(
        choice=choice,
        payments=np.array([proof.payment] * symmetric.n_users),
        regrets=np.array([proof.regret] * symmetric.n_users),
        regret_bound=proof.bound,
        scope="symmetric",
        selection=selection,
        ties=tuple(_choice(symmetric, one) for one in found.ties),
        runner_up=found.runner_up and _choice(symmetric, found.runner_up),
        equilibrium_profiles=None,
        exact=found.winner.exact,
        rule=game.rule.name,
        warnings=(),
        p=_number(p.middle, found.winner.exact),
        gamma_min=_number(least, not inexact),
        gamma_max=_number(greatest, not inexact),
        c_th=None if threshold is None else _number(*threshold),
        regime=1 if p == AT_ONE else 3 if p == AT_ZERO else 2,
        assumption_1=assumption_1(symmetric.source, names),
        assumption_2=assumption_2(symmetric.source, names),
    )


def optimum(game: SymmetricGame, selection: Selection = "best", cap: Fraction | None = None) -> Optimum:
    """The best share of a symmetric game: cheap for many c, as in ``optimum(game.with_cost(c))``.

    Of equal values the lowest α wins, then the highest p.

    Raises
    ------
    NoAnswerError
        If no equilibrium qualifies.

    >>> from fairgames.users import Users
    >>> from fairgames.utilities import LinearLaplace
    >>> game = SymmetricGame.of(PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, 0.2]] * 2)))
    >>> [str(optimum(game.with_cost(c)).winner.alpha) for c in ("1/4", "2/5", "3/4")]  # eq. 97
    ['1/2', '3/4', '0']
    """
    if game.source.rule.has_alpha:
        found = _CANDIDATES[selection](game, cap)
    else:
        found = one_game_candidates(game, selection, cap)
    if not found:
        raise no_answer(selection, cap)
    top = max(found, key=lambda one: one.value)
    equal = sorted((one for one in found if top.value - one.value <= top.error + one.error), key=_order)
    below = sorted(
        (one for one in found if top.value - one.value > top.error + one.error),
        key=lambda one: (-one.value, *_order(one)),
    )
    distinct: dict[Fraction, SymmetricCandidate] = {}
    for one in equal:
        distinct.setdefault(one.p.middle, one)
    winner, *ties = distinct.values()
    return Optimum(winner, tuple(ties), below[0] if below else None)


def _order(one: SymmetricCandidate) -> tuple[Fraction, bool, Fraction]:
    return one.alpha or ZERO, not one.attained, -one.p.middle


def _choice(game: SymmetricGame, one: SymmetricCandidate) -> Choice:
    source, p = game.source, one.p.middle
    on = dict(zip(game.levels, (p, 1 - p), strict=True))
    row = [on.get(level, ZERO) for level in range(source.n_levels)]
    strategy = object_array(row) if one.exact else np.array(row, dtype=float)
    level = {ONE: game.levels[0], ZERO: game.levels[1]}.get(p)
    return Choice(
        alpha=None if one.alpha is None else _number(one.alpha, one.exact),
        profile=None if level is None else (level,) * game.n_users,
        strategies=(strategy,) * game.n_users,
        platform_utility=_number(one.value, one.exact),
        utility=_number(one.utility, one.exact),
        interval=one.interval and (_number(one.interval[0], one.exact), _number(one.interval[1], one.exact)),
        attained=one.attained,
    )


def _number(value: Fraction, exact: bool) -> Scalar:
    return value if exact else float(value)
