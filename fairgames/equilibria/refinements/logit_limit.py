"""Where the branch of quantal responses ends, for certain.

With u = 1/λ a quantal response equilibrium solves u·(log x_b − log x_a) = what b pays above a for the strategies b in
use, beside one of them, a, and x_c = x_a·exp(−(what a pays above c)/u) for the others. At u = 0 these are the equations
of an equilibrium. Krawczyk's test for all u from 0 to u₀ at once shows that a box holds one solution for each u and no
other: one curve, from the equilibrium at u = 0 to a solution of precision 1/u₀. Once the branch is in the box at that
precision, it is on that curve, and the equilibrium is its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fairgames.equilibria.refinements.logit_map import LogitMap
from fairgames.equilibria.refinements.quantal import branch, lost
from fairgames.equilibria.refinements.tube import BITS, inverse_of_middles, reach, room
from fairgames.exact import object_array
from fairgames.games.normal_form import NormalFormGame
from fairgames.typing import Array, FloatArray, MixedProfile

#: Where an end is looked for first, by precision times payoffs, and how much further each time; and where no more.
_FROM, _FURTHER, _TO = 8.0, 1.25, 1e9
#: Points of the branch that are proven on the way, at most: some seconds.
_MOST_POINTS = 2_000
#: How often a box is made wider, and how much wider than where the test leads from the one before.
_MOST_WIDENED, _WIDER = 5, 1.5


@dataclass(frozen=True, eq=False)
class LogitLimit:
    """The limiting logit equilibrium: the only equilibrium in a box.

    Attributes
    ----------
    middle, off : each chance of it differs by less than ``off`` from ``middle``, by player
    precision : λ from which on the branch is proven to stay in the box
    points : of the branch that were proven on the way
    """

    middle: tuple[FloatArray, ...]
    off: tuple[FloatArray, ...]
    precision: float
    points: int

    def is_at(self, strategies: MixedProfile, radius: float = 0.0) -> bool | None:
        """Whether it is the equilibrium given; None if the box does not tell.

        Parameters
        ----------
        radius : by how much the chances given may be off
        """
        from flint import arb, fmpq

        gaps = [
            (abs(arb(fmpq(*chance.as_integer_ratio())) - arb(middle)) - radius, arb(off))
            for own, middles, offs in zip(strategies, self.middle, self.off, strict=True)
            for chance, middle, off in zip(own.tolist(), middles.tolist(), offs.tolist(), strict=True)
        ]
        if any(gap > off for gap, off in gaps):
            return False
        return True if all(gap + 2 * radius < off for gap, off in gaps) else None


def logit_limit(game: NormalFormGame, error: float = 0.0) -> LogitLimit:
    """The equilibrium that quantal responses lead to from where everybody plays everything alike.

    Parameters
    ----------
    game : floats count as the rationals that they are
    error : by how much each payoff may be off

    Raises
    ------
    NoAnswerError
        If it is not proven, as where the branch meets another, or leads to an equilibrium that is not regular.

    >>> hunt = NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    >>> [vector.round(3).tolist() for vector in logit_limit(hunt).middle]
    [[0.0, 1.0], [0.0, 1.0]]
    """
    equations = LogitMap(game, error)
    if not equations.n:  # nobody has a choice
        return LogitLimit((np.ones(1),) * equations.players, (np.full(1, 1e-12),) * equations.players, 0.0, 0)
    soon = _FROM
    for number, point in enumerate(branch(equations, most=_MOST_POINTS)):
        if point[-1] >= soon:
            found = _end(equations, point, number)
            if found is not None:
                return found
            soon = _FURTHER * point[-1]
            if soon > _TO:
                raise lost(equations, point, "where it is proven to be near no regular equilibrium")
    raise AssertionError("a branch has no last point")


def _end(equations: LogitMap, point: FloatArray, number: int) -> LogitLimit | None:
    """The limit, if it is proven from this point of the branch on."""
    near = _Near(equations, point)
    box = near.box()
    if box is None:
        return None
    middle, off = box
    scale = float(equations.scale)
    return LogitLimit(near.spread(middle, False), near.spread(off, True), float(point[-1]) / scale, number)


class _Near:
    """The equations near an equilibrium, for all precisions from that of a point of the branch on.

    Unknown are the chances of all strategies but one in use of each player, the likeliest.
    """

    def __init__(self, equations: LogitMap, point: FloatArray) -> None:
        self._map, self._point = equations, point
        self._now = equations.chances(point[:-1], equations.floats)
        self._bases = [int(np.argmax(own)) for own in self._now]
        #: Chances that fall with the precision; those in use stay, and are above 1/λ once it is large.
        self._used = [own > 1 / point[-1] for own in self._now]
        self._places = [
            (player, k) for player, own in enumerate(self._now) for k in range(len(own)) if k != self._bases[player]
        ]
        self._in_use = np.array([self._used[player][k] for player, k in self._places], dtype=bool)
        #: u₀: no less than one over the precision of the solution near the point.
        self._top = float(np.nextafter(1 / (point[-1] - 2 * room(equations, point)), 1))

    def spread(self, values: FloatArray, widths: bool) -> tuple[FloatArray, ...]:
        """Unknowns as vectors over all strategies, rounded outwards where they are widths."""
        vectors = [np.zeros(len(own)) for own in self._now]
        for (player, k), value in zip(self._places, values.tolist(), strict=True):
            vectors[player][k] = value
        for own, base in zip(vectors, self._bases, strict=True):
            own[base] = (1 + 1e-12) * own.sum() + 1e-12 if widths else 1 - own.sum()
        return tuple(vectors[: self._map.players])

    def box(self) -> tuple[FloatArray, FloatArray] | None:
        """Middle and widths of a box with one solution for each precision, also the point; None if none is found."""
        now = np.array([self._now[player][k] for player, k in self._places])
        middle = np.where(self._in_use, now, now / 2)
        off = np.where(self._in_use, 1e-9, 2 * now + 1e-300)
        for _ in range(_MOST_WIDENED):
            found = self._moved(middle, off)
            if found is None:
                return None
            if (found < off).all():
                return (middle, off) if self._holds_the_point(middle, off) else None
            off = np.maximum(off, _WIDER * found)
        return None

    def _moved(self, middle: FloatArray, off: FloatArray) -> FloatArray | None:
        """How far Krawczyk's operator takes points of the box from its middle at most, for all precisions."""
        from flint import arb, ctx

        with ctx.workprec(BITS):
            exactly, widths = object_array(map(arb, middle.tolist())), [arb(0, value) for value in off.tolist()]
            whole = self._system(exactly + object_array(widths), None)
            if whole is None:
                return None
            _, jacobian, likely = whole
            at = self._system(exactly, likely)
            inverse = inverse_of_middles(jacobian)
            if at is None or inverse is None:
                return None
            return reach(inverse, at[0], jacobian, widths)

    def _system(self, unknown: Array, likely: list[Any] | None) -> tuple[Array, Array, list[Any]] | None:
        """Residuals and Jacobian for all u in [0, u₀], and balls of exp(−gap/u); None where a sign is open.

        Parameters
        ----------
        likely : the exponentials, if they are known for a box that ``unknown`` is in
        """
        from flint import arb

        zero, top = arb(0), arb(self._top)
        u, n = _from_zero(top), len(self._places)
        chances = self._chances(unknown)
        slopes = self._map.slopes(chances, self._map.balls)
        residual, jacobian = np.full(n, zero, dtype=object), np.full((n, n), zero, dtype=object)
        found: list[Any] = []
        for row, (one, k) in enumerate(self._places):
            base = self._bases[one]
            first = int(one == 0)
            above = {other: own[k] - own[base] for (who, other), own in slopes.items() if who == one}
            gain = above[first] @ chances[first]
            mine, ahead = chances[one][k], chances[one][base]
            if not ahead > 0:
                return None
            if self._in_use[row]:
                if not mine > 0:
                    return None
                residual[row] = u * (mine / ahead).log() - gain
                own, across = u / ahead, -arb(1)
                alone = u / mine
                found.append(zero)
            else:
                fades = self._fades(-gain, top)
                if fades is None:
                    return None
                chance, steep = fades if likely is None else likely[row]
                residual[row] = mine - ahead * chance
                own, across, alone = chance, -ahead * steep, arb(1)
                found.append((chance, steep))
            for column, (other, there) in enumerate(self._places):
                if other == one:
                    jacobian[row, column] = own + (alone if there == k else zero)
                else:
                    jacobian[row, column] = across * (above[other][there] - above[other][self._bases[other]])
        return residual, jacobian, found

    @staticmethod
    def _fades(gap: Any, top: Any) -> tuple[Any, Any] | None:
        """Balls of exp(−gap/u) and exp(−gap/u)/u for u in [0, u₀]; None if the gap may be as small as u₀.

        Both grow with u while u is below the gap.
        """
        least = gap.lower()
        if not least > top:
            return None
        most = (-least / top).exp()
        return _from_zero(most), _from_zero(most / top)

    def _chances(self, unknown: Array) -> list[Array]:
        from flint import arb

        vectors = [np.full(len(own), arb(0), dtype=object) for own in self._now]
        rest = [arb(1) for _ in self._now]
        for (player, k), value in zip(self._places, unknown.tolist(), strict=True):
            vectors[player][k] = value
            rest[player] -= value
        for own, base, left in zip(vectors, self._bases, rest, strict=True):
            own[base] = left
        return vectors

    def _holds_the_point(self, middle: FloatArray, off: FloatArray) -> bool:
        """Whether the solution that is pinned near the point lies in the box."""
        from flint import arb, ctx

        with ctx.workprec(BITS):
            near = room(self._map, self._point)
            logs = object_array(arb(value, near) for value in self._point[:-1].tolist())
            chances = self._map.chances(logs, self._map.balls)
            balls = [chances[player][k] for player, k in self._places]
            return all(
                bool(abs(ball - arb(value)) < arb(width))
                for ball, value, width in zip(balls, middle.tolist(), off.tolist(), strict=True)
            )


def _from_zero(top: Any) -> Any:
    """A ball around [0, top]."""
    from flint import arb

    return arb(0).union(top)
