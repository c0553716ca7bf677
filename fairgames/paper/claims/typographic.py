"""What is misprinted in the papers without any number that could decide it; for the page of errata."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Misprint:
    """A slip of notation or reference.

    Attributes
    ----------
    source : where the later version has it, unless it says "earlier version"
    printed : what stands there
    should_read : what is meant
    """

    source: str
    printed: str
    should_read: str


TYPOGRAPHIC = (
    Misprint(
        "axioms A.i and B.i", "∀S ⊂ [N] \\ {i}", "∀S ⊆ [N] \\ {i}: else a user who adds to the whole group only is null"
    ),
    Misprint("axiom B.ii; earlier version", "the sum of values is the total utility α(ε)U(ε)", "a fraction α(ε) of it"),
    Misprint("eq. 15", "Σ up to n", "Σ up to N"),
    Misprint(
        "Section 4.2",
        "Fig. 6's text has a_i = 1 for all users",
        "its caption refers to Fig. 5b, where one user has a_i = 100",
    ),
    Misprint("Theorem 1", "φ_p(z, ϵ), U(z, ϵ)", "φ_p(z, ρ), U(z, ρ)"),
    Misprint("Section 5.1", "the utility from equation 11, the payments in equation 10", "equation 10, equation 12"),
    Misprint("eq. 33; earlier version: eq. 32", "2/η with a 2 above or beside it", "2/η²"),
    Misprint("eq. 49; earlier version: eq. 48", "α(ρ)/T", "α(ρ)/|T|"),
    Misprint("Proposition 4's proof", "θ̂_i^p = Σ_{i=1}^N v_ij·θ̂_j", "Σ_{j=1}^N"),
    Misprint("Proposition 5's proof", 'it ends with "ρ_i = 0"', "the case ρ_i = 0 is not worked out; eq. 59 is right"),
    Misprint(
        "eq. 80", "b(n, p) = C(N, n)·p^i·(1 − p)^(N−i)", "C(|S|, n)·(1 − p)^n·p^(|S|−n), n of the others in S on ρ′₂"
    ),
    Misprint("eq. 82", "Δ_iU(ρ(n)) = …", "Σ_n (b(n, p₂) − b(n, p₁))·Δ_iU(ρ(n)) = …"),
    Misprint("Algorithm 1", "compares with maxUtil and runs over grid", "initialises neither"),
    Misprint("Table 2", "φ_p: fair payment for the platform under Theorem 2", "under Theorem 1"),
    Misprint(
        "Section 6", "we have also assumed a non-divisible and transferable utility", "divisible, as Section 2.3 says"
    ),
)
