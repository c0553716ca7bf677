"""One example of each command, in the order in which they are used; ``--help`` shows them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: A file that an example names is made by one above it, or is a reader's own (data, observations, runs, a game).
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "init": "fairgames init clinics.toml",
        "fit": "fairgames fit data.csv --user clinic --value days --sensitivity 0,0.6,1.2 -o fitted.toml",
        "payments": "fairgames payments clinics.toml --profile 2,1,0 --alpha 1/4",
        "design": "fairgames design clinics.toml --selection worst -o answer.json",
        "plot": "fairgames plot clinics.toml landscape -o landscape.svg",
        "audit": "fairgames audit clinics.toml --rule users --alpha 1/2",
        "learn": "fairgames learn clinics.toml observations.csv -o learned.toml",
        "equilibria": "fairgames equilibria clinics.toml --alpha 3/10",
        "correlated": "fairgames correlated clinics.toml --alpha 3/10",
        "played": "fairgames played clinics.toml --alpha 3/10 -o played.csv",
        "crosscheck": "fairgames crosscheck game.nfg --solver nashpy",
        "compare": "fairgames compare answer.json clinics.toml",
        "export": "fairgames export clinics.toml --alpha 3/10 -o clinics.gbt",
        "sweep": "fairgames sweep clinics.toml --vary users.*.sensitivity_scale=1/2:2:4 -o sweep.csv",
        "report": "fairgames report clinics.toml -o clinics.html",
        "explore": "fairgames explore clinics.toml",
        "evaluations": "fairgames evaluations runs.db list",
        "reproduce": "fairgames reproduce eq37 -o papers",
        "help": "fairgames help design",
    }
)

#: What `fairgames --help` says before it lists the commands.
FIRST_STEPS = """\b
First steps, in order:
  fairgames init clinics.toml           a scenario to fill in (or: fairgames fit)
  fairgames design clinics.toml         the share to pay out, and each payment
  fairgames plot clinics.toml -o p.svg  the picture
  fairgames help COMMAND                the options of one command"""


def epilogue(command: str) -> str | None:
    """The example of a command as the end of its help; None where there is none."""
    return f"\b\nExample:\n  {EXAMPLES[command]}" if command in EXAMPLES else None
