"""The result of a design under private costs: a plan, and what it costs not to know the costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from fairgames.equilibria.pure.results import PureEquilibria
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism.choice import CHOICE_FIELDS, Choice, rationals
from fairgames.mechanism.choosing import pure_strategies
from fairgames.mechanism.result import Design
from fairgames.private.agents import Agents, Plan
from fairgames.private.game import PlanGame
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, NUMBERS, Kind, listed, optional
from fairgames.tables.table import Table
from fairgames.typing import Array, Scalar

if TYPE_CHECKING:
    from fairgames.mechanism.robustness_result import Robustness


@dataclass(frozen=True, eq=False)
class PlanChoice(Choice):
    """One share with the plan that it is valued at.

    Attributes
    ----------
    plan : for each user the level index that it chooses at each of its cost rows
    strategies : for each user the chance of each level under the plan
    """

    plan: Plan = field(default=(), kw_only=True)


PLAN_CHOICE_FIELDS: Mapping[str, Kind] = MappingProxyType({**CHOICE_FIELDS, "plan": listed(listed(COUNT))})


@dataclass(frozen=True, eq=False)
class PlanDesign(Design):
    """The platform's optimum where costs are private; see :class:`fairgames.private.PlanGame`.

    All money is expected over the users' costs. ``profile`` is None; :attr:`plan` is what is played.

    Attributes
    ----------
    equilibrium_profiles : how many plans are a pure Bayes–Nash equilibrium at some α
    regrets : of each user, expected before it knows its costs
    chances : for each user the chance of each of its cost rows
    interim_payments : for each user what it is paid at each of its cost rows, expected over the others'
    interim_regret : the same of the best deviation gain once it knows its costs
    interim_regret_bound : bound on the error of each of them; 0 where ``exact``
    budget_every_state : whether the budget holds in every state, and not on average
    same_plans : whether only plans were looked at that are the same for users alike
    known_platform_utility : what the platform would keep on average if it, and everybody, knew all costs before it
        chooses the share: by the same selection, in the same budget; None if there is no answer at some costs, or
        states are too many
    value_of_information : how much more that is than what it keeps; it may be negative
    information_rent : how much more each user has, payment less costs, than if costs were known
    """

    kind: ClassVar[str] = "plans"
    CHOICE_KINDS: ClassVar[Mapping[str, Kind]] = PLAN_CHOICE_FIELDS
    CHOICE_CLASS: ClassVar[type[Choice]] = PlanChoice
    FACTS: ClassVar[Mapping[str, Kind]] = MappingProxyType(
        {
            "chances": listed(NUMBERS),
            "interim_payments": listed(NUMBERS),
            "interim_regret": listed(NUMBERS),
            "interim_regret_bound": NUMBER,
            "budget_every_state": FLAG,
            "same_plans": FLAG,
            "known_platform_utility": optional(NUMBER),
            "value_of_information": optional(NUMBER),
            "information_rent": optional(NUMBERS),
        }
    )

    chances: tuple[Array, ...]
    interim_payments: tuple[Array, ...]
    interim_regret: tuple[Array, ...]
    interim_regret_bound: float
    budget_every_state: bool
    same_plans: bool
    known_platform_utility: Scalar | None
    value_of_information: Scalar | None
    information_rent: Array | None

    @property
    def plan(self) -> Plan:
        """For each user the level index that it chooses at each of its cost rows."""
        assert isinstance(self.choice, PlanChoice)
        return self.choice.plan

    def of_agents(self, game: PaymentGame) -> tuple[Design, PureEquilibria]:
        """The same answer with what agents play, among the equilibria of theirs.

        Raises
        ------
        InputError
            If plans were looked at on counts.
        """
        from fairgames.mechanism.private.states import plan_equilibria

        if self.same_plans or not isinstance(game, PlanGame):
            raise InputError("robustness: where costs are private, expected an answer of scope 'pure' for such a game")
        return self.as_agents(game), plan_equilibria(game, self.budget_every_state)

    def as_agents(self, game: PlanGame) -> Design:
        """The same answer with what agents play."""
        profile = game.agents.profile(self.plan)
        choice = {one.name: getattr(self.choice, one.name) for one in fields(Choice)}
        choice |= {"profile": profile, "strategies": pure_strategies(profile, len(game.utility.levels), self.exact)}
        plain = {one.name: getattr(self, one.name) for one in fields(Design)}
        return Design(**{**plain, "choice": Choice(**choice), "ties": (), "runner_up": None})

    def told_of_users(self, game: PaymentGame, found: Robustness) -> Robustness:
        """The robustness of agents as one of their users."""
        from fairgames.mechanism.private.robustness import PlanRobustness

        assert isinstance(game, PlanGame)
        agents = game.agents
        same = {one.name: getattr(found, one.name) for one in fields(found)}
        same |= {
            "worst": plan_choice(agents, found.worst),
            "first_best_profile": None,
            "first_best_in_budget_profile": None,
        }
        return PlanRobustness(
            **same,
            first_best_plan=agents.plan(found.first_best_profile or ()),
            first_best_in_budget_plan=agents.plan(found.first_best_in_budget_profile or ()),
        )

    def facts(self) -> dict[str, object]:
        """Results of this design alone, by the names of the JSON answer."""
        per_row = {name: [rationals(row) for row in getattr(self, name)] for name in _ROWS}
        rents = None if self.information_rent is None else rationals(self.information_rent)
        others = {name: getattr(self, name) for name in PlanDesign.FACTS if name not in (*_ROWS, "information_rent")}
        return {**per_row, **others, "information_rent": rents}

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """The fields of this class alone."""
        return {**facts, "interim_regret_bound": float(facts["interim_regret_bound"])}

    def remarks(self) -> tuple[str, ...]:
        """What it costs not to know the costs."""
        from fairgames.text import number

        if self.value_of_information is None or self.known_platform_utility is None:
            return ()
        value: Scalar = self.value_of_information
        more, size = ("less", -value) if value < 0 else ("more", value)
        found = [
            f"If all costs were known before the share is chosen, the platform would keep "
            f"{number(self.known_platform_utility)} on average, {number(size)} {more}."
        ]
        if self.information_rent is not None:
            rents: list[Scalar] = rationals(self.information_rent)
            shown = ", ".join(f"{user} {number(rent)}" for user, rent in zip(self.users[:10], rents[:10], strict=True))
            found.append(f"Information rents: {shown}{' …' if len(rents) > 10 else ''}.")
        return tuple(found)

    def table(self) -> Table:
        """One row a user and cost row: its chance, the level, and payment and regret once the costs are known."""
        names = self.levels
        rows = [
            (user, row + 1, chance, names[level], paid, regret)
            for user, levels, chances, payments, regrets in zip(
                self.users, self.plan, self.chances, self.interim_payments, self.interim_regret, strict=True
            )
            for row, (level, chance, paid, regret) in enumerate(zip(levels, chances, payments, regrets, strict=True))
        ]
        return Table.of_rows(("user", "cost row", "chance", "level", "payment", "regret"), rows)


_ROWS = ("chances", "interim_payments", "interim_regret")


def as_fractions(values: tuple[tuple[Fraction, ...], ...], exact: bool) -> tuple[Array, ...]:
    """Rows of rationals as arrays; of floats where the answer is."""
    import numpy as np

    from fairgames.exact import object_array

    return tuple(object_array(row) if exact else np.array(row, dtype=float) for row in values)


def plan_choice(agents: Agents, choice: Choice) -> PlanChoice:
    """A choice of agents as one of their users."""
    assert choice.profile is not None
    same = {one.name: getattr(choice, one.name) for one in fields(Choice)}
    same |= {"profile": None, "strategies": agents.strategies(choice.strategies)}
    return PlanChoice(**same, plan=agents.plan(choice.profile))
