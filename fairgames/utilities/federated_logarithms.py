"""The federated mean's utility in rational arithmetic: a sum of logarithms of rationals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from fairgames.certain import Logarithms, Rational, Real
from fairgames.federation import group_total, of_member, of_sender


@dataclass(frozen=True)
class FederatedLogarithms:
    """U(ρ) = Σ_i a_i·log((r² + 2s²)/EMSE_i(ρ)) (eq. 15) with exact errors EMSE_i (Propositions 4 and 5).

    All numbers are ``flint.fmpq``, some twenty times faster than ``Fraction``.

    Attributes
    ----------
    between : s²
    reference : r² + 2s², the error where nobody shares
    weights : a_i in money, one a user
    variances : V_i = s² + r²/n_i, one a user
    samples : n_i where members of the level-1 group weigh n_i, else 1 each
    """

    between: Any
    reference: Any
    weights: tuple[Any, ...]
    variances: tuple[Any, ...]
    samples: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        between: Fraction,
        within: Fraction,
        samples: Iterable[Fraction],
        weights: Iterable[Fraction],
        by_samples: bool,
    ) -> FederatedLogarithms:
        from flint import fmpq

        def exact(value: Fraction) -> Any:
            return fmpq(value.numerator, value.denominator)

        s2, r2, numbers = exact(between), exact(within), [exact(n) for n in samples]
        return cls(
            s2,
            r2 + 2 * s2,
            tuple(map(exact, weights)),
            tuple(s2 + r2 / n for n in numbers),
            tuple(n if by_samples else fmpq(1) for n in numbers),
        )

    def at(self, levels: Sequence[int]) -> Real:
        """U where each user is on the level 0, 1 or 2.

        A lone member of the group hides nothing: it is worth what it were on level 2, and is taken
        for that, so that what is equal for this reason has equal keys.
        """
        crowd = Counter(zip(self._kinds, levels, strict=True))
        members = [place for place in crowd if place[1] == 1]
        if len(members) == 1 and crowd[members[0]] == 1:
            crowd[members[0][0], 2] += crowd.pop(members[0])
        sharing = tuple(sorted((place, count) for place, count in crowd.items() if place[1]))
        if not sharing or not any(self.weights):
            return Rational(0)
        return Logarithms(partial(self._pairs, crowd), key=("federated", id(self), sharing))

    def _pairs(self, crowd: Mapping[tuple[int, int], int]) -> list[tuple[Any, Any]]:
        errors = zip(crowd.items(), self._errors(crowd), strict=True)
        return [(self.reference / error, count * self.weights[kind]) for ((kind, _), count), error in errors]

    @cached_property
    def _kinds(self) -> tuple[int, ...]:
        """For each user the first one that is alike."""
        first: dict[tuple[Any, ...], int] = {}
        alike = zip(self.weights, self.variances, self.samples, strict=True)
        return tuple(first.setdefault(kind, user) for user, kind in enumerate(alike))

    def _errors(self, crowd: Mapping[tuple[int, int], int]) -> list[Any]:
        """EMSE of users of each kind on each level, from how many there are of them."""
        members = [(kind, count) for (kind, level), count in crowd.items() if level == 1]
        precision = sum((count / self.variances[kind] for (kind, level), count in crowd.items() if level == 2), start=0)
        size = sum((count * self.samples[kind] for kind, count in members), start=0)
        squares = sum((count * self.samples[kind] ** 2 for kind, count in members), start=0)
        noise = sum((count * self.samples[kind] ** 2 * self._noise(kind) for kind, count in members), start=0)
        total = group_total(self.between, squares, noise)
        if members:
            precision += size**2 / total
        if precision == 0:
            return [self.reference] * len(crowd)

        def parts(kind: int, level: int) -> tuple[Any, Any]:
            own = self.samples[kind]
            if level == 1:
                return of_member(self.between, squares - own**2, squares - own * size, noise, total)
            return of_sender(self.between, self._noise(kind) / self.variances[kind]) if level else (self.between, 1)

        return [own + misfit**2 / precision for own, misfit in (parts(*place) for place in crowd)]

    def _noise(self, kind: int) -> Any:
        """r²/n."""
        return self.variances[kind] - self.between
