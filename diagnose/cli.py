"""The command line: options in, errors out, no logic. Heavy libraries load inside commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from diagnose import __version__, commands_compare, commands_hosts, commands_rules
from diagnose.errors import DiagnoseError, UsageError

EXIT = {"bottleneck": 0, "no_bottleneck": 0, "insufficient_evidence": 4}


class _Group(click.Group):
    """Turns our own errors into a sentence and a hint; bugs keep their traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DiagnoseError as error:
            click.secho(f"diagnose: {error.what}", fg="red", err=True)
            if error.hint:
                click.echo(f"  → {error.hint}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="diagnose")
def main() -> None:
    """Say which machine, and which resource on it, held a load test back.

    \b
    diagnose init HOST...        write diagnose.toml: which machines there are
    diagnose check               what each host would give, and how to mend what is missing
    diagnose collect run42/      fetch from every host of diagnose.toml what a load left there
    diagnose analyze run42/      the verdict, on the terminal and as HTML, PDF and JSON
    diagnose compare run41/ run42/   what moved, by how much, and what was set anew
    diagnose formats             what files are read
    diagnose rules               the bottlenecks that are looked for
    diagnose recipe lb           a script that samples a host while the load runs
    """


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the reports.")
@click.option(
    "--format",
    "formats",
    default="html,pdf,md,json",
    show_default=True,
    help="Reports to write, by commas; 'none' for the terminal alone.",
)
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json instead of the report.")
@click.option(
    "--symptom",
    default="",
    metavar="COMPONENT.METRIC",
    help="The column of a table of metrics that shows the symptom.",
)
@click.option(
    "--fail-on",
    default="",
    metavar="CONDITIONS",
    help="Exit with 1 if one holds: bottleneck, p95>500ms, failures>1%, throughput<3000.",
)
@commands_rules.FOLDERS
@click.option("--width", type=int, help="Columns of the terminal report.")
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict's sentence only.")
def analyze(
    path: Path,
    out: Path | None,
    formats: str,
    as_json: bool,
    symptom: str,
    fail_on: str,
    folders: tuple[Path, ...],
    width: int | None,
    quiet: bool,
) -> None:
    """Diagnose PATH: a run directory, or any folder of files gathered by hand.

    Exit status: 0 a verdict was reached (no bottleneck included), 1 a condition of
    --fail-on holds, 2 usage, 3 input unreadable, 4 evidence insufficient.
    """
    from diagnose import thresholds
    from diagnose.analyze import analyze as run_analysis
    from diagnose.output import Printer, asked_formats, write_reports

    conditions = thresholds.parse(fail_on)
    wanted = asked_formats(formats)
    printer = Printer(width=width, quiet=quiet, as_json=as_json)
    with printer.progress() as progress:
        diagnosis, run, run_dir = run_analysis(
            path, out=out, symptom_series=symptom, rules=folders, progress=progress
        )
        written = write_reports(diagnosis, run, run_dir, wanted, progress)
    printer.show(diagnosis, run, written)
    broken = [c for c in conditions if c.holds(diagnosis)]
    for condition in broken:
        click.secho(f"diagnose: {condition.says(diagnosis)}", fg="red", err=True)
    sys.exit(1 if broken else EXIT[diagnosis.verdict])


@main.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.argument("load", nargs=-1, type=click.UNPROCESSED)
@click.option("--begin", is_flag=True, help="Record from now on, and come back.")
@click.option("--end", is_flag=True, help="End the recording, and fetch the rest.")
@click.option("--config", type=click.Path(path_type=Path), help="Instead of RUN/diagnose.toml.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Only these hosts.")
@click.option("--since", default="", metavar="TIME", help="The load began: ISO 8601, or 30m ago.")
@click.option("--until", default="", metavar="TIME", help="The load ended.")
@click.option("--redact", is_flag=True, help="Put stand-ins for addresses, names and values.")
@click.option("--dry-run", is_flag=True, help="Print every command for every host; run none.")
@click.option("--ssh-config", type=click.Path(path_type=Path), help="Instead of ~/.ssh/config.")
@click.option("--longest", default=4.0, metavar="HOURS", help="End recording after so long.")
@click.option("--held", is_flag=True, hidden=True)
def collect(
    run: Path,
    load: tuple[str, ...],
    begin: bool,
    end: bool,
    dry_run: bool,
    held: bool,
    **options: Any,
) -> None:
    """Collect into RUN what the hosts of diagnose.toml tell of a load test.

    \b
    diagnose collect run42/                    after the load
    diagnose collect run42/ -- locust …        before, under and after the load that this runs
    diagnose collect run42/ --begin … --end    the same around a load that you run yourself

    Nothing is installed or written on a host. What cannot be had is noted in RUN/manifest.json;
    run again, what is missing is fetched.
    Exit status: 0 collected, 2 usage, 3 no host was reached or nothing could be written.
    """
    from diagnose.collect import command
    from diagnose.collect.dry_run import lines

    asked = command.Options(run, command=load, **options)
    if sum((begin, end, dry_run, bool(load))) > 1:
        raise UsageError(
            "--begin, --end, --dry-run and a load exclude each other", hint="give one of them"
        )
    if end:
        command.end(run)
    elif begin:
        command.begin(asked)
    elif dry_run:
        click.echo("\n".join(lines(asked.orders(write=False))))
    else:
        command.run(asked, held=held)


def _listing(command: Callable[..., None]) -> Callable[..., None]:
    return main.command()(command)


@_listing
def schema() -> None:
    """Print the JSON Schema of verdict.json."""
    from importlib.resources import files

    click.echo(files("diagnose").joinpath("verdict.schema.json").read_text(encoding="utf-8"))


@_listing
def formats() -> None:
    """List the files that are read. Each is told by its content, never by its name."""
    from diagnose.output import formats_text

    click.echo(formats_text())


@main.command()
@click.argument("role", default="")
def recipe(role: str) -> None:
    """Print a shell script that samples a host of ROLE while the load runs."""
    from diagnose.recipe import recipe as script_for

    click.echo(script_for(role))


commands_hosts.add_to(main)
commands_rules.add_to(main)
commands_compare.add_to(main)

if __name__ == "__main__":
    main()
