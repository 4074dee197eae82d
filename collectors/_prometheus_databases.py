"""mysqld_exporter and postgres_exporter: their series under the names that are read here.

MySQL: each status variable stands in small letters, and of some the end is a label:
commands_total{command="commit"} is Com_commit. Sums over databases stand for PostgreSQL.

Source: https://github.com/prometheus/mysqld_exporter,
https://github.com/prometheus-community/postgres_exporter
"""

from __future__ import annotations

from array import array

import numpy as np

from diagnose.readings import Form

from ._db_settings import MYSQL, MysqlSettings, PostgresSettings
from ._prometheus_exporter import Exporter, names_in, table, with_total
from ._prometheus_tracks import Track, together
from .mysql_status import WANTED, Table, samples_of

STATUS = "mysql_global_status_"
VARIABLE = "mysql_global_variables_"
LABELLED = {  # series → its label, and the status variable that each value of it stands for
    f"{STATUS}commands": ("command", "com_{}"),
    f"{STATUS}handlers": ("handler", "handler_{}"),
    f"{STATUS}connection_errors": ("error", "connection_errors_{}"),
    f"{STATUS}innodb_row_ops": ("operation", "innodb_rows_{}"),
}
SPELT = {name.lower(): name for name in WANTED}
SETTINGS = (
    *(*MYSQL, "slow_query_log", "log_slow_query"),
    *("innodb_log_file_size", "innodb_log_files_in_group"),
)
LAG = "mysql_slave_status_seconds_behind_master"

POSTGRES_COUNTERS = table("""
pg_stat_database_xact_commit    db.commits_per_s
pg_stat_database_deadlocks      db.deadlocks_per_s
pg_stat_database_sessions       db.connects_per_s
pg_stat_database_tup_returned   db.rows_read_per_s
pg_stat_database_blks_read      db.page_reads_per_s
pg_stat_database_blks_read      db.page_requests_per_s
pg_stat_database_blks_hit       db.page_requests_per_s
""")
POSTGRES_GAUGES = table("""
pg_stat_database_numbackends    db.connections
pg_replication_lag              db.replication_lag_s
pg_replication_lag_seconds      db.replication_lag_s
""")
ACTIVITY = "pg_stat_activity_count"
POSTGRES_SETTINGS = {  # series → the setting, and the unit in which it stands
    "pg_settings_max_connections": ("max_connections", ""),
    "pg_settings_shared_buffers_bytes": ("shared_buffers", "B"),
    "pg_settings_max_wal_size_bytes": ("max_wal_size", "B"),
    "pg_settings_log_min_duration_statement_seconds": ("log_min_duration_statement", "s"),
}


def asked_of_mysql() -> tuple[str, ...]:
    """Names, in each spelling."""
    labelled, heads = [], []
    for series, (label, form) in LABELLED.items():
        head = form.removesuffix("{}")
        heads.append(head)
        values = [name.removeprefix(head) for name in SPELT if name.startswith(head)]
        labelled.append(f'{series}_total{{{label}=~"{"|".join(sorted(values))}"}}')
    plain = [STATUS + name for name in SPELT if not name.startswith(tuple(heads))]
    settings = [VARIABLE + name for name in SETTINGS]
    return (*with_total(plain), *labelled, *settings, LAG, "mysql_version_info")


def asked_of_postgres() -> tuple[str, ...]:
    """Names, in each spelling."""
    plain = names_in(POSTGRES_COUNTERS, POSTGRES_GAUGES)
    return (*with_total(plain), ACTIVITY, *POSTGRES_SETTINGS, "pg_static")


def plainly(track: Track) -> Track:
    """Under the one name that it has here."""
    name = track.name.removesuffix("_total")
    if name in LABELLED:
        label, form = LABELLED[name]
        name = STATUS + form.format(track.labels.get(label, ""))
    return track.named(name)


def read_mysql(exporter: Exporter) -> None:
    """Status variables as `SHOW GLOBAL STATUS` gives them, settings, and the lag of a replica."""
    columns = {s: exporter.one(STATUS + low) for low, s in SPELT.items()}
    known = {name: track for name, track in columns.items() if track is not None}
    if known:
        exporter.reading.samples += samples_of(_status(known))
    settings = MysqlSettings()
    for name in SETTINGS:
        for track in exporter.all(VARIABLE + name):
            settings.take(name, _plain(track), int(track.lines[-1]))
    for track in exporter.all("mysql_version_info"):
        for label in ("version", "version_comment"):
            settings.take(label, track.labels.get(label, ""), int(track.lines[-1]))
    said = settings.reading(files_unless_said=1.0)
    exporter.reading.limits += said.limits
    exporter.reading.facts += said.facts
    if (lag := exporter.one(LAG)) is not None:
        exporter.give("db.replication_lag_s", lag)


def _plain(track: Track) -> str:
    """The last value in figures, as a server would print it."""
    return f"{track.values[-1]:f}".rstrip("0").rstrip(".")


def _status(columns: dict[str, Track]) -> Table:
    """One row a scrape; NaN where it lacks a variable."""
    made = Table()
    times = np.unique(np.concatenate([track.at_s for track in columns.values()]))
    made.at_s = array("d", times)
    for name, track in columns.items():
        values, lines = np.full(times.size, np.nan), np.zeros(times.size, np.int64)
        where = np.searchsorted(times, track.at_s)
        values[where], lines[where] = track.values, track.lines
        made.values[name], made.lines[name] = array("d", values), array("q", lines)
    return made


def read_postgres(exporter: Exporter) -> None:
    """Sums over all databases of the server, and settings."""
    exporter.give_all(POSTGRES_COUNTERS, Form.COUNTER)
    exporter.give_all(POSTGRES_GAUGES, Form.GAUGE)
    active = exporter.by(ACTIVITY, "state").get("active")
    if active is not None:
        exporter.give("db.running", active)
    _missed(exporter)
    settings, known = PostgresSettings(), False
    for name, (setting, unit) in POSTGRES_SETTINGS.items():
        for track in exporter.all(name):
            settings.take(setting, _plain(track) + unit, int(track.lines[-1]))
            known = True
    for track in exporter.all("pg_static"):
        settings.take("server_version", track.labels.get("short_version", ""), int(track.lines[-1]))
        known = True
    if known:
        said = settings.reading()
        exporter.reading.limits += said.limits
        exporter.reading.facts += said.facts


def _missed(exporter: Exporter) -> None:
    read, hit = (exporter.one(f"pg_stat_database_blks_{what}") for what in ("read", "hit"))
    if read is not None and hit is not None:
        at_s, (missed, found) = together((read, hit))
        misses, hits = np.diff(missed), np.diff(found)
        good = (misses >= 0) & (hits >= 0) & (misses + hits > 0)
        share = np.where(good, misses / np.where(good, misses + hits, 1.0), np.nan)
        exporter.give("db.buffer_pool_miss_ratio", read.of(at_s[1:], share), Form.MEAN)
