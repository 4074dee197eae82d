"""SHOW [GLOBAL] VARIABLES of MySQL and MariaDB.

    Variable_name	Value
    max_connections	151
    innodb_buffer_pool_size	201326592

Batch, boxed and vertical output. Sizes are bytes, long_query_time is in seconds. The redo log
holds innodb_redo_log_capacity (MySQL 8.0.30 and later), else innodb_log_file_size times
innodb_log_files_in_group; where that is not shown, the server has one file (MariaDB 10.6).

Source: https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.fetches import When
from diagnose.hostfilters import MYSQL_VARIABLES
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import blocks

from ._db_client import mysql, mysql_fetch
from ._db_settings import MysqlSettings
from ._log_messages import careful
from ._mysql_tables import names_in, pairs

_OURS = {
    "max_connections",
    "innodb_buffer_pool_size",
    "long_query_time",
    "slow_query_log",
    "innodb_log_file_size",
    "innodb_redo_log_capacity",
    "version",
    "version_comment",
    "hostname",
    "basedir",
    "datadir",
    "autocommit",
    "back_log",
    "wait_timeout",
    "max_allowed_packet",
    "max_connect_errors",
    "thread_cache_size",
    "innodb_flush_log_at_trx_commit",
    "sync_binlog",
}


def recognizes(head: Head) -> float:
    """Names that only this statement prints; a heading makes a short answer certain."""
    if not any(name in head.text for name in _OURS):
        return 0.0
    names = names_in(head)
    titled = any(name.lower() == "variable_name" for name in names)
    known = len(names & _OURS)
    return 0.96 if known >= 3 or (titled and known) else 0.0


@collector(
    kind="mysql_variables",
    title="SHOW VARIABLES",
    recognizes=recognizes,
    role="db",
    fetch=(
        mysql_fetch(
            "mysql_variables.txt",
            mysql(f"SHOW GLOBAL VARIABLES WHERE Variable_name REGEXP '{MYSQL_VARIABLES}'"),
            When.ONCE,
            names_logs=True,
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Limits and facts; of several outputs the last."""
    settings = MysqlSettings()
    for block in blocks(raw.lines()):
        for number, name, value in pairs(block.lines):
            try:
                settings.take(name.lower(), value, number)
            except ValueError:
                bad.note(number, careful(f"{name}\t{value}"))
            if not name:
                bad.note(number, careful(value))
    return settings.reading(files_unless_said=1.0)
