"""From measurements to a scenario: between- and within-user variance estimated from data."""

from fairgames.random_effects.estimates import Interval, Variances
from fairgames.random_effects.fitting import Fit, fit

__all__ = ["Fit", "Interval", "Variances", "fit"]
