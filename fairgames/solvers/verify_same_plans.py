"""A design of plans that are the same for users alike, against the definition of its payments.

No engine knows such plans, so all of them are gone through here, with expected payments from U alone
(:mod:`fairgames.solvers.thinned_coalitions`): which are equilibria at some shares, and what the platform keeps at them.
The answer's own payments and gains are those of every way in which costs may come where these are few
(:mod:`fairgames.solvers.plan_definition`), else those of thinned coalitions, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from fairgames.equilibria.types.same_plan_intervals import SamePlanEquilibria, same_plan_equilibria
from fairgames.equilibria.types.same_plans import KindPlans, SamePlans
from fairgames.exact import to_fraction
from fairgames.mechanism.private.result import PlanDesign
from fairgames.private.game import PlanGame
from fairgames.progress import track
from fairgames.solvers.enclosure import Enclosure
from fairgames.solvers.plan_definition import PlanDefinition, as_agents
from fairgames.solvers.sampled_shares import sampled
from fairgames.solvers.share_verdict import room_of, verdict
from fairgames.solvers.thinned_coalitions import ThinnedCoalitions
from fairgames.solvers.verification import EngineVerdict, Verification
from fairgames.solvers.verify_certificate import DesignCertificate, certificate
from fairgames.solvers.verify_shares import Outcome, ShareComparison
from fairgames.text import how_many, number
from fairgames.typing import Number, Scalar

#: How the plans that are gone through by the definition are called among engines.
ID = "fairgames:thinned-coalitions"
#: Seconds for all plans together, and shares that are looked at, where none are given.
_SECONDS, _SHARES = 60.0, 20


def verify_same_plans(
    game: PlanGame, found: PlanDesign, seconds: float | None, samples: int | None, budget: Number | None
) -> Verification:
    """The verification of a design of scope "symmetric"; see :func:`fairgames.solvers.verify_design.verify_design`.

    Parameters
    ----------
    seconds : for all plans together; default 60
    """
    begun, cap = time.monotonic(), None if budget is None else to_fraction(budget, "budget")
    same = SamePlans(game)
    judged = _Judged(same, ThinnedCoalitions(same), Fraction(found.interim_regret_bound))
    own = _certificate(judged, found)
    seconds = _SECONDS if seconds is None else seconds
    judged.go_through(seconds)
    comparison, room, shares = _SamePlanOnes(same_plan_equilibria(same), judged), room_of(found), []
    for alpha in sampled(comparison.breakpoints, found.alpha, samples or _SHARES):
        seen = comparison.at(alpha, found.selection == "worst")
        if cap is not None and found.budget_every_state:  # what any state pays out is not gone through
            seen = replace(seen, worths=())
        shown = alpha if same.exact or alpha is None else float(alpha)
        shares.append(verdict(shown, alpha in comparison.breakpoints, seen, found, cap, room))
    arithmetic = "rationals" if judged.thinned.exact else "floats with a bound of their error"
    return Verification(
        shares=tuple(shares),
        alpha=found.alpha,
        certificate=own,
        slack=float(room),
        comparison=f"Payments come from coalitions of users whose costs are drawn, by {arithmetic}.",
        limit=seconds,
        seconds=time.monotonic() - begun,
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """Plans, by what their users gain.

    Attributes
    ----------
    room : what ours may be off
    gone_through : the plans so far
    """

    same: SamePlans
    thinned: ThinnedCoalitions
    room: Fraction
    gone_through: list[KindPlans] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def go_through(self, seconds: float) -> None:
        """All plans, or as many as there is time for."""
        begun = time.monotonic()
        for plans in track(list(self.same.plans()), "verify: plans"):
            if time.monotonic() - begun > seconds:
                break
            self.thinned.values(plans)
            self.gone_through.append(plans)
        self.seconds.append(time.monotonic() - begun)

    def gains(self, plans: KindPlans, share: Fraction) -> Iterator[tuple[int, int, int, Enclosure]]:
        """What a user of each kind gains at each cost row by moving to each other level."""
        for k, (kind, plan) in enumerate(zip(self.same.kinds, plans, strict=True)):
            paid = dict(zip(kind.choices, self.thinned.values(plans)[k], strict=True))
            for row, ((_, costs), here) in enumerate(zip(kind.rows, plan, strict=True)):
                for there in kind.choices:
                    if there != here:
                        dearer = costs[there] - costs[here]
                        more = Enclosure(paid[there].low - paid[here].high, paid[there].high - paid[here].low)
                        yield k, row, there, Enclosure(share * more.low - dearer, share * more.high - dearer)

    def worst(self, plans: KindPlans, share: Fraction) -> tuple[Enclosure, str]:
        """The most that anybody gains, and by what."""
        low = high = Fraction(-1)
        words = "nobody can move"
        for k, row, there, gain in self.gains(plans, share):
            if gain.low > low or words == "nobody can move":
                low, words = gain.low, self.words(k, row, there, gain)
            high = max(high, gain.high)
        return Enclosure(low, high), words

    def words(self, k: int, row: int, level: int, gain: Enclosure) -> str:
        """Who gains, how much and by which move."""
        who = self.same.game.known.names[self.same.kinds[k].users[0]]
        there = self.same.game.utility.level_names[level]
        return f"{who} at cost row {row + 1} gains {number(float(gain.middle))} by moving to {there}"

    def kept(self, plans: KindPlans, share: Fraction) -> tuple[Enclosure, Enclosure]:
        """What the platform keeps and what it pays."""
        worth = self.thinned.utility(plans)
        paid = Enclosure(share * worth.low, share * worth.high)
        if self.same.game.rule.platform:
            low = high = Fraction(0)
            for kind, plan, values in zip(self.same.kinds, plans, self.thinned.values(plans), strict=True):
                at = dict(zip(kind.choices, values, strict=True))
                for (chance, _), level in zip(kind.rows, plan, strict=True):
                    low += len(kind.users) * chance * at[level].low
                    high += len(kind.users) * chance * at[level].high
            paid = Enclosure(low, high)
            return Enclosure(worth.low - high, worth.high - low), paid
        return Enclosure((1 - share) * worth.low, (1 - share) * worth.high), paid


@dataclass(frozen=True, eq=False)
class _SamePlanOnes:
    """Plans whose interval holds α, against all plans by the definition."""

    found: SamePlanEquilibria
    judged: _Judged

    @property
    def breakpoints(self) -> Sequence[Scalar | None]:
        if not self.found.same.game.rule.has_alpha:
            return [None]
        ends = self.found.equilibria
        return sorted({*ends.lower.tolist(), *ends.upper.tolist()})

    def at(self, alpha: Scalar | None, of_worst: bool) -> ShareComparison:
        share, judged = Fraction(1) if alpha is None else Fraction(alpha), self.judged
        ours = {self.found.plans[k] for k in self.found.equilibria.at(share).tolist()}
        room = Fraction(0) if self.found.same.exact else judged.room
        false, certified, more, witnesses = 0, 0, [], []
        for plans in judged.gone_through:
            gain, words = judged.worst(plans, share)
            if plans in ours:
                certified += gain.high <= room
                if gain.low > room:
                    false += 1
                    witnesses.append(f"ours, ({self._name(plans)}), is none: {words}")
            elif gain.high <= 0:
                more.append(plans)
                witnesses.append(f"({self._name(plans)}) is an equilibrium, which we have not")
        n, seen = self.found.same.n_plans, len(judged.gone_through)
        there = len(ours & set(judged.gone_through))
        engine = EngineVerdict(
            found=there - false,
            missed=0,
            more=len(more),
            wrong=0,
            complete=seen == n,
            seconds=sum(judged.seconds),
            error=None if seen == n else f"time was over after {how_many(seen)} of {how_many(n)} plans",
        )
        worths = [self._worth(plans, share, of_worst) for plans in [*ours, *more]]
        return ShareComparison(len(ours), false, certified, {ID: engine}, worths, tuple(witnesses))

    def _worth(self, plans: KindPlans, share: Fraction, of_worst: bool) -> Outcome:
        """What is kept for certain: at least, or at most where the worst counts."""
        kept, paid = self.judged.kept(plans, share)
        amount = kept.high if of_worst else kept.low
        exact = self.judged.thinned.exact
        return Outcome(
            amount if exact else float(amount), paid.high if exact else float(paid.high), lambda: self._name(plans)
        )

    def _name(self, plans: KindPlans) -> str:
        names, game = self.found.same.game.utility.level_names, self.found.same.game
        return "; ".join(
            f"{game.known.names[kind.users[0]]} {', '.join(names[level] for level in plan)}"
            for kind, plan in zip(self.found.same.kinds, plans, strict=True)
        )


def _certificate(judged: _Judged, found: PlanDesign) -> DesignCertificate:
    """The design's own numbers, from every way in which costs may come if these are few."""
    game, same = judged.same.game, judged.same
    plans = tuple(found.plan[kind.users[0]] for kind in same.kinds)
    if same.of_users(plans) != found.plan:
        return DesignCertificate(found.regret, found.regret_bound, True, ("users alike have different plans",))
    definition, profile = PlanDefinition.of(game), game.agents.profile(found.plan)
    if definition.within_reach(profile):
        own, faults = as_agents(game, found)
        return certificate(definition, own, room_of(found), faults)
    return _by_thinned(judged, found, plans)


def _by_thinned(judged: _Judged, found: PlanDesign, plans: KindPlans) -> DesignCertificate:
    share = Fraction(1) if found.alpha is None else Fraction(found.alpha)
    bound, room, names = judged.room, room_of(found), judged.same.game.known.names
    gain, words = judged.worst(plans, share)
    faults = [words] if gain.low > bound else []
    for kind, plan, values in zip(judged.same.kinds, plans, judged.thinned.values(plans), strict=True):
        at = dict(zip(kind.choices, values, strict=True))
        for user in kind.users:
            stated = [Fraction(one) for one in found.interim_payments[user]]
            for row, (level, own) in enumerate(zip(plan, stated, strict=True)):
                paid = Enclosure(share * at[level].low, share * at[level].high)
                if paid.apart(own) > bound:
                    middle = number(float(paid.middle))
                    faults.append(
                        f"{names[user]} at cost row {row + 1} is to be paid {middle}, stated are {number(float(own))}"
                    )
            total = sum((chance * own for (chance, _), own in zip(kind.rows, stated, strict=True)), Fraction(0))
            if abs(total - Fraction(found.payments[user])) > Fraction(found.regret_bound):
                faults.append(
                    f"{names[user]} is paid {number(float(total))} over its cost rows, stated are "
                    f"{number(found.payments[user])}"
                )
    kept, _ = judged.kept(plans, share)
    for what, ours, said in (
        ("U is", judged.thinned.utility(plans), found.utility),
        ("the platform keeps", kept, found.platform_utility),
    ):
        if ours.apart(Fraction(said)) > room:
            faults.append(f"{what} {number(float(ours.middle))}, stated is {number(said)}")
    regret: Any = max(gain.middle, Fraction(0))
    return DesignCertificate(regret if judged.thinned.exact else float(regret), found.regret_bound, True, tuple(faults))
