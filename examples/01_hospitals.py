"""Ten hospitals, three privacy levels: what to pay each, and which share of the utility to pay out.

The data are 1,495 Medicare stays at 54 hospitals (Arizona, 1991), from the COUNT package that
accompanies Hilbe, *Negative Binomial Regression* (2nd ed. 2011). A platform estimates each
hospital's mean length of stay. A hospital sends its mean (level 2), lets it be seen only
within a secure aggregate (level 1), or sends nothing (level 0).

    python examples/01_hospitals.py [landscape.png]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import fairgames as fg

HERE = Path(__file__).parent


def main(picture: Path) -> None:
    scenario = fitted_scenario([0, "0.6", "1.2"])
    game = fg.PaymentGame(scenario.utility, scenario.users)

    print("Payments if the four largest send their means, three aggregate and three keep out:")
    profile = (2, 2, 2, 2, 1, 1, 1, 0, 0, 0)
    allocation = fg.payments(scenario.utility, profile, alpha="1/4")
    for name, level, paid in zip(scenario.users.names, profile, allocation.payments, strict=True):
        print(f"  {name}  level {level}  {paid:7.4f}")
    print(f"  the platform keeps {allocation.platform:.4f} of {allocation.utility:.4f}\n")

    best = fg.design(game)
    print("The platform's optimum:", in_words(best))
    for selection in ("worst", "potential", "stable"):
        print(f"  if it counts on the {selection} equilibrium:", in_words(fg.design(game, selection)))
    draw(scenario, game, best, picture)

    print("\nIf privacy were twice as dear:")
    dearer = fitted_scenario([0, "1.2", "2.4"])
    doubled = fg.design(fg.PaymentGame(dearer.utility, dearer.users))
    print("  ", in_words(doubled))
    print(f"   it pays out {float(doubled.alpha - best.alpha):+.3f} more of U and keeps", end=" ")
    print(f"{float(doubled.platform_utility - best.platform_utility):+.3f}")


def fitted_scenario(sensitivity: list[int | str]) -> fg.Scenario:
    """The ten hospitals with most stays; variances estimated from all 54."""
    fitted = fg.fit(HERE / "medpar.csv", user="provider", value="los", top=10, sensitivity=sensitivity)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hospitals.toml"
        fitted.write(path)
        return fg.load(path)


def in_words(design: fg.Design) -> str:
    levels = "".join(str(level) for level in design.profile)
    return (
        f"pays out {float(design.alpha):.4f} of U and keeps {float(design.platform_utility):.4f}; "
        f"levels {levels}, largest regret {float(design.regret):.1e} ± {design.regret_bound:.1e}"
    )


def draw(scenario: fg.Scenario, game: fg.PaymentGame, best: fg.Design, picture: Path) -> None:
    from fairgames import plots

    upper, _ = plots.landscape(fg.landscape(game), scenario.users.names, scenario.utility.level_names, best)
    upper.set_title("Ten hospitals: what the platform keeps at each share", loc="left")
    picture.parent.mkdir(parents=True, exist_ok=True)
    upper.figure.savefig(picture)
    print(f"  picture: {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("landscape.png"))
