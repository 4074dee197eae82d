"""`diagnose collect`: its options, made into a collection."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from diagnose.collect import background, results
from diagnose.collect.background import Signs
from diagnose.collect.campaign import Load, collect
from diagnose.collect.keeper import Keeper
from diagnose.collect.loading import Ended
from diagnose.collect.orders import Orders, orders
from diagnose.collect.progress import Progress
from diagnose.errors import DiagnoseError, UsageError
from diagnose.hosts.printable import printable
from diagnose.manifest import Entry, Manifest
from diagnose.units import show

MOST_FAILURES = 12  # that are shown (a choice)


@dataclass(frozen=True, slots=True)
class Options:
    """As they stand on the command line."""

    run: Path
    config: Path | None = None
    hosts: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    redact: bool = False
    ssh_config: Path | None = None
    longest: float = 4.0  # hours
    command: tuple[str, ...] = ()

    def orders(self, *, write: bool = True) -> Orders:
        """What they ask for."""
        return orders(
            self.run,
            config=self.config,
            only=self.hosts,
            ssh_config=self.ssh_config,
            since=self.since,
            until=self.until,
            redact=self.redact,
            write=write,
        )

    @property
    def words(self) -> list[str]:
        """The same for another process, which runs no load."""
        told: dict[str, object] = {"--config": self.config, "--ssh-config": self.ssh_config}
        told |= {"--since": self.since, "--until": self.until, "--longest": self.longest}
        words = [word for name, value in told.items() if value for word in (name, str(value))]
        words += [word for name in self.hosts for word in ("--host", name)]
        return [*words, "--redact"] if self.redact else words


def run(options: Options, *, held: bool = False) -> None:
    """Collect; with a load, while that runs. held: until `--end` gives the sign.

    Raises:
        DiagnoseError: as `collect` does, or no host could be reached.
    """
    asked = options.orders()
    load = _until_told(asked) if held else _load(asked, options.command)
    progress = Progress([])
    for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: what is complete is kept
        signal.signal(number, signal.default_int_handler)
    manifest = collect(asked, progress, load=load, longest_s=options.longest * 3600.0)
    for line in _report(asked, manifest):
        click.echo(line, err=True)
    if manifest.hosts and all(host.error for host in manifest.hosts) and not manifest.files:
        raise DiagnoseError(
            "no host could be reached",
            hint=f"`diagnose check {asked.run}` says what each of them answers",
        )


def begin(options: Options) -> None:
    """Start to record, in a process of its own.

    Raises:
        DiagnoseError: what it said when it ended at once.
    """
    options.orders()  # mistakes are told here
    background.begin(options.run, ["--held", *options.words], _tell)
    click.echo(
        f"recording; run the load now, then `diagnose collect {options.run} --end`", err=True
    )


def end(run_dir: Path) -> None:
    """End that process's recording, and wait until it has collected the rest.

    Raises:
        UsageError: there is none.
    """
    background.end(run_dir, _tell)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _load(asked: Orders, command: tuple[str, ...]) -> Load | None:
    """The load of the command line, run by this machine as the load generator.

    Raises:
        UsageError: diagnose.toml has no load generator here.
    """
    if not command:
        return None
    part = asked.generator
    if part is None or part.place.host != "local":
        raise UsageError(
            "the load is run here, and diagnose.toml has no load generator on this machine",
            hint='write role = "load_generator" and host = "local" under the component that it is',
        )
    return lambda keeper: results.run_kept(command, part, keeper)


def _until_told(asked: Orders) -> Load:
    """Recorded until the sign to stop; the load runs elsewhere."""
    signs = Signs(asked.run)

    def load(_: Keeper) -> Ended:
        began_s = time.time()
        signs.ready.touch()
        background.wait_for_stop(signs)
        return Ended(began_s, time.time(), 0)

    return load


def _report(asked: Orders, manifest: Manifest) -> list[str]:
    """What came, what did not and why, and how to go on."""
    lines = _failures(manifest.failures)
    size = show(sum(entry.bytes for entry in manifest.files), "bytes")
    lines.append(f"{len(manifest.files)} files, {size} in {asked.run}; next:")
    lines.append(f"  diagnose analyze {asked.run}")
    return lines


def _failures(failures: Sequence[Entry]) -> list[str]:
    """Those of one reason together, whatever the component."""
    by_why: dict[tuple[str, str], list[Entry]] = {}
    for entry in failures:
        same = entry.how or re.sub(r"[\d.:]+", "", entry.why)  # times, process numbers
        by_why.setdefault((entry.file, same), []).append(entry)
    lines = []
    for entries in list(by_why.values())[:MOST_FAILURES]:
        names = ", ".join(dict.fromkeys(entry.component for entry in entries))
        first = entries[0]
        lines.append(f"  no {first.file} of {names}: {printable(first.why)}")
        lines += [f"    → {printable(first.how)}"] if first.how else []
    more = len(by_why) - MOST_FAILURES
    return [*lines, f"  and {more} more, see manifest.json"] if more > 0 else lines
