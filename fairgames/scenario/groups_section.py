"""The tables ``[[groups]]``: users who act together, each group as one player (Section 5.2 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairgames.reading.names import clean
from fairgames.reading.notation import plain, show, write_string
from fairgames.reading.section import Section, nearest
from fairgames.scenario.user_rows import Row, row_indices
from fairgames.scenario.utility_section import Levels
from fairgames.typing import Profile
from fairgames.users import Users
from fairgames.utilities.base import Utility
from fairgames.utilities.user_groups import UserGroups, bloc_users

KEYS = ("name", "members")
_MEMBERS = 'a list of names of users, such as ["north", "south"]'


@dataclass(frozen=True)
class Players:
    """Who plays: groups, and users who are in none, in the order of their first users.

    Attributes
    ----------
    members : the expanded users of each player
    names : of the players
    rows : for each group, and for each row of users the rest that is in no group, the players
    """

    members: tuple[Profile, ...]
    names: tuple[str, ...]
    rows: tuple[Profile, ...]

    def utility(self, utility: Utility) -> Utility:
        """U with one player a group."""
        return UserGroups(utility, self.members)

    def users(self, users: Users) -> Users:
        """The players as users of the game.

        Raises
        ------
        InputError
            If the members of a group have no level in common.
        """
        return bloc_users(users, self.members, self.names)


def read_groups(top: Section, rows: Sequence[Row] | None, levels: Levels | None) -> Players | None:
    """Who plays where there are groups; None where there are none, or after adding faults."""
    if "groups" not in top.data:
        return None
    tables, before = top.data["groups"], len(top.faults)
    if not isinstance(tables, list) or not tables:
        top.expected("groups", "at least one table [[groups]]")
        return None
    if unknown := [row.name for row in rows or () if row.private or row.ranges]:
        came = f"got groups beside costs of {write_string(unknown[0])} that are private or a range"
        top.say("groups", f"{came}; what a group bears is the sum of known sensitivities")
    reader = _Reader(top, rows or (), levels)
    found = [reader.read(table, place) for place, table in enumerate(tables, start=1)]
    if rows is None or len(top.faults) > before:
        return None
    return _players({name: members for name, members in found if name is not None}, rows)


class _Reader:
    """Reads one group after another, and knows who is in one already."""

    def __init__(self, top: Section, rows: Sequence[Row], levels: Levels | None) -> None:
        self.top = top
        #: The expanded users behind each name that a member may have.
        self.known: dict[str, Profile] = {}
        #: What each expanded user's row says of its level.
        self.stated: dict[int, str] = {}
        for row, users in zip(rows, row_indices(rows), strict=True):
            self.known |= {name: (user,) for name, user in zip(row.names, users, strict=True)}
            self.known[row.name] = users
            level = "none" if row.level is None or levels is None else plain(levels[row.level])
            self.stated |= dict.fromkeys(users, level)
        self.owner: dict[int, str] = {}
        self.names: set[str] = set()

    def read(self, table: object, place: int) -> tuple[str | None, Profile]:
        """The name of a group and its members; None after adding faults."""
        if not isinstance(table, dict):
            self.top.say("groups", f"got the entry {show(table)}, expected tables [[groups]]")
            return None, ()
        section = Section(self.top.faults, f"{self.top.prefix}groups[{place}].", table)
        before = len(self.top.faults)
        section.only(KEYS, {})
        name = section.text("name")
        members = self._members(section, f"groups[{place}]")
        if name is not None:
            self._check_name(section, name, members)
        return (None if len(self.top.faults) > before else name), members

    def _members(self, section: Section, where: str) -> Profile:
        written = section.data.get("members")
        if not isinstance(written, list) or not written or not all(isinstance(name, str) for name in written):
            section.expected("members", _MEMBERS)
            return ()
        if not self.known:  # the users are faulty, which was said
            return ()
        members: list[int] = []
        for name in map(clean, written):
            if name not in self.known:
                section.say("members", f"got {write_string(name)}, expected {nearest(name, self.known, quoted=True)}")
                continue
            if taken := sorted({self.owner[user] for user in self.known[name] if user in self.owner}):
                came = f"got {write_string(name)}, which is in {' and '.join(taken)} already"
                section.say("members", f"{came}; expected each user in one group, once")
            self.owner |= dict.fromkeys(self.known[name], where)
            members.extend(self.known[name])
        if len(stated := dict.fromkeys(self.stated[user] for user in members)) > 1:
            section.say("members", f"their levels are {', '.join(stated)}; expected one, as a group acts as one")
        return tuple(members)

    def _check_name(self, section: Section, name: str, members: Profile) -> None:
        """Unique among groups and users; a group may bear the name of a row that is in it as a whole."""
        own = name in self.known and set(self.known[name]) <= set(members)
        if name in self.names or (name in self.known and not own):
            section.say("name", f"got {write_string(name)}, which is taken; expected unique names")
        self.names.add(name)


def _players(groups: Mapping[str, Profile], rows: Sequence[Row]) -> Players:
    grouped = {user for members in groups.values() for user in members}
    #: Of each player its members and name, and the row or group that it belongs to.
    found = [(members, name, -1 - number) for number, (name, members) in enumerate(groups.items())]
    for number, (row, users) in enumerate(zip(rows, row_indices(rows), strict=True)):
        own = zip(users, row.names, strict=True)
        found += [((user,), name, number) for user, name in own if user not in grouped]
    found.sort(key=lambda one: min(one[0]))
    places: dict[int, list[int]] = {}
    for player, (_, _, owner) in enumerate(found):
        places.setdefault(owner, []).append(player)
    return Players(
        tuple(members for members, _, _ in found),
        tuple(name for _, name, _ in found),
        tuple(map(tuple, places.values())),
    )
