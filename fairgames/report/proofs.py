"""The second half of a report: every equilibrium with its certificate, the audit, the glossary, how to do it again."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from fairgames.games.certificate import Equilibrium
from fairgames.report.document import Block, Grid, Paragraph, Points, Section, Terms
from fairgames.report.facts import Facts
from fairgames.report.scenario_inside import files_inside
from fairgames.solvers.report import CrossCheck
from fairgames.text import how_many, in_money, money, number, strategy

if TYPE_CHECKING:
    from fairgames.audit import Finding

#: Of the largest group, so many are named.
_NAMED = 3
#: Equilibria that have a line each.
_MOST_EQUILIBRIA = 60
_PACKAGES = ("fairgames", "numpy", "scipy", "python-flint", "nashpy", "pygambit", "cvxpy", "matplotlib", "jinja2")


def equilibria(facts: Facts) -> Section:
    """All of them at the answer's share."""
    at = "" if facts.best.alpha is None else f" at α = {number(facts.best.alpha)}"
    title = f"Every equilibrium{at}"
    if facts.found is None:
        what = "Profiles" if facts.plans is None else "Plans"
        text = (
            f"{what} are too many for a payoff table, so other solvers cannot be asked. The certificate of the answer "
            f"is its own: the largest regret is {money(facts.best.regret, facts.currency)}, known to within "
            f"{money(facts.best.regret_bound, facts.currency)}."
        )
        return Section("equilibria", title, [Paragraph(text)])
    return Section("equilibria", title, list(_equilibria(facts, facts.found)))


def _equilibria(facts: Facts, found: CrossCheck) -> Iterator[Block]:
    mixed = len(facts.game.users) == 2
    kind = "equilibria, mixed ones too" if mixed else "pure equilibria"
    if facts.plans is not None:
        yield Paragraph("In this game each user decides once for each of its cost rows, and has a line for each.")
    yield Paragraph(
        f"The users may settle on any of these {len(found.equilibria):,} {kind}. Each was computed again from the "
        "table of payoffs: its certificate is the largest regret of any user, which is 0 at an equilibrium."
    )
    answer = _place_of_answer(facts, found)
    order = sorted(range(len(found.equilibria)), key=lambda place: place != answer)
    rows = [_row(facts, found, place, place == answer) for place in order[:_MOST_EQUILIBRIA]]
    if answer is None:
        rows.insert(0, _own_row(facts))
    regret = in_money("largest regret", facts.currency)
    yield Grid(
        "Equilibria, their certificates, and who found them",
        ["#", "who chooses what", regret, "certificate", "found by"],
        rows,
        wide=(1, 4),
    )
    if (more := len(found.equilibria) - _MOST_EQUILIBRIA) > 0:
        yield Paragraph(f"… and {how_many(more)} more; fairgames equilibria lists them all.")
    yield Grid("The solvers that were asked", *_solvers(found), wide=(3,))
    yield Points([*_confirmed(facts, found), *found.remarks()])


def _row(facts: Facts, found: CrossCheck, place: int, is_answer: bool) -> list[str]:
    one = found.equilibria[place]
    by = ", ".join(solver for solver, report in found.reports.items() if place in report.found) or "–"
    return [f"{place + 1}{_ANSWER if is_answer else ''}", _who(facts, one), *_certified(one), by]


def _own_row(facts: Facts) -> list[str]:
    """The answer, where its share is rounded and solvers can take it or leave it: its own certificate."""
    best = facts.best
    one = Equilibrium(facts.played, best.payments, best.regrets, best.regret_bound, best.exact)
    return [f"–{_ANSWER}", _who(facts, one), *_certified(one), "fairgames design, at a share that is rounded"]


_ANSWER = " the answer"


def _certified(one: Equilibrium) -> list[str]:
    """The largest regret, 0 where it is within its error, and how well it is known."""
    within = not one.exact and one.regret <= one.regret_bound
    told = "exact" if one.exact else f"± {number(one.regret_bound)}"
    return [number(0.0 if within else float(one.regret)), told]


def _place_of_answer(facts: Facts, found: CrossCheck) -> int | None:
    """The place of the recommended equilibrium; None where solvers did not find it in the table of floats."""
    own = facts.played
    for place, one in enumerate(found.equilibria):
        if all(
            abs(float(mine) - float(theirs)) <= found.tolerance
            for vector, other in zip(own, one.strategies, strict=True)
            for mine, theirs in zip(vector, other, strict=True)
        ):
            return place
    return None


def _who(facts: Facts, one: Equilibrium) -> str:
    """For each level the users who choose it; who mixes, with the chances."""
    names = facts.game.users.names
    by_level: dict[str, list[str]] = {}
    for user, (vector, own) in enumerate(zip(one.strategies, facts.game.strategies, strict=True)):
        levels = [facts.game.utility.level_names[level] for level in own]
        by_level.setdefault(strategy(vector, levels), []).append(names[user])
    *few, (level, most) = sorted(by_level.items(), key=lambda item: len(item[1]))
    last = ", ".join(most) if len(most) <= _NAMED else ("all others" if few else "everybody")
    return "; ".join([*(f"{level} – {', '.join(who)}" for level, who in few), f"{level} – {last}"])


def _solvers(found: CrossCheck) -> tuple[list[str], list[list[str]]]:
    rows = [
        [solver, str(len(report.found)), str(len(report.missed)), report.error or "came to its end"]
        for solver, report in found.reports.items()
    ]
    return ["solver", "found", "missed", "remark"], rows


def _confirmed(facts: Facts, found: CrossCheck) -> Iterator[str]:
    done = [solver for solver, report in found.reports.items() if report.error is None and not report.missed]
    others = [solver for solver in done if not solver.startswith("fairgames:")]
    if others:
        yield f"Solvers of other projects that found all of them: {', '.join(others)}."
    else:
        size = how_many(facts.game.size * len(facts.game.users))
        yield (
            f"No solver of another project has confirmed this list: they are slow on a payoff table of {size} numbers. "
            "To ask one: fairgames report … --solver ID --seconds 600; and fairgames design … --verify asks them at a "
            "sample of shares."
        )


def audit(facts: Facts) -> Section:
    """The findings on the payment rule."""
    title = "Is the payment rule fair?"
    if facts.audit is None:
        return Section("audit", title, [Paragraph("Not asked here: fairgames audit answers it.")])
    found = facts.audit
    share = f" at α = {number(facts.best.alpha)}" if facts.best.alpha is not None else ""
    member, among = (
        Grid(caption, columns, [_finding(one) for name, one in found.findings.items() if name.startswith(kind)], (1, 2))
        for caption, kind, columns in (
            ("Axioms of a division in which the platform is a member (Theorem 1)", "A.", _columns(facts)),
            ("Axioms of payments that are fair among users (Theorem 2)", "B.", _columns(facts)),
        )
    )
    rest = [_finding(one) for name, one in found.findings.items() if not name.startswith(("A.", "B."))]
    return Section(
        "audit",
        title,
        [
            Paragraph(
                f"The rule {found.rule} ({found.source}){share}, held against the axioms of Kang, Pedarsani & "
                "Ramchandran and against the assumptions that their theorems rest on. A rule that keeps all axioms of "
                "one kind is not expected to keep those of the other: which kind is meant is the first choice of all."
            ),
            *((among, member) if facts.game.rule.has_alpha else (member, among)),
            Grid("Assumptions", _columns(facts), rest, (1, 2)),
            *([Points([f"Undecided: {one}." for one in found.undecided])] if found.undecided else []),
            Paragraph(
                "This says what the numbers show. It is no legal advice, and claims no compliance with any law; it "
                "shows how the amounts come about, so that others can compute them again."
            ),
        ],
    )


def _columns(facts: Facts) -> list[str]:
    """The words before the numbers: on a telephone the first three are what is seen."""
    return ["", "finding", "in words", in_money("largest violation", facts.currency), "checks"]


def _finding(one: Finding) -> list[str]:
    return [
        _AXIOMS.get(one.name, one.name),
        {True: "holds", False: "violated", None: "not decided"}[one.holds],
        one.sentence,
        number(None if one.worst_violation is None else float(one.worst_violation)),
        how_many(one.checks),
    ]


_AXIOMS = {
    "A.i": "A.i symmetry, null member",
    "A.ii": "A.ii efficiency",
    "A.iii": "A.iii additivity",
    "B.i": "B.i symmetry, null user",
    "B.ii": "B.ii pseudo-efficiency",
    "B.iii": "B.iii additivity",
    "assumption-1": "assumption 1: U grows as users share more",
    "assumption-2": "assumption 2: diminishing returns",
    "individual-rationality": "nobody is better off not taking part",
    "non-negative-payments": "nobody pays the platform",
}


def glossary() -> Section:
    """The words that are used."""
    return Section("glossary", "Glossary", [Terms(_WORDS)])


_WORDS = (
    ("α, the share", "the part of the utility that the platform pays out; no other share is meant by the word"),
    ("certificate", "the regrets of an equilibrium, computed again from the payoffs, with a bound on their error"),
    ("equilibrium", "a profile from which no user gains by moving alone (Nash). Pure: everybody has one level; mixed: "
     "somebody chooses among levels by chance"),
    ("fair", "paid by the Shapley value: the mean of what a user adds over all orders in which users may come. It is "
     "the only division that treats alike those who add alike, pays nothing to who adds nothing, divides all of the "
     "share, and adds up over utilities"),
    ("first best", "the utility less all privacy costs, at the profile where that is largest: what the platform could "
     "keep if it paid each user its cost and no more"),
    ("gain", "what a user is left with: payment less privacy cost"),
    ("information rent", "what a user is left with more because nobody else knows its costs"),
    ("level", "how much of the data a user gives, in the order that the scenario states"),
    ("monotone", "a utility that never falls if a user shares more"),
    ("payoff", "the same as gain, at any profile"),
    ("plan", "a level for each of the costs that a user may have, where they are private"),
    ("price of anarchy, of stability", "the first best over the total gain at the worst equilibrium, and at the best"),
    ("price of fairness", "how much less than the first best the platform keeps because it pays fairly"),
    ("privacy cost, sensitivity", "what giving a level costs a user, in money, as the scenario states it"),
    ("profile", "the levels of all users together"),
    ("regret", "what a user would gain by moving alone to the level that is best for it; 0 at an equilibrium"),
    ("solver", "a program that finds the equilibria of a game"),
    ("utility, U", "what the data that the users give are worth to the platform, in money"),
)  # fmt: skip


def reproduction(facts: Facts, command: str) -> Section:
    """What is needed to compute all of this again."""
    rows = [["python", platform.python_version()], *([name, found] for name in _PACKAGES if (found := _version(name)))]
    return Section(
        "reproduction",
        "To compute it again",
        [
            Paragraph(
                "The scenario that this page was made from is inside it, byte for byte. Save the files below in a "
                "folder, or let fairgames do that: fairgames report REPORT.html --extract FOLDER. Then run:"
            ),
            Points([command]),
            *files_inside(facts.scenario.path),
            Grid("Versions", ["program", "version"], rows),
        ],
    )


def command_line(facts: Facts, options: dict[str, str | None], target: str) -> str:
    """The command that makes this report."""
    told = [word for name, value in options.items() if value is not None for word in (name, value)]
    return shlex.join(["fairgames", "report", facts.scenario.path.name, *told, "-o", target])


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
