"""Finite games in normal form: the table, certificates, exact enumeration, files, other packages' classes."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.games.certificate import Equilibrium, certify
    from fairgames.games.convert import numbered, on_unit_interval
    from fairgames.games.dominance import Reduction, eliminate
    from fairgames.games.extreme import ExtremeEquilibria, extreme_equilibria
    from fairgames.games.files import open_file, read, write
    from fairgames.games.files.action_graph import ActionGraph
    from fairgames.games.files.agg import read_graph
    from fairgames.games.files.contents import GameFile
    from fairgames.games.isolated import isolated_equilibria
    from fairgames.games.isolated.result import EquilibriumBall, IsolatedEquilibria, OpenBox
    from fairgames.games.normal_form import NormalFormGame
    from fairgames.games.rounding import RoundedGame, rounded

__all__ = [
    "ActionGraph",
    "Equilibrium",
    "EquilibriumBall",
    "ExtremeEquilibria",
    "GameFile",
    "IsolatedEquilibria",
    "NormalFormGame",
    "OpenBox",
    "Reduction",
    "RoundedGame",
    "certify",
    "eliminate",
    "extreme_equilibria",
    "isolated_equilibria",
    "numbered",
    "on_unit_interval",
    "open_file",
    "read",
    "read_graph",
    "rounded",
    "write",
]

on_first_use(
    __name__,
    {
        "certificate": "Equilibrium certify",
        "convert": "numbered on_unit_interval",
        "dominance": "Reduction eliminate",
        "extreme": "ExtremeEquilibria extreme_equilibria",
        "files": "open_file read write",
        "files.action_graph": "ActionGraph",
        "files.agg": "read_graph",
        "files.contents": "GameFile",
        "isolated": "isolated_equilibria",
        "isolated.result": "EquilibriumBall IsolatedEquilibria OpenBox",
        "normal_form": "NormalFormGame",
        "rounding": "RoundedGame rounded",
    },
)
