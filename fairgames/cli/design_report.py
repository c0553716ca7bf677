"""What ``fairgames design`` says to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fairgames.cli import ranges
from fairgames.cli.answers import Grid, alike_in_a_line
from fairgames.game import PaymentGame
from fairgames.mechanism import Choice, Design
from fairgames.mechanism.private.result import PlanChoice
from fairgames.scenario import Scenario
from fairgames.text import how_many, money, number, runs, strategy

if TYPE_CHECKING:
    from fairgames.cli.ranges import InRanges
    from fairgames.mechanism.robustness_result import Robustness
    from fairgames.solvers.verification import Verification
    from fairgames.sweep.across_fit import AcrossFit, FitPoint

_COLUMNS = ["user", "level", "payment", "sensitivity", "gain", "regret"]


def report(
    read: Scenario,
    game: PaymentGame,
    found: Design,
    rests_on: Robustness | None,
    checked: Verification | None,
    in_ranges: InRanges | None = None,
    uncertainty: str | None = None,
    survey: AcrossFit | None = None,
    without_grid: Design | None = None,
) -> Iterator[str | Grid]:
    """The answer, what each user gets and bears, the proof, and what it rests on or holds for.

    ``in_ranges`` is ``found`` where it is an answer for ranges of sensitivities, which ``uncertainty`` gives;
    ``without_grid`` is the exact answer where ``found`` is one of a grid.
    """
    divided = "U" if game.rule.efficient else "the values"
    share = f"Pay out {_share(found.alpha)} of {divided}" if game.rule.has_alpha else _no_share(game)
    yield (
        f"{share}: the platform keeps {money(found.platform_utility, read.currency)} "
        f"of a utility of {money(found.utility, read.currency)}."
    )
    if without_grid is not None:
        yield _beside_grid(game, found, without_grid, read.currency)
    columns, rows = _rows(game, found, in_ranges)
    what = f"{len(found.users)} users, {how_many(game.size)} {'plans' if game.plans else 'profiles'}"
    amounts = f"; amounts in {read.currency}" if read.currency else ""
    yield Grid(columns, list(alike_in_a_line(rows)), f"{what}, {game.rule.source}{amounts}")
    holds = ranges.lines(in_ranges, uncertainty) if in_ranges else []
    yield from (
        *_proof(game, found, in_ranges, read.currency),
        *holds,
        *(rests_on.lines(game, read.currency) if rests_on else _interval(found.choice)),
    )
    if survey:
        yield from _across(survey)
    if checked:
        yield str(checked)


def _across(survey: AcrossFit) -> Iterator[str]:
    """Whether the answer survives what the data leave open."""
    points, same = survey.points, sum(point.keeps_shape for point in survey.points)
    low, high = min(points, key=_keeps), max(points, key=_keeps)
    shares = sorted(point.alpha for point in points if point.alpha is not None)
    of_alpha = f"; the best α is from {number(shares[0])} to {number(shares[-1])}" if shares else ""
    yield (
        f"Across the fit ({len(points)} pairs of variances, {survey.confidence:.4g} confidence each): these levels are "
        f"best at {same} of them, the platform keeps from {number(low.platform_utility)} to "
        f"{number(high.platform_utility)}{of_alpha}."
    )
    worst = max(points, key=lambda point: point.loss)
    if worst.at_the_share is not None:
        yield (
            f"At the share above it keeps at worst {number(worst.loss)} less than at the best share there "
            f"(s² = {number(worst.between)}, r² = {number(worst.within)})."
        )
    if survey.share is not None:
        yield f"α = {number(survey.share)} makes these levels an equilibrium at all of them."


def _keeps(point: FitPoint) -> float:
    return float(point.platform_utility)


def _beside_grid(game: PaymentGame, found: Design, exact: Design, currency: str | None) -> str:
    lost = exact.platform_utility - found.platform_utility
    costs = f"the grid costs {money(lost, currency)}" if lost > 0 else "the grid costs nothing"
    return f"Without a grid, exactly: {_choice(game, exact.choice, currency)}; {costs}."


def _rows(game: PaymentGame, found: Design, in_ranges: InRanges | None) -> tuple[list[str], list[list[str]]]:
    """The table of users: of plans a line for each cost row."""
    if in_ranges:
        return ranges.columns(game, in_ranges), list(ranges.rows(game, in_ranges))
    if not game.plans:
        return _COLUMNS, list(_plain_rows(found))
    table = found.table()
    return list(table.columns), [
        [user, str(row), number(chance), level, number(paid), number(regret)]
        for user, row, chance, level, paid, regret in table.rows()
    ]


def _no_share(game: PaymentGame) -> str:
    return f"{'Theorem 1' if game.rule.fair else f'Rule {game.rule.name}'} leaves no share to choose"


def _plain_rows(found: Design) -> Iterator[list[str]]:
    written = dict[tuple[Any, ...], list[str]]()
    for user, level, *row in found.table().rows():
        *shown, regret = row[: len(_COLUMNS) - 2]
        # Digits within the error mean nothing, and would tell users apart who are alike.
        numbers = (*shown, regret if regret > found.regret_bound else type(regret)(0))
        if numbers not in written:  # users alike are many
            written[numbers] = list(map(number, numbers))
        yield [user, level, *written[numbers]]


def _proof(game: PaymentGame, found: Design, in_ranges: InRanges | None, currency: str | None) -> list[str]:
    exact = "exact" if found.exact else "floating-point"
    lines = [
        found.claim()
        or f"Equilibrium: {_nobody(in_ranges)} (largest regret {money(found.regret_shown, currency)}, "
        f"error at most {money(found.regret_bound, currency)}); {exact} arithmetic."
    ]
    lines += [f"Undecided: {comparison}." for comparison in found.undecided]
    if not found.choice.attained:
        lines.append("The value is a limit, approached from inside the interval of α and not reached.")
    count = found.equilibrium_profiles
    at = " at some α in [0, 1]" if game.rule.has_alpha else ""
    over = (
        ""
        if count is None
        else f" over {how_many(count)} {'plans' if game.plans else 'profiles'} that are an equilibrium{at}"
    )
    lines.append(f"Selection {found.selection!r}{over}.")
    if found.ties:
        shown = "; ".join(_choice(game, tie, currency) for tie in found.ties[:3])
        lines.append(f"Ties, {len(found.ties)}: {shown}{' …' if len(found.ties) > 3 else ''}")
    if found.runner_up:
        lines.append(f"Runner-up: {_choice(game, found.runner_up, currency)}.")
    return [*lines, *found.remarks()]


def _nobody(in_ranges: InRanges | None) -> str:
    if in_ranges is None:
        return "nobody gains by moving alone"
    some = "some" if in_ranges.selection == "worst" else "any"
    return f"nobody gains by moving alone for {some} sensitivities in their ranges"


def _interval(choice: Choice) -> list[str]:
    if choice.interval is None:
        return []
    low, high = choice.interval
    what = (
        "This equilibrium holds"
        if choice.profile or isinstance(choice, PlanChoice)
        else "The branch of this equilibrium runs"
    )
    return [f"{what} for α from {number(low)} to {number(high)}."]


def _share(alpha: Any) -> str:
    return f"α = {number(alpha)}"


def _choice(game: PaymentGame, choice: Choice, currency: str | None) -> str:
    levels = "; ".join(runs([strategy(vector, game.utility.level_names) for vector in choice.strategies]))
    share = "" if choice.alpha is None else f" at {_share(choice.alpha)}"
    if isinstance(choice, PlanChoice):
        names = game.utility.level_names
        levels = "; ".join(runs([" or ".join(names[level] for level in own) for own in choice.plan]))
    return f"levels ({levels}){share}, platform {money(choice.platform_utility, currency)}"
