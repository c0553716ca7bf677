"""The explorer as a widget of a notebook (anywidget): the page's own code, with messages in place of requests."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from fairgames.errors import FairgamesError, MissingPackageError
from fairgames.explore.model import Explorer, Settings
from fairgames.scenario import Scenario


def widget(scenario: Scenario | str | Path, rule: str | None = None) -> Any:
    """The explorer of a scenario, to show in a notebook.

    Its trait ``settings`` is where the sliders are; setting it moves them.

    Raises
    ------
    InputError
        As :class:`~fairgames.explore.Explorer` does.
    MissingPackageError
        If anywidget is not installed (extra ``explore``).
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise MissingPackageError("anywidget", "the explorer in a notebook", extra="explore") from None
    explorer = Explorer(scenario, rule)
    static = files("fairgames.explore") / "static"

    class ExplorerWidget(anywidget.AnyWidget):  # type: ignore[misc,unused-ignore]
        _esm = (static / "explore.js").read_text(encoding="utf-8")
        _css = (static / "explore.css").read_text(encoding="utf-8")
        facts = traitlets.Dict().tag(sync=True)
        settings = traitlets.Dict().tag(sync=True)

    made = ExplorerWidget(facts=explorer.facts(), settings={})
    made.on_msg(lambda own, message, _buffers: own.send(answer(explorer, message)))
    return made


def answer(explorer: Explorer, message: Any) -> dict[str, Any]:
    """The answer to a message of the page's code: ``id``, ``what`` ("view" or "scenario") and ``settings``."""
    known = message if isinstance(message, dict) else {}
    try:
        settings = Settings.of(known.get("settings", {}), len(explorer.game.users))
        found = explorer.view(settings) if known.get("what") == "view" else {"toml": explorer.toml(settings)}
    except FairgamesError as error:
        found = {"error": str(error)}
    return {"id": known.get("id"), "answer": json.loads(json.dumps(found, allow_nan=False))}
