"""Expected payments of users alike with private costs, from U alone: coalitions thinned by who has come so far.

A user's Shapley value is what it adds, on average over the time q at which it comes, to those who came before, each of
whom did with chance q (Owen 1972). With others on level y with chance p(y) once their costs are drawn, each is in the
coalition on level y ≠ 0 with chance q·p(y). So draws of costs and of coalitions are one multinomial for each kind, and

    E[φ(x)] = ∫₀¹ E[U(J + e_x) − U(J)] dq,

J the counts of the coalition; where the platform is a member it has come too, with chance q, and the integrand is q
times that. It is a polynomial in q. Neither the potential nor any sum over counts of the solver's is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from fairgames import memory
from fairgames.counts.lattice import count_vectors, rank
from fairgames.equilibria.types.same_plans import KindPlans, SamePlans
from fairgames.errors import TooLargeError
from fairgames.exact import object_array
from fairgames.solvers.enclosure import Enclosure
from fairgames.text import how_many
from fairgames.typing import Array

_EPSILON = float(np.finfo(float).eps)
#: Users up to whom all is rational where the game is, and steps of one plan up to which it is looked at.
_MOST_EXACT, _MOST_STEPS = 12, 3_000_000_000
#: The number of users of a group, and the chance of each level.
_Group: TypeAlias = tuple[int, Mapping[int, Fraction]]


@dataclass(frozen=True, eq=False)
class ThinnedCoalitions:
    """Of one game of plans that are the same for users alike.

    Raises
    ------
    TooLargeError
        If one plan would take some minutes.
    """

    same: SamePlans
    _values: dict[KindPlans, tuple[tuple[Enclosure, ...], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        axes, n = self.same.population.lattice.axes, len(self.same.game.known)
        joined = sum(
            math.prod(sorted(_n_counts(size, len(levels)) for size in sizes)[-2:])
            for sizes, levels in zip(self._sizes(), self.same.population.lattice.choices, strict=True)
            if len(sizes) > 1
        )
        steps = len(self.same.kinds) * (n // 2 + 1) * (joined + self.same.population.lattice.size * len(axes))
        if steps > _MOST_STEPS:
            raise TooLargeError(
                f"verify: coalitions of {how_many(n)} users on {how_many(self.same.population.lattice.size)} states of "
                "counts take too long to go through; leave verify out, or keep fewer users, kinds or levels"
            )

    @property
    def exact(self) -> bool:
        """Whether all is rational."""
        return self.same.exact and len(self.same.game.known) <= _MOST_EXACT

    def values(self, plans: KindPlans) -> tuple[tuple[Enclosure, ...], ...]:
        """For each kind what one of its users is paid at each of its choices, at α = 1; all others have their plans."""
        if plans not in self._values:
            chances = self._chances(plans)
            self._values[plans] = tuple(self._of_kind(k, chances) for k in range(len(self.same.kinds)))
        return self._values[plans]

    def utility(self, plans: KindPlans) -> Enclosure:
        """E[U]."""
        axes = [self._axis(groups, number, [Fraction(1)])[0] for number, groups in self._groups(plans)]
        return self._enclosed(_contracted(self._worths, axes), 1)

    def _of_kind(self, k: int, chances: Sequence[Mapping[int, Fraction]]) -> tuple[Enclosure, ...]:
        mine, lattice = self.same.kinds[k], self.same.population.lattice
        nodes, weights = self._quadrature
        axes = []
        for number, levels in enumerate(lattice.choices):
            groups = [
                (len(kind.users) - (other == k), own)
                for other, (kind, own) in enumerate(zip(self.same.kinds, chances, strict=True))
                if kind.number == number
            ]
            axes.append(self._axis(groups, number, nodes))
            size = sum(size for size, _ in groups)
            if number == mine.number:
                others = count_vectors(size, levels, lattice.axes[number].shape[1])
                rows = [_with_one(others, level, levels, size + 1) for level in (0, *mine.choices)]
        total: list[Any] = [0] * len(rows)
        for place, weight in enumerate(weights):
            left = [None if number == mine.number else axis[place] for number, axis in enumerate(axes)]
            along = _contracted(self._worths, left)
            worth = [np.dot(along[own], axes[mine.number][place]) for own in rows]
            total = [sum_ + weight * one for sum_, one in zip(total, worth, strict=True)]
        return tuple(self._enclosed(one - total[0], 2) for one in total[1:])

    def _axis(self, groups: Sequence[_Group], number: int, nodes: Sequence[Any]) -> Array:
        """The chances of the counts of a type that are in the coalition, shape (Q, S)."""
        levels = self.same.population.lattice.choices[number]
        n_levels = self.same.population.lattice.axes[number].shape[1]
        found, total = None, 0
        for size, chances in groups:
            if not size:
                continue
            own = _multinomial(size, _thinned(chances, levels, nodes, self.exact), self.exact)
            found = own if found is None else _joined(found, total, own, size, levels, n_levels)
            total += size
        one = np.ones((len(nodes), 1))
        return (object_array([Fraction(1)] * len(nodes))[:, None] if self.exact else one) if found is None else found

    def _chances(self, plans: KindPlans) -> list[Mapping[int, Fraction]]:
        return [kind.chances(plan) for kind, plan in zip(self.same.kinds, plans, strict=True)]

    def _groups(self, plans: KindPlans) -> list[tuple[int, list[_Group]]]:
        chances = self._chances(plans)
        return [
            (
                number,
                [(len(k.users), own) for k, own in zip(self.same.kinds, chances, strict=True) if k.number == number],
            )
            for number in range(len(self.same.population.lattice.axes))
        ]

    def _sizes(self) -> list[list[int]]:
        return [
            [len(kind.users) for kind in self.same.kinds if kind.number == number]
            for number in range(len(self.same.population.lattice.axes))
        ]

    @cached_property
    def _worths(self) -> Array:
        """U at every state."""
        lattice, tensor = self.same.population.lattice, self.same.population.utilities
        memory.require(8 * 4 * lattice.size, "U on counts, to be verified", memory.FEWER_PROFILES)
        numbers = tensor.numbers().reshape(lattice.shape)
        return numbers if self.exact else numbers.astype(float)

    @cached_property
    def _quadrature(self) -> tuple[Sequence[Any], Sequence[Any]]:
        """Nodes and weights on (0, 1) that are exact for what all others but one user make."""
        n, member = len(self.same.game.known), self.same.game.rule.platform
        if self.exact:
            return _through_points(n, int(member))
        nodes, weights = _gauss(n // 2 + 1)
        return nodes, [w * float(q) for q, w in zip(nodes, weights, strict=True)] if member else weights

    def _enclosed(self, value: Any, times: int) -> Enclosure:
        """A mean of U, or a difference of two of them.

        Of chances, which are products of one number a user and a coefficient, of sums of positive numbers, and of the
        nodes, each of which moves every user's chance; of all of that a few roundings a user and a term.
        """
        if self.exact:
            return Enclosure(Fraction(value), Fraction(value))
        tensor = self.same.population.utilities
        terms = 16 * (len(self.same.game.known) + 4) + 4 * sum(self.same.population.lattice.shape)
        error = times * (float(tensor.error) + terms * _EPSILON * float(np.abs(self._worths).max()))
        return Enclosure(Fraction(float(value)) - Fraction(error), Fraction(float(value)) + Fraction(error))


def _n_counts(size: int, n_levels: int) -> int:
    return math.comb(size + n_levels - 1, n_levels - 1)


def _with_one(others: Array, level: int, levels: Sequence[int], size: int) -> Array:
    """The places of counts with one more user on a level."""
    more = others.copy()
    more[:, level] += 1
    return rank(more, levels, size)


def _contracted(worths: Array, axes: Sequence[Any]) -> Any:
    """The mean along each axis for which there are chances; those of one node are rows."""
    for axis in reversed(range(len(axes))):
        if axes[axis] is not None:
            worths = np.tensordot(worths, np.ravel(axes[axis]), axes=(axis, 0))
    return worths.item() if isinstance(worths, np.ndarray) and not worths.ndim else worths


def _thinned(chances: Mapping[int, Fraction], levels: Sequence[int], nodes: Sequence[Any], exact: bool) -> Array:
    """The chance of each level in the coalition at each node, shape (Q, L): q·p(y), and else 0."""
    rows = []
    for node in nodes:
        q = Fraction(node)
        there = [q * chances.get(level, Fraction(0)) for level in levels[1:]]
        row = [1 - sum(there, Fraction(0)), *there]
        rows.append(row if exact else [float(one) for one in row])
    return np.array(rows, dtype=object if exact else float)


def _multinomial(size: int, chances: Array, exact: bool) -> Array:
    """The chance of each count vector of so many users, shape (Q, S); floats by mantissas and exponents."""
    n_levels = chances.shape[1]
    rows = count_vectors(size, range(n_levels), n_levels)
    ways = [math.factorial(size) // math.prod(map(math.factorial, row)) for row in rows.tolist()]
    if exact:
        found = np.array([ways] * len(chances), dtype=object)
        for level in range(n_levels):
            found = found * chances[:, level : level + 1] ** rows[None, :, level].astype(object)
        return found
    shift = np.array([max(0, own.bit_length() - 64) for own in ways])
    mantissa = np.array([float(own >> by) for own, by in zip(ways, shift.tolist(), strict=True)])[None, :]
    exponent = shift[None, :]
    for level in range(n_levels):
        own, power = _powers(chances[:, level], size)
        mantissa = mantissa * own[:, rows[:, level]]
        exponent = exponent + power[:, rows[:, level]]
        mantissa, more = np.frexp(mantissa)
        exponent = exponent + more
    return np.asarray(np.ldexp(mantissa, np.maximum(exponent, -2000)))


def _powers(base: Array, most: int) -> tuple[Array, Array]:
    """base^j for j up to ``most``, shape (Q, most + 1), as mantissas in [1/2, 1) and exponents."""
    mantissa, exponent = np.ones((len(base), most + 1)), np.zeros((len(base), most + 1), dtype=np.int64)
    for j in range(1, most + 1):
        mantissa[:, j], more = np.frexp(mantissa[:, j - 1] * base)
        exponent[:, j] = exponent[:, j - 1] + more
    return mantissa, exponent


def _joined(one: Array, size: int, other: Array, more: int, levels: Sequence[int], n_levels: int) -> Array:
    """The chances of the counts of two groups of users together, shape (Q, S)."""
    first, second = (count_vectors(own, levels, n_levels) for own in (size, more))
    total = np.zeros((len(one), _n_counts(size + more, len(levels))), dtype=one.dtype)
    for place, row in enumerate(first):
        total[:, rank(second + row, levels, size + more)] += one[:, place : place + 1] * other
    return total


def _gauss(n: int) -> tuple[list[float], list[float]]:
    """Gauss–Legendre nodes and weights on (0, 1), from balls."""
    from flint import arb, ctx

    with ctx.workprec(128):
        pairs = [arb.legendre_p_root(n, k, weight=True) for k in range(n)]
        return [float((1 + root) / 2) for root, _ in pairs], [float(weight / 2) for _, weight in pairs]


def _through_points(n: int, power: int) -> tuple[list[Fraction], list[Fraction]]:
    """n nodes k/n and the weights with which they integrate q^power times any polynomial of degree n − 1."""
    nodes = [Fraction(k, n) for k in range(n)]
    weights = []
    for node in nodes:
        basis = [Fraction(1)]  # of the polynomial that is 1 there and 0 at the others, constant first
        for other in nodes:
            if other != node:
                basis = [
                    (low - other * here) / (node - other)
                    for low, here in zip([Fraction(0), *basis], [*basis, Fraction(0)], strict=True)
                ]
        weights.append(sum((c / (k + power + 1) for k, c in enumerate(basis)), Fraction(0)))
    return nodes, weights
