"""Users' costs from what they choose: exact bounds, maximum likelihood, and a platform that learns online."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.learning.identified import Learned, Violation, learn
    from fairgames.learning.logit import LogitFit, UserFit, fit_logit
    from fairgames.learning.observations import Period, read_observations
    from fairgames.learning.platform import PlatformRun, platform

__all__ = [
    "Learned",
    "LogitFit",
    "Period",
    "PlatformRun",
    "UserFit",
    "Violation",
    "fit_logit",
    "learn",
    "platform",
    "read_observations",
]

on_first_use(
    __name__,
    {
        "identified": "Learned Violation learn",
        "logit": "LogitFit UserFit fit_logit",
        "observations": "Period read_observations",
        "platform": "PlatformRun platform",
    },
)
