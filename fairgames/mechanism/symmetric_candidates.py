"""Where the platform may keep most at a symmetric equilibrium of two levels, for each selection but the worst.

All mixed equilibria are one curve: p is one at the share α = c/γ(p), where that is a share, and
the platform keeps (1 − c/γ(p))·U(p). So the optimum over all of them is at p = 0, at p = 1, or
where this is stationary in p; no monotonicity of γ or U is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from fairgames.equilibria.bernstein_roots import Root, roots, spread_at, value_at
from fairgames.equilibria.symmetric import ONE, ZERO, SymmetricGame

AT_ZERO, AT_ONE = Root(ZERO, ZERO), Root(ONE, ONE)

#: What counts as rounding in a comparison of payments with a cap: about that of a float.
_ROUNDING = Fraction(1, 2**50)

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class SymmetricCandidate:
    """A share, the symmetric equilibrium that it is valued at, and what the platform keeps.

    Attributes
    ----------
    strategy : probability of each of the L levels
    p : of two levels, the probability of the first; None for more
    alpha : the share; None under Theorem 1
    value, utility : what the platform keeps, and U(p)
    error : how far ``value`` may be off; 0 where it is exact
    exact : whether strategy, α and values are the rationals that they are said to be
    interval : the α at which this equilibrium or its branch is selected; None under Theorem 1
    attained : whether the value is reached, or only approached from inside the interval
    """

    strategy: tuple[Fraction, ...]
    p: Root | None
    alpha: Fraction | None
    value: Fraction
    utility: Fraction
    error: Fraction
    exact: bool
    interval: Interval | None
    attained: bool

    @property
    def paid(self) -> Fraction:
        """What is paid out in all."""
        return self.utility - self.value


def at_share(
    game: SymmetricGame,
    p: Root,
    alpha: Fraction,
    interval: Interval | None = None,
    attained: bool = True,
    blur: Fraction = ZERO,
) -> SymmetricCandidate:
    """The equilibrium ``p`` at a share that is known up to ``blur``."""
    utility = value_at(game.utility, p)
    off = spread_at(game.utility, p) + game.error
    error = (1 - alpha) * off + blur * (abs(utility) + off)
    return SymmetricCandidate(
        strategy_of(game, p),
        p,
        alpha,
        (1 - alpha) * utility,
        utility,
        error,
        game.exact and p.exact and blur == 0,
        interval or (alpha, alpha),
        attained,
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
    found = [*_corners(game), *_inner(game, cap)]
    fitting = within(found, cap)
    if not fitting or max(one.value for one in fitting) < 0:  # at α = 1 nothing is lost
        fitting += within((at_share(game, p, ONE) for p in game.equilibria(1)), cap)
    return fitting


def stable_candidates(game: SymmetricGame, cap: Fraction | None = None) -> list[SymmetricCandidate]:
    """Both pure profiles, where deviating from them strictly loses: at the end where the platform keeps most."""
    found = []
    for corner in (AT_ONE, AT_ZERO):
        interval = corner_interval(game, corner)
        if interval is None or interval[0] == interval[1] or _never_strict(game, corner):
            continue
        one = _at_best_end(game, corner, interval)
        room = one.alpha != interval[0] or one.utility <= 0 or cap is None or one.paid < cap
        strict = _is_strict(game, corner, one.alpha or ZERO)
        if strict or room:
            found.append(at_share(game, corner, one.alpha or ZERO, interval, attained=strict))
    return within(found, cap)


def within(found: Iterable[SymmetricCandidate], cap: Fraction | None) -> list[SymmetricCandidate]:
    """Those that pay out at most ``cap``, up to rounding where they are not exact."""
    return [one for one in found if cap is None or one.paid <= cap + _slack(one, cap)]


def _slack(one: SymmetricCandidate, cap: Fraction) -> Fraction:
    return ZERO if one.exact else one.error + _ROUNDING * (cap + abs(one.utility))


def corner_interval(game: SymmetricGame, corner: Root) -> Interval | None:
    """The α at which a pure symmetric profile is an equilibrium: α·γ(1) ≤ c, or α·γ(0) ≥ c."""
    gain, cost = game.gain(corner.low), game.cost
    if corner == AT_ONE:
        return ZERO, min(ONE, cost / gain) if gain > 0 else ONE
    if cost == 0:
        return ZERO, ONE if gain >= 0 else ZERO
    return (cost / gain, ONE) if gain >= cost else None


def branch(game: SymmetricGame, p: Root) -> Interval:
    """The α at which there is an equilibrium on the same monotone stretch of γ."""
    stretch = next(one for one in reversed(game.stretches) if one.low.middle <= p.middle)
    low, high = sorted((stretch.at_low, stretch.at_high))
    return game.cost / high, min(ONE, game.cost / low) if low > 0 else ONE


def _corners(game: SymmetricGame) -> Iterator[SymmetricCandidate]:
    for corner in (AT_ONE, AT_ZERO):
        interval = corner_interval(game, corner)
        if interval is not None:
            yield _at_best_end(game, corner, interval)


def _at_best_end(game: SymmetricGame, corner: Root, interval: Interval) -> SymmetricCandidate:
    """A pure profile at the lowest share that it is an equilibrium at, or the highest if U < 0 there."""
    alpha = interval[0] if game.utility(corner.low) >= 0 else interval[1]
    gain, off = game.gain(corner.low), game.gain_error
    blur = alpha * off / (gain - off) if 0 < alpha < 1 and gain > off else ZERO
    return at_share(game, corner, alpha, interval, blur=blur)


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


def _is_strict(game: SymmetricGame, corner: Root, alpha: Fraction) -> bool:
    lead = alpha * game.gain(corner.low) - game.cost
    return lead < 0 if corner == AT_ONE else lead > 0


def _never_strict(game: SymmetricGame, corner: Root) -> bool:
    interval = corner_interval(game, corner) or (ZERO, ZERO)
    return not _is_strict(game, corner, (interval[0] + interval[1]) / 2)
