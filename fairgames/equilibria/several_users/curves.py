"""Curves of equilibria over shares and strategies: boxes that hold one arc each, proven, and what stays open.

On given supports an equilibrium solves one equation less than there are unknowns, the share α being one
of them: a curve, unless the equations are singular. Boxes are excluded, narrowed and halved as those of one
game are (:mod:`fairgames.games.isolated`), until in each the curve is the graph over one coordinate, its
parameter: Krawczyk's operator contracts for every value of it. So curves pass folds, where α cannot be the
parameter. A box is settled when, besides, each condition of an equilibrium holds all along its arc or
changes there by a rate that is not 0, and so does α, or else its second derivative is not 0: then a
condition ends there once at most, and there is one fold at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.equilibria.several_users.examined import REACH, ROOM, Examined
from fairgames.games.isolated.boxes import Boxes
from fairgames.games.isolated.conditions import Conditions, Terms, inverses, may_hold
from fairgames.games.isolated.supports import Supports
from fairgames.typing import Array, BoolArray, FloatArray, IntArray

#: The contraction that is asked for, and by how much α is preferred as a parameter.
_CONTRACTION, _PREFERRED = 0.9, 1.25
#: Boxes examined at once, and the part of its volume to which a box is narrowed to be looked at again before halving.
_BATCH, _NARROWED = 1024, 0.3
#: Boxes that are no wider are not halved; those where one always pays as much as another.
_FINEST, _COARSE = 2.0**-24, 1 / 2
#: Sides of boxes beside the longest one, and in themselves.
_THIN, _LEAST = 2.0**-10, 2.0**-28
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class _Graph:
    """Arcs as graphs over their parameter s, the other coordinates being x: near root + s·speed.

    Attributes
    ----------
    order : the coordinates, the parameter last
    wide : how far from the centre the bounds reach, by coordinate
    inverse, regular : Y, near the inverse of the Jacobian of F by x at the centre, and of which there is one
    root, speed : of x
    change : how much Y·∂F/∂x may be off the identity anywhere there, shape (B, e, e)
    bend : how much Y·∂F/∂s may be off −speed
    near, near_within : how far x may be from root + s·speed, there and within the box
    error : of rounding
    """

    order: IntArray
    wide: FloatArray
    inverse: FloatArray
    regular: BoolArray
    root: FloatArray
    speed: FloatArray
    change: FloatArray
    bend: FloatArray
    near: FloatArray
    near_within: FloatArray
    error: FloatArray

    @property
    def _rows(self) -> FloatArray:
        return np.asarray(self.change.sum(axis=2) + self.error)

    @property
    def proven(self) -> BoolArray:
        """Whether x − Y·F(x, s) contracts what is there into itself for each s."""
        inside = (np.abs(self.root) + REACH * np.abs(self.speed) + self.near) * (1 + 2.0**-40) < ROOM
        finite = np.isfinite(self.root + self.speed + self.near).all(axis=1)
        return np.asarray(self.regular & finite & (self._rows < _CONTRACTION).all(axis=1) & inside.all(axis=1))

    def solved(self, size: FloatArray, own: FloatArray) -> FloatArray:
        """How far the solution of (I + Δ)·x = y ± own is from y, of that size, with \\|Δ\\| ≤ change."""
        left = np.where(self.proven, 1 - self._rows.max(axis=1), 1)[:, None]
        base = own + np.einsum("bij,bj->bi", self.change, size) + self.error * (1 + size.max(axis=1)[:, None])
        return np.asarray(base + self._rows * base.max(axis=1)[:, None] / left)

    def spread(self) -> list[FloatArray]:
        """Derivatives by s, their errors, the root and its error, in the order of the coordinates."""
        found = []
        parts = (
            (self.speed, 1.0),
            (self.solved(np.abs(self.speed), self.bend), 0.0),
            (self.root, 0.0),
            (self.near, 0.0),
        )
        for part, own in parts:
            whole = np.empty(self.order.shape)
            np.put_along_axis(whole, self.order, np.column_stack([part, np.full(len(part), own)]), axis=1)
            found.append(whole)
        return found

    def within(self) -> tuple[FloatArray, FloatArray]:
        """Bounds on all coordinates of points in the box."""
        sides = []
        fine = self.regular & np.isfinite(self.near_within + np.abs(self.root) + np.abs(self.speed)).all(axis=1)
        moves = np.where(self.speed != 0, np.abs(self.speed), 1)
        for side in (-1, 1):
            own = np.minimum(side * self.root + np.abs(self.speed) + self.near_within, 1)
            # Of the parameter, what keeps every other coordinate in the box.
            ends = np.where(self.speed != 0, (1 + self.near_within - side * np.sign(self.speed) * self.root) / moves, 1)
            own = np.column_stack([own, np.minimum(ends.min(axis=1), 1)])
            whole = np.empty(self.order.shape)
            np.put_along_axis(whole, self.order, np.where(fine[:, None], side * own, side), axis=1)
            sides.append(whole)
        return sides[0], sides[1]


class Curves(Conditions):
    """The curves on supports of one size a user.

    Parameters
    ----------
    pays : the users' :func:`fairgames.games.isolated.differences.differences`, with the share as one more player
    supports : all of the same sizes; of the share both "strategies", α and what is left of it
    utility : U of each profile
    """

    def __init__(self, pays: Sequence[FloatArray], supports: Sequence[Supports], utility: Array) -> None:
        super().__init__(pays, supports)
        worth = np.stack([np.zeros_like(utility), utility], axis=-1).astype(float)
        #: What the platform keeps, (1 − α)·U, by supports.
        self._worth = np.stack([worth[np.ix_(*one)] for one in supports])
        n_users = len(pays)
        used, free = self._sizes, self._free
        #: Of what strategies lose that are not in use, against the last one that is: places of these conditions.
        self._losses = [
            [self._equal[user] + k * used[user] + free[user] for k in range(len(pays[user]) - used[user])]
            for user in range(n_users)
        ]
        tied = [
            (table[:, rows] == 0).all(axis=tuple(range(2, table.ndim))).any(axis=1)
            for table, rows in zip(self._tables, self._losses, strict=True)
        ]
        self._finest = np.where(self.free_somewhere | np.any(tied, axis=0), _COARSE, _FINEST)
        #: Whether α is determined by the equations of one user alone: then it is constant on each curve.
        self.vertical = any(
            free[user] == 1 + sum(free[:user]) + sum(free[user + 1 : n_users]) for user in range(n_users)
        )

    def slacks(self, where: int) -> list[tuple[str, int, int]]:
        """What has to be ≥ 0, in the order of :class:`Examined`: what ends where it is 0, the user, the strategy."""
        supports, n_users = self.supports[where], len(self._losses)
        found = [("leaves", user, k) for user in range(n_users) for k in supports[user]]
        found += [("share 0", n_users, 0), ("share 1", n_users, 1)]
        for user, rows in enumerate(self._losses):
            rest = [k for k in range(len(rows) + len(supports[user])) if k not in supports[user]]
            found += [("enters", user, k) for k in rest]
        return found

    def worth_at_most(self, boxes: Boxes) -> float:
        """A bound on what the platform keeps anywhere in some boxes."""
        return float(self.at_most(self._worth, boxes).max())

    def worth_at_least(self, boxes: Boxes) -> float:
        """The same from below."""
        return -float(self.at_most(-self._worth, boxes).max())

    def cover(self, most: int) -> tuple[list[Examined], Boxes]:
        """Settled boxes, one after another, and those that are too small to be halved, or too many.

        Parameters
        ----------
        most : so many boxes may be examined
        """
        pending, small = self.whole(), []
        settled: list[Examined] = []
        while len(pending) and most > 0:
            found = self.examined(self._within_simplices(pending.at(slice(-_BATCH, None))))
            most -= min(_BATCH, len(pending))
            pending = pending.at(slice(0, max(0, len(pending) - _BATCH)))
            found = found.at(found.possible & ~(found.proven & (found.high < 0).any(axis=1)))
            done = found.settled & (found.turns_once | self.vertical)
            settled += [found.at(slice(k, k + 1)) for k in np.flatnonzero(done).tolist()]
            found = found.at(~done)
            # As they came: what was narrowed is looked at once more.
            wide = found.half.max(axis=1) > 0.51 * self._finest[found.boxes.where]
            small.append(found.boxes.at(~wide))
            found = found.at(wide)
            pending = Boxes.joined([pending, *self._parts(found)])
        return settled, Boxes.joined([pending, *small])

    def _parts(self, found: Examined) -> list[Boxes]:
        """The boxes to look at next: what was narrowed by much, and halves of the others, across the parameter."""
        boxes = found.boxes
        finest = self._finest[boxes.where]
        again = found.much_narrower | (boxes.widths.max(axis=1) <= finest)
        score = boxes.widths / boxes.widths.max(axis=1, keepdims=True)
        rows = np.flatnonzero(found.proven)
        score[rows, found.along[rows]] = 2
        score[boxes.widths <= finest[:, None]] = -1
        return [boxes.at(again), *boxes.at(~again).divided(score[~again])]

    def examined(self, boxes: Boxes, along: IntArray | None = None) -> Examined:
        """What is known of boxes; ``along`` are the parameters, by default those along which curves move most."""
        # No side is so much shorter than the longest that rounding counts.
        least = _LEAST if along is None else 0.0
        pad = np.maximum(0.0, np.maximum(boxes.widths.max(axis=1, keepdims=True) * _THIN, least) - boxes.widths) / 2
        centre, half, shifts, totals = self._about_centres(Boxes(boxes.where, boxes.low - pad, boxes.high + pad))
        # The same within ``ROOM``.
        farther = [
            total + (ROOM - 1) * np.abs(one[:, 1:]).sum(axis=(1, 2)) for total, one in zip(totals, shifts, strict=True)
        ]
        tables, losses, noise, loss_noise, possible = self._rows(boxes.where, shifts, totals, farther)
        equations, slopes = self._linear(tables, self._terms)
        along = self._parameter(slopes) if along is None else along
        graph = self._graph(tables, noise, equations, slopes, along)
        t, t_error, point, near = graph.spread()
        turn, turn_error = self._turn(graph, tables, noise, t, t_error)

        worth = self._every.expanded(self._worth[boxes.where][:, None], shifts)
        worth_noise = self._gamma * np.abs(self._worth).max() * np.prod(farther, axis=0)
        value, gradient, spread, gradient_error = self._slack(
            losses, worth, centre, half, graph.wide, np.hstack([loss_noise, worth_noise[:, None]])
        )
        rate = np.einsum("brd,bd->br", gradient, t)
        rate_error = np.einsum("brd,bd->br", np.abs(gradient), t_error + self._gamma * np.abs(t))
        rate_error += np.einsum("brd,bd->br", gradient_error, np.abs(t) + t_error)
        here = value + np.einsum("brd,bd->br", gradient, point)
        here_error = np.einsum("brd,bd->br", np.abs(gradient), near + self._gamma * np.abs(point)) + spread

        low, high = graph.within()
        tiny = 4 * _EPSILON * (np.abs(centre) + half)
        narrowed = Boxes(
            boxes.where,
            np.maximum(boxes.low, centre + half * low - tiny),
            np.minimum(boxes.high, centre + half * high + tiny),
        )
        left = (narrowed.widths / np.where(boxes.widths > 0, boxes.widths, 1)).prod(axis=1)
        return Examined(
            narrowed, left < _NARROWED, centre, half, along, point, graph.proven, t, t_error,
            possible & (low <= high).all(axis=1), near,
            here[:, :-1], here_error[:, :-1], rate[:, :-1], rate_error[:, :-1],
            here[:, -1], here_error[:, -1], rate[:, -1], rate_error[:, -1], turn, turn_error,
        )  # fmt: skip

    def _rows(
        self, where: IntArray, shifts: Sequence[FloatArray], totals: Sequence[FloatArray], farther: Sequence[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray], FloatArray, FloatArray, BoolArray]:
        """By user, the equations and the losses as terms about the centres; bounds on their rounding, and whether all
        conditions may hold."""
        tables, losses, noise, loss_noise, possible = [], [], [], [], np.ones(len(where), dtype=bool)
        for user, terms in enumerate(self._terms):
            table = terms.expanded(self._tables[user][where], shifts)
            within, beyond = (np.prod([one[k] for k in terms.others], axis=0) for one in (totals, farther))
            possible &= may_hold(table, self._equal[user], self._gamma * within)
            tables.append(table[:, : self._free[user]])
            losses.append(-table[:, self._losses[user]])
            noise += [self._gamma * beyond] * self._free[user]
            loss_noise += [self._gamma * beyond] * len(self._losses[user])
        empty = np.zeros((len(where), 0))
        columns = [np.stack(one, axis=1) if one else empty for one in (noise, loss_noise)]
        return tables, losses, columns[0], columns[1], possible

    def _graph(
        self,
        tables: Sequence[FloatArray],
        noise: FloatArray,
        equations: FloatArray,
        slopes: FloatArray,
        along: IntArray,
    ) -> _Graph:
        """Krawczyk's operator with a coordinate as the parameter."""
        n, e, d = slopes.shape
        order = np.argsort(np.arange(d)[None] == along[:, None], axis=1, kind="stable")
        sorted_slopes = np.take_along_axis(slopes, order[:, None], axis=2)
        inverse, regular = inverses(sorted_slopes[:, :, :e])
        wide = np.where(np.arange(d)[None] == along[:, None], REACH, ROOM)
        # How far the equations are from linear, as Y·F: their size, and that of their derivatives.
        tail, tail_within, bend, start = np.zeros((n, e)), np.zeros((n, e)), np.zeros((n, e, d)), 0
        for terms, table in zip(self._terms, tables, strict=True):
            sizes = np.abs(inverse[:, :, start : start + table.shape[1]] @ table[:, :, terms.higher])
            weight, less = _weights(terms.involved, wide)
            tail += np.einsum("beh,bh->be", sizes, weight)
            tail_within += sizes.sum(axis=2)
            bend += np.einsum("beh,bhd->bed", sizes, less)
            start += table.shape[1]
        bend = np.take_along_axis(bend, order[:, None], axis=2)
        off = np.abs(np.eye(e) - inverse @ sorted_slopes[:, :, :e])
        error = np.einsum("bij,bj->bi", np.abs(inverse), noise) + self._gamma
        return _Graph(
            order, wide, inverse, regular,
            root=-np.einsum("bij,bj->bi", inverse, equations),
            speed=-np.einsum("bij,bj->bi", inverse, sorted_slopes[:, :, e]),
            change=off + bend[:, :, :e],
            bend=bend[:, :, e],
            near=ROOM * off.sum(axis=2) + tail + error,
            near_within=off.sum(axis=2) + tail_within + error,
            error=error,
        )  # fmt: skip

    def _turn(
        self, graph: _Graph, tables: Sequence[FloatArray], noise: FloatArray, t: FloatArray, t_error: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """The second derivative of α by the parameter all along the arc, and how far it may be off."""
        most = (np.abs(t) + t_error).max(axis=1)[:, None]
        bent, bent_error = self._bent(tables, t, t_error, most, graph.wide)
        bent_error += noise * most**2
        turning = -np.einsum("bij,bj->bi", graph.inverse, bent)
        error = graph.solved(np.abs(turning), np.einsum("bij,bj->bi", np.abs(graph.inverse), bent_error))
        return turning[:, -1], error[:, -1]

    def _linear(self, tables: Sequence[FloatArray], every: Sequence[Terms]) -> tuple[FloatArray, FloatArray]:
        """Values at the centre and slopes, rows of one after another."""
        slopes = []
        for terms, table in zip(every, tables, strict=True):
            own = np.zeros((*table.shape[:2], self._starts[-1]))
            for place, column in terms.linear:
                own[:, :, column] = table[..., place]
            slopes.append(own)
        return np.concatenate([table[..., 0] for table in tables], axis=1), np.concatenate(slopes, axis=1)

    def _parameter(self, slopes: FloatArray) -> IntArray:
        """The coordinate along which the curve moves most; α if it does nearly as much."""
        size = np.abs(np.linalg.svd(slopes)[2][:, -1])
        size[:, -1] *= _PREFERRED
        return np.asarray(size.argmax(axis=1))

    def _bent(
        self,
        tables: Sequence[FloatArray],
        t: FloatArray,
        t_error: FloatArray,
        most: FloatArray,
        wide: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """D²F(t, t) all along the arc, and how far it may be off; the derivatives t are of sizes up to ``most``."""
        bent, error = [], []
        upper = np.abs(t) + t_error
        for terms, table in zip(self._terms, tables, strict=True):
            high = table[:, :, terms.higher]
            pairs = [np.flatnonzero(row) for row in terms.involved]
            two = [k for k, pair in enumerate(pairs) if len(pair) == 2]
            one, other = np.array([pairs[k] for k in two], dtype=int).reshape(-1, 2).T
            product, bound = t[:, one] * t[:, other], upper[:, one] * upper[:, other]
            own = high[:, :, two]
            bent.append(2 * np.einsum("brq,bq->br", own, product))
            off = 2 * np.einsum("brq,bq->br", np.abs(own), bound - np.abs(product))
            more = terms.degrees > 2
            weight, _ = _weights(terms.involved[more], wide)
            factor = weight * (terms.degrees * (terms.degrees - 1))[more]
            off += np.einsum("brh,bh->br", np.abs(high[:, :, more]), factor) * most**2
            error.append(off)
        return np.concatenate(bent, axis=1), np.concatenate(error, axis=1)

    def _slack(
        self,
        tables: Sequence[FloatArray],
        worth: FloatArray,
        centre: FloatArray,
        half: FloatArray,
        wide: FloatArray,
        noise: FloatArray,
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """What has to be ≥ 0 and, last, the worth: values at the centre, gradients, how far both are from linear."""
        d = centre.shape[1]
        values, gradients = [], []
        for start, end in zip(self._starts, self._starts[1:], strict=False):
            for k in range(start, end):
                values.append(centre[:, k])
                gradients.append(half * (np.arange(d) == k))
            within = (np.arange(d) >= start) & (np.arange(d) < end)
            values.append(1 - centre[:, start:end].sum(axis=1))
            gradients.append(-half * within)
        value, gradient = np.stack(values, axis=1), np.stack(gradients, axis=1)
        range_ = np.full(value.shape, self._gamma)
        error = np.full(gradient.shape, 0.0)
        every, rows = [*self._terms, self._every], [*tables, worth]
        others, slopes = self._linear(rows, every)
        spread, bend = [], []
        for terms, table in zip(every, rows, strict=True):
            sizes = np.abs(table[:, :, terms.higher])
            weight, less = _weights(terms.involved, wide)
            spread.append(np.einsum("brh,bh->br", sizes, weight))
            bend.append(np.einsum("brh,bhd->brd", sizes, less))
        return (
            np.concatenate([value, others], axis=1),
            np.concatenate([gradient, slopes], axis=1),
            np.concatenate([range_, np.concatenate(spread, axis=1) + noise], axis=1),
            np.concatenate([error, np.concatenate(bend, axis=1) + noise[:, :, None]], axis=1),
        )


def _weights(involved: FloatArray, wide: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What terms may be as multiples of their coefficients, shape (B, terms), and their derivatives (B, terms, d)."""
    weight = np.prod(np.where(involved[None] > 0, wide[:, None], 1.0), axis=2)
    return weight, involved[None] * weight[:, :, None] / wide[:, None]
