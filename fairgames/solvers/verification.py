"""What came of verifying a design: per share and engine, who agreed, and what was missed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairgames.mechanism.result import Scalar
from fairgames.text import number, table


@dataclass(frozen=True)
class Verdict:
    """One engine on the equilibria at one share.

    Attributes
    ----------
    found : how many of our equilibria it has
    missed : how many of ours it has not, nor another point of a convex set that they are in
    more : how many it has that are not among ours
    wrong : how many of its answers are no equilibria
    complete : whether it promises all of this game, and came to its end
    seconds : its own time
    error : why its answer is not complete, in its own words; None if it is
    """

    found: int
    missed: int
    more: int
    wrong: int
    complete: bool
    seconds: float
    error: str | None

    @property
    def agrees(self) -> bool:
        """It has all of our equilibria, and no others."""
        return self.missed == self.more == 0 and self.error is None

    @property
    def objects(self) -> bool:
        """It has an equilibrium that we have not, or lacks one of ours although it promises all."""
        return self.more > 0 or (self.complete and self.missed > 0)

    def __str__(self) -> str:
        if self.error is not None:
            return "no answer"
        counts = ((self.missed, "missed"), (self.more, "more than ours"), (self.wrong, "wrong"))
        found = [f"{count} {what}" for count, what in counts if count]
        return "agrees" if not found else ", ".join(found)


@dataclass(frozen=True)
class ShareVerdict:
    """All engines on the equilibria at one share.

    Attributes
    ----------
    alpha : the share; None under Theorem 1
    breakpoint : whether somebody is just indifferent there
    equilibria : how many we have; of a continuum the extreme points
    wrong : how many of those are no equilibria of the payoff table
    engines : by solver id
    excess : by how much the selection is worth more here than the design claims, going by all
        equilibria that anybody found; None where this was not asked
    """

    alpha: Scalar | None
    breakpoint: bool
    equilibria: int
    wrong: int
    engines: dict[str, Verdict]
    excess: Scalar | None

    @property
    def agrees(self) -> bool:
        """Ours are right, one engine that promises all has the same, and none objects."""
        verdicts = self.engines.values()
        confirmed = any(verdict.complete and verdict.agrees for verdict in verdicts)
        return self.wrong == 0 and confirmed and not any(verdict.objects for verdict in verdicts)


@dataclass(frozen=True)
class Verification:
    """The outcome of :func:`fairgames.solvers.verify_design.verify_design`.

    Attributes
    ----------
    shares : one verdict a sampled share, ascending
    regret, regret_bound : of the design's own equilibrium, from the payoff table; and its rounding
    slack : by how much a value may exceed the design's through rounding; 0 where all is rational
    comparison : how equilibria were compared
    seconds : all in all
    """

    shares: tuple[ShareVerdict, ...]
    regret: Scalar
    regret_bound: float
    slack: float
    comparison: str
    seconds: float

    @property
    def excess(self) -> Scalar | None:
        """The most that any sampled share is worth above the design; None where this was not asked."""
        return max((share.excess for share in self.shares if share.excess is not None), default=None)

    @property
    def agrees(self) -> bool:
        """Equilibria agree at every share, the design's is one of them, and no share is worth more."""
        beaten = self.excess is not None and self.excess > self.slack
        return all(share.agrees for share in self.shares) and self.regret <= self.regret_bound and not beaten

    def __str__(self) -> str:
        solvers = list(self.shares[0].engines)
        rows = [
            [
                number(share.alpha),
                "yes" if share.breakpoint else "no",
                str(share.equilibria) + (f", {share.wrong} wrong" if share.wrong else ""),
                *(str(share.engines[solver]) for solver in solvers),
            ]
            for share in self.shares
        ]
        return "\n".join([table(["α", "breakpoint", "equilibria", *solvers], rows), *self.remarks()])

    def remarks(self) -> list[str]:
        """What the table comes to, in sentences."""
        right = sum(share.agrees for share in self.shares)
        found = [f"At {right} of {len(self.shares)} shares the engines confirm our equilibria. {self.comparison}"]
        for (solver, error), count in self._errors().items():
            found.append(f"{solver} gave no complete answer at {count} of them: {error}")
        found.append(f"The design's own equilibrium has a regret of {number(self.regret)} in the payoff table.")
        if self.excess is not None:
            beaten = self.excess > self.slack
            found.append(
                f"At a sampled share the platform would keep {number(self.excess)} more than the design says."
                if beaten
                else "At no sampled share would the platform keep more than the design says."
            )
        return found

    def _errors(self) -> Counter[tuple[str, str]]:
        """How often each engine failed in which words."""
        verdicts = ((solver, one) for share in self.shares for solver, one in share.engines.items())
        return Counter((solver, one.error) for solver, one in verdicts if one.error is not None)

    def to_dict(self, exact: bool = False) -> dict[str, Any]:
        """Plain JSON types. With ``exact``, rationals are "p/q"."""
        return {
            "agrees": self.agrees,
            "excess": _plain(self.excess, exact),
            "slack": self.slack,
            "regret": _plain(self.regret, exact),
            "regret_bound": self.regret_bound,
            "comparison": self.comparison,
            "seconds": self.seconds,
            "shares": [
                {
                    "alpha": _plain(share.alpha, exact),
                    "breakpoint": share.breakpoint,
                    "equilibria": share.equilibria,
                    "wrong": share.wrong,
                    "agrees": share.agrees,
                    "excess": _plain(share.excess, exact),
                    "engines": {
                        solver: {**vars(verdict), "agrees": verdict.agrees} for solver, verdict in share.engines.items()
                    },
                }
                for share in self.shares
            ],
        }


def _plain(value: Scalar | None, exact: bool) -> float | str | None:
    if value is None:
        return None
    return str(value) if exact and isinstance(value, Fraction) else float(value)
