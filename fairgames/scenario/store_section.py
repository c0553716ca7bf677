"""The kind "evaluations" of ``[utility]``: U from what a black box's store has; nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairgames.errors import InputError
from fairgames.reading.beside import beside
from fairgames.reading.section import Section
from fairgames.users import Users
from fairgames.utilities.base import Utility

KEYS = ("store", "name", "version", "seeds", "baseline")


def read_store(section: Section, scenario: Path) -> Mapping[str, Any]:
    """The keys as :class:`~fairgames.training.black_box.BlackBoxUtility` takes them; faults are gathered."""
    found: dict[str, Any] = {"name": section.text("name"), "version": "1", "seeds": 1, "baseline": None}
    if (file := section.text("store")) is not None:
        try:
            found["store"] = beside(scenario, file)
        except InputError as error:
            section.say("store", str(error))
    if "version" in section.data:
        found["version"] = section.text("version")
    if "seeds" in section.data:
        seeds = section.number("seeds", ", whole and ≥ 1", lambda seeds: seeds >= 1 and seeds.denominator == 1)
        found["seeds"] = int(seeds or 1)
    if section.data.get("baseline") == "empty":
        found["baseline"] = "empty"
    elif "baseline" in section.data:
        baseline = section.number("baseline", ', or "empty"', lambda _: True)
        found["baseline"] = None if baseline is None else float(baseline)
    return found


def kept_utility(own: Mapping[str, Any], users: Users) -> Utility:
    """The utility whose evaluations the store has."""
    from fairgames.training.black_box import BlackBoxUtility

    return BlackBoxUtility(None, users=users, **own)
