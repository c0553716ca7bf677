"""A user's own file, as tests/test_user_types.py shows it to mypy --strict; one line is wrong, and says so."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

import fairgames as fg
from fairgames.typing import MixedProfile, Number, Profile, Scalar


def game_of(samples: list[float], costs: list[list[Number]]) -> fg.PaymentGame:
    users = fg.Users(samples=samples, sensitivity=costs)
    return fg.PaymentGame(fg.FederatedMean(users, between=1.0, within="10"), users)


def kept(found: fg.Design, tax: Number) -> Scalar:
    return found.platform_utility * (1 - Fraction(tax))


def report(found: fg.Design) -> list[str]:
    share: Scalar | None = found.alpha
    profile: Profile | None = found.profile
    strategies: MixedProfile = found.strategies
    low, high = found.choice.interval or (0.0, 1.0)
    room: Scalar = high - low
    lines = [f"{float(found.platform_utility):.3f} of {found.utility}", f"{profile}, {len(strategies)} users, {room}"]
    if share is not None and share > 0.5:
        lines.append(f"half of U and more: {share}")
    return lines


def total(paid: fg.Allocation) -> Scalar:
    everything: Scalar = paid.platform + sum(paid.payments.tolist())
    return max(everything, paid.utility)


def main() -> list[str]:
    game = game_of([303, 261, 46, 130], [[0, 0.1, "3/10"]] * 4)
    best = fg.design(game)
    again: Scalar = best.platform_utility if best.alpha is None else game.utility.at(best.profile or ()) * best.alpha
    paid = fg.payments(game.utility, (2, 2, 2, 2), alpha=best.alpha if best.alpha is not None else 1)
    curve: tuple[Scalar, ...] = tuple(fg.landscape(game).alpha)
    normal = game.at(alpha="1/4")
    found = fg.crosscheck(normal, "fairgames:pure")
    regrets: list[Scalar] = [one.regret for one in found.equilibria]
    floats = np.asarray(paid.payments, dtype=float)
    numbers = [kept(best, "1/4"), again, total(paid), len(curve), max(regrets), floats.sum()]
    return [*report(best), *map(str, numbers)]


def wrong(found: fg.Design) -> str:
    # Where mypy did not see our types, it would call this comment unused.
    return found.platform_utility  # type: ignore[return-value]


if __name__ == "__main__":
    print("\n".join(main()))
