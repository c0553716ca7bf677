"""The platform's best share over ranges of scenario values: resumable, parallel, one row a point."""

from fairgames.sweep.run import Sweep, sweep

__all__ = ["Sweep", "sweep"]
