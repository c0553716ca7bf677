"""A scenario file (TOML) read, checked and turned into users and a utility."""

from fairgames.scenario.reader import load
from fairgames.scenario.scenario import Scenario
from fairgames.scenario.utility_kinds import UtilityKind

__all__ = ["Scenario", "UtilityKind", "load"]
