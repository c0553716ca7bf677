"""How U is divided: payments at one profile, of all profiles at once, as users come and go, and the share α."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.valuation.allocation import Allocation
    from fairgames.valuation.alpha import AlphaOfUtility
    from fairgames.valuation.banzhaf import banzhaf
    from fairgames.valuation.incremental import IncrementalPayments
    from fairgames.valuation.request import all_payments, payments
    from fairgames.valuation.rules import Rule

__all__ = [
    "Allocation",
    "AlphaOfUtility",
    "IncrementalPayments",
    "Rule",
    "all_payments",
    "banzhaf",
    "payments",
]

on_first_use(
    __name__,
    {
        "allocation": "Allocation",
        "alpha": "AlphaOfUtility",
        "banzhaf": "banzhaf",
        "incremental": "IncrementalPayments",
        "request": "all_payments payments",
        "rules": "Rule",
    },
)
