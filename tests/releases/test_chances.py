"""What judges unseeded noise: hardly ever a right sampler, nearly always one that is 10 % off or of another law."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from tests.chances import ONCE_IN_A_MILLION, chance_of
from tests.releases.test_gaussian import gaussian_cells
from tests.releases.test_release import laplace_cells

DRAWS, RUNS = 12_000, 200
LAWS = {"laplace": (laplace_cells, (-3, -2, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 2, 3)),
        "gaussian": (gaussian_cells, (-2, -1.5, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 1.5))}  # fmt: skip


@pytest.mark.parametrize("cells", [(0.5, 0.5), (0.6, 0.39, 0.01), (0.9, 1e-9, 0.1 - 1e-9), (0.1, 0.2, 0.3, 0.4)])
def test_the_chance_is_no_smaller_than_said(cells):
    """Of all counts of seven draws, by their multinomial probabilities, at most a share of a has a chance up to a."""
    counts = np.array([row for row in product(range(8), repeat=len(cells)) if sum(row) == 7])
    said, law = chance_of(counts, cells), stats.multinomial(7, cells).pmf(counts)
    assert law.sum() == pytest.approx(1)
    for level in np.unique(said):
        assert law[said <= level].sum() <= level * (1 + 1e-9)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("scale", [0.4, 1.5, 20.0, 2.0**33 * 1.1])
def test_a_tenth_too_little_and_too_much_are_found(law, scale):
    """And the other law of the same standard deviation; and rounded continuous noise, where steps are coarse."""
    cells, ends = LAWS[law]
    edges, random = sorted({round(scale * x) for x in ends}), np.random.default_rng(1)

    def found(wrong: np.ndarray) -> float:
        return (chance_of(random.multinomial(DRAWS, wrong, RUNS), right) < ONCE_IN_A_MILLION).mean()

    right = cells(scale, edges)
    assert found(right) == 0
    assert found(cells(0.9 * scale, edges)) == 1
    assert found(cells(1.1 * scale, edges)) > 0.9
    other = gaussian_cells(scale * 2**0.5, edges) if law == "laplace" else laplace_cells(scale / 2**0.5, edges)
    assert found(other) == 1
    if scale < 1:
        continuous = stats.laplace.cdf if law == "laplace" else stats.norm.cdf
        rounded = np.diff([0, *continuous((np.array(edges) + 0.5) / scale), 1])
        assert found(rounded) == 1
