"""What a payment rule is: its values at a profile, and what they promise."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from fairgames.errors import InputError
from fairgames.exact import object_array
from fairgames.typing import Array, FloatArray

if TYPE_CHECKING:
    from fairgames.tensor import Tensor

#: How deviations and a potential belong together: φ_i = w_i·(P(ρ) − P(ρ with ρ_i = 0)), all w_i = 1 if "exact".
PotentialKind: TypeAlias = Literal["exact", "weighted"]


#: Methods that a rule may say of that they compute it.
_METHODS = frozenset({"subsets", "counts", "sums", "binned", "windows", "sampling"})


class Coalitions:
    """U of the coalitions of the n users who share at one profile: all that a rule gets to see.

    Attributes
    ----------
    users : the indices of these users, shape (n,)
    levels : their privacy levels as numbers > 0 (``Fraction``, or infinite), shape (n,)

    Notes
    -----
    Values of U are floats, ``Fraction`` objects, or symbols of a number that is enclosed when it is
    compared: a rule adds them and multiplies them by rationals, and need not tell which they are.
    """

    def __init__(
        self,
        users: Sequence[int],
        levels: Sequence[Fraction | float],
        total: Callable[[], Any],
        worths: Callable[[], Array],
        exact: bool,
    ) -> None:
        self.users, self.levels, self._exact = tuple(users), tuple(levels), exact
        self._total_of, self._worths_of = total, worths
        self._total: Any = None
        self._worths: Array | None = None

    @classmethod
    def of_table(cls, users: Sequence[int], levels: Sequence[Fraction | float], worths: Array) -> Coalitions:
        """From U of all of them, shape (2,)·n."""
        return cls(users, levels, lambda: worths[(1,) * len(users)], lambda: worths, worths.dtype == object)

    def __len__(self) -> int:
        return len(self.users)

    @property
    def total(self) -> Any:
        """U of all n users."""
        if self._total is None:
            self._total = self._total_of()
        return self._total

    @property
    def worths(self) -> Array:
        """U of every coalition, shape (2,)·n: ``worths[1, 0, 1]`` is that of the first and the third user.

        Raises
        ------
        TooLargeError
            If 2^n numbers do not fit in memory. ``total`` needs one only.
        """
        if self._worths is None:
            self._worths = self._worths_of()
        return self._worths

    def numbers(self, fractions: Iterable[Fraction | int]) -> Array:
        """Rationals as an array to multiply U with: floats where U is floats, ``Fraction`` objects where it is not."""
        found = [Fraction(one) for one in fractions]
        return object_array(found) if self._exact else np.array([float(one) for one in found])

    @property
    def looked_at(self) -> tuple[int, float]:
        """How many values of U were asked for, and the largest |U| among them."""
        if self._worths is not None:
            return self._worths.size, float(np.abs(self._worths).max())
        return 1, abs(float(self.total))


class Rule(ABC):
    """A payment rule: how what the platform earns is divided.

    A rule of one's own derives from it, says its ``name`` and ``source``, and writes :meth:`values`.
    What differs from the defaults below is declared; :func:`fairgames.testing.check_rule` compares
    what is declared with what is paid.

    Attributes
    ----------
    name : as written in scenarios and on the command line
    source : where the rule is defined
    platform : whether the platform is a member of the game that is divided, and keeps its own value
        (there is no share α then); else payments are α, or α(U), times the values
    efficient : whether the values of those who share, and what a platform that is a member keeps, add up to U
    potential : ``"exact"`` if there is a P with φ_i = P(ρ) − P(ρ with ρ_i = 0); ``"weighted"`` if
        φ_i = w_i·(P(ρ) − P(ρ with ρ_i = 0)); None if there is none
    null_user : whether a user who adds nothing to any coalition is paid nothing
    symmetric : whether users alike in U and on one level are paid alike, whatever their place
    steepness : how much a value moves at most if every U moves by 1: the sum of the sizes of what it
        is multiplied with; 2 for a mean of what a user adds to coalitions, 1 for a part of U
    algebraic : whether :meth:`values` only adds, and multiplies and divides by numbers that do not depend on U; else
        comparisons that floats cannot decide stay open
    methods : those of :func:`fairgames.payments` that compute it
    """

    name: str
    source: str
    platform: bool = False
    efficient: bool = True
    potential: PotentialKind | None = None
    null_user: bool = False
    symmetric: bool = True
    steepness: float = 2.0
    algebraic: bool = True
    methods: frozenset[str] = frozenset({"subsets"})

    #: Whether dividends are shared equally, which is all that many methods and scopes can do.
    fair: ClassVar[bool] = False
    #: Whether the values are Banzhaf's, which methods compute beside Shapley's.
    banzhaf: ClassVar[bool] = False

    def __new__(cls, *_given: object, **_named: object) -> Rule:
        if cls is Rule:
            raise InputError(
                "Rule: expected extra = 0 with a share α or extra = 1 without one no longer, as a rule is not made of "
                f"numbers: got {', '.join(map(repr, (*_given, *_named.values())))}; use the names 'users' (fair among "
                "users) and 'coalition' (the platform as a member), or write a class of your own (docs/add-a-rule.md)"
            )
        return object.__new__(cls)

    @abstractmethod
    def values(self, coalitions: Coalitions) -> Array:
        """φ_i of the n users who share, at α = 1, shape (n,); all others get nothing.

        Rationals where those of ``coalitions`` are.
        """

    def potential_at(self, coalitions: Coalitions) -> Any:
        """P at the profile, where there is one and it is known.

        Raises
        ------
        InputError
            If the rule has none, or does not say how to get it.
        """
        raise InputError(
            f"rule {self.name!r} ({self.source}) has no potential to show; compare equilibria by selection 'best', or "
            "look at them one by one (`fairgames equilibria`)"
            if self.potential is None
            else f"rule {self.name!r} declares a potential but no potential_at(); write it (docs/add-a-rule.md)"
        )

    def user_weight(self, _user: int) -> Fraction:
        """w_i of a weighted potential, above 0."""
        return Fraction(1)

    def potential_on_grid(self, _utilities: Tensor) -> Tensor | None:
        """P at all profiles at once, level 0 first on each axis; None if it is to be had profile by profile only."""
        return None

    def steepness_of(self, _n: int) -> float:
        """The steepness where ``_n`` users share, where that is known to be less than :attr:`steepness`."""
        return self.steepness

    def of_samples(self, _samples: FloatArray | None) -> Rule:
        """The rule where users have these numbers of samples, shape (N,); None where nobody knows. Here: itself."""
        return self

    def values_on_grid(self, _utilities: Tensor, _levels: Sequence[Sequence[Any]]) -> tuple[Tensor, ...] | None:
        """φ of each user at all profiles at once, level 0 first on each axis; None if by :meth:`values` only."""
        return None

    @property
    def has_alpha(self) -> bool:
        """Whether the platform chooses a share α of the values to pay out."""
        return not self.platform

    @property
    def platform_members(self) -> int:
        """How many members a coalition has besides its users, where dividends are shared equally: 1 or 0.

        Raises
        ------
        InputError
            If they are not: whoever asks computes the fair rules only.
        """
        raise InputError(self.only_fair("what was asked for"))

    def only_fair(self, what: str) -> str:
        """The sentence that refuses what knows the two fair rules only, with the way out."""
        return (
            f"rule {self.name!r} ({self.source}): {what} is computed for the rules 'users' and 'coalition' only; use "
            f"payments by method {' or '.join(sorted(self.methods))}, equilibria in the payoff table, or design in "
            "scope 'pure' by method 'exact'"
        )

    def check_share(self, given: object, stated: bool) -> None:
        """That a share is given where the rule has one, and only there.

        Raises
        ------
        InputError
            Else.
        """
        if self.has_alpha != stated:
            expected = "needs a share α" if self.has_alpha else "has no share α"
            raise InputError(f"rule {self.name!r} ({self.source}) {expected}, got {given}")

    def faults(self) -> list[str]:
        """What is wrong with what the rule says of itself."""
        found = [
            f"{key}: expected a text, got {value!r}"
            for key in ("name", "source")
            if not (isinstance(value := getattr(self, key, None), str) and value)
        ]
        for key in ("platform", "efficient", "null_user", "symmetric", "algebraic"):
            if not isinstance(value := getattr(self, key), bool):
                found.append(f"{key}: expected True or False, got {value!r}")
        if self.potential not in (None, "exact", "weighted"):
            found.append(f"potential: expected 'exact', 'weighted' or None, got {self.potential!r}")
        if not (isinstance(self.steepness, int | float) and 0 < self.steepness < math.inf):
            found.append(f"steepness: expected a number above 0, got {self.steepness!r}")
        if not (isinstance(self.methods, frozenset) and self.methods and self.methods <= _METHODS):
            found.append(
                f"methods: expected a frozenset of some of {', '.join(sorted(_METHODS))}, got {self.methods!r}"
            )
        return found
