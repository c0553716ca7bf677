"""The federated mean's utility in rational arithmetic: a sum of logarithms of rationals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from fairgames.certain import Logarithms, Rational, Real
from fairgames.federation import group_total, of_member, of_sender
from fairgames.utilities.capabilities import Kind


@dataclass(frozen=True, eq=False)
class FederatedLogarithms:
    """U(ρ) = Σ_i a_i·log((r² + 2s²)/EMSE_i(ρ)) (eq. 15) with exact errors EMSE_i (Propositions 4 and 5).

    Attributes
    ----------
    between, within : s² and r²
    weights : a_i in money, one a type of users
    samples : n_i, one a type
    by_samples : whether members of the level-1 group weigh n_i, else 1 each
    minimum : how many must be on level 1 for their aggregate to be formed
    """

    between: Fraction
    within: Fraction
    weights: tuple[Fraction, ...]
    samples: tuple[Fraction, ...]
    by_samples: bool
    minimum: int = 1

    def of_counts(self, counts: Mapping[Kind, int]) -> Real:
        """U where so many users of each type are on the level 0, 1 or 2.

        A lone member of the group hides nothing: it is worth what it were on level 2, and is taken
        for that, as are too few for an aggregate for users on level 0: so what is equal for such
        reasons has equal keys.
        """
        crowd = Counter(counts)
        members = [place for place in crowd if place[1] == 1]
        size = sum(crowd[place] for place in members)
        if size < self.minimum or size == 1:
            for kind, level in members:
                crowd[kind, 0 if size < self.minimum else 2] += crowd.pop((kind, level))
        sharing = tuple(sorted((place, count) for place, count in crowd.items() if place[1]))
        if not sharing or not any(self.weights):
            return Rational(0)
        return Logarithms(partial(self._pairs, crowd), key=("federated", id(self), sharing))

    def _pairs(self, crowd: Mapping[Kind, int]) -> list[tuple[Any, Any]]:
        return self._numbers.pairs(crowd)

    @cached_property
    def _numbers(self) -> _Numbers:
        s2, r2, samples = _fmpq(self.between), _fmpq(self.within), [_fmpq(n) for n in self.samples]
        return _Numbers(
            s2,
            r2 + 2 * s2,
            tuple(map(_fmpq, self.weights)),
            tuple(s2 + r2 / n for n in samples),
            tuple(n if self.by_samples else _fmpq(Fraction(1)) for n in samples),
        )


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The same as ``flint.fmpq``, some twenty times faster than ``Fraction``; made when digits are asked for.

    Attributes
    ----------
    between : s²
    reference : r² + 2s², the error where nobody shares
    weights : a_i in money, one a type of users
    variances : V_i = s² + r²/n_i, one a type
    samples : what members of the level-1 group weigh
    """

    between: Any
    reference: Any
    weights: tuple[Any, ...]
    variances: tuple[Any, ...]
    samples: tuple[Any, ...]

    def pairs(self, crowd: Mapping[Kind, int]) -> list[tuple[Any, Any]]:
        """(r, q) of U = Σ q·log r, given how many users of each type are on each level."""
        errors = zip(crowd.items(), self._errors(crowd), strict=True)
        return [(self.reference / error, count * self.weights[kind]) for ((kind, _), count), error in errors]

    def _errors(self, crowd: Mapping[Kind, int]) -> list[Any]:
        """EMSE of users of each type on each level, from how many there are of them."""
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


def _fmpq(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)
