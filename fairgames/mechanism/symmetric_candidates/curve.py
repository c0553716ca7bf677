"""Where the platform may keep most at a symmetric equilibrium of two levels, for each selection but the worst.

All mixed equilibria are one curve: p is one at the share α = c/γ(p), where that is a share, and
the platform keeps (1 − c/γ(p))·U(p). So the optimum over all of them is at p = 0, at p = 1, or
where this is stationary in p; no monotonicity of γ or U is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fairgames.equilibria.symmetric.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.symmetric.two_levels import ONE, ZERO, SymmetricGame
from fairgames.mechanism.symmetric_candidates.candidate import Interval, SymmetricCandidate, within
from fairgames.mechanism.symmetric_candidates.pure import pure_candidates

AT_ZERO, AT_ONE = Root(ZERO, ZERO), Root(ONE, ONE)


def at_share(
    game: SymmetricGame,
    p: Root,
    alpha: Fraction,
    interval: Interval | None = None,
    attained: bool = True,
    blur: Fraction = ZERO,
) -> SymmetricCandidate:
    """The equilibrium ``p`` at a share that is known up to ``blur``."""
    off = spread_at(game.utility, p) + game.error
    exact = game.known and p.exact and blur == 0
    return SymmetricCandidate.paying(
        strategy_of(game, p), alpha, value_at(game.utility, p), off, exact, interval, attained, blur
    )


def strategy_of(game: SymmetricGame, p: Root) -> tuple[Fraction, ...]:
    """Probabilities of all L levels."""
    chances = dict(zip(game.levels, (p.middle, 1 - p.middle), strict=True))
    return tuple(chances.get(level, ZERO) for level in range(game.source.n_levels))


def share_of(game: SymmetricGame, p: Root) -> tuple[Fraction, Fraction]:
    """The share c/γ(p) at which ``p`` is a mixed equilibrium, 1 if there is none; and how far it may be off."""
    gain = value_at(game.gain, p)
    off = spread_at(game.gain, p) + game.gain_error
    if gain <= game.cost:
        return ONE, ZERO
    return game.cost / gain, game.cost * off / (gain * (gain - off)) if gain > off else ONE


def on_curve(game: SymmetricGame, p: Root) -> SymmetricCandidate:
    """The mixed equilibrium ``p`` at its own share, for c > 0."""
    alpha, blur = share_of(game, p)
    return at_share(game, p, alpha, branch(game, p), blur=blur)


def best_candidates(game: SymmetricGame, cap: Fraction | None = None) -> list[SymmetricCandidate]:
    """Where the best equilibrium at each share may be worth most, within a cap on what is paid, α·U."""
    found = [*pure_candidates(game.source), *_inner(game, cap)]
    fitting = within(found, cap, game.source)
    if not fitting or max(one.value for one in fitting) < 0:  # at α = 1 nothing is lost
        fitting += within((at_share(game, p, ONE) for p in game.equilibria(1)), cap, game.source)
    return fitting


def branch(game: SymmetricGame, p: Root) -> Interval:
    """The α at which there is an equilibrium on the same monotone stretch of γ."""
    stretch = next(one for one in reversed(game.stretches) if one.low.middle <= p.middle)
    low, high = sorted((stretch.at_low, stretch.at_high))
    return game.cost / high, min(ONE, game.cost / low) if low > 0 else ONE


def _inner(game: SymmetricGame, cap: Fraction | None) -> Iterator[SymmetricCandidate]:
    """Mixed equilibria where what is kept is stationary, or what is paid is the cap."""
    if game.cost == 0:  # everything is an equilibrium where nothing is paid
        yield from (at_share(game, p, ZERO) for p in roots(game.utility.derivative()) if 0 < p.middle < 1)
        return
    for p in special_points(game, cap):
        if 0 < p.middle < 1 and value_at(game.gain, p) > game.cost:
            yield on_curve(game, p)


def special_points(game: SymmetricGame, cap: Fraction | None) -> Iterator[Root]:
    """The p with γ(p) > c > 0 at which (1 − c/γ)·U is stationary, or the payment c/γ·U is the cap."""
    above = game.gain - game.cost
    constant, factor = game.stationary_parts
    yield from roots(constant + factor * game.cost, positive=above)
    if cap is not None:
        yield from roots(game.utility * game.cost - game.gain * cap, positive=above)
