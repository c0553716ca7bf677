"""What ``fairgames design`` says to people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from fairgames.cli import ranges, show
from fairgames.game import PaymentGame
from fairgames.mechanism import Choice, Design
from fairgames.mechanism.robust_design import RobustDesign
from fairgames.scenario import Scenario
from fairgames.text import how_many, number, runs, strategy

if TYPE_CHECKING:
    from fairgames.mechanism.robustness import Robustness

_COLUMNS = ["user", "level", "payment", "sensitivity", "gain", "regret"]
#: From here on users that do the same share a line.
_MANY_USERS = 30


def print_report(
    read: Scenario, game: PaymentGame, found: Design, rests_on: Robustness | None, uncertainty: str | None = None
) -> None:
    """The answer, what each user gets and bears, the proof, and what it rests on or holds for."""
    money = f" {read.currency}" if read.currency else ""
    divided = "U" if game.rule.efficient else "the values"
    share = f"Pay out {_share(found.alpha)} of {divided}" if game.rule.has_alpha else _no_share(game)
    show.say(
        f"{share}: the platform keeps {number(found.platform_utility)}{money} "
        f"of a utility of {number(found.utility)}{money}."
    )
    columns = ranges.columns(found) if isinstance(found, RobustDesign) else _COLUMNS
    show.print_table(
        columns,
        list(_rows(game, found)),
        f"{len(game.users)} users, {how_many(game.size)} profiles, {game.rule.source}",
    )
    holds = ranges.lines(found, uncertainty) if isinstance(found, RobustDesign) and uncertainty is not None else []
    for line in (*_proof(game, found), *holds, *(rests_on.lines(game) if rests_on else _interval(found.choice))):
        show.say(line)


def _no_share(game: PaymentGame) -> str:
    return f"{'Theorem 1' if game.rule.fair else f'Rule {game.rule.name}'} leaves no share to choose"


def _rows(game: PaymentGame, found: Design) -> Iterator[list[str]]:
    """A line a user; among many, neighbours that do and get the same share one."""
    rows = list(ranges.rows(game, found) if isinstance(found, RobustDesign) else _plain_rows(game, found))
    if len(rows) <= _MANY_USERS:
        yield from rows
        return
    for _, alike in groupby(rows, key=lambda row: row[1:]):
        group = list(alike)
        first, last = group[0][0], group[-1][0]
        yield [first if len(group) == 1 else f"{first} … {last} ({len(group)})", *group[0][1:]]


def _plain_rows(game: PaymentGame, found: Design) -> Iterator[list[str]]:
    names, written = game.utility.level_names, dict[tuple[Any, ...], list[str]]()
    columns = (game.users.names, found.strategies, game.strategies, game.costs, found.payments, found.regrets)
    for user, played, levels, costs, paid, regret in zip(*columns, strict=True):
        numbers = (tuple(played.tolist()), levels, costs, paid, regret)
        if numbers not in written:  # users alike are many
            cost = sum(played[level] * (c if found.exact else float(c)) for level, c in zip(levels, costs, strict=True))
            gain, loses = (show.none_within(value, found.regret_bound) for value in (paid - cost, regret))
            written[numbers] = [strategy(played, names), *(number(value) for value in (paid, cost, gain, loses))]
        yield [user, *written[numbers]]


def _proof(game: PaymentGame, found: Design) -> list[str]:
    exact = "exact" if found.exact else "floating-point"
    lines = [
        f"Equilibrium: {_nobody(found)} (largest regret {number(found.regret)}, "
        f"error at most {number(found.regret_bound)}); {exact} arithmetic."
    ]
    lines += [f"Undecided: {comparison}." for comparison in found.undecided]
    if not found.choice.attained:
        lines.append("The value is a limit, approached from inside the interval of α and not reached.")
    count = found.equilibrium_profiles
    at = " at some α in [0, 1]" if game.rule.has_alpha else ""
    over = "" if count is None else f" over {how_many(count)} profiles that are an equilibrium{at}"
    lines.append(f"Selection {found.selection!r}{over}.")
    if found.ties:
        shown = "; ".join(_choice(game, tie) for tie in found.ties[:3])
        lines.append(f"Ties, {len(found.ties)}: {shown}{' …' if len(found.ties) > 3 else ''}")
    if found.runner_up:
        lines.append(f"Runner-up: {_choice(game, found.runner_up)}.")
    return [*lines, *found.remarks()]


def _nobody(found: Design) -> str:
    if not isinstance(found, RobustDesign):
        return "nobody gains by moving alone"
    some = "some" if found.selection == "worst" else "any"
    return f"nobody gains by moving alone for {some} sensitivities in their ranges"


def _interval(choice: Choice) -> list[str]:
    if choice.interval is None:
        return []
    low, high = choice.interval
    what = "This equilibrium holds" if choice.profile else "The branch of this equilibrium runs"
    return [f"{what} for α from {number(low)} to {number(high)}."]


def _share(alpha: Any) -> str:
    return f"α = {number(alpha)}"


def _choice(game: PaymentGame, choice: Choice) -> str:
    levels = "; ".join(runs([strategy(vector, game.utility.level_names) for vector in choice.strategies]))
    share = "" if choice.alpha is None else f" at {_share(choice.alpha)}"
    return f"levels ({levels}){share}, platform {number(choice.platform_utility)}"
