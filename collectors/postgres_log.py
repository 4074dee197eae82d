"""Log of PostgreSQL: stderr with any log_line_prefix, csvlog, or jsonlog.

    2026-11-23 06:37:08.390 UTC [16426] LOG:  duration: 3.629 ms  statement: SELECT name
    \tFROM items
    2026-11-23 06:37:09.470 UTC [16431] LOG:  process 16431 still waiting for ShareLock …

Durations are milliseconds; an entry is written when its statement ends. Statements come from
log_min_duration_statement, or from log_duration joined with log_statement by process. Of the
extended protocol `execute` counts; `parse`, `bind` and auto_explain's plans do not. Which zone
an abbreviation means is known where only one zone has it; CST, IST and BST are read as naive.

Lock waits, temporary files and checkpoints are logged only where log_lock_waits,
log_temp_files and log_checkpoints say so: their absence is not given. Logs of servers that
speak another language than English (lc_messages) cannot be read.

Source: https://www.postgresql.org/docs/current/runtime-config-logging.html
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Labels, Reading, Statements

from ._fingerprint import Fingerprints
from ._log_messages import OTHER, Messages, careful
from ._postgres_entries import (
    CSV_START,
    Entry,
    StderrLog,
    Times,
    csv_entries,
    json_entries,
    level_of,
)

_DURATION = re.compile(r"duration: (\d+\.\d+) ms(?:  (statement|execute [^:]*): )?")
_STEP = re.compile(r"duration: \d+\.\d+ ms  (?:parse|bind|plan)\b")
_STATEMENT = re.compile(r"(?:statement|execute [^:]*): ")
_VERSION = re.compile(r"starting PostgreSQL (\S+)")
_SQLSTATE = re.compile(r",(?:LOG|ERROR|FATAL|WARNING|PANIC|NOTICE|INFO|DEBUG\d),[0-9A-Z]{5},")
_ERRORS = frozenset(("ERROR", "FATAL", "PANIC"))
TABLE = r"""
too_many_connections     too many clients already|remaining connection slots|too many connections for
deadlock                 ^deadlock detected
statement_timeout        due to statement timeout
lock_wait_timeout        still waiting for|due to lock timeout|could not obtain lock
checkpoints_too_frequent checkpoints are occurring too frequently
checkpoint               ^(?:checkpoint|restartpoint) (?:starting|complete)
temporary_file           ^temporary file: path
disk_full                No space left on device|[Dd]isk full
too_many_open_files      [Tt]oo many open files|out of file descriptors
out_of_memory            out of (?:shared )?memory|Cannot allocate memory
crash                    terminated by signal|terminating any other active|was not properly shut down|database system was interrupted
aborted_connection       could not (?:receive|send) data (?:from|to) client|unexpected EOF on client|connection to client lost
"""  # noqa: E501
UNSURE = frozenset(["lock_wait_timeout", "temporary_file", "checkpoint"])


def recognizes(head: Head) -> float:
    """Its levels with two blanks behind them, its 23 columns, or its keys."""
    lines = [line for line in head.lines if line.strip() and line[0] != "\t"][:200]
    if any('"error_severity":' in line and '"timestamp":' in line for line in lines[:20]):
        return 0.97
    if _SQLSTATE.search(head.text) and any(CSV_START.match(line) for line in lines[:20]):
        return 0.97
    levels = [level_of(line)[0] for line in lines]
    told = sum(bool(level) for level in levels)
    ours = {"LOG", "STATEMENT", "FATAL", "DETAIL", "CONTEXT"} & set(levels)
    return 0.92 if ours and told >= 0.3 * len(lines) else 0.0


@collector(kind="postgres_log", title="PostgreSQL log", recognizes=recognizes, role="db")
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Statements with their values taken out; messages of trouble."""
    times, log = Times(), _Log(bad)
    stderr = StderrLog(raw, times, bad)
    for entry in _entries(raw, times, stderr, bad):
        log.take(entry)
    reading = log.reading(times.naive > times.aware)
    if stderr.foreign:
        reading.notes.append(f"{stderr.foreign:,} lines of other programs were not read")
    return reading


def _entries(raw: RawFile, times: Times, stderr: StderrLog, bad: BadLines) -> Iterator[Entry]:
    first = next((line for line in raw.head().lines if line.strip()), "")
    if first.startswith("{"):
        return json_entries(raw.lines(), times, bad)
    # A server that turns from stderr to csvlog writes some records into the log that it leaves.
    torn = not level_of(first)[0] and _SQLSTATE.search(raw.head().text)
    if CSV_START.match(first) or torn:
        return csv_entries(raw.lines(), times, bad)
    return stderr.entries()


class _Log:
    """What the entries say, one by one."""

    def __init__(self, bad: BadLines) -> None:
        self._bad = bad
        self._prints = Fingerprints("postgres")
        self._rows, self._codes, self._lines = array("d"), array("q"), array("q")
        self._messages = Messages("db", TABLE, "postgres", UNSURE)
        self._said: dict[str, str] = {}  # the last statement by process
        self._facts = [Fact("db.product", "PostgreSQL")]
        self._steps = 0

    def take(self, entry: Entry) -> None:
        """One entry."""
        message = entry.message
        if entry.level != "LOG":
            if entry.level in _ERRORS or entry.level == "WARNING":
                slug = self._messages.slug(message)
                self._count(slug or (OTHER if entry.level in _ERRORS else ""), entry)
        elif message.startswith("duration: "):
            self._take_duration(entry)
        elif _STATEMENT.match(message):
            if len(self._said) > 10_000:
                self._said.clear()
            self._said[entry.session] = message[message.index(": ") + 2 :]
        else:
            self._count(self._messages.slug(message), entry)
            if found := _VERSION.match(message):
                self._facts.append(Fact("db.version", found[1], line=entry.number))

    def _count(self, slug: str, entry: Entry) -> None:
        if slug:
            text = entry.message.partition("\n")[0]
            self._messages.count(slug, entry.at_s, entry.number, f"{entry.level}:  {text}")

    def _take_duration(self, entry: Entry) -> None:
        match = _DURATION.match(entry.message)
        if _STEP.match(entry.message):
            self._steps += 1
            return
        statement = entry.message[match.end() :] if match and match[2] else ""
        if match and not match[2]:
            statement = self._said.pop(entry.session, "")
        if match is None or not statement:
            self._bad.note(entry.number, careful(entry.message))
            return
        self._rows.extend((entry.at_s, float(match[1]) / 1000.0))
        self._codes.append(self._prints.code(statement))
        self._lines.append(entry.number)

    def reading(self, naive: bool) -> Reading:
        """All that was read."""
        at_s, took_s = np.array(self._rows).reshape(-1, 2).T
        unknown = np.full(len(at_s), math.nan)
        statements = Statements(
            at_s,
            took_s,
            unknown,
            unknown,
            unknown,
            unknown,
            Labels(np.array(self._codes, np.int64), self._prints.names),
            np.array(self._lines, np.int64),
        )
        reading = Reading(naive=naive, facts=self._facts)
        reading.occurrences = self._messages.occurrences()
        if len(at_s):
            reading.statements.append(statements)
        if self._steps:
            what = "durations of parse, bind and plans were left out"
            reading.notes.append(f"{self._steps:,} {what}")
        return reading
