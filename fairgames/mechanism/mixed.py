"""The platform's optimum over all equilibria of two users, mixed ones included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np

from fairgames.certain import Judge, Reals
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.equilibria.two_users.branches import branches, equilibria_of_one_game
from fairgames.equilibria.two_users.stand_in import stand_in
from fairgames.errors import NoAnswerError
from fairgames.exact import Rationals, object_array
from fairgames.game import PaymentGame
from fairgames.games.certificate import certify
from fairgames.mechanism.candidates import Candidates, Compared, compared
from fairgames.mechanism.choosing import Winner, choose, each_once, inside
from fairgames.mechanism.curve import PairTable
from fairgames.mechanism.mixed_candidate import MixedCandidate
from fairgames.mechanism.pure import pure_choice, pure_design
from fairgames.mechanism.result import Choice, Design
from fairgames.mechanism.selections import Selection, candidates, named
from fairgames.mechanism.selections.listed import Listed
from fairgames.tensor import Tensor
from fairgames.typing import Array, BoolArray, Scalar

#: The candidates of a game for a selection, within a cap.
Find: TypeAlias = Callable[[PaymentGame, Selection, Fraction | None], Sequence[MixedCandidate]]

_EPSILON = float(np.finfo(float).eps)


def mixed_design(game: PaymentGame, selection: str, cap: Fraction | None) -> Design:
    """The best share over all equilibria of two users; see :func:`fairgames.design`.

    Stable equilibria are pure by definition, and so are the maximisers of Φ_α: it is
    multilinear in mixed strategies.
    """
    counting = named(selection)
    if counting.pure:
        return pure_design(game, selection, cap, scope="all")
    return design_of_candidates(game, counting, cap, pure_equilibria(game), _candidates)


def design_of_candidates(
    game: PaymentGame, counting: Selection, cap: Fraction | None, equilibria: PureEquilibria, find: Find
) -> Design:
    """The best of the candidates that ``find`` has of a game, or of one in rationals that stands for it."""
    offers = _offers(game, equilibria, counting, cap, find)
    chosen = offers.choose(equilibria.judge, counting.no_answer(cap))
    winner = chosen.winner
    if winner.profile is None and not offers.known:
        equilibria.judge.leave_open("whether users mix exactly so: floats with a bound are all that is known of U")
    found = designed(game, winner, counting.name)
    return replace(
        found,
        ties=chosen.ties,
        runner_up=chosen.runner_up,
        equilibrium_profiles=len(equilibria),
        warnings=(*found.warnings, *chosen.warnings()),
        undecided=tuple(equilibria.judge.undecided),
    )


def designed(game: PaymentGame, winner: Choice, selection: str) -> Design:
    """The design at one choice with its certificate; nothing is known of others."""
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
        ties=(),
        runner_up=None,
        equilibrium_profiles=None,
        exact=certificate.exact and isinstance(winner.platform_utility, Fraction),
        rule=game.rule.name,
        warnings=_warnings(game, paid, certificate.regret_bound),
    )


@dataclass(frozen=True, eq=False)
class Offers:
    """Mixed candidates of a game, to be compared as all others are; after them pure ones, where floats decide on both.

    Attributes
    ----------
    game : what they are candidates of
    mixed : of the game, or of one in rationals that stands for it
    pure : those of ``equilibria`` that follow
    known : whether U is known for certain
    """

    game: PaymentGame
    mixed: Sequence[MixedCandidate]
    known: bool
    equilibria: PureEquilibria | None = None
    pure: Candidates | None = None

    @property
    def found(self) -> Compared:
        """What :func:`fairgames.mechanism.choosing.choose` compares."""
        return self._alone if self.pure is None else self._alone.followed_by(self.pure)

    @property
    def values(self) -> Reals:
        """What the platform keeps at the mixed ones."""
        return self._alone.value

    @cached_property
    def _alone(self) -> Compared:
        """The mixed ones."""
        error = 0.0 if self.known else self.game.utilities.error
        return compared(self.mixed, self.game.exact, self.known, error)

    @property
    def proven(self) -> BoolArray:
        """Which of them are an equilibrium for certain."""
        mixed = np.full(len(self.mixed), self.known)
        if self.pure is None or self.equilibria is None:
            return mixed
        return np.concatenate([mixed, self.equilibria.proven[self.pure.position]])

    def choose(self, judge: Judge, nothing: NoAnswerError) -> Winner[Choice]:
        """The best of them."""
        return choose(self.found, judge, self.every, nothing, self.proven, mixing=True)

    def every(self, k: int) -> Iterator[Choice]:
        """One of them with its numbers."""
        if k < len(self.mixed) or self.pure is None or self.equilibria is None:
            choice = to_choice(self.game, self.mixed[k])
            exact = isinstance(choice.platform_utility, Fraction)
            yield replace(choice, value_error=0.0 if exact else float(self.values.errors[k]))
        else:
            yield pure_choice(self.game, self.equilibria, self.pure, k - len(self.mixed))


def _offers(
    game: PaymentGame, equilibria: PureEquilibria, selection: Selection, cap: Fraction | None, find: Find
) -> Offers:
    """The candidates of the selection."""
    rational = stand_in(game)
    if rational is not None:
        return Offers(game, each_once(find(rational, selection, cap)), known=True)
    room, every = _room(game, cap), selection.all_within
    found = each_once(find(game, selection, cap + room if cap is not None and every else cap))
    if cap is not None and any(abs(one.paid - cap) <= room for one in found):
        equilibria.judge.leave_open(f"whether some payouts within their error of {float(cap):.6g} exceed it")
    if every:
        return Offers(game, found, known=False)
    # Pure ones have bounds of their own.
    mixing = [one for one in found if any(0 < p < 1 for vector in one.strategies for p in vector)]
    pure = candidates(Listed(game, equilibria), selection, cap, game.rule)
    return Offers(game, mixing, False, equilibria, pure)


def _room(game: PaymentGame, cap: Fraction | None) -> Fraction:
    """How far payouts may be off where floats are all that is known of U."""
    return Fraction(game.utilities.error + 4 * _EPSILON * float(cap or 0))


def _candidates(game: PaymentGame, selection: Selection, cap: Fraction | None) -> list[MixedCandidate]:
    way, utility = selection.known(selection.mixed, "mixed"), to_table(game.utilities)
    if game.rule.has_alpha:
        return way.over_branches(branches(game), utility, cap)
    keeps, one = to_table(game.potential), Fraction(1)
    extreme = [
        MixedCandidate(keeps.expected(*profile), one, profile, utility.expected(*profile), one, one)
        for profile in equilibria_of_one_game(game)
    ]
    return way.of_extreme(extreme, cap)


def to_choice(game: PaymentGame, candidate: MixedCandidate) -> Choice:
    """The candidate with its numbers as floats, where the game or the optimum is not rational."""
    chosen = [[level for level, weight in enumerate(vector) if weight] for vector in candidate.strategies]
    pure = all(len(levels) == 1 for levels in chosen)
    exact = game.exact and candidate.error == 0
    alpha, span = candidate.share, candidate.ends

    def number(value: Fraction) -> Scalar:
        return value if exact else float(value)

    shared = game.rule.has_alpha
    return Choice(
        alpha=(alpha if exact else inside(alpha, *span)) if shared else None,
        profile=game.levels([levels[0] for levels in chosen]) if pure else None,
        strategies=tuple(over_levels(game, user, vector, exact) for user, vector in enumerate(candidate.strategies)),
        platform_utility=number(candidate.value),
        utility=number(candidate.utility),
        interval=(number(span[0]), number(span[1])) if shared else None,
        attained=candidate.attained,
    )


def over_levels(game: PaymentGame, user: int, vector: Array, exact: bool) -> Array:
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


def to_table(tensor: Tensor) -> PairTable:
    """Floats are taken as the rationals that they are."""
    if tensor.exact:
        return PairTable(tensor.values.tolist(), tensor.unit)
    rationals = object_array(map(Fraction, tensor.values.ravel().tolist())).reshape(tensor.values.shape)
    return PairTable.of(Rationals.of(rationals))
