"""The result of a design under private costs: a plan, and what it costs not to know the costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, ClassVar

from fairgames.mechanism.choice import CHOICE_FIELDS, Choice, rationals
from fairgames.mechanism.result import Design, Scalar
from fairgames.private.agents import Plan
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, NUMBERS, Kind, listed, optional
from fairgames.tables.table import Table
from fairgames.typing import Array


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

    def facts(self) -> dict[str, object]:
        """Results of this design alone, by the names of the JSON answer."""
        per_row = {name: [rationals(row) for row in getattr(self, name)] for name in _ROWS}
        rents = None if self.information_rent is None else rationals(self.information_rent)
        others = {name: getattr(self, name) for name in self.FACTS if name not in (*_ROWS, "information_rent")}
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
        more = "less" if self.value_of_information < 0 else "more"
        found = [
            f"If all costs were known before the share is chosen, the platform would keep "
            f"{number(self.known_platform_utility)} on average, {number(abs(self.value_of_information))} {more}."
        ]
        if self.information_rent is not None:
            rents: list[Scalar] = rationals(self.information_rent)
            pairs = zip(self.users[:10], rents[:10], strict=True)
            shown = ", ".join(f"{user} {number(rent)}" for user, rent in pairs)
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
