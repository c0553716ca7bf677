"""``fairgames design``: the platform's share, and the proof."""

from __future__ import annotations

from typing import Any

import click

from fairgames.cli import options, show
from fairgames.game import PaymentGame
from fairgames.mechanism import Choice, Design, Scope, Selection, design
from fairgames.scenario import Scenario
from fairgames.text import number, strategy


@click.command("design")
@options.scenario_argument
@click.option(
    "--scope",
    type=click.Choice(["auto", "pure", "all"]),
    default="auto",
    show_default=True,
    help="Which equilibria count: pure profiles, or all (two users, mixed too); auto: all for two users.",
)
@click.option(
    "--selection",
    type=click.Choice(["best", "stable", "worst", "potential"]),
    default="best",
    show_default=True,
    help="Which equilibrium the platform counts on at each share.",
)
@click.option(
    "--method",
    type=click.Choice(["exact"]),
    default="exact",
    show_default=True,
    help="By the interval of shares that each profile owns: no grid.",
)
@click.option("--budget", help="Pay out at most this much, in money.")
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    scope: Scope,
    selection: Selection,
    method: str,
    budget: str | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """The share α of SCENARIO that leaves the platform most at an equilibrium of the users' game."""
    read = options.read(scenario)
    game = options.game_of(read, rule, exact)
    with show.progress_bar():
        found = design(game, selection, budget, scope=scope)
        warnings = game.warnings()
    if read.alpha_of_utility is not None and game.rule.has_alpha:
        warnings = (*warnings, "alpha_of_utility is set aside: design chooses a constant share α")
    show.warn(warnings)
    show.warn(found.warnings)
    if as_json:
        show.print_json(_answer(game, found, method), exact)
    else:
        _print(read, game, found)


def _answer(game: PaymentGame, found: Design, method: str) -> dict[str, Any]:
    return {
        "alpha": found.alpha,
        "platform_utility": found.platform_utility,
        "utility": found.utility,
        "users": game.users.names,
        "levels": game.utility.level_names,
        "payments": found.payments,
        "strategies": found.strategies,
        "profile": found.profile,
        "regret": found.regret,
        "regret_bound": found.regret_bound,
        "scope": found.scope,
        "selection": found.selection,
        "method": method,
        "rule": found.rule,
        "interval": found.choice.interval,
        "attained": found.choice.attained,
        "ties": [vars(tie) for tie in found.ties],
        "runner_up": found.runner_up and vars(found.runner_up),
        "equilibrium_profiles": found.equilibrium_profiles,
        "exact": found.exact,
    }


def _print(read: Scenario, game: PaymentGame, found: Design) -> None:
    money = f" {read.currency}" if read.currency else ""
    share = f"Pay out {_share(found.alpha)} of U" if game.rule.has_alpha else "Theorem 1 leaves no share to choose"
    click.echo(
        f"{share}: the platform keeps {number(found.platform_utility)}{money} "
        f"of a utility of {number(found.utility)}{money}."
    )
    show.print_table(
        ["user", "level", "payment", "sensitivity", "gain", "regret"],
        [_row(game, found, user) for user in range(len(game.users))],
        f"{len(game.users)} users, {game.size:,} profiles, {game.rule.source}",
    )
    for line in _proof(game, found):
        click.echo(line)


def _row(game: PaymentGame, found: Design, user: int) -> list[str]:
    played = found.strategies[user]
    own = [played[level] for level in game.strategies[user]]
    cost = sum(p * (c if found.exact else float(c)) for p, c in zip(own, game.costs[user], strict=True))
    paid, regret = found.payments[user], found.regrets[user]
    numbers = (number(value) for value in (paid, cost, paid - cost, regret))
    return [game.users.names[user], strategy(played, game.utility.level_names), *numbers]


def _proof(game: PaymentGame, found: Design) -> list[str]:
    choice = found.choice
    lines = [
        f"Equilibrium: nobody gains by moving alone (largest regret {number(found.regret)}, "
        f"error at most {number(found.regret_bound)}); {'exact' if found.exact else 'floating-point'} arithmetic."
    ]
    if choice.interval is not None:
        low, high = choice.interval
        limit = "" if choice.attained else "; the value is a limit, approached from inside and not reached"
        lines.append(f"This equilibrium holds for α from {number(low)} to {number(high)}{limit}.")
    lines.append(
        f"Selection {found.selection!r} over {found.equilibrium_profiles:,} profiles that are an equilibrium "
        f"at some α in [0, 1]."
    )
    if found.ties:
        shown = "; ".join(_choice(game, tie) for tie in found.ties[:3])
        lines.append(f"Ties, {len(found.ties)}: {shown}{' …' if len(found.ties) > 3 else ''}")
    if found.runner_up:
        lines.append(f"Runner-up: {_choice(game, found.runner_up)}.")
    return lines


def _share(alpha: Any) -> str:
    return f"α = {number(alpha)}"


def _choice(game: PaymentGame, choice: Choice) -> str:
    levels = "; ".join(strategy(vector, game.utility.level_names) for vector in choice.strategies)
    share = "" if choice.alpha is None else f" at {_share(choice.alpha)}"
    return f"levels ({levels}){share}, platform {number(choice.platform_utility)}"
