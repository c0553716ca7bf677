"""Fair payments at one profile of very many users of few kinds: those of one type and at one level are a kind.

φ_i is the mean over sizes s of E[U(S ∪ i) − U(S)], S being any s of the others. The numbers of each
kind in S are hypergeometric and stay near their means: U is summed over windows around them. What is
left out has a chance that is known, and |U| is bounded, so the error is. Where even that is too
much, sizes are summed by a rule; sums at sizes between those of the rule tell what it misses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np

from fairgames.errors import InputError
from fairgames.typing import FloatArray, IntArray
from fairgames.utilities.base import Utility
from fairgames.utilities.capabilities import DeviationValues, Kind
from fairgames.utilities.checks import require_bound
from fairgames.valuation.allocation import Cost, PaymentRequest, Values
from fairgames.valuation.deviation_values import moves_of, nobody
from fairgames.valuation.methods.truncated_counts.sizes import ALL_SIZES, Plan
from fairgames.valuation.methods.truncated_counts.sums import Condition, Sums, Term
from fairgames.valuation.methods.truncated_counts.utility_on_counts import UtilityOnCounts
from fairgames.valuation.rules import Rule

#: Kinds of users; and values of U that take minutes.
_MOST_KINDS, _MOST = 12, 1_000_000_000
#: Seconds for a value of U, where the utility has a way of its own for many; else each is asked for at a profile.
_EACH, _EACH_PROFILE = 3e-7, 1e-3


def divide(question: PaymentRequest, banzhaf: bool = False) -> Values:
    """φ of every user and, where the platform is a member, φ_p; only where :func:`why_not` is None."""
    windows = TruncatedCounts(question.utility, _counts(question), question.rule.platform_members, banzhaf)
    found = windows.own_values()
    keys = zip(question.utility.types, question.profile.tolist(), strict=True)
    values = np.array([found.get(key, 0.0) for key in keys], dtype=float)
    platform = None if question.rule.has_alpha else windows.potential
    return Values(values, platform, windows.total, windows.error)


def why_not(question: PaymentRequest) -> str | None:
    """Why windows cannot answer: they need a bound on |U|, and few kinds of users."""
    if question.utility.bound is None:
        return f"no bound on the {question.utility.kind} utility is known, so no count of users may be left out"
    kinds = int(np.count_nonzero(_counts(question)[:, 1:]))
    if kinds > _MOST_KINDS:
        return f"it is for {_MOST_KINDS} kinds of users at most, of one type and at one level, and here are {kinds:,}"
    if (needed := work(question)) > _MOST:
        return f"about {needed:.0e} values of U would be needed"
    return None


def work(question: PaymentRequest) -> float:
    """About how many values of U are needed."""
    places = sorted(_counts(question)[:, 1:].ravel().tolist())
    n = sum(places)
    return float(Plan.of([own for own in places if own], n, n).work.sum())


def cost(question: PaymentRequest) -> Cost:
    """Some values of U for each size of a coalition, or for those of a rule."""
    values, bound = work(question), question.utility.bound or 0.0
    dropped = 1e-11 if values <= ALL_SIZES else 1e-8
    return Cost(2e-3 + _seconds_each(question.utility) * values, 1e8, dropped * bound + 2 * question.utility.rounding)


def takes_too_long(question: PaymentRequest, seconds: float) -> bool:
    """Whether more than so many seconds are needed, by the number of values of U."""
    return work(question) * _seconds_each(question.utility) > seconds


def _seconds_each(utility: Utility) -> float:
    first = [(0, level) for level in range(1, len(utility.levels))]
    return _EACH if utility.counted or utility.coalitions(first) else _EACH_PROFILE


def deviations_at(utility: Utility, counts: IntArray, rule: Rule) -> DeviationValues:
    """Deviation values with so many users of each type on each level, shape (T, L), from U at likely counts."""
    windows, values = TruncatedCounts(utility, counts, rule.platform_members), nobody(counts)
    potential, potential_error = windows.potential, windows.error
    for number, row in enumerate(counts):
        for (x, y), value in windows.values(number, moves_of(row)).items():
            values[number, x, y] = value
    return DeviationValues(values, windows.total, potential, windows.error, potential_error)


def _counts(question: PaymentRequest) -> IntArray:
    """How many users of each type are on each level, shape (T, L)."""
    utility = question.utility
    counts = np.zeros((len(utility.type_sizes), len(utility.levels)), dtype=np.int64)
    np.add.at(counts, (np.asarray(utility.types), question.profile), 1)
    return counts


class TruncatedCounts:
    """Values at one profile of counts.

    Parameters
    ----------
    utility : U
    counts : how many users of each type are on each level, shape (T, L)
    extra : 0 for Theorem 2, 1 for Theorem 1
    banzhaf : every coalition alike instead of every size

    Attributes
    ----------
    error : bound on the absolute error of every value that was asked for so far

    >>> from fairgames.utilities import LinearLaplace
    >>> windows = TruncatedCounts(LinearLaplace(200, levels=[0, 1]), np.array([[0, 200]]), extra=0)
    >>> abs(windows.own_values()[0, 1] - 101 / 20212) <= windows.error < 1e-12
    True
    """

    def __init__(self, utility: Utility, counts: IntArray, extra: int, banzhaf: bool = False) -> None:
        self.utility = utility
        self.counts = np.asarray(counts)
        self.extra = extra
        self.banzhaf = banzhaf
        self.n = int(self.counts[:, 1:].sum())
        self.bound = require_bound(utility.bound, utility.kind)
        self.error = 0.0

    @cached_property
    def total(self) -> float:
        """U of all who share."""
        kinds = self._kinds(())
        everybody = [self.counts[kind][None] for kind in kinds]
        return (
            float(UtilityOnCounts(self.utility, kinds, [int(count[0]) for count in everybody]).at(everybody)[0])
            if kinds
            else 0.0
        )

    def own_values(self) -> dict[Kind, float]:
        """φ of a user of each type and on each non-zero level where there is one."""
        return self._own[0]

    @property
    def potential(self) -> float:
        """P of the profile: Σ_s E[U]/s over the coalitions of s users; under Theorem 1 it is φ_p, the mean of E[U]."""
        potential, error = self._own[1]
        self.error = max(self.error, error)
        return potential

    @cached_property
    def _own(self) -> tuple[dict[Kind, float], tuple[float, float]]:
        """What every user is paid, and the potential with its bound."""
        kinds = self._kinds(())
        if not kinds:
            return {}, (0.0, 0.0)
        terms = _Terms(kinds, [int(self.counts[kind]) for kind in kinds], ())
        everybody = terms.add(Condition(None, (0,) * len(kinds)), self._of_potential)
        pairs = [terms.of_move(kind, kind, self._of_sizes(self.n - 1)) for kind in kinds]
        sums = self._sums(terms)
        return dict(zip(kinds, self._differences(sums, pairs), strict=True)), sums.single(everybody)

    def values(self, number: int, moves: Sequence[tuple[int, int]]) -> dict[tuple[int, int], float]:
        """φ of a user of one type who goes from level x to y, all others staying: for each (x, y) of ``moves``.

        Raises
        ------
        InputError
            If nobody of the type is on level x.
        """
        if nobody := sorted({x for x, _ in moves if not self.counts[number, x]}):
            raise InputError(f"moves: nobody of type {number} is on level indices {nobody}")
        entered = sorted({(number, y) for x, y in moves if y and x != y})
        kinds, wanted = self._kinds(entered), [(x, y) for x, y in moves if y]
        found = dict.fromkeys(moves, 0.0)
        if not wanted:
            return found
        terms = _Terms(kinds, [int(self.counts[kind]) + (kind in entered) for kind in kinds], entered)
        pairs = [
            terms.of_move((number, x) if x else None, (number, y), self._of_sizes(self.n - bool(x))) for x, y in wanted
        ]
        return found | dict(zip(wanted, self._differences(self._sums(terms), pairs), strict=True))

    def _kinds(self, entered: Sequence[Kind]) -> list[Kind]:
        """The kinds of those who share or may, those of many users last."""
        there = {(number, level) for number, level in np.argwhere(self.counts).tolist() if level} | set(entered)
        return sorted(there, key=lambda kind: (self.counts[kind], kind))

    def _sums(self, terms: _Terms) -> Sums:
        plan = Plan.of(terms.places, self.n, min(self.n + 1, sum(terms.places)), smooth=not self.banzhaf)
        return Sums(
            UtilityOnCounts(self.utility, terms.kinds, terms.places), terms.places, terms.found, plan, self.bound
        )

    def _differences(self, sums: Sums, pairs: Sequence[tuple[int, int]]) -> list[float]:
        values, errors = sums.differences([first for first, _ in pairs], [second for _, second in pairs])
        self.error = max(self.error, float(errors.max()))
        return list(values.tolist())

    def _of_sizes(self, others: int) -> FloatArray:
        """How likely a user meets 0, …, ``others`` of the others, and under Theorem 1 the platform."""
        sizes = np.arange(others + 1.0)
        if self.banzhaf:
            ways = accumulate(range(others), lambda way, s: way * (others - s) // (s + 1), initial=1)
            return np.array([way / 2**others for way in ways])
        return (sizes + 1) / ((others + 1) * (others + 2)) if self.extra else np.ones(others + 1) / (others + 1)

    @property
    def _of_potential(self) -> FloatArray:
        """What E[U] counts for in the potential, for the sizes 0, …, n."""
        if self.extra:
            return np.ones(self.n + 1) / (self.n + 1)
        return np.append(0.0, 1 / np.arange(1.0, self.n + 1))


class _Terms:
    """The terms of many moves; those that they have in common once.

    Attributes
    ----------
    kinds, places : the kinds and how many places there are of each
    extra : which kinds have one place more than users, for one who may enter
    found : the terms
    """

    def __init__(self, kinds: Sequence[Kind], places: Sequence[int], entered: Sequence[Kind]) -> None:
        self.kinds = kinds
        self.places = places
        self.extra = [int(kind in entered) for kind in kinds]
        self.found: list[Term] = []
        self._number: dict[tuple[Condition, int], int] = {}

    def of_move(self, leaving: Kind | None, entering: Kind, weights: FloatArray) -> tuple[int, int]:
        """The numbers of two terms, U with the user who enters and without; ``weights`` are those of their sizes.

        Without: all extra places are free, and that of the user who leaves. With: of the kind that is
        entered one place less is free, and one is taken.
        """
        free = [extra + (kind == leaving) for kind, extra in zip(self.kinds, self.extra, strict=True)]
        without = self.add(Condition(None, tuple(free)), weights)
        place = self.kinds.index(entering)
        free[place] -= 1
        return self.add(Condition(place, tuple(free)), np.append(0.0, weights)), without

    def add(self, condition: Condition, weights: FloatArray) -> int:
        """The number of a term; ``weights`` are 0 for sizes that are not there."""
        key = (condition, len(weights))
        if key not in self._number:
            self._number[key] = len(self.found)
            sizes = np.arange(sum(self.places) + 1)
            self.found.append(Term(condition, np.where(sizes < len(weights), np.resize(weights, len(sizes)), 0.0)))
        return self._number[key]
