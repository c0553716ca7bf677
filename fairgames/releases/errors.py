"""Why nothing was released."""

from __future__ import annotations

from fairgames.errors import InputError


class PrivacyError(InputError):
    """A release refused because its privacy cannot be guaranteed; nothing was sampled, nothing charged."""


class BudgetError(PrivacyError):
    """A release refused because it would cost users more than they have left; each of them is named."""


class LedgerError(InputError):
    """A ledger that is missing, damaged, in use, or not a ledger; nothing was charged."""
