"""``fairgames explore``: a page on this machine on which the share and the costs are moved."""

from __future__ import annotations

import sys
import webbrowser

import click

from fairgames.cli import options, show
from fairgames.explore import Explorer, Server


@click.command("explore")
@options.scenario_argument
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
@options.rule
@options.as_json
def command(scenario: str, browser: bool, rule: str | None, as_json: bool) -> None:
    """Move the share, the privacy costs and the users' heterogeneity of SCENARIO by hand, and see what follows.

    The page is served to this machine alone, until ^C.
    """
    explorer = Explorer(options.read(scenario), rule)
    server = Server(explorer)
    if as_json:
        show.print_json({"url": server.url})
    else:
        show.say(f"{server.url}\nThe page is served to this machine alone, to who knows its address; ^C ends it.")
    sys.stdout.flush()
    if browser:
        webbrowser.open(server.url)
    try:
        server.serve()
    except KeyboardInterrupt:
        show.say("Ended.", err=True)
    finally:
        server.close()
