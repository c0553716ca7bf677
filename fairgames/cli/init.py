"""``fairgames init``: a scenario to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from fairgames.cli import options, show
from fairgames.errors import InputError
from fairgames.reading.atomic import write_atomically
from fairgames.scenario.template import TEMPLATE


@click.command("init")
@click.argument("scenario", type=click.Path())
@options.as_json
def command(scenario: str, as_json: bool) -> None:
    """Write SCENARIO, a commented scenario of three clinics, to change into your own."""
    path = Path(scenario)
    if path.suffix.lower() != ".toml":
        raise InputError(f"{scenario}: got the suffix {path.suffix!r}, expected .toml, such as {path.stem}.toml")
    if path.exists():
        raise InputError(f"{scenario}: is there already, and is not replaced; choose another name, or remove it")
    write_atomically(path, [TEMPLATE])
    if as_json:
        show.print_json({"output": scenario})
        return
    show.say(f"Wrote {scenario}. Change it as you like; then: fairgames design {scenario}")
