"""What a report is about, computed once: the answer, the equilibria at its share, and who confirmed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairgames.equilibria.pure.drawn import drawn_landscape
from fairgames.equilibria.pure.gaps import without_equilibrium
from fairgames.equilibria.pure.intervals import pure_equilibria
from fairgames.equilibria.pure.landscape import Landscape
from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.game import PaymentGame
from fairgames.mechanism import Design, PlanDesign, design
from fairgames.mechanism.choosing import pure_strategies
from fairgames.mechanism.path_result import PathDesign
from fairgames.mechanism.worth_counting import worth_counting
from fairgames.private.game import PlanGame
from fairgames.scenario import Scenario
from fairgames.typing import MixedProfile
from fairgames.users import Users

if TYPE_CHECKING:
    from fairgames.audit import Audit
    from fairgames.mechanism.robustness_result import Robustness
    from fairgames.solvers.crosscheck import CrossCheck

#: Profiles that are listed; above, equilibria are looked for along paths.
_MOST_PROFILES = 2_000_000
#: States of users who are counted, up to which the answer is exact; above, too, paths are followed.
_MOST_STATES = 500_000
#: Numbers of a payoff table up to which other solvers are asked unless solvers are named.
_MOST_PAYOFFS = 20_000
#: Profiles up to which the audit looks at all of them within seconds.
_MOST_AUDITED = 100_000


@dataclass(frozen=True, eq=False)
class Facts:
    """All that a report says of one scenario.

    Attributes
    ----------
    scenario, game : what was asked
    best : the platform's answer
    robustness : what the answer rests on; None where profiles are not listed
    equilibria : all pure ones over α, where costs are private of agents; None where profiles are not listed
    landscape : as it is drawn; None where there is none
    found : the equilibria at the answer's share, by every solver; None where profiles are not listed
    asked : which solvers were asked
    audit : of the payment rule; None where it was not asked for
    """

    scenario: Scenario
    game: PaymentGame
    best: Design
    robustness: Robustness | None
    equilibria: PureEquilibria | None
    landscape: Landscape | None
    found: CrossCheck | None
    asked: tuple[str, ...]
    audit: Audit | None

    @property
    def currency(self) -> str | None:
        return self.scenario.currency

    @property
    def users(self) -> Users:
        """Who they are; where costs are private, those of the game are their agents."""
        return self.game.known if isinstance(self.game, PlanGame) else self.game.users

    @property
    def plans(self) -> PlanDesign | None:
        """The answer, where costs are private."""
        return self.best if isinstance(self.best, PlanDesign) else None

    @property
    def played(self) -> MixedProfile:
        """What is played at the answer, over the choices of each of the game's users."""
        played = self.best.strategies
        if self.plans is not None and isinstance(self.game, PlanGame):
            profile = self.game.agents.profile(self.plans.plan)
            played = pure_strategies(profile, len(self.game.utility.levels), self.best.exact)
        return tuple(vector[list(levels)] for vector, levels in zip(played, self.game.strategies, strict=True))

    @property
    def path(self) -> PathDesign | None:
        """The answer, where it was found along paths."""
        return self.best if isinstance(self.best, PathDesign) else None


def gather(
    scenario: Scenario,
    rule: str | None = None,
    solvers: Sequence[str] = (),
    seconds: float = 10.0,
    audited: bool | None = None,
) -> Facts:
    """Compute everything.

    Parameters
    ----------
    rule : default: the scenario's
    solvers : by ID; default: those that come to their end on a game of this size in a moment
    seconds : time limit of each solver
    audited : whether the rule is audited; default: where that takes a moment
    """
    game = PlanGame.of_users(scenario.utility, scenario.users, rule or scenario.rule)
    if isinstance(game, PlanGame):
        return _of_plans(scenario, game, solvers, seconds, audited)
    counted = worth_counting(game)
    listed = not counted and game.size <= _MOST_PROFILES
    exact = listed or not game.rule.fair or (counted and _n_states(game) <= _MOST_STATES)
    best = design(game) if exact else design(game, method="path")
    if not listed:
        return Facts(scenario, game, best, None, None, None, None, (), None)
    from fairgames.mechanism.robustness import robustness

    equilibria = pure_equilibria(game)
    drawn = game.rule.has_alpha and not without_equilibrium_in_floats(equilibria, game)
    asked = tuple(solvers) or _default(game)
    return Facts(
        scenario=scenario,
        game=game,
        best=best,
        robustness=robustness(game, best, equilibria=equilibria),
        equilibria=equilibria,
        landscape=drawn_landscape(game, equilibria) if drawn else None,
        found=_crosscheck(game, best, asked, seconds),
        asked=asked,
        audit=_audit(scenario, game, best) if audited or (audited is None and game.size <= _MOST_AUDITED) else None,
    )


def _of_plans(
    scenario: Scenario, game: PlanGame, solvers: Sequence[str], seconds: float, audited: bool | None
) -> Facts:
    """The same where costs are private."""
    from fairgames.mechanism.robustness import robustness

    best = design(game)
    rests_on = robustness(game, best)
    if best.scope != "pure":
        return Facts(scenario, game, best, rests_on, None, None, None, (), None)
    equilibria, asked = pure_equilibria(game), tuple(solvers) or _default(game)
    drawn = game.rule.has_alpha and not without_equilibrium_in_floats(equilibria, game)
    shown = drawn_landscape(game, equilibria) if drawn else None
    found = _crosscheck(game, best, asked, seconds)
    told = _audit(scenario, game.base, best) if audited or (audited is None and game.size <= _MOST_AUDITED) else None
    return Facts(scenario, game, best, rests_on, equilibria, shown, found, asked, told)


def _n_states(game: PaymentGame) -> int:
    from fairgames.counts.types import n_states, user_types

    return n_states(user_types(game.utility, game.users))


def without_equilibrium_in_floats(equilibria: PureEquilibria, game: PaymentGame) -> bool:
    """Whether there may be shares without a pure equilibrium: under rules without a potential."""
    return game.rule.potential != "exact" and bool(without_equilibrium(equilibria))


def _default(game: PaymentGame) -> tuple[str, ...]:
    """Solvers that promise all there is, ties included: at the platform's share somebody is indifferent."""
    from fairgames.solvers.registry import available

    n, small = len(game.users), game.size * len(game.users) <= _MOST_PAYOFFS
    return tuple(
        solver.id
        for solver in available().values()
        if solver.finds in ("all", "pure")
        and solver.degenerate
        and (solver.players is None or n <= solver.players)
        and (small or solver.in_process)
    )


def _crosscheck(game: PaymentGame, best: Design, solvers: Sequence[str], seconds: float) -> CrossCheck:
    from fairgames.solvers.crosscheck import crosscheck
    from fairgames.solvers.processes import Workers

    with Workers(None) as workers:
        return crosscheck(game.at(best.alpha), solvers=list(solvers), seconds=seconds, workers=workers)


def _audit(scenario: Scenario, game: PaymentGame, best: Design) -> Audit:
    from fairgames.audit import audit

    return audit(scenario, game.rule, best.alpha)
