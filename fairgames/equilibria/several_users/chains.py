"""Arcs joined to branches of equilibria: from one end of the conditions to the other, cut at folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairgames.equilibria.several_users.arcs import Arc, Cut, OpenError, Point
from fairgames.typing import FloatArray

#: A point that is this near a box may be in it.
_ROUNDING = 2.0**-40
#: So little of an arc left is no progress.
_LEAST = 1e-6


@dataclass(frozen=True)
class Link:
    """A part of an arc, from one parameter to another."""

    arc: Arc
    start: float
    end: float
    known: dict[float, tuple[float, float]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def backwards(self) -> Link:
        return Link(self.arc, self.end, self.start)

    def end_share(self) -> float:
        return self.arc.share(self.end)[0]

    def touches(self, low: float, high: float) -> bool:
        """Whether it has points at shares between two, or next to them."""
        first, last = self.arc.share(self.start), self.arc.share(self.end)
        return first[0] - first[1] <= high and low <= last[0] + last[1]

    def at_share(self, alpha: float) -> tuple[FloatArray, FloatArray]:
        """Bounds on the point at a share that the link passes, or on its nearest end."""
        return self.arc.hull(*self._around(alpha))

    def worth(self, low: float, high: float) -> tuple[float, float]:
        """Bounds on what the platform keeps at those of its points that are at shares between two."""
        sides = [*self._around(low), *self._around(high)]
        return self.arc.worth(min(sides), max(sides))

    def _around(self, alpha: float) -> tuple[float, float]:
        """Parameters on both sides of a share, near it."""
        if alpha not in self.known:
            self.known[alpha] = self._searched(alpha)
        return self.known[alpha]

    def _searched(self, alpha: float) -> tuple[float, float]:
        def above(s: float) -> tuple[float, float]:
            share, error = self.arc.share(s)
            return share - alpha, error

        low, high = sorted((self.start, self.end))
        (first, error), (last, other) = above(low), above(high)
        if abs(first) <= error or abs(last) <= other or (first > 0) == (last > 0):
            nearest = low if abs(first) < abs(last) else high
            return nearest, nearest
        return self.arc.crossing(above, low, high)


@dataclass(frozen=True)
class Stop:
    """What ends a branch: rows of conditions, none at a fold; between two parameters of the arc there."""

    arc: Arc
    between: tuple[float, float]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    """A branch along which the share rises, or is constant all along."""

    links: tuple[Link, ...]
    start: Stop
    end: Stop


def chains(arcs: Sequence[Arc], vertical: bool) -> tuple[list[Chain], list[tuple[Arc, str]]]:
    """The branches on one support, and arcs that could not be joined, with what keeps them open.

    Parameters
    ----------
    arcs : all of the support; every equilibrium on it, but for boxes that stay open, is on one of them
    vertical : whether the share is constant on each curve
    """
    found: list[Chain] = []
    open_ones: list[tuple[Arc, str]] = []
    done: list[Arc] = []
    for arc in arcs:
        try:
            if any(arc is other for other in done) or (start := _begin(arc, done)) is None:
                continue
            links, stops = _walk(arc, start, arcs)
            done += [link.arc for link in links]
            found += _monotone(links, stops, vertical)
        except OpenError as error:
            open_ones.append((arc, str(error)))
    return found, open_ones


def _begin(arc: Arc, done: Sequence[Arc]) -> float | None:
    """A parameter in the arc's own box at which all conditions hold, if it is not on a branch that is known."""
    part = arc.part
    if part is None:
        return None
    low, high = max(part[0].inner, -1.0), min(part[1].inner, 1.0)
    if low >= high:
        return None
    middle = (low + high) / 2
    point = arc.point(middle)
    return None if any(_is_on(point, other) for other in done) else middle


def _is_on(point: Point, arc: Arc) -> bool:
    """Whether a point is on the part of an arc where all conditions hold."""
    part = arc.part
    return part is not None and arc.holds(point) and part[0].outer <= arc.parameter(point.middle) <= part[1].outer


def _walk(arc: Arc, start: float, arcs: Sequence[Arc]) -> tuple[list[Link], tuple[Stop, Stop] | None]:
    """The links from one end to the other, and the ends; None where the curve is closed."""
    forward, last = _one_way(arc, start, 1, arcs)
    if last is None:
        return forward, None
    backward, first = _one_way(arc, start, -1, arcs)
    assert first is not None
    joined = Link(arc, backward[0].end, forward[0].end)
    return [*(link.backwards for link in reversed(backward[1:])), joined, *forward[1:]], (first, last)


def _one_way(arc: Arc, start: float, side: int, arcs: Sequence[Arc]) -> tuple[list[Link], Stop | None]:
    links: list[Link] = []
    seen: set[int] = set()
    here, s = arc, start
    while True:
        cut = _end(here, side)
        links.append(Link(here, s, cut.inner))
        seen.add(id(here))
        if cut.rows:
            return links, Stop(here, (cut.inner, cut.outer), cut.rows)
        point = here.point(cut.inner)
        here, s, side = _next(here, point, side, arcs)
        if here is arc and len(links) > 1:
            return [*links, Link(arc, s, start)] if (start - s) * side > 0 else links, None
        if id(here) in seen:
            raise OpenError("a branch returns to itself")


def _end(arc: Arc, side: int) -> Cut:
    part = arc.part
    if part is None:
        raise OpenError("a branch ends where none of its conditions does")
    return part[1] if side > 0 else part[0]


def _next(arc: Arc, point: Point, side: int, arcs: Sequence[Arc]) -> tuple[Arc, float, int]:
    """The arc that goes on from a point, the parameter there, and the side to go to: that with most ahead."""
    best: tuple[float, Arc, float, int] | None = None
    for other in arcs:
        if other is arc or not other.within_box(point.middle, _ROUNDING) or not other.holds(point):
            continue
        way, error = point.direction[other.along] * side, point.direction_error[other.along]
        part = other.part
        if abs(way) <= error or part is None:
            continue
        turn, s = (1 if way > 0 else -1), other.parameter(point.middle)
        ahead = abs(_end(other, turn).inner - s)
        if (_end(other, turn).inner - s) * turn > _LEAST and (best is None or ahead > best[0]):
            best = ahead, other, s, turn
    if best is None:
        raise OpenError("a branch could not be followed into a box that stays open")
    return best[1:]


def _monotone(links: Sequence[Link], stops: tuple[Stop, Stop] | None, vertical: bool) -> Iterator[Chain]:
    """The branches between folds, each with its links in the order of rising shares."""
    if vertical and stops is not None:
        yield Chain(tuple(links), *stops)
        return
    runs: list[tuple[list[Link], int]] = []
    folds: list[Stop] = []
    for link in links:
        for part, sign, fold in _between_folds(link):
            if fold is not None or not runs:
                folds += [] if fold is None else [fold]
                runs.append(([], sign))
            if sign != runs[-1][1]:
                raise OpenError("where a branch turns back cannot be told")
            runs[-1][0].append(part)
    if stops is None:  # closed: it begins where it ends, on one run
        if len(runs) < 3 or runs[0][1] != runs[-1][1]:
            raise OpenError("a closed curve could not be cut at its folds")
        runs[0] = (runs.pop()[0] + runs[0][0], runs[0][1])
        ends = [folds[-1], *folds]
    else:
        ends = [stops[0], *folds, stops[1]]
    for (parts, sign), start, end in zip(runs, ends, ends[1:], strict=False):
        if sign > 0:
            yield Chain(tuple(parts), start, end)
        else:
            yield Chain(tuple(part.backwards for part in reversed(parts)), end, start)


def _between_folds(link: Link) -> Iterator[tuple[Link, int, Stop | None]]:
    """The parts of a link, the sign of the share's change on each, and the fold that it begins at."""
    arc, way = link.arc, 1 if link.end > link.start else -1
    if arc.share_moves:
        yield link, arc.share_moves * way, None
        return
    rates = [arc.share_rate(s) for s in (link.start, link.end)]
    if any(abs(rate) <= error for rate, error in rates):
        raise OpenError("a fold is too near the end of a branch or of a box")
    signs = [(1 if rate > 0 else -1) * way for rate, _ in rates]
    if signs[0] == signs[1]:
        yield link, signs[0], None
        return
    between = arc.crossing(arc.share_rate, *sorted((link.start, link.end)))
    first, second = between if way > 0 else between[::-1]
    yield Link(arc, link.start, first), signs[0], None
    yield Link(arc, second, link.end), signs[1], Stop(arc, between, ())
