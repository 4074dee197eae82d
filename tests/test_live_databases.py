"""A real MariaDB and a real PostgreSQL: what they write is what our readers take it for."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from reading import kind_of, read, sample

SECRET = "hunter2"
WITHIN_S = 30.0  # for anything that a server is waited for


class Span(NamedTuple):
    """A file, and the times between which a server wrote it."""

    path: Path
    began_s: float
    ended_s: float


@contextmanager
def folder_of(user: str) -> Iterator[Path]:
    """A folder that a server's own user may enter, which pytest's are not; removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="diagnose-", dir="/tmp"))
    try:
        root.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(root, user, user)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def run_as(user: str, root: Path) -> dict:
    """For subprocess: no server of these starts as root; anybody else starts his own."""
    who = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    return {
        "cwd": root,
        "env": {**os.environ, "HOME": str(root), "LC_ALL": "C", "TZ": "UTC"},
        **who,
    }


@contextmanager
def running(command: list, how: int, **options) -> Iterator[subprocess.Popen]:
    """A server, stopped by its gentle signal and, if that takes too long, by force."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet, **options)
    try:
        yield server
    finally:
        server.send_signal(how)
        try:
            server.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until(what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError, subprocess.CalledProcessError):
            if holds():
                return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain until {what}")


def output(command: list, text: str = "", **options) -> str:
    done = subprocess.run(
        command, input=text, check=True, capture_output=True, text=True, timeout=60, **options
    )
    return done.stdout


def counted(reading, slug: str) -> int:
    found = [o for o in reading.occurrences if o.metric == f"message.db.{slug}_per_s"]
    return sum(int(one.at_s.size) for one in found)


def facts(reading) -> set[tuple[str, str]]:
    return {(fact.name, fact.value) for fact in reading.facts}


def taken(reading, words: str) -> list[int]:
    """Which statements' fingerprints hold these words."""
    (statements,) = reading.statements
    prints = [statements.fingerprint.names[code] for code in statements.fingerprint.codes]
    return [i for i, text in enumerate(prints) if words.lower() in text.lower()]


def examples(reading) -> str:
    return " ".join(one.example for one in reading.occurrences)


# MariaDB

CONNECTIONS = 10  # the fewest that a server lets itself be limited to
TABLE = """
CREATE DATABASE shop;
USE shop;
CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(20));
INSERT INTO items SELECT seq, 'n' FROM seq_1_to_20;
"""
ASLEEP = f"SELECT SLEEP(0.2), '{SECRET}', \"{SECRET}\"\n  AS spoken;"
SCAN = f"SELECT id FROM items WHERE note <> '{SECRET}' AND SLEEP(0.01) = 0;"
# MariaDB tells of a plan only where it has something to tell: here, that it sorts.
KEYED = "SELECT SLEEP(0.1) FROM items WHERE id BETWEEN 7 AND 8 ORDER BY note;"
VERBOSE = "SET log_slow_verbosity = 'query_plan,innodb,explain';"


class MariaDB:
    """A server of its own, without network, and what is asked of it."""

    def __init__(self, root: Path) -> None:
        self.root, self.socket = root, root / "socket"
        self._client = shutil.which("mariadb") or "mysql"
        self.spans: dict[str, Span] = {}

    def ask(self, text: str, *options: str) -> str:
        user = ["--no-defaults", "-S", self.socket, "-u", "root"]
        return output([self._client, *user, *options], text)

    def command(self, program: str) -> list:
        root = self.root
        return [
            *(program, "--no-defaults", f"--datadir={root}/data", f"--socket={self.socket}"),
            *("--skip-networking", f"--pid-file={root}/pid", f"--log-error={root}/error.log"),
            *("--slow-query-log", f"--slow-query-log-file={root}/slow.log"),
            *("--long-query-time=0.05", "--log-warnings=4", "--innodb-buffer-pool-size=16M"),
            f"--max-connections={CONNECTIONS}",
        ]

    def record(self) -> None:
        """Slow statements, told briefly and at length; a refused connection; the status."""
        self.ask(TABLE)
        statuses = [self._status()]
        began_s = time.time()
        self.ask(ASLEEP + SCAN + KEYED, "shop")
        self.ask(VERBOSE + ASLEEP + SCAN + KEYED, "shop")
        self.spans["slow"] = Span(self.root / "slow.log", began_s, time.time())
        began_s = time.time()
        self._crowd()
        self.spans["crowd"] = Span(self.root / "error.log", began_s, time.time())
        wait_until("a connection is free", lambda: self.ask("SELECT 1"))
        statuses.append(self._status())
        (self.root / "status.txt").write_text("".join(statuses))
        for name, text in (("innodb", "ENGINE INNODB STATUS\\G"), ("variables", "VARIABLES")):
            (self.root / f"{name}.txt").write_text(self.ask(f"SHOW {text}"))

    def _status(self) -> str:
        return f"# {time.time():.3f}\n{self.ask('SHOW GLOBAL STATUS')}"

    def _crowd(self) -> None:
        """Connect until the server says 1040, "Too many connections"; then leave."""
        held: list[socket.socket] = []
        try:
            for _ in range(CONNECTIONS + 2):
                held.append(one := socket.socket(socket.AF_UNIX))
                one.settimeout(WITHIN_S)
                one.connect(str(self.socket))
                if one.recv(200)[4:7] == b"\xff\x10\x04":
                    return
        finally:
            for one in held:
                one.close()
        raise AssertionError("the server refused nobody")


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDB]:
    """All that a MariaDB wrote; it has stopped when the tests read it."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    program = shutil.which("mariadbd", path=places)
    installer = shutil.which("mariadb-install-db", path=places)
    if program is None or installer is None:
        pytest.skip("mariadb-server is not installed")
    with folder_of("mysql") as root:
        how, one = run_as("mysql", root), MariaDB(root)
        ways = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        output([installer, "--no-defaults", f"--datadir={root}/data", *ways], **how)
        with running(one.command(program), signal.SIGTERM, **how):
            wait_until("MariaDB answers", lambda: one.ask("SELECT 1"))
            one.record()
            one.version = one.ask("SELECT VERSION()", "-N").strip()
        yield one


def test_mariadb_slow_statements_are_read(mariadb: MariaDB):
    path, began_s, ended_s = mariadb.spans["slow"]
    assert kind_of(path) == "mysql_slow_log"
    reading, bad = read(path, "mysql_slow_log")
    (statements,) = reading.statements
    asleep, scans = taken(reading, "SLEEP(?), ?"), taken(reading, "WHERE note")
    assert (bad.count, len(asleep), len(scans)) == (0, 2, 2)
    took_s = statements.duration_s[asleep + scans]
    assert took_s.min() >= 0.199 and took_s.sum() <= ended_s - began_s
    # It says the whole second in which a statement began.
    at_s = statements.at_s[asleep + scans]
    assert began_s - 1 <= (at_s - took_s).min() and at_s.max() <= ended_s + 0.1
    assert (statements.rows_examined[scans] == 20).all()
    assert SECRET not in str(statements.fingerprint.names)


def test_mariadb_says_which_statement_scans_where_it_is_told_to(mariadb: MariaDB):
    reading, _ = read(mariadb.root / "slow.log", "mysql_slow_log")
    scan = reading.statements[0].full_scan
    found = [scan[taken(reading, words)] for words in ("WHERE id", "WHERE note")]
    assert np.array_equal(found, [[np.nan, 0.0], [np.nan, 1.0]], equal_nan=True)


def test_mariadb_status_counts_what_was_asked_and_whom_it_refused(mariadb: MariaDB):
    assert kind_of(mariadb.root / "status.txt") == "mysql_status"
    reading, bad = read(mariadb.root / "status.txt", "mysql_status")
    rise = {s.metric: np.diff(s.values) for s in reading.samples if s.values.size == 2}
    assert bad.count == 0
    assert rise["db.refused_connections_per_s"] == 1
    assert rise["db.connects_per_s"] >= CONNECTIONS + 2
    assert rise["db.slow_statements_per_s"] >= 6 and rise["db.queries_per_s"] >= 6
    assert rise["db.scan_rows_per_s"] >= 40 and rise["db.scans_per_s"] >= 2
    assert sample(reading, "db.max_used_connections").values[1] >= CONNECTIONS


def test_mariadb_error_log_is_recognised_and_has_the_version(mariadb: MariaDB):
    path = mariadb.root / "error.log"
    assert kind_of(path) == "mysql_error_log"
    reading, bad = read(path, "mysql_error_log")
    assert bad.count == 0
    assert ("db.product", "MariaDB") in facts(reading)
    versions = {value for name, value in facts(reading) if name == "db.version"}
    assert versions and all(mariadb.version.startswith(v) for v in versions)
    (refused,) = [o for o in reading.occurrences if "too_many_connections" in o.metric]
    assert refused.at_s.size == 1 and reading.naive
    assert int(mariadb.spans["crowd"].began_s) <= refused.at_s[0] <= mariadb.spans["crowd"].ended_s
    assert [counted(reading, slug) for slug in ("crash", "disk_full", "other_error")] == [0, 0, 0]


@pytest.mark.parametrize(
    "name, kind", [("innodb", "innodb_status"), ("variables", "mysql_variables")]
)
def test_mariadb_answers_are_read(name: str, kind: str, mariadb: MariaDB):
    path = mariadb.root / f"{name}.txt"
    assert kind_of(path) == kind
    reading, bad = read(path, kind)
    assert bad.count == 0 and (reading.samples or reading.limits)


# PostgreSQL

STYLES = {  # log_destination, log_line_prefix, log_timezone
    "usual": ("stderr", "%m [%p] ", "UTC"),
    "wordy": ("stderr", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "Asia/Tokyo"),
    "epoch": ("stderr", "%n %c %q%u@%d ", "UTC"),
    "csv": ("csvlog", "", "Asia/Tokyo"),
    "json": ("jsonlog", "", "Europe/Berlin"),
}
ENDINGS = {"stderr": "log", "csvlog": "csv", "jsonlog": "json"}
CONF = """
listen_addresses = ''
unix_socket_directories = '{root}'
fsync = off
shared_buffers = 16MB
logging_collector = on
log_directory = '{root}/log'
log_filename = 'usual.log'
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
log_min_duration_statement = 50
log_lock_waits = on
deadlock_timeout = 100ms
"""
UPDATE = f"UPDATE items SET note = '{SECRET}' WHERE id = 1;"
ACTIVE = "SELECT count(*) FROM pg_stat_activity WHERE "


class PostgreSQL:
    """A cluster of its own, without network, and what is asked of it."""

    def __init__(self, root: Path, programs: Path) -> None:
        self.root, self.how = root, run_as("postgres", root)
        self._psql = [programs / "psql", "-X", "-q", "-A", "-t", "-h", root, "-U", "postgres"]
        self.version = output([programs / "postgres", "--version"], **self.how).split()[2]
        self.spans: dict[str, Span] = {}

    def ask(self, text: str) -> str:
        return output([*self._psql, "-v", "ON_ERROR_STOP=1"], text, **self.how)

    def record(self, style: str) -> None:
        """A slow statement, a wait for a row and an error, logged in one style."""
        path = self._turn_to(style)
        began_s = time.time()
        self.ask(f"SELECT pg_sleep(0.2),\n\t'{SECRET}' AS spoken;")
        self._wait_for_a_row(path)
        output(self._psql, f"SELECT '{SECRET}'::int;", **self.how)
        self.spans[style] = Span(path, began_s, time.time())

    def leave(self) -> None:
        """What the server says of its own end stands in a file of its own."""
        self._name_files("end")

    def _turn_to(self, style: str) -> Path:
        """The file first: what the server says of a changed format may stand in either file."""
        where, prefix, zone = STYLES[style]
        self._name_files(style)
        self._set(log_destination=where, log_line_prefix=prefix, log_timezone=zone)
        path = self.root / "log" / f"{style}.{ENDINGS[where]}"
        wait_until(f"{path.name} is there", path.exists)
        return path

    def _name_files(self, stem: str) -> None:
        self._set(log_filename=f"{stem}.log")
        wait_until(f"{stem}.log is there", (self.root / "log" / f"{stem}.log").exists)

    def _set(self, **settings: str) -> None:
        changes = [f"ALTER SYSTEM SET {name} = '{value}';" for name, value in settings.items()]
        self.ask("\n".join([*changes, "SELECT pg_reload_conf();"]))
        wanted = "\n".join(settings.values())
        shown = "".join(f"SHOW {name};" for name in settings)
        wait_until("sessions know", lambda: self.ask(shown).strip() == wanted.strip())

    def _wait_for_a_row(self, path: Path) -> None:
        """One session holds a row until the log says that another one waits for it."""
        pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
        with subprocess.Popen(self._psql, **pipe, **self.how) as holder:
            print("BEGIN;", UPDATE, file=holder.stdin, flush=True)
            held = f"{ACTIVE} state = 'idle in transaction' AND query LIKE 'UPDATE%'"
            wait_until("the row is held", lambda: int(self.ask(held)))
            with subprocess.Popen(self._psql, **pipe, **self.how) as waiter:
                print(UPDATE, file=waiter.stdin, flush=True)
                wait_until("the wait is logged", lambda: "still waiting" in path.read_text())
                print("COMMIT;", file=holder.stdin, flush=True)


def newest_postgres() -> Path | None:
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((p.parent for p in found), key=lambda p: float(p.parent.name), default=None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    """All that a PostgreSQL wrote; it has stopped when the tests read it."""
    programs = newest_postgres()
    if programs is None:
        pytest.skip("postgresql is not installed")
    with folder_of("postgres") as root:
        one, data = PostgreSQL(root, programs), root / "data"
        ways = ["-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync"]
        output([programs / "initdb", "-D", data, *ways], **one.how)
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(CONF.format(root=root))
        with running([programs / "postgres", "-D", data], signal.SIGINT, **one.how):
            wait_until("PostgreSQL answers", lambda: one.ask("SELECT 1"))
            one.ask("CREATE TABLE items (id int, note text); INSERT INTO items VALUES (1, '');")
            for style in STYLES:
                if style != "json" or int(one.version.split(".")[0]) >= 15:
                    one.record(style)
            one.leave()
        yield one


@pytest.fixture(params=STYLES)
def span(request, postgres: PostgreSQL) -> Span:
    if request.param not in postgres.spans:
        pytest.skip("postgresql is older than 15, which brought jsonlog")
    return postgres.spans[request.param]


def test_postgres_statements_are_read_in_every_style(span: Span):
    assert kind_of(span.path) == "postgres_log"
    reading, bad = read(span.path, "postgres_log")
    (statements,) = reading.statements
    (asleep,), (update,) = taken(reading, "pg_sleep(?)"), taken(reading, "UPDATE items")
    assert bad.count == 0 and not reading.naive
    most_s = span.ended_s - span.began_s
    assert 0.2 <= statements.duration_s[asleep] <= most_s
    assert 0.1 <= statements.duration_s[update] <= most_s
    # %t cuts to the whole second.
    for at_s in statements.at_s[[asleep, update]]:
        assert span.began_s - 1 <= at_s <= span.ended_s + 0.01
    assert SECRET not in str(statements.fingerprint.names)


def test_postgres_lock_waits_and_errors_are_read_in_every_style(span: Span):
    reading, _ = read(span.path, "postgres_log")
    assert counted(reading, "lock_wait_timeout") == 1
    assert counted(reading, "other_error") == 1
    assert counted(reading, "crash") == 0
    assert SECRET not in examples(reading)


def test_postgres_says_its_version_when_it_starts(postgres: PostgreSQL):
    reading, _ = read(postgres.spans["usual"].path, "postgres_log")
    assert {("db.product", "PostgreSQL"), ("db.version", postgres.version)} <= facts(reading)
