"""Games of equal users: U and payments depend only on how many are on each level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from operator import mul
from typing import Any

import numpy as np

from fairgames import memory
from fairgames.certain import Judge
from fairgames.counts.lattice import Lattice
from fairgames.counts.potential import count_potential_exact
from fairgames.equilibria.symmetric.bernstein import rounding
from fairgames.equilibria.symmetric.simplex import basis, multinomial
from fairgames.errors import InputError
from fairgames.exact import Rationals, object_array
from fairgames.game import PaymentGame
from fairgames.text import how_many
from fairgames.typing import Array, IntArray, Number
from fairgames.utilities import counts
from fairgames.utilities.base import Utility
from fairgames.utilities.snapshot import Snapshot
from fairgames.valuation.alpha import to_alpha
from fairgames.valuation.rules import Rule

#: U at more count states is taken as floats: the common denominator grows with each.
_MOST_EXACT_STATES = 1_000

#: Probabilities with denominators up to this are raised to powers exactly.
_SHORT = 2**32


@dataclass(frozen=True)
class SymmetricCertificate:
    """The proof of a symmetric equilibrium, from the definition of payments.

    Attributes
    ----------
    payment : what each user expects to be paid
    regret : best deviation gain of each
    bound : bound on the error of both; 0 where ``exact``
    exact : whether they are rationals
    """

    payment: Fraction | float
    regret: Fraction | float
    bound: float
    exact: bool


@dataclass(frozen=True, eq=False)
class Exchangeable:
    """A game of equal users, on the lattice of counts; of the game's tensors nothing is used.

    Where floats are all that is known of U, they are taken as the rationals that they are; so everything
    after U is exact.

    Attributes
    ----------
    lattice : the counts of users on level 0 (chosen or absent) and on the allowed levels
    levels : the level indices that the users may choose, ascending
    costs : what each of them costs
    utilities, potential : U and P at every state
    error : bound on the absolute error of U; 0 where ``known``
    exact : whether U is rational, and results are to be
    known : whether the rationals are U, or stand for it (:mod:`fairgames.utilities.snapshot`)
    rule : how U is divided
    n_levels : how many levels there are
    judge : decides comparisons, and says which stayed open
    """

    lattice: Lattice
    levels: tuple[int, ...]
    costs: tuple[Fraction, ...]
    utilities: Rationals
    potential: Rationals
    error: float
    exact: bool
    known: bool
    rule: Rule
    n_levels: int
    judge: Judge = field(default_factory=Judge)

    @classmethod
    def of(cls, game: PaymentGame) -> Exchangeable:
        """The game on counts.

        Raises
        ------
        InputError
            If the users are not alike, naming what differs.
        TooLargeError
            Before allocating, if U at all counts does not fit in memory.
        """
        _check_alike(game)
        utility, levels = game.utility, game.strategies[0]
        n, n_levels = utility.n_users, len(utility.levels)
        lattice = Lattice.of([n], [levels], n_levels)
        memory.require(
            1_000 * lattice.size,
            f"A symmetric game of {how_many(n)} users with {how_many(lattice.size)} count states",
            "Offer fewer levels (`allowed`), or take fewer users.",
        )
        by_default = game.exact_asked is None and lattice.size <= _MOST_EXACT_STATES
        exact = utility.rational and (game.exact or by_default)
        stands = None if exact or lattice.size > _MOST_EXACT_STATES else snapshot(utility, lattice)
        if exact:
            utilities = utility.exact_on_counts(lattice.axes)
        elif stands is not None:
            utilities = stands.exact_on_counts(lattice.axes)
        else:
            utilities = Rationals.of(object_array(map(Fraction, utility.on_counts(lattice.axes).tolist())))
        return cls(
            lattice,
            levels,
            game.costs[0],
            utilities,
            count_potential_exact(utilities, lattice, game.rule.platform_members),
            0.0 if exact or stands else utility.rounding,
            exact,
            exact or stands is not None,
            game.rule,
            n_levels,
        )

    @property
    def n_users(self) -> int:
        return self.lattice.n_users

    @property
    def counts(self) -> IntArray:
        """How many users are on each of the L levels at each state, shape (states, L)."""
        return self.lattice.axes[0]

    @property
    def gain_error(self) -> float:
        """Bound on the error of a difference of two levels' payments: each is an average of marginal contributions."""
        return 0.0 if self.known else 6 * self.error

    def with_costs(self, costs: tuple[Fraction, ...]) -> Exchangeable:
        """The same users at other sensitivities."""
        other = replace(self, costs=costs, judge=Judge())
        vars(other)["_places"] = self._places
        return other

    def cost(self, level: int) -> Fraction:
        """What an allowed level costs."""
        return self.costs[self.levels.index(level)]

    def share(self, alpha: Number | None) -> Fraction:
        """The share as a rational; 1 under Theorem 1, which has none.

        Raises
        ------
        InputError
            If α is no share, missing under Theorem 2 or given under Theorem 1.
        """
        if self.rule.has_alpha == (alpha is None):
            expected = "needs a share α" if self.rule.has_alpha else "has no share α"
            raise InputError(f"rule {self.rule.name!r} ({self.rule.source}) {expected}, got {alpha}")
        share = Fraction(1) if alpha is None else to_alpha(alpha)
        if not isinstance(share, Fraction):
            raise InputError(f"alpha: expected a number, got {alpha}")
        return share

    @cached_property
    def _places(self) -> dict[tuple[int, ...], int]:
        return {tuple(row): place for place, row in enumerate(self.counts.tolist())}

    def place(self, on: Mapping[int, int]) -> int:
        """The state with so many users on each level that is named; all others are absent."""
        row = [0] * self.n_levels
        for level, count in on.items():
            row[level] += count
        row[0] += self.n_users - sum(on.values())
        return self._places[tuple(row)]

    def on_edge(self, first: int, second: int) -> IntArray:
        """The states with 0, 1, …, N users on the first level and all others on the second."""
        n = self.n_users
        return np.array([self.place({first: k, second: n - k}) for k in range(n + 1)])

    def gains(self, level: int, base: int, others: Iterable[Mapping[int, int]]) -> list[Fraction]:
        """What a user earns more, at α = 1, on ``level`` than on ``base``, for each of some counts of the others."""
        pairs = [[self.place({**on, own: on.get(own, 0) + 1}) for own in (level, base)] for on in others]
        shared = self.potential[np.array(pairs)].fractions()
        return self.levelled([one - other for one, other in shared.tolist()])

    def levelled(self, gains: list[Fraction]) -> list[Fraction]:
        """Gains that floats cannot tell from 0, or from a lower one, made equal to it; rational ones as they are."""
        if self.known:
            return gains
        tolerance, least = 4 * Fraction(self.error), None
        level: dict[Fraction, Fraction] = {}
        for value in sorted(value for value in set(gains) if abs(value) > tolerance):
            if least is None or value - least > tolerance:
                least = value
            level[value] = least
        return [level.get(value, Fraction(0)) for value in gains]

    def expected(self, table: Rationals, strategy: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
        """E of U or P if everybody mixes the allowed levels with a strategy, and a bound on its rounding.

        Exactly where the game is rational and the probabilities are short.
        """
        counts = basis(self.n_users, len(self.levels)).indices
        values = table[np.array([self.place(dict(zip(self.levels, row, strict=True))) for row in counts.tolist()])]
        if self.known and all(chance.denominator <= _SHORT for chance in strategy):
            ways = (multinomial(row) * math.prod(map(pow, strategy, row)) for row in counts.tolist())
            return sum(map(mul, ways, values.fractions()), Fraction(0)), Fraction(0)
        floats = values.floats()
        chances = basis(self.n_users, len(self.levels)).weights(np.array(strategy, dtype=float))
        operations = self.n_users + len(self.levels) + len(counts) + 4
        return Fraction(float(chances @ floats)), Fraction(rounding(operations) * float(np.abs(floats).max()))

    def certify(self, alpha: Fraction | float, strategy: Array) -> SymmetricCertificate:
        """The certificate of the mixture ``strategy`` over all L levels, played by everybody: payments and regrets."""
        own = strategy[list(self.levels)]
        exact = strategy.dtype == object
        values, error = self.payments(own)
        paid, costs = (alpha if exact else float(alpha)) * values, np.array(self.costs, dtype=strategy.dtype)
        payoffs = paid - costs
        largest = 0.0 if exact else float(np.abs(paid).max() + costs.max())
        bound = 0.0 if exact else 2 * error + rounding(2 * len(own) + 8) * largest
        payment, payoff = (sum(map(mul, own, values)) for values in (paid, payoffs))
        return SymmetricCertificate(payment, max(payoffs) - payoff, bound, exact)

    def payments(self, strategy: Array) -> tuple[Array, float]:
        """What a user expects on each allowed level if all others mix alike, at α = 1, from the definition.

        Users arrive in random order; the one who comes after s others is worth what it adds to
        them, and they are on random levels. Theorem 1 has the platform arrive too, without whom
        nobody adds anything: it is among the s + 1 others of N + 1 places.

        Parameters
        ----------
        strategy : probability of each allowed level; rationals (object array), or floats

        Returns
        -------
        one payment for each allowed level, and a bound on their error (0 where rational)
        """
        exact, n = strategy.dtype == object, self.n_users
        to = [self.lattice.moved(0, 0, level) for level in self.levels]
        values = self.utilities.numerators if exact else self.utilities.floats()
        unit = math.lcm(*(Fraction(chance).denominator for chance in strategy)) if exact else 1
        chances = [int(chance * unit) for chance in strategy] if exact else strategy.tolist()
        crowd: Array = np.zeros(self.lattice.size, dtype=values.dtype)
        crowd[0] = 1
        totals: list[Any] = [0] * len(to)
        for arrived in range(n):
            here = np.flatnonzero(crowd)
            place = Fraction(arrived + 1, n * (n + 1)) if self.rule.platform_members else Fraction(1, n)
            share = place / (unit**arrived * self.utilities.denominator) if exact else float(place)
            totals = [
                total + share * (crowd[here] * (values[there[here]] - values[here])).sum()
                for total, there in zip(totals, to, strict=True)
            ]
            after = np.zeros_like(crowd)
            for chance, there in zip(chances, to, strict=True):
                after[there[here]] += chance * crowd[here]
            crowd = after
        if exact:
            return object_array(map(Fraction, totals)), 0.0
        operations = (len(to) + 2) * n + len(values) + 8
        return np.array(totals, dtype=float), 2 * (rounding(operations) * float(np.abs(values).max()) + self.error)


def snapshot(utility: Utility, lattice: Lattice) -> Snapshot | None:
    """Rationals that stand for U at every state; None where floats are all that is known of it."""
    profiles = counts.profiles(lattice.axes, utility.types)
    return Snapshot.of(utility, (tuple(level for (level,) in profile) for profile in profiles))


def _check_alike(game: PaymentGame) -> None:
    faults = []
    for what, rows in (
        ("U tells", game.utility.types),
        ("their allowed levels tell", game.strategies),
        ("their sensitivities tell", game.costs),
    ):
        other = next((user for user, row in enumerate(rows) if row != rows[0]), None)
        if other is not None:
            names = game.users.names
            faults.append(
                f"symmetric equilibria: expected users who are all alike, but {what} {names[0]} from {names[other]}; "
                "use scope 'pure'"
            )
    if faults:
        raise InputError(faults)
