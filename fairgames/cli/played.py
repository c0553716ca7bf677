"""``fairgames played``: which of the equilibria at one share will be played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.cli.answers import CommandAnswer, Grid
from fairgames.cli.answers import output as output_option
from fairgames.cli.schemas import PLAYED
from fairgames.equilibria.refinements.played import played
from fairgames.equilibria.refinements.result import Prospect, Prospects
from fairgames.errors import InputError
from fairgames.game import PaymentGame
from fairgames.games.files import SUFFIXES, open_file
from fairgames.games.normal_form import NormalFormGame
from fairgames.solvers.crosscheck import crosscheck
from fairgames.solvers.processes import Workers
from fairgames.text import in_money
from fairgames.text import number as text
from fairgames.typing import MixedProfile
from fairgames.valuation.alpha import Alpha


@click.command("played")
@options.scenario_argument
@options.alpha
@click.option(
    "--solver",
    "solvers",
    multiple=True,
    help="Whose equilibria to compare, such as gambit or all; may be repeated. Default: all of two users, else all in "
    "pure strategies.",
)
@options.seconds
@click.option(
    "--starts",
    type=click.IntRange(min=0),
    default=2_000,
    show_default=True,
    help="Profiles drawn at random from which best responses begin; 0 leaves basins out.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of those draws.")
@click.option(
    "--precision",
    default="10",
    show_default=True,
    help="λ of log-linear learning, one over an amount of money: how much of a gain a user does not overlook.",
)
@output_option
@options.rule
@options.exact
@options.as_json
def command(
    scenario: str,
    alpha: str | None,
    solvers: tuple[str, ...],
    seconds: float,
    starts: int,
    seed: int,
    precision: str,
    output: Path | None,
    rule: str | None,
    exact: bool,
    as_json: bool,
) -> None:
    """Which equilibrium of the users' game of SCENARIO at one share, or of a game file, will be played."""
    game: PaymentGame | NormalFormGame
    share: Alpha | None = None
    currency: str | None = None
    if Path(scenario).suffix.lower() in SUFFIXES:
        if given := [name for name, value in {"--alpha": alpha, "--rule": rule}.items() if value is not None]:
            raise InputError(f"{', '.join(given)}: {scenario} is a game of its own, without shares; leave it out")
        held = open_file(scenario, True if exact else None)
        show.warn(held.warnings)
        game = held.game
    else:
        read = options.read(scenario)
        game, currency = options.game_of(read, rule, exact), read.currency
        share = options.share_of(read, game.rule, alpha)
    with show.progress_bar():
        profiles = _found_by(game, share, solvers, seconds) if solvers else None
        found = played(game, share, profiles, starts, seed, precision)
    values = {"schema": PLAYED, **found.to_dict(), **show.certainty(found.undecided)}
    CommandAnswer(values, found.table, partial(_text, found, currency), exact).give(output, as_json)


def _found_by(
    game: PaymentGame | NormalFormGame, share: Alpha | None, solvers: Sequence[str], seconds: float
) -> list[MixedProfile]:
    """What solvers find: equilibria, and answers that could not be proven, which are listed as that."""
    normal = game.at(share) if isinstance(game, PaymentGame) else game
    with Workers() as workers:
        checked = crosscheck(normal, solvers=list(solvers), seconds=seconds, workers=workers)
    show.warn(checked.unfinished)
    return [*(one.strategies for one in checked.equilibria), *(one.strategies for one in checked.approximate)]


def _text(found: Prospects, currency: str | None) -> Iterator[str | Grid]:
    every = found.equilibria
    columns = {"#": list(map(str, range(len(found)))), "who plays what": list(map(found.who, every))}
    columns |= {heading: list(map(cell, every)) for heading, cell in _cells(found, currency).items()}
    if strict := all(one.strict for one in every):
        columns = {
            heading: cells for heading, cells in columns.items() if heading not in ("index", "perfect", "proper")
        }
    kept = {heading: cells for heading, cells in columns.items() if set(cells) - {"–"}}
    yield Grid(list(kept), list(zip(*kept.values(), strict=True)), found.title)
    if strict and every:
        yield "Strict equilibria have index +1, are perfect and proper."
    yield from found.remarks()


def _cells(found: Prospects, currency: str | None) -> dict[str, Callable[[Prospect], str]]:
    """The columns of what speaks for each."""
    return {
        in_money("platform keeps", currency): lambda one: text(one.platform),
        "potential": lambda one: text(one.potential),
        "strict": lambda one: _yes(one.strict),
        "stable": _stable,
        "basin (95%)": _basin,
        f"logit, λ = {text(found.precision)}": lambda one: "–" if one.logit is None else f"{100 * one.logit:.3g}%",
        "logit limit": lambda one: _yes(one.logit_limit),
        "better for all": lambda one: ", ".join(map(str, one.payoff_dominated_by)) or "–",
        "risk-dominant": lambda one: _yes(one.risk_dominant),
        "index": lambda one: "–" if one.index is None else f"{one.index:+d}",
        "perfect": lambda one: _yes(one.perfect),
        "proper": lambda one: _yes(one.proper),
    }


def _yes(flag: bool | None) -> str:
    return "–" if flag is None else "yes" if flag else "no"


def _stable(one: Prospect) -> str:
    """In a word where both dynamics agree."""
    words = {"asymptotically stable": "yes", "neutrally stable": "neutral", "not decided": "open"}
    found = [words.get(verdict, "no") for verdict in (one.replicator, one.best_response)]
    return found[0] if found[0] == found[1] else f"replicator {found[0]}, best response {found[1]}"


def _basin(one: Prospect) -> str:
    if one.basin is None:
        return "–"
    low, high = one.basin.interval
    return f"{100 * one.basin.share:.1f}% ({100 * low:.1f}–{100 * high:.1f})"
