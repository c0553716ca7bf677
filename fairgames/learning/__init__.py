"""Users' costs from what they choose: exact bounds, maximum likelihood under noise, and a platform that learns online."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.learning.identified import Learned, Violation, learn
    from fairgames.learning.observations import Period, read_observations

__all__ = ["Learned", "Period", "Violation", "learn", "read_observations"]

on_first_use(
    __name__,
    {"identified": "Learned Violation learn", "observations": "Period read_observations"},
)
