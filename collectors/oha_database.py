"""oha --db-url: an SQLite file with one row a request that was answered.

    oha(url, start, start_latency_correction, end, duration, status, len_bytes, run)

Seconds since oha began; run is the epoch second in which that was (since 1.8: older files have
no time of day). With --latency-correction a request was due at start_latency_correction, and
duration counts from there. Errors have no row. A "line" of it is the number of a row. Several
runs into one file are a Load each.

Source: https://github.com/hatoo/oha (src/db.rs); https://www.sqlite.org/fileformat.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.loadrows import load_of
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_columns import RequestColumns
from ._load_failures import is_failure
from .oha_requests import NO_ERRORS

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\x00"
NEEDED = {"start", "end", "duration", "status"}
NO_CLOCK = "this version of oha writes no time of day: times are seconds since it began"
TORN = "the database is damaged or breaks off: rows up to there were read"


def recognizes(head: Head) -> float:
    """By SQLite's own first bytes, and the statement that made oha's table."""
    ours = head.raw.startswith(MAGIC) and b"CREATE TABLE oha" in head.raw
    return 0.98 if ours else 0.0


@collector(
    kind="oha_database",
    title="oha database (--db-url)",
    recognizes=recognizes,
    role="load_generator",
    tool="oha",
    best=BEST["oha"],
    gives=("series", "percentiles", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run.

    Raises:
        UnreadableSource: it is no database that SQLite can read.
    """
    reading = Reading(facts=[Fact("load.tool", "oha")])
    runs: dict[Any, _Run] = {}
    for number, row in enumerate(_rows(raw, reading), start=1):
        runs.setdefault(row.get("run"), _Run()).add(row, number, bad)
    for began, run in sorted(runs.items(), key=lambda item: str(item[0])):
        reading.loads.append(run.load(isinstance(began, int)))
        if not isinstance(began, int):
            reading.notes.append(NO_CLOCK)
    if not runs:
        reading.notes.append("no request was answered: the table has no rows")
    reading.notes.append(NO_ERRORS)
    return reading


class _Run:
    """The requests of one run."""

    def __init__(self) -> None:
        self.columns = RequestColumns()
        self.corrected = False

    def add(self, row: dict[str, Any], number: int, bad: BadLines) -> None:
        """Take a row; one without times is bad."""
        try:
            due, took_s = row.get("start_latency_correction"), float(row["duration"])
            began_s = float(row["start"] if due is None else due) + float(row.get("run") or 0)
            status = int(row["status"])
        except (TypeError, ValueError):
            bad.note(number, str(row)[:160])
            return
        self.corrected |= due is not None
        self.columns.add(began_s, took_s, number, f"status {status}" if is_failure(status) else "")
        self.columns.asked(str(row.get("url") or ""))

    def load(self, dated: bool) -> Load:
        """Requests that were due at a rate, whatever the answers did, are an open model."""
        load = load_of("oha", self.columns.rows(), open_model=self.corrected, relative=not dated)
        return replace(load, from_due=self.corrected)


def _rows(raw: RawFile, reading: Reading) -> Iterator[dict[str, Any]]:
    """Every row by the names of its columns; what a damaged file still gives."""
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(raw.whole())
        # Without it SQLite refuses a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema = ON")
        names = [row[1] for row in connection.execute("PRAGMA table_info(oha)")]
        if not names or not set(names) >= NEEDED:
            raise UnreadableSource(
                raw.path,
                "an SQLite file without oha's table, or a damaged one",
                hint="give what `oha --db-url` wrote, copied when oha had ended",
            )
        for cells in _fetched(connection, reading):
            yield dict(zip(names, cells, strict=True))
    except sqlite3.DatabaseError as error:
        raise UnreadableSource(
            raw.path, f"SQLite cannot read it ({error})", hint="copy the file again, when oha ended"
        ) from None
    finally:
        connection.close()


def _fetched(connection: sqlite3.Connection, reading: Reading) -> Iterator[tuple[Any, ...]]:
    import sqlite3

    cursor = connection.execute("SELECT * FROM oha")
    while True:
        try:
            cells = cursor.fetchone()
        except sqlite3.DatabaseError:
            reading.notes.append(TORN)
            return
        if cells is None:
            return
        yield cells
