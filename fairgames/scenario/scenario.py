"""What a scenario file says, checked: the start of every computation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairgames import notebook
from fairgames.errors import InputError
from fairgames.scenario.fit_section import FitIntervals
from fairgames.scenario.range_section import CostRange
from fairgames.typing import Profile
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.valuation.alpha import AlphaOfUtility


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario as :func:`fairgames.scenario.load` returns it.

    Attributes
    ----------
    path : the file that was read
    utility : U over the expanded users, a group of ``[[groups]]`` being one of them
    users : the expanded users, ``count`` of them for each row, and groups in place of their members
    rows : for each row of ``[[users]]`` the indices of its expanded users that are in no group, and for each group its
        own, in the order of the users
    rule : the name of a payment rule, such as "users" (Theorem 2) or "coalition" (Theorem 1)
    alpha_of_utility : the platform's share as a function of U, if the scenario states one
    profile : each expanded user's level index, if every row states its ``level``
    without_level : names of the expanded users whose row states no ``level``
    currency : what the money is called, for display
    warnings : what is legal but worth knowing
    notes : what else is written about the users, by heading: one note a row of ``[[users]]`` or of the users' table,
        "" where there is none
    fit : what data leave open about the variances of a federated mean, where ``fairgames fit`` has said it
    ranges : for each expanded user what its levels cost at least and at most, None where its costs are known; None
        where all are. Its sensitivity is the middle of the range then
    """

    path: Path
    utility: Utility
    users: Users
    rows: tuple[tuple[int, ...], ...]
    rule: str
    alpha_of_utility: AlphaOfUtility | None
    profile: Profile | None
    without_level: tuple[str, ...]
    currency: str | None
    warnings: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fit: FitIntervals | None = None
    ranges: tuple[CostRange | None, ...] | None = None

    def _repr_html_(self) -> str:
        """In a notebook: the file, the utility and the first users."""
        money = f", in {self.currency}" if self.currency else ""
        title = f"Scenario {self.path.name}: {self.utility.kind}, payments to {self.rule}{money}"
        return notebook.html(title, remarks=self.warnings) + self.utility._repr_html_() + self.users._repr_html_()

    def expand_profile(self, indices: Sequence[int]) -> Profile:
        """Level indices, one a row or one an expanded user, as one an expanded user.

        Raises
        ------
        InputError
            If their number is neither, or a user may not choose the level; all faults at once.
        """
        profile = self._one_a_user(indices)
        faults = [fault for user, index in enumerate(profile) if (fault := self._fault(user, index))]
        if faults:
            raise InputError(faults)
        return profile

    def _one_a_user(self, indices: Sequence[int]) -> Profile:
        if len(indices) == len(self.users):
            return tuple(indices)
        if len(indices) == len(self.rows):
            by_user = {user: index for row, index in zip(self.rows, indices, strict=True) for user in row}
            return tuple(by_user[user] for user in range(len(self.users)))
        rows, users = len(self.rows), len(self.users)
        wanted = (
            f"{rows} (one a row of users) or {users} (one an expanded user)" if rows < users else f"{users}, one a user"
        )
        raise InputError(f"profile: got {len(indices)} level indices, expected {wanted}")

    def _fault(self, user: int, index: int) -> str | None:
        levels = self.utility.level_names
        name = self.users.names[user]
        if isinstance(index, bool) or index not in range(len(levels)):
            return f"profile: user {name} has {index!r}, expected a level index from 0 to {len(levels) - 1}"
        allowed = self.users.choices(user, len(levels))
        if index not in allowed:
            offered = ", ".join(f"{choice} (level {levels[choice]})" for choice in allowed)
            return f"profile: user {name} has {index} (level {levels[index]}), expected one that is allowed: {offered}"
        return None
