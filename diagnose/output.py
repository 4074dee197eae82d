"""What the command line prints and writes: progress, the terminal report, lists, pages."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from diagnose.case import Run
from diagnose.errors import DiagnoseError, UsageError
from diagnose.installed import BROKEN
from diagnose.model import Diagnosis
from diagnose.plugins import COLLECTORS, REPORTS, RULES, Rule, load
from diagnose.rundir import RunDirectory

FILE_NAMES = {"json": "verdict.json"}
PLAIN_WIDTH = 100  # where there is no terminal to ask


def asked_formats(text: str) -> list[str]:
    """Names of reports to write; verdict.json always among them unless none is wanted.

    Raises:
        UsageError: there is no such report.
    """
    load("reports")
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["none"]:
        return []
    for name in names:
        if name not in REPORTS:
            raise UsageError(
                f"there is no report {name!r}", hint=f"use: {', '.join(sorted(REPORTS))}"
            )
    return names


def write_reports(
    diagnosis: Diagnosis,
    run: Run,
    run_dir: RunDirectory,
    names: list[str],
    progress: Callable[[str], None],
) -> list[Path]:
    """Write each report whole or not at all; the paths are returned in the same order."""
    written = []
    for name in names:
        made = REPORTS[name]
        target = run_dir.write(FILE_NAMES.get(name, f"report{made.suffix}"))
        progress(f"writing {target.name}")
        part = target.with_name(f".{target.name}.part{made.suffix}")
        try:
            made.write(diagnosis, run, part)
            os.replace(part, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise DiagnoseError(
                f"cannot write {target} ({error.strerror})", hint="name another folder with --out"
            ) from None
        written.append(target)
    return written


@dataclass(frozen=True, slots=True)
class Printer:
    """How the user wants to see it."""

    width: int | None = None
    quiet: bool = False
    as_json: bool = False

    @contextlib.contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """A line that says what is being read, on a terminal only; gone when done."""
        shown = sys.stderr.isatty() and not self.quiet
        columns = shutil.get_terminal_size().columns

        def say(what: str) -> None:
            if shown:
                sys.stderr.write(f"\r\x1b[2K{what[: columns - 1]}")
                sys.stderr.flush()

        try:
            yield say
        finally:
            if shown:
                sys.stderr.write("\r\x1b[2K")

    def show(self, diagnosis: Diagnosis, run: Run, written: list[Path]) -> None:
        """The report on stdout, then where the files lie."""
        if self.quiet or self.as_json:  # which have no notes
            for said in BROKEN.values():
                click.echo(f"diagnose: {said}", err=True)
        if self.quiet:
            click.echo(diagnosis.sentence)
            return
        if self.as_json:
            click.echo(importlib.import_module("diagnose.reports.verdict_json").dumps(diagnosis))
            return
        terminal = importlib.import_module("diagnose.reports.terminal")
        tty = sys.stdout.isatty()
        width = self.width or (shutil.get_terminal_size().columns if tty else PLAIN_WIDTH)
        plain = not terminal.accepts_utf8(sys.stdout.encoding)
        colour = tty and "NO_COLOR" not in os.environ
        click.echo(
            terminal.render(diagnosis, run, colour=colour, width=width, ascii=plain), nl=False
        )
        if written:
            click.echo("\nReports")
            for path in written:
                click.echo(f"  {path}")


def formats_text() -> str:
    """All that is read, one line a format."""
    load("collectors")
    bare = (c for c in COLLECTORS.values() if not c.tool)
    rows = [(c.title, _first_sentence(c.doc)) for c in bare]
    width = max(len(title) for title, _ in rows)
    lines = [f"{title:<{width}}  {says}" for title, says in sorted(rows)]
    head = "Told by content, never by name; gzip, xz and zstd are read as they are.\n"
    return "\n".join([head, *lines, "", *_load_tools(), *_broken()])


def _load_tools() -> list[str]:
    """What is read of each load tool, and the command line that tells most."""
    from diagnose.loadtools import RISING, load_tools

    lines = ["Load tools, each with the one command line that tells most", f"({RISING})"]
    for tool in load_tools():
        lines += ["", click.style(tool.name, bold=True)]
        width = max(len(c.title) for c in tool.formats)
        told = [(c.title, ", ".join(c.gives) or "nothing that is judged") for c in tool.formats]
        lines += [f"  {title:<{width}}  {gives}" for title, gives in told]
        lines += [f"  → {tool.best}"] if tool.best else []
    return lines


def _first_sentence(doc: str) -> str:
    return doc.strip().partition("\n")[0].rstrip(".")


def rules_text(folders: Iterable[Path] = ()) -> str:
    """All rules, by resource; of those that are not ours, where they come from."""
    from diagnose.userrules import in_force

    with in_force(folders):
        return _rules_text()


def _broken() -> list[str]:
    return ["", *BROKEN.values()] if BROKEN else []


def _rules_text() -> str:
    width = max(len(name) for name in RULES)
    lines = []
    for resource in sorted({r.resource for r in RULES.values()}):
        lines.append(click.style(resource, bold=True))
        for name, rule in sorted(RULES.items()):
            if rule.resource == resource:
                lines.append(f"  {name:<{width}}  {rule.title.rstrip('.')}{_origin(rule)}")
    told = f"{len(RULES)} rules; `diagnose explain RULE` prints one's page"
    return "\n".join([*lines, "", told, *_broken()])


def _origin(rule: Rule) -> str:
    return f" (from {rule.origin})" if rule.origin else ""


def explain_text(name: str, folders: Iterable[Path] = ()) -> str:
    """The page of one rule, ours or of the folders.

    Raises:
        UsageError: there is none of that name; near names are given.
    """
    from diagnose.userrules import in_force

    with in_force(folders):
        return _explain_text(name)


def _explain_text(name: str) -> str:
    import difflib

    wanted = name.replace("_", "-")
    if wanted not in RULES:
        near = difflib.get_close_matches(wanted, RULES, n=3, cutoff=0.4)
        hint = (
            f"did you mean {', '.join(near)}?" if near else "run `diagnose rules` for all of them"
        )
        raise UsageError(f"there is no rule {name!r}", hint=hint)
    rule = RULES[wanted]
    roles = ", ".join(rule.roles) or "every component"
    facts = [f"Resource: {rule.resource}", f"Judges: {roles}"]
    if rule.origin:
        facts.append(f"From: {rule.origin}")
    if rule.needs:
        facts.append(f"Needs: {'; '.join(rule.needs)}")
    if rule.how_to_collect:
        facts.append(f"To collect: {rule.how_to_collect}")
    return "\n".join([click.style(wanted, bold=True), "", *facts, "", rule.doc.rstrip()])
