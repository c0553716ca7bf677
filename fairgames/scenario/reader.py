"""From a scenario file to users and utility; every fault is reported, all at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress, repeat
from pathlib import Path
from typing import Any

from fairgames.errors import InputError, ScenarioError
from fairgames.games.files import SUFFIXES
from fairgames.reading.beside import not_utf8, reason
from fairgames.reading.data.columns import without_collection
from fairgames.reading.faults import Faults
from fairgames.reading.foreign import what_it_is
from fairgames.reading.names import doubtful
from fairgames.reading.notation import parse_float
from fairgames.reading.section import Section
from fairgames.scenario.fit_section import read_fit
from fairgames.scenario.groups_section import Players, read_groups
from fairgames.scenario.payment_section import Payment, read_payment
from fairgames.scenario.scenario import Scenario
from fairgames.scenario.tables import table_values
from fairgames.scenario.user_rows import AlikeRows, Row, expand, row_indices, user_ranges
from fairgames.scenario.users_section import UserRows, read_users
from fairgames.scenario.utility_section import UtilitySpec, build_utility, fault_of, read_utility
from fairgames.typing import Array
from fairgames.users import Users
from fairgames.valuation.alpha import AlphaOfUtility
from fairgames.valuation.rules import to_rule

#: Faults listed of one scenario.
_LISTED = 50
#: Names listed in a warning.
_NAMED = 5

KEYS = ("utility", "payment", "users", "groups", "private", "fit")
_BOTH_FORMS = (re.compile(r"^\s*users\s*=", re.M), re.compile(r"^\s*\[\[\s*users\s*\]\]", re.M))


def load(path: str | Path, users: object = None) -> Scenario:
    """Read a scenario (TOML).

    Decimals are read as written (0.3 is 3/10) and strings such as "2/3" are rationals, so
    that rational games stay exact.

    Parameters
    ----------
    users : a frame of pandas, polars or pyarrow in place of the file's own users, with the columns of a users' table

    Raises
    ------
    ScenarioError
        Naming file, key, value and what was expected, for every fault at once.
    TooLargeError
        If a utility table does not fit in memory.
    """
    path = Path(path)
    document = parse(path)
    return read(document if users is None else document | {"users": users}, path)


def read(document: Mapping[str, Any], path: Path) -> Scenario:
    """Check what a scenario file holds, as :func:`parse` returns it; ``path`` names the file and its folder.

    Raises
    ------
    ScenarioError, TooLargeError
        As :func:`load` does.
    """
    faults = Faults(_LISTED)
    top = Section(faults, f"{path}: ", document)
    top.only(KEYS, {})
    spec = read_utility(_table(top, "utility"), path)
    payment = read_payment(_table(top, "payment"))
    fitted = read_fit(_table(top, "fit") if "fit" in document else None)
    read = read_users(top, path, spec.kind, spec.levels)
    players = read_groups(top, read.rows if read else None, spec.levels)
    values = _values(path, spec, read.rows if read else None, faults)
    faults.raise_as(ScenarioError)
    try:
        with without_collection():
            found = _scenario(path, spec, payment, read or UserRows((), {}, ()), players, values)
        return replace(found, fit=fitted)
    except InputError as error:
        raise ScenarioError(f"{path}: {fault_of(spec, fault)}" for fault in error.faults) from error


def parse(path: Path) -> dict[str, Any]:
    """The tables of a scenario file, finite decimals as ``Fraction``; nothing but the syntax is checked.

    Raises
    ------
    ScenarioError
        If the file cannot be read or is not TOML.
    """
    if path.suffix.lower() in SUFFIXES and path.is_file():
        raise ScenarioError(
            f"{path}: a game file, expected a scenario file (TOML); its equilibria: fairgames equilibria {path.name}"
        )
    try:
        data = path.read_bytes()
        if known := what_it_is(data):
            raise ScenarioError(f"{path}: {known}, expected a scenario file (TOML) in UTF-8")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        raise ScenarioError(f"{path}: {not_utf8(line, error)}") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: cannot be read ({reason(error)}), expected a scenario file (TOML)") from None
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ScenarioError(f"{path}: not TOML that can be read: lists are nested too deeply") from None
    except ValueError as error:
        raise ScenarioError(f"{path}: {_not_toml(text, str(error))}") from None


def _not_toml(text: str, error: str) -> str:
    if all(form.search(text) for form in _BOTH_FORMS):
        return 'users: got both users = "FILE.csv" and [[users]], expected one of them'
    last_line = text.count("\n") + 1
    return f"not TOML: {error.replace('at end of document', f'at end of document, line {last_line}')}"


def _table(top: Section, key: str) -> Section:
    """The section of a table; an empty one, after adding a fault, where it is none."""
    value = top.data.get(key, {})
    if not isinstance(value, dict):
        top.expected(key, f"a table [{key}]")
        value = {}
    return Section(top.faults, f"{top.prefix}{key}.", value)


def _values(path: Path, spec: UtilitySpec, rows: Sequence[Row] | None, faults: Faults) -> Array | None:
    if spec.table is None or spec.levels is None or rows is None:
        return None
    names = [name for row in rows for name in row.names]
    return table_values(spec.table, f"{path}: utility", names, len(spec.levels), faults)


def _scenario(
    path: Path,
    spec: UtilitySpec,
    payment: Payment,
    read: UserRows,
    players: Players | None,
    values: Array | None,
) -> Scenario:
    rows = read.rows
    users = expand(rows)
    utility = build_utility(spec, users, values)
    levels = (
        rows.each([row.level for row in rows.rows])
        if isinstance(rows, AlikeRows)
        else list(chain.from_iterable(repeat(row.level, row.size or 0) for row in rows))
    )
    warnings = (*_warnings(path, payment, rows, users), *read.warnings)
    if players:  # members of a group are on one level
        levels = [levels[members[0]] for members in players.members]
        utility, users = players.utility(utility), players.users(users)
    profile = tuple(level for level in levels if level is not None)
    return Scenario(
        path=path,
        utility=utility,
        users=users,
        rows=players.rows if players else row_indices(rows),
        rule=payment.rule,
        alpha_of_utility=AlphaOfUtility(payment.points, payment.step) if payment.points else None,
        profile=profile if len(profile) == len(users) else None,
        without_level=tuple(compress(users.names, [level is None for level in levels])),
        currency=spec.currency,
        warnings=warnings,
        notes={name: tuple(notes) for name, notes in read.notes.items()},
        ranges=user_ranges(rows),
    )


def _warnings(path: Path, payment: Payment, rows: Sequence[Row], users: Users) -> tuple[str, ...]:
    warnings = []
    if isinstance(rows, AlikeRows):
        free = list(compress(rows.names, rows.each([row.sensitivity is None for row in rows.rows])))
        given: Iterable[str] = rows.given
    else:
        free = [row.name for row in rows if row.sensitivity is None and not row.private]
        given = (row.name for row in rows if row.given)
    if free:
        warnings.append(f"{path}: sensitivity: none given for {_named(free)}; their costs are taken as 0")
    if falling := users.non_monotone():
        warnings.append(f"{path}: sensitivity: falls somewhere as {_named(falling)} share more; legal, but unusual")
    warnings += [f"{path}: users: {doubt}" for doubt in doubtful(given)]
    if payment.points and not to_rule(payment.rule).has_alpha:
        warnings.append(f'{path}: payment.alpha_of_utility: not used by rule = "{payment.rule}", which has no α')
    return tuple(warnings)


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
