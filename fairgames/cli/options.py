"""Options that several commands take, and the game that they describe."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar, get_args

import click

from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.mechanism import Method, Scope
from fairgames.mechanism.selections import LOGIT, SELECTIONS
from fairgames.private.game import PlanGame
from fairgames.scenario import Scenario, load
from fairgames.valuation.alpha import Alpha, to_alpha
from fairgames.valuation.rules import Rule, to_rule

F = TypeVar("F", bound=Callable[..., Any])

scenario_argument = click.argument("scenario", type=click.Path())
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
exact = click.option("--exact", is_flag=True, help='Rational arithmetic; JSON then has rationals as "p/q".')
rule = click.option(
    "--rule",
    metavar="NAME",
    callback=lambda _context, _option, name: name and to_rule(name).name,
    help="Fair among users (users, Theorem 2) or with the platform as a member (coalition, Theorem 1), banzhaf, "
    "proportional, equal-split, per-record, leave-one-out, weighted-shapley, nucleolus, or another that is "
    "installed; default: the scenario's.",
)

scope = click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    default="auto",
    show_default=True,
    help="Which equilibria count: pure profiles; all (mixed too); symmetric (users alike and playing "
    "alike, mixed too); auto: all for two users, else pure.",
)
selection = click.option(
    "--selection",
    type=click.Choice(list(SELECTIONS)),
    default="best",
    show_default=True,
    help="Which equilibrium the platform counts on at each share.",
)
selection_or_logit = click.option(
    "--selection",
    type=click.Choice([*SELECTIONS, LOGIT]),
    default="best",
    show_default=True,
    help="Which equilibrium the platform counts on at each share; logit: what users play who learn with noise.",
)
precision = click.option(
    "--precision",
    help="λ of --selection logit, one over an amount of money: a profile is played with a chance proportional to "
    "exp(λ·potential).",
)
method = click.option(
    "--method",
    type=click.Choice(get_args(Method)),
    default="exact",
    show_default=True,
    help="Exact: by the shares at which each equilibrium holds; grid: Algorithm 1 of the papers, to compare with; "
    "path: hundreds of users, or millions in types, by best responses as the share moves.",
)
steps = click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Steps of the grid, or at most on a path, 0 to 1.",
)
budget = click.option("--budget", help="Pay out at most this much, in money.")
alpha = click.option("--alpha", help="The share paid out, such as 0.4 or 2/5.")
seconds = click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Time limit of each solver.",
)

seconds_of_verification = click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="Time limit of each solver at each share that --verify looks at; default: 10, and 1 more for each 10,000 "
    "payoffs.",
)


reduce = click.option(
    "--reduce",
    is_flag=True,
    help="First take away, round by round, every level that another level or a mixture of levels strictly dominates, "
    "and say what fell and why; equilibria are told of the whole game.",
)

_SIZE = re.compile(r" *([0-9]{1,20}(?:\.[0-9]{1,20})?) *((?:[KMGTPE]i?)?B|[KMGTPE]|) *", re.IGNORECASE | re.ASCII)
#: What the system can be told.
_MOST_BYTES = 2**63


def _units() -> dict[str, int]:
    prefixes = list(enumerate("kmgtpe", 1))
    decimal = {f"{prefix}b": 1000**power for power, prefix in prefixes}
    binary = {f"{prefix}{end}": 1024**power for power, prefix in prefixes for end in ("", "ib")}
    return {"": 1, "b": 1, **decimal, **binary}


def size(text: str) -> int:
    """Bytes of memory, from how people write them.

    Raises
    ------
    InputError
        If it is no size, or none that the system can be told.

    >>> size("1.5 GiB"), size("500MB"), size("4096")
    (1610612736, 500000000, 4096)
    """
    match = _SIZE.fullmatch(text)
    found = int(Fraction(match[1]) * _units()[match[2].lower()]) if match else 0
    if not 0 < found < _MOST_BYTES:
        raise InputError(f"--memory: expected a size such as 2GiB, 500MB or 4096 (bytes), got {text!r}")
    return found


memory = click.option(
    "--memory",
    metavar="SIZE",
    callback=lambda _context, _option, text: None if text is None else size(text),
    help="Most memory of each process of a solver beside what is loaded before it begins, such as 2GiB; "
    "default: what is free then. One that asks for more is a line of the report.",
)


def read(path: str) -> Scenario:
    """The scenario, with its warnings said."""
    from fairgames.cli.show import warn

    scenario = load(path)
    warn(scenario.warnings)
    return scenario


def game_of(scenario: Scenario, rule_name: str | None, is_exact: bool) -> PaymentGame:
    """The payment game of a scenario under the options given; ``--exact`` is an order, not a wish."""
    return PaymentGame(scenario.utility, scenario.users, rule_name or scenario.rule, exact=True if is_exact else None)


def plans_of(scenario: Scenario, rule_name: str | None, is_exact: bool) -> PaymentGame:
    """The same, of plans where users' costs are private."""
    return PlanGame.of_users(scenario.utility, scenario.users, rule_name or scenario.rule, True if is_exact else None)


def share_of(scenario: Scenario, rule: Rule, alpha: str | None) -> Alpha | None:
    """The share at which to look at the game: ``--alpha``, else the scenario's function of U.

    Raises
    ------
    InputError
        If the rule has no share and one is given, or it has and none is known.
    """
    if not rule.has_alpha:
        check_no_alpha(rule, alpha)
        return None
    if alpha is not None:
        return to_alpha(alpha)
    if scenario.alpha_of_utility is None:
        raise InputError("give the share with --alpha, such as --alpha 2/5")
    return scenario.alpha_of_utility


def check_no_alpha(rule: Rule, alpha: str | None) -> None:
    """That no share is given where the rule has none.

    Raises
    ------
    InputError
        Else.
    """
    if alpha is not None and not rule.has_alpha:
        raise InputError(f"--alpha: rule {rule.name!r} ({rule.source}) has no share α; leave it out")


def integers(text: str, what: str) -> list[int]:
    """A comma-separated list of whole numbers.

    Raises
    ------
    InputError
        Naming what is none.
    """
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.isdecimal()]
    if wrong:
        raise InputError(f"{what}: expected whole numbers ≥ 0 separated by commas, got {', '.join(map(repr, wrong))}")
    return [int(part) for part in parts]
