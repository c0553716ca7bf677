"""Games with too many profiles: what a search finds, and what it never says."""

from __future__ import annotations

from fractions import Fraction

import pytest

import fairgames as fg
from fairgames.audit import PaymentTable, audit, comparison
from fairgames.audit.finding import NAMES

N = 30


def game() -> fg.PaymentGame:
    users = fg.Users(samples=[100] * 15 + [40] * 15, sensitivity=[[0, 0.01, 0.03]] * N)
    return fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0), users)


def test_no_violation_found_is_never_holds() -> None:
    found = audit(game(), "users", "1/2")
    assert found.scope == "search"
    for name in ("A.i", "B.i", "B.ii", "assumption-1", "assumption-2", "non-negative-payments"):
        assert found[name].holds is not True
        if found[name].holds is None:
            assert found[name].sentence == f"No violation found in {found[name].checks:,} checks."
            assert found[name].checks > 0
    # What follows from the rule's form is no search.
    assert found["B.iii"].holds
    assert "too many to look at all" in found.warnings[0]


def test_a_bonus_among_many_is_found() -> None:
    def bonus(utility, profile):
        total, n = utility(profile), sum(map(bool, profile))
        return [
            (total / n / 2 if level else 0.0) + (0.25 if user == 3 and level else 0)
            for user, level in enumerate(profile)
        ]

    found = audit(game(), bonus)
    assert found["B.i"].holds is False
    assert found["B.i"].worst_violation == pytest.approx(0.25)
    one, other = (found["B.i"].witness.users.index(name) for name in found["B.i"].witness.users)
    assert "user-4" in found["B.i"].witness.users
    assert one != other


def test_a_share_by_name_is_found() -> None:
    def by_name(utility, profile):
        share = Fraction(1, 2) if profile[0] == 2 else Fraction(1, 4)
        total, n = utility(profile), sum(map(bool, profile)) or 1
        return [float(share) * total / n if level else 0.0 for level in profile]

    assert audit(game(), by_name)["B.ii"].holds is False


def test_the_stated_profile_is_where_taking_part_is_looked_at() -> None:
    found = audit(game(), "users", "1/1000", profile=(2,) * N)
    assert found["individual-rationality"].holds is False
    assert found.proposed == (2,) * N
    assert audit(game(), "users")["individual-rationality"].holds is None


def test_a_table_is_not_searched() -> None:
    with pytest.raises(fg.TooLargeError, match="looks at all of"):
        audit(game(), PaymentTable([[0, 1]]))


def test_all_names_are_there() -> None:
    assert list(audit(game(), "proportional").findings) == list(NAMES)


def test_a_rule_whose_formula_takes_long_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear programs at so many profiles; what is asked of U alone is looked at everywhere."""
    monkeypatch.setattr(comparison, "_MOST_PROGRAMS", 80)
    users = fg.Users(samples=[100, 100, 50, 20], sensitivity=[[0, 0.01, 0.03]] * 4)
    found = audit(fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0), users), "nucleolus", "1/2")
    assert found.scope == "search"
    assert found["B.i"].holds is None
    assert found["B.iii"].holds is False
    assert found["assumption-1"].checks == 4 * 2 * 3**3
