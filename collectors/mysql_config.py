"""my.cnf of MySQL and MariaDB.

    [mysqld]
    innodb_buffer_pool_size = 192M   # sizes: K, M, G, T
    max-connections=151
    slow_query_log

Sections of the server are read ([mysqld], [mariadbd], [mariadb-10.11], [server]), those of
clients are not; `-` and `_` are one. It is what was asked for: the server may run with other
values (SHOW VARIABLES says). innodb_log_file_size counts once in a MariaDB section (one file
since 10.5) and twice in others, unless innodb_log_files_in_group says.

Source: https://dev.mysql.com/doc/refman/8.0/en/option-files.html
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.hostfilters import MYSQL, filtered
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._db_client import ROLES
from ._db_settings import MysqlSettings
from ._log_messages import careful

_SECTION = re.compile(r"\s*\[([\w.-]+)\]\s*(?:#.*)?$")
_SERVER = re.compile(r"(?:mysqld|mariadbd?|server|galera)(?:-[\d.]+|_safe)?$")
_OURS = re.compile(r"^\[(?:mysqld|mariadbd?|server|galera)(?:-[\d.]+|_safe)?\]", re.M)
_KEYS = re.compile(
    r"^\s*(?:innodb[-_]\w+|datadir|socket|max[-_]connections|slow[-_]query[-_]log|long[-_]query_time"
    r"|bind-address|pid-file|key_buffer_size|!includedir)",
    re.M,
)
_OPTION = re.compile(r"\s*(?:loose[-_])?([A-Za-z][\w.-]*)\s*(?:=\s*(.*))?$")
_COMMENT = re.compile(r"\s#.*$")


def recognizes(head: Head) -> float:
    """A section of the server, and options that belong there."""
    if _OURS.search(head.text) is None:
        return 0.0
    return 0.95 if _KEYS.search(head.text) else 0.6


_FILES = "/etc/my.cnf /etc/mysql/my.cnf /etc/my.cnf.d/*.cnf /etc/mysql/*.d/*.cnf"


@collector(
    kind="mysql_config",
    title="my.cnf",
    recognizes=recognizes,
    role="db",
    first=True,
    fetch=(
        Fetch(
            "my.cnf",
            filtered(f"cat $(ls -d {_FILES} 2>/dev/null | head -n 50)", MYSQL),
            When.ONCE,
            ROLES,
            privileged=True,
            names_logs=True,
            where=f"ls -d {_FILES} 2>/dev/null | grep -q .",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Limits and facts of the server's sections."""
    settings, section, files = MysqlSettings(), "", 2.0
    for number, line in raw.lines():
        text = _COMMENT.sub("", line).strip()
        if not text or text[0] in "#;!":
            continue
        if match := _SECTION.match(text):
            section = match[1]
        elif match := _OPTION.match(text):
            if not _SERVER.match(section):
                continue
            if section.startswith("mariadb"):
                files = 1.0
            try:
                settings.take(match[1].lower().replace("-", "_"), _value(match[2]), number)
            except ValueError:
                bad.note(number, careful(line))
        else:
            bad.note(number, careful(line))
    return settings.reading(files_unless_said=files)


def _value(text: str | None) -> str:
    return (text or "").strip().strip("'\"")
