"""``fairgames payments``: who gets what at one profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid
from fairgames.cli.answers import output as output_option
from fairgames.cli.schemas import PAYMENTS
from fairgames.errors import InputError
from fairgames.exact import to_fraction
from fairgames.scenario import Scenario
from fairgames.tables.table import Table
from fairgames.text import how_many, in_money, money, multiple, number
from fairgames.typing import Profile
from fairgames.valuation.allocation import CONFIDENCE
from fairgames.valuation.alpha import Alpha, to_alpha
from fairgames.valuation.request import METHODS, Allocation, payments
from fairgames.valuation.rounding import RoundedPayments, percents, rounded
from fairgames.valuation.rules import to_rule

#: More users than this do not have a line each, and no more lines are shown.
_MOST_LINES = 1000


@click.command("payments")
@options.scenario_argument
@click.option("--profile", help="Level indices such as 2,1,0: one a row of users or one a user.")
@click.option("--alpha", help="The share paid out, such as 0.4 or 2/5; default: the scenario's, or 1.")
@options.rule
@click.option("--method", default="auto", show_default=True, help=f"How to compute them: auto, {', '.join(METHODS)}.")
@click.option("--tolerance", help="The largest error of a payment, such as 1e-6: the cheapest method that keeps it.")
@click.option(
    "--round",
    "unit",
    callback=lambda _context, _option, given: _unit(given),
    help="Pay in multiples of this, such as 0.01 for cents: by largest remainders, so that the sum stays.",
)
@output_option
@options.exact
@options.as_json
def command(
    scenario: str,
    profile: str | None,
    alpha: str | None,
    rule: str | None,
    method: str,
    tolerance: str | None,
    unit: Fraction | None,
    output: Path | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Fair payments of SCENARIO at one profile of privacy levels."""
    with show.progress_bar():
        read = options.read(scenario)
    levels = _profile(read, profile)
    rule_name = rule or read.rule
    share = _share(read, rule_name, alpha)
    with show.progress_bar():
        allocation = payments(
            read.utility, levels, share, rule_name, True if exact else None, method, tolerance=tolerance
        )
    show.warn(allocation.warnings(read.users.names))
    reason = {} if tolerance is None else {"why": allocation.why}
    asked = tolerance is not None and method == "auto"
    paid = _Paid.of(allocation, unit)
    CommandAnswer(
        {**_answer(read, levels, rule_name, allocation), **paid.answer(), **reason},
        partial(_table, read, levels, paid),
        partial(_text, read, levels, rule_name, allocation, paid, asked),
        exact,
    ).give(output, as_json)


def _unit(given: str | None) -> Fraction | None:
    if given is None:
        return None
    unit = to_fraction(given, "--round")
    if unit <= 0:
        raise InputError(f"--round: expected a number above 0, such as 0.01, got {given!r}")
    return unit


@dataclass(frozen=True, eq=False)
class _Paid:
    """What is paid in the end: the payments as they were computed, or rounded.

    Attributes
    ----------
    payments : one a user
    percents : each as a part of all, not rounded; None where that says nothing
    rounded : None where they are as computed
    """

    payments: Sequence[Any]
    percents: Sequence[Any] | None
    rounded: RoundedPayments | None

    @classmethod
    def of(cls, allocation: Allocation, unit: Fraction | None) -> _Paid:
        found = None if unit is None else rounded(allocation, unit)
        payments = (found or allocation).payments.tolist()
        total = sum(payments)
        return cls(payments, [100 * one / total for one in payments] if total > 0 else None, found)

    def answer(self) -> dict[str, object]:
        """What rounding changes in the JSON answer, and what it adds."""
        if self.rounded is None:
            return {"percent": self.percents}
        told = {name: getattr(self.rounded, name) for name in ("unit", "total", "before", "raised", "largest_change")}
        return {
            "payments": self.payments,
            "platform": self.rounded.platform,
            "percent": self.percents,
            "rounded": {"method": "largest remainders", **told},
        }

    def shown(self, amount: Any) -> str:
        """An amount of money, with all its cents where it is rounded."""
        return number(amount) if self.rounded is None else multiple(amount, self.rounded.unit)


def _profile(scenario: Scenario, given: str | None) -> Profile:
    if given is not None:
        return scenario.expand_profile(options.integers(given, "--profile"))
    if scenario.profile is None:
        missing = ", ".join(scenario.without_level)
        raise InputError(f"no profile: give --profile, or a `level` to the users without one: {missing}")
    return scenario.profile


def _share(scenario: Scenario, rule: str, alpha: str | None) -> Alpha:
    options.check_no_alpha(to_rule(rule), alpha)
    if alpha is not None:
        return to_alpha(alpha)
    function = scenario.alpha_of_utility if to_rule(rule).has_alpha else None
    return function or to_alpha(1)


def _answer(scenario: Scenario, levels: Profile, rule: str, allocation: Allocation) -> dict[str, object]:
    names = scenario.utility.level_names
    return {
        "schema": PAYMENTS,
        "users": scenario.users.names,
        "profile": levels,
        "levels": [names[level] for level in levels],
        "rule": rule,
        "alpha": allocation.alpha,
        "payments": allocation.payments,
        "platform": allocation.platform,
        "utility": allocation.utility,
        "efficiency_residual": allocation.efficiency_residual,
        "method": allocation.method,
        "error_bound": allocation.error_bound,
        "exact": allocation.exact,
        "statistical": allocation.statistical,
    }


def _table(scenario: Scenario, levels: Profile, paid: _Paid) -> Table:
    names = scenario.utility.level_names
    return Table({"user": scenario.users.names, "level": [names[level] for level in levels], "payment": paid.payments})


def _how_rounded(paid: _Paid, made: RoundedPayments, currency: str | None) -> str:
    unit, total = (f"{paid.shown(one)}{f' {currency}' if currency else ''}" for one in (made.unit, made.total))
    return (
        f"Rounded to {unit} by largest remainders: together {total}, which is the sum of the payments, "
        f"{money(made.before, currency)}, to the nearest {unit}; up for {how_many(made.raised)} of "
        f"{how_many(len(made.payments))} users, and for nobody by {unit} or more."
    )


def _groups(names: Sequence[str], levels: Profile, payments: Sequence[Any]) -> list[tuple[str, int, int, Any]]:
    """Users, how many they are, their levels and payments; of very many, those alike in both as one."""
    if len(names) <= _MOST_LINES:
        return [(name, 1, level, payment) for name, level, payment in zip(names, levels, payments, strict=True)]
    first: dict[tuple[int, Any], str] = {}
    for key, name in zip(zip(levels, payments, strict=True), names, strict=True):
        first.setdefault(key, name)
    sizes = Counter(zip(levels, payments, strict=True))
    more = {key: "" if sizes[key] == 1 else f" and {sizes[key] - 1:,} more" for key in first}
    return [(f"{name}{more[key]}", sizes[key], *key) for key, name in first.items()]


def _text(
    scenario: Scenario, levels: Profile, rule: str, allocation: Allocation, paid: _Paid, asked: bool
) -> Iterator[str | Grid]:
    currency = scenario.currency
    level_names = scenario.utility.level_names
    groups = _groups(scenario.users.names, levels, paid.payments)
    parts = percents([size * payment for _, size, _, payment in groups])
    yield Grid(
        ["user", "level", in_money("payment", currency), *["of all paid"] * (parts is not None)],
        [
            (who, level_names[level], paid.shown(payment), *([] if parts is None else [f"{float(parts[line]):.1f} %"]))
            for line, (who, _, level, payment) in enumerate(groups[:_MOST_LINES])
        ],
        f"Fair payments, {to_rule(rule).source}",
    )
    if len(levels) > _MOST_LINES:
        cut = f" The first {_MOST_LINES:,} of {len(groups):,} lines are shown." if len(groups) > _MOST_LINES else ""
        alike = f"Of {len(levels):,} users, those alike in level and payment share a line."
        yield f"{alike}{cut} -o FILE.csv writes them all."
    share = "" if allocation.alpha is None else f" at α = {number(allocation.alpha)}"
    keeps = allocation.platform if paid.rounded is None else paid.rounded.platform
    yield f"Utility {money(allocation.utility, currency)}; the platform keeps {money(keeps, currency)}{share}."
    if paid.rounded is not None:
        yield _how_rounded(paid, paid.rounded, currency)
    confidence = f" with {CONFIDENCE:.0%} confidence" if allocation.statistical else ""
    yield (
        f"Computed by {METHODS[allocation.method].what}; efficiency residual "
        f"{number(allocation.efficiency_residual)}, error at most {number(allocation.error_bound)}{confidence}."
    )
    if asked:
        yield f"Why {allocation.why}."
