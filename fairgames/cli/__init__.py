"""The command line: one module a command, each loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import click

from fairgames.errors import FairgamesError
from fairgames.text import lines

_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "fit": "Estimate the variances from a data file and write a scenario.",
        "payments": "Fair payments at one profile.",
        "design": "The share to pay out that leaves the platform most, with its certificate.",
        "sweep": "The platform's best share over ranges of scenario values, resumable and parallel.",
        "equilibria": "The equilibria of the users' game at one share, by any solver.",
        "export": "The users' game at one share as a file for Gambit and others.",
        "reproduce": "The papers' examples and figures, regenerated, and their claims, judged.",
    }
)


class _Commands(click.Group):
    """Finds ``fairgames X`` in ``fairgames.cli.X``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"fairgames.cli.{cmd_name}").command
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _words_of_others():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _words_of_others():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(_COMMANDS)}"
            ctx.fail(f"no command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)


@contextmanager
def _words_of_others() -> Iterator[None]:
    """Click quotes arguments as they came; here nothing in them can act on a terminal."""
    try:
        yield
    except click.ClickException as error:
        said = error.format_message()
        if (shown := lines(said)) == said:
            raise
        if isinstance(error, click.UsageError):
            raise click.UsageError(shown, error.ctx) from None
        raise click.ClickException(shown) from None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairgames")
def cli() -> None:
    """Fair payments for data given at a chosen privacy level."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors of ours become their message and exit code, never a traceback."""
    try:
        cli.main(args=arguments, prog_name="fairgames")
    except FairgamesError as error:
        from fairgames.cli import show

        show.fail(error)
        sys.exit(error.exit_code)
