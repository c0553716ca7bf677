"""The platform's optimum over all equilibria of two users, mixed ones included."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fairgames.equilibria.branches import Beta, branches, equilibria_of_one_game
from fairgames.equilibria.intervals import pure_equilibria
from fairgames.equilibria.regret import certify
from fairgames.exact import Rationals, object_array
from fairgames.game import PaymentGame
from fairgames.mechanism.curve import Table
from fairgames.mechanism.mixed_selections import MixedCandidate, best_candidates, kept_candidates, worst_candidates
from fairgames.mechanism.pure import no_answer, pure_design
from fairgames.mechanism.result import Choice, Design, Scalar
from fairgames.mechanism.selections import Selection
from fairgames.tensor import Tensor
from fairgames.typing import Array


def mixed_design(game: PaymentGame, selection: Selection, cap: Fraction | None) -> Design:
    """The best share over all equilibria of two users; see :func:`fairgames.design`.

    Stable equilibria are pure by definition, and so are the maximisers of Φ_α: it is
    multilinear in mixed strategies.
    """
    if selection in ("stable", "potential"):
        return pure_design(game, selection, cap, scope="all")
    equilibria = pure_equilibria(game)
    room = Fraction(0)
    found = _candidates(game, selection, None if cap is None else cap + room)
    if not found:
        raise no_answer(selection, cap)
    best = ranked(found, room)
    second = _runner_up(found, best, room)
    choices = [to_choice(game, candidate) for candidate in best]
    winner = choices[0]
    normal = game.at(winner.alpha if game.rule.has_alpha else None)
    certificate = certify(normal, tuple(_own(game, user, row) for user, row in enumerate(winner.strategies)))
    costs = [
        sum(p * c for p, c in zip(v, row, strict=True))
        for v, row in zip(certificate.strategies, _costs(game), strict=True)
    ]
    paid = certificate.payoffs + np.array(costs, dtype=certificate.payoffs.dtype)
    return Design(
        choice=winner,
        payments=paid,
        regrets=certificate.regrets,
        regret_bound=certificate.regret_bound,
        scope="all",
        selection=selection,
        ties=tuple(choices[1:]),
        runner_up=None if second is None else to_choice(game, second),
        equilibrium_profiles=len(equilibria),
        exact=certificate.exact and isinstance(winner.platform_utility, Fraction),
        rule=game.rule.name,
        warnings=_warnings(game, paid, certificate.regret_bound),
    )


def ranked(found: Sequence[MixedCandidate], room: Fraction) -> list[MixedCandidate]:
    """The candidates of the highest value, by α and then by profile, each equilibrium once, at its lowest share.

    Values that differ by ``room`` and their own errors at most are equal.
    """
    least = _least(found, room)
    distinct: dict[tuple[Fraction, ...], MixedCandidate] = {}
    for one in sorted((one for one in found if _may_be(one, least)), key=_order):
        distinct.setdefault(_key(one), one)
    return list(distinct.values())


def _runner_up(
    found: Sequence[MixedCandidate], best: Sequence[MixedCandidate], room: Fraction
) -> MixedCandidate | None:
    """The best of strictly lower value that is another equilibrium."""
    least, known = _least(found, room), {_key(one) for one in best}
    lower = [one for one in found if not _may_be(one, least) and _key(one) not in known]
    if not lower:
        return None
    highest = _least(lower, room)
    return min((one for one in lower if _may_be(one, highest)), key=_order)


def _least(found: Sequence[MixedCandidate], room: Fraction) -> Fraction:
    """The least value that counts as the highest."""
    top = max(found, key=lambda one: one.value)
    return top.value - room - top.error


def _may_be(one: MixedCandidate, least: Fraction) -> bool:
    """Whether it may be worth ``least``."""
    return (one.value + one.error if one.error else one.value) >= least


def _candidates(game: PaymentGame, selection: Selection, cap: Fraction | None) -> list[MixedCandidate]:
    utility, worst = to_table(game.utilities), selection == "worst"
    if not game.rule.has_alpha:
        return kept_candidates(equilibria_of_one_game(game), utility, to_table(game.potential), cap, worst)
    return (worst_candidates if worst else best_candidates)(branches(game), utility, cap)


def _order(candidate: MixedCandidate) -> tuple[Beta, bool, tuple[Fraction, ...]]:
    """Low α first, then what is attained, then more weight on earlier levels: pure profiles ascend."""
    weights = tuple(-p for vector in candidate.strategies for p in vector)
    return -candidate.beta, not candidate.attained, weights


def _key(candidate: MixedCandidate) -> tuple[Fraction, ...]:
    """The equilibrium alone, whatever the share."""
    return tuple(p for vector in candidate.strategies for p in vector)


def to_choice(game: PaymentGame, candidate: MixedCandidate) -> Choice:
    """The candidate with its numbers as floats, where the game or the optimum is not rational."""
    chosen = [[level for level, weight in enumerate(vector) if weight] for vector in candidate.strategies]
    pure = all(len(levels) == 1 for levels in chosen)
    exact = game.exact and candidate.error == 0

    def number(value: Fraction) -> Scalar:
        return value if exact else float(value)

    return Choice(
        alpha=number(_alpha(candidate.beta)) if game.rule.has_alpha else None,
        profile=game.levels([levels[0] for levels in chosen]) if pure else None,
        strategies=tuple(_over_levels(game, user, vector, exact) for user, vector in enumerate(candidate.strategies)),
        platform_utility=number(candidate.value),
        utility=number(candidate.utility),
        interval=(number(_alpha(candidate.most)), number(_alpha(candidate.least))) if game.rule.has_alpha else None,
        attained=candidate.attained,
    )


def _alpha(beta: Beta) -> Fraction:
    return Fraction(0) if isinstance(beta, float) else Fraction(beta.denominator, beta.numerator)


def _over_levels(game: PaymentGame, user: int, vector: Array, exact: bool) -> Array:
    """Probabilities of all L levels from those of the user's choices."""
    levels = [Fraction(0)] * len(game.utility.levels)
    for level, probability in zip(game.strategies[user], vector, strict=True):
        levels[level] = probability
    return object_array(levels) if exact else np.array(levels, dtype=float)


def _own(game: PaymentGame, user: int, vector: Array) -> Array:
    """Probabilities of the user's choices from those of all levels."""
    return vector[list(game.strategies[user])]


def _costs(game: PaymentGame) -> Sequence[Sequence[Scalar]]:
    return game.costs if game.exact else [[float(cost) for cost in row] for row in game.costs]


def _warnings(game: PaymentGame, paid: Array, error: float) -> tuple[str, ...]:
    """What is legal but may surprise: payments below 0."""
    negative = [name for name, payment in zip(game.users.names, paid, strict=True) if payment < -error]
    return (f"the fair payment is negative for {', '.join(negative)}",) if negative else ()


def to_table(tensor: Tensor) -> Table:
    """Floats are taken as the rationals that they are."""
    if tensor.exact:
        return Table(tensor.values.tolist(), tensor.unit)
    rationals = object_array(map(Fraction, tensor.values.ravel().tolist())).reshape(tensor.values.shape)
    return Table.of(Rationals.of(rationals))
