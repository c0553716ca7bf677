"""One arc of a curve of equilibria: its points in enclosures, and the part of it on which all conditions hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.equilibria.several_users.curves import Curves
from fairgames.equilibria.several_users.examined import REACH, ROOM, Examined
from fairgames.games.isolated.boxes import Boxes
from fairgames.typing import FloatArray

#: Least half widths of the boxes in which points are proven, the first unless the equations are nearly singular.
_HALVES = (2.0**-29, 2.0**-33, 2.0**-24)
#: Arcs are looked at up to these parameters, a little beyond their boxes; the first at which all signs are certain.
ENDS = (1.2, 1.17, 1.13, 1.22, 1.09)
_NEWTON, _STEPS, _CLOSE = 12, 60, 2.0**-46
#: The boxes of points are shorter by this along the parameter, in case the others move fast there.
_SLOWER = 8


@dataclass(frozen=True, eq=False)
class Point:
    """A point of an arc, proven.

    Attributes
    ----------
    low, high : bounds on its strategies and, last, its share, shape (d,)
    slack, slack_error : what has to be ≥ 0 there
    direction, direction_error : derivative by the arc's parameter, in the coordinates themselves
    """

    low: FloatArray
    high: FloatArray
    slack: FloatArray
    slack_error: FloatArray
    direction: FloatArray
    direction_error: FloatArray

    @property
    def middle(self) -> FloatArray:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Cut:
    """Where a condition ends on an arc: between two parameters, at the inner one of which all conditions hold.

    Attributes
    ----------
    inner, outer : the parameters; equal where the arc goes on beyond its box
    rows : the conditions that end there; more than one if they cannot be told apart
    """

    inner: float
    outer: float
    rows: tuple[int, ...] = ()


class OpenError(Exception):
    """What floats cannot decide about an arc; the message says it."""


class Arc:
    """The curve in one settled box, as a graph over its parameter s.

    Parameters
    ----------
    curves : on the same supports
    found : the one box
    ends : the ``ENDS`` to try
    """

    def __init__(self, curves: Curves, found: Examined, ends: Sequence[float] = ENDS) -> None:
        self._curves, self._found, self._ends = curves, found, ends
        self.where, self.along = int(found.boxes.where[0]), int(found.along[0])
        self.low, self.high = found.boxes.low[0], found.boxes.high[0]
        self._centre, self._half = found.centre[0], found.half[0]
        #: 1 or −1 if the share rises or falls with s all along the arc; 0 if it may turn, or never changes.
        moves = abs(found.speed[0, -1]) > found.speed_error[0, -1]
        self.share_moves = int(np.sign(found.speed[0, -1])) if moves else 0
        self._known: dict[float, Point] = {}

    def coordinate(self, s: float) -> float:
        return float(self._centre[self.along] + self._half[self.along] * s)

    def parameter(self, point: FloatArray) -> float:
        """s of a point."""
        return float((point[self.along] - self._centre[self.along]) / self._half[self.along])

    def holds(self, point: Point) -> bool:
        """Whether a point of a curve on these supports is one of this arc, for certain."""
        wide = np.where(np.arange(len(self._half)) == self.along, REACH, ROOM) * self._half
        return bool((point.low > self._centre - wide).all() and (point.high < self._centre + wide).all())

    def within_box(self, point: FloatArray, room: float) -> bool:
        """Whether a point is in the box itself, up to ``room``."""
        return bool((point >= self.low - room).all() and (point <= self.high + room).all())

    def point(self, s: float) -> Point:
        """The point at s.

        Raises
        ------
        OpenError
            If it cannot be proven.
        """
        if s not in self._known:
            self._known[s] = self._point(s)
        return self._known[s]

    def _point(self, s: float) -> Point:
        speed = np.where(np.arange(len(self._half)) == self.along, 1.0, self._found.speed[0])
        start = self._centre + self._half * (self._found.root[0] + speed * s)
        for least in _HALVES:
            middle, half = start.copy(), self._half * (least / self._half.min())
            half[self.along] /= _SLOWER
            for _ in range(_NEWTON):
                box = Boxes(np.array([self.where]), middle[None] - half[None], middle[None] + half[None])
                found = self._curves.examined(box, np.array([self.along]))
                step = found.half[0] * found.root[0]
                if not np.isfinite(step).all():
                    break
                if found.proven[0] and (np.abs(found.root[0]) <= 2.0**-10).all():
                    centre, near = found.centre[0] + step, found.half[0] * found.near[0] + 2.0**-52
                    near[self.along] = 0.0
                    sides = found.half[0]
                    point = Point(
                        centre - near, centre + near, found.slack[0], found.slack_error[0],
                        found.speed[0] * sides / sides[self.along], found.speed_error[0] * sides / sides[self.along],
                    )  # fmt: skip
                    if self.holds(point):
                        return point
                    break
                middle = middle + step
        raise OpenError("a point of the curve cannot be proven")

    @cached_property
    def part(self) -> tuple[Cut, Cut] | None:
        """The part on which all conditions hold; None if there is none.

        Raises
        ------
        OpenError
            If signs of conditions stay open.
        """
        found = self._found
        open_rows = np.flatnonzero(found.low[0] <= 0)
        for reach in self._ends:
            low, high = self.point(-reach), self.point(reach)
            signs = np.stack([_signs(low), _signs(high)])[:, open_rows]
            if (signs != 0).all():
                break
        else:
            raise OpenError("whether a condition holds at the end of an arc cannot be told")
        if (signs < 0).all(axis=0).any():
            return None
        first, last = Cut(-reach, -reach), Cut(reach, reach)
        for row, (left, right) in zip(open_rows.tolist(), signs.T.tolist(), strict=True):
            if left < 0:
                first = _later(first, Cut(*self.crossing(self._slack(row), -reach, reach)[::-1], (row,)), 1)
            elif right < 0:
                last = _later(last, Cut(*self.crossing(self._slack(row), -reach, reach), (row,)), -1)
        if max(first.inner, first.outer) >= min(last.inner, last.outer):
            if first.outer <= last.outer:
                raise OpenError("a branch begins and ends at nearly the same place")
            return None
        return first, last

    def _slack(self, row: int) -> Callable[[float], tuple[float, float]]:
        def value(s: float) -> tuple[float, float]:
            point = self.point(s)
            return float(point.slack[row]), float(point.slack_error[row])

        return value

    def share_rate(self, s: float) -> tuple[float, float]:
        """Derivative of the share by s at a point, and its error."""
        point = self.point(s)
        return float(point.direction[-1]), float(point.direction_error[-1])

    def share(self, s: float) -> tuple[float, float]:
        """The share at a point, and its error."""
        point = self.point(s)
        return float(point.middle[-1]), float(point.high[-1] - point.low[-1]) / 2 + 2.0**-53

    def crossing(self, value: Callable[[float], tuple[float, float]], low: float, high: float) -> tuple[float, float]:
        """Two parameters, as near as floats tell, between which a value that changes sign once is 0."""
        at_low, at_high = value(low)[0], value(high)[0]
        for k in range(_STEPS):
            if high - low <= _CLOSE:
                break
            middle = (low + high) / 2 if k % 3 == 2 else low + (high - low) * at_low / (at_low - at_high)
            middle = min(max(middle, low + (high - low) / 64), high - (high - low) / 64) if k % 3 == 1 else middle
            if not low < middle < high:
                break
            found, error = value(middle)
            if abs(found) <= error:
                return self._about(value, middle, low, high)
            if (found > 0) == (at_low > 0):
                low, at_low = middle, found
            else:
                high, at_high = middle, found
        return low, high

    def _about(
        self, value: Callable[[float], tuple[float, float]], middle: float, low: float, high: float
    ) -> tuple[float, float]:
        """The nearest parameters on either side at which the sign is certain."""
        sides = []
        for end in (low, high):
            step = (1 if end > middle else -1) * _CLOSE
            there = middle + step
            while low < there < high and abs((found := value(there))[0]) <= found[1]:
                step *= 4
                there = middle + step
            sides.append(min(max(there, low), high))
        return sides[0], sides[1]

    def worth(self, one: float, other: float) -> tuple[float, float]:
        """Bounds on what the platform keeps between two parameters.

        Raises
        ------
        OpenError
            If they are too far from one another.
        """
        middle, part = self.point((one + other) / 2).middle, max(abs(other - one) / 2, 2.0**-26)
        speed = (np.abs(self._found.speed[0]) + self._found.speed_error[0]) * (np.arange(len(middle)) != self.along)
        half = self._half * np.where(np.arange(len(middle)) == self.along, part, speed * part) + 2.0**-29
        half[self.along] = self._half[self.along] * part
        box = Boxes(np.array([self.where]), (middle - half)[None], (middle + half)[None])
        found = self._curves.examined(box, np.array([self.along]))
        if not found.proven[0]:
            raise OpenError("an arc could not be enclosed")
        room = float(found.worth_error[0] + np.abs(found.worth_rate[0]) + found.worth_rate_error[0])
        return float(found.worth[0]) - room, float(found.worth[0]) + room

    def hull(self, one: float, other: float) -> tuple[FloatArray, FloatArray]:
        """Bounds on all points between two near parameters."""
        ends = self.point(one), self.point(other)
        speed = self._half * (np.abs(self._found.speed[0]) + self._found.speed_error[0])
        room = speed * abs(one - other)
        room[self.along] = 0.0
        return np.minimum(ends[0].low, ends[1].low) - room, np.maximum(ends[0].high, ends[1].high) + room

    def fold(self, one: float, other: float) -> tuple[FloatArray, FloatArray]:
        """The same where the share turns in between: its rate is largest at one of the ends."""
        low, high = self.hull(one, other)
        shares = [self.share(s) for s in (one, other)]
        rate = max(abs(rate) + error for rate, error in map(self.share_rate, (one, other)))
        room = rate * abs(one - other) * self._half[self.along]
        low[-1] = min(share - error for share, error in shares) - room
        high[-1] = max(share + error for share, error in shares) + room
        return low, high


def _signs(point: Point) -> FloatArray:
    return np.where(np.abs(point.slack) > point.slack_error, np.sign(point.slack), 0.0)


def _later(one: Cut, other: Cut, side: int) -> Cut:
    """The cut that is reached first from inside; both where that cannot be told."""
    if not one.rows:
        return other
    spans = [sorted(((cut.inner * side), (cut.outer * side))) for cut in (one, other)]
    if spans[0][1] < spans[1][0]:
        return other
    if spans[1][1] < spans[0][0]:
        return one
    inner = max(side * one.inner, side * other.inner) * side
    outer = min(side * one.outer, side * other.outer) * side
    return Cut(inner, outer, one.rows + other.rows)
