"""Equilibria for certain: what a profile stands for, proven, or that no proof was found.

A profile that comes from elsewhere, such as from a solver or a user, is a guess. Taken is the equilibrium that it is,
or that lies within ``RADIUS`` of it in every probability: pure ones by comparing what single moves pay, rational ones
by the conditions of an equilibrium, others by Krawczyk's test (:mod:`fairgames.games.verify`). Payoffs of a model that
are known as floats only are off by their rounding; there the test holds whatever they are within that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairgames.equilibria.refinements.result import Unproven, is_pure
from fairgames.equilibria.refinements.situation import Place, Situation
from fairgames.games.certificate import certify
from fairgames.games.given import AnyProfile
from fairgames.games.krawczyk import EquilibriumBox, enclose
from fairgames.games.rational_proof import distance
from fairgames.games.verify import Verifier
from fairgames.typing import MixedProfile

#: By how much a probability of a profile may differ from the equilibrium that it stands for.
RADIUS = 1e-6


@dataclass(frozen=True, eq=False)
class Proven:
    """An equilibrium.

    Attributes
    ----------
    strategies : rationals or units where they are the equilibrium itself, else floats near it
    box : the box in which it is the only one; None where ``strategies`` are the equilibrium itself
    """

    strategies: MixedProfile
    box: EquilibriumBox | None = None

    @property
    def place(self) -> Place | None:
        """The strategies by number; None where somebody mixes."""
        return _place(self.strategies) if self.box is None and is_pure(self.strategies) else None

    @cached_property
    def radius(self) -> float:
        """By how much a probability may be off, at most."""
        return 0.0 if self.box is None else self.box.radius()

    def key(self, others: Sequence[EquilibriumBox]) -> object:
        """What tells it apart: its numbers, or the first of the boxes of ``others`` that holds it, or its own."""
        if self.box is None:
            return tuple(tuple(vector.tolist()) for vector in self.strategies)
        return next((other for other in others if self.box.is_that_of(other)), self.box)


class Prover:
    """Proofs for the profiles of one game."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._verifier = Verifier(situation.game, RADIUS)

    def prove(self, strategies: MixedProfile) -> Proven | None:
        """The equilibrium that a profile stands for; None if no proof is found."""
        if not self._situation.error:
            return self._of_table(strategies)
        if is_pure(strategies):
            signs = {sign for _, _, sign in self._situation.moves(_place(strategies))}
            return None if signs & {1, None} else Proven(strategies)
        return self._within_rounding(strategies)

    def _of_table(self, strategies: MixedProfile) -> Proven | None:
        found = self._verifier.prove(strategies)
        if found is None:
            return None
        if found.rational is not None:
            units = found.is_pure and not self._situation.game.exact
            return Proven(tuple(np.asarray(one, dtype=float) for one in found.rational) if units else found.rational)
        assert found.enclosure is not None
        # What 1,024 bits cannot tell from a tie may be a gain.
        return None if found.enclosure.ties else Proven(found.enclosure.floats(), found.enclosure)

    def _within_rounding(self, strategies: MixedProfile) -> Proven | None:
        vectors = [np.asarray(vector, dtype=float) for vector in strategies]
        for start in ([np.where(vector > RADIUS, vector, 0) for vector in vectors], vectors):
            found = enclose(self._situation.game, start, lambda: None, self._situation.error)
            if found is not None and max(map(distance, found.floats(), vectors)) + found.radius() <= RADIUS:
                return Proven(found.floats(), found)
        return None


def proven(
    situation: Situation, given: Sequence[AnyProfile], notes: list[str]
) -> tuple[list[Proven], tuple[Unproven, ...]]:
    """The equilibria that profiles stand for, each once, and the profiles without a proof.

    Raises
    ------
    InputError
        If a profile is none of the game.
    """
    prover, others = Prover(situation), []
    found: dict[object, tuple[int, Proven]] = {}
    for number, profile in enumerate(given):
        shown = certify(situation.game, profile)
        one = prover.prove(shown.strategies)
        if one is None:
            others.append(Unproven(number, shown.strategies, float(shown.regret), shown.regret_bound))
            continue
        key = one.key([key for key in found if isinstance(key, EquilibriumBox)])
        if key in found:
            notes.append(f"Profiles {found[key][0]} and {number} stand for the same equilibrium.")
        else:
            found[key] = number, one
    return [one for _, one in found.values()], tuple(others)


def _place(strategies: MixedProfile) -> Place:
    return tuple(int(np.argmax(vector)) for vector in strategies)
