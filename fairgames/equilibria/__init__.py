"""Equilibria of payment games: pure ones for every share at once, branches of two users and more, certificates."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.equilibria.correlated.at_share import CorrelatedAtShare, correlated_at
    from fairgames.equilibria.correlated.equilibrium import CorrelatedEquilibrium, correlated_equilibrium
    from fairgames.equilibria.large.best_response import RestPoint, best_responses
    from fairgames.equilibria.large.game import ClassGame
    from fairgames.equilibria.large.path import Path, follow
    from fairgames.equilibria.large.several import FoundByResponse, by_best_response
    from fairgames.equilibria.pure.at_share import EquilibriaAtShare, PureEquilibrium, equilibria_at
    from fairgames.equilibria.pure.certificate import Certificate, certify_profile
    from fairgames.equilibria.pure.intervals import pure_equilibria
    from fairgames.equilibria.pure.landscape import Landscape, landscape
    from fairgames.equilibria.pure.results import PureEquilibria
    from fairgames.equilibria.refinements.basins import Basin
    from fairgames.equilibria.refinements.played import played
    from fairgames.equilibria.refinements.quantal import QuantalResponses, quantal_responses
    from fairgames.equilibria.refinements.result import Prospect, Prospects
    from fairgames.equilibria.several_users.branch import BranchEnd, EquilibriumBranch, OpenPart, SeveralBranches
    from fairgames.equilibria.several_users.branches import equilibrium_branches
    from fairgames.equilibria.symmetric.several_levels import SymmetricEquilibria, symmetric_equilibria
    from fairgames.equilibria.two_users.branches import Branch, Branches, branches
    from fairgames.equilibria.types.action_graph import write_action_graph

__all__ = [
    "Basin",
    "Branch",
    "BranchEnd",
    "Branches",
    "Certificate",
    "ClassGame",
    "CorrelatedAtShare",
    "CorrelatedEquilibrium",
    "EquilibriaAtShare",
    "EquilibriumBranch",
    "FoundByResponse",
    "Landscape",
    "OpenPart",
    "Path",
    "Prospect",
    "Prospects",
    "PureEquilibria",
    "PureEquilibrium",
    "QuantalResponses",
    "RestPoint",
    "SeveralBranches",
    "SymmetricEquilibria",
    "best_responses",
    "branches",
    "by_best_response",
    "certify_profile",
    "correlated_at",
    "correlated_equilibrium",
    "equilibria_at",
    "equilibrium_branches",
    "follow",
    "landscape",
    "played",
    "pure_equilibria",
    "quantal_responses",
    "symmetric_equilibria",
    "write_action_graph",
]

on_first_use(
    __name__,
    {
        "correlated.at_share": "CorrelatedAtShare correlated_at",
        "correlated.equilibrium": "CorrelatedEquilibrium correlated_equilibrium",
        "large.best_response": "RestPoint best_responses",
        "large.game": "ClassGame",
        "large.path": "Path follow",
        "large.several": "FoundByResponse by_best_response",
        "pure.at_share": "EquilibriaAtShare PureEquilibrium equilibria_at",
        "pure.certificate": "Certificate certify_profile",
        "pure.intervals": "pure_equilibria",
        "pure.landscape": "Landscape landscape",
        "pure.results": "PureEquilibria",
        "refinements.basins": "Basin",
        "refinements.played": "played",
        "refinements.quantal": "QuantalResponses quantal_responses",
        "refinements.result": "Prospect Prospects",
        "several_users.branch": "BranchEnd EquilibriumBranch OpenPart SeveralBranches",
        "several_users.branches": "equilibrium_branches",
        "symmetric.several_levels": "SymmetricEquilibria symmetric_equilibria",
        "two_users.branches": "Branch Branches branches",
        "types.action_graph": "write_action_graph",
    },
)
