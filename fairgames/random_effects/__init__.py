"""From measurements to a scenario: between- and within-user variance estimated from data."""

from fairgames.random_effects.estimates import Interval, Variances
from fairgames.random_effects.fitting import fit
from fairgames.random_effects.result import Fit

__all__ = ["Fit", "Interval", "Variances", "fit"]
