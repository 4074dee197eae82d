r"""SHOW GLOBAL STATUS of MySQL and MariaDB, once or sampled.

    # 1795406687.510
    Variable_name	Value
    Threads_connected	17
    Innodb_row_lock_time	5120

Batch output with or without header, boxed and vertical (\G) output are read; a sample per
stamp. Counters run since the server started: Samples carry them as Form.COUNTER.

Units and traps: Innodb_row_lock_time is in milliseconds. Queries counts statements of stored
programs too and Questions does not: Queries is taken where it stands. The miss ratio of the
buffer pool is Innodb_buffer_pool_reads / read_requests between two samples (reads bypass
read-ahead). Innodb_checkpoint_age and _max_age exist in MariaDB and Percona Server only.
A restart shows as a counter that falls.

Source: https://dev.mysql.com/doc/refman/8.0/en/server-status-variables.html
https://mariadb.com/kb/en/innodb-status-variables/
"""

from __future__ import annotations

import math
from array import array

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Array, Form, Ints, Reading, Samples

from ._db_client import mysql_stream
from ._log_messages import careful
from ._mysql_tables import PROCESSES, names_in, outputs, pairs

_GAUGES = """
Threads_connected                  db.connections
Threads_running                    db.running
Max_used_connections               db.max_used_connections
Innodb_row_lock_current_waits      db.row_lock_waiting
Innodb_history_list_length         db.history_list_length
"""
_COUNTERS = """
Connections                        db.connects_per_s
Connection_errors_max_connections  db.refused_connections_per_s
Aborted_connects                   db.aborted_connects_per_s
Aborted_clients                    db.aborted_clients_per_s
Com_commit                         db.commits_per_s
Innodb_rows_read                   db.rows_read_per_s
Threads_created                    db.threads_created_per_s
Slow_queries                       db.slow_statements_per_s
Handler_read_rnd_next              db.scan_rows_per_s
Created_tmp_disk_tables            db.tmp_disk_tables_per_s
Created_tmp_tables                 db.tmp_tables_per_s
Sort_merge_passes                  db.sort_merge_passes_per_s
Innodb_row_lock_waits              db.row_lock_waits_per_s
Innodb_row_lock_time               db.row_lock_wait_s_per_s      0.001
Innodb_deadlocks                   db.deadlocks_per_s
Table_locks_waited                 db.table_lock_waits_per_s
Innodb_buffer_pool_wait_free       db.buffer_pool_wait_free_per_s
Innodb_buffer_pool_reads           db.page_reads_per_s
Innodb_buffer_pool_read_requests   db.page_requests_per_s
Innodb_data_fsyncs                 db.fsyncs_per_s
Innodb_log_waits                   db.log_waits_per_s
"""
GAUGES = dict(line.split() for line in _GAUGES.strip().splitlines())
COUNTERS = {line.split()[0]: line.split()[1:] for line in _COUNTERS.strip().splitlines()}
PENDING = (
    "Innodb_data_pending_fsyncs",
    "Innodb_data_pending_reads",
    "Innodb_data_pending_writes",
    "Innodb_os_log_pending_fsyncs",
    "Innodb_os_log_pending_writes",
)
AGES = ("Innodb_checkpoint_age", "Innodb_checkpoint_max_age")
SCANS = ("Select_scan", "Select_full_join")
QUERIES = ("Queries", "Questions")
WANTED = {*GAUGES, *COUNTERS, *PENDING, *AGES, *SCANS, *QUERIES}
LAG = ("Seconds_Behind_Source", "db.replication_lag_s")  # of SHOW REPLICA STATUS, set beside it
SIGNS = {"Threads_connected", "Threads_running", "Questions", "Queries", "Aborted_clients"}


def recognizes(head: Head) -> float:
    """Names that only this statement prints."""
    if "Threads_" not in head.text and "Aborted_" not in head.text and "Innodb_" not in head.text:
        return 0.0
    names = names_in(head)
    if len(names & (WANTED | SIGNS)) >= 3:
        return 0.97
    return 0.9 if names and names <= WANTED else 0.0


class Table:
    """The wanted numbers, one row a sample."""

    def __init__(self) -> None:
        self.at_s = array("d")
        self.values: dict[str, array[float]] = {}
        self.lines: dict[str, array[int]] = {}

    def begin(self, at_s: float) -> None:
        self.at_s.append(at_s)

    def put(self, name: str, value: float, line: int) -> None:
        column = self.values.setdefault(name, array("d"))
        lines = self.lines.setdefault(name, array("q"))
        missing = len(self.at_s) - 1 - len(column)
        if missing < 0:  # the name stands twice in one output: the last counts
            column.pop()
            lines.pop()
        column.extend([math.nan] * missing)
        lines.extend([0] * missing)
        column.append(value)
        lines.append(line)

    def drop(self, line: int) -> bool:
        """Forget the value of a torn line; whether there was one."""
        for name, lines in self.lines.items():
            if lines and lines[-1] == line:
                self.values[name].pop()
                lines.pop()
                return True
        return False

    def column(self, name: str) -> tuple[Array, Ints]:
        """Values of all samples, NaN where a sample lacks the name, and their lines."""
        values, lines = self.values.get(name, array("d")), self.lines.get(name, array("q"))
        short = len(self.at_s) - len(values)
        return (
            np.append(np.array(values, float), np.full(short, math.nan)),
            np.append(np.array(lines, np.int64), np.zeros(short, np.int64)),
        )


_NAMES = ", ".join(f"'{name}'" for name in sorted(WANTED))


@collector(
    kind="mysql_status",
    title="SHOW GLOBAL STATUS",
    recognizes=recognizes,
    role="db",
    fetch=(
        mysql_stream("mysql_status.txt", f"SHOW GLOBAL STATUS WHERE Variable_name IN ({_NAMES})"),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges and counters of every sample."""
    table, reading, processes = Table(), Reading(), 0
    for block in outputs(raw.lines()):
        table.begin(block.at_s)
        for number, name, value in pairs(block.lines):
            if name in WANTED or name == LAG[0]:
                try:
                    table.put(name, float(value), number)
                except ValueError:
                    bad.note(number, careful(f"{name}\t{value}"))
            elif not name:
                bad.note(number, careful(value))
            processes += name == PROCESSES
    if raw.torn and table.drop(raw.lines_read):  # its number may have lost digits
        bad.note(raw.lines_read, "the last line has no end")
    if processes:
        reading.notes.append(f"{processes:,} lines of SHOW PROCESSLIST were not read")
    reading.samples = samples_of(table)
    return reading


def samples_of(table: Table) -> list[Samples]:
    """Series of ours, from the variables as they stand."""
    at_s = np.array(table.at_s, float)
    found = []

    def give(metric: str, values: Array, lines: Ints, form: Form) -> None:
        kept = ~np.isnan(values)
        if kept.any():
            found.append(Samples(metric, at_s[kept], values[kept], form=form, lines=lines[kept]))

    for name, metric in (*GAUGES.items(), LAG):
        give(metric, *table.column(name), Form.GAUGE)
    for name, (metric, *factor) in COUNTERS.items():
        values, lines = table.column(name)
        give(metric, values * float(factor[0] if factor else 1), lines, Form.COUNTER)
    queries = next((name for name in QUERIES if name in table.values), QUERIES[0])
    give("db.queries_per_s", *table.column(queries), Form.COUNTER)
    give("db.scans_per_s", *_sum(table, SCANS), Form.COUNTER)
    give("db.pending_io", *_sum(table, PENDING), Form.GAUGE)
    (age, lines), (most, _) = table.column(AGES[0]), table.column(AGES[1])
    give("db.checkpoint_age_ratio", age / np.where(most > 0, most, math.nan), lines, Form.GAUGE)
    if len(at_s) > 1 and not np.isnan(at_s).any():
        reads, lines = table.column("Innodb_buffer_pool_reads")
        asked, _ = table.column("Innodb_buffer_pool_read_requests")
        give("db.buffer_pool_miss_ratio", _ratio_of_steps(reads, asked), lines, Form.MEAN)
    return found


def _sum(table: Table, names: tuple[str, ...]) -> tuple[Array, Ints]:
    """The sum of those names that the server has; NaN in a sample that lacks one of them."""
    columns = [table.column(name) for name in names if name in table.values]
    if not columns:
        return table.column(names[0])
    return np.sum([values for values, _ in columns], axis=0), columns[0][1]


def _ratio_of_steps(part: Array, whole: Array) -> Array:
    """part / whole between samples; NaN for the first, after a restart, and of nothing."""
    steps, of = np.diff(part, prepend=math.nan), np.diff(whole, prepend=math.nan)
    return np.where((of > 0) & (steps >= 0), steps / np.where(of > 0, of, math.nan), math.nan)
