"""What can go wrong, in words that help: every error says what came, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class FairgamesError(Exception):
    """Base of every error that fairgames raises on purpose.

    ``exit_code`` is what the command line returns: 2 for input that must be changed,
    1 where the question is sound but has no answer, 70 where fairgames itself is at fault.
    """

    exit_code = 2


class InputError(FairgamesError):
    """Input that cannot be used. ``faults`` lists all that was found, not only the first."""

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults: tuple[str, ...] = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))


class ScenarioError(InputError):
    """A scenario file with faults; each fault names file, key, value and what was expected."""


class DataError(InputError):
    """A data file that :func:`fairgames.fit` cannot use."""


class TooLargeError(FairgamesError):
    """A computation refused before anything was allocated, with its size and a way out."""


class NoAnswerError(FairgamesError):
    """A sound question without an answer, such as a game with no stable equilibrium."""

    exit_code = 1


class MissingPackageError(FairgamesError):
    """An optional or engine package that is not installed; the message has the command to install it."""

    def __init__(self, package: str, needed_for: str, extra: str | None = None) -> None:
        target = f"'fairgames[{extra}]'" if extra else f"'{package}'"
        super().__init__(f"{needed_for} needs the package {package}: pip install {target}")


class SolverError(FairgamesError):
    """A solver, of games or of convex programs, that is unknown, cannot take the problem, or failed."""


class InternalError(FairgamesError):
    """A result that fails its own check: a bug in fairgames, never an answer.

    Attributes
    ----------
    faults : what is wrong with the result
    given : the input that shows it, by name, as text
    """

    exit_code = 70  # EX_SOFTWARE of sysexits.h

    def __init__(self, faults: Iterable[str], given: Mapping[str, str]) -> None:
        self.faults, self.given = tuple(faults), dict(given)
        shown = "".join(f"\n  {name}: {value}" for name, value in self.given.items())
        super().__init__(
            f"a result failed its own check and is not returned: {'; '.join(self.faults)}. "
            f"This is a bug in fairgames; please report it with the input:{shown}"
        )
