"""What rounding the payoffs has changed, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from fairgames.games.rounding import RoundedGame, Tie

#: Ties of each kind that are printed; JSON has all.
_LISTED = 10


def answer(change: RoundedGame) -> dict[str, object]:
    """The keys of the JSON answer that say what the rounding changed."""
    return {
        "decimals": change.decimals,
        "equilibria_kept": change.equilibria_kept,
        "compared": change.compared,
        "ties_made": [_tie(change, tie) for tie in change.ties_made],
        "ties_broken": [_tie(change, tie) for tie in change.ties_broken],
    }


def lines(change: RoundedGame) -> Iterator[str]:
    """The same in sentences."""
    if change.compared == "extreme":
        which = "equilibria (extreme ones, by their supports)"
    else:
        which = "pure equilibria (no others are looked for)"
    kept = "those of the game before" if change.equilibria_kept else "not those of the game before"
    places = f"{change.decimals} decimal{'' if change.decimals == 1 else 's'}"
    yield f"Payoffs are rounded to {places}; the {which} are {kept}."
    strict = [tie for tie in change.ties_made if not tie.within_error]
    alike = [tie for tie in change.ties_made if tie.within_error]
    yield from _listed(change, strict, "Ties made, of payoffs that differ", "No strict preference is lost.")
    yield from _listed(change, alike, "Ties made, of payoffs that differ by no more than round-off", "")
    yield from _listed(change, change.ties_broken, "Ties broken, of payoffs that differ by no more than round-off", "")


def _listed(change: RoundedGame, ties: list[Tie] | tuple[Tie, ...], what: str, none: str) -> Iterator[str]:
    if not ties:
        if none:
            yield none
        return
    yield f"{what}: {len(ties):,}"
    yield from (f"  {_sentence(change, tie)}" for tie in ties[:_LISTED])
    if len(ties) > _LISTED:
        yield f"  … and {len(ties) - _LISTED:,} more (--json has all)"


def _sentence(change: RoundedGame, tie: Tie) -> str:
    game, (one, two) = change.game, tie.strategies
    own = game.strategies[tie.player]
    others = ", ".join(
        f"{player} on {names[choice]}"
        for number, (player, names, choice) in enumerate(zip(game.players, game.strategies, tie.profile, strict=True))
        if number != tie.player
    )
    against = f" against {others}" if others else ""
    return f"{game.players[tie.player]}: {own[one]} and {own[two]}{against}, {float(tie.difference):+.3g} before"


def _tie(change: RoundedGame, tie: Tie) -> dict[str, object]:
    return {
        "player": change.game.players[tie.player],
        "strategies": list(tie.strategies),
        "profile": list(tie.profile),
        "difference": tie.difference,
        "within_error": tie.within_error,
    }
