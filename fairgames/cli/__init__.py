"""The command line: one module a command, each loaded only when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, NoReturn

import click

from fairgames.cli.examples import FIRST_STEPS, epilogue
from fairgames.errors import FairgamesError
from fairgames.text import lines
from fairgames.version import __version__

INTERRUPTED, NOBODY_READS, CANNOT_WRITE = 130, 141, 74

_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "init": "Write a commented scenario, to change into your own.",
        "fit": "Estimate the variances from a data file and write a scenario.",
        "payments": "Fair payments at one profile.",
        "design": "The share to pay out that leaves the platform most, with its certificate.",
        "sweep": "The platform's best share over ranges of scenario values, resumable and parallel.",
        "audit": "Whether a payment scheme keeps the axioms, with the worst violation and who shows it.",
        "equilibria": "The equilibria of the users' game at one share, by any solver.",
        "correlated": "What a mediator who recommends levels can do, at one share or at the best one.",
        "played": "Which of the equilibria at one share will be played: what is stable, and what is learnt.",
        "learn": "Users' costs from what they chose, as exact bounds or by maximum likelihood.",
        "crosscheck": "What each solver finds in a game: a file of Gambit's, or a scenario's at one share.",
        "compare": "Two scenarios or answers side by side: who gains, who loses.",
        "report": "One page that anyone can open: question, answer, proofs and audit, as HTML, PDF or Markdown.",
        "explore": "A page on this machine on which the share and the costs are moved by hand.",
        "plot": "A scenario's picture: landscape, payments, branches, sensitivities, paths or played.",
        "export": "The users' game at one share as a file for Gambit and others.",
        "evaluations": "What a store of a black box's evaluations holds: list, verify, export, prune.",
        "reproduce": "The papers' examples and figures, regenerated, and their claims, judged.",
        "help": "How to use a command.",
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
        command.epilog = epilogue(cmd_name)
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


@click.command(cls=_Commands, epilog=FIRST_STEPS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fairgames")
def cli() -> None:
    """Fair payments for data given at a chosen privacy level."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: whatever can be foreseen ends in one line and its exit code, never in a traceback.

    Exit codes: those of the errors (:mod:`fairgames.errors`); 130 after ^C; 141 where nobody reads the output any
    more, as a shell says of what SIGPIPE ended; 74 (EX_IOERR) where something cannot be read or written.
    """
    try:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "it is closed", "standard output")
        _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        _end(end.exit_code)
    except FairgamesError as error:
        from fairgames.cli import show

        _end(error.exit_code, show.failure(error))
    except click.ClickException as error:
        error.show()
        _end(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _end(INTERRUPTED, "Interrupted.")
    except BrokenPipeError:
        _end(NOBODY_READS)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich turns a closed pipe into 1
            _end(NOBODY_READS)
        raise
    except MemoryError:
        _end(2, "Error: the memory is full. Ask for less at once, or allow more (`ulimit -v`, the container's limit).")
    except OSError as error:
        name = error.filename or "the output"
        _end(CANNOT_WRITE, f"Error: {name} cannot be read or written: {error.strerror or error}")
    else:
        sys.exit(0)


def _run(arguments: list[str]) -> None:
    """What :meth:`click.Command.main` does, without its own ends: it turns a closed pipe and ^C into 1."""
    if instruction := os.environ.get("_FAIRGAMES_COMPLETE"):
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {}, "fairgames", "_FAIRGAMES_COMPLETE", instruction))
    with cli.make_context("fairgames", list(arguments)) as context:
        cli.invoke(context)


def _end(code: int, message: str | None = None) -> NoReturn:
    """Say it, and exit; what is left in a buffer that cannot be written is dropped, not tried again."""
    with suppress(OSError):  # nobody to tell
        if message:
            click.echo(lines(message), err=True)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError as error:
            if code == 0:  # an early end, such as --help
                code = NOBODY_READS if isinstance(error, BrokenPipeError) else CANNOT_WRITE
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)
