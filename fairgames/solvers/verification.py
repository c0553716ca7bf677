"""The result of verifying a design: by share and engine, agreement and what was missed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from fairgames.solvers.verify_certificate import DesignCertificate
from fairgames.tables.table import Table, Tabular
from fairgames.text import number, table
from fairgames.typing import Scalar


@dataclass(frozen=True)
class EngineVerdict:
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

    def __str__(self) -> str:
        if self.error is not None:
            return "no answer"
        if self.missed and not self.complete:  # it promised no more
            return ", ".join([f"{self.found} found", *self._faults()])
        missed = [f"{self.missed} missed"] if self.missed else []
        return ", ".join([*missed, *self._faults()]) or "agrees"

    def _faults(self) -> list[str]:
        counts = ((self.more, "more than ours"), (self.wrong, "wrong"))
        return [f"{count} {what}" for count, what in counts if count]


@dataclass(frozen=True)
class ShareVerdict:
    """All engines on the equilibria at one share.

    Attributes
    ----------
    alpha : the share; None under Theorem 1
    breakpoint : whether somebody is just indifferent there
    equilibria : how many we have; of a continuum the extreme points
    wrong : how many of those are no equilibria
    certified : how many of those the definition of the payments shows to be equilibria
    engines : by solver id
    excess : by how much the selection is worth more here than the design claims, going by all
        equilibria that anybody found; None where this was not asked
    witnesses : what proves us wrong here, in sentences
    """

    alpha: Scalar | None
    breakpoint: bool
    equilibria: int
    wrong: int
    certified: int
    engines: dict[str, EngineVerdict]
    excess: Scalar | None
    witnesses: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """An engine that promises all came to its end, and has the same as we have."""
        return not self.witnesses and any(verdict.complete and verdict.agrees for verdict in self.engines.values())


@dataclass(frozen=True)
class Verification(Tabular):
    """The outcome of :func:`fairgames.solvers.verify_design.verify_design`.

    Attributes
    ----------
    shares : one verdict a sampled share, ascending
    alpha : the design's share; None under Theorem 1
    certificate : the design's own numbers, recomputed from the definition
    slack : by how much a value may exceed the design's: its own stated error; 0 where all is rational
    comparison : how equilibria were compared
    limit : time limit of an engine at a share, in seconds
    seconds : all in all
    """

    shares: tuple[ShareVerdict, ...]
    alpha: Scalar | None
    certificate: DesignCertificate
    slack: float
    comparison: str
    limit: float
    seconds: float

    def headline(self) -> str:
        """The outcome in a sentence."""
        return self._verdict()

    def table(self) -> Table:
        """One row a sampled share: our equilibria, and each solver's verdict in words."""
        names = ("alpha", "breakpoint", "equilibria", "wrong", "certified", "confirmed", "excess")
        solvers = list(self.shares[0].engines)
        rows = [
            (*(getattr(share, name) for name in names), *(str(share.engines[solver]) for solver in solvers))
            for share in self.shares
        ]
        return Table.of_rows((*names, *solvers), rows)

    @property
    def excess(self) -> Scalar | None:
        """The most that any sampled share is worth above the design; None where this was not asked."""
        return max((share.excess for share in self.shares if share.excess is not None), default=None)

    @property
    def regret(self) -> Scalar:
        """The largest regret of the design's equilibrium, recomputed."""
        return self.certificate.regret

    @property
    def confirmed(self) -> int:
        """At how many shares an engine that came to its end has the same equilibria."""
        return sum(share.confirmed for share in self.shares)

    @property
    def certified(self) -> tuple[int, int]:
        """How many of our equilibria the definition of the payments confirms at the shares, and how many there are."""
        return sum(share.certified for share in self.shares), sum(share.equilibria for share in self.shares)

    @property
    def witnesses(self) -> tuple[str, ...]:
        """What proves the design wrong, in sentences."""
        own = [f"the design itself: {fault}" for fault in self.certificate.faults]
        return (*own, *(f"{_at(share.alpha)}{words}" for share in self.shares for words in share.witnesses))

    @property
    def outcome(self) -> Literal["agrees", "contradicted", "undecided"]:
        """The outcome: agrees, contradicted or undecided.

        ``"contradicted"``: something proves the design wrong (:attr:`witnesses`). ``"agrees"``: nothing
        does, its certificate holds, and engines that came to their end confirm our equilibria at the
        design's share and at half of all that were looked at, or more. Else ``"undecided"``: who has run
        out of time has not spoken.
        """
        if self.witnesses:
            return "contradicted"
        own = min(self.shares, key=lambda share: abs(float(share.alpha or 0) - float(self.alpha or 0)))
        return "agrees" if own.confirmed and 2 * self.confirmed >= len(self.shares) else "undecided"

    @property
    def agrees(self) -> bool:
        """Whether the outcome is that."""
        return self.outcome == "agrees"

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
        """A summary of the table in sentences."""
        found = [self._verdict(), self.comparison]
        for solver in self.shares[0].engines:
            done = sum(share.engines[solver].error is None for share in self.shares)
            found.append(f"{solver} completed {done} of {len(self.shares)} shares within {self.limit:.3g} s each.")
        for (solver, error), count in self._errors().items():
            found.append(f"{solver} gave no complete answer at {count} of them: {error}")
        certified, ours = self.certified
        kept = f"nobody gains at {certified:,} of our {ours:,} equilibria at these shares"
        why = f": their coalitions are too many, or take longer than {self.limit:.3g} s a share" * (certified < ours)
        found.append(f"By the definition of the payments {kept}{'; the others are not judged' * bool(why)}{why}.")
        regret = max(self.certificate.regret, 0)
        where = "recomputed from the definition of the payments" if self.certificate.by_definition else "in the table"
        within = regret and regret <= self.certificate.regret_bound
        shown = f"none beyond its stated error of {number(self.certificate.regret_bound)}" if within else number(regret)
        found.append(f"The design's own regret, {where}: {shown}.")
        if self.excess is not None and self.excess <= self.slack:
            found.append("At no sampled share would the platform keep more than the design says.")
        return found

    def _verdict(self) -> str:
        counts = f"at {self.confirmed} of {len(self.shares)} shares a solver that came to its end has our equilibria"
        if self.outcome == "contradicted":
            return f"Contradicted: {'; '.join(self.witnesses)}."
        if self.outcome == "agrees":
            return f"Agrees: {counts}, and nothing speaks against the design."
        return f"Undecided: {counts}, too few to say that they agree; nothing speaks against the design."

    def _errors(self) -> Counter[tuple[str, str]]:
        """How often each engine failed in which words."""
        verdicts = ((solver, one) for share in self.shares for solver, one in share.engines.items())
        return Counter((solver, one.error) for solver, one in verdicts if one.error is not None)

    def to_dict(self, exact: bool = False) -> dict[str, Any]:
        """Plain JSON types. With ``exact``, rationals are "p/q"."""
        return {
            "outcome": self.outcome,
            "agrees": self.agrees,
            "witnesses": list(self.witnesses),
            "confirmed": self.confirmed,
            "certified": dict(zip(("equilibria", "of"), self.certified, strict=True)),
            "completed": {
                solver: sum(share.engines[solver].error is None for share in self.shares)
                for solver in self.shares[0].engines
            },
            "excess": _plain(self.excess, exact),
            "slack": self.slack,
            "regret": _plain(self.regret, exact),
            "regret_bound": self.certificate.regret_bound,
            "by_definition": self.certificate.by_definition,
            "limit": self.limit,
            "comparison": self.comparison,
            "seconds": self.seconds,
            "shares": [
                {
                    "alpha": _plain(share.alpha, exact),
                    "breakpoint": share.breakpoint,
                    "equilibria": share.equilibria,
                    "wrong": share.wrong,
                    "certified": share.certified,
                    "agrees": share.confirmed,
                    "witnesses": list(share.witnesses),
                    "excess": _plain(share.excess, exact),
                    "engines": {
                        solver: {**vars(verdict), "agrees": verdict.agrees} for solver, verdict in share.engines.items()
                    },
                }
                for share in self.shares
            ],
        }


def _at(alpha: Scalar | None) -> str:
    return "" if alpha is None else f"at α = {number(alpha)} "


def _plain(value: Scalar | None, exact: bool) -> float | str | None:
    if value is None:
        return None
    return str(value) if exact and isinstance(value, Fraction) else float(value)
