"""A million phones of two kinds, which take part in secure aggregation or not: what to pay out, and to whom.

A maker of keyboards would like to know how people write on each phone. A phone keeps its data (level 0)
or sends an update that is seen only in an aggregate (level 1). Who writes more has more to give, and
minds more. The numbers are made up.

Nobody lists 2^1,000,000 profiles: phones that are alike are counted, and each look at a profile
prices the deviations of all of them. A few hundred that take part teach the maker nearly
everything about the others: so a share of next to nothing is best.

    python examples/03_a_million_phones.py
"""

from __future__ import annotations

import numpy as np

import fairgames as fg
from fairgames.equilibria import ClassGame, RestPoint, best_responses

#: Kinds of phones: name, how many, texts written on each, what taking part costs its owner.
KINDS = [("casual", 700_000, 5.0, "0.4"), ("heavy", 300_000, 400.0, "2.2")]
SHARES = (0.0001, 0.001, 0.01)


def main() -> None:
    game = phones()
    counted = ClassGame(game)
    print(f"{len(game.users):,} phones")
    rests = [best_responses(counted, counted.lowest(), alpha) for alpha in SHARES]
    for rest in rests:
        print(in_words(rest))
    print(f"All deviations were priced at {counted.n_priced} profiles.")

    best = max(rests, key=lambda rest: rest.position.keeps(rest.alpha))
    keeps, most = best.position.keeps(best.alpha), fg.upper_bound(game).value
    print(f"\nThe best of these shares, α = {best.alpha:g}, leaves {keeps:,.0f}; no share and no equilibrium", end=" ")
    print(f"leave more than {most:,.0f}, {most / keeps - 1:.2%} more.")

    profile = np.array(counted.profile(best.position.counts))
    paid = fg.payments(game.utility, profile, alpha=str(best.alpha))
    for (name, *_), kind in zip(KINDS, counted.classes, strict=True):
        own = paid.payments[list(kind.users)]
        print(f"{np.count_nonzero(own):,} {name} phones are paid {own.max():.4f} each")
    print(f"Σ payments − α·U = {float(paid.efficiency_residual):.1e} of {paid.utility:,.0f} (method {paid.method!r})")


def phones() -> fg.PaymentGame:
    users = fg.Users(
        samples=[texts for _, count, texts, _ in KINDS for _ in range(count)],
        sensitivity=[row for _, count, _, cost in KINDS for row in [[0, cost]] * count],
    )
    return fg.PaymentGame(fg.FederatedMean(users, between=1.0, within=10.0, levels=[0, 1]), users)


def in_words(rest: RestPoint) -> str:
    parts = ", ".join(f"{n:,} {name}" for n, (name, *_) in zip(rest.position.counts[:, 1], KINDS, strict=True))
    return (
        f"α = {rest.alpha:g}: {parts} take part; the platform keeps {rest.position.keeps(rest.alpha):,.0f}; "
        f"largest regret {rest.regret:.1e} ± {rest.bound:.1e}, {'settled' if rest.settled else 'not settled'}"
    )


if __name__ == "__main__":
    main()
