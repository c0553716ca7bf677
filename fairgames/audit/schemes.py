"""What is audited: a payment rule at a share, a function of somebody's own, or a table of payments."""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from fairgames.audit.forms import Form, NoFormError
from fairgames.audit.ground import Ground
from fairgames.audit.paid import Paid, PaymentTable, numbers_of
from fairgames.errors import FairgamesError, InputError
from fairgames.exact import object_array
from fairgames.game import PaymentGame
from fairgames.progress import track
from fairgames.typing import Array, Profile
from fairgames.valuation.alpha import Alpha, AlphaOfUtility
from fairgames.valuation.own import values_of
from fairgames.valuation.rules import Coalitions, Rule, Semivalue

#: U at a profile of level indices.
Worth: TypeAlias = Callable[[Sequence[int]], Any]
#: Payments at a profile, one a user, and perhaps one more: what the platform keeps.
PayFunction: TypeAlias = Callable[[Worth, Profile], Sequence[Any]]

_EPSILON = float(np.finfo(float).eps)


class Scheme(ABC):
    """A payment scheme: who is paid what at each profile.

    Attributes
    ----------
    name, source : what it is called, and where it is defined
    share : the α that it pays out; None where it has none of its own
    asks : whether it can be asked what it would pay if U were another
    """

    name: str
    source: str
    share: Alpha | None = None
    asks: bool = False

    @abstractmethod
    def everywhere(self, ground: Ground) -> Paid:
        """What is paid at every profile of the users' choices."""

    def under(self, ground: Ground, worth: Worth, profile: Profile) -> list[Any]:
        """What would be paid at a profile if U were ``worth``: one number a user, and one more for the platform."""
        raise InputError(f"{self.name}: a table of payments cannot be asked for another U; give a rule or a function")

    def error_under(self, ground: Ground, profile: Profile) -> float:
        """Bound on the errors of what :meth:`under` pays for a U of floats of this game's size; 0 where exact."""
        if ground.exact:
            return 0.0
        n = sum(level > 0 for level in profile)
        return 2 * float(ground.error) + float(2**n + 8) * 8 * _EPSILON * ground.largest

    def weighted_sums(self, held: bool) -> bool:
        """Whether payments are weighted sums of U by definition, for every U; ``held``: with α(ρ) held."""
        return False


class RuleScheme(Scheme):
    """A payment rule at a share α, which may depend on U."""

    asks = True

    def __init__(self, rule: Rule, share: Alpha | None) -> None:
        self.rule, self.share = rule, share
        self.name, self.source = rule.name, rule.source
        self._made: PaymentGame | None = None

    def game(self, ground: Ground) -> PaymentGame:
        """The users' game under this rule."""
        if self._made is None:
            own = ground.game
            same = own.rule is self.rule
            self._made = own if same else PaymentGame(own.utility, own.users, self.rule, own.exact)
        return self._made

    def everywhere(self, ground: Ground) -> Paid:
        game = self.game(ground)
        if (whole := self._in_integers(ground, game)) is not None:
            return whole
        to_users = game.payments(self.share)
        error = game.payment_error(self.share)
        if not self.rule.platform:
            return Paid.of(to_users, None, ground.chosen, error, float(ground.error))
        keeps = game.keeps
        return Paid.of(to_users, keeps.numbers(), ground.chosen, max(error, float(keeps.error)), float(ground.error))

    def _in_integers(self, ground: Ground, game: PaymentGame) -> Paid | None:
        """The same as integers all the way: α times differences of P; None where payments are not that."""
        from_nobody = all(levels[0] == 0 for levels in game.strategies)
        if not (game.exact and from_nobody and isinstance(self.share, Fraction) and isinstance(self.rule, Semivalue)):
            return None
        if self.rule.platform or self.rule.potential != "exact":
            return None
        potential, (top, bottom) = game.potential, self.share.as_integer_ratio()
        unit = math.lcm(potential.unit * bottom, ground.worths.unit)
        factor = top * (unit // (potential.unit * bottom))
        shared = potential.values
        rows = [(shared - shared.take([0], axis=user)) * factor for user in range(ground.n_users)]
        left = ground.worths.values * (unit // ground.worths.unit) - sum(rows, start=0)
        return Paid(np.stack([*rows, left]), unit, 0.0, False, 0.0)

    def under(self, ground: Ground, worth: Worth, profile: Profile) -> list[Any]:
        users = [user for user, level in enumerate(profile) if level]
        places = np.ndindex((2,) * len(users))
        found = [worth(_only(profile, users, place)) for place in places]
        floats = any(isinstance(value, float) for value in found)
        table = np.array(found, dtype=float) if floats else object_array(found)
        table = table.reshape((2,) * len(users))
        levels = [ground.game.utility.levels[profile[user]] for user in users]
        values: Sequence[Any] = (
            values_of(self.rule, Coalitions.of_table(users, levels, table)).tolist() if users else ()
        )
        total = found[-1] if users else Fraction(0)
        factor = self._factor(total)
        paid: list[Any] = [Fraction(0)] * len(profile)
        for user, value in zip(users, values, strict=True):
            paid[user] = factor * value
        return [*paid, total - sum(paid, start=Fraction(0))]

    def error_under(self, ground: Ground, profile: Profile) -> float:
        return self.rule.steepness_of(len(profile)) * super().error_under(ground, profile)

    def _factor(self, total: Any) -> Any:
        if not isinstance(self.share, AlphaOfUtility):
            return 1 if self.share is None else self.share
        if isinstance(total, Form):
            raise NoFormError("α is a function of U")
        return self.share(total)

    def weighted_sums(self, held: bool) -> bool:
        return isinstance(self.rule, Semivalue) and (held or not isinstance(self.share, AlphaOfUtility))


class FunctionScheme(Scheme):
    """A function ``pay(utility, profile)`` of somebody's own, where ``utility(profile)`` is U.

    It returns one payment a user at the profile of level indices, and may return one more, for the platform. One that
    never looks at U is as good as a table.
    """

    asks = True

    def __init__(self, function: PayFunction, name: str = "") -> None:
        self._function = _of_two(function)
        self.name = name or getattr(function, "__qualname__", type(function).__name__)
        self.source = (getattr(function, "__doc__", None) or "a function of one's own").strip().split("\n")[0]

    def everywhere(self, ground: Ground) -> Paid:
        shape, looked = ground.game.shape, 0

        def worth(profile: Sequence[int]) -> Any:
            nonlocal looked
            looked += 1
            return ground.worth(profile)

        rows = [
            self._paid(ground, worth, ground.profile(place)) for place in track(list(np.ndindex(shape)), "payments")
        ]
        self.asks = looked > 0
        if len({len(row) for row in rows}) > 1:
            raise InputError(f"{self.name}: returns the platform's part at some profiles only, expected all or none")
        columns = [_column([row[k] for row in rows]).reshape(shape) for k in range(len(rows[0]))]
        n = ground.n_users
        platform = columns[n] if len(columns) > n else None
        rounding = self._rounding(ground, columns)
        return Paid.of(_stacked(columns[:n]), platform, ground.chosen, rounding, float(ground.error))

    def _rounding(self, ground: Ground, columns: list[Array]) -> float:
        """What floats may be off: as many additions as there are coalitions, and twice the error of U."""
        largest = max(map(_largest, [*columns, ground.chosen]))
        return 2 * float(ground.error) + float(2**ground.n_users + 8) * _EPSILON * largest

    def under(self, ground: Ground, worth: Worth, profile: Profile) -> list[Any]:
        found = self._call(worth, profile)
        if not any(isinstance(value, Form) for value in found):
            found = numbers_of(found, self._where(profile), (ground.n_users, ground.n_users + 1))
        elif len(found) not in (ground.n_users, ground.n_users + 1):
            raise NoFormError("payments of another number")
        if len(found) > ground.n_users:
            return found
        return [*found, worth(profile) - sum(found, start=Fraction(0))]

    def _paid(self, ground: Ground, worth: Worth, profile: Profile) -> list[Any]:
        return numbers_of(self._call(worth, profile), self._where(profile), (ground.n_users, ground.n_users + 1))

    def _call(self, worth: Worth, profile: Profile) -> list[Any]:
        try:
            return list(self._function(worth, profile))
        except (FairgamesError, NoFormError):
            raise
        except Exception as error:  # a stranger's function may fail in any way; what it said is told
            raise InputError(f"{self._where(profile)}: {type(error).__name__}: {error}; mend the function") from error

    def _where(self, profile: Profile) -> str:
        return f"{self.name} at profile {profile}"


def _of_two(function: Callable[..., Any]) -> PayFunction:
    """A function of U and the profile; one of the profile alone never looks at U."""
    try:
        given = list(inspect.signature(function).parameters.values())
    except ValueError:  # of some built-in functions nothing is known
        return function
    takes_one = len(given) == 1 and given[0].kind in (given[0].POSITIONAL_ONLY, given[0].POSITIONAL_OR_KEYWORD)
    return (lambda _worth, profile: function(profile)) if takes_one else function


class TableScheme(Scheme):
    """A table of payments as somebody holds it."""

    source = "a table of payments"

    def __init__(self, table: PaymentTable) -> None:
        self.table, self.name = table, table.name

    def everywhere(self, ground: Ground) -> Paid:
        shape = self.table.payments.shape
        if shape != (ground.n_users, *ground.game.shape):
            raise InputError(
                f"{self.name}: got payments of shape {shape}, expected {(ground.n_users, *ground.game.shape)}: one "
                "array a user, over the levels that users may choose"
            )
        stated = self.table.stated
        if not stated.any():
            raise InputError(f"{self.name}: states no payments; expected those of one profile at least")
        nothing = object_array([Fraction(0)])
        rows = [np.where(stated, row, nothing) for row in self.table.payments]
        platform = None if self.table.platform is None else np.where(stated, self.table.platform, nothing)
        return Paid.of(_stacked(rows), platform, ground.chosen, 0.0, float(ground.error), stated)


def _only(profile: Profile, users: Sequence[int], place: Sequence[int]) -> Profile:
    """ρ_S."""
    found = [0] * len(profile)
    for user, inside in zip(users, place, strict=True):
        found[user] = profile[user] if inside else 0
    return tuple(found)


def _column(values: list[Any]) -> Array:
    if any(isinstance(value, float) for value in values):
        return np.array([float(value) for value in values])
    return object_array(values)


def _stacked(rows: Sequence[Array]) -> Array:
    if all(row.dtype == object for row in rows):
        return np.stack(rows)
    return np.stack([row.astype(float) for row in rows])


def _largest(values: Array) -> float:
    return float(np.abs(values.astype(float)).max(initial=0.0))
