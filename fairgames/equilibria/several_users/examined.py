"""What is known of boxes of shares and strategies that were looked at for arcs of curves of equilibria."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from fairgames.games.isolated.boxes import Boxes
from fairgames.typing import BoolArray, FloatArray, IntArray

#: An arc is proven for parameters up to ``REACH`` half widths from the centre, alone within ``ROOM`` in the others.
REACH, ROOM = 1.25, 3.0


@dataclass(frozen=True, eq=False)
class Examined:
    """Boxes that may hold equilibria, and the arcs in them; numbers are in units of half widths.

    Attributes
    ----------
    boxes : narrowed to what can hold an equilibrium
    much_narrower : whether that is a small part of what they were
    centre, half : of the boxes as they came, shape (B, d)
    along : the coordinate that is the parameter s of the arc
    root : the point at s = 0, nearly; that of the parameter is 0, shape (B, d)
    proven : whether there is exactly one point for each \\|s\\| ≤ ``REACH``, the others up to ``ROOM``
    speed, speed_error : derivative by s all along the arc, shape (B, d)
    possible : whether there may be an equilibrium
    near : how far the point at s = 0 may be from ``root``, shape (B, d)
    slack, slack_error : what has to be ≥ 0, at s = 0, shape (B, R)
    rate, rate_error : derivatives of that by s, shape (B, R)
    worth, worth_error : what the platform keeps, at s = 0, shape (B,)
    worth_rate, worth_rate_error : its derivative by s all along the arc
    turn, turn_error : second derivative of α by s, shape (B,)
    """

    boxes: Boxes
    much_narrower: BoolArray
    centre: FloatArray
    half: FloatArray
    along: IntArray
    root: FloatArray
    proven: BoolArray
    speed: FloatArray
    speed_error: FloatArray
    possible: BoolArray
    near: FloatArray
    slack: FloatArray
    slack_error: FloatArray
    rate: FloatArray
    rate_error: FloatArray
    worth: FloatArray
    worth_error: FloatArray
    worth_rate: FloatArray
    worth_rate_error: FloatArray
    turn: FloatArray
    turn_error: FloatArray

    def __len__(self) -> int:
        return len(self.boxes)

    def at(self, chosen: BoolArray | slice) -> Examined:
        """Those of some boxes."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return Examined(
            **{name: value.at(chosen) if name == "boxes" else value[chosen] for name, value in values.items()}
        )

    @property
    def low(self) -> FloatArray:
        """Lower bounds on what has to be ≥ 0 all along the arc, shape (B, R)."""
        return np.asarray(self.slack - self.slack_error - REACH * (np.abs(self.rate) + self.rate_error))

    @property
    def high(self) -> FloatArray:
        """Upper bounds on it."""
        return np.asarray(self.slack + self.slack_error + REACH * (np.abs(self.rate) + self.rate_error))

    @property
    def settled(self) -> BoolArray:
        """Whether each condition ends on the arc once at most, and α turns once at most."""
        steady = (self.low > 0) | (np.abs(self.rate) > self.rate_error)
        return np.asarray(self.proven & steady.all(axis=1))

    @property
    def turns_once(self) -> BoolArray:
        """Whether α rises or falls all along the arc, or has a second derivative of one sign."""
        moves = np.abs(self.speed[:, -1]) > self.speed_error[:, -1]
        return np.asarray(moves | (np.abs(self.turn) > self.turn_error))
