"""The commands about hosts: init, check, trust. Options in, errors out, no logic."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from diagnose.errors import UsageError

CONFIG = click.option(
    "--ssh-config", type=click.Path(path_type=Path), help="Instead of ~/.ssh/config."
)


@click.command()
@click.argument("hosts", nargs=-1, metavar="[[NAME=][ROLE@]HOST]...")
@click.option("--inventory", type=click.Path(path_type=Path), help="Of Ansible, INI or YAML.")
@click.option(
    "--nginx",
    multiple=True,
    metavar="[NAME=]FILE",
    help="nginx.conf, or what `nginx -T` printed (- for standard input), of NAME.",
)
@click.option("--look", is_flag=True, help="Read nginx's configuration on load balancers by ssh.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("diagnose.toml"),
    show_default=True,
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@CONFIG
def init(
    hosts: tuple[str, ...],
    inventory: Path | None,
    nginx: tuple[str, ...],
    look: bool,
    out: Path,
    force: bool,
    ssh_config: Path | None,
) -> None:
    """Write a first diagnose.toml: which machines there are, and who sends to whom.

    \b
    diagnose init lb1=lb@10.0.0.1 api=app@10.0.0.2 db1      machines that are named
    diagnose init --inventory hosts.yml --look             those of Ansible, and their nginx
    diagnose init                                          those of ~/.ssh/config

    Roles that were guessed are said to be guesses. Nothing is changed on a host.
    """
    from diagnose.collect.init import Sources, init

    def say(text: str) -> None:
        click.echo(f"  {text}", err=True)

    sources = Sources(hosts, inventory, ssh_config, nginx, look)
    count = init(sources, out, force=force, say=say)
    click.echo(f"{out}: {count} machine{'s' * (count != 1)}; please correct it, then:", err=True)
    click.echo("  diagnose check", err=True)


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False), default=Path("."))
@click.option("--config", type=click.Path(path_type=Path), help="Instead of RUN/diagnose.toml.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Only these hosts.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@CONFIG
def check(
    run: Path,
    config: Path | None,
    hosts: tuple[str, ...],
    as_json: bool,
    ssh_config: Path | None,
) -> None:
    """Tell what each host of diagnose.toml would give, what is missing, and how to mend it.

    Nothing is changed on a host, and nothing is kept here.
    Exit status: 0 all is there, 1 something is missing that would matter, 2 usage.
    """
    from diagnose.collect import check_text
    from diagnose.collect.check import check
    from diagnose.collect.orders import orders
    from diagnose.output import Printer

    asked = orders(run, config=config, only=hosts, ssh_config=ssh_config, write=False)
    with Printer().progress() as say:
        found = check(asked, say)
    text = check_text.as_json(found) if as_json else check_text.as_text(found, **shown())
    click.echo(text, nl=False)
    sys.exit(1 if any(host.lacking for host in found) else 0)


@click.command()
@click.argument("host")
@click.option("--yes", is_flag=True, help="Remember unknown keys without asking.")
@click.option("--user", default="", help="Instead of what ~/.ssh/config says.")
@click.option("--port", type=click.IntRange(1, 65535), help="Instead of 22.")
@CONFIG
def trust(host: str, yes: bool, user: str, port: int | None, ssh_config: Path | None) -> None:
    """Show the keys of HOST and of each jump host before it, and remember those you agree to.

    HOST is a component of ./diagnose.toml, a name of ~/.ssh/config, or an address. A key that
    differs from a known one is never remembered.
    """
    from diagnose.collect.trusting import target_of, trust

    def agree(question: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to agree", hint="compare the keys, then give --yes")
        return click.confirm(question, default=False, err=True)

    target = target_of(host, user=user, port=port or 0)
    trust(target, say=click.echo, agree=agree, config=ssh_config)


def shown() -> dict[str, Any]:
    """How standard output takes it."""
    tty = sys.stdout.isatty()
    try:
        "✓…".encode(sys.stdout.encoding or "ascii")
        plain = False
    except (UnicodeEncodeError, LookupError):
        plain = True
    width = shutil.get_terminal_size().columns if tty else 100
    return {"width": width, "colour": tty and "NO_COLOR" not in os.environ, "ascii": plain}


def add_to(group: click.Group) -> None:
    """Make them commands of `diagnose`."""
    for command in (init, check, trust):
        group.add_command(command)
