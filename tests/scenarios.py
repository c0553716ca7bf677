"""Scenario texts that tests of several commands share."""

from __future__ import annotations

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

CLINICS = """
[utility]
kind = "federated-mean"
between_user_variance = 1
within_user_variance = 10
levels = [0, 1, 2]
[[users]]
name = "clinic"
count = 2
samples = 30
sensitivity = [0, 0.1, 0.3]
[[users]]
name = "hospital"
samples = 300
sensitivity = [0, 0.1, 0.3]
"""


def written(folder: Path, text: str) -> str:
    """The path of a scenario file with that text."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
