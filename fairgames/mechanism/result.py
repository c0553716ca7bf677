"""The result of a design: the best share, the equilibrium that it is valued at, and the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field, fields
from fractions import Fraction
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from fairgames.errors import InputError
from fairgames.mechanism.choice import CHOICE, CHOICE_FIELDS, Choice, rationals
from fairgames.reading.json_values import plain
from fairgames.reading.kinds import COUNT, FLAG, NUMBER, NUMBERS, TEXT, Kind, listed, optional, read_fields, record
from fairgames.reading.notation import show
from fairgames.tables.table import Table, Tabular
from fairgames.text import number, strategy
from fairgames.typing import Array, MixedProfile, Profile, Scalar

if TYPE_CHECKING:
    from fairgames.equilibria.pure.results import PureEquilibria
    from fairgames.game import PaymentGame
    from fairgames.mechanism.robustness_result import Robustness

__all__ = ["CLASSES", "DESIGN_FIELDS", "SCHEMA", "Choice", "Design"]

#: What the keys of an answer mean; a release that renames or removes one has another number.
SCHEMA = "fairgames/design/1"
#: The classes of designs, in :mod:`fairgames.mechanism`, by what an answer says under ``kind``.
CLASSES = MappingProxyType(
    {
        "design": "Design",
        "symmetric": "SymmetricDesign",
        "path": "PathDesign",
        "bounded": "BoundedDesign",
        "ranges": "RobustDesign",
        "evaluations": "TrainedDesign",
        "plans": "PlanDesign",
        "plan-path": "PlanPathDesign",
        "plan-ranges": "RobustPlanDesign",
        "logit": "LogitDesign",
    }
)
#: The keys that every answer has beside those of its choice.
DESIGN_FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "users": listed(TEXT),
        "levels": listed(TEXT),
        "payments": NUMBERS,
        "sensitivities": optional(NUMBERS),
        "regret": NUMBER,
        "regrets": NUMBERS,
        "regret_bound": NUMBER,
        "scope": TEXT,
        "selection": TEXT,
        "rule": TEXT,
        "ties": listed(CHOICE),
        "runner_up": optional(CHOICE),
        "equilibrium_profiles": optional(COUNT),
        "exact": FLAG,
        "certain": FLAG,
        "warnings": listed(TEXT),
    }
)


@dataclass(frozen=True, eq=False)
class Design(Tabular):
    """The platform's optimum with its certificate; equal if all numbers are, rationals to rationals.

    Attributes
    ----------
    choice : the best share, its equilibrium and value
    payments : what each user gets, shape (N,), in money; expected where somebody mixes
    regrets : best deviation gain of each user at the optimum, computed afresh
    regret_bound : bound on the error of each regret; 0 where ``exact``
    scope, selection : which equilibria were considered, and which of them counts at each α
    ties : other choices of the same value, by α and then by profile
    runner_up : the best choice of strictly lower value; None if there is none
    equilibrium_profiles : how many profiles are a pure equilibrium at some α in [0, 1]; None
        where they were not counted
    exact : whether all numbers are rationals
    rule : name of the payment rule
    warnings : what is legal but may surprise
    undecided : comparisons that floats could not decide where they are all that is known of U
    users, levels : their names
    sensitivities : what each user bears, shape (N,), in money; expected where somebody mixes
    """

    kind: ClassVar[str] = "design"
    #: The keys of a choice in the answer, and its class.
    CHOICE_KINDS: ClassVar[Mapping[str, Kind]] = CHOICE_FIELDS
    CHOICE_CLASS: ClassVar[type[Choice]] = Choice
    #: The keys of :meth:`facts`.
    FACTS: ClassVar[Mapping[str, Kind]] = MappingProxyType({})

    choice: Choice
    payments: Array
    regrets: Array
    regret_bound: float
    scope: str
    selection: str
    ties: tuple[Choice, ...]
    runner_up: Choice | None
    equilibrium_profiles: int | None
    exact: bool
    rule: str
    warnings: tuple[str, ...]
    undecided: tuple[str, ...] = field(default=(), kw_only=True)
    users: tuple[str, ...] = field(default=(), kw_only=True)
    levels: tuple[str, ...] = field(default=(), kw_only=True)
    sensitivities: Array | None = field(default=None, kw_only=True)

    @property
    def certain(self) -> bool:
        """Whether every comparison that the answer rests on was decided."""
        return not self.undecided

    def facts(self) -> dict[str, object]:
        """Results of this scope alone, by the names of the JSON answer."""
        return {}

    def claim(self) -> str | None:
        """What its numbers are, where they are not those of an equilibrium."""
        return None

    def remarks(self) -> tuple[str, ...]:
        """Results of this scope or method alone, in sentences."""
        return ()

    @property
    def alpha(self) -> Scalar | None:
        """The share to pay out."""
        return self.choice.alpha

    @property
    def profile(self) -> Profile | None:
        """The level indices that the users choose; None where somebody mixes."""
        return self.choice.profile

    @property
    def strategies(self) -> MixedProfile:
        """For each user the probability of each of the L levels."""
        return self.choice.strategies

    @property
    def platform_utility(self) -> Scalar:
        """What the platform keeps."""
        return self.choice.platform_utility

    @property
    def utility(self) -> Scalar:
        """U at the optimum."""
        return self.choice.utility

    @property
    def regret(self) -> Scalar:
        """The largest regret of any user."""
        worst: Scalar = max(self.regrets)
        return worst

    @property
    def regret_shown(self) -> Scalar:
        """The same for people: 0 where it is within its error, whose digits mean nothing."""
        worst = self.regret
        return worst if worst > self.regret_bound else type(worst)(0)

    @property
    def gains(self) -> Array | None:
        """What each user is left with, shape (N,): payment less sensitivity; 0 where that is within rounding."""
        return None if self.sensitivities is None else self.left_of(self.sensitivities)

    def left_of(self, sensitivities: Array) -> Array:
        """The payments less what users would bear, shape (N,); 0 where that is within rounding."""
        left = np.asarray(self.payments - sensitivities)
        return np.where(np.abs(left) <= self.regret_bound, 0.0, left) if self.regret_bound else left

    def of_agents(self, game: PaymentGame) -> tuple[Design, PureEquilibria]:
        """What agents play, where costs are private; this answer is one for known costs.

        Raises
        ------
        InputError
            Saying so.
        """
        raise InputError(
            f"robustness: the users' costs in the game ({game.title()}) are private, and the answer is one for known "
            "costs; give the answer of fairgames.design for that game"
        )

    def told_of_users(self, _game: PaymentGame, found: Robustness) -> Robustness:
        """The robustness of what agents play as one of users; of known costs they are the same."""
        return found

    def answer(self) -> dict[str, Any]:
        """All of it by the names of the JSON answer, numbers as they are."""
        own = {name: getattr(self, name) for name in DESIGN_FIELDS}
        for name in ("payments", "sensitivities", "regrets", "gains"):
            values = getattr(self, name)
            own[name] = None if values is None else rationals(values)
        own |= {"ties": [tie.answer() for tie in self.ties], "runner_up": self.runner_up and self.runner_up.answer()}
        told = {} if self.certain else {"undecided": self.undecided}
        return {"schema": SCHEMA, "kind": self.kind, **self.choice.answer(), **own, **told, **self.facts()}

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain JSON types, of which :meth:`from_dict` makes the same design; rationals are "p/q".

        The keys are those of ``fairgames design --json``; docs/answers.md tells of their JSON Schema.

        >>> from fairgames import LinearLaplace, PaymentGame, Users, design
        >>> found = design(PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, ".3"], [0, ".32"]])))
        >>> found.to_dict()["platform_utility"], Design.from_dict(found.to_dict()) == found
        ('28/75', True)
        """
        found: dict[str, Any] = plain(self.answer(), exact=True)
        return found

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The design of which :meth:`to_dict`, or ``fairgames design --json``, made ``data``.

        An answer that was printed without ``--exact`` has floats where the design had rationals: it
        is read as what it is, a design of floats. Keys that are not its own are left alone.

        Raises
        ------
        InputError
            Naming each key that is missing or malformed, if the answer is of another version or kind, or
            its parts do not fit together.
        """
        made: type[Design] = _class_of(data)
        if not issubclass(made, cls):
            raise InputError(f"design: kind: got {data['kind']!r}, which {made.__name__}.from_dict reads")
        told = {"undecided": listed(TEXT)} if data.get("certain") is False else {}
        one = record(made.CHOICE_KINDS, made.CHOICE_CLASS)
        others = {"ties": listed(one), "runner_up": optional(one)}
        read = read_fields(data, {**made.CHOICE_KINDS, **DESIGN_FIELDS, **others, **told, **made.FACTS}, "design")
        choice = made.CHOICE_CLASS(**{name: read.pop(name) for name in made.CHOICE_KINDS})
        facts = {name: read.pop(name) for name in made.FACTS}
        found = made(**_own(read, choice), **made.fields_of(facts))
        if faults := list(_unfit(found, read)):
            raise InputError(f"design: {fault}" for fault in faults)
        return found

    @classmethod
    def fields_of(cls, facts: dict[str, Any]) -> dict[str, Any]:
        """The fields of this class alone, from its :meth:`facts`."""
        return {one.name: facts[one.name] for one in fields(cls) if one.name in facts}

    def headline(self) -> str:
        """The share, and what the platform keeps."""
        share = "No share to choose" if self.alpha is None else f"Pay out α = {number(self.alpha)}"
        kept, worth = number(self.platform_utility), number(self.utility)
        return f"{share}: the platform keeps {kept} of a utility of {worth}; largest regret {number(self.regret_shown)}"

    def table(self) -> Table:
        """One row a user: level, payment, sensitivity, gain, regret; where somebody mixes, chances of levels, too."""
        n_levels = len(self.strategies[0])
        levels = self.levels or tuple(map(str, range(n_levels)))
        users = self.users or tuple(f"user-{number}" for number in range(1, len(self.strategies) + 1))
        if self.profile is None:
            played = [strategy(vector, levels) for vector in self.strategies]
        else:
            played = [levels[level] for level in self.profile]
        columns: dict[str, Any] = {"user": users, "level": played, "payment": self.payments}
        if self.sensitivities is not None:
            columns |= {"sensitivity": self.sensitivities, "gain": self.gains}
        columns["regret"] = self.regrets
        if self.profile is None:
            columns |= {
                f"chance of {name}": [vector[level] for vector in self.strategies] for level, name in enumerate(levels)
            }
        return Table(columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Design):
            return NotImplemented
        return type(self) is type(other) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.choice, self.scope, self.selection, self.rule))


def _class_of(data: object) -> type[Design]:
    """The class of the answer that ``data`` is."""
    if not isinstance(data, Mapping):
        raise InputError(f"design: got {show(data)}, expected a dict as Design.to_dict() makes it")
    if data.get("schema") != SCHEMA:
        came = f"got {show(data['schema'])}" if "schema" in data else "missing"
        raise InputError(
            f'design: schema: {came}, expected "{SCHEMA}": an answer of fairgames design, of this version of its keys'
        )
    if data.get("kind") not in CLASSES:
        came = f"got {show(data['kind'])}" if "kind" in data else "missing"
        raise InputError(f"design: kind: {came}, expected one of {', '.join(CLASSES)}")
    found: type[Design] = getattr(import_module("fairgames.mechanism"), CLASSES[data["kind"]])
    return found


def _own(read: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """The fields of every design, from what was read of an answer."""
    rational = all(isinstance(one, Fraction) for one in (choice.platform_utility, choice.utility))
    return {
        **{one.name: read[one.name] for one in fields(Design) if one.name in read},
        "choice": choice,
        "regret_bound": float(read["regret_bound"]),
        "exact": read["exact"] and rational,
    }


def _unfit(found: Design, read: Mapping[str, Any]) -> list[str]:
    """What does not fit together."""
    n_users, n_levels = len(found.strategies), len(found.strategies[0])
    sizes: dict[str, Sized | None] = {"users": found.users or None, "profile": found.profile}
    sizes |= {"payments": found.payments, "regrets": found.regrets, "sensitivities": found.sensitivities}
    faults = [
        f"{name}: got {len(values)} entries, expected {n_users}, one a user"
        for name, values in sizes.items()
        if values is not None and len(values) != n_users
    ]
    if found.levels and len(found.levels) != n_levels:
        faults.append(f"levels: got {len(found.levels)} names, expected {n_levels}, one for each probability")
    choices = {"": found.choice, "runner_up.": found.runner_up}
    choices |= {f"ties[{place}].": tie for place, tie in enumerate(found.ties)}
    for where, choice in choices.items():
        faults += [f"{where}{fault}" for fault in ([] if choice is None else _unfit_choice(choice, n_users, n_levels))]
    if not faults and read["regret"] != found.regret:
        faults.append(f"regret: got {show(read['regret'])}, expected the largest of regrets, {show(found.regret)}")
    if read["certain"] is not found.certain:
        faults.append("certain: got false, expected what stayed open under undecided")
    return faults


def _unfit_choice(choice: Choice, n_users: int, n_levels: int) -> list[str]:
    strategies, profile = choice.strategies, choice.profile
    if len(strategies) != n_users or {len(vector) for vector in strategies} != {n_levels}:
        return [f"strategies: expected {n_users} lists of {n_levels} probabilities"]
    if profile is None:
        return []
    played = len(profile) == n_users and all(
        level < n_levels and vector[level] == 1 for level, vector in zip(profile, strategies, strict=True)
    )
    return [] if played else ["profile: expected null, or the levels that the strategies play"]
