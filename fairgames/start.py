"""Where the command ``fairgames`` starts: nothing slow is imported yet, so that ^C ends it in one line at any time."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command line and run it; see :func:`fairgames.cli.main`."""
    try:
        from fairgames.cli import main as run

        run()
    except KeyboardInterrupt:  # while Python or click were loading, or while the last words were said
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
