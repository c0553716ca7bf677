"""What a selection is: which equilibrium counts at each share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from fairgames.certain import Reals
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.mechanism.selections.candidates import Candidates
from fairgames.typing import Array, BoolArray
from fairgames.valuation.rules import Rule


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


@dataclass(frozen=True)
class Selection:
    """Which of the equilibria at a share is played, or is what the platform counts on.

    A new one is a file in this package that makes one of these, and a line in its ``__init__``.

    Attributes
    ----------
    name : as users write it
    says : what counts, for lists and help
    over_shares : the candidates of a game for each share, of which none pays out more than the budget (None: no
        limit)
    of_one_game : which equilibria count in a game without share (Theorem 1)
    all_within : whether a budget has to hold at all equilibria, not only at those that count
    why_not : why it cannot be decided under a rule, and what to do; None if it can
    pure : whether only pure equilibria can count
    scopes : where else than among listed pure profiles it is known: ``"counts"`` (:mod:`fairgames.mechanism.types`),
        ``"mixed"`` (:mod:`fairgames.mechanism.mixed`), ``"symmetric"`` (:mod:`fairgames.mechanism.symmetric`)
    """

    name: str
    says: str
    over_shares: Callable[[Pool, Fraction | None], Candidates]
    of_one_game: Callable[[Pool], BoolArray]
    all_within: bool = False
    why_not: Callable[[Rule], str | None] = lambda _rule: None
    pure: bool = False
    scopes: frozenset[str] = frozenset()

    def require(self, scope: str, instead: str) -> None:
        """Refuse a scope in which the selection is not known.

        Raises
        ------
        InputError
            With what to do ``instead``.
        """
        if scope not in self.scopes:
            raise InputError(f"selection {self.name!r} is not known for {scope} equilibria: {instead}")


#: All other scopes.
EVERYWHERE = frozenset({"counts", "mixed", "symmetric"})
