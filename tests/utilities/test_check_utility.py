"""The one check of a utility of one's own, and the conformance suite: what is sound passes, each lie is told."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest

import fairgames as fg
from fairgames import certain
from fairgames.estimators import LaplaceRisk
from fairgames.exact import Rationals, object_array
from fairgames.federation import FederatedModel
from fairgames.testing import check_utility, faults_of_utility
from fairgames.utilities import AboveBaseline, RiskUtility, UserGroups
from fairgames.utilities.blocks import outer_sum
from fairgames.utilities.capabilities import DeviationValues
from fairgames.utilities.checks import LARGEST
from tests.precise import federated_mean

LEVELS = [0, 1, 2]


class Halving(fg.Utility):
    """U = 1 − 2^(−Σ levels)."""

    kind = "halving"

    @property
    def rounding(self) -> float:
        return 4 * float(np.finfo(float).eps) * float(self.scale)

    def _block(self, axes: Any) -> Any:
        return 1 - 2.0 ** -outer_sum([np.array(LEVELS, dtype=float)[list(axis)] for axis in axes])


class Alike(Halving):
    @property
    def types(self) -> tuple[int, ...]:
        return (0,) * self.n_users


class Counted(Alike):
    def _count_block(self, axes: Any) -> Any:
        return 1 - 2.0 ** -outer_sum([axis @ np.array(LEVELS, dtype=float) for axis in axes])


class Rational(Halving):
    @property
    def rational(self) -> bool:
        return True

    def _exact_block(self, axes: Any) -> Rationals:
        sums = outer_sum([np.array(LEVELS)[list(axis)] for axis in axes])
        return Rationals.of(object_array(1 - Fraction(1, 2 ** int(s)) for s in sums.ravel()).reshape(sums.shape))


class Capable(Alike):
    """Every capability: U depends on Σ levels alone, and rises with it."""

    bound = 1.0
    monotone = True

    def _count_rows(self, rows: Any) -> Any:
        return 1 - 2.0 ** -sum(row @ np.array(LEVELS, dtype=float) for row in rows)

    def box_bound(self, least: Any, most: Any) -> float:
        return 1 - 2.0 ** -float(-np.diff(most, append=0, axis=1).sum(axis=0) @ np.array(LEVELS)) + self.rounding

    def deviation_values(self, counts: Any, extra: int) -> DeviationValues:
        """Of one type, by the definition: all coalitions of the others, whoever they are."""
        values = np.full((1, 3, 3), np.nan)
        for x in np.flatnonzero(counts[0]).tolist():
            others = np.repeat(LEVELS, counts[0] - np.eye(3, dtype=int)[x])
            others = others[others > 0]
            for y in LEVELS:
                values[0, x, y] = sum(
                    (1 - 2.0**-y) * 2.0 ** -float(sum(some)) * chance(len(some), len(others), extra)
                    for size in range(len(others) + 1)
                    for some in combinations(others.tolist(), size)
                )
        everybody = np.repeat(LEVELS, counts[0])
        everybody = everybody[everybody > 0].tolist()
        n = len(everybody)
        potential = sum(
            (1 - 2.0 ** -float(sum(some))) * factorial(size - 1 + extra) * factorial(n - size) / factorial(n + extra)
            for size in range(1, n + 1)
            for some in combinations(everybody, size)
        )
        return DeviationValues(values, self.at(self_profile(counts)), potential, 1e-13, 1e-13)


def self_profile(counts: Any) -> list[int]:
    return list(np.repeat(LEVELS, counts[0]).tolist())


def chance(size: int, others: int, extra: int) -> float:
    """That a user comes right after these ``size`` of the others, and with the platform before."""
    return factorial(size + extra) * factorial(others - size) / factorial(others + 1 + extra)


def right(profile: Any) -> Fraction:
    return 1 - Fraction(1, 2 ** sum(profile))


@pytest.mark.parametrize("sound", [Halving, Alike, Counted, Rational, Capable])
def test_what_is_sound_passes(sound: type[fg.Utility]) -> None:
    check_utility(sound(3, LEVELS), lambda n: sound(n, LEVELS), right)


class NaN(Halving):
    def _block(self, axes: Any) -> Any:
        found = super()._block(axes)
        return np.where(found == 0.5, np.nan, found)


class Baseline(Halving):
    def _block(self, axes: Any) -> Any:
        return super()._block(axes) + 0.5


class Flat(Halving):
    def _block(self, axes: Any) -> Any:
        return super()._block(axes).ravel()


class Complex(Halving):
    def _block(self, axes: Any) -> Any:
        return super()._block(axes) + 0j


class Reversed(Halving):
    """The axes of free users in the wrong order."""

    def _block(self, axes: Any) -> Any:
        weights = np.arange(1, self.n_users + 1)
        levels = np.array(LEVELS, dtype=float)
        sums = outer_sum([weight * levels[list(axis)] for axis, weight in zip(axes, weights, strict=True)])
        return (1 - 2.0**-sums).T


class Unlike(Alike):
    """The last user's data count half."""

    def _block(self, axes: Any) -> Any:
        halves = [1.0] * (self.n_users - 1) + [0.5]
        levels = np.array(LEVELS, dtype=float)
        return 1 - 2.0 ** -outer_sum([half * levels[list(axis)] for axis, half in zip(axes, halves, strict=True)])


class Miscounted(Counted):
    def _count_block(self, axes: Any) -> Any:
        return super()._count_block(axes) * 0.75


class Optimistic(Halving):
    """Off by 1e-9, and says it is not."""

    def _block(self, axes: Any) -> Any:
        return super()._block(axes) * (1 + 1e-9)


class Dense(Halving):
    """One axis a user, whoever stands still."""

    def _block(self, axes: Any) -> Any:
        return 1 - 2.0 ** -sum(np.ix_(*[np.array(LEVELS, dtype=float)[list(axis)] for axis in axes]))


class Misrational(Rational):
    def _exact_block(self, axes: Any) -> Rationals:
        return super()._exact_block(axes).scaled(Fraction(9, 10))


class Endless(Halving):
    @property
    def rounding(self) -> float:
        return float("nan")


class Nameless(Halving):
    @property
    def types(self) -> tuple[int, ...]:
        return tuple(range(1, self.n_users + 1))


class Bounded(Capable):
    bound = 0.9


class Unbounded(Capable):
    bound = float("nan")


class Falling(Halving):
    """The second user to come takes something away."""

    monotone = True

    def _block(self, axes: Any) -> Any:
        total = outer_sum([np.array(LEVELS, dtype=float)[list(axis)] for axis in axes])
        return total * (4 - total)


class Rowed(Capable):
    def _count_rows(self, rows: Any) -> Any:
        return super()._count_rows(rows)[::-1]


class Boxed(Capable):
    def box_bound(self, least: Any, most: Any) -> float:
        return super().box_bound(most, least)


class Deviating(Capable):
    def deviation_values(self, counts: Any, extra: int) -> DeviationValues:
        return super().deviation_values(counts, 0)


class Inexact(Halving):
    def exactly(self, profile: Any) -> certain.Real:
        return certain.Rational(Fraction(sum(profile), 6))


class Miscounting(Halving):
    def exactly(self, profile: Any) -> certain.Real:
        return certain.Around(Fraction(self.at(profile)), Fraction(self.rounding))

    def exactly_on_counts(self, counts: Any) -> certain.Real:
        return certain.Rational(Fraction(sum(counts.values()), 6))


class Federated(Halving):
    federation = FederatedModel(1.0, 10.0, np.array([3.0, 3.0, 3.0]), np.ones(3), (0, 1, 2), True, 1.0)


LIES = {
    Bounded: "bound says that |U| is 0.9 at most, and U(2, 2, 2) is",
    Unbounded: "expected its bound on |U| to be a finite number ≥ 0, in money, or None, got nan",
    Falling: "monotone says that U never falls, and U",
    Rowed: "coalitions says that U of counts",
    Boxed: "box_bound says that U is",
    Deviating: "extra 1: type 0 from level",
    Inexact: "exactly says that U(",
    Miscounting: "exactly_on_counts says that U(",
    Federated: "federation says that U(",
    NaN: "U at profile (1, 0, 0) is nan, expected a finite number",
    Baseline: "expected U = 0 where nobody shares, got 0.5; subtract that",
    Flat: "expected shape (3, 3), one axis for each user",
    Complex: "expected an array of real numbers (float64), got",
    Reversed: "alone and in the whole grid",
    Unlike: "users of one type are exchangeable, but U is",
    Miscounted: "and profile",
    Optimistic: "off the reference; the stated rounding is",
    Dense: "`_block` fails with 65 users",
    Misrational: "in fractions; expected them to differ by the stated rounding",
    Endless: "expected its rounding to be a finite number ≥ 0",
    Nameless: "expected types to hold one number for each of 3 users, 0, 1, …",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_each_lie_is_told(lie: type[fg.Utility]) -> None:
    with pytest.raises(AssertionError) as told:
        check_utility(lie(3, LEVELS), lambda n: lie(n, LEVELS), right)
    assert LIES[lie] in str(told.value)


#: What every answer is refused for, not only by the suite.
REFUSED = [NaN, Baseline, Complex, Unlike, Misrational, Endless, Nameless]


@pytest.mark.parametrize("lie", REFUSED, ids=lambda lie: lie.__name__)
def test_no_answer_rests_on_it(lie: type[fg.Utility]) -> None:
    game = fg.PaymentGame(lie(3, LEVELS), fg.Users(sensitivity=[[0, 0.05, 0.1]] * 3))
    for answer in (
        lambda: fg.payments(game.utility, (1, 1, 1)),
        lambda: fg.design(game),
        lambda: fg.landscape(game),
        lambda: fg.payments(game.utility, (1, 1, 1), method="counts"),
        lambda: fg.payments(game.utility, (1, 1, 1), method="sampling"),
    ):
        with pytest.raises(fg.InputError) as told:
            answer()
        assert lie is not NaN or "at profile" in str(told.value)


def test_a_shape_that_does_not_fit() -> None:
    """A row in the right order is a grid by chance."""
    with pytest.raises(fg.InputError, match=r"expected shape \(2, 2, 2\).*got shape \(8,\)"):
        fg.payments(Flat(3, LEVELS), (1, 1, 1))


def test_missing_reference() -> None:
    assert "the stated rounding cannot be compared" in str(
        faults_of_utility(Halving(3, LEVELS), lambda n: Halving(n, LEVELS))
    )
    check_utility(Halving(3, LEVELS), lambda n: Halving(n, LEVELS), "none")


def test_baseline_is_subtracted() -> None:
    """By hand: 0.5 is taken off every value, in floats, in fractions and on counts."""
    above = AboveBaseline(Baseline(3, LEVELS))
    assert (
        fg.payments(above, (2, 1, 0)).payments.tolist() == fg.payments(Halving(3, LEVELS), (2, 1, 0)).payments.tolist()
    )
    check_utility(above, lambda n: AboveBaseline(Baseline(n, LEVELS)), right)

    class Both(Rational):
        def _block(self, axes: Any) -> Any:
            return super()._block(axes) + 0.5

        def _exact_block(self, axes: Any) -> Rationals:
            found = super()._exact_block(axes).fractions()
            return Rationals.of(object_array(value + Fraction(1, 2) for value in found.ravel()).reshape(found.shape))

    check_utility(AboveBaseline(Both(3, LEVELS)), lambda n: AboveBaseline(Both(n, LEVELS)), right)


@pytest.mark.parametrize("aggregation", ["equal", "samples"])
@pytest.mark.parametrize(("between", "within"), [(1.0, 10.0), (1e-3, 1e4), (1e6, 1e-6), (0.0, 1.0)])
def test_federated_mean(aggregation: Any, between: float, within: float) -> None:
    samples, importance = [10, 10, 25, 400], [1.0, 1.0, 2.5, 0.0]

    def of_users(n: int) -> fg.Utility:
        some = fg.Users(samples=(samples * n)[:n], importance=(importance * n)[:n])
        return fg.FederatedMean(some, between, within, aggregation=aggregation)

    check_utility(
        of_users(4), of_users, lambda rho: federated_mean(samples, between, within, rho, importance, aggregation)
    )


def test_built_in_utilities() -> None:
    check_utility(fg.LinearLaplace(4, [0, "1/3", 2, "inf"]), lambda n: fg.LinearLaplace(n, [0, "1/3", 2, "inf"]))
    table = fg.TableUtility([[[0, "1/3"], ["1/3", "2/3"]], [["1/3", "2/3"], ["2/3", 1]]], scale="1/7")
    check_utility(table, lambda n: fg.LinearLaplace(n, [0, 1]))
    pairs = UserGroups(fg.LinearLaplace(6, [0, 2]), [[0, 1], [2, 3], [4, 5]])
    check_utility(pairs, lambda n: UserGroups(fg.LinearLaplace(2 * n, [0, 2]), [[2 * k, 2 * k + 1] for k in range(n)]))
    accuracy = RiskUtility(LaplaceRisk(3, [0, 1, "inf"]))
    check_utility(accuracy, lambda n: RiskUtility(LaplaceRisk(n, [0, 1, "inf"])))


def test_too_large_names_its_profile_and_scale() -> None:
    table = fg.TableUtility([[0.0, 1.0], [1.0, 1e120]], scale=10**100)
    with pytest.raises(fg.InputError, match=r"U at profile \(1, 1\) is 1e\+120 times scale 1e\+100"):
        fg.payments(table, (1, 1))
    largest = fg.TableUtility([[0.0, LARGEST], [LARGEST, LARGEST]])
    assert fg.payments(largest, (1, 1)).payments.tolist() == pytest.approx([LARGEST / 2, LARGEST / 2])


def test_a_longdouble_and_integers_are_read() -> None:
    class Own(Halving):
        def _block(self, axes: Any) -> Any:
            return super()._block(axes).astype(np.longdouble)

    class Count(Halving):
        def _block(self, axes: Any) -> Any:
            return outer_sum([np.array(LEVELS)[list(axis)] for axis in axes])

    check_utility(Own(3, LEVELS), lambda n: Own(n, LEVELS), right)
    check_utility(Count(3, LEVELS), lambda n: Count(n, LEVELS), sum)
