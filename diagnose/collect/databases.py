"""Whose account a database's own client uses on its host; no password passes through us.

In front of the commands that collectors declare stand functions named as the clients. MySQL's
takes `defaults_file` or what it reads by itself (~/.my.cnf); PostgreSQL's its service file,
~/.pgpass, or the peer. With `sudo = true`, and where the user's own account is refused, they
ask as the server's owner by its socket. Sessions of PostgreSQL are read-only ones.

Source: https://dev.mysql.com/doc/refman/8.0/en/option-file-options.html,
https://www.postgresql.org/docs/current/libpq-envars.html
"""

from __future__ import annotations

import re
import shlex

from diagnose.fetches import Fetch
from diagnose.hosts.session import Session, output
from diagnose.places import Place

SECONDS = 5  # to connect, and for one statement (a choice)
_CLIENT = re.compile(r"(mysql|psql) ")
# What was declared for the other product makes no sense here.
_NOT_HERE = "{name}() {{ return 127; }}"
_MYSQL = """\
client=mysql; command -v mariadb >/dev/null 2>&1 && client=mariadb
mysql() {{ command "$client" {file}--connect-timeout={seconds} "$@"; }}"""
_MYSQL_ROOT = """
mysql -e 'SELECT 1' >/dev/null 2>&1 </dev/null ||
  mysql() {{ sudo -n "$client" --connect-timeout={seconds} "$@"; }}"""
_PSQL = """\
PGCONNECT_TIMEOUT={seconds} PGAPPNAME=diagnose; export PGCONNECT_TIMEOUT PGAPPNAME
PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout={seconds}s'; export PGOPTIONS
{account}[ "$PGSERVICE" ] || export PGDATABASE="${{PGDATABASE:-postgres}}"
psql() {{ command psql "$@"; }}"""
# Without env, sudo would take none of our settings along.
_PSQL_OWNER = """
psql -X -w -q -c 'SELECT 1' >/dev/null 2>&1 </dev/null ||
  psql() {{ sudo -n -u postgres env PGCONNECT_TIMEOUT={seconds} PGDATABASE=postgres \
PGOPTIONS="$PGOPTIONS" psql "$@"; }}"""
# A file of services is known by its sections; else its first line says whose password it has.
_PG_FILE = """\
pgfile={file}
if service=$(grep -m 1 '^ *\\[' "$pgfile"); then
  service=${{service#*[}}; export PGSERVICEFILE="$pgfile" PGSERVICE="${{service%%]*}}"
else
  export PGPASSFILE="$pgfile"
  IFS=: read -r h p d u _ <<END
$(grep -m 1 '^[^#].*:.*:.*:.*:' "$pgfile" | cut -d: -f1-4):
END
  [ "${{h:-*}}" = '*' ] || export PGHOST="$h"; [ "${{p:-*}}" = '*' ] || export PGPORT="$p"
  [ "${{d:-*}}" = '*' ] || export PGDATABASE="$d"; [ "${{u:-*}}" = '*' ] || export PGUSER="$u"
fi
"""


def client(fetch: Fetch) -> str:
    """The database client that a fetch calls: "mysql", "psql", or "" for none."""
    found = _CLIENT.match(fetch.where)
    return found[1] if found else ""


def preface(fetch: Fetch, place: Place) -> str:
    """The functions that a fetch's commands call, "" where it calls no client."""
    name = client(fetch)
    if not name:
        return ""
    if place.database and place.database != {"mysql": "mysql", "psql": "postgresql"}[name]:
        return _NOT_HERE.format(name=name)
    own = not place.sudo or bool(place.defaults_file)
    if name == "mysql":
        return _mysql(place.defaults_file) if own else _mysql("") + _filled(_MYSQL_ROOT)
    account = _filled(_PG_FILE, file=_path(place.defaults_file)) if place.defaults_file else ""
    return _filled(_PSQL, account=account) + ("" if own else _filled(_PSQL_OWNER))


def makes_sense(session: Session, fetch: Fetch, front: str = "") -> bool:
    """Whether `where` of a fetch that streams holds on this host: else it lacks nothing."""
    if not fetch.where:
        return True
    test = "\n".join((front, f"{{ {fetch.where}\n}} >/dev/null 2>&1"))
    done, _ = output(session, test, limit=4096)
    return done.status in (0, None)  # None: it could not be asked, and its failure says why


def _mysql(defaults_file: str) -> str:
    file = f"--defaults-file={_path(defaults_file)} " if defaults_file else ""
    return _filled(_MYSQL, file=file)


def _filled(text: str, **values: str) -> str:
    return text.format(seconds=SECONDS, **values)


def _path(path: str) -> str:
    """A path on the host, whose ~ its shell expands."""
    return f'"$HOME"{shlex.quote(path[1:])}' if path[:2] == "~/" else shlex.quote(path)
