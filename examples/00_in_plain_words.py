"""The answer for ten hospitals in three sentences that need no mathematics, and the picture behind it.

python examples/00_in_plain_words.py [hospitals.toml [landscape.png]]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import fairgames as fg
from fairgames import plots

HERE = Path(__file__).parent


def main(scenario: fg.Scenario, picture: Path) -> None:
    game = fg.PaymentGame(scenario.utility, scenario.users)
    best = fg.design(game)
    print("\n".join(sentences(scenario, best)))
    upper, _ = plots.landscape(fg.landscape(game), scenario.users.names, scenario.utility.level_names, best)
    upper.set_title("Ten hospitals: what the platform keeps at each share", loc="left")
    picture.parent.mkdir(parents=True, exist_ok=True)
    upper.figure.savefig(picture)
    print(f"The picture: {picture}")


def sentences(scenario: fg.Scenario, best: fg.Design) -> list[str]:
    cents = round(100 * float(best.alpha))
    levels = [scenario.utility.level_names[level] for level in best.profile]
    paid = f"{float(min(best.payments)):.2f} to {float(max(best.payments)):.2f}"
    assert min(best.gains) > 0  # the second sentence says so
    return [
        f"Of every euro that the hospitals' data are worth to the platform, it should pay them {cents} cents and keep "
        f"{100 - cents}.",
        f"Then {levels.count('2')} of {len(levels)} hospitals send their average, {levels.count('1')} only adds it to "
        f"a sum that is meant to hide it and {levels.count('0')} keep out; each is paid {paid}, which is more than "
        "sharing costs it, and none would gain by choosing otherwise.",
        "Paid less, some hospital would share less, and the platform would keep less in the end; paid more, they would "
        "share no more than they do.",
    ]


def ten_hospitals() -> fg.Scenario:
    """Those with most stays of examples/medpar.csv; what nothing, the aggregate and the mean cost each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hospitals.toml"
        fg.fit(HERE / "medpar.csv", user="provider", value="los", top=10, sensitivity=[0, "0.6", "1.2"]).write(path)
        return fg.load(path)


if __name__ == "__main__":
    main(
        fg.load(sys.argv[1]) if len(sys.argv) > 1 else ten_hospitals(),
        Path(sys.argv[2]) if len(sys.argv) > 2 else Path("landscape.png"),
    )
