"""Settings of PostgreSQL: postgresql.conf, SHOW ALL, or pg_settings.

    shared_buffers = 128MB          # postgresql.conf; what is commented out is not set
     max_connections | 100 | Sets the maximum number of concurrent connections.
     shared_buffers  | 16384 | 8kB   # select name, setting, unit from pg_settings

Without a unit shared_buffers counts blocks of 8 kB, max_wal_size MB, durations ms. -1 for
log_min_duration_statement is "nothing is logged for being slow".

Source: https://www.postgresql.org/docs/current/config-setting.html
"""

from __future__ import annotations

import re

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.hostfilters import POSTGRES, POSTGRES_NAMES, filtered
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._db_client import ROLES, psql, psql_fetch
from ._db_settings import PostgresSettings
from ._log_messages import careful

_NAMES = (
    "max_connections|shared_buffers|max_wal_size|checkpoint_timeout|listen_addresses|wal_level"
    "|log_line_prefix|effective_cache_size|work_mem|log_min_duration_statement|hba_file"
)
_CONFIG = re.compile(rf"^\s*#?\s*({_NAMES})\s*=", re.M)
_TABLE = re.compile(rf"^\s*({_NAMES})\s*[|\t,]", re.M)
_OPTION = re.compile(r"\s*([A-Za-z][\w.]*)\s*(?:=\s*|\s+)('(?:[^']|'')*'|[^#\s]*)\s*(?:#.*)?$")
_SQL = f"SELECT name, setting, unit FROM pg_settings WHERE name ~ '{POSTGRES_NAMES}' ORDER BY name"
_FILES = "/etc/postgresql/*/*/postgresql.conf /var/lib/pgsql/data/postgresql.conf"
_UNIT = re.compile(r"(?:8kB|kB|MB|GB|B|ms|s|min)$")


def recognizes(head: Head) -> float:
    """At least two names of its settings, as options or as rows of a table."""
    names = {*_CONFIG.findall(head.text), *_TABLE.findall(head.text)}
    return 0.95 if len(names) >= 2 else 0.0


@collector(
    kind="postgres_settings",
    title="settings of PostgreSQL",
    recognizes=recognizes,
    role="db",
    first=True,
    fetch=(
        psql_fetch("postgres_settings.txt", psql(_SQL), When.ONCE, names_logs=True),
        Fetch(
            "postgresql.conf",
            filtered(f"cat $(ls -d {_FILES} 2>/dev/null | head -n 20)", POSTGRES),
            When.ONCE,
            ROLES,
            privileged=True,
            names_logs=True,
            where=f"ls -d {_FILES} 2>/dev/null | grep -q .",
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Limits and facts; the last of a name counts, as in the server."""
    settings = PostgresSettings()
    for number, line in raw.lines():
        text = line.strip()
        if not text or text[0] in "#-(+" or text == "\\.":
            continue
        cells = [cell.strip().strip('"') for cell in re.split(r"[|\t]", text)]
        unit = ""
        if len(cells) > 1:
            name, value = cells[0], cells[1]
            unit = next((c for c in cells[2:3] if _UNIT.match(c)), "")
        elif match := _OPTION.match(text):
            name, value = match[1], match[2]
        else:
            bad.note(number, careful(line))
            continue
        try:
            settings.take(name.lower(), value.strip("'"), number, unit)
        except ValueError:
            bad.note(number, careful(line))
    return settings.reading()
