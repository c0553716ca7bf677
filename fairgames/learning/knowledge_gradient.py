"""The share whose earnings and information are worth most: the knowledge gradient on costs that fit."""

from __future__ import annotations

import math

import numpy as np

from fairgames.learning.beliefs import Beliefs
from fairgames.learning.market import Market
from fairgames.learning.policy import Informed
from fairgames.typing import FloatArray, IntArray

#: The part of one period's earnings that trying another share has to promise over all that are left.
_WORTH_TRYING = 0.01


class KnowledgeGradient(Informed):
    """Tries a share if what it earns, and what knowing the answer earns later, is more than staying does.

    Knowing the answer is worth what the best single share from then on earns in all periods that are left, on average
    over the draws that give this answer (Frazier, Powell & Dayanik 2008). Once no share is worth trying, it stays for
    good at the one that kept most: periods that are left, which information is for, only become fewer.
    """

    random = True

    def __init__(self, market: Market, draw: np.random.Generator, periods: int) -> None:
        super().__init__(market, draw, periods)
        self.beliefs, self.left, self.settled = Beliefs(self.ranges, draw), periods, False

    def offer(self) -> float:
        known, kept = self.seen.best if self.seen.alpha else (0.0, -math.inf)
        self.left -= 1
        if self.settled:
            return known
        paths = self.beliefs.paths()
        # Trying what is best at some of the draws is enough: between those shares it only pays more for the same.
        best = [path.alpha[np.argmax((1 - path.alpha) * self.market.worth[list(path.index)])] for path in paths]
        shares = np.unique(best)
        played = np.array([[path.at(alpha) for alpha in shares] for path in paths])
        worth = value_of_trying(shares, played, self.market.worth, kept, self.left)
        k = int(np.argmax(worth))
        self.settled = bool(worth[k] <= (self.left + 1) * kept + _WORTH_TRYING * abs(kept))
        return known if self.settled else float(shares[k])

    def see(self, alpha: float, index: int) -> bool:
        learned = super().see(alpha, index)
        if not self.settled:
            self.beliefs.see(alpha, index)
        return learned


def value_of_trying(shares: FloatArray, played: IntArray, worth: FloatArray, kept: float, left: int) -> FloatArray:
    """What each share earns now, and the best share after its answer in the ``left`` periods that follow.

    Parameters
    ----------
    shares : K of them
    played : the profile that each of M draws answers each share with, shape (M, K)
    worth : U of all profiles
    kept : what can be kept for sure in each period
    """
    earned = (1 - shares) * worth[played]
    found = np.empty(len(shares))
    for k, answers in enumerate(played.T):
        different, which = np.unique(answers, return_inverse=True)
        times = np.bincount(which)
        later = np.zeros((len(different), len(shares)))
        np.add.at(later, which, earned)
        sure = np.maximum(kept, (1 - shares[k]) * worth[different])
        after = np.maximum(later.max(axis=1), times * sure).sum() / len(played)
        found[k] = earned[:, k].mean() + left * after
    return found
