"""A recorded run cut down to a few files that a test may break, and the command run on it."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from diagnose.cli import main

FEW = (
    "raw/client/run_stats_history.csv",
    "raw/lb1/access.log",
    "raw/lb1/error.log",
    "raw/lb1/nginx.conf",
    "raw/lb1/stub_status.txt",
    "raw/lb1/iostat.json",
    "raw/lb1/nstat.txt",
    "raw/api/api.log",
    "raw/db/slow.log",
)
CULPRIT = "lb1: nginx ran out of worker connections"


def cut_down(run: Path, to: Path, files: tuple[str, ...] = FEW, toml: bool = True) -> Path:
    """Copy a few files of a run, with its diagnose.toml."""
    for name in (*files, *(("diagnose.toml",) if toml else ())):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(run / name, to / name)
    return to


def analyze(path: Path, *more: str) -> Result:
    """Run the command as a user does, without writing reports."""
    asked = ["analyze", str(path), "--format", "none", "--quiet", *more]
    return CliRunner().invoke(main, asked)


def says_it_clearly(done: Result, code: int, what: str) -> None:
    """One sentence on stderr, a hint below it, nothing on stdout, and no traceback."""
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    first, *rest = done.stderr.splitlines()
    assert first.startswith("diagnose: ") and what in first, first
    assert len(rest) <= 1 and all(line.startswith("  → ") for line in rest), rest
