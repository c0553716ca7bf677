"""Convex programs for the estimators: what may be asked for, who solves them, what the solver's answer is worth.

The unconstrained problems have closed forms; everything else goes to a convex solver, found
through the entry-point group ``fairgames.programs``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

from fairgames.errors import InputError, SolverError
from fairgames.estimators.prior import MeanPrior
from fairgames.exact import to_fraction
from fairgames.typing import FloatArray, Number

#: The entry-point group in which packages announce what solves the programs.
GROUP = "fairgames.programs"
_DEFAULT = "cvxpy"


class InfeasibleError(SolverError):
    """No weights satisfy the constraints."""

    exit_code = 1


@dataclass(frozen=True, init=False)
class Constraints:
    """What the weights must satisfy besides privacy.

    Parameters
    ----------
    nonnegative : no weight is below 0
    cap : the largest |weight| of any one user; a level-1 user weighs w_i0 times its share of the group
    noise : the largest Laplace scale τ; linear-Laplace only
    shared : the same weights for every target θ_i, the best for Σ a_i·EMSE_i; federated only
    own : a function from the solver's variables to a list of its constraints. With cvxpy
        (:mod:`fairgames_cvxpy`) the variables are cvxpy expressions: ``weights`` and ``noise`` of the
        linear-Laplace estimator; ``weights`` (targets × users) and ``group`` (targets) of the federated
        one, which then minimises Σ_i EMSE_i. Each function object is compiled once

    Raises
    ------
    InputError
        Naming every fault at once.
    """

    nonnegative: bool
    cap: Fraction | None
    noise: Fraction | None
    shared: bool
    own: Callable[[Any], Any] | None

    def __init__(
        self,
        nonnegative: bool = False,
        cap: Number | None = None,
        noise: Number | None = None,
        shared: bool = False,
        own: Callable[[Any], Any] | None = None,
    ) -> None:
        bounds: dict[str, Fraction | None] = {}
        faults: list[str] = []
        for name, value in (("cap", cap), ("noise", noise)):
            try:
                bounds[name] = None if value is None else to_fraction(value, f"constraints: {name}")
            except InputError as error:
                faults.extend(error.faults)
                continue
            if (bound := bounds[name]) is not None and bound <= 0:
                faults.append(f"constraints: {name}: expected a number > 0, got {value}")
        if own is not None and not callable(own):
            faults.append(f"constraints: own: expected a function from variables to constraints, got {own!r}")
        if faults:
            raise InputError(faults)
        for field, given in {"nonnegative": nonnegative, **bounds, "shared": shared, "own": own}.items():
            object.__setattr__(self, field, given)

    def __str__(self) -> str:
        parts = {
            "nonnegative weights": self.nonnegative,
            f"weights up to {self.cap}": self.cap is not None,
            f"noise up to {self.noise}": self.noise is not None,
            "weights shared by all targets": self.shared,
            "own constraints": self.own is not None,
        }
        return ", ".join(part for part, asked in parts.items() if asked) or "no constraints"


@dataclass(frozen=True, eq=False)
class Signals:
    """What the platform sees of one federated profile: θ̂_j of each level-2 user, then the group's θ̂_f.

    Attributes
    ----------
    variances : Var of each signal about the population mean, ``inf`` where there is none, shape (N + 1,)
    covariances : of each target's θ_i with each signal, shape (N, N + 1)
    shares : each user's share u of θ̂_f, 0 outside the group, shape (N,)
    errors : EMSE_i of the best weights without constraints, shape (N,); only the size matters
    importance : a_i, shape (N,)
    """

    variances: FloatArray
    covariances: FloatArray
    shares: FloatArray
    errors: FloatArray
    importance: FloatArray


#: ε, shape (N,), and the prior → w, shape (N,), and τ; feasible up to the solver's tolerance.
LaplaceProgram: TypeAlias = Callable[[FloatArray, MeanPrior], tuple[FloatArray, float]]

#: Signals → weights of every target, shape (N, N + 1), each row with sum 1 up to the tolerance.
FederatedProgram: TypeAlias = Callable[[Signals], FloatArray]


class Programs(Protocol):
    """What an adapter offers: programs that are compiled once and then solved for any numbers.

    A program raises :class:`InfeasibleError` if no weights satisfy the constraints, and
    :class:`~fairgames.errors.SolverError` with the solver's words if it has no optimal answer.
    """

    @property
    def name(self) -> str:
        """``package:method``."""

    @property
    def tolerance(self) -> float:
        """How far above the least risk an answer may be, relative to that risk plus the prior's."""

    def linear_laplace(self, n_users: int, constraints: Constraints) -> LaplaceProgram:
        """The program for N users."""

    def federated(self, n_users: int, constraints: Constraints) -> FederatedProgram:
        """The program for N users."""


#: ``package`` or ``package:method``, such as "cvxpy:scs"; or the programs themselves.
ProgramsSpec: TypeAlias = str | Programs


def resolve(spec: ProgramsSpec | None) -> Programs:
    """The programs that ``spec`` stands for; None is cvxpy with its default solver.

    Raises
    ------
    SolverError
        If there is none of that name.
    """
    if spec is not None and not isinstance(spec, str):
        return spec
    from importlib.metadata import entry_points  # slow to import

    package, _, method = (spec or _DEFAULT).partition(":")
    announced = {point.name: point for point in entry_points(group=GROUP)}
    if package not in announced:
        near = difflib.get_close_matches(package, announced, n=1, cutoff=0.5)
        known = ", ".join(sorted(announced)) or "none"
        hint = (
            f"did you mean {near[0]!r}?" if near else f"expected PACKAGE or PACKAGE:METHOD, with a package of: {known}"
        )
        raise SolverError(f"there is no convex solver {spec or _DEFAULT!r}: {hint}")
    found: Programs = announced[package].load()(method or None)
    return found
