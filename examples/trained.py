"""What examples of trained models tell in the end: the platform's answer, and a price per record beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

import fairgames as fg
from fairgames.audit import audit
from fairgames.mechanism import TrainedDesign
from fairgames.training import progress_bar


def arguments(description: str) -> argparse.Namespace:
    """The folder of the store and the pictures, and a number of trainings."""
    parser = argparse.ArgumentParser(description=description.partition("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("out"), help="of the store and the pictures")
    parser.add_argument("--budget", type=int, help="trainings to make do with; default: all profiles")
    return parser.parse_args()


def tell(utility: fg.BlackBoxUtility, users: fg.Users, pictures: Path, budget: int | None) -> None:
    """Print and draw the best share, the equilibrium there, fair payments, and what a price per record would pay."""
    game = fg.PaymentGame(utility, users)
    with progress_bar():
        best = fg.design(game, budget=budget)
        fair = fg.payments(utility, best.profile, alpha=best.alpha)
    known = len(utility.evaluator.values)
    print(f"{known:,} of {game.size:,} profiles are trained, {utility.evaluations:,} of them now.")
    print(f"The platform pays out {float(best.alpha):.4f} of U and keeps {float(best.platform_utility):.1f} of "
          f"{float(best.utility):.1f}.")  # fmt: skip
    for remark in (*best.remarks(), *best.warnings):
        print(remark)
    flat = fg.payments(utility, best.profile, alpha=best.alpha, rule="per-record")
    print(f"\n{'':12}level  records  fair payment  per record")
    for name, level, size, due, paid in zip(
        users.names, best.profile, users.samples.astype(int), fair.payments, flat.payments, strict=True
    ):
        said = f"{'over' if paid > due else 'under'}paid by {abs(paid - due):.1f}" if abs(paid - due) >= 0.05 else ""
        print(f"{name:12}{level:5}{size:9}{due:14.1f}{paid:12.1f}   {said}".rstrip())
    if budget is None:
        print("\nA price per record, audited:")
        found = audit(game, "per-record", alpha=best.alpha, profile=best.profile)
        for name in ("A.i", "A.ii", "B.i", "B.ii"):
            print(f"  {found[name].sentence}")
    draw(game, best, fair, flat, pictures)
    utility.store.close()


def draw(game: fg.PaymentGame, best: fg.Design, fair: fg.Allocation, flat: fg.Allocation, pictures: Path) -> None:
    """Payments by both rules; and the platform's landscape, where every profile is known."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    place = range(len(game.users))
    axes.bar([at - 0.2 for at in place], fair.payments, 0.4, label="fair payment")
    axes.bar([at + 0.2 for at in place], flat.payments, 0.4, label="the same sum at a price per record")
    axes.set_xticks(place, game.users.names, rotation=30)
    axes.set_ylabel("thousands")
    axes.legend(frameon=False)
    drawn = {Path(f"{pictures}-payments.png"): figure}
    if not isinstance(best, TrainedDesign):
        from fairgames import plots

        upper, _ = plots.landscape(fg.landscape(game), game.users.names, game.utility.level_names, best)
        drawn[Path(f"{pictures}-landscape.png")] = upper.figure
    for path, picture in drawn.items():
        picture.savefig(path, dpi=150)
    print("\npictures:", *drawn)
