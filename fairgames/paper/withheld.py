"""The sensitivities c_i of Fig. 6, which the papers withhold, searched for so that their text holds.

Fig. 7 has the same five sensitivities, and the papers tell neither its s² nor its r². So one small
search decides on both, for the same ten users: candidates are judged by the sentences about Fig. 6 and about Fig. 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from fairgames.equilibria.pure.certificate import Certificate, certify_profile
from fairgames.paper.federation import (
    HETEROGENEOUS,
    HOMOGENEOUS,
    KINDS,
    PROFILE,
    Costs,
    Regime,
    first_of,
    game,
    utility,
)
from fairgames.paper.landscapes import Setting, sentences_7a, sentences_7b
from fairgames.progress import track
from fairgames.valuation.request import payments

#: For each kind of user what was tried as c_i at levels 1 and 2.
_TRIED = {
    "A": (("1/2", "3"), ("1/2", "6"), ("1/2", "9")),
    "B": (("1", "2"), ("1", "4"), ("2", "4")),
    "C": (("1/2", "8"), ("1/2", "19/2")),
    "D": (("1/2", "5"), ("1/2", "15/2")),
    "E": (("1", "8"), ("6", "13")),
}
#: s² tried for Fig. 7b, with r² = 1; Fig. 7a has the homogeneous regime of Fig. 5.
_BETWEEN_TRIED = (100, 1_000, 10_000, 100_000)

#: The readings of Fig. 6: its text has a_i = 1 for all, its caption a_i = 100 for the first user, as in Fig. 5b.
READINGS = {"text": None, "caption": first_of(KINDS[0])}


@dataclass(frozen=True, eq=False)
class Withheld:
    """What was chosen, and out of what.

    Attributes
    ----------
    costs : c_i at levels 0, 1, 2, one row a kind of user
    homogeneous, heterogeneous : the settings of Figs. 7a and 7b
    candidates : how many sensitivities were tried
    equilibria : at how many of them the profile of Fig. 6 is a strict equilibrium under both readings
    best : for each s² tried for Fig. 7b the most sentences about Fig. 7 that hold together
    """

    costs: Costs
    homogeneous: Setting
    heterogeneous: Setting
    candidates: int
    equilibria: int
    best: dict[str, int]

    def facts(self) -> dict[str, object]:
        """What to print with the figures."""
        return {
            "c_i at levels 0, 1, 2": {kind.name: row for kind, row in zip(KINDS, self.costs, strict=True)},
            "samples": {kind.name: kind.samples() for kind in KINDS},
            "count": {kind.name: kind.count for kind in KINDS},
            "regime of Fig. 7a": str(self.homogeneous.regime),
            "regime of Fig. 7b": str(self.heterogeneous.regime),
            "sensitivities tried": self.candidates,
            "at which the profile of Fig. 6 is a strict equilibrium": self.equilibria,
            "most sentences about Fig. 7 that hold together, by regime of Fig. 7b": self.best,
        }


@lru_cache(maxsize=1)
def withheld() -> Withheld:
    """The candidate under which most sentences hold; of equals the one whose optima stand out most."""
    every = list(candidates())
    fitting = [costs for costs in every if is_strict(costs)]
    best: dict[str, int] = {}
    ranked = []
    for costs in track(fitting, "sensitivities of Figs. 6 and 7"):
        one = Setting.of(HOMOGENEOUS, costs)
        about_7a = sum(sentence.holds for sentence in sentences_7a(one))
        for between in _BETWEEN_TRIED:
            other = Setting.of(Regime(Fraction(between), Fraction(1)), costs)
            holding = about_7a + sum(sentence.holds for sentence in sentences_7b(other, one))
            best[str(other.regime)] = max(holding, best.get(str(other.regime), 0))
            ranked.append((holding, min(one.margin, other.margin), one, other))
    _, _, homogeneous, heterogeneous = max(ranked, key=lambda entry: entry[:2])
    return Withheld(homogeneous.costs, homogeneous, heterogeneous, len(every), len(fitting), best)


def candidates() -> Iterator[Costs]:
    """Every combination of what is tried."""
    for rows in product(*_TRIED.values()):
        yield tuple((Fraction(0), Fraction(one), Fraction(two)) for one, two in rows)


def is_strict(costs: Costs) -> bool:
    """Whether at the profile of Fig. 6 every move loses by more than rounding, under both readings."""
    for important in READINGS.values():
        paid = payments_by_level(important)
        for kind, values, row in zip(KINDS, paid, costs, strict=True):
            payoffs = [value - float(cost) for value, cost in zip(values, row, strict=True)]
            if any(payoffs[kind.level] - other <= 1e-9 for level, other in enumerate(payoffs) if level != kind.level):
                return False
    return True


@lru_cache(maxsize=2)
def payments_by_level(important: int | None) -> tuple[tuple[float, ...], ...]:
    """φ_i at levels 0, 1, 2 of the first user of each kind, the others as in Fig. 6, at α = 1."""
    federation = utility(HETEROGENEOUS, important)
    found = []
    for kind in KINDS:
        user = first_of(kind)
        moved = ((*PROFILE[:user], level, *PROFILE[user + 1 :]) for level in range(3))
        found.append(tuple(float(payments(federation, profile).payments[user]) for profile in moved))
    return tuple(found)


def certificate(costs: Costs, important: int | None) -> Certificate:
    """The regrets at the profile of Fig. 6, at α = 1."""
    return certify_profile(game(HETEROGENEOUS, costs, important), PROFILE, Fraction(1))
