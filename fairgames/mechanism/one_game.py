"""The design for three and more users over all equilibria, mixed ones too, under a rule without a share (Theorem 1).

The payments are fixed, so there is one game: what counts is among all its equilibria
(:mod:`fairgames.games.isolated`). Where these are a continuum in which one user alone mixes, its corners
are enough, since everything is affine in that user's strategy; what else stays open is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from fractions import Fraction

import numpy as np

from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.errors import InputError
from fairgames.exact import fractions, object_array
from fairgames.game import PaymentGame
from fairgames.games.certificate import against_others
from fairgames.games.isolated import isolated_equilibria, too_many
from fairgames.games.isolated.one_mixes import ends
from fairgames.games.isolated.result import EquilibriumBall, OpenBox
from fairgames.mechanism.bounded_result import BoundedDesign
from fairgames.mechanism.mixed import design_of_candidates
from fairgames.mechanism.mixed_candidate import MixedCandidate
from fairgames.mechanism.result import Design
from fairgames.mechanism.selections import Selection
from fairgames.text import how_many, number
from fairgames.typing import Array, FloatArray, MixedProfile

_ONE = Fraction(1)
_EPSILON = float(np.finfo(float).eps)
_WHY = "all equilibria of the game, each proven"


@dataclass(frozen=True, eq=False)
class NearCandidate(MixedCandidate):
    """An equilibrium that is no rational point: ``strategies`` are near it, and its value is within ``error``."""

    @property
    def exactly(self) -> tuple[None, None]:  # type: ignore[override]
        """Floats with a bound are all that is known."""
        return None, None


@dataclass(eq=False)
class _Search:
    """The equilibria of the one game, and what those that stay open are worth."""

    open: list[tuple[Fraction, Fraction]] = field(default_factory=list)

    def find(self, game: PaymentGame, selection: Selection, cap: Fraction | None) -> list[MixedCandidate]:
        """The candidates of a selection; as a side effect, the least and the most that open boxes may be worth."""
        found = isolated_equilibria(game.at())
        worth = _Worth(fractions(game.keeps.numbers()), fractions(game.utilities.numbers()))
        points = [worth.of(one) for one in found.equilibria]
        payoffs = fractions(found.game.payoffs)
        for box in found.undecided:
            if sum(len(used) > 1 for used in box.supports) <= 1:
                points += [worth.at(profile) for profile in ends(payoffs, box.supports)]
                continue
            points += [] if box.equilibrium is None else [worth.at(box.equilibrium)]
            if cap is None or selection.all_within or least(worth.paid, box) <= cap:
                self.open.append((least(worth.kept, box), most(worth.kept, box)))
        way = selection.known(selection.mixed, "mixed")
        return way.of_extreme(points, cap)


@dataclass(frozen=True, eq=False)
class _Worth:
    """What the platform keeps, and U, at each profile, as ``Fraction`` objects."""

    kept: Array
    utility: Array

    @property
    def paid(self) -> Array:
        return np.asarray(self.utility - self.kept)

    def of(self, one: EquilibriumBall) -> MixedCandidate:
        """An equilibrium that is proven."""
        if one.rational:
            return self.at(one.strategies)
        profile = tuple(_distribution(vector) for vector in one.strategies)
        # Each probability is off by the radius and the rounding of a sum that is 1.
        off = sum(len(vector) * (Fraction(one.radius) + 4 * Fraction(_EPSILON)) for vector in profile)
        error = off * max(abs(value) for table in (self.kept, self.paid) for value in table.ravel())
        return NearCandidate(*self._numbers(profile), error=error)

    def at(self, profile: MixedProfile) -> MixedCandidate:
        """An equilibrium at rational strategies."""
        return MixedCandidate(*self._numbers(profile))

    def _numbers(self, profile: MixedProfile) -> tuple[Fraction, Fraction, MixedProfile, Fraction, Fraction, Fraction]:
        value: Fraction
        utility: Fraction
        value, utility = (np.dot(against_others(table, profile, 0), profile[0]) for table in (self.kept, self.utility))
        return value, _ONE, profile, utility, _ONE, _ONE


def one_game_design(game: PaymentGame, selection: Selection, cap: Fraction | None) -> Design:
    """The equilibrium of the one game that counts; see :func:`fairgames.design`.

    Raises
    ------
    InputError
        If the game is too large for all its equilibria to be listed.
    NoAnswerError
        If no equilibrium is within the budget.
    """
    if (why := too_many(game.shape)) is not None:
        raise InputError(f"scope 'all' of {how_many(len(game.users))} users: {why}; use scope 'pure'")
    equilibria, search = pure_equilibria(game), _Search()
    found = design_of_candidates(game, selection, cap, equilibria, search.find)
    value = float(found.platform_utility)
    error = found.choice.value_error or 0.0
    bound, undecided = value + error, list(found.undecided)
    if search.open:
        low, high = min(low for low, _ in search.open), max(high for _, high in search.open)
        many = f"{how_many(len(search.open))} boxes of mixed strategies that are not decided"
        if selection.all_within and low < value:
            undecided.append(f"whether an equilibrium leaves the platform as little as {number(float(low))}: {many}")
        if not selection.all_within and high > value:
            bound = max(bound, float(high) + _EPSILON * abs(float(high)))
            undecided.append(f"whether an equilibrium leaves the platform up to {number(float(high))}: {many}")
    own = {one.name: getattr(found, one.name) for one in fields(Design) if one.name != "undecided"}
    return BoundedDesign(**own, undecided=tuple(undecided), bound=bound, why=_WHY)


def most(table: Array, box: OpenBox) -> Fraction:
    """A bound on the most that a number may be expected to be in a box; ``table`` of ``Fraction`` objects."""
    for low, high in zip(reversed(box.low), reversed(box.high), strict=True):
        table = np.apply_along_axis(_heaviest, -1, table, low, high)
    found: Fraction = np.asarray(table).item()
    return found


def least(table: Array, box: OpenBox) -> Fraction:
    """The same of the least."""
    return -most(np.asarray(-table), box)


def _heaviest(values: Array, low: FloatArray, high: FloatArray) -> Fraction:
    """The most of Σ p·v over distributions p in a box: what is left goes to the highest v first."""
    lows, highs = list(map(Fraction, low.tolist())), list(map(Fraction, high.tolist()))
    left = 1 - sum(lows)
    total = sum((p * v for p, v in zip(lows, values, strict=True)), start=Fraction(0))
    for k in sorted(range(len(values)), key=lambda k: values[k], reverse=True):
        more = max(Fraction(0), min(left, highs[k] - lows[k]))
        total, left = total + more * values[k], left - more
    return total


def _distribution(vector: Iterable[float]) -> Array:
    exact = list(map(Fraction, map(float, vector)))
    return object_array(value / sum(exact) for value in exact)
