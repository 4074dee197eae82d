"""Commands that ask a database through its own client, for the fetches of its collectors.

`mysql` and `psql` are the user's: `diagnose collect` puts functions of these names in front,
which say what account is used. Nothing secret stands in a command.
"""

from __future__ import annotations

import shlex

from diagnose.fetches import Fetch, When

ROLES = ("db",)
MYSQL = "mysql --version"  # says that there is a client, and whose
PSQL = "psql --version"
MARK = "@"  # what a client prints where a sample begins
_ENABLE_MYSQL = (
    "write a [client] section with user and password into ~/.my.cnf on the host (chmod 600), and "
    "CREATE USER diagnose@localhost IDENTIFIED BY '...'; "
    "GRANT PROCESS, REPLICATION CLIENT ON *.* TO diagnose@localhost"
)
_ENABLE_PSQL = (
    "CREATE ROLE diagnose LOGIN PASSWORD '...'; GRANT pg_monitor TO diagnose; and write "
    "localhost:*:*:diagnose:PASSWORD into ~/.pgpass on the host (chmod 600)"
)
# A server may hang, and answers later: what is sampled is stamped when its answer comes.
_STAMPED = """
while IFS= read -r line; do
  if [ "$line" = {mark} ]; then
    now=$(date +%s.%N); case $now in *[!0-9.]*) now=${{now%%.*}} ;; esac
    printf '# %s\\n' "$now" || exit
  else
    {keep}
  fi
done"""
_TABLE = """case ${line%%"$tab"*} in
    "" | *[!A-Za-z0-9_]*) case $line in
      *Seconds_Behind_*": "[0-9]*) printf 'Seconds_Behind_Source\\t%s\\n' "${line##*: }" ;;
    esac ;;
    *) printf '%s\\n' "$line" || exit ;;
    esac"""


def mysql(sql: str) -> str:
    """A command that prints the answer of MySQL or MariaDB as a table with tabs.

    >>> mysql("SHOW GLOBAL VARIABLES")
    "mysql --batch -e 'SHOW GLOBAL VARIABLES'"
    """
    return f"mysql --batch -e {shlex.quote(sql)}"


def psql(sql: str) -> str:
    """A command that prints the answer of PostgreSQL without a heading, cells between bars."""
    return f"psql -X -w -q -A -t -F '|' -c {shlex.quote(sql)}"


def psql_table(sql: str) -> str:
    """The same with a heading, cells between tabs."""
    tab = "\"$(printf '\\t')\""
    return f"psql -X -w -q -A -P footer=off -F {tab} -c {shlex.quote(sql)}"


def mysql_fetch(
    file: str, command: str, when: When, *, enable: str = _ENABLE_MYSQL, names_logs: bool = False
) -> Fetch:
    """What is asked of a server once, or before and after the load."""
    return Fetch(file, command, when, ROLES, enable=enable, where=MYSQL, names_logs=names_logs)


def psql_fetch(
    file: str, command: str, when: When, *, enable: str = _ENABLE_PSQL, names_logs: bool = False
) -> Fetch:
    """What is asked of a server once, or before and after the load."""
    return Fetch(file, command, when, ROLES, enable=enable, where=PSQL, names_logs=names_logs)


def mysql_stream(file: str, sql: str) -> Fetch:
    """Samples of an answer of two columns, by one session that stays open.

    How far a replica is behind stands among them, where the server is one.
    """
    first = (
        "tab=$(printf '\\t'); for a in REPLICA SLAVE; do mysql -e \"SHOW $a STATUS\" "
        '>/dev/null 2>&1 && { lag="SHOW $a STATUS\\\\G"; break; }; done\n'
    )
    ask = f"printf '%s\\n' {shlex.quote(f'SELECT {MARK!r}; {sql};')} \"$lag\""
    client = "mysql --batch --skip-column-names --unbuffered --force"
    stamped = _STAMPED.format(mark=MARK, keep=_TABLE)
    command = f'{first}while {ask}; do sleep "${{INTERVAL:-1}}"; done | {client} |{stamped}'
    return Fetch(
        file, command, When.SAMPLED, ROLES, enable=_ENABLE_MYSQL, where=MYSQL, streams=True
    )


def psql_stream(file: str, sql: str) -> Fetch:
    """Samples of an answer, by one session that stays open; sql may hold psql's own commands."""
    ask = f"printf '%s\\n' {shlex.quote(f'SELECT {MARK!r};')} {shlex.quote(sql)}"
    client = "psql -X -w -q -A -t -F '|'"
    stamped = _STAMPED.format(mark=MARK, keep="printf '%s\\n' \"$line\" || exit")
    command = f'while {ask}; do sleep "${{INTERVAL:-1}}"; done | {client} |{stamped}'
    return Fetch(file, command, When.SAMPLED, ROLES, enable=_ENABLE_PSQL, where=PSQL, streams=True)
