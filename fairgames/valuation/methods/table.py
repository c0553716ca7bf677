"""The methods by name, one table: whatever asks for payments, deviation values or Banzhaf's values reads it.

A method is a module with these functions, of which only the first three must be there:

- ``why_not(question)``: why it cannot answer, whatever the size; None if it can
- ``cost(question)``: what answering takes, predicted, as a :class:`~fairgames.valuation.allocation.Cost`
- ``divide(question, banzhaf=False)``: the values, or Banzhaf's
- ``allocate(question)``: the payments, where they are not just shares of the values
- ``deviations(utility, rule)``: a :class:`~fairgames.valuation.deviation_values.DeviationMethod`, or None
- ``repeated(utility)``: a function from questions to allocations that keeps what serves profiles after this one

A module is imported when its method is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fairgames.utilities.base import Utility
from fairgames.valuation.allocation import Allocation, Cost, PaymentRequest, Values
from fairgames.valuation.deviation_values import DeviationMethod
from fairgames.valuation.rules import Rule

_HERE = "fairgames.valuation.methods"


@dataclass(frozen=True)
class Method:
    """A way to compute the payments at one profile.

    Attributes
    ----------
    name, what : it, in one word and in some
    module : where it stands, below this package
    exact : whether it can answer in rationals
    from_counts : whether it asks for U on counts alone
    in_one_pass : whether it may have a way of its own to value all deviations
    """

    name: str
    what: str
    module: str
    exact: bool = False
    from_counts: bool = False
    in_one_pass: bool = False

    def why_not(self, question: PaymentRequest) -> str | None:
        """Why it cannot answer a question, whatever its size; None if it can."""
        if question.exact and not self.exact:
            return "it computes with floats, and exact rationals were asked for"
        reason: str | None = self._load("why_not")(question)
        return reason

    def cost(self, question: PaymentRequest) -> Cost:
        """What answering takes, predicted; only where :meth:`why_not` gives no reason against it."""
        found: Cost = self._load("cost")(question)
        return found

    def values(self, question: PaymentRequest, banzhaf: bool = False) -> Values:
        """The values, before any share is taken of them."""
        found: Values = self._load("divide")(question, banzhaf)
        return found

    def run(self, question: PaymentRequest) -> Allocation:
        """The payments."""
        allocate = self._load("allocate", None)
        found: Allocation = allocate(question) if allocate else self.values(question).allocation(question, self.name)
        return found

    def deviations(self, utility: Utility, rule: Rule) -> DeviationMethod | None:
        """What values all deviations of a game, if this method can for such a utility."""
        found: DeviationMethod | None = self._load("deviations")(utility, rule) if self.in_one_pass else None
        return found

    def repeated(self, utility: Utility) -> Callable[[PaymentRequest], Allocation]:
        """:meth:`run` for one profile after another."""
        found: Callable[[PaymentRequest], Allocation] = self._load("repeated", lambda utility: self.run)(utility)
        return found

    def _load(self, name: str, *default: object) -> Any:
        return getattr(import_module(f"{_HERE}.{self.module}"), name, *default)


#: The methods by name.
#:
#: - "subsets": U of all 2^n coalitions of the users who share
#: - "counts": users alike in U and at one level are counted; U at all counts of them
#: - "sums": the federated mean with equal weights, by exponential sums: distinct users, or a million of few types
#: - "binned": the same with numbers of samples put into bins: a million distinct users; the error is measured
#: - "windows": of the counts of each size of a coalition only those near their means: thousands of users of a few
#:   types and levels, where |U| has a known bound; what is left out is bounded, so the error is
#: - "sampling": random coalitions, for any utility; the bound holds with 99% confidence
METHODS = {
    method.name: method
    for method in (
        Method("subsets", "all coalitions of the users who share", "subsets", exact=True, from_counts=True),
        Method("counts", "all counts of users that a coalition may have", "counts", exact=True, from_counts=True),
        Method("sums", "exponential sums", "exponential_sums.payments", in_one_pass=True),
        Method("binned", "exponential sums over bins of users", "binned"),
        Method("windows", "the likely counts of users, size by size", "truncated_counts.payments"),
        Method("sampling", "sampling of coalitions, stratified by size", "sampling.stratified"),
    )
}
