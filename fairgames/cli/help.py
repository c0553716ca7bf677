"""``fairgames help``: what ``--help`` says, without the dashes."""

from __future__ import annotations

import click

from fairgames.cli import show


@click.command("help")
@click.argument("name", required=False, metavar="[COMMAND]")
@click.pass_context
def command(context: click.Context, name: str | None) -> None:
    """Say how to use COMMAND; without one, which commands there are, in the order of their use."""
    above = context.parent
    if above is None or not isinstance(above.command, click.Group):
        raise AssertionError("help is a command of the group of all")
    if name is None:
        show.say(above.get_help())
        return
    _, found, _ = above.command.resolve_command(above, [name])
    if found is not None:
        show.say(found.get_help(click.Context(found, info_name=name, parent=above)))
