"""The wheel on every Python that is promised: ``nox``, or ``nox -s wheel-3.13``; one that is not there is named."""

from __future__ import annotations

import nox

#: All have wheels of numpy, scipy, cvxpy, pygambit and python-flint.
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@nox.session(python=PYTHONS, venv_backend="none")
def wheel(session: nox.Session) -> None:
    """Newest versions of everything."""
    session.run(".ci/wheel", f"python{session.python}", external=True)


@nox.session(python="3.11", venv_backend="none")
def lowest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows, on the oldest Python, for which all have wheels."""
    session.run(".ci/wheel", "python3.11", "lowest", external=True)


@nox.session(python="3.11")
def lowest_extras(session: nox.Session) -> None:
    """The lowest versions of the extras, and what rests on them: pictures, tables, sweeps, other packages' games."""
    extras = "dask,examples,openspiel,plot,quantecon,release,sweep,tables"
    session.install("--constraint", ".ci/lowest-extras.txt", f".[{extras}]", "hypothesis", "jsonschema", "pytest")
    rooms = ("games/test_convert.py", "plots", "tables", "sweep/test_sweep.py", "sweep/test_sweep_dask.py")
    session.run("python", "-m", "pytest", "--quiet", *(f"tests/{room}" for room in rooms))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The fast tests, against the installed wheel's dependencies."""
    session.install("--editable", ".[test]")
    session.run("python", "-m", "pytest", "-m", "fast", "--numprocesses", "auto", "--quiet")
