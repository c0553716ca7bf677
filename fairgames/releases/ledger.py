"""What was spent of each user's privacy budget, on disk: charged before anything is released, never forgotten.

Releases add up: after releases that keep ε and ε′ of a user, the user has lost at most ε + ε′
(sequential composition, Dwork, McSherry, Nissim & Smith 2006). That holds also where a release is
chosen in view of earlier ones and the next is refused when the sum would pass the budget (the
pure privacy filter of Rogers, Roth, Ullman & Vadhan 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from fairgames.errors import InputError
from fairgames.privacy import PURE_DP, ConcentratedDP, Level, PureDP, shown
from fairgames.releases import ledger_disk
from fairgames.releases.errors import BudgetError, LedgerError
from fairgames.releases.ledger_file import Accounts, Entry, dump, parse
from fairgames.typing import Number

__all__ = ["Accounts", "Entry", "Ledger"]

#: The longest numerator and denominator kept.
_MOST_BITS = 4096
#: How long to wait for another process to finish its charge, in seconds.
_PATIENCE = 60.0
#: What to do about costs in what a ledger does not count.
_CONVERSION = {
    "ε": "Convert them (release(…, convert=True), or zcdp_of_pure: ρ = ε²/2), or use a ledger of ε",
    "ρ": "They cannot be converted, since no finite ε is kept; use a ledger of ρ",
}


@dataclass(frozen=True, init=False)
class Ledger:
    """Privacy accounts in a JSON file, shared by any number of processes of one machine.

    Every charge locks the file, reads it afresh, and replaces it whole: the file always holds
    all charges that were ever confirmed. Rationals are kept as strings.

    Parameters
    ----------
    path : the file, made by :meth:`create`; beside it, a lock file of the same name with ``.lock``

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> ledger = Ledger.create(Path(folder.name) / "ledger.json", {"ann": 1, "ben": "inf"})
    >>> ledger.charge({"ann": "2/3", "ben": 5}).number
    1
    >>> ledger.charge({"ann": "2/3", "ben": 5})
    Traceback (most recent call last):
        ...
    fairgames.releases.errors.BudgetError: ann: asked for ε = 2/3, but 2/3 of a budget of 1 is spent and 1/3 left
    >>> str(ledger.accounts().left("ann"))
    '1/3'
    >>> folder.cleanup()
    """

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", Path(path))

    @classmethod
    def create(
        cls, path: str | Path, budgets: Mapping[str, Number], privacy: PureDP | ConcentratedDP = PURE_DP
    ) -> Ledger:
        """A new ledger with a budget ≥ 0 for each user; ``inf`` means no limit. Only its owner may read it.

        Parameters
        ----------
        privacy : what is counted, for good: ε of ``PURE_DP`` or ρ of ``ZERO_CONCENTRATED_DP``

        Raises
        ------
        LedgerError
            If there is something at ``path`` already, or no ledger can be kept there.
        InputError
            If a budget is no number ≥ 0.
        """
        ledger = cls(path)
        accounts = Accounts(_amounts(budgets, "budget"), (), privacy)
        with ledger._locked(new=True) as disk:
            disk.write(dump(accounts))
        return ledger

    def accounts(self) -> Accounts:
        """What the file holds now.

        Raises
        ------
        LedgerError
            If there is no file, or it is damaged.
        """
        return parse(ledger_disk.read(self.path), self.path)

    def admit(self, budgets: Mapping[str, Number]) -> None:
        """Open accounts for more users.

        Raises
        ------
        InputError
            If one of them has an account already: budgets are promises and stay.
        LedgerError
            As :meth:`charge`.
        """
        new = _amounts(budgets, "budget")
        with self._locked() as disk:
            accounts = parse(disk.read(), self.path)
            if known := [name for name in new if name in accounts.budgets]:
                raise InputError([f"{name}: has an account already" for name in known])
            disk.write(dump(Accounts({**accounts.budgets, **new}, accounts.entries, accounts.privacy)))

    def charge(
        self, costs: Mapping[str, Number], purpose: str = "", privacy: PureDP | ConcentratedDP = PURE_DP
    ) -> Entry:
        """Spend of each user's budget, all or nothing; on disk when this returns.

        Parameters
        ----------
        costs : what each user loses
        purpose : a note
        privacy : what the costs are counted in; must be what the ledger counts

        Raises
        ------
        BudgetError
            Naming every user who has not enough left; nothing was charged.
        InputError
            If users have no account, or a cost is no number ≥ 0.
        LedgerError
            If the file is missing, damaged, locked for long, has a second name (a hard link), counts something
            else, or cannot be written; the message says whether anything was charged.
        """
        amounts = _amounts(costs, "cost")
        with self._locked() as disk:
            accounts = parse(disk.read(), self.path)
            if privacy != accounts.privacy:
                raise LedgerError(
                    f"{self.path}: counts {accounts.privacy.symbol} of {accounts.privacy.name}, but the costs are "
                    f"{privacy.symbol} of {privacy.name}; nothing was charged. {_CONVERSION[privacy.symbol]}"
                )
            _refuse(accounts, amounts)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            spent = {name: amount for name, amount in amounts.items() if amount}
            entry = Entry(len(accounts.entries) + 1, now, purpose, spent)
            disk.write(dump(Accounts(accounts.budgets, (*accounts.entries, entry), accounts.privacy)))
        return entry

    def _locked(self, new: bool = False) -> AbstractContextManager[ledger_disk.Held]:
        return ledger_disk.held(self.path, _PATIENCE, new)


def _amounts(given: Mapping[str, Number], what: str) -> dict[str, Level]:
    """ε or ρ ≥ 0 for each name, all faults at once."""
    faults = [
        f"{name}: {what} {value!r}, expected a number ≥ 0 or inf"
        for name, value in given.items()
        if not PURE_DP.contains(value)
    ]
    faults += [f"expected names as text, got {name!r}" for name in given if not isinstance(name, str)]
    if faults:
        raise InputError(faults)
    read = dict(zip(given, PURE_DP.profile(list(given.values())), strict=True))
    if faults := [f"{name}: {what} of more than {_MOST_BITS} bits" for name, value in read.items() if _is_long(value)]:
        raise InputError(faults)
    return read


def _is_long(value: Level) -> bool:
    return isinstance(value, Fraction) and max(value.numerator, value.denominator).bit_length() > _MOST_BITS


def _refuse(accounts: Accounts, amounts: Mapping[str, Level]) -> None:
    if unknown := [name for name in amounts if name not in accounts.budgets]:
        raise InputError([f"{name}: has no account in the ledger; open one with Ledger.admit" for name in unknown])
    faults = [
        f"{name}: asked for {accounts.privacy.symbol} = {shown(amount)}, but {shown(accounts.spent[name])} of a "
        f"budget of {shown(accounts.budgets[name])} is spent and {shown(accounts.left(name))} left"
        for name, amount in amounts.items()
        if accounts.spent[name] + amount > accounts.budgets[name]
    ]
    if faults:
        raise BudgetError(faults)
