"""Two of more levels: the curve of equilibria that mix them, as far as no other level pays more."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from fairgames.equilibria.symmetric.bernstein import Bernstein
from fairgames.equilibria.symmetric.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.symmetric.exchangeable import Exchangeable
from fairgames.equilibria.symmetric.several_levels import deviation_gain, not_above
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.mechanism.symmetric_candidates.candidate import Interval, SymmetricCandidate
from fairgames.mechanism.symmetric_candidates.curve import at_share, share_of, special_points


def edge_candidates(source: Exchangeable, cap: Fraction | None) -> Iterator[SymmetricCandidate]:
    """Candidates where users mix two levels and no other level pays more."""
    for pair in combinations(sorted(source.levels, key=source.cost), 2):
        game = SymmetricGame.between(source, *pair)
        others = [level for level in source.levels if level not in pair]
        if game.cost > 0:
            yield from _on_curve(source, game, others, cap)
        elif source.cost(pair[0]) == 0:  # where nothing is paid, every mixture of free levels will do
            inner = (p for p in roots(game.utility.derivative()) if 0 < p.middle < 1)
            yield from (at_share(game, p, ZERO) for p in inner)
        else:
            yield from _of_equal_costs(source, game, others, cap)


def _on_curve(
    source: Exchangeable, game: SymmetricGame, others: list[int], cap: Fraction | None
) -> Iterator[SymmetricCandidate]:
    """At α = c/γ(p) another level pays no more iff c·(its gain) ≤ γ·(its cost), which is polynomial in p."""
    leads = [
        deviation_gain(source, game, level) * game.cost - game.gain * (source.cost(level) - source.cost(game.levels[0]))
        for level in others
    ]
    above = game.gain - game.cost
    cuts = [p for lead in leads for p in roots(lead, positive=above)]
    error = source.gain_error * float(2 * game.cost + max(source.costs))
    for p in (*special_points(game, cap), *cuts):
        if 0 < p.middle < 1 and value_at(game.gain, p) > game.cost and all(not_above(one, p, error) for one in leads):
            alpha, blur = share_of(game, p)
            yield at_share(game, p, alpha, _around(game, p, cuts), blur=blur)


def _around(game: SymmetricGame, p: Root, cuts: list[Root]) -> Interval:
    """The shares along the curve from the cut or turning point below p to the one above."""
    places = [one.middle for one in (*game.turning_points, *cuts)]
    ends = max(x for x in places if x <= p.middle), min(x for x in places if x >= p.middle)
    shares = [ONE if (gain := game.gain(x)) <= game.cost else game.cost / gain for x in ends]
    return min(shares), max(shares)


def _of_equal_costs(
    source: Exchangeable, game: SymmetricGame, others: list[int], cap: Fraction | None
) -> Iterator[SymmetricCandidate]:
    """Levels that cost the same, but not nothing: mixtures that earn the same on both, each at some shares."""
    gains = {level: deviation_gain(source, game, level) for level in others}
    costs = {level: source.cost(level) - source.cost(game.levels[0]) for level in others}
    for p in _cut_points(game, gains, costs, cap) if game.gain.is_zero else roots(game.gain):
        bounds = [_bound(gains[level], costs[level], p) for level in others]
        low = max([(ZERO, ZERO), *((share, blur) for gain, share, blur in bounds if gain < 0)])
        high = min([(ONE, ZERO), *((share, blur) for gain, share, blur in bounds if gain > 0)])
        lost = any(gain == 0 and costs[level] < 0 for (gain, _, _), level in zip(bounds, others, strict=True))
        if 0 < p.middle < 1 and low[0] <= high[0] and not lost:
            one, other = (at_share(game, p, alpha, (low[0], high[0]), blur=blur) for alpha, blur in (low, high))
            yield one if one.utility >= 0 else other


def _bound(gain: Bernstein, cost: Fraction, p: Root) -> tuple[Fraction, Fraction, Fraction]:
    """What another level earns more at α = 1, the share at which that pays its cost, and how far that may be off."""
    value, off = value_at(gain, p), spread_at(gain, p)
    if abs(value) <= off:
        return ZERO, ZERO, ZERO
    share = cost / value
    return value, share, abs(share) * off / (abs(value) - off)


def _cut_points(
    game: SymmetricGame, gains: dict[int, Bernstein], costs: dict[int, Fraction], cap: Fraction | None
) -> Iterator[Root]:
    """Where the best of a continuum of mixtures may be: as α is the greatest of the bounds cost/gain,
    where (1 − cost/gain)·U or U is stationary, where two bounds meet, and where the cap is paid.
    """
    yield from roots(game.utility.derivative())
    for level, gain in gains.items():
        cost, slope = costs[level], gain.derivative()
        yield from roots(game.utility.derivative() * gain * (gain - cost) + slope * game.utility * cost)
        if cap is not None:
            yield from roots(game.utility * cost - gain * cap)
        for other, another in gains.items():
            if other > level:
                yield from roots(gain * costs[other] - another * cost)
