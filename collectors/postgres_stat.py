r"""Statistics views of PostgreSQL, once or sampled: pg_stat_database, pg_stat_activity, …

    # 1795406687.510
    pg_stat_database|shop|xact_commit|813
    pg_stat_activity|active|sessions|3
    pg_stat_activity|Lock|waits|1
    pg_locks|transactionid|waiting|1

`diagnose collect` asks for a cell a line; tables as psql prints them (aligned, unaligned, CSV,
expanded) of pg_stat_database, pg_stat_bgwriter, pg_stat_checkpointer and pg_stat_wal are read
as well. Of all databases the sum is taken. Sessions are those of clients.

Traps: counters of pg_stat_database lag by up to a second (PostgreSQL 14 and older: half a
second) and run since stats_reset; rows "returned" by scans are those that were read, not those
that a client got. Without pg_monitor the state of others' sessions is hidden: sessions of no
state are many then, and nothing is said of what they do. Lock waits: transactionid and tuple
are waits for rows, the others for tables and the like.

Source: https://www.postgresql.org/docs/current/monitoring-stats.html
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Form, Ints, Reading, Samples
from diagnose.stamps import blocks

from ._db_client import psql_stream
from ._log_messages import careful
from ._postgres_tables import Cell, cells, looks_like

_COUNTERS = """
pg_stat_database.xact_commit          db.commits_per_s
pg_stat_database.xact_rollback        db.rollbacks_per_s
pg_stat_database.blks_read            db.page_reads_per_s
pg_stat_database.blks_read            db.page_requests_per_s
pg_stat_database.blks_hit             db.page_requests_per_s
pg_stat_database.tup_returned         db.rows_read_per_s
pg_stat_database.temp_files           db.temp_files_per_s
pg_stat_database.temp_bytes           db.temp_bytes_per_s
pg_stat_database.deadlocks            db.deadlocks_per_s
pg_stat_database.sessions             db.connects_per_s
pg_stat_database.sessions_abandoned   db.aborted_clients_per_s
pg_stat_wal.wal_buffers_full          db.log_waits_per_s
pg_stat_bgwriter.checkpoints_timed    db.checkpoints_per_s/timed
pg_stat_bgwriter.checkpoints_req      db.checkpoints_per_s/requested
pg_stat_checkpointer.num_timed        db.checkpoints_per_s/timed
pg_stat_checkpointer.num_requested    db.checkpoints_per_s/requested
"""
COUNTERS = [row.split() for row in _COUNTERS.strip().splitlines()]
OF_COLUMN: dict[str, list[str]] = defaultdict(list)
for _column, _metric in COUNTERS:
    OF_COLUMN[_column].append(_metric)
ROW_LOCKS = ("transactionid", "tuple")
ACTIVE, IN_TRANSACTION = "active", ("idle in transaction", "idle in transaction (aborted)")
HIDDEN = "none"  # a state that may not be seen
_COLUMNS = ", ".join(f"'{name}'" for name in sorted({c.split(".")[1] for c in OF_COLUMN}))
_CELLS = (
    "SELECT '{view}', {part}, key, value FROM {view} v, LATERAL json_each_text(row_to_json(v)) "
    f"WHERE key IN ({_COLUMNS}, 'numbackends')"
)
_CLIENTS = (
    "FROM pg_stat_activity a, LATERAL (SELECT row_to_json(a) AS j) r "
    "WHERE coalesce(j->>'backend_type', 'client backend') = 'client backend' "
    "AND pid <> pg_backend_pid()"
)
# One answer: rows of one shape. Views that a version lacks are asked for by psql's \if.
_SQL = "\n".join(
    [
        "SELECT to_regclass('pg_stat_checkpointer') IS NOT NULL AS has_checkpointer, "
        "to_regclass('pg_stat_wal') IS NOT NULL AS has_wal \\gset",
        _CELLS.format(view="pg_stat_database", part="datname")
        + " AND datname IS NOT NULL AND datname NOT LIKE 'template_'",
        f"UNION ALL SELECT 'pg_stat_activity', coalesce(j->>'state', '{HIDDEN}'), 'sessions', "
        f"count(*)::text {_CLIENTS} GROUP BY 2",
        "UNION ALL SELECT 'pg_stat_activity', coalesce(j->>'wait_event_type', ''), 'waits', "
        f"count(*)::text {_CLIENTS} AND j->>'state' = '{ACTIVE}' GROUP BY 2",
        "UNION ALL SELECT 'pg_locks', locktype, 'waiting', count(*)::text FROM pg_locks "
        "WHERE NOT granted GROUP BY 2",
        "UNION ALL SELECT 'pg_stat_replication', '', 'replay_lag_s', "
        "coalesce(max(extract(epoch FROM (row_to_json(s)->>'replay_lag')::interval)), "
        "CASE WHEN pg_is_in_recovery() THEN "
        "extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END)::text "
        "FROM pg_stat_replication s",
        "UNION ALL " + _CELLS.format(view="pg_stat_bgwriter", part="''") + ";",
        "\\if :has_checkpointer",
        _CELLS.format(view="pg_stat_checkpointer", part="''") + ";",
        "\\endif",
        "\\if :has_wal",
        _CELLS.format(view="pg_stat_wal", part="''") + ";",
        "\\endif",
    ]
)


def recognizes(head: Head) -> float:
    """Rows or headings of its views."""
    return 0.97 if "|" in head.text and looks_like(head) else 0.5 * looks_like(head)


@collector(
    kind="postgres_stat",
    title="statistics views of PostgreSQL",
    recognizes=recognizes,
    role="db",
    fetch=(psql_stream("postgres_stat.txt", _SQL),),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges and counters of every sample, sums over databases."""
    table = _Table()
    for block in blocks(raw.lines()):
        sums = _Sums(block.at_s)
        for found in cells(block.lines):
            if isinstance(found, Cell):
                if not sums.take(found):
                    bad.note(found.line, careful(f"{found.column}|{found.value}"))
            else:
                bad.note(found[0], careful(found[1]))
        table.add(sums)
    return Reading(samples=table.samples())


class _Sums:
    """What one output says, summed by metric."""

    def __init__(self, at_s: float) -> None:
        self.at_s = at_s
        self.counters: dict[str, tuple[float, int]] = {}
        self.gauges: dict[str, tuple[float, int]] = {}
        self._seen_activity = self._seen_locks = False

    def take(self, cell: Cell) -> bool:
        """One cell; False where its value should be a number and is none."""
        wanted = OF_COLUMN.get(f"{cell.view}.{cell.column}", [])
        gauge = self._gauge(cell)
        if not (wanted or gauge) or cell.value == "":
            return True
        try:
            value = float(cell.value)
        except ValueError:
            return False
        for metric in wanted:
            self._add(self.counters, metric, value, cell.line)
        if gauge:
            self._add(self.gauges, gauge, value, cell.line)
        return True

    def _gauge(self, cell: Cell) -> str:
        if cell.column == "numbackends":
            return "db.connections"
        if cell.column == "sessions" and cell.view == "pg_stat_activity":
            return f"sessions/{cell.part}"
        if cell.column == "waits":
            return f"db.waiting/{cell.part}" if cell.part else "running/"
        if cell.view == "pg_locks":
            return "db.row_lock_waiting" if cell.part in ROW_LOCKS else "db.lock_waiting"
        return "db.replication_lag_s" if cell.column == "replay_lag_s" else ""

    @staticmethod
    def _add(sums: dict[str, tuple[float, int]], name: str, value: float, line: int) -> None:
        before, first = sums.get(name, (0.0, line))
        sums[name] = before + value, first

    def finish(self, waits: set[str], activity: bool) -> None:
        """Turn sessions by state into gauges; what is not listed is none, where all is seen."""
        states = {n: v for n, v in self.gauges.items() if n.startswith("sessions/")}
        line = next((line for _, line in states.values()), 0)
        self.gauges = {n: v for n, v in self.gauges.items() if "/" not in n or n in waits}
        if not activity:
            return
        line = line or next((line for _, line in self.counters.values()), 0)
        total = sum(value for value, _ in states.values())
        hidden = states.get(f"sessions/{HIDDEN}", (0.0, 0))[0]
        self.gauges["db.connections"] = total, line
        for wait in ("db.row_lock_waiting", "db.lock_waiting"):
            self.gauges.setdefault(wait, (0.0, line))
        if hidden > 0:  # others' sessions are not shown to this account
            return
        self.gauges["db.running"] = states.get(f"sessions/{ACTIVE}", (0.0, line))[0], line
        idle = (states.get(f"sessions/{state}", (0.0, line))[0] for state in IN_TRANSACTION)
        self.gauges["db.idle_in_transaction"] = sum(idle), line
        for wait in waits:
            self.gauges.setdefault(wait, (0.0, line))


class _Table:
    """The samples of a file."""

    def __init__(self) -> None:
        self._rows: list[_Sums] = []

    def add(self, sums: _Sums) -> None:
        if sums.counters or sums.gauges:
            self._rows.append(sums)

    def samples(self) -> list[Samples]:
        """One series a metric and part."""
        asked = {name for row in self._rows for name in row.gauges}
        waits = {name for name in asked if name.startswith("db.waiting/")}
        # Sampled by us: a state that no session is in has no row.
        activity = any(name.startswith("sessions/") for name in asked)
        for row in self._rows:
            row.finish(waits, activity)
        found = []
        for form, of in ((Form.COUNTER, "counters"), (Form.GAUGE, "gauges")):
            names = dict.fromkeys(name for row in self._rows for name in getattr(row, of))
            for name in names:
                at_s, values, lines = self._column(of, name)
                metric, _, part = name.partition("/")
                found.append(Samples(metric, at_s, values, part, form, lines))
        return [*found, *self._miss_ratio()]

    def _column(self, of: str, name: str) -> tuple[Array, Array, Ints]:
        rows = [
            (row.at_s, *getattr(row, of)[name]) for row in self._rows if name in getattr(row, of)
        ]
        at_s, values, lines = np.array(rows, float).reshape(-1, 3).T
        return at_s, values, lines.astype(np.int64)

    def _miss_ratio(self) -> list[Samples]:
        """Blocks not found in shared buffers, of those asked for, between two samples."""
        names = ("db.page_reads_per_s", "db.page_requests_per_s")
        rows = [row for row in self._rows if all(name in row.counters for name in names)]
        if len(rows) < 2 or any(math.isnan(row.at_s) for row in rows):
            return []
        at_s = np.array([row.at_s for row in rows])
        read, asked = (np.array([row.counters[name][0] for row in rows]) for name in names)
        steps, of = np.diff(read), np.diff(asked)
        ratio = np.where((of > 0) & (steps >= 0), steps / np.where(of > 0, of, math.nan), math.nan)
        lines = np.array([row.counters[names[0]][1] for row in rows[1:]], np.int64)
        return [Samples("db.buffer_pool_miss_ratio", at_s[1:], ratio, "", Form.MEAN, lines)]
