"""Boxes of mixed strategies, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairgames.typing import BoolArray, FloatArray, IntArray

#: A box is made larger by this factor where it has to hold one root alone, so that a root on its boundary is inside.
INFLATED = 1.25


@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes of mixed strategies on supports of equal sizes; the last probability of each player is the rest to 1.

    Attributes
    ----------
    where : the supports that each box belongs to, by number, shape (B,)
    low, high : of the probabilities but each player's last one, shape (B, d)
    """

    where: IntArray
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return len(self.where)

    def at(self, chosen: BoolArray | IntArray | slice) -> Boxes:
        return Boxes(self.where[chosen], self.low[chosen], self.high[chosen])

    @property
    def widths(self) -> FloatArray:
        return self.high - self.low

    def divided(self, score: FloatArray) -> list[Boxes]:
        """Both halves of each, across the coordinate of the largest score."""
        rows, columns = np.arange(len(self)), np.argmax(score, axis=1)
        middle = (self.low[rows, columns] + self.high[rows, columns]) / 2
        low, high = self.low.copy(), self.high.copy()
        low[rows, columns] = high[rows, columns] = middle
        return [Boxes(self.where, self.low, high), Boxes(self.where, low, self.high)]

    @staticmethod
    def joined(parts: Sequence[Boxes]) -> Boxes:
        return Boxes(
            np.concatenate([part.where for part in parts]),
            np.concatenate([part.low for part in parts]),
            np.concatenate([part.high for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Bounded:
    """What is known of boxes that may hold an equilibrium.

    Attributes
    ----------
    boxes : narrowed to what can hold a root
    centre, half : of the boxes as they came, shape (B, d)
    alone : whether the box as it came, made larger by ``INFLATED``, holds a root, and no other
    root : an approximation of that root, shape (B, d)
    score : for each coordinate, what the terms of higher order in it add to the bounds
    """

    boxes: Boxes
    centre: FloatArray
    half: FloatArray
    alone: BoolArray
    root: FloatArray
    score: FloatArray

    def at(self, chosen: BoolArray) -> Bounded:
        return Bounded(
            self.boxes.at(chosen),
            self.centre[chosen],
            self.half[chosen],
            self.alone[chosen],
            self.root[chosen],
            self.score[chosen],
        )
