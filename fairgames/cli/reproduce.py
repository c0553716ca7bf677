"""``fairgames reproduce``: the papers' examples, figures and claims."""

from __future__ import annotations

from collections.abc import Iterable

import click

from fairgames.cli import options, show
from fairgames.paper import REPRODUCTIONS, Written, reproduce

_FLOATS = "some of its sentences compare floats, the rounding of which is not bounded"


@click.command("reproduce")
@click.argument("names", nargs=-1, metavar="[NAME …]")
@click.option("-o", "--output", required=True, type=click.Path(), metavar="DIR", help="The folder to write to.")
@options.as_json
def command(names: tuple[str, ...], output: str, as_json: bool) -> None:
    """Examples, figures and claims of the papers: NAME.json, a table (CSV, Markdown), and pictures (SVG, PNG)."""
    with show.progress_bar():
        written = reproduce(names, output)
    if as_json:
        answer = {"directory": output, "reproduced": [_answer(one) for one in written]}
        floats = [one.reproduction.name for one in written if one.reproduction.floats]
        show.print_json(answer | show.certainty(f"{name}: {_FLOATS}" for name in floats))
    else:
        _print(written)


command.epilog = f"Names, all by default: {', '.join(one.name for one in REPRODUCTIONS)}."


def _answer(one: Written) -> dict[str, object]:
    return {
        "name": one.reproduction.name,
        "source": one.reproduction.source,
        "title": one.reproduction.title,
        "files": [str(path) for path in one.files],
        "searched": one.data.searched,
        "sentences": [vars(sentence) for sentence in one.data.sentences],
    }


def _print(written: Iterable[Written]) -> None:
    done = list(written)
    show.print_table(
        ["name", "source", "title", "sentences that hold"],
        [(one.reproduction.name, one.reproduction.source, one.reproduction.title, _count(one)) for one in done],
    )
    told: list[object] = []
    for one in done:
        if one.data.searched and one.data.searched not in told:
            told.append(one.data.searched)
            show.say(f"Chosen, as the papers do not tell it ({one.reproduction.name}):")
            for what, value in one.data.searched.items():
                show.say(f"  {what}: {_shown(value)}")
    for one in done:
        for says in one.data.failing:
            show.say(f"Does not hold ({one.reproduction.name}): {says}")
    show.say(f"Wrote {sum(len(one.files) for one in done)} files to {done[0].files[0].parent}.")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def _count(one: Written) -> str:
    sentences = one.data.sentences
    return f"{sum(sentence.holds for sentence in sentences)} of {len(sentences)}" if sentences else "–"
