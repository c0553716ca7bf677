"""Which of a game's equilibria will be played."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from fairgames.certain import Reals
from fairgames.equilibria.pure.at_share import equilibria_at, why_no_potential
from fairgames.equilibria.refinements.basins import Basin, basins
from fairgames.equilibria.refinements.dominance import payoff_dominated, risk_dominant
from fairgames.equilibria.refinements.gibbs import gibbs, to_precision
from fairgames.equilibria.refinements.local import around
from fairgames.equilibria.refinements.logit_limit import logit_limit
from fairgames.equilibria.refinements.perfection import is_perfect
from fairgames.equilibria.refinements.properness import is_proper
from fairgames.equilibria.refinements.proven import Proven, proven
from fairgames.equilibria.refinements.result import Prospect, Prospects, Unproven, is_pure
from fairgames.equilibria.refinements.situation import Place, Situation, of_payments, of_table
from fairgames.equilibria.refinements.stability import of_mixed, of_pure
from fairgames.errors import InputError, NoAnswerError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.games.certificate import certify
from fairgames.games.extreme import extreme_equilibria
from fairgames.games.given import AnyGame, AnyProfile, to_game
from fairgames.games.pure_enumeration import pure_enumeration
from fairgames.progress import track
from fairgames.text import number
from fairgames.typing import Array, FloatArray, MixedProfile, Number
from fairgames.utilities.given import Stated, is_stated
from fairgames.valuation.alpha import Alpha, AlphaOfUtility

#: Quantal responses are followed in games of up to so many payoffs.
_MOST_FOLLOWED = 200


def played(
    game: PaymentGame | Stated | AnyGame,
    alpha: Number | AlphaOfUtility | None = None,
    equilibria: Iterable[AnyProfile] | None = None,
    starts: int = 2_000,
    seed: int = 0,
    precision: Number = 10,
) -> Prospects:
    """The equilibria of a game side by side: which are stable, and which players come to by learning.

    Parameters
    ----------
    game : of payments, a scenario, or any game in normal form
    alpha : the share of a game of payments, or a function of U; None under a rule without one
    equilibria : profiles to compare, such as those of :func:`fairgames.crosscheck`; by default all equilibria of two
        players (of a continuum its extreme points), else all pure ones. Compared is what is proven of them: the
        equilibrium that a profile is, or that lies within 1e-6 of it in each probability. Others are listed as not
        proven, with their regret
    starts : profiles drawn at random from which best responses begin; 0 leaves basins out
    seed : of those draws
    precision : λ of log-linear learning, one over an amount of money

    Raises
    ------
    InputError
        If an argument does not fit, or a profile is none of the game.
    TooLargeError
        Before allocating, if the payoffs do not fit in memory.

    >>> found = played(([[4, 0], [3, 3]], [[4, 3], [0, 3]]))  # the stag hunt
    >>> [(one.profile, one.index, one.risk_dominant, one.payoff_dominated_by) for one in found.equilibria]
    [((0, 0), 1, False, ()), ((1, 1), 1, True, (0,)), (None, -1, None, (0,))]
    """
    if isinstance(game, PaymentGame) or is_stated(game):
        source: PaymentGame | None = PaymentGame.of(game, "played")
        assert source is not None
        share = source.share(alpha)
        situation, why = of_payments(source, share), why_no_potential(source, share)
    elif alpha is None:
        source, share, why = None, None, ""
        situation = of_table(to_game(game, "played"))
    else:
        raise InputError(f"alpha: got {alpha}, but a game in normal form has no share; leave it out")
    notes = [f"No potential is known: {why}."] if why else []
    if equilibria is not None:
        notes.append("Compared are the equilibria given; there may be others.")
        profiles: Sequence[AnyProfile] = list(equilibria)
    elif len(situation.shape) == 2:
        profiles = _all_of_two(source, share, situation)
    else:
        if len(situation.shape) > 2:
            notes.append("Equilibria in mixed strategies are not looked for where there are more than two players.")
        profiles = list(pure_enumeration(situation.game)) if source is None else _pure(source, share, situation)
    found, others = proven(situation, profiles, notes)
    return _compared(situation, source, found, others, starts, seed, to_precision(precision), notes)


def _all_of_two(source: PaymentGame | None, share: Alpha | None, situation: Situation) -> list[MixedProfile]:
    """All of two players; where payoffs are off by their rounding, pure ones by what is known of the payments."""
    found = sorted(extreme_equilibria(situation.rational).equilibria, key=_order)
    if source is None or not situation.error:
        return found
    return [*_pure(source, share, situation), *(one for one in found if not is_pure(one))]


def _pure(game: PaymentGame, share: Alpha | None, situation: Situation) -> list[MixedProfile]:
    found = equilibria_at(game, share)
    situation.judge.undecided.update(dict.fromkeys(found.undecided))
    places = [game.index(one.profile) for one in found.equilibria]
    units = [[_unit(size, k, game.exact) for k in range(size)] for size in game.shape]
    return [tuple(own[k] for own, k in zip(units, place, strict=True)) for place in places]


def _unit(size: int, strategy: int, exact: bool) -> Array:
    vector = np.eye(size)[strategy]
    return object_array(map(Fraction, vector)) if exact else vector


def _order(strategies: MixedProfile) -> tuple[object, ...]:
    """Pure ones first, then more weight on lower strategies."""
    return (not is_pure(strategies), *(-chance for vector in strategies for chance in vector))


def _compared(
    situation: Situation,
    source: PaymentGame | None,
    every: Sequence[Proven],
    others: tuple[Unproven, ...],
    starts: int,
    seed: int,
    precision: float,
    notes: list[str],
) -> Prospects:
    places = [one.place for one in every]
    pure = [place for place in places if place is not None]
    ended = basins(situation, starts, seed) if starts else Counter[Place]()
    chances, stable = _learnt(situation, precision)
    limits = _limits(situation, every, notes)
    found = [_alone(situation, one) for one in track(every, "equilibria")]
    strict = [place for place, one in zip(places, found, strict=True) if place is not None and one.strict]
    slack = situation.slack + _slack_of(every, situation)
    dominated = payoff_dominated([one.payoffs for one in found], slack) if found else []
    favoured = risk_dominant(situation.rational, strict) if situation.shape == (2, 2) else None
    prospects = tuple(
        replace(
            one,
            profile=place if place is None or source is None else source.levels(place),
            payoff_dominated_by=dominated[k],
            risk_dominant=None if favoured is None or place not in strict else place == favoured,
            stochastically_stable=None if stable is None or place is None else place in stable,
            basin=None if place is None or not starts else Basin.of(ended[place], starts),
            logit=None if chances is None or place is None else float(chances[place]),
            logit_limit=limits[k],
        )
        for k, (one, place) in enumerate(zip(found, places, strict=True))
    )
    game = situation.game
    return Prospects(
        equilibria=prospects,
        unproven=others,
        players=game.players,
        strategies=game.strategies,
        title=game.title,
        starts=starts,
        seed=seed,
        elsewhere=1 - sum(ended[place] for place in set(pure)) / starts if starts else 0.0,
        precision=None if chances is None else precision,
        logit_elsewhere=None if chances is None else max(0.0, 1 - math.fsum(chances[place] for place in set(pure))),
        notes=tuple(notes),
        undecided=tuple(situation.judge.undecided),
    )


def _slack_of(every: Sequence[Proven], situation: Situation) -> float:
    """By how much two payoffs may be off together as probabilities are, twice what one is at most."""
    radius = max((one.radius for one in every), default=0.0)
    return 2 * radius * sum(situation.shape) * float(np.abs(situation.game.floats()).max()) if radius else 0.0


def _limits(situation: Situation, every: Sequence[Proven], notes: list[str]) -> list[bool | None]:
    """Whether quantal responses lead to each equilibrium; None where that is not proven, or not asked."""
    open_for_all: list[bool | None] = [None] * len(every)
    if not every or situation.game.payoffs.size > _MOST_FOLLOWED:
        return open_for_all
    try:
        limit = logit_limit(situation.game, situation.error)
    except NoAnswerError as error:
        situation.judge.undecided[f"where quantal responses lead: {error}"] = None
        return open_for_all
    found = [limit.is_at(one.strategies, one.radius) for one in every]
    if not any(found):
        played = ", ".join(f"({', '.join(map(number, own))})" for own in limit.middle)
        notes.append(f"Quantal responses lead to an equilibrium near {played}, which is none of these.")
    return found


def _learnt(situation: Situation, precision: float) -> tuple[FloatArray | None, frozenset[Place] | None]:
    """The chance of each profile under log-linear learning, and those that are stochastically stable."""
    potential = situation.potential
    if potential is None:
        return None, None
    values = potential.numbers()
    floats = np.asarray(values, dtype=float)
    near = np.argwhere(values >= values.max() - 2 * potential.error)
    places = [tuple(map(int, place)) for place in near]
    tops = Reals(
        values[tuple(near.T)],
        np.full(len(places), float(potential.error)),
        lambda k: situation.exactly(places[k]),
        "potentials",
    )
    largest = tops.largest(situation.judge)
    return gibbs(floats, precision), frozenset(place for place, top in zip(places, largest, strict=True) if top)


def _alone(situation: Situation, one: Proven) -> Prospect:
    """What is to be said of an equilibrium by itself."""
    strategies, place = one.strategies, one.place
    # Ties decide what is not regular, and payoffs that may be off have none that could be read off.
    readable = len(situation.shape) == 2 and not situation.error and one.box is None
    if place is not None:
        moves = list(situation.moves(place))
        signs = {sign for _, _, sign in moves}
        strict = None if None in signs else signs <= {-1}
        index, stability = (1 if strict else None), of_pure(situation, place, moves)
    else:
        local = around(situation.rational, strategies, one.box, situation.error)
        strict, index = False, local.index
        stability = of_mixed(local, situation.potential is not None)
    regular = index is not None
    perfect = True if regular else is_perfect(situation.rational, strategies) if readable else None
    return Prospect(
        strategies=strategies,
        radius=one.radius,
        profile=None,
        payoffs=certify(situation.game, strategies).payoffs,
        platform=None if situation.kept is None else _expected(situation.kept, strategies),
        potential=None if place is None or situation.potential is None else situation.potential.numbers(place).item(),
        strict=strict,
        index=index,
        replicator=stability[0],
        best_response=stability[1],
        payoff_dominated_by=(),
        risk_dominant=None,
        stochastically_stable=None,
        basin=None,
        logit=None,
        logit_limit=None,
        perfect=perfect,
        proper=_proper(situation, strategies, regular, perfect) if regular or readable else None,
    )


def _proper(situation: Situation, strategies: MixedProfile, regular: bool, perfect: bool | None) -> bool | None:
    """Whether an equilibrium is proper: regular ones are (van Damme 1991, theorem 2.5.5), imperfect ones are not."""
    return regular if regular or perfect is False else is_proper(situation.rational, strategies)


def _expected(values: FloatArray, strategies: MixedProfile) -> float:
    """The mean of a number a profile."""
    for vector in strategies:
        values = np.tensordot(np.asarray(vector, dtype=float), values, axes=1)
    return float(values)
