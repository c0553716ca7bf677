"""The conformance suites: for solvers, games with known answers, and what a solver promises about them.

Anybody's adapter runs it with one line in a test module::

    from fairgames.testing import conformance_test

    test_conformance = conformance_test("NAME")

For utilities :func:`check_utility`, and for payment rules :func:`check_rule`, compare a class of one's own with what
it says of itself.
"""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.testing.conformance import REQUIRE_ENGINES, check_solver, conformance_test, faults_of, require_engine
    from fairgames.testing.games import conformance_games
    from fairgames.testing.known import KnownGame
    from fairgames.testing.rules import check_rule, faults_of_rule
    from fairgames.testing.utilities import check_utility, faults_of_utility

__all__ = [
    "REQUIRE_ENGINES",
    "KnownGame",
    "check_rule",
    "check_solver",
    "check_utility",
    "conformance_games",
    "conformance_test",
    "faults_of",
    "faults_of_rule",
    "faults_of_utility",
    "require_engine",
]

on_first_use(
    __name__,
    {
        "conformance": "REQUIRE_ENGINES check_solver conformance_test faults_of require_engine",
        "games": "conformance_games",
        "known": "KnownGame",
        "rules": "check_rule faults_of_rule",
        "utilities": "check_utility faults_of_utility",
    },
)
