"""Is this payment scheme fair: the papers' axioms and assumptions, checked of any rule in one game, with witnesses."""

from typing import TYPE_CHECKING

from fairgames.lazy import on_first_use

if TYPE_CHECKING:
    from fairgames.audit.auditing import audit
    from fairgames.audit.finding import Finding, Witness
    from fairgames.audit.paid import PaymentTable
    from fairgames.audit.result import Audit, Departure, PotentialFinding, RuleFacts

__all__ = ["Audit", "Departure", "Finding", "PaymentTable", "PotentialFinding", "RuleFacts", "Witness", "audit"]

on_first_use(
    __name__,
    {
        "auditing": "audit",
        "finding": "Finding Witness",
        "paid": "PaymentTable",
        "result": "Audit Departure PotentialFinding RuleFacts",
    },
)
