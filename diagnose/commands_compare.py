"""The command that holds runs side by side. Options in, errors out, no logic."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from diagnose.commands_hosts import shown
from diagnose.commands_rules import FOLDERS

INSUFFICIENT = 4


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN..."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option(
    "--fail-on-regression",
    is_flag=True,
    help="Exit with 1 if throughput fell, or p95 or failures rose.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="PERCENT",
    help="A regression must be larger than this, and than its interval.",
)
@FOLDERS
def compare(
    runs: tuple[Path, ...],
    as_json: bool,
    fail_on_regression: bool,
    tolerance: float,
    folders: tuple[Path, ...],
) -> None:
    """Hold each further RUN against the first: what moved, by how much, and what was set anew.

    Every run is judged anew from its raw files; of a folder with verdict.json alone, that is
    read, and its numbers have no intervals.

    Exit status: 0 compared, 1 a regression (with --fail-on-regression), 2 usage, 3 input
    unreadable, 4 whether there is a regression cannot be told.
    """
    from diagnose import compare_text
    from diagnose.compare import compare, regressions
    from diagnose.output import Printer

    with Printer().progress() as progress:
        found = compare(runs, progress, rules=folders)
    share = tolerance / 100
    text = compare_text.as_json(found, share) if as_json else compare_text.as_text(found, **shown())
    click.echo(text, nl=False)
    if not fail_on_regression:
        return
    judged = [(one.after.name, *regressions(one, share)) for one in found]
    for name, worse, untold in judged:
        for what in worse:
            click.secho(f"diagnose: {name}: a regression of the {what}", fg="red", err=True)
        for what in untold:
            click.secho(f"diagnose: {name}: not judged: {what}", fg="red", err=True)
    regressed = any(worse for _, worse, _ in judged)
    sys.exit(1 if regressed else INSUFFICIENT if any(u for _, _, u in judged) else 0)


def add_to(group: click.Group) -> None:
    """Make it a command of `diagnose`."""
    group.add_command(compare)
