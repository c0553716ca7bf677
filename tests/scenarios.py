"""Scenario texts that tests of several commands share."""

from __future__ import annotations

import json
from pathlib import Path

KNIFE_EDGE = """
[utility]
kind = "table"
values = [[0, "2/3"], ["2/3", 1]]
[[users]]
name = "one"
sensitivity = [0, 0.3]
[[users]]
name = "two"
sensitivity = [0, 0.32]
"""


def federated(*users: str, between: float = 1, within: float = 10, **keys: object) -> str:
    """A federated mean on three levels, of users from :func:`user`; ``keys`` are more of ``[utility]``."""
    stated = {
        "kind": "federated-mean", "between_user_variance": between, "within_user_variance": within,
        "levels": [0, 1, 2], **keys,
    }  # fmt: skip
    return "\n".join([_table("[utility]", stated), *users])


def user(name: str, samples: float, sensitivity: list[float | str], **keys: object) -> str:
    """One ``[[users]]`` of a scenario."""
    return _table("[[users]]", {"name": name, "samples": samples, "sensitivity": sensitivity, **keys})


def _table(head: str, keys: dict[str, object]) -> str:
    """Names, numbers and lists are written in TOML as in JSON."""
    return "\n".join([head, *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), ""])


CLINICS = federated(user("clinic", 30, [0, 0.1, 0.3], count=2), user("hospital", 300, [0, 0.1, 0.3]))


def written(folder: Path, text: str) -> str:
    """The path of a scenario file with that text."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
