"""``fairgames fit``: from rows of data to a scenario."""

from __future__ import annotations

import click

from fairgames.cli import options, show
from fairgames.random_effects import fit


@click.command("fit")
@click.argument("data", type=click.Path())
@click.option("--user", required=True, help="The column that names the data holder of a row.")
@click.option("--value", required=True, help="The column with the number.")
@click.option("--top", type=click.IntRange(min=1), help="Keep only the K data holders with most samples.")
@click.option("--sensitivity", help="What sharing costs everybody at each level, such as 0,0.1,0.3.")
@click.option("-o", "--output", required=True, type=click.Path(), help="The scenario to write.")
@options.as_json
def command(
    data: str, user: str, value: str, top: int | None, sensitivity: str | None, output: str, as_json: bool
) -> None:
    """Estimate the variances within and between the users of DATA (CSV, one row a sample)."""
    costs = None if sensitivity is None else [part.strip() for part in sensitivity.split(",")]
    with show.progress_bar():
        fitted = fit(data, user, value, top=top, sensitivity=costs)
        fitted.write(output)
    show.warn(fitted.warnings)
    if as_json:
        show.print_json(
            {
                "between_user_variance": fitted.between,
                "within_user_variance": fitted.within,
                "users": fitted.users,
                "samples": fitted.samples,
                "output": output,
            }
        )
        return
    show.say(
        f"Within-user variance r² = {fitted.within:.6g}, between-user variance s² = {fitted.between:.6g}, "
        f"from {fitted.n_samples_all:,} samples of {fitted.n_users_all} users."
    )
    samples = (f"{number:,}" for number in fitted.samples)
    show.print_table(["user", "samples"], zip(fitted.users, samples, strict=True))
    show.say(f"Wrote {output}.")
