"""The design of a population on counts against the design over all profiles of the same game."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairgames.errors import NoAnswerError
from fairgames.mechanism.population import population_design
from fairgames.mechanism.pure import pure_design
from tests.populations import Population, populations

SELECTIONS = ["best", "worst", "stable", "potential"]
BUDGETS = st.one_of(st.none(), st.sampled_from([Fraction(text) for text in ("0", "1/4", "1/2", "1", "2", "3")]))


def answer(design, game, selection, budget):
    try:
        return design(game, selection, budget)
    except NoAnswerError:
        return None


@pytest.mark.parametrize("selection", SELECTIONS)
@settings(max_examples=60, deadline=None)
@given(case=populations(least=-4), budget=BUDGETS)
def test_the_answer_is_that_over_all_profiles(selection, case, budget):
    found = answer(population_design, case.in_full(), selection, budget)
    right = answer(pure_design, case.in_full(), selection, budget)
    assert (found is None) == (right is None)
    if found is None:
        return
    assert found.exact
    assert (found.alpha, found.profile) == (right.alpha, right.profile)
    assert found.platform_utility == right.platform_utility
    assert found.utility == right.utility
    assert found.choice.attained == right.choice.attained
    assert found.equilibrium_profiles == right.equilibrium_profiles
    assert found.payments.tolist() == right.payments.tolist()
    assert found.regrets.tolist() == right.regrets.tolist() == [0] * len(case.types)
    assert found.regret_bound == 0
    assert found.warnings == right.warnings
    assert (found.scope, found.selection, found.rule) == (right.scope, right.selection, right.rule)
    assert len(found.strategies) == len(right.strategies)
    assert all((a == b).all() for a, b in zip(found.strategies, right.strategies, strict=True))
    if selection != "worst":
        assert found.choice.interval == right.choice.interval
