"""The platform's optimum over symmetric equilibria of equal users (Theorem 3), whatever γ and U look like."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.precision import FINE, FIRST, found_to
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.choosing import Winner, inside
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import named
from fairgames.mechanism.symmetric.thresholds import Assumption, assumption_1, assumption_2, cost_threshold
from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate, ranked
from fairgames.mechanism.symmetric_candidates.coalition import one_game_candidates
from fairgames.mechanism.symmetric_candidates.levels import levels_candidates
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, TEXT, optional, record
from fairgames.typing import Scalar

_EPSILON = float(np.finfo(float).eps)

_ASSUMPTION = record({"holds": FLAG, "margin": NUMBER, "witness": TEXT}, Assumption)
_THEOREM_3 = ("p", "gamma_min", "gamma_max", "c_th", "regime", "assumption_1", "assumption_2")


@dataclass(frozen=True, eq=False)
class SymmetricDesign(Design):
    """The optimum over symmetric equilibria; all but ``gap`` is None where there are more levels than two.

    Attributes
    ----------
    p : probability of the more private level
    gamma_min, gamma_max : the extremes of γ over [0, 1]
    c_th : for every c below it, it is best that everybody is on the less private level (eq. 24);
        None under Theorem 1
    regime : the regime of Theorem 3 that the answer is in: 1 nobody is on the less private level,
        2 some are, 3 all are
    assumption_1, assumption_2 : whether the assumptions of Theorem 3 hold
    gap : how much more than ``platform_utility`` any symmetric equilibrium may leave the platform,
        at most; with two levels always 0
    """

    kind = "symmetric"
    FACTS = MappingProxyType(
        {
            **dict.fromkeys(("p", "gamma_min", "gamma_max", "c_th"), optional(NUMBER)),
            "regime": optional(COUNT),
            **dict.fromkeys(("assumption_1", "assumption_2"), optional(_ASSUMPTION)),
            "gap": NUMBER,
        }
    )

    p: Scalar | None
    gamma_min: Scalar | None
    gamma_max: Scalar | None
    c_th: Scalar | None
    regime: int | None
    assumption_1: Assumption | None
    assumption_2: Assumption | None
    gap: float

    def facts(self) -> dict[str, object]:
        """Results of this scope alone, by the names of the JSON answer."""
        known = {name: getattr(self, name) for name in (*_THEOREM_3, "gap")}
        return {name: vars(fact) if isinstance(fact, Assumption) else fact for name, fact in known.items()}


def symmetric_design(game: PaymentGame, selection: str, cap: Fraction | None) -> SymmetricDesign:
    """The best share over symmetric equilibria of equal users; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If the users are not alike, or the selection does not fit the number of levels.
    NoAnswerError
        If no equilibrium qualifies.
    """
    source = Exchangeable.of(game)
    if len(source.levels) == 2:
        two = SymmetricGame.between(source, *source.levels)
        found, gap = optimum(two, selection, cap), 0.0
        facts = _theorem_3(two, found.winner, game.utility.level_names)
    else:
        counting, facts = named(selection), dict.fromkeys(_THEOREM_3)
        candidates, gap = levels_candidates(game, source, counting, cap)
        found = ranked(candidates, source, counting.no_answer(cap))
    choice = _choice(source, found.winner)
    proof = source.certify(1 if choice.alpha is None else choice.alpha, choice.strategies[0])
    return SymmetricDesign(
        choice=choice,
        payments=np.array([proof.payment] * source.n_users),
        regrets=np.array([proof.regret] * source.n_users),
        regret_bound=proof.bound,
        scope="symmetric",
        selection=selection,
        ties=tuple(_choice(source, one) for one in found.ties),
        runner_up=None if found.runner_up is None else _choice(source, found.runner_up),
        equilibrium_profiles=None,
        exact=source.exact and found.winner.exact,
        rule=game.rule.name,
        warnings=found.warnings(),
        gap=gap,
        undecided=found.undecided,
        **facts,
    )


def _theorem_3(game: SymmetricGame, winner: SymmetricCandidate, names: tuple[str, ...]) -> dict[str, Any]:
    """What Theorem 3 says of a game of two levels."""
    least, greatest = (_number(game.gain(root.middle), game.exact and root.exact) for root in game.extreme_gains())
    p = winner.strategy[game.levels[0]]
    return {
        "p": _number(p, game.exact and winner.exact),
        "gamma_min": least,
        "gamma_max": greatest,
        "c_th": _number(*cost_threshold(game)) if game.source.rule.has_alpha else None,
        "regime": {ONE: 1, ZERO: 3}.get(p, 2),
        "assumption_1": assumption_1(game.source, names),
        "assumption_2": assumption_2(game.source, names),
    }


def optimum(game: SymmetricGame, selection: str = "best", cap: Fraction | None = None) -> Winner[SymmetricCandidate]:
    """The best share of a game of two levels: cheap for many c, as in ``optimum(game.with_cost(c))``.

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
    counting = named(selection)
    way = counting.known(counting.symmetric, "symmetric")()
    for bits in (FIRST, FINE):
        looked_at = game if bits == FIRST else game.afresh()
        before = looked_at.source.judge.near_ties
        with found_to(bits):
            if game.source.rule.has_alpha:
                found = way.over_shares(looked_at, cap)
            else:
                found = one_game_candidates(looked_at, counting, cap)
            best = ranked(found, looked_at.source, counting.no_answer(cap)) if found else None
        if looked_at.source.judge.near_ties == before:
            break
    if best is None:
        raise counting.no_answer(cap)
    return best


def _choice(source: Exchangeable, one: SymmetricCandidate) -> Choice:
    exact = source.exact and one.exact
    error = float(one.error) + (0.0 if exact else 4 * _EPSILON * abs(float(one.value)))
    strategy = object_array(one.strategy) if exact else np.array(one.strategy, dtype=float)
    pure = one.strategy.index(1) if 1 in one.strategy else None
    return Choice(
        alpha=one.alpha if one.alpha is None or exact else inside(one.alpha, *(one.interval or (ZERO, ONE))),
        profile=None if pure is None else (pure,) * source.n_users,
        strategies=(strategy,) * source.n_users,
        platform_utility=_number(one.value, exact),
        utility=_number(one.utility, exact),
        interval=one.interval and (_number(one.interval[0], exact), _number(one.interval[1], exact)),
        attained=one.attained,
        value_error=error if source.known else None,
    )


def _number(value: Fraction, exact: bool) -> Scalar:
    return value if exact else float(value)
