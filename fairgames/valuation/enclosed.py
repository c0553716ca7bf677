"""U, P and differences of P at single profiles, as numbers that can be enclosed as narrowly as asked.

With n users who share, P(ρ) = Σ_{∅≠S} q_{n,|S|}·U(ρ_S), summed over how many users of each type are
on each level; under the fair rules q_{n,s} = (s + e − 1)!·(n − s)!/(n + e)!. What is equal in two
profiles cancels exactly. Where a rule weights coalitions by more than their size, its own formula is
followed, in symbols.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from fairgames.certain import Rational, Real, combination
from fairgames.exact import object_array
from fairgames.typing import Array, Profile
from fairgames.utilities.base import Utility
from fairgames.valuation.rules import Coalitions, Rule, Semivalue

#: How many users are on each (type, level), level 0 left out.
Counts: TypeAlias = tuple[tuple[tuple[int, int], int], ...]

#: Coalitions (counted by types) up to which P can be had: some ten seconds for distinct users.
MOST_COALITIONS = 20_000
#: And up to which it is a sum of terms, in which what is equal in two profiles cancels.
FEW_COALITIONS = 1_100


class _UnknownError(Exception):
    """U of a coalition is known in floats only, or the coalitions are too many."""


class EnclosedValues:
    """U and P of one utility; everything is computed when first asked for, and kept.

    Parameters
    ----------
    rule : by which U is divided

    >>> from fairgames.utilities import LinearLaplace
    >>> from fairgames.valuation.rules import USERS
    >>> values = EnclosedValues(LinearLaplace(2, [0, "inf"]), USERS)
    >>> values.gain((1, 1), 0, 0).key
    Fraction(1, 2)
    """

    def __init__(self, utility: Utility, rule: Rule) -> None:
        self._of, self.rule = utility, rule
        self._types = utility.types
        self._utilities: dict[Counts, Real | None] = {}
        self._potentials: dict[Counts, Real | None] = {}
        self._fractions: dict[Counts, Any] = {}
        self._balls: dict[int, dict[Counts, Any]] = {}
        self._gains: dict[tuple[Counts, int, int, int], Real | None] = {}
        self._own: dict[Profile, Array | None] = {}

    def utility(self, profile: Sequence[int]) -> Real | None:
        """U(ρ) of level indices; None where only floats are known. Where nobody shares it is 0, whatever floats say."""
        return self.utility_on_counts(self._counted(profile))

    def potential(self, profile: Sequence[int]) -> Real | None:
        """P(ρ); None where only floats are known, or the coalitions are too many."""
        if self._by_size:
            return self.on_counts(self._counted(profile))
        coalitions = self._coalitions(tuple(profile))
        try:
            return _real(self.rule.potential_at(coalitions))
        except _UnknownError:
            return None

    @property
    def _by_size(self) -> bool:
        """Whether P is a sum of U with weights of the sizes of coalitions."""
        return isinstance(self.rule, Semivalue) and self.rule.potential == "exact"

    def value(self, profile: Profile, user: int) -> Real | None:
        """φ of a user at α = 1; None as for :meth:`potential`."""
        if self._by_size:
            return self.gain(profile, user, 0)
        if not profile[user]:
            return Rational(0)
        if profile not in self._own:
            self._own[profile] = self._by_formula(profile)
        found = self._own[profile]
        return None if found is None else _real(found[sum(1 for level in profile[:user] if level)])

    def divided(self, profile: Profile) -> Real | None:
        """Σφ of all users."""
        values = [self.value(profile, user) for user, level in enumerate(profile) if level]
        known = [value for value in values if value is not None]
        return None if len(known) < len(values) else combination([(Fraction(1), value) for value in known])

    def _by_formula(self, profile: Profile) -> Array | None:
        """What the rule itself says, of numbers to enclose; None where those are not to be had."""
        if not self.rule.algebraic:
            return None
        try:
            return self.rule.values(self._coalitions(profile))
        except _UnknownError:
            return None

    def _coalitions(self, profile: Profile) -> Coalitions:
        users = [user for user, level in enumerate(profile) if level]

        def worth(inside: Sequence[int]) -> Real:
            there = {user for user, yes in zip(users, inside, strict=True) if yes}
            real = self.utility([level if user in there else 0 for user, level in enumerate(profile)])
            if real is None:
                raise _UnknownError
            return real

        def worths() -> Array:
            if 2 ** len(users) > FEW_COALITIONS:
                raise _UnknownError
            return object_array(map(worth, product((0, 1), repeat=len(users)))).reshape((2,) * len(users))

        levels = [self._of.levels[profile[user]] for user in users]
        return Coalitions(users, levels, lambda: worth([1] * len(users)), worths, exact=True)

    def on_counts(self, counts: Counts) -> Real | None:
        """P where ``counts`` are on each (type, level)."""
        if counts not in self._potentials:
            self._potentials[counts] = self._enclose(counts)
        return self._potentials[counts]

    def gain(self, profile: Profile, user: int, level: int) -> Real | None:
        """What a user is paid more for staying than on ``level``, at α = 1; None as for :meth:`potential`.

        That is P(ρ) − P(ρ with ρ_user = level), where there is a P by sizes of coalitions.
        """
        if not self._by_size:
            here, there = self.value(profile, user), self.value((*profile[:user], level, *profile[user + 1 :]), user)
            return None if here is None or there is None else here - there
        return self.gain_on_counts(self._counted(profile), self._types[user], profile[user], level)

    def gain_on_counts(self, counts: Counts, kind: int, x: int, y: int) -> Real | None:
        """The same for a user of type ``kind`` on level x who could go to y, ``counts`` being on each (type, level)."""
        key = (counts, kind, x, y)
        if key not in self._gains:
            there = Counter(dict(counts))
            there[kind, x] -= 1
            there[kind, y] += 1
            other = tuple(sorted((where, count) for where, count in there.items() if count and where[1]))
            one, two = self.on_counts(counts), self.on_counts(other)
            self._gains[key] = None if one is None or two is None else one - two
        return self._gains[key]

    def _counted(self, profile: Sequence[int]) -> Counts:
        """How many users of each type are on each level but 0."""
        found = Counter((kind, level) for kind, level in zip(self._types, profile, strict=True) if level)
        return tuple(sorted(found.items()))

    def utility_on_counts(self, counts: Counts) -> Real | None:
        """U where ``counts`` are on each (type, level)."""
        if counts not in self._utilities:
            self._utilities[counts] = self._exactly(counts)
        return self._utilities[counts]

    def _exactly(self, counts: Counts) -> Real | None:
        if not counts:
            return Rational(0)
        if self._of.rational and len(self._of.type_sizes) < self._of.n_users:
            rows = np.zeros((len(self._of.type_sizes), 1, len(self._of.levels)), dtype=np.int64)
            rows[:, 0, 0] = self._of.type_sizes
            for (kind, level), count in counts:
                rows[kind, 0, [0, level]] += (-count, count)
            return Rational(self._of.exact_on_counts(list(rows)).fractions().item())
        return self._of.exactly_on_counts(dict(counts))

    def _enclose(self, counts: Counts) -> Real | None:
        """P at such counts: a rational, a sum of terms that can cancel, or balls from smaller counts up."""
        coalitions = math.prod(count + 1 for _, count in counts)
        if coalitions > MOST_COALITIONS or self.utility_on_counts(counts) is None:
            return None
        if self._of.rational and self.rule.fair:
            return Rational(self._rational(counts))
        return self._sum(counts) if coalitions <= FEW_COALITIONS or not self.rule.fair else _Potential(self, counts)

    def _sum(self, counts: Counts) -> Real | None:
        from flint import fmpq

        assert isinstance(self.rule, Semivalue)
        coalitions: list[tuple[Counts, int, int]] = [((), 0, 1)]  # each with its size, and how many are counted so
        for where, count in counts:
            some = [(((where, k),) if k else (), k, math.comb(count, k)) for k in range(count + 1)]
            coalitions = [(one + more, size + k, ways * of) for one, size, ways in coalitions for more, k, of in some]
        n, terms = sum(count for _, count in counts), []
        weights = [self.rule.shared(size, n) for size in range(1, n + 1)]
        shares = [fmpq(weight.numerator, weight.denominator) for weight in weights]
        for one, size, ways in coalitions[1:]:
            real = self.utility_on_counts(one)
            if real is None:
                return None
            terms.append((shares[size - 1] * ways, real))
        return combination(terms)

    def _rational(self, counts: Counts) -> Fraction:
        def worth(some: Counts) -> Fraction:
            real = self.utility_on_counts(some)
            assert isinstance(real, Rational)
            return real.value

        found: Fraction = _recursed(counts, self.rule.platform_members, worth, self._fractions)
        return found

    def ball(self, counts: Counts, bits: int) -> Any:
        """A ball around P at such counts."""
        from flint import arb, ctx

        def worth(some: Counts) -> Any:
            real = self.utility_on_counts(some)
            assert real is not None
            return real.ball(bits)

        with ctx.workprec(bits):
            return arb(_recursed(counts, self.rule.platform_members, worth, self._balls.setdefault(bits, {})))


class _Potential(Real):
    """P at some counts, where coalitions are too many for a sum of terms."""

    def __init__(self, values: EnclosedValues, counts: Counts) -> None:
        self._values, self._counts = values, counts
        self.key = ("P", id(values), counts)

    def _ball(self) -> Any:
        from flint import ctx

        return self._values.ball(self._counts, ctx.prec)


def _real(value: Any) -> Real:
    """A number of a rule's formula; a constant is rational."""
    return value if isinstance(value, Real) else Rational(value)


def _recursed(counts: Counts, extra: int, worth: Callable[[Counts], Any], known: dict[Counts, Any]) -> Any:
    """P by (n + e)·P(ρ) = U(ρ) + Σ_i P(ρ with ρ_i = 0), from smaller counts up; what is ``known`` is kept."""
    known.setdefault((), 0)
    pending = [counts]
    while pending:
        here = pending[-1]
        if here in known:
            pending.pop()
            continue
        without = [(count, _less(here, place)) for place, (_, count) in enumerate(here)]
        missing = [smaller for _, smaller in without if smaller not in known]
        if missing:
            pending.extend(missing)
            continue
        total = worth(here)
        for count, smaller in without:
            total = total + count * known[smaller]
        known[here] = total / (sum(count for _, count in here) + extra)
    return known[counts]


def _less(counts: Counts, place: int) -> Counts:
    """With one user fewer of one kind."""
    where, count = counts[place]
    return (*counts[:place], *(((where, count - 1),) if count > 1 else ()), *counts[place + 1 :])
