"""Whether a solver does what it promises, on games with known answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from fairgames.errors import SolverError
from fairgames.games.verify import Verifier
from fairgames.solvers.answers import Answer
from fairgames.solvers.registry import Solver, SolverSpec, resolve
from fairgames.solvers.solve import solve
from fairgames.testing.games import conformance_games
from fairgames.testing.known import KnownGame
from fairgames.typing import FloatArray, MixedProfile

#: With this environment variable set to 1, an engine that is missing fails its tests instead of skipping them.
REQUIRE_ENGINES = "FAIRGAMES_REQUIRE_ENGINES"

#: Largest difference of a probability from the known one; what an answer may be off by, and a little.
_NEAR = 1e-5


def check_solver(solver: SolverSpec, games: Iterable[KnownGame] | None = None, seconds: float = 10.0) -> None:
    """Play all known games and compare with the answers.

    Parameters
    ----------
    solver : an id, a :class:`~fairgames.solvers.registry.Solver`, a plain function, or several
    games : other games than :func:`conformance_games`
    seconds : time limit of each game

    Raises
    ------
    AssertionError
        With every fault that was found.
    SolverError
        If the solver is unknown, or its engine is not installed.

    >>> check_solver("fairgames:pure")
    """
    faults = []
    for one in resolve(solver):
        if (reason := one.not_installed()) is not None:
            raise SolverError(reason)
        for known in conformance_games() if games is None else games:
            faults += [f"{one.id}, {known.name}: {fault}" for fault in faults_of(one, known, seconds)]
    if faults:
        raise AssertionError("\n".join(faults))


def conformance_test(
    solvers: SolverSpec, seconds: float = 10.0, known_faults: Mapping[tuple[str, str], str] | None = None
) -> Callable[..., None]:
    """A pytest test, one for each solver and game: ``test_conformance = conformance_test("NAME")``.

    See :func:`require_engine` for engines that are not installed.

    Parameters
    ----------
    known_faults : reasons by (solver id, name of the game), for what an engine is known to get wrong
    """
    import pytest

    def cases() -> Iterator[Any]:
        for solver in resolve(solvers):
            for known in conformance_games():
                if solver.not_installed() is None and solver.cannot_play(known.game) is not None:
                    continue
                reason = (known_faults or {}).get((solver.id, known.name))
                marks = [] if reason is None else [pytest.mark.xfail(reason=reason, strict=False)]
                yield pytest.param(solver, known, id=f"{solver.id}-{known.name}", marks=marks)

    @pytest.mark.parametrize(("solver", "known"), list(cases()))
    def test(solver: Solver, known: KnownGame) -> None:
        require_engine(solver)
        faults = faults_of(solver, known, seconds)
        assert not faults, "\n".join([known.source, *faults])

    return test


def require_engine(solver: SolverSpec) -> None:
    """Skip the running test if an engine is not installed; fail it if :data:`REQUIRE_ENGINES` is set to 1."""
    import pytest

    for reason in filter(None, (one.not_installed() for one in resolve(solver))):
        if os.environ.get(REQUIRE_ENGINES) == "1":
            pytest.fail(f"{reason} ({REQUIRE_ENGINES} is set)")
        pytest.skip(reason)


def faults_of(solver: Solver, known: KnownGame, seconds: float = 10.0) -> list[str]:
    """What is wrong with the solver's answer; nothing where it says beforehand that it cannot play the game."""
    if solver.cannot_play(known.game) is not None or (known.exact_only and not solver.exact):
        return []
    answer = solve(known.game, solver, seconds)
    verifier = Verifier(known.game, tolerance=1e-6)
    found: list[MixedProfile] = []
    faults = []
    for profile in answer.profiles:
        proven = verifier.prove(profile)
        if proven is not None:
            found.append(proven.equilibrium.strategies)
        elif verifier.misses_by(profile) is not None:
            found.append(profile)
        else:
            faults.append(f"no equilibrium: {shown(profile)}")
            continue
        if solver.exact and known.game.exact and not all(vector.dtype == object for vector in profile):
            faults.append(f"promised rationals, got {shown(profile)}")
    if known.complete and not known.degenerate:
        strange = [one for one in found if not any(_near(one, other) for other in known.equilibria)]
        faults += [f"far from every equilibrium: {shown(profile)}" for profile in strange]
    if solver.degenerate or not known.degenerate:
        faults += _missed(solver, known, found, answer)
    return faults


def shown(profile: MixedProfile) -> str:
    """A profile for people."""
    return "(" + ", ".join("(" + ", ".join(f"{value}" for value in vector) + ")" for vector in profile) + ")"


def _missed(solver: Solver, known: KnownGame, found: list[MixedProfile], answer: Answer) -> list[str]:
    promised = {"all": known.equilibria, "pure": known.pure, "some": ()}[solver.finds]
    missed = [profile for profile in promised if not any(_near(one, profile) for one in found)]
    faults = [f"missed {shown(profile)}" for profile in missed]
    if solver.finds == "some" and not found:
        faults.append("no equilibrium found")
    if faults and answer.failure is not None:
        faults.append(answer.failure.message)
    return faults


def _near(found: MixedProfile, profile: MixedProfile) -> bool:
    return bool(np.abs(_point(found) - _point(profile)).max() <= _NEAR)


def _point(profile: MixedProfile) -> FloatArray:
    return np.concatenate([np.asarray(vector, dtype=float) for vector in profile])
