r"""Statements by shape as a server itself counts them, before and after the load.

    # 1795406687.510
    statement	calls	seconds	rows_examined
    SELECT * FROM `items` WHERE `id` = ?	813	1.204	813

performance_schema.events_statements_summary_by_digest of MySQL and MariaDB, and the extension
pg_stat_statements of PostgreSQL (which counts no rows examined): the 200 shapes that took most
time. All are running totals since the server started or was told to forget them. A shape that
is missing from a list of fewer than 200 had not been run until then.

Values were taken out by the server; what it left in is taken out here.

Source: https://dev.mysql.com/doc/refman/8.0/en/performance-schema-statement-summary-tables.html
https://www.postgresql.org/docs/current/pgstatstatements.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import When
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Reading, Samples
from diagnose.stamps import Block, blocks

from ._db_client import mysql, mysql_fetch, psql_fetch, psql_table
from ._fingerprint import fingerprint
from ._log_messages import careful

MOST = 200  # shapes that are asked for (a choice)
COLUMNS = ("statement", "calls", "seconds", "rows_examined")
HEADING = "\t".join(COLUMNS)
METRICS = ("sql.calls_per_s", "sql.total_time_s_per_s", "sql.total_rows_per_s")
_MYSQL = (
    "SELECT DIGEST_TEXT AS statement, SUM(COUNT_STAR) AS calls, SUM(SUM_TIMER_WAIT) / 1e12 AS "
    "seconds, SUM(SUM_ROWS_EXAMINED) AS rows_examined "
    "FROM performance_schema.events_statements_summary_by_digest "
    "WHERE DIGEST_TEXT REGEXP '^ *(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|CALL|COMMIT)' "
    f"GROUP BY DIGEST_TEXT ORDER BY seconds DESC LIMIT {MOST}"
)
# A server that does not count has an empty table, which must not be read as "nothing ran".
_ON_MYSQL = (
    "on=$(mysql --batch -N -e 'SELECT @@performance_schema') && case $on in 1) ;; "
    "*) echo 'performance_schema is off' >&2; false ;; esac && "
)
# The name of the time changed with version 13 (of the extension: 1.8). Utility statements keep
# their values, and are not asked for.
_TIME = "coalesce(j->>'total_exec_time', j->>'total_time')::float8"
_PSQL = (
    r"SELECT regexp_replace(regexp_replace(query, '''[^'']*''', '?', 'g'), '\s+', ' ', 'g') "
    f"AS statement, sum((j->>'calls')::bigint) AS calls, sum({_TIME}) / 1000 AS seconds, "
    "'' AS rows_examined FROM (SELECT query, row_to_json(s) AS j FROM pg_stat_statements s) t "
    r"WHERE query ~* '^\s*(select|insert|update|delete|merge|with|call|commit)' "
    f"GROUP BY 1 ORDER BY seconds DESC LIMIT {MOST}"
)


def recognizes(head: Head) -> float:
    """Its heading."""
    return 0.98 if HEADING in head.lines[:5] else 0.0


@collector(
    kind="statement_statistics",
    title="statements counted by the server (performance_schema, pg_stat_statements)",
    recognizes=recognizes,
    role="db",
    fetch=(
        mysql_fetch(
            "mysql_statements.txt",
            _ON_MYSQL + mysql(_MYSQL),
            When.AROUND,
            enable="MySQL: performance_schema = ON under [mysqld] and a restart; and "
            "GRANT SELECT ON performance_schema.* TO the account that collects",
        ),
        psql_fetch(
            "postgres_statements.txt",
            psql_table(_PSQL),
            When.AROUND,
            enable="PostgreSQL: shared_preload_libraries = 'pg_stat_statements', a restart, CREATE "
            "EXTENSION pg_stat_statements in the database that is connected to, pg_monitor",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Calls, seconds and rows of each shape as running totals."""
    outputs = [(block.at_s, dict(_shapes(block, bad))) for block in blocks(raw.lines())]
    shapes = dict.fromkeys(name for _, found in outputs for name in found)
    reading = Reading()
    for name in shapes:
        rows = [(at_s, *_row(found, name)) for at_s, found in outputs]
        for column, metric in enumerate(METRICS, 1):
            kept = [(row[0], row[column], row[-1]) for row in rows if not math.isnan(row[column])]
            if kept:
                at_s, values, lines = np.array(kept, float).T
                lines = lines.astype(np.int64)
                reading.samples.append(Samples(metric, at_s, values, name, Form.COUNTER, lines))
    return reading


Row = tuple[float, float, float, int]


def _row(found: dict[str, Row], name: str) -> Row:
    """What an output says of a shape: 0 where it lists all that there were, and not this one."""
    missing = 0.0 if len(found) < MOST else math.nan
    first = next((row[-1] for row in found.values()), 0)
    return found.get(name, (missing, missing, math.nan, first))


def _shapes(block: Block, bad: BadLines) -> Iterator[tuple[str, Row]]:
    """(shape, its numbers and its line), those that are one without their values added up."""
    sums: dict[str, Row] = {}
    for number, line in block.lines:
        cells = line.split("\t")
        if line == HEADING or not line.strip():
            continue
        try:
            calls, seconds = float(cells[1]), float(cells[2])
            examined = float(cells[3]) if cells[3] else math.nan
        except (ValueError, IndexError):
            bad.note(number, careful(line))
            continue
        dialect = "mysql" if "`" in cells[0] else "postgres"
        name = fingerprint(cells[0], dialect)
        before = sums.get(name, (0.0, 0.0, 0.0, number))
        sums[name] = (before[0] + calls, before[1] + seconds, before[2] + examined, before[3])
    yield from sums.items()
