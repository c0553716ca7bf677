"""The result of an audit: all findings on one rule in one game, and the rules that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairgames.audit.finding import Finding
from fairgames.private.agents import Plan
from fairgames.reading.json_values import plain
from fairgames.tables.table import Table, Tabular
from fairgames.typing import Array, Profile

#: What the JSON answer says under ``schema``.
SCHEMA = "fairgames/audit/1"


@dataclass(frozen=True, eq=False)
class Departure:
    """The coalition that gains most by leaving with its own data, at one profile (the core: Gillies 1959).

    Attributes
    ----------
    in_core : whether no coalition gains
    coalition : the names of those who gain most by leaving, or lose least; "platform" where it goes with them
    gain : what they gain together: what they earn alone, at the same share, less what they are paid
    """

    in_core: bool
    coalition: tuple[str, ...]
    gain: Fraction | float

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer."""
        return {"in_core": self.in_core, "coalition": self.coalition, "gain": self.gain}


@dataclass(frozen=True, eq=False)
class PotentialFinding:
    """Whether what users gain by moving is what one function gains (Monderer & Shapley 1996), by cycles of four moves.

    Attributes
    ----------
    kind : "exact", "weighted", or "none"
    weights : w_i where it is weighted
    cycle : four profiles of level indices, each one user's move from the one before, around which the two movers gain
        something; None where there is a potential
    gain : what they gain around it
    cycles : how many cycles were looked at; all cycles of two users' moves are sums of these
    """

    kind: str
    weights: tuple[Fraction | float, ...] | None
    cycle: tuple[Profile, ...] | None
    gain: Fraction | float
    cycles: int

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer."""
        return {
            "kind": self.kind,
            "weights": self.weights,
            "cycle": self.cycle,
            "gain": self.gain,
            "cycles": self.cycles,
        }


@dataclass(frozen=True, eq=False)
class RuleFacts:
    """One rule in the game: what it pays and what comes of it.

    Attributes
    ----------
    rule, source : its name, and where it is defined
    profile : where payments are compared, level indices
    payments : at ``profile``, shape (N,), at the share ``alpha``
    alpha : the share at which payments are compared; None where the rule has none
    fair : what Theorem 2 would pay if as much were paid in all, shape (N,)
    distances : ``payments`` less ``fair``, shape (N,): above 0 the user gains by the rule, below it loses
    distance : half of Σ|distances|: the money that changes hands
    departure : the coalition that gains most by leaving; None where there are too many to look at
    potential : whether the game has one; None where the game is too large to look
    equilibrium : a pure equilibrium, the one that leaves the platform most; None if there is none
    plan : the same where costs are private, a plan
    best_alpha : the share at which the platform is left most; None where there is none, or no equilibrium
    platform_utility : what the platform is left with there; None without an equilibrium
    why_not : why the rule is left out here; empty where it is not
    """

    rule: str
    source: str
    profile: Profile | None = None
    payments: Array | None = None
    alpha: Fraction | float | None = None
    fair: Array | None = None
    distances: Array | None = None
    distance: Fraction | float | None = None
    departure: Departure | None = None
    potential: PotentialFinding | None = None
    equilibrium: Profile | None = None
    plan: Plan | None = None
    best_alpha: Fraction | float | None = None
    platform_utility: Fraction | float | None = None
    why_not: str = ""

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        return {
            "rule": self.rule,
            "source": self.source,
            "profile": self.profile,
            "payments": _numbers(self.payments),
            "alpha": self.alpha,
            "fair": _numbers(self.fair),
            "distances": _numbers(self.distances),
            "distance": self.distance,
            "core": self.departure and self.departure.answer(),
            "potential": self.potential and self.potential.answer(),
            "equilibrium": self.equilibrium,
            "plan": self.plan,
            "best_alpha": self.best_alpha,
            "platform_utility": self.platform_utility,
            "why_not": self.why_not,
        }


@dataclass(frozen=True, eq=False)
class Audit(Tabular):
    """All findings on one payment rule in one game.

    Attributes
    ----------
    rule : its name, or the file or function that it came from
    source : where it is defined, in words
    alpha : the share at which it was audited, as text; None where it has none
    users : names
    findings : by name, in the order of :data:`fairgames.audit.finding.NAMES`
    proposed : the profile of level indices at which individual rationality was looked at; None if there is none
    proposed_plan : where costs are private, for each user the level index at each of its cost rows instead
    rules : the audited rule first, then those that it is compared with; empty where that was not asked for
    scope : "all" profiles, or a "search" among them
    undecided : comparisons that floats alone could not decide, in words
    warnings : what is worth knowing
    """

    rule: str
    source: str
    alpha: str | None
    users: tuple[str, ...]
    findings: Mapping[str, Finding]
    proposed: Profile | None
    proposed_plan: Plan | None
    scope: str
    rules: tuple[RuleFacts, ...] = ()
    undecided: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Finding:
        """The finding of that name."""
        return self.findings[name]

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        told = {"certain": False, "undecided": self.undecided} if self.undecided else {"certain": True}
        return {
            "schema": SCHEMA,
            "rule": self.rule,
            "source": self.source,
            "alpha": self.alpha,
            "users": self.users,
            "scope": self.scope,
            "proposed": self.proposed,
            "proposed_plan": self.proposed_plan,
            **{name: finding.answer() for name, finding in self.findings.items()},
            "rules": [facts.answer() for facts in self.rules],
            **told,
            "warnings": self.warnings,
        }

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain JSON types, with the keys of ``fairgames audit --json``; rationals are "p/q"."""
        found: dict[str, Any] = plain(self.answer(), exact=True)
        return found

    def table(self) -> Table:
        """One row a finding: name, whether it holds, the largest violation, the sentence."""
        found = list(self.findings.values())
        return Table(
            {
                "name": [one.name for one in found],
                "holds": [_WORDS[one.holds] for one in found],
                "worst violation": ["" if one.worst_violation is None else one.worst_violation for one in found],
                "sentence": [one.sentence for one in found],
            }
        )


#: What a finding says, in a word. A search that finds nothing is never "holds".
_WORDS = {True: "holds", False: "violated", None: "not decided"}


def _numbers(values: Array | None) -> list[Any] | None:
    return None if values is None else values.tolist()
