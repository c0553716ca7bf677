"""The game that a payment rule induces among the users."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from fairgames import memory, notebook
from fairgames.errors import InputError
from fairgames.exact import Rationals
from fairgames.games.normal_form import NormalFormGame
from fairgames.model import check_fit, model, samples_of
from fairgames.tensor import Tensor
from fairgames.text import how_many, runs
from fairgames.typing import Array, Number, Profile
from fairgames.utilities.given import AnyUsers, AnyUtility, Stated, described, is_stated
from fairgames.valuation.alpha import Alpha, AlphaOfUtility, to_alpha
from fairgames.valuation.enclosed import EnclosedValues
from fairgames.valuation.monotone import first_fall
from fairgames.valuation.own import potential_everywhere, values_on_grid
from fairgames.valuation.rules import Rule, to_rule

#: Rational arithmetic is the default up to this many profiles (about a second and 100 MB).
EXACT_LIMIT = 300_000


class PaymentGame:
    """Users choose levels; user i gets t_i(ρ) − c_i(ρ_i), for every share α at once.

    Parameters
    ----------
    utility : U; or its table as an array or nested lists; or a function of the profile of level
        indices, run once at each; or a scenario, which says the users and the rule too
    users : their sensitivities c_i and allowed levels; or their costs at each level, by name or in rows
    rule : "users" (Theorem 2, with a share α), "coalition" (Theorem 1), or another of
        :mod:`fairgames.valuation.rules`, by name or itself; default the scenario's, else "users"
    exact : whether to compute with rationals; default where the utility is rational and has
        at most 300,000 profiles; what is asked here also holds where the game is solved on counts

    Raises
    ------
    InputError
        If users and utility do not fit, or ``exact`` is asked of a utility that is not rational.

    Notes
    -----
    P is held once, for all profiles; payments are its differences, and with a constant α the
    game has the exact potential Φ_α = α·P − Σ_i c_i (Monderer & Shapley 1996). Under a rule that
    says no P for all profiles at once, what it pays each user is held instead.

    >>> from fairgames import LinearLaplace, Users
    >>> game = PaymentGame(LinearLaplace(2, [0, "inf"]), Users(sensitivity=[[0, .3], [0, .32]]))
    >>> game.at("3/5").payoffs[1, 1].tolist()
    [Fraction(0, 1), Fraction(-1, 50)]
    """

    #: Whether profiles are plans of users whose costs are private (:class:`fairgames.private.PlanGame`).
    plans = False

    def __init__(
        self,
        utility: AnyUtility | Stated,
        users: AnyUsers | None = None,
        rule: str | Rule | None = None,
        exact: bool | None = None,
    ) -> None:
        utility, users, rule = model(utility, users, rule)
        check_fit(utility, users, exact)
        self.utility = utility
        self.users = users
        self.rule = to_rule(rule).of_samples(samples_of(utility, users))
        n_levels = len(utility.levels)
        #: What each kind of users may choose, and what that costs them.
        self._choices = [users.choices(user, n_levels) for user in users.kinds.first]
        rows = [users.costs(user, n_levels) for user in users.kinds.first]
        self._own_costs = [
            tuple(row[level] for level in levels) for row, levels in zip(rows, self._choices, strict=True)
        ]
        #: As it was given; None leaves it to a default, here and on counts.
        self.exact_asked = exact
        self.exact = (utility.rational and self.size <= EXACT_LIMIT) if exact is None else exact

    @classmethod
    def of(cls, given: PaymentGame | Stated, what: str) -> PaymentGame:
        """``given`` as a payment game of users whose costs are known: itself, or that of a scenario.

        Parameters
        ----------
        what : the function that was called, for messages

        Raises
        ------
        InputError
            If it is something else, with the way to a payment game.
        """
        if isinstance(given, PaymentGame):
            if given.plans:
                raise InputError(
                    f"{what}: the users' costs are private, which design, verify_design, robustness, equilibria, "
                    "audit, landscape, report, explore and export take; state `sensitivity` (users.with_costs() has "
                    "the mean)"
                )
            return given
        if is_stated(given):
            return PaymentGame(given)
        way = (
            "pass the PaymentGame itself, before .at(alpha)"
            if isinstance(given, NormalFormGame)
            else ("PaymentGame(utility, users) makes one")
        )
        raise InputError(f"{what}: got {described(given)}, expected a PaymentGame; {way}")

    def _repr_html_(self) -> str:
        """In a notebook: who may choose what, and at which cost."""
        levels = self.utility.level_names
        rows = (
            (name, [levels[level] for level in choices], costs)
            for name, choices, costs in zip(self.users.names, self.strategies, self.costs, strict=True)
        )
        size = f"{how_many(len(self.users))} users, {how_many(self.size)} profiles, {self.rule.source}"
        return notebook.html(f"{self.title()}: {size}", ["user", "levels", "sensitivity"], rows, len(self.users))

    @cached_property
    def strategies(self) -> tuple[tuple[int, ...], ...]:
        """The level indices that each user may choose, ascending."""
        return tuple(map(self._choices.__getitem__, self.users.kinds.of_user.tolist()))

    @cached_property
    def costs(self) -> tuple[tuple[Fraction, ...], ...]:
        """What each user's strategies cost."""
        return tuple(map(self._own_costs.__getitem__, self.users.kinds.of_user.tolist()))

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of strategies of each user."""
        return tuple(len(levels) for levels in self.strategies)

    @property
    def size(self) -> int:
        """The number of profiles."""
        # A product of a million factors, one after another, would take a minute.
        users_of_kind = np.bincount(self.users.kinds.of_user).tolist()
        return math.prod(len(levels) ** count for levels, count in zip(self._choices, users_of_kind, strict=True))

    @property
    def utilities(self) -> Tensor:
        """U at every profile of the users' choices."""
        return self._tensors[0].at(self._mine)

    @property
    def potential(self) -> Tensor:
        """P at every profile of the users' choices (Theorem 1: the platform's own value).

        Raises
        ------
        InputError
            If the rule has none.
        """
        return self._potential.at(self._mine)

    @cached_property
    def _potential(self) -> Tensor:
        """P, with level 0 for everybody."""
        utilities, shared = self._tensors
        return potential_everywhere(self.rule, utilities, self._level_numbers()) if shared is None else shared

    def paid(self, user: int) -> Tensor:
        """A number at every profile whose differences between a user's own levels are those of its payments at α = 1.

        That is P for all users alike where the rule says it at once, else φ of this user.
        """
        shared = self._tensors[1]
        return (self._own_values[user] if shared is None else shared).at(self._mine)

    @property
    def different_paid(self) -> tuple[Tensor, ...]:
        """What :meth:`paid` gives for all users, P once."""
        return tuple(map(self.paid, range(len(self.users)))) if self._tensors[1] is None else (self.potential,)

    @cached_property
    def _own_values(self) -> tuple[Tensor, ...]:
        """φ of each user by the rule's formula, with level 0 for everybody."""
        return values_on_grid(self.rule, self._tensors[0], self._level_numbers())

    def _level_numbers(self) -> list[list[Fraction | float]]:
        return [[self.utility.levels[level] for level in axis] for axis in self._axes()]

    @cached_property
    def value_error(self) -> float:
        """Bound on the error of every φ; 0 where exact."""
        shared = self._tensors[1]
        return max(one.error for one in self._own_values) if shared is None else 2 * shared.error

    @cached_property
    def total_paid(self) -> Tensor:
        """Σφ at every profile of the users' choices: what α is a share of. U itself where the rule is efficient."""
        if self.rule.efficient and not self.rule.platform:
            return self.utilities
        total = sum(self.values(), start=0 * self.utilities.numbers())
        if self.exact:
            rational = Rationals.of(total)
            return Tensor(rational.numerators, rational.denominator, 0)
        n = len(self.users)
        return Tensor(total, 1, n * self.value_error + n * _rounding(total))

    @cached_property
    def keeps(self) -> Tensor:
        """What the platform keeps of U at α = 0; its own value, where it is a member."""
        if not self.rule.platform:
            return self.utilities
        if self.rule.fair:
            return self.potential
        left = self.utilities.numbers() - self.total_paid.numbers()
        if self.exact:
            rational = Rationals.of(left)
            return Tensor(rational.numerators, rational.denominator, 0)
        return Tensor(left, 1, self.utilities.error + self.total_paid.error + _rounding(left))

    def warnings(self) -> tuple[str, ...]:
        """What is legal but may surprise: costs that fall with sharing, a U that does."""
        return (*self.cost_warnings(), *self.utility_warnings())

    def utility_warnings(self) -> tuple[str, ...]:
        """The part of them that is about U."""
        found = []
        if fall := self._fall():
            profile, user, higher = fall
            levels = self.utility.level_names
            at = ", ".join(runs([levels[level] for level in profile]))
            found.append(
                f"U is not monotone: at levels ({at}) it falls if {self.users.names[user]} moves to {levels[higher]}"
            )
        return tuple(found)

    def cost_warnings(self) -> tuple[str, ...]:
        """The part of them that asks for no U."""
        if not any(map(any, self._own_costs)):
            return (
                "sensitivity: 0 at every level for everybody, so users share for nothing; state what it costs them",
            )
        return tuple(f"user {name}: sensitivity falls at a higher level" for name in self.users.non_monotone())

    def _fall(self) -> tuple[Profile, int, int] | None:
        """A profile, a user and a higher level at which U is worth less.

        Tensors that are there, or that users of a type with different choices ask for, are
        looked through; else users alike are counted.
        """
        choices = set(zip(self.utility.types, self.strategies, strict=True))
        few = len(choices) == len(self.utility.type_sizes) < len(self.users) or self.size > EXACT_LIMIT
        if few and "_tensors" not in self.__dict__:
            from fairgames.counts.monotone import first_fall_on_counts

            return first_fall_on_counts(self.utility, self.strategies)
        utilities, axes = self._tensors[0], self._axes()
        fall = first_fall(utilities.values, utilities.error)
        if fall is None:
            return None
        index, user = fall
        profile = tuple(axis[choice] for axis, choice in zip(axes, index, strict=True))
        return profile, user, axes[user][index[user] + 1]

    def enclosed(self) -> EnclosedValues:
        """U, P and differences of P at single profiles, as numbers that can be enclosed as narrowly as asked."""
        return EnclosedValues(self.utility, self.rule)

    def with_sensitivity(self, sensitivity: Sequence[Sequence[Number]]) -> PaymentGame:
        """The same game with other costs, one row a user and one entry a level; U and P are computed once for both."""
        users = self.users.with_costs(sensitivity)
        other = PaymentGame(self.utility, users, self.rule, self.exact_asked)
        if other.exact == self.exact:
            other.__dict__["_tensors"] = self._tensors
        return other

    def exact_potential(self, alpha: Number | None = None) -> Tensor:
        """Φ_α = α·P − Σ_i c_i at every profile: what a deviating user gains is what Φ_α gains.

        Raises
        ------
        InputError
            If α is missing under Theorem 2 or given under Theorem 1, or the rule has no exact potential.
        """
        if self.rule.potential == "weighted":
            raise InputError(
                f"rule {self.rule.name!r} ({self.rule.source}) has a weighted potential, not an exact one; see "
                "PaymentGame.potential"
            )
        values = self._factor(self.share(alpha)) * self.potential.numbers() - self.total_cost()
        return Tensor(values, 1, self.potential.error + (0 if self.exact else _rounding(values)))

    @property
    def _mine(self) -> tuple[slice, ...]:
        """The users' choices among the levels that the tensors hold."""
        return tuple(slice(levels[0] > 0, None) for levels in self.strategies)

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor | None]:
        """U and P, with level 0 for everybody, chosen or not: ρ_S needs it; None where P is not had at once."""
        axes = self._axes()
        self._require_memory(math.prod(len(axis) for axis in axes))
        if self.exact:
            rational = self.utility.exact_on_grid(axes)
            utilities = Tensor(rational.numerators, rational.denominator, 0)
        else:
            utilities = Tensor(self.utility.on_grid(axes), 1, self.utility.rounding)
        return utilities, self.rule.potential_on_grid(utilities)

    def _axes(self) -> list[list[int]]:
        """The levels that the tensors hold for each user."""
        return [sorted({0, *levels}) for levels in self.strategies]

    def _require_memory(self, profiles: int) -> None:
        memory.require(
            (600 if self.exact else 48) * profiles,
            f"A game of {len(self.users)} users with {how_many(profiles)} profiles",
            "Keep fewer users (`fairgames fit --top 10`), offer fewer levels (`allowed`), look along paths of "
            "equilibria (`fairgames design --method path`), or pay at one profile (`fairgames payments --profile`).",
        )

    def levels(self, index: Sequence[int]) -> Profile:
        """Level indices of the profile at ``index`` of the tensors."""
        return tuple(int(levels[choice]) for levels, choice in zip(self.strategies, index, strict=True))

    def index(self, profile: Sequence[int]) -> Profile:
        """Index into the tensors of a profile of level indices.

        Raises
        ------
        InputError
            If a user may not choose that level.
        """
        if len(profile) != len(self.users):
            raise InputError(f"profile: expected {len(self.users)} level indices, got {len(profile)}")
        for name, levels, level in zip(self.users.names, self.strategies, profile, strict=True):
            if level not in levels:
                raise InputError(f"profile: user {name} may choose level indices {list(levels)}, got {level}")
        return tuple(levels.index(level) for levels, level in zip(self.strategies, profile, strict=True))

    def total_cost(self) -> Array:
        """Σ_i c_i(ρ_i) at every profile; ``Fraction`` objects where exact."""
        total: Array = np.zeros((), dtype=object if self.exact else float)
        for row in self.costs:
            total = np.asarray(total)[..., None] + np.array(row, dtype=object if self.exact else float)
        return np.asarray(total)

    def at(self, alpha: Number | AlphaOfUtility | None = None) -> NormalFormGame:
        """The game in normal form at one share α, with payoffs t_i − c_i.

        Parameters
        ----------
        alpha : a number in [0, 1], or a function of U (then the game need not have a potential);
            None under Theorem 1, which has no share

        Raises
        ------
        InputError
            If α is missing under Theorem 2 or given under Theorem 1.
        TooLargeError
            Before allocating, if the payoffs do not fit in memory.
        """
        share = self.share(alpha)
        n = len(self.users)
        self._require_payoffs()
        factor = self._factor(share)
        payoffs = np.empty((*self.shape, n), dtype=object if self.exact else float)
        for user, (values, row) in enumerate(zip(self.values(), self.costs, strict=True)):
            own = np.array(row, dtype=payoffs.dtype).reshape((-1,) + (1,) * (n - 1 - user))
            payoffs[..., user] = factor * values - own
        level_names = self.utility.level_names
        return NormalFormGame(
            payoffs,
            self.users.names,
            tuple(tuple(level_names[level] for level in levels) for levels in self.strategies),
            self.title(share),
            0.0 if self.exact else self.value_error + _rounding(payoffs) + self._share_error(share),
        )

    def _share_error(self, share: Alpha | None) -> float:
        """What an error of U adds to payments through an α that depends on U."""
        if not isinstance(share, AlphaOfUtility):
            return 0.0
        largest = max(float(np.abs(values).max()) for values in self.values())
        return share.spread(self.utilities.values, self.utilities.error) * largest

    def values(self) -> Iterator[Array]:
        """φ_i at every profile of the users' choices, one user after another."""
        shared = self._tensors[1]
        if shared is None:
            yield from (one.numbers(self._mine) for one in self._own_values)
            return
        here = shared.numbers(self._mine)
        for user in range(len(self.users)):
            without = tuple(slice(0, 1) if other == user else mine for other, mine in enumerate(self._mine))
            yield here - shared.numbers(without)

    def value(self, profile: Sequence[int], user: int) -> float | Fraction:
        """φ of one user at one profile of level indices."""
        place, shared = self.index(profile), self._tensors[1]
        found: float | Fraction
        if shared is None:
            found = self._own_values[user].at(self._mine).numbers(place).item()
            return found
        without = tuple(slice(0, 1) if other == user else mine for other, mine in enumerate(self._mine))
        alone = (*place[:user], 0, *place[user + 1 :])
        found = self.potential.numbers(place) - shared.numbers(without)[alone]
        return found

    def payments(self, alpha: Number | AlphaOfUtility | None = None) -> Array:
        """t_i at every profile of the users' choices, shape (N, L_1, …, L_N); ``alpha`` as in :meth:`at`.

        Raises
        ------
        InputError
            If α is missing under Theorem 2 or given under Theorem 1.
        TooLargeError
            Before allocating, if they do not fit in memory.
        """
        factor = self._factor(self.share(alpha))
        self._require_payoffs()
        return np.stack([factor * values for values in self.values()])

    def payment_error(self, alpha: Number | AlphaOfUtility | None = None) -> float:
        """Bound on the error of every entry of :meth:`payments`; 0 where exact."""
        if self.exact:
            return 0.0
        largest = max(float(np.abs(values).max(initial=0.0)) for values in self.values())
        share = self.share(alpha)
        return self.value_error + 4 * float(np.finfo(float).eps) * largest + self._share_error(share)

    def _require_payoffs(self) -> None:
        memory.require(
            (120 if self.exact else 8) * len(self.users) * self.size,
            f"Payoffs of {len(self.users)} users at {how_many(self.size)} profiles",
            "Use `fairgames design`, which needs no payoff table, or `fairgames equilibria --solver "
            "fairgames:best-response`.",
        )

    def _factor(self, share: Alpha | None) -> Array | Fraction | float:
        """What the values are multiplied by: α, as a number or at every profile."""
        if share is None:
            return Fraction(1) if self.exact else 1.0
        if isinstance(share, AlphaOfUtility):
            return share.of(self.utilities.numbers())
        return share if self.exact else float(share)

    def share(self, alpha: Number | AlphaOfUtility | None) -> Alpha | None:
        """The share as it was meant: exact, or a function of U; None under a rule that has none.

        Raises
        ------
        InputError
            If α is missing under Theorem 2, given under Theorem 1, or not in [0, 1].
        """
        self.rule.check_share(alpha, stated=alpha is not None)
        return None if alpha is None else to_alpha(alpha)

    def title(self, share: Alpha | None = None) -> str:
        """What this game is, in one line."""
        shown = "" if share is None else f", alpha = {'of U' if isinstance(share, AlphaOfUtility) else share}"
        return f"{self.utility.kind}, payments to {self.rule.name}{shown}"


def _rounding(values: Array) -> float:
    """What a product and two differences may add to the error of ``values``."""
    return 4 * float(np.finfo(float).eps) * float(np.abs(values).max())
