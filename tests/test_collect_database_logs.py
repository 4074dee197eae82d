"""Logs of a real MariaDB and PostgreSQL are found where their settings put them, and cut."""

from __future__ import annotations

import time

import pytest
from own_shell import OwnShell
from reading import kind_of, read
from test_collect_databases import PASSWORD, mariadb, postgres  # noqa: F401
from test_live_databases import taken, wait_until

from diagnose.collect import logs
from diagnose.collect.keeper import Keeper
from diagnose.collect.logs import Clock
from diagnose.collect.plan import Part
from diagnose.collect.window import Span
from diagnose.manifest import Manifest
from diagnose.places import Place


@pytest.fixture
def keeper(tmp_path):
    (tmp_path / "run" / "raw").mkdir(parents=True)
    return Keeper(tmp_path / "run", Manifest(tmp_path / "run"), 1 << 24)


def of(server, database, file):
    place = Place("local", database=database, defaults_file=f"{server.root}/{file}")
    return Part("db", "db", place)


def mine(found, server):
    return {log.file: log for log in found.found if log.path.startswith(str(server.root))}


def test_the_slow_log_of_mariadb_since_the_mark(mariadb, keeper):  # noqa: F811
    part = of(mariadb, "mysql", ".my.cnf")
    mariadb.ask("SELECT SLEEP(0.1), 'before'")
    marked = logs.mark(OwnShell(), part)
    found = mine(marked.logs, mariadb)
    assert found["slow.log"].collector == "mysql_slow_log"
    assert found["error.log"].collector == "mysql_error_log"
    mariadb.ask("SELECT SLEEP(0.1), 'during'")
    logs.since(OwnShell(), marked, part, keeper, Clock())
    path = keeper.run / "raw" / "db" / "slow.log"
    assert kind_of(path) == "mysql_slow_log"
    reading, bad = read(path, "mysql_slow_log")
    assert bad.count == 0 and len(taken(reading, "SLEEP")) == 1
    assert b"before" not in path.read_bytes()


def test_the_slow_log_of_mariadb_by_its_window(mariadb, keeper):  # noqa: F811
    mariadb.ask("SELECT SLEEP(0.1), 'in the window'")
    now_s = time.time()
    part = of(mariadb, "mysql", ".my.cnf")
    logs.window(OwnShell(), part, Span(now_s - 60, now_s, ""), keeper, Clock())
    path = keeper.run / "raw" / "db" / "slow.log"
    assert b"in the window" in path.read_bytes()
    assert not [e for e in keeper.manifest.failures if str(mariadb.root) in e.file]


@pytest.mark.parametrize("style, file", [("stderr", "usual.log"), ("csvlog", "usual.csv")])
def test_the_log_of_postgres_since_the_mark(postgres, keeper, style, file):  # noqa: F811
    postgres.ask(f"ALTER SYSTEM SET log_destination = '{style}';\nSELECT pg_reload_conf();")
    wait_until("it logs there", lambda: (postgres.root / "log" / file).exists())
    wait_until("it knows", lambda: style in postgres.ask("SHOW log_destination"))
    part = of(postgres, "postgresql", "services")
    postgres.ask("SELECT pg_sleep(0.1), 'before'")
    marked = logs.mark(OwnShell(), part)
    assert mine(marked.logs, postgres)[file].collector == "postgres_log"
    postgres.ask("SELECT pg_sleep(0.1), 'during'")
    path = keeper.run / "raw" / "db" / file
    wait_until("it is logged", lambda: "during" in (postgres.root / "log" / file).read_text())
    logs.since(OwnShell(), marked, part, keeper, Clock())
    assert kind_of(path) == "postgres_log"
    reading, bad = read(path, "postgres_log")
    assert bad.count == 0 and len(taken(reading, "pg_sleep")) == 1
    text = path.read_bytes()
    assert b"before" not in text and PASSWORD.encode() not in text
