"""What a selection is: which equilibrium counts at each share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import numpy as np

from fairgames.certain import Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError, NoAnswerError
from fairgames.game import PaymentGame
from fairgames.mechanism.candidates import Candidates, OneGame
from fairgames.typing import Array, BoolArray, Profile, Scalar
from fairgames.valuation.rules import Rule

if TYPE_CHECKING:
    from fairgames.equilibria.symmetric.exchangeable import Exchangeable
    from fairgames.equilibria.symmetric.two_levels import SymmetricGame
    from fairgames.equilibria.two_users.branches import Branches
    from fairgames.mechanism.curve import PairTable
    from fairgames.mechanism.mixed_candidate import MixedCandidate
    from fairgames.mechanism.symmetric_candidates.candidate import SymmetricCandidate
    from fairgames.mechanism.types import CountedStates

#: The most that may be paid out; None where there is no limit.
Cap: TypeAlias = Fraction | None


@dataclass(frozen=True, eq=False)
class PotentialLines:
    """Φ_α = α·shared − cost of each equilibrium: P and the least Σc there (``Fraction`` objects).

    Where the potential is weighted, each cost is divided by its user's weight.
    """

    shared: Reals
    cost: Array


class Pool(Protocol):
    """The pure equilibria of one game, listed or counted, and what a selection may ask of them."""

    @property
    def equilibria(self) -> PureEquilibria: ...

    def potential(self) -> PotentialLines:
        """Φ_α of each equilibrium."""
        ...

    def strict_at_end(self, found: Candidates) -> BoolArray:
        """Whether the equilibrium of each candidate is strict even at the candidate's share."""
        ...


#: A profile, the shares at which the selection is that profile, and whether its value is attained.
Speaker: TypeAlias = tuple[Profile, tuple[Scalar, Scalar], bool]


@dataclass(frozen=True)
class OnCounts:
    """How equilibria count where users are counted instead of listed (:mod:`fairgames.mechanism.types`).

    Attributes
    ----------
    speakers : the profiles that speak for a candidate
    every_start : whether a state is a candidate from wherever one of its profiles begins to be an equilibrium
    """

    speakers: Callable[[CountedStates, Candidates, int], Iterator[Speaker]]
    every_start: bool = False


@dataclass(frozen=True)
class Mixed:
    """How mixed equilibria of two users count (:mod:`fairgames.mechanism.mixed`).

    Attributes
    ----------
    over_branches : the candidates on branches of equilibria over all shares
    of_extreme : those among the extreme equilibria of a game without share
    """

    over_branches: Callable[[Branches, PairTable, Cap], list[MixedCandidate]]
    of_extreme: Callable[[Sequence[MixedCandidate], Cap], list[MixedCandidate]]


@dataclass(frozen=True)
class Symmetric:
    """How symmetric equilibria of equal users count, mixed or not (:mod:`fairgames.mechanism.symmetric`).

    Attributes
    ----------
    over_shares : the candidates where there are two levels
    of_levels : the same of more levels, and a bound on what any other may be worth; None if not known
    """

    over_shares: Callable[[SymmetricGame, Cap], list[SymmetricCandidate]]
    of_levels: Callable[[PaymentGame, Exchangeable, Cap], tuple[list[SymmetricCandidate], float]] | None = None


_Way = TypeVar("_Way")


@dataclass(frozen=True)
class Selection:
    """Which of the equilibria at a share is played, or is what the platform counts on.

    A new one is a file in this package that makes one of these, and a line in its ``__init__``. It need not be
    known in every scope: where it is not, users are listed instead of counted, and told so where that will not do.

    Attributes
    ----------
    name : as users write it
    says : what counts, for lists and help
    over_shares : the candidates of a game for each share, of which none pays out more than the budget (None: no
        limit)
    of_one_game : which equilibria count in a game without share (Theorem 1), whatever is paid out
    all_within : whether a budget has to hold at all equilibria, not only at those that count
    why_not : why it cannot be decided under a rule, and what to do; None if it can
    pure, strict : whether only pure equilibria can count, and only strict ones
    counts, mixed, symmetric : how it is decided in other scopes; the last is called for it, to load what it takes
    """

    name: str
    says: str
    over_shares: Callable[[Pool, Cap], Candidates]
    of_one_game: Callable[[OneGame], BoolArray]
    all_within: bool = False
    why_not: Callable[[Rule], str | None] = lambda _rule: None
    pure: bool = False
    strict: bool = False
    counts: OnCounts | None = None
    mixed: Mixed | None = None
    symmetric: Callable[[], Symmetric] | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """Where else than among listed pure profiles it is known: if only they count, also of two users."""
        ways = {"counts": self.counts, "mixed": self.mixed or self.pure, "symmetric": self.symmetric}
        return frozenset(scope for scope, way in ways.items() if way)

    def require(self, scope: str, instead: str) -> None:
        """Refuse a scope in which the selection is not known.

        Raises
        ------
        InputError
            With what to do ``instead``.
        """
        self.known(scope in self.scopes or None, scope, instead)

    def known(self, way: _Way | None, scope: str, instead: str = "use scope 'pure'") -> _Way:
        """How it is decided in a scope.

        Raises
        ------
        InputError
            If that is not known, with what to do ``instead``.
        """
        if way is None:
            raise InputError(f"selection {self.name!r} is not known for {scope} equilibria: {instead}")
        return way

    def no_answer(self, cap: Cap) -> NoAnswerError:
        """The error where nothing is left."""
        within = "" if cap is None else f" that pays out at most {cap}"
        kind = "stable equilibrium" if self.strict else "equilibrium"
        return NoAnswerError(f"there is no {kind}{within}; try another selection or budget")

    def among(self, game: OneGame, cap: Cap) -> BoolArray:
        """Which equilibria of a game without share count, and pay out at most ``cap``."""
        if not len(game.stable):
            return np.zeros(0, dtype=bool)
        chosen = self.of_one_game(game)
        if cap is None:
            return chosen
        below, equal = game.paid.at_most(cap, game.judge)
        fits = below | equal
        return chosen & (fits.all() if self.all_within else fits)
