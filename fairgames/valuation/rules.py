"""Payment rules: how U is divided. The two fair ones of the papers, by name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from fairgames.errors import InputError


@dataclass(frozen=True)
class Rule:
    """A rule whose payments are differences of a potential.

    Attributes
    ----------
    name : as written in scenarios and on the command line
    extra : members of every coalition besides its users: dividends are shared by |S| + extra
    has_alpha : whether the platform chooses a share α of the values to pay out
    source : where the rule is defined

    Raises
    ------
    InputError
        If ``extra`` and ``has_alpha`` are not those of the two fair rules: no other is honoured by every method.
    """

    name: str
    extra: int
    has_alpha: bool
    source: str

    def __post_init__(self) -> None:
        if isinstance(self.extra, bool) or (self.extra, self.has_alpha) not in ((0, True), (1, False)):
            raise InputError(
                f"rule {self.name!r}: expected extra = 0 with a share α (fair among users) or extra = 1 without one "
                f"(the platform as a member), got extra = {self.extra!r}, has_alpha = {self.has_alpha!r}; "
                "no other rule is computed alike by all methods"
            )


USERS = Rule("users", extra=0, has_alpha=True, source="Theorem 2: fair among users")
COALITION = Rule("coalition", extra=1, has_alpha=False, source="Theorem 1: the platform as a member")

RULES = {rule.name: rule for rule in (USERS, COALITION)}


def to_rule(rule: str | Rule) -> Rule:
    """The rule of that name.

    Raises
    ------
    InputError
        If there is none, with the nearest name.
    """
    if isinstance(rule, Rule):
        return rule
    if rule in RULES:
        return RULES[rule]
    near = difflib.get_close_matches(rule, RULES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"rule: expected one of {', '.join(RULES)}, got {rule!r}{hint}")
