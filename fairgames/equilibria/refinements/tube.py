"""Whether a piece of the branch of quantal responses leads from one point to the next, for certain.

Around the chord between two points lies a tube: of the coordinate that moves most each value between theirs, of the
others what the chord has there, give or take widths. Krawczyk's test for all values of that coordinate at once shows
that at each there is one solution in the tube and no other, so those are one smooth curve (Martin, Goldsztejn,
Granvilliers & Jermann 2013). If two solutions lie in it, the curve leads from one to the other, and cannot have jumped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from fairgames.equilibria.refinements.logit_map import LogitMap
from fairgames.exact import object_array
from fairgames.typing import Array, FloatArray

#: Bits of the balls.
BITS = 64
#: How far beyond its points a tube reaches, by how near solutions to them are proven: it covers these, as the slope of
#: the chord is at most 1.
_BEYOND = 100.0
#: How often a tube is made wider, and how much wider than where the test leads from the one before.
_MOST_WIDENED, _WIDER = 4, 1.5


def is_one_curve(equations: LogitMap, before: FloatArray, after: FloatArray) -> bool:
    """Whether the solution near one point, and one near the other, are ends of one piece of a curve.

    That one is near ``before`` within what :func:`pinned` proves is taken for granted, and of ``after`` it is proven.
    """
    along = int(np.abs(after - before).argmax())
    return pinned(equations, after, along) and _is_tube(equations, before, after, along)


def room(equations: LogitMap, point: FloatArray) -> float:
    """How far from a point of the branch a solution is at most, in each coordinate."""
    return equations.near * (1 + float(np.abs(point).max()))


def pinned(equations: LogitMap, point: FloatArray, along: int) -> bool:
    """Whether exactly one solution that has that coordinate in common with the point is near it."""
    off = np.full(len(point), room(equations, point))
    off[along] = 0.0
    found = _moved(equations, point, np.zeros(len(point)), off, along)
    return found is not None and _is_inside(found, off, along)


def _is_tube(equations: LogitMap, before: FloatArray, after: FloatArray, along: int) -> bool:
    middle, half = (before + after) / 2, (after - before) / 2
    beyond = _BEYOND * max(room(equations, before), room(equations, after))
    half = half * (1 + beyond / abs(half[along]))
    off = np.full(len(middle), beyond)
    for _ in range(_MOST_WIDENED):
        off[along] = 0.0
        found = _moved(equations, middle, half, off, along)
        if found is None:
            return False
        if _is_inside(found, off, along):
            return True
        off = np.maximum(_WIDER * found, beyond)
    return False


def _is_inside(found: FloatArray, off: FloatArray, along: int) -> bool:
    return bool((np.delete(found, along) < np.delete(off, along)).all())


def _moved(equations: LogitMap, middle: FloatArray, half: FloatArray, off: FloatArray, along: int) -> FloatArray | None:
    """How far at most Krawczyk's operator takes points of the tube middle + τ·half ± ``off``, τ in [−1, 1], from there.

    If that is less than ``off``, there is one solution in the tube for each τ. None where the Jacobian is singular.
    """
    from flint import arb, ctx

    with ctx.workprec(BITS):
        others = [k for k in range(len(middle)) if k != along]
        exactly = object_array(map(arb, middle.tolist()))
        residual, _ = equations.system(exactly, equations.balls)
        _, jacobian = equations.system(exactly + _spread(np.abs(half)) + _spread(off), equations.balls)
        drift = jacobian @ object_array(map(arb, half.tolist()))
        steep = jacobian[:, others]
        inverse = inverse_of_middles(steep)
        if inverse is None:
            return None
        ends = [value + change * arb(0, 1) for value, change in zip(residual, drift, strict=True)]
        bounds = reach(inverse, ends, steep, [arb(0, value) for value in off[others].tolist()])
        return np.insert(bounds, along, 0.0)


def reach(inverse: Any, at: Iterable[Any], jacobian: Array, widths: Sequence[Any]) -> FloatArray:
    """Upper bounds of Krawczyk's operator −C·f + (I − C·J)·[−w, w], from its parts in balls."""
    from flint import arb_mat

    n = len(widths)
    identity = arb_mat(n, n, [int(row == column) for row in range(n) for column in range(n)])
    spread = (identity - inverse * arb_mat(n, n, jacobian.ravel().tolist())) * arb_mat(n, 1, widths)
    moved = zip((inverse * arb_mat(n, 1, list(at))).entries(), spread.entries(), strict=True)
    bounds = [float((abs(one) + abs(other)).upper()) for one, other in moved]
    return np.asarray(np.nextafter(bounds, np.inf))


def _spread(radii: FloatArray) -> Array:
    from flint import arb

    return object_array(arb(0, value) for value in radii.tolist())


def inverse_of_middles(matrix: Array) -> Any:
    """The inverse of the midpoints, as floats; None where they are singular."""
    from flint import arb_mat

    middles = np.array([[float(value.mid()) for value in row] for row in matrix.tolist()]).reshape(matrix.shape)
    try:
        found = np.linalg.inv(middles)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(found).all():
        return None
    return arb_mat(found.tolist()) if found.size else arb_mat(0, 0)
