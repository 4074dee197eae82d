"""The commands about rules: rules, rules new, explain. Options in, errors out, no logic."""

from __future__ import annotations

from pathlib import Path

import click

FOLDERS = click.option(
    "--rules",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    envvar="DIAGNOSE_RULES",
    help="Rules of your own, every *.py of DIR, beside ours; may be given several times.",
)


@click.group(invoke_without_command=True)
@FOLDERS
@click.pass_context
def rules(ctx: click.Context, folders: tuple[Path, ...]) -> None:
    """List the bottlenecks that are looked for; `rules new NAME` begins a rule of your own."""
    from diagnose.output import rules_text

    if ctx.invoked_subcommand is None:
        click.echo(rules_text(folders))


@rules.command()
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("diagnose_rules"),
    show_default=True,
    help="The folder to write to.",
)
def new(name: str, folder: Path) -> None:
    """Write NAME.py, a rule to be filled in, and its test beside it.

    NAME is a sentence on what is wrong, with underscores: queue_of_payments_is_full.
    """
    from diagnose.newrule import write

    for path in write(name, folder):
        click.echo(path)
    click.echo(f"  python -m pytest {folder}", err=True)
    click.echo(f"  diagnose analyze RUN --rules {folder}", err=True)


@click.command()
@click.argument("rule")
@FOLDERS
def explain(rule: str, folders: tuple[Path, ...]) -> None:
    """Print the page of RULE: what it says, why it matters, how it decides, what fools it."""
    from diagnose.output import explain_text

    click.echo(explain_text(rule, folders))


def add_to(group: click.Group) -> None:
    """Make them commands of `diagnose`."""
    group.add_command(rules)
    group.add_command(explain)
