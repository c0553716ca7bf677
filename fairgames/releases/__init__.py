"""Releasing what an estimator says of private data: safe noise, a ledger of what was spent, a test of the guarantee."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.releases.audit import Audit, audit_release, privacy_loss_bound, samples_for_tenth
    from fairgames.releases.audit_noise import NoiseAudit, audit_noise
    from fairgames.releases.errors import BudgetError, LedgerError, PrivacyError
    from fairgames.releases.ledger import Accounts, Entry, Ledger
    from fairgames.releases.release import GaussianRelease, Release, release

__all__ = [
    "Accounts",
    "Audit",
    "BudgetError",
    "Entry",
    "GaussianRelease",
    "Ledger",
    "LedgerError",
    "NoiseAudit",
    "PrivacyError",
    "Release",
    "audit_noise",
    "audit_release",
    "privacy_loss_bound",
    "release",
    "samples_for_tenth",
]

on_first_use(
    __name__,
    {
        "audit": "Audit audit_release privacy_loss_bound samples_for_tenth",
        "audit_noise": "NoiseAudit audit_noise",
        "errors": "BudgetError LedgerError PrivacyError",
        "ledger": "Accounts Entry Ledger",
        "release": "GaussianRelease Release release",
    },
)
