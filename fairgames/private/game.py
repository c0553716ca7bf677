"""The game of users whose costs are private: each decides for every row of costs that may be its own."""

from __future__ import annotations

from functools import cached_property

from fairgames import memory
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.model import model
from fairgames.private.agents import Agents
from fairgames.private.enclosed import ExpectedValues
from fairgames.private.expected import expected
from fairgames.private.rule import of_agents
from fairgames.private.utility import ExpectedUtility
from fairgames.tensor import Tensor
from fairgames.text import how_many
from fairgames.typing import Number
from fairgames.users import Users
from fairgames.utilities.given import AnyUsers, AnyUtility, Stated, is_stated
from fairgames.valuation.alpha import Alpha, AlphaOfUtility
from fairgames.valuation.enclosed import EnclosedValues
from fairgames.valuation.rules import Rule


class PlanGame(PaymentGame):
    """Users with private costs choose plans: a level for each row of costs that may be their own.

    Parameters
    ----------
    utility, users, rule, exact : as of :class:`fairgames.game.PaymentGame`; some users have ``private`` costs

    Attributes
    ----------
    base : the game of the same users with the mean of their cost rows for costs that everybody knows; its U and its
        payments are those of this game
    agents : who decides: a user once for each of its cost rows
    known : the users, with their private costs

    Notes
    -----
    Cost rows are independent, and payments do not depend on costs. So what user i is paid at level x, E[φ_i(x, ρ_−i)],
    depends on the others' plans alone, and E[α·P(ρ) − Σc] is an exact potential of the game in which each row of
    costs decides for itself, weighted by its chance (the agent form, Selten 1975; Harsanyi 1967). The pure equilibria
    of that game are the pure Bayes–Nash equilibria, each at the α of one closed interval. This is that game, with an
    *agent* for each (user, cost row): whatever looks at deviations, intervals, or budgets of a payment game does so
    here, too. ``fairgames.design`` answers in plans of users.

    >>> from fairgames.utilities import LinearLaplace
    >>> rows = [("1/2", [0, ".1"]), ("1/2", [0, ".5"])]
    >>> game = PlanGame(LinearLaplace(2, [0, "inf"]), Users(private=[rows, rows]))
    >>> len(game.users), game.size, game.users.names[:2]
    (4, 16, ('user-1 at cost 1', 'user-1 at cost 2'))
    """

    plans = True

    def __init__(
        self,
        utility: AnyUtility | Stated,
        users: AnyUsers | None = None,
        rule: str | Rule | None = None,
        exact: bool | None = None,
    ) -> None:
        utility, known, rule = model(utility, users, rule)
        self.known = known
        self.base = PaymentGame(utility, known.with_costs(), rule, exact)
        self.agents = Agents(known, len(utility.levels))
        own_rule = of_agents(self.base.rule, self.agents)
        super().__init__(ExpectedUtility(utility, self.agents), self.agents.as_users(), own_rule, exact)

    @classmethod
    def of(cls, given: PaymentGame | Stated, what: str) -> PaymentGame:
        """``given`` as a payment game, of plans where costs are private: itself, or that of a scenario.

        Raises
        ------
        InputError
            If it is something else, with the way to a payment game.
        """
        if isinstance(given, PaymentGame):
            return given
        if is_stated(given):
            return cls.of_users(given, getattr(given, "users"))  # noqa: B009  # a scenario of any kind has them
        return PaymentGame.of(given, what)

    @classmethod
    def of_users(
        cls, utility: AnyUtility | Stated, users: Users, rule: str | Rule | None = None, exact: bool | None = None
    ) -> PaymentGame:
        """The game of these users: this one if some of their costs are private, else a plain payment game."""
        return (PlanGame if users.private else PaymentGame)(utility, users, rule, exact)

    def share(self, alpha: Number | AlphaOfUtility | None) -> Alpha | None:
        """The share as it was meant; one that depends on U is no number to take out of an expectation.

        Raises
        ------
        InputError
            Besides what is wrong with any share, if it is a function of U.
        """
        found = super().share(alpha)
        if isinstance(found, AlphaOfUtility):
            raise InputError(
                "alpha: got a function of U, expected a number where costs are private: what is paid is known only "
                "when everybody has chosen"
            )
        return found

    def enclosed(self) -> EnclosedValues:
        """E[U], E[P] and differences of E[P] at single plans."""
        return ExpectedValues(self.base.enclosed(), self.agents)

    def utility_warnings(self) -> tuple[str, ...]:
        """What may surprise about U."""
        return self.base.utility_warnings()

    def title(self, share: object = None) -> str:
        """What this game is, in one line."""
        return f"{super().title(share)}, private costs"  # type: ignore[arg-type]

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor | None]:
        """E[U] and E[P], with level 0 for everybody."""
        self._require_memory(self._held)
        utilities, shared = self._of_base._tensors
        return self._expected(utilities), None if shared is None else self._expected(shared)

    @cached_property
    def _potential(self) -> Tensor:
        return self._tensors[1] or self._expected(self._of_base._potential)

    @cached_property
    def _own_values(self) -> tuple[Tensor, ...]:
        """φ of each agent: of its user, times the chance of its row."""
        found = []
        for (user, _), agent in zip(self.agents.who, range(len(self.agents)), strict=True):
            everywhere = self._expected(self._of_base._own_values[user])
            without = everywhere.values[(slice(None),) * agent + (slice(0, 1),)]
            found.append(Tensor(everywhere.values - without, everywhere.unit, 2 * everywhere.error))
        return tuple(found)

    @property
    def _of_base(self) -> PaymentGame:
        """The base in the arithmetic of this game: its profiles are fewer, and may be rational where plans are not."""
        if self.base.exact != self.exact:
            self.base = PaymentGame(self.base.utility, self.base.users, self.base.rule, self.exact)
        return self.base

    def _expected(self, tensor: Tensor) -> Tensor:
        return expected(tensor, self.agents.chances)

    @property
    def _held(self) -> int:
        """Plans of the levels that the tensors hold for each agent."""
        held = 1
        for levels in self.strategies:
            held *= len({0, *levels})
        return held

    def _require_memory(self, profiles: int) -> None:
        memory.require(
            (600 if self.exact else 60) * profiles,
            f"A game of {len(self.known)} users with {how_many(profiles)} plans",
            "Ask for users alike who have the same plan (`fairgames design --scope symmetric`), or state fewer users, "
            "levels, or cost rows.",
        )
