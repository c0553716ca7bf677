"""A report of one scenario, and how it becomes HTML, Markdown or PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from fairgames.errors import InputError
from fairgames.reading.atomic import write_atomically
from fairgames.report import answer, proofs
from fairgames.report.document import Section
from fairgames.report.facts import Facts, gather
from fairgames.report.rendering import as_html, as_markdown
from fairgames.scenario import Scenario, load


@dataclass(frozen=True, eq=False)
class Report:
    """What is said of one scenario, in sections.

    Attributes
    ----------
    title : of the page
    facts : what it says, as results
    sections : in the order of reading
    """

    title: str
    facts: Facts
    sections: tuple[Section, ...]

    @cached_property
    def html(self) -> str:
        """One page without anything outside it: no network, no script."""
        return as_html(self.title, self.sections)

    @cached_property
    def markdown(self) -> str:
        """The same without pictures, whose words stand in their place."""
        return as_markdown(self.title, self.sections)

    def write(self, path: str | Path) -> None:
        """Write it; the suffix, one of :data:`SUFFIXES`, is the format.

        Raises
        ------
        InputError
            If the suffix is another, a PDF is asked for where there is no Chromium to print it, or the system does
            not let us write there.
        """
        WRITERS[check_suffix(path)](self, Path(path))

    def _repr_html_(self) -> str:
        """In a notebook: the title; the page itself is :attr:`html`."""
        from fairgames import notebook

        rows = [(section.title,) for section in self.sections]
        return notebook.html(self.title, ["section"], rows, most=len(rows))


def report(
    scenario: Scenario | str | Path,
    rule: str | None = None,
    solvers: Sequence[str] = (),
    seconds: float = 10.0,
    target: str = "report.html",
) -> Report:
    """A report on a scenario that anyone can open.

    Parameters
    ----------
    scenario : or the path of its file
    rule : the payment rule; default the scenario's
    solvers : who confirms the equilibria, by ID; default: solvers that promise all there is, and come to their end on
        a game of this size
    seconds : time limit of each solver
    target : the name that the command for reproduction tells

    Raises
    ------
    InputError
        If the scenario, the rule or a solver is none.
    MissingPackageError
        If matplotlib or jinja2 is not installed (extra ``report``).
    """
    read = scenario if isinstance(scenario, Scenario) else load(scenario)
    facts = gather(read, rule, solvers, seconds)
    asked: dict[str, str | None] = {"--rule": rule}
    told = proofs.command_line(facts, asked, target)
    told += "".join(f" --solver {solver}" for solver in solvers)
    sections = (
        answer.question(facts),
        answer.users(facts),
        answer.recommendation(facts),
        answer.rests_on(facts),
        answer.assumptions(facts),
        proofs.audit(facts),
        proofs.equilibria(facts),
        proofs.glossary(),
        proofs.reproduction(facts, told),
    )
    return Report(f"Fair payments: {read.path.stem}", facts, sections)


def _write_html(made: Report, path: Path) -> None:
    write_atomically(path, [made.html])


def _write_markdown(made: Report, path: Path) -> None:
    write_atomically(path, [made.markdown])


def _write_pdf(made: Report, path: Path) -> None:
    from fairgames.report.printing import print_pdf

    print_pdf(made.html, path)


#: How a report is written, by suffix.
WRITERS: Mapping[str, Callable[[Report, Path], None]] = MappingProxyType(
    {".html": _write_html, ".md": _write_markdown, ".pdf": _write_pdf}
)


def check_suffix(path: str | Path) -> str:
    """The suffix of a report's file.

    Raises
    ------
    InputError
        If a report cannot be written as that, or a PDF cannot be printed here.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise InputError(f"-o {path}: got the suffix {suffix!r}, expected one of {', '.join(WRITERS)}")
    if suffix == ".pdf":
        from fairgames.report.printing import chromium

        chromium()
    return suffix
