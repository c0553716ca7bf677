"""The estimators' convex programs by cvxpy (https://www.cvxpy.org; Diamond & Boyd 2016, Agrawal et al. 2018).

Each program is compiled once for a number of users and a set of constraints; what a profile changes
are parameters only (disciplined parametrised programming, Agrawal et al. 2019). cvxpy itself is
imported by the functions that use it, never here.
"""

from __future__ import annotations

from fairgames_cvxpy.federated import FederatedVariables
from fairgames_cvxpy.linear_laplace import LaplaceVariables
from fairgames_cvxpy.programs import CvxpyPrograms, programs

__all__ = ["CvxpyPrograms", "FederatedVariables", "LaplaceVariables", "programs"]
