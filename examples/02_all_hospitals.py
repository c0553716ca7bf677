"""All 54 hospitals: fit, equilibria as the share moves, the best share, payments. No list of 3^54 profiles.

The data are those of ``01_hospitals.py``. With so many users profiles cannot be listed, but all
deviations from one profile are priced in a few hundredths of a second; so best responses are
followed as α rises and falls, and the best equilibrium on the way is improved. Its certificate is
exact up to rounding, and an upper bound tells how much better any other could be.

    python examples/02_all_hospitals.py [paths.png]
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import fairgames as fg

HERE = Path(__file__).parent


def main(picture: Path) -> None:
    scenario = fitted_scenario()
    game = fg.PaymentGame(scenario.utility, scenario.users)
    best = fg.design(game, method="path", steps=400)

    low, high = best.choice.interval
    print(f"{len(game.users)} hospitals, 3^{len(game.users)} profiles; {best.looked_at} of them were priced.")
    print(f"Pay out α = {best.alpha:.6f}: the platform keeps {best.platform_utility:.4f} of {best.utility:.4f}.")
    print(f"The equilibrium holds for α from {low:.6f} to {high:.6f}; the largest regret is", end=" ")
    print(f"{best.regret:.1e}, known to within {best.regret_bound:.1e}.")
    print(f"No equilibrium at any share leaves more than {best.upper_bound.value:.4f}.")
    for path in best.paths:
        way = "rises" if path.upwards else "falls"
        print(f"As α {way}, {len(path.rests)} equilibria are met.")

    chosen = Counter(best.profile)
    print("\nHospitals on each level:", ", ".join(f"{chosen[level]} on {level}" for level in range(3)))
    print("hospital   stays  level  payment")
    rows = zip(scenario.users.names, scenario.users.samples, best.profile, best.payments, strict=True)
    for name, stays, level, paid in sorted(rows, key=lambda row: -row[3])[:10]:
        print(f"{name}   {stays:5.0f}  {level:5d}  {paid:7.4f}")

    paid = fg.payments(scenario.utility, best.profile, alpha=best.alpha)
    print(f"\nΣ payments − α·U = {paid.efficiency_residual:.1e} (method {paid.method!r}, which does not use it)")
    draw(scenario, best, picture)


def fitted_scenario() -> fg.Scenario:
    fitted = fg.fit(HERE / "medpar.csv", user="provider", value="los", sensitivity=[0, "0.6", "1.2"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hospitals.toml"
        fitted.write(path)
        return fg.load(path)


def draw(scenario: fg.Scenario, best: fg.Design, picture: Path) -> None:
    from fairgames import plots

    upper, _ = plots.paths(best, scenario.utility.level_names)
    upper.set_title("54 hospitals: equilibria as the share moves", loc="left")
    picture.parent.mkdir(parents=True, exist_ok=True)
    upper.figure.savefig(picture)
    print(f"picture: {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("paths.png"))
