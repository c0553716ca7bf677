"""Pictures (extra ``plot``). Each function draws on the Axes it is given, or on new ones, and returns them.

None needs a screen. What a function returns shows by itself in a notebook; where pyplot has been imported, the figure
is one of pyplot's, and ``plt.show()`` shows it. Colours are told apart by the colour-blind.
"""

from __future__ import annotations

from fairgames.plots.branches import branches, mixed_curves
from fairgames.plots.files import save
from fairgames.plots.heat import heat
from fairgames.plots.landscape import landscape
from fairgames.plots.paths import paths
from fairgames.plots.payments import payments
from fairgames.plots.played import played
from fairgames.plots.potential_path import best_response_path, potential_path
from fairgames.plots.sensitivities import sensitivities

__all__ = [
    "best_response_path",
    "branches",
    "heat",
    "landscape",
    "mixed_curves",
    "paths",
    "payments",
    "played",
    "potential_path",
    "save",
    "sensitivities",
]
