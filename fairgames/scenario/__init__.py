"""A scenario file (TOML) read, checked and turned into users and a utility."""

from fairgames.scenario.reader import load
from fairgames.scenario.scenario import Scenario

__all__ = ["Scenario", "load"]
