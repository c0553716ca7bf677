"""Is U monotone, looked at on counts: the same verdict as looking at every profile, and a witness that is one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairgames as fg
from fairgames.counts.monotone import first_fall_on_counts


def falls(utility: fg.Utility, choices: list[tuple[int, ...]]) -> bool:
    """Whether U falls anywhere when one user moves to the next level that anybody of its type may choose."""
    used = {t: sorted({0, *(x for own, row in zip(utility.types, choices, strict=True) if own == t for x in row)})
            for t in set(utility.types)}  # fmt: skip
    rows = [used[t] for t in utility.types]
    for profile in product(*rows):
        for user, level in enumerate(profile):
            for higher in rows[user][rows[user].index(level) + 1 :][:1]:
                moved = (*profile[:user], higher, *profile[user + 1 :])
                if utility.at(profile) - utility.at(moved) > 2 * utility.rounding:
                    return True
    return False


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_verdict_and_its_witness(data):
    n = data.draw(st.integers(2, 4))
    samples = data.draw(st.lists(st.sampled_from([10.0, 40.0]), min_size=n, max_size=n))
    between = data.draw(st.sampled_from([0.0, 1.0, 100.0]))
    utility = fg.FederatedMean(fg.Users(samples=samples), between, 1.0)
    choices = data.draw(st.lists(st.sampled_from([(0, 1, 2), (0, 2), (1, 2)]), min_size=n, max_size=n))
    found = first_fall_on_counts(utility, choices)
    assert (found is not None) == falls(utility, choices)
    if found is not None:
        profile, user, higher = found
        moved = (*profile[:user], higher, *profile[user + 1 :])
        assert higher > profile[user]
        assert utility.at(moved) < utility.at(profile)


@pytest.mark.parametrize("n", [3, 60])
def test_a_game_of_many_says_it_without_its_tensors(n):
    """Two members of a group cannot be told apart, so a second one may lower U: 60 users have 3^60 profiles."""
    users = fg.Users(samples=[10] * n, sensitivity=[[0, 0.1, 0.2]] * n)
    game = fg.PaymentGame(fg.FederatedMean(users, 100.0, 1.0), users)
    (warning,) = game.warnings()
    assert "U is not monotone" in warning
    assert len(warning) < 200
    if n == 3:
        assert np.isfinite(game.utilities.values).all()
        assert game.warnings() == (warning,)
