"""The conformance suite for solvers: games with known answers, and what a solver promises about them.

Anybody's adapter runs it with one line in a test module::

    from fairgames.testing import conformance_test

    test_conformance = conformance_test("NAME")
"""

from fairgames.testing.conformance import (
    REQUIRE_ENGINES,
    check_solver,
    conformance_test,
    faults_of,
    require_engine,
)
from fairgames.testing.games import conformance_games
from fairgames.testing.known import KnownGame

__all__ = [
    "REQUIRE_ENGINES",
    "KnownGame",
    "check_solver",
    "conformance_games",
    "conformance_test",
    "faults_of",
    "require_engine",
]
