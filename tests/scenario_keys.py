"""Every key that the reader of scenario files knows, by its table: what pages and templates are held against."""

from __future__ import annotations

from fairgames.scenario import (
    fit_section,
    groups_section,
    payment_section,
    private_section,
    reader,
    users_section,
    utility_section,
)
from fairgames.scenario.utility_kinds import BUILTIN

#: The key, and the kinds of utilities that it is for; none for all.
KEYS: dict[str, dict[str, set[str]]] = {
    "the file": {key: set() for key in reader.KEYS},
    "[utility]": {
        **{key: set() for key in utility_section._COMMON},
        **{key: {kind.name} for kind in BUILTIN.values() for key in kind.keys},
    },
    "[payment]": {key: set() for key in payment_section._KEYS},
    "[[users]]": {
        **{key: set() for key in (*users_section._KEYS, "private", "sensitivity_range")},
        **{key: {kind.name for kind in BUILTIN.values() if kind.samples} for key in users_section._FEDERATED},
    },
    "[[users.private]]": {key: set() for key in private_section._KEYS},
    "[fit]": {key: set() for key in fit_section._KEYS},
    "[[groups]]": {key: set() for key in groups_section.KEYS},
}
