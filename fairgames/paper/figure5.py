"""Fig. 5: how far payments to users of each type differ from U(ρ)/N, from heterogeneous to homogeneous."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from fairgames.paper.federation import (
    FEW,
    HETEROGENEOUS,
    HOMOGENEOUS,
    INTERMEDIATE,
    KINDS,
    MANY,
    PROFILE,
    Regime,
    UserKind,
    first_of,
    utility,
)
from fairgames.paper.registry import Data, Sentence
from fairgames.plots.canvas import new_figure
from fairgames.plots.payments import payments as draw_payments
from fairgames.valuation.request import payments

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REGIMES = (HETEROGENEOUS, INTERMEDIATE, HOMOGENEOUS)
#: The types in the order of the bars: those who share, by level and by data.
_A, _B, _C, _D, _ = KINDS
_TYPES = (_D, _C, _B, _A)
#: What was tried for the n_i that the papers do not tell.
_FEW_TRIED = (1, 2, 5, 10, 20, 50)
#: The papers do not tell who is important in the two sets of bars on the right of Fig. 5b.
_SECOND_TRIED = (_D, _C, _B)


@dataclass(frozen=True)
class Bar:
    """A payment to one user: of a type, or the important one."""

    kind: UserKind
    important: bool
    payment: float
    difference: float

    def label(self, few: int) -> str:
        return f"ρ={self.kind.level}, n={self.kind.samples(few)}"


@dataclass(frozen=True)
class Panel:
    """The bars of one regime.

    Attributes
    ----------
    regime : s² and r²
    important : the type that the important user is of; None if all have a_i = 1
    average : U(ρ)/N
    bars : by type; an important user among others alike has a bar of its own, after theirs
    """

    regime: Regime
    important: UserKind | None
    average: float
    bars: tuple[Bar, ...]

    def of(self, kind: UserKind) -> float:
        """The difference from U(ρ)/N of an ordinary user of a type, or of its only one."""
        return next(bar.difference for bar in self.bars if bar.kind == kind)

    @property
    def lead(self) -> float:
        """The important user's payment over the largest of the others."""
        return max(b.payment for b in self.bars if b.important) / max(b.payment for b in self.bars if not b.important)

    @property
    def spread(self) -> float:
        """The largest difference from the average."""
        return max(abs(bar.difference) for bar in self.bars)


@lru_cache(maxsize=64)
def panel(regime: Regime, important: UserKind | None = None, few: int = FEW) -> Panel:
    """The payments at the profile of Section 4.1, at α = 1."""
    star = None if important is None else first_of(important)
    found = payments(utility(regime, star, few), PROFILE)
    average = float(found.utility) / len(PROFILE)
    bars = []
    for kind in _TYPES:
        first = first_of(kind)
        users = [(first, first == star)] if kind.count == 1 or first != star else [(first + 1, False), (first, True)]
        for user, starred in users:
            paid = float(found.payments[user])
            bars.append(Bar(kind, starred, paid, paid - average))
    return Panel(regime, important, average, tuple(bars))


@dataclass(frozen=True)
class Figure5:
    """Rows of panels, each from heterogeneous to homogeneous."""

    rows: tuple[tuple[Panel, ...], ...]
    searched: dict[str, object]
    sentences: tuple[Sentence, ...]

    def data(self) -> Data:
        columns = (
            "between", "within", "important_level", "important_samples", "level", "samples", "important", "payment",
            "difference_from_average", "average",
        )  # fmt: skip
        rows = []
        for one in (one for row in self.rows for one in row):
            star = ("", "") if one.important is None else (one.important.level, one.important.samples())
            for bar in one.bars:
                who = (bar.kind.level, bar.kind.samples(), int(bar.important))
                rows.append(
                    (one.regime.between, one.regime.within, *star, *who, bar.payment, bar.difference, one.average)
                )
        facts = {"levels": PROFILE, "alpha": 1, "importance of the important user": 100}
        return Data(columns, tuple(rows), facts, self.searched, self.sentences)

    def draw(self) -> Figure:
        figure = new_figure(10.0, 3.2 * len(self.rows) + 0.3)
        grid = figure.subplots(len(self.rows), len(REGIMES), squeeze=False, sharey=len(self.rows) == 1)
        for row, line in zip(self.rows, grid, strict=True):
            for place, (one, axes) in enumerate(zip(row, line, strict=True)):
                labels, paid = zip(*((bar.label(FEW), bar.payment) for bar in one.bars), strict=True)
                stars = [number for number, bar in enumerate(one.bars) if bar.important]
                draw_payments(labels, paid, one.average, stars, "aᵢ = 100", axes)
                axes.set_title(_title(one), fontsize=10)
                axes.set_ylabel("" if place else "payment − U(ρ)/N")
                axes.tick_params(labelsize=8.5)
        return figure


def _title(one: Panel) -> str:
    if one.important is None or one.regime == INTERMEDIATE:
        return str(one.regime)
    number = (1 if one.important == _A else 3) + (one.regime == HOMOGENEOUS)
    return f"set {number} of the paper: {one.regime}"


def figure_5a() -> Figure5:
    """a_i = 1 for all."""
    tried = {few: sum(sentence.holds for sentence in sentences_5a(few)) for few in _FEW_TRIED}
    row = tuple(panel(regime) for regime in REGIMES)
    searched = {"samples of the other users": FEW, "sentences that hold for each number tried": tried,
                "samples of two users, as in the text": MANY}  # fmt: skip
    return Figure5((row,), searched, sentences_5a(FEW))


def figure_5b() -> Figure5:
    """One user has a_i = 100: the one with ρ = 2 and n = 100, and another."""
    tried = {_name(kind): sum(sentence.holds for sentence in sentences_5b(kind)) for kind in _SECOND_TRIED}
    rows = tuple(tuple(panel(regime, kind) for regime in REGIMES) for kind in (_A, _D))
    searched = {
        "samples of the other users": FEW,
        "important in sets 3 and 4": _name(_D),
        "sentences that hold for each important user tried there": tried,
    }
    return Figure5(rows, searched, sentences_5b(_D))


def _name(kind: UserKind) -> str:
    return f"level {kind.level}, n = {kind.samples()}"


def sentences_5a(few: int) -> tuple[Sentence, ...]:
    """What Section 4.1 and the caption say of Fig. 5a."""
    left, centre, right = (panel(regime, None, few) for regime in REGIMES)
    by_level = {level: [left.of(kind) for kind in _TYPES if kind.level == level] for level in (1, 2)}
    gap, gap_left = ((one.of(_A) - one.of(_C), one.of(_B) - one.of(_D)) for one in (right, left))
    return (
        Sentence("left (s² = 100, r² = 1): users with ρ = 2 are paid the most",
                 min(by_level[2]) > max(by_level[1]), by_level),
        Sentence("left: users with ρ = 1 are paid less than an even allocation", max(by_level[1]) < 0, by_level[1]),
        Sentence("centre (s² = 1, r² = 10): all users are paid closer to the average",
                 centre.spread < min(left.spread, right.spread), (left.spread, centre.spread, right.spread)),
        Sentence("centre: users with more data are favoured",
                 min(centre.of(_A), centre.of(_C)) > max(centre.of(_B), centre.of(_D)), _differences(centre)),
        Sentence("right (s² = 0.1, r² = 100): users with larger n_i are paid above the average, others less",
                 min(right.of(_A), right.of(_C)) > 0 > max(right.of(_B), right.of(_D)), _differences(right)),
        Sentence("right: with n_i fixed, users with ρ = 2 receive more than those with ρ = 1", min(gap) > 0, gap),
        Sentence("right: this difference is significant when n_i = 100 (more than U/N)",
                 gap[0] > right.average, (gap[0], right.average)),
        Sentence("right: privacy level has a lesser impact on the payments than on the left",
                 all(here < there for here, there in zip(gap, gap_left, strict=True)), (gap, gap_left)),
    )  # fmt: skip


def sentences_5b(second: UserKind) -> tuple[Sentence, ...]:
    """What they say of Fig. 5b, with the important user of sets 3 and 4 of the type ``second``."""
    one, two = panel(HETEROGENEOUS, _A), panel(HOMOGENEOUS, _A)
    four = panel(HOMOGENEOUS, second)
    lead = one.lead, two.lead
    apart = max(abs(two.of(kind) / two.average - four.of(kind) / four.average) for kind in _TYPES)
    return (
        Sentence("set 1: the important user, with ρ = 2 and n = 100, receives by far the most (10 times the next)",
                 lead[0] > 10, lead[0]),
        Sentence("set 2: this is less dramatic as heterogeneity decreases", lead[1] < lead[0], lead),
        Sentence("set 2: the user with ρ = 1 and n = 100 is paid over the average, too", two.of(_C) > 0, two.of(_C)),
        Sentence("sets 2 and 4 differ little (no bar by more than U/2N)", apart < 0.5, apart),
        Sentence("set 4: it is those with large n_i that benefit",
                 min(four.of(_A), four.of(_C)) > 0 > max(four.of(_B), four.of(_D)), _differences(four)),
    )  # fmt: skip


def _differences(one: Panel) -> dict[str, float]:
    return {_name(kind): one.of(kind) for kind in _TYPES}
